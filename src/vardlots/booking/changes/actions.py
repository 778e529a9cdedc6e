"""What happens to a booked time after it was booked, as named verbs on the case's timeline."""

from typing import Any

from vardlots.access.actor import PatientActor, StaffActor, SystemActor
from vardlots.audit import log as audit
from vardlots.booking import policy, queries
from vardlots.booking.appointments.actions import Booked
from vardlots.booking.appointments.queries import not_elsewhere, tell_of
from vardlots.booking.holds.actions import Times, tells_nearest
from vardlots.booking.holds.queries import for_persons
from vardlots.booking.model import Appointment, AppointmentState, Slot, SlotRef
from vardlots.booking.promises import promise_notice, promise_of_time
from vardlots.cases.model import CaseRef, Phase, Verb
from vardlots.cases.promises import promise_notice_to_staff
from vardlots.cases.states import ENDED
from vardlots.cases.turn import House, Turn, at_the_end, turn
from vardlots.people.queries import same_persons
from vardlots.platform import clock
from vardlots.platform.db import Connection, also_provider
from vardlots.platform.errors import Invalid, NotFound, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal

TEXT_MAX = 500


def written(field: str, text: str, most: int, *, missing: str | None = None) -> str:
    """What somebody wrote, without needless space. Raises Invalid where it is missing (and must not be) or too long."""
    text = " ".join(text.split())
    if not text and missing is not None:
        raise Invalid(field, missing)
    if len(text) > most:
        raise Invalid(field, N_("Korta ner texten till högst {most} tecken."), most=most)
    return text


@tells_nearest
async def rebook(house: House, *, by: PatientActor | StaffActor, ref: CaseRef, slot: SlotRef) -> Appointment:
    """Another time, at any unit of the provider; also after the unit withdrew the first. The old one is free again.

    A patient chooses among what fits the first time, and until it begins. Raises as `book_ticket` does, and as the
    case's verbs do.
    """
    async with turn(house, by=by, ref=ref, verb=Verb.REBOOK) as now_at:
        return await change_time(now_at, by=by, slot=slot)


async def change_time(now_at: Turn, *, by: PatientActor | StaffActor, slot: SlotRef) -> Appointment:
    """The case gets another time, in its open turn. For `rebook`, and for taking a time that was offered."""
    connection, case = now_at.connection, now_at.case
    if slot.provider_id != case.provider_id:
        raise NotFound()
    before = await queries.appointment_of(connection, case.ref)
    old = before if before is not None and before.state is AppointmentState.BOOKED else None
    if old is not None and old.slot == slot:
        raise WrongState(N_("Det är tiden du redan har."), code="same_time")
    if old is not None and isinstance(by, PatientActor):
        _not_begun(old, now_at)
    by_patient = isinstance(by, PatientActor)
    sought = await queries.sought_by_case(connection, case.ref, by_patient=by_patient)
    ids = by.ids_of(by.main(case.person_id)) if isinstance(by, PatientActor) else None
    ids = ids or await same_persons(connection, [case.person_id])
    sought = for_persons(sought, ids)
    await also_provider(connection, case.provider_id)
    offered = await queries.offered_slot(connection, case.ref)
    touched = [one for one in (old.slot_id if old else None, offered) if one is not None]
    taken = await Times(connection).take(slot=slot, sought=sought, also=touched)
    if old is not None:
        await Booked(connection).end(old, AppointmentState.MOVED)
        await Booked(connection).free(old.slot)
        now_at.signals.append(Signal(f"unit:{old.unit_id}", case.case_id))
    else:
        now_at.verb = Verb.BOOK
    await not_elsewhere(connection, by, ids, taken)
    await Booked(connection).end_offer(case.ref, took=slot)
    contact = policy.contact_of(case.contact, taken)
    appointment_id = await Booked(connection).number()
    body = await tell_of(connection, appointment_id, taken, contact)
    was = {"was": old.starts_at.isoformat()} if old else {}
    n = await now_at.record(
        {**body, **was},
        unit_id=taken.unit_id,
        role=taken.role,
        contact=contact,
        booked_from=taken.starts_at,
    )
    await Booked(connection).follow(now_at.case)
    made = await Booked(connection).write(
        by=by,
        case=now_at.case,
        slot=taken,
        appointment_id=appointment_id,
        ticket_id=before.ticket_id if before else None,
    )
    await promise_of_time(connection, "rebooked" if old else "booked", made, n)
    return made


def _not_begun(found: Appointment, now_at: Turn) -> None:
    if found.starts_at <= now_at.now:
        raise WrongState(N_("Tiden har redan börjat. Ring enheten om du inte kan komma."), code="begun")


async def cancel(house: House, *, by: PatientActor | StaffActor, ref: CaseRef, reason: str) -> int:
    """The booked visit is cancelled; the time is free again unless it began. Returns the row's number.

    A patient cancels until it begins, and may say why; staff always say why. Also a visit that waits for a new time.
    """
    missing = None if isinstance(by, PatientActor) else N_("Skriv varför tiden avbokas.")
    reason = written("reason", reason, TEXT_MAX, missing=missing)
    async with turn(house, by=by, ref=ref, verb=Verb.CANCEL_BOOKING) as now_at:
        connection = now_at.connection
        found = await _its_time(now_at)
        if isinstance(by, PatientActor) and found.state is AppointmentState.BOOKED:
            _not_begun(found, now_at)
        await also_provider(connection, ref.provider_id)
        await _lock_both(connection, found)
        await _end(connection, found, AppointmentState.CANCELLED, reason)
        n = await now_at.record(
            {"from": found.starts_at.isoformat(), "reason": reason, "by": by.kind},
            reason=reason or None,
            phase=Phase.CANCELLED,
            ended_at=now_at.now,
            owner_staff_id=None,
        )
        if not isinstance(by, PatientActor):
            await promise_notice(connection, "booking_cancelled", ref, n)
        await promise_notice_to_staff(connection, "time_cancelled", ref, n)
        return n


async def withdraw_time(house: House, *, by: StaffActor, ref: CaseRef, text: str = "") -> int:
    """The unit takes the time back: the visit stays booked without one and waits for a new. Returns the row's number.

    The time is blocked, not free. `text` is what the patient reads beside it.
    """
    text = written("text", text, TEXT_MAX)
    async with turn(house, by=by, ref=ref, verb=Verb.WITHDRAW_TIME) as now_at:
        connection = now_at.connection
        found = await _its_time(now_at)
        if found.state is not AppointmentState.BOOKED:
            raise WrongState(N_("Besöket har ingen tid att ställa in."), code="no_time")
        locked = await _lock_both(connection, found)
        await Booked(connection).end(found, AppointmentState.WITHDRAWN, text)
        await Times(connection).close(locked[found.slot_id], text)
        n = await now_at.record(
            {"from": found.starts_at.isoformat(), "text": text}, reason=text or None, booked_from=None
        )
        await promise_notice(connection, "time_withdrawn", ref, n)
        return n


async def attend(house: House, *, by: StaffActor, ref: CaseRef) -> int:
    """The patient came: the visit is over here. Not before its day. Returns the row's number."""
    async with turn(house, by=by, ref=ref, verb=Verb.ATTEND) as now_at:
        found = await _its_time(now_at)
        if policy.day_of(now_at.now) < policy.day_of(found.starts_at):
            raise WrongState(N_("Besöket är en senare dag."), code="too_early")
        return await _over(now_at, found, AppointmentState.ATTENDED)


async def miss(house: House, *, by: StaffActor, ref: CaseRef, text: str = "") -> int:
    """The patient did not come: told so, and the visit is closed. Not before it began. Returns the row's number.

    `text` is what the patient reads beside it.
    """
    text = written("text", text, TEXT_MAX)
    async with turn(house, by=by, ref=ref, verb=Verb.MISS) as now_at:
        found = await _its_time(now_at)
        if now_at.now < found.starts_at:
            raise WrongState(N_("Besöket har inte börjat än."), code="too_early")
        n = await _over(now_at, found, AppointmentState.MISSED, {"text": text} if text else {})
        await promise_notice(now_at.connection, "missed_visit", ref, n)
        return n


async def _over(
    now_at: Turn, found: Appointment, state: AppointmentState, body: dict[str, Any] | None = None
) -> int:
    connection = now_at.connection
    if found.state is not AppointmentState.BOOKED:
        raise WrongState(N_("Besöket har ingen bokad tid."), code="no_time")
    await _lock_both(connection, found)
    await Booked(connection).end(found, state, (body or {}).get("text", ""))
    await Booked(connection).end_wish(found.ref)
    await Booked(connection).end_offer(found.ref)
    return await now_at.record(body, phase=Phase.CLOSED, ended_at=now_at.now)


@at_the_end
async def _let_time_go(now_at: Turn) -> None:
    """A visit that ends before its time needs it no more: the time is free, and offered to those who wait for one.

    A time that has begun stays the visit's: it has been come to, which `settle` notes.
    """
    connection = now_at.connection
    found = await queries.appointment_of(connection, now_at.case.ref)
    if found is None or found.state is not AppointmentState.BOOKED or found.starts_at <= now_at.now:
        return
    await also_provider(connection, found.provider_id)
    await _lock_both(connection, found)
    await _end(connection, found, AppointmentState.CANCELLED, "")
    now_at.signals.append(Signal(f"unit:{found.unit_id}", found.case_id))


async def settle(house: House, *, by: SystemActor, ref: CaseRef) -> bool:
    """A booked visit that was begun as any other has been come to: its time says so. Returns whether it was news.

    A case that left its time another way has none to wait for either, nor has one that is back in the queue: what of
    such a time still lies ahead is free.
    """
    async with house.database.transaction(by.scope) as connection:
        case = await connection.fetchrow(
            "SELECT phase, booked_from FROM care_case WHERE provider_id = $1 AND case_id = $2 FOR NO KEY UPDATE",
            *ref,
        )
        found = await queries.appointment_of(connection, ref)
        if found is None or found.state is not AppointmentState.BOOKED:
            return False
        begun = found.starts_at <= clock.now()
        over = case["booked_from"] is None or case["phase"] in ENDED
        if not over and not (begun and case["phase"] == Phase.ONGOING):
            return False
        await _lock_both(connection, found)
        await _end(connection, found, AppointmentState.ATTENDED if begun else AppointmentState.CANCELLED, "")
        about: dict[str, Any] = {"person_id": found.person_id, "case_id": ref.case_id}
        await audit.write(
            connection, [audit.access(by, "settle_booking", provider_id=ref.provider_id, **about)]
        )
    if not begun:
        house.hub.publish([Signal(f"unit:{found.unit_id}", ref.case_id)])
    return True


async def _its_time(now_at: Turn) -> Appointment:
    """The time of the case, or the last one it had. Raises WrongState for a case that never had any."""
    found = await queries.appointment_of(now_at.connection, now_at.case.ref)
    if found is None:
        raise WrongState(N_("Besöket har ingen bokad tid."), code="no_time")
    return found


async def _lock_both(connection: Connection, found: Appointment) -> dict[int, Slot]:
    """The case's time and the one that it is offered, locked together."""
    offered = await queries.offered_slot(connection, found.ref)
    both = [found.slot_id, *([offered] if offered is not None else [])]
    return await Times(connection).lock(found.provider_id, both)


async def _end(connection: Connection, found: Appointment, state: AppointmentState, why: str) -> None:
    """The time, the wish for an earlier one and what is offered all end."""
    await Booked(connection).end_wish(found.ref)
    if found.state is AppointmentState.BOOKED:
        await Booked(connection).end(found, state, why)
        # Whoever came has used the time.
        if state is not AppointmentState.ATTENDED:
            await Booked(connection).free(found.slot)
    await Booked(connection).end_offer(found.ref)
