"""Durable jobs on PostgreSQL: promised in the caller's transaction, so that nothing is promised before the commit
and nothing is lost after it. Jobs carry ids only, re-read what they need, and may run twice.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeAlias

import msgspec
from pgqueuer.adapters.persistence import qb
from pgqueuer.db import AsyncpgDriver
from pgqueuer.domain.settings import DBSettings
from pgqueuer.queries import Queries

from vardlots.platform.db import Connection

SCHEMA = "jobs"

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
        execute_after=delay,
        dedupe_key=once,
        on_conflict="skip" if once else "raise",
    )
