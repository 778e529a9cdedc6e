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


class Place(msgspec.Struct, frozen=True):
    """Which version of a thing is in force, and the unit whose it is (None: the provider's)."""

    version: int
    unit_id: int | None


class Book(msgspec.Struct, frozen=True, eq=False):
    """What a provider has saved and is in force, by kind and key. The same object for as long as nothing has changed
    and it is kept: what is worked out of it can be kept beside it.
    """

    until: float
    next_start: datetime | None
    by_kind: dict[str, dict[str, Any]]
    removed: dict[str, dict[str, Any]]
    places: dict[str, dict[str, Place]]

    def saved(self, kind: Kind, shape: type[Shape]) -> Mapping[str, Shape]:
        """What is in force of a kind, by key. `shape` is the kind's own, named again for the type checker."""
        assert shape is kind.shape
        return self.by_kind.get(kind.code, {})

    def last(self, kind: Kind, shape: type[Shape]) -> Mapping[str, Shape]:
        """What was removed, as it was last: an old case may still name it."""
        assert shape is kind.shape
        known = self.removed.get(kind.code, {})
        return {key: value for key, value in known.items() if value is not None}

    def is_removed(self, kind: Kind, key: str) -> bool:
        """Whether a thing, also one that stood from the start, has been taken away."""
        return key in self.removed.get(kind.code, {})

    def place(self, kind: Kind, key: str) -> Place:
        """Version and unit of something in force. Raises KeyError."""
        return self.places[kind.code][key]


NOTHING = Book(0.0, None, {}, {}, {})
"""The book of a provider that has saved nothing."""
_kept: dict[int, Book] = {}
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
    return (await opened(connection, provider_id)).saved(kind, shape)


async def removed(connection: Connection, provider_id: int, kind: Kind) -> frozenset[str]:
    """The keys of a kind that have been removed, for those who must hide what stands from the start."""
    known = await opened(connection, provider_id)
    return frozenset(known.removed.get(kind.code, {}))


async def opened(connection: Connection, provider_id: int) -> Book:
    """All that a provider has saved and is in force."""
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


async def _read(connection: Connection, provider_id: int, now: datetime) -> Book:
    by_kind: dict[str, dict[str, Any]] = {}
    removed: dict[str, dict[str, Any]] = {}
    places: dict[str, dict[str, Place]] = {}
    for one in await queries.in_force(connection, provider_id, now):
        kind = kinds().get(one.kind)
        if kind is None:
            continue
        if one.removed:
            removed.setdefault(one.kind, {})[one.key] = None
        try:
            into = removed if one.removed else by_kind
            into.setdefault(one.kind, {})[one.key] = msgspec.convert(one.body, kind.shape)
            places.setdefault(one.kind, {})[one.key] = Place(one.version, one.unit_id)
        except msgspec.ValidationError:
            # Saved by an older version of the product: what stands from the start holds instead.
            log.error("config_unreadable", kind=one.kind, version=one.version)
    next_start: datetime | None = await connection.fetchval(
        "SELECT min(starts_at) FROM config_version WHERE provider_id = $1 AND starts_at > $2",
        provider_id,
        now,
    )
    return Book(time.monotonic() + KEPT_SECONDS, next_start, by_kind, removed, places)
