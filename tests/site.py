"""The whole application over HTTP, without a network: what pages tests open and send.

async with open_site(database_url, folder) as site:
    elin = await site.browser(given.elin)
    page = await elin.get("/")
    answer = await elin.submit("/my/profile", {"mobile": "070-174 06 12"})
"""

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
from litestar import Litestar
from tests.database import product_url

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.access.sessions import Sessions
from vardlots.app import create_app
from vardlots.platform.db import NOBODY
from vardlots.platform.settings import Settings, load_settings

TOKEN = re.compile(r'name="csrf-token" content="([^"]*)"')
Files = Sequence[tuple[str, tuple[str, bytes, str]]]


class Page:
    """An answer, with a page's text as a browser reads it: entities resolved."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status_code = answer.status_code
        self.headers = answer.headers
        self.content = answer.content
        is_html = "html" in answer.headers.get("content-type", "")
        self.text = html.unescape(answer.text) if is_html else answer.text

    def json(self) -> Any:
        """The answer as data."""
        return json.loads(self.content)


class Browser:
    """One browser: keeps its cookies, follows nothing by itself, fills in the form token."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.token = ""

    async def get(self, address: str, **headers: str) -> Page:
        """Open a page or fetch a part of one."""
        page = Page(await self.client.get(address, headers=headers))
        if found := TOKEN.search(page.text):
            self.token = found[1]
        return page

    async def submit(
        self, address: str, fields: Mapping[str, Any] | None = None, files: Files = (), **headers: str
    ) -> Page:
        """Send a form as a browser without script does, with the token of the page last opened."""
        if not self.token:
            await self.get("/emergency")
        data = {"_csrf_token": self.token, **(fields or {})}
        return Page(await self.client.post(address, data=data, files=list(files) or None, headers=headers))

    async def call(self, address: str, fields: Mapping[str, Any] | None = None, files: Files = ()) -> Page:
        """Send a form as the page's script does, with the token in a header."""
        if not self.token:
            await self.get("/emergency")
        headers = {"x-csrf-token": self.token, "accept": "application/json" if files else "*/*"}
        answer = await self.client.post(
            address, data=dict(fields or {}), files=list(files) or None, headers=headers
        )
        return Page(answer)

    async def follow(self, answer: Page) -> Page:
        """Go where an answer leads, until a page is shown."""
        for _ in range(5):
            if answer.status_code != 303:
                return answer
            answer = await self.get(answer.headers["location"])
        raise AssertionError("goes round in a circle")


class Site:
    """The application, running."""

    def __init__(self, app: Litestar, base_url: str = "http://test") -> None:
        self.app = app
        self._base_url = base_url
        self._clients: list[httpx.AsyncClient] = []

    async def browser(self, actor: PatientActor | StaffActor | None = None) -> Browser:
        """A browser with somebody signed in, or nobody."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(cast(Any, self.app)), base_url=self._base_url
        )
        self._clients.append(client)
        if actor is not None:
            client.cookies.set("session", await self._session(actor))
        return Browser(client)

    async def _session(self, actor: PatientActor | StaffActor) -> str:
        sessions: Sessions = self.app.state.sessions
        if isinstance(actor, PatientActor):
            return await sessions.open_for_patient(person_id=actor.person_id, acr="test")
        async with self.app.state.house.database.transaction(NOBODY) as connection:
            assignment_id = await connection.fetchval(
                "SELECT assignment_id FROM assignment WHERE staff_id = $1 AND provider_id = $2 AND unit_id = $3",
                actor.staff_id,
                actor.provider_id,
                actor.unit_id,
            )
        return await sessions.open_for_staff(staff_id=actor.staff_id, assignment_id=assignment_id, acr="test")

    async def close(self) -> None:
        """Close every browser."""
        for client in self._clients:
            await client.aclose()


@asynccontextmanager
async def open_site(database_url: str, folder: Path, settings: Settings | None = None) -> AsyncIterator[Site]:
    """The application on a migrated database, with its files in a folder: in demo mode, or with settings of its own."""
    base_url = settings.base_url if settings else "http://test"
    settings = settings or load_settings(
        {
            "DATABASE_URL": product_url(database_url),
            "VARDLOTS_DEMO": "1",
            "VARDLOTS_DATA_DIR": str(folder),
            "PORT": "8000",
        }
    )
    app = create_app(settings)
    ready, over = asyncio.Event(), asyncio.Event()

    async def run() -> None:
        # A fixture's beginning and end are different tasks; the application wants one of its own.
        async with app.lifespan():
            ready.set()
            await over.wait()

    running = asyncio.create_task(run())
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        running.result()
    site = Site(app, base_url)
    try:
        yield site
    finally:
        await site.close()
        over.set()
        await running
