"""When a version begins: on Sweden's clock, through both nights that it is moved, and where keys go in addresses."""

from datetime import UTC, datetime

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from vardlots.admin.addresses import NEW, address, key_of, slug
from vardlots.admin.starts import starts_at
from vardlots.admin.versions import moment_words
from vardlots.platform import clock
from vardlots.platform.errors import Invalid

NOW = datetime(2026, 11, 19, 9, 52, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "time", "moment"),
    [
        ("", "", None),
        ("", "08.00", None),
        ("2026-11-23", "", datetime(2026, 11, 22, 23, 0, tzinfo=UTC)),
        ("2026-11-23", "00.00", datetime(2026, 11, 22, 23, 0, tzinfo=UTC)),
        ("2026-11-23", "8.30", datetime(2026, 11, 23, 7, 30, tzinfo=UTC)),
        ("2027-06-01", "08:30", datetime(2027, 6, 1, 6, 30, tzinfo=UTC)),
        # The hour that comes twice: the first of them, in summer time.
        ("2027-10-31", "02.30", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
        ("2027-10-31", "03.00", datetime(2027, 10, 31, 2, 0, tzinfo=UTC)),
        ("2027-03-28", "01.59", datetime(2027, 3, 28, 0, 59, tzinfo=UTC)),
        ("2027-03-28", "03.00", datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
    ],
)
def test_a_day_and_a_time_are_a_moment(day: str, time: str, moment: datetime | None) -> None:
    with clock.at(NOW):
        assert starts_at(day, time) == moment


@pytest.mark.parametrize(
    ("day", "time", "told"),
    [
        ("2027-03-28", "02.30", "finns inte"),
        ("2026-11-19", "09.00", "redan varit"),
        ("2026-11-18", "", "redan varit"),
        ("i morgon", "", "2026-11-23"),
        ("2026-02-30", "", "2026-11-23"),
        ("2026-11-23", "kvart", "2026-11-23"),
    ],
)
def test_what_is_no_moment_to_come_is_refused(day: str, time: str, told: str) -> None:
    with clock.at(NOW), pytest.raises(Invalid) as refused:
        starts_at(day, time)
    assert refused.value.field == "starts"
    assert told in refused.value.message


def test_a_moment_is_shown_with_its_day() -> None:
    with clock.at(NOW):
        assert moment_words(datetime(2026, 11, 22, 23, 0, tzinfo=UTC), "sv") == "mån 23 nov 00.00"
        assert moment_words(datetime(2027, 1, 3, 23, 0, tzinfo=UTC), "sv") == "mån 4 jan 2027 00.00"


@drawn(st.text(min_size=1, max_size=40).filter(lambda one: one != NEW))
def test_any_key_goes_through_an_address_and_back(key: str) -> None:
    try:
        key.encode()
    except UnicodeEncodeError:
        return
    part = slug(key)
    assert key_of(part) == key
    assert part.isascii()
    assert not set(part) & set("/?#%&. ")
    assert part != NEW


def test_a_part_that_is_no_key_is_nobodys() -> None:
    assert key_of("~FF") == ""
    assert key_of(NEW) == NEW
    assert slug(NEW) == NEW
    assert address("phrase", "a/b", at=3) == "/staff/admin/phrase/a~2Fb?at=3"
