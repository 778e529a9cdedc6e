"""What is shown, what comes next and how far, for branching, groups and questions that fall away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vardlots.forms.compare import satisfies
from vardlots.forms.flow import (
    counted_answers,
    next_item,
    previous_item,
    progress,
    visible_items,
    visible_steps,
)
from vardlots.forms.model import DECLINED, EnableWhen, Form, Item, ItemType, Operator, Value

TEXT = {"sv": "Fråga", "en": "Question"}


def q(
    link_id: str, *when: tuple[str, str, Value], behavior: str = "all", type: str = "integer", **more: object
) -> Item:
    """A question, shown when its conditions hold."""
    conditions = tuple(EnableWhen(question, Operator(op), answer) for question, op, answer in when)
    return Item(
        link_id, ItemType(type), TEXT, enable_when=conditions, enable_behavior=behavior, **more  # type: ignore[arg-type]
    )  # fmt: skip


def form(*items: Item) -> Form:
    """A form of these items."""
    return Form("f", 1, TEXT, items)


BRANCHING = form(
    q("a"),
    q("b", ("a", ">", 5)),
    q(
        "group",
        ("a", "exists", True),
        type="group",
        item=(q("c"), q("note", type="display"), q("d", ("b", "=", 1))),
    ),
    q("e", ("a", "=", 1), ("b", "=", 2), behavior="any"),
    q("secret", hidden=True),
)


def shown(answers: dict[str, list[Value]]) -> list[str]:
    return [item.link_id for item in visible_items(BRANCHING, answers)]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, ["a"]),
        ({"a": [3]}, ["a", "group", "c", "note"]),
        ({"a": [6]}, ["a", "b", "group", "c", "note"]),
        ({"a": [6], "b": [1]}, ["a", "b", "group", "c", "note", "d"]),
        ({"a": [6], "b": [2]}, ["a", "b", "group", "c", "note", "e"]),
        ({"a": [1], "b": [2]}, ["a", "group", "c", "note", "e"]),
        ({"a": [3], "b": [1]}, ["a", "group", "c", "note"]),
        ({"a": [DECLINED]}, ["a"]),
    ],
)
def test_visible(answers: dict[str, list[Value]], expected: list[str]) -> None:
    assert shown(answers) == expected


def test_answers_to_what_fell_away_are_kept_but_do_not_count() -> None:
    answers: dict[str, list[Value]] = {"a": [3], "b": [1], "d": [7], "unknown": [1]}
    assert counted_answers(BRANCHING, answers) == {"a": [3]}
    assert counted_answers(BRANCHING, {**answers, "a": [6]}) == {"a": [6], "b": [1], "d": [7]}


def test_next_and_previous() -> None:
    first = next_item(BRANCHING, {})
    assert first is not None
    assert first.link_id == "a"
    answers: dict[str, list[Value]] = {"a": [6]}
    steps = []
    while (item := next_item(BRANCHING, answers)) is not None:
        steps.append(item.link_id)
        answers[item.link_id] = [1]
    assert steps == ["b", "c", "d"]
    before = previous_item(BRANCHING, answers, "c")
    assert before is not None
    assert before.link_id == "b"
    assert previous_item(BRANCHING, answers, "a") is None
    last = previous_item(BRANCHING, answers)
    assert last is not None
    assert last.link_id == "d"


def test_a_question_left_open_before_is_not_forgotten() -> None:
    left = next_item(BRANCHING, {"c": [1], "a": [6]}, "c")
    assert left is not None
    assert left.link_id == "b"


def test_a_passed_over_question_is_not_asked_again() -> None:
    assert next_item(BRANCHING, {"a": []}) is None


def test_progress_counts_what_may_come_by_half() -> None:
    assert progress(BRANCHING, {}) == (1, 3)
    assert progress(BRANCHING, {"a": [6]}) == (2, 4)
    assert progress(BRANCHING, {"a": [6], "b": [9]}) == (3, 3)
    assert progress(BRANCHING, {"a": [6], "b": [9], "c": [1]}) == (3, 3)


def test_conditions_in_a_circle_show_nothing_and_end() -> None:
    circle = form(q("a", ("b", "exists", True)), q("b", ("a", "exists", True)))
    assert visible_items(circle, {"a": [1], "b": [1]}) == ()
    assert progress(circle, {}).approx_total == 1


@pytest.mark.parametrize(
    ("values", "operator", "expected", "result"),
    [
        ([5], "=", 5, True), ([5], "!=", 5, False), ([5, 6], "!=", 5, True), ([], "!=", 5, False),
        ([5], ">", 4, True), ([5], ">", 5, False), ([5], ">=", 5, True), ([5], "<", 5, False), ([5], "<=", 5, True),
        ([4.5], "<", 5, True), (["b"], "=", "b", True), ([True], "=", True, True), ([True], "=", 1, False),
        ([1], "=", True, False), ([True], ">", 0, False), (["2026-03-14"], "<", "2026-04-01", True),
        (["x"], ">", 1, False), ([], "exists", False, True), ([], "exists", True, False), ([0], "exists", True, True),
        ([DECLINED], "exists", True, False), ([DECLINED], "=", 0, False),
        ([{"value": 5, "unit": "kg"}], ">", {"value": 4, "unit": "kg"}, True),
        ([{"value": 5, "unit": "kg"}], ">", {"value": 4, "unit": "g"}, False),
        ([{"value": 5, "unit": "kg"}], "=", {"value": 5, "unit": "g"}, False),
        ([{"other": "x"}], "=", "x", True),
    ],
)  # fmt: skip
def test_operators(values: list[Value], operator: str, expected: Value, result: bool) -> None:
    assert satisfies(values, Operator(operator), expected) is result


@given(st.dictionaries(st.sampled_from("abcde"), st.lists(st.integers(0, 9), max_size=2)))
def test_progress_and_steps_agree(answers: dict[str, list[Value]]) -> None:
    far = progress(BRANCHING, answers)
    assert 1 <= far.k <= far.approx_total
    steps = visible_steps(BRANCHING, answers)
    assert len(steps) <= far.approx_total
    assert set(counted_answers(BRANCHING, answers)) <= {
        item.link_id for item in visible_items(BRANCHING, answers)
    }


def test_four_hundred_questions_are_walked_in_time() -> None:
    import time

    long = form(q("q0"), *(q(f"q{n}", (f"q{n - 1}", ">=", 0)) for n in range(1, 400)))
    answers: dict[str, list[Value]] = {f"q{n}": [1] for n in range(399)}
    began = time.perf_counter()
    item = next_item(long, answers)
    assert item is not None
    assert item.link_id == "q399"
    assert time.perf_counter() - began < 0.02
