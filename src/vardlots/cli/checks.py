"""The checks of `vardlots doctor`. Each returns what it found, or raises CommandFault with what is wrong."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg

from vardlots.cli.faults import CommandFault
from vardlots.cli.ready import OWN_LOGIN
from vardlots.people.registers import register_for
from vardlots.platform.content import CONTENT
from vardlots.platform.db import APP_ROLE, Connection
from vardlots.platform.errors import Unavailable
from vardlots.platform.files import FileStore
from vardlots.platform.logins import more_than_the_app
from vardlots.platform.migrate import pending
from vardlots.platform.settings import Settings
from vardlots.triage.catalogue import load_protocols

OLDEST_SERVER = 16
LARGEST_SKEW = 2.0  # seconds
LONGEST_SIGNAL = 5.0  # seconds
CHANNEL = "vardlots_doctor"


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[Connection]:
    """A connection as the application has it."""
    connection = await asyncpg.connect(settings.database_url, timeout=10, server_settings={"role": APP_ROLE})
    try:
        yield connection
    finally:
        await connection.close()


async def database(settings: Settings) -> str:
    """The server answers and is new enough."""
    async with _connected(settings) as connection:
        began = time.perf_counter()
        version = str(await connection.fetchval("SHOW server_version"))
        took = (time.perf_counter() - began) * 1000
    if int(version.split(".")[0]) < OLDEST_SERVER:
        raise CommandFault(f"PostgreSQL {version} is too old: {OLDEST_SERVER} or later is needed.")
    return f"PostgreSQL {version} answers in {took:.1f} ms"


async def role(settings: Settings) -> str:
    """Row-level security binds the application, and the one it signs in as is nobody special."""
    async with _connected(settings) as connection:
        names = await connection.fetch(
            "SELECT rolname FROM pg_roles "
            "WHERE rolname IN (current_user, session_user) AND (rolsuper OR rolbypassrls)"
        )
        open_tables = await connection.fetch(
            "SELECT relname FROM pg_class "
            "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
            "AND relrowsecurity AND NOT relforcerowsecurity ORDER BY relname"
        )
        owned = await connection.fetchval(
            "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole AND relkind IN ('r', 'p')"
        )
    if names:
        raise CommandFault(
            f"Role {names[0][0]} passes by row-level security: take SUPERUSER and BYPASSRLS from it."
        )
    if open_tables:
        raise CommandFault(f"Row-level security is not forced on {', '.join(row[0] for row in open_tables)}.")
    if owned:
        raise CommandFault(f"Role {APP_ROLE} owns {owned} tables: it should own none.")
    if await more_than_the_app(settings.database_url):
        return f"the application is bound by row-level security, but its login is not; better: {OWN_LOGIN}"
    return "the application is bound by row-level security, and so is its login"


async def migrations(settings: Settings) -> str:
    """Nothing is lacking."""
    lacking = await pending(settings.migrate_url)
    if lacking:
        raise CommandFault(f"Lacking: {', '.join(lacking)}. Run vardlots migrate.")
    return "the database is as this version expects"


async def clock(settings: Settings) -> str:
    """This machine and the database agree on the time."""
    async with _connected(settings) as connection:
        before = datetime.now(UTC)
        there = await connection.fetchval("SELECT clock_timestamp()")
        after = datetime.now(UTC)
    skew = abs((there - (before + (after - before) / 2)).total_seconds())
    if skew > LARGEST_SKEW:
        raise CommandFault(f"This machine and the database differ by {skew:.1f} s: set their clocks by NTP.")
    return f"differs from the database's by {skew * 1000:.0f} ms"


async def files(settings: Settings) -> str:
    """A file can be written, read and removed."""
    await FileStore.open(settings.file_store_url, settings.file_store_options()).check()
    return f"written, read and removed in {settings.file_store_url}"


async def signals(settings: Settings) -> str:
    """A signal from one connection reaches another."""
    word = secrets.token_hex(8)
    heard = asyncio.Event()

    def listen(_connection: object, _pid: int, _channel: str, payload: str) -> None:
        if payload == word:
            heard.set()

    async with _connected(settings) as listening, _connected(settings) as sending:
        await listening.add_listener(CHANNEL, listen)
        began = time.perf_counter()
        await sending.execute("SELECT pg_notify($1, $2)", CHANNEL, word)
        try:
            await asyncio.wait_for(heard.wait(), LONGEST_SIGNAL)
        except TimeoutError:
            raise CommandFault(
                "A signal through the database was not heard: is there a pooler in between that drops LISTEN?"
            ) from None
        took = (time.perf_counter() - began) * 1000
        await listening.remove_listener(CHANNEL, listen)
    return f"heard after {took:.1f} ms"


async def content(_settings: Settings) -> str:
    """The triage protocols can be read and hold together."""
    protocols = list(load_protocols(CONTENT / "triage").every_version())
    if not protocols:
        raise CommandFault("There is no triage protocol in the content folder.")
    return f"{len(protocols)} triage protocols hold together"


async def register(settings: Settings) -> str:
    """The population register answers a question about nobody, where one is connected."""
    if settings.register_url is None:
        if settings.demo:
            return "the demonstration's own"
        return "none is connected: nobody has a family, and protected identity is not known"
    began = time.perf_counter()
    try:
        told = await register_for(settings).reachable()
    except Unavailable as fault:
        raise CommandFault(f"The population register did not answer as it should ({fault}).") from None
    return f"{told} in {(time.perf_counter() - began) * 1000:.0f} ms"
