"""The account of an outcome: what holds, what came near, and that it comes out the same as was kept."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vardlots.forms.expressions import holds
from vardlots.triage.anamnesis import figures
from vardlots.triage.conditions import Line, nearness
from vardlots.triage.explain import account, as_text, differences
from vardlots.triage.interview import Interview, is_answered, outcome, resume, to_dict
from vardlots.triage.model import Protocol
from vardlots.triage.tests.helpers import TUVA, answer_sheets, catalogue, protocols, questions, run, subjects
from vardlots.triage.vignettes import mildest


def tuva(**grave: list[str]) -> Interview:
    protocol = catalogue().protocol("sore_throat")
    mild = {item.link_id: mildest(item, protocol.meanings[item.link_id]) for item in questions(protocol)}
    return run(protocol, TUVA, {**mild, **grave})  # type: ignore[dict-item]


def kept_of(interview: Interview) -> dict[str, object]:
    found = outcome(interview)
    return {
        "rules": [rule.id for rule in found.rules],
        "priority": found.priority,
        "booking": found.booking,
        "level": found.level.value,
    }


def some_protocol() -> st.SearchStrategy[Protocol]:
    return st.sampled_from([one for one in protocols() if one.kind == "complaint"])


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(data=st.data(), protocol=some_protocol())
def test_what_was_kept_is_what_a_replay_gives_whatever_was_answered(
    data: st.DataObject, protocol: Protocol
) -> None:
    interview = run(protocol, data.draw(subjects(protocol)), data.draw(answer_sheets(protocol)))
    kept = kept_of(interview)
    # As it comes back from the database, by the version that it was answered in.
    again = resume(protocol, to_dict(interview))
    told = account(again, kept)
    assert told.differences == ()
    assert [rule.id for rule in told.holding] == kept["rules"]
    every = [rule.id for rule in (*told.holding, *told.near, *told.far)]
    assert sorted(every) == sorted(set(every))
    assert {rule.id for rule in protocol.rules if rule.when is not None} <= set(every)


@settings(max_examples=40, deadline=None)
@given(data=st.data(), protocol=some_protocol())
def test_nothing_is_lacking_exactly_where_a_condition_holds(data: st.DataObject, protocol: Protocol) -> None:
    interview = run(protocol, data.draw(subjects(protocol)), data.draw(answer_sheets(protocol)))
    for rule in protocol.rules:
        if rule.when is not None:
            near = nearness(rule.when, interview)
            assert (near.lacking == 0) is holds(rule.when, interview.counted)
            assert 0 <= near.lacking <= near.needed


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"priority": 3}, "priority"), ({"rules": ["H1"]}, "rules"), ({"level": "digital"}, "level")],
)
def test_an_outcome_that_does_not_come_out_the_same_is_told(changed: dict[str, object], field: str) -> None:
    interview = tuva(general=["very_ill"])
    told = account(interview, kept_of(interview) | changed)
    assert [one.field for one in told.differences] == [field]
    assert "differs from what was kept" in as_text(told)


def test_nothing_is_compared_with_nothing() -> None:
    assert differences(outcome(tuva()), None) == ()
    assert differences(outcome(tuva()), {"subject": {}}) == ()


def test_the_deciding_rule_is_told_with_its_conditions_answers_and_sources() -> None:
    told = account(tuva(general=["very_ill"]))
    first = told.holding[0]
    assert (first.id, first.priority) == ("H25", 2)
    assert first.lines[0].met
    assert first.lines[0].words.startswith("Allmäntillstånd: ”Mycket sjuk")
    assert first.lines[0].answer.startswith("Mycket sjuk")
    assert {source.id for source in first.sources} == {"NG84", "NG143"}
    assert told.author
    assert told.reviewed
    assert "demonstration" in told.status


def test_every_part_of_every_condition_has_words_in_both_languages() -> None:
    for protocol in protocols():
        subject = next(
            one
            for one in (TUVA, type(TUVA)(34, sex="male"), type(TUVA)(1, is_child_of_actor=True))
            if protocol.suits(one)
        )
        mild = {item.link_id: mildest(item, protocol.meanings[item.link_id]) for item in questions(protocol)}
        interview = run(protocol, subject, mild)
        for lang in ("sv", "en"):
            told = account(interview, None, lang)
            lines: list[Line] = [
                line for rule in (*told.holding, *told.near, *told.far) for line in rule.lines
            ]
            assert lines or not is_answered(interview) or len(protocol.rules) == 1
            for line in lines:
                assert line.words.strip(": ")
                assert "{" not in line.words
                assert "[[" not in line.words


def test_rules_that_came_near_come_before_those_far_away() -> None:
    told = account(tuva(general=["very_ill"]))
    assert told.near
    lacking = [rule.near.lacking for rule in told.near if rule.near]
    assert lacking == sorted(lacking)
    assert all(rule.near and rule.near.lacking == rule.near.needed for rule in told.far)


@pytest.mark.parametrize(
    ("value", "lang", "said"),
    [(38.5, "sv", "38,5"), (38.5, "ar", "38,5"), (38.5, "en", "38.5"), (1_234_567.5, "sv", "1234567,5"),
     ({"value": 72.0, "unit": "kg"}, "sv", "72"), (14, "en", "14")],
)  # fmt: skip
def test_a_number_is_written_as_in_every_other_form_and_never_rounded(
    value: Any, lang: str, said: str
) -> None:
    assert figures(value, lang) == said
