"""Fixtures for every test, in `tests/` and in each subject's own. Loaded by the root's `conftest.py`."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from tests.database import Server, clone, drop, make_template, run, run_server

from vardlots.platform import clock

_open = ExitStack()  # what the process that leads the run has started
_shared: dict[str, str] = {}


def _start_server() -> dict[str, str]:
    """Start the run's server once, in the process that leads the run: the server ends with its starter."""
    if not _shared:
        server = _open.enter_context(run_server())
        template = run(make_template(server))
        _shared.update(
            admin_url=server.admin_url,
            role_url=server.role_url,
            login_url=server.login_url,
            template=template,
        )
    return _shared


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """pytest-xdist is about to start a worker: tell it where the server is."""
    node.workerinput["database"] = dict(_start_server())


def pytest_unconfigure() -> None:
    """The run is over."""
    _open.close()
    _shared.clear()


@pytest.fixture(scope="session")
def database_server(request: pytest.FixtureRequest) -> tuple[Server, str]:
    """The run's server and the name of its migrated template."""
    given = getattr(request.config, "workerinput", {}).get("database") or _start_server()
    return Server(given["admin_url"], given["role_url"], given["login_url"]), given["template"]


@pytest.fixture(scope="session")
def database_url(database_server: tuple[Server, str]) -> Iterator[str]:
    """A migrated database that this process's tests share, as its owner (not a superuser); `product_url` turns it into
    the product's own address."""
    server, template = database_server
    name = f"test_{os.getpid()}"
    yield run(clone(server, template, name))
    run(drop(server, name))


@pytest.fixture
def fresh_database_url(database_server: tuple[Server, str]) -> Iterator[str]:
    """A migrated database for one test alone."""
    server, template = database_server
    name = f"test_{os.getpid()}_fresh"
    yield run(clone(server, template, name))
    run(drop(server, name))


@pytest.fixture
def empty_database_url(database_server: tuple[Server, str]) -> Iterator[str]:
    """A database with nothing in it, for one test alone."""
    server, _ = database_server
    name = f"test_{os.getpid()}_empty"
    yield run(clone(server, "template0", name))
    run(drop(server, name))


def pytest_collection_finish() -> None:
    """What has been collected stays to the end: nobody need look through it for rubbish again and again."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses the database is marked so."""
    for item in items:
        if any(name.endswith("database_url") for name in getattr(item, "fixturenames", ())):
            item.add_marker("database")


@pytest.fixture(autouse=True)
def _clock_is_put_back() -> Iterator[None]:
    """Blocks of `clock.at` that overlap in time put the wrong clock back, and another test pays for it."""
    yield
    left = clock._source is not clock._system_time
    clock._source = clock._system_time
    assert not left, (
        "The test leaves the clock set: put `clock.at` around what runs at once, not within each."
    )
