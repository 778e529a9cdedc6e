"""*Hör av er om en tidigare tid blir ledig*: fair, one at a time, with a deadline; then free for all."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.cast import Cast
from tests.cast import _person as a_person

from vardlots.access.actor import PatientActor, SystemActor
from vardlots.booking import queries
from vardlots.booking.actions import book_ticket, cancel, hold, rebook
from vardlots.booking.earlier.actions import (
    decline_offer,
    offer_freed,
    offer_lapsed,
    take_offer,
    unwish,
    wish,
)
from vardlots.booking.jobs import offer_freed as offer_job
from vardlots.booking.jobs import sweep
from vardlots.booking.model import Offer, SlotRef, SlotState, SlotTaken, sought_by_ticket
from vardlots.booking.tests.calendar import booking_ticket, fetch, jobs_of, now_is, times
from vardlots.cases.model import CaseRef
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, NotFound, WrongState

# A Monday morning, so that an offer's hours do not depend on when the test is run.
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Stockholm")).astimezone(UTC)


@pytest.fixture(autouse=True)
def _on_a_monday() -> Any:
    with clock.at(MONDAY):
        yield


def moment(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


async def booked(given: Cast, by: PatientActor, slot: SlotRef) -> CaseRef:
    ticket = await booking_ticket(given, by)
    return (await book_ticket(given.house, by=by, ticket=ticket.ref, slot=slot)).ref


async def freed(given: Cast, slot: SlotRef) -> Offer | None:
    """What the promised job does."""
    return await offer_freed(given.house, by=SystemActor(slot.provider_id, "booking.offer_freed"), slot=slot)


async def lapses(given: Cast, offer: Offer) -> bool:
    by = SystemActor(offer.provider_id, "booking.offer_lapsed")
    return await offer_lapsed(given.house, by=by, ref=offer.ref, offer_id=offer.offer_id)


async def is_free_to(given: Cast, by: PatientActor, slot: SlotRef) -> bool:
    """Whether somebody else with a ticket of the same kind finds the time."""
    ticket = await booking_ticket(given, by, reason="sore_throat")
    async with given.database.transaction(by.scope) as connection:
        found = await queries.free_times(connection, sought=sought_by_ticket(ticket))
    return slot in [one.ref for one in found]


async def a_line(given: Cast, count: int) -> tuple[SlotRef, CaseRef, list[tuple[PatientActor, CaseRef]]]:
    """An early time that Ruben has, and so many who have later ones and wish for an earlier, in that order."""
    (early,) = await times(given, first=moment(48))
    late = await times(given, count, first=moment(96))
    holder = await booked(given, given.ruben, early)
    line = []
    for n, slot in enumerate(late):
        by = PatientActor(await a_person(given.database, f"Nr{n}", "Kö", date(1980, 1, 1)), f"Nr{n}")
        ref = await booked(given, by, slot)
        with clock.at(MONDAY + timedelta(seconds=n)):
            await wish(given.house, by=by, ref=ref)
        line.append((by, ref))
    return early, holder, line


async def test_a_freed_time_is_offered_to_the_first_in_line(given: Cast) -> None:
    early, holder, line = await a_line(given, 2)
    await cancel(given.house, by=given.ruben, ref=holder, reason="")
    # Out of sight until somebody has been asked.
    assert (await now_is(given, early)).state is SlotState.FREE
    assert not await is_free_to(given, given.elin, early)
    assert await jobs_of(given, "booking.offer_freed", f'"{early}"')
    offer = await freed(given, early)
    assert offer is not None
    first, ref = line[0]
    assert (offer.ref, offer.until) == (ref, moment(2))
    assert not await is_free_to(given, given.elin, early)
    (told,) = await jobs_of(given, "notifications.earlier_offer", f'"{ref}"')
    assert told["offer_id"] == offer.offer_id
    assert await freed(given, early) is None
    async with given.database.transaction(first.scope) as connection:
        seen = await queries.earlier_offer_of(connection, ref)
        assert await queries.wishes_earlier(connection, ref)
    assert seen == offer
    made = await take_offer(given.house, by=first, ref=ref)
    assert made.slot == early
    async with given.database.transaction(first.scope) as connection:
        assert not await queries.wishes_earlier(connection, ref)
        assert await queries.earlier_offer_of(connection, ref) is None
    # Their own late time goes on to the next who would rather have it: the second's is later still.
    (before, *_) = await fetch(
        given, "SELECT slot_id FROM appointment WHERE case_id = $1 AND state = 'moved'", ref.case_id
    )
    following = await freed(given, SlotRef(ref.provider_id, before["slot_id"]))
    assert following is not None
    assert following.ref == line[1][1]


async def test_declined_it_goes_to_the_next_and_then_to_everybody(given: Cast) -> None:
    early, holder, line = await a_line(given, 2)
    await cancel(given.house, by=given.ruben, ref=holder, reason="")
    for by, ref in line:
        offer = await freed(given, early)
        assert offer is not None
        assert offer.ref == ref
        await decline_offer(given.house, by=by, ref=ref)
        # They keep their own time, and wait for another.
        async with given.database.transaction(by.scope) as connection:
            assert await queries.wishes_earlier(connection, ref)
    assert await freed(given, early) is None
    assert await is_free_to(given, given.elin, early)


async def test_unanswered_it_lapses_and_goes_to_the_next(given: Cast) -> None:
    early, holder, line = await a_line(given, 2)
    await cancel(given.house, by=given.ruben, ref=holder, reason="")
    offer = await freed(given, early)
    assert offer is not None
    assert not await lapses(given, offer)
    with clock.at(offer.until):
        with pytest.raises(WrongState) as refused:
            await take_offer(given.house, by=line[0][0], ref=offer.ref)
        assert refused.value.code == "offer_over"
        assert await lapses(given, offer)
        assert not await lapses(given, offer)
        following = await freed(given, early)
    assert following is not None
    assert following.ref == line[1][1]


async def test_a_lapse_after_somebody_else_booked_it_takes_nothing_from_them(given: Cast) -> None:
    """The deadline passes, somebody books before the job runs: the late job leaves them alone."""
    early, holder, _line = await a_line(given, 1)
    await cancel(given.house, by=given.ruben, ref=holder, reason="")
    offer = await freed(given, early)
    assert offer is not None
    with clock.at(offer.until + timedelta(seconds=5)):
        ref = await booked(given, given.elin, early)
        assert await lapses(given, offer)
        assert (await now_is(given, early)).state is SlotState.TAKEN
        assert await freed(given, early) is None
    async with given.database.transaction(given.elin.scope) as connection:
        found = await queries.appointment_of(connection, ref)
    assert found is not None
    assert found.slot == early


async def test_a_lapse_takes_nothing_from_whoever_chooses_it_now(given: Cast) -> None:
    early, holder, _line = await a_line(given, 1)
    await cancel(given.house, by=given.ruben, ref=holder, reason="")
    offer = await freed(given, early)
    assert offer is not None
    with clock.at(offer.until + timedelta(seconds=5)):
        ticket = await booking_ticket(given, given.elin)
        await hold(given.house, by=given.elin, slot=early, person_id=given.elin.person_id)
        assert await lapses(given, offer)
        assert not await is_free_to(given, given.ruben, early)
        assert await book_ticket(given.house, by=given.elin, ticket=ticket.ref, slot=early)


@pytest.mark.parametrize("what", ["later", "role", "locked", "hidden", "digital"])
async def test_only_who_would_gain_and_may_have_it_is_asked(given: Cast, what: str) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "role": {"role": "physician"},
        "locked": {"booking_for": ["x"]},
        "hidden": {"patient_sees": False},
        "digital": {"contact": "digital"},
    }
    plain = kinds.get(what, {})
    (wished,) = await times(given, first=moment(96))
    (other,) = await times(given, first=moment(120 if what == "later" else 48), **plain)
    ref = await booked(given, given.ruben, wished)
    await wish(given.house, by=given.ruben, ref=ref)
    assert await freed(given, other) is None


async def test_nobody_is_offered_a_time_when_they_are_elsewhere(given: Cast) -> None:
    (wished,), (other,) = await times(given, first=moment(96)), await times(given, first=moment(48))
    (same_hour,) = await times(given, unit=given.strandgatan, first=moment(48))
    ref = await booked(given, given.ruben, wished)
    await wish(given.house, by=given.ruben, ref=ref)
    second = await booking_ticket(given, given.ruben, reason="sore_throat")
    await book_ticket(given.house, by=given.ruben, ticket=second.ref, slot=same_hour)
    assert await freed(given, other) is None


async def test_a_time_that_begins_too_soon_to_answer_is_free_for_all(given: Cast) -> None:
    early, holder, _line = await a_line(given, 1)
    with clock.at(moment(48) - timedelta(minutes=74)):
        await cancel(given.house, by=given.ruben, ref=holder, reason="")
        assert await freed(given, early) is None
        assert (await now_is(given, early)).held_until is None


async def test_nobody_gets_back_what_they_left_themselves(given: Cast) -> None:
    early, late = await times(given, 2, first=moment(48))
    ref = await booked(given, given.ruben, early)
    await wish(given.house, by=given.ruben, ref=ref)
    await rebook(given.house, by=given.ruben, ref=ref, slot=late)
    assert await freed(given, early) is None


async def test_whoever_moves_or_leaves_answers_by_that(given: Cast) -> None:
    early, holder, line = await a_line(given, 3)
    (elsewhere,) = await times(given, first=moment(72))
    await cancel(given.house, by=given.ruben, ref=holder, reason="")
    assert (await freed(given, early)) is not None
    # The first books another time by themselves, the second cancels: the offer goes on each time.
    await rebook(given.house, by=line[0][0], ref=line[0][1], slot=elsewhere)
    offer = await freed(given, early)
    assert offer is not None
    assert offer.ref == line[1][1]
    await cancel(given.house, by=line[1][0], ref=line[1][1], reason="")
    offer = await freed(given, early)
    assert offer is not None
    assert offer.ref == line[2][1]
    # What is offered can be taken as any other time by the one who is offered it, and by nobody else.
    other = await booking_ticket(given, given.elin)
    with pytest.raises(SlotTaken):
        await book_ticket(given.house, by=given.elin, ticket=other.ref, slot=early)
    made = await rebook(given.house, by=line[2][0], ref=line[2][1], slot=early)
    assert made.slot == early
    states = await fetch(
        given, "SELECT state FROM slot_offer WHERE slot_id = $1 ORDER BY offer_id", early.slot_id
    )
    assert [row["state"] for row in states] == ["declined", "declined", "taken"]


async def test_wished_again_one_keeps_ones_place_and_unwished_one_leaves(given: Cast) -> None:
    early, holder, line = await a_line(given, 2)
    with clock.at(moment(1)):
        await wish(given.house, by=line[0][0], ref=line[0][1])
    await unwish(given.house, by=line[1][0], ref=line[1][1])
    await cancel(given.house, by=given.ruben, ref=holder, reason="")
    offer = await freed(given, early)
    assert offer is not None
    assert offer.ref == line[0][1]
    await decline_offer(given.house, by=line[0][0], ref=line[0][1])
    assert await freed(given, early) is None


async def test_who_may_wish_and_answer(given: Cast) -> None:
    early, holder, line = await a_line(given, 1)
    by, ref = line[0]
    for verb in (wish, unwish, take_offer, decline_offer):
        for who, refusal in (
            (given.ruben, NotFound),
            (given.nora, NotFound),
            (given.olle, Forbidden),
            (given.astrid, Forbidden),
        ):
            with pytest.raises(refusal):
                await verb(given.house, by=who, ref=ref)
    for verb in (take_offer, decline_offer):
        with pytest.raises(WrongState):
            await verb(given.house, by=by, ref=ref)
    await cancel(given.house, by=given.ruben, ref=holder, reason="")
    assert await freed(given, early)
    assert (await take_offer(given.house, by=given.petra, ref=ref)).slot == early


async def test_a_case_that_somebody_works_with_is_not_passed_over(given: Cast) -> None:
    early, holder, line = await a_line(given, 2)
    await cancel(given.house, by=given.ruben, ref=holder, reason="")
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "SELECT 1 FROM care_case WHERE provider_id = $1 AND case_id = $2 FOR NO KEY UPDATE", *line[0][1]
        )
        assert await freed(given, early) is None
        assert not await is_free_to(given, given.elin, early)
    assert len(await jobs_of(given, "booking.offer_freed", f'"{early}"')) == 2
    offer = await freed(given, early)
    assert offer is not None
    assert offer.ref == line[0][1]


async def test_what_a_lost_job_would_have_offered_is_found(given: Cast) -> None:
    early, holder, line = await a_line(given, 2)
    await cancel(given.house, by=given.ruben, ref=holder, reason="")
    with clock.at(MONDAY + timedelta(minutes=3)):
        await sweep(given.house)
        assert len(await jobs_of(given, "booking.offer_freed", f'"{early}"')) == 2
        await offer_job(given.house, {"slot": str(early)})
        await offer_job(given.house, {"slot": str(early)})
    (offer,) = await fetch(given, "SELECT * FROM slot_offer WHERE slot_id = $1", early.slot_id)
    assert offer["case_id"] == line[0][1].case_id
    with clock.at(offer["until"] + timedelta(minutes=2)):
        await sweep(given.house)
        assert len(await jobs_of(given, "booking.offer_lapsed", f'"{line[0][1]}"')) == 2


async def test_many_times_at_once_go_to_as_many_in_the_order_they_waited(given: Cast) -> None:
    """Fairness: nobody who waited shorter is asked while somebody who waited longer could have been."""
    early = await times(given, 3, first=moment(48))
    line = []
    late = await times(given, 5, first=moment(96))
    for n, slot in enumerate(late):
        by = PatientActor(await a_person(given.database, f"Nr{n}", "Kö", date(1980, 1, 1)), f"Nr{n}")
        line.append((by, await booked(given, by, slot)))
    # They begin to wait in another order than they booked.
    order = [3, 0, 4, 1, 2]
    for place, n in enumerate(order):
        with clock.at(MONDAY + timedelta(minutes=place)):
            await wish(given.house, by=line[n][0], ref=line[n][1])
    offers = await asyncio.gather(*(freed(given, slot) for slot in early))
    asked = {offer.ref for offer in offers if offer is not None}
    for slot in early:
        if offer := await freed(given, slot):
            asked.add(offer.ref)
    assert asked == {line[n][1] for n in order[:3]}
    # One question at a time each.
    open_offers = await fetch(
        given,
        "SELECT count(*) AS all, count(DISTINCT case_id) AS cases FROM slot_offer WHERE state = 'offered' "
        "AND slot_id = ANY ($1::bigint[])",
        [one.slot_id for one in early],
    )
    assert tuple(open_offers[0]) == (3, 3)
