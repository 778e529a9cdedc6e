"""*Lämna över besök*: asked for by the owner, answered by whoever is asked (requirements D12, E6).

Whoever hands over keeps the visit, and the right to write in it, until somebody has accepted.
"""

from datetime import timedelta

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.cases import states
from vardlots.cases.actions import REASON_MAX
from vardlots.cases.handovers import queries
from vardlots.cases.handovers.model import WHY_WORDS, Receiver, Why
from vardlots.cases.handovers.rules import handover_rules
from vardlots.cases.model import Audience, CaseRef, Kind, Verb
from vardlots.cases.promises import promise_balance, promise_notice_of_taker, promise_notice_to_staff
from vardlots.cases.turn import House, Turn, turn
from vardlots.clinics.queries import resources_of, roles_of
from vardlots.clinics.roles import Roles
from vardlots.platform import clock, jobs
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal, SomebodyWasFirst, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal

REMIND = "cases.remind_handover"
MESSAGE_MAX = 2000


async def hand_over(
    house: House, *, by: StaffActor, ref: CaseRef, to: Receiver, priority: int, why: str, message: str = ""
) -> int:
    """Ask a role of the case's unit, or a person of it, to take the visit over. Returns the row's number.

    The priority holds at once. The patient reads that somebody has been asked, and that the owner is still there.
    Asked twice in the same way is once. Raises Invalid with the field, WrongState `already_asked` where another request
    waits.
    """
    message = message.strip()
    if not 1 <= priority <= 12:
        raise Invalid("priority", "Välj en prioritet i listan.")
    if why not in set(Why):
        raise Invalid("reason", N_("Välj varför du lämnar över besöket."))
    if len(message) > MESSAGE_MAX:
        raise Invalid("message", "Korta ner texten till högst {most} tecken.", most=MESSAGE_MAX)
    async with turn(house, by=by, ref=ref, verb=Verb.HAND_OVER) as now_at:
        case = now_at.case
        if case.handover_n is not None:
            if (case.handover_role, case.handover_staff_id) == (to.role, to.staff_id):
                return case.handover_n
            raise WrongState(
                N_("Överlämningen väntar redan på svar. Ta tillbaka den om du vill ändra något."),
                code="already_asked",
            )
        label, who = await _receiver(now_at, by, to)
        n = case.last_n + 1
        body = {
            "role": to.role,
            "asked": label,
            "staff_id": to.staff_id,
            "who": who,
            "priority": priority,
            "from": case.priority,
            "reason": why,
            "message": message,
        }
        await now_at.record(
            body,
            audience=Audience.STAFF,
            reason=WHY_WORDS[Why(why)],
            priority=priority,
            handover_n=n,
            handover_role=to.role,
            handover_staff_id=to.staff_id,
        )
        await now_at.record({"role": to.role}, kind=Kind.HANDOVER_TOLD)
        await promise_notice_to_staff(now_at.connection, "handover", ref, n)
        rules = await handover_rules(now_at.connection, ref.provider_id)
        await _promise_reminder(now_at, n, rules.remind_after(priority))
        _tell_both(now_at, by.staff_id, to.staff_id)
        return n


async def withdraw_handover(house: House, *, by: StaffActor, ref: CaseRef, n: int) -> int:
    """*Ta tillbaka*: nobody is asked any more. `n` is the row that asked. Returns the row's number.

    Raises SomebodyWasFirst where somebody has just accepted, WrongState where nothing waits.
    """
    try:
        async with turn(house, by=by, ref=ref, verb=Verb.WITHDRAW_HANDOVER) as now_at:
            if now_at.case.handover_n != n:
                raise _gone()
            asked = now_at.case.handover_staff_id
            row = await now_at.record(audience=Audience.STAFF, **_NOBODY)
            _tell_both(now_at, by.staff_id, asked)
            return row
    except (WrongState, Forbidden) as refusal:
        return await _what_happened(house, by, ref, n, Verb.WITHDRAW_HANDOVER, refusal)


async def accept_handover(house: House, *, by: StaffActor, ref: CaseRef, n: int) -> int:
    """*Acceptera*: the visit is the actor's, and its role the one that was asked. The patient reads who has it now.

    `n` is the row that asks, as the actor read it. Returns the row's number; twice is once. Raises SomebodyWasFirst
    with the colleague who accepted before, WrongState where the request is gone.
    """
    try:
        async with turn(house, by=by, ref=ref, verb=Verb.ACCEPT_HANDOVER) as now_at:
            before = now_at.case
            if before.handover_n != n:
                raise _gone()
            row = await now_at.record(
                {"title": by.title_for_patients},
                owner_staff_id=by.staff_id,
                role=before.handover_role,
                staff_last_n=before.last_n + 1,
            )
            had = before.owner_staff_id
            assert had is not None  # a check of the table: an accepted or ongoing case has an owner
            await promise_notice_to_staff(now_at.connection, "handover_answered", ref, row)
            await promise_notice_of_taker(now_at, row)
            await promise_balance(now_at.connection, before)
            _tell_both(now_at, had, by.staff_id)
            return row
    except (WrongState, Forbidden) as refusal:
        return await _what_happened(house, by, ref, n, Verb.ACCEPT_HANDOVER, refusal)


async def decline_handover(house: House, *, by: StaffActor, ref: CaseRef, n: int, reason: str) -> int:
    """*Avböj*, with a reason: the visit stays with whoever asked, and they are told. Returns the row's number.

    Raises Invalid without a reason, SomebodyWasFirst and WrongState as `accept_handover`.
    """
    reason = reason.strip()
    if not reason:
        raise Invalid("reason", N_("Skriv varför du avböjer."))
    if len(reason) > REASON_MAX:
        raise Invalid("reason", "Korta ner skälet till högst {most} tecken.", most=REASON_MAX)
    try:
        async with turn(house, by=by, ref=ref, verb=Verb.DECLINE_HANDOVER) as now_at:
            case = now_at.case
            if case.handover_n != n:
                raise _gone()
            row = await now_at.record({"reason": reason}, audience=Audience.STAFF, reason=reason, **_NOBODY)
            assert case.owner_staff_id is not None
            await promise_notice_to_staff(now_at.connection, "handover_answered", ref, row)
            _tell_both(now_at, case.owner_staff_id, case.handover_staff_id or by.staff_id)
            return row
    except (WrongState, Forbidden) as refusal:
        return await _what_happened(house, by, ref, n, Verb.DECLINE_HANDOVER, refusal)


async def remind_handover(house: House, *, by: SystemActor, ref: CaseRef, n: int) -> int | None:
    """Remind of request `n` when its time has come, and promise the next time. Returns the row's number.

    None when it is answered, when it is too early (then it is promised anew), and while nobody is there to be reminded:
    the sweep finds it when somebody is.
    """
    try:
        async with turn(house, by=by, ref=ref, verb=Verb.REMIND_HANDOVER) as now_at:
            connection, case = now_at.connection, now_at.case
            if case.handover_n != n:
                return None
            asked = await queries.asked(connection, case)
            assert asked is not None
            wait = (await handover_rules(connection, ref.provider_id)).remind_after(case.priority)
            if now_at.now < asked.last_at + wait:
                await _promise_reminder(now_at, n, asked.last_at + wait - now_at.now)
                return None
            place = await queries.place_of(connection, case)
            if not await queries.is_someone_there(connection, case, place, now_at.now):
                return None
            row = await now_at.record({"times": asked.times + 1}, audience=Audience.STAFF)
            await promise_notice_to_staff(connection, "handover", ref, row)
            await _promise_reminder(now_at, n, wait)
            assert case.owner_staff_id is not None
            _tell_both(now_at, case.owner_staff_id, case.handover_staff_id)
            return row
    except (WrongState, NotFound):
        return None


_NOBODY = {"handover_n": None, "handover_role": None, "handover_staff_id": None}


async def _receiver(now_at: Turn, by: StaffActor, to: Receiver) -> tuple[str, str]:
    """What the role is called, and the person's name ("" for a role). Raises Invalid where the unit has no such."""
    connection, case = now_at.connection, now_at.case
    roles: Roles = await roles_of(connection, case.provider_id)
    places = await resources_of(connection, case.provider_id)
    at_unit = {
        one.role
        for one in places
        if case.unit_id == one.unit_id or (one.pooled and case.unit_id in one.serves)
    }
    if to.role not in at_unit or not roles.of(to.role).cares:
        raise Invalid("resource", N_("Välj en roll eller en person på enheten."))
    label = roles.of(to.role).said("sv")
    if to.staff_id is None:
        return label, ""
    if to.staff_id == by.staff_id:
        raise Invalid("resource", N_("Besöket är redan ditt. Välj en roll eller någon annan."))
    who: str | None = await connection.fetchval(
        "SELECT s.given_name || ' ' || s.family_name FROM assignment a JOIN staff s USING (staff_id) "
        "WHERE a.provider_id = $1 AND a.unit_id = $2 AND a.role = $3 AND a.staff_id = $4 AND a.valid_from <= $5 "
        "AND (a.valid_to IS NULL OR a.valid_to >= $5)",
        case.provider_id,
        case.unit_id,
        to.role,
        to.staff_id,
        clock.today(),
    )
    if who is None:
        raise Invalid("resource", N_("Välj en roll eller en person på enheten."))
    return label, who


async def _promise_reminder(now_at: Turn, n: int, wait: timedelta) -> None:
    payload = {"ref": str(now_at.case.ref), "n": n}
    await jobs.enqueue(now_at.connection, REMIND, payload, at=clock.now() + wait)


def _tell_both(now_at: Turn, *staff_ids: int | None) -> None:
    """The one who asks and the one who is asked look again, wherever they are."""
    now_at.signals += [Signal(f"staff:{one}") for one in dict.fromkeys(staff_ids) if one is not None]


def _gone() -> WrongState:
    return WrongState("Överlämningen är inte öppen längre.", code="no_handover")


# Refusals that come of the request having been answered, or the visit having moved on, a moment ago.
_PASSED = frozenset({"no_handover", "already_yours", "wrong_state", "not_owner", "not_asked"})
_ENDED = {
    Kind.HANDOVER_WITHDRAWN: N_("{who} tog tillbaka överlämningen."),
    Kind.HANDOVER_DECLINED: N_("{who} har avböjt överlämningen."),
    Kind.TAKEN_OVER: N_("{who} har tagit över besöket."),
    Kind.RELEASED: N_("{who} la tillbaka ärendet i kön."),
    Kind.ENDED: N_("{who} avslutade besöket."),
    Kind.LEFT_QUEUE: N_("Patienten har lämnat kön."),
}


async def _what_happened(
    house: House, by: StaffActor, ref: CaseRef, n: int, verb: Verb, refusal: Refusal
) -> int:
    """Why a press on request `n` came to nothing: who was first, or how it ended. The actor's own first press counts:
    then its row is returned. Raises the refusal as it was where nothing has happened."""
    async with house.database.transaction(by.scope) as connection:
        row = await connection.fetchrow(
            "SELECT n, kind, author_id, author_name, at FROM entry WHERE provider_id = $1 AND case_id = $2 AND n > $3 "
            "AND kind = ANY ($4) ORDER BY n LIMIT 1",
            *ref,
            n,
            [Kind.HANDOVER_ACCEPTED.value, *(kind.value for kind in _ENDED)],
        )
    if row is None or refusal.code not in _PASSED:
        raise refusal
    kind = Kind(row["kind"])
    if kind is states.LEAVES[verb] and row["author_id"] == by.staff_id:
        return int(row["n"])
    if kind is Kind.HANDOVER_ACCEPTED:
        raise SomebodyWasFirst(row["author_name"], row["at"])
    raise WrongState(_ENDED[kind], code="no_handover", who=row["author_name"])
