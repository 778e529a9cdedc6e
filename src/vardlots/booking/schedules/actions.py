"""Schedules, and the times that are opened in them: by hand, or by a rule that goes on by itself."""

from collections.abc import Sequence
from datetime import date, timedelta

from vardlots.access.actor import Actor, StaffActor, SystemActor
from vardlots.audit import log as audit
from vardlots.booking.holds.actions import Times
from vardlots.booking.schedules import policy, rules
from vardlots.booking.schedules.model import (
    MOST_DAYS,
    MOST_NAME,
    Given,
    NewRule,
    Pattern,
    Rule,
    Schedule,
    Span,
)
from vardlots.booking.schedules.opening import type_for, what_opens
from vardlots.booking.schedules.queries import rule_of, schedule_of
from vardlots.booking.schedules.types import time_types
from vardlots.cases.turn import House
from vardlots.clinics.queries import assignments_of, roles_of
from vardlots.configuration.time_types import TimeType
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal

_OPEN = """
INSERT INTO slot (provider_id, schedule_id, unit_id, role, staff_id, time_type, contact, booking_for, patient_sees,
  starts_at, ends_at, rule_id, changed_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, t.starts, t.ends, $12, $13
FROM unnest($10::timestamptz[], $11::timestamptz[]) AS t (starts, ends) ORDER BY t.starts
ON CONFLICT DO NOTHING RETURNING slot_id
"""


def signals_of(*unit_ids: int) -> list[Signal]:
    """What tells the open calendars of some units to look again."""
    return [Signal(f"unit:{unit_id}") for unit_id in sorted(set(unit_ids))]


async def add_schedule(
    house: House, *, by: StaffActor, unit_id: int, role: str, staff_id: int | None = None, name: str = ""
) -> Schedule:
    """A schedule for a member of staff with that role at the unit, or for a resource with a name.

    One that was switched off is switched on again. Raises NotFound, Forbidden, Invalid.
    """
    policy.require_change(by, provider_id=by.provider_id, unit_id=unit_id, staff_id=staff_id)
    name = " ".join(name.split())
    async with house.database.transaction(by.scope) as connection:
        await _check_whose(connection, by, unit_id, role, staff_id, name)
        schedule_id = await connection.fetchval(
            "INSERT INTO schedule (provider_id, unit_id, role, staff_id, name, set_at, set_by) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7) "
            "ON CONFLICT (provider_id, unit_id, role, coalesce(staff_id, 0), name) DO UPDATE SET active = true "
            "RETURNING schedule_id",
            by.provider_id,
            unit_id,
            role,
            staff_id,
            name,
            clock.now(),
            by.staff_id,
        )
        reason = f"schedule {schedule_id}"
        await audit.write(
            connection, [audit.access(by, "add_schedule", provider_id=by.provider_id, reason=reason)]
        )
        made = await schedule_of(connection, by=by, schedule_id=schedule_id)
    house.hub.publish(signals_of(unit_id))
    return made


async def _check_whose(
    connection: Connection, by: StaffActor, unit_id: int, role: str, staff_id: int | None, name: str
) -> None:
    known = (await roles_of(connection, by.provider_id)).get(role)
    if known is None or not known.active:
        raise Invalid("role", N_("Rollen finns inte."))
    if staff_id is None:
        if not 1 <= len(name) <= MOST_NAME:
            raise Invalid(
                "name", N_("Ge resursen ett namn, som Provtagningen. Högst {n} tecken."), n=MOST_NAME
            )
        return
    if name:
        raise Invalid("name", N_("Välj en medarbetare eller skriv ett namn, inte båda."))
    theirs = await assignments_of(connection, staff_id)
    if not any((one.provider_id, one.unit_id, one.role) == (by.provider_id, unit_id, role) for one in theirs):
        raise Invalid("staff", N_("Medarbetaren har inget uppdrag i den rollen på enheten."))


async def switch_off_schedule(house: House, *, by: StaffActor, schedule_id: int) -> None:
    """No new times, and the free ones to come are gone. Raises WrongState while somebody has booked one of them."""
    async with house.database.transaction(by.scope) as connection:
        schedule = await locked_schedule(connection, by=by, schedule_id=schedule_id)
        now = clock.now()
        booked = await connection.fetchval(
            "SELECT count(*) FROM slot WHERE provider_id = $1 AND schedule_id = $2 AND starts_at > $3 "
            "AND state = 'taken'",
            schedule.provider_id,
            schedule_id,
            now,
        )
        if booked:
            raise WrongState(
                N_("Schemat har bokade tider ({n}). Flytta eller ställ in dem först."),
                code="booked_times",
                n=booked,
            )
        await connection.execute(
            "UPDATE slot SET state = 'removed', held_until = NULL, changed_at = $3 "
            "WHERE provider_id = $1 AND schedule_id = $2 AND starts_at > $3 AND state IN ('free', 'blocked')",
            schedule.provider_id,
            schedule_id,
            now,
        )
        await connection.execute(
            "UPDATE schedule_rule SET ended_at = $3 WHERE provider_id = $1 AND schedule_id = $2 AND ended_at IS NULL",
            schedule.provider_id,
            schedule_id,
            now,
        )
        await connection.execute(
            "UPDATE schedule SET active = false WHERE provider_id = $1 AND schedule_id = $2",
            schedule.provider_id,
            schedule_id,
        )
        reason = f"schedule {schedule_id}"
        await audit.write(
            connection,
            [audit.access(by, "switch_off_schedule", provider_id=by.provider_id, reason=reason)],
        )
    house.hub.publish(signals_of(schedule.unit_id))


async def locked_schedule(connection: Connection, *, by: StaffActor, schedule_id: int) -> Schedule:
    """A schedule that the actor may change, locked: its days and rules change one after another.

    Raises NotFound, Forbidden, WrongState for one that is switched off.
    """
    schedule = await schedule_of(connection, by=by, schedule_id=schedule_id)
    policy.require_change(
        by, provider_id=schedule.provider_id, unit_id=schedule.unit_id, staff_id=schedule.staff_id
    )
    await _lock(connection, schedule)
    if not schedule.active:
        raise WrongState(N_("Schemat är avslutat."), code="schedule_off")
    return schedule


async def _lock(connection: Connection, schedule: Schedule) -> None:
    """Always the schedule first and its times after it, so that nobody waits in a ring."""
    await connection.execute(
        "SELECT FROM schedule WHERE provider_id = $1 AND schedule_id = $2 FOR NO KEY UPDATE",
        schedule.provider_id,
        schedule.schedule_id,
    )


async def open_times(
    house: House, *, by: StaffActor, schedule_id: int, time_type: str, pattern: Pattern
) -> Given:
    """Open the times of a pattern with a last day, all at once. Twice opens nothing more.

    Returns what was opened and what was left out. Raises NotFound, Forbidden, Invalid, WrongState.
    """
    first, last = _span_of(pattern)
    async with house.database.transaction(by.scope) as connection:
        schedule = await locked_schedule(connection, by=by, schedule_id=schedule_id)
        kind = await type_for(connection, schedule, time_type)
        found = await what_opens(connection, schedule=schedule, pattern=pattern, first=first, last=last)
        await write_times(connection, by=by, schedule=schedule, code=time_type, kind=kind, times=found.times)
    house.hub.publish(signals_of(schedule.unit_id))
    return found


def _span_of(pattern: Pattern) -> tuple[date, date]:
    rules.check(pattern)
    if pattern.to_day is None:
        raise Invalid("to_day", N_("Välj en sista dag."))
    if pattern.to_day < clock.today():
        raise Invalid("to_day", N_("Dagen har varit. Välj en som kommer."))
    if (pattern.to_day - max(pattern.from_day, clock.today())).days > MOST_DAYS:
        raise Invalid("to_day", N_("Välj en sista dag inom {n} dagar."), n=MOST_DAYS)
    return max(pattern.from_day, clock.today()), pattern.to_day


async def write_times(
    connection: Connection,
    *,
    by: Actor,
    schedule: Schedule,
    code: str,
    kind: TimeType,
    times: Sequence[Span],
    rule_id: int | None = None,
    for_somebody: bool = False,
) -> int:
    """Write times that are to be free, and log it; one that overlaps another is left out by the database.

    Who waits for an earlier time is asked first, unless the time is opened `for_somebody` who takes it now. The caller
    has checked the actor and locked the schedule. Returns how many.
    """
    opened = await connection.fetch(
        _OPEN,
        schedule.provider_id,
        schedule.schedule_id,
        schedule.unit_id,
        schedule.role,
        schedule.staff_id,
        code,
        kind.where,
        list(kind.booking_for),
        kind.patient_sees,
        [one.starts for one in times],
        [one.ends for one in times],
        rule_id,
        clock.now(),
    )
    if opened:
        reason = f"schedule {schedule.schedule_id} {len(opened)}" + (f" rule {rule_id}" if rule_id else "")
        row = audit.access(by, "open_times", provider_id=schedule.provider_id, reason=reason)
        await audit.write(connection, [row])
    if opened and not for_somebody:
        made = [one["slot_id"] for one in opened]
        await Times(connection).offer_new(schedule.provider_id, schedule.unit_id, made)
    return len(opened)


async def add_rule(house: House, *, by: StaffActor, new: NewRule) -> Given:
    """A rule that opens times by itself from now on; the first ones at once. With a break it is kept as two.

    Returns what was opened now. Raises NotFound, Forbidden, Invalid, WrongState.
    """
    rules.check(new.pattern)
    if not 1 <= new.ahead_days <= MOST_DAYS:
        raise Invalid("ahead_days", N_("Välj mellan 1 och {n} dagar."), n=MOST_DAYS)
    if new.pattern.to_day is not None and new.pattern.to_day < clock.today():
        raise Invalid("to_day", N_("Dagen har varit. Välj en som kommer."))
    async with house.database.transaction(by.scope) as connection:
        schedule = await locked_schedule(connection, by=by, schedule_id=new.schedule_id)
        await type_for(connection, schedule, new.time_type)
        opened: list[Given] = []
        for from_time, to_time in rules.parts(new.pattern):
            rule_id = await connection.fetchval(
                "INSERT INTO schedule_rule (provider_id, schedule_id, time_type, weekdays, from_time, to_time, "
                "minutes, every_weeks, from_day, to_day, on_holidays, ahead_days, set_at, set_by) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING rule_id",
                by.provider_id,
                new.schedule_id,
                new.time_type,
                sorted(new.pattern.weekdays),
                from_time,
                to_time,
                new.pattern.minutes,
                new.pattern.every_weeks,
                new.pattern.from_day,
                new.pattern.to_day,
                new.pattern.on_holidays,
                new.ahead_days,
                clock.now(),
                by.staff_id,
            )
            opened.append(await _open_on(connection, by, schedule, rule_id))
            reason = f"schedule {new.schedule_id} rule {rule_id}"
            await audit.write(
                connection, [audit.access(by, "add_time_rule", provider_id=by.provider_id, reason=reason)]
            )
    house.hub.publish(signals_of(schedule.unit_id))
    return Given(
        tuple(one for part in opened for one in part.times),
        tuple(one for part in opened for one in part.left),
    )


async def open_by_rule(house: House, *, by: SystemActor, rule_id: int) -> int:
    """Open the days that a rule has come to since last time. May run twice. Returns how many times were opened."""
    async with house.database.transaction(by.scope) as connection:
        rule = await rule_of(connection, provider_id=by.provider_id, rule_id=rule_id)
        schedule = await _schedule_of_rule(connection, rule)
        await _lock(connection, schedule)
        if not schedule.active:
            return 0
        found = await _open_on(connection, by, schedule, rule_id)
    if found.times:
        house.hub.publish(signals_of(schedule.unit_id))
    return len(found.times)


async def _schedule_of_rule(connection: Connection, rule: Rule) -> Schedule:
    row = await connection.fetchrow(
        "SELECT provider_id, schedule_id, unit_id, role, staff_id, name, active, name AS title FROM schedule "
        "WHERE provider_id = $1 AND schedule_id = $2",
        rule.provider_id,
        rule.schedule_id,
    )
    return Schedule(**row)


async def _open_on(connection: Connection, by: Actor, schedule: Schedule, rule_id: int) -> Given:
    """From where the rule has come to as far ahead as it opens. Its schedule is locked."""
    rule = await rule_of(connection, provider_id=schedule.provider_id, rule_id=rule_id)
    first = max(rule.from_day, clock.today())
    if rule.opened_through is not None:
        first = max(first, rule.opened_through + timedelta(days=1))
    last = min(filter(None, (clock.today() + timedelta(days=rule.ahead_days), rule.to_day)))
    if rule.ended_at is not None or last < clock.today() or (rule.opened_through or date.min) >= last:
        return Given((), ())
    found = await open_days(connection, by=by, schedule=schedule, rule=rule, first=first, last=last)
    await connection.execute(
        "UPDATE schedule_rule SET opened_through = $3 WHERE provider_id = $1 AND rule_id = $2",
        schedule.provider_id,
        rule_id,
        last,
    )
    return found


async def open_days(
    connection: Connection, *, by: Actor, schedule: Schedule, rule: Rule, first: date, last: date
) -> Given:
    """Open a rule's times of some days. A type that has been removed opens nothing."""
    kind = (await time_types(connection, schedule.provider_id)).get(rule.time_type)
    if kind is None or last < first:
        return Given((), ())
    found = await what_opens(connection, schedule=schedule, pattern=rule.pattern, first=first, last=last)
    await write_times(
        connection,
        by=by,
        schedule=schedule,
        code=rule.time_type,
        kind=kind,
        times=found.times,
        rule_id=rule.rule_id,
    )
    return found


async def end_rule(house: House, *, by: StaffActor, rule_id: int, remove_free: bool) -> int:
    """A rule opens no more. Its free times to come are removed where chosen; what is booked stays.

    Returns how many free times were removed. Raises NotFound, Forbidden, WrongState when it has ended.
    """
    async with house.database.transaction(by.scope) as connection:
        rule = await rule_of(connection, provider_id=by.provider_id, rule_id=rule_id)
        schedule = await locked_schedule(connection, by=by, schedule_id=rule.schedule_id)
        now = clock.now()
        ended = await connection.fetchval(
            "UPDATE schedule_rule SET ended_at = $3 WHERE provider_id = $1 AND rule_id = $2 AND ended_at IS NULL "
            "RETURNING rule_id",
            by.provider_id,
            rule_id,
            now,
        )
        if ended is None:
            raise WrongState(N_("Regeln är redan avslutad."), code="rule_ended")
        removed = []
        if remove_free:
            removed = await connection.fetch(
                "UPDATE slot SET state = 'removed', changed_at = $3 WHERE provider_id = $1 AND schedule_id = $4 "
                "AND rule_id = $2 AND state = 'free' AND starts_at > $3 AND coalesce(held_until <= $3, true) "
                "RETURNING slot_id",
                by.provider_id,
                rule_id,
                now,
                schedule.schedule_id,
            )
        reason = f"schedule {schedule.schedule_id} rule {rule_id}"
        await audit.write(
            connection, [audit.access(by, "end_time_rule", provider_id=by.provider_id, reason=reason)]
        )
    house.hub.publish(signals_of(schedule.unit_id))
    return len(removed)
