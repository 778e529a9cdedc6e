"""Every list's first page, with next to nothing behind it and with ten million ended cases (requirement C8).

Beside the large database a small one is laid, with the same of everything else and just so many ended cases that every
list has a page. Both are served at once, and every page is asked for in turn, here and there: what else the machine
does meanwhile hits both alike. Each time is that of the twentieth part that was fastest.
"""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import msgspec

from bench.client import percentile
from bench.data import FEW, Region
from bench.people import Visitor
from bench.place import Place
from bench.report import TARGETS, Report
from bench.server import product
from vardlots.platform.migrate import migrate

# By what they show. Every one is what a browser asks for that comes from the menu.
STAFF_LISTS = {
    "start": "/staff",
    "waiting": "/staff/drop-in?unit=1&role=all&staff=all&tab=waiting",
    "taken": "/staff/drop-in?unit=1&role=all&staff=all&tab=taken",
    "ended": "/staff/drop-in?unit=1&role=all&staff=all&tab=ended",
    "ended, one role": "/staff/drop-in?unit=1&role=nurse&staff=all&tab=ended",
    "ended, one colleague's": "/staff/drop-in?unit=1&role=all&staff=2&tab=ended",
    "inbox": "/staff/async?unit=1&role=all&staff=all&tab=inbox",
    "no action": "/staff/async?unit=1&role=all&staff=all&tab=no-action",
    "asynchronous, ended": "/staff/async?unit=1&role=all&staff=all&tab=async-ended",
    "today": "/staff/days?unit=1&role=all&staff=all",
    "guest": "/staff/guest",
}
PATIENT_LISTS = {"home": "/", "cases": "/my/cases", "messages": "/my/messages", "tickets": "/my/tickets"}
# A patient whom no ended case of the large load is about: it is the provider's years that grow, not one person's.
PATIENT = 16_002
TIMES, WARM = 200, 20
# A page that seems to have grown is looked at again: what truly has grown has it every time.
LOOKS = 3


@asynccontextmanager
async def small_one(place: Place, report: Report) -> AsyncIterator[Place]:
    """A database with few ended cases beside the large one, on the same server, and the product that serves it."""
    admin = await asyncpg.connect(place.admin_url)
    await admin.execute(f"CREATE DATABASE few OWNER {urlsplit(place.database_url).username}")
    await admin.close()
    url, admin_url = (_few(one) for one in (place.database_url, place.admin_url))
    await migrate(url)
    region = await Region.connect(admin_url, report.tell)
    await region.lay_first()
    await region.close()
    port = place.port + 2
    few = msgspec.structs.replace(
        place,
        port=port,
        database_url=url,
        admin_url=admin_url,
        server=product(url, port, Path(place.server.environ["VARDLOTS_DATA_DIR"] + "-few")),
    )
    few.server.start()
    try:
        yield few
    finally:
        few.server.stop()


def _few(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path="/few"))


async def measure(place: Place, few: Place, report: Report, scale: float, ended: int) -> None:
    """`list_growth`: how much longer the list takes with many ended cases that has grown most."""
    grown: dict[str, float] = {}
    lines: dict[str, str] = {}
    here, there = await _pages(place), await _pages(few)
    for name, (path, reader) in here.items():
        for _ in range(LOOKS):
            many, some = await _in_turn(
                (place, path, reader), (few, *there[name]), times=max(int(TIMES * scale), 60)
            )
            if many / some < grown.get(name, math.inf):
                grown[name] = many / some
                lines[name] = f"{name}: {some * 1000:.2f} ms → {many * 1000:.2f} ms"
            if grown[name] <= TARGETS["list_growth"].value:
                break
        report.tell(f"  {lines[name]}, {grown[name]:.2f} of what it was")
    worst = max(grown, key=lambda name: grown[name])
    report.add("list_growth", grown[worst], f"{ended:,} ended cases against {FEW:,}; {lines[worst]}")


async def _pages(place: Place) -> dict[str, tuple[str, Visitor]]:
    """The lists' addresses, and who reads them."""
    (nurse,), (patient,) = await place.staff([1]), await place.patients([PATIENT])
    found = {name: (path, nurse) for name, path in STAFF_LISTS.items()}
    return found | {f"patient's {name}": (path, patient) for name, path in PATIENT_LISTS.items()}


async def _in_turn(
    one: tuple[Place, str, Visitor], other: tuple[Place, str, Visitor], times: int
) -> tuple[float, float]:
    """The times of two pages in seconds, asked for in turn."""
    connections = [place.connection() for place, _, _ in (one, other)]
    found: list[list[float]] = [[], []]
    try:
        for number in range(times + WARM):
            for connection, (_, path, reader), seconds in zip(connections, (one, other), found, strict=True):
                answer = await connection.call("GET", path, headers=reader.headers)
                if answer.status != 200:
                    raise RuntimeError(f"{path} answered {answer.status}")
                if number >= WARM:
                    seconds.append(answer.seconds)
    finally:
        for connection in connections:
            connection.close()
    return percentile(sorted(found[0]), 0.05), percentile(sorted(found[1]), 0.05)
