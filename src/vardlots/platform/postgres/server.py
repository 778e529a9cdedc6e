"""Starts, guards and stops the embedded server."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from vardlots.platform.postgres.binaries import Binaries, find_binaries, readable_binaries
from vardlots.platform.postgres.cluster import (
    ENVIRONMENT,
    check_cluster,
    give_login,
    make_cluster,
    set_passwords,
)
from vardlots.platform.postgres.faults import PortTaken, PostgresFault, StillInUse, from_log
from vardlots.platform.postgres.home import (
    DATABASE,
    OWNER,
    Home,
    Kept,
    address,
    keep,
    lock,
    new_passwords,
    open_home,
    read_kept,
)
from vardlots.platform.postgres.leftovers import clear_leftovers
from vardlots.platform.postgres.tuning import options
from vardlots.platform.processes import ending_with_me

PORTS = (20_000, 32_000)  # below the range from which the system takes ports for outgoing connections
LONGEST_START = 300.0  # seconds; going through the log after a power cut takes its time
LONGEST_DYING = 15.0
LONGEST_STOP = {signal.SIGINT: 30.0, signal.SIGQUIT: 10.0, signal.SIGKILL: 10.0}
LARGEST_LOG = 10_000_000


def _keep_quiet(_line: str) -> None:
    pass


class EmbeddedPostgres:
    """A PostgreSQL of our own for as long as the `with` block lasts; its data stays in `data_dir`.

    The server ends when this process does, also by kill -9: the kernel then asks it to shut down. Start it
    from the main thread, since the kernel watches the thread that started it.

    With `fast` nothing is synced to the disk: for tests. `port` asks for a certain port; otherwise a free one
    is chosen once and kept. `say` is told, in one line each, of what takes time.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        fast: bool = False,
        port: int | None = None,
        say: Callable[[str], None] = _keep_quiet,
    ) -> None:
        self._data_dir = data_dir
        self._fast = fast
        self._wanted_port = port
        self._say = say
        self._held: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._home: Home
        self._kept: Kept
        self._binaries: Binaries

    def __enter__(self) -> Self:
        """Start. Raises PostgresFault, one sentence."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, with the data safe."""
        self.stop()

    @property
    def bin_dir(self) -> Path:
        """Where `psql`, `pgbench` and the other programs are."""
        return self._binaries.bin_dir

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return self._kept.port

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def cluster(self) -> Path:
        """The folder with the data."""
        return self._home.cluster

    def url(self, role: str = OWNER, database: str = DATABASE) -> str:
        """The address for a role that can sign in: OWNER for migrations, LOGIN for the product, or SUPERUSER."""
        return address(self._kept, role, database)

    def running(self) -> bool:
        """Whether the server is still there."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Stop the server: politely, then less so. May be called twice."""
        process, self._process = self._process, None
        if process is not None:
            for name, patience in LONGEST_STOP.items():
                if process.poll() is None:
                    process.send_signal(name)
                    try:
                        process.wait(patience)
                    except subprocess.TimeoutExpired:
                        continue
        if self._held is not None:
            self._held.close()
            self._held = None

    def start_again(self) -> None:
        """Start anew after the server has died. Raises PostgresFault."""
        self.stop()
        self._start()

    def _start(self) -> None:
        found = find_binaries()
        self._home = open_home(self._data_dir)
        self._held = lock(self._home)
        self._binaries = readable_binaries(found, self._home.account, self._home.cluster.parent)
        kept = read_kept(self._home)
        passwords = new_passwords() | (kept.passwords if kept else {})
        if not self._home.cluster.is_dir():
            self._say(f"Making a database in {self._home.cluster}")
            make_cluster(self._home, self._binaries, passwords, fast=self._fast)
        else:
            check_cluster(self._home, self._binaries)
            clear_leftovers(self._home.cluster)
            if kept is None or passwords != kept.passwords:
                give_login(self._home, self._binaries, fast=self._fast)
                set_passwords(self._home, self._binaries, self._home.cluster, passwords, fast=self._fast)
        self._kept = Kept(self._choose_port(kept), passwords)
        try:
            self._launch_when_free()
        except PortTaken:
            if self._wanted_port is not None:
                raise
            self._kept = Kept(_free_port(), passwords)
            self._launch_when_free()
        if self._kept != kept:
            keep(self._home, self._kept)

    def _launch_when_free(self) -> None:
        """Launch; after a kill -9 the old server's helpers take a moment to notice that it is gone."""
        until = time.monotonic() + LONGEST_DYING
        while True:
            try:
                return self._launch()
            except StillInUse:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def _choose_port(self, kept: Kept | None) -> int:
        if self._wanted_port is not None:
            if not _is_free(self._wanted_port):
                raise PortTaken(
                    f"Port {self._wanted_port} is taken by another program: stop it or choose another port."
                )
            return self._wanted_port
        if kept and _is_free(kept.port):
            return kept.port
        if kept:
            self._say(f"The database's port {kept.port} is taken by another program; choosing another")
        return _free_port()

    def _launch(self) -> None:
        command: list[str | Path] = [self.bin_dir / "postgres", "-D", self._home.cluster]
        command += options(self.port, fast=self._fast)
        log = self._home.log
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.unlink()
        with log.open("ab") as said:
            log.chmod(0o600)
            begin = said.tell()
            try:
                # Its own session: a Ctrl-C meant for us must not stop it before those who use it.
                self._process = subprocess.Popen(  # noqa: S603
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    cwd="/",
                    env=ENVIRONMENT,
                    umask=0o077,
                    start_new_session=True,
                    preexec_fn=ending_with_me(signal.SIGINT),
                    **self._home.account.credentials(),
                )
            except OSError as error:
                raise PostgresFault(f"{command[0]} cannot be run: {error.strerror}.") from None
        self._wait_until_ready(begin)

    def _wait_until_ready(self, log_begin: int) -> None:
        assert self._process is not None
        until = time.monotonic() + LONGEST_START
        while not self._ready(self._process.pid):
            if self._process.poll() is not None:
                with self._home.log.open("rb") as log:
                    log.seek(log_begin)
                    said = log.read().decode("utf-8", "replace")
                raise from_log(said, self._home.cluster.parent, self.port)
            if time.monotonic() > until:
                raise PostgresFault(
                    f"PostgreSQL did not get ready in {LONGEST_START:.0f} s; see {self._home.log}."
                )
            time.sleep(0.01)

    def _ready(self, pid: int) -> bool:
        """Whether the server has written that it takes connections (the eighth line of its mark)."""
        try:
            lines = (self._home.cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    for _ in range(100):
        port = random.randrange(*PORTS)  # noqa: S311
        if _is_free(port):
            return port
    raise PostgresFault("No free port was found for the database.")
