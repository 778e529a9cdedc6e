"""Brings a database to the shape the code expects: `migrations/NNNN_name.sql`, in order, each once.

One line of history: numbers without a gap, a file that has been applied never changes, nothing is undone.
Each file is one transaction that gives up after five seconds of waiting for a lock, so that a migration never
holds up the people who work. The job queue's own tables (schema `jobs`) follow its library.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import msgspec

from vardlots.platform.db import APP_ROLE, Connection
from vardlots.platform.jobs import SCHEMA as JOBS
from vardlots.platform.jobs import queries

MIGRATIONS = Path(__file__).parents[3] / "migrations"
FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
ONE_AT_A_TIME = 7_306_119_401  # our advisory lock, any number that nobody else uses

HISTORY = """
CREATE TABLE IF NOT EXISTS schema_migration (
  version int PRIMARY KEY,
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""
BECOME_APP = """
SELECT set_config('role', rolname, false) FROM pg_roles WHERE rolname = $1 AND pg_has_role(rolname, 'SET')
"""
GRANTS = f"""
GRANT SELECT ON schema_migration TO {APP_ROLE};
GRANT USAGE ON SCHEMA {JOBS} TO {APP_ROLE};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {JOBS} TO {APP_ROLE};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {JOBS} TO {APP_ROLE};
"""


class MigrationFault(Exception):
    """The database cannot be migrated; the text is one sentence."""


class Migration(msgspec.Struct, frozen=True):
    """One file of the history."""

    version: int
    name: str
    sql: str
    checksum: str

    @property
    def label(self) -> str:
        """As a person knows it: `0007_notes`."""
        return f"{self.version:04d}_{self.name}"


async def migrate(url: str, folder: Path = MIGRATIONS) -> list[str]:
    """Apply what is missing and return the labels of what was applied, `jobs` for the job queue's tables.

    May be run by several at once: one does the work, the others wait and find it done.
    Raises MigrationFault, or what asyncpg raises when the server cannot be reached.
    """
    wanted = read_migrations(folder)
    async with _connected(url) as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", ONE_AT_A_TIME)
        await connection.execute(HISTORY)
        done = []
        for migration in await _missing(connection, wanted):
            await _apply(connection, migration)
            done.append(migration.label)
        if await _jobs_behind(connection):
            await _bring_jobs_forward(connection)
            done.append(JOBS)
        await connection.execute(GRANTS)
        return done


async def pending(url: str, folder: Path = MIGRATIONS) -> list[str]:
    """The labels of what `migrate` would apply. Changes nothing. Raises like `migrate`.

    Reads as the application's role where there is one: the product's own login can do nothing by itself.
    """
    wanted = read_migrations(folder)
    async with _connected(url) as connection:
        await connection.fetch(BECOME_APP, APP_ROLE)
        left = [migration.label for migration in await _missing(connection, wanted)]
        return [*left, JOBS] if await _jobs_behind(connection) else left


def read_migrations(folder: Path) -> list[Migration]:
    """The files of the folder in order. Raises MigrationFault for a wrong name, a double or a gap."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        parts = FILE_NAME.fullmatch(path.name)
        if not parts:
            raise MigrationFault(f"{path.name} is not named like 0001_name.sql.")
        content = path.read_bytes()
        found.append(
            Migration(int(parts[1]), parts[2], content.decode("utf-8"), hashlib.sha256(content).hexdigest())
        )
    for expected, migration in enumerate(found, start=1):
        if migration.version != expected:
            raise MigrationFault(
                f"{migration.label} should have number {expected:04d}: numbers go 1, 2, 3 …."
            )
    return found


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(url, server_settings={"application_name": "vardlots migrate"})
    try:
        yield connection
    finally:
        await connection.close()


async def _missing(connection: Connection, wanted: list[Migration]) -> list[Migration]:
    """What is not applied yet, when the applied ones are the beginning of the wanted ones."""
    if await connection.fetchval("SELECT to_regclass('schema_migration')") is None:
        return wanted
    applied = await connection.fetch("SELECT version, name, checksum FROM schema_migration ORDER BY version")
    if len(applied) > len(wanted):
        raise MigrationFault(
            f"The database is newer than this program: it has migration {applied[-1]['version']:04d}_"
            f"{applied[-1]['name']}."
        )
    for row, migration in zip(applied, wanted, strict=False):
        if row["version"] != migration.version or row["checksum"] != migration.checksum:
            raise MigrationFault(
                f"{migration.label} has been changed after it was applied: put it back and write a new file."
            )
    return wanted[len(applied) :]


async def _apply(connection: Connection, migration: Migration) -> None:
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '5s'")
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, $3)",
                migration.version,
                migration.name,
                migration.checksum,
            )
    except asyncpg.LockNotAvailableError:
        raise MigrationFault(
            f"{migration.label} waited five seconds for a lock and gave up: try again when it is calmer."
        ) from None
    except asyncpg.PostgresError as error:
        raise MigrationFault(f"{migration.label} was not applied: {error}.") from error


async def _jobs_behind(connection: Connection) -> bool:
    return bool((await queries(connection).plan_upgrade()).statements)


async def _bring_jobs_forward(connection: Connection) -> None:
    """Install or upgrade the job queue's tables. The library plans the difference, statement by statement."""
    queue = queries(connection)
    if await queue.schema_is_installed():
        await queue.apply_upgrade()
    else:
        await queue.install()
