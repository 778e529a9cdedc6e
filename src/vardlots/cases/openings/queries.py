"""Reads of what was opened and taken over."""

from datetime import datetime, timedelta

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.cases.model import Case, CaseRef
from vardlots.platform import clock
from vardlots.platform.db import Connection


class TakeOver(msgspec.Struct, frozen=True):
    """A visit that a colleague took over from somebody: who, when, and why ("" at a unit not one's own)."""

    case_id: int
    who: str
    at: datetime
    reason: str

    def ref(self, provider_id: int) -> CaseRef:
        """The case's full name."""
        return CaseRef(provider_id, self.case_id)


_TAKEN = """
SELECT t.case_id, s.given_name || ' ' || s.family_name AS who, t.at,
  CASE WHEN c.unit_id = ANY ($4::int[]) THEN e.body->>'reason' ELSE '' END AS reason
FROM take_over t JOIN care_case c USING (provider_id, case_id) JOIN entry e USING (provider_id, case_id, n)
JOIN staff s ON s.staff_id = t.by_staff_id
WHERE t.provider_id = $1 AND t.from_staff_id = $2 AND t.at >= $3"""


async def unseen(connection: Connection, *, by: StaffActor) -> list[TakeOver]:
    """The actor's visits that colleagues have taken over today and that they have not seen yet, the latest first."""
    start = clock.local(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = await connection.fetch(
        f"{_TAKEN} AND t.seen_at IS NULL AND t.at < $5 ORDER BY t.at DESC LIMIT 20",
        by.provider_id,
        by.staff_id,
        start,
        sorted(by.home_unit_ids or by.unit_ids),
        start + timedelta(days=1),
    )
    return [TakeOver(**row) for row in rows]


class GoneOn(msgspec.Struct, frozen=True):
    """A visit that has become another unit's: who took it there, when, and to which unit."""

    who: str
    at: datetime
    unit_id: int


async def gone_on(connection: Connection, *, by: StaffActor, case: Case) -> GoneOn | None:
    """How a case left the actor's units for another, the last time; None where it was never theirs.

    They read it until then, that row with it: nothing is told here that they could not have read in it.
    """
    row = await connection.fetchrow(
        "SELECT author_name AS who, at, (body->>'unit')::int AS unit_id FROM entry "
        "WHERE provider_id = $1 AND case_id = $2 AND kind IN ('accepted', 'taken_over') "
        "AND (body->>'from_unit')::int = ANY ($3::int[]) ORDER BY n DESC LIMIT 1",
        *case.ref,
        sorted(by.unit_ids | by.home_unit_ids),
    )
    return GoneOn(**row) if row else None
