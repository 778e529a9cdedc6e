"""The database as the product uses it, and the cast of people in it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.database import product_url

from vardlots.platform.db import Database


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    """The product's own pool on the test database, acting as the application's role."""
    opened = await Database.connect(product_url(database_url), most=12)
    yield opened
    await opened.close()


@pytest.fixture
async def given(database: Database) -> Cast:
    """A cast of its own for the test."""
    return await Cast.make(database)
