"""Whom the cancelling of days concerns. Names never leave the database for a person with protected identity."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec

from vardlots.platform import clock
from vardlots.platform.db import Connection


class Concerned(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has a time that would be cancelled. `initials` "" and `age` None with protected identity."""

    case_id: int
    person_id: int
    unit_id: int
    schedule_id: int
    starts_at: datetime
    reason: str
    contact: str
    protected: bool
    initials: str
    age: int | None


def moments(first: date, last: date) -> tuple[datetime, datetime]:
    """From the beginning of a day in Sweden to the end of another, in UTC."""
    begin = datetime.combine(first, time.min, clock.SWEDEN).astimezone(UTC)
    return begin, datetime.combine(last + timedelta(days=1), time.min, clock.SWEDEN).astimezone(UTC)


async def concerned(
    connection: Connection, *, provider_id: int, schedule_ids: Sequence[int], first: date, last: date
) -> list[Concerned]:
    """Everybody who has a time to come in the schedules on those days, by time."""
    begin, end = moments(first, last)
    rows: list[Any] = await connection.fetch(
        "SELECT a.case_id, a.person_id, s.unit_id, s.schedule_id, s.starts_at, c.reason, a.contact, p.protected, "
        "CASE WHEN p.protected THEN '' ELSE left(p.given_name, 1) || ' ' || left(p.family_name, 1) END AS initials, "
        "CASE WHEN p.protected THEN NULL ELSE extract(year FROM age($6::date, p.birth_date))::int END AS age "
        "FROM slot s JOIN appointment a ON a.provider_id = s.provider_id AND a.slot_id = s.slot_id "
        "AND a.state = 'booked' JOIN care_case c ON c.provider_id = a.provider_id AND c.case_id = a.case_id "
        "JOIN person p ON p.person_id = a.person_id WHERE s.provider_id = $1 AND s.schedule_id = ANY ($2::bigint[]) "
        "AND s.starts_at >= greatest($3::timestamptz, $5::timestamptz) AND s.starts_at < $4 AND s.state <> 'removed' "
        "ORDER BY s.starts_at, a.case_id",
        provider_id,
        list(schedule_ids),
        begin,
        end,
        clock.now(),
        clock.today(),
    )
    return [Concerned(**row) for row in rows]


async def free_on(
    connection: Connection, *, provider_id: int, schedule_ids: Sequence[int], first: date, last: date
) -> int:
    """How many times to come on those days nobody has booked."""
    begin, end = moments(first, last)
    found = await connection.fetchval(
        "SELECT count(*) FROM slot WHERE provider_id = $1 AND schedule_id = ANY ($2::bigint[]) "
        "AND starts_at >= greatest($3::timestamptz, $5::timestamptz) AND starts_at < $4 "
        "AND state IN ('free', 'blocked')",
        provider_id,
        list(schedule_ids),
        begin,
        end,
        clock.now(),
    )
    return int(found)
