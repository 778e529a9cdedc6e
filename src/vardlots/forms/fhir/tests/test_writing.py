"""Our own forms as valid FHIR R4, and answers there and back."""

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from fhir.resources.R4B.questionnaire import Questionnaire
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse
from hypothesis import given, settings
from hypothesis import strategies as st

from vardlots.forms.authoring import load_forms
from vardlots.forms.fhir.questionnaire import read_questionnaire
from vardlots.forms.fhir.responses import Identifier, read_response, write_response
from vardlots.forms.fhir.tests.examples import extension, questionnaire, read, said
from vardlots.forms.fhir.writing import write_questionnaire
from vardlots.forms.flow import counted_answers
from vardlots.forms.instances import expand
from vardlots.forms.model import (
    Coding,
    EnableWhen,
    Expression,
    Form,
    Item,
    ItemType,
    Operator,
    Option,
    OptionKind,
)
from vardlots.forms.walking import walk
from vardlots.platform.content import CONTENT

OWN = load_forms(CONTENT / "forms").newest()
TEXTS = st.fixed_dictionaries({"sv": st.text("abcåäö ?", min_size=1, max_size=8).filter(str.strip)}).flatmap(
    lambda text: st.just(text) | st.just({**text, "en": "English"})
)


@pytest.mark.parametrize("form", OWN, ids=lambda form: form.code)
def test_our_own_forms_are_valid_r4_and_come_back_the_same(form: Form) -> None:
    written = write_questionnaire(form)
    Questionnaire.model_validate(written)
    again, remarks = read_questionnaire(json.dumps(written).encode())
    assert again == form
    assert not said(remarks)


def test_everything_that_an_item_can_be_is_written_and_read() -> None:
    words = {"sv": "Ord", "en": "Words"}
    whole = Item(
        link_id="all",
        type=ItemType.CHOICE,
        text=words,
        help=words,
        why=words,
        required=True,
        repeats=True,
        may_decline=True,
        max_occurs=3,
        min_occurs=1,
        prefix={"sv": "1 a"},
        picture="throat.svg",
        item_control="check-box",
        choice_orientation="vertical",
        code=(Coding("1", "urn:s", "Ett", "2"),),
        definition="https://example.org/d",
        variables=(Expression("1 + 1", name="two", description="Två"),),
        enable_when_expression=Expression("%two = 2"),
        initial_expression=Expression("'a'"),
        answer_option=(
            Option("a", words, help=words, picture="a.svg", score=1.5, prefix={"sv": "A"}),
            Option("b", words, exclusive=True, system="urn:s", version="1"),
            Option("c", {"sv": "c"}, kind=OptionKind.STRING),
            Option("4", {"sv": "4"}, kind=OptionKind.INTEGER),
        ),
        item=(
            Item("photo", ItemType.ATTACHMENT, {"sv": "Bild"}, read_only=True),
            Item("to_read", ItemType.DISPLAY, {"sv": "Läs"}, help=words),
            Item(
                "text",
                ItemType.STRING,
                words,
                pattern="[a-z]{1,3}",
                pattern_help=words,
                min_length=1,
                max_length=9,
            ),
            Item(
                "sum",
                ItemType.DECIMAL,
                words,
                calculated_expression=Expression("1"),
                max_decimals=2,
                unit="kg",
            ),
            Item(
                "dose",
                ItemType.QUANTITY,
                words,
                min_value=1,
                max_value=9.5,
                unit_options=(Coding("mg", "http://unitsofmeasure.org", "milligram"),),
                initial=({"value": 2, "unit": "milligram"},),
                enable_when=(EnableWhen("all", Operator.EQUAL, "b", system="urn:s"),),
                enable_behavior="any",
            ),
        ),
    )
    form = Form("every_field", 7, words, (whole,), url="https://example.org/f", description=words)
    written = write_questionnaire(form)
    Questionnaire.model_validate(written)
    again, _ = read_questionnaire(json.dumps(written).encode())
    assert again == form


NUMBERS = st.integers(-50, 50)


@st.composite
def items(draw: Any, depth: int = 2) -> Item:
    """An item of any type, with what suits it; linkIds are given afterwards."""
    type_ = draw(st.sampled_from([one for one in ItemType if depth or one is not ItemType.GROUP]))
    fields: dict[str, Any] = {"required": draw(st.booleans()) and type_ is not ItemType.DISPLAY}
    if type_ in (ItemType.CHOICE, ItemType.OPEN_CHOICE):
        codes = draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True))
        fields["answer_option"] = tuple(
            Option(code, draw(TEXTS), score=draw(st.none() | NUMBERS)) for code in codes
        )
    if type_ in (ItemType.INTEGER, ItemType.DECIMAL):
        fields["min_value"], fields["max_value"] = draw(
            st.tuples(st.none() | NUMBERS, st.none() | st.integers(51, 99))
        )
    if type_ is ItemType.QUANTITY:
        fields["unit_options"] = (Coding("mg", "http://unitsofmeasure.org", "milligram"), Coding("g"))
    if type_ in (ItemType.STRING, ItemType.TEXT):
        fields["max_length"] = draw(st.none() | st.integers(5, 50))
    if type_ is not ItemType.DISPLAY:
        fields["help"] = draw(st.none() | TEXTS)
        fields["repeats"] = draw(st.booleans()) and type_ is not ItemType.BOOLEAN
        fields["may_decline"] = draw(st.booleans()) and type_ is not ItemType.GROUP
    if type_ is ItemType.GROUP:
        fields["item"] = tuple(draw(st.lists(items(depth - 1), min_size=1, max_size=3)))
    elif depth and type_ is not ItemType.DISPLAY:
        fields["item"] = tuple(draw(st.lists(items(0), max_size=1)))
    return Item("", type_, draw(TEXTS), **fields)


@st.composite
def forms(draw: Any) -> Form:
    """A form whose items have ids of their own, some shown only when an earlier one is answered."""
    count = 0
    asked: list[str] = []

    def named(item: Item, repeating: bool) -> Item:
        nonlocal count
        count += 1
        link_id = f"q{count}"
        wait = asked and draw(st.integers(0, 3)) == 0
        when = (
            (EnableWhen(draw(st.sampled_from(asked)), Operator.EXISTS, draw(st.booleans())),) if wait else ()
        )
        inside = repeating or item.is_repeating_group
        inner = tuple(named(one, inside) for one in item.item)
        if item.is_question and not inside:
            asked.append(link_id)
        values = {name: getattr(item, name) for name in item.__struct_fields__}
        return Item(**values | {"link_id": link_id, "enable_when": when, "item": inner})

    found = draw(st.lists(items(), min_size=1, max_size=5))
    return Form("made", draw(st.integers(1, 99)), draw(TEXTS), tuple(named(one, False) for one in found))


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(forms())
def test_any_form_is_valid_r4_and_comes_back_the_same(form: Form) -> None:
    written = write_questionnaire(form)
    Questionnaire.model_validate(written)
    assert read_questionnaire(json.dumps(written).encode())[0] == form


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(forms(), st.integers(0, 1_000))
def test_any_answers_are_a_valid_response_and_come_back_the_same(form: Form, seed: int) -> None:
    walked = walk(form, random.Random(seed))
    answers = dict(walked.answers)
    for link_id in answers:
        item = expand(form, answers).find(link_id)
        if item is not None and item.may_decline and seed % 3 == 0:
            answers[link_id] = [{"declined": True}]
    counted = counted_answers(expand(form, answers), answers)
    written = write_response(form, answers, authored=datetime(2026, 3, 14, 8, tzinfo=UTC))
    QuestionnaireResponse.model_validate(written)
    read_back, remarks = read_response(form, json.dumps(written).encode())
    assert not said(remarks)
    assert read_back == {link_id: list(values) for link_id, values in counted.items()}


def test_a_response_says_what_it_is_and_no_more_of_the_patient() -> None:
    form = next(one for one in OWN if one.code == "post_triage")
    written = write_response(
        form,
        {"mobile": ["0701740612"], "interpreter": [{"declined": True}], "interpreter_language": ["arabic"]},
        authored=datetime(2026, 3, 14, 8, 30, tzinfo=UTC),
        subject=Identifier("urn:s", "17"),
        identifier=Identifier("urn:a", "1-1"),
        lang="en",
    )
    QuestionnaireResponse.model_validate(written)
    assert written["questionnaire"] == f"urn:vardlots:fhir:form:{form.code}|{form.version}"
    assert written["subject"] == {"type": "Patient", "identifier": {"system": "urn:s", "value": "17"}}
    assert written["authored"] == "2026-03-14T08:30:00+00:00"
    ids = [one["linkId"] for one in written["item"]]
    assert "mobile" in ids
    assert "interpreter_language" not in ids, "what is not asked is not told"


def test_values_are_of_fhirs_types() -> None:
    data = questionnaire(
        {"type": "dateTime", "text": "När?"},
        {"type": "time", "text": "Hur dags?"},
        {"type": "open-choice", "text": "Vad?", "answerOption": [{"valueString": "x"}, {"valueInteger": 3}]},
        {
            "type": "quantity",
            "text": "Dos",
            "extension": [
                extension(
                    "questionnaire-unit",
                    valueCoding={"system": "http://unitsofmeasure.org", "code": "mg", "display": "milligram"},
                )
            ],
        },
        {"type": "attachment", "text": "Bild"},
        {"type": "url", "text": "Var?"},
    )
    form, _ = read(data)
    answers: dict[str, list[Any]] = {
        "q1": ["2026-07-14T08:30"],
        "q2": ["08:30"],
        "q3": ["3", {"other": "annat"}],
        "q4": [{"value": 5, "unit": "milligram"}],
        "q5": [{"id": "7", "title": "hals"}],
        "q6": ["https://example.org/"],
    }
    written = write_response(form, answers)
    assert [one["answer"] for one in written["item"]] == [
        [{"valueDateTime": "2026-07-14T08:30:00+02:00"}],
        [{"valueTime": "08:30:00"}],
        [{"valueInteger": 3}, {"valueString": "annat"}],
        [
            {
                "valueQuantity": {
                    "value": 5,
                    "unit": "milligram",
                    "system": "http://unitsofmeasure.org",
                    "code": "mg",
                }
            }
        ],
        [{"valueAttachment": {"url": "urn:vardlots:fhir:file:7", "title": "hals"}}],
        [{"valueUri": "https://example.org/"}],
    ]
    assert read_response(form, json.dumps(written).encode())[0] == answers


def test_what_is_no_answer_to_the_form_is_named() -> None:
    form, _ = read(questionnaire({"type": "integer", "text": "?"}, url="https://example.org/q"))
    data = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "https://example.org/another|1",
        "item": [{"linkId": "q1", "answer": [{"valueString": "x"}]}, {"linkId": "other"}],
    }
    answers, remarks = read_response(form, json.dumps(data).encode())
    assert answers == {"q1": []}
    assert [place for place, _ in said(remarks)] == ["questionnaire", "item[0].answer[0]", "item[1]"]
