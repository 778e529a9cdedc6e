"""The schedules and booked times of `content/demo/schedules.toml`, through the product's own verbs."""

from collections.abc import Mapping
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated

import msgspec

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.booking import actions as booking
from vardlots.booking.model import SlotRef, StaffBooking
from vardlots.booking.schedules import actions
from vardlots.booking.schedules.days.actions import cancel_days
from vardlots.booking.schedules.days.queries import moments
from vardlots.booking.schedules.jobs import OPEN
from vardlots.booking.schedules.model import NewRule, Pattern, Schedule
from vardlots.booking.schedules.queries import rules_of
from vardlots.booking.schedules.times.actions import block_time
from vardlots.booking.schedules.types import time_types
from vardlots.configuration.time_types import TimeType
from vardlots.demo.people import BadDemoContent, DemoRegion, known, read_table, rows
from vardlots.demo.stage import Stage
from vardlots.platform import clock

FILE = "schedules.toml"
# From when there are times: some have been, most are to come.
LAID_UP = timedelta(days=21)
Days = Annotated[int, msgspec.Meta(ge=0)]


class RuleScript(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """One rule."""

    time_type: str
    weekdays: list[int]
    from_: str
    to: str
    pause: tuple[str, str] | None = None
    every_weeks: int = 1


class BlockScript(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time that is blocked, so many working days from today."""

    in_days: Days
    at: str
    why: str


class ClosedScript(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Some days without times, from so many working days from today."""

    in_days: Days
    days: Days
    why: str


class ScheduleScript(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One schedule: whose it is, how its times open, and what is taken out of it."""

    unit: str
    role: str
    by: str
    staff: str | None = None
    name: str = ""
    rules: list[RuleScript]
    blocked: list[BlockScript] = []
    closed: list[ClosedScript] = []


class BookingScript(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """A time booked by staff: the first free one of somebody's (or a resource's) from a working day and hour on."""

    person: str
    unit: str
    whose: str
    by: str
    in_days: Days
    from_: str
    reason: str
    priority: int
    booked_days_ago: Days


def load_bookings(folder: Path, region: DemoRegion) -> tuple[BookingScript, ...]:
    """The booked times, checked against the region. Raises BadDemoContent."""
    found = rows(read_table(folder / FILE), "bookings", BookingScript, folder / FILE)
    persons, units = [one.id for one in region.persons], [one.id for one in region.units]
    for script in found:
        known(persons, "person", script.person, script.person)
        known(units, "unit", script.person, script.unit)
        known([one.id for one in region.staff], "staff", script.person, script.by)
    return found


def load_schedules(folder: Path, region: DemoRegion) -> tuple[ScheduleScript, ...]:
    """The schedules, checked against the region. Raises BadDemoContent."""
    found = rows(read_table(folder / FILE), "schedules", ScheduleScript, folder / FILE)
    staff, units = [one.id for one in region.staff], [one.id for one in region.units]
    for script in found:
        label = script.staff or script.name
        known(units, "unit", label, script.unit)
        known(staff, "staff", label, script.by, *([script.staff] if script.staff else []))
        if (script.staff is None) != bool(script.name):
            raise BadDemoContent(f"{label}: a schedule is somebody's or has a name")
    return found


async def lay_up(stage: Stage, script: ScheduleScript) -> int:
    """The schedule with its rules, opened as far ahead as they go. Returns how many times it has got."""
    opened = 0
    house = stage.post
    with clock.at(stage.now - LAID_UP):
        by = await stage.staff(script.by, script.unit)
        schedule = await actions.add_schedule(
            house,
            by=by,
            unit_id=stage.organisation.units[script.unit],
            role=script.role,
            staff_id=stage.organisation.staff[script.staff] if script.staff else None,
            name=script.name,
        )
        async with house.database.transaction(by.scope) as connection:
            types = await time_types(connection, by.provider_id)
        for rule in script.rules:
            given = await actions.add_rule(house, by=by, new=_rule(schedule, rule, types))
            opened += len(given.times)
    opened += await _go_on(stage, by, schedule)
    for closed in script.closed:
        first = _working_day(closed.in_days)
        last = first + timedelta(days=closed.days - 1)
        await cancel_days(
            house, by=by, schedule_ids=[schedule.schedule_id], first=first, last=last, why=closed.why, text=""
        )
    for blocked in script.blocked:
        await _block(stage, by, schedule, blocked)
    return opened


def _rule(schedule: Schedule, script: RuleScript, types: Mapping[str, TimeType]) -> NewRule:
    kind = types[script.time_type]
    pause = (
        (time.fromisoformat(script.pause[0]), time.fromisoformat(script.pause[1])) if script.pause else None
    )
    return NewRule(
        schedule_id=schedule.schedule_id,
        time_type=script.time_type,
        pattern=Pattern(
            weekdays=frozenset(script.weekdays),
            from_time=time.fromisoformat(script.from_),
            to_time=time.fromisoformat(script.to),
            minutes=kind.minutes,
            from_day=clock.today(),
            every_weeks=script.every_weeks,
            pause=pause,
        ),
    )


async def _go_on(stage: Stage, by: StaffActor, schedule: Schedule) -> int:
    """What the nights since then have opened."""
    async with stage.post.database.transaction(by.scope) as connection:
        found = await rules_of(connection, provider_id=by.provider_id, schedule_ids=[schedule.schedule_id])
    system = SystemActor(by.provider_id, OPEN)
    return sum([await actions.open_by_rule(stage.post, by=system, rule_id=rule.rule_id) for rule in found])


def _working_day(days: int) -> date:
    day = clock.today()
    while True:
        if day.isoweekday() < 6:
            if days == 0:
                return day
            days -= 1
        day += timedelta(days=1)


async def _block(stage: Stage, by: StaffActor, schedule: Schedule, script: BlockScript) -> None:
    """A free time of that day at that hour, on the first working day from then on that has one."""
    hour, minute = (int(part) for part in script.at.split(":"))
    begin, end = moments(_working_day(script.in_days), _working_day(script.in_days + 6))
    async with stage.post.database.transaction(by.scope) as connection:
        rows = await connection.fetch(
            "SELECT slot_id, starts_at FROM slot WHERE provider_id = $1 AND schedule_id = $2 AND state = 'free' "
            "AND starts_at >= $3 AND starts_at < $4 ORDER BY starts_at",
            by.provider_id,
            schedule.schedule_id,
            begin,
            end,
        )
    for row in rows:
        at = clock.local(row["starts_at"])
        if (at.hour, at.minute) == (hour, minute) and row["starts_at"] > clock.now():
            await block_time(stage.post, by=by, slot_id=row["slot_id"], why=script.why)
            return


async def book(stage: Stage, script: BookingScript) -> None:
    """Book it, some days ago. Raises BadDemoContent when no time is free there."""
    by = await stage.staff(script.by, script.unit)
    staff_id = stage.organisation.staff.get(script.whose)
    hour, minute = (int(part) for part in script.from_.split(":"))
    begin, end = moments(_working_day(script.in_days), _working_day(script.in_days + 10))
    begin += timedelta(hours=hour, minutes=minute)
    async with stage.post.database.transaction(by.scope) as connection:
        slot_id = await connection.fetchval(
            "SELECT s.slot_id FROM slot s JOIN schedule h USING (provider_id, schedule_id) WHERE s.provider_id = $1 "
            "AND s.unit_id = $2 AND (h.staff_id = $3 OR h.name = $4) AND s.state = 'free' AND s.starts_at >= $5 "
            "AND s.starts_at < $6 AND s.booking_for = '{}' ORDER BY s.starts_at LIMIT 1",
            by.provider_id,
            stage.organisation.units[script.unit],
            staff_id,
            script.whose if staff_id is None else None,
            max(begin, clock.now() + timedelta(minutes=30)),
            end,
        )
    if slot_id is None:
        raise BadDemoContent(f"{script.person}: no time is free")
    new = StaffBooking(person_id=stage.persons[script.person], reason=script.reason, priority=script.priority)
    with clock.at(stage.now - timedelta(days=script.booked_days_ago)):
        await booking.book_for(stage.post, by=by, new=new, slot=SlotRef(by.provider_id, slot_id))
