"""Where a time is drawn, and what is said of it."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vardlots.configuration.time_types import standing_time_types
from vardlots.worklist.booking.calendar_draw import View, Words, draw_time, state_of, summary_words, view_of

NOW = datetime(2026, 11, 19, 8, tzinfo=UTC)


class Reasons(defaultdict[str, str]):
    def __missing__(self, key: str) -> str:
        return key


SAID = Words("sv", standing_time_types(), Reasons(), NOW)


def time(hour: float, minutes: int = 30, state: str = "free", **changed: Any) -> dict[str, Any]:
    """A time on the 19th of November, by the clock in Sweden."""
    starts = datetime(2026, 11, 18, 23, tzinfo=UTC) + timedelta(hours=hour)
    row = {
        "slot_id": 7,
        "starts_at": starts,
        "ends_at": starts + timedelta(minutes=minutes),
        "state": state,
        "held_until": None,
        "became": None,
        "case_id": None,
        "veiled": False,
        "protected": False,
        "initials": "",
        "age": None,
        "reason": None,
        "why": "",
        "time_type": "nurse_visit",
        "booking_for": [],
        "patient_sees": True,
    }
    return {**row, **changed}


def test_an_ordinary_day_is_drawn_and_more_where_there_are_times() -> None:
    assert view_of([]) == View(8 * 60, 17 * 60, "s")
    assert view_of([time(7.5), time(18, 45)]) == View(7 * 60, 19 * 60, "s")
    assert view_of([time(22, 120)]) == View(8 * 60, 24 * 60, "s")


@pytest.mark.parametrize(("minutes", "scale"), [(60, "s"), (30, "s"), (20, "m"), (15, "l"), (5, "xl")])
def test_the_shortest_time_decides_how_tall_the_day_is(minutes: int, scale: str) -> None:
    assert view_of([time(9, 60), time(11, minutes)]).scale == scale


def test_a_time_stands_at_its_row_and_is_as_long_as_it_is() -> None:
    view = view_of([])
    drawn = draw_time(time(9.25, 45), view, SAID, "")
    assert (drawn["row"], drawn["rows"], drawn["time"]) == (16, 9, "09.15–10.00")
    # One that goes on past what is drawn ends there; a day has classes for so many rows.
    late = draw_time(time(23, 180), view_of([time(23, 180)]), SAID, "")
    assert (late["row"] + late["rows"] - 1) * 5 == (24 - 8) * 60


def test_a_held_time_is_free_again_by_itself_and_who_has_one_may_be_hidden() -> None:
    assert state_of(time(9, held_until=NOW + timedelta(minutes=1)), NOW) == "held"
    assert state_of(time(9, held_until=NOW), NOW) == "free"
    whose: dict[str, Any] = {
        "case_id": 1,
        "initials": "R E",
        "age": 58,
        "reason": "Sårvård",
        "became": "booked",
    }
    drawn = draw_time(time(9, state="taken", **whose), view_of([]), SAID, "")
    assert (drawn["state"], drawn["who"], drawn["reason"]) == ("booked", "R E, 58 år", "Sårvård")
    hidden = draw_time(time(9, state="taken", **{**whose, "veiled": True}), view_of([]), SAID, "")
    assert (hidden["who"], hidden["reason"]) == ("Spärrad", "")
    shielded = draw_time(
        time(9, state="taken", **{**whose, "protected": True, "initials": "", "age": None}),
        view_of([]),
        SAID,
        "",
    )
    assert shielded["who"] == "Skyddad"


def test_a_day_is_summed_up_in_words() -> None:
    rows = [time(8), time(10), time(11), time(12, state="taken"), time(13, state="blocked")]
    # The one at eight has begun: nobody books it.
    assert summary_words(rows, NOW, "sv") == "2 lediga, 1 bokad, 1 spärrad"
    assert summary_words([], NOW, "sv") == ""
