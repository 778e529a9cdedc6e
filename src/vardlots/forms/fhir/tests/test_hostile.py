"""Files that are wrong, on purpose or not: each gets a sentence, none a traceback."""

import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vardlots.forms.authoring import load_forms
from vardlots.forms.faults import ContentError
from vardlots.forms.fhir.questionnaire import read_questionnaire
from vardlots.forms.fhir.responses import read_response, write_response
from vardlots.forms.fhir.source import MOST_BYTES
from vardlots.forms.fhir.tests.examples import CORE, SDC, extension, questionnaire
from vardlots.forms.fhir.writing import write_questionnaire
from vardlots.platform.content import CONTENT

GROUP = {
    "linkId": "g",
    "type": "group",
    "text": "Grupp",
    "repeats": True,
    "item": [{"linkId": "in", "type": "date"}],
}
RICH = questionnaire(
    {
        "type": "choice",
        "text": "Val",
        "_text": {"extension": [extension("translation", extension=[{"url": "lang", "valueCode": "en"}])]},
        "answerOption": [
            {
                "valueCoding": {"code": "a", "display": "A", "system": "s"},
                "extension": [extension("ordinalValue", valueDecimal=1)],
            },
            {"valueString": "b", "initialSelected": True},
        ],
        "extension": [
            extension(
                "questionnaire-itemControl", valueCodeableConcept={"coding": [{"code": "radio-button"}]}
            ),
            extension("questionnaire-hidden", valueBoolean=False),
        ],
        "item": [
            {
                "linkId": "help",
                "type": "display",
                "text": "Hjälp",
                "extension": [
                    extension(
                        "questionnaire-itemControl", valueCodeableConcept={"coding": [{"code": "help"}]}
                    )
                ],
            }
        ],
    },
    {
        "type": "quantity",
        "text": "Mängd",
        "prefix": "2",
        "required": True,
        "extension": [
            extension("questionnaire-unitOption", valueCoding={"code": "mg", "system": "u"}),
            extension("minValue", valueInteger=1),
            extension("maxValue", valueDecimal=9.5),
        ],
        "initial": [{"valueQuantity": {"value": 2, "unit": "mg"}}],
        "enableWhen": [{"question": "q1", "operator": "=", "answerCoding": {"code": "a"}}],
        "enableBehavior": "all",
    },
    {
        "type": "string",
        "text": "Ord",
        "maxLength": 5,
        "extension": [extension("regex", valueString="[a-z]{1,5}")],
    },
    {
        "type": "decimal",
        "text": "Summa",
        "extension": [
            {
                "url": SDC + "calculatedExpression",
                "valueExpression": {
                    "language": "text/fhirpath",
                    "expression": "%resource.item.answer.value.count()",
                },
            },
            {
                "url": CORE + "variable",
                "valueExpression": {"name": "x", "language": "text/fhirpath", "expression": "1"},
            },
        ],
    },
    {"type": "choice", "text": "Ur lista", "answerValueSet": "#vs"},
    GROUP,
    contained=[
        {
            "resourceType": "ValueSet",
            "id": "vs",
            "compose": {"include": [{"system": "s", "concept": [{"code": "x", "display": "X"}]}]},
        }
    ],
    url="https://example.org/rich",
    version="3",
    code=[{"code": "c", "system": "s"}],
)


def refused(content: bytes | str | dict[str, Any]) -> list[str]:
    """What is said of a file that cannot be used."""
    data = (
        content
        if isinstance(content, bytes)
        else (content if isinstance(content, str) else json.dumps(content)).encode()
    )
    with pytest.raises(ContentError) as told:
        read_questionnaire(data, "f")
    for fault in told.value.faults:
        assert fault.swedish != str(fault)
    return [f"{fault.id}: {fault.sentence}" for fault in told.value.faults]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cannot be read as JSON"),
        (b"\xff\xfe\x00", "not in UTF-8"),
        ("<Questionnaire xmlns='http://hl7.org/fhir'/>", "XML"),
        ("[]", "no JSON object"),
        ("{", "cannot be read as JSON"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ('{"a": NaN}', "no number"),
        ('{"a": 1e999}', "too large"),
        ('{"a": ' + "9" * 5000 + "}", "cannot be read as JSON"),
        ('{"a": ' + "9" * 40 + "}", "too large"),
        ('{"a": "\\u0000"}', "signs that no text may have"),
        ('{"a": "\\ud800"}', "signs that no text may have"),
        ("[" * 100_000, "within each other"),
        ('{"a":' * 70 + "1" + "}" * 70, "within each other"),
        ("{}", "resourceType"),
        ('{"resourceType": 3}', "no form of FHIR"),
        ('{"resourceType": "Bundle"}', "the file is a Bundle"),
        ('{"resourceType": "Questionnaire"}', "has no items"),
        (b" " * (MOST_BYTES + 1), "larger than 2 MB"),
    ],
)
def test_what_is_no_form_is_told_in_one_sentence(content: bytes | str, words: str) -> None:
    told = refused(content)
    assert len(told) == 1
    assert words in told[0]


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        (
            questionnaire({"type": "boolean"}, {"type": "boolean", "linkId": "q1"}),
            "item[1].linkId",
            "already",
        ),
        (questionnaire({"type": "boolean", "linkId": ""}), "item[0]", "“linkId” is missing"),
        (questionnaire({"type": "boolean", "linkId": "a~1"}), "item[0].linkId", "no “~”"),
        (questionnaire({"type": "boolean", "linkId": "x" * 256}), "item[0].linkId", "255"),
        (questionnaire({"text": "?"}), "item[0]", "“type” is missing"),
        (questionnaire({"type": "question"}), "item[0].type", "no item type of FHIR R4"),
        (questionnaire({"type": "coding"}), "item[0]", "FHIR R5 (coding)"),
        (questionnaire({"type": "string", "answerConstraint": "optionsOnly"}), "item[0]", "FHIR R5"),
        (questionnaire({"type": "choice", "option": []}), "item[0]", "FHIR STU3 (option)"),
        (questionnaire({"type": "boolean", "text": 5}), "item[0].text", "must be a string"),
        (questionnaire({"type": "boolean", "required": "yes"}), "item[0].required", "true or false"),
        (questionnaire({"type": "string", "maxLength": "5"}), "item[0].maxLength", "whole number"),
        (questionnaire({"type": "boolean", "item": {}}), "item[0].item", "must be a list"),
        (questionnaire({"type": "boolean", "item": [3]}), "item[0].item[0]", "must be an object"),
        (
            questionnaire({"type": "boolean", "enableBehavior": "most"}),
            "item[0].enableBehavior",
            "all or any",
        ),
        (questionnaire({"type": "boolean"}, language="?"), "language", "no language"),
        (
            questionnaire(
                {
                    "type": "integer",
                    "extension": [
                        extension("minValue", valueInteger=20),
                        extension("maxValue", valueInteger=2),
                    ],
                }
            ),
            "item[0]",
            "at least 20 and at most 2 leave no answer",
        ),
        (
            questionnaire({"type": "boolean"}, modifierExtension=[{"url": "x"}]),
            "modifierExtension",
            "changes what",
        ),
        (
            questionnaire(
                {"type": "boolean", "enableWhen": [{"question": "z", "operator": "=", "answerBoolean": True}]}
            ),
            "item[0].enableWhen[0].question",
            "which the form does not have",
        ),
        (
            questionnaire(
                {"type": "boolean"}, {"type": "boolean", "enableWhen": [{"question": "q1", "operator": "~"}]}
            ),
            "item[1].enableWhen[0].operator",
            "no operator",
        ),
        (
            questionnaire(
                {"type": "boolean"}, {"type": "boolean", "enableWhen": [{"question": "q1", "operator": "="}]}
            ),
            "item[1].enableWhen[0]",
            "just one answer",
        ),
        (
            questionnaire(
                {"type": "boolean"},
                {"type": "boolean", "enableWhen": [{"question": "q1", "operator": "=", "answerInteger": 1}]},
            ),
            "item[1].enableWhen[0].answerInteger",
            "does not suit the question",
        ),
    ],
)
def test_what_makes_a_form_impossible_is_told_with_its_place(
    data: dict[str, Any], place: str, words: str
) -> None:
    told = refused(data)
    assert any(one.startswith(f"{place}: ") and words in one for one in told), told


def test_everything_that_is_wrong_is_told_at_once() -> None:
    told = refused(questionnaire({"type": "coding"}, {"type": "x"}, {"type": "boolean", "text": []}))
    assert len(told) == 3


def test_an_item_with_a_modifier_is_kept_and_not_asked() -> None:
    data = questionnaire({"type": "boolean", "text": "?", "modifierExtension": [{"url": "urn:x"}]})
    form, remarks = read_questionnaire(json.dumps(data).encode())
    assert form.item[0].hidden
    assert [one.path for one in remarks] == ["item[0].modifierExtension"]
    assert write_questionnaire(form)["item"][0]["modifierExtension"] == [{"url": "urn:x"}]


def test_questions_that_wait_for_each_other_are_named() -> None:
    def waits(question: str) -> dict[str, Any]:
        return {
            "type": "boolean",
            "text": "?",
            "enableWhen": [{"question": question, "operator": "=", "answerBoolean": True}],
        }

    _, remarks = read_questionnaire(json.dumps(questionnaire(waits("q2"), waits("q1"))).encode())
    assert [one.path for one in remarks] == ["item[0]", "item[1]"]


def test_a_large_form_is_read_in_little_time_and_a_larger_one_refused() -> None:
    many = [{"linkId": str(n), "type": "boolean", "text": "?"} for n in range(5_000)]
    began = time.perf_counter()
    form, _ = read_questionnaire(json.dumps(questionnaire(*many)).encode())
    assert len(form.places) == 5_000
    assert time.perf_counter() - began < 10
    assert "more than 5000" in refused(questionnaire(*many, {"type": "boolean"}))[0]


def test_a_name_twice_among_very_many_is_found_at_once() -> None:
    names = ",".join(f'"{n:05d}":1' for n in range(45_000))
    began = time.process_time()
    assert "stands twice" in refused("{" + names + ',"44999":1}')[0]
    assert time.process_time() - began < 3


def test_of_a_file_full_of_long_calculations_no_more_are_read_than_take_seconds() -> None:
    """The longest there may be takes the library a second to read, fit for use or not."""

    def worked_out(source: str) -> dict[str, Any]:
        expression = {"language": "text/fhirpath", "expression": source}
        told = {"url": f"{SDC}calculatedExpression", "valueExpression": expression}
        return {"type": "string", "text": "?", "extension": [told]}

    long = [worked_out(f"'{n:04d}{'a' * 3_994}'") for n in range(80)]
    _, remarks = read_questionnaire(json.dumps(questionnaire(*long, *long)).encode())
    told = [str(one.what) for one in remarks if "40000 characters together" in str(one.what)]
    assert len(told) == 2 * (80 - 10)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in JSON, as the keys and numbers that lead to it."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(deeper for key, value in inner for deeper in places(value, (*path, key)))]


PLACES = [path for path in places(RICH) if path]


def mutated(data: Any, path: tuple[Any, ...], value: Any, deed: str) -> Any:
    """A copy with something else in one place, or nothing, or what stood there twice."""
    found = json.loads(json.dumps(data))
    at = found
    for key in path[:-1]:
        at = at[key]
    if deed == "change":
        at[path[-1]] = value
    elif deed == "remove":
        del at[path[-1]]
    elif isinstance(at, list):
        at.append(at[path[-1]])
    else:
        at[f"{path[-1]}x"] = at[path[-1]]
    return found


@pytest.mark.slow
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PLACES), JSON, st.sampled_from(["change", "remove", "twice"]))
def test_a_file_changed_anywhere_is_a_form_or_a_refusal(path: tuple[Any, ...], value: Any, deed: str) -> None:
    content = json.dumps(mutated(RICH, path, value, deed)).encode()
    try:
        form, remarks = read_questionnaire(content)
    except ContentError:
        return
    assert all(one.sentence("sv") and one.sentence("en") for one in remarks)
    again, _ = read_questionnaire(json.dumps(write_questionnaire(form)).encode())
    assert again == form


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | JSON.map(lambda data: json.dumps(data).encode()))
def test_anything_at_all_is_a_form_or_a_refusal(content: bytes) -> None:
    with pytest.raises(ContentError):
        read_questionnaire(content)


FORM = load_forms(CONTENT / "forms").form("post_triage")
ANSWERED = write_response(FORM, {"share_history": [True], "mobile": ["0701740612"], "interpreter": [False]})
ANSWERS = [path for path in places(ANSWERED) if path]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ANSWERS), JSON, st.sampled_from(["change", "remove", "twice"]))
def test_answers_changed_anywhere_are_read_or_refused(path: tuple[Any, ...], value: Any, deed: str) -> None:
    try:
        answers, _ = read_response(FORM, json.dumps(mutated(ANSWERED, path, value, deed)).encode())
    except ContentError:
        return
    assert set(answers) <= set(FORM.places)
