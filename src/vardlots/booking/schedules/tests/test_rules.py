"""The laws of the times that a pattern gives, whatever the pattern."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vardlots.booking.schedules.model import Given, Left, Pattern
from vardlots.booking.schedules.rules import check, falls_on, parts, times_of_rule
from vardlots.clinics.hours import holiday
from vardlots.platform import clock
from vardlots.platform.errors import Invalid

CLOCK_TIMES = st.integers(0, 24 * 12 - 1).map(lambda n: time(n * 5 // 60, n * 5 % 60))
# Around the days that have an hour less or more, leap days, and a turn of a year.
DAYS = st.one_of(
    st.dates(date(2027, 3, 24), date(2027, 4, 2)),
    st.dates(date(2027, 10, 27), date(2027, 11, 4)),
    st.dates(date(2028, 2, 25), date(2028, 3, 3)),
    st.dates(date(2026, 12, 20), date(2027, 1, 8)),
)


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    from_time = draw(CLOCK_TIMES)
    return Pattern(
        weekdays=draw(st.frozensets(st.integers(1, 7), min_size=1)),
        from_time=from_time,
        to_time=draw(CLOCK_TIMES.filter(lambda at: at != from_time)),
        minutes=draw(st.integers(1, 48)) * 5,
        from_day=draw(DAYS),
        every_weeks=draw(st.integers(1, 4)),
        on_holidays=draw(st.booleans()),
    )


def of(pattern: Pattern, days: int = 12, closed: frozenset[date] = frozenset()) -> Given:
    last = pattern.from_day + timedelta(days=days)
    return times_of_rule(pattern, first=pattern.from_day, last=last, closed=closed)


def minute(at: time) -> int:
    return at.hour * 60 + at.minute


@settings(max_examples=150, deadline=None)
@given(patterns(), st.frozensets(DAYS, max_size=5))
def test_the_laws_of_the_times(pattern: Pattern, closed: frozenset[date]) -> None:
    found = of(pattern, closed=closed)
    for one in found.times:
        assert one.ends - one.starts == timedelta(minutes=pattern.minutes)
        begins = clock.local(one.starts)
        # Its place on the wall clock is a whole number of lengths from where the pattern begins, in summer and winter.
        assert (minute(begins.time()) - minute(pattern.from_time)) % (24 * 60) % pattern.minutes == 0
        assert begins.date() not in closed
        assert clock.local(one.ends - timedelta(seconds=1)).date() not in closed
        assert pattern.on_holidays or not holiday(begins.date())
        assert any(falls_on(pattern, begins.date() - timedelta(days=back)) for back in (0, 1))
        # The moment is the first that the wall clock shows it.
        assert begins.fold == 0
    for before, after in zip(found.times, found.times[1:], strict=False):
        assert before.ends <= after.starts


@settings(max_examples=60, deadline=None)
@given(patterns(), st.integers(0, 11))
def test_days_opened_bit_by_bit_are_the_days_opened_at_once(pattern: Pattern, cut: int) -> None:
    """What lets a rule go on from the day it has come to."""
    first, last = pattern.from_day, pattern.from_day + timedelta(days=12)
    between = first + timedelta(days=cut)
    begin = times_of_rule(pattern, first=first, last=between).times
    rest = times_of_rule(pattern, first=between + timedelta(days=1), last=last).times
    whole = times_of_rule(pattern, first=first, last=last).times
    assert set(whole) <= set(begin + rest)
    assert all(
        any(one.starts < other.ends and other.starts < one.ends for other in whole) for one in begin + rest
    )


def daily(**changed: object) -> Pattern:
    base: dict[str, object] = {
        "weekdays": frozenset(range(1, 8)),
        "from_time": time(8),
        "to_time": time(10),
        "minutes": 30,
        "from_day": date(2027, 3, 22),
    }
    return Pattern(**{**base, **changed})  # type: ignore[arg-type]


def walls(found: Given) -> list[str]:
    return [clock.local(one.starts).strftime("%d %H.%M") for one in found.times]


def test_a_time_stays_on_the_wall_clock_when_summer_time_begins() -> None:
    found = of(daily(to_time=time(8, 30), from_day=date(2027, 3, 27)), days=2)
    # Easter: the Saturday is no holiday, Sunday and Monday are.
    assert walls(found) == ["27 08.00"]
    found = of(daily(to_time=time(8, 30), from_day=date(2027, 3, 27), on_holidays=True), days=2)
    assert walls(found) == ["27 08.00", "28 08.00", "29 08.00"]
    assert [one.starts.hour for one in found.times] == [7, 6, 6]


def test_the_hour_that_does_not_exist_has_no_times_and_the_one_that_comes_twice_has_them_once() -> None:
    night = daily(
        from_time=time(1), to_time=time(4), minutes=60, on_holidays=True, from_day=date(2027, 3, 28)
    )
    found = of(night, days=0)
    assert walls(found) == ["28 01.00", "28 03.00"]
    assert [why for _, why in found.left] == [Left.NO_SUCH_HOUR]
    autumn = of(daily(from_time=time(1), to_time=time(4), minutes=60, from_day=date(2027, 10, 30)), days=0)
    assert walls(autumn) == ["30 01.00", "30 02.00", "30 03.00"]
    autumn = of(daily(from_time=time(1), to_time=time(4), minutes=60, from_day=date(2027, 10, 31)), days=0)
    assert [one.starts for one in autumn.times] == [
        datetime(2027, 10, 30, 23, tzinfo=UTC),
        datetime(2027, 10, 31, 0, tzinfo=UTC),
        datetime(2027, 10, 31, 2, tzinfo=UTC),
    ]


def test_a_night_goes_on_past_midnight_and_a_leap_day_is_a_day() -> None:
    night = daily(from_time=time(23), to_time=time(1), minutes=30, from_day=date(2028, 2, 28))
    assert walls(of(night, days=1)) == [
        *("28 23.00", "28 23.30", "29 00.00", "29 00.30"),
        *("29 23.00", "29 23.30", "01 00.00", "01 00.30"),
    ]


def test_a_night_that_reaches_into_a_closed_day_stops_at_midnight() -> None:
    night = daily(from_time=time(23), to_time=time(1), minutes=60, from_day=date(2028, 2, 28))
    assert walls(of(night, days=0, closed=frozenset({date(2028, 2, 29)}))) == ["28 23.00"]


def test_holidays_are_left_out_and_counted_unless_chosen() -> None:
    christmas = daily(from_day=date(2026, 12, 24), to_time=time(9))
    found = of(christmas, days=3)
    assert walls(found) == ["27 08.00", "27 08.30"]
    assert found.left_by_reason() == {Left.HOLIDAY: 6}
    assert len(of(daily(from_day=date(2026, 12, 24), on_holidays=True), days=3).times) == 16


def test_every_other_week_counts_from_the_week_of_the_first_day() -> None:
    pattern = daily(weekdays=frozenset({1, 5}), every_weeks=2, from_day=date(2027, 4, 7))
    days = [date(2027, 4, 7) + timedelta(days=n) for n in range(21)]
    assert [day.day for day in days if falls_on(pattern, day)] == [9, 19, 23]


def test_a_break_divides_the_day_and_the_times_begin_anew_after_it() -> None:
    pattern = daily(
        from_time=time(8), to_time=time(15), minutes=50, pause=(time(12), time(13)), from_day=date(2027, 4, 7)
    )
    assert [wall[3:] for wall in walls(of(pattern, days=0))] == [
        *("08.00", "08.50", "09.40", "10.30"),
        *("13.00", "13.50"),
    ]
    assert parts(pattern) == [(time(8), time(12)), (time(13), time(15))]


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("weekdays", {"weekdays": frozenset()}),
        ("to", {"to_time": time(8)}),
        ("to", {"to_time": time(8, 20)}),
        ("to_day", {"to_day": date(2027, 3, 1)}),
        ("minutes", {"minutes": 2}),
        ("every_weeks", {"every_weeks": 9}),
        ("pause_from", {"pause": (time(7), time(7, 30))}),
        ("pause_from", {"pause": (time(9, 30), time(9))}),
    ],
)
def test_a_pattern_that_can_give_nothing_says_which_field(field: str, changed: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        check(daily(**changed))
    assert refused.value.field == field
    check(daily())
