"""How a visit ends, and the time after it: *Avsluta besök*, *Markera som klar*, the question after three days, the end
of the asynchronous phase (requirements D13, F1, F4)."""

from datetime import timedelta
from typing import Any

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.cases.ending import queries
from vardlots.cases.ending.configured import AutoText, EndRules, rules_of, text_of
from vardlots.cases.model import Audience, Case, CaseRef, Phase, Verb
from vardlots.cases.policy import is_chat, is_unread_errand
from vardlots.cases.promises import promise_balance, promise_notice_of_message
from vardlots.cases.turn import House, Repeated, Turn, turn
from vardlots.platform import jobs
from vardlots.platform.errors import Invalid, NotFound, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal

AGREED_MAX = 2000
# The automatic question goes so long after the visit (seed 004 § 2.3).
CHECK_IN_AFTER = timedelta(days=3)
CLOSE = "cases.close"
CHECK_IN = "cases.check_in"


async def end(
    house: House,
    *,
    by: StaffActor,
    ref: CaseRef,
    follow_up_days: int,
    agreed: str = "",
    check_in: bool = False,
) -> int:
    """*Avsluta besök*, with an asynchronous phase of so many days in which the patient may write again.

    `agreed` is what the patient is to read of what was decided (requirement B10); "" shares nothing. With `check_in`
    a patient who has not written is asked after three days how it goes, where the provider has that on. A handover
    that nobody has answered is withdrawn; guests leave. A chat that was never a visit ends for good.
    Raises Invalid with the field, WrongState `unanswered` for a chat whose patient waits for an answer.
    """
    async with turn(house, by=by, ref=ref, verb=Verb.END) as now_at:
        return await end_in(now_at, by=by, follow_up_days=follow_up_days, agreed=agreed, check_in=check_in)


async def end_in(
    now_at: Turn, *, by: StaffActor, follow_up_days: int, agreed: str = "", check_in: bool = False
) -> int:
    """The visit of an open turn ends. For `end`, and for what is written together with the end. Raises as it."""
    assert now_at.by is by  # whoever has the turn has been asked whether they may
    agreed = agreed.strip()
    if len(agreed) > AGREED_MAX:
        raise Invalid("agreed", N_("Korta ner texten till högst {most} tecken."), most=AGREED_MAX)
    ref = now_at.case.ref
    rules = await rules_of(now_at.connection, ref.provider_id)
    days = _days(now_at.case, rules, follow_up_days)
    asks = check_in and bool(days)
    if asks:
        _check_check_in(rules, days)
    await _withdraw_handover(now_at)
    until = now_at.now + timedelta(days=days) if days else None
    body: dict[str, Any] = {"days": days, "until": until.isoformat() if until else None}
    case = now_at.case
    if is_chat(case):
        body["chat"] = True
    n = await now_at.record(
        body | ({"agreed": agreed} if agreed else {}) | ({"check_in": True} if asks else {}),
        phase=Phase.FOLLOW_UP if until else Phase.CLOSED,
        ended_at=now_at.now,
        writable_until=until,
        staff_last_n=case.last_n + 1 if agreed else case.staff_last_n,
    )
    await jobs.enqueue(now_at.connection, "notifications.case_ended", {"ref": str(ref), "n": n})
    if until:
        await jobs.enqueue(now_at.connection, CLOSE, {"ref": str(ref)}, at=until)
    if asks:
        await jobs.enqueue(now_at.connection, CHECK_IN, {"ref": str(ref)}, at=now_at.now + CHECK_IN_AFTER)
    await promise_balance(now_at.connection, now_at.case)
    return n


def _days(case: Case, rules: EndRules, wanted: int) -> int:
    """How long the patient may write: never where they do not read here, nor after a chat. Raises Invalid."""
    if case.by_telephone or is_chat(case):
        return 0
    if wanted not in rules.days:
        raise Invalid("follow_up_days", N_("Välj hur länge patienten kan skriva i ärendet."))
    return wanted


def _check_check_in(rules: EndRules, days: int) -> None:
    if not rules.check_in:
        raise Invalid("check_in", N_("Uppföljande meddelanden är inte påslagna hos er."))
    if timedelta(days=days) <= CHECK_IN_AFTER:
        raise Invalid(
            "check_in",
            N_("Meddelandet går efter tre dagar. Välj en längre asynkron fas, eller ta bort meddelandet."),
        )


async def _withdraw_handover(now_at: Turn) -> None:
    """Whoever is asked to take the visit over is told that nobody asks any more; it says so in the timeline."""
    if now_at.case.handover_n is None:
        return
    asked = now_at.case.handover_staff_id
    now_at.verb = Verb.WITHDRAW_HANDOVER
    await now_at.record(audience=Audience.STAFF, handover_n=None, handover_role=None, handover_staff_id=None)
    now_at.verb = Verb.END
    if asked is not None:
        now_at.signals.append(Signal(f"staff:{asked}"))


async def mark_done(house: House, *, by: StaffActor, ref: CaseRef) -> int:
    """*Markera som klar*: the patient's message needs nothing more; out of the inbox."""
    async with turn(house, by=by, ref=ref, verb=Verb.MARK_DONE) as now_at:
        if now_at.case.inbox_at is None:
            raise WrongState(
                N_("Ärendet är redan klart. Patienten har inte skrivit sedan dess."), code="already_done"
            )
        return await now_at.record(audience=Audience.STAFF, inbox_at=None)


async def check_in(house: House, *, by: SystemActor, ref: CaseRef) -> int | None:
    """Ask the patient how it goes, three days after the visit: once, and only whoever has not written since.

    Returns the row's number, None where it is not to be asked: too early, asked already, written, closed, or switched
    off since.
    """
    try:
        async with turn(house, by=by, ref=ref, verb=Verb.CHECK_IN) as now_at:
            case, connection = now_at.case, now_at.connection
            ended = await queries.ended_row(connection, ref)
            if ended is None or not ended.body.get("check_in") or case.patient_last_n > ended.n:
                return None
            if now_at.now < ended.at + CHECK_IN_AFTER or not _still_open(now_at):
                return None
            if not (await rules_of(connection, ref.provider_id)).check_in:
                return None
            name, lang = await queries.reader_of(connection, case)
            text = await text_of(connection, ref.provider_id, AutoText.CHECK_IN, lang, name=name)
            n = await now_at.record(
                {"text": text, "automatic": True, "check_in": True},
                key=f"check-in:{ended.n}",
                staff_last_n=case.last_n + 1,
            )
            await promise_notice_of_message(now_at, n)
            return n
    except (WrongState, NotFound, Repeated):
        return None


def _still_open(now_at: Turn) -> bool:
    """Whether the patient could answer what is asked."""
    until = now_at.case.writable_until
    return until is not None and now_at.now < until


async def close(house: House, *, by: SystemActor, ref: CaseRef) -> int | None:
    """The asynchronous phase is over. Returns None when it is not, or when the case is closed already.

    An errand that nobody has answered stays open: time alone never answers it.
    """
    try:
        async with turn(house, by=by, ref=ref, verb=Verb.CLOSE) as now_at:
            if now_at.case.writable_until is not None and now_at.now < now_at.case.writable_until:
                return None
            if is_unread_errand(now_at.case):
                return None
            return await now_at.record(phase=Phase.CLOSED)
    except WrongState:
        return None
