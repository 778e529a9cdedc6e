"""Migrations: each once, in order, never changed, never two at the same time."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from vardlots.platform.migrate import MIGRATIONS, MigrationFault, migrate, pending, read_migrations


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two small migrations."""
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE first (a int); INSERT INTO first VALUES (1);")
    (tmp_path / "0002_second.sql").write_text("SELECT pg_sleep(0.2); CREATE TABLE second (a int);")
    return tmp_path


async def test_applies_each_once_in_order(empty_database_url: str, folder: Path) -> None:
    assert await pending(empty_database_url, folder) == ["0001_first", "0002_second", "jobs"]
    assert await migrate(empty_database_url, folder) == ["0001_first", "0002_second", "jobs"]
    assert await pending(empty_database_url, folder) == []
    assert await migrate(empty_database_url, folder) == []


async def test_two_at_once_do_the_work_once(empty_database_url: str, folder: Path) -> None:
    done = await asyncio.gather(*(migrate(empty_database_url, folder) for _ in range(3)))
    assert sorted(map(len, done)) == [0, 0, 3]


async def test_refuses_a_changed_file(empty_database_url: str, folder: Path) -> None:
    await migrate(empty_database_url, folder)
    (folder / "0001_first.sql").write_text("CREATE TABLE first (b int);")
    with pytest.raises(MigrationFault, match="0001_first has been changed"):
        await migrate(empty_database_url, folder)
    with pytest.raises(MigrationFault, match="0001_first has been changed"):
        await pending(empty_database_url, folder)


async def test_refuses_a_database_that_is_newer(empty_database_url: str, folder: Path) -> None:
    await migrate(empty_database_url, folder)
    (folder / "0002_second.sql").unlink()
    with pytest.raises(MigrationFault, match="newer than this program"):
        await migrate(empty_database_url, folder)


async def test_a_file_that_fails_leaves_nothing_and_the_ones_before_it(
    empty_database_url: str, folder: Path
) -> None:
    (folder / "0002_second.sql").write_text("CREATE TABLE second (a int); SELECT 1/0;")
    with pytest.raises(MigrationFault, match="0002_second was not applied: division by zero"):
        await migrate(empty_database_url, folder)
    connection = await asyncpg.connect(empty_database_url)
    try:
        assert await connection.fetchval("SELECT to_regclass('second')") is None
        assert await connection.fetchval("SELECT count(*) FROM schema_migration") == 1
    finally:
        await connection.close()


@pytest.mark.slow
async def test_gives_up_when_a_lock_is_held(empty_database_url: str, folder: Path) -> None:
    await migrate(empty_database_url, folder)
    (folder / "0003_third.sql").write_text("ALTER TABLE first ADD COLUMN b int;")
    connection = await asyncpg.connect(empty_database_url)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE first")
            with pytest.raises(MigrationFault, match="0003_third waited five seconds"):
                await migrate(empty_database_url, folder)
    finally:
        await connection.close()


async def test_the_application_may_use_the_job_queue_and_keeps_it_through_a_crash(
    fresh_database_url: str,
) -> None:
    connection = await asyncpg.connect(fresh_database_url, server_settings={"role": "vardlots_app"})
    try:
        assert await connection.fetchval("SELECT count(*) FROM jobs.pgqueuer") == 0
        kinds = "SELECT DISTINCT relpersistence FROM pg_class WHERE relnamespace = 'jobs'::regnamespace"
        assert [row[0] for row in await connection.fetch(kinds)] == [b"p"]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM schema_migration")
    finally:
        await connection.close()


@pytest.mark.parametrize("names", [("0001_a.sql", "0003_c.sql"), ("0001_a.sql", "0001_b.sql"), ("1_a.sql",)])
def test_numbers_go_one_two_three(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;")
    with pytest.raises(MigrationFault):
        read_migrations(tmp_path)


def test_our_own_history_is_in_order() -> None:
    assert read_migrations(MIGRATIONS)
