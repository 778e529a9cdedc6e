"""Reads of a conversation: the rows after a number, with their files and what the page around them needs."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases.model import Case, CaseRef, Entry
from vardlots.cases.queries import Attachment, readable_case, timeline
from vardlots.conversations.forms.model import Card
from vardlots.conversations.forms.queries import cards_in
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound

_FILE = (
    "SELECT provider_id, attachment_id::text, person_id, interview_id, case_id, author_kind, author_id, name, "
    "media_type, size_bytes, width, height, storage_key, thumb_key FROM attachment"
)


class Talk(msgspec.Struct, frozen=True):
    """A case and rows of its timeline, with the files they carry by id and the forms they tell of by number.

    `since` is when the row before the first of them was written, None when there is none.
    """

    case: Case
    rows: list[Entry]
    files: dict[str, Attachment]
    since: datetime | None = None
    forms: Mapping[int, Card] = {}


async def talk(
    connection: Connection, *, by: PatientActor | StaffActor, ref: CaseRef, after: int = 0, limit: int = 500
) -> Talk:
    """The rows that the actor may read after a number. Raises NotFound or Forbidden."""
    case = await readable_case(connection, by=by, ref=ref)
    rows = await timeline(connection, ref, after=after, limit=limit)
    since: datetime | None = None
    if after and rows:
        since = await connection.fetchval(
            "SELECT at FROM entry WHERE provider_id = $1 AND case_id = $2 AND n <= $3 ORDER BY n DESC LIMIT 1",
            *ref,
            after,
        )
    forms = await cards_in(connection, ref, rows)
    return Talk(case, rows, await files_of(connection, ref, rows), since, forms)


async def files_of(connection: Connection, ref: CaseRef, rows: Iterable[Entry]) -> dict[str, Attachment]:
    """The files that some rows of a case carry, by id, as far as the scope may see them."""
    wanted = [file_id for row in rows for file_id in row.body.get("attachments", ())]
    if not wanted:
        return {}
    found = await connection.fetch(
        f"{_FILE} WHERE provider_id = $1 AND case_id = $2 AND attachment_id = ANY ($3::uuid[])", *ref, wanted
    )
    return {row["attachment_id"]: Attachment(**row) for row in found}


async def file_of_case(
    connection: Connection, *, by: PatientActor | StaffActor, ref: CaseRef, file_id: UUID
) -> tuple[Case, Attachment]:
    """One file of a case that the actor may read. Raises NotFound or Forbidden."""
    case = await readable_case(connection, by=by, ref=ref)
    row = await connection.fetchrow(
        f"{_FILE} WHERE provider_id = $1 AND case_id = $2 AND attachment_id = $3", *ref, file_id
    )
    if row is None:
        raise NotFound()
    return case, Attachment(**row)


async def files_of_interview(
    connection: Connection, *, provider_id: int, interview_id: int
) -> list[Attachment]:
    """The files that were added during an interview, oldest first; within the connection's scope."""
    rows = await connection.fetch(
        f"{_FILE} WHERE provider_id = $1 AND interview_id = $2 ORDER BY at", provider_id, interview_id
    )
    return [Attachment(**row) for row in rows]
