"""Reads of notes, within the scope of the connection. The case must have been read through `readable_case`."""

from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.cases.model import CaseRef
from vardlots.notes.model import Note, NoteFields, NoteKind
from vardlots.platform.db import Connection

_NOTE = """
SELECT n.provider_id, n.note_id, n.case_id, n.person_id, n.kind, n.author_staff_id, n.fields, n.rev, n.changed_at,
       n.signed_at, n.signed_by, n.digest, s.given_name || ' ' || s.family_name AS author_name
FROM note n JOIN staff s ON s.staff_id = n.author_staff_id
WHERE n.provider_id = $1 AND n.case_id = $2
"""


def note_from(row: Any) -> Note:
    """A note from a row of the statements here."""
    values = dict(row)
    values["kind"] = NoteKind(values["kind"])
    values["fields"] = msgspec.convert(values["fields"], NoteFields)
    return Note(**values)


async def signed_notes(connection: Connection, ref: CaseRef) -> list[Note]:
    """The signed notes of a case, oldest first."""
    rows = await connection.fetch(f"{_NOTE} AND n.signed_at IS NOT NULL ORDER BY n.signed_at", *ref)
    return [note_from(row) for row in rows]


async def own_draft(connection: Connection, *, by: StaffActor, ref: CaseRef) -> Note | None:
    """The actor's own draft, which nobody else reads; there is at most one."""
    row = await connection.fetchrow(
        f"{_NOTE} AND n.author_staff_id = $3 AND n.signed_at IS NULL", *ref, by.staff_id
    )
    return note_from(row) if row else None
