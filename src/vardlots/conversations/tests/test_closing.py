"""How near the end of the time to write is, at each second around its turns; and a visit that waits for an answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vardlots.cases.chasing.tests.test_rules import case
from vardlots.cases.model import Case, Phase
from vardlots.conversations.closing import awaited, closing_of

UNTIL = datetime(2026, 3, 5, 14, 32, 7, tzinfo=UTC)
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)


def open_case(**changed: Any) -> Case:
    return case(phase=Phase.FOLLOW_UP, writable_until=UNTIL, **changed)


@pytest.mark.parametrize(
    ("before", "last_day", "last_hour", "turns"),
    [
        (DAY + SECOND, False, False, DAY),
        (DAY, True, False, HOUR),
        (HOUR + SECOND, True, False, HOUR),
        (HOUR, True, True, timedelta()),
        (SECOND, True, True, timedelta()),
    ],
)
def test_how_near_the_end_is(before: timedelta, last_day: bool, last_hour: bool, turns: timedelta) -> None:
    found = closing_of(open_case(), UNTIL - before)
    assert found is not None
    assert (found.until, found.last_day, found.last_hour) == (UNTIL, last_day, last_hour)
    assert found.turns_at == UNTIL - turns


@pytest.mark.parametrize("after", [timedelta(), SECOND])
def test_after_the_end_nothing_closes(after: timedelta) -> None:
    assert closing_of(open_case(), UNTIL + after) is None


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.FOLLOW_UP])
def test_only_an_asynchronous_phase_closes(phase: Phase) -> None:
    assert closing_of(case(phase=phase, writable_until=UNTIL), UNTIL - HOUR) is None


@pytest.mark.parametrize("priority", [1, 2, 3, 12])
def test_who_is_warned_reads_until_when_and_what_then(priority: int) -> None:
    found = awaited(case(priority, chase="warned", chase_at=UNTIL))
    assert found is not None
    assert (found.until, found.calls) == (UNTIL, priority in (1, 2))


@pytest.mark.parametrize("step", [None, "reminded", "call"])
def test_nobody_else_is_told_that_the_visit_closes(step: str | None) -> None:
    assert awaited(case(chase=step, chase_at=UNTIL if step == "reminded" else None)) is None
