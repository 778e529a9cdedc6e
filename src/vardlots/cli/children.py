"""Child processes that end with us, are started again when they die, and stop in order."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

from vardlots.platform.processes import ending_with_me

FIRST_WAIT = 1.0  # seconds before a child that died is started again; doubled each time
LONGEST_WAIT = 30.0
STEADY = 60.0  # a child that lived so long is forgiven
PATIENCE = 8.0  # seconds a child gets to stop by itself


class Child:
    """One `vardlots` command that should always run."""

    def __init__(self, name: str, environ: Mapping[str, str], say: Callable[[str], None]) -> None:
        self.name = name
        self._environ = dict(environ)
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._wait = FIRST_WAIT
        self._again_at: float | None = None

    def start(self) -> None:
        """Start it, in a session of its own: Ctrl-C reaches us alone, and we stop our children in order."""
        self._started = time.monotonic()
        self._again_at = None
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "vardlots.cli", self.name],
            env=self._environ,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=ending_with_me(signal.SIGTERM),
        )

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self.running() and self._process else None

    def running(self) -> bool:
        """Whether it is there."""
        return self._process is not None and self._process.poll() is None

    def look_after(self) -> None:
        """Say so when it has died, and start it again when its time has come."""
        if self.running():
            return
        now = time.monotonic()
        if self._again_at is None:
            assert self._process is not None
            if now - self._started > STEADY:
                self._wait = FIRST_WAIT
            how = _how(self._process.returncode)
            self._say(f"{self.name} ended with {how}; starting it again in {self._wait:.0f} s")
            self._again_at = now + self._wait
            self._wait = min(self._wait * 2, LONGEST_WAIT)
        elif now >= self._again_at:
            self.start()

    def stop(self) -> None:
        """Ask it to stop, and make it when it does not."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _how(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"
