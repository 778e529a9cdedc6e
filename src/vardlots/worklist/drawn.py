"""The rows of a queue as HTML, each drawn once for as long as it looks the same.

A queue is fetched by everybody who looks at it whenever anything moves, and nearly all of its rows are as they were.
A row is known by the case's last timeline number, the minute, and what may change without a row in the timeline. Who it
is about is looked up only for rows that have to be drawn, at least once a minute: so long a changed name may stand.
A changed mark of protection is signalled, and every row is drawn anew.
"""

import secrets
from collections.abc import Callable
from typing import Any, TypeAlias

from litestar import Response

from vardlots.access.actor import StaffActor
from vardlots.access.family.actions import MARKS
from vardlots.platform import pages
from vardlots.platform.db import Connection
from vardlots.platform.live import Hub
from vardlots.platform.static import asset
from vardlots.worklist import queries
from vardlots.worklist.marks import is_offered
from vardlots.worklist.rows import Pen, reached

Draw: TypeAlias = Callable[[Pen, dict[str, Any]], dict[str, Any]]
MOST_KEPT = 5_000
# Stands in the page where the rows go: they are set in as bytes, since a hundred kilobytes copied thrice is felt.
# Nobody can guess it, so nothing that somebody wrote can stand for it.
PLACE = f"rows-{secrets.token_hex(12)}"
_kept: dict[tuple[Any, ...], bytes] = {}


def listen(hub: Hub) -> None:
    """Forget every row when somebody's mark of protection has changed: no name stands for a minute after that (A9)."""
    hub.watch(MARKS, lambda _: _kept.clear())


async def drawn_rows(
    connection: Connection,
    *,
    by: StaffActor,
    pen: Pen,
    outlines: list[dict[str, Any]],
    draw: Draw,
    waiting: bool,
) -> bytes:
    """The rows by the template `queue_row.html`. Of a `waiting` list each that the actor may take has its button."""
    if len(_kept) > MOST_KEPT:
        _kept.clear()
    keys = _keys(by, pen, outlines, draw, waiting)
    html = [_kept.get(key) for key in keys]
    missing = [row["case_id"] for row, drawn in zip(outlines, html, strict=True) if drawn is None]
    if missing:
        rows = {row["case_id"]: row for row in await queries.rows_of(connection, by=by, case_ids=missing)}
        for place, (outline, key) in enumerate(zip(outlines, keys, strict=True)):
            if html[place] is None and outline["case_id"] in rows:
                row = draw(pen, rows[outline["case_id"]])
                row["first"], row["take"] = key[-2:]
                context = {"row": row, "icons": asset("vendor/icons.svg")}
                html[place] = _kept[key] = pages.render(pen.lang, "worklist/queue_row.html", context).encode()
    return b"".join(drawn for drawn in html if drawn)


def with_rows(response: Response[Any], rows: bytes) -> Response[Any]:
    """The page with its rows in their place."""
    response.content = str(response.content).encode().replace(PLACE.encode(), rows, 1)
    return response


def _keys(
    by: StaffActor, pen: Pen, outlines: list[dict[str, Any]], draw: Draw, waiting: bool
) -> list[tuple[Any, ...]]:
    """What each row is known by; the last two say whether it is the first to take, and how the actor takes it."""
    keys = []
    first = True
    for row in outlines:
        take = _take(by, row) if waiting else ""
        is_first = first and take != ""
        first = first and not is_first
        keys.append(
            (
                draw,
                pen.lang,
                pen.provider_id,
                pen.practice.edition,
                pen.known.edition,
                row["case_id"],
                row["last_n"],
                int((pen.now - row["arrived_at"]).total_seconds() // 60),
                reached(pen.hub, row),
                row["veiled"],
                row["unread"],
                row["owner_here"] or row["owner_staff_id"] == by.staff_id,
                is_offered(row, by),
                is_first,
                take,
            )
        )
    return keys


def _take(by: StaffActor, row: dict[str, Any]) -> str:
    """How the actor takes a waiting case: "take", "anyway" (*Ta emot ändå*: another role's), or ""."""
    if row["phase"] != "queued" or row["veiled"]:
        return ""
    if row["role"] == by.role:
        return "take"
    return "anyway" if by.clinical else ""
