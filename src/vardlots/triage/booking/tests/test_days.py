"""A week and a day of times as they are drawn: weekends, midnight, the night the clocks change, two at one moment."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from vardlots.platform import clock
from vardlots.triage.booking.days import (
    monday_of,
    sections,
    time_rows,
    week_heading,
    week_strip,
    when_in_words,
)

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class At(msgspec.Struct, frozen=True):
    ref: str
    starts_at: datetime


def swedish(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=clock.SWEDEN)


def test_a_week_is_monday_to_friday_and_the_weekend_only_where_there_are_times() -> None:
    with clock.at(NOW):
        week = week_strip(date(2026, 11, 23), {date(2026, 11, 24): 5}, date(2026, 11, 24), str, "sv")
        assert [(day["name"], day["n"], day["count"]) for day in week] == [
            ("mån", 23, "fullt"),
            ("tis", 24, "5 tider"),
            ("ons", 25, "fullt"),
            ("tors", 26, "fullt"),
            ("fre", 27, "fullt"),
        ]
        assert [day["current"] for day in week] == [False, True, False, False, False]
        assert week[0]["href"] == ""
        assert week[1]["href"] == "2026-11-24"
        longer = week_strip(date(2026, 11, 23), {date(2026, 11, 29): 1}, None, str, "sv")
        assert (len(longer), longer[6]["count"]) == (7, "1 tid")


def test_a_day_that_has_been_is_not_said_to_be_full() -> None:
    with clock.at(NOW + timedelta(days=2)):
        week = week_strip(date(2026, 11, 23), {}, None, str, "sv")
    assert [day["count"] for day in week] == ["–", "–", "fullt", "fullt", "fullt"]


@pytest.mark.parametrize(
    ("monday", "said"),
    [
        (date(2026, 11, 23), "Vecka 48, november"),
        (date(2026, 11, 30), "Vecka 49, november–december"),
        (date(2026, 12, 28), "Vecka 53, december–januari"),
        (date(2028, 2, 28), "Vecka 9, februari–mars"),
    ],
)
def test_a_week_is_named_by_its_number_and_month(monday: date, said: str) -> None:
    assert week_heading(monday, "sv") == said
    assert monday_of(monday + timedelta(days=6)) == monday


def test_times_stand_by_the_part_of_the_day_on_the_swedish_clock() -> None:
    """10.59 UTC is before noon in winter; 22.30 UTC the evening before is just past midnight in summer."""
    drawn = sections(
        [
            At("c", swedish(24, 17)),
            At("a", swedish(24, 11, 59)),
            At("b", datetime(2026, 11, 24, 11, 0, tzinfo=UTC)),
            At("0", swedish(24, 0)),
        ],
        "b",
        "sv",
    )
    assert [(part["label"], [time["time"] for time in part["times"]]) for part in drawn] == [
        ("Tisdag förmiddag", ["00.00", "11.59"]),
        ("Tisdag eftermiddag", ["12.00"]),
        ("Tisdag kväll", ["17.00"]),
    ]
    assert drawn[1]["times"][0]["chosen"] is True


def test_the_hour_that_comes_twice_gives_two_times() -> None:
    twice = [
        At("a", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        At("b", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ]
    (part,) = sections(twice, None, "sv")
    assert [(time["slot"], time["time"]) for time in part["times"]] == [("a", "02.30"), ("b", "02.30")]


def test_what_begins_at_one_moment_is_one_and_the_chosen_one_is_it() -> None:
    both = [At("a", swedish(24, 9, 40)), At("b", swedish(24, 9, 40))]
    (part,) = sections(both, "b", "sv")
    assert [(time["slot"], time["chosen"]) for time in part["times"]] == [("b", True)]
    assert [row["slot"] for row in time_rows(both, "sv")] == ["a"]


def test_a_moment_is_said_as_one_would_today() -> None:
    with clock.at(NOW):
        assert when_in_words(swedish(23, 9, 40), "sv") == "i dag 09.40"
        assert when_in_words(swedish(24, 0, 5), "sv") == "i morgon 00.05"
        assert when_in_words(swedish(26, 9, 40), "sv") == "tors 26 nov 09.40"
