"""The forecast of a wait: honest, wide when little is known, never made from nothing."""

import math
import random
from datetime import timedelta

import pytest

from vardlots.cases.waiting import PACE_WINDOW, Wait, forecast, hands


def test_nothing_is_forecast_from_nothing() -> None:
    assert forecast(0, 0) is None


def test_a_unit_in_a_steady_pace_with_two_ahead() -> None:
    # Twenty-four in two hours is one in five minutes; three turns are about a quarter of an hour.
    assert forecast(2, 24) == Wait(5, 30)


def test_the_next_in_line_at_a_quick_unit_may_be_seen_at_once() -> None:
    wait = forecast(0, 60)
    assert wait is not None
    assert wait.least == 0
    assert wait.most <= 10


def test_thin_data_makes_the_range_wider_than_thick_data_of_the_same_pace() -> None:
    thin = forecast(5, 4, timedelta(minutes=20))
    thick = forecast(5, 24)
    assert thin is not None
    assert thick is not None
    assert thin.most - thin.least > thick.most - thick.least


def test_more_ahead_is_never_a_shorter_wait() -> None:
    waits = [wait for ahead in range(40) if (wait := forecast(ahead, 24)) is not None]
    assert waits == sorted(waits, key=lambda wait: (wait.least, wait.most))


def test_a_wait_beyond_half_a_day_is_not_given_in_figures() -> None:
    assert forecast(30, 1) is None


@pytest.mark.parametrize("ahead", [0, 2, 7, 20])
@pytest.mark.parametrize("taken", [3, 12, 40])
def test_the_ends_are_round_figures(ahead: int, taken: int) -> None:
    wait = forecast(ahead, taken)
    if wait is not None:
        assert wait.least % 5 == 0
        assert wait.most % 5 == 0
        assert wait.least < wait.most


def test_four_waits_in_six_really_end_inside_the_range() -> None:
    chance = random.Random(7)
    window = PACE_WINDOW.total_seconds() / 60
    inside = given = 0
    for _ in range(4000):
        pace = chance.uniform(0.05, 0.5)
        taken = _events_within(chance, pace, window)
        ahead = chance.randrange(8)
        wait = forecast(ahead, taken)
        if wait is None:
            continue
        given += 1
        real = sum(-math.log(1 - chance.random()) / pace for _ in range(ahead + 1))
        inside += wait.least <= real <= wait.most
    assert given > 3000
    assert inside / given > 0.66


def _events_within(chance: random.Random, pace: float, window: float) -> int:
    count, at = 0, 0.0
    while True:
        at += -math.log(1 - chance.random()) / pace
        if at > window:
            return count
        count += 1


def test_negative_counts_are_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="not negative"):
        forecast(-1, 3)


def test_the_pace_goes_with_those_who_made_it() -> None:
    # Two took them all, one has gone home: half the pace. Both gone: none.
    assert hands(2, 1, 0) == 0.5
    assert hands(2, 0, 0) == 0
    assert forecast(3, 12, pace=0) is None
    both, one = forecast(3, 24), forecast(3, 24, pace=0.5)
    assert both is not None
    assert one is not None
    assert one.most > both.most


def test_who_has_just_come_is_thought_to_work_as_the_others_but_not_without_end() -> None:
    assert hands(1, 1, 1) == 2
    assert hands(1, 1, 30) == 3
    assert hands(0, 0, 4) == 1


def test_hands_are_not_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        hands(1, -1, 0)
    with pytest.raises(ValueError, match="negative"):
        forecast(1, 1, pace=-1)
