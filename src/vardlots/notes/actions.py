"""Writing notes: a draft saves itself, signing locks it, what comes later is an addendum."""

import gzip
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import asyncpg
import msgspec

from vardlots.access.actor import StaffActor
from vardlots.audit import log as audit
from vardlots.cases import policy, states
from vardlots.cases.model import Audience, Case, CaseRef, Verb
from vardlots.cases.queries import case_at_the_door
from vardlots.cases.turn import House, Turn, turn
from vardlots.notes.codes_import import Imported
from vardlots.notes.model import FIELD_MAX, OTHERS_MAX, TEXT_FIELDS, NoteFields, NoteKind, sealed
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Connection, Database
from vardlots.platform.errors import Invalid, WrongState

# What is done with a note in the turn that signs it: the turn and the note's number.
AlsoSigned: TypeAlias = Callable[[Turn, int], Awaitable[None]]


class Saved(msgspec.Struct, frozen=True):
    """A draft that was saved: its new revision, which the next save must name, and when."""

    note_id: int
    rev: int
    at: datetime


async def save_draft(house: House, *, by: StaffActor, ref: CaseRef, rev: int, fields: NoteFields) -> Saved:
    """Save the actor's own draft if it still is at `rev` (0: there is none yet).

    After the first signed note of a case every draft is an addendum. Raises WrongState `note_moved` when another
    tab has saved since, Forbidden for who may not write notes in the case, Invalid for too long a text.
    """
    _check_lengths(fields)
    now = clock.now()
    async with house.database.transaction(by.scope) as connection:
        case = await _writable_case(connection, by, ref, now)
        plain = msgspec.to_builtins(fields)
        if rev == 0:
            row = await _begin(connection, by, case, plain, now)
        else:
            row = await connection.fetchrow(
                "UPDATE note SET fields = $4, rev = rev + 1, changed_at = $5 WHERE provider_id = $1 AND case_id = $2 "
                "AND author_staff_id = $3 AND signed_at IS NULL AND rev = $6 RETURNING note_id, rev",
                *ref,
                by.staff_id,
                plain,
                now,
                rev,
            )
        if row is None:
            raise _moved()
        if rev == 0:
            # The draft's first line is logged; each later keystroke would only fill the log.
            await audit.write(
                connection,
                [
                    audit.access(
                        by,
                        "write_note",
                        provider_id=ref.provider_id,
                        person_id=case.person_id,
                        case_id=ref.case_id,
                    )
                ],
            )
    return Saved(row["note_id"], row["rev"], now)


async def _begin(
    connection: Connection, by: StaffActor, case: Case, plain: dict[str, Any], now: datetime
) -> Any:
    """A new draft's row, or None when there is one already."""
    try:
        return await connection.fetchrow(
            "INSERT INTO note (provider_id, case_id, person_id, kind, author_staff_id, fields, rev, changed_at) "
            "VALUES ($1, $2, $3, CASE WHEN EXISTS (SELECT FROM note WHERE provider_id = $1 AND case_id = $2 "
            "AND signed_at IS NOT NULL) THEN 'addendum' ELSE 'note' END, $4, $5, 1, $6) RETURNING note_id, rev",
            *case.ref,
            case.person_id,
            by.staff_id,
            plain,
            now,
        )
    except asyncpg.UniqueViolationError:
        raise _moved() from None


async def sign(
    house: House, *, by: StaffActor, ref: CaseRef, rev: int, also: AlsoSigned | None = None
) -> int:
    """*Signera*: lock the actor's own draft as it is at `rev` and seal it. Returns the timeline row's number.

    `also` is done in the same transaction: both happen or neither.
    Raises Invalid when nothing is written, WrongState `note_moved` when another tab has saved or signed since.
    """
    async with turn(house, by=by, ref=ref, verb=Verb.SIGN_NOTE) as now_at:
        row = await now_at.connection.fetchrow(
            "SELECT note_id, kind, fields FROM note WHERE provider_id = $1 AND case_id = $2 AND author_staff_id = $3 "
            "AND signed_at IS NULL AND rev = $4 FOR UPDATE",
            *ref,
            by.staff_id,
            rev,
        )
        if row is None:
            raise _moved()
        fields = msgspec.convert(row["fields"], NoteFields)
        if fields.is_blank:
            raise Invalid("note", "Skriv något i anteckningen innan du signerar.")
        kind = NoteKind(row["kind"])
        if kind is NoteKind.NOTE and await _has_signed(now_at.connection, ref):
            # A colleague signed first: what is signed now adds to theirs.
            kind = NoteKind.ADDENDUM
        digest = sealed(
            case=str(ref), kind=kind, author_staff_id=by.staff_id, fields=fields, signed_at=now_at.now
        )
        await now_at.connection.execute(
            "UPDATE note SET kind = $3, signed_at = $4, signed_by = $5, digest = $6, changed_at = $4 "
            "WHERE provider_id = $1 AND note_id = $2",
            ref.provider_id,
            row["note_id"],
            kind.value,
            now_at.now,
            by.staff_id,
            digest,
        )
        noted: dict[str, Any] = {} if now_at.case.noted_at is not None else {"noted_at": now_at.now}
        n = await now_at.record(
            {"note_id": row["note_id"], "kind": kind.value, "digest": digest},
            audience=Audience.STAFF,
            **noted,
        )
        if also is not None:
            await also(now_at, row["note_id"])
        return n


async def _has_signed(connection: Connection, ref: CaseRef) -> bool:
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM note WHERE provider_id = $1 AND case_id = $2 AND signed_at IS NOT NULL "
            "AND kind = 'note')",
            *ref,
        )
    )


async def _writable_case(connection: Connection, by: StaffActor, ref: CaseRef, now: datetime) -> Case:
    """The case, if the actor may write a note in it now."""
    case, stands = await case_at_the_door(connection, by=by, ref=ref)
    if refusal := policy.may(by, Verb.SIGN_NOTE, case, now, stands):
        raise refusal
    if not states.allows(case.phase, Verb.SIGN_NOTE):
        raise WrongState("Ta emot ärendet först. Sedan kan du skriva anteckning.", code="not_taken")
    return case


def _check_lengths(fields: NoteFields) -> None:
    for name in (*TEXT_FIELDS, "text"):
        if len(getattr(fields, name)) > FIELD_MAX:
            raise Invalid(name, "Texten är för lång. Korta ner den till högst {most} tecken.", most=FIELD_MAX)
    if len(fields.others) > OTHERS_MAX:
        raise Invalid("others", "Välj högst {most} bidiagnoser.", most=OTHERS_MAX)
    if len(fields.actions) > OTHERS_MAX:
        raise Invalid("actions", "Välj högst {most} åtgärder.", most=OTHERS_MAX)


async def import_list(database: Database, *, by: str, files: Sequence[str], imported: Imported) -> int:  # noqa: ARG001
    """Keep a list of codes as the installation's newest of its kind; pages use it within half a minute.

    `by` is who runs the command, `files` the names of the files. Returns the version; a list that says the same as the
    newest gets no version of its own.
    """
    text = imported.text.encode()
    digest = hashlib.sha256(text).hexdigest()
    async with database.transaction(NOBODY) as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('code_list'))")
        newest = await connection.fetchrow(
            "SELECT version, digest FROM code_list WHERE kind = $1 ORDER BY version DESC LIMIT 1",
            imported.kind,
        )
        if newest is not None and newest["digest"] == digest:
            return int(newest["version"])
        version = newest["version"] + 1 if newest is not None else 1
        await connection.execute(
            "INSERT INTO code_list (kind, version, at, files, codes, digest, body) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            imported.kind,
            version,
            clock.now(),
            ", ".join(files),
            len(imported.codes),
            digest,
            gzip.compress(text, mtime=0),
        )
    return int(version)


def _moved() -> WrongState:
    return WrongState(
        "Anteckningen har ändrats i en annan flik. Det du skrev här är kvar. Ladda om för att se den andra.",
        code="note_moved",
    )
