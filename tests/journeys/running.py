"""The product as it runs: one web process, one worker, a database of its own, the demonstration's people in it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import asyncpg
from tests.database import product_url

from vardlots.demo.organisation import load_organisation, load_persons
from vardlots.platform.db import Database
from vardlots.platform.processes import ending_with_me

HOST = "127.0.0.1"
LONGEST_START = 30.0  # seconds
ALWAYS = {str(day): ["00:00", "24:00"] for day in range(7)}


async def load_people(url: str) -> None:
    """The demonstration's organisation and persons, without its cases. Every unit is open day and night here, so
    that a story told at midnight ends as one told at noon."""
    database = await Database.connect(url)
    try:
        found = await load_organisation(database)
        await load_persons(database, found)
    finally:
        await database.close()
    owner = await asyncpg.connect(url)
    try:
        await owner.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
        await owner.execute("UPDATE unit SET opening = $1", ALWAYS)
    finally:
        await owner.close()


class Running:
    """`vardlots serve` and `vardlots worker` on a free port, in demo mode."""

    def __init__(self, database_url: str, folder: Path, looked: Path) -> None:
        """`folder` for what the product keeps; `looked` for what axe has seen, over all processes of a run."""
        self.looked = looked
        looked.mkdir(exist_ok=True)
        self.port = _free_port()
        self.base = f"http://{HOST}:{self.port}"
        self.database_url = database_url
        self._folder = folder
        own = {name: value for name, value in os.environ.items() if not name.startswith("VARDLOTS_")}
        self._environ = own | {
            "DATABASE_URL": product_url(database_url),
            "PORT": str(self.port),
            "VARDLOTS_DEMO": "true",
            "VARDLOTS_DATA_DIR": str(folder),
            "VARDLOTS_BASE_URL": self.base,
            "VARDLOTS_LOG_LEVEL": "WARNING",
        }
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def records(self) -> Path:
        """Where the record system's folder is."""
        return self._folder / "records"

    def start(self) -> None:
        """Start both, and wait until pages are served."""
        self._start("serve")
        self._start("worker")
        self._wait()

    def stop(self) -> None:
        """Stop both."""
        for name in list(self._children):
            self._stop(name)

    def stop_pages(self) -> None:
        """The web process goes away, as at a new version or a crash."""
        self._stop("serve", signal.SIGKILL)

    def start_pages(self) -> None:
        """The web process comes back."""
        self._start("serve")
        self._wait()

    def said(self) -> str:
        """What the processes wrote: faults of theirs are part of a story that fails."""
        return "".join(path.read_text(errors="replace") for path in sorted(self._folder.glob("*.log")))

    def _start(self, name: str) -> None:
        with (self._folder / f"{name}.log").open("ab") as log:
            self._children[name] = subprocess.Popen(
                [sys.executable, "-m", "vardlots.cli", name],
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=ending_with_me(signal.SIGTERM),
            )

    def _stop(self, name: str, how: signal.Signals = signal.SIGTERM) -> None:
        child = self._children.pop(name)
        child.send_signal(how)
        try:
            child.wait(8)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(8)

    def _wait(self) -> None:
        until = time.monotonic() + LONGEST_START
        while time.monotonic() < until:
            if self._children["serve"].poll() is not None:
                break
            try:
                with urlopen(f"{self.base}/readyz", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"The web server is not there:\n{self.said()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def load(url: str) -> None:
    """`load_people` from ordinary code."""
    asyncio.run(load_people(url))
