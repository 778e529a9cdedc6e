"""The line that waits at a unit."""

from datetime import datetime

import msgspec

from vardlots.cases.waiting import PACE_WINDOW, Wait, forecast
from vardlots.platform import clock
from vardlots.platform.db import Database, provider_scope


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
