"""Reads for exports, within the scope of the connection. The case must have been read through `readable_case`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from vardlots.cases.model import Case, CaseRef
from vardlots.cases.queries import Attachment
from vardlots.exports.model import Author, NoteExport, Paper, Place, State, Subject, Why
from vardlots.notes.model import NoteKind
from vardlots.notes.queries import signed_notes
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound

_EXPORT = f"SELECT {', '.join(NoteExport.__struct_fields__)} FROM note_export"
_FILE_COLUMNS = ", ".join(
    "attachment_id::text" if name == "attachment_id" else name for name in Attachment.__struct_fields__
)
# What the patient has sent and what colleagues have sent the patient: never the colleagues' own talk, and nothing that
# was taken in but not sent.
_SENT = """
(a.interview_id IS NOT NULL OR EXISTS (
  SELECT FROM entry e WHERE e.provider_id = a.provider_id AND e.case_id = a.case_id AND e.audience = 'patient'
    AND e.body->'attachments' ? a.attachment_id::text))
"""
_AROUND = """
SELECT p.person_id, p.given_name, p.family_name, p.birth_date, p.sex, p.protected, i.value AS number, i.system,
       u.name AS unit_name, u.hsa_id AS unit_hsa, v.name AS provider_name, v.hsa_id AS provider_hsa
FROM care_case c JOIN person q USING (person_id) JOIN person p
  ON p.person_id = CASE WHEN q.same_as IS NULL THEN q.person_id ELSE q.same_as END
JOIN unit u USING (provider_id, unit_id) JOIN provider v USING (provider_id)
LEFT JOIN LATERAL (SELECT value, system FROM person_identifier WHERE person_id = p.person_id
                   ORDER BY primary_number DESC LIMIT 1) i ON true
WHERE c.provider_id = $1 AND c.case_id = $2
"""


class Chosen(msgspec.Struct, frozen=True):
    """A file that may go along, and when it came."""

    file: Attachment
    at: datetime


async def paper(connection: Connection, *, case: Case, note_id: int) -> Paper:
    """A signed note of the case with what stands around it. Raises NotFound."""
    notes = await signed_notes(connection, case.ref)
    note = next((one for one in notes if one.note_id == note_id), None)
    if note is None or note.signed_at is None:
        raise NotFound()
    row = await connection.fetchrow(_AROUND, *case.ref)
    author = await connection.fetchrow(
        "SELECT given_name, family_name, title, hsa_id FROM staff WHERE staff_id = $1", note.signed_by
    )
    if row is None or author is None:
        raise NotFound()
    first = next((one for one in notes if one.kind is NoteKind.NOTE), note)
    signed_at = note.signed_at
    ended = case.ended_at if case.ended_at is not None and case.ended_at <= signed_at else None
    return Paper(
        note=note,
        subject=Subject(
            person_id=row["person_id"],
            given_name=row["given_name"],
            family_name=row["family_name"],
            number=row["number"] or "",
            system=row["system"] or "",
            birth_date=row["birth_date"],
            sex=row["sex"],
            protected=row["protected"],
        ),
        author=Author(**author),
        unit=Place(row["unit_name"], row["unit_hsa"]),
        provider=Place(row["provider_name"], row["provider_hsa"]),
        began_at=next(
            at for at in (case.started_at, case.accepted_at, case.arrived_at) if at and at <= signed_at
        ),
        ended_at=ended,
        adds_to=None if note.kind is NoteKind.NOTE else first.note_id,
    )


async def exports_of_case(connection: Connection, ref: CaseRef) -> dict[int, NoteExport]:
    """The exports of a case's notes, by note."""
    rows = await connection.fetch(f"{_EXPORT} WHERE provider_id = $1 AND case_id = $2", *ref)
    return {row["note_id"]: _export(row) for row in rows}


async def export_by_id(connection: Connection, provider_id: int, export_id: UUID) -> NoteExport | None:
    """One export, or None."""
    row = await connection.fetchrow(
        f"{_EXPORT} WHERE provider_id = $1 AND export_id = $2", provider_id, export_id
    )
    return _export(row) if row else None


async def overdue(connection: Connection, provider_id: int, before: datetime) -> list[NoteExport]:
    """Exports of a provider whose next try should have been before a moment: their job was lost."""
    rows = await connection.fetch(
        f"{_EXPORT} WHERE provider_id = $1 AND next_try IS NOT NULL AND next_try < $2 ORDER BY next_try LIMIT 200",
        provider_id,
        before,
    )
    return [_export(row) for row in rows]


async def files_to_choose(connection: Connection, ref: CaseRef) -> list[Chosen]:
    """The pictures and files of a case that may go along with a note, oldest first."""
    rows = await connection.fetch(
        f"SELECT {_FILE_COLUMNS}, at FROM attachment a WHERE provider_id = $1 AND case_id = $2 "
        f"AND audience = 'patient' AND {_SENT} ORDER BY at, attachment_id",
        *ref,
    )
    return [_chosen(row) for row in rows]


async def chosen_files(connection: Connection, ref: CaseRef, ids: Iterable[UUID]) -> list[Chosen]:
    """Of the files that may go along, those that were chosen, oldest first."""
    wanted = {str(one) for one in ids}
    return [one for one in await files_to_choose(connection, ref) if one.file.attachment_id in wanted]


def _chosen(row: Any) -> Chosen:
    values = dict(row)
    at = values.pop("at")
    return Chosen(Attachment(**values), at)


def _export(row: Any) -> NoteExport:
    values = dict(row)
    values["attachments"] = tuple(values["attachments"])
    values["state"] = State(values["state"])
    values["why"] = Why(values["why"]) if values["why"] else None
    return NoteExport(**values)
