"""The brake on how often one session may do a thing."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from tests.database import product_url

from vardlots.platform import clock
from vardlots.platform.db import Database
from vardlots.platform.errors import TooMany
from vardlots.platform.limits import Limit, SharedLimit, forget_tried


def test_a_session_may_do_so_many_in_a_while_and_again_when_the_while_has_passed() -> None:
    now = [0.0]
    limit = Limit(2, 10, watch=lambda: now[0])
    limit.take(1)
    now[0] = 4.0
    limit.take(1)
    with pytest.raises(TooMany):
        limit.take(1)
    now[0] = 10.0
    limit.take(1)
    with pytest.raises(TooMany):
        limit.take(1)


def test_one_session_does_not_use_up_anothers() -> None:
    limit = Limit(1, 10, watch=lambda: 0.0)
    limit.take(1)
    limit.take(2)
    with pytest.raises(TooMany):
        limit.take(1)


def test_a_refused_try_does_not_lengthen_the_wait() -> None:
    now = [0.0]
    limit = Limit(1, 10, watch=lambda: now[0])
    limit.take(1)
    for moment in (1.0, 5.0, 9.9):
        now[0] = moment
        with pytest.raises(TooMany):
            limit.take(1)
    now[0] = 10.0
    limit.take(1)


async def refused(limit: SharedLimit, database: Database, who: str = "1") -> bool:
    """Whether one more is too many."""
    try:
        await limit.take(database, who)
    except TooMany:
        return True
    return False


async def test_every_process_counts_the_same(database: Database, database_url: str) -> None:
    what = uuid4().hex
    other = await Database.connect(product_url(database_url), least=1, most=4)
    try:
        here, there = SharedLimit(what, 10, 600), SharedLimit(what, 10, 600)
        told = await asyncio.gather(
            *(refused(limit, at) for _ in range(10) for limit, at in ((here, database), (there, other)))
        )
        assert sum(told) == 10
        # A process that starts now has counted nothing itself.
        assert await refused(SharedLimit(what, 10, 600), other)
        assert not await refused(here, database, "2")
        assert not await refused(SharedLimit(uuid4().hex, 10, 600), database)
    finally:
        await other.close()


async def test_a_new_time_begins_when_the_first_is_over_and_nothing_refused_counts(
    database: Database,
) -> None:
    limit, now = SharedLimit(uuid4().hex, 2, 60), clock.now()
    for after, told in ((0, [False, False, True, True]), (59, [True]), (60, [False, False, True])):
        with clock.at(now + timedelta(seconds=after)):
            assert [await refused(limit, database) for _ in told] == told


async def test_a_clock_that_goes_back_locks_nobody_out(database: Database) -> None:
    limit, now = SharedLimit(uuid4().hex, 1, 60), clock.now()
    with clock.at(now):
        assert [await refused(limit, database) for _ in range(2)] == [False, True]
    with clock.at(now - timedelta(hours=1)):
        assert [await refused(limit, database) for _ in range(2)] == [False, True]


async def test_what_is_over_is_forgotten(database: Database) -> None:
    limit, what = SharedLimit(uuid4().hex, 1, 60), uuid4().hex
    await limit.take(database, what)
    with clock.at(clock.now() + timedelta(seconds=61)):
        await forget_tried(database)
    count = await database.pool.fetchval("SELECT count(*) FROM tried WHERE who = $1", what)
    assert count == 0


async def test_counting_is_not_logged(database_url: str) -> None:
    owner = await asyncpg.connect(database_url)
    kind = await owner.fetchval("SELECT relpersistence::text FROM pg_class WHERE relname = 'tried'")
    await owner.close()
    assert kind == "u"
