"""Groups that repeat: drawn out to their instances, with conditions that ask within the same one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vardlots.forms.flow import enabled_ids, next_item, visible_steps
from vardlots.forms.instances import (
    MOST_INSTANCES,
    MOST_ITEMS,
    add_instance,
    expand,
    instance_ids,
    may_add,
    may_remove,
    remove_instance,
    written_as,
)
from vardlots.forms.model import EnableWhen, Form, Operator, Value
from vardlots.forms.tests.examples import TEXT, q


def when(question: str, value: Value, operator: str = "=") -> tuple[EnableWhen, ...]:
    return (EnableWhen(question, Operator(operator), value),)


SIDE = q(
    "side", "group", repeats=True, item=(q("name"), q("hot", "boolean", enable_when=when("dish", "soup")))
)
MEAL = q("meal", "group", repeats=True, max_occurs=3,
         item=(q("dish"), q("why", enable_when=when("dish", "soup")), SIDE))  # fmt: skip
FORM = Form(
    "f", 1, TEXT,
    (q("first"), MEAL, q("soup_often", "boolean", enable_when=when("dish", "soup")),
     q("no_dish", "boolean", enable_when=when("dish", False, "exists"))),
)  # fmt: skip


def ids(form: Form) -> list[str]:
    return list(form.places)


def test_without_repeating_groups_the_form_is_itself() -> None:
    plain = Form("f", 1, TEXT, (q("a"), q("g", "group", item=(q("b"),))))
    assert expand(plain, {"a": ["x"]}) is plain


def test_one_instance_stands_ready() -> None:
    assert ids(expand(FORM, {})) == [
        "first", "meal", "meal~1", "dish~1", "why~1", "side~1", "side~1~1", "name~1~1", "hot~1~1",
        "soup_often", "no_dish",
    ]  # fmt: skip


def test_an_empty_list_says_that_there_is_none() -> None:
    assert ids(expand(FORM, {"meal": []})) == ["first", "meal", "soup_often", "no_dish"]


def test_the_same_instances_are_the_same_form() -> None:
    answers: dict[str, list[Value]] = {"meal": ["1", "4"], "side~4": ["2"], "dish~4": ["x"]}
    drawn = expand(FORM, answers)
    assert expand(FORM, {**answers, "dish~4": ["y"], "first": ["z"]}) is drawn
    assert expand(FORM, {**answers, "side~4": ["2", "3"]}) is not drawn
    assert "name~4~2" in drawn.places
    assert written_as(drawn, "name~4~2") == "name"
    assert written_as(drawn, "first") == "first"
    assert drawn.places["side~4~2"].item.instance_of == "side~4"


def test_conditions_ask_within_their_own_instance() -> None:
    answers: dict[str, list[Value]] = {
        "meal": ["1", "2"], "dish~1": ["soup"], "dish~2": ["pie"], "side~1": ["1"], "side~2": ["1"],
    }  # fmt: skip
    enabled = enabled_ids(expand(FORM, answers), answers)
    assert {"why~1", "hot~1~1"} <= enabled
    assert not {"why~2", "hot~2~1"} & enabled


@pytest.mark.parametrize(
    ("dishes", "often", "none"),
    [
        ({"dish~1": ["pie"], "dish~2": ["soup"]}, True, False),
        ({"dish~1": ["pie"]}, False, False),
        ({}, False, True),
    ],
)
def test_from_outside_one_instance_that_fits_is_enough(
    dishes: dict[str, list[Value]], often: bool, none: bool
) -> None:
    answers: dict[str, list[Value]] = {"meal": ["1", "2"], **dishes}
    enabled = enabled_ids(expand(FORM, answers), answers)
    assert ("soup_often" in enabled, "no_dish" in enabled) == (often, none)


def test_an_answer_that_does_not_count_in_its_instance_does_not_count_outside() -> None:
    whole = Form("f", 1, TEXT, (MEAL, q("told", enable_when=when("why", "x"))))
    answers: dict[str, list[Value]] = {"dish~1": ["soup"], "why~1": ["x"]}
    assert "told" in enabled_ids(expand(whole, answers), answers)
    assert "told" not in enabled_ids(expand(whole, answers), {**answers, "dish~1": ["pie"]})


def test_instances_are_added_last_and_never_take_over_answers() -> None:
    answers = add_instance(FORM, {"dish~1": ["pie"]}, "meal")
    assert answers == {"dish~1": ["pie"], "meal": ["1", "2"]}
    answers = remove_instance(FORM, {**answers, "dish~2": ["soup"], "name~2~1": ["bread"]}, "meal", "2")
    assert answers == {"dish~1": ["pie"], "meal": ["1"]}
    inner = add_instance(FORM, answers, "side~1")
    assert inner["side~1"] == ["1", "2"]
    assert "name~1~2" in expand(FORM, inner).places


def test_no_more_and_no_fewer_than_the_form_allows() -> None:
    answers: dict[str, list[Value]] = {"meal": ["1", "2", "3"]}
    assert not may_add(MEAL, answers)
    with pytest.raises(ValueError, match="as many"):
        add_instance(FORM, answers, "meal")
    needed = Form("f", 1, TEXT, (q("g", "group", repeats=True, min_occurs=2, item=(q("x"),)),))
    assert instance_ids(needed.item[0], {}) == ("1", "2")
    assert not may_remove(needed.item[0], {})
    with pytest.raises(ValueError, match="fewer"):
        remove_instance(needed, {}, "g", "1")
    required = Form("f", 1, TEXT, (q("g", "group", repeats=True, required=True, item=(q("x"),)),))
    with pytest.raises(ValueError, match="fewer"):
        remove_instance(required, {}, "g", "1")


@pytest.mark.parametrize("group", ["first", "none", "side", "meal~1"])
def test_only_a_repeating_group_that_is_there_has_instances(group: str) -> None:
    with pytest.raises(LookupError):
        add_instance(FORM, {}, group)
    with pytest.raises(LookupError):
        remove_instance(FORM, {}, "meal", "7")


def test_a_form_that_would_grow_without_end_stops() -> None:
    inner = q("x")
    for depth in range(5):
        inner = q(f"g{depth}", "group", repeats=True, min_occurs=MOST_INSTANCES, item=(inner,))
    drawn = expand(Form("f", 1, TEXT, (inner,)), {})
    assert len(drawn.places) < MOST_ITEMS + 3 * MOST_INSTANCES
    stored: list[Value] = [str(n) for n in range(1000)]
    assert len(instance_ids(MEAL, {"meal": stored})) == MOST_INSTANCES


@given(
    st.lists(st.integers(1, 5).map(str), unique=True, max_size=3),
    st.dictionaries(
        st.integers(1, 5).map(str), st.lists(st.integers(1, 3).map(str), unique=True, max_size=3)
    ),
)
def test_drawn_out_and_back(meals: list[Value], sides: dict[str, list[Value]]) -> None:
    answers: dict[str, list[Value]] = {"meal": meals, **{f"side~{meal}": of for meal, of in sides.items()}}
    drawn = expand(FORM, answers)
    written = {written_as(drawn, link_id) for link_id in drawn.places}
    assert written <= set(FORM.places)
    for meal in meals:
        there = sides.get(str(meal), ["1"])
        assert [one.link_id for one in drawn.places[f"side~{meal}"].item.item] == [
            f"side~{meal}~{side}" for side in there
        ]
    # Everything drawn out is one of its item as written, but for its name, its conditions and what lies inside.
    for link_id, place in drawn.places.items():
        source = FORM.places[written_as(drawn, link_id)].item
        assert (place.item.type, place.item.text) == (source.type, source.text)


@given(st.lists(st.sampled_from(["add", "remove", "side"]), max_size=12), st.data())
def test_adding_and_removing_keeps_the_others_answers(steps: list[str], data: st.DataObject) -> None:
    answers: dict[str, list[Value]] = {"meal": []}
    expected: dict[str, str] = {}
    for number, step in enumerate(steps):
        there = instance_ids(MEAL, answers)
        if step == "add" and may_add(MEAL, answers):
            answers = add_instance(FORM, answers, "meal")
            new = str(answers["meal"][-1])
            answers[f"dish~{new}"] = [f"dish {number}"]
            expected[new] = f"dish {number}"
        elif step == "remove" and there:
            gone = data.draw(st.sampled_from(there))
            answers = remove_instance(FORM, answers, "meal", gone)
            del expected[gone]
        elif step == "side" and there:
            answers = add_instance(FORM, answers, f"side~{data.draw(st.sampled_from(there))}")
        assert {one: answers[f"dish~{one}"] for one in instance_ids(MEAL, answers)} == {
            one: [text] for one, text in expected.items()
        }
        assert set(answers) <= set(expand(FORM, answers).places)


def test_questions_follow_each_other_through_the_instances() -> None:
    answers: dict[str, list[Value]] = {
        "meal": ["1", "2"],
        "first": ["x"],
        "dish~1": ["soup"],
        "side~1": [],
        "side~2": [],
    }
    drawn = expand(FORM, answers)
    assert [item.link_id for item in visible_steps(drawn, answers)] == [
        "first",
        "dish~1",
        "why~1",
        "dish~2",
        "soup_often",
    ]
    following = next_item(drawn, {**answers, "why~1": ["y"]}, "why~1")
    assert following is not None
    assert following.link_id == "dish~2"
