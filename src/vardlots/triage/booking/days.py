"""A week of days and a day of times, as the page that chooses a time draws them. Pure: knows no database."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from vardlots.clinics.words import month_words, weekday_words
from vardlots.platform import clock
from vardlots.platform.i18n import N_, plural, text
from vardlots.platform.pages import clock_time, day_words

WEEK = timedelta(days=7)
# The parts of a day, by the hour at which each begins; the night belongs to the morning that follows it.
_PARTS = ((17, "evening"), (12, "afternoon"), (0, "morning"))
_PART_WORDS = {
    "morning": N_("{weekday} förmiddag"),
    "afternoon": N_("{weekday} eftermiddag"),
    "evening": N_("{weekday} kväll"),
}
_SHORT = (N_("mån"), N_("tis"), N_("ons"), N_("tors"), N_("fre"), N_("lör"), N_("sön"))


class Time(Protocol):
    """What is drawn of a time: its name in addresses, and when it begins."""

    @property
    def ref(self) -> object: ...
    @property
    def starts_at(self) -> datetime: ...


def monday_of(day: date) -> date:
    """The Monday of the week of a day."""
    return day - timedelta(days=day.weekday())


def week_heading(monday: date, lang: str) -> str:
    """*Vecka 48, november*; both months where the week has days of two."""
    last = monday + timedelta(days=6)
    months = month_words(monday.month, lang)
    if last.month != monday.month:
        months = f"{months}–{month_words(last.month, lang)}"
    return text(lang, "Vecka {week}, {months}", week=monday.isocalendar().week, months=months)


def week_strip(
    monday: date, counts: Mapping[date, int], chosen: date | None, href: Callable[[date], str], lang: str
) -> list[dict[str, Any]]:
    """The days of a week, Monday to Friday, and the days after it where there are times on them.

    Each day: `href` ("" for one without times), `name`, `n`, `count` ("5 tider"), `current`, `full`.
    """
    days = [monday + timedelta(days=n) for n in range(7)]
    shown = 7 if any(counts.get(day) for day in days[5:]) else 5
    return [_cell(day, counts.get(day, 0), day == chosen, href, lang) for day in days[:shown]]


def _cell(day: date, count: int, current: bool, href: Callable[[date], str], lang: str) -> dict[str, Any]:
    return {
        "href": href(day) if count else "",
        "name": text(lang, _SHORT[day.weekday()]),
        "n": day.day,
        "count": _count_words(day, count, lang),
        "current": current,
        "full": not count,
    }


def _count_words(day: date, count: int, lang: str) -> str:
    if day < clock.today():
        return "–"
    return plural(lang, "{n} tid", "{n} tider", count) if count else text(lang, "fullt")


def sections(times: Iterable[Time], chosen: object | None, lang: str) -> list[dict[str, Any]]:
    """A day's times by the part of the day: `label`, and `times` each with `slot`, `time`, `label`, `chosen`.

    Two times that begin at the same moment, with different staff, are one to the patient: whichever comes first.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    labels: dict[str, str] = {}
    seen: dict[datetime, dict[str, Any]] = {}
    for time in sorted(times, key=lambda one: one.starts_at):
        is_chosen = chosen is not None and time.ref == chosen
        if (drawn := seen.get(time.starts_at)) is not None:
            if is_chosen:
                drawn |= {"slot": str(time.ref), "chosen": True}
            continue
        part = _part_of(time.starts_at)
        weekday = weekday_words(clock.local(time.starts_at).weekday(), lang)
        labels[part] = text(lang, _PART_WORDS[part], weekday=weekday[:1].upper() + weekday[1:])
        seen[time.starts_at] = time_row(time, lang) | {"chosen": is_chosen}
        found.setdefault(part, []).append(seen[time.starts_at])
    return [{"label": labels[part], "times": rows} for part, rows in found.items()]


def _part_of(moment: datetime) -> str:
    hour = clock.local(moment).hour
    return next(name for begins, name in _PARTS if hour >= begins)


def time_row(time: Time, lang: str) -> dict[str, Any]:
    """A time as a button: `slot`, `time` (09.40), `label` (tis 24 nov 09.40)."""
    return {
        "slot": str(time.ref),
        "time": clock_time(time.starts_at),
        "label": moment_in_words(time.starts_at, lang),
    }


def time_rows(times: Sequence[Time], lang: str) -> list[dict[str, Any]]:
    """Times of several days as buttons, the first first; what begins at the same moment once."""
    first = {time.starts_at: time for time in reversed(times)}
    return [time_row(first[moment], lang) for moment in sorted(first)]


def moment_in_words(moment: datetime, lang: str) -> str:
    """*tis 24 nov 09.40*, whatever day it is today."""
    return f"{day_words(moment, lang)} {clock_time(moment)}"


def when_in_words(moment: datetime, lang: str) -> str:
    """*i dag 09.40*, *i morgon 09.40*, *tis 24 nov 09.40*."""
    days = (clock.local(moment).date() - clock.today()).days
    if days == 0:
        return text(lang, "i dag {time}", time=clock_time(moment))
    if days == 1:
        return text(lang, "i morgon {time}", time=clock_time(moment))
    return moment_in_words(moment, lang)
