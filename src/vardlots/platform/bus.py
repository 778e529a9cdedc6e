"""Signals between processes over LISTEN/NOTIFY.

NOTIFY inside a transaction halves the commit rate, so signals are sent after the commit, many in one NOTIFY, from one
connection of their own. When that connection is lost it is made anew, and every topic is told to look again.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Iterable
from functools import partial
from typing import Any

import asyncpg
import msgspec
import structlog

from vardlots.platform.db import APP_ROLE
from vardlots.platform.live import Hub, Signal

log = structlog.get_logger()

CHANNEL = "vardlots_signals"
# NOTIFY carries less than 8,000 bytes.
MOST_BYTES = 7_000
GATHER_SECONDS = 0.005


class PostgresBus:
    """Sends this process's signals to the others, and delivers theirs to the hub."""

    def __init__(self, url: str, hub: Hub) -> None:
        self._url = url
        self._hub = hub
        self._me = secrets.token_hex(8)
        self._waiting: dict[str, int] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.connected = False

    async def start(self) -> None:
        """Connect, and keep connected until closed."""
        ready = asyncio.Event()
        self._task = asyncio.create_task(self._run(ready))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ready.wait(), timeout=5)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def send(self, signals: Iterable[Signal]) -> None:
        """Queue signals; the same topic twice is one."""
        for signal in signals:
            self._waiting[signal.topic] = max(signal.number, self._waiting.get(signal.topic, 0))
        self._wake.set()

    async def _run(self, ready: asyncio.Event) -> None:
        first = True
        while True:
            try:
                connection = await asyncpg.connect(self._url, server_settings={"role": APP_ROLE}, timeout=5)
            except (OSError, asyncpg.PostgresError, TimeoutError):
                await asyncio.sleep(0.5)
                continue
            try:
                await connection.add_listener(CHANNEL, self._heard)
                self.connected = True
                if not first:
                    self._hub.deliver(
                        Signal(topic) for topic in self._hub.topics() if not topic.startswith("session:")
                    )
                first = False
                ready.set()
                await self._send_while_connected(connection)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                log.warning("bus_lost", fault=type(fault).__name__)
            finally:
                self.connected = False
                connection.terminate()

    async def _send_while_connected(self, connection: Any) -> None:
        lost = asyncio.Event()
        connection.add_termination_listener(partial(self._note_loss, lost))
        while not lost.is_set():
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(GATHER_SECONDS)
            waiting, self._waiting = self._waiting, {}
            for payload in self._payloads(waiting):
                try:
                    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
                except BaseException:
                    for topic, number in waiting.items():
                        self._waiting.setdefault(topic, number)
                    raise

    def _note_loss(self, lost: asyncio.Event, _connection: Any) -> None:
        lost.set()
        self._wake.set()

    def _payloads(self, waiting: dict[str, int]) -> Iterable[str]:
        part: dict[str, int] = {}
        size = 0
        for topic, number in waiting.items():
            if size + len(topic) + 16 > MOST_BYTES:
                yield msgspec.json.encode([self._me, part]).decode()
                part, size = {}, 0
            part[topic] = number
            size += len(topic) + 16
        if part:
            yield msgspec.json.encode([self._me, part]).decode()

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: str) -> None:
        sender, topics = msgspec.json.decode(payload)
        if sender == self._me:
            return
        for topic, number in topics.items():
            self._hub.deliver([Signal(topic, number)])
