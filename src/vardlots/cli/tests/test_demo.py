"""`vardlots demo` looks after what it starts: in order, again when it dies, and never left behind.

The subjects are stood in for by a few lines, so that only the looking after is tested here; the journeys run the
real ones.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from vardlots.cli.ready import listening_socket
from vardlots.platform.postgres import erase, kept_url

# Starts programs of its own and waits for them: part of `make test`, too slow for `make check`.
pytestmark = pytest.mark.slow

STAND_INS = """
import sys, time, types

def stand_in(name, **parts):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__dict__.update(parts)

def create_app():
    import asyncio
    from litestar import Litestar, get
    from litestar.response import ServerSentEvent

    @get("/readyz", sync_to_thread=False)
    def readyz() -> str:
        return "ok"

    @get("/stream")
    async def stream() -> ServerSentEvent:
        async def signals():
            while True:
                yield "signal"
                await asyncio.sleep(0.1)
        return ServerSentEvent(signals())

    return Litestar([readyz, stream])

def work(settings):
    while True:
        time.sleep(1)

async def load(settings):
    import asyncpg
    connection = await asyncpg.connect(settings.migrate_url)
    await connection.execute(
        "INSERT INTO provider (name, kind, hsa_id, scheme) VALUES ('Lotsvik', 'region', 'SE1', '1-5')"
    )
    await connection.close()
    print("region made")

stand_in("vardlots.app", create_app=create_app)
stand_in("vardlots.worker", run=work)
stand_in("vardlots.demo.load", load=load)
stand_in("vardlots.demo.persons", lines=lambda settings: ["Sköterska Sara"])
"""


class Demo:
    """A demo in a process of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.data_dir = folder / "data"
        self.port = port
        self.log = folder / "log"
        self._stand_ins = folder / "stand-ins"
        self._stand_ins.mkdir()
        (self._stand_ins / "sitecustomize.py").write_text(STAND_INS)
        self.process: subprocess.Popen[bytes]

    def start(self, *options: str, parent: bool = False) -> None:
        """Start and wait for the page. With `parent` a shell stands where make would."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("VARDLOTS_")}
        kept.pop("DATABASE_URL", None)
        kept.pop("MAKELEVEL", None)
        own = {
            "VARDLOTS_DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "PYTHONPATH": str(self._stand_ins),
        }
        command = [sys.executable, "-m", "vardlots.cli", "demo", *options]
        if parent:
            own["MAKELEVEL"] = "1"
            command = ["sh", "-c", '"$@"; true', "sh", *command]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                env=kept | own,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        assert eventually(lambda: "Ctrl-C stops everything" in self.said() or self.process.poll() is not None)
        assert self.process.poll() is None, self.said()

    def said(self) -> str:
        return self.log.read_text()

    def answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def pids(self, word: str = "") -> list[int]:
        """The living processes of this demo whose command line has the word."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                line = (path / "cmdline").read_bytes().decode().replace("\0", " ")
                environ = (path / "environ").read_bytes().decode()
            except OSError:
                continue
            ours = f"VARDLOTS_DATA_DIR={self.data_dir}" in environ or str(self.data_dir) in line
            if ours and word in line and line:
                found.append(int(path.name))
        return found


def eventually(holds: Callable[[], bool], seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.05)
    return holds()


@pytest.fixture
def demo() -> Iterator[Demo]:
    folder = Path(tempfile.mkdtemp(prefix="vardlots-"))
    folder.chmod(0o711)
    with listening_socket("127.0.0.1", 0) as found:
        port = int(found.getsockname()[1])
    demo = Demo(folder, port)
    yield demo
    for pid in demo.pids():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: not demo.pids())
    erase(demo.data_dir)
    shutil.rmtree(folder)


def test_starts_all_says_so_and_stops_in_order_on_ctrl_c(demo: Demo) -> None:
    demo.start()
    said = demo.said()
    for line in (
        "Starting the database",
        "Migrated 0001_",
        "Loading the demonstration region",
        "Sköterska Sara",
    ):
        assert line in said
    assert f"http://localhost:{demo.port}" in said
    assert demo.answers()
    with httpx.stream("GET", f"http://127.0.0.1:{demo.port}/stream", trust_env=False) as stream:
        next(stream.iter_bytes())
        began = time.monotonic()
        os.killpg(demo.process.pid, signal.SIGINT)
        assert demo.process.wait(15) == 0
        assert time.monotonic() - began < 8, "an open stream must not hang the stop"
    assert not demo.pids()
    assert "Stopped; the data is kept" in demo.said()
    assert "Traceback" not in demo.said()


def test_the_next_start_is_quick_and_loads_nothing(demo: Demo) -> None:
    demo.start()
    os.kill(demo.process.pid, signal.SIGTERM)
    assert demo.process.wait(15) == 0
    began = time.monotonic()
    demo.start()
    assert time.monotonic() - began < 5
    assert "Loading" not in demo.said()
    assert demo.answers()


@pytest.mark.parametrize("parent", [False, True], ids=["the demo", "its parent"])
def test_kill_9_leaves_no_orphan(demo: Demo, parent: bool) -> None:
    demo.start(parent=parent)
    assert len(demo.pids()) >= 4
    demo.process.kill()
    demo.process.wait()
    assert eventually(lambda: not demo.pids()), demo.pids()
    demo.start()
    assert "Loading" not in demo.said()


@pytest.mark.parametrize("word", ["serve", "worker"])
def test_a_child_that_dies_is_started_again_and_told_of(demo: Demo, word: str) -> None:
    demo.start()
    (first,) = demo.pids(f"vardlots.cli {word}")
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: f"{word} ended with signal 9; starting it again in 1 s" in demo.said())
    assert eventually(lambda: demo.pids(f"vardlots.cli {word}") not in ([], [first]))
    assert eventually(demo.answers)


def test_the_database_is_started_again_too(demo: Demo) -> None:
    demo.start()
    (server,) = [pid for pid in demo.pids("postgres -D") if pid != demo.process.pid]
    os.kill(server, signal.SIGKILL)
    assert eventually(lambda: "The database ended; starting it again" in demo.said())
    assert eventually(lambda: demo.pids("postgres -D") not in ([], [server]))


def test_reset_and_a_half_loaded_region_start_over(demo: Demo) -> None:
    demo.start()
    before = kept_url(demo.data_dir)
    os.kill(demo.process.pid, signal.SIGTERM)
    demo.process.wait(15)
    demo.start("--reset")
    assert re.search(r"Removed the demo's data[\s\S]*Loading", demo.said())
    assert kept_url(demo.data_dir) != before
    os.kill(demo.process.pid, signal.SIGTERM)
    demo.process.wait(15)
    (demo.data_dir / "demo-half-loaded").touch()
    demo.start()
    assert re.search(r"only half loaded last time; starting over[\s\S]*Loading", demo.said())
