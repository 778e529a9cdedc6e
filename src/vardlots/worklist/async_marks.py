"""What a row of Asynkrona tells beside what was written: by when an answer is promised, that its owner is not at work,
that the patient can soon write no more (requirements F1, F2, F4)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from vardlots.platform import clock
from vardlots.platform.i18n import text
from vardlots.platform.pages import clock_time, day_words
from vardlots.worklist.rows import Pen

LAST_DAY = timedelta(days=1)


def mark_async(pen: Pen, row: dict[str, Any], stood: Mapping[int, str]) -> dict[str, Any]:
    """The row with `away` (words, "" for none) and the one flag that matters most.

    `stood` are those whom the reader stands in for today, by number, with their names.
    """
    row["away"] = ""
    if row["veiled"]:
        return row
    if row["phase"] == "follow_up" and row["owner_away"]:
        instead = stood.get(row["owner_staff_id"])
        row["away"] = (
            text(pen.lang, "Du ersätter {name}", name=instead)
            if instead
            else text(pen.lang, "Ägaren är inte på skift")
        )
    if row["answer_by"]:
        _promise(pen, row, date.fromisoformat(row["answer_by"]))
    elif row["phase"] == "follow_up" and timedelta() < row["writable_until"] - pen.now <= LAST_DAY:
        row["flag"] = text(pen.lang, "Stängs {time}", time=_soon(pen, row))
        row["flag_kind"], row["flag_icon"] = "notice", "timer"
    return row


def _promise(pen: Pen, row: dict[str, Any], day: date) -> None:
    said = day_words(day, pen.lang)
    if clock.local(pen.now).date() > day:
        row["flag"], row["flag_kind"] = text(pen.lang, "Skulle ha besvarats {day}", day=said), "danger"
    else:
        row["flag"], row["flag_kind"] = text(pen.lang, "Svar senast {day}", day=said), ""
    row["flag_icon"] = "calendar-clock"


def _soon(pen: Pen, row: dict[str, Any]) -> str:
    """The hour, with the day where it is tomorrow's."""
    until = row["writable_until"]
    if clock.local(until).date() == clock.local(pen.now).date():
        return clock_time(until)
    return text(pen.lang, "i morgon {time}", time=clock_time(until))
