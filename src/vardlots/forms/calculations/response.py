"""The answers so far as a FHIR QuestionnaireResponse, for expressions that walk through it in their own ways.

It holds what counts: answers of items that are shown, none that was declined or passed over. Every instance of a
group that repeats is an item with the group's linkId, as FHIR has it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from vardlots.forms.calculations.library import node
from vardlots.forms.instances import written_as
from vardlots.forms.model import Coding, Form, Item, ItemType, OptionKind, Value

UCUM = "http://unitsofmeasure.org"
SCORE = "http://hl7.org/fhir/StructureDefinition/itemWeight"
ITEM = "QuestionnaireResponse.item"
_NAMES = {
    ItemType.BOOLEAN: "valueBoolean",
    ItemType.INTEGER: "valueInteger",
    ItemType.DECIMAL: "valueDecimal",
    ItemType.DATE: "valueDate",
    ItemType.DATE_TIME: "valueDateTime",
    ItemType.TIME: "valueTime",
    ItemType.STRING: "valueString",
    ItemType.TEXT: "valueString",
    ItemType.URL: "valueUri",
    ItemType.QUANTITY: "valueQuantity",
    ItemType.ATTACHMENT: "valueAttachment",
}
_OPTIONS = {
    OptionKind.STRING: "valueString",
    OptionKind.INTEGER: "valueInteger",
    OptionKind.DATE: "valueDate",
    OptionKind.TIME: "valueTime",
}
_PATHS = {
    "valueBoolean": "boolean",
    "valueInteger": "integer",
    "valueDecimal": "decimal",
    "valueString": "string",
    "valueUri": "uri",
    "valueCoding": "Coding",
    "valueQuantity": "Quantity",
    "valueDate": "date",
    "valueDateTime": "dateTime",
    "valueTime": "time",
    "valueAttachment": "Attachment",
}


def answer_of(item: Item, value: Value) -> dict[str, Any] | None:
    """One answer as FHIR has it (`{"valueInteger": 3}`), None where it has no value."""
    if isinstance(value, dict) and value.get("declined"):
        return None
    if item.type in (ItemType.CHOICE, ItemType.OPEN_CHOICE):
        return _chosen(item, value)
    if item.type is ItemType.QUANTITY and isinstance(value, dict):
        return {"valueQuantity": _quantity(item, value)}
    if isinstance(value, dict):
        return {"valueAttachment": dict(value)}
    return {_NAMES.get(item.type, "valueString"): value}


def value_of(answer: Mapping[str, Any]) -> Any:
    """The value of such an answer as the library takes it."""
    name, value = next(iter(answer.items()))
    return node(value, _PATHS[name])


def _chosen(item: Item, value: Value) -> dict[str, Any] | None:
    if isinstance(value, dict):
        other = value.get("other")
        return {"valueString": other} if isinstance(other, str) else None
    option = item.option(str(value))
    if option is None:
        return {"valueCoding": {"code": str(value)}}
    if option.kind is not OptionKind.CODING:
        plain = option.code if option.value is None else option.value
        return {_OPTIONS[option.kind]: int(plain) if option.kind is OptionKind.INTEGER else plain}
    coding: dict[str, Any] = {"code": option.code if option.value is None else option.value}
    if option.system:
        coding["system"] = option.system
    coding["display"] = next(iter(option.text.values()), "")
    if option.score is not None:
        coding["extension"] = [{"url": SCORE, "valueDecimal": option.score}]
    return {"valueCoding": coding}


def _quantity(item: Item, value: Mapping[str, Any]) -> dict[str, Any]:
    unit = str(value.get("unit") or "")
    known = unit_named(item, unit)
    coding = known or Coding(unit)
    return {
        "value": value.get("value"),
        "unit": unit,
        "system": coding.system or UCUM,
        "code": coding.code or unit,
    }


def unit_named(item: Item, unit: str) -> Coding | None:
    """What a unit is, of those the item can be answered in."""
    offered = (*item.unit_options, *((item.unit_coding,) if item.unit_coding else ()))
    return next((one for one in offered if unit in (one.code, one.display)), None)


def response(
    form: Form, enabled: Collection[str], values: Mapping[str, Sequence[Value]], omit: Collection[str] = ()
) -> dict[str, Any]:
    """The whole response of a form drawn out; `omit` names what is left out of it."""
    items = [part for item in form.item for part in parts(form, item, enabled, values, omit)]
    return {"resourceType": "QuestionnaireResponse", "status": "in-progress", "item": items}


def parts(
    form: Form,
    item: Item,
    enabled: Collection[str],
    values: Mapping[str, Sequence[Value]],
    omit: Collection[str] = (),
) -> list[dict[str, Any]]:
    """What stands in the response for an item: nothing, itself, or its instances."""
    if item.link_id not in enabled or item.link_id in omit or item.type is ItemType.DISPLAY:
        return []
    inner = [part for child in item.item for part in parts(form, child, enabled, values, omit)]
    if item.is_repeating_group:
        return inner
    made: dict[str, Any] = {"linkId": written_as(form, item.link_id)}
    if item.type is ItemType.GROUP:
        if inner:
            made["item"] = inner
        return [made]
    answers = [answer for value in values.get(item.link_id, ()) if (answer := answer_of(item, value))]
    if answers:
        if inner:
            answers[0]["item"] = inner
        made["answer"] = answers
        return [made]
    return []
