"""Which times a pattern gives, on the wall clock in Sweden. Pure.

A time keeps its place on the wall clock whatever the season, and its length in minutes. A time that would begin in the
hour that summer time takes away is left out, and so is one that another would reach into then; the hour that comes
twice has its times once.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from vardlots.booking.schedules.model import DAY_MINUTES, Given, Left, Pattern, Span
from vardlots.clinics.hours import holiday
from vardlots.platform import clock
from vardlots.platform.errors import Invalid
from vardlots.platform.i18n import N_

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
LEAST_MINUTES, MOST_MINUTES, MOST_WEEKS = 5, 480, 8


def check(pattern: Pattern) -> None:
    """Raises Invalid with the field for a pattern that can give no time, or that no schedule can have."""
    if not pattern.weekdays or not pattern.weekdays <= set(range(1, 8)):
        raise Invalid("weekdays", N_("Välj minst en veckodag."))
    if pattern.from_time == pattern.to_time:
        raise Invalid("to", N_("Välj en sluttid som är en annan än starttiden."))
    if not LEAST_MINUTES <= pattern.minutes <= MOST_MINUTES:
        raise Invalid("minutes", N_("Välj en längd mellan 5 minuter och 8 timmar."))
    if not 1 <= pattern.every_weeks <= MOST_WEEKS:
        raise Invalid("every_weeks", N_("Välj mellan varje vecka och var åttonde."))
    if pattern.to_day is not None and pattern.to_day < pattern.from_day:
        raise Invalid("to_day", N_("Sista dagen är före den första. Byt en av dem."))
    if pattern.pause is not None and not _is_within(pattern):
        raise Invalid("pause_from", N_("Lägg rasten mellan starttiden och sluttiden."))
    if not any(last - first >= pattern.minutes for first, last in _windows(pattern)):
        raise Invalid("to", N_("Ingen tid ryms. Välj en senare sluttid eller en kortare tidtyp."))


def _is_within(pattern: Pattern) -> bool:
    assert pattern.pause is not None
    begins, ends = _minutes(pattern.from_time), _end(pattern)
    first = _after(_minutes(pattern.pause[0]), begins)
    last = _after(_minutes(pattern.pause[1]), begins)
    return begins <= first < last <= ends


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _end(pattern: Pattern) -> int:
    """Minutes from the day's beginning to where the pattern ends: past midnight when it ends before it begins."""
    ends = _minutes(pattern.to_time)
    return ends if pattern.to_time > pattern.from_time else ends + DAY_MINUTES


def _after(minute: int, begins: int) -> int:
    return minute if minute >= begins else minute + DAY_MINUTES


def _windows(pattern: Pattern) -> list[tuple[int, int]]:
    """The parts of the day, in minutes from its beginning: one, or those before and after the break."""
    begins, ends = _minutes(pattern.from_time), _end(pattern)
    if pattern.pause is None:
        return [(begins, ends)]
    first, last = (_after(_minutes(at), begins) for at in pattern.pause)
    return [(begins, first), (last, ends)]


def parts(pattern: Pattern) -> list[tuple[time, time]]:
    """The pattern's parts of the day on the wall clock, for what is kept without a break."""
    return [
        (_wall(first), _wall(last)) for first, last in _windows(pattern) if last - first >= pattern.minutes
    ]


def _wall(minutes: int) -> time:
    hours, rest = divmod(minutes % DAY_MINUTES, 60)
    return time(hours, rest)


def falls_on(pattern: Pattern, day: date) -> bool:
    """Whether the pattern has times that begin on a day: its weekday, its week, within its first and last day."""
    if day < pattern.from_day or (pattern.to_day is not None and day > pattern.to_day):
        return False
    if day.isoweekday() not in pattern.weekdays:
        return False
    weeks = (_monday(day) - _monday(pattern.from_day)).days // 7
    return weeks % pattern.every_weeks == 0


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def times_of_rule(
    pattern: Pattern, *, first: date, last: date, closed: frozenset[date] = frozenset(), eves: bool = True
) -> Given:
    """The times of the days from `first` to `last`, both included, in order and never one upon another.

    `closed` are days without times. `eves`: whether the provider keeps the eves as holidays (`clinics/hours.py`).
    """
    times: list[Span] = []
    left: list[tuple[Span, Left]] = []
    free_from = datetime.min.replace(tzinfo=UTC)
    for day in _days(pattern, first, last):
        for wall in _walls(pattern, day):
            span = _span(wall, pattern.minutes)
            why = _left_out(pattern, span, wall, closed, eves)
            if why is None and span.starts < free_from:
                why = Left.NO_SUCH_HOUR
            if why is not None:
                left.append((span, why))
                continue
            times.append(span)
            free_from = span.ends
    return Given(tuple(times), tuple(left))


def _days(pattern: Pattern, first: date, last: date) -> Iterator[date]:
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        if falls_on(pattern, day):
            yield day


def _walls(pattern: Pattern, day: date) -> Iterator[datetime]:
    """Where each time of a day begins, as a wall clock says it."""
    midnight = datetime.combine(day, time.min)
    for begins, ends in _windows(pattern):
        for minute in range(begins, ends - pattern.minutes + 1, pattern.minutes):
            yield midnight + timedelta(minutes=minute)


def _span(wall: datetime, minutes: int) -> Span:
    starts = wall.replace(tzinfo=clock.SWEDEN).astimezone(UTC)
    return Span(starts, starts + timedelta(minutes=minutes))


def _left_out(
    pattern: Pattern, span: Span, wall: datetime, closed: frozenset[date], eves: bool
) -> Left | None:
    begins = clock.local(span.starts)
    if begins.replace(tzinfo=None) != wall:
        return Left.NO_SUCH_HOUR
    if begins.date() in closed or clock.local(span.ends - _INSTANT).date() in closed:
        return Left.CLOSED
    if not pattern.on_holidays and holiday(begins.date(), eves=eves):
        return Left.HOLIDAY
    return None
