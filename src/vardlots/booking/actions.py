"""A time is booked: with a ticket, or by staff. What happens to it afterwards is in `changes/` and `earlier/`."""

from vardlots.access.actor import Actor, PatientActor, StaffActor
from vardlots.booking import policy, queries
from vardlots.booking.appointments.actions import Booked
from vardlots.booking.appointments.queries import not_elsewhere, tell_of
from vardlots.booking.changes.actions import TEXT_MAX, attend, cancel, miss, rebook, withdraw_time, written
from vardlots.booking.choosing.actions import hold, let_go
from vardlots.booking.holds.actions import Lost, Times, tells_nearest
from vardlots.booking.holds.queries import for_persons
from vardlots.booking.model import Slot, SlotRef, Sought, StaffBooking, sought_by_ticket
from vardlots.booking.promises import promise_of_time
from vardlots.cases.arriving.actions import Arrival, Row, Way, arrive
from vardlots.cases.begun.actions import demand_registered
from vardlots.cases.ending.actions import end_in
from vardlots.cases.ending.configured import rules_of
from vardlots.cases.ending.queries import reader_of
from vardlots.cases.model import CASE_COLUMNS, Audience, Case, CaseRef, Kind, Phase, Verb, case_from
from vardlots.cases.turn import House, Turn, join, news_of
from vardlots.families.acting import acting_for
from vardlots.people.queries import same_persons
from vardlots.platform import clock
from vardlots.platform.db import Connection, also_provider
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal
from vardlots.platform.i18n import N_, text
from vardlots.platform.live import Signal
from vardlots.platform.pages import when_words
from vardlots.tickets import actions as tickets
from vardlots.tickets import policy as ticket_policy
from vardlots.tickets.forms.actions import copy
from vardlots.tickets.forms.brought import bring
from vardlots.tickets.model import TICKET_COLUMNS, Deed, Ticket, TicketRef, ticket_from
from vardlots.tickets.model import Kind as TicketKind
from vardlots.tickets.queries import history_of

__all__ = [
    "attend",
    "book_for",
    "book_ticket",
    "cancel",
    "hold",
    "let_go",
    "miss",
    "rebook",
    "withdraw_time",
]

REASON_MAX = 120


@tells_nearest
async def book_ticket(house: House, *, by: PatientActor, ticket: TicketRef, slot: SlotRef) -> Case:
    """The patient, or a guardian, books a time with a ticket: the case opens, the ticket is used, or nothing happens.

    Raises NotFound and Forbidden as the ticket's verbs do, WrongState where the ticket is over, SlotTaken where
    somebody was faster, WrongState `double_booked`, `too_late`, `too_far`.
    """
    async with house.database.transaction(by.scope) as connection:
        found = await _usable(connection, by, ticket)
        ids = by.ids_of(by.main(found.person_id))
        sought = for_persons(sought_by_ticket(found), ids)
        await also_provider(connection, found.provider_id)
        taken = await Times(connection).take(slot=slot, sought=sought)
        await not_elsewhere(connection, by, ids, taken)
        new = Arrival(
            provider_id=found.provider_id,
            unit_id=taken.unit_id,
            person_id=found.person_id,
            actor_person_id=by.person_id,
            role=taken.role,
            reason=found.reason,
            way=Way.BOOKING,
            phase=Phase.BOOKED,
            priority=found.priority,
            interview_id=found.interview_id,
            kind=found.case_kind,
            contact=policy.contact_of(found.contact.value, taken),
            booked_from=taken.starts_at,
        )
        forms = await bring(connection, found)
        brought = [*await _brought(connection, found), *forms.rows]
        case, signals = await _open(connection, by, new, taken, brought=brought, ticket_id=found.ticket_id)
        await tickets.use(connection, by=by, ref=ticket, case_id=case.case_id)
        await copy(connection, by=by, brought=forms, case=case)
        await _bring(connection, case, found)
    house.hub.publish([*signals, *tickets.signals_of(found, by)])
    return case


async def _usable(connection: Connection, by: PatientActor, ref: TicketRef) -> Ticket:
    """The ticket, locked: pressed twice, the second finds it used."""
    row = await connection.fetchrow(
        f"SELECT {TICKET_COLUMNS} FROM ticket WHERE provider_id = $1 AND ticket_id = $2 FOR NO KEY UPDATE",
        *ref,
    )
    if row is None:
        raise NotFound()
    found = ticket_from(row)
    if refusal := ticket_policy.may(by, Deed.USE, found):
        raise refusal
    if found.kind is not TicketKind.BOOKING:
        raise NotFound()
    if not found.waits_at(clock.now()):
        raise tickets.too_late(found, clock.now())
    return found


async def _brought(connection: Connection, found: Ticket) -> list[Row]:
    """What the sender wrote for staff, where there is any. Only they read it."""
    history = (await history_of(connection, found.ref)).get("text", "")
    if not history:
        return []
    sender = await connection.fetchval(
        "SELECT name FROM unit WHERE provider_id = $1 AND unit_id = $2", found.provider_id, found.from_unit_id
    )
    return [(Kind.BROUGHT, Audience.STAFF, {"from": sender, "history": history, "ticket": str(found.ref)})]


async def _bring(connection: Connection, case: Case, found: Ticket) -> None:
    """What was answered before the ticket was given is the case's from now on, with its files."""
    if found.interview_id is None:
        return
    for statement in (
        "UPDATE interview SET case_id = $3 WHERE provider_id = $1 AND interview_id = $2 AND case_id IS NULL",
        "UPDATE attachment SET case_id = $3 WHERE provider_id = $1 AND interview_id = $2",
    ):
        await connection.execute(statement, case.provider_id, found.interview_id, case.case_id)


async def _open(
    connection: Connection,
    by: Actor,
    new: Arrival,
    taken: Slot,
    *,
    brought: list[Row],
    ticket_id: int | None = None,
    information: str = "",
) -> tuple[Case, list[Signal]]:
    """The case with its booked time: one row opens it, one tells of the time."""
    appointment_id = await Booked(connection).number()
    told = await tell_of(connection, appointment_id, taken, new.contact)
    told |= {"information": information} if information else {}
    booked = (Kind.BOOKED, Audience.PATIENT, told)
    case, signals = await arrive(connection, by=by, new=new, rows=[booked, *brought])
    made = await Booked(connection).write(
        by=by, case=case, slot=taken, appointment_id=appointment_id, ticket_id=ticket_id
    )
    await promise_of_time(connection, "booked", made, 2)
    return case, signals


@tells_nearest
async def book_for(
    house: House, *, by: StaffActor, new: StaffBooking, slot: SlotRef, ends: CaseRef | None = None
) -> Case:
    """Staff book a time for a patient of the provider, without a ticket (row G4).

    `ends` is the visit that led to it: it ends in the same transaction, and the patient reads the time there. Where
    somebody else has ended it or has it now it is theirs, and the time is booked all the same.

    Raises Forbidden for a role that opens no cases or a unit beyond the actor's lists, NotFound for somebody whom the
    provider does not know and a visit that is another patient's, Invalid, SlotTaken, WrongState.
    """
    reason = written("reason", new.reason, REASON_MAX, missing=N_("Skriv vad besöket gäller."))
    information = written("information", new.information, TEXT_MAX)
    if not 1 <= new.priority <= 12:
        raise Invalid("priority", N_("Välj en prioritet i listan."))
    if not by.cares:
        raise Forbidden(N_("Din roll öppnar inga ärenden."), code="not_carer")
    if slot.provider_id != by.provider_id:
        raise NotFound()
    async with house.database.transaction(by.scope) as connection:
        ids = await _patient_ids(connection, by, new.person_id)
        # As every verb does: the case before the times.
        led = await _to_end(connection, by, ends, ids) if ends is not None else None
        wanted = await queries.slot_of(connection, slot)
        if wanted.unit_id not in by.unit_ids:
            raise Forbidden(N_("Tiden hör till en annan enhet än den du arbetar på nu."), code="other_unit")
        sought = Sought(provider_id=by.provider_id, unit_ids=(wanted.unit_id,), person_ids=tuple(ids))
        try:
            taken = await Times(connection).take(slot=slot, sought=sought)
        except Lost:
            # Pressed twice it is one visit.
            if (same := await _booked_just_now(connection, by, slot, ids)) is not None:
                return same
            raise
        await not_elsewhere(connection, by, ids, taken)
        acting = await acting_for(connection, provider_id=by.provider_id, person_id=new.person_id)
        # Nobody can read here for them: they are telephoned, unless they come.
        contact = policy.contact_of(new.contact, taken)
        if acting is None and contact == policy.DIGITAL:
            contact = policy.TELEPHONE
        arrival = Arrival(
            provider_id=by.provider_id,
            unit_id=taken.unit_id,
            person_id=new.person_id,
            actor_person_id=acting if acting is not None else new.person_id,
            role=taken.role,
            reason=reason,
            way=Way.BOOKING,
            phase=Phase.BOOKED,
            priority=new.priority,
            kind=new.kind,
            contact=contact,
            booked_from=taken.starts_at,
        )
        case, signals = await _open(connection, by, arrival, taken, brought=[], information=information)
        if led is not None:
            await _end_with(led, by, taken)
            signals += news_of(led)
    house.hub.publish(signals)
    return case


async def _to_end(connection: Connection, by: StaffActor, ref: CaseRef, ids: list[int]) -> Turn | None:
    """The patient's visit that the actor may end, locked; None where it is not theirs to end any more.

    Raises NotFound for another patient's.
    """
    try:
        led = await join(connection, by=by, ref=ref, verb=Verb.END)
    except Refusal:
        return None
    if led.case.person_id not in ids:
        raise NotFound()
    return led


async def _end_with(led: Turn, by: StaffActor, taken: Slot) -> None:
    """The visit ends for as long as is usual, and the patient reads there when the booked time is."""
    _, lang = await reader_of(led.connection, led.case)
    told = text(lang, "Du har en bokad tid {when}.", when=when_words(taken.starts_at, lang))
    rules = await rules_of(led.connection, led.case.provider_id)
    await end_in(led, by=by, follow_up_days=rules.first_days, agreed=told)


async def _booked_just_now(
    connection: Connection, by: StaffActor, slot: SlotRef, ids: list[int]
) -> Case | None:
    row = await connection.fetchrow(
        f"SELECT {CASE_COLUMNS} FROM care_case WHERE provider_id = $1 AND case_id = (SELECT case_id FROM appointment "
        "WHERE provider_id = $1 AND slot_id = $2 AND state = 'booked' AND person_id = ANY ($3::bigint[]) "
        "AND booked_by_kind = 'staff' AND booked_by_id = $4)",
        *slot,
        ids,
        by.staff_id,
    )
    return case_from(row) if row else None


async def _patient_ids(connection: Connection, by: StaffActor, person_id: int) -> list[int]:
    """Every id of a patient of the provider. Raises NotFound for somebody whom it does not know, Forbidden for one who
    has taken back the consent to be registered there (A11)."""
    await demand_registered(connection, by=by, person_id=person_id)
    return await same_persons(connection, [person_id])
