"""Nobody books themself in two places at once, also where two providers' times are booked at the same moment."""

import asyncio
from typing import Any

import pytest
from tests.cast import Cast

from vardlots.access.actor import PatientActor
from vardlots.booking.actions import book_for, book_ticket, rebook
from vardlots.booking.model import SlotRef, SlotState, StaffBooking
from vardlots.booking.promises import promise_of_time
from vardlots.booking.tests.calendar import at, booking_ticket, now_is, registered, times
from vardlots.cases.model import Case
from vardlots.platform.errors import WrongState


@pytest.fixture(autouse=True)
def _slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has written its time a while before it commits: without waiting neither would see the other's."""

    async def slowly(*args: Any) -> None:
        await asyncio.sleep(0.15)
        await promise_of_time(*args)

    monkeypatch.setattr("vardlots.booking.actions.promise_of_time", slowly)
    monkeypatch.setattr("vardlots.booking.changes.actions.promise_of_time", slowly)


async def book(given: Cast, who: PatientActor, slot: SlotRef, **more: Any) -> Case:
    if "unit_id" in more:
        more["interview_id"] = await given.interview(who, person_id=more.get("about"), unit=given.norrhamn)
    ticket = await booking_ticket(given, who, **more)
    return await book_ticket(given.house, by=who, ticket=ticket.ref, slot=slot)


async def both_times(given: Cast) -> tuple[SlotRef, SlotRef, dict[str, Any]]:
    """The same half hour at the region and at a private provider, and what a ticket to the latter has."""
    (here,) = await times(given)
    (there,) = await times(given, unit=given.norrhamn)
    private = {"provider_id": given.norrhamn.provider_id, "unit_id": given.norrhamn.unit_id}
    return here, there, private


async def test_two_tabs_at_two_providers(given: Cast) -> None:
    here, there, private = await both_times(given)
    answers = await asyncio.gather(
        book(given, given.ruben, here), book(given, given.ruben, there, **private), return_exceptions=True
    )
    (refused,) = [one for one in answers if isinstance(one, BaseException)]
    assert isinstance(refused, WrongState), refused
    assert refused.code == "double_booked"
    states = {(await now_is(given, one)).state for one in (here, there)}
    assert states == {SlotState.TAKEN, SlotState.FREE}


async def test_one_books_while_the_other_rebooks(given: Cast) -> None:
    here, there, private = await both_times(given)
    (before,) = await times(given, first=at(96))
    case = await book(given, given.ruben, before)
    answers = await asyncio.gather(
        rebook(given.house, by=given.ruben, ref=case.ref, slot=here),
        book(given, given.ruben, there, **private),
        return_exceptions=True,
    )
    assert sum(isinstance(one, WrongState) for one in answers) == 1, answers
    states = [(await now_is(given, one)).state for one in (here, there)]
    assert states.count(SlotState.TAKEN) == 1


async def test_staff_who_book_at_the_same_moment_are_seen_by_the_patient(given: Cast) -> None:
    """The patient who comes second is told. Staff who come second learn nothing of another provider: both stand."""
    here, there, private = await both_times(given)
    await registered(given, given.ruben.person_id)
    new = StaffBooking(person_id=given.ruben.person_id, reason="Prov")

    async def a_moment_later() -> Case:
        await asyncio.sleep(0.05)
        return await book(given, given.ruben, there, **private)

    first, second = await asyncio.gather(
        book_for(given.house, by=given.ylva, new=new, slot=here), a_moment_later(), return_exceptions=True
    )
    assert isinstance(first, Case), first
    assert isinstance(second, WrongState), second


async def test_two_people_do_not_wait_for_each_other_in_a_ring(given: Cast) -> None:
    """A guardian and the child's other guardian book at both providers, in either order."""
    here, there, private = await both_times(given)
    (later,) = await times(given, first=at(72))
    (later_there,) = await times(given, unit=given.norrhamn, first=at(72))
    calls = [
        book(given, given.elin, here, about=given.tuva),
        book(given, given.ruben, there, **private),
        book(given, given.elin, later_there, about=given.nils, **private),
        book(given, given.ruben, later),
    ]
    answers = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 20)
    assert [one for one in answers if isinstance(one, BaseException)] == []
