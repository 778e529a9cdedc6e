"""What may be used once is used once, whichever process gets it."""

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import Cast

from vardlots.access.actions import spend
from vardlots.access.jobs import sweep
from vardlots.access.sessions import Limits, Sessions, staff_actor
from vardlots.cases.turn import House
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Database
from vardlots.platform.live import Hub

MINUTE = timedelta(minutes=1)


async def test_two_processes_share_what_has_been_spent(database: Database, database_url: str) -> None:
    other = await Database.connect(database_url, most=2)
    try:
        mark = f"state {clock.now().isoformat()}"
        assert await spend(database, by="test", mark=mark, lasts=MINUTE)
        assert not await spend(other, by="test", mark=mark, lasts=MINUTE)
        with clock.shifted(2 * MINUTE):
            assert await spend(other, by="test", mark=mark, lasts=MINUTE)
    finally:
        await other.close()


async def test_of_many_at_once_one_gets_it(database: Database) -> None:
    import asyncio

    mark = f"race {clock.now().isoformat()}"
    tried = await asyncio.gather(*(spend(database, by="test", mark=mark, lasts=MINUTE) for _ in range(8)))
    assert sorted(tried) == [False] * 7 + [True]


async def test_what_is_too_old_to_matter_is_swept(database: Database) -> None:
    mark = f"old {clock.now().isoformat()}"
    await spend(database, by="test", mark=mark, lasts=MINUTE)

    async def kept() -> int:
        async with database.transaction(NOBODY) as connection:
            return int(await connection.fetchval("SELECT count(*) FROM spent"))

    assert await kept() > 0
    with clock.shifted(timedelta(days=1)):
        await sweep(House(database, Hub()))
    assert await kept() == 0


async def test_an_open_shift_gives_no_role_whose_assignment_has_been_withdrawn(given: Cast) -> None:
    """Petra, an administrator, has worked as a nurse; that assignment ends while the shift is open."""
    petra = given.petra
    today = clock.today()
    async with given.database.transaction(NOBODY) as connection:
        own: Any = await connection.fetchval(
            "SELECT assignment_id FROM assignment WHERE staff_id = $1", petra.staff_id
        )
        nurse = await connection.fetchval(
            "INSERT INTO assignment (provider_id, staff_id, unit_id, role, hsa_id) VALUES ($1, $2, $3, 'nurse', $4) "
            "RETURNING assignment_id",
            petra.provider_id,
            petra.staff_id,
            given.angsviken.unit_id,
            f"SE-petra-nurse-{petra.staff_id}",
        )
        await connection.execute(
            "INSERT INTO shift (provider_id, staff_id, unit_id, role, shift_type, started_at) "
            "VALUES ($1, $2, $3, 'nurse', 'primary', $4)",
            petra.provider_id,
            petra.staff_id,
            given.angsviken.unit_id,
            clock.now(),
        )
        actor = await staff_actor(connection, staff_id=petra.staff_id, assignment_id=own)
        assert actor is not None
        assert (actor.role, actor.clinical) == ("nurse", True)
        await connection.execute(
            "UPDATE assignment SET valid_to = $2 WHERE assignment_id = $1", nurse, today - timedelta(days=1)
        )
        actor = await staff_actor(connection, staff_id=petra.staff_id, assignment_id=own)
    assert actor is not None
    assert (actor.role, actor.clinical) == ("medical_admin", False)


async def test_a_session_that_ends_while_it_is_looked_up_is_not_kept(
    given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = Sessions(
        given.database, given.house.hub, Limits(idle=timedelta(hours=1), absolute=timedelta(hours=8))
    )
    token = await sessions.open_for_patient(person_id=given.ruben.person_id, acr="test")
    look_up = sessions._look_up

    async def slowly(*values: Any, **named: Any) -> Any:
        found = await look_up(*values, **named)
        monkeypatch.undo()
        await sessions.end(token, why="signed_out")
        return found

    monkeypatch.setattr(sessions, "_look_up", slowly)
    await sessions.actor(token)
    assert await sessions.actor(token) is None
