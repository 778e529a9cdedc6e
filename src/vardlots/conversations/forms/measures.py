"""Measured values in answered forms, found by what an item's code says it measures, never by its name in the form.

Codes: our own (`forms.authoring`: `measure = "weight"`), and those that FHIR R4 names for vital signs
(https://hl7.org/fhir/R4/observation-vitalsigns.html), so that a form from elsewhere gives its values too.
Pure.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from vardlots.forms.compare import is_declined
from vardlots.forms.instances import expand
from vardlots.forms.model import MEASURE, Form, Item, Value
from vardlots.forms.saying import figures
from vardlots.forms.text import Text
from vardlots.platform.i18n import N_

LOINC = "http://loinc.org"
_FHIR_VITAL_SIGNS = {
    "29463-7": "weight",
    "8302-2": "height",
    "39156-5": "bmi",
    "8480-6": "systolic",
    "8462-4": "diastolic",
    "8867-4": "pulse",
    "8310-5": "temperature",
    "9279-1": "respiration",
    "2708-6": "saturation",
}
# In the order in which they are read. A pressure is one value of two: the lower is told with the upper.
NAMES = {
    "weight": N_("Vikt"),
    "height": N_("Kroppslängd"),
    "bmi": N_("BMI"),
    "waist": N_("Midjemått"),
    "pressure": N_("Blodtryck"),
    "pulse": N_("Puls"),
    "temperature": N_("Temperatur"),
    "respiration": N_("Andningsfrekvens"),
    "saturation": N_("Syremättnad"),
    "pain": N_("Smärta"),
    "diet_index": N_("Kostindex"),
    "audit_c": N_("AUDIT-C"),
    "centor": N_("Centor"),
    "feverpain": N_("FeverPAIN"),
}
CODES = frozenset(NAMES) - {"pressure"} | {"systolic", "diastolic"}


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """One value, as of `at`. `value` is in figures of the unit, None where the person declined: never a 0."""

    kind: str
    value: float | int | None
    unit: str
    at: datetime
    request_id: int
    case_id: int
    form: Text
    lower: float | int | None = None

    @property
    def declined(self) -> bool:
        return self.value is None

    def said(self, lang: str) -> str:
        """The value in words without its unit: *72,5*, *128/82*."""
        if self.value is None:
            return ""
        told = figures(self.value, lang)
        return f"{told}/{figures(self.lower, lang)}" if self.lower is not None else told


def measured(item: Item) -> str | None:
    """What an item measures, of `CODES`; None for anything else."""
    for coding in item.code:
        if coding.system == MEASURE and coding.code in CODES:
            return coding.code
        if coding.system == LOINC and coding.code in _FHIR_VITAL_SIGNS:
            return _FHIR_VITAL_SIGNS[coding.code]
    return None


def is_measured(item: Item) -> bool:
    """Whether an item gives a value to follow."""
    return measured(item) is not None


class Source(msgspec.Struct, frozen=True):
    """Where values come from: a form that was sent in, and when."""

    request_id: int
    case_id: int
    at: datetime


def observations(form: Form, answers: Mapping[str, Sequence[Value]], source: Source) -> list[Observation]:
    """The values in a form's answers, in the order of `NAMES`.

    Of a question in several instances the first answered counts; what was passed over or fell away gives nothing,
    what was declined is told as declined. Half a pressure is none.
    """
    found: dict[str, tuple[Item, Value]] = {}
    for link_id, place in expand(form, answers).places.items():
        kind = measured(place.item)
        values = answers.get(link_id)
        if kind is not None and values and kind not in found:
            found[kind] = (place.item, values[0])

    def observed(kind: str, item: Item, value: Value, lower: float | int | None = None) -> Observation | None:
        declined = is_declined([value])
        number = None if declined else _number(value)
        if number is None and not declined:
            return None
        return Observation(
            kind=kind,
            value=number,
            unit=_unit(item, value),
            at=source.at,
            request_id=source.request_id,
            case_id=source.case_id,
            form=form.title,
            lower=lower,
        )

    told: list[Observation | None] = []
    for kind in NAMES:
        if kind == "pressure":
            upper, under = found.get("systolic"), found.get("diastolic")
            low = _number(under[1]) if under is not None else None
            if upper is not None and (low is not None or is_declined([upper[1]])):
                told.append(observed(kind, *upper, lower=None if is_declined([upper[1]]) else low))
        elif kind in found:
            told.append(observed(kind, *found[kind]))
    return [one for one in told if one is not None]


def _number(value: Value) -> float | int | None:
    if isinstance(value, dict):
        value = value.get("value", "")
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _unit(item: Item, value: Value) -> str:
    told = value.get("unit") if isinstance(value, dict) else None
    return str(told or item.unit or "")
