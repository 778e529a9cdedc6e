"""When a unit is open, and the line that waits there."""

from datetime import datetime, time, timedelta

import msgspec

from vardlots.cases.waiting import PACE_WINDOW, Wait, forecast
from vardlots.clinics.model import Unit
from vardlots.platform import clock
from vardlots.platform.db import Database, provider_scope


class Opening(msgspec.Struct, frozen=True):
    """Whether a unit is open. `changes_at` is when it closes or next opens (aware), None when that never comes."""

    is_open: bool
    changes_at: datetime | None
    always: bool = False


def opening(unit: Unit, now: datetime) -> Opening:
    """The unit's state at a moment, by its weekly hours on the wall clock in Sweden. "24:00" is midnight."""
    local = clock.local(now)
    hours = [_hours(unit, local + timedelta(days=days)) for days in range(8)]
    if all(span and span[0] == time(0) and span[1] is None for span in hours):
        return Opening(True, None, always=True)
    for days, span in enumerate(hours):
        if span is None:
            continue
        day = (local + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
        opens = day.replace(hour=span[0].hour, minute=span[0].minute)
        end = span[1]
        closes = day.replace(hour=end.hour, minute=end.minute) if end else day + timedelta(days=1)
        if opens <= local < closes:
            return Opening(True, closes)
        if local < opens:
            return Opening(False, opens)
    return Opening(False, None)


def _hours(unit: Unit, day: datetime) -> tuple[time, time | None] | None:
    """Opening and closing that day; a closing of None is midnight, None altogether is closed."""
    span = unit.opening.get(str(day.weekday()))
    if not span:
        return None
    return time.fromisoformat(span[0]), None if span[1] == "24:00" else time.fromisoformat(span[1])


class Line(msgspec.Struct, frozen=True):
    """The queue as it is before somebody: how many are ahead, and the wait that makes (None: nobody can tell)."""

    ahead: int
    wait: Wait | None


_AHEAD = """
SELECT (SELECT count(*) FROM care_case WHERE provider_id = $1 AND unit_id = $2 AND phase = 'queued'
          AND (priority, arrived_at, case_id) < ($3::smallint, $4::timestamptz, $5::bigint)) AS ahead,
       (SELECT count(*) FROM care_case WHERE provider_id = $1 AND unit_id = $2 AND accepted_at > $6) AS taken
"""
_LAST = 2**62


async def line_before(
    database: Database,
    *,
    provider_id: int,
    unit_id: int,
    priority: int,
    arrived_at: datetime | None = None,
    case_id: int | None = None,
) -> Line:
    """The line before a waiting case, or before one that would join now.

    Counts other people's cases, which a patient's own scope cannot see; only the two figures leave this function.
    """
    now = clock.now()
    async with database.transaction(provider_scope(provider_id)) as connection:
        row = await connection.fetchrow(
            _AHEAD,
            provider_id,
            unit_id,
            priority,
            arrived_at or now,
            case_id if case_id is not None else _LAST,
            now - PACE_WINDOW,
        )
    return Line(row["ahead"], forecast(row["ahead"], row["taken"]))
