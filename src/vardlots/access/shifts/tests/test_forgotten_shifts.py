"""Forgotten shifts: seen, reminded of once, closed by the system, and asked about afterwards."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given as example
from hypothesis import strategies as st
from tests.cast import Cast

from vardlots.access.actions import end_shift, start_shift
from vardlots.access.actor import StaffActor, SystemActor
from vardlots.access.shifts.actions import close_forgotten, remind, set_load_balancer, tell_afterwards
from vardlots.access.shifts.jobs import sweep
from vardlots.access.shifts.queries import closed_by_system
from vardlots.access.shifts.rules import CLOSE_KEY, REMIND_KEY, rules_from
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import WrongState


@example(st.none() | st.integers(-5, 100) | st.text() | st.booleans(), st.none() | st.integers(-5, 100))
def test_the_closing_never_comes_before_the_reminder(remind_hours: Any, close_hours: Any) -> None:
    rules = rules_from({REMIND_KEY: remind_hours, CLOSE_KEY: close_hours})
    assert timedelta(0) < rules.remind_after < rules.close_after


async def begun(given: Cast, by: StaffActor, hours_ago: float, *, balanced: bool = False) -> int:
    with clock.at(clock.now() - timedelta(hours=hours_ago)):
        return await start_shift(
            given.database,
            by=by,
            unit_id=by.unit_id,
            role=by.role,
            shift_type="primary",
            load_balancer=balanced,
        )


def system(given: Cast) -> SystemActor:
    return SystemActor(given.angsviken.provider_id, "access.shifts")


async def row(given: Cast, shift_id: int) -> Any:
    async with given.database.transaction(NOBODY) as connection:
        return await connection.fetchrow("SELECT * FROM shift WHERE shift_id = $1", shift_id)


async def reminders(given: Cast, shift_id: int) -> int:
    async with given.database.transaction(NOBODY) as connection:
        rows = await connection.fetch(
            "SELECT payload FROM jobs.pgqueuer WHERE entrypoint = 'notifications.shift_forgotten'"
        )
    return sum(msgspec.json.decode(one["payload"])["shift_id"] == shift_id for one in rows)


async def test_a_shift_is_reminded_of_once_and_closed_later(given: Cast) -> None:
    long, short = await begun(given, given.ylva, 12), await begun(given, given.hamid, 11.9)
    await sweep(given.house)
    await sweep(given.house)
    assert (await row(given, long))["reminded_at"] is not None
    assert (await row(given, short))["reminded_at"] is None
    assert (await reminders(given, long), await reminders(given, short)) == (1, 0)
    assert (await row(given, long))["ended_at"] is None
    with clock.shifted(timedelta(hours=4)):
        await sweep(given.house)
        closed = await row(given, long)
        assert (closed["ended_by"], closed["ended_at"]) == ("system", closed["ended_at"])
        assert closed["ended_at"] is not None
        assert (await row(given, short))["ended_at"] is None


async def test_its_owner_is_told_in_the_page_that_is_open(given: Cast) -> None:
    await begun(given, given.ylva, 13)
    heard = given.house.hub.subscribe([f"staff:{given.ylva.staff_id}"])
    await remind(given.database, given.house.hub, by=system(given))
    assert f"staff:{given.ylva.staff_id}" in heard.pending


async def test_a_providers_own_hours(given: Cast) -> None:
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE provider SET settings = $2 WHERE provider_id = $1",
            given.angsviken.provider_id,
            {REMIND_KEY: 24, CLOSE_KEY: 30},
        )
    shift_id = await begun(given, given.ylva, 20)
    await sweep(given.house)
    assert (await row(given, shift_id))["reminded_at"] is None
    with clock.shifted(timedelta(hours=10)):
        await sweep(given.house)
    assert (await row(given, shift_id))["ended_by"] == "system"


async def test_closed_by_the_system_and_by_hand_at_once_ends_once(given: Cast) -> None:
    shift_id = await begun(given, given.ylva, 20)
    closed, ended = await asyncio.gather(
        close_forgotten(given.database, given.house.hub, by=system(given)),
        end_shift(given.database, by=given.ylva, satisfied=True),
    )
    assert (len([one for one in closed if one.shift_id == shift_id]), ended) in ((1, False), (0, True))


async def test_how_it_was_is_told_afterwards_once_and_by_its_owner(given: Cast) -> None:
    shift_id = await begun(given, given.ylva, 20)
    await sweep(given.house)

    async def asked(by: StaffActor) -> bool:
        async with given.database.transaction(by.scope) as connection:
            return await closed_by_system(connection, by.staff_id) is not None

    assert await asked(given.ylva)
    assert not await asked(given.hamid)
    told: dict[str, Any] = {"shift_id": shift_id, "satisfied": False, "comment": "Lång natt."}
    assert not await tell_afterwards(given.database, by=given.hamid, **told)
    assert await tell_afterwards(given.database, by=given.ylva, **told)
    assert not await tell_afterwards(given.database, by=given.ylva, **told)
    assert not await asked(given.ylva)
    assert (await row(given, shift_id))["comment"] == "Lång natt."


async def test_the_switch_is_of_the_open_shift_and_wakes_the_balancer(given: Cast) -> None:
    with pytest.raises(WrongState):
        await set_load_balancer(given.database, given.house.hub, by=given.ylva, on=True)
    shift_id = await begun(given, given.ylva, 1)
    await set_load_balancer(given.database, given.house.hub, by=given.ylva, on=True)
    assert (await row(given, shift_id))["load_balancer"]
    async with given.database.transaction(NOBODY) as connection:
        rows = await connection.fetch("SELECT payload FROM jobs.pgqueuer WHERE entrypoint = 'cases.balance'")
    assert {"provider_id": given.ylva.provider_id, "unit_id": given.ylva.unit_id, "role": "nurse"} in [
        msgspec.json.decode(one["payload"]) for one in rows
    ]
    await set_load_balancer(given.database, given.house.hub, by=given.ylva, on=False)
    assert not (await row(given, shift_id))["load_balancer"]
