"""One page of a form as its fields: everything worded and chosen, with what was typed where it was refused."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vardlots.conversations.forms.walk import Page
from vardlots.forms.answering import Fault
from vardlots.forms.filling import Filling
from vardlots.forms.model import ItemType
from vardlots.forms.saying import figures
from vardlots.forms.sheet import ItemView, sheet

_KINDS = {
    ItemType.BOOLEAN: "yes_no",
    ItemType.INTEGER: "number",
    ItemType.DECIMAL: "number",
    ItemType.QUANTITY: "number",
    ItemType.DATE: "day",
    ItemType.DATE_TIME: "moment",
    ItemType.TIME: "time",
    ItemType.TEXT: "text",
}


def page_fields(
    filling: Filling, page: Page, lang: str, *, typed: Mapping[str, Any], faults: Sequence[Fault] = ()
) -> dict[str, Any]:
    """What `conversations/form_page.html` draws of a page: its heading, its fields, its instances.

    `typed` holds what was sent and not kept, by linkId, as `typed_of` reads it.
    """
    found = {one.link_id: one for one in _all(sheet(filling, lang, faults).items)}
    item = found[page.key]
    numbers = {link_id: f"a{place}" for place, link_id in enumerate(page.asks, 1)}

    def fields(inside: ItemView) -> list[dict[str, Any]]:
        return [
            _field(one, numbers[one.link_id], lang, typed.get(one.link_id))
            for one in _all((inside,))
            if one.link_id in numbers
        ]

    group = found.get(page.group or "")
    instances = [
        {"number": one.number, "id": one.instance, "may_remove": one.may_remove, "fields": fields(one)}
        for one in (item.items if item.repeating else ())
    ]
    return {
        "heading": item.text,
        "lead": item.help,
        "why": item.why,
        "over": group.text if group else "",
        "texts": [found[link_id].text for link_id in page.texts if link_id in found],
        "is_group": item.repeating,
        "instances": instances,
        "may_add": item.may_add,
        "fields": [] if item.repeating else fields(item),
        "errors": [
            {"id": numbers[fault.link_id], "text": fault.sentence(lang)}
            for fault in faults
            if fault.link_id in numbers
        ],
    }


def _all(items: Sequence[ItemView]) -> Iterator[ItemView]:
    for item in items:
        yield item
        yield from _all(item.items)


def _field(item: ItemView, id: str, lang: str, typed: Mapping[str, Any] | None) -> dict[str, Any]:
    value = typed if typed is not None else _value(item, lang)
    return {
        "id": id,
        "name": item.link_id,
        "kind": ("many" if item.several else "one")
        if item.options
        else _KINDS.get(ItemType(item.type), "line"),
        "text": item.text,
        "help": item.help,
        "why": item.why,
        "required": item.required,
        "may_decline": item.may_decline,
        "options": item.options,
        "open": item.type == "open-choice",
        "unit": item.unit if len(item.units) < 2 else None,
        "units": item.units if len(item.units) > 1 else (),
        "decimals": item.type != "integer",
        "max_length": item.max_length,
        "error": item.fault,
        **value,
    }


def _value(item: ItemView, lang: str) -> dict[str, Any]:
    """The kept answer as the fields show it."""
    found: dict[str, Any] = {"one": "", "many": [], "other": item.other, "declined": item.declined, "in": ""}
    for value in item.values:
        if isinstance(value, dict):
            found["in"] = str(value.get("unit", ""))
            value = value.get("value", "")
        if isinstance(value, bool):
            value = "true" if value else "false"
        elif isinstance(value, int | float):
            value = figures(value, lang)
        found["many"].append(str(value))
    found["one"] = found["many"][0] if found["many"] else ""
    return found


def typed_of(asks: Sequence[str], form: Any) -> dict[str, dict[str, Any]]:
    """What a page's fields held when they were sent, by linkId, to be shown again as it was."""
    found: dict[str, dict[str, Any]] = {}
    for name in asks:
        many = [str(one).replace("\r\n", "\n") for one in form.getall(f"a.{name}", [])]
        found[name] = {
            "one": many[0] if many else "",
            "many": many,
            "other": str(form.get(f"o.{name}", "")),
            "declined": bool(form.get(f"d.{name}")),
            "in": str(form.get(f"u.{name}", "")),
        }
    return found
