"""Times that are opened are offered as freed ones are: to one at a time, in the line's order, one time each."""

import asyncio
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.cast import Cast
from tests.cast import _person as a_person

from vardlots.access.actor import PatientActor, SystemActor
from vardlots.booking import queries
from vardlots.booking.actions import book_ticket, hold
from vardlots.booking.earlier.actions import offer_opened, wish
from vardlots.booking.holds.actions import Times
from vardlots.booking.jobs import offer_opened as opened_job
from vardlots.booking.model import SlotRef, sought_by_ticket
from vardlots.booking.schedules import actions as schedules
from vardlots.booking.schedules.days.actions import cancel_days, lift_closed
from vardlots.booking.schedules.model import NewRule, Pattern, Schedule
from vardlots.booking.schedules.queries import closed_at
from vardlots.booking.schedules.times import actions as one_time
from vardlots.booking.tests.calendar import booking_ticket, fetch, jobs_of, now_is, times
from vardlots.cases.model import CaseRef
from vardlots.platform import clock

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Stockholm"))
THURSDAY = date(2026, 11, 26)
# From eight to ten, half hours.
PATTERN = Pattern(
    weekdays=frozenset({4}),
    from_time=time(8),
    to_time=time(10),
    minutes=30,
    from_day=THURSDAY,
    to_day=THURSDAY,
)


@pytest.fixture(autouse=True)
def _on_a_monday() -> Iterator[None]:
    with clock.at(NOW):
        yield


async def a_room(given: Cast, name: str = "Rum 7") -> Schedule:
    return await schedules.add_schedule(
        given.house, by=given.petra, unit_id=given.angsviken.unit_id, role="nurse", name=name
    )


async def a_line(given: Cast, count: int) -> list[CaseRef]:
    """So many who have a time in a fortnight and wish for an earlier, in that order."""
    late = await times(given, count, first=NOW + timedelta(days=14))
    line = []
    for n, slot in enumerate(late):
        by = PatientActor(await a_person(given.database, f"Nr{n}", "Kö", date(1980, 1, 1)), f"Nr{n}")
        ticket = await booking_ticket(given, by)
        case = await book_ticket(given.house, by=by, ticket=ticket.ref, slot=slot)
        with clock.at(NOW + timedelta(seconds=n)):
            await wish(given.house, by=by, ref=case.ref)
        line.append(case.ref)
    return line


async def open_by_hand(given: Cast, room: Schedule) -> None:
    await schedules.open_times(
        given.house, by=given.petra, schedule_id=room.schedule_id, time_type="nurse_visit", pattern=PATTERN
    )


async def numbers(given: Cast, room: Schedule) -> list[SlotRef]:
    rows = await fetch(
        given,
        "SELECT provider_id, slot_id FROM slot WHERE schedule_id = $1 AND state <> 'removed' ORDER BY starts_at",
        room.schedule_id,
    )
    return [SlotRef(*row) for row in rows]


async def promised(given: Cast) -> int:
    return len(await jobs_of(given, "booking.offer_opened", f'"unit_id":{given.angsviken.unit_id}'))


async def carry_out(given: Cast) -> int:
    by = SystemActor(given.ylva.provider_id, "booking.offer_opened")
    return await offer_opened(given.house, by=by, unit_id=given.angsviken.unit_id)


async def offers(given: Cast) -> list[tuple[int, int]]:
    """What is offered, by when it begins: the time and the case."""
    rows = await fetch(
        given,
        "SELECT o.slot_id, o.case_id FROM slot_offer o JOIN slot s USING (provider_id, slot_id) "
        "WHERE o.state = 'offered' AND s.unit_id = $1 ORDER BY s.starts_at",
        given.angsviken.unit_id,
    )
    return [tuple(row) for row in rows]


async def seen(given: Cast, room: Schedule) -> list[SlotRef]:
    """Which of the room's times Elin finds, who waits in no line."""
    ticket = await booking_ticket(given, given.elin)
    async with given.database.transaction(given.elin.scope) as connection:
        found = await queries.free_times(connection, sought=sought_by_ticket(ticket))
    return [one.ref for one in found if one.schedule_id == room.schedule_id]


async def test_each_in_line_is_asked_about_one_and_the_rest_is_everybodys(given: Cast) -> None:
    line, room = await a_line(given, 2), await a_room(given)
    await open_by_hand(given, room)
    first, second, *rest = await numbers(given, room)
    assert await promised(given) == 1
    assert await seen(given, room) == []
    assert await carry_out(given) == 2
    assert await offers(given) == [(first.slot_id, line[0].case_id), (second.slot_id, line[1].case_id)]
    assert await seen(given, room) == rest
    # Run once more it asks nobody anew.
    assert await carry_out(given) == 0
    for ref in line:
        assert len(await jobs_of(given, "notifications.earlier_offer", f'"{ref}"')) == 1


async def test_where_nobody_waits_they_are_free_at_once(given: Cast) -> None:
    room = await a_room(given)
    await open_by_hand(given, room)
    assert await promised(given) == 0
    assert await seen(given, room) == await numbers(given, room)


async def test_what_nobody_in_line_could_have_is_free_at_once(given: Cast) -> None:
    """Whoever waits has a time before those that are opened."""
    await a_line(given, 1)
    room = await a_room(given)
    later = PATTERN.__class__(
        weekdays=PATTERN.weekdays,
        from_time=PATTERN.from_time,
        to_time=PATTERN.to_time,
        minutes=30,
        from_day=THURSDAY + timedelta(days=21),
        to_day=THURSDAY + timedelta(days=21),
    )
    await schedules.open_times(
        given.house, by=given.petra, schedule_id=room.schedule_id, time_type="nurse_visit", pattern=later
    )
    assert await promised(given) == 0
    assert len(await seen(given, room)) == 4


async def test_a_rule_opens_them_to_the_line(given: Cast) -> None:
    (ref,), room = await a_line(given, 1), await a_room(given)
    new = NewRule(schedule_id=room.schedule_id, time_type="nurse_visit", pattern=PATTERN, ahead_days=14)
    await schedules.add_rule(given.house, by=given.petra, new=new)
    first, *rest = await numbers(given, room)
    assert await promised(given) == 1
    await carry_out(given)
    assert await offers(given) == [(first.slot_id, ref.case_id)]
    assert await seen(given, room) == rest


async def test_unblocked_and_moved_times_go_to_the_line(given: Cast) -> None:
    room, other = await a_room(given), await a_room(given, "Rum 8")
    await open_by_hand(given, room)
    first, second, *_ = await numbers(given, room)
    line = await a_line(given, 2)
    await one_time.block_time(given.house, by=given.petra, slot_id=first.slot_id, why="Möte")
    assert await promised(given) == 0
    await one_time.unblock_time(given.house, by=given.petra, slot_id=first.slot_id)
    assert await promised(given) == 1
    assert first not in await seen(given, room)
    assert await carry_out(given) == 1
    to = datetime(2026, 11, 27, 8, 0, tzinfo=ZoneInfo("Europe/Stockholm"))
    await one_time.move_time(
        given.house, by=given.petra, slot_id=second.slot_id, schedule_id=other.schedule_id, starts_at=to
    )
    assert await promised(given) == 2
    assert await carry_out(given) == 1
    assert await offers(given) == [(first.slot_id, line[0].case_id), (second.slot_id, line[1].case_id)]


async def test_days_that_are_open_again_go_to_the_line(given: Cast) -> None:
    room = await a_room(given)
    new = NewRule(schedule_id=room.schedule_id, time_type="nurse_visit", pattern=PATTERN, ahead_days=14)
    await schedules.add_rule(given.house, by=given.petra, new=new)
    ids = [room.schedule_id]
    await cancel_days(
        given.house, by=given.petra, schedule_ids=ids, first=THURSDAY, last=THURSDAY, why="Stängt", text=""
    )
    async with given.database.transaction(given.petra.scope) as connection:
        (closed,) = await closed_at(
            connection, provider_id=room.provider_id, schedule_ids=ids, first=THURSDAY, last=THURSDAY
        )
    await a_line(given, 1)
    await lift_closed(given.house, by=given.petra, closed_id=closed.closed_id)
    assert await promised(given) == 1
    assert await carry_out(given) == 1


async def test_a_booked_visit_that_is_moved_gets_its_time_though_others_wait(given: Cast) -> None:
    """The time is opened for the one who is moved there: the line is not asked about it."""
    room = await a_room(given)
    await open_by_hand(given, room)
    first, *_ = await numbers(given, room)
    ticket = await booking_ticket(given, given.ruben)
    case = await book_ticket(given.house, by=given.ruben, ticket=ticket.ref, slot=first)
    await a_line(given, 1)
    to = datetime(2026, 11, 27, 8, 0, tzinfo=ZoneInfo("Europe/Stockholm"))
    moved = await one_time.move_booked(
        given.house, by=given.petra, slot_id=first.slot_id, schedule_id=room.schedule_id, starts_at=to
    )
    assert moved == case.ref
    assert await promised(given) == 0


@pytest.mark.slow
async def test_thousands_at_once_are_one_job_and_one_text_each(given: Cast) -> None:
    line, room = await a_line(given, 3), await a_room(given)
    many = Pattern(
        weekdays=frozenset(range(1, 8)),
        from_time=time(0),
        to_time=time(23),
        minutes=5,
        from_day=date(2026, 11, 24),
        to_day=date(2026, 11, 30),
        on_holidays=True,
    )
    await schedules.open_times(
        given.house, by=given.petra, schedule_id=room.schedule_id, time_type="nurse_visit", pattern=many
    )
    assert len(await numbers(given, room)) > 1_900
    assert await promised(given) == 1
    assert await carry_out(given) == 3
    assert len(await seen(given, room)) > 1_900 - 3
    texts = await jobs_of(given, "notifications.earlier_offer", '"ref"')
    assert len([one for one in texts if one["ref"] in {str(ref) for ref in line}]) == 3


async def test_run_twice_at_once_nobody_is_asked_about_two(given: Cast) -> None:
    line, room = await a_line(given, 2), await a_room(given)
    await open_by_hand(given, room)
    await asyncio.gather(carry_out(given), carry_out(given))
    # Whoever was busy for the other run is asked at the next look.
    await carry_out(given)
    asked = [case_id for _, case_id in await offers(given)]
    assert sorted(asked) == [ref.case_id for ref in line]


async def test_whoever_is_busy_just_now_is_waited_for(given: Cast) -> None:
    (ref,), room = await a_line(given, 1), await a_room(given)
    await open_by_hand(given, room)
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute("SELECT 1 FROM care_case WHERE case_id = $1 FOR UPDATE", ref.case_id)
        assert await carry_out(given) == 0
    assert await seen(given, room) == []
    assert await promised(given) == 2
    payload = {"provider_id": given.ylva.provider_id, "unit_id": given.angsviken.unit_id}
    await opened_job(given.house, payload)
    assert [case_id for _, case_id in await offers(given)] == [ref.case_id]


async def test_what_is_hidden_anew_is_kept_for_nobody(given: Cast) -> None:
    """Somebody's minutes to choose are over: their row does not stay beside a time that waits for the line."""
    (slot,) = await times(given, first=NOW + timedelta(days=3))
    await booking_ticket(given, given.elin)
    await hold(given.house, by=given.elin, slot=slot, person_id=given.elin.person_id)
    found = await now_is(given, slot)
    assert found.held_until is not None
    with clock.at(found.held_until + timedelta(seconds=1)):
        async with given.database.transaction(given.ylva.scope) as connection:
            await Times(connection).hide(found)
    left = await fetch(given, "SELECT 1 FROM slot_hold WHERE slot_id = $1", slot.slot_id)
    assert left == []
