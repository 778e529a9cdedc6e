"""Many at once: nobody is booked twice, nothing stands half done, whoever loses is told at once what is left."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest
from tests.cast import Cast
from tests.cast import _person as a_person

from vardlots.access.actor import PatientActor, StaffActor, SystemActor
from vardlots.booking import queries
from vardlots.booking.actions import (
    book_for,
    book_ticket,
    cancel,
    hold,
    let_go,
    rebook,
    withdraw_time,
)
from vardlots.booking.choosing.actions import sweep_holds
from vardlots.booking.earlier.actions import (
    decline_offer,
    offer_freed,
    offer_lapsed,
    offer_opened,
    take_offer,
    wish,
)
from vardlots.booking.model import SlotRef, SlotTaken, StaffBooking
from vardlots.booking.schedules.times.actions import block_time, remove_time, unblock_time
from vardlots.booking.tests.calendar import at, booking_ticket, fetch, folds, registered, times
from vardlots.cases.model import CaseRef
from vardlots.platform import clock
from vardlots.platform.db import persons_scope
from vardlots.platform.errors import Refusal, WrongState
from vardlots.tickets.model import TicketRef


async def patients_with_tickets(given: Cast, count: int) -> list[tuple[PatientActor, TicketRef]]:
    """Patients of the region, each with a booking ticket from Ylva, written directly."""
    ids = [
        await a_person(given.database, f"Nr{n}", "Trängsel", date(1970, 1, 1) + timedelta(days=n))
        for n in range(count)
    ]
    now, ylva = clock.now(), given.ylva
    async with given.database.transaction(persons_scope(ids)) as connection:
        await connection.execute(
            "INSERT INTO patient (provider_id, person_id, registered_at, registered_by) "
            "SELECT $1, p, $3, 'self' FROM unnest($2::bigint[]) p",
            ylva.provider_id,
            ids,
            now,
        )
        await connection.execute(
            "INSERT INTO consent (provider_id, person_id, kind, given, given_by, given_at, how) "
            "SELECT $1, p, 'registration', true, p, $3, 'digital' FROM unnest($2::bigint[]) p",
            ylva.provider_id,
            ids,
            now,
        )
    async with given.database.transaction(ylva.scope) as connection:
        rows = await connection.fetch(
            "INSERT INTO ticket (provider_id, kind, contact, person_id, unit_id, role, priority, reason, issued_by, "
            "staff_id, issued_at, moved_at, moved_by_kind, moved_by_id, moved_by_name, to_provider_id, from_unit_id) "
            "SELECT $1, 'booking', 'physical', p, $3, 'nurse', 8, 'Provtagning', 'staff', $4, $5, $5, 'staff', $4, $6, "
            "$1, $3 FROM unnest($2::bigint[]) p RETURNING provider_id, ticket_id, person_id",
            ylva.provider_id,
            ids,
            ylva.unit_id,
            ylva.staff_id,
            now,
            ylva.name,
        )
    return [
        (PatientActor(row["person_id"], "Patient"), TicketRef(row["provider_id"], row["ticket_id"]))
        for row in rows
    ]


async def all_is_well(given: Cast) -> None:
    """What holds of a provider's times whatever has happened to them."""
    provider = given.ylva.provider_id
    slots = await fetch(given, "SELECT slot_id, state, held_until FROM slot WHERE provider_id = $1", provider)
    state = {row["slot_id"]: row["state"] for row in slots}
    booked = await fetch(
        given,
        "SELECT a.slot_id, a.case_id, a.ticket_id, a.starts_at, c.phase, c.booked_from, c.unit_id = a.unit_id AS here "
        "FROM appointment a JOIN care_case c USING (provider_id, case_id) "
        "WHERE a.provider_id = $1 AND a.state = 'booked'",
        provider,
    )
    assert all(n == 1 for n in Counter(row["slot_id"] for row in booked).values())
    assert all(state[row["slot_id"]] == "taken" for row in booked)
    assert all(
        (row["phase"], row["booked_from"], row["here"]) == ("booked", row["starts_at"], True)
        for row in booked
    )
    over = await fetch(
        given,
        "SELECT slot_id FROM appointment WHERE provider_id = $1 AND state IN ('attended', 'missed')",
        provider,
    )
    used = {row["slot_id"] for row in booked} | {row["slot_id"] for row in over}
    assert used == {slot for slot, one in state.items() if one == "taken"}
    # A used ticket has its visit, and a visit that came of a ticket has used it.
    used_tickets = await fetch(
        given, "SELECT ticket_id, case_id FROM ticket WHERE provider_id = $1 AND state = 'used'", provider
    )
    came = await fetch(
        given,
        "SELECT DISTINCT ticket_id, case_id FROM appointment WHERE provider_id = $1 AND ticket_id IS NOT NULL",
        provider,
    )
    assert {tuple(row) for row in used_tickets} == {tuple(row) for row in came}
    for row in await fetch(
        given, "SELECT provider_id, case_id FROM care_case WHERE provider_id = $1", provider
    ):
        assert await folds(given, CaseRef(*row))
    offers = await fetch(
        given,
        "SELECT o.slot_id, o.until, s.state FROM slot_offer o JOIN slot s USING (provider_id, slot_id) "
        "WHERE o.provider_id = $1 AND o.state = 'offered'",
        provider,
    )
    assert all(row["state"] != "taken" or row["until"] <= clock.now() for row in offers)


async def in_parallel(calls: list[Callable[[], Awaitable[Any]]], most: int = 64) -> list[Any]:
    """Results or refusals of many calls, so many at a time. Anything but a refusal fails the test."""
    gate = asyncio.Semaphore(most)

    async def one(call: Callable[[], Awaitable[Any]]) -> Any:
        async with gate:
            try:
                return await call()
            except Refusal as refusal:
                return refusal

    return await asyncio.gather(*(one(call) for call in calls))


@pytest.mark.slow
async def test_a_thousand_patients_for_a_hundred_times(given: Cast) -> None:
    """Exactly 100 are booked; 900 are told at once, with the nearest free times or that none is left."""
    slots = await times(given, 50) + await times(given, 50)
    people = await patients_with_tickets(given, 1000)
    asked = list(range(1000))
    random.Random(7).shuffle(asked)

    def books(n: int) -> Callable[[], Awaitable[Any]]:
        by, ticket = people[n]
        return lambda: book_ticket(given.house, by=by, ticket=ticket, slot=slots[n % 100])

    answers = await in_parallel([books(n) for n in asked])
    won = [one for one in answers if not isinstance(one, Refusal)]
    lost = [one for one in answers if isinstance(one, SlotTaken)]
    assert (len(won), len(lost)) == (100, 900)
    assert all(one.code == "slot_taken" for one in lost)
    # As long as something was free, that is what was shown; in the end they were told that nothing is.
    assert any(one.nearest for one in lost)
    assert lost[-1].nearest == ()
    assert all({near.ref for near in one.nearest} <= set(slots) for one in lost)
    assert all(len(one.nearest) <= queries.NEAREST for one in lost)
    waiting = await fetch(
        given, "SELECT count(*) AS n FROM ticket WHERE provider_id = $1 AND state = 'issued'", slots[0][0]
    )
    assert waiting[0]["n"] == 900
    await all_is_well(given)


async def test_whoever_is_refused_gets_one_of_the_nearest(given: Cast) -> None:
    """Everybody wants the same time; each who loses takes the first of the nearest. All are booked in the end."""
    slots = await times(given, 12)
    people = await patients_with_tickets(given, 12)

    async def persists(by: PatientActor, ticket: TicketRef) -> int:
        want, tries = slots[5], 1
        while True:
            try:
                await book_ticket(given.house, by=by, ticket=ticket, slot=want)
            except SlotTaken as taken:
                # Empty, and so a fault, if somebody were told that nothing is left.
                want, tries = random.choice(taken.nearest).ref, tries + 1
            else:
                return tries

    tries = await asyncio.gather(*(persists(*one) for one in people))
    assert sum(tries) > 12
    await all_is_well(given)


async def test_one_ticket_pressed_in_many_tabs_is_one_visit(given: Cast) -> None:
    slots = await times(given, 8)
    ((by, ticket),) = await patients_with_tickets(given, 1)
    answers = await in_parallel(
        [lambda slot=slot: book_ticket(given.house, by=by, ticket=ticket, slot=slot) for slot in slots]  # type: ignore[misc]
    )
    assert sum(not isinstance(one, Refusal) for one in answers) == 1
    assert {one.code for one in answers if isinstance(one, Refusal)} == {"ticket_used"}
    await all_is_well(given)


async def test_a_person_who_books_twice_at_once_is_in_one_place(given: Cast) -> None:
    here, there = (await times(given))[0], (await times(given, unit=given.strandgatan))[0]
    tickets = [
        await booking_ticket(given, given.ruben, reason=one) for one in ("shoulder_pain", "sore_throat")
    ]
    answers = await in_parallel(
        [
            lambda: book_ticket(given.house, by=given.ruben, ticket=tickets[0].ref, slot=here),
            lambda: book_ticket(given.house, by=given.ruben, ticket=tickets[1].ref, slot=there),
        ]
    )
    assert [one.code for one in answers if isinstance(one, Refusal)] == ["double_booked"]
    await all_is_well(given)


async def test_staff_who_press_twice_book_once(given: Cast) -> None:
    (slot,) = await times(given)
    await registered(given, given.ruben.person_id)
    new = StaffBooking(person_id=given.ruben.person_id, reason="Kontroll")
    answers = await in_parallel([lambda: book_for(given.house, by=given.ylva, new=new, slot=slot)] * 4)
    assert len({one.ref for one in answers}) == 1
    await all_is_well(given)


async def test_two_who_swap_times_do_not_wait_for_ever(given: Cast) -> None:
    slots = await times(given, 3)
    people = await patients_with_tickets(given, 2)
    refs = [
        (await book_ticket(given.house, by=by, ticket=ticket, slot=slot)).ref
        for (by, ticket), slot in zip(people, slots, strict=False)
    ]
    calls: list[Callable[[], Awaitable[Any]]] = []
    for _ in range(12):
        for (by, _ticket), ref in zip(people, refs, strict=True):
            for slot in slots:
                calls.append(lambda by=by, ref=ref, slot=slot: rebook(given.house, by=by, ref=ref, slot=slot))  # type: ignore[misc]
    answers = await in_parallel(calls)
    assert {one.code for one in answers if isinstance(one, Refusal)} <= {"slot_taken", "same_time"}
    await all_is_well(given)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
async def test_whatever_happens_at_once_nothing_stands_half_done(given: Cast, seed: int) -> None:
    """Book, choose, rebook, cancel, withdraw, block, remove, offer, take, decline, lapse: in any order at once."""
    chance = random.Random(seed)
    elsewhere = await times(given, 4, unit=given.strandgatan)
    slots = await times(given, 9) + await times(given, 9, first=at(60)) + elsewhere
    people = await patients_with_tickets(given, 20)
    system = SystemActor(given.ylva.provider_id, "test")

    async def a_case() -> tuple[CaseRef, PatientActor]:
        rows = await fetch(
            given,
            "SELECT provider_id, case_id, person_id FROM care_case WHERE provider_id = $1 AND phase = 'booked'",
            given.ylva.provider_id,
        )
        if not rows:
            raise WrongState("none", code="none")
        row = chance.choice(rows)
        return CaseRef(row["provider_id"], row["case_id"]), PatientActor(row["person_id"], "Patient")

    async def an_offer() -> tuple[CaseRef, PatientActor, int]:
        rows = await fetch(
            given,
            "SELECT provider_id, case_id, person_id, offer_id FROM slot_offer WHERE provider_id = $1 "
            "AND state = 'offered'",
            given.ylva.provider_id,
        )
        if not rows:
            raise WrongState("none", code="none")
        row = chance.choice(rows)
        return CaseRef(row[0], row[1]), PatientActor(row[2], "Patient"), row[3]

    def either(who: PatientActor) -> PatientActor | StaffActor:
        return who if chance.random() < 0.5 else given.ylva

    async def does(what: str) -> None:
        slot: SlotRef = chance.choice(slots)
        by, ticket = chance.choice(people)
        staff = given.olle if slot in elsewhere else given.ylva
        match what:
            case "book":
                await book_ticket(given.house, by=by, ticket=ticket, slot=slot)
            case "choose":
                await hold(given.house, by=by, slot=slot, person_id=by.person_id)
            case "let_go":
                await let_go(given.house, by=by, slot=slot, person_id=by.person_id)
            case "staff":
                await book_for(
                    given.house, by=staff, new=StaffBooking(person_id=by.person_id, reason="x"), slot=slot
                )
            case "rebook":
                ref, who = await a_case()
                await rebook(given.house, by=either(who), ref=ref, slot=slot)
            case "cancel":
                ref, who = await a_case()
                await cancel(given.house, by=either(who), ref=ref, reason="x")
            case "withdraw":
                await withdraw_time(given.house, by=given.ylva, ref=(await a_case())[0])
            case "block":
                await block_time(given.house, by=staff, slot_id=slot.slot_id, why="x")
            case "unblock":
                await unblock_time(given.house, by=staff, slot_id=slot.slot_id)
            case "remove":
                await remove_time(given.house, by=staff, slot_id=slot.slot_id)
            case "wish":
                ref, who = await a_case()
                await wish(given.house, by=who, ref=ref)
            case "offer":
                rows = await fetch(
                    given,
                    "SELECT provider_id, slot_id FROM slot WHERE provider_id = $1 AND state = 'free'",
                    given.ylva.provider_id,
                )
                await offer_freed(given.house, by=system, slot=SlotRef(*chance.choice(rows or [slot])))
            case "opened":
                await offer_opened(given.house, by=system, unit_id=given.angsviken.unit_id)
            case "answer":
                ref, who, _ = await an_offer()
                await chance.choice([take_offer, decline_offer])(given.house, by=who, ref=ref)
            case "lapse":
                ref, who, offer_id = await an_offer()
                await offer_lapsed(given.house, by=system, ref=ref, offer_id=offer_id)
            case _:
                await sweep_holds(given.house, by=system)

    weights = {
        "book": 6, "choose": 4, "let_go": 2, "staff": 2, "rebook": 8, "cancel": 5, "withdraw": 1, "block": 1,
        "unblock": 6, "remove": 0.5, "wish": 8, "offer": 9, "opened": 3, "answer": 6, "lapse": 2, "sweep": 1,
    }  # fmt: skip
    done: set[str] = set()
    rounds = 0
    while rounds < 3 or (set(weights) - done and rounds < 15):
        people += await patients_with_tickets(given, 10)
        slots += await times(given, 5, first=at(30 + 3 * rounds))
        chosen = chance.choices(list(weights), list(weights.values()), k=120)
        answers = await in_parallel([lambda what=what: does(what) for what in chosen], most=16)  # type: ignore[misc]
        done |= {what for what, one in zip(chosen, answers, strict=True) if one is None}
        await all_is_well(given)
        rounds += 1
    # The test is of something: each of them has been done.
    assert done == set(weights)
