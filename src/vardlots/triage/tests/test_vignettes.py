"""Every written case comes out as a clinician expects."""

from collections import Counter
from pathlib import Path

import pytest

from vardlots.forms.faults import ContentError
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
    """So that each has been thought through; those of the gate, which every complaint has, in any of them."""
    newest = catalogue().newest()
    complaints = [protocol for protocol in newest if protocol.kind == "complaint"]
    gate = set.intersection(*({rule.id for rule in protocol.rules} for protocol in complaints))
    decided = {(case.protocol, case.version, case.rules[0]) for case in CASES}
    anywhere = {rule for _, _, rule in decided}
    without = [
        f"{protocol.code} version {protocol.version}: {rule.id}"
        for protocol in newest
        for rule in protocol.rules
        if (protocol.code, protocol.version, rule.id) not in decided and rule.id not in gate & anywhere
    ]
    assert without == []


def test_every_protocol_has_at_least_four_cases_and_one_of_each_urgency_that_it_knows() -> None:
    counts = Counter(case.protocol for case in CASES)
    for protocol in catalogue().newest():
        assert counts[protocol.code] >= 4, protocol.code
        shown = {case.priority for case in CASES if case.protocol == protocol.code}
        assert shown >= {rule.priority for rule in protocol.rules}, protocol.code


_LIKE = """
[[vignettes]]
id = "mild"
story = "A mild case."
protocol = "sore_throat"
version = 1
subject = { age_years = 30 }
priority = 5
level = "digital"
role = "nurse"
rules = ["H0"]
answers = { gate = "none", days = 2 }

[[vignettes]]
id = "long"
story = "As the mild one, but for three weeks."
protocol = "sore_throat"
version = 1
subject = { age_years = 30 }
priority = 4
level = "digital"
role = "nurse"
rules = ["H0"]
like = "mild"
answers = { days = 21 }
"""


def test_a_case_may_be_like_one_before_it(tmp_path: Path) -> None:
    (tmp_path / "vignettes").mkdir()
    file = tmp_path / "vignettes" / "one.toml"
    file.write_text(_LIKE)
    assert load_vignettes(tmp_path)[1].answers == {"gate": "none", "days": 21}
    file.write_text(_LIKE.replace('like = "mild"', 'like = "long"'))
    with pytest.raises(ContentError, match="long"):
        load_vignettes(tmp_path)
    file.write_text(_LIKE.replace('id = "long"', 'id = "mild"'))
    with pytest.raises(ContentError, match="mild"):
        load_vignettes(tmp_path)
