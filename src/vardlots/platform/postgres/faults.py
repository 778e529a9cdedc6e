"""What can go wrong with the embedded server, each as one sentence a person can act on."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

NEW_CLUSTER_BYTES = 300_000_000
OLD_CLUSTER_BYTES = 50_000_000


class PostgresFault(Exception):
    """The embedded PostgreSQL cannot run; the text is one sentence for the person at the keyboard."""


class PortTaken(PostgresFault):
    """Another program listens on the port."""


class StillInUse(PostgresFault):
    """Processes of a server that was killed have not all ended yet."""


def need_space(folder: Path, needed: int) -> None:
    """Raise PostgresFault when the disk of `folder` has less than `needed` bytes left."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise PostgresFault(
            f"The disk of {folder} is full: {free // 1_000_000} MB are left and the database needs at least "
            f"{needed // 1_000_000} MB."
        )


def from_log(log: str, folder: Path, port: int | None = None) -> PostgresFault:
    """The fault that the server's own words tell of. `log` is what it wrote since it was started."""
    if "No space left on device" in log:
        return PostgresFault(f"The disk of {folder} is full: make room and start again.")
    if "Address already in use" in log or "could not bind" in log:
        return PortTaken(f"Port {port} is taken by another program: stop it or choose another port.")
    if "pre-existing shared memory block" in log or "is still in use" in log:
        return StillInUse(f"Parts of a PostgreSQL that was killed still run in {folder}: stop them first.")
    if "wrong ownership" in log:
        return PostgresFault(f"The database in {folder} belongs to another user: start as that user.")
    if "Permission denied" in log:
        return PostgresFault(f"The database user may not use {folder}: {_last_words(log)}.")
    return PostgresFault(f"PostgreSQL did not start: {_last_words(log)}.")


def _last_words(log: str) -> str:
    words = re.findall(r"(?:FATAL|PANIC|ERROR|initdb: error|error):\s+(.*)", log)
    lines = [line for line in log.splitlines() if line.strip()]
    said = words[-1] if words else lines[-1] if lines else "it said nothing"
    return str(said).strip().rstrip(".")
