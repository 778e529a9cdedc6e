"""Where an outcome leads, by the scheme of the provider."""

from pathlib import Path

import msgspec
import pytest

from vardlots.forms.faults import ContentError
from vardlots.triage.interview import outcome
from vardlots.triage.model import Outcome
from vardlots.triage.schemes import WayIn, load_schemes, priority_in, way_in
from vardlots.triage.tests.helpers import CONTENT, catalogue
from vardlots.triage.vignettes import load_vignettes, play

SCHEMES = load_schemes(CONTENT / "schemes")
CASE = next(case for case in load_vignettes(CONTENT / "triage") if case.id == "six_weeks")
BOOKABLE = outcome(play(catalogue(), CASE))


def of(priority: int, booking: int | None = None) -> Outcome:
    """An outcome of that priority."""
    return msgspec.structs.replace(BOOKABLE, priority=priority, booking=booking)


@pytest.mark.parametrize(
    ("priority", "booking", "five", "twelve"),
    [
        (1, None, (1, WayIn.EMERGENCY), (1, WayIn.EMERGENCY)),
        (2, None, (2, WayIn.DROP_IN), (2, WayIn.DROP_IN)),
        (3, None, (3, WayIn.DROP_IN), (3, WayIn.DROP_IN)),
        (4, None, (4, WayIn.DROP_IN), (4, WayIn.DROP_IN)),
        (4, 8, (4, WayIn.DROP_IN), (8, WayIn.BOOKING_TICKET)),
        (5, None, (5, WayIn.SELF_CARE_THEN_CHOICE), (5, WayIn.SELF_CARE_THEN_CHOICE)),
        (12, None, (4, WayIn.DROP_IN), (12, WayIn.DROP_IN)),
        (12, 11, (4, WayIn.DROP_IN), (11, WayIn.BOOKING_TICKET)),
    ],
)
def test_way_in(
    priority: int, booking: int | None, five: tuple[int, WayIn], twelve: tuple[int, WayIn]
) -> None:
    result = of(priority, booking)
    assert (priority_in(SCHEMES["1-5"], result), way_in(SCHEMES["1-5"], result)) == five
    assert (priority_in(SCHEMES["1-12"], result), way_in(SCHEMES["1-12"], result)) == twelve


def test_every_queue_has_a_target_of_fifteen_minutes_and_escalation_is_marked_assumed() -> None:
    for scheme in SCHEMES.values():
        for step in scheme.priorities:
            if step.way_in is not WayIn.BOOKING_TICKET:
                assert step.target_minutes == 15
                assert "escalate_minutes" in step.assumed
    assert [step.escalate_minutes for step in SCHEMES["1-5"].priorities] == [15, 30, 60, 120, 240]
    assert SCHEMES["1-12"].step(12).escalate_minutes == 240
    assert not SCHEMES["1-12"].step(12).notice


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('way_in = "emergency"', 'way_in = "drop_in"', "for priority 1"),
        ("target_minutes = 15\n", "", "no target_minutes"),
        ("12 = 4", "12 = 9", "neither in the scheme"),
        ('code = "1-5"', 'code = "six"', "not the file's name"),
        ('sv = "Omgående", en = "At once"', 'sv = "Omgående"', "“en” is missing"),
        ("priority = 5", "priority = 7", "booking tickets"),
    ],
)
def test_a_broken_scheme_is_refused(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    text = (CONTENT / "schemes" / "1-5.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "1-5.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError, match=sentence):
        load_schemes(tmp_path)
