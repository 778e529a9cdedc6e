"""The runner of jobs: carries out, tries again, holds what cannot be done, survives a database that goes away."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
import structlog

from vardlots.platform import job_runner, jobs
from vardlots.platform.db import NOBODY, Database

Run = Callable[[str, Callable[..., Awaitable[None]]], Awaitable[None]]


async def until(holds: Callable[[], Awaitable[bool]] | Callable[[], bool], seconds: float = 15) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(seconds):
        while True:
            found = holds()
            if (await found) if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.05)


@pytest.fixture
def only_my_jobs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A registry that holds this test's jobs alone."""
    mine: dict[str, Any] = {}
    monkeypatch.setattr(jobs, "_handlers", mine)
    return mine


@pytest_asyncio.fixture(loop_scope="session")
async def pool(fresh_database_url: str) -> AsyncIterator[Database]:
    opened = await Database.connect(fresh_database_url, most=4)
    yield opened
    await opened.close()


async def running(url: str) -> tuple[job_runner.JobRunner, asyncio.Task[None]]:
    runner = job_runner.JobRunner(url, {"house": "mine"})
    return runner, asyncio.create_task(runner.run())


async def promise(pool: Database, name: str, **payload: Any) -> None:
    async with pool.transaction(NOBODY) as connection:
        await jobs.enqueue(connection, name, payload)


async def test_a_promised_job_is_carried_out_once_with_house_and_payload(
    pool: Database, fresh_database_url: str, only_my_jobs: dict[str, Any]
) -> None:
    got: list[Any] = []

    @jobs.job("test.note")
    async def note(house: Any, payload: dict[str, Any]) -> None:
        got.append((house, payload))

    runner, task = await running(fresh_database_url)
    await promise(pool, "test.note", ref="1-42")
    await until(lambda: len(got) == 1)
    await asyncio.sleep(0.3)
    runner.stop()
    await asyncio.wait_for(task, 5)
    assert got == [({"house": "mine"}, {"ref": "1-42"})]


async def test_a_job_that_fails_is_tried_again_and_then_held_without_saying_what_was_in_it(
    pool: Database, fresh_database_url: str, only_my_jobs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from functools import partial

    quick = partial(
        job_runner.Retrying,
        max_attempts=2,
        initial_delay=job_runner.FIRST_PAUSE / 20,
        max_delay=job_runner.FIRST_PAUSE / 10,
    )
    monkeypatch.setattr(job_runner, "_with_retries", quick)
    tries: list[int] = []

    @jobs.job("test.fails")
    async def fails(house: Any, payload: dict[str, Any]) -> None:
        tries.append(1)
        raise ValueError("Elin Sjöqvarn 19890512-2381")

    runner, task = await running(fresh_database_url)
    await promise(pool, "test.fails")

    async def held() -> bool:
        async with pool.transaction(NOBODY) as connection:
            return bool(
                await connection.fetchval("SELECT count(*) FROM jobs.pgqueuer WHERE status = 'failed'")
            )

    await until(held)
    runner.stop()
    await asyncio.wait_for(task, 5)
    assert len(tries) == 3
    async with pool.transaction(NOBODY) as connection:
        told = await connection.fetch(
            "SELECT traceback::text AS t FROM jobs.pgqueuer_log WHERE traceback IS NOT NULL"
        )
    assert told
    assert all("ValueError" in row["t"] and "Elin" not in row["t"] and "2381" not in row["t"] for row in told)


@pytest.mark.slow
async def test_jobs_go_on_when_the_database_has_been_away(
    pool: Database, fresh_database_url: str, only_my_jobs: dict[str, Any]
) -> None:
    got: list[Any] = []

    @jobs.job("test.again")
    async def again(house: Any, payload: dict[str, Any]) -> None:
        got.append(payload["n"])

    runner, task = await running(fresh_database_url)
    await promise(pool, "test.again", n=1)
    await until(lambda: got == [1])
    owner = await asyncpg.connect(fresh_database_url)
    await owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vardlots-jobs'"
    )
    await owner.close()
    await promise(pool, "test.again", n=2)
    await until(lambda: got == [1, 2], 30)
    runner.stop()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)


@pytest.mark.slow
@pytest.mark.timeout(40)
async def test_a_runner_with_nothing_to_do_is_not_interrupted(
    pool: Database, fresh_database_url: str, only_my_jobs: dict[str, Any]
) -> None:
    """The library looks after its ears every ten seconds."""

    @jobs.job("test.rare")
    async def rare(house: Any, payload: dict[str, Any]) -> None:
        return None

    with structlog.testing.capture_logs() as told:
        runner, task = await running(fresh_database_url)
        await asyncio.sleep(23)
        runner.stop()
        await asyncio.wait_for(task, 5)
    assert [one["event"] for one in told] == ["jobs_ready"]


async def test_a_job_of_a_worker_that_was_killed_is_done_by_another(
    pool: Database, fresh_database_url: str, only_my_jobs: dict[str, Any]
) -> None:
    done = asyncio.Event()

    @jobs.job("test.orphan")
    async def orphan(house: Any, payload: dict[str, Any]) -> None:
        done.set()

    await promise(pool, "test.orphan")
    owner = await asyncpg.connect(fresh_database_url)
    # As a worker leaves it that was killed a minute ago.
    await owner.execute(
        "UPDATE jobs.pgqueuer SET status = 'picked', queue_manager_id = $1, heartbeat = now() - interval '1 minute'",
        uuid.uuid4(),
    )
    await owner.close()
    runner, task = await running(fresh_database_url)
    await asyncio.wait_for(done.wait(), 15)
    runner.stop()
    await asyncio.wait_for(task, 5)


@pytest.mark.slow
async def test_a_text_waits_for_no_lot_of_slow_jobs(
    pool: Database, fresh_database_url: str, only_my_jobs: dict[str, Any]
) -> None:
    done: list[str] = []

    def slow(name: str) -> None:
        @jobs.job(name)
        async def works(house: Any, payload: dict[str, Any]) -> None:
            await asyncio.sleep(4)
            done.append(name)

    slow("exports.test")
    slow("cases.test")

    @jobs.job("notifications.test")
    async def text(house: Any, payload: dict[str, Any]) -> None:
        done.append("text")

    runner, task = await running(fresh_database_url)
    async with pool.transaction(NOBODY) as connection:
        for _ in range(15):
            await jobs.enqueue(connection, "exports.test", {})
            await jobs.enqueue(connection, "cases.test", {})
    await asyncio.sleep(1)
    await promise(pool, "notifications.test")
    await until(lambda: bool(done), 3)
    assert done == ["text"]
    runner.stop()
    await asyncio.wait_for(task, 15)


async def test_a_text_is_taken_before_what_came_earlier(
    pool: Database, fresh_database_url: str, only_my_jobs: dict[str, Any]
) -> None:
    got: list[str] = []
    for name in ("cases.test", "notifications.test"):

        @jobs.job(name)
        async def works(house: Any, payload: dict[str, Any], name: str = name) -> None:
            got.append(name)

        await promise(pool, "cases.test")
    await promise(pool, "notifications.test")
    runner, task = await running(fresh_database_url)
    await until(lambda: len(got) == 3)
    assert got[0] == "notifications.test"
    runner.stop()
    await asyncio.wait_for(task, 5)


@pytest.mark.slow
async def test_a_job_that_ends_while_the_database_is_away_is_over(
    pool: Database, fresh_database_url: str, only_my_jobs: dict[str, Any]
) -> None:
    """Its end could not be written. It is not done once more when its heartbeat has grown old."""
    begun: list[int] = []
    cut = asyncio.Event()

    @jobs.job("test.cut")
    async def works(house: Any, payload: dict[str, Any]) -> None:
        begun.append(1)
        await cut.wait()

    async def nothing_waits() -> bool:
        async with pool.transaction(NOBODY) as connection:
            return not await connection.fetchval("SELECT count(*) FROM jobs.pgqueuer")

    runner, task = await running(fresh_database_url)
    await promise(pool, "test.cut")
    await until(lambda: len(begun) == 1)
    owner = await asyncpg.connect(fresh_database_url)
    await owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vardlots-jobs'"
    )
    await owner.close()
    cut.set()
    await until(nothing_waits, 25)
    assert begun == [1]
    runner.stop()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)


async def test_what_was_taken_and_not_begun_waits_again_at_once(
    pool: Database, fresh_database_url: str
) -> None:
    manager, other = uuid.uuid4(), uuid.uuid4()
    for _ in range(3):
        await promise(pool, "test.taken")
    async with pool.transaction(NOBODY) as connection:
        ids = [row["id"] for row in await connection.fetch("SELECT id FROM jobs.pgqueuer ORDER BY id")]
        for job_id, whose in zip(ids, (manager, manager, other), strict=True):
            await connection.execute(
                "UPDATE jobs.pgqueuer SET status = 'picked', queue_manager_id = $2, heartbeat = now() WHERE id = $1",
                job_id,
                whose,
            )
        await jobs.give_back(connection, manager, [ids[0], ids[2]])
        left = await connection.fetch("SELECT id, status::text AS status FROM jobs.pgqueuer ORDER BY id")
    assert [tuple(row) for row in left] == [(ids[1], "queued"), (ids[2], "picked")]
