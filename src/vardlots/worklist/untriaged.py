"""The marks of a queue's row that tell what triage has not read: it got worse, there is free text, words of danger.

They go when whoever has the case has read it: the read mark of the case decides, as in the visit. That there is free
text, and nothing to look out for in it, is told only while nobody has taken the case, and of no errand: an errand is
free text altogether.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from vardlots.platform.i18n import text
from vardlots.platform.pages import clock_time
from vardlots.triage import content

WORDS_MOST = 2


def marks(rows: Iterable[Mapping[str, Any]] | None, lang: str, *, errand: bool = False) -> dict[str, Any]:
    """`worse` (*Sämre 10.14*), `untold` (*Oläst fritext*, or the words of danger in it), `danger`, `untold_title`.

    `rows` are the case's own that nobody who has it has looked at: kind, at, unread, danger, text, taken.
    """
    found = list(rows or ())
    worse = [row for row in found if row["kind"] == "retriaged"]
    danger = list(dict.fromkeys(word for row in found for word in _danger(row)))
    written = not errand and any((row["unread"] or row["text"]) and not row["taken"] for row in found)
    untold = title = ""
    if danger:
        untold = ", ".join(danger[:WORDS_MOST]) + ("…" if len(danger) > WORDS_MOST else "")
        title = text(lang, "Oläst av triagen. Ord att se upp med: {words}", words=", ".join(danger))
    elif written:
        untold = text(lang, "Oläst fritext")
        title = text(lang, "Oläst av triagen")
    return {
        "worse": text(lang, "Sämre {time}", time=_time(worse[-1]["at"])) if worse else "",
        "untold": untold,
        "untold_title": title,
        "danger": bool(danger),
    }


def _danger(row: Mapping[str, Any]) -> list[str]:
    if row["text"]:
        return [hit.word.lower() for hit in content.protocols().danger.find(row["text"])]
    return list(row["danger"] or ())


def _time(at: str) -> str:
    return clock_time(datetime.fromisoformat(at))
