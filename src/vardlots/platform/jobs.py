"""Durable jobs on PostgreSQL: promised in the caller's transaction, so that nothing is promised before the commit
and nothing is lost after it. Jobs carry ids only, re-read what they need, and may run twice.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeAlias
from uuid import UUID

import msgspec
from pgqueuer.adapters.persistence import qb
from pgqueuer.db import AsyncpgDriver
from pgqueuer.domain.settings import DBSettings
from pgqueuer.queries import Queries

from vardlots.platform.db import Connection

SCHEMA = "jobs"
LOG_KEPT = timedelta(days=30)
LOG_SWEPT_AT_ONCE = 5_000
# Somebody waits for a text to reach a phone; what else waits in the queue comes after, however long it has waited.
FIRST = ("notifications.",)
FIRST_PRIORITY = 10

Handler: TypeAlias = Callable[[Any, dict[str, Any]], Awaitable[None]]
_handlers: dict[str, Handler] = {}


def job(name: str) -> Callable[[Handler], Handler]:
    """Register the handler of a job; `name` is `subject.verb`. The handler gets the worker's house and the payload."""

    def register(handler: Handler) -> Handler:
        if name in _handlers:
            raise ValueError(f"two jobs are named {name}")
        _handlers[name] = handler
        return handler

    return register


def registered() -> Mapping[str, Handler]:
    """All handlers by name."""
    return _handlers


@cache
def _builders() -> dict[str, Any]:
    settings = DBSettings(db_schema=SCHEMA)
    return {
        "qbe": qb.QueryBuilderEnvironment(settings=settings),
        "qbq": qb.QueryQueueBuilder(settings=settings),
        "qbs": qb.QuerySchedulerBuilder(settings=settings),
    }


def queries(connection: Connection) -> Queries:
    """The queue as seen through one connection."""
    return Queries(AsyncpgDriver(connection), **_builders())


class _OurConnection(AsyncpgDriver):
    """The library writes JSON as text; our connections turn values into JSON themselves and would do it twice."""

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        *before, headers = args
        assert isinstance(headers, list)
        return await super().fetch(query, *before, [msgspec.json.decode(text) for text in headers])


def goes_first(name: str) -> bool:
    """Whether jobs of the name are taken before others."""
    return name.startswith(FIRST)


async def enqueue(
    connection: Connection,
    name: str,
    payload: dict[str, Any],
    *,
    at: datetime | None = None,
    once: str | None = None,
) -> None:
    """Promise a job in the caller's transaction.

    `at` is the earliest moment (aware); `once` is a key: while a job with the same key waits, no second is added.
    """
    delay = max(at - datetime.now(UTC), timedelta(0)) if at else None
    await Queries(_OurConnection(connection), **_builders()).enqueue(
        name,
        msgspec.json.encode(payload),
        priority=FIRST_PRIORITY if goes_first(name) else 0,
        execute_after=delay,
        dedupe_key=once,
        on_conflict="skip" if once else "raise",
    )


class Backlog(msgspec.Struct, frozen=True):
    """How the queue stands, as everybody can read it: `held` failed for good and wait for a person, `waiting` could be
    carried out now, the oldest of them for so many seconds."""

    held: int
    waiting: int
    oldest_seconds: float


async def backlog(connection: Connection) -> Backlog:
    """The figures of what waits and what is held, whether a worker lives or not."""
    row = await connection.fetchrow(
        f"SELECT (SELECT count(*) FROM {SCHEMA}.pgqueuer WHERE status = 'failed') AS held, count(*) AS waiting, "
        "coalesce(extract(epoch FROM now() - min(execute_after)), 0)::float8 AS oldest_seconds "
        f"FROM {SCHEMA}.pgqueuer WHERE status = 'queued' AND execute_after <= now()"
    )
    return Backlog(**row)


async def give_back(connection: Connection, manager: UUID, done: Iterable[int]) -> None:
    """What a manager of this process had taken when it was interrupted waits again at once.

    `done` are jobs that it had carried out, and perhaps had not been able to say so: they are over. Others take what
    somebody has let go of too, but only when its heartbeat has been silent for long enough.
    """
    await connection.execute(
        f"DELETE FROM {SCHEMA}.pgqueuer WHERE status = 'picked' AND queue_manager_id = $1 AND id = ANY ($2::bigint[])",
        manager,
        list(done),
    )
    await connection.execute(
        f"UPDATE {SCHEMA}.pgqueuer SET status = 'queued', queue_manager_id = NULL, slot = NULL, updated = now() "
        "WHERE status = 'picked' AND queue_manager_id = $1",
        manager,
    )


async def sweep_log(connection: Connection) -> int:
    """Remove the oldest rows of the queue's own log, which it never does itself. Returns how many."""
    gone = await connection.fetch(
        f"DELETE FROM {SCHEMA}.pgqueuer_log WHERE id IN (SELECT id FROM ("
        f"SELECT id, created FROM {SCHEMA}.pgqueuer_log ORDER BY id LIMIT $2) oldest "
        "WHERE created < now() - $1::interval) RETURNING 1",
        LOG_KEPT,
        LOG_SWEPT_AT_ONCE,
    )
    return len(gone)
