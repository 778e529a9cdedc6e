"""The database goes away under open pages, politely and not, and comes back: nobody has to do anything."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.database import Server
from tests.site import Browser, Site, open_site

from vardlots.conversations.actions import Message, write
from vardlots.platform.db import Database
from vardlots.platform.migrate import migrate
from vardlots.platform.postgres import LOGIN, OWNER, EmbeddedPostgres, erase

LONGEST = 15.0  # seconds until a page is there again


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A server of the test's own."""
    with EmbeddedPostgres(tmp_path / "data") as server:  # a kill may lose nothing that was committed
        yield server
    erase(tmp_path / "data")


@pytest_asyncio.fixture(loop_scope="session")
async def site(postgres: EmbeddedPostgres, tmp_path: Path) -> AsyncIterator[Site]:
    url = postgres.url(OWNER)
    await migrate(url)
    Server(postgres.url("postgres"), url, postgres.url(LOGIN))
    async with open_site(url, tmp_path / "site") as opened:
        yield opened


async def told_until_there(browser: Browser, address: str) -> set[int]:
    """What a page answers until it is there again."""
    began, told = time.monotonic(), set()
    while time.monotonic() - began < LONGEST:
        told.add((answer := await browser.get(address)).status_code)
        if answer.status_code == 200:
            return told
        await asyncio.sleep(0.2)
    raise AssertionError(f"{address} is not there again: {told}")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["restarted", "killed"])
async def test_pages_come_back_with_the_database(site: Site, postgres: EmbeddedPostgres, how: str) -> None:
    database = await Database.connect(postgres.url(LOGIN), least=1, most=4)
    given = await Cast.make(database)
    ref = await given.ongoing_case(given.elin, given.ylva)
    ylva, elin = await site.browser(given.ylva), await site.browser(given.elin)
    for browser, address in ((ylva, "/staff"), (elin, f"/my/cases/{ref}")):
        assert (await browser.get(address)).status_code == 200
    if how == "killed":
        os.kill(postgres.pid, signal.SIGKILL)
    else:
        postgres.stop()
    away = {
        (await ylva.get(f"/staff/cases/{ref}")).status_code,
        (await elin.get(f"/my/cases/{ref}")).status_code,
    }
    assert away == {503}
    postgres.start_again()
    for browser, address in ((ylva, "/staff"), (elin, f"/my/cases/{ref}")):
        assert await told_until_there(browser, address) <= {200, 503}
    # What is written now is there, and the bus has connected anew.
    message = Message("Är ni där?", "k" * 12)
    await write(site.app.state.house, by=given.elin, ref=ref, message=message)
    assert "Är ni där?" in (await elin.get(f"/my/cases/{ref}")).text
    for _ in range(100):
        if site.app.state.bus.connected:
            break
        await asyncio.sleep(0.1)
    assert site.app.state.bus.connected
    await database.close()
