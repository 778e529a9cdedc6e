"""The verbs of assisted triage (rows I4, A9): the patient's questions, asked by staff for somebody on the phone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.audit import log as audit
from vardlots.cases.assisted.actions import AssistedCase, open_by_staff
from vardlots.cases.model import CASE_COLUMNS, Case, case_from
from vardlots.cases.queries import same_case
from vardlots.cases.turn import House
from vardlots.clinics.model import Unit
from vardlots.consents import queries as consents
from vardlots.consents.actions import note
from vardlots.consents.model import ConsentKind, How
from vardlots.forms.asked_before import consents_in
from vardlots.people.queries import Person, is_patient, person
from vardlots.people.rules import rules_of
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Forbidden, Invalid, NotFound, WrongState
from vardlots.platform.i18n import N_
from vardlots.triage import interview as engine
from vardlots.triage import services
from vardlots.triage.actions import Moved, keep_step, set_columns
from vardlots.triage.assisted import policy
from vardlots.triage.assisted.model import ONWARD, Call, Caller, Ending, Spoken
from vardlots.triage.assisted.onward import actions
from vardlots.triage.assisted.onward.queries import Onward, onward
from vardlots.triage.assisted.queries import (
    Triage,
    own_assisted,
    roles_to_choose,
    suggested_role,
    units_for,
)
from vardlots.triage.configured import practice_of
from vardlots.triage.interview import NotSuited
from vardlots.triage.queries import (
    FORM_VERSION,
    InterviewRef,
    Kept,
    lock_interview,
)
from vardlots.triage.queueing import new_case, queue_priority


async def start_assisted(
    house: House, *, by: StaffActor, unit: Unit, person_id: int, reason: str, kind: str, call: Call
) -> InterviewRef:
    """Begin the questions. Pressed twice it is one interview: one that nobody has answered is gone on with.

    Raises NotFound for nobody's patient here or a complaint that the unit does not offer, Forbidden for a role that
    does not assist or a patient who has taken back the consent to be registered, Invalid for the call, NotSuited where
    the questions are not made for that age.
    """
    async with house.database.transaction(by.scope) as connection:
        practice = await practice_of(connection, by.provider_id)
        if refusal := policy.may_assist(practice.roles.of(by.role).assists, kind):
            raise refusal
        about = await _patient(connection, by, person_id)
        await _check_call(connection, by, about, call)
        try:
            protocol = practice.protocol_for(reason, unit.unit_id, kind)
        except LookupError:
            raise NotFound() from None
        if unit.unit_id not in {one.unit_id for one in await units_for(connection, by=by, about=about)}:
            raise NotFound()
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"assisted {by.staff_id}"
        )
        now = clock.now()
        what = (by.provider_id, unit.unit_id, person_id, protocol.code, protocol.version, by.staff_id)
        if (again := await _untouched(connection, what, call)) is not None:
            return InterviewRef(by.provider_id, again)
        ref = await _insert(connection, what, call, about, now)
        found = await own_assisted(connection, by=by, ref=ref)
        if not protocol.suits(found.kept.subject):
            raise NotSuited(protocol)
        row = audit.access(by, "start_assisted", provider_id=by.provider_id, person_id=person_id)
        await audit.write(connection, [row])
    return ref


async def _patient(connection: Connection, by: StaffActor, person_id: int) -> Person:
    about = await person(connection, person_id)
    if about is None or not await is_patient(connection, by.provider_id, person_id):
        raise NotFound()
    if not await consents.holds(connection, by.provider_id, person_id, ConsentKind.REGISTRATION):
        raise Forbidden("Samtycket till att vara registrerad gäller inte.", code="not_registered")
    return about


async def _check_call(connection: Connection, by: StaffActor, about: Person, call: Call) -> None:
    if len(call.name) > policy.NAME_MAX:
        raise Invalid("caller_name", "Korta ner till högst {most} tecken.", most=policy.NAME_MAX)
    if call.caller is Caller.OTHER and not call.name:
        raise Invalid("caller_name", "Skriv vem som ringer.")
    if call.caller is Caller.GUARDIAN:
        allowed = await consents.who_may_answer(connection, by.provider_id, about, clock.today())
        if call.guardian_id not in {one.person_id for one in allowed} or call.guardian_id == about.person_id:
            raise Invalid("caller", "Välj vem som ringer.")


async def _untouched(connection: Connection, what: tuple[Any, ...], call: Call) -> int | None:
    found: int | None = await connection.fetchval(
        "SELECT interview_id FROM interview i JOIN assisted a USING (provider_id, interview_id) "
        "WHERE i.provider_id = $1 AND i.unit_id = $2 AND i.person_id = $3 AND i.protocol = $4 AND i.version = $5 "
        "AND i.staff_id = $6 AND i.stage = 'questions' AND i.rev = 1 AND a.caller = $7 AND a.caller_name = $8 "
        "AND a.phone IS NOT DISTINCT FROM $9 ORDER BY interview_id DESC LIMIT 1",
        *what,
        call.caller.value,
        call.name,
        call.phone,
    )
    return found


async def _insert(
    connection: Connection, what: tuple[Any, ...], call: Call, about: Person, now: datetime
) -> InterviewRef:
    provider_id, _, person_id, _, _, staff_id = what
    years = policy.years_old(about)
    interview_id = await connection.fetchval(
        "INSERT INTO interview (provider_id, unit_id, person_id, protocol, version, staff_id, about_child, stage, "
        "started_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'questions', $8, $8) RETURNING interview_id",
        *what,
        policy.is_about_child(call, years),
        now,
    )
    await connection.execute(
        "INSERT INTO assisted (provider_id, interview_id, person_id, staff_id, caller, caller_name, caller_person_id, "
        "phone) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        provider_id,
        interview_id,
        person_id,
        staff_id,
        call.caller.value,
        call.name,
        call.guardian_id,
        call.phone,
    )
    return InterviewRef(provider_id, interview_id)


async def answer_assisted(
    house: House, *, by: StaffActor, ref: InterviewRef, rev: int, link_id: str, raw: object
) -> Kept:
    """Keep an answer and move on; with the last one, or one that calls for 112, the outcome is kept too.

    The same answer sent twice is no fault. Raises Moved when another tab was first, InvalidAnswer from the engine,
    WrongState when it is over.
    """
    async with house.database.transaction(by.scope) as connection:
        kept = (await own_assisted(connection, by=by, ref=ref)).kept
        _check_open(kept)
        standing = msgspec.structs.replace(kept, outcome=None).interview()
        moved = engine.answer(standing, link_id, raw)
        if kept.rev != rev:
            if kept.rev == rev + 1 and moved.answers == standing.answers:
                return kept
            raise Moved
        return await keep_step(connection, by=by, kept=kept, moved=moved, action="answer_assisted")


async def leave_assisted(house: House, *, by: StaffActor, ref: InterviewRef) -> int:
    """*Avbryt*: what was asked is offered no more and reaches nobody. Returns whom it was about; twice is no fault."""
    async with house.database.transaction(by.scope) as connection:
        kept = (await own_assisted(connection, by=by, ref=ref)).kept
        if kept.is_open:
            await set_columns(connection, by=by, kept=kept, action="leave_assisted", stage="left")
    return kept.person_id


async def keep_assisted(house: House, *, by: StaffActor, ref: InterviewRef, rev: int, spoken: Spoken) -> Kept:
    """Keep what stands on the page of the outcome, to go on later. Raises Moved, WrongState, Invalid."""
    async with house.database.transaction(by.scope) as connection:
        found = await _with_outcome(connection, by, ref, rev)
        _check_note(spoken.note)
        answers = _post_answers(found.kept, spoken.answers)
        kept = await set_columns(
            connection, by=by, kept=found.kept, action="answer_assisted", post_answers=answers
        )
        await _keep_beside(connection, found.kept, spoken)
    return kept


async def finish_assisted(
    house: House, *, by: StaffActor, ref: InterviewRef, rev: int, spoken: Spoken, ending: Ending
) -> Case:
    """The case that comes of it: in the queue of the chosen unit and role, or ended with the advice that was given, or
    with *ring 112*, which is reported at once where the unit takes such; or ended here because a unit has it from now
    on, or a ticket was given. Twice gives the same case.

    Raises Moved, WrongState `not_finished`, `already_active` or `unit_closed`, Invalid with the field and the way out.
    """
    async with house.database.transaction(by.scope) as connection:
        await lock_interview(connection, ref)
        done = (await own_assisted(connection, by=by, ref=ref)).kept
        if done.case_id is not None:
            return await _case(connection, done.provider_id, done.case_id)
        found = await _with_outcome(connection, by, ref, rev)
        _check_note(spoken.note)
        answers = _post_answers(found.kept, spoken.answers)
        kept = msgspec.structs.replace(found.kept, post_answers=answers)
        call = msgspec.structs.replace(found.assisted.call, phone=spoken.phone)
        found = msgspec.structs.replace(
            found, kept=kept, assisted=msgspec.structs.replace(found.assisted, call=call)
        )
        way = await onward(connection, by=by, found=found)
        spoken = actions.settled(spoken, ending, way)
        unit = await _check_decided(connection, by, found, way, spoken, ending)
        new = await _new_case(connection, by, found, kept, call, spoken, ending, unit)
        if ending is Ending.EMERGENCY and not new.ended and await same_case(connection, new) is not None:
            # There is a case to document in already: nothing stands between somebody and the words *ring 112*.
            new = msgspec.structs.replace(new, ended=ending.value)
        case, signals = await open_by_staff(connection, by=by, new=new)
        if ending in ONWARD:
            signals += await actions.go_on(
                connection, by=by, found=found, way=way, spoken=spoken, ending=ending, case=case
            )
        await set_columns(
            connection,
            by=by,
            kept=kept,
            action="finish_assisted",
            post_answers=answers,
            stage="done",
            case_id=case.case_id,
        )
        await _keep_beside(connection, kept, spoken, ending)
        await _keep_consents(connection, by, found.person, call, answers, case)
    house.hub.publish(signals)
    return case


async def _with_outcome(connection: Connection, by: StaffActor, ref: InterviewRef, rev: int) -> Triage:
    found = await own_assisted(connection, by=by, ref=ref)
    _check_open(found.kept)
    if found.kept.rev != rev:
        raise Moved
    if found.kept.outcome is None:
        raise WrongState("Svara på frågorna först.", code="not_finished")
    return found


def _check_open(kept: Kept) -> None:
    if not kept.is_open:
        raise WrongState("De här frågorna är redan klara.", code="interview_over")


def _check_note(text: str) -> None:
    if len(text) > policy.NOTE_MAX:
        raise Invalid("note", "Korta ner texten till högst {most} tecken.", most=policy.NOTE_MAX)


def _post_answers(kept: Kept, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {**answers, FORM_VERSION: kept.practice.post_form_for(kept.kind).version} if answers else {}


async def _case(connection: Connection, provider_id: int, case_id: int) -> Case:
    return case_from(
        await connection.fetchrow(
            f"SELECT {CASE_COLUMNS} FROM care_case WHERE provider_id = $1 AND case_id = $2",
            provider_id,
            case_id,
        )
    )


async def _check_decided(
    connection: Connection, by: StaffActor, found: Triage, way: Onward, spoken: Spoken, ending: Ending
) -> Unit:
    """The chosen unit. Raises Invalid for what may not be so."""
    kept, decided, call = found.kept, spoken.decided, found.assisted.call
    unit = way.unit(decided.unit_id)
    if unit is None or (ending not in ONWARD and unit.provider_id != by.provider_id):
        raise Invalid("unit_id", "Välj en enhet i listan.")
    assert kept.outcome is not None
    roles = await roles_to_choose(connection, kept, unit.unit_id)
    rules = await rules_of(connection, by.provider_id)
    at = policy.Circumstances(
        scheme=kept.practice.scheme_for(kept.outcome["scheme"]),
        outcome=kept.outcome,
        is_service=kept.is_service,
        unit=unit,
        roles=roles,
        suggested=suggested_role(kept, roles, way.rules),
        may_read_here=policy.may_read_here(found.person, call, rules, clock.today()),
        place=way.place(decided.unit_id),
        endings=way.endings_at(decided.unit_id),
        consents=spoken.consents,
    )
    policy.check(decided, ending, call, at)
    return unit


async def _new_case(
    connection: Connection,
    by: StaffActor,
    found: Triage,
    kept: Kept,
    call: Call,
    spoken: Spoken,
    ending: Ending,
    unit: Unit,
) -> AssistedCase:
    assert kept.outcome is not None
    rules = await rules_of(connection, kept.provider_id)
    triaged, decided = new_case(kept), spoken.decided
    reported = ending is Ending.EMERGENCY and unit.reports_emergencies
    waits = ending is Ending.QUEUE or reported
    # What goes on elsewhere is as urgent as triage said, and its case stays where the call was taken.
    goes_on = ending in ONWARD
    own = int(kept.outcome["scheme_priority"]) if goes_on else queue_priority(kept.outcome)
    # What is reported as an emergency is one, whatever the answers alone gave.
    priority = 1 if ending is Ending.EMERGENCY else decided.priority
    reason = decided.reason or ("" if priority == own else N_("Uppmanades att ringa 112"))
    return AssistedCase(
        provider_id=kept.provider_id,
        unit_id=by.unit_id if goes_on else unit.unit_id,
        person_id=kept.person_id,
        actor_person_id=policy.acts(found.person, call, rules, clock.today()),
        interview_id=kept.interview_id,
        role=by.role if goes_on else decided.role,
        reason=triaged.reason,
        fact=triaged.fact,
        kind=services.CASE_KIND if kept.is_service else "care",
        contact=decided.contact.value,
        priority=priority,
        triage_priority=own,
        priority_reason=reason,
        summary=triaged.summary,
        told={"caller": call.caller.value, "caller_name": call.name, "note": spoken.note},
        ended="" if waits else ending.value,
    )


async def _keep_beside(
    connection: Connection, kept: Kept, spoken: Spoken, ending: Ending | None = None
) -> None:
    await connection.execute(
        "UPDATE assisted SET phone = $3, note = $4, decided = $5, ending = $6, ended_at = $7 "
        "WHERE provider_id = $1 AND interview_id = $2",
        *kept.ref,
        spoken.phone,
        spoken.note,
        msgspec.to_builtins(spoken.decided),
        ending.value if ending else None,
        clock.now() if ending else None,
    )


async def _keep_consents(
    connection: Connection,
    by: StaffActor,
    about: Person,
    call: Call,
    answers: Mapping[str, Any],
    case: Case,
) -> None:
    """What was said on the phone about consents, by the one whose word it is. A relative's word is nobody's consent."""
    given = consents_in(dict(answers))
    if not given:
        return
    says = call.guardian_id if call.caller is Caller.GUARDIAN else about.person_id
    allowed = await consents.who_may_answer(connection, by.provider_id, about, clock.today())
    if call.caller is Caller.OTHER or says not in {one.person_id for one in allowed}:
        raise Invalid(
            "share_history", "Den som ringer kan inte samtycka åt patienten. Lämna frågan obesvarad."
        )
    assert says is not None
    for kind, yes in given.items():
        await note(
            connection,
            by=by,
            provider_id=case.provider_id,
            person_id=case.person_id,
            kind=ConsentKind(kind),
            given=yes,
            given_by=says,
            how=How.TELEPHONE,
        )
    row = audit.access(
        by, "consent", provider_id=case.provider_id, person_id=case.person_id, case_id=case.case_id
    )
    await audit.write(connection, [row])
