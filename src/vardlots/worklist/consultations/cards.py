"""*Konsultationer* on the start page: the first of those that wait for an answer, and answers to one's own."""

from typing import Any

from vardlots.platform.db import Connection
from vardlots.worklist.consultations import queries
from vardlots.worklist.consultations.drawing import draw
from vardlots.worklist.consultations.lists import PATH
from vardlots.worklist.consultations.queries import CARDS, Tab
from vardlots.worklist.shell import Desk


async def cards(connection: Connection, desk: Desk) -> dict[str, Any]:
    """Rows for `worklist/consultation_cards.html`, and how many there are."""
    found, _ = await queries.rows(connection, by=desk.by, tab=Tab.NEW, chosen=desk.chosen, most=CARDS)
    rows = [draw(desk, row, Tab.NEW) for row in found]
    mine, _ = await queries.rows(connection, by=desk.by, tab=Tab.SENT, chosen=desk.chosen, most=queries.PAGE)
    told = [row for row in mine if row["from_staff_id"] == desk.by.staff_id and _is_news(row)]
    return {
        "rows": rows,
        "told": [draw(desk, row, Tab.SENT) for row in told[:CARDS]],
        "count": desk.waiting.get("consultations", len(rows)),
        "href": desk.chosen.address(PATH),
    }


def _is_news(row: dict[str, Any]) -> bool:
    """Whether there is something to read for the one who asked, and to end."""
    return bool(row["last_n"] > row["sender_read_n"] and (row["answered_at"] or row["ended_at"]))
