"""The running product and its people, for stories in a real browser."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright
from tests.chromium import FLAGS, chromium
from tests.database import Server, clone, drop, run
from tests.journeys.people import Nurse, Patient, Stage
from tests.journeys.running import Running, load

PICTURES = Path(__file__).parents[2] / ".test-data/journeys"
_FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder is a journey."""
    here = str(Path(__file__).parent)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker("journey")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A story that fails is photographed before its people go home."""
    report = yield
    if call.when == "call" and call.excinfo is not None:
        item.stash[_FAILED] = True
        PICTURES.mkdir(parents=True, exist_ok=True)
    return report


def _of_the_whole_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the processes of a run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def running(
    database_server: tuple[Server, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The product, started once for all stories."""
    server, template = database_server
    name = f"test_{os.getpid()}_journeys"
    url = run(clone(server, template, name))
    load(url)
    product = Running(url, tmp_path_factory.mktemp("product"), _of_the_whole_run(tmp_path_factory) / "looked")
    try:
        product.start()
        yield product
    finally:
        product.stop()
        run(drop(server, name))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all stories."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def stage(running: Running, browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """Where a story's people come on, each in a browser of their own. Anything that went wrong in one of them,
    without the story having foretold it, fails the story."""
    opened = Stage(running.base, browser, running.looked)
    said_before = len(running.said())
    yield opened
    if request.node.stash.get(_FAILED, False):
        await opened.photograph(PICTURES, request.node.name)
    await opened.close()
    faults = opened.faults()
    assert not faults, "\n".join([*faults, running.said()[said_before:][-4000:]])


@pytest_asyncio.fixture(loop_scope="session")
async def elin(stage: Stage) -> Patient:
    """Elin, 37, mother of Tuva and Nils."""
    return await stage.patient("Elin Sjöqvarn")


@pytest_asyncio.fixture(loop_scope="session")
async def matti(stage: Stage) -> Patient:
    """Matti, their father."""
    return await stage.patient("Matti Sjöqvarn")


@pytest_asyncio.fixture(loop_scope="session")
async def ruben(stage: Stage) -> Patient:
    """Ruben, alone."""
    return await stage.patient("Ruben Ekdunge")


@pytest_asyncio.fixture(loop_scope="session")
async def ylva(stage: Stage) -> Nurse:
    """Ylva, nurse at Ängsviken."""
    return await stage.nurse("Ylva Tallvik")


@pytest_asyncio.fixture(loop_scope="session")
async def hamid(stage: Stage) -> Nurse:
    """Hamid, nurse at Ängsviken and at the digital on-call unit."""
    return await stage.nurse("Hamid Nordsken", unit="Ängsviken")
