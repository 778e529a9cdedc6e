"""Conditions are read, refused and worked out as they are written."""

import pytest

from vardlots.forms.expressions import ConditionError, as_enable_when, bind, holds, parse
from vardlots.forms.model import Answers, Form, Item, ItemType, Option

TEXT = {"sv": "x", "en": "x"}
COLOURS = tuple(Option(code, TEXT) for code in ("red", "white", "none"))
FORM = Form("f", 1, TEXT, (
    Item("colour", ItemType.CHOICE, TEXT, answer_option=COLOURS),
    Item("signs", ItemType.CHOICE, TEXT, repeats=True, answer_option=COLOURS),
    Item("temp", ItemType.DECIMAL, TEXT),
    Item("weight", ItemType.QUANTITY, TEXT, unit="kg"),
    Item("child", ItemType.BOOLEAN, TEXT),
    Item("words", ItemType.TEXT, TEXT),
    Item("part", ItemType.GROUP, TEXT),
))  # fmt: skip

ANSWERS: Answers = {
    "colour": ["red"], "signs": ["red", "white"], "temp": [38.5], "weight": [{"value": 20, "unit": "kg"}],
    "child": [True], "words": ["hej"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("colour is red", True), ("colour is white", False), ("colour is not white", True),
        ("colour in (white, red)", True), ("signs has white", True), ("signs has none", False),
        ("signs has any (none, white)", True), ("temp >= 38.5", True), ("temp > 38.5", False), ("temp < 39", True),
        ("temp != 38", True), ("weight <= 20", True), ("child is yes", True), ("child is no", False),
        ("words answered", True),
        ("colour is white or temp > 38 and child is yes", True),
        ("(colour is white or temp > 38) and child is no", False),
        ("2 of (colour is red, temp > 40, child is yes)", True),
        ("3 of (colour is red, temp > 40, child is yes)", False),
        ("2 of ((colour is white or temp > 38), child is yes)", True),
    ],
)  # fmt: skip
def test_a_condition_means_what_it_says(source: str, expected: bool) -> None:
    assert holds(bind(parse(source), FORM), ANSWERS) is expected


@pytest.mark.parametrize(
    "source", ["colour is red", "colour is not red", "temp < 50", "child is no", "words answered"]
)
def test_nothing_rests_on_what_was_not_answered(source: str) -> None:
    assert holds(bind(parse(source), FORM), {}) is False


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("", "at the end"), ("colour", "at the end"), ("colour is", "at the end"),
        ("colour is red and", "at the end"), ("colour is red)", "where the condition should end"),
        ("(colour is red", "“\\)”"), ("colour ~ red", "cannot be read"),
        ("colour likes red", "no comparison"), ("not colour is red", "“not” stands"),
        ("4 of (child is yes)", "counts nothing"), ("0 of (child is yes)", "counts nothing"),
        ("size is red", "no question “size”"), ("part is red", "no question"),
        ("colour is blue", "no answer “blue”"), ("colour > 3", "cannot be compared"),
        ("signs is not red", "several answers"), ("child is maybe", "yes or no"),
        ("temp is warm", "is a number"), ("words is hej", "only be “answered”"),
        ("temp > >", "where a value should"), ("and is red", "where a question should"),
    ],
)  # fmt: skip
def test_a_condition_that_does_not_fit_is_refused(source: str, sentence: str) -> None:
    with pytest.raises(ConditionError, match=sentence):
        bind(parse(source), FORM)


@pytest.mark.parametrize(
    ("source", "count", "behaviour"),
    [
        ("colour is red", 1, "all"), ("colour in (red, white)", 2, "any"), ("colour is red and temp > 38", 2, "all"),
        ("colour in (red, white) or temp > 38", 3, "any"),
    ],
)  # fmt: skip
def test_show_if_becomes_enable_when(source: str, count: int, behaviour: str) -> None:
    when, how = as_enable_when(bind(parse(source), FORM))
    assert (len(when), how) == (count, behaviour)


@pytest.mark.parametrize(
    "source",
    [
        "colour in (red, white) and temp > 38",
        "colour is red and (temp > 38 or child is yes)",
        "1 of (child is yes)",
    ],
)
def test_what_fhir_cannot_say_is_refused(source: str) -> None:
    with pytest.raises(ConditionError):
        as_enable_when(bind(parse(source), FORM))
