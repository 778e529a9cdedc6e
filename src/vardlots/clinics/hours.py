"""When a unit is open or on call: its week, holidays, and days of its own, on the wall clock in Sweden. Pure.

A day's hours are those of its exception, else those of *holiday* on a Swedish public holiday, else those of its
weekday; a day that has none is closed. "24:00" is the day's end; hours that close before they open go on past midnight,
at the longest until the next day's own begin.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import holidays
import msgspec

from vardlots.platform import clock

HOLIDAY = "holiday"
DAYS = (*map(str, range(7)), HOLIDAY)
# Not red in the law but closed like a Sunday in most of health care [assumed]; a provider may say otherwise.
EVES = ("Midsommarafton", "Julafton", "Nyårsafton")
# Longer than between any two holidays, for a unit that opens on nothing else.
LOOK_AHEAD_DAYS = 400
# Open for longer than this without a break is open around the clock.
ALWAYS_DAYS = 8
_DAY = timedelta(days=1)


class Exceptional(msgspec.Struct, frozen=True):
    """A day that is not as its weekday: its hours (None: closed), and why."""

    hours: tuple[str, str] | None
    text: str = ""


class Hours(msgspec.Struct, frozen=True):
    """A timetable: `week` maps "0" (Monday) … "6" and "holiday" to opens and closes."""

    week: Mapping[str, Sequence[str]]
    exceptions: Mapping[date, Exceptional] = {}
    eves_are_holidays: bool = True


class Span(msgspec.Struct, frozen=True):
    """From a moment until another, both in UTC; never empty."""

    starts: datetime
    ends: datetime


class Opening(msgspec.Struct, frozen=True):
    """Whether a unit is open. `changes_at` is when it closes or next opens (aware), None when that never comes.

    `why` says in Swedish why this day is not as its weekday: the holiday's name, or the unit's own words.
    """

    is_open: bool
    changes_at: datetime | None
    always: bool = False
    why: str = ""


class HasHours(msgspec.Struct, frozen=True, kw_only=True):
    """What a unit's hours are kept in (see `model.Unit`)."""

    opening: dict[str, list[str]]
    on_call: dict[str, list[str]] = {}
    exceptions: list[dict[str, Any]] = []
    eves_are_holidays: bool = True
    active: bool = True


def hours_of(unit: HasHours, of: str = "opening") -> Hours:
    """The timetable of a unit, `of` "opening" or "on_call". A unit that is switched off has none."""
    if not unit.active:
        return Hours({})
    found = {
        date.fromisoformat(one["date"]): Exceptional(
            (one["opens"], one["closes"]) if one.get("opens") else None, one.get("text", "")
        )
        for one in unit.exceptions
        if one.get("of", "opening") == of
    }
    return Hours(unit.opening if of == "opening" else unit.on_call, found, unit.eves_are_holidays)


@lru_cache(maxsize=64)
def _year(year: int) -> tuple[dict[date, str], dict[date, str]]:
    """The red days of a year and the eves, by their names."""
    red = holidays.country_holidays("SE", years=year, language="sv")
    every = holidays.country_holidays("SE", years=year, language="sv", categories=("public", "de_facto"))
    named = {day: red[day] for day in red}
    return named, {day: every[day] for day in every if day not in named and every[day] in EVES}


def holiday(day: date, *, eves: bool = True) -> str:
    """The Swedish name of a public holiday, or with `eves` of one of `EVES`; "" for a day that is neither."""
    red, evenings = _year(day.year)
    return red.get(day) or (evenings.get(day, "") if eves else "")


def day_hours(hours: Hours, day: date) -> tuple[Sequence[str] | None, str]:
    """What a day opens and closes (None: closed), and why it is not as its weekday ("" when it is)."""
    exception = hours.exceptions.get(day)
    if exception is not None:
        return exception.hours, exception.text or holiday(day, eves=hours.eves_are_holidays)
    name = holiday(day, eves=hours.eves_are_holidays)
    return (hours.week.get(HOLIDAY) if name else hours.week.get(str(day.weekday()))) or None, name


def span_of(hours: Hours, day: date) -> Span | None:
    """The hours that begin on a day, or None. They end when the next day's begin, at the latest."""
    span = _whole(hours, day)
    if span is None:
        return None
    following = _whole(hours, day + _DAY)
    ends = min(span.ends, following.starts) if following is not None else span.ends
    return Span(span.starts, ends) if span.starts < ends else None


def spans(hours: Hours, first: date, days: int) -> Iterator[Span]:
    """The hours that begin on `first` and the days after it, one after another; none overlaps another."""
    for number in range(days):
        span = span_of(hours, first + number * _DAY)
        if span is not None:
            yield span


def opening(hours: Hours, now: datetime) -> Opening:
    """The state at a moment: open and until when, or closed and until when."""
    today = clock.local(now).date()
    why = day_hours(hours, today)[1]
    ahead = spans(hours, today - _DAY, LOOK_AHEAD_DAYS if _ever_opens(hours, today) else 0)
    span = next((one for one in ahead if now < one.ends), None)
    if span is None:
        return Opening(False, None, why=why)
    if now < span.starts:
        return Opening(False, span.starts, why=why)
    ends = span.ends
    for after in ahead:
        if after.starts > ends:
            break
        ends = after.ends
        if ends - now > ALWAYS_DAYS * _DAY:
            return Opening(True, None, always=True)
    return Opening(True, ends, why=why)


def opening_of(unit: HasHours, moment: datetime) -> Opening:
    """The unit's state at a moment, with what changes it and when."""
    return opening(hours_of(unit), moment)


def open_at(unit: HasHours, moment: datetime) -> bool:
    """Whether the unit is open at a moment."""
    return opening_of(unit, moment).is_open


def on_call_at(unit: HasHours, moment: datetime) -> bool:
    """Whether the unit is on call (*jour*) at a moment."""
    return opening(hours_of(unit, "on_call"), moment).is_open


def next_opening(unit: HasHours, moment: datetime) -> datetime | None:
    """When a unit that is closed opens, or the moment itself when it is open; None when it never does."""
    state = opening_of(unit, moment)
    return moment if state.is_open else state.changes_at


def day_spans(unit: HasHours, day: date, of: str = "opening") -> list[Span]:
    """The parts of a calendar day that the unit is open or on call, those that began the day before too."""
    begins, ends = _moment(day, time(0)), _moment(day + _DAY, time(0))
    cut = (
        Span(max(one.starts, begins), min(one.ends, ends)) for one in spans(hours_of(unit, of), day - _DAY, 2)
    )
    return [one for one in cut if one.starts < one.ends]


def _ever_opens(hours: Hours, today: date) -> bool:
    return any(hours.week.values()) or any(
        one.hours for day, one in hours.exceptions.items() if day >= today - _DAY
    )


def _whole(hours: Hours, day: date) -> Span | None:
    found = day_hours(hours, day)[0]
    if not found:
        return None
    starts = _moment(day, time.fromisoformat(found[0]))
    if found[1] == "24:00":
        ends = _moment(day + _DAY, time(0))
    else:
        past_midnight = found[1] <= found[0]
        ends = _moment(day + _DAY if past_midnight else day, time.fromisoformat(found[1]))
    return Span(starts, ends) if starts < ends else None


def _moment(day: date, wall: time) -> datetime:
    """The moment when the wall clock in Sweden shows a time; or should, in the hour that spring leaves out."""
    moment = datetime.combine(day, wall, clock.SWEDEN).astimezone(UTC)
    if clock.local(moment).time() != wall:
        # The clocks change at 01.00 UTC, all over the EU.
        moment = moment.replace(minute=0, second=0)
    return moment
