"""Reads of cases and their timelines. Every function starts from an actor's scope."""

import msgspec

from vardlots.access.actor import Actor
from vardlots.cases import policy
from vardlots.cases.model import CASE_COLUMNS, ENTRY_COLUMNS, Case, CaseRef, Entry, case_from, entry_from
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound


async def readable_case(connection: Connection, *, by: Actor, ref: CaseRef) -> Case:
    """The case, if the actor may read it. Raises NotFound or Forbidden."""
    row = await connection.fetchrow(
        f"SELECT {CASE_COLUMNS} FROM care_case WHERE provider_id = $1 AND case_id = $2", *ref
    )
    if row is None:
        raise NotFound()
    case = case_from(row)
    if refusal := policy.may_read(by, case):
        raise refusal
    return case


async def timeline(connection: Connection, ref: CaseRef, *, after: int = 0, limit: int = 500) -> list[Entry]:
    """The timeline's rows after a number, oldest first; row-level security leaves out what is not for the reader.

    The case must have been read through `readable_case` in the same transaction.
    """
    rows = await connection.fetch(
        f"SELECT {ENTRY_COLUMNS} FROM entry WHERE provider_id = $1 AND case_id = $2 AND n > $3 ORDER BY n LIMIT $4",
        *ref,
        after,
        limit,
    )
    return [entry_from(row) for row in rows]


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a case, as stored."""

    provider_id: int
    attachment_id: str
    person_id: int
    interview_id: int | None
    case_id: int | None
    author_kind: str
    author_id: int
    name: str
    media_type: str
    size_bytes: int
    width: int | None
    height: int | None
    storage_key: str
    thumb_key: str | None
