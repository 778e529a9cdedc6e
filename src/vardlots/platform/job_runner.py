"""Carries out the durable jobs: takes them from the queue, tries again with longer and longer pauses, survives
kill -9 (a job whose heartbeat is old is taken anew) and a database that goes away.

A job that keeps failing is held, not deleted: `status = 'failed'` in `jobs.pgqueuer`, logged, and counted by the web
processes' metrics, which read the table (`platform/health.py`): a worker that is gone cannot tell of itself.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import asyncpg
import msgspec
import structlog
from pgqueuer import Job
from pgqueuer.core.executors import DatabaseRetryEntrypointExecutor
from pgqueuer.core.qm import QueueManager

from vardlots.platform import jobs
from vardlots.platform.db import APP_ROLE, NOBODY, Connection
from vardlots.platform.jobs import Handler

log = structlog.get_logger()

MOST_TRIES = 12  # with the pauses below: somewhat over half an hour
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
HEARTBEAT = timedelta(seconds=30)
AT_ONCE = 20
BATCH = 10
LATELY = 200  # jobs whose end may not have been written when the connection is lost, by far
OF_ONE_KIND = 8  # at once, of what does not go first: two slow kinds leave room for texts
LOOK_EVERY = timedelta(seconds=2)  # so long until a lost connection or a lost notice is noticed
RECONNECT_SECONDS = (0.2, 5.0)  # the pause doubles, and begins anew after a while without trouble
STEADY_SECONDS = 30.0


class JobFailed(Exception):
    """A job did not succeed. Holds the kind of fault only: what a fault says may name somebody."""


class JobRunner:
    """Runs every registered job against one house until told to stop."""

    def __init__(self, url: str, house: Any, *, heartbeat: timedelta = HEARTBEAT) -> None:
        self._url = url
        self._house = house
        self._heartbeat = heartbeat
        self._stop = asyncio.Event()
        self._manager: QueueManager | None = None
        self._done: deque[int] = deque(maxlen=LATELY)

    def stop(self) -> None:
        """Take no more jobs; those that go on are finished."""
        self._stop.set()
        if self._manager is not None:
            self._manager.shutdown.set()

    async def run(self) -> None:
        """Carry out jobs until `stop`, whatever happens to the database meanwhile."""
        logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)  # it would log what faults say
        pause = RECONNECT_SECONDS[0]
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                await self._connect_and_work()
            except Exception as fault:
                if time.monotonic() - began > STEADY_SECONDS:
                    pause = RECONNECT_SECONDS[0]
                log.warning("jobs_interrupted", fault=type(fault).__name__, again_in_seconds=pause)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), pause)
                pause = min(pause * 2, RECONNECT_SECONDS[1])

    async def _connect_and_work(self) -> None:
        # One connection: the library's first check of its ears must come after it has begun to listen.
        connection = await asyncpg.connect(
            self._url,
            command_timeout=30,
            server_settings={"role": APP_ROLE, "application_name": "vardlots-jobs", "timezone": "UTC"},
        )
        try:
            await self._work(connection)
        finally:
            connection.terminate()

    async def _work(self, connection: Connection) -> None:
        if self._manager is not None:
            await jobs.give_back(connection, self._manager.queue_manager_id, self._done)
        manager = self._manager = QueueManager(jobs.queries(connection))
        for name, handler in jobs.registered().items():
            most = 0 if jobs.goes_first(name) else OF_ONE_KIND
            manager.entrypoint(
                name, on_failure="hold", executor_factory=_with_retries, concurrency_limit=most
            )(partial(_carry_out, name, handler, self._house, self._done))
        if self._stop.is_set():
            return
        log.info("jobs_ready", jobs=len(jobs.registered()))
        await manager.run(
            dequeue_timeout=LOOK_EVERY,
            batch_size=BATCH,
            max_concurrent_tasks=AT_ONCE,
            shutdown_on_listener_failure=True,
            heartbeat_timeout=self._heartbeat,
        )


async def sweep(house: Any) -> None:
    """Say so when jobs are held, and keep the queue's log from growing for ever."""
    async with house.database.transaction(NOBODY) as connection:
        found = await jobs.backlog(connection)
        await jobs.sweep_log(connection)
    if found.held:
        log.error("jobs_held", jobs=found.held)


Retrying = DatabaseRetryEntrypointExecutor
_with_retries: Callable[[Any], Retrying] = partial(
    Retrying,
    max_attempts=MOST_TRIES,
    initial_delay=FIRST_PAUSE,
    max_delay=LONGEST_PAUSE,
)


async def _carry_out(name: str, handler: Handler, house: Any, done: deque[int], job: Job) -> None:
    """One try of one job, `done` when it succeeds. What went wrong is told by its kind only, to queue and log."""
    ids = {"job": name, "job_id": int(job.id), "tries": job.attempts}
    try:
        await handler(house, msgspec.json.decode(job.payload or b"{}"))
    except Exception as fault:
        kind = type(fault).__name__
        again = job.attempts < MOST_TRIES
        log.log(logging.WARNING if again else logging.ERROR, "job_failed", fault=kind, again=again, **ids)
        raise JobFailed(kind) from None
    done.append(int(job.id))
    log.debug("job_done", **ids)
