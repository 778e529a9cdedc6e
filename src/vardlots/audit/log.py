"""The access log: who did what with whose data, at which unit, when and why (HSLF-FS 2016:40 ch. 4).

Writes are logged in their own transaction. Reads are collected: many pages' rows become durable in one commit,
and each page waits for the commit that holds its row before it is sent. The product never reads the log to decide.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import msgspec
import structlog

from vardlots.access.actor import Actor, StaffActor
from vardlots.platform import clock
from vardlots.platform.db import Connection, Database

log = structlog.get_logger()

_COLUMNS = "provider_id, at, actor_kind, actor_id, actor_name, unit_id, person_id, case_id, action, reason"
_INSERT_MANY = f"""
INSERT INTO access_log ({_COLUMNS})
SELECT * FROM unnest($1::int[], $2::timestamptz[], $3::text[], $4::bigint[], $5::text[], $6::int[], $7::bigint[],
                     $8::bigint[], $9::text[], $10::text[])
"""


class Access(msgspec.Struct, frozen=True):
    """One row of the log: an action on one patient's data (or on a list, with no person)."""

    provider_id: int
    at: datetime
    actor_kind: str
    actor_id: int
    actor_name: str
    unit_id: int | None
    person_id: int | None
    case_id: int | None
    action: str
    reason: str | None


def access(
    by: Actor,
    action: str,
    *,
    provider_id: int,
    person_id: int | None = None,
    case_id: int | None = None,
    reason: str | None = None,
) -> Access:
    """The log row for one action by an actor."""
    return Access(
        provider_id=provider_id,
        at=clock.now(),
        actor_kind=by.kind,
        actor_id=by.actor_id,
        actor_name=by.name,
        unit_id=by.unit_id if isinstance(by, StaffActor) else None,
        person_id=person_id,
        case_id=case_id,
        action=action,
        reason=reason,
    )


async def write(connection: Connection, rows: Sequence[Access]) -> None:
    """Write log rows in the caller's transaction."""
    await connection.execute(_INSERT_MANY, *_columns(rows))


def _columns(rows: Sequence[Access]) -> list[list[object]]:
    return [list(column) for column in zip(*(msgspec.structs.astuple(row) for row in rows), strict=True)]


class ReadLog:
    """Collects the log rows of pages that are read, and commits them many at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Sequence[Access], asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def record(self, *rows: Access) -> None:
        """Return when the rows are durable. Raises what the database raised if they could not be kept."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        await done

    async def _write_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await self._database.write_alone(
                    _INSERT_MANY, *_columns([row for rows, _ in batch for row in rows])
                )
            except Exception as fault:
                log.error("access_log_failed", fault=type(fault).__name__, rows=len(batch))
                for _, done in batch:
                    if not done.done():
                        done.set_exception(fault)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)
