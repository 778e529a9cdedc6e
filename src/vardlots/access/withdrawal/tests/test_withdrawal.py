"""A commission that is withdrawn, or runs out: sessions, streams and the shift end with it, in every process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.cast import Cast, Unit

from vardlots.access.actions import start_shift
from vardlots.access.actor import StaffActor, SystemActor
from vardlots.access.jobs import sweep
from vardlots.access.sessions import Limits, Sessions
from vardlots.access.withdrawal.actions import end_what_has_run_out, end_what_was_withdrawn
from vardlots.cases.turn import House
from vardlots.clinics.changes.actions import Author, Withdrawn, end_assignment
from vardlots.configuration.actions import Change, save
from vardlots.configuration.staffing import ASSIGNMENT
from vardlots.platform import clock
from vardlots.platform.bus import PostgresBus
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import Forbidden
from vardlots.platform.live import Hub

LIMITS = Limits(idle=timedelta(hours=1), absolute=timedelta(hours=12))


@asynccontextmanager
async def process(given: Cast, database_url: str) -> AsyncIterator[Sessions]:
    """What one process has of sessions and signals."""
    hub = Hub()
    bus = PostgresBus(database_url, hub)
    hub.bus = bus
    await bus.start()
    try:
        yield Sessions(given.database, hub, LIMITS)
    finally:
        await bus.close()


async def assignment_of(given: Cast, actor: StaffActor, unit: Unit | None = None, role: str = "") -> Any:
    async with given.database.transaction(NOBODY) as connection:
        return await connection.fetchrow(
            "SELECT assignment_id, hsa_id FROM assignment WHERE staff_id = $1 AND unit_id = $2 AND role = $3",
            actor.staff_id,
            (unit or Unit(0, actor.unit_id, "")).unit_id,
            role or actor.role,
        )


async def also_works_at(given: Cast, actor: StaffActor, unit: Unit, role: str = "nurse") -> int:
    async with given.database.transaction(NOBODY) as connection:
        return int(
            await connection.fetchval(
                "INSERT INTO assignment (provider_id, staff_id, unit_id, role, hsa_id) VALUES ($1, $2, $3, $4, $5) "
                "RETURNING assignment_id",
                unit.provider_id,
                actor.staff_id,
                unit.unit_id,
                role,
                f"SE0000000000-X{actor.staff_id}{unit.unit_id}{role}",
            )
        )


async def opened(sessions: Sessions, actor: StaffActor, assignment_id: int) -> tuple[str, StaffActor]:
    token = await sessions.open_for_staff(staff_id=actor.staff_id, assignment_id=assignment_id, acr="test")
    found = await sessions.actor(token)
    assert isinstance(found, StaffActor)
    return token, found


async def shift_of(given: Cast, actor: StaffActor) -> Any:
    async with given.database.transaction(NOBODY) as connection:
        return await connection.fetchrow(
            "SELECT ended_at, ended_by FROM shift WHERE staff_id = $1 ORDER BY shift_id DESC", actor.staff_id
        )


async def withdraw(given: Cast, hub: Hub, key: str) -> None:
    await save(
        given.database,
        hub,
        by=given.astrid,
        kind=ASSIGNMENT,
        changes=[Change(key=key, body=None, base_version=0)],
        reason="Slutar",
    )


async def soon(check: Any) -> bool:
    for _ in range(60):
        if await check():
            return True
        await asyncio.sleep(0.05)
    return False


@pytest.mark.slow
async def test_an_administrator_withdraws_it_and_it_ends_everywhere_at_once(
    given: Cast, database_url: str
) -> None:
    async with process(given, database_url) as here, process(given, database_url) as there:
        olle, hamid = await assignment_of(given, given.olle), await assignment_of(given, given.hamid)
        token, actor = await opened(here, given.olle, olle["assignment_id"])
        elsewhere, other = await opened(there, given.olle, olle["assignment_id"])
        untouched, _ = await opened(there, given.hamid, hamid["assignment_id"])
        await start_shift(
            given.database,
            by=given.olle,
            unit_id=given.olle.unit_id,
            role="nurse",
            shift_type="primary",
        )
        near = here.hub.subscribe([f"session:{actor.session_id}"])
        far = there.hub.subscribe([f"session:{other.session_id}"])
        await withdraw(given, here.hub, olle["hsa_id"])
        # Both had been kept in their processes a moment ago.
        assert await here.actor(token) is None
        assert f"session:{actor.session_id}" in near.pending
        assert await far.take(3) == {f"session:{other.session_id}": 0}
        assert await there.actor(elsewhere) is None
        assert await there.actor(untouched) is not None
        assert (await shift_of(given, given.olle))["ended_by"] == "system"


async def test_whoever_has_another_keeps_it_and_reaches_less(given: Cast) -> None:
    sessions = Sessions(given.database, given.house.hub, LIMITS)
    second = await also_works_at(given, given.ylva, given.strandgatan)
    first = await assignment_of(given, given.ylva)
    token, actor = await opened(sessions, given.ylva, first["assignment_id"])
    gone, _ = await opened(sessions, given.ylva, second)
    assert actor.unit_ids == {given.angsviken.unit_id, given.strandgatan.unit_id}
    await start_shift(
        given.database,
        by=actor,
        unit_id=given.angsviken.unit_id,
        role="nurse",
        shift_type="primary",
    )
    stream = given.house.hub.subscribe([f"session:{actor.session_id}"])
    withdrawn = await assignment_of(given, given.ylva, given.strandgatan)
    await withdraw(given, given.house.hub, withdrawn["hsa_id"])
    assert await sessions.actor(gone) is None
    left = await sessions.actor(token)
    assert isinstance(left, StaffActor)
    assert left.unit_ids == {given.angsviken.unit_id}
    # Its streams are opened anew, with what is left.
    assert stream.pending
    # The shift was at the other unit, and goes on.
    assert (await shift_of(given, given.ylva))["ended_at"] is None


async def test_a_shift_where_it_was_withdrawn_ends_though_the_session_goes_on(given: Cast) -> None:
    sessions = Sessions(given.database, given.house.hub, LIMITS)
    await also_works_at(given, given.petra, given.angsviken, "nurse")
    own = await assignment_of(given, given.petra)
    token, _ = await opened(sessions, given.petra, own["assignment_id"])
    await start_shift(
        given.database,
        by=given.petra,
        unit_id=given.angsviken.unit_id,
        role="nurse",
        shift_type="primary",
    )
    sessions.forget((await sessions.actor(token)).session_id)  # type: ignore[union-attr]
    working = await sessions.actor(token)
    assert isinstance(working, StaffActor)
    assert working.clinical
    nurse = await assignment_of(given, given.petra, given.angsviken, "nurse")
    await withdraw(given, given.house.hub, nurse["hsa_id"])
    left = await sessions.actor(token)
    assert isinstance(left, StaffActor)
    assert (left.role, left.clinical) == ("medical_admin", False)
    assert (await shift_of(given, given.petra))["ended_by"] == "system"


async def test_what_is_rolled_back_ends_nothing(given: Cast) -> None:
    sessions = Sessions(given.database, given.house.hub, LIMITS)
    found = await assignment_of(given, given.olle)
    token, actor = await opened(sessions, given.olle, found["assignment_id"])
    told: list[Any] = []

    class Broken(Exception):
        """Something else in the same transaction."""

    async def broken() -> None:
        async with given.database.transaction(given.astrid.scope) as connection:
            gone = Withdrawn(found["assignment_id"], actor.staff_id, actor.unit_id, actor.role)
            by = SystemActor(given.astrid.provider_id, "test")
            told.extend(await end_what_was_withdrawn(connection, by=by, withdrawn=gone))
            raise Broken

    with pytest.raises(Broken):
        await broken()
    assert told
    sessions.forget(actor.session_id)
    assert await sessions.actor(token) is not None


async def test_no_shift_slips_in_while_the_commission_is_being_withdrawn(given: Cast) -> None:
    """Whoever starts a shift at that moment waits for the row, and is told that there is no commission."""
    found = await assignment_of(given, given.olle)

    async def begin() -> int:
        return await start_shift(
            given.database,
            by=given.olle,
            unit_id=given.olle.unit_id,
            role="nurse",
            shift_type="primary",
        )

    async with given.database.transaction(given.astrid.scope) as connection:
        author = Author(given.astrid.provider_id, given.astrid.staff_id)
        gone = await end_assignment(connection, by=author, hsa_id=found["hsa_id"])
        assert gone is not None
        system = SystemActor(given.astrid.provider_id, "test")
        await end_what_was_withdrawn(connection, by=system, withdrawn=gone)
        beginning = asyncio.create_task(begin())
        await asyncio.sleep(0.2)
        assert not beginning.done()
    with pytest.raises(Forbidden):
        await beginning
    assert await shift_of(given, given.olle) is None


async def test_of_many_shifts_begun_while_it_is_withdrawn_none_stays_open(given: Cast) -> None:
    found = await assignment_of(given, given.olle)

    async def begin() -> None:
        for _ in range(6):
            try:
                await start_shift(
                    given.database,
                    by=given.olle,
                    unit_id=given.olle.unit_id,
                    role="nurse",
                    shift_type="primary",
                )
            except Exception:
                await asyncio.sleep(0)

    await asyncio.gather(begin(), begin(), withdraw(given, given.house.hub, found["hsa_id"]), begin())
    shift = await shift_of(given, given.olle)
    assert shift is None or shift["ended_by"] == "system"


def next_midnight() -> datetime:
    begins = clock.local(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    return begins + timedelta(days=1)


async def test_what_runs_out_at_midnight_is_swept_away_with_its_shift_and_streams(given: Cast) -> None:
    sessions = Sessions(given.database, given.house.hub, LIMITS)
    midnight = next_midnight()
    olle, hamid = await assignment_of(given, given.olle), await assignment_of(given, given.hamid)
    with clock.at(midnight - timedelta(minutes=10)):
        token, actor = await opened(sessions, given.olle, olle["assignment_id"])
        other, _ = await opened(sessions, given.hamid, hamid["assignment_id"])
        for one in (given.olle, given.hamid):
            await start_shift(given.database, by=one, unit_id=one.unit_id, role="nurse", shift_type="primary")
        async with given.database.transaction(NOBODY) as connection:
            await connection.execute(
                "UPDATE assignment SET valid_to = $2 WHERE staff_id = $1", given.olle.staff_id, clock.today()
            )
    stream = given.house.hub.subscribe([f"session:{actor.session_id}", f"staff:{actor.staff_id}"])
    with clock.at(midnight - timedelta(seconds=1)):
        await sweep(House(given.database, given.house.hub))
        assert not stream.pending
    with clock.at(midnight + timedelta(seconds=1)):
        # Twice, as by two workers: the second finds nothing.
        assert await end_what_has_run_out(given.database, hub=given.house.hub, by="test") >= 2
        assert await end_what_has_run_out(given.database, hub=given.house.hub, by="test") == 0
        assert set(stream.pending) == {f"session:{actor.session_id}", f"staff:{actor.staff_id}"}
        assert await sessions.actor(token) is None
        assert await sessions.actor(other) is not None
    assert (await shift_of(given, given.olle))["ended_by"] == "system"
    assert (await shift_of(given, given.hamid))["ended_at"] is None
