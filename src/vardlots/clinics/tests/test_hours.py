"""When a unit is open: weekdays, red days, eves, days of its own, nights on call, nights when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from vardlots.clinics import hours
from vardlots.clinics.hours import DAYS, Hours
from vardlots.clinics.model import Unit
from vardlots.clinics.words import opening_words, week_words
from vardlots.platform import clock

OFFICE = {str(day): ["07:30", "17:00"] for day in range(4)} | {"4": ["07:30", "16:00"]}
ALWAYS = {day: ["00:00", "24:00"] for day in DAYS}


def unit(**more: Any) -> Unit:
    return Unit(
        provider_id=1,
        unit_id=1,
        name="Ängsviken",
        kind="health_centre",
        phone=None,
        address=None,
        takes_drop_in=True,
        reports_emergencies=False,
        welcome=None,
        provider_name="Region Lotsvik",
        scheme="1-12",
        **{"opening": OFFICE, **more},
    )


def wall(text: str) -> datetime:
    """A moment on the Swedish wall clock."""
    return datetime.fromisoformat(text).replace(tzinfo=clock.SWEDEN)


@pytest.mark.parametrize(
    ("moment", "is_open", "changes"),
    [
        ("2026-11-19 12:00", True, "2026-11-19 17:00"),
        ("2026-11-19 07:29", False, "2026-11-19 07:30"),
        ("2026-11-19 07:30", True, "2026-11-19 17:00"),
        ("2026-11-19 17:00", False, "2026-11-20 07:30"),
        ("2026-11-20 16:30", False, "2026-11-23 07:30"),
        # Epiphany 2027 is a Wednesday; Easter 2026 takes Friday and Monday; All Saints' is a Saturday that moves.
        ("2027-01-06 12:00", False, "2027-01-07 07:30"),
        ("2026-04-02 18:00", False, "2026-04-07 07:30"),
        # Christmas Eve and New Year's Eve are holidays by default.
        ("2026-12-23 18:00", False, "2026-12-28 07:30"),
        ("2026-12-31 12:00", False, "2027-01-04 07:30"),
    ],
)
def test_open_and_until_when(moment: str, is_open: bool, changes: str) -> None:
    state = hours.opening_of(unit(), wall(moment))
    assert (state.is_open, state.changes_at) == (is_open, wall(changes))
    assert hours.open_at(unit(), wall(moment)) is is_open
    expected = wall(moment) if is_open else wall(changes)
    assert hours.next_opening(unit(), wall(moment)) == expected


def test_red_days_are_all_there_and_the_moved_ones_move() -> None:
    named = {day.isoformat(): name for year in (2026, 2027) for day, name in hours._year(year)[0].items()}
    assert named["2026-06-20"] == named["2027-06-26"] == "Midsommardagen"
    assert named["2026-10-31"] == named["2027-11-06"] == "Alla helgons dag"
    assert named["2026-05-14"] == "Kristi himmelsfärdsdag"
    assert len([day for day in named if day.startswith("2026")]) == 13
    assert hours.holiday(date(2026, 11, 22)) == "", "a Sunday is a weekday of its own"


def test_eves_are_holidays_until_a_provider_says_otherwise() -> None:
    eve = wall("2026-12-31 12:00")
    assert not hours.open_at(unit(), eve)
    assert hours.open_at(unit(eves_are_holidays=False), eve)
    assert not hours.open_at(unit(eves_are_holidays=False), wall("2027-01-01 12:00"))


def test_holidays_have_hours_of_their_own() -> None:
    place = unit(opening=OFFICE | {"holiday": ["09:00", "12:00"]})
    assert hours.day_spans(place, date(2026, 12, 25)) == [
        hours.Span(wall("2026-12-25 09:00"), wall("2026-12-25 12:00"))
    ]


def test_an_exception_rules_over_holiday_and_weekday() -> None:
    place = unit(
        exceptions=[
            {"of": "opening", "date": "2026-12-24", "opens": "08:00", "closes": "11:00", "text": ""},
            {"of": "opening", "date": "2026-11-19", "opens": "", "closes": "", "text": "Planeringsdag"},
            {"of": "on_call", "date": "2026-11-20", "opens": "", "closes": "", "text": ""},
        ]
    )
    assert hours.open_at(place, wall("2026-12-24 09:00"))
    state = hours.opening_of(place, wall("2026-11-19 12:00"))
    assert (state.is_open, state.why) == (False, "Planeringsdag")
    assert hours.open_at(place, wall("2026-11-20 12:00")), "the other timetable's exception is not this one's"


def test_on_call_goes_past_midnight_until_the_next_day_begins() -> None:
    nights = {day: ["17:00", "08:00"] for day in DAYS}
    place = unit(on_call=nights)
    assert hours.on_call_at(place, wall("2026-11-20 03:00"))
    assert not hours.on_call_at(place, wall("2026-11-20 12:00"))
    assert hours.day_spans(place, date(2026, 11, 20), "on_call") == [
        hours.Span(wall("2026-11-20 00:00"), wall("2026-11-20 08:00")),
        hours.Span(wall("2026-11-20 17:00"), wall("2026-11-21 00:00")),
    ]
    early = unit(on_call=nights | {"4": ["06:00", "10:00"]})
    assert hours.opening(hours.hours_of(early, "on_call"), wall("2026-11-20 05:00")).changes_at == wall(
        "2026-11-20 10:00"
    ), "one after another without a gap is one"


def test_a_unit_that_is_switched_off_or_has_no_hours_never_opens() -> None:
    for place in (unit(active=False), unit(opening={})):
        assert hours.opening_of(place, wall("2026-11-19 12:00")) == hours.Opening(False, None)
        assert hours.next_opening(place, wall("2026-11-19 12:00")) is None
    only_holidays = unit(opening={"holiday": ["10:00", "14:00"]})
    assert hours.next_opening(only_holidays, wall("2026-06-21 12:00")) == wall("2026-10-31 10:00")


def test_the_nights_when_the_clocks_change() -> None:
    place = unit(opening=ALWAYS | {"6": ["02:30", "04:00"]}, on_call={"6": ["02:10", "02:50"]})
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    assert hours.day_spans(place, spring) == [
        hours.Span(datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(2026, 3, 29, 2, 0, tzinfo=UTC))
    ]
    assert hours.day_spans(place, spring, "on_call") == [], "that hour did not come"
    (night,) = hours.day_spans(place, autumn)
    assert night.ends - night.starts == timedelta(hours=2, minutes=30), (
        "the hour that comes twice counts twice"
    )


def test_around_the_clock_is_always() -> None:
    assert hours.opening_of(unit(opening=ALWAYS), wall("2026-12-25 03:00")).always


@pytest.mark.parametrize(
    ("now", "said", "opening"),
    [
        ("2026-11-19 12:00", "öppet till 17.00", OFFICE),
        ("2026-11-19 18:00", "stängt, öppnar i morgon 07.30", OFFICE),
        ("2026-11-20 18:00", "stängt, öppnar måndag 07.30", OFFICE),
        ("2027-01-06 10:00", "stängt i dag, trettondagen, öppnar i morgon 07.30", OFFICE),
        ("2026-11-19 12:00", "öppet dygnet runt", ALWAYS),
        ("2026-11-19 12:00", "öppet till midnatt", OFFICE | {"3": ["08:00", "24:00"]}),
        ("2026-11-19 12:00", "stängt", {}),
        ("2026-11-19 12:00", "stängt, öppnar fre 25 dec 10.00", {"holiday": ["10:00", "12:00"]}),
    ],
)
def test_in_words(now: str, said: str, opening: dict[str, list[str]]) -> None:
    with clock.at(wall(now).astimezone(UTC)):
        place = unit(opening=opening, eves_are_holidays=False)
        assert opening_words(hours.opening_of(place, clock.now()), "sv") == said


def test_a_week_in_short() -> None:
    assert week_words(OFFICE, "sv") == "mån–tors 07.30–17.00, fre 07.30–16.00"
    assert week_words({}, "sv") == "stängt"


TIMES = st.times().map(lambda t: time(t.hour, t.minute).isoformat("minutes"))
SPANS = st.tuples(TIMES, st.one_of(TIMES, st.just("24:00"))).filter(lambda s: s[0] != s[1]).map(list)
WEEKS = st.dictionaries(st.sampled_from(DAYS), SPANS)
DAYS_OF_2026 = st.dates(date(2025, 12, 1), date(2027, 1, 31))
EXCEPTIONS = st.dictionaries(
    DAYS_OF_2026,
    st.one_of(st.none(), SPANS).map(lambda s: hours.Exceptional((s[0], s[1]) if s else None)),
    max_size=8,
)
TABLES = st.builds(Hours, WEEKS, EXCEPTIONS, st.booleans())
MOMENTS = st.integers(0, 365 * 24 * 60).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n))


@settings(max_examples=150, deadline=None)
@drawn(TABLES, DAYS_OF_2026)
def test_spans_come_one_after_another_and_never_overlap(table: Hours, first: date) -> None:
    found = list(hours.spans(table, first, 40))
    assert all(one.starts < one.ends for one in found)
    assert all(before.ends <= after.starts for before, after in pairwise(found))


@settings(max_examples=150, deadline=None)
@drawn(TABLES, MOMENTS)
def test_what_is_said_to_open_opens_and_to_close_closes(table: Hours, now: datetime) -> None:
    state = hours.opening(table, now)
    if state.changes_at is None:
        return
    assert state.changes_at > now
    assert hours.opening(table, state.changes_at).is_open is not state.is_open
    just_before = state.changes_at - timedelta(microseconds=1)
    assert hours.opening(table, just_before).is_open is state.is_open


@settings(max_examples=100, deadline=None)
@drawn(WEEKS, DAYS_OF_2026)
def test_the_spans_of_a_day_are_when_it_is_open(week: dict[str, list[str]], day: date) -> None:
    place = unit(opening=week)
    spans = hours.day_spans(place, day)
    midnight = datetime.combine(day, time(), clock.SWEDEN).astimezone(UTC)
    for minutes in range(0, 23 * 60, 97):
        moment = midnight + timedelta(minutes=minutes)
        assert hours.open_at(place, moment) is any(one.starts <= moment < one.ends for one in spans)


def test_a_unit_reads_its_row() -> None:
    assert msgspec.structs.replace(unit(), active=False).specialties == ()
