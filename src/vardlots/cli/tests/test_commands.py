"""The command line: real help for each command, and one sentence for whatever is wrong with a machine."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tests.database import Server, product_url

from vardlots.cli.faults import sentences
from vardlots.cli.main import COMMANDS, main
from vardlots.cli.ready import listening_socket


@pytest.fixture(autouse=True)
def demo_mode(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The least settings, and none of the developer's own."""
    for name in list(os.environ):
        if name.startswith("VARDLOTS_") or name in ("DATABASE_URL", "PORT", "MAKELEVEL"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("VARDLOTS_DEMO", "true")
    monkeypatch.setenv("VARDLOTS_DATA_DIR", str(tmp_path))


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """What was said on stderr: one line."""
    said = capsys.readouterr().err
    assert said.count("\n") == 1, said
    return said


@pytest.mark.parametrize("command", [module.__name__.rsplit(".", 1)[-1] for module in COMMANDS])
def test_every_command_has_help_of_its_own(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: vardlots {command}")
    assert len(said.splitlines()) > 6


def test_the_command_list_names_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert all(name in said for name in ("serve", "worker", "migrate", "demo", "doctor"))


def test_an_old_python_is_told_of_and_nothing_else() -> None:
    program = "import sys; sys.version_info = (3, 9, 2); sys.version = '3.9.2'; import vardlots.cli.main"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "Vårdlots needs Python 3.11 or later; this is Python 3.9.2.\n"


def test_missing_settings_are_told_of_before_anything_is_started(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve"]) == 1
    assert told(capsys).startswith("DATABASE_URL is missing")
    monkeypatch.setenv("PORT", "many")
    assert main(["demo"]) == 1
    assert told(capsys).startswith("PORT must be a whole number")


def test_a_taken_port_is_told_of_before_the_database_is_started(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with listening_socket("127.0.0.1", 0) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        assert main(["demo"]) == 1
    assert told(capsys).startswith(f"Port {port} is taken by another program")
    assert not (tmp_path / "postgres").exists()


def test_serving_on_a_taken_port_is_told_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", product_url(database_url))
    with listening_socket("127.0.0.1", 0) as other:
        monkeypatch.setenv("PORT", str(other.getsockname()[1]))
        assert main(["serve"]) == 1
    assert "is taken by another program" in told(capsys)


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_an_unreachable_database_is_told_of(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("DATABASE_URL", f"postgresql://a:b@127.0.0.1:{nobody.getsockname()[1]}/c")
        assert main([command]) == 1
    assert "cannot be reached" in told(capsys)


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_database_that_is_behind_is_told_of_and_not_served(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], empty_database_url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    assert main([command]) == 1
    assert "run vardlots migrate first" in told(capsys)


def test_migrating_says_what_it_did(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], empty_database_url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    assert main(["migrate", "--check"]) == 1
    assert "lacking 0001_" in capsys.readouterr().out
    assert main(["migrate"]) == 0
    assert "applied 0001_" in capsys.readouterr().out
    assert main(["migrate", "--check"]) == 0
    assert capsys.readouterr().out == "Nothing is lacking.\n"


def test_the_demo_that_was_never_started_is_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--demo"]) == 1
    assert "start it with make demo" in told(capsys)


def test_a_database_of_ones_own_is_not_emptied(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], free_port: int
) -> None:
    monkeypatch.setenv("PORT", str(free_port))
    monkeypatch.setenv("DATABASE_URL", "postgresql://a:b@127.0.0.1:1/c")
    assert main(["demo", "--reset"]) == 1
    assert "empty the one in DATABASE_URL yourself" in told(capsys)


@pytest.fixture
def free_port() -> int:
    with listening_socket("127.0.0.1", 0) as found:
        return int(found.getsockname()[1])


@pytest.mark.parametrize(
    "fault",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        asyncpg.DiskFullError("could not extend file"),
        asyncpg.InvalidPasswordError("no"),
        asyncpg.InvalidCatalogNameError("no"),
        asyncpg.TooManyConnectionsError("no"),
        asyncpg.CannotConnectNowError("no"),
        ConnectionRefusedError(errno.ECONNREFUSED, "refused"),
        TimeoutError(),
        socket.gaierror(-2, "Name or service not known"),
    ],
)
def test_faults_of_the_machine_are_one_sentence(fault: Exception) -> None:
    said = sentences(fault)
    assert said is not None
    assert len(said) == 1
    assert said[0][-1] in ".?"


def test_our_own_defects_keep_their_traceback() -> None:
    assert sentences(KeyError("x")) is None
    assert sentences(FileNotFoundError(errno.ENOENT, "no such file")) is None


class TestDoctor:
    """`vardlots doctor` against a real database."""

    def lines(self, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
        """The state of each check by name."""
        said = capsys.readouterr().out.splitlines()
        return {line.split()[1]: line.split()[0] for line in said}

    def test_all_is_well(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fresh_database_url: str
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", fresh_database_url)
        assert main(["doctor"]) == 0
        basics = ("settings", "database", "role", "migrations", "clock", "files", "signals", "content")
        names = (*basics, "register", "log")
        assert self.lines(capsys) == dict.fromkeys(names, "ok")

    def test_a_superuser_is_refused(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        database_server: tuple[Server, str],
        fresh_database_url: str,
    ) -> None:
        superuser = (
            database_server[0].admin_url.rsplit("/", 1)[0] + "/" + fresh_database_url.rsplit("/", 1)[1]
        )
        monkeypatch.setenv("DATABASE_URL", superuser)
        assert main(["doctor"]) == 1
        assert self.lines(capsys)["role"] == "fault"

    def test_unforced_row_level_security_is_found(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fresh_database_url: str
    ) -> None:
        asyncio.run(
            self.execute(fresh_database_url, "CREATE TABLE t (); ALTER TABLE t ENABLE ROW LEVEL SECURITY")
        )
        monkeypatch.setenv("DATABASE_URL", fresh_database_url)
        assert main(["doctor"]) == 1
        assert self.lines(capsys)["role"] == "fault"

    def test_what_is_wrong_is_told_line_by_line(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        fresh_database_url: str,
        tmp_path: Path,
    ) -> None:
        asyncio.run(self.execute(fresh_database_url, "DELETE FROM schema_migration WHERE version > 1"))
        (tmp_path / "a-file").write_text("not a folder")
        monkeypatch.setenv("DATABASE_URL", fresh_database_url)
        monkeypatch.setenv("VARDLOTS_FILE_STORE_URL", (tmp_path / "a-file/inside").as_uri())
        assert main(["doctor"]) == 1
        found = self.lines(capsys)
        assert (found["migrations"], found["files"], found["signals"]) == ("fault", "fault", "ok")

    async def execute(self, url: str, sql: str) -> Any:
        connection = await asyncpg.connect(url)
        try:
            return await connection.execute(sql)
        finally:
            await connection.close()
