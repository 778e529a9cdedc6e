"""Schedules, and times opened by hand and by rule, on a real database."""

import asyncio
from datetime import date, time, timedelta
from typing import Any

import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import SystemActor
from vardlots.booking.schedules import actions, jobs
from vardlots.booking.schedules.model import Left, NewRule, Pattern, Schedule
from vardlots.booking.schedules.queries import rules_of, schedules_at
from vardlots.booking.schedules.tests.conftest import NOW
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, Invalid, NotFound, WrongState

TYPE = "nurse_visit"


async def slots(given: Cast, schedule: Schedule) -> list[str]:
    async with given.database.transaction(given.ylva.scope) as connection:
        rows = await connection.fetch(
            "SELECT starts_at, state FROM slot WHERE schedule_id = $1 ORDER BY starts_at, slot_id",
            schedule.schedule_id,
        )
    return [f"{clock.local(row['starts_at']):%d %H.%M} {row['state']}" for row in rows]


async def opened(given: Cast, schedule: Schedule, pattern: Pattern, by: Any = None) -> int:
    found = await actions.open_times(
        given.house,
        by=by or given.petra,
        schedule_id=schedule.schedule_id,
        time_type=TYPE,
        pattern=pattern,
    )
    return len(found.times)


async def test_times_are_opened_once_however_often_it_is_pressed(
    given: Cast, ylvas: Schedule, monday: Pattern
) -> None:
    assert await opened(given, ylvas, monday) == 4
    again = await actions.open_times(
        given.house, by=given.petra, schedule_id=ylvas.schedule_id, time_type=TYPE, pattern=monday
    )
    assert (len(again.times), again.left_by_reason()) == (0, {Left.OVERLAPS: 4})
    assert await slots(given, ylvas) == [f"23 {at} free" for at in ("08.00", "08.30", "09.00", "09.30")]


async def test_ten_who_open_the_same_times_at_once_open_them_once(
    given: Cast, ylvas: Schedule, monday: Pattern
) -> None:
    with clock.at(NOW):
        await asyncio.gather(*(opened(given, ylvas, monday) for _ in range(10)))
    assert len(await slots(given, ylvas)) == 4


async def test_nobody_has_times_in_two_schedules_at_once(
    given: Cast, ylvas: Schedule, monday: Pattern
) -> None:
    """Ylva also holds another role: her hour in one schedule is no hour in the other."""
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "INSERT INTO assignment (provider_id, staff_id, unit_id, role, hsa_id) VALUES ($1, $2, $3, 'nurse', $4)",
            *(given.ylva.provider_id, given.ylva.staff_id, given.strandgatan.unit_id),
            f"extra-{given.ylva.staff_id}",
        )
    other = await actions.add_schedule(
        given.house,
        by=given.olle,
        unit_id=given.strandgatan.unit_id,
        role="nurse",
        staff_id=given.ylva.staff_id,
    )
    assert await opened(given, ylvas, monday) == 4
    later = msgspec.structs.replace(monday, from_time=time(9, 45), to_time=time(11, 15))
    assert await opened(given, other, later, by=given.olle) == 2
    assert await slots(given, other) == ["23 10.15 free", "23 10.45 free"]


async def test_a_room_that_nobody_holds_stands_in_nobodys_way(
    given: Cast, ylvas: Schedule, monday: Pattern
) -> None:
    room = await actions.add_schedule(
        given.house, by=given.petra, unit_id=given.angsviken.unit_id, role="nurse", name="Rum 1"
    )
    assert await opened(given, room, monday) == 4
    assert await opened(given, ylvas, monday) == 4


async def test_who_may_open_times(given: Cast, ylvas: Schedule, monday: Pattern) -> None:
    for by in (given.ylva, given.hamid, given.petra, given.helga):
        await opened(given, ylvas, monday, by=by)
    with pytest.raises(Forbidden):
        await opened(given, ylvas, monday, by=given.siri)
    for by in (given.olle, given.nora, given.astrid):
        with pytest.raises(NotFound):
            await opened(given, ylvas, monday, by=by)


async def test_a_physician_opens_their_own_times(given: Cast, ylvas: Schedule, monday: Pattern) -> None:
    own = await actions.add_schedule(
        given.house,
        by=given.siri,
        unit_id=given.angsviken.unit_id,
        role="physician",
        staff_id=given.siri.staff_id,
    )
    found = await actions.open_times(
        given.house,
        by=given.siri,
        schedule_id=own.schedule_id,
        time_type="physician_visit",
        pattern=monday,
    )
    assert len(found.times) == 4
    with pytest.raises(Invalid) as refused:
        await opened(given, own, monday, by=given.siri)
    assert refused.value.field == "time_type"


async def test_a_schedule_is_somebodys_who_works_there_or_has_a_name(given: Cast, ylvas: Schedule) -> None:
    at = {"unit_id": given.angsviken.unit_id, "role": "nurse"}
    for field, whose in (
        ("staff", {"staff_id": given.olle.staff_id}),
        ("staff", {"staff_id": given.siri.staff_id}),
        ("name", {"name": " "}),
        ("name", {"name": "Rum 1", "staff_id": given.ylva.staff_id}),
    ):
        with pytest.raises(Invalid) as refused:
            await actions.add_schedule(given.house, by=given.petra, **at, **whose)  # type: ignore[arg-type]
        assert refused.value.field == field
    room = await actions.add_schedule(given.house, by=given.petra, **at, name="Rum 1")  # type: ignore[arg-type]
    same = await actions.add_schedule(given.house, by=given.petra, **at, name=" Rum  1 ")  # type: ignore[arg-type]
    assert (room.title, room.schedule_id) == ("Rum 1", same.schedule_id)
    async with given.database.transaction(given.nora.scope) as connection:
        assert not await schedules_at(connection, by=given.nora, unit_ids=[given.angsviken.unit_id])


def weekly(schedule: Schedule, **changed: Any) -> NewRule:
    pattern = Pattern(
        weekdays=frozenset({1, 3}),
        from_time=time(8),
        to_time=time(9),
        minutes=30,
        from_day=date(2026, 11, 19),
    )
    return NewRule(
        schedule_id=schedule.schedule_id,
        time_type=TYPE,
        pattern=msgspec.structs.replace(pattern, **changed),
        ahead_days=14,
    )


async def test_a_rule_opens_ahead_goes_on_by_itself_and_never_twice(given: Cast, ylvas: Schedule) -> None:
    given_now = await actions.add_rule(given.house, by=given.petra, new=weekly(ylvas))
    assert len(given_now.times) == 8, "the 23rd, 25th, 30th and the 2nd"
    async with given.database.transaction(given.ylva.scope) as connection:
        (rule,) = await rules_of(connection, provider_id=ylvas.provider_id, schedule_ids=[ylvas.schedule_id])
    assert rule.opened_through == date(2026, 12, 3)
    system = SystemActor(ylvas.provider_id, jobs.OPEN)
    assert await actions.open_by_rule(given.house, by=system, rule_id=rule.rule_id) == 0
    # A time that was taken away is not opened anew.
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "UPDATE slot SET state = 'removed' WHERE schedule_id = $1 AND starts_at < $2",
            ylvas.schedule_id,
            NOW + timedelta(days=5),
        )
    with clock.at(NOW + timedelta(days=5)):
        both = await asyncio.gather(
            *(actions.open_by_rule(given.house, by=system, rule_id=rule.rule_id) for _ in range(4))
        )
    assert sum(both) == 2, "Monday the 7th, once"
    assert len(await slots(given, ylvas)) == 10


async def test_the_nights_job_opens_what_the_days_have_come_to(given: Cast, ylvas: Schedule) -> None:
    await actions.add_rule(given.house, by=given.petra, new=weekly(ylvas))
    async with given.database.transaction(given.ylva.scope) as connection:
        (rule,) = await rules_of(connection, provider_id=ylvas.provider_id, schedule_ids=[ylvas.schedule_id])
    with clock.at(NOW + timedelta(days=7)):
        await jobs.sweep(given.house)
        await jobs.open_times(given.house, {"provider_id": ylvas.provider_id, "rule_id": rule.rule_id})
    assert len(await slots(given, ylvas)) == 12
    async with given.database.transaction(given.ylva.scope) as connection:
        promised = await connection.fetchval(
            "SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = $1 AND dedupe_key = $2",
            jobs.OPEN,
            f"open-times-{ylvas.provider_id}-{rule.rule_id}",
        )
    assert promised == 1


async def test_a_rule_that_ends_leaves_what_is_booked_and_takes_the_free_where_chosen(
    given: Cast, ylvas: Schedule
) -> None:
    await actions.add_rule(given.house, by=given.petra, new=weekly(ylvas))
    async with given.database.transaction(given.ylva.scope) as connection:
        (rule,) = await rules_of(connection, provider_id=ylvas.provider_id, schedule_ids=[ylvas.schedule_id])
        await connection.execute(
            "UPDATE slot SET state = 'taken' WHERE slot_id = (SELECT min(slot_id) FROM slot WHERE schedule_id = $1)",
            ylvas.schedule_id,
        )
    with pytest.raises(Forbidden):
        await actions.end_rule(given.house, by=given.siri, rule_id=rule.rule_id, remove_free=True)
    assert await actions.end_rule(given.house, by=given.petra, rule_id=rule.rule_id, remove_free=True) == 7
    with pytest.raises(WrongState):
        await actions.end_rule(given.house, by=given.petra, rule_id=rule.rule_id, remove_free=True)
    assert [slot for slot in await slots(given, ylvas) if "removed" not in slot] == ["23 08.00 taken"]
    system = SystemActor(ylvas.provider_id, jobs.OPEN)
    with clock.at(NOW + timedelta(days=20)):
        assert await actions.open_by_rule(given.house, by=system, rule_id=rule.rule_id) == 0
    with pytest.raises(WrongState):
        await actions.switch_off_schedule(given.house, by=given.petra, schedule_id=ylvas.schedule_id)


async def test_a_break_makes_two_rules(given: Cast, ylvas: Schedule) -> None:
    new = weekly(ylvas, to_time=time(11), pause=(time(9), time(10)))
    assert len((await actions.add_rule(given.house, by=given.petra, new=new)).times) == 16
    async with given.database.transaction(given.ylva.scope) as connection:
        found = await rules_of(connection, provider_id=ylvas.provider_id, schedule_ids=[ylvas.schedule_id])
    assert [(rule.from_time, rule.to_time) for rule in found] == [(time(8), time(9)), (time(10), time(11))]


async def test_another_provider_and_a_schedule_that_is_off_get_nothing(
    given: Cast, ylvas: Schedule, monday: Pattern
) -> None:
    async with given.database.transaction(given.nora.scope) as connection:
        assert not await connection.fetchval(
            "SELECT count(*) FROM schedule_rule WHERE schedule_id = $1", ylvas.schedule_id
        )
    await actions.switch_off_schedule(given.house, by=given.petra, schedule_id=ylvas.schedule_id)
    with pytest.raises(WrongState):
        await opened(given, ylvas, monday)
