"""The times of the calendar, along the index `slot_of_unit`: a unit, from one moment to another.

A time names nobody; who has it is read beside it, and never leaves the database for a person with protected identity.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.booking.schedules.model import Schedule
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.worklist.queries import veiled

_OF_UNIT = """
FROM unnest($2::int[]) AS u (unit_id) CROSS JOIN LATERAL (
  SELECT * FROM slot s WHERE s.provider_id = $1 AND s.unit_id = u.unit_id AND s.starts_at >= $3 AND s.starts_at < $4
    AND s.state <> 'removed' AND s.schedule_id = ANY ($5::bigint[])) s
"""
TIMES = f"""
SELECT s.slot_id, s.schedule_id, s.unit_id, s.staff_id, s.time_type, s.contact, s.booking_for, s.patient_sees,
       s.starts_at, s.ends_at, s.state, s.why, s.held_until, a.case_id, a.person_id, a.state AS became, c.reason,
       coalesce(p.protected, false) AS protected,
       CASE WHEN p.protected THEN '' ELSE left(p.given_name, 1) || ' ' || left(p.family_name, 1) END AS initials,
       CASE WHEN p.protected THEN NULL ELSE extract(year FROM age($6::date, p.birth_date))::int END AS age
{_OF_UNIT}
LEFT JOIN appointment a ON s.state = 'taken' AND a.provider_id = s.provider_id AND a.slot_id = s.slot_id
  AND a.state IN ('booked', 'attended', 'missed')
LEFT JOIN care_case c ON c.provider_id = a.provider_id AND c.case_id = a.case_id
LEFT JOIN person p ON p.person_id = a.person_id
ORDER BY s.starts_at, s.slot_id
"""
STATES = f"""
SELECT s.schedule_id, s.starts_at, s.ends_at, s.state, s.held_until {_OF_UNIT}
WHERE $6::date IS NOT NULL ORDER BY s.schedule_id, s.starts_at
"""


def values(by: StaffActor, schedules: Sequence[Schedule], begin: datetime, end: datetime) -> list[Any]:
    """The values of both statements."""
    units = sorted({one.unit_id for one in schedules})
    return [by.provider_id, units, begin, end, [one.schedule_id for one in schedules], clock.today()]


async def times(
    connection: Connection, *, by: StaffActor, schedules: Sequence[Schedule], begin: datetime, end: datetime
) -> list[dict[str, Any]]:
    """The times of some schedules that begin between two moments, with who has them as far as the actor may see."""
    rows = await connection.fetch(TIMES, *values(by, schedules, begin, end))
    hidden = {
        row["case_id"]
        for row in await veiled(connection, by=by, rows=[row for row in rows if row["case_id"]])
        if row["veiled"]
    }
    return [{**row, "veiled": row["case_id"] in hidden} for row in rows]


async def states(
    connection: Connection, *, by: StaffActor, schedules: Sequence[Schedule], begin: datetime, end: datetime
) -> list[Any]:
    """The same times without anybody: when, and whether they are free."""
    rows: list[Any] = await connection.fetch(STATES, *values(by, schedules, begin, end))
    return rows


async def one_time(connection: Connection, *, by: StaffActor, slot_id: int) -> dict[str, Any] | None:
    """One time as `times` reads it, or None where it is not there, or is of a unit beyond the actor's lists."""
    row = await connection.fetchrow(
        "SELECT unit_id, starts_at, schedule_id FROM slot WHERE provider_id = $1 AND slot_id = $2 "
        "AND unit_id = ANY ($3::int[])",
        by.provider_id,
        slot_id,
        sorted(by.unit_ids),
    )
    if row is None:
        return None
    found = await connection.fetch(
        TIMES,
        *(by.provider_id, [row["unit_id"]], row["starts_at"], row["starts_at"].replace(microsecond=999999)),
        *([row["schedule_id"]], clock.today()),
    )
    for one in found:
        if one["slot_id"] == slot_id:
            shown = {**one, "veiled": False}
            if one["case_id"]:
                (asked,) = await veiled(connection, by=by, rows=[one])
                shown["veiled"] = asked["veiled"]
            return shown
    return None
