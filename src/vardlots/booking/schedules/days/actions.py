"""Days without times. Closing them says no to new times first, and only then tells those who have one: nobody books a
time of a cancelled day in between, and whoever presses again, or at the same time, does what is left to do.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.audit import log as audit
from vardlots.booking import actions as booking
from vardlots.booking.schedules.actions import locked_schedule, open_days, signals_of
from vardlots.booking.schedules.days.queries import concerned, moments
from vardlots.booking.schedules.model import MOST_WHY, Closed, Schedule
from vardlots.booking.schedules.queries import rules_of
from vardlots.cases.model import CaseRef
from vardlots.cases.turn import House
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound, Refusal, SomebodyWasFirst, WrongState
from vardlots.platform.i18n import N_

MOST_CLOSED_DAYS = 366
MOST_TEXT = 500


class Cancelled(msgspec.Struct, frozen=True):
    """What became of cancelled days: free times removed, patients told now, and cases that could not be told."""

    removed: int
    told: tuple[CaseRef, ...]
    left: tuple[CaseRef, ...]


async def cancel_days(
    house: House, *, by: StaffActor, schedule_ids: Sequence[int], first: date, last: date, why: str, text: str
) -> Cancelled:
    """Close days for some schedules, remove their free times, and take back those that are booked.

    `why` is for staff, `text` for the patients, who are offered new times in their pages. May be pressed twice, and by
    two at once: everybody is told once. Raises NotFound, Forbidden, Invalid, WrongState for a schedule that is off.
    """
    why = " ".join(why.split())
    _check(schedule_ids, first, last, why)
    async with house.database.transaction(by.scope) as connection:
        # In one order, so that two who cancel at once wait for each other and never in a ring.
        schedules = [
            await locked_schedule(connection, by=by, schedule_id=one) for one in sorted(set(schedule_ids))
        ]
        for schedule in schedules:
            await _close(connection, by, schedule, first, last, why)
        removed = await _remove_free(connection, schedules, first, last)
        waiting = await concerned(
            connection,
            provider_id=by.provider_id,
            schedule_ids=[one.schedule_id for one in schedules],
            first=first,
            last=last,
        )
        if waiting and not 1 <= len(text.strip()) <= MOST_TEXT:
            raise Invalid("text", N_("Skriv till patienterna, med högst {n} tecken."), n=MOST_TEXT)
    house.hub.publish(signals_of(*(one.unit_id for one in schedules)))
    told, left = await _tell(house, by, [CaseRef(by.provider_id, one.case_id) for one in waiting], text)
    if told:
        # What they had stands blocked; the day has no times until it is opened again.
        async with house.database.transaction(by.scope) as connection:
            await _remove_free(connection, schedules, first, last)
    return Cancelled(removed, told, left)


def _check(schedule_ids: Sequence[int], first: date, last: date, why: str) -> None:
    if not schedule_ids:
        raise Invalid("schedule", N_("Välj minst ett schema."))
    if last < first:
        raise Invalid("last", N_("Sista dagen är före den första. Byt en av dem."))
    if last < clock.today():
        raise Invalid("last", N_("Dagen har varit. Välj en som kommer."))
    if (last - first).days > MOST_CLOSED_DAYS:
        raise Invalid("last", N_("Välj högst ett år i taget."))
    if not 1 <= len(why) <= MOST_WHY:
        raise Invalid("why", N_("Skriv varför, med högst {n} tecken."), n=MOST_WHY)


async def _close(
    connection: Connection, by: StaffActor, schedule: Schedule, first: date, last: date, why: str
) -> None:
    """The days are closed, once however many times it is pressed. The schedule is locked."""
    closed_id = await connection.fetchval(
        "INSERT INTO schedule_closed (provider_id, schedule_id, from_day, to_day, why, set_at, set_by) "
        "SELECT $1, $2, $3, $4, $5, $6, $7 WHERE NOT EXISTS (SELECT FROM schedule_closed WHERE provider_id = $1 "
        "AND schedule_id = $2 AND from_day <= $3 AND to_day >= $4 AND lifted_at IS NULL) RETURNING closed_id",
        schedule.provider_id,
        schedule.schedule_id,
        first,
        last,
        why,
        clock.now(),
        by.staff_id,
    )
    if closed_id is not None:
        reason = f"schedule {schedule.schedule_id} {first}/{last}"
        await audit.write(
            connection, [audit.access(by, "close_days", provider_id=by.provider_id, reason=reason)]
        )


async def _remove_free(connection: Connection, schedules: Sequence[Schedule], first: date, last: date) -> int:
    """Times that nobody has booked are gone, also one that somebody is choosing: they are told when they press.

    Whoever is booking one at this moment is waited for, and is among the concerned afterwards.
    """
    begin, end = moments(first, last)
    rows = await connection.fetch(
        "WITH gone AS (SELECT slot_id FROM slot WHERE provider_id = $1 AND schedule_id = ANY ($2::bigint[]) "
        "AND starts_at >= greatest($3::timestamptz, $5::timestamptz) AND starts_at < $4 "
        "AND state IN ('free', 'blocked') ORDER BY slot_id "
        "FOR NO KEY UPDATE) "
        "UPDATE slot s SET state = 'removed', held_until = NULL, changed_at = $5 FROM gone "
        "WHERE s.provider_id = $1 AND s.slot_id = gone.slot_id RETURNING s.slot_id",
        schedules[0].provider_id,
        [one.schedule_id for one in schedules],
        begin,
        end,
        clock.now(),
    )
    return len(rows)


async def _tell(
    house: House, by: StaffActor, refs: Sequence[CaseRef], text: str
) -> tuple[tuple[CaseRef, ...], tuple[CaseRef, ...]]:
    """Take back each booked time, one by one: what one case refuses stops nobody else's news."""
    told: list[CaseRef] = []
    left: list[CaseRef] = []
    for ref in refs:
        try:
            await booking.withdraw_time(house, by=by, ref=ref, text=text.strip())
        except (WrongState, SomebodyWasFirst):
            # Cancelled or rebooked by the patient, or told by a colleague who pressed at the same time.
            continue
        except Refusal:
            left.append(ref)
        else:
            told.append(ref)
    return tuple(told), tuple(left)


async def lift_closed(house: House, *, by: StaffActor, closed_id: int) -> int:
    """Closed days are open again, and the rules' times of those days are opened anew where they had come so far.

    Returns how many times. Raises NotFound, Forbidden, WrongState when somebody has opened them already.
    """
    async with house.database.transaction(by.scope) as connection:
        found = await _closed(connection, by, closed_id)
        schedule = await locked_schedule(connection, by=by, schedule_id=found.schedule_id)
        lifted = await connection.fetchval(
            "UPDATE schedule_closed SET lifted_at = $3 WHERE provider_id = $1 AND closed_id = $2 "
            "AND lifted_at IS NULL RETURNING closed_id",
            by.provider_id,
            closed_id,
            clock.now(),
        )
        if lifted is None:
            raise WrongState(N_("Dagarna är redan öppna igen."), code="days_open")
        opened = await _open_anew(connection, by, schedule, found)
        reason = f"schedule {schedule.schedule_id} {found.from_day}/{found.to_day}"
        await audit.write(
            connection, [audit.access(by, "lift_closed_days", provider_id=by.provider_id, reason=reason)]
        )
    house.hub.publish(signals_of(schedule.unit_id))
    return opened


async def _closed(connection: Connection, by: StaffActor, closed_id: int) -> Closed:
    row = await connection.fetchrow(
        "SELECT closed_id, schedule_id, from_day, to_day, why, set_at, lifted_at, '' AS set_by_name "
        "FROM schedule_closed WHERE provider_id = $1 AND closed_id = $2",
        by.provider_id,
        closed_id,
    )
    if row is None:
        raise NotFound()
    return Closed(**row)


async def _open_anew(connection: Connection, by: StaffActor, schedule: Schedule, found: Closed) -> int:
    opened = 0
    for rule in await rules_of(
        connection, provider_id=schedule.provider_id, schedule_ids=[schedule.schedule_id]
    ):
        if rule.ended_at is not None or rule.opened_through is None:
            continue
        # A night that begins the day before reaches into the first of them.
        early = timedelta(days=rule.to_time <= rule.from_time)
        first = max(found.from_day - early, rule.from_day, clock.today())
        given = await open_days(
            connection,
            by=by,
            schedule=schedule,
            rule=rule,
            first=first,
            last=min(found.to_day, rule.opened_through),
        )
        opened += len(given.times)
    return opened
