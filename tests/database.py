"""The test database: one server for a whole run, a migrated template, and a clone for each test process.

`TEST_DATABASE_URL` uses a server of one's own instead (a role with CREATEDB). Otherwise an embedded
PostgreSQL is kept below `.test-data` from run to run; runs that go on at the same time each have their own.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.metadata
import os
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from vardlots.platform.migrate import MIGRATIONS, migrate, read_migrations
from vardlots.platform.postgres import LOGIN, OWNER, EmbeddedPostgres, PostgresFault

HOME = Path(__file__).parents[1] / ".test-data"
RUNS_AT_ONCE = 16
T = TypeVar("T")
_logins: dict[str, str] = {}  # by the owner's address without a database, the product's own


class Server:
    """Where test databases are made. `admin_url` may make databases, `role_url` owns them, `login_url` is the
    product's (the owner's too on a server of one's own)."""

    def __init__(self, admin_url: str, role_url: str, login_url: str) -> None:
        self.admin_url = admin_url
        self.role_url = role_url
        self.login_url = login_url
        _logins[with_database(role_url, "")] = login_url

    @property
    def owner(self) -> str:
        """The role that owns the databases."""
        name = urlsplit(self.role_url).username
        assert name
        return name

    def url(self, database: str) -> str:
        """The address of a database as its owner."""
        return with_database(self.role_url, database)


def with_database(url: str, database: str) -> str:
    """The same server and role, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def product_url(owner_url: str) -> str:
    """The same database as the product signs in to it."""
    return with_database(_logins[with_database(owner_url, "")], urlsplit(owner_url).path[1:])


@contextmanager
def run_server() -> Iterator[Server]:
    """The server of this run; it is stopped at the end if it was started here."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield Server(given, given, given)
        return
    for number in range(RUNS_AT_ONCE):
        try:
            server = EmbeddedPostgres(HOME / f"server-{number}", fast=True).__enter__()
        except PostgresFault as fault:
            if "Another Vårdlots" in str(fault):
                continue
            raise
        try:
            found = Server(server.url("postgres", "postgres"), server.url(OWNER), server.url(LOGIN))
            run(_drop_all_clones(found))
            yield found
        finally:
            server.stop()
        return
    raise PostgresFault(f"{RUNS_AT_ONCE} test runs are going on already.")


async def make_template(server: Server) -> str:
    """A migrated database to clone, made anew only when the migrations have changed. Returns its name."""
    name = f"template_{_shape()}"
    admin = await asyncpg.connect(server.admin_url)
    try:
        await admin.execute("SELECT pg_advisory_lock(730611940)")
        if not await admin.fetchval("SELECT datistemplate FROM pg_database WHERE datname = $1", name):
            old = await admin.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%'")
            for row in old:
                await admin.execute(f'ALTER DATABASE "{row["datname"]}" IS_TEMPLATE false')
                await admin.execute(f'DROP DATABASE "{row["datname"]}"')
            await admin.execute(f'CREATE DATABASE "{name}" OWNER "{server.owner}"')
            await migrate(server.url(name))
            await admin.execute(f'ALTER DATABASE "{name}" IS_TEMPLATE true')
    finally:
        await admin.close()
    return name


def _shape() -> str:
    """Changes whenever a migrated database would look different."""
    parts = [migration.checksum for migration in read_migrations(MIGRATIONS)]
    parts.append(importlib.metadata.version("pgqueuer"))
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:16]


async def clone(server: Server, template: str, name: str) -> str:
    """Make the database `name` from the template. Returns its address as its owner."""
    admin = await asyncpg.connect(server.admin_url)
    try:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER "{server.owner}"')
    finally:
        await admin.close()
    return server.url(name)


async def drop(server: Server, name: str) -> None:
    """Remove a clone, whoever is still connected to it."""
    admin = await asyncpg.connect(server.admin_url)
    try:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await admin.close()


async def _drop_all_clones(server: Server) -> None:
    """What a killed run has left. Only on our own server, which nobody else uses."""
    admin = await asyncpg.connect(server.admin_url)
    try:
        for row in await admin.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'"):
            await admin.execute(f'DROP DATABASE "{row["datname"]}" WITH (FORCE)')
    finally:
        await admin.close()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end from ordinary code, whatever event loop the test has."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(asyncio.run, work).result()
