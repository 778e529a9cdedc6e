"""A time is kept for whoever chooses: one at a time, for some minutes; and what is free to whom."""

import asyncio
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from tests.cast import Cast

from vardlots.access.actor import SystemActor
from vardlots.booking import policy, queries
from vardlots.booking.actions import book_ticket, hold, let_go
from vardlots.booking.choosing.actions import sweep_holds
from vardlots.booking.model import SlotRef, SlotTaken, Sought, sought_by_ticket
from vardlots.booking.tests.calendar import at, booking_ticket, fetch, now_is, times
from vardlots.configuration.booking_rules import DEFAULT
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, NotFound, WrongState
from vardlots.tickets.model import Ticket


async def free_to(given: Cast, ticket: Ticket) -> list[SlotRef]:
    """What the ticket's person may choose among now."""
    async with given.database.transaction(given.elin.scope) as connection:
        found = await queries.free_times(connection, sought=sought_by_ticket(ticket))
    return [one.ref for one in found]


async def test_what_one_chooses_nobody_else_can_have(given: Cast) -> None:
    slots = await times(given, 3)
    mine, other = await booking_ticket(given, given.ruben), await booking_ticket(given, given.elin)
    await hold(given.house, by=given.ruben, slot=slots[0], person_id=given.ruben.person_id)
    assert await free_to(given, other) == slots[1:]
    for call in (
        hold(given.house, by=given.elin, slot=slots[0], person_id=given.elin.person_id),
        book_ticket(given.house, by=given.elin, ticket=other.ref, slot=slots[0]),
    ):
        with pytest.raises(SlotTaken) as refused:
            await call
        assert refused.value.nearest[0].ref == slots[1]
    async with given.database.transaction(given.ruben.scope) as connection:
        own = await queries.free_times(connection, sought=sought_by_ticket(mine))
        held = await queries.held_for(connection, [given.ruben.person_id])
    assert [one.ref for one in own] == slots
    assert [one.ref for one in held] == [slots[0]]
    assert await book_ticket(given.house, by=given.ruben, ticket=mine.ref, slot=slots[0])
    assert not await fetch(given, "SELECT 1 FROM slot_hold WHERE slot_id = $1", slots[0].slot_id)


async def test_choosing_another_lets_the_first_go(given: Cast) -> None:
    slots = await times(given, 2)
    await booking_ticket(given, given.ruben)
    other = await booking_ticket(given, given.elin)
    for slot in slots:
        await hold(given.house, by=given.ruben, slot=slot, person_id=given.ruben.person_id)
    assert await free_to(given, other) == slots[:1]
    await let_go(given.house, by=given.ruben, slot=slots[1], person_id=given.ruben.person_id)
    assert await free_to(given, other) == slots
    # Again, and by somebody whose it never was: nothing happens.
    await let_go(given.house, by=given.ruben, slot=slots[1], person_id=given.ruben.person_id)


async def test_booking_something_else_lets_the_chosen_go(given: Cast) -> None:
    slots = await times(given, 2)
    ticket, other = await booking_ticket(given, given.ruben), await booking_ticket(given, given.elin)
    await hold(given.house, by=given.ruben, slot=slots[0], person_id=given.ruben.person_id)
    await book_ticket(given.house, by=given.ruben, ticket=ticket.ref, slot=slots[1])
    assert await free_to(given, other) == slots[:1]


async def test_it_is_free_again_by_itself(given: Cast) -> None:
    (slot,) = await times(given)
    await booking_ticket(given, given.ruben)
    other = await booking_ticket(given, given.elin)
    held = await hold(given.house, by=given.ruben, slot=slot, person_id=given.ruben.person_id)
    assert held.ref == slot
    with clock.shifted(timedelta(minutes=9, seconds=50)):
        assert await free_to(given, other) == []
    with clock.shifted(timedelta(minutes=10, seconds=1)):
        assert await free_to(given, other) == [slot]
        # Nobody has swept anything, and somebody else chooses it.
        await hold(given.house, by=given.elin, slot=slot, person_id=given.elin.person_id)
        with pytest.raises(SlotTaken):
            await hold(given.house, by=given.ruben, slot=slot, person_id=given.ruben.person_id)
        assert await sweep_holds(given.house, by=SystemActor(slot.provider_id, "x")) == 0
    with clock.shifted(timedelta(minutes=25)):
        assert await sweep_holds(given.house, by=SystemActor(slot.provider_id, "x")) == 1
    assert (await now_is(given, slot)).held_until is None


async def test_who_may_choose_for_whom(given: Cast) -> None:
    (slot,), (elsewhere,) = await times(given), await times(given, unit=given.norrhamn)
    await booking_ticket(given, given.elin, about=given.tuva)
    with pytest.raises(NotFound):
        await hold(given.house, by=given.ruben, slot=slot, person_id=given.tuva)
    # Without a ticket or a visit there is nothing to choose for.
    for by, person in ((given.ruben, given.ruben.person_id), (given.elin, given.nils)):
        with pytest.raises(NotFound):
            await hold(given.house, by=by, slot=slot, person_id=person)
    with pytest.raises(NotFound):
        await hold(given.house, by=given.elin, slot=elsewhere, person_id=given.tuva)
    for staff, refusal in ((given.astrid, Forbidden), (given.nora, NotFound)):
        with pytest.raises(refusal):
            await hold(given.house, by=staff, slot=slot, person_id=given.tuva)
    with pytest.raises(NotFound):
        await hold(given.house, by=given.ylva, slot=slot, person_id=given.ruben.person_id)
    with pytest.raises(NotFound):
        await let_go(given.house, by=given.ruben, slot=slot, person_id=given.tuva)
    await hold(given.house, by=given.matti, slot=slot, person_id=given.tuva)
    # Staff who book for the child have what is kept for it.
    assert await hold(given.house, by=given.ylva, slot=slot, person_id=given.tuva)


async def test_a_time_too_soon_cannot_be_chosen(given: Cast) -> None:
    (slot,) = await times(given, first=clock.now() + timedelta(minutes=30))
    await booking_ticket(given, given.ruben)
    with pytest.raises(WrongState) as refused:
        await hold(given.house, by=given.ruben, slot=slot, person_id=given.ruben.person_id)
    assert refused.value.code == "too_late"


async def test_two_who_choose_each_others_times_do_not_wait_for_ever(given: Cast) -> None:
    slots = await times(given, 2)
    both = (given.ruben, given.elin)
    for by in both:
        await booking_ticket(given, by)

    async def chooses(by: Any, slot: SlotRef) -> bool:
        try:
            await hold(given.house, by=by, slot=slot, person_id=by.person_id)
        except SlotTaken:
            return False
        return True

    for _ in range(10):
        await asyncio.gather(*(chooses(by, slot) for by in both for slot in slots))
    holders = await fetch(
        given,
        "SELECT person_id FROM slot_hold WHERE slot_id = ANY ($1::bigint[])",
        [one.slot_id for one in slots],
    )
    people = [row["person_id"] for row in holders]
    assert len(people) == len(set(people)) > 0


async def test_the_search_finds_what_fits_and_nothing_else(given: Cast) -> None:
    """The statement and the pure rule say the same of every time, whatever is sought."""
    made: list[SlotRef] = []
    kinds: list[dict[str, Any]] = [
        {"role": role, "contact": contact, "booking_for": locked, "patient_sees": sees, "unit": unit}
        for role, contact, locked, sees, unit in (
            ("nurse", "physical", [], True, given.angsviken),
            ("nurse", "digital", [], True, given.angsviken),
            ("nurse", "telephone", [], True, given.angsviken),
            ("nurse", "physical", ["a"], True, given.angsviken),
            ("nurse", "physical", ["a", "b"], True, given.strandgatan),
            ("nurse", "physical", [], False, given.angsviken),
            ("physician", "physical", [], True, given.angsviken),
            ("physician", "digital", ["b"], False, given.strandgatan),
        )
    ]
    for first in (clock.now() + timedelta(minutes=20), at(30), at(24 * 95)):
        for one in kinds:
            made += await times(given, 2, first=first, **one)
    every = [await now_is(given, ref) for ref in made]

    async def found(sought: Sought) -> list[SlotRef]:
        async with given.database.transaction(given.ylva.scope) as connection:
            free = await queries.free_times(connection, sought=sought)
            days = await queries.days_with_times(connection, sought=sought)
        assert sum(days.values()) == len(free)
        assert list(days) == sorted(days)
        assert set(days) == {policy.day_of(one.starts_at) for one in free}
        return [one.ref for one in free]

    now = clock.now()
    units = [(given.angsviken.unit_id,), (given.strandgatan.unit_id, given.angsviken.unit_id)]
    roles, contacts = (None, "nurse", "physician"), (None, "digital", "physical", "telephone")
    for unit_ids, role, contact, kind, by_patient in product(
        units, roles, contacts, (None, "", "a", "b", "c"), (True, False)
    ):
        sought = Sought(
            provider_id=given.ylva.provider_id,
            unit_ids=unit_ids,
            role=role,
            contact=contact,
            booking_for=kind,
            by_patient=by_patient,
        )
        fitting = [
            one for one in every if policy.fits(sought, one) and policy.in_window(sought, one, DEFAULT, now)
        ]
        fitting.sort(key=lambda one: (one.starts_at, one.slot_id))
        assert await found(sought) == [one.ref for one in fitting], sought


@pytest.mark.parametrize("gone", ["blocked", "removed", "taken"])
async def test_what_is_not_free_is_not_found(given: Cast, gone: str) -> None:
    slots = await times(given, 2)
    ticket = await booking_ticket(given, given.elin)
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute("UPDATE slot SET state = $2 WHERE slot_id = $1", slots[0].slot_id, gone)
    assert await free_to(given, ticket) == slots[1:]
    with pytest.raises(SlotTaken):
        await book_ticket(given.house, by=given.elin, ticket=ticket.ref, slot=slots[0])
