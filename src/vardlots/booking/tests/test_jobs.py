"""The jobs of booked times: staff hear of what nobody began; what was begun is put in order; twice is as once."""

from datetime import timedelta

from tests.cast import Cast

from vardlots.booking import queries
from vardlots.booking.actions import book_ticket, cancel, rebook
from vardlots.booking.jobs import not_started, settle_booking, sweep
from vardlots.booking.tests.calendar import booking_ticket, fetch, jobs_of, now_is, times
from vardlots.cases.actions import accept, start
from vardlots.cases.model import CaseRef
from vardlots.platform import clock


async def a_visit(given: Cast, count: int = 1) -> tuple[CaseRef, dict[str, object]]:
    """A booked visit, and what its job carries."""
    slots = await times(given, count)
    ticket = await booking_ticket(given, given.ruben)
    case = await book_ticket(given.house, by=given.ruben, ticket=ticket.ref, slot=slots[0])
    async with given.database.transaction(given.ruben.scope) as connection:
        found = await queries.appointment_of(connection, case.ref)
    assert found is not None
    return case.ref, {"ref": str(case.ref), "appointment_id": found.appointment_id}


async def told(given: Cast, ref: CaseRef) -> int:
    return len(await jobs_of(given, "notifications.not_started", f'"{ref}"'))


async def test_staff_hear_of_a_visit_that_nobody_began(given: Cast) -> None:
    ref, payload = await a_visit(given)
    await not_started(given.house, payload)
    assert await told(given, ref) == 0
    with clock.shifted(timedelta(hours=49)):
        await not_started(given.house, payload)
    assert await told(given, ref) == 1


async def test_not_of_one_that_somebody_takes_or_that_is_another_day(given: Cast) -> None:
    ref, payload = await a_visit(given, 2)
    (later,) = await times(given, first=clock.now() + timedelta(hours=80))
    await rebook(given.house, by=given.ruben, ref=ref, slot=later)
    with clock.shifted(timedelta(hours=49)):
        await not_started(given.house, payload)
    assert await told(given, ref) == 0
    with clock.shifted(timedelta(hours=82)):
        await accept(given.house, by=given.ylva, ref=ref)
        both = await jobs_of(given, "booking.not_started", f'"{ref}"')
        (promised,) = [one for one in both if one["appointment_id"] != payload["appointment_id"]]
        await not_started(given.house, promised)
    assert await told(given, ref) == 0


async def test_a_visit_that_was_begun_has_been_come_to(given: Cast) -> None:
    ref, _ = await a_visit(given)
    with clock.shifted(timedelta(hours=48, minutes=1)):
        await accept(given.house, by=given.ylva, ref=ref)
        await sweep(given.house)
        assert await jobs_of(given, "booking.settle", f'"{ref}"') == []
        await start(given.house, by=given.ylva, ref=ref, welcome="Hej.")
        await sweep(given.house)
        await sweep(given.house)
        (promised,) = await jobs_of(given, "booking.settle", f'"{ref}"')
        await settle_booking(given.house, promised)
        await settle_booking(given.house, promised)
    rows = await fetch(given, "SELECT state FROM appointment WHERE case_id = $1", ref.case_id)
    assert [row["state"] for row in rows] == ["attended"]
    logged = await fetch(
        given, "SELECT 1 FROM access_log WHERE case_id = $1 AND action = 'settle_booking'", ref.case_id
    )
    assert len(logged) == 1


async def test_the_sweep_frees_nothing_that_holds(given: Cast) -> None:
    ref, _ = await a_visit(given, 2)
    await sweep(given.house)
    async with given.database.transaction(given.ruben.scope) as connection:
        found = await queries.appointment_of(connection, ref)
    assert found is not None
    assert (await now_is(given, found.slot)).state == "taken"
    await cancel(given.house, by=given.ruben, ref=ref, reason="")
    await sweep(given.house)
    assert (await now_is(given, found.slot)).state == "free"
