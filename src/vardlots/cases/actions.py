"""Every change of a case, as named verbs. Pages, jobs, the API and the demonstration call the same ones."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.audit import log as audit

# How a visit ends has its own folder; every verb of a case can be called from here.
from vardlots.cases.ending.actions import AGREED_MAX as AGREED_MAX
from vardlots.cases.ending.actions import close as close
from vardlots.cases.ending.actions import end as end
from vardlots.cases.ending.actions import mark_done as mark_done
from vardlots.cases.model import (
    CASE_COLUMNS,
    Audience,
    Case,
    CaseRef,
    Kind,
    Phase,
    Verb,
    case_from,
    client_key,
)
from vardlots.cases.moving import Belongs, moved
from vardlots.cases.policy import is_anyway
from vardlots.cases.promises import (
    promise_balance,
    promise_notice_of_message,
    promise_notice_to_staff,
    put_back,
)
from vardlots.cases.queries import active_case
from vardlots.cases.turn import House, case_signals, queue_signals, refuse_closed_unit, turn
from vardlots.consents.actions import note, register
from vardlots.consents.model import ConsentKind, How
from vardlots.platform import clock, jobs
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound, WrongState
from vardlots.platform.i18n import N_

REASON_MAX = 500
INFORMATION_MAX = 4000
# What another subject writes in a verb's own transaction: the connection, the case's number.
Together = Callable[[Connection, int], Awaitable[None]]


class NewCase(msgspec.Struct, frozen=True, kw_only=True):
    """What triage hands to the queue. `fact` is the one grey fact of the queue's row; `summary` goes into the first row
    of the timeline; `consents` are kind → yes or no, as answered; `interview_rev` is the interview as it was read.

    `kind` as `Case.kind`. With `open_for` the case arrives as an asynchronous message, open for writing that long:
    nobody waits in a queue for it, and the role at the unit has it in its inbox, or `owner_staff_id` where it is put to
    somebody."""

    provider_id: int
    unit_id: int
    person_id: int
    interview_id: int
    role: str
    reason: str
    fact: str
    priority: int
    summary: dict[str, Any]
    interview_rev: int = 1
    consents: Mapping[str, bool] = {}
    kind: str = "care"
    open_for: timedelta | None = None
    owner_staff_id: int | None = None


async def open_case(
    house: House, *, by: PatientActor, new: NewCase, together: Together | None = None
) -> Case:
    """The patient steps into the queue. Twice with the same interview gives the same case.

    `together` is given the connection and the case's number in the same transaction: with the case or not at all.

    Raises NotFound when the person is not the patient's own or a child of theirs, WrongState when the same
    person already has an active case of the same reason at the unit, or when the interview has been answered anew
    since it was read (another tab): the case would say another thing than the answers.
    """
    if not by.may_seek(person_id=by.main(new.person_id), provider_id=new.provider_id):
        raise NotFound()
    now = clock.now()
    try:
        async with house.database.transaction(by.scope) as connection:
            row = await connection.fetchrow(
                f"SELECT {CASE_COLUMNS} FROM care_case WHERE provider_id = $1 AND interview_id = $2",
                new.provider_id,
                new.interview_id,
            )
            if row is not None:
                return case_from(row)
            if await _is_active_under_another_id(connection, by, new):
                raise _already_active()
            # Seeking care at a provider registers the person as a patient there (requirement A11).
            whose = {"provider_id": new.provider_id, "person_id": new.person_id, "given_by": by.person_id}
            await register(connection, by=by, how=How.DIGITAL, **whose)
            until = now + new.open_for if new.open_for else None
            case = case_from(
                await connection.fetchrow(
                    f"""
                    INSERT INTO care_case (provider_id, person_id, actor_person_id, unit_id, role, interview_id, reason,
                      fact, priority, triage_priority, arrived_at, changed_at, last_n, patient_last_n, kind, phase,
                      ended_at, writable_until, inbox_at, owner_staff_id)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $10, 1, 1, $11,
                      CASE WHEN $12::timestamptz IS NULL THEN 'queued' ELSE 'follow_up' END,
                      CASE WHEN $12::timestamptz IS NOT NULL THEN $10::timestamptz END, $12::timestamptz,
                      CASE WHEN $12::timestamptz IS NOT NULL THEN $10::timestamptz END, $13)
                    RETURNING {CASE_COLUMNS}""",
                    new.provider_id,
                    new.person_id,
                    by.person_id,
                    new.unit_id,
                    new.role,
                    new.interview_id,
                    new.reason,
                    new.fact,
                    new.priority,
                    now,
                    new.kind,
                    until,
                    new.owner_staff_id,
                )
            )
            await connection.execute(
                """
                INSERT INTO entry (provider_id, case_id, n, person_id, at, kind, audience, author_kind, author_id,
                                   author_name, body)
                VALUES ($1, $2, 1, $3, $4, $5, 'patient', 'patient', $6, $7, $8)""",
                *case.ref,
                case.person_id,
                now,
                Kind.OPENED.value,
                by.person_id,
                by.name,
                {"priority": new.priority, "reason": new.reason, **new.summary, **_arrival(new, until)},
            )
            closed = await connection.fetchval(
                "UPDATE interview SET case_id = $3, stage = 'done', changed_at = $4, rev = rev + 1 "
                "WHERE provider_id = $1 AND interview_id = $2 AND rev = $5 AND case_id IS NULL RETURNING rev",
                new.provider_id,
                new.interview_id,
                case.case_id,
                now,
                new.interview_rev,
            )
            if closed is None:
                raise WrongState("Frågorna har besvarats i en annan flik. Här är läget nu.", code="moved")
            await connection.execute(
                "UPDATE attachment SET case_id = $3 WHERE provider_id = $1 AND interview_id = $2",
                new.provider_id,
                new.interview_id,
                case.case_id,
            )
            # With the case or not at all: a *no* that got lost would let an older *yes* stand.
            for kind, yes in new.consents.items():
                await note(connection, by=by, kind=ConsentKind(kind), given=yes, how=How.DIGITAL, **whose)
            if together is not None:
                await together(connection, case.case_id)
            await _promise_reading(connection, case)
            await audit.write(
                connection,
                [
                    audit.access(
                        by,
                        action,
                        provider_id=new.provider_id,
                        person_id=case.person_id,
                        case_id=case.case_id,
                    )
                    for action in (Verb.OPEN, *(("consent",) if new.consents else ()))
                ],
            )
    except asyncpg.CheckViolationError as fault:
        refuse_closed_unit(fault)
        raise
    except asyncpg.UniqueViolationError as fault:
        if fault.constraint_name == "care_case_one_active":
            raise _already_active() from None
        return await _case_of_interview(house, by, new)
    house.hub.publish([*case_signals(case), *queue_signals(None, case)])
    return case


def _arrival(new: NewCase, until: datetime | None) -> dict[str, Any]:
    """What the first row says of what the case is and how it came: nothing for the common way, care in the queue."""
    kind = {"kind": new.kind} if new.kind != "care" else {}
    owner = {"owner": new.owner_staff_id} if new.owner_staff_id is not None else {}
    return kind | ({"until": until.isoformat()} if until else {}) | owner


async def _promise_reading(connection: Connection, case: Case) -> None:
    """Tell staff of the case. The load balancer gives what waits in the queue only: a message is its role's to read."""
    if case.writable_until is None:
        await promise_balance(connection, case)
        await promise_notice_to_staff(connection, "new_patient", case.ref, 1)
        return
    await promise_notice_to_staff(connection, "new_message", case.ref, 1)
    await jobs.enqueue(connection, "cases.close", {"ref": str(case.ref)}, at=case.writable_until)


def _already_active() -> WrongState:
    return WrongState(
        "Det finns redan ett pågående ärende för samma besvär här. Fortsätt i det, så är allt samlat.",
        code="already_active",
    )


async def _is_active_under_another_id(connection: Connection, by: PatientActor, new: NewCase) -> bool:
    """Whether somebody whose number has changed has the case already: the unique index knows one id at a time."""
    ids = by.ids_of(by.main(new.person_id))
    where = {"provider_id": new.provider_id, "unit_id": new.unit_id}
    return len(ids) > 1 and bool(await active_case(connection, person_ids=ids, reason=new.reason, **where))


async def _case_of_interview(house: House, by: PatientActor, new: NewCase) -> Case:
    async with house.database.transaction(by.scope) as connection:
        row = await connection.fetchrow(
            f"SELECT {CASE_COLUMNS} FROM care_case WHERE provider_id = $1 AND interview_id = $2",
            new.provider_id,
            new.interview_id,
        )
    if row is None:
        raise NotFound()
    return case_from(row)


async def add_information(
    house: House, *, by: PatientActor, ref: CaseRef, text: str, attachments: list[str] | None = None, key: str
) -> int:
    """The patient adds words or pictures while waiting. Returns the row's number."""
    body = _message_body(text, attachments, "text", INFORMATION_MAX)
    key = client_key(key)
    async with turn(house, by=by, ref=ref, verb=Verb.ADD_INFORMATION, key=key) as now_at:
        return await now_at.record(body, key=key, patient_last_n=now_at.case.last_n + 1)


async def leave_queue(
    house: House, *, by: PatientActor, ref: CaseRef, together: Together | None = None
) -> int:
    """The patient leaves the queue; the case ends as cancelled. `together` as in `open_case`."""
    async with turn(house, by=by, ref=ref, verb=Verb.LEAVE_QUEUE) as now_at:
        if together is not None:
            await together(now_at.connection, ref.case_id)
        return await now_at.record(phase=Phase.CANCELLED, ended_at=now_at.now, owner_staff_id=None)


async def change_priority(house: House, *, by: StaffActor, ref: CaseRef, priority: int, reason: str) -> int:
    """Staff change the priority, always with a reason that stays in the timeline."""
    reason = reason.strip()
    if not 1 <= priority <= 12:
        raise Invalid("priority", "Välj en prioritet i listan.")
    if not reason:
        raise Invalid("reason", "Skriv varför prioriteten ändras.")
    if len(reason) > REASON_MAX:
        raise Invalid("reason", "Korta ner skälet till högst {most} tecken.", most=REASON_MAX)
    async with turn(house, by=by, ref=ref, verb=Verb.CHANGE_PRIORITY) as now_at:
        if priority == now_at.case.priority:
            raise Invalid("priority", "Ärendet har redan den prioriteten.")
        return await now_at.record(
            {"from": now_at.case.priority, "to": priority, "reason": reason},
            audience=Audience.STAFF,
            reason=reason,
            priority=priority,
        )


async def accept(house: House, *, by: StaffActor, ref: CaseRef, belongs: Belongs | None = None) -> int:
    """*Ta emot*: the case becomes the actor's, the patient is told. One of two who press at once gets it.

    Of another role's case, or another unit's that the actor has opened, it is *Ta emot ändå*: the row says so, and the
    reason why it was opened goes with it into the log. An errand that came as a message stays one, and has somebody.
    `belongs` says where the case belongs from now on, where what led to it moves it to another unit.
    Raises SomebodyWasFirst with the name of the one who has it, WrongState `already_active` for a booked visit whose
    patient has another case of the same reason open at the unit.
    """
    async with turn(house, by=by, ref=ref, verb=Verb.ACCEPT) as now_at:
        anyway = {"anyway": True} if is_anyway(by, now_at.case) else {}
        waits = now_at.case.phase in (Phase.QUEUED, Phase.BOOKED)
        said, place = await moved(now_at, belongs)
        try:
            n = await now_at.record(
                {"title": by.title_for_patients, **anyway, **said},
                phase=Phase.ACCEPTED if waits else Phase.FOLLOW_UP,
                reason=now_at.standing.why or None,
                owner_staff_id=by.staff_id,
                # Nobody waited in a queue for a message: it counts in no waiting time, and in no pace.
                accepted_at=now_at.now if waits else None,
                staff_last_n=now_at.case.last_n + 1,
                **place,
            )
        except asyncpg.UniqueViolationError as fault:
            if fault.constraint_name != "care_case_one_active":
                raise
            raise WrongState(
                N_("Patienten har redan ett pågående ärende för samma besvär på enheten. Avsluta det först."),
                code="already_active",
            ) from None
        if waits:
            # The answer is news to whoever has sent an errand; that somebody has begun to read it is not worth a text.
            await jobs.enqueue(now_at.connection, "notifications.case_accepted", {"ref": str(ref), "n": n})
        return n


async def release(house: House, *, by: StaffActor, ref: CaseRef, reason: str = "") -> int:
    """*Lägg tillbaka*: back to the queue at the place its priority and arrival give it, or a booked visit that has not
    begun to its time. One that has begun has used its time, and waits as any other does."""
    reason = reason.strip()
    if len(reason) > REASON_MAX:
        raise Invalid("reason", "Korta ner skälet till högst {most} tecken.", most=REASON_MAX)
    async with turn(house, by=by, ref=ref, verb=Verb.RELEASE) as now_at:
        # A visit that came by its time has one that is not used until the visit begins.
        booked = now_at.case.phase is Phase.ACCEPTED and now_at.case.booked_from is not None
        n = await now_at.record(
            {"reason": reason} | ({"booked": True} if booked else {}),
            audience=Audience.STAFF,
            reason=reason or None,
            phase=Phase.BOOKED if booked else Phase.QUEUED,
            **await put_back(now_at, to_its_time=booked),
        )
        await promise_balance(now_at.connection, now_at.case)
        return n


async def start(house: House, *, by: StaffActor, ref: CaseRef, welcome: str) -> int:
    """*Starta besök*: the visit begins and the welcome message goes to the patient. Returns the message's number.

    Whoever is reached by telephone gets no message: then it is the number of the row that tells of the start.
    """
    async with turn(house, by=by, ref=ref, verb=Verb.START) as now_at:
        started = await now_at.record(phase=Phase.ONGOING, started_at=now_at.now)
        if now_at.case.by_telephone:
            return started
        now_at.verb = Verb.WRITE
        n = await now_at.record(
            {"text": welcome, "automatic": True}, key=f"welcome:{started}", staff_last_n=started + 1
        )
        await promise_notice_of_message(now_at, n)
        return n


def _message_body(text: str, attachments: list[str] | None, field: str, most: int) -> dict[str, Any]:
    text = text.strip()
    if not text and not attachments:
        raise Invalid(field, "Skriv något, eller lägg till en bild.")
    if len(text) > most:
        raise Invalid(field, "Texten är för lång. Korta ner den till högst {most} tecken.", most=most)
    body: dict[str, Any] = {"text": text}
    if attachments:
        body["attachments"] = attachments
    return body
