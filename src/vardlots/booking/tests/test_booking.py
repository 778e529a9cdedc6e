"""A time is booked with a ticket or by staff: who may, what is written, what is refused."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from tests.cast import Cast

from vardlots.access.actor import PatientActor
from vardlots.audit import log as audit
from vardlots.booking import actions, queries
from vardlots.booking.actions import book_for, book_ticket
from vardlots.booking.model import SlotRef, SlotState, SlotTaken, StaffBooking
from vardlots.booking.tests.calendar import (
    HALF_HOUR,
    at,
    booking_ticket,
    fetch,
    folds,
    jobs_of,
    now_is,
    registered,
    times,
)
from vardlots.cases.model import Audience, Phase
from vardlots.cases.queries import timeline
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal, WrongState
from vardlots.tickets import actions as tickets
from vardlots.tickets.model import Contact, Kind, Ticket, TicketRef
from vardlots.tickets.staff.actions import send
from vardlots.tickets.staff.model import StaffTicket


async def book(given: Cast, by: PatientActor, ticket: Ticket | TicketRef, slot: SlotRef) -> Any:
    ref = ticket if isinstance(ticket, TicketRef) else ticket.ref
    return await book_ticket(given.house, by=by, ticket=ref, slot=slot)


async def nothing_happened(given: Cast, ticket: Ticket, slot: SlotRef) -> None:
    """The ticket waits, the time is free, no visit is booked."""
    (row,) = await fetch(given, "SELECT state, case_id FROM ticket WHERE ticket_id = $1", ticket.ticket_id)
    assert tuple(row) == ("issued", None)
    assert (await now_is(given, slot)).state is SlotState.FREE
    assert not await fetch(given, "SELECT 1 FROM appointment WHERE slot_id = $1", slot.slot_id)
    assert not await fetch(
        given, "SELECT 1 FROM care_case WHERE phase = 'booked' AND person_id = $1", ticket.person_id
    )


async def test_a_ticket_becomes_a_booked_visit(given: Cast) -> None:
    (slot,) = await times(given, staff=given.ylva)
    ticket = await booking_ticket(given, given.elin, about=given.tuva)
    case = await book(given, given.elin, ticket, slot)
    taken = await now_is(given, slot)
    assert taken.state is SlotState.TAKEN
    assert (case.phase, case.booked_from, case.interview_id, case.priority) == (
        Phase.BOOKED,
        taken.starts_at,
        ticket.interview_id,
        ticket.priority,
    )
    assert (case.person_id, case.actor_person_id) == (given.tuva, given.elin.person_id)
    assert await folds(given, case.ref)
    (row,) = await fetch(given, "SELECT state, case_id FROM ticket WHERE ticket_id = $1", ticket.ticket_id)
    assert tuple(row) == ("used", case.case_id)
    async with given.database.transaction(given.elin.scope) as connection:
        found = await queries.appointment_of(connection, case.ref)
        rows = await timeline(connection, case.ref)
    assert found is not None
    assert (found.slot, found.ticket_id, found.staff_id) == (slot, ticket.ticket_id, given.ylva.staff_id)
    assert [row.kind.value for row in rows] == ["opened", "booked"]
    told = rows[1].body
    assert (told["staff"], told["unit"], told["where"]) == (given.ylva.name, "Ängsviken", "physical")
    assert told["name"] == {"sv": "Besök hos sjuksköterska", "en": "Visit to a nurse"}
    logged = await fetch(given, "SELECT action FROM access_log WHERE case_id = $1", case.case_id)
    assert {"open", "use_ticket"} <= {row["action"] for row in logged}


async def test_what_was_answered_before_goes_with_it(given: Cast) -> None:
    (slot,) = await times(given)
    ticket = await booking_ticket(given, given.ruben)
    case = await book(given, given.ruben, ticket, slot)
    (row,) = await fetch(given, "SELECT case_id FROM interview WHERE interview_id = $1", ticket.interview_id)
    assert row["case_id"] == case.case_id


async def test_what_the_sender_wrote_is_read_by_staff_alone(given: Cast) -> None:
    (slot,) = await times(given)
    await registered(given, given.ruben.person_id)
    new = StaffTicket(
        kind=Kind.BOOKING,
        contact=Contact.PHYSICAL,
        person_id=given.ruben.person_id,
        to_provider_id=given.ylva.provider_id,
        unit_id=given.ylva.unit_id,
        role="nurse",
        priority=8,
        reason="Provtagning",
        history="Har tagit prover förut.",
    )
    ticket = await send(given.house, by=given.ylva, new=new, key="booking-history")
    case = await book(given, given.ruben, ticket, slot)
    async with given.database.transaction(given.ylva.scope) as connection:
        rows = await timeline(connection, case.ref)
    (brought,) = [row for row in rows if row.kind.value == "brought"]
    assert brought.audience is Audience.STAFF
    assert (brought.body["history"], brought.body["from"]) == ("Har tagit prover förut.", "Ängsviken")
    async with given.database.transaction(given.ruben.scope) as connection:
        assert all(row.kind.value != "brought" for row in await timeline(connection, case.ref))


async def test_a_patient_books_at_another_unit_of_the_provider(given: Cast) -> None:
    (slot,) = await times(given, unit=given.strandgatan)
    ticket = await booking_ticket(given, given.ruben)
    case = await book(given, given.ruben, ticket, slot)
    assert case.unit_id == given.strandgatan.unit_id


async def test_texts_and_reminders_are_promised(given: Cast) -> None:
    starts = at(72)
    (slot,) = await times(given, contact="digital", first=starts)
    ticket = await booking_ticket(given, given.ruben, contact=Contact.DIGITAL)
    case = await book(given, given.ruben, ticket, slot)
    (booked,) = await jobs_of(given, "notifications.booked", f'"{case.ref}"')
    assert booked["n"] == 2
    async with given.database.transaction(given.ruben.scope) as connection:
        found = await queries.appointment_of(connection, case.ref)
    assert found is not None
    for kind, moment in (
        ("notifications.booking_soon", starts - timedelta(minutes=15)),
        ("notifications.booking_now", starts),
        ("booking.not_started", starts + HALF_HOUR),
    ):
        (promised,) = await jobs_of(given, kind, f'"{case.ref}"')
        assert promised["appointment_id"] == found.appointment_id
        assert abs(promised["at"] - moment) < timedelta(seconds=30)


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "physician"},
        {"contact": "digital"},
        {"booking_for": ["health_conversation"]},
        {"patient_sees": False},
    ],
)
async def test_a_time_that_the_ticket_does_not_open_is_not_found(given: Cast, wrong: dict[str, Any]) -> None:
    (slot,) = await times(given, **wrong)
    ticket = await booking_ticket(given, given.ruben)
    with pytest.raises(NotFound):
        await book(given, given.ruben, ticket, slot)
    await nothing_happened(given, ticket, slot)


async def test_another_providers_time_is_not_found(given: Cast) -> None:
    (slot,) = await times(given, unit=given.norrhamn)
    ticket = await booking_ticket(given, given.ruben)
    with pytest.raises(NotFound):
        await book(given, given.ruben, ticket, slot)


async def test_the_notice_and_the_horizon_hold_for_patients(given: Cast) -> None:
    (soon,) = await times(given, first=clock.now() + timedelta(minutes=59))
    (later,) = await times(given, first=clock.now() + timedelta(days=92))
    ticket = await booking_ticket(given, given.ruben)
    for slot, code in ((soon, "too_late"), (later, "too_far")):
        with pytest.raises(WrongState) as refused:
            await book(given, given.ruben, ticket, slot)
        assert refused.value.code == code
        await nothing_happened(given, ticket, slot)
    await registered(given, given.ruben.person_id)
    new = StaffBooking(person_id=given.ruben.person_id, reason="Såromläggning")
    assert (await book_for(given.house, by=given.ylva, new=new, slot=soon)).booked_from is not None


async def test_a_taken_time_is_refused_with_the_nearest_free_ones(given: Cast) -> None:
    slots = await times(given, 9)
    first = await booking_ticket(given, given.ruben)
    await book(given, given.ruben, first, slots[4])
    ticket = await booking_ticket(given, given.elin)
    with pytest.raises(SlotTaken) as refused:
        await book(given, given.elin, ticket, slots[4])
    assert refused.value.code == "slot_taken"
    # The five nearest of those at this unit, the earliest first.
    assert [one.ref for one in refused.value.nearest] == [slots[n] for n in (1, 2, 3, 5, 6)]
    assert "närmast" in refused.value.message


async def test_when_none_is_left_that_is_what_is_said(given: Cast) -> None:
    (slot,) = await times(given)
    await book(given, given.ruben, await booking_ticket(given, given.ruben), slot)
    with pytest.raises(SlotTaken) as refused:
        await book(given, given.elin, await booking_ticket(given, given.elin), slot)
    assert refused.value.nearest == ()
    assert "inga andra" in refused.value.message


async def test_a_person_is_in_one_place_at_a_time(given: Cast) -> None:
    (here,) = await times(given)
    (there,) = await times(given, unit=given.strandgatan, first=at() + timedelta(minutes=15))
    await book(given, given.ruben, await booking_ticket(given, given.ruben), here)
    second = await booking_ticket(given, given.ruben, reason="sore_throat")
    with pytest.raises(WrongState) as refused:
        await book(given, given.ruben, second, there)
    assert refused.value.code == "double_booked"
    assert (await now_is(given, there)).state is SlotState.FREE
    # A guardian's two children are two persons.
    await book(given, given.elin, await booking_ticket(given, given.elin, about=given.tuva), there)
    (beside,) = await times(given)
    await book(given, given.elin, await booking_ticket(given, given.elin, about=given.nils), beside)


async def test_one_person_under_two_ids_is_one(given: Cast) -> None:
    """A number that was changed leaves two ids; the database's constraint knows one at a time."""
    (here,), (there,) = await times(given), await times(given, unit=given.strandgatan)
    await book(given, given.ruben, await booking_ticket(given, given.ruben), here)
    by = PatientActor(
        given.matti.person_id, "Ruben", aliases=((given.ruben.person_id, given.matti.person_id),)
    )
    ticket = await booking_ticket(given, by, reason="sore_throat")
    with pytest.raises(WrongState) as refused:
        await book(given, by, ticket, there)
    assert refused.value.code == "double_booked"


async def test_used_twice_it_is_one_visit(given: Cast) -> None:
    slots = await times(given, 2)
    ticket = await booking_ticket(given, given.ruben)
    await book(given, given.ruben, ticket, slots[0])
    for slot in slots:
        with pytest.raises(WrongState) as refused:
            await book(given, given.ruben, ticket, slot)
        assert refused.value.code == "ticket_used"
    assert (await now_is(given, slots[1])).state is SlotState.FREE


async def test_a_ticket_that_is_over_books_nothing(given: Cast) -> None:
    (slot,) = await times(given)
    declined = await booking_ticket(given, given.ruben)
    await tickets.decline(given.house, by=given.ruben, ref=declined.ref, reason="Mår bra nu.")
    gone = await booking_ticket(
        given, given.ruben, reason="sore_throat", valid_until=clock.now() + timedelta(minutes=1)
    )
    for ticket, after, code in ((declined, 0, "ticket_declined"), (gone, 2, "ticket_expired")):
        with clock.shifted(timedelta(minutes=after)), pytest.raises(WrongState) as refused:
            await book(given, given.ruben, ticket, slot)
        assert refused.value.code == code
    assert (await now_is(given, slot)).state is SlotState.FREE


async def test_who_may_use_a_childs_ticket(given: Cast) -> None:
    (slot,) = await times(given)
    ticket = await booking_ticket(given, given.elin, about=given.tuva)
    barred = PatientActor(
        given.matti.person_id,
        "Matti",
        (given.tuva,),
        barred=frozenset({(given.angsviken.provider_id, given.tuva)}),
    )
    for who, refusal in ((given.ruben, NotFound), (barred, Forbidden)):
        with pytest.raises(refusal):
            await book(given, who, ticket, slot)
        await nothing_happened(given, ticket, slot)
    assert (await book(given, given.matti, ticket, slot)).actor_person_id == given.matti.person_id


async def test_nothing_is_booked_when_it_cannot_be_logged(
    given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    (slot,) = await times(given)
    ticket = await booking_ticket(given, given.ruben)

    async def fails(*_: object) -> None:
        raise asyncpg.PostgresError("no log")

    with monkeypatch.context() as patched:
        patched.setattr(audit, "write", fails)
        with pytest.raises(asyncpg.PostgresError):
            await book(given, given.ruben, ticket, slot)
    await nothing_happened(given, ticket, slot)
    assert not await jobs_of(given, "notifications.booked", f'"{given.angsviken.provider_id}-')


async def test_staff_book_without_a_ticket(given: Cast) -> None:
    (slot,) = await times(given, patient_sees=False, booking_for=["health_conversation"])
    await registered(given, given.tuva)
    new = StaffBooking(person_id=given.tuva, reason="  Hälsosamtal ")
    case = await book_for(given.house, by=given.petra, new=new, slot=slot)
    assert (case.phase, case.priority, case.reason, case.interview_id) == (
        Phase.BOOKED,
        11,
        "Hälsosamtal",
        None,
    )
    # A guardian reads for a younger child; of several, one whom a text reaches.
    assert case.actor_person_id in (given.elin.person_id, given.matti.person_id)
    assert await folds(given, case.ref)
    # Pressed twice it is one visit; pressed by somebody else it is taken.
    again = await book_for(given.house, by=given.petra, new=new, slot=slot)
    assert again.ref == case.ref
    with pytest.raises(SlotTaken):
        await book_for(given.house, by=given.ylva, new=new, slot=slot)


async def test_which_staff_may_book(given: Cast) -> None:
    (slot,) = await times(given)
    new = StaffBooking(person_id=given.ruben.person_id, reason="Kontroll")
    # Nobody at the provider knows the person.
    with pytest.raises(NotFound):
        await book_for(given.house, by=given.ylva, new=new, slot=slot)
    await registered(given, given.ruben.person_id)
    refused: list[tuple[Any, type[Refusal]]] = [
        (given.olle, Forbidden),
        (given.nora, NotFound),
        (given.astrid, Forbidden),
        (given.rune, Forbidden),
    ]
    for who, refusal in refused:
        with pytest.raises(refusal):
            await book_for(given.house, by=who, new=new, slot=slot)
        assert (await now_is(given, slot)).state is SlotState.FREE
    wrong: list[dict[str, Any]] = [{"reason": " "}, {"reason": "x" * 121}, {"priority": 13}, {"priority": 0}]
    for one in wrong:
        fields: dict[str, Any] = {"person_id": given.ruben.person_id, "reason": "Kontroll"} | one
        with pytest.raises(Invalid):
            await book_for(given.house, by=given.ylva, new=StaffBooking(**fields), slot=slot)
    assert await book_for(given.house, by=given.petra, new=new, slot=slot)


async def test_whoever_cannot_read_here_is_telephoned(given: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    (digital,), (room,) = await times(given, contact="digital"), await times(given, first=at(60))
    await registered(given, given.nils)

    async def nobody(*_: object, **__: object) -> None:
        return None

    monkeypatch.setattr(actions, "acting_for", nobody)
    new = StaffBooking(person_id=given.nils, reason="Uppföljning")
    one = await book_for(given.house, by=given.ylva, new=new, slot=digital)
    other = await book_for(given.house, by=given.ylva, new=new, slot=room)
    assert (one.contact, other.contact) == ("telephone", "physical")
    assert one.actor_person_id == given.nils
