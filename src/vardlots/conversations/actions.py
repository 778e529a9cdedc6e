"""Writing in a case: messages and read marks."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.audit import log as audit
from vardlots.cases import policy, states
from vardlots.cases.model import Audience, Case, CaseRef, Entry, Phase, Verb, client_key
from vardlots.cases.policy import is_errand_message
from vardlots.cases.promises import promise_notice_of_message, promise_notice_to_staff
from vardlots.cases.queries import case_at_the_door, readable_case
from vardlots.cases.referring.promises import promise_end
from vardlots.cases.turn import House, Turn, turn
from vardlots.conversations.attached import check_attachments
from vardlots.conversations.phrases import refuse_unfilled
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, Refusal, WrongState
from vardlots.platform.live import Signal
from vardlots.platform.uploads import Upload

MESSAGE_MAX = 4000
ATTACHMENTS_MAX = 10
# How long the answer to an errand can be replied to, at the least [assumed].
REPLY_WITHIN = timedelta(days=3)


class Message(msgspec.Struct, frozen=True):
    """What someone wants to say: text, files that are already uploaded to the case, or both.

    `key` is the client's own name for the message; sent twice it is written once.
    """

    text: str
    key: str
    attachments: tuple[str, ...] = ()


class Written(msgspec.Struct, frozen=True):
    """A message that is kept: its row, the case as it is now, and when the row before it was written."""

    case: Case
    row: Entry
    since: datetime


async def write(house: House, *, by: StaffActor | PatientActor, ref: CaseRef, message: Message) -> int:
    """Write a message, as `write_row`. Returns the number of its row."""
    return (await write_row(house, by=by, ref=ref, message=message)).row.n


async def write_row(
    house: House, *, by: StaffActor | PatientActor, ref: CaseRef, message: Message
) -> Written:
    """Write a message in the visit or in its asynchronous phase.

    Raises Invalid for an empty or too long text and for a phrase that is not filled in, Repeated when the key was used,
    WrongState when the phase is over.
    """
    body = checked_body(message)
    if isinstance(by, StaffActor):
        refuse_unfilled(message.text)
    async with turn(house, by=by, ref=ref, verb=Verb.WRITE, key=message.key) as now_at:
        if message.attachments:
            await check_attachments(now_at, message.attachments)
        since = now_at.case.changed_at
        if isinstance(by, PatientActor):
            await _write_as_patient(now_at, body, message.key)
        else:
            await _write_as_staff(now_at, body, message.key)
        return Written(now_at.case, now_at.rows[-1], since)


async def _write_as_patient(now_at: Turn, body: dict[str, Any], key: str) -> None:
    case = now_at.case
    changed: dict[str, Any] = {"patient_last_n": case.last_n + 1, "patient_read_n": case.last_n + 1}
    if case.phase is Phase.FOLLOW_UP and case.inbox_at is None:
        changed["inbox_at"] = now_at.now
    n = await now_at.record(body, key=key, **changed)
    if case.phase is Phase.FOLLOW_UP:
        await promise_notice_to_staff(now_at.connection, "new_message", case.ref, n)


async def _write_as_staff(now_at: Turn, body: dict[str, Any], key: str) -> None:
    case = now_at.case
    changed: dict[str, Any] = {"staff_last_n": case.last_n + 1, "staff_read_n": case.last_n + 1}
    if case.phase is Phase.FOLLOW_UP:
        # An answer takes the case out of the inbox, as *Markera som klar* does.
        changed["inbox_at"] = None
        if is_errand_message(case) and (until := answerable_until(case, now_at.now)) is not None:
            changed["writable_until"] = until
            body = body | {"until": until.isoformat()}
    n = await now_at.record(body, key=key, **changed)
    if case.patient_read_n >= case.staff_last_n:
        # The first message that waits to be read; those that follow it are covered by the same text.
        await promise_notice_of_message(now_at, n)


def answerable_until(case: Case, now: datetime) -> datetime | None:
    """Whoever is answered late, or asked something back, has some days to reply. None when they have them already."""
    until = now + REPLY_WITHIN
    return until if case.writable_until is not None and case.writable_until < until else None


def checked_body(message: Message) -> dict[str, Any]:
    """What a message holds, as its row keeps it. Raises Invalid for an empty or too long one."""
    text = message.text.strip()
    if not text and not message.attachments:
        raise Invalid("text", "Skriv ett meddelande först.")
    if len(text) > MESSAGE_MAX:
        raise Invalid(
            "text", "Meddelandet är för långt. Dela upp det, högst {most} tecken i taget.", most=MESSAGE_MAX
        )
    if len(message.attachments) > ATTACHMENTS_MAX:
        raise Invalid("attachments", "Skicka högst {most} filer åt gången.", most=ATTACHMENTS_MAX)
    client_key(message.key)
    body: dict[str, Any] = {"text": text}
    if message.attachments:
        body["attachments"] = list(message.attachments)
    return body


async def mark_read(house: House, *, by: StaffActor | PatientActor, ref: CaseRef, n: int) -> None:
    """Note that one side has read up to row `n`. Never moves backwards; the other side's page is told.

    A read mark is no row of the timeline: it says how far someone has come, not that something happened.
    """
    async with house.database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=ref)
        side = _side_that_reads(by, case)
        if side is None or n <= getattr(case, side) or n > case.last_n:
            return
        await connection.execute(
            f"UPDATE care_case SET {side} = $3 WHERE provider_id = $1 AND case_id = $2 AND {side} < $3",
            *ref,
            n,
        )
        if (
            case.referred_n is not None
            and side == "patient_read_n"
            and getattr(case, side) < case.referred_n <= n
        ):
            await promise_end(connection, case, clock.now())
    readers = {case.actor_person_id, case.person_id}
    # Whoever has read it has it marked as new in lists on other pages of theirs.
    own = [Signal(f"staff:{by.staff_id}")] if isinstance(by, StaffActor) else []
    house.hub.publish(
        [Signal(f"case:{ref}", case.last_n), *(Signal(f"person:{one}") for one in readers), *own]
    )


def _side_that_reads(by: StaffActor | PatientActor, case: Case) -> str | None:
    """Whose read mark it is. A colleague or another guardian who looks on has read nothing on anyone's behalf."""
    if isinstance(by, PatientActor):
        acts = by.is_responsible(
            person_id=case.person_id, actor_person_id=case.actor_person_id, provider_id=case.provider_id
        )
        return "patient_read_n" if acts else None
    mine = case.owner_staff_id == by.staff_id or case.phase is Phase.FOLLOW_UP
    return "staff_read_n" if mine else None


def may_attach(
    by: StaffActor | PatientActor,
    case: Case,
    now: datetime,
    standing: policy.Standing,
    audience: Audience = Audience.PATIENT,
) -> Refusal | None:
    """Whether the actor may add a file to the case now: a patient also while waiting, staff in the visit, and among
    themselves wherever they talk."""
    verbs = (Verb.WRITE, Verb.ADD_INFORMATION) if isinstance(by, PatientActor) else (Verb.WRITE,)
    if audience is Audience.INTERNAL:
        verbs = (Verb.TALK,)
    for verb in verbs:
        if states.allows(case.phase, verb):
            return policy.may(by, verb, case, now, standing)
    return policy.may_read(by, case, standing) or WrongState(
        "Det går inte att lägga till filer i ärendet längre.", code="phase_over"
    )


class NewFile(msgspec.Struct, frozen=True):
    """A file that has been taken in, and whose it is: of an interview or of a case. `audience` is who may see it."""

    provider_id: int
    attachment_id: UUID
    person_id: int
    upload: Upload
    case_id: int | None = None
    interview_id: int | None = None
    audience: Audience = Audience.PATIENT


async def keep_file(connection: Connection, *, by: StaffActor | PatientActor, file: NewFile) -> None:
    """Note a file in the caller's transaction, which has checked that the actor may add it."""
    upload = file.upload
    await connection.execute(
        "INSERT INTO attachment (provider_id, attachment_id, person_id, interview_id, case_id, author_kind, author_id, "
        "name, media_type, size_bytes, width, height, sha256, storage_key, thumb_key, at, audience) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        file.provider_id,
        file.attachment_id,
        file.person_id,
        file.interview_id,
        file.case_id,
        by.kind,
        by.actor_id,
        upload.name,
        upload.media_type,
        upload.stored.size,
        upload.width,
        upload.height,
        upload.stored.sha256,
        upload.key,
        upload.thumbnail_key,
        clock.now(),
        file.audience,
    )


async def attach(
    house: House,
    *,
    by: StaffActor | PatientActor,
    ref: CaseRef,
    attachment_id: UUID,
    upload: Upload,
    audience: Audience = Audience.PATIENT,
) -> None:
    """Note a file that has been taken in, so that a message can carry it. No row of the timeline: it is not sent yet.

    Raises NotFound, Forbidden, or WrongState when nothing may be added to the case any more.
    """
    async with house.database.transaction(by.scope) as connection:
        case, stands = await case_at_the_door(connection, by=by, ref=ref)
        now = clock.now()
        if refusal := may_attach(by, case, now, stands, audience):
            raise refusal
        file = NewFile(
            ref.provider_id, attachment_id, case.person_id, upload, case_id=ref.case_id, audience=audience
        )
        await keep_file(connection, by=by, file=file)
        await audit.write(
            connection,
            [
                audit.access(
                    by,
                    "attach",
                    provider_id=ref.provider_id,
                    person_id=case.person_id,
                    case_id=ref.case_id,
                )
            ],
        )
