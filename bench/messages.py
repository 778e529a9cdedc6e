"""Chat messages, durable, against pgbench doing the same statements in the same run."""

import os
import re
import subprocess
import uuid
from pathlib import Path

from bench.client import Wish, form, load
from bench.data import CHATS, STAFF
from bench.place import Place
from bench.report import Report

SCRIPT = Path(__file__).parent / "messages.sql"
CONNECTIONS = 16
FIRST = 40_000_000
TEXT = "Har du ont just nu, eller kommer det och går?"


async def measure(place: Place, report: Report, scale: float) -> None:
    """`message_ratio` and `message_p99_ms` at 16 connections."""
    limit = _pgbench(place, seconds=max(int(10 * scale), 2))
    staff = await place.staff(list(range(1, STAFF + 1)))

    def next_message(connection: int, turn: int) -> Wish:
        # Each connection writes in its own share of the chats, as each nurse does.
        case = FIRST + 1 + (connection + turn * CONNECTIONS) % CHATS
        owner = staff[case % STAFF]
        return Wish(
            "POST", f"/staff/cases/1-{case}/messages", owner.headers, form(text=TEXT, key=str(uuid.uuid4()))
        )

    done = await load(place.host, place.port, next_message, connections=CONNECTIONS, seconds=10 * scale)
    if set(done.statuses) != {201}:
        raise RuntimeError(f"messages answered {done.statuses}")
    report.add(
        "message_ratio",
        done.per_second / limit,
        f"{done.per_second:,.0f} messages/s ÷ {limit:,.0f} by pgbench",
    )
    report.add("message_p99_ms", done.p99_ms, f"median {done.p50_ms:.1f} ms")


def _pgbench(place: Place, seconds: int) -> float:
    """What PostgreSQL alone can do of the same statements, per second."""
    command = [
        *(str(place.postgres.bin_dir / "pgbench"), "-n", "-M", "prepared", "-f", str(SCRIPT)),
        *("-c", str(CONNECTIONS), "-j", "2", "-T", str(seconds), place.database_url),
    ]
    environ = {**os.environ, "PGOPTIONS": "-c role=vardlots_app"}
    told = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout
    found = re.search(r"tps = ([\d.]+)", told)
    failed = re.search(r"number of failed transactions: (\d+)", told)
    if found is None or (failed and failed[1] != "0"):
        raise RuntimeError(told)
    return float(found[1])
