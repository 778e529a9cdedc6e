"""Answers in words, as one writes them in the language."""

from collections.abc import Sequence

from vardlots.forms.model import Item, ItemType, Value
from vardlots.forms.text import Text, say
from vardlots.platform.i18n import comma

YES: Text = {"sv": "Ja", "en": "Yes", "ar": "نعم"}
NO: Text = {"sv": "Nej", "en": "No", "ar": "لا"}
DECLINES: Text = {"sv": "Avstår från att svara", "en": "Declines to answer", "ar": "امتناع عن الإجابة"}
FILE: Text = {"sv": "Bifogad fil", "en": "Attached file", "ar": "ملف مرفق"}


def said(item: Item, values: Sequence[Value], lang: str) -> str:
    """The answers to an item in words: *Ja*, *72,5 kg*, *Varje dag, Ibland*. Empty where there are none."""
    return comma(lang).join(found for value in values if (found := _one(item, value, lang)))


def figures(number: float, lang: str) -> str:
    """A number as it is written in the language: 38,5 in Swedish. Never rounded, never with an exponent."""
    plain = str(int(number)) if number == int(number) else f"{number:.12f}".rstrip("0")
    return plain if lang == "en" else plain.replace(".", ",")


def _one(item: Item, value: Value, lang: str) -> str:
    if isinstance(value, dict):
        return _object(value, lang)
    if isinstance(value, bool):
        return say(YES if value else NO, lang)
    if isinstance(value, int | float):
        return f"{figures(value, lang)} {item.unit or ''}".strip()
    option = item.option(value)
    if option is not None:
        return say(option.text, lang)
    if item.type in (ItemType.TIME, ItemType.DATE_TIME) and lang != "en":
        day, mark, clock = value.rpartition("T")
        return f"{day} {clock.replace(':', '.')}".strip() if mark else value.replace(":", ".")
    return value.replace("T", " ") if item.type is ItemType.DATE_TIME else value


def _object(value: dict[str, object], lang: str) -> str:
    if value.get("declined"):
        return say(DECLINES, lang)
    number = value.get("value")
    if isinstance(number, int | float):
        return f"{figures(number, lang)} {value.get('unit') or ''}".strip()
    if "other" in value:
        return str(value["other"])
    return str(value.get("title") or say(FILE, lang))
