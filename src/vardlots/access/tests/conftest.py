"""A served application in demo mode, and a browser to visit it with."""

import asyncio
import html
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
from tests.database import product_url

from vardlots.app import create_app
from vardlots.demo.organisation import Organisation, load_organisation
from vardlots.demo.persons import ref_of
from vardlots.platform.db import Database
from vardlots.platform.settings import Settings, load_settings


@pytest.fixture(scope="session")
def demo_settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a demonstration on the test database."""
    return load_settings(
        {
            "DATABASE_URL": product_url(database_url),
            "VARDLOTS_DEMO": "true",
            "VARDLOTS_DATA_DIR": str(tmp_path_factory.mktemp("demo")),
            "VARDLOTS_BASE_URL": "http://testserver.local",
        }
    )


def _plain(response: httpx.Response) -> httpx.Response:
    """The page as a reader has it: templates write `/` as an entity."""
    if response.headers.get("content-type", "").startswith("text/html"):
        response._text = html.unescape(response.text)
    return response


class Browser:
    """One browser with its cookies. Follows no redirect by itself."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, address: str) -> Any:
        return _plain(await self.client.get(address, follow_redirects=False))

    async def post(self, address: str, **fields: str) -> Any:
        if "csrf" not in self.client.cookies:
            await self.get("/sign-in")
        fields["_csrf_token"] = self.client.cookies["csrf"]
        return _plain(await self.client.post(address, data=fields, follow_redirects=False))

    async def press(self, who: str, content_id: str, *, onward: str = "") -> Any:
        """Choose a test person; the answer of the callback."""
        begun = await self.get(f"/sign-in/start/{who}" + (f"?next={onward}" if onward else ""))
        state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
        back = await self.post("/demo/identity", **{"for": who, "state": state, "person": ref_of(content_id)})
        return await self.get(back.headers["location"])


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def organisation(database: Database) -> Organisation:
    """The demonstration's providers, units, staff and assignments."""
    return await load_organisation(database)


@pytest_asyncio.fixture(loop_scope="session")
async def open_browser(
    organisation: Organisation, demo_settings: Settings
) -> AsyncIterator[Callable[[], Browser]]:
    """Opens browsers on one application."""
    app = create_app(demo_settings)
    clients: list[httpx.AsyncClient] = []

    def opened() -> Browser:
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # Litestar types its scope closer
        clients.append(httpx.AsyncClient(transport=transport, base_url=demo_settings.base_url))
        return Browser(clients[-1])

    started, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            started.set()
            await over.wait()

    # In a task of its own: what begins it must end it, and a fixture is begun and ended by two.
    life = asyncio.create_task(live())
    await asyncio.wait({life, asyncio.create_task(started.wait())}, return_when=asyncio.FIRST_COMPLETED)
    yield opened
    for client in clients:
        await client.aclose()
    over.set()
    await life
