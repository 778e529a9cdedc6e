"""The application over HTTP, for the log's pages."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from tests.site import Site, open_site


@pytest_asyncio.fixture(loop_scope="session")
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened
