"""From times to what the calendar draws: columns, and each time's place on the day. Pure.

A place is a row of five minutes from where the drawn part of the day begins: the stylesheet has a class for each, as
pages may hold no styles of their own.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from vardlots.booking.schedules.model import DAY_MINUTES, Closed, Schedule, State
from vardlots.booking.schedules.queries import days_of
from vardlots.configuration.time_types import TimeType
from vardlots.platform import clock
from vardlots.platform.i18n import text
from vardlots.platform.pages import clock_time, day_words

STEP = 5
# What is shown of a day that has no times.
USUAL = (8 * 60, 17 * 60)
_SCALES = ((30, "s"), (20, "m"), (15, "l"))


class View(msgspec.Struct, frozen=True):
    """The part of the day that is drawn, in minutes of the wall clock, and how tall five minutes are."""

    begins: int
    ends: int
    scale: str

    @property
    def rows(self) -> int:
        return (self.ends - self.begins) // STEP

    @property
    def hours(self) -> list[dict[str, Any]]:
        """The hours at the edge, with their rows."""
        return [
            {"row": (minute - self.begins) // STEP + 1, "label": f"{minute // 60 % 24:02d}.00"}
            for minute in range(self.begins, self.ends, 60)
        ]

    def row(self, minute: int) -> int:
        """The row of a minute of the day, the first is 1."""
        return (max(minute, self.begins) - self.begins) // STEP + 1


class Words(msgspec.Struct, frozen=True):
    """What drawing a time needs beside the time."""

    lang: str
    types: Mapping[str, TimeType]
    reasons: Mapping[str, str]
    now: datetime


def wall_minutes(moment: datetime) -> int:
    """Minutes since midnight on the wall clock."""
    at = clock.local(moment)
    return at.hour * 60 + at.minute


def length(row: Mapping[str, Any]) -> int:
    """How long a time is, in minutes."""
    return int((row["ends_at"] - row["starts_at"]).total_seconds() // 60)


def view_of(rows: Sequence[Mapping[str, Any]]) -> View:
    """From the whole hour before the first time until the one after the last, at least an ordinary day's middle."""
    first = min((wall_minutes(row["starts_at"]) for row in rows), default=USUAL[0])
    last = max((wall_minutes(row["starts_at"]) + length(row) for row in rows), default=USUAL[1])
    begins = min(first // 60 * 60, USUAL[0])
    ends = min(max(-(-last // 60) * 60, USUAL[1]), DAY_MINUTES)
    shortest = min((length(row) for row in rows), default=30)
    scale = next((name for least, name in _SCALES if shortest >= least), "xl")
    return View(begins, ends, scale)


def type_name(said: Words, code: str) -> str:
    """What a time type is called; its code where nobody knows it any more."""
    kind = said.types.get(code)
    if kind is None:
        return code
    return kind.name if said.lang == "sv" else kind.name_en


def span_words(row: Mapping[str, Any]) -> str:
    """*08.00–08.30*."""
    return f"{clock_time(row['starts_at'])}–{clock_time(row['ends_at'])}"


def state_of(row: Mapping[str, Any], now: datetime) -> str:
    """free, held, booked, attended, missed, blocked, or taken by somebody who is not shown."""
    if row["state"] == State.FREE.value:
        return "held" if row["held_until"] is not None and row["held_until"] > now else "free"
    if row["state"] == State.TAKEN.value:
        return str(row["became"] or "booked")
    return str(row["state"])


def who_of(row: Mapping[str, Any], lang: str) -> str:
    """Initials and age, or the word that stands for whoever is hidden."""
    if row["veiled"]:
        return text(lang, "Spärrad")
    if row["protected"]:
        return text(lang, "Skyddad")
    if not row["case_id"]:
        return ""
    return text(lang, "{initials}, {age} år", initials=row["initials"], age=row["age"])


def state_words(state: str, lang: str) -> str:
    """A time's state in a word or two."""
    return {
        "free": text(lang, "Ledig"),
        "held": text(lang, "Hålls för någon"),
        "booked": text(lang, "Bokad"),
        "attended": text(lang, "Kom"),
        "missed": text(lang, "Uteblev"),
        "blocked": text(lang, "Spärrad tid"),
    }.get(state, state)


def draw_time(row: Mapping[str, Any], view: View, said: Words, href: str) -> dict[str, Any]:
    """A time ready to draw."""
    state = state_of(row, said.now)
    kind = said.types.get(row["time_type"])
    who, name, span = who_of(row, said.lang), type_name(said, row["time_type"]), span_words(row)
    reason = said.reasons[row["reason"]] if row["reason"] and not row["veiled"] else ""
    more = who or (row["why"] if state == "blocked" else "")
    top = wall_minutes(row["starts_at"])
    over = row["ends_at"] <= said.now
    return {
        "id": row["slot_id"],
        "href": href,
        "state": state,
        "word": state_words(state, said.lang),
        "colour": kind.colour if kind is not None else "grey",
        "row": view.row(top),
        "rows": max(min(-(-length(row) // STEP), (view.ends - top) // STEP), 1),
        "minutes": length(row),
        "begins": clock_time(row["starts_at"]),
        "ends": clock_time(row["ends_at"]),
        "time": span,
        "who": more,
        "reason": reason,
        "type": name,
        "locked": bool(row["booking_for"]) or not row["patient_sees"],
        "over": over,
        "at": clock.local(row["starts_at"]).strftime("%H:%M"),
    }


def closed_words(closed: Sequence[Closed], schedule_id: int, day: date, lang: str) -> str:
    """Why a day of a schedule is closed; "" when it is not."""
    for one in closed:
        if one.schedule_id == schedule_id and day in days_of([one]):
            return text(lang, "Stängt: {why}", why=one.why) if one.why else text(lang, "Stängt")
    return ""


def summary_words(rows: Sequence[Mapping[str, Any]], now: datetime, lang: str) -> str:
    """*12 lediga, 5 bokade, 1 spärrad*; "" for no times."""
    free = sum(row["state"] == "free" and row["starts_at"] > now for row in rows)
    booked = sum(row["state"] == "taken" for row in rows)
    blocked = sum(row["state"] == "blocked" for row in rows)
    parts = [
        text(lang, "{n} lediga", n=free) if free != 1 else text(lang, "1 ledig"),
    ]
    if booked:
        parts.append(text(lang, "{n} bokade", n=booked) if booked != 1 else text(lang, "1 bokad"))
    if blocked:
        parts.append(text(lang, "{n} spärrade", n=blocked) if blocked != 1 else text(lang, "1 spärrad"))
    return ", ".join(parts) if rows else ""


def strip(rows: Sequence[Mapping[str, Any]], view: View, now: datetime) -> list[dict[str, Any]]:
    """A day's times as marks on a strip as wide as the day."""
    return [
        {
            "x": view.row(wall_minutes(row["starts_at"])) - 1,
            "w": max(length(row) // STEP, 1),
            "state": "booked" if row["state"] == "taken" else row["state"],
            "over": row["ends_at"] <= now,
        }
        for row in rows
    ]


def column(
    *,
    schedule: Schedule,
    day: date,
    title: str,
    sub: str,
    times: Sequence[dict[str, Any]],
    closed: str,
    href: str,
    shown: bool,
    mine: bool,
    lang: str,
) -> dict[str, Any]:
    """A column: one schedule on one day. `shown` on a narrow page, `mine` where the actor may change it."""
    return {
        "id": f"{schedule.schedule_id}-{day.isoformat()}",
        "schedule": schedule.schedule_id,
        "day": day.isoformat(),
        "day_words": day_words(day, lang),
        "title": title,
        "sub": sub,
        "times": list(times),
        "closed": closed,
        "href": href,
        "shown": shown,
        "mine": mine,
        "today": day == clock.today(),
    }
