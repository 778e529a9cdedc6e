"""Notices to patients, each sent once: written down first, sent under its own reference, then marked.

A crash between any two of these goes on where it was: the row is there, and the same reference is sent again, which
the provider (or the outbox's unique index) takes for the same message.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from vardlots.access.actor import SystemActor
from vardlots.cases.model import Audience, Case, CaseRef, Verb
from vardlots.cases.queries import readable_case
from vardlots.cases.turn import House, Turn, turn
from vardlots.exports.port import RecordSystem
from vardlots.notifications import policy, queries
from vardlots.notifications.bookings import Time, is_news, time_of, wait_until
from vardlots.notifications.configured import patients_text
from vardlots.notifications.delivery import Delivery, joined
from vardlots.notifications.model import OF_BOOKING, Notice, NoticeKind, NoticeState, Receipt, Sms, Why
from vardlots.notifications.quiet import can_wait, quiet_until
from vardlots.notifications.roster import OnCallRoster
from vardlots.notifications.rules import rules_of as notice_rules_of
from vardlots.notifications.sms import NotAccepted, SmsSender
from vardlots.notifications.texts import NoticeTexts
from vardlots.people import queries as people
from vardlots.people.guardians import Standing, standing
from vardlots.people.queries import Person
from vardlots.people.register import LocalRegister, PopulationRegister
from vardlots.people.rules import rules_of
from vardlots.platform import clock, jobs
from vardlots.platform.db import NOBODY, Connection, Database
from vardlots.platform.files import FileStore

log = structlog.get_logger()

# Retries of a job are over long before this (see `vardlots.worker`).
GIVE_UP_AFTER = timedelta(hours=2)
RECEIPT = "notifications.receipt"
# What the case's row says of a notice that did not go out; staff see it beside the case.
_ON_CASE = {
    Why.NO_NUMBER: "no_number",
    Why.PROTECTED: "protected",
    Why.TELEPHONE: "telephone",
    Why.NOBODY_READS: "telephone",
}


class Post(House, frozen=True):
    """The house, with the means to reach phones and the record system: what the worker hands to each job."""

    sms: SmsSender
    texts: NoticeTexts
    register: PopulationRegister = LocalRegister()
    log_years: int = 10
    records: RecordSystem | None = None
    files: FileStore | None = None
    # None: the rosters that units keep here.
    roster: OnCallRoster | None = None


async def notify(
    post: Post,
    *,
    by: SystemActor,
    ref: CaseRef,
    kind: NoticeKind,
    n: int = 0,
    appointment_id: int | None = None,
) -> NoticeState:
    """Tell the patient's phone about row `n` of a case, or remind it of a booked time, if that is still news and
    allowed. Twice is once.

    What is not urgent waits out the provider's quiet hours, and is asked about anew in the morning. Raises NotFound
    when there is no such case, Unavailable when the provider of texts does not answer: try again later.
    """
    ready = await _written_down(post, by, ref, kind, n, appointment_id)
    notice = ready.notice
    if ready.until is not None:
        return await _wait(post, by, notice, ready.until)
    if ready.why is not None:
        return await _settle(post, by, notice, Delivery(NoticeState.SKIPPED, ready.why))
    if ready.sms is None:
        return notice.state
    try:
        await post.sms.send(ready.sms)
    except NotAccepted as refusal:
        log.warning("sms_not_accepted", status=refusal.status, notice=notice.notice_id, case=str(ref))
        return await _settle(post, by, notice, Delivery(NoticeState.FAILED, Why.REFUSED))
    return await _settle(post, by, notice, Delivery(NoticeState.SENT))


async def hand_over(post: Post, *, by: SystemActor, notice_id: int, sms: Sms) -> NoticeState:
    """Send the text of a notice that no case tells of, and mark it. Raises Unavailable: try again, it is the same text.

    The same reference twice is one text to the phone.
    """
    learnt = Delivery(NoticeState.SENT)
    try:
        await post.sms.send(sms)
    except NotAccepted as refusal:
        log.warning("sms_not_accepted", status=refusal.status, notice=notice_id)
        learnt = Delivery(NoticeState.FAILED, Why.REFUSED)
    async with post.database.transaction(by.scope) as connection:
        return (await mark(connection, by=by, notice_id=notice_id, learnt=learnt)).state


async def give_up_beside(post: Post, *, by: SystemActor, notice_id: int) -> None:
    """A text about a ticket or a consultation that could not be sent for hours: those who look at it must know."""
    async with post.database.transaction(by.scope) as connection:
        await mark(connection, by=by, notice_id=notice_id, learnt=Delivery(NoticeState.FAILED, Why.GAVE_UP))


async def give_up(post: Post, *, by: SystemActor, notice: Notice) -> None:
    """A notice that could not be sent for hours: staff must know that the patient was not reached."""
    await _settle(post, by, notice, Delivery(NoticeState.FAILED, Why.GAVE_UP))


async def take_receipt(house: House, *, by: SystemActor, receipt: Receipt) -> NoticeState | None:
    """What the provider of texts says of one. Any order, and any number of times, ends in the same state.

    Returns how far it has come, or None where there is no such text at the actor's provider.
    """
    learnt = Delivery(receipt.state, receipt.why)
    async with house.database.transaction(by.scope) as connection:
        found = await queries.by_reference(connection, by.provider_id, receipt.reference)
        if found is None:
            return None
        if found.notice is None:
            # To a member of staff, about a ticket or a consultation: no case tells of it.
            return (await mark(connection, by=by, notice_id=found.notice_id, learnt=learnt)).state
    return await _settle(house, by, found.notice, learnt)


async def keep_sms(database: Database, *, by: str, sms: Sms) -> None:  # noqa: ARG001  every verb says who acts
    """Keep a message in the local outbox instead of sending it, and promise its receipt. Twice is one row; `by` is
    the adapter."""
    async with database.transaction(NOBODY) as connection:
        kept = await connection.fetchval(
            "INSERT INTO sms_outbox (reference, recipient, body, at) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (reference) DO NOTHING RETURNING sms_id",
            sms.reference,
            sms.recipient,
            sms.text,
            clock.now(),
        )
        if kept is not None:
            receipt = {"reference": sms.reference, "state": NoticeState.DELIVERED.value}
            await jobs.enqueue(connection, RECEIPT, receipt)


class _Ready(msgspec.Struct, frozen=True, kw_only=True):
    """A notice's row, which is there from now on, with what to send, why not, or until when to wait; none of them where
    it has been seen to."""

    notice: Notice
    sms: Sms | None = None
    why: Why | None = None
    until: datetime | None = None


async def _written_down(
    post: Post, by: SystemActor, ref: CaseRef, kind: NoticeKind, n: int, appointment_id: int | None
) -> _Ready:
    async with post.database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=ref)
        time = None
        if kind in OF_BOOKING:
            time = await time_of(connection, ref=ref, kind=kind, n=n, appointment_id=appointment_id)
        await connection.execute(
            "INSERT INTO notice (provider_id, case_id, person_id, kind, about_n, state, created_at, reference, "
            "appointment_id) VALUES ($1, $2, $3, $4, $5, 'sending', $6, $7, $8) ON CONFLICT DO NOTHING",
            *ref,
            case.person_id,
            kind.value,
            n,
            clock.now(),
            f"vardlots-{ref}-{kind}-{n or appointment_id or 0}",
            appointment_id,
        )
        notice = await queries.notice(connection, ref, kind, n, appointment_id)
        assert notice is not None
        if notice.state is NoticeState.QUEUED and notice.due_at and notice.due_at > clock.now():
            return _Ready(notice=notice)
        if notice.state not in (NoticeState.SENDING, NoticeState.QUEUED):
            return _Ready(notice=notice)
        patient, reader = await _persons(connection, case)
        theirs = await _may_read(connection, case, patient, reader)
        why = policy.why_not(kind, case, patient, reader, n, theirs=theirs)
        if (
            kind in OF_BOOKING
            and why not in (Why.PROTECTED, Why.READ)
            and not is_news(kind, case, time, clock.now())
        ):
            why = Why.MOVED_ON
        if (
            why is None
            and notice.state is NoticeState.QUEUED
            and await queries.is_covered(connection, notice)
        ):
            why = Why.COVERED
        if why is not None:
            return _Ready(notice=notice, why=why)
        if until := await _quiet(connection, kind, case, time):
            return _Ready(notice=notice, until=until)
        if notice.state is NoticeState.QUEUED:
            await mark(connection, by=by, notice_id=notice.notice_id, learnt=Delivery(NoticeState.SENDING))
        text = await patients_text(
            connection,
            post.texts,
            provider_id=ref.provider_id,
            kind=kind,
            lang=reader.language,
            at=time.starts_at if time else None,
        )
    assert reader.mobile
    return _Ready(notice=notice, sms=Sms(notice.reference, reader.mobile, text))


async def _quiet(connection: Connection, kind: NoticeKind, case: Case, time: Time | None) -> datetime | None:
    """Until when it waits for the quiet hours to end; None where it is sent now."""
    if time is None and not can_wait(kind, case):
        return None
    rules = await notice_rules_of(connection, case.provider_id)
    if time is not None:
        return wait_until(kind, time, rules.quiet, clock.now())
    return quiet_until(rules.quiet, clock.now())


async def _persons(connection: Connection, case: Case) -> tuple[Person, Person]:
    """The one whom the case is about, and the one who reads: whoever sought care, or the child once it is grown."""
    found = await people.persons(connection, [case.person_id, case.actor_person_id])
    patient, reader = found[case.person_id], found[case.actor_person_id]
    rules = await rules_of(connection, case.provider_id)
    if reader.main_id != patient.main_id and rules.on_their_own(patient.birth_date, clock.today()):
        return patient, patient
    return patient, reader


async def _may_read(connection: Connection, case: Case, patient: Person, reader: Person) -> bool:
    """Whether the one who sought care still may act for the one it is about (requirement A10)."""
    if reader.main_id == patient.main_id:
        return True
    rules = await rules_of(connection, case.provider_id)
    guardian = await people.is_guardian(connection, child_id=patient.person_id, guardian_id=reader.person_id)
    return standing(patient, reader, rules, clock.today(), guardian=guardian) is Standing.ACTS


async def _wait(post: Post, by: SystemActor, notice: Notice, until: datetime) -> NoticeState:
    """Let a notice wait for the morning, and say so to staff, in one transaction with the promise to look again."""
    async with turn(post, by=by, ref=notice.ref, verb=Verb.NOTIFY) as now_at:
        waits = await now_at.connection.fetchval(
            "UPDATE notice SET state = 'queued', due_at = $3 WHERE provider_id = $1 AND notice_id = $2 "
            "AND state IN ('sending', 'queued') AND due_at IS DISTINCT FROM $3 RETURNING true",
            notice.provider_id,
            notice.notice_id,
            until,
        )
        if waits:
            await jobs.enqueue(
                now_at.connection, f"notifications.{notice.kind}", payload_of(notice), at=until
            )
            await _tell_staff(now_at, notice, Delivery(NoticeState.QUEUED), {"until": until.isoformat()})
    return NoticeState.QUEUED


def payload_of(notice: Notice) -> dict[str, Any]:
    """What the job of a notice carries."""
    if notice.appointment_id is not None:
        return {"ref": str(notice.ref), "appointment_id": notice.appointment_id}
    return {"ref": str(notice.ref), "n": notice.about_n}


async def _settle(house: House, by: SystemActor, notice: Notice, learnt: Delivery) -> NoticeState:
    """Mark the notice, and tell it in the timeline for staff, in one transaction; nothing where nothing is new.

    Returns how far the notice has come, which may be further than what was learnt.
    """
    unneeded = learnt.why is not None and learnt.why.value in queries.NO_NEWS
    if unneeded and notice.state is not NoticeState.QUEUED:
        async with house.database.transaction(by.scope) as connection:
            return (await mark(connection, by=by, notice_id=notice.notice_id, learnt=learnt)).state
    async with turn(house, by=by, ref=notice.ref, verb=Verb.NOTIFY) as now_at:
        marked = await mark(now_at.connection, by=by, notice_id=notice.notice_id, learnt=learnt)
        if marked.rose:
            await _tell_staff(now_at, notice, learnt)
    return marked.state


async def _tell_staff(
    now_at: Turn, notice: Notice, learnt: Delivery, more: Mapping[str, Any] | None = None
) -> None:
    """A row for staff, and the newest word of the patient's phone on the case."""
    body: dict[str, Any] = {
        "notice": notice.kind.value,
        "about": notice.about_n,
        "outcome": _outcome(learnt),
        **({"why": learnt.why.value} if learnt.why and _outcome(learnt) in ("failed", "not_needed") else {}),
        **(more or {}),
    }
    word = await queries.newest_word(now_at.connection, notice.ref)
    on_case = _outcome(Delivery(*word)) if word else "none"
    await now_at.record(body, audience=Audience.STAFF, notice_state=on_case)


def _outcome(one: Delivery) -> str:
    """What staff read of it: `queued`, `sent`, `delivered`, `failed`, `not_needed`, or why nothing can be sent."""
    if one.state is not NoticeState.SKIPPED:
        return one.state.value
    if one.why is not None and one.why.value in queries.NO_NEWS:
        return "not_needed"
    return _ON_CASE.get(one.why, "failed") if one.why else "failed"


class Marked(msgspec.Struct, frozen=True):
    """How far a notice has come now, and whether that is further than before."""

    state: NoticeState
    rose: bool


async def mark(connection: Connection, *, by: SystemActor, notice_id: int, learnt: Delivery) -> Marked:
    """Put what is learnt to what is known of a notice, in the caller's transaction; a ticket or a consultation that it
    is about says it too."""
    row = await connection.fetchrow(
        "SELECT state, why, ticket_id, consultation_id FROM notice WHERE provider_id = $1 AND notice_id = $2 "
        "FOR UPDATE",
        by.provider_id,
        notice_id,
    )
    known = Delivery(NoticeState(row["state"]), Why(row["why"]) if row["why"] else None)
    now = joined(known, learnt)
    if now == known:
        return Marked(known.state, rose=False)
    await connection.execute(
        "UPDATE notice SET state = $3, why = $4, "
        "sent_at = CASE WHEN $3 IN ('sent', 'delivered') THEN coalesce(sent_at, $5) ELSE sent_at END, "
        "delivered_at = CASE WHEN $3 = 'delivered' THEN $5::timestamptz END "
        "WHERE provider_id = $1 AND notice_id = $2",
        by.provider_id,
        notice_id,
        now.state.value,
        now.why.value if now.why else None,
        clock.now(),
    )
    await _tell_beside(connection, by.provider_id, row["ticket_id"], row["consultation_id"], now)
    return Marked(now.state, rose=True)


async def _tell_beside(
    connection: Connection,
    provider_id: int,
    ticket_id: int | None,
    consultation_id: int | None,
    now: Delivery,
) -> None:
    """The newest word of the phone, on the ticket or the consultation that the notice is about."""
    word = _outcome(now)
    if word in ("sending", "not_needed"):
        return
    if ticket_id is not None:
        await connection.execute(
            "UPDATE ticket SET notice_state = $3 WHERE provider_id = $1 AND ticket_id = $2",
            provider_id,
            ticket_id,
            word,
        )
    if consultation_id is not None:
        await connection.execute(
            "UPDATE consultation SET phone_state = $3 WHERE provider_id = $1 AND consultation_id = $2",
            provider_id,
            consultation_id,
            word,
        )
