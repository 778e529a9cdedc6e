"""The verbs of a form in the conversation: sent by staff; opened, filled in and sent in by the patient."""

from collections.abc import Callable, Mapping
from typing import Any

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.audit import log as audit
from vardlots.cases import policy, states
from vardlots.cases.model import Case, CaseRef, Phase, Verb, client_key
from vardlots.cases.policy import is_errand_message
from vardlots.cases.promises import promise_notice_of_message, promise_notice_to_staff
from vardlots.cases.queries import case_at_the_door
from vardlots.cases.turn import REPEATED, House, Repeated, case_signals, turn
from vardlots.configuration import book
from vardlots.conversations.actions import answerable_until
from vardlots.conversations.forms import filled, queries, walk
from vardlots.conversations.forms.filled import Kept
from vardlots.conversations.forms.model import Filled
from vardlots.conversations.forms.sendable import known_of, sendable
from vardlots.forms.answering import Fault
from vardlots.forms.filling import Filling, send
from vardlots.forms.text import say
from vardlots.people.queries import person
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound, WrongState
from vardlots.platform.i18n import N_, SOURCE

# What changes which instances a group has: the filling, as `filling.add` and `remove` give it.
Change = Callable[[Filling], Filling]


class Moved(WrongState):
    """The form was filled in elsewhere in the meantime."""

    code = "moved"

    def __init__(self) -> None:
        super().__init__(N_("Formuläret har besvarats i en annan flik. Det du skrev här står kvar."))


class Unfinished(Invalid):
    """Something is left to answer, or to mend, before the form can be sent in."""

    def __init__(self, link_id: str, fault: Fault | None = None) -> None:
        super().__init__(link_id, N_("Något är kvar att svara på."))
        self.link_id, self.fault = link_id, fault


async def send_form(house: House, *, by: StaffActor, ref: CaseRef, code: str, key: str) -> int:
    """*Skicka*: the form as it is in force goes to the patient, whole, and stays as it is. Returns its row's number.

    Raises Invalid for a form that there is not or that the patient has already, Repeated when the key was used,
    WrongState when nothing may be said any more.
    """
    client_key(key)
    async with turn(house, by=by, ref=ref, verb=Verb.SEND_FORM, key=key) as now_at:
        connection, case = now_at.connection, now_at.case
        form = sendable(await book.opened(connection, ref.provider_id)).get(code)
        if form is None:
            raise Invalid("form", "Formuläret finns inte längre. Välj ett annat.")
        if (n := await connection.fetchval(REPEATED, *ref, key)) is not None:
            # Another press came first while this one waited for the case.
            raise Repeated(n)
        if await queries.is_waiting(connection, ref, code):
            raise Invalid("form", "Patienten har redan formuläret och har inte skickat in det.")
        patient = await person(connection, case.person_id)
        if patient is None:
            raise NotFound()
        known = known_of(patient)
        begun = filled.begun(form, known, {})
        request_id: int = await connection.fetchval("SELECT nextval('form_request_number')")
        body: dict[str, Any] = {"request_id": request_id, "title": say(form.title, SOURCE)}
        changed: dict[str, Any] = {"staff_last_n": case.last_n + 1, "staff_read_n": case.last_n + 1}
        if case.phase is Phase.FOLLOW_UP:
            changed["inbox_at"] = None
            if is_errand_message(case) and (until := answerable_until(case, now_at.now)) is not None:
                changed["writable_until"] = until
                body["until"] = until.isoformat()
        n = await now_at.record(body, key=key, **changed)
        await connection.execute(
            "INSERT INTO form_request (provider_id, request_id, case_id, n, person_id, form_code, form_version, form, "
            "known, sent_by, sent_at, total, changed_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11)",
            ref.provider_id,
            request_id,
            ref.case_id,
            n,
            case.person_id,
            form.code,
            form.version,
            filled.plain(form),
            known,
            by.staff_id,
            now_at.now,
            walk.progress(begun, ()).total,
        )
        if now_at.case.patient_read_n >= case.staff_last_n:
            await promise_notice_of_message(now_at, n)
    return n


async def open_form(house: House, *, by: PatientActor, ref: CaseRef, request_id: int) -> None:
    """Note that whoever acts in the case has opened the form, the first time. Staff see it at once.

    Looking is no row of the timeline. Nothing is noted where the form cannot be answered any more.
    """
    async with house.database.transaction(by.scope) as connection:
        case, stands = await case_at_the_door(connection, by=by, ref=ref)
        if may_fill_in(by, case, stands) is not None:
            return
        opened = await connection.fetchval(
            "UPDATE form_request SET opened_at = $4, changed_at = $4 WHERE provider_id = $1 AND case_id = $2 "
            "AND request_id = $3 AND opened_at IS NULL RETURNING true",
            *ref,
            request_id,
            clock.now(),
        )
        if not opened:
            return
        await _log(connection, by, case, "open_form")
    house.hub.publish(case_signals(case))


async def fill_in(
    house: House,
    *,
    by: PatientActor,
    ref: CaseRef,
    request_id: int,
    rev: int,
    raw: Mapping[str, object],
    change: Change | None = None,
) -> Kept:
    """Keep what was answered on a page, and then add or remove an instance where `change` does so.

    What can be kept is kept, although something else on the page is wrong (`faults`); the change waits until it is
    mended. The same answers again are no change. Raises Moved when another tab has been here since `rev`, WrongState
    when the form is sent in or the time is over, NotFound, Forbidden.
    """
    async with house.database.transaction(by.scope) as connection:
        case, stands = await case_at_the_door(connection, by=by, ref=ref)
        if refusal := may_fill_in(by, case, stands):
            raise refusal
        request = await queries.locked(connection, ref, request_id)
        if request.answered_at is not None:
            raise WrongState("Formuläret är redan skickat.", code="answered")
        kept = filled.answered(request, raw, change)
        if request.rev != rev:
            if filled.says_the_same(request, raw) and change is None:
                return filled.standing(request)
            raise Moved()
        now = clock.now()
        await connection.execute(
            "UPDATE form_request SET answers = $4, done = $5, total = $6, rev = rev + 1, changed_at = $7, "
            "opened_at = coalesce(opened_at, $7) WHERE provider_id = $1 AND case_id = $2 AND request_id = $3",
            *ref,
            request_id,
            dict(kept.answers),
            kept.progress.done,
            kept.progress.total,
            now,
        )
        await _log(connection, by, case, "answer")
    house.hub.publish(case_signals(case))
    return kept


async def answer_form(house: House, *, by: PatientActor, ref: CaseRef, request_id: int, rev: int) -> int:
    """Send in the answers: from now on they are read and never changed. Twice is once. Returns the row's number.

    Raises Unfinished with what is left, Moved when another tab has changed something since it was read through,
    WrongState when the time is over.
    """
    async with turn(house, by=by, ref=ref, verb=Verb.ANSWER_FORM) as now_at:
        request = await queries.locked(now_at.connection, ref, request_id)
        if request.answered_n is not None:
            return request.answered_n
        if request.rev != rev:
            raise Moved()
        answers = complete(request)
        case = now_at.case
        changed: dict[str, Any] = {"patient_last_n": case.last_n + 1, "patient_read_n": case.last_n + 1}
        if case.phase is Phase.FOLLOW_UP and case.inbox_at is None:
            changed["inbox_at"] = now_at.now
        body = {"request_id": request_id, "title": say(request.form.title, SOURCE)}
        n = await now_at.record(body, key=f"form:{request_id}", **changed)
        await now_at.connection.execute(
            "UPDATE form_request SET answers = $4, done = $5, total = $5, rev = rev + 1, changed_at = $6, "
            "opened_at = coalesce(opened_at, $6), answered_at = $6, answered_n = $7, answered_by = $8 "
            "WHERE provider_id = $1 AND case_id = $2 AND request_id = $3",
            *ref,
            request_id,
            answers,
            walk.progress(filled.filling(request), request.answers).total,
            now_at.now,
            n,
            by.person_id,
        )
        if case.phase is Phase.FOLLOW_UP:
            await promise_notice_to_staff(now_at.connection, "new_message", case.ref, n)
    return n


def complete(request: Filled) -> dict[str, Any]:
    """The answers that count, worked out anew. Raises Unfinished."""
    standing = filled.filling(request)
    page = walk.next_page(standing, request.answers)
    if page is not None:
        raise Unfinished(page.key)
    sent = send(request.form, standing.answers, request.known)
    if sent.faults:
        raise Unfinished(sent.faults[0].link_id, sent.faults[0])
    return sent.answers


def may_fill_in(by: PatientActor, case: Case, stands: policy.Standing) -> Exception | None:
    """Why the actor may not fill in a form of the case now; None when they may. While the visit waits for somebody
    again they may go on, and send it in when somebody has it."""
    if refusal := policy.may_read(by, case, stands):
        return refusal
    if not (states.allows(case.phase, Verb.ANSWER_FORM) or case.phase is Phase.QUEUED):
        return WrongState("Tiden att svara på formuläret är slut.", code="phase_over")
    return policy.may(by, Verb.ANSWER_FORM, case, clock.now(), stands)


async def _log(connection: Connection, by: PatientActor, case: Case, action: str) -> None:
    row = audit.access(
        by, action, provider_id=case.provider_id, person_id=case.person_id, case_id=case.case_id
    )
    await audit.write(connection, [row])
