"""What a page that chooses a time shows, read in one transaction: the same for a ticket and for a visit booked anew."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from vardlots.access.actor import PatientActor
from vardlots.booking.model import Slot, Sought
from vardlots.booking.policy import end_of_day, fits, start_of_day
from vardlots.booking.queries import free_times, held_for
from vardlots.clinics import queries as clinics
from vardlots.clinics.model import Unit
from vardlots.configuration.booking_rules import BookingRules, booking_rules
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound
from vardlots.platform.numbers import whole
from vardlots.triage.booking.days import WEEK, monday_of

# How far ahead the other units are compared.
COMPARED = timedelta(days=28)
OTHERS = 3


class Asked(msgspec.Struct, frozen=True):
    """What the address asks for: a day, another unit than the one named. None: as it comes."""

    day: date | None = None
    unit_id: int | None = None

    @classmethod
    def read(cls, day: str | None, unit: str | None) -> "Asked":
        """From the address. What is no day or no number is as if it had not been said."""
        return cls(_day(day or ""), whole(unit or "", 9))


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A week of free times at a unit. `times` are the chosen day's; `held` is the time that is kept for the chooser.

    `first` is the first free time of all (None: there is none), `next_first` the first after the week. `others` are
    units that have times, each with its first, read only where this one has none.
    """

    unit: Unit
    units: tuple[Unit, ...]
    rules: BookingRules
    monday: date
    last_monday: date
    day: date | None
    counts: dict[date, int]
    times: tuple[Slot, ...]
    held: Slot | None
    first: Slot | None
    next_first: Slot | None
    others: tuple[tuple[Unit, Slot, int], ...] = ()


async def read_choice(
    connection: Connection, *, by: PatientActor, sought: Sought, person_id: int, asked: Asked
) -> Choice:
    """The week that is asked for; else that of the time kept for the chooser; else the first with any.

    `sought` names the unit that the ticket or the visit names. Raises NotFound for a unit that is not the provider's.
    """
    units = await bookable_units(connection, sought.provider_id)
    home = sought.unit_ids[0]
    unit = next((one for one in units if one.unit_id == (asked.unit_id or home)), None)
    if unit is None and asked.unit_id in (None, home):
        unit = await clinics.unit(connection, home)
    if unit is None:
        raise NotFound()
    rules = await booking_rules(connection, sought.provider_id)
    here = msgspec.structs.replace(sought, unit_ids=(unit.unit_id,), person_ids=tuple(by.ids_of(person_id)))
    held = await _held(connection, here)
    first = next(iter(await free_times(connection, sought=here, limit=1)), None)
    begins = asked.day or _day_of(held) or _day_of(first) or _next_weekday()
    monday = monday_of(max(begins, clock.today()))
    week = await free_times(
        connection, sought=here, from_at=start_of_day(monday), until_at=end_of_day(monday + timedelta(days=6))
    )
    counts = _counts(week)
    day = begins if counts.get(begins) else next(iter(counts), None)
    after = await free_times(connection, sought=here, from_at=start_of_day(monday + WEEK), limit=1)
    elsewhere = () if first else await others(connection, sought=here, units=units, besides=unit.unit_id)
    return Choice(
        unit=unit,
        units=tuple(units),
        rules=rules,
        monday=monday,
        last_monday=monday_of(clock.today() + rules.horizon),
        day=day,
        counts=counts,
        times=tuple(one for one in week if _day_of(one) == day),
        held=held,
        first=first,
        next_first=next(iter(after), None),
        others=tuple(elsewhere[:OTHERS]),
    )


async def others(
    connection: Connection, *, sought: Sought, units: Sequence[Unit], besides: int | None = None
) -> list[tuple[Unit, Slot, int]]:
    """The provider's units that have such times: each with its first and how many there are within four weeks.

    The one with the earliest time first.
    """
    asked = [unit for unit in units if unit.unit_id != besides]
    until = clock.now() + COMPARED
    everywhere = msgspec.structs.replace(sought, unit_ids=tuple(unit.unit_id for unit in asked))
    found = await free_times(connection, sought=everywhere, until_at=until) if asked else []
    rows: list[tuple[Unit, Slot, int]] = []
    for unit in asked:
        own = [slot for slot in found if slot.unit_id == unit.unit_id]
        if own:
            rows.append((unit, own[0], sum(_counts(own).values())))
            continue
        there = msgspec.structs.replace(sought, unit_ids=(unit.unit_id,))
        if later := await free_times(connection, sought=there, limit=1):
            rows.append((unit, later[0], 1))
    return sorted(rows, key=lambda row: (row[1].starts_at, row[0].name))


async def bookable_units(connection: Connection, provider_id: int) -> list[Unit]:
    """The provider's units that are in use."""
    return [unit for unit in await clinics.units_of(connection, provider_id) if unit.active]


async def _held(connection: Connection, sought: Sought) -> Slot | None:
    """The time that is kept for the chooser, where it is one of those sought."""
    kept = await held_for(connection, sought.person_ids)
    return next((slot for slot in kept if fits(sought, slot)), None)


def _counts(times: Sequence[Slot]) -> dict[date, int]:
    """How many times a day has: what begins at the same moment is one to whoever chooses."""
    moments: dict[datetime, date] = {slot.starts_at: _local_day(slot) for slot in times}
    return dict(sorted(Counter(moments.values()).items()))


def minutes_of(times: Sequence[Slot]) -> tuple[int, int] | None:
    """The shortest and the longest of some times, in minutes; None without any."""
    lengths = sorted(int((slot.ends_at - slot.starts_at).total_seconds()) // 60 for slot in times)
    return (lengths[0], lengths[-1]) if lengths else None


def _local_day(slot: Slot) -> date:
    return clock.local(slot.starts_at).date()


def _day_of(slot: Slot | None) -> date | None:
    return _local_day(slot) if slot else None


def _next_weekday() -> date:
    """Today, or the Monday after a weekend: a week that is over says nothing."""
    today = clock.today()
    return today if today.weekday() < 5 else monday_of(today) + WEEK


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    # The weeks before and after it must exist too.
    return found if 2000 <= found.year <= 2200 else None
