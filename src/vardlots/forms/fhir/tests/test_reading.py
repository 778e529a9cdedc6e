"""What of a Questionnaire becomes what, and what is said of the rest."""

from typing import Any

import pytest

from vardlots.forms.fhir.remarks import Effect
from vardlots.forms.fhir.tests.examples import extension, item, questionnaire, read, said
from vardlots.forms.fhir.writing import write_questionnaire
from vardlots.forms.model import Coding, ItemType, Operator, OptionKind

YES_NO = [
    {"valueCoding": {"system": "urn:x", "code": code, "display": code.title()}} for code in ("yes", "no")
]


@pytest.mark.parametrize("name", [one.value for one in ItemType])
def test_every_type_of_r4_that_can_be_answered_is_known(name: str) -> None:
    options = {"answerOption": YES_NO} if "choice" in name else {}
    form, remarks = read(questionnaire({"type": name, "text": "Fråga", **options}))
    assert form.item[0].type is ItemType(name)
    assert not form.item[0].hidden
    assert not said(remarks)


def test_texts_have_their_translations() -> None:
    translated = {
        "text": "Sover du?",
        "_text": {
            "extension": [
                extension(
                    "translation",
                    extension=[
                        {"url": "lang", "valueCode": "en"},
                        {"url": "content", "valueString": "Do you sleep?"},
                    ],
                ),
                extension("rendering-xhtml", valueString="<b>Sover</b>"),
            ]
        },
    }
    form, remarks = read(questionnaire({"type": "boolean", **translated}))
    assert form.item[0].text == {"sv": "Sover du?", "en": "Do you sleep?"}
    assert said(remarks) == [
        ("item[0]._text.extension[1]", "the text as HTML is not shown, the plain text is [rendering-xhtml]")
    ]
    assert write_questionnaire(form)["item"][0]["_text"] == translated["_text"]


@pytest.mark.parametrize(
    ("type_", "given", "fields"),
    [
        ("integer", extension("minValue", valueInteger=3), {"min_value": 3}),
        ("decimal", extension("maxValue", valueDecimal=3.5), {"max_value": 3.5}),
        ("date", extension("minValue", valueDate="2026-01-01"), {"min_value": "2026-01-01"}),
        (
            "dateTime",
            extension("maxValue", valueDateTime="2026-01-01T10:00:00Z"),
            {"max_value": "2026-01-01T10:00:00Z"},
        ),
        ("time", extension("minValue", valueTime="08:00:00"), {"min_value": "08:00:00"}),
        ("string", extension("minLength", valueInteger=3), {"min_length": 3}),
        ("string", extension("regex", valueString="[a-z]{1,4}"), {"pattern": "[a-z]{1,4}"}),
        ("string", extension("regex", valueString="matches('^[0-9]{4}$')"), {"pattern": "^[0-9]{4}$"}),
        ("string", extension("entryFormat", valueString="nn-nn"), {"entry_format": {"sv": "nn-nn"}}),
        ("decimal", extension("maxDecimalPlaces", valueInteger=2), {"max_decimals": 2}),
        ("string", extension("questionnaire-minOccurs", valueInteger=2), {"min_occurs": 2}),
        ("string", extension("questionnaire-maxOccurs", valueInteger=4), {"max_occurs": 4}),
        ("integer", extension("questionnaire-sliderStepValue", valueInteger=5), {"slider_step": 5}),
        ("boolean", extension("questionnaire-hidden", valueBoolean=True), {"hidden": True}),
        (
            "decimal",
            extension("questionnaire-unit", valueCoding={"display": "kg"}),
            {"unit": "kg", "unit_coding": None},
        ),
        (
            "decimal",
            extension(
                "questionnaire-unit", valueCoding={"system": "http://unitsofmeasure.org", "code": "kg"}
            ),
            {"unit": "kg", "unit_coding": Coding("kg", "http://unitsofmeasure.org")},
        ),
        (
            "quantity",
            extension("questionnaire-unitOption", valueCoding={"code": "mm", "display": "millimeter"}),
            {"unit_options": (Coding("mm", display="millimeter"),)},
        ),
        (
            "choice",
            extension("questionnaire-choiceOrientation", valueCode="horizontal"),
            {"choice_orientation": "horizontal"},
        ),
        (
            "choice",
            extension(
                "questionnaire-itemControl",
                valueCodeableConcept={"coding": [{"system": "x", "code": "drop-down", "display": "Lista"}]},
            ),
            {"item_control": "drop-down"},
        ),
    ],
)
def test_extensions_that_the_engine_acts_on(
    type_: str, given: dict[str, Any], fields: dict[str, Any]
) -> None:
    options = {"answerOption": YES_NO} if type_ == "choice" else {}
    form, remarks = read(questionnaire({"type": type_, "text": "Fråga", "extension": [given], **options}))
    assert {name: getattr(form.item[0], name) for name in fields} == fields
    assert not said(remarks)


@pytest.mark.parametrize(
    ("type_", "given"),
    [
        ("string", extension("minValue", valueInteger=3)),
        ("integer", extension("minValue", valueDate="2026-01-01")),
        ("date", extension("maxValue", valueDate="1996-05")),
        ("string", extension("regex", valueString="(a+)+$")),
        ("string", extension("regex", valueString="(")),
        ("string", extension("minLength", valueInteger=-1)),
        ("attachment", extension("maxSize", valueDecimal=5)),
        ("attachment", extension("mimeType", valueCode="image/png")),
        ("string", extension("questionnaire-signatureRequired", valueCodeableConcept={})),
        ("string", extension("questionnaire-supportLink", valueUri="https://example.org")),
        ("string", extension("questionnaire-constraint", extension=[])),
        ("string", extension("https://example.org/anything", valueString="x")),
        ("string", extension("questionnaire-unit", valueCoding={"code": "kg"})),
    ],
)
def test_what_is_not_acted_on_is_kept_and_named_at_its_place(type_: str, given: dict[str, Any]) -> None:
    form, remarks = read(questionnaire({"type": type_, "text": "Fråga", "extension": [given]}))
    assert len(remarks) == 1
    assert remarks[0].path.startswith("item[0]")
    assert remarks[0].effect is Effect.KEPT
    assert remarks[0].sentence("sv") != remarks[0].sentence("en")
    assert write_questionnaire(form)["item"][0]["extension"] == [given]


def test_options_have_scores_prefixes_and_what_goes_alone() -> None:
    found = item(
        type="choice",
        text="Hur ofta?",
        repeats=True,
        answerOption=[
            {
                "valueCoding": {"code": "a", "display": "Aldrig"},
                "extension": [
                    extension("ordinalValue", valueDecimal=0),
                    extension("questionnaire-optionExclusive", valueBoolean=True),
                    extension("questionnaire-optionPrefix", valueString="A"),
                ],
                "initialSelected": True,
            },
            {"valueCoding": {"code": "b", "extension": [extension("itemWeight", valueDecimal=2.5)]}},
            {"valueString": "Ibland"},
            {"valueInteger": 7},
            {"valueDate": "2026-01-01"},
            {"valueTime": "08:00:00"},
            {"valueCoding": {"system": "urn:y", "code": "a"}},
            {"valueReference": {"reference": "Patient/1"}},
        ],
    )
    a, b, *plain, other = found.answer_option
    assert (a.score, a.exclusive, a.prefix, a.initial_selected) == (0, True, {"sv": "A"}, True)
    assert (b.score, b.text) == (2.5, {"sv": "b"})
    assert [(one.code, one.kind) for one in plain] == [
        ("Ibland", OptionKind.STRING),
        ("7", OptionKind.INTEGER),
        ("2026-01-01", OptionKind.DATE),
        ("08:00:00", OptionKind.TIME),
    ]
    assert (other.code, other.value, other.system) == ("urn:y|a", "a", "urn:y")


def test_value_sets_that_lie_in_the_file_give_options() -> None:
    listed = {
        "resourceType": "ValueSet",
        "id": "often",
        "url": "https://example.org/often",
        "compose": {
            "include": [
                {
                    "system": "urn:often",
                    "concept": [
                        {
                            "code": "0",
                            "display": "Aldrig",
                            "designation": [{"language": "en", "value": "Never"}],
                            "extension": [extension("ordinalValue", valueDecimal=0)],
                        },
                        {"code": "1", "display": "Ibland"},
                    ],
                }
            ],
            "exclude": [{"system": "urn:often", "concept": [{"code": "1"}]}],
        },
    }
    expanded = {
        "resourceType": "ValueSet",
        "id": "tree",
        "expansion": {
            "contains": [
                {
                    "code": "top",
                    "abstract": True,
                    "contains": [{"system": "s", "code": "leaf", "display": "Löv"}],
                }
            ]
        },
    }
    system = {
        "resourceType": "CodeSystem",
        "url": "urn:all",
        "concept": [{"code": "x", "concept": [{"code": "y"}]}],
    }
    whole = {"resourceType": "ValueSet", "id": "all", "compose": {"include": [{"system": "urn:all"}]}}
    form, remarks = read(
        questionnaire(
            {"type": "choice", "text": "1", "answerValueSet": "#often"},
            {"type": "choice", "text": "2", "answerValueSet": "https://example.org/often|1.0"},
            {"type": "choice", "text": "3", "answerValueSet": "#tree"},
            {"type": "choice", "text": "4", "answerValueSet": "#all"},
            {"type": "choice", "text": "5", "answerValueSet": "http://hl7.org/fhir/ValueSet/yesnodontknow"},
            contained=[listed, expanded, whole, system],
        )
    )
    assert not said(remarks)
    codes = [[one.code for one in one_.answer_option] for one_ in form.item]
    assert codes == [["0"], ["0"], ["leaf"], ["x", "y"], ["Y", "N", "asked-unknown"]]
    assert form.item[0].answer_option[0].text == {"sv": "Aldrig", "en": "Never"}
    assert form.item[0].answer_option[0].score == 0


def test_a_choice_without_options_is_never_asked_and_says_so() -> None:
    form, remarks = read(
        questionnaire(
            {
                "type": "choice",
                "text": "Diagnos",
                "answerValueSet": "https://example.org/icd",
                "required": True,
            },
            {"type": "open-choice", "text": "Vad mer?", "answerValueSet": "https://example.org/icd"},
            {"type": "reference", "text": "Vem?", "required": True},
        )
    )
    assert [one.hidden for one in form.item] == [True, False, True]
    assert form.steps == ("q2",)
    assert [place for place, _ in said(remarks, Effect.LEFT_OUT)] == [
        "item[0].answerValueSet",
        "item[2].type",
    ]
    assert [place for place, _ in said(remarks, Effect.KEPT)] == ["item[1].answerValueSet"]
    written = write_questionnaire(form)["item"]
    assert [one["type"] for one in written] == ["choice", "open-choice", "reference"]
    assert not any("extension" in one for one in written)


def test_help_that_lies_in_a_question_becomes_its_help() -> None:
    control = extension(
        "questionnaire-itemControl", valueCodeableConcept={"coding": [{"code": "help", "display": "Hjälp"}]}
    )
    inner = {"linkId": "h", "type": "display", "text": "Räkna från midnatt.", "extension": [control]}
    more = {"linkId": "d", "type": "display", "text": "Något annat."}
    form, remarks = read(questionnaire({"type": "integer", "text": "Timmar", "item": [inner, more]}))
    assert form.item[0].help == {"sv": "Räkna från midnatt."}
    assert [one.link_id for one in form.item[0].item] == ["d"]
    assert not said(remarks)
    assert inner in write_questionnaire(form)["item"][0]["item"]


def test_conditions_are_bound_to_what_answers_hold() -> None:
    coded = {"type": "choice", "text": "Röker du?", "answerOption": [*YES_NO, {"valueInteger": 3}]}
    when = [
        {
            "question": "q1",
            "operator": "=",
            "answerCoding": {"system": "urn:x", "code": "yes", "display": "Ja"},
        },
        {"question": "q1", "operator": "!=", "answerString": "No"},
        {"question": "q1", "operator": "exists", "answerBoolean": True},
        {"question": "q1", "operator": "=", "answerInteger": 3},
        {"question": "q2", "operator": ">=", "answerQuantity": {"value": 5, "code": "mg"}},
        {"question": "q1", "operator": "=", "answerCoding": {"code": "maybe"}},
    ]
    amount = {
        "type": "quantity",
        "text": "Dos",
        "extension": [
            extension("questionnaire-unitOption", valueCoding={"code": "mg", "display": "milligram"})
        ],
    }
    form, remarks = read(
        questionnaire(
            coded, amount, {"type": "string", "text": "Mer", "enableWhen": when, "enableBehavior": "any"}
        )
    )
    found = form.item[2].enable_when
    assert [(one.question, one.operator, one.answer, one.system) for one in found] == [
        ("q1", Operator.EQUAL, "yes", "urn:x"),
        ("q1", Operator.NOT_EQUAL, "no", None),
        ("q1", Operator.EXISTS, True, None),
        ("q1", Operator.EQUAL, "3", None),
        ("q2", Operator.GREATER_OR_EQUAL, {"value": 5, "unit": "milligram"}, None),
        ("q1", Operator.EQUAL, "maybe", None),
    ]
    assert write_questionnaire(form)["item"][2]["enableWhen"] == when
    assert said(remarks) == [
        ("item[2].enableWhen[5].answerCoding", "waits for an answer that cannot be chosen in “q1”: “maybe”")
    ]


def test_expressions_are_taken_and_those_that_cannot_be_used_are_named() -> None:
    def expression(kind: str, source: str, language: str = "text/fhirpath", **more: str) -> dict[str, Any]:
        return extension(kind, valueExpression={"language": language, "expression": source, **more})

    form, remarks = read(
        questionnaire(
            {"type": "decimal", "text": "Vikt"},
            {
                "type": "decimal",
                "text": "Dubbelt",
                "extension": [
                    expression("variable", "%resource.item.where(linkId='q1').answer.value", name="w"),
                    expression("sdc:calculatedExpression", "%w * 2"),
                ],
            },
            {
                "type": "string",
                "text": "Namn",
                "extension": [expression("sdc:initialExpression", "%patient.name")],
            },
            {"type": "string", "text": "Fel", "extension": [expression("sdc:enableWhenExpression", "1 +")]},
            {
                "type": "string",
                "text": "Annat",
                "extension": [expression("sdc:enableWhenExpression", "x", "text/cql")],
            },
        )
    )
    doubled = form.item[1]
    assert doubled.calculated_expression is not None
    assert doubled.variables[0].name == "w"
    assert [place for place, _ in said(remarks)] == ["item[4]", "item[3]", "item[2]"]
    assert "always asked" in said(remarks)[0][1]
    assert "cannot be used" in said(remarks)[1][1]
    assert "%patient" in said(remarks)[2][1]


def test_initial_values_are_those_that_may_be_given() -> None:
    form, remarks = read(
        questionnaire(
            {"type": "integer", "text": "1", "initial": [{"valueInteger": 4}]},
            {"type": "boolean", "text": "2", "initial": [{"valueString": "no"}]},
            {
                "type": "choice",
                "text": "3",
                "answerOption": YES_NO,
                "initial": [{"valueCoding": {"code": "no"}}],
            },
            {
                "type": "integer",
                "text": "4",
                "initial": [{"valueInteger": 4}],
                "extension": [extension("minValue", valueInteger=9)],
            },
        )
    )
    assert [one.initial for one in form.item] == [(4,), (), ("no",), ()]
    assert [place for place, _ in said(remarks)] == ["item[1].initial", "item[3].initial"]


def test_facts_about_the_form_are_kept_and_named_once() -> None:
    form, remarks = read(
        questionnaire(
            {"type": "boolean", "text": "?"},
            version="1.0.3",
            url="https://example.org/q",
            publisher="Någon",
            copyright="©",
            code=[{"system": "http://loinc.org", "code": "44249-1"}],
            identifier=[{"system": "urn:other", "value": "7"}],
        )
    )
    assert said(remarks) == [("", "facts about the form: copyright, identifier, publisher, version")]
    assert form.meaning == (Coding("44249-1", "http://loinc.org"),)
    written = write_questionnaire(form)
    assert (written["version"], written["url"], written["publisher"]) == (
        "1.0.3",
        "https://example.org/q",
        "Någon",
    )
    assert {"system": "urn:other", "value": "7"} in written["identifier"]


@pytest.mark.parametrize(
    ("name", "code"),
    [("PHQ-9", "phq_9"), ("PatientHealth", "patient_health"), ("9", "prov"), ("ÅÄÖ", "prov")],
)
def test_a_code_is_made_from_what_the_file_is_called(name: str, code: str) -> None:
    assert read(questionnaire({"type": "boolean", "text": "?"}, name=name))[0].code == code


def test_a_form_without_swedish_says_so() -> None:
    _, remarks = read(questionnaire({"type": "boolean", "text": "Schlafen Sie?"}, language="de"))
    assert said(remarks) == [
        ("", "facts about the form: language"),
        ("language", "the texts are not in Swedish, only in de"),
    ]
    assert remarks[1].sentence("sv").startswith("texterna finns inte på svenska, bara på de")


@pytest.mark.parametrize(
    "more",
    [
        {"item": [{"linkId": "deeper", "type": "display", "text": "Mer"}]},
        {"enableWhen": [{"question": "q1", "operator": "exists", "answerBoolean": True}]},
        {"text": " "},
    ],
)
def test_a_help_text_that_is_more_than_text_stays_an_item(more: dict[str, Any]) -> None:
    control = extension("questionnaire-itemControl", valueCodeableConcept={"coding": [{"code": "help"}]})
    inner = {"linkId": "h", "type": "display", "text": "Hjälp", "extension": [control]} | more
    form, _ = read(questionnaire({"type": "integer", "text": "Timmar", "item": [inner]}))
    assert form.item[0].help is None
    assert "h" in form.places
