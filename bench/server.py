"""The server under measurement: the product's own, one worker process, as `vardlots serve` starts it."""

import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]


class Server:
    """One running server process."""

    def __init__(self, app: str, port: int, environ: dict[str, str]) -> None:
        self.app, self.port, self.environ = app, port, environ
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers. Raises RuntimeError after 20 seconds."""
        command = [
            *(
                sys.executable,
                "-m",
                "uvicorn",
                "--factory",
                self.app,
                "--host",
                "127.0.0.1",
                "--port",
                str(self.port),
            ),
            *("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"),
            *("--timeout-graceful-shutdown", "2", "--backlog", "4096"),
        ]
        self.process = subprocess.Popen(command, env={**os.environ, **self.environ}, cwd=ROOT)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=1):
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"{self.app} did not answer within 20 seconds")

    def stop(self, how: int = signal.SIGTERM) -> None:
        """Stop and wait."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=20)

    @property
    def memory_kb(self) -> int:
        """Resident memory of the process."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def product(database_url: str, port: int, data_dir: Path) -> Server:
    """The product with all checks on."""
    return Server(
        "vardlots.app:create_app",
        port,
        {
            "DATABASE_URL": database_url,
            "PORT": str(port),
            "VARDLOTS_DEMO": "1",
            "VARDLOTS_DATA_DIR": str(data_dir),
            "VARDLOTS_SECRET_KEY": secrets.token_hex(32),
            "VARDLOTS_DB_POOL_MAX": "16",
            "VARDLOTS_LOG_LEVEL": "ERROR",
        },
    )


def hello(port: int) -> Server:
    """Litestar's own hello page, the limit for a page."""
    return Server("bench.hello:create_app", port, {})
