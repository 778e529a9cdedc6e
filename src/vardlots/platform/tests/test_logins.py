"""Whom the product signs in as: stepping out of its role gains an injection nothing."""

from pathlib import Path

import asyncpg
import pytest
from tests.cast import Cast
from tests.database import product_url

from vardlots.cli import checks
from vardlots.cli.ready import need_current_database
from vardlots.platform.db import Database
from vardlots.platform.logins import more_than_the_app
from vardlots.platform.migrate import pending
from vardlots.platform.settings import Settings, load_settings

OTHERS = ("vardlots_owner", "postgres", "pg_read_all_data", "pg_write_all_data", "pg_execute_server_program")


def settings_of(url: str, folder: Path) -> Settings:
    """Settings of a demonstration on the address."""
    return load_settings(
        {"DATABASE_URL": url, "VARDLOTS_DEMO": "true", "VARDLOTS_DATA_DIR": str(folder), "PORT": "8000"}
    )


@pytest.mark.parametrize("step", ["RESET ROLE", "SET ROLE NONE", "RESET SESSION AUTHORIZATION", "RESET ALL"])
@pytest.mark.parametrize("table", ["care_case", "person", "access_log", "staff"])
async def test_stepping_out_of_the_role_shows_nothing(
    given: Cast, database: Database, step: str, table: str
) -> None:
    async with database.pool.acquire() as connection:
        began = connection.transaction()
        await began.start()
        try:
            await connection.execute(step)
            assert await connection.fetchval("SELECT current_user") in ("vardlots_login", "vardlots_app")
            try:
                rows = await connection.fetchval(f"SELECT count(*) FROM {table}")
            except asyncpg.InsufficientPrivilegeError:
                return
            open_to_all = table == "staff"
            assert bool(rows) == open_to_all
            assert await connection.fetchval("SELECT current_user") == "vardlots_app"
        finally:
            await began.rollback()


@pytest.mark.parametrize("role", OTHERS)
@pytest.mark.parametrize("how", ["SET ROLE {}", "RESET ROLE; SET ROLE {}", "SET SESSION AUTHORIZATION {}"])
async def test_nobody_else_can_be_become(database: Database, role: str, how: str) -> None:
    async with database.pool.acquire() as connection, connection.transaction():
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with connection.transaction():
                await connection.execute(how.format(role))


@pytest.mark.parametrize(
    "deed",
    [
        "ALTER TABLE person DISABLE ROW LEVEL SECURITY",
        "CREATE POLICY mine ON person USING (true)",
        "DROP POLICY access_log_added ON access_log",
        "GRANT vardlots_owner TO vardlots_login",
        "ALTER ROLE vardlots_login BYPASSRLS",
        "CREATE TABLE mine (a int)",
        "CREATE FUNCTION scope_provider() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE ROLE mine SUPERUSER",
    ],
)
async def test_nothing_of_the_walls_can_be_moved(database: Database, deed: str) -> None:
    for step in ("SELECT 1", "SET ROLE NONE"):
        async with database.pool.acquire() as connection, connection.transaction():
            with pytest.raises(asyncpg.PostgresError) as refused:
                async with connection.transaction():
                    await connection.execute(f"{step}; {deed}")
            assert isinstance(
                refused.value, asyncpg.InsufficientPrivilegeError | asyncpg.UndefinedObjectError
            )


async def test_the_product_may_read_what_is_applied(database_url: str) -> None:
    assert await pending(product_url(database_url)) == []


async def test_a_login_that_owns_is_known(database_url: str) -> None:
    assert await more_than_the_app(database_url)
    assert not await more_than_the_app(product_url(database_url))


def test_a_start_with_the_owner_alone_says_so_once(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for url, times in ((database_url, 1), (product_url(database_url), 0)):
        need_current_database(settings_of(url, tmp_path))
        assert capsys.readouterr().err.count("database_login_owns_tables") == times


async def test_the_doctor_says_so_too(database_url: str, tmp_path: Path) -> None:
    assert "better: DATABASE_URL" in await checks.role(settings_of(database_url, tmp_path))
    assert "so is its login" in await checks.role(settings_of(product_url(database_url), tmp_path))
