"""Sessions for the measurements: signed-in staff and patients, made by the product's own session store."""

import re
from datetime import timedelta

import msgspec

from bench.client import Connection
from vardlots.access.sessions import Limits, Sessions
from vardlots.platform.db import Database
from vardlots.platform.live import Hub


class Visitor(msgspec.Struct, frozen=True):
    """Somebody signed in: the headers that their browser sends."""

    headers: tuple[tuple[str, str], ...]


async def staff(database: Database, staff_ids: list[int]) -> list[str]:
    """A session's token for each member of staff (their assignment has the same number)."""
    sessions = _sessions(database)
    return [await sessions.open_for_staff(staff_id=n, assignment_id=n, acr="bench") for n in staff_ids]


async def patients(database: Database, person_ids: list[int]) -> list[str]:
    """A session's token for each patient."""
    sessions = _sessions(database)
    return [await sessions.open_for_patient(person_id=n, acr="bench") for n in person_ids]


def _sessions(database: Database) -> Sessions:
    return Sessions(database, Hub(), Limits(idle=timedelta(hours=1), absolute=timedelta(hours=8)))


async def visitor(connection: Connection, token: str, page: str) -> Visitor:
    """Open a page as the token's owner and take up the form token, as a browser does. Raises RuntimeError."""
    answer = await connection.call("GET", page, headers=(("cookie", f"session={token}"),))
    found = re.search(rb'name="csrf-token" content="([^"]+)"', answer.body)
    if answer.status != 200 or found is None:
        raise RuntimeError(f"{page} answered {answer.status}")
    csrf_cookie = answer.headers["set-cookie"].split(";", 1)[0]
    return Visitor(
        (
            ("cookie", f"session={token}; {csrf_cookie}"),
            ("x-csrf-token", found[1].decode()),
            ("content-type", "application/x-www-form-urlencoded"),
        )
    )
