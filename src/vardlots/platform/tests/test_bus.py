"""Signals between processes: they arrive, they survive a lost connection, and sessions end everywhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from vardlots.platform.bus import PostgresBus
from vardlots.platform.live import Hub, Signal, Subscription


@asynccontextmanager
async def process(database_url: str, *topics: str) -> AsyncIterator[tuple[Hub, Subscription]]:
    """What one process has of the bus."""
    hub = Hub()
    bus = PostgresBus(database_url, hub)
    hub.bus = bus
    await bus.start()
    try:
        yield hub, hub.subscribe(topics)
    finally:
        await bus.close()


async def test_a_signal_reaches_the_other_process_and_is_not_heard_twice_at_home(database_url: str) -> None:
    async with (
        process(database_url, "case:1-1") as (here, own),
        process(database_url, "case:1-1") as (_, other),
    ):
        here.publish([Signal("case:1-1", 7)])
        assert await own.take(1) == {"case:1-1": 7}
        assert await other.take(2) == {"case:1-1": 7}
        assert await own.take(0.2) == {}


async def test_many_signals_travel_in_few_notices(database_url: str) -> None:
    topics = [f"case:1-{n}" for n in range(3_000)]
    async with process(database_url) as (here, _), process(database_url, *topics) as (_, other):
        here.publish([Signal(topic, 5) for topic in topics])
        heard: dict[str, int] = {}
        for _ in range(40):
            heard |= await other.take(0.25)
            if len(heard) == len(topics):
                break
        assert heard == dict.fromkeys(topics, 5)


async def test_a_lost_connection_is_made_anew_and_everybody_looks_again(database_url: str) -> None:
    async with process(database_url, "unit:3") as (_, heard):
        cutter = await asyncpg.connect(database_url)
        try:
            await cutter.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND pid <> "
                "pg_backend_pid() AND datname = current_database()"
            )
        finally:
            await cutter.close()
        assert await heard.take(5) == {"unit:3": 0}


async def test_a_watcher_hears_what_another_process_tells(database_url: str) -> None:
    heard: list[Signal] = []
    async with process(database_url) as (there, _), process(database_url) as (here, _):
        here.watch("session", heard.append)
        there.publish([Signal("session:42")])
        for _ in range(40):
            if heard:
                break
            await asyncio.sleep(0.05)
    assert heard == [Signal("session:42")]
