"""What is configured and in force, kept in the process: pages read it at every request, and it seldom changes.

A saved change drops what is kept, here at once and in the other processes by signal (`config:<provider>`); a signal
that is lost costs half a minute. A version whose day comes is in force from that moment everywhere.
"""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import structlog

from vardlots.configuration import queries
from vardlots.configuration.kinds import kinds
from vardlots.configuration.model import Kind
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.live import Hub, Signal

log = structlog.get_logger()

KEPT_SECONDS = 30.0
Shape = TypeVar("Shape", bound=msgspec.Struct)


class _Kept(msgspec.Struct):
    until: float
    next_start: datetime | None
    by_kind: dict[str, dict[str, Any]]


_kept: dict[int, _Kept] = {}
_drops = 0


def forget(provider_id: int | None = None) -> None:
    """Read anew at the next question: one provider's, or everybody's."""
    global _drops
    _drops += 1
    if provider_id is None:
        _kept.clear()
    else:
        _kept.pop(provider_id, None)


def listen(hub: Hub) -> None:
    """Drop what is kept whenever a change is told of."""
    hub.watch("config", _on_signal)


def _on_signal(signal: Signal) -> None:
    forget(int(signal.topic.partition(":")[2]))


async def saved(
    connection: Connection, provider_id: int, kind: Kind, shape: type[Shape]
) -> Mapping[str, Shape]:
    """What has been saved of a kind and is in force, by key; what stands from the start is not among it.

    `shape` is the kind's own, named again for the type checker.
    """
    assert shape is kind.shape
    known = await _book(connection, provider_id)
    return known.by_kind.get(kind.code, {})


async def removed(connection: Connection, provider_id: int, kind: Kind) -> frozenset[str]:
    """The keys of a kind that have been removed, for those who must hide what stands from the start."""
    known = await _book(connection, provider_id)
    return frozenset(known.by_kind.get(f"-{kind.code}", {}))


async def _book(connection: Connection, provider_id: int) -> _Kept:
    now = clock.now()
    kept = _kept.get(provider_id)
    if (
        kept is not None
        and time.monotonic() < kept.until
        and (kept.next_start is None or now < kept.next_start)
    ):
        return kept
    drops = _drops
    read = await _read(connection, provider_id, now)
    # What was dropped while it was read is not kept as if it were fresh.
    if drops == _drops:
        _kept[provider_id] = read
    return read


async def _read(connection: Connection, provider_id: int, now: datetime) -> _Kept:
    by_kind: dict[str, dict[str, Any]] = {}
    for one in await queries.in_force(connection, provider_id, now):
        kind = kinds().get(one.kind)
        if kind is None:
            continue
        if one.removed:
            by_kind.setdefault(f"-{one.kind}", {})[one.key] = True
            continue
        try:
            by_kind.setdefault(one.kind, {})[one.key] = msgspec.convert(one.body, kind.shape)
        except msgspec.ValidationError:
            # Saved by an older version of the product: what stands from the start holds instead.
            log.error("config_unreadable", kind=one.kind, version=one.version)
    next_start: datetime | None = await connection.fetchval(
        "SELECT min(starts_at) FROM config_version WHERE provider_id = $1 AND starts_at > $2",
        provider_id,
        now,
    )
    return _Kept(time.monotonic() + KEPT_SECONDS, next_start, by_kind)
