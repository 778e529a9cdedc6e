"""A booked visit that ends before its time: the time is free in the same transaction, and goes to whoever waits."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from tests.cast import Cast

from vardlots.access.actor import SystemActor
from vardlots.booking import queries
from vardlots.booking.actions import book_ticket, cancel
from vardlots.booking.changes.actions import settle
from vardlots.booking.earlier.actions import offer_freed, wish
from vardlots.booking.jobs import sweep
from vardlots.booking.model import Appointment, AppointmentState, SlotRef, SlotState
from vardlots.booking.tests.calendar import at, booking_ticket, fetch, folds, jobs_of, now_is, times
from vardlots.cases.actions import accept, end, release, start
from vardlots.cases.model import CaseRef
from vardlots.platform import clock
from vardlots.platform.errors import Refusal


async def accepted(given: Cast, slot: SlotRef) -> CaseRef:
    """Ruben's booked visit, that Ylva has taken before its time."""
    ticket = await booking_ticket(given, given.ruben)
    case = await book_ticket(given.house, by=given.ruben, ticket=ticket.ref, slot=slot)
    await accept(given.house, by=given.ylva, ref=case.ref)
    return case.ref


async def time_of(given: Cast, ref: CaseRef) -> Appointment:
    async with given.database.transaction(given.ylva.scope) as connection:
        found = await queries.appointment_of(connection, ref)
    assert found is not None
    return found


@pytest.mark.parametrize("begun", [False, True])
async def test_ended_before_its_time_the_time_is_free(given: Cast, begun: bool) -> None:
    (slot,) = await times(given)
    ref = await accepted(given, slot)
    if begun:
        await start(given.house, by=given.ylva, ref=ref, welcome="Hej.")
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=0)
    assert (await now_is(given, slot)).state is SlotState.FREE
    assert (await time_of(given, ref)).state is AppointmentState.CANCELLED
    assert await folds(given, ref)
    # Somebody else has it now, and the sweep takes nothing from them.
    ticket = await booking_ticket(given, given.elin)
    await book_ticket(given.house, by=given.elin, ticket=ticket.ref, slot=slot)
    await sweep(given.house)
    assert await jobs_of(given, "booking.settle", f'"{ref}"') == []


async def test_it_is_offered_to_whoever_waits(given: Cast) -> None:
    (early,) = await times(given)
    (late,) = await times(given, first=at(96))
    ref = await accepted(given, early)
    ticket = await booking_ticket(given, given.elin)
    waits = await book_ticket(given.house, by=given.elin, ticket=ticket.ref, slot=late)
    await wish(given.house, by=given.elin, ref=waits.ref)
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=0)
    assert await jobs_of(given, "booking.offer_freed", f'"{early}"')
    by = SystemActor(early.provider_id, "booking.offer_freed")
    offer = await offer_freed(given.house, by=by, slot=early)
    assert offer is not None
    assert offer.ref == waits.ref


async def test_what_has_begun_stays_as_it_was(given: Cast) -> None:
    (slot,) = await times(given)
    ref = await accepted(given, slot)
    with clock.shifted(timedelta(hours=48, minutes=1)):
        await start(given.house, by=given.ylva, ref=ref, welcome="Hej.")
        await end(given.house, by=given.ylva, ref=ref, follow_up_days=0)
        assert (await now_is(given, slot)).state is SlotState.TAKEN
        assert (await time_of(given, ref)).state is AppointmentState.BOOKED
        assert await settle(given.house, by=SystemActor(ref.provider_id, "booking.settle"), ref=ref)
    assert (await time_of(given, ref)).state is AppointmentState.ATTENDED
    assert (await now_is(given, slot)).state is SlotState.TAKEN


async def test_the_end_and_the_time_stand_or_fall_together(
    given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    (slot,) = await times(given)
    ref = await accepted(given, slot)

    async def fails(*_: object, **__: object) -> None:
        raise asyncpg.PostgresError("no times")

    with monkeypatch.context() as patched:
        patched.setattr("vardlots.booking.holds.actions.Times.give_back", fails)
        with pytest.raises(asyncpg.PostgresError):
            await end(given.house, by=given.ylva, ref=ref, follow_up_days=0)
    (row,) = await fetch(given, "SELECT phase FROM care_case WHERE case_id = $1", ref.case_id)
    assert row["phase"] == "accepted"
    assert (await time_of(given, ref)).state is AppointmentState.BOOKED
    assert (await now_is(given, slot)).state is SlotState.TAKEN


async def test_ended_and_cancelled_at_once_it_is_freed_once(given: Cast) -> None:
    (slot,) = await times(given)
    ref = await accepted(given, slot)
    both = await asyncio.gather(
        end(given.house, by=given.ylva, ref=ref, follow_up_days=0),
        cancel(given.house, by=given.ylva, ref=ref, reason="Dubbelt."),
        return_exceptions=True,
    )
    assert [isinstance(one, Refusal) for one in both].count(True) == 1, both
    assert (await now_is(given, slot)).state is SlotState.FREE
    assert (await time_of(given, ref)).state is AppointmentState.CANCELLED


async def test_begun_early_and_put_back_in_the_queue_its_time_is_free_too(given: Cast) -> None:
    """It waits as any other does from then on: nobody comes at the time."""
    (slot,) = await times(given)
    ref = await accepted(given, slot)
    await start(given.house, by=given.ylva, ref=ref, welcome="Hej.")
    await release(given.house, by=given.ylva, ref=ref)
    assert await settle(given.house, by=SystemActor(ref.provider_id, "booking.settle"), ref=ref)
    assert (await now_is(given, slot)).state is SlotState.FREE
    assert (await time_of(given, ref)).state is AppointmentState.CANCELLED


async def test_the_sweep_frees_what_ended_before_this_was_so(given: Cast) -> None:
    (slot,) = await times(given)
    ref = await accepted(given, slot)
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "UPDATE care_case SET phase = 'closed', ended_at = $3 WHERE provider_id = $1 AND case_id = $2",
            *ref,
            clock.now(),
        )
    await sweep(given.house)
    (promised,) = await jobs_of(given, "booking.settle", f'"{ref}"')
    assert promised["ref"] == str(ref)
    assert await settle(given.house, by=SystemActor(ref.provider_id, "booking.settle"), ref=ref)
    assert (await now_is(given, slot)).state is SlotState.FREE
