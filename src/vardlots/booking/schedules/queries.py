"""Reads of schedules, their rules and closed days. They name no patient."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.booking.schedules import policy
from vardlots.booking.schedules.model import Closed, Rule, Schedule, Span, State, Time
from vardlots.cases.model import CaseRef
from vardlots.clinics.queries import unit
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound, WrongState
from vardlots.platform.i18n import N_

_SCHEDULE = """
SELECT h.provider_id, h.schedule_id, h.unit_id, h.role, h.staff_id, h.name, h.active,
       coalesce(s.given_name || ' ' || s.family_name, h.name) AS title
FROM schedule h LEFT JOIN staff s USING (staff_id)
"""
_RULE = """
SELECT r.provider_id, r.rule_id, r.schedule_id, r.time_type, r.weekdays, r.from_time, r.to_time, r.minutes,
       r.every_weeks, r.from_day, r.to_day, r.on_holidays, r.ahead_days, r.opened_through, r.set_at, r.ended_at,
       s.given_name || ' ' || s.family_name AS set_by_name
FROM schedule_rule r JOIN staff s ON s.staff_id = r.set_by
"""
TIME_COLUMNS = (
    "provider_id, slot_id, schedule_id, unit_id, role, staff_id, time_type, starts_at, ends_at, state, why, "
    "held_until, rule_id"
)


def time_from(row: Any) -> Time:
    """A row of `slot` with `TIME_COLUMNS`."""
    return Time(**{**row, "state": State(row["state"])})


def _rule(row: Any) -> Rule:
    return Rule(**{**row, "weekdays": tuple(row["weekdays"])})


async def schedules_at(
    connection: Connection,
    *,
    by: StaffActor,
    unit_ids: Sequence[int],
    role: str = "",
    staff_id: int | None = None,
    also_off: bool = False,
) -> list[Schedule]:
    """The schedules of some units within the actor's reach, people before resources, by unit and name."""
    rows = await connection.fetch(
        f"{_SCHEDULE} WHERE h.provider_id = $1 AND h.unit_id = ANY ($2::int[]) AND ($3 = '' OR h.role = $3) "
        "AND ($4::bigint IS NULL OR h.staff_id = $4) AND (h.active OR $5) "
        "ORDER BY h.unit_id, h.staff_id IS NULL, h.role, title, h.schedule_id",
        by.provider_id,
        [unit_id for unit_id in unit_ids if policy.may_see(by, unit_id=unit_id)],
        role,
        staff_id,
        also_off,
    )
    return [Schedule(**row) for row in rows]


async def schedule_of(connection: Connection, *, by: StaffActor, schedule_id: int) -> Schedule:
    """One schedule within the actor's reach. Raises NotFound."""
    row = await connection.fetchrow(
        f"{_SCHEDULE} WHERE h.provider_id = $1 AND h.schedule_id = $2", by.provider_id, schedule_id
    )
    if row is None or not policy.may_see(by, unit_id=row["unit_id"]):
        raise NotFound()
    return Schedule(**row)


async def rules_of(connection: Connection, *, provider_id: int, schedule_ids: Sequence[int]) -> list[Rule]:
    """The rules of some schedules, those that have ended too, the oldest first."""
    rows = await connection.fetch(
        f"{_RULE} WHERE r.provider_id = $1 AND r.schedule_id = ANY ($2::bigint[]) ORDER BY r.rule_id",
        provider_id,
        list(schedule_ids),
    )
    return [_rule(row) for row in rows]


async def rule_of(connection: Connection, *, provider_id: int, rule_id: int) -> Rule:
    """One rule. Raises NotFound; whether the actor sees its schedule is the caller's to ask."""
    row = await connection.fetchrow(
        f"{_RULE} WHERE r.provider_id = $1 AND r.rule_id = $2", provider_id, rule_id
    )
    if row is None:
        raise NotFound()
    return _rule(row)


async def rules_to_open(
    connection: Connection, *, provider_id: int, today: date, types: Sequence[str], most: int
) -> list[int]:
    """The rules that have days to open: not yet through `ahead_days` from today, or their last day."""
    rows = await connection.fetch(
        "SELECT r.rule_id FROM schedule_rule r JOIN schedule h USING (provider_id, schedule_id) "
        "WHERE r.provider_id = $1 AND r.ended_at IS NULL AND h.active AND r.time_type = ANY ($3::text[]) "
        "AND coalesce(r.opened_through, '-infinity') < least($2::date + r.ahead_days, r.to_day) "
        "AND coalesce(r.to_day, 'infinity') >= $2::date ORDER BY r.rule_id LIMIT $4",
        provider_id,
        today,
        list(types),
        most,
    )
    return [row["rule_id"] for row in rows]


async def closed_at(
    connection: Connection,
    *,
    provider_id: int,
    schedule_ids: Sequence[int],
    first: date,
    last: date,
    also_lifted: bool = False,
) -> list[Closed]:
    """The closed days of some schedules that touch the days from `first` to `last`."""
    rows = await connection.fetch(
        "SELECT c.closed_id, c.schedule_id, c.from_day, c.to_day, c.why, c.set_at, c.lifted_at, "
        "s.given_name || ' ' || s.family_name AS set_by_name "
        "FROM schedule_closed c JOIN staff s ON s.staff_id = c.set_by WHERE c.provider_id = $1 "
        "AND c.schedule_id = ANY ($2::bigint[]) AND c.from_day <= $4 AND c.to_day >= $3 "
        "AND (c.lifted_at IS NULL OR $5) ORDER BY c.from_day, c.closed_id",
        provider_id,
        list(schedule_ids),
        first,
        last,
        also_lifted,
    )
    return [Closed(**row) for row in rows]


def days_of(closed: Sequence[Closed]) -> frozenset[date]:
    """Every day that is closed."""
    return frozenset(
        date.fromordinal(n)
        for one in closed
        for n in range(one.from_day.toordinal(), one.to_day.toordinal() + 1)
    )


async def eves_of(connection: Connection, unit_id: int) -> bool:
    """Whether the unit's provider keeps the eves as holidays."""
    found = await unit(connection, unit_id)
    return found is None or found.eves_are_holidays


async def time_of(connection: Connection, *, by: StaffActor, slot_id: int, lock: bool = False) -> Time:
    """One time within the actor's reach, locked where asked. Raises NotFound."""
    row = await connection.fetchrow(
        f"SELECT {TIME_COLUMNS} FROM slot WHERE provider_id = $1 AND slot_id = $2"
        + (" FOR NO KEY UPDATE" if lock else ""),
        by.provider_id,
        slot_id,
    )
    if row is None or not policy.may_see(by, unit_id=row["unit_id"]):
        raise NotFound()
    return time_from(row)


async def in_the_way(
    connection: Connection, *, schedule: Schedule, first: datetime, last: datetime
) -> list[Span]:
    """The times, of the schedule or of the same member of staff anywhere, that no other may overlap."""
    rows = await connection.fetch(
        "SELECT starts_at, ends_at FROM slot WHERE provider_id = $1 AND schedule_id = $2 AND state <> 'removed' "
        "AND starts_at < $4 AND starts_at >= $3::timestamptz - interval '1 day' AND ends_at > $3 "
        "UNION SELECT starts_at, ends_at FROM slot WHERE $5::bigint IS NOT NULL AND state <> 'removed' "
        "AND staff_id IS NOT NULL AND int8range(staff_id, staff_id, '[]') && int8range($5, $5, '[]') "
        "AND tstzrange(starts_at, ends_at) && tstzrange($3, $4) ORDER BY 1",
        schedule.provider_id,
        schedule.schedule_id,
        first,
        last,
        schedule.staff_id,
    )
    return [Span(row["starts_at"], row["ends_at"]) for row in rows]


async def booked_case(connection: Connection, time: Time) -> CaseRef:
    """The case that has the time. Raises WrongState when nobody has."""
    case_id = await connection.fetchval(
        "SELECT case_id FROM appointment WHERE provider_id = $1 AND slot_id = $2 AND state = 'booked'",
        time.provider_id,
        time.slot_id,
    )
    if case_id is None:
        raise WrongState(N_("Tiden är inte bokad längre."), code="not_booked")
    return CaseRef(time.provider_id, case_id)
