"""What must be true of every protocol, whatever is answered."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vardlots.forms.flow import visible_steps
from vardlots.forms.model import Item, Value
from vardlots.triage.anamnesis import history, original_answers
from vardlots.triage.explain import explain
from vardlots.triage.interview import (
    Interview,
    answer,
    back,
    from_dict,
    go_to,
    is_answered,
    outcome,
    replay,
    to_dict,
)
from vardlots.triage.model import Protocol, as_plain
from vardlots.triage.question import current_question
from vardlots.triage.reach import ranks
from vardlots.triage.rules import rules_that_hold
from vardlots.triage.tests.helpers import (
    answer_sheets,
    catalogue,
    protocols,
    questions,
    run,
    subjects,
    values,
)

pytestmark = pytest.mark.slow

every_protocol = pytest.mark.parametrize("protocol", protocols(), ids=lambda p: f"{p.code}-v{p.version}")
every_complaint = pytest.mark.parametrize(
    "protocol",
    [protocol for protocol in protocols() if protocol.kind == "complaint"],
    ids=lambda p: f"{p.code}-v{p.version}",
)
# So few that all protocols together take half a minute: the loader proves the order of urgency exactly
# (`checks`), and these laws are of the engine, which is the same for all of them.
often = settings(max_examples=20, deadline=None)
seldom = settings(max_examples=10, deadline=None)


def worse_answers(protocol: Protocol, item: Item, given_: list[Value]) -> list[list[Value]]:
    """Every answer to the question that is one finding worse, as the file ranks them."""
    meaning = protocol.meanings[item.link_id]
    if meaning.unordered or not given_:
        return []
    if item.answer_option and item.repeats:
        kept = [
            code for code in given_ if not any(o.exclusive and o.code == code for o in item.answer_option)
        ]
        return [[*kept, o.code] for o in item.answer_option if not o.exclusive and o.code not in kept]
    rank = ranks(item, meaning)
    first = given_[0]
    if rank and isinstance(first, str | bool) and first in rank:
        return [[other] for other in rank if rank[other] > rank[first]]
    if meaning.worse in ("higher", "lower") and isinstance(first, int | float):
        end = item.max_value if meaning.worse == "higher" else item.min_value
        assert isinstance(end, int | float)
        return (
            [[end], [(first + end) // 2 if isinstance(first, int) else (first + end) / 2]]
            if first != end
            else []
        )
    return []


@every_complaint
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_worse_finding_never_makes_the_outcome_less_urgent(protocol: Protocol, data: st.DataObject) -> None:
    subject = data.draw(subjects(protocol))
    sheet = data.draw(answer_sheets(protocol))
    mild = Interview(protocol, subject, sheet, None)
    before = rules_that_hold(protocol, mild.counted)[0].urgency
    for item in questions(protocol):
        for worse in worse_answers(protocol, item, sheet[item.link_id]):
            grave = Interview(protocol, subject, {**sheet, item.link_id: worse}, None)
            after = rules_that_hold(protocol, grave.counted)[0]
            assert after.urgency <= before, f"{item.link_id} {sheet[item.link_id]} → {worse}: {after.id}"


@every_protocol
@often
@given(data=st.data())
def test_there_is_always_an_outcome_and_it_replays_the_same(protocol: Protocol, data: st.DataObject) -> None:
    interview = run(protocol, data.draw(subjects(protocol)), data.draw(answer_sheets(protocol)))
    assert interview.finished
    for lang in ("sv", "en"):
        result = outcome(interview, lang)
        stored = json.loads(json.dumps(to_dict(interview)))
        assert replay(catalogue(), stored, lang) == result
        assert result.rules[0].priority == result.priority
        told = [result.title, result.lead, result.call_112_if, *result.advice, *result.meanwhile]
        told += [hit.because for hit in result.rules]
        assert not any(sign in text for text in told for sign in ("{", "}", "[[", "]]", "|", "#"))
        assert all(hit.id in explain(interview, lang) for hit in result.rules)
        json.dumps(as_plain(history(interview, lang)))


@every_protocol
@often
@given(data=st.data())
def test_going_back_and_changing_answers_loses_nothing(protocol: Protocol, data: st.DataObject) -> None:
    interview = run(protocol, data.draw(subjects(protocol)), data.draw(answer_sheets(protocol)))
    for _ in range(data.draw(st.integers(1, 4))):
        item = data.draw(st.sampled_from(visible_steps(protocol.form, interview.known)))
        given_ = data.draw(values(item))
        expected = {**interview.answers, item.link_id: given_}
        interview = answer(go_to(interview, item.link_id), item.link_id, given_)
        assert interview.answers == expected


@every_protocol
@often
@given(data=st.data())
def test_changing_an_answer_and_changing_it_back_gives_the_same_outcome(
    protocol: Protocol, data: st.DataObject
) -> None:
    interview = run(protocol, data.draw(subjects(protocol)), data.draw(answer_sheets(protocol)))
    item = data.draw(st.sampled_from([i for i in visible_steps(protocol.form, interview.known)
                                      if i.link_id in interview.answers]))  # fmt: skip
    old = interview.answers[item.link_id]
    there = answer(go_to(interview, item.link_id), item.link_id, data.draw(values(item)))
    again = answer(go_to(there, item.link_id), item.link_id, list(old))
    assert outcome(again) == outcome(interview)
    assert again.answers == interview.answers


@every_protocol
@seldom
@given(data=st.data())
def test_back_leads_to_the_first_question_and_forward_to_where_one_was(
    protocol: Protocol, data: st.DataObject
) -> None:
    interview = run(protocol, data.draw(subjects(protocol)), data.draw(answer_sheets(protocol)))
    walked = interview
    for _ in protocol.form.steps:
        walked = back(walked)
        question = current_question(walked)
        assert question is not None
        assert question.progress.k <= question.progress.approx_total
    assert question is not None
    assert question.first
    assert walked.answers == interview.answers
    again = answer(walked, question.link_id, list(question.values))
    assert again.finished
    assert outcome(again) == outcome(interview)


@every_protocol
@seldom
@given(data=st.data())
def test_an_interview_stored_half_way_goes_on_at_the_same_question(
    protocol: Protocol, data: st.DataObject
) -> None:
    sheet = data.draw(answer_sheets(protocol))
    interview = run(protocol, data.draw(subjects(protocol)), sheet)
    steps = data.draw(st.integers(1, 6))
    for _ in range(steps):
        interview = back(interview)
    resumed = from_dict(catalogue(), json.loads(json.dumps(to_dict(interview))))
    assert resumed.at == interview.at
    assert resumed.answers == interview.answers
    assert current_question(resumed) == current_question(interview)


@every_protocol
@seldom
@given(data=st.data())
def test_original_answers_hold_every_answer_in_words(protocol: Protocol, data: st.DataObject) -> None:
    interview = run(protocol, data.draw(subjects(protocol)), data.draw(answer_sheets(protocol)))
    originals = original_answers(interview)
    assert [given_.link_id for given_ in originals] == [
        i for i in protocol.form.places if i in interview.answers
    ]
    assert all(given_.question and given_.answer and given_.counted for given_ in originals)
    assert is_answered(interview)
