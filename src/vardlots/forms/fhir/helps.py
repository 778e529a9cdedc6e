"""Help texts: in FHIR an item of its own inside the question, here a field of the question. Both ways."""

from typing import Any

from vardlots.forms.fhir import urls
from vardlots.forms.fhir.codings import extensions_of, merged, write_text
from vardlots.forms.fhir.source import Source
from vardlots.forms.model import Item, ItemType
from vardlots.forms.text import Text

_HELPS = ("help", "flyover")
_MORE_THAN_TEXT = ("item", "enableWhen", "enableBehavior", "answerOption", "answerValueSet", "initial")
KEPT = "~help"


def take_help(source: Source, link_id: str) -> Text | None:
    """The first item inside a question that is its help and nothing more; what else it holds is kept."""
    listed = source.data.get("item")
    if not isinstance(listed, list):
        return None
    for n, one in enumerate(listed):
        if isinstance(one, dict) and _is_help(one):
            inner = source.inside(one, f"item[{n}]")
            found = inner.take_text("text")
            if found is None or not any(found.values()):
                return None
            source.put("item", [other for other in listed if other is not one])
            if inner.data != _plain(f"{link_id}-help", "display"):
                source.data[KEPT] = inner.data
                _name(inner)
            return found
    return None


def _name(source: Source) -> None:
    """Remarks on what else stands with a help text: not on what says that it is one."""
    for one in source.extensions():
        if _says_help(one):
            source.is_said(one)
    source.name_the_rest("linkId", "type", "required", "repeats", "readOnly", "id")


def _is_help(item: dict[str, Any]) -> bool:
    if item.get("type") not in ("display", "text") or not isinstance(item.get("text"), str):
        return False
    if not isinstance(item.get("linkId"), str) or any(item.get(name) for name in _MORE_THAN_TEXT):
        return False
    extensions = extensions_of(item)
    if any(one.get("url") in (urls.HIDDEN, urls.ENABLE_WHEN_EXPRESSION) for one in extensions):
        return False
    return any(_says_help(one) for one in extensions)


def _says_help(extension: dict[str, Any]) -> bool:
    if extension.get("url") not in (urls.ITEM_CONTROL, urls.DISPLAY_CATEGORY):
        return False
    held = extension.get("valueCodeableConcept")
    listed = held.get("coding") if isinstance(held, dict) else None
    codings = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return any(one.get("code") in _HELPS for one in codings)


def _plain(link_id: Any, type_: str) -> dict[str, Any]:
    coding = {"system": urls.ITEM_CONTROL_SYSTEM, "code": "help"}
    control = {"url": urls.ITEM_CONTROL, "valueCodeableConcept": {"coding": [coding]}}
    return {"linkId": link_id, "type": type_, "extension": [control]}


def write_help(item: Item, language: str, taken: set[str]) -> dict[str, Any] | None:
    """The help as an item inside; None where there is none. `taken` are the linkIds of the form."""
    if not item.help:
        return None
    texts = write_text("text", item.help, language)
    if KEPT in item.extra:
        return merged(texts, item.extra[KEPT])
    if item.type is ItemType.DISPLAY:
        # FHIR has nothing inside a text to read: there the help is an extension.
        return None
    link_id = f"{item.link_id}-help"
    while link_id in taken:
        link_id += "-"
    taken.add(link_id)
    return {**_plain(link_id, "display"), **texts}
