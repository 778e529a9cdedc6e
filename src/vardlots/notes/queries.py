"""Reads of notes, within the scope of the connection. The case must have been read through `readable_case`."""

from datetime import datetime
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.blocks.queries import blocked_cases
from vardlots.cases.model import CaseRef
from vardlots.notes.model import Note, NoteFields, NoteKind
from vardlots.platform import clock
from vardlots.platform.db import Connection

UNNOTED_SHOWN = 20

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


class Unnoted(msgspec.Struct, frozen=True, kw_only=True):
    """An ended visit that nobody has signed a note of. `draft_at`: when the actor last saved a draft, if there is one.

    With protected identity, and where the patient has blocked the unit since, it says nothing of the patient.
    """

    ref: CaseRef
    unit_id: int
    reason: str
    ended_at: datetime
    draft_at: datetime | None
    protected: bool
    blocked: bool
    initials: str
    age: int | None


# A visit, not an errand that came as a message: that one has ended by having come (`worklist/queries._NO_ERRAND`).
_UNNOTED = """
SELECT c.case_id, c.unit_id, c.reason, c.ended_at, p.protected,
       CASE WHEN p.protected THEN '' ELSE left(p.given_name, 1) || ' ' || left(p.family_name, 1) END AS initials,
       CASE WHEN p.protected THEN NULL ELSE extract(year FROM age($4::date, p.birth_date))::int END AS age,
       (SELECT n.changed_at FROM note n WHERE n.provider_id = c.provider_id AND n.case_id = c.case_id
          AND n.author_staff_id = $2 AND n.signed_at IS NULL) AS draft_at
FROM care_case c JOIN person p USING (person_id)
WHERE c.provider_id = $1 AND c.owner_staff_id = $2 AND c.noted_at IS NULL AND c.ended_at IS NOT NULL
  AND c.phase IN ('follow_up', 'closed') AND NOT (c.kind = 'administrative' AND c.started_at IS NULL)
ORDER BY c.ended_at DESC LIMIT $3
"""


async def unnoted(connection: Connection, *, by: StaffActor, limit: int = UNNOTED_SHOWN) -> list[Unnoted]:
    """*Att skriva klart*: the actor's ended visits without a signed note, the latest first."""
    rows = await connection.fetch(_UNNOTED, by.provider_id, by.staff_id, limit, clock.today())
    away = [row["case_id"] for row in rows if not by.at_home(row["unit_id"])]
    hidden = await blocked_cases(connection, by=by, case_ids=away) if away else frozenset()
    found = []
    for row in rows:
        values = dict(row)
        case_id = values.pop("case_id")
        blocked = case_id in hidden
        if blocked:
            values |= {"reason": "", "initials": "", "age": None}
        found.append(Unnoted(ref=CaseRef(by.provider_id, case_id), blocked=blocked, **values))
    return found


class CodeList(msgspec.Struct, frozen=True, kw_only=True):
    """An imported list of codes: `files` are the names that it was read from."""

    kind: str
    version: int
    at: datetime
    files: str
    codes: int
    digest: str


async def newest_code_list(connection: Connection, kind: str) -> int:
    """The version of a list that is in use; 0 when none has been imported."""
    return int(
        await connection.fetchval("SELECT coalesce(max(version), 0) FROM code_list WHERE kind = $1", kind)
    )


async def code_list_body(connection: Connection, kind: str, version: int) -> bytes:
    """An imported list, gzip."""
    return bytes(
        await connection.fetchval(
            "SELECT body FROM code_list WHERE kind = $1 AND version = $2", kind, version
        )
    )


async def code_lists(connection: Connection) -> list[CodeList]:
    """Everything that has been imported, the newest of each kind first."""
    rows = await connection.fetch(
        "SELECT kind, version, at, files, codes, digest FROM code_list ORDER BY kind DESC, version DESC"
    )
    return [CodeList(**row) for row in rows]
