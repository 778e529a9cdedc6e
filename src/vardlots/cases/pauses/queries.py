"""Reads of pauses: which are over, and which visits nobody came back to."""

from datetime import datetime

import msgspec

from vardlots.cases.model import Case, CaseRef, Kind
from vardlots.platform.db import Connection

# What the system, and nobody's hand, has gone on with, and what its owner has not touched since.
_LEFT = """
  AND NOT EXISTS (SELECT FROM entry e WHERE e.provider_id = c.provider_id AND e.case_id = c.case_id AND e.n > r.n
    AND e.author_kind = 'staff' AND e.author_id = c.owner_staff_id)
  AND NOT EXISTS (SELECT FROM shift h WHERE h.provider_id = c.provider_id AND h.staff_id = c.owner_staff_id
    AND h.ended_at IS NULL)
"""
_IS_LEFT = f"""
SELECT EXISTS (SELECT FROM care_case c JOIN entry r USING (provider_id, case_id)
  WHERE c.provider_id = $1 AND c.case_id = $2 AND r.n = $3 AND r.kind = $4 AND r.author_kind = 'system' AND r.at <= $5
    AND c.paused_until IS NULL AND c.owner_staff_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM entry t WHERE t.provider_id = $1 AND t.case_id = $2 AND t.n > $3 AND t.kind = ANY ($6))
    {_LEFT})
"""
_ALL_LEFT = f"""
SELECT c.case_id, r.n FROM care_case c
CROSS JOIN LATERAL (SELECT e.n, e.at, e.author_kind, e.kind FROM entry e WHERE e.provider_id = c.provider_id
  AND e.case_id = c.case_id AND e.kind = ANY ($4) ORDER BY e.n DESC LIMIT 1) r
WHERE c.provider_id = $1 AND c.phase IN ('accepted', 'ongoing') AND c.paused_until IS NULL AND r.kind = $2
  AND r.author_kind = 'system' AND r.at <= $3 {_LEFT}
ORDER BY c.case_id LIMIT 500
"""
# Rows after which a visit is not the one whose pause ended: somebody else has it, or it is paused anew.
_OWNED_ANEW = [
    kind.value
    for kind in (
        *(Kind.ACCEPTED, Kind.ASSIGNED, Kind.TAKEN_OVER, Kind.HANDOVER_ACCEPTED),
        *(Kind.RELEASED, Kind.GIVEN_BACK, Kind.PAUSED),
    )
]


async def is_left(connection: Connection, case: Case, n: int, before: datetime) -> bool:
    """Whether nobody has come back to a visit whose pause ended by itself with row `n`, at `before` or earlier."""
    found: bool = await connection.fetchval(_IS_LEFT, *case.ref, n, Kind.RESUMED.value, before, _OWNED_ANEW)
    return found


class Resumed(msgspec.Struct, frozen=True):
    """A visit whose pause ended by itself: the case, and the row that says so."""

    ref: CaseRef
    n: int


async def left(connection: Connection, provider_id: int, before: datetime) -> list[Resumed]:
    """The visits of a provider that nobody came back to."""
    kinds = [*_OWNED_ANEW, Kind.RESUMED.value]
    rows = await connection.fetch(_ALL_LEFT, provider_id, Kind.RESUMED.value, before, kinds)
    return [Resumed(CaseRef(provider_id, row["case_id"]), row["n"]) for row in rows]


async def over(connection: Connection, provider_id: int, before: datetime) -> list[CaseRef]:
    """The visits of a provider whose pause should have ended before a moment."""
    rows = await connection.fetch(
        "SELECT case_id FROM care_case WHERE provider_id = $1 AND paused_until < $2 ORDER BY paused_until LIMIT 500",
        provider_id,
        before,
    )
    return [CaseRef(provider_id, row["case_id"]) for row in rows]
