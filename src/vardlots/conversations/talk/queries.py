"""Reads of the colleagues' own talk beside a visit (*vårdgivarchatt*): rows that no patient ever reads."""

from datetime import datetime

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.cases.model import Case, CaseRef, Entry
from vardlots.cases.queries import Attachment, readable_case, timeline
from vardlots.conversations.queries import files_of
from vardlots.platform.db import Connection


class Reader(msgspec.Struct, frozen=True):
    """A colleague and how far they have read."""

    staff_id: int
    name: str
    n: int


class Aside(msgspec.Struct, frozen=True):
    """A case and rows of its colleagues' own talk, with the files they carry by id and everybody who has read.

    `since` is when the row before the first of them was written, None when there is none.
    """

    case: Case
    rows: list[Entry]
    files: dict[str, Attachment]
    readers: list[Reader]
    since: datetime | None = None

    def read_by_others(self, by: StaffActor) -> int:
        """How far any colleague of the actor's has read."""
        return max((one.n for one in self.readers if one.staff_id != by.staff_id), default=0)


async def aside(
    connection: Connection, *, by: StaffActor, ref: CaseRef, after: int = 0, limit: int = 500
) -> Aside:
    """The rows after a number, to whoever may read the case. Raises NotFound or Forbidden."""
    case = await readable_case(connection, by=by, ref=ref)
    rows = (
        await timeline(connection, ref, after=after, limit=limit, internal=True) if case.talk_last_n else []
    )
    since: datetime | None = None
    if after and rows:
        since = await connection.fetchval(
            "SELECT at FROM entry WHERE provider_id = $1 AND case_id = $2 AND n <= $3 AND audience = 'internal' "
            "ORDER BY n DESC LIMIT 1",
            *ref,
            after,
        )
    return Aside(case, rows, await files_of(connection, ref, rows), await readers_of(connection, ref), since)


async def readers_of(connection: Connection, ref: CaseRef) -> list[Reader]:
    """How far each colleague has read, the furthest first. The case must have been read before."""
    rows = await connection.fetch(
        "SELECT r.staff_id, s.given_name || ' ' || s.family_name AS name, r.n FROM talk_read r JOIN staff s "
        "USING (staff_id) WHERE r.provider_id = $1 AND r.case_id = $2 ORDER BY r.n DESC, name",
        *ref,
    )
    return [Reader(**row) for row in rows]


async def unread(connection: Connection, *, by: StaffActor, case: Case) -> int:
    """How many rows colleagues have written that the actor has not read."""
    if not case.talk_last_n:
        return 0
    return int(
        await connection.fetchval(
            "SELECT count(*) FROM entry WHERE provider_id = $1 AND case_id = $2 AND audience = 'internal' "
            "AND author_id <> $3 AND n > coalesce((SELECT n FROM talk_read WHERE provider_id = $1 AND case_id = $2 "
            "AND staff_id = $3), 0)",
            *case.ref,
            by.staff_id,
        )
    )


class Speaker(msgspec.Struct, frozen=True):
    """Somebody who takes part in the talk."""

    staff_id: int
    name: str


async def speakers(connection: Connection, case: Case) -> list[Speaker]:
    """Who takes part: whoever has the visit, the guests, the one it is handed over to, and all who have written."""
    expected = [one for one in (case.owner_staff_id, case.handover_staff_id, *case.guests) if one is not None]
    rows = await connection.fetch(
        "SELECT staff_id, given_name || ' ' || family_name AS name FROM staff WHERE staff_id = ANY ($3::bigint[]) "
        "OR staff_id IN (SELECT author_id FROM entry WHERE provider_id = $1 AND case_id = $2 "
        "AND audience = 'internal') ORDER BY given_name, family_name",
        *case.ref,
        expected,
    )
    return [Speaker(**row) for row in rows]
