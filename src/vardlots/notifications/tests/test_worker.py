"""The worker as a process: killed between send and mark, stopped in order."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from tests.cast import Cast

from vardlots.cases.actions import accept
from vardlots.cases.model import CaseRef
from vardlots.platform.db import Database
from vardlots.platform.processes import ending_with_me

STATE = "SELECT state FROM notice WHERE case_id = $1"
pytestmark = pytest.mark.timeout(60)


class Provider:
    """An SMS provider on the loopback. What it has taken is by reference; it answers when it is let."""

    def __init__(self) -> None:
        self.posts: Counter[str] = Counter()
        self.answers = asyncio.Event()
        self.asked = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        await reader.readexactly(int(fields["content-length"]))
        self.posts[fields["idempotency-key"]] += 1
        self.asked.set()
        await self.answers.wait()
        writer.write(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        writer.close()


@pytest_asyncio.fixture(loop_scope="session")
async def provider() -> AsyncIterator[tuple[Provider, str]]:
    found = Provider()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    yield found, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/send"
    found.answers.set()
    server.close()


async def start_worker(url: str, sms_url: str, folder: Path) -> asyncio.subprocess.Process:
    environ = os.environ | {
        "DATABASE_URL": url,
        "VARDLOTS_DEMO": "true",
        "VARDLOTS_DATA_DIR": str(folder),
        "VARDLOTS_SMS_ADAPTER": "http",
        "VARDLOTS_SMS_HTTP_URL": sms_url,
        "VARDLOTS_SMS_HTTP_TOKEN": "secret",
        "NO_PROXY": "127.0.0.1",
    }
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "vardlots.cli",
        "worker",
        env=environ,
        stderr=asyncio.subprocess.DEVNULL,
        preexec_fn=ending_with_me(signal.SIGKILL),
    )


async def only(database: Database, given: Cast, query: str, ref: CaseRef) -> object:
    """The one value of a query about a case."""
    async with database.transaction(given.ylva.scope) as connection:
        found: object = await connection.fetchval(query, ref.case_id)
    return found


@pytest.mark.slow
async def test_a_worker_killed_between_send_and_mark_sends_no_second_message(
    fresh_database_url: str, provider: tuple[Provider, str], tmp_path: Path
) -> None:
    phones, address = provider
    database = await Database.connect(fresh_database_url, most=4)
    worker = await start_worker(fresh_database_url, address, tmp_path)
    second = None
    try:
        given = await Cast.make(database)
        ref = await given.waiting_case(given.ruben)
        await accept(given.house, by=given.ylva, ref=ref)
        # The provider has the message, and the worker has no answer: here it dies.
        await asyncio.wait_for(phones.asked.wait(), 20)
        worker.kill()
        await worker.wait()
        phones.answers.set()
        owner = await asyncpg.connect(fresh_database_url)
        await owner.execute("UPDATE jobs.pgqueuer SET heartbeat = now() - interval '1 minute'")
        await owner.close()
        second = await start_worker(fresh_database_url, address, tmp_path)

        async with asyncio.timeout(20):
            while await only(database, given, STATE, ref) != "sent":  # noqa: ASYNC110  another process does it
                await asyncio.sleep(0.1)
        # Two posts under one reference: to the provider, and to the phone, one message.
        assert list(phones.posts.values()) == [2]
        async with database.transaction(given.ylva.scope) as connection:
            rows = await connection.fetchval(
                "SELECT count(*) FROM entry WHERE kind = 'notice' AND case_id = $1", ref.case_id
            )
        assert rows == 1
        second.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(second.wait(), 8) == 0
    finally:
        for process in (worker, second):
            if process is not None and process.returncode is None:
                process.kill()
                await process.wait()
        await database.close()
