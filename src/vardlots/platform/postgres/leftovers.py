"""What an earlier run may have left: a server still on its way down, or the mark of one that is gone."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from vardlots.platform.postgres.faults import PostgresFault

PATIENCE = {signal.SIGINT: 5.0, signal.SIGQUIT: 25.0}  # seconds until the signal is sent
GIVE_UP = 40.0
NO_PROCESS = 2**22 + 1  # one more than the highest process id Linux gives


def clear_leftovers(cluster: Path) -> None:
    """Make way for a new server. The caller holds the lock, so whatever runs here has lost its parent.

    Raises PostgresFault when a server that runs there cannot be stopped.
    """
    mark = cluster / "postmaster.pid"
    try:
        pid = int(mark.read_text(encoding="utf-8").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    began = time.monotonic()
    waiting = dict(PATIENCE)
    while mark.exists() and is_server(pid, cluster):
        waited = time.monotonic() - began
        if waited > GIVE_UP:
            raise PostgresFault(f"A PostgreSQL (process {pid}) still runs in {cluster}: stop it first.")
        for name, seconds in list(waiting.items()):
            if waited > seconds:
                del waiting[name]
                os.kill(pid, name)
        time.sleep(0.02)
    if mark.exists() and _alive(pid):
        # The number has gone to another program. The server would take that for itself and refuse to start;
        # it keeps its own look for survivors (shared memory) when the number is one that nobody has.
        lines = mark.read_text(encoding="utf-8").split("\n")
        mark.write_text("\n".join([str(NO_PROCESS), *lines[1:]]), encoding="utf-8")


def is_server(pid: int, cluster: Path) -> bool:
    """Whether the process is a server of this cluster, by its command line."""
    try:
        return os.fsencode(cluster) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").is_dir()
