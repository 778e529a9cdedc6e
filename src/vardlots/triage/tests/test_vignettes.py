"""Every written case comes out as a clinician expects."""

from collections import Counter

import pytest

from vardlots.triage.interview import outcome
from vardlots.triage.tests.helpers import CONTENT, catalogue
from vardlots.triage.vignettes import Vignette, load_vignettes, play

CASES = load_vignettes(CONTENT / "triage")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.protocol}-{case.id}")
def test_the_case_comes_out_as_expected(case: Vignette) -> None:
    result = outcome(play(catalogue(), case))
    got = (result.priority, result.booking, result.level, result.role, sorted(hit.id for hit in result.rules))
    assert got == (case.priority, case.booking, case.level, case.role, sorted(case.rules))
    assert result.rules[0].id == case.rules[0]


def test_every_rule_decides_at_least_one_case() -> None:
    """So that each has been thought through; those of the gate, which every protocol has, in any protocol."""
    newest = catalogue().newest()
    gate = set.intersection(*({rule.id for rule in protocol.rules} for protocol in newest))
    decided = {(case.protocol, case.version, case.rules[0]) for case in CASES}
    anywhere = {rule for _, _, rule in decided}
    without = [
        f"{protocol.code} version {protocol.version}: {rule.id}"
        for protocol in newest
        for rule in protocol.rules
        if (protocol.code, protocol.version, rule.id) not in decided and rule.id not in gate & anywhere
    ]
    assert without == []


def test_every_protocol_has_at_least_six_cases_of_different_urgency() -> None:
    counts = Counter(case.protocol for case in CASES)
    for protocol in catalogue().newest():
        assert counts[protocol.code] >= 6
        assert {case.priority for case in CASES if case.protocol == protocol.code} >= {1, 2, 3, 4, 5}
