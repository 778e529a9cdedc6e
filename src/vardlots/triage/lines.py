"""The line that waits at a unit."""

from datetime import datetime

import msgspec

from vardlots.cases.waiting import PACE_WINDOW, Wait, forecast, hands
from vardlots.clinics.queries import roles_of
from vardlots.platform import clock
from vardlots.platform.db import Database, provider_scope


class Line(msgspec.Struct, frozen=True):
    """The queue as it is before somebody: how many are ahead, and the wait that makes (None: nobody can tell).

    `here` is how many work at the unit right now.
    """

    ahead: int
    wait: Wait | None
    here: int = 0


# Who works at the unit: on an open shift there, or in a pooled role elsewhere that serves it (A3).
_AHEAD = """
WITH lately AS (
  SELECT owner_staff_id AS staff_id, count(*) AS taken FROM care_case
  WHERE provider_id = $1 AND unit_id = $2 AND accepted_at > $6 GROUP BY 1
), here AS (
  SELECT h.staff_id, h.started_at FROM shift h
  WHERE h.provider_id = $1 AND h.ended_at IS NULL AND h.shift_type <> 'administrative' AND h.role = ANY ($7::text[])
    AND (h.unit_id = $2 OR EXISTS (
      SELECT FROM resource r JOIN resource_serves v ON v.provider_id = r.provider_id AND v.resource_id = r.resource_id
      WHERE r.provider_id = $1 AND r.unit_id = h.unit_id AND r.role = h.role AND r.pooled AND r.active
        AND (r.staff_id IS NULL OR r.staff_id = h.staff_id) AND v.unit_id = $2))
)
SELECT (SELECT count(*) FROM care_case WHERE provider_id = $1 AND unit_id = $2 AND phase = 'queued'
          AND (priority, arrived_at, case_id) < ($3::smallint, $4::timestamptz, $5::bigint)) AS ahead,
       (SELECT coalesce(sum(taken), 0)::int FROM lately) AS taken,
       (SELECT count(staff_id) FROM lately) AS takers,
       (SELECT count(*) FROM lately JOIN here USING (staff_id)) AS still,
       (SELECT count(*) FROM here WHERE started_at > $6
          AND NOT EXISTS (SELECT FROM lately l WHERE l.staff_id = here.staff_id)) AS fresh,
       (SELECT count(*) FROM here) AS here
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
    """The line before a waiting case, or before one that would join now. Where nobody works, no time is told.

    Counts other people's cases, which a patient's own scope cannot see; only the figures leave this function.
    """
    now = clock.now()
    async with database.transaction(provider_scope(provider_id)) as connection:
        roles = await roles_of(connection, provider_id)
        row = await connection.fetchrow(
            _AHEAD,
            provider_id,
            unit_id,
            priority,
            arrived_at or now,
            case_id if case_id is not None else _LAST,
            now - PACE_WINDOW,
            sorted(code for code, role in roles.items() if role.clinical),
        )
    wait = None
    if row["here"]:
        pace = hands(row["takers"], row["still"], row["fresh"])
        wait = forecast(row["ahead"], row["taken"], pace=pace)
    return Line(row["ahead"], wait, row["here"])
