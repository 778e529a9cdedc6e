"""The rows of one's own desk, on the start page and beside the visit: a state, a line, who asks or has invited."""

from datetime import datetime
from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.platform.i18n import text
from vardlots.platform.pages import when_words
from vardlots.worklist.marks import Mark
from vardlots.worklist.own_queries import OwnCases
from vardlots.worklist.rows import Pen, draw, flag_taken, minutes_since, span, words

# What is new to whoever reads the list: it has a dot beside the visit.
NEWS = frozenset({Mark.ANSWERED, Mark.LEFT, Mark.TALK, Mark.OFFERED, Mark.CALL, Mark.UNREAD})
# What the line says already.
_PLAIN = frozenset({Mark.GOES_ON})


def draw_own(pen: Pen, row: dict[str, Any]) -> dict[str, Any]:
    """A row of *Mina aktuella*, *Överlämnas till mig* or *Besök som gäst*.

    Adds `line` (what has happened), `chip` (the one state that matters, None where the line says it), `side` (one line
    that says both, for the list beside the visit) and `news`.
    """
    draw(pen, row)
    mark = flag_taken(pen, row)
    lang = pen.lang
    row["news"] = mark in NEWS
    row["chip"] = (
        None
        if mark is None or mark in _PLAIN
        else {"text": row["flag"], "kind": row["flag_kind"], "icon": row["flag_icon"]}
    )
    row["time"] = _how_long(pen, row)
    row["line"] = _line(pen, row)
    row["side"] = row["flag"] if row["chip"] else row["time"]
    if row["invited"]:
        invited = text(lang, "{who} bjöd in", who=row["invited"]["who"])
        row["line"] = invited
        row["side"] = row["side"] if row["news"] else invited
    if row["asked"]:
        asked_at = datetime.fromisoformat(row["asked"]["at"])
        row["side"] = text(lang, "Synk överlämning, {time}", time=when_words(asked_at, lang))
        row["asked_at"] = when_words(asked_at, lang)
        row["line"] = text(lang, "Från {who}, {time}", who=row["asked"]["who"], time=row["asked_at"])
    return row


def _how_long(pen: Pen, row: dict[str, Any]) -> str:
    began: datetime | None = row["started_at"]
    if began is None:
        return ""
    return text(pen.lang, "pågår {time}", time=span(words(pen.lang), minutes_since(began)))


def _line(pen: Pen, row: dict[str, Any]) -> str:
    lang = pen.lang
    began: datetime | None = row["started_at"]
    if began is not None:
        return text(lang, "Besöket startade {time}", time=when_words(began, lang))
    got = row["got"] or {"kind": "", "at": row["accepted_at"].isoformat()}
    at = when_words(datetime.fromisoformat(got["at"]), lang)
    match got["kind"]:
        case "assigned":
            return text(lang, "Du fick ärendet {time}", time=at)
        case "taken_over" | "handover_accepted":
            return text(lang, "Du tog över {time}", time=at)
    return text(lang, "Du tog emot {time}", time=at)


def side(pen: Pen, by: StaffActor, own: OwnCases, at: str) -> dict[str, Any]:
    """The list beside the visit: its parts, each with its rows; `at` is the case that is shown."""
    lang = pen.lang
    for row in own.all:
        draw_own(pen, row)
        row["active"] = row["id"] == at
    # A guest who is asked to take the visit over reads it once, where it wants an answer.
    asked = {row["id"] for row in own.offered}
    named = (
        ("offered", text(lang, "Överlämnas till mig"), own.offered),
        ("mine", text(lang, "Mina aktuella"), own.mine),
        ("guest", text(lang, "Gäst"), [row for row in own.guest if row["id"] not in asked]),
    )
    topics = [
        *(f"unit:{unit_id}" for unit_id in sorted(by.unit_ids)),
        f"staff:{by.staff_id}",
        f"shifts:{by.provider_id}",
    ]
    return {
        "own": [
            {"name": name, "title": title, "rows": rows, "n": len(rows)}
            for name, title, rows in named
            if rows or name == "mine"
        ],
        "own_url": f"/staff/own-cases?at={at}",
        "own_topics": " ".join(topics),
    }
