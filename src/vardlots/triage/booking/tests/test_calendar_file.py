"""The calendar file: the same visit in every version, the right hour in every season, and nothing of why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import msgspec
import pytest

from vardlots.cases.model import CaseRef
from vardlots.triage.booking.calendar_file import Entry, calendar_file

BASE = Entry(
    ref=CaseRef(1, 42),
    starts_at=datetime(2026, 11, 24, 8, 40, tzinfo=UTC),
    ends_at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    changed_at=datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
    sequence=0,
    contact="physical",
    place="Ängsviken, Hamngatan 3",
    url="https://vard.example/my/cases/1-42",
)


def event_of(file: bytes) -> Any:
    (event,) = icalendar.Calendar.from_ical(file).walk("VEVENT")
    return event


@pytest.mark.parametrize(
    ("starts", "wall"),
    [
        (datetime(2026, 11, 24, 8, 40, tzinfo=UTC), "20261124T094000"),
        (datetime(2026, 7, 1, 7, 40, tzinfo=UTC), "20260701T094000"),
        (datetime(2028, 2, 29, 23, 30, tzinfo=UTC), "20280301T003000"),
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "20270328T030000"),
    ],
)
def test_a_time_stands_as_on_the_wall_in_sweden(starts: datetime, wall: str) -> None:
    entry = msgspec.structs.replace(BASE, starts_at=starts, ends_at=starts + timedelta(minutes=20))
    file = calendar_file(entry, "sv").decode()
    assert f"DTSTART;TZID=Europe/Stockholm:{wall}" in file
    assert "BEGIN:VTIMEZONE" in file
    assert "TZID:Europe/Stockholm" in file
    assert event_of(file.encode()).decoded("dtstart").astimezone(UTC) == starts


def test_a_changed_time_is_the_same_entry_one_version_on() -> None:
    first, then = (
        event_of(calendar_file(BASE, "sv")),
        event_of(calendar_file(msgspec.structs.replace(BASE, sequence=2), "sv")),
    )
    assert first["uid"] == then["uid"] == "visit-1-42@vard.example"
    assert (int(first["sequence"]), int(then["sequence"])) == (0, 2)


def test_the_title_is_neutral_and_the_place_only_where_there_is_one() -> None:
    event = event_of(calendar_file(BASE, "sv"))
    assert (str(event["summary"]), str(event["class"])) == ("Bokad tid", "PRIVATE")
    assert str(event["location"]) == "Ängsviken, Hamngatan 3"
    digital = event_of(calendar_file(msgspec.structs.replace(BASE, contact="digital", place=""), "sv"))
    assert "location" not in digital
    assert "https://vard.example/my/cases/1-42" in str(digital["description"])
