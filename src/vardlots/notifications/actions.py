"""Notices to patients, each sent once: written down first, sent under its own reference, then marked.

A crash between any two of these goes on where it was: the row is there, and the same reference is sent again, which
the provider (or the outbox's unique index) takes for the same message.
"""

from datetime import timedelta
from typing import Any

import structlog

from vardlots.access.actor import SystemActor
from vardlots.cases.model import Audience, Case, CaseRef, Verb
from vardlots.cases.queries import readable_case
from vardlots.cases.turn import House, Repeated, turn
from vardlots.notifications import policy, queries
from vardlots.notifications.configured import patients_text
from vardlots.notifications.model import Notice, NoticeKind, NoticeState, Sms, Why
from vardlots.notifications.sms import NotAccepted, SmsSender
from vardlots.notifications.texts import NoticeTexts
from vardlots.people import queries as people
from vardlots.people.guardians import Standing, standing
from vardlots.people.queries import Person
from vardlots.people.register import LocalRegister, PopulationRegister
from vardlots.people.rules import rules_of
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Connection, Database

log = structlog.get_logger()

# Retries of a job are over long before this (see `vardlots.worker`).
GIVE_UP_AFTER = timedelta(hours=2)
# What the case's row says of a notice that did not go out; staff see it beside the case.
_ON_CASE = {
    Why.NO_NUMBER: "no_number",
    Why.PROTECTED: "protected",
    Why.TELEPHONE: "telephone",
    Why.NOT_THEIRS: "failed",
    Why.REFUSED: "failed",
    Why.GAVE_UP: "failed",
}


class Post(House, frozen=True):
    """The house, with the means to reach phones: what the worker hands to each job."""

    sms: SmsSender
    texts: NoticeTexts
    register: PopulationRegister = LocalRegister()
    log_years: int = 10


async def notify(post: Post, *, by: SystemActor, ref: CaseRef, kind: NoticeKind, n: int) -> NoticeState:
    """Tell the patient's phone about row `n` of a case, if that is still news and allowed. Twice is once.

    Raises NotFound when there is no such case, Unavailable when the provider does not answer: try again later.
    """
    notice, sms, why = await _written_down(post, by, ref, kind, n)
    if notice.state is NoticeState.SENDING and sms is None:
        await _settle(post, by, notice, NoticeState.SKIPPED, why)
        return NoticeState.SKIPPED
    if notice.state is not NoticeState.SENDING or sms is None:
        return notice.state
    try:
        await post.sms.send(sms)
    except NotAccepted as refusal:
        log.warning("sms_not_accepted", status=refusal.status, notice=notice.notice_id, case=str(ref))
        await _settle(post, by, notice, NoticeState.FAILED, Why.REFUSED)
        return NoticeState.FAILED
    await _settle(post, by, notice, NoticeState.SENT, None)
    return NoticeState.SENT


async def give_up(post: Post, *, by: SystemActor, notice: Notice) -> None:
    """A notice that could not be sent for hours: staff must know that the patient was not reached."""
    await _settle(post, by, notice, NoticeState.FAILED, Why.GAVE_UP)


async def keep_sms(database: Database, *, by: str, sms: Sms) -> None:  # noqa: ARG001  every verb says who acts
    """Keep a message in the local outbox instead of sending it. Twice is one row; `by` is the adapter."""
    async with database.transaction(NOBODY) as connection:
        await connection.execute(
            "INSERT INTO sms_outbox (reference, recipient, body, at) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (reference) DO NOTHING",
            sms.reference,
            sms.recipient,
            sms.text,
            clock.now(),
        )


async def _written_down(
    post: Post, by: SystemActor, ref: CaseRef, kind: NoticeKind, n: int
) -> tuple[Notice, Sms | None, Why | None]:
    """The notice's row, which is there from now on, with what to send, or why not."""
    async with post.database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=ref)
        await connection.execute(
            "INSERT INTO notice (provider_id, case_id, person_id, kind, about_n, state, created_at, reference) "
            "VALUES ($1, $2, $3, $4, $5, 'sending', $6, $7) ON CONFLICT DO NOTHING",
            *ref,
            case.person_id,
            kind.value,
            n,
            clock.now(),
            f"vardlots-{ref}-{kind}-{n}",
        )
        notice = await queries.notice(connection, ref, kind, n)
        assert notice is not None
        if notice.state is not NoticeState.SENDING:
            return notice, None, None
        patient, reader = await _persons(connection, case)
        theirs = await _may_read(connection, case, patient, reader)
        why = policy.why_not(kind, case, patient, reader, n, theirs=theirs)
        if why is not None:
            return notice, None, why
        text = await patients_text(
            connection, post.texts, provider_id=ref.provider_id, kind=kind, lang=reader.language
        )
    assert reader.mobile
    return notice, Sms(notice.reference, reader.mobile, text), None


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


async def _settle(post: Post, by: SystemActor, notice: Notice, state: NoticeState, why: Why | None) -> None:
    """Mark the notice, and tell it in the timeline for staff, in one transaction."""
    ref = CaseRef(notice.provider_id, notice.case_id)
    if why in (Why.READ, Why.MOVED_ON):
        async with post.database.transaction(by.scope) as connection:
            await _mark(connection, notice, state, why)
        return
    on_case = _ON_CASE[why] if why else "sent"
    body: dict[str, Any] = {"notice": notice.kind.value, "about": notice.about_n, "outcome": on_case}
    key = f"notice:{notice.notice_id}"
    try:
        async with turn(post, by=by, ref=ref, verb=Verb.NOTIFY, key=key) as now_at:
            await _mark(now_at.connection, notice, state, why)
            await now_at.record(body, audience=Audience.STAFF, key=key, notice_state=on_case)
    except Repeated:
        return


async def _mark(connection: Connection, notice: Notice, state: NoticeState, why: Why | None) -> None:
    await connection.execute(
        "UPDATE notice SET state = $3, why = $4, sent_at = $5 "
        "WHERE provider_id = $1 AND notice_id = $2 AND state = 'sending'",
        notice.provider_id,
        notice.notice_id,
        state.value,
        why.value if why else None,
        clock.now() if state is NoticeState.SENT else None,
    )
