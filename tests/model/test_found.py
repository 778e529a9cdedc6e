"""What the walks have found, told in a few lines each: so that it is seen at once should it come back."""

from datetime import timedelta

import pytest
from tests.cast import Cast
from tests.model.world import every_row

from vardlots.access.actor import SystemActor
from vardlots.booking.actions import book_for
from vardlots.booking.changes.actions import settle
from vardlots.booking.model import StaffBooking
from vardlots.booking.tests.calendar import at, fetch, folds, times
from vardlots.cases.actions import accept, leave_queue, release, start
from vardlots.cases.model import CaseRef, Kind
from vardlots.cases.pauses.actions import give_back, pause, resume_when_due
from vardlots.consultations.actions import go_to_case
from vardlots.consultations.actions import send as consult
from vardlots.consultations.model import NewConsultation
from vardlots.consultations.taking.actions import accept as take
from vardlots.conversations.actions import Message, write
from vardlots.conversations.talk.actions import say
from vardlots.platform import clock
from vardlots.platform.errors import Invalid
from vardlots.tickets.model import Contact
from vardlots.tickets.model import Kind as TicketKind
from vardlots.tickets.staff.actions import send
from vardlots.tickets.staff.model import StaffTicket
from vardlots.tickets.tests.helpers import is_patient


def ticket(given: Cast, person_id: int, ref: CaseRef | None) -> StaffTicket:
    """A ticket to Ängsviken's nurses."""
    return StaffTicket(
        kind=TicketKind.BOOKING,
        contact=Contact.PHYSICAL,
        person_id=person_id,
        to_provider_id=given.angsviken.provider_id,
        unit_id=given.angsviken.unit_id,
        role="nurse",
        reason="rash",
        from_case=ref,
    )


def question(given: Cast, person_id: int, ref: CaseRef) -> NewConsultation:
    """A question to Strandgatan's nurses."""
    return NewConsultation(
        person_id=person_id,
        to_provider_id=given.strandgatan.provider_id,
        unit_id=given.strandgatan.unit_id,
        role="nurse",
        reason="rash",
        priority=3,
        problem="Kan ni ta över?",
        from_case=ref,
        related=(ref.case_id,),
    )


async def test_a_key_of_the_colleagues_own_talk_tells_the_patient_nothing(given: Cast) -> None:
    """The patient does not find the row, but its key is taken: refused as anything that cannot be read."""
    ref = await given.ongoing_case(given.ruben)
    await say(given.house, by=given.ylva, ref=ref, message=Message("Vad tror du?", "the-same-key"))
    with pytest.raises(Invalid) as told:
        await write(given.house, by=given.ruben, ref=ref, message=Message("Hej.", "the-same-key"))
    assert told.value.field == "key"
    async with given.database.transaction(given.ylva.scope) as connection:
        assert (await every_row(connection, ref))[-1].body["text"] == "Vad tror du?"


async def test_a_key_of_another_patients_ticket_tells_nothing_of_it(given: Cast) -> None:
    """A visit's timeline named the ticket, and its reason, that another patient had got with the same key."""
    ref, other = (
        await given.ongoing_case(given.ruben),
        await given.ongoing_case(given.elin, person_id=given.tuva),
    )
    await send(given.house, by=given.ylva, new=ticket(given, given.ruben.person_id, ref), key="the-same-key")
    for from_case in (other, None):
        new = ticket(given, given.tuva, from_case)
        with pytest.raises(Invalid) as told:
            await send(given.house, by=given.ylva, new=new, key="the-same-key")
        assert told.value.field == "key"
    async with given.database.transaction(given.ylva.scope) as connection:
        assert Kind.TICKET_SENT not in [row.kind for row in await every_row(connection, other)]


async def test_a_key_of_another_patients_question_is_not_the_same_question(given: Cast) -> None:
    """The question was never sent, and the sender was shown another patient's as sent."""
    ref, other = (
        await given.ongoing_case(given.ruben),
        await given.ongoing_case(given.elin, person_id=given.tuva),
    )
    await consult(
        given.house, by=given.ylva, new=question(given, given.ruben.person_id, ref), key="the-same-key"
    )
    with pytest.raises(Invalid) as told:
        await consult(given.house, by=given.ylva, new=question(given, given.tuva, other), key="the-same-key")
    assert told.value.field == "key"


async def test_a_booked_visit_that_began_and_was_put_back_waits_as_any_other(given: Cast) -> None:
    """It was in the queue with a time: the patient could neither leave the queue nor cancel, and whoever took it and
    put it back again left a booked visit without a time."""
    (slot,) = await times(given, first=at(2))
    new = StaffBooking(person_id=given.ruben.person_id, reason="rash")
    await is_patient(given, given.ruben)
    ref = (await book_for(given.house, by=given.ylva, new=new, slot=slot)).ref
    await accept(given.house, by=given.ylva, ref=ref)
    await start(given.house, by=given.ylva, ref=ref, welcome="Hej.")
    await release(given.house, by=given.ylva, ref=ref)
    assert await folds(given, ref)
    for news in (True, False):
        assert await settle(given.house, by=SystemActor(ref.provider_id, "test"), ref=ref) is news
    (time,) = await fetch(given, "SELECT state FROM appointment WHERE case_id = $1", ref.case_id)
    # It lay ahead, and nobody comes at it any more: somebody else may have it.
    assert time["state"] == "cancelled"
    await leave_queue(given.house, by=given.ruben, ref=ref)


async def test_a_booked_visit_that_rested_and_nobody_came_back_to_is_at_its_time_again(given: Cast) -> None:
    """It was put in the queue with its time, as above."""
    (slot,) = await times(given, first=at(48))
    await is_patient(given, given.ruben)
    new = StaffBooking(person_id=given.ruben.person_id, reason="rash")
    ref = (await book_for(given.house, by=given.ylva, new=new, slot=slot)).ref
    await accept(given.house, by=given.ylva, ref=ref)
    now, system = clock.now(), SystemActor(ref.provider_id, "test")
    until = now + timedelta(hours=1)
    await pause(given.house, by=given.ylva, ref=ref, until=until, text="Senare.", key="the-pause-1")
    with clock.at(until):
        n = await resume_when_due(given.house, by=system, ref=ref)
    assert n is not None
    with clock.at(until + timedelta(hours=2)):
        assert await give_back(given.house, by=system, ref=ref, n=n) is not None
    (case,) = await fetch(given, "SELECT phase, booked_from FROM care_case WHERE case_id = $1", ref.case_id)
    assert case["phase"] == "booked"
    assert case["booked_from"] is not None
    assert await folds(given, ref)


async def test_a_booked_visit_that_another_unit_takes_stays_where_its_time_is(given: Cast) -> None:
    """Put back by the one who took it, it was a booked visit of one unit with its time at another, and none of those
    who had the time could say that the patient came."""
    (slot,) = await times(given, first=at(2))
    await is_patient(given, given.ruben)
    new = StaffBooking(person_id=given.ruben.person_id, reason="rash")
    ref = (await book_for(given.house, by=given.ylva, new=new, slot=slot)).ref
    asked = await consult(
        given.house, by=given.ylva, new=question(given, given.ruben.person_id, ref), key="the-key-1"
    )
    await go_to_case(given.house, by=given.olle, ref=asked.ref, case=ref)
    await take(given.house, by=given.olle, ref=ref)
    await release(given.house, by=given.olle, ref=ref)
    (case,) = await fetch(given, "SELECT phase, unit_id FROM care_case WHERE case_id = $1", ref.case_id)
    assert (case["phase"], case["unit_id"]) == ("booked", given.angsviken.unit_id)
    assert await folds(given, ref)
