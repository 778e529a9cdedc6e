"""*Signera och exportera*: a signed note is promised to the record system, handed over, and what became of it is told.

Handing over and noting it are two steps, and a crash can come between them: the job runs again, the record system is
given the same note under the same id, and answers with the same receipt.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import structlog

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.audit import log as audit
from vardlots.cases import policy
from vardlots.cases.model import Audience, Case, CaseRef, Verb
from vardlots.cases.promises import promise_notice_to_staff
from vardlots.cases.queries import case_at_the_door, readable_case
from vardlots.cases.turn import House, Repeated, Turn, turn
from vardlots.exports import fhir, pdf, plain, queries
from vardlots.exports.model import (
    ATTACHED_BYTES_MOST,
    ATTACHMENTS_MOST,
    Carried,
    NoteExport,
    Paper,
    State,
    Why,
    export_id,
)
from vardlots.exports.port import NotDelivered, Package, Receipt, RecordSystem
from vardlots.notes import actions as notes
from vardlots.notes.model import Note
from vardlots.notes.queries import signed_notes
from vardlots.platform import clock, jobs
from vardlots.platform.db import Connection, Database
from vardlots.platform.errors import Invalid, NotFound, Refusal, WrongState
from vardlots.platform.files import FileMissing, FileStore
from vardlots.platform.live import Hub

log = structlog.get_logger()

DELIVER = "exports.deliver"
# The pause after each attempt that failed: about two days in all, then somebody has to press.
_PAUSES = tuple(timedelta(minutes=n) for n in (1, 4, 15, 60, 180, 360, 720, 1440))
# A record system that is away for a moment is nobody's business; at the second attempt somebody is told.
TELL_AT = 2


class Carrier(Protocol):
    """What the job needs of the worker's house: the means to reach the record system, None where there is none."""

    @property
    def database(self) -> Database: ...
    @property
    def hub(self) -> Hub: ...
    @property
    def records(self) -> RecordSystem | None: ...
    @property
    def files(self) -> FileStore | None: ...


async def sign_and_export(
    house: House, *, by: StaffActor, ref: CaseRef, rev: int, attachments: Sequence[UUID] = ()
) -> int:
    """*Signera och exportera*: sign the actor's own draft and promise it to the record system, both or neither.

    `attachments` are the pictures and files that were chosen to go along. Returns the timeline row's number. Raises
    what `notes.actions.sign` raises, and Invalid for a file that is none of the case's, or too many.
    """

    async def promise(now_at: Turn, note_id: int) -> None:
        note = await _signed(now_at.connection, ref, note_id)
        await _promise(now_at.connection, by, now_at.case, note, attachments, now_at.now)

    return await notes.sign(house, by=by, ref=ref, rev=rev, also=promise)


async def export(
    house: House, *, by: StaffActor, ref: CaseRef, note_id: int, attachments: Sequence[UUID] = ()
) -> None:
    """*Exportera*: promise a note that was signed before to the record system.

    Raises NotFound, Forbidden for who may not write notes in the case, WrongState where it is on its way already.
    """
    async with house.database.transaction(by.scope) as connection:
        case = await _case_to_export(connection, by, ref)
        note = await _signed(connection, ref, note_id)
        await _promise(connection, by, case, note, attachments, clock.now())


async def try_again(house: House, *, by: StaffActor, ref: CaseRef, note_id: int) -> None:
    """*Försök igen*: an export that failed is on its way anew, at once.

    Raises NotFound, Forbidden for who may not write notes in the case, WrongState where it has not failed.
    """
    now = clock.now()
    async with house.database.transaction(by.scope) as connection:
        case = await _case_to_export(connection, by, ref)
        row = await connection.fetchrow(
            "UPDATE note_export SET state = 'waiting', tries = 0, why = NULL, told_at = NULL, next_try = $4 "
            "WHERE provider_id = $1 AND case_id = $2 AND note_id = $3 AND state = 'failed' RETURNING export_id",
            *ref,
            note_id,
            now,
        )
        if row is None:
            raise WrongState("Exporten är redan på väg eller framme.", code="not_failed")
        await _note(connection, by, case)
        await _enqueue(connection, ref.provider_id, row["export_id"])


async def deliver(carrier: Carrier, *, by: SystemActor, export_id: UUID) -> State | None:
    """Hand a promised note over to the record system, and tell what became of it. Twice is once.

    Returns the state it has then; None when there is no such export.
    """
    async with carrier.database.transaction(by.scope) as connection:
        found = await queries.export_by_id(connection, by.provider_id, export_id)
        if found is None or found.state is State.SENT:
            return found.state if found else None
        case = await readable_case(connection, by=by, ref=found.ref)
        paper = await queries.paper(connection, case=case, note_id=found.note_id)
        files = await queries.chosen_files(connection, found.ref, found.attachments)
    try:
        receipt = await _hand_over(carrier, found, paper, files)
    except NotDelivered as fault:
        log.warning("export_failed", export=str(export_id), why=fault.why.value, tries=found.tries + 1)
        return await _failed(carrier, by, found, fault)
    return await _sent(carrier, by, found, receipt)


async def remind(database: Database, *, by: SystemActor, before: datetime) -> int:
    """Promise anew what should have been tried before a moment: its job was lost. Returns how many."""
    async with database.transaction(by.scope) as connection:
        lost = await queries.overdue(connection, by.provider_id, before)
        for one in lost:
            await _enqueue(connection, one.provider_id, one.export_id, tries=one.tries)
    return len(lost)


async def _signed(connection: Connection, ref: CaseRef, note_id: int) -> Note:
    note = next((one for one in await signed_notes(connection, ref) if one.note_id == note_id), None)
    if note is None:
        raise NotFound()
    return note


async def _case_to_export(connection: Connection, by: StaffActor, ref: CaseRef) -> Case:
    """The case, if the actor may write notes in it: who may sign may see to it that it arrives."""
    case, stands = await case_at_the_door(connection, by=by, ref=ref)
    if refusal := policy.may(by, Verb.SIGN_NOTE, case, clock.now(), stands):
        raise refusal
    return case


async def _promise(
    connection: Connection, by: StaffActor, case: Case, note: Note, attachments: Sequence[UUID], now: datetime
) -> None:
    chosen = await _chosen(connection, case.ref, attachments)
    row = await connection.fetchrow(
        "INSERT INTO note_export (provider_id, export_id, case_id, note_id, person_id, asked_by, asked_at, "
        "attachments, state, next_try) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', $7) "
        "ON CONFLICT DO NOTHING RETURNING 1",
        case.provider_id,
        export_id(note),
        case.case_id,
        note.note_id,
        case.person_id,
        by.staff_id,
        now,
        chosen,
    )
    if row is None:
        raise WrongState("Anteckningen är redan exporterad eller på väg.", code="exported")
    await _note(connection, by, case)
    await _enqueue(connection, case.provider_id, export_id(note))


async def _chosen(connection: Connection, ref: CaseRef, attachments: Sequence[UUID]) -> list[UUID]:
    """The files that were chosen, oldest first. Raises Invalid."""
    wanted = set(attachments)
    found = await queries.chosen_files(connection, ref, wanted)
    if len(found) < len(wanted):
        raise Invalid("attach", "En bild eller fil hör inte till ärendet. Ladda om sidan och välj igen.")
    if len(found) > ATTACHMENTS_MOST:
        raise Invalid("attach", "Välj högst {most} bilder och filer.", most=ATTACHMENTS_MOST)
    if sum(one.file.size_bytes for one in found) > ATTACHED_BYTES_MOST:
        raise Invalid(
            "attach",
            "Bilderna och filerna är för stora. Välj högst {most} MB tillsammans.",
            most=ATTACHED_BYTES_MOST // 1_000_000,
        )
    return [UUID(one.file.attachment_id) for one in found]


async def _note(connection: Connection, by: StaffActor, case: Case) -> None:
    await audit.write(
        connection,
        [
            audit.access(
                by,
                "export_note",
                provider_id=case.provider_id,
                person_id=case.person_id,
                case_id=case.case_id,
            )
        ],
    )


async def _enqueue(
    connection: Connection, provider_id: int, export: UUID, *, tries: int = 0, at: datetime | None = None
) -> None:
    payload = {"provider_id": provider_id, "export_id": str(export)}
    await jobs.enqueue(connection, DELIVER, payload, at=at, once=f"export:{export}:{tries}")


async def _hand_over(
    carrier: Carrier, found: NoteExport, paper: Paper, files: Sequence[queries.Chosen]
) -> Receipt:
    """The package made and handed over. Raises NotDelivered, whatever goes wrong."""
    if carrier.records is None:
        raise NotDelivered(Why.NOT_SET_UP)
    if len(files) < len(found.attachments):
        raise NotDelivered(Why.FILE_GONE, again=False)
    carried = [await _carry(carrier.files, one) for one in files]
    try:
        package = Package(
            export_id=str(found.export_id),
            bundle=fhir.document(paper, carried),
            pdf=await pdf.note(paper, carried),
            text=plain.note(paper, carried),
            attachments=tuple(carried),
        )
        return await carrier.records.deliver(package)
    except NotDelivered:
        raise
    except Exception as fault:
        # An adapter's own fault must not hold the job: the author is told, and it is tried again.
        log.exception("export_fault", export=str(found.export_id), fault=type(fault).__name__)
        raise NotDelivered(Why.FAULT) from fault


async def _carry(store: FileStore | None, chosen: queries.Chosen) -> Carried:
    if store is None:
        raise NotDelivered(Why.FILES_AWAY)
    file = chosen.file
    try:
        opened = await store.get(file.storage_key)
        content = b"".join([piece async for piece in opened.chunks])
    except FileMissing:
        raise NotDelivered(Why.FILE_GONE, again=False) from None
    except Refusal:
        raise NotDelivered(Why.FILES_AWAY) from None
    return Carried(
        file_id=file.attachment_id, name=file.name, media_type=file.media_type, at=chosen.at, content=content
    )


def pause_after(tries: int) -> timedelta | None:
    """How long to wait after so many attempts; None when it is not tried again by itself."""
    return _PAUSES[tries - 1] if tries <= len(_PAUSES) else None


async def _sent(carrier: Carrier, by: SystemActor, found: NoteExport, receipt: Receipt) -> State:
    key = f"export:{found.export_id}:sent"
    body = {"note_id": found.note_id, "outcome": "sent", "receipt": receipt.reference}
    try:
        async with turn(_house(carrier), by=by, ref=found.ref, verb=Verb.EXPORT, key=key) as now_at:
            await now_at.connection.execute(
                "UPDATE note_export SET state = 'sent', sent_at = $3, receipt = $4, tries = tries + 1, why = NULL, "
                "next_try = NULL WHERE provider_id = $1 AND export_id = $2 AND state <> 'sent'",
                found.provider_id,
                found.export_id,
                now_at.now,
                receipt.reference,
            )
            await now_at.record(body, audience=Audience.STAFF, key=key)
    except Repeated:
        log.info("export_noted_before", export=str(found.export_id))
    return State.SENT


async def _failed(carrier: Carrier, by: SystemActor, found: NoteExport, fault: NotDelivered) -> State:
    tries = found.tries + 1
    pause = pause_after(tries) if fault.again else None
    now = clock.now()
    next_try = now + pause if pause is not None else None
    tell = found.told_at is None and (tries >= TELL_AT or next_try is None)
    body: dict[str, Any] = {
        "note_id": found.note_id,
        "outcome": "failed",
        "why": fault.why.value,
        "staff_id": found.asked_by,
    }
    if not tell:
        async with carrier.database.transaction(by.scope) as connection:
            return await _note_failure(connection, found, fault.why, next_try, None)
    async with turn(_house(carrier), by=by, ref=found.ref, verb=Verb.EXPORT) as now_at:
        state = await _note_failure(now_at.connection, found, fault.why, next_try, now)
        if state is State.FAILED:
            n = await now_at.record(body, audience=Audience.STAFF)
            await promise_notice_to_staff(now_at.connection, "export_failed", found.ref, n)
    return state


async def _note_failure(
    connection: Connection, found: NoteExport, why: Why, next_try: datetime | None, told_at: datetime | None
) -> State:
    """Note an attempt that failed, unless another has come further meanwhile: then WAITING, and nothing is told."""
    row = await connection.fetchrow(
        "UPDATE note_export SET state = 'failed', tries = tries + 1, why = $4, next_try = $5, "
        "told_at = coalesce($6, told_at) "
        "WHERE provider_id = $1 AND export_id = $2 AND tries = $3 AND state <> 'sent' RETURNING tries",
        found.provider_id,
        found.export_id,
        found.tries,
        why.value,
        next_try,
        told_at,
    )
    if row is None:
        return State.WAITING
    if next_try is not None:
        await _enqueue(connection, found.provider_id, found.export_id, tries=row["tries"], at=next_try)
    return State.FAILED


def _house(carrier: Carrier) -> House:
    return House(carrier.database, carrier.hub)
