"""*Pausa*: the visit goes on another day, and the patient reads when (requirement D11).

A pause ends by its owner's hand at any time, and by itself at its moment. Nobody's case waits for an owner who has gone
home: some time after the end of a pause it is the queue's again.
"""

from datetime import datetime, timedelta

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.cases.handovers.rules import handover_rules
from vardlots.cases.model import Audience, CaseRef, Phase, Verb, client_key
from vardlots.cases.pauses import queries
from vardlots.cases.promises import (
    promise_balance,
    promise_notice_of_message,
    promise_notice_to_staff,
    put_back,
)
from vardlots.cases.turn import House, Repeated, turn
from vardlots.platform import clock, jobs
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal

RESUME = "cases.resume"
GIVE_BACK = "cases.give_back"
TEXT_MAX = 2000
OFF_SHIFT = "owner_off_shift"
# Priorities that a pause asks twice about: within some hours, whatever else there is to do.
URGENT = 2
# Kept in the access log in Swedish, as everything that staff say there is.
CAN_WAIT = N_("Bedömt att patienten kan vänta trots prioriteten")


async def pause(
    house: House, *, by: StaffActor, ref: CaseRef, until: datetime, text: str, key: str, sure: bool = False
) -> int:
    """Pause the visit until a moment (aware). The patient reads `text` and gets a text message about it.

    Of one who does not read here nothing is written. Paused already, it is paused anew. Returns the row's number, also
    when `key` was sent before. Raises Invalid with the field: `sure` where the priority is urgent and nobody has said
    that the patient can wait.
    """
    text, key = text.strip(), client_key(key)
    if len(text) > TEXT_MAX:
        raise Invalid("text", "Korta ner texten till högst {most} tecken.", most=TEXT_MAX)
    try:
        async with turn(house, by=by, ref=ref, verb=Verb.PAUSE, key=key) as now_at:
            longest = (await handover_rules(now_at.connection, ref.provider_id)).longest_pause
            if until <= now_at.now:
                raise Invalid("until", N_("Välj en dag och tid som inte har varit."))
            if until > now_at.now + longest:
                raise Invalid("until", N_("Pausa i högst {days} dagar."), days=longest.days)
            urgent = now_at.case.priority <= URGENT
            if urgent and not sure:
                raise Invalid(
                    "sure",
                    N_("Besöket har prioritet {n}. Bekräfta att patienten kan vänta, eller lämna över det."),
                    n=now_at.case.priority,
                )
            speaks = not now_at.case.by_telephone
            if speaks and not text:
                raise Invalid("text", N_("Skriv till patienten när besöket fortsätter."))
            row = await now_at.record(
                {"until": until.isoformat(), "text": text if speaks else ""},
                key=key,
                reason=CAN_WAIT if urgent else None,
                paused_until=until,
                staff_last_n=now_at.case.last_n + 1 if speaks else now_at.case.staff_last_n,
            )
            await jobs.enqueue(now_at.connection, RESUME, {"ref": str(ref)}, at=until)
            if speaks:
                await promise_notice_of_message(now_at, row)
            now_at.signals.append(Signal(f"staff:{by.staff_id}"))
            return row
    except Repeated as repeated:
        return repeated.n


async def resume(house: House, *, by: StaffActor, ref: CaseRef) -> int:
    """*Fortsätt nu*, by the owner. Returns the row's number. Raises WrongState `not_paused`."""
    async with turn(house, by=by, ref=ref, verb=Verb.RESUME) as now_at:
        if now_at.case.paused_until is None:
            raise WrongState(N_("Besöket är inte pausat längre."), code="not_paused")
        now_at.signals.append(Signal(f"staff:{by.staff_id}"))
        return await now_at.record(paused_until=None)


async def resume_when_due(house: House, *, by: SystemActor, ref: CaseRef) -> int | None:
    """The pause is over: the owner is told, and has some time to come. Returns the row's number.

    None when it is not over yet, or when the owner has gone on already.
    """
    try:
        async with turn(house, by=by, ref=ref, verb=Verb.RESUME) as now_at:
            case = now_at.case
            if case.paused_until is None or now_at.now < case.paused_until:
                return None
            row = await now_at.record(paused_until=None)
            await promise_notice_to_staff(now_at.connection, "resumed", ref, row)
            grace = (await handover_rules(now_at.connection, ref.provider_id)).grace
            await _promise_to_look(now_at.connection, ref, row, grace)
            now_at.signals.append(Signal(f"staff:{case.owner_staff_id}"))
            return row
    except (WrongState, NotFound):
        return None


async def give_back(house: House, *, by: SystemActor, ref: CaseRef, n: int) -> int | None:
    """Put a visit back in the queue, or to the time that it came by and has not used, whose pause ended by itself with
    row `n`, where its owner is neither on shift nor has done anything with it since.

    Returns the row's number, None where the visit is looked after.
    """
    try:
        async with turn(house, by=by, ref=ref, verb=Verb.GIVE_BACK) as now_at:
            case = now_at.case
            grace = (await handover_rules(now_at.connection, ref.provider_id)).grace
            if not await queries.is_left(now_at.connection, case, n, now_at.now - grace):
                return None
            had = case.owner_staff_id
            booked = case.phase is Phase.ACCEPTED and case.booked_from is not None
            row = await now_at.record(
                {"why": OFF_SHIFT} | ({"booked": True} if booked else {}),
                audience=Audience.STAFF,
                phase=Phase.BOOKED if booked else Phase.QUEUED,
                **await put_back(now_at, to_its_time=booked),
            )
            await promise_balance(now_at.connection, now_at.case)
            if not booked:
                await promise_notice_to_staff(now_at.connection, "new_patient", ref, row)
            now_at.signals.append(Signal(f"staff:{had}"))
            return row
    except (WrongState, NotFound):
        return None


async def _promise_to_look(connection: Connection, ref: CaseRef, n: int, grace: timedelta) -> None:
    await jobs.enqueue(connection, GIVE_BACK, {"ref": str(ref), "n": n}, at=clock.now() + grace)
