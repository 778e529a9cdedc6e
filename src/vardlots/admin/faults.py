"""What in a body cannot be saved, field by field, in words that say what to do.

The type decides (msgspec); here its refusal becomes a sentence. What no type can find, the kind's own check does.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from vardlots.admin.bodies import DAYS
from vardlots.admin.shape import Field
from vardlots.configuration.model import Problem
from vardlots.platform.i18n import N_

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


def faults(fields: tuple[Field, ...], body: Mapping[str, Any], at: str = "") -> list[Problem]:
    """Every field that does not fit its type, in the order of the form."""
    found: list[Problem] = []
    for field in fields:
        found += _faults(field, body.get(field.name, field.default), f"{at}{field.name}")
    return found


def _faults(field: Field, value: Any, path: str) -> list[Problem]:
    if value is None and field.optional:
        return []
    if field.widget == "group" and isinstance(value, Mapping):
        return faults(field.fields, value, f"{path}.")
    if field.widget == "rows" and isinstance(value, list):
        inner = [one for n, row in enumerate(value) for one in faults(field.fields, row, f"{path}.{n}.")]
        return inner or _whole(field, value, path)
    if field.widget == "week" and isinstance(value, Mapping):
        return _week(value, path) or _whole(field, value, path)
    if field.widget == "time" and value and not _CLOCK.fullmatch(str(value)):
        return [Problem(path, N_("Skriv klockslaget som 08.00."))]
    return _whole(field, value, path)


def _whole(field: Field, value: Any, path: str) -> list[Problem]:
    try:
        msgspec.convert(value, field.type)
    except msgspec.ValidationError:
        return [_sentence(field, value, path)]
    return []


def _week(week: Mapping[str, Any], path: str) -> list[Problem]:
    found = []
    for day in DAYS:
        hours = week.get(day)
        if hours is None:
            continue
        if not all(_CLOCK.fullmatch(str(one)) for one in hours):
            found.append(Problem(f"{path}.{day}", N_("Skriv båda klockslagen, som 08.00 och 17.00.")))
    return found


def _sentence(field: Field, value: Any, path: str) -> Problem:
    limits = field.limits
    if value in ("", None, []):
        return Problem(path, _missing(field))
    if field.number and not isinstance(value, int | float | list):
        return Problem(path, N_("Skriv ett helt tal."))
    if isinstance(value, int | float) and (limits.least is not None or limits.most is not None):
        return _outside(field, path)
    if isinstance(value, list) and limits.longest is not None and len(value) > limits.longest:
        return Problem(path, N_("Ta bort några: högst {most} får plats."), {"most": limits.longest})
    if isinstance(value, str) and limits.longest is not None and len(value) > limits.longest:
        return Problem(path, N_("Korta ner till högst {most} tecken."), {"most": limits.longest})
    if isinstance(value, str) and limits.shortest and len(value) < limits.shortest:
        return Problem(path, N_("Skriv minst {least} tecken."), {"least": limits.shortest})
    if field.widget == "date":
        return Problem(path, N_("Skriv datumet som 2026-11-23."))
    if field.choices:
        return Problem(path, N_("Välj något i listan."))
    if limits.pattern is not None:
        return Problem(path, N_("Skriv det på det sätt som står under rubriken."))
    return Problem(path, N_("Det som står här går inte att använda."))


def _missing(field: Field) -> str:
    if field.widget in ("select", "unit", "role", "staff", "units", "roles", "checks", "protocol"):
        return N_("Välj något i listan.")
    return N_("Fyll i det här.")


def _outside(field: Field, path: str) -> Problem:
    least, most = field.limits.least, field.limits.most
    if least is None:
        return Problem(path, N_("Skriv högst {most}."), {"most": most})
    if most is None:
        return Problem(path, N_("Skriv minst {least}."), {"least": least})
    return Problem(path, N_("Skriv ett tal från {least} till {most}."), {"least": least, "most": most})
