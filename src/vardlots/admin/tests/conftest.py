"""The application over HTTP, for the pages of administration."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.site import Site, open_site


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """The whole product."""
    async with open_site(database_url, Path(tmp_path_factory.mktemp("site"))) as opened:
        yield opened
