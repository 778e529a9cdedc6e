"""A schedule for Ylva, and one for Siri, on a day that does not move."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time

import pytest
import pytest_asyncio
from tests.cast import Cast

from vardlots.booking.schedules.actions import add_schedule
from vardlots.booking.schedules.model import Pattern, Schedule
from vardlots.platform import clock

# A Thursday in November; 09.00 in Sweden.
NOW = datetime(2026, 11, 19, 8, tzinfo=UTC)
MONDAY = date(2026, 11, 23)


@pytest_asyncio.fixture(loop_scope="session")
async def ylvas(given: Cast) -> AsyncIterator[Schedule]:
    with clock.at(NOW):
        yield await add_schedule(
            given.house,
            by=given.petra,
            unit_id=given.angsviken.unit_id,
            role="nurse",
            staff_id=given.ylva.staff_id,
        )


@pytest.fixture
def monday() -> Pattern:
    """Half hours from eight to ten on Monday."""
    return Pattern(
        weekdays=frozenset({1}),
        from_time=time(8),
        to_time=time(10),
        minutes=30,
        from_day=MONDAY,
        to_day=MONDAY,
    )
