"""Small Questionnaires that show each feature, and a way to read them in tests."""

import json
from typing import Any

from vardlots.forms.fhir.questionnaire import read_questionnaire
from vardlots.forms.fhir.remarks import Effect, Remark
from vardlots.forms.fhir.writing import write_questionnaire
from vardlots.forms.model import Form, Item

CORE = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"


def questionnaire(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A Questionnaire with these items; a linkId is given to those that have none."""
    numbered = [{"linkId": f"q{n}", **item} for n, item in enumerate(items, 1)]
    return {
        "resourceType": "Questionnaire",
        "status": "active",
        "language": "sv",
        "title": "Prov",
        "item": numbered,
    } | more


def read(data: Any) -> tuple[Form, list[Remark]]:
    """The form of a Questionnaire as data. It is the same form when it has been written and read again."""
    form, remarks = read_questionnaire(json.dumps(data).encode())
    again, _ = read_questionnaire(json.dumps(write_questionnaire(form)).encode())
    assert again == form
    return form, remarks


def item(**fields: Any) -> Item:
    """The item that one item of a file becomes."""
    return read(questionnaire(fields))[0].item[0]


def extension(name: str, **value: Any) -> dict[str, Any]:
    """An extension of FHIR's own, or of SDC (`sdc:…`), or with a whole address."""
    base = "" if name.startswith(("http", "urn")) else CORE
    return {"url": SDC + name.removeprefix("sdc:") if name.startswith("sdc:") else base + name, **value}


def said(remarks: list[Remark], effect: Effect | None = None) -> list[tuple[str, str]]:
    """Place and English words of remarks."""
    return [(one.path, str(one.what)) for one in remarks if effect is None or one.effect is effect]
