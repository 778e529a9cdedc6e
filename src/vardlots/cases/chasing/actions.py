"""Seeking a patient who does not answer. Staff begin and break off; the system takes the steps at their time.

Any word of the patient ends it (`turn.py`), and so does a change of owner, a pause, and the end of the visit. A message
from staff does not: the patient has still not answered, and the time that they have been told holds.
"""

from datetime import datetime

import structlog

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.cases.chasing import queries, rules
from vardlots.cases.chasing.rules import Due, Step
from vardlots.cases.ending.configured import AutoText, rules_of, text_of
from vardlots.cases.ending.queries import reader_of
from vardlots.cases.model import Audience, CaseRef, Phase, Verb, client_key
from vardlots.cases.promises import promise_balance, promise_notice_of_message, promise_notice_to_staff
from vardlots.cases.turn import REPEATED, House, Repeated, Turn, turn
from vardlots.platform import jobs
from vardlots.platform.errors import Invalid, NotFound, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal
from vardlots.platform.pages import when_words

log = structlog.get_logger()

ADVANCE = "cases.chase"
NOTE_MAX = 500
OUTCOMES = ("reached", "not_reached")


async def chase(house: House, *, by: StaffActor, ref: CaseRef, key: str) -> int:
    """*Patienten svarar inte*: remind, or warn at once where somebody has written to the patient already.

    Returns the row's number, also when `key` was sent before. Raises WrongState `unread` (the patient has written),
    `paused`, `already_chased`, or `telephone` where the patient does not read here.
    """
    key = client_key(key)
    try:
        async with turn(house, by=by, ref=ref, verb=Verb.CHASE, key=key) as now_at:
            if refusal := _why_not(now_at):
                # The same press may have waited for itself: what it wrote is seen now that the case is ours.
                if (n := await now_at.connection.fetchval(REPEATED, *ref, key)) is not None:
                    return int(n)
                raise refusal
            made = rules.attempts(await queries.spoken_rows(now_at.connection, ref))
            return await _speak(now_at, rules.first_step(made), key=key)
    except Repeated as repeated:
        return repeated.n


def _why_not(now_at: Turn) -> WrongState | None:
    case = now_at.case
    if case.paused_until is not None:
        return WrongState(N_("Besöket är pausat. Fortsätt det först."), code="paused")
    if case.chase is not None:
        return WrongState(N_("Patienten är redan påmind. Se vad som händer härnäst."), code="already_chased")
    if case.patient_last_n > case.staff_read_n and case.patient_last_n > 1:
        return WrongState(N_("Patienten har skrivit. Läs det först."), code="unread")
    return None


async def warn(house: House, *, by: SystemActor, ref: CaseRef) -> int | None:
    """The reminder has had its time: two hours to answer, told to the patient. None when it is not so."""
    try:
        async with turn(house, by=by, ref=ref, verb=Verb.CHASE) as now_at:
            if rules.due(now_at.case, now_at.now) is not Due.WARN:
                return None
            return await _speak(now_at, Step.WARNED)
    except (WrongState, NotFound):
        return None


async def must_call(house: House, *, by: SystemActor, ref: CaseRef) -> int | None:
    """Two hours without an answer and a priority that is always telephoned: a task. None when it is not so."""
    try:
        async with turn(house, by=by, ref=ref, verb=Verb.MUST_CALL) as now_at:
            if rules.due(now_at.case, now_at.now) is not Due.CALL:
                return None
            n = await now_at.record({}, audience=Audience.STAFF, chase=Step.CALL.value, chase_at=None)
            await promise_notice_to_staff(now_at.connection, "must_call", ref, n)
            now_at.signals.append(Signal(f"staff:{now_at.case.owner_staff_id}"))
            return n
    except (WrongState, NotFound):
        return None


async def give_up(house: House, *, by: SystemActor, ref: CaseRef) -> int | None:
    """Two hours without an answer: the visit ends, and the note stays to be written. None when it is not so."""
    try:
        async with turn(house, by=by, ref=ref, verb=Verb.GIVE_UP) as now_at:
            if rules.due(now_at.case, now_at.now) is not Due.GIVE_UP:
                return None
            made = rules.attempts(await queries.spoken_rows(now_at.connection, ref))
            if made < rules.LEAST_ATTEMPTS:
                # A warning is never the first attempt, so that this tells of a fault of ours: nobody is closed by it.
                log.error("given_up_too_soon", case=str(ref), attempts=made)
                return None
            had = now_at.case.owner_staff_id
            n = await now_at.record(
                {"days": 0, "until": None, "no_reply": True}, phase=Phase.CLOSED, ended_at=now_at.now
            )
            await jobs.enqueue(now_at.connection, "notifications.case_ended", {"ref": str(ref), "n": n})
            await promise_balance(now_at.connection, now_at.case)
            now_at.signals.append(Signal(f"staff:{had}"))
            return n
    except (WrongState, NotFound):
        return None


async def stop(house: House, *, by: StaffActor, ref: CaseRef) -> int:
    """*Avbryt*: nobody is closed or called. A patient who has been told that the visit would close reads that it does
    not. Returns the row's number. Raises WrongState `no_chase`."""
    async with turn(house, by=by, ref=ref, verb=Verb.STOP_CHASE) as now_at:
        step = now_at.case.chase
        if step is None:
            raise WrongState(N_("Det är redan avbrutet, eller så har patienten svarat."), code="no_chase")
        told = step == Step.WARNED and not rules.is_telephoned(now_at.case)
        return await now_at.record(
            {"step": step},
            audience=Audience.PATIENT if told else Audience.STAFF,
            chase=None,
            chase_at=None,
        )


async def called(house: House, *, by: StaffActor, ref: CaseRef, outcome: str, note: str = "") -> int:
    """*Ringt*: `reached` ends the search; after `not_reached` the task stays, to try again or to end the visit.

    Returns the row's number. Raises Invalid with the field, WrongState `no_call` where nobody is to be called.
    """
    note = note.strip()
    if outcome not in OUTCOMES:
        raise Invalid("outcome", N_("Välj om du fick tag på patienten."))
    if len(note) > NOTE_MAX:
        raise Invalid("note", N_("Korta ner texten till högst {most} tecken."), most=NOTE_MAX)
    async with turn(house, by=by, ref=ref, verb=Verb.CALLED) as now_at:
        if now_at.case.chase != Step.CALL:
            raise WrongState(N_("Patienten har svarat, eller så är samtalet redan noterat."), code="no_call")
        reached = outcome == "reached"
        return await now_at.record(
            {"outcome": outcome, "note": note},
            audience=Audience.STAFF,
            chase=None if reached else Step.CALL.value,
            chase_at=None,
        )


async def _speak(now_at: Turn, step: Step, *, key: str | None = None) -> int:
    """Write the provider's own words to the patient and promise the next step."""
    case, connection = now_at.case, now_at.connection
    until: datetime | None = now_at.now + rules.ANSWER_WITHIN if step is Step.WARNED else None
    rest = (await rules_of(connection, case.provider_id)).remind_for
    name, lang = await reader_of(connection, case)
    text = await text_of(
        connection,
        case.provider_id,
        _text_for(step, telephoned=rules.is_telephoned(case)),
        lang,
        name=name,
        **({"time": when_words(until, lang)} if until else {}),
    )
    at = until or now_at.now + rest
    n = await now_at.record(
        {
            "text": text,
            "step": step.value,
            "until": until.isoformat() if until else None,
            "automatic": True,
        },
        key=key,
        chase=step.value,
        chase_at=at,
        staff_last_n=case.last_n + 1,
    )
    await promise_notice_of_message(now_at, n)
    await jobs.enqueue(connection, ADVANCE, {"ref": str(case.ref)}, at=at)
    return n


def _text_for(step: Step, *, telephoned: bool) -> AutoText:
    """The words of a step: whoever is going to be called is not told that the visit closes."""
    if step is Step.REMINDED:
        return AutoText.REMINDER
    return AutoText.WARNING_CALL if telephoned else AutoText.WARNING
