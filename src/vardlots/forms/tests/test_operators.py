"""Every operator of `enableWhen` with every type that it can ask about, and how several conditions are joined."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vardlots.forms.flow import enabled_ids, visible_items
from vardlots.forms.model import (
    DECLINED,
    Coding,
    EnableWhen,
    Form,
    Item,
    ItemType,
    Operator,
    Option,
    OptionKind,
    Value,
)

TEXT = {"sv": "Fråga", "en": "Question"}
OPERATORS = ("=", "!=", ">", "<", ">=", "<=")
KG, GRAM = Coding("kg", "http://unitsofmeasure.org", "kg"), Coding("g", "http://unitsofmeasure.org", "gram")


def options(kind: OptionKind, *codes: str, system: str | None = None) -> tuple[Option, ...]:
    return tuple(Option(code, TEXT, kind=kind, system=system) for code in codes)


def asking(type: str, operator: str, answer: Value, system: str | None = None, **more: Any) -> Form:
    """A form whose second question is shown when the first stands so to the value."""
    when = EnableWhen("a", Operator(operator), answer, system)
    first = Item("a", ItemType(type), TEXT, **more)
    return Form("f", 1, TEXT, (first, Item("b", ItemType.STRING, TEXT, enable_when=(when,))))


def shown(form: Form, *values: Value) -> bool:
    return "b" in enabled_ids(form, {"a": list(values)})


# What is asked about, what it is compared with, and which of = != > < >= <= hold.
TABLE: list[tuple[str, dict[str, Any], Value, Value, str | None, str]] = [
    ("boolean", {}, True, True, None, "="),
    ("boolean", {}, False, True, None, "!="),
    ("integer", {}, 5, 5, None, "= >= <="),
    ("integer", {}, 5, 4, None, "!= > >="),
    ("integer", {}, 3, 4, None, "!= < <="),
    ("decimal", {}, 38.5, 38.5, None, "= >= <="),
    ("decimal", {}, 38.51, 38.5, None, "!= > >="),
    ("decimal", {}, -1, 0.5, None, "!= < <="),
    ("date", {}, "2026-03-14", "2026-03-14", None, "= >= <="),
    ("date", {}, "2026-03-15", "2026-03-14", None, "!= > >="),
    ("date", {}, "2025-12-31", "2026-03", None, "!= < <="),
    ("date", {}, "2026-03-31", "2026-03", None, ""),
    ("date", {}, "2026-04-01", "2026", None, ""),
    ("dateTime", {}, "2026-03-14T08:30", "2026-03-14T08:30:00", None, "= >= <="),
    ("dateTime", {}, "2026-03-14T08:30", "2026-03-14T07:30:00Z", None, "= >= <="),
    ("dateTime", {}, "2026-07-14T08:30", "2026-07-14T07:30:00Z", None, "!= < <="),
    ("dateTime", {}, "2026-03-14T08:30", "2026-03-15", None, "!= < <="),
    ("dateTime", {}, "2026-03-15T00:30", "2026-03-14", None, "!= > >="),
    ("dateTime", {}, "2026-10-25T02:30+02:00", "2026-10-25T02:10+01:00", None, "!= < <="),
    ("time", {}, "08:30", "08:30:00", None, "= >= <="),
    ("time", {}, "08:30:01", "08:30", None, "!= > >="),
    ("time", {}, "08:30", "09:00", None, "!= < <="),
    ("string", {}, "b", "b", None, "= >= <="),
    ("string", {}, "b", "a", None, "!= > >="),
    ("string", {}, "B", "b", None, "!= < <="),
    ("text", {}, "b", "b", None, "= >= <="),
    ("url", {}, "https://a.se", "https://a.se", None, "= >= <="),
    ("quantity", {"unit": "kg"}, {"value": 5, "unit": "kg"}, {"value": 5, "unit": "kg"}, None, "= >= <="),
    ("quantity", {"unit": "kg"}, {"value": 5, "unit": "kg"}, {"value": 4, "unit": "kg"}, None, "!= > >="),
    ("quantity", {"unit": "kg"}, {"value": 5, "unit": "kg"}, {"value": 9}, None, "!= < <="),
    ("quantity", {"unit_options": (KG, GRAM)}, {"value": 5, "unit": "gram"}, {"value": 4, "code": "g"}, None,
     "!= > >="),
    ("quantity", {"unit_options": (KG, GRAM)}, {"value": 5, "unit": "gram"}, {"value": 5, "unit": "kg"}, None, "!="),
    ("choice", {"answer_option": options(OptionKind.CODING, "x", "y")}, "x", "x", None, "="),
    ("choice", {"answer_option": options(OptionKind.CODING, "x", "y")}, "y", "x", None, "!="),
    ("choice", {"answer_option": options(OptionKind.CODING, "x", "y", system="urn:s")}, "x", "x", "urn:s", "="),
    ("choice", {"answer_option": options(OptionKind.CODING, "x", "y", system="urn:s")}, "x", "x", None, "="),
    ("choice", {"answer_option": options(OptionKind.CODING, "x", "y", system="urn:s")}, "x", "x", "urn:t", "!="),
    ("choice", {"answer_option": options(OptionKind.INTEGER, "2", "10")}, "10", 2, None, "!= > >="),
    ("choice", {"answer_option": options(OptionKind.STRING, "a", "b")}, "a", "b", None, "!= < <="),
    ("choice", {"answer_option": options(OptionKind.DATE, "2026-03-14")}, "2026-03-14", "2026-03-15", None,
     "!= < <="),
    ("choice", {"answer_option": options(OptionKind.TIME, "08:30")}, "08:30", "08:30:00", None, "= >= <="),
    ("open-choice", {"answer_option": options(OptionKind.CODING, "x")}, "x", "x", None, "="),
    ("open-choice", {"answer_option": options(OptionKind.CODING, "x")}, {"other": "z"}, "x", None, "!= > >="),
    ("attachment", {}, {"id": "1", "title": ""}, "1", None, "= >= <="),
]  # fmt: skip


@pytest.mark.parametrize(("type", "more", "value", "expected", "system", "holding"), TABLE)
def test_every_operator_with_every_type(
    type: str,
    more: dict[str, Any],
    value: Value,
    expected: Value,
    system: str | None,
    holding: str,
) -> None:
    found = [one for one in OPERATORS if shown(asking(type, one, expected, system, **more), value)]
    assert set(found) == set(holding.split())


def test_the_table_has_every_type_that_takes_an_answer() -> None:
    assert {row[0] for row in TABLE} == {one.value for one in ItemType} - {"group", "display"}


@pytest.mark.parametrize("type", sorted({row[0] for row in TABLE}))
def test_exists(type: str) -> None:
    value = next(row[2] for row in TABLE if row[0] == type)
    more = next(row[1] for row in TABLE if row[0] == type)
    there, missing = asking(type, "exists", True, **more), asking(type, "exists", False, **more)
    for values, is_there in (([value], True), ([], False), ([DECLINED], False)):
        assert shown(there, *values) is is_there
        assert shown(missing, *values) is not is_there


@pytest.mark.parametrize("row", range(len(TABLE)))
def test_nothing_stands_in_any_relation_to_a_missing_answer(row: int) -> None:
    type, more, _, expected, system, _ = TABLE[row]
    for operator in OPERATORS:
        form = asking(type, operator, expected, system, **more)
        assert not shown(form), operator
        assert not shown(form, DECLINED), operator


def test_of_several_answers_one_that_fits_is_enough() -> None:
    several: dict[str, Any] = {"answer_option": options(OptionKind.CODING, "x", "y"), "repeats": True}
    assert shown(asking("choice", "=", "x", **several), "y", "x")
    assert shown(asking("choice", "!=", "x", **several), "y", "x")
    assert not shown(asking("choice", "!=", "x", **several), "x")
    assert shown(asking("integer", ">", 4, repeats=True), 1, 5)


@pytest.mark.parametrize(
    ("behaviour", "a", "b", "is_shown"),
    [
        ("all", 1, 1, True),
        ("all", 1, 2, False),
        ("any", 1, 2, True),
        ("any", 2, 1, True),
        ("any", 2, 2, False),
    ],
)
def test_all_or_any(behaviour: str, a: int, b: int, is_shown: bool) -> None:
    conditions = tuple(EnableWhen(name, Operator.EQUAL, 1) for name in ("a", "b"))
    last = Item("c", ItemType.STRING, TEXT, enable_when=conditions, enable_behavior=behaviour)  # type: ignore[arg-type]
    asked = (Item("a", ItemType.INTEGER, TEXT), Item("b", ItemType.INTEGER, TEXT), last)
    assert ("c" in enabled_ids(Form("f", 1, TEXT, asked), {"a": [a], "b": [b]})) is is_shown


CHAIN = Form(
    "f",
    1,
    TEXT,
    (
        Item("a", ItemType.BOOLEAN, TEXT),
        Item("b", ItemType.INTEGER, TEXT, enable_when=(EnableWhen("a", Operator.EQUAL, True),)),
        Item("c", ItemType.INTEGER, TEXT, enable_when=(EnableWhen("b", Operator.GREATER, 3),)),
        Item("d", ItemType.INTEGER, TEXT, enable_when=(EnableWhen("c", Operator.EXISTS, False),)),
    ),
)


@given(st.booleans(), st.lists(st.integers(0, 9), max_size=1), st.lists(st.integers(0, 9), max_size=1))
def test_an_answer_to_what_is_not_shown_changes_nothing(a: bool, b: list[int], c: list[int]) -> None:
    answers: dict[str, list[Value]] = {"a": [a], "b": list(b), "c": list(c)}
    enabled = enabled_ids(CHAIN, answers)
    without = {link_id: values for link_id, values in answers.items() if link_id in enabled}
    assert enabled_ids(CHAIN, without) == enabled
    assert [item.link_id for item in visible_items(CHAIN, without)] == sorted(enabled)
