"""Reads of internal feedback. Every function takes a connection within the actor's provider."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.cases.feedback.model import About, Feedback
from vardlots.cases.feedback.policy import units_read
from vardlots.cases.model import CaseRef
from vardlots.platform.db import Connection

PAGE = 50
_FEEDBACK = """
SELECT f.feedback_id, f.case_id, f.unit_id, u.name AS unit, f.kind, f.text, f.staff_id,
  s.given_name || ' ' || s.family_name AS author, f.at, f.read_at,
  coalesce(r.given_name || ' ' || r.family_name, '') AS reader, coalesce(f.answer, '') AS answer, f.answered_at,
  coalesce(a.given_name || ' ' || a.family_name, '') AS answerer, f.answer_seen_at
FROM feedback f JOIN unit u USING (provider_id, unit_id) JOIN staff s ON s.staff_id = f.staff_id
LEFT JOIN staff r ON r.staff_id = f.read_by LEFT JOIN staff a ON a.staff_id = f.answered_by
WHERE f.provider_id = $1"""


class Wanted(msgspec.Struct, frozen=True):
    """Which feedback is asked for: of a unit, about something, within a time, only what nobody has read."""

    unit_id: int | None = None
    kind: About | None = None
    since: datetime | None = None
    until: datetime | None = None
    only_unread: bool = False


async def listed(connection: Connection, *, by: StaffActor, wanted: Wanted, after: int = 0) -> list[Feedback]:
    """What the actor reads of, the newest first; one more than a page tells that there are more.

    `after` is the number of the last that was shown, 0 for the first page.
    """
    rows = await connection.fetch(
        f"""{_FEEDBACK} AND ($2::int[] IS NULL OR f.unit_id = ANY ($2)) AND ($3::int IS NULL OR f.unit_id = $3)
          AND ($4::text IS NULL OR f.kind = $4) AND ($5::timestamptz IS NULL OR f.at >= $5)
          AND ($6::timestamptz IS NULL OR f.at < $6) AND (NOT $7 OR f.read_at IS NULL)
          AND ($8 = 0 OR f.feedback_id < $8)
        ORDER BY f.feedback_id DESC LIMIT {PAGE + 1}""",
        by.provider_id,
        _as_list(units_read(by)),
        wanted.unit_id,
        wanted.kind,
        wanted.since,
        wanted.until,
        wanted.only_unread,
        after,
    )
    return [_feedback(row) for row in rows]


async def unread_count(connection: Connection, by: StaffActor) -> int:
    """How many pieces of feedback nobody has read, of those that the actor reads."""
    return int(
        await connection.fetchval(
            "SELECT count(*) FROM feedback WHERE provider_id = $1 AND ($2::int[] IS NULL OR unit_id = ANY ($2)) "
            "AND read_at IS NULL",
            by.provider_id,
            _as_list(units_read(by)),
        )
    )


async def own(connection: Connection, *, by: StaffActor, ref: CaseRef | None = None) -> list[Feedback]:
    """What the actor has written, in one case or at all, the newest first. At most a hundred."""
    rows = await connection.fetch(
        f"{_FEEDBACK} AND f.staff_id = $2 AND ($3::bigint IS NULL OR f.case_id = $3) "
        "ORDER BY f.feedback_id DESC LIMIT 100",
        by.provider_id,
        by.staff_id,
        ref.case_id if ref is not None else None,
    )
    return [_feedback(row) for row in rows]


async def one(connection: Connection, *, by: StaffActor, feedback_id: int) -> Feedback | None:
    """One piece of feedback at the actor's provider."""
    row = await connection.fetchrow(f"{_FEEDBACK} AND f.feedback_id = $2", by.provider_id, feedback_id)
    return _feedback(row) if row else None


def _as_list(units: Collection[int] | None) -> list[int] | None:
    return None if units is None else sorted(units)


def _feedback(row: Any) -> Feedback:
    return Feedback(**{**dict(row), "kind": About(row["kind"])})
