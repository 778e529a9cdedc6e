"""Which phone a unit is reached on: rows, exceptions, midnight, red days, and the nights when the clocks change."""

from datetime import date, datetime

import pytest

from vardlots.configuration.roster import Roster, RosterException, RosterSpan, phone_at, problems
from vardlots.platform.clock import SWEDEN

UNIT, NIGHT, WEEKEND, RED = "+46701740605", "+46701740606", "+46701740608", "+46701740609"
ROSTER = Roster(
    phone="070-174 06 05",
    spans=[
        RosterSpan("17:00", "08:00", "070-174 06 06", ["0", "1", "2", "3", "4"]),
        RosterSpan("00:00", "24:00", "070-174 06 08", ["5", "6"]),
        RosterSpan("00:00", "24:00", "070-174 06 09", ["holiday"]),
    ],
    exceptions=[RosterException(date(2026, 11, 25), "22:00", "02:00", "+46 70 174 06 10")],
)


def at(wall: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=SWEDEN, fold=fold)


@pytest.mark.parametrize(
    ("wall", "phone"),
    [
        ("2026-11-23T16:59", UNIT),
        ("2026-11-23T17:00", NIGHT),
        ("2026-11-23T23:59", NIGHT),
        ("2026-11-24T00:00", NIGHT),
        ("2026-11-24T07:59", NIGHT),
        ("2026-11-24T08:00", UNIT),
        # The night that begins on a Friday goes on into a day that has rows of its own: those come first.
        ("2026-11-27T23:59", NIGHT),
        ("2026-11-28T00:00", WEEKEND),
        ("2026-11-29T23:59", WEEKEND),
        # Nothing begins on a Sunday evening that goes on into Monday.
        ("2026-11-30T00:00", UNIT),
        # An exception comes before the week, and goes on past midnight.
        ("2026-11-25T21:59", NIGHT),
        ("2026-11-25T22:00", "+46701740610"),
        ("2026-11-26T01:59", "+46701740610"),
        ("2026-11-26T02:00", NIGHT),
        # A red day follows its own row, not its weekday's.
        ("2026-12-25T12:00", RED),
        ("2026-01-06T20:00", RED),
    ],
)
def test_who_is_reached(wall: str, phone: str) -> None:
    assert phone_at(ROSTER, at(wall)) == phone


@pytest.mark.parametrize(
    ("wall", "fold", "phone"),
    [
        # Spring leaves out 02.00 to 03.00.
        ("2026-03-29T01:59", 0, NIGHT),
        ("2026-03-29T03:00", 0, UNIT),
        # Autumn has 02.00 to 03.00 twice: a row until 02.30 ends the first time.
        ("2026-10-25T02:29", 0, NIGHT),
        ("2026-10-25T02:30", 0, UNIT),
        ("2026-10-25T02:10", 1, UNIT),
    ],
)
def test_the_nights_when_the_clocks_change(wall: str, fold: int, phone: str) -> None:
    roster = Roster(phone=UNIT, spans=[RosterSpan("22:00", "02:30", NIGHT, ["5"])])
    assert phone_at(roster, at(wall, fold)) == phone


def test_the_first_row_that_holds_says_it() -> None:
    rows = [RosterSpan("08:00", "12:00", NIGHT, ["0"]), RosterSpan("08:00", "17:00", WEEKEND, ["0"])]
    assert phone_at(Roster(spans=rows), at("2026-11-23T09:00")) == NIGHT
    assert phone_at(Roster(spans=rows), at("2026-11-23T13:00")) == WEEKEND
    assert phone_at(Roster(spans=rows), at("2026-11-23T18:00")) is None


def test_nobody_is_reached_where_nothing_is_written() -> None:
    assert phone_at(Roster(), at("2026-11-23T09:00")) is None


def test_an_eve_is_red_where_the_provider_says_so() -> None:
    assert phone_at(ROSTER, at("2026-12-24T12:00")) == RED
    assert phone_at(ROSTER, at("2026-12-24T12:00"), eves_are_holidays=False) == UNIT


def test_what_is_wrong_is_said_at_its_field() -> None:
    wrong = Roster(
        phone="12",
        spans=[RosterSpan("8", "24:00", UNIT, ["0"])],
        exceptions=[RosterException(date(2026, 1, 1), "08:00", "25:00", "x")],
    )
    fields = [one.field for one in problems(wrong)]
    assert fields == ["phone", "spans.0.opens", "exceptions.0.phone", "exceptions.0.closes"]
    assert problems(ROSTER) == []
