"""How many of the tickets that were sent stand in each state, of the newest that a filter shows."""

from collections.abc import Mapping
from datetime import timedelta

from vardlots.access.actor import StaffActor
from vardlots.people.rules import midnight
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.tickets.model import State
from vardlots.tickets.queries import SEEN, Sought

# Counting costs the same however much has been sent: of more than these, that there are more is what is told.
MOST_COUNTED = 500
_STATE = "CASE WHEN t.state IN ('issued', 'opened') AND t.valid_until <= $4 THEN 'expired' ELSE t.state END"
_COUNT = f"""
SELECT state, count(*)::int AS n FROM (
  SELECT one.state FROM unnest($5::int[]) AS sender(unit_id) CROSS JOIN LATERAL (
    SELECT {_STATE} AS state FROM ticket t
    WHERE t.provider_id = $1 AND t.from_unit_id = sender.unit_id
      AND ($6::timestamptz IS NULL OR t.issued_at >= $6) AND ($7::timestamptz IS NULL OR t.issued_at < $7)
      AND ($8::text IS NULL OR t.kind = $8) AND ($9::text IS NULL OR t.role = $9)
      AND ($10::bigint IS NULL OR t.staff_id = $10) AND ($11::text IS NULL OR {_STATE} = $11)
      AND {SEEN}
    ORDER BY t.issued_at DESC, t.ticket_id DESC LIMIT $12) one LIMIT $12) counted
GROUP BY state"""


async def counts(connection: Connection, *, by: StaffActor, sought: Sought) -> Mapping[State, int]:
    """How many there are in each state; together never more than one above `MOST_COUNTED`."""
    units = set(by.unit_ids if sought.unit_ids is None else sought.unit_ids) & set(by.unit_ids)
    if not by.cares or not units:
        return {}
    rows = await connection.fetch(
        _COUNT,
        by.provider_id,
        sorted(by.home_unit_ids or by.unit_ids),
        by.staff_id,
        clock.now(),
        sorted(units),
        midnight(sought.since) if sought.since else None,
        midnight(sought.until + timedelta(days=1)) if sought.until else None,
        sought.kind.value if sought.kind else None,
        sought.role,
        sought.staff_id,
        sought.state.value if sought.state else None,
        MOST_COUNTED + 1,
    )
    return {State(row["state"]): row["n"] for row in rows}
