"""Answers and values of items, as the engine holds them and as FHIR writes them (`value[x]`)."""

from datetime import datetime, time
from typing import Any

from vardlots.forms.fhir.urls import FILE
from vardlots.forms.model import Coding, Item, ItemType, Option, OptionKind, Value
from vardlots.forms.text import say
from vardlots.platform import clock

PLAIN: dict[ItemType, str] = {
    ItemType.BOOLEAN: "Boolean",
    ItemType.INTEGER: "Integer",
    ItemType.DECIMAL: "Decimal",
    ItemType.QUANTITY: "Quantity",
    ItemType.DATE: "Date",
    ItemType.DATE_TIME: "DateTime",
    ItemType.TIME: "Time",
    ItemType.STRING: "String",
    ItemType.TEXT: "String",
    ItemType.URL: "Uri",
    ItemType.ATTACHMENT: "Attachment",
}
KINDS: dict[OptionKind, str] = {
    OptionKind.CODING: "Coding",
    OptionKind.STRING: "String",
    OptionKind.INTEGER: "Integer",
    OptionKind.DATE: "Date",
    OptionKind.TIME: "Time",
}
CHOICES = (ItemType.CHOICE, ItemType.OPEN_CHOICE)
COMPLEX = frozenset({"Coding", "Quantity", "Attachment"})


def to_fhir(item: Item, value: Value, lang: str) -> tuple[str, Any]:
    """The value's FHIR type (`Coding`, `Boolean`, …) and its JSON."""
    if item.type in CHOICES:
        return _choice(item, value, lang)
    kind = PLAIN.get(item.type, "String")
    match item.type:
        case ItemType.QUANTITY:
            return kind, quantity(item, value)
        case ItemType.ATTACHMENT:
            return kind, _attachment(value)
        case ItemType.DATE_TIME:
            return kind, _moment(str(value))
        case ItemType.TIME:
            return kind, _with_seconds(str(value))
    return kind, value


def _choice(item: Item, value: Value, lang: str) -> tuple[str, Any]:
    if isinstance(value, dict):
        return "String", str(value.get("other", ""))
    option = item.option(str(value))
    if option is None:
        return "Coding", {"code": str(value)}
    return option_value(option, lang)


def option_value(option: Option, lang: str) -> tuple[str, Any]:
    """What choosing the option is in FHIR: its type and its JSON."""
    kind = KINDS[option.kind]
    raw = option.code if option.value is None else option.value
    if option.kind is OptionKind.INTEGER:
        return kind, int(raw)
    if option.kind is not OptionKind.CODING:
        return kind, raw
    found = {
        "system": option.system,
        "version": option.version,
        "code": raw,
        "display": say(option.text, lang),
    }
    return kind, {name: one for name, one in found.items() if one}


INITIAL = "~initial"
"""In an item's `extra`: its initial values as they were written, where that is not how we write them."""


def write_initial(item: Item, language: str) -> list[dict[str, Any]]:
    """The initial values as FHIR has them."""
    return [{f"value{kind}": found} for kind, found in (to_fhir(item, one, language) for one in item.initial)]


def quantity(item: Item, value: Value) -> dict[str, Any]:
    """A quantity with its unit's code, where the item knows one."""
    held = value if isinstance(value, dict) else {"value": value, "unit": item.unit or ""}
    unit = str(held.get("unit") or "")
    known = next(
        (one for one in (*item.unit_options, item.unit_coding) if one and unit_name(one) == unit), None
    )
    found = {
        "value": held.get("value"),
        "unit": unit,
        "system": known.system if known and known.code else None,
        "code": known.code if known and known.system else None,
    }
    return {name: one for name, one in found.items() if one not in (None, "")}


def unit_name(unit: Coding) -> str:
    """What the unit is called where it is shown and in answers."""
    return unit.display or unit.code


def _attachment(value: Value) -> dict[str, Any]:
    held = value if isinstance(value, dict) else {"id": str(value)}
    found = {"url": FILE + str(held.get("id", ""))}
    return found | ({"title": str(held["title"])} if held.get("title") else {})


def _with_seconds(written: str) -> str:
    return f"{written}:00" if len(written) == 5 else written


def _moment(written: str) -> str:
    """A date with time as FHIR wants it: seconds, and its distance from UTC. A day alone is a day."""
    if "T" not in written:
        return written
    found = datetime.fromisoformat(written)
    if found.tzinfo is None:
        found = found.replace(tzinfo=clock.SWEDEN)
    return found.isoformat()


def from_fhir(item: Item, kind: str, found: Any) -> Value | None:
    """The value that FHIR's JSON of type `kind` is for an item; None where it is none that the item can hold."""
    if item.type in CHOICES:
        return _chosen(item, kind, found)
    wanted = PLAIN.get(item.type)
    if kind != wanted and not (wanted == "Decimal" and kind == "Integer"):
        return None
    match item.type:
        case ItemType.BOOLEAN:
            return found if isinstance(found, bool) else None
        case ItemType.INTEGER:
            return found if isinstance(found, int) and not isinstance(found, bool) else None
        case ItemType.DECIMAL:
            return found if isinstance(found, int | float) and not isinstance(found, bool) else None
        case ItemType.QUANTITY:
            return _quantity_read(item, found)
        case ItemType.ATTACHMENT:
            return _attachment_read(found)
        case ItemType.DATE_TIME:
            return _moment_read(found)
        case ItemType.TIME:
            return _time_read(found)
    return found if isinstance(found, str) and found.strip() else None


def _chosen(item: Item, kind: str, found: Any) -> Value | None:
    option = chosen_option(item, kind, found)
    if option is not None:
        return option.code
    if item.type is ItemType.OPEN_CHOICE and kind == "String" and isinstance(found, str) and found.strip():
        return {"other": found}
    return None


def chosen_option(item: Item, kind: str, found: Any) -> Option | None:
    """The option that a value is: by its code and system; by its name where it has no code, as some write it."""
    if kind == "Coding":
        if not isinstance(found, dict):
            return None
        code, system = found.get("code"), found.get("system")
        codings = [one for one in item.answer_option if one.kind is OptionKind.CODING]
        same = [one for one in codings if code and (one.code if one.value is None else one.value) == code]
        exact = [one for one in same if system is None or one.system == system]
        if not code:
            exact = [one for one in codings if found.get("display") in one.text.values()]
        return exact[0] if exact else None
    for option in item.answer_option:
        if KINDS[option.kind] == kind and option_value(option, "")[1] == found:
            return option
    return None


def _quantity_read(item: Item, found: Any) -> Value | None:
    if not isinstance(found, dict) or not isinstance(found.get("value"), int | float):
        return None
    if isinstance(found["value"], bool) or not isinstance(found.get("unit", ""), str):
        return None
    unit = found.get("unit") or ""
    code = found.get("code")
    for one in (*item.unit_options, item.unit_coding):
        if one is not None and code and one.code == code and one.system in (None, found.get("system")):
            unit = unit_name(one)
            break
    return {"value": found["value"], "unit": unit or str(code or item.unit or "")}


def _attachment_read(found: Any) -> Value | None:
    if not isinstance(found, dict) or not isinstance(found.get("url"), str):
        return None
    title = found.get("title")
    return {"id": found["url"].removeprefix(FILE), "title": title if isinstance(title, str) else ""}


def _time_read(found: Any) -> Value | None:
    try:
        read = time.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        return None
    if read is None or read.tzinfo is not None:
        return None
    return read.strftime("%H:%M:%S" if read.second else "%H:%M")


def _moment_read(found: Any) -> Value | None:
    """The moment in Swedish time where the file's distance from UTC is Sweden's, else as it is written."""
    try:
        read = datetime.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        return None
    if read is None or "T" not in found:
        return found if isinstance(found, str) and found else None
    if read.tzinfo is not None and read.astimezone(clock.SWEDEN).utcoffset() == read.utcoffset():
        read = read.replace(tzinfo=None)
    return read.isoformat(timespec="seconds" if read.second or read.tzinfo else "minutes")
