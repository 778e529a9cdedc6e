"""From what a person sent to an answer worth keeping, or a sentence that says what to do."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from vardlots.forms.compare import is_declined
from vardlots.forms.model import DECLINED, Item, ItemType, Value
from vardlots.forms.text import Text, say

TEXT_LIMIT = 4000
STRING_LIMIT = 255
FILES_LIMIT = 10

SENTENCES: Mapping[str, Text] = {
    "required": {"sv": "Svara på frågan för att gå vidare.", "en": "Answer the question to go on."},
    "choose_one": {"sv": "Välj ett svar.", "en": "Choose one answer."},
    "choose_some": {"sv": "Välj minst ett svar.", "en": "Choose at least one answer."},
    "one_only": {"sv": "Välj bara ett svar.", "en": "Choose only one answer."},
    "unknown_option": {"sv": "Välj bland svaren som visas.", "en": "Choose among the answers shown."},
    "exclusive": {
        "sv": "”{option}” går inte att välja tillsammans med andra svar. Ta bort det eller de andra.",
        "en": "“{option}” cannot go with other answers. Remove it or the others.",
    },
    "write_other": {"sv": "Skriv vad du menar.", "en": "Write what you mean."},
    "not_yes_or_no": {"sv": "Välj ja eller nej.", "en": "Choose yes or no."},
    "not_number": {"sv": "Skriv ett tal med siffror.", "en": "Write a number in figures."},
    "not_whole": {
        "sv": "Skriv ett helt tal, utan decimaler.",
        "en": "Write a whole number, without decimals.",
    },
    "too_small": {"sv": "Skriv ett tal som är minst {min}.", "en": "Write a number that is at least {min}."},
    "too_large": {"sv": "Skriv ett tal som är högst {max}.", "en": "Write a number that is at most {max}."},
    "wrong_unit": {"sv": "Ange värdet i {unit}.", "en": "Give the value in {unit}."},
    "not_date": {
        "sv": "Skriv datumet som år-månad-dag, till exempel 2026-03-14.",
        "en": "Write the date as year-month-day, such as 2026-03-14.",
    },
    "too_early": {"sv": "Välj {min} eller en senare dag.", "en": "Choose {min} or a later day."},
    "too_late": {"sv": "Välj {max} eller en tidigare dag.", "en": "Choose {max} or an earlier day."},
    "too_long": {
        "sv": "Texten är {length} tecken. Korta den till högst {max}.",
        "en": "The text is {length} characters. Shorten it to {max} at most.",
    },
    "pattern": {"sv": "Skriv på det sätt som står vid frågan.", "en": "Write it the way the question says."},
    "not_file": {
        "sv": "Bilden kom inte fram. Välj den igen.",
        "en": "The picture did not arrive. Choose it again.",
    },
    "too_many": {"sv": "Lägg till högst {max}.", "en": "Add {max} at most."},
    "cannot_decline": {"sv": "Den här frågan behöver ett svar.", "en": "This question needs an answer."},
    "not_asked": {
        "sv": "Frågan hör inte till de svar du har gett. Gå vidare härifrån.",
        "en": "The question does not belong to the answers you have given. Go on from here.",
    },
}


class Fault(msgspec.Struct, frozen=True):
    """An answer that cannot be kept: `key` is in `SENTENCES`, `text` a sentence of the form's own."""

    link_id: str
    key: str
    params: Mapping[str, str | int | float] = {}
    text: Text | None = None

    def sentence(self, lang: str) -> str:
        """The sentence to show beside the question."""
        shown = {name: _shown(value, lang) for name, value in self.params.items()}
        return say(self.text or SENTENCES[self.key], lang).format(**shown)


class Answer(msgspec.Struct, frozen=True):
    """An answer in the form in which it is kept; no values where an optional question was passed over."""

    link_id: str
    values: tuple[Value, ...]


class _Wrong(Exception):
    def __init__(self, key: str, text: Text | None = None, **params: str | int | float) -> None:
        self.key, self.text, self.params = key, text, params


def validate_answer(item: Item, raw: object) -> Answer | Fault:
    """The answer in `raw`: one value or a list, as a form post or JSON gives it.

    Swedish decimal commas, "ja"/"nej" and numbers as text are understood. `{"declined": true}` is an answer
    where the item allows it. Nothing at all passes over an optional question.
    """
    values = [value for value in _listed(raw) if not _is_nothing(value)]
    try:
        if is_declined([value for value in values if isinstance(value, dict)]):
            if not item.may_decline:
                raise _Wrong("cannot_decline")
            return Answer(item.link_id, (DECLINED,))
        if not values:
            if item.required:
                raise _Wrong(_when_missing(item))
            return Answer(item.link_id, ())
        if not item.repeats and len(values) > 1:
            raise _Wrong("one_only")
        kept = _without_repeats([_read(item, value) for value in values])
        _check_together(item, kept)
    except _Wrong as wrong:
        return Fault(item.link_id, wrong.key, wrong.params, wrong.text)
    return Answer(item.link_id, tuple(kept))


def _listed(raw: object) -> list[object]:
    return list(raw) if isinstance(raw, Sequence) and not isinstance(raw, str | bytes) else [raw]


def _is_nothing(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value == {}


def _without_repeats(values: list[Value]) -> list[Value]:
    kept: list[Value] = []
    for value in values:
        if value not in kept:
            kept.append(value)
    return kept


def _when_missing(item: Item) -> str:
    if item.type in (ItemType.CHOICE, ItemType.OPEN_CHOICE):
        return "choose_some" if item.repeats else "choose_one"
    return "not_yes_or_no" if item.type is ItemType.BOOLEAN else "required"


def _check_together(item: Item, values: list[Value]) -> None:
    limit = item.max_occurs or (FILES_LIMIT if item.type is ItemType.ATTACHMENT else None)
    if limit is not None and len(values) > limit:
        raise _Wrong("too_many", max=limit)
    if len(values) > 1:
        alone = next((o for o in item.answer_option if o.exclusive and o.code in values), None)
        if alone is not None:
            raise _Wrong("exclusive", _naming(alone.text))


def _naming(option: Text) -> Text:
    """The sentence about an exclusive option, with the option's own words in each language."""
    return {
        lang: sentence.replace("{option}", say(option, lang).replace("{", "{{").replace("}", "}}"))
        for lang, sentence in SENTENCES["exclusive"].items()
    }


def _read(item: Item, value: object) -> Value:
    match item.type:
        case ItemType.BOOLEAN:
            return _boolean(value)
        case ItemType.CHOICE:
            return _code(item, value)
        case ItemType.OPEN_CHOICE:
            return _open_choice(item, value)
        case ItemType.INTEGER:
            return _whole(item, value)
        case ItemType.DECIMAL:
            return _within(item, _number(value))
        case ItemType.QUANTITY:
            return _quantity(item, value)
        case ItemType.DATE:
            return _date(item, value)
        case ItemType.ATTACHMENT:
            return _attachment(value)
        case _:
            return _text(item, value)


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "yes": True, "ja": True, "false": False, "no": False, "nej": False}
    if isinstance(value, str) and value.strip().lower() in known:
        return known[value.strip().lower()]
    raise _Wrong("not_yes_or_no")


def _code(item: Item, value: object) -> str:
    if isinstance(value, str) and item.option(value) is not None:
        return value
    raise _Wrong("unknown_option")


def _open_choice(item: Item, value: object) -> Value:
    if isinstance(value, dict) and isinstance(value.get("other"), str):
        if not value["other"].strip():
            raise _Wrong("write_other")
        return {"other": _text(item, value["other"])}
    return _code(item, value)


def _number(value: object) -> float | int:
    if isinstance(value, bool):
        raise _Wrong("not_number")
    if isinstance(value, str):
        plain = re.sub(r"[\s\u00a0]", "", value).replace(",", ".").replace("−", "-")
        if not re.fullmatch(r"[-+]?\d{1,15}(\.\d{1,15})?", plain):
            raise _Wrong("not_number")
        value = float(plain)
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise _Wrong("not_number")
    return value


def _whole(item: Item, value: object) -> int:
    number = _number(value)
    if number != int(number):
        raise _Wrong("not_whole")
    return int(_within(item, int(number)))


def _within(item: Item, number: float | int) -> float | int:
    if isinstance(item.min_value, int | float) and number < item.min_value:
        raise _Wrong("too_small", min=item.min_value)
    if isinstance(item.max_value, int | float) and number > item.max_value:
        raise _Wrong("too_large", max=item.max_value)
    return number


def _quantity(item: Item, value: object) -> dict[str, Any]:
    unit = item.unit or ""
    if isinstance(value, dict):
        unit = str(value.get("unit") or unit)
        value = value.get("value")
    if item.unit and unit != item.unit:
        raise _Wrong("wrong_unit", unit=item.unit)
    return {"value": _within(item, _number(value)), "unit": unit}


def _date(item: Item, value: object) -> str:
    try:
        day = date.fromisoformat(value.strip() if isinstance(value, str) else "")
    except ValueError:
        raise _Wrong("not_date") from None
    if isinstance(item.min_value, str) and day.isoformat() < item.min_value:
        raise _Wrong("too_early", min=item.min_value)
    if isinstance(item.max_value, str) and day.isoformat() > item.max_value:
        raise _Wrong("too_late", max=item.max_value)
    return day.isoformat()


def _attachment(value: object) -> dict[str, Any]:
    if isinstance(value, str):
        return {"id": value.strip(), "title": ""}
    if isinstance(value, dict) and isinstance(value.get("id"), str) and value["id"].strip():
        return {"id": value["id"].strip(), "title": str(value.get("title") or "")[:STRING_LIMIT]}
    raise _Wrong("not_file")


def _text(item: Item, value: object) -> str:
    if not isinstance(value, str):
        raise _Wrong("required")
    text = value.replace("\r\n", "\n").replace("\x00", "").strip()
    limit = item.max_length or (TEXT_LIMIT if item.type is ItemType.TEXT else STRING_LIMIT)
    if len(text) > limit:
        raise _Wrong("too_long", length=len(text), max=limit)
    if item.pattern and not re.fullmatch(item.pattern, text):
        raise _Wrong("pattern", item.pattern_help)
    return text


def _shown(value: str | int | float, lang: str) -> str:
    """A number as it is written in the language: 38,5 in Swedish."""
    if isinstance(value, float):
        plain = f"{value:g}"
        return plain.replace(".", ",") if lang == "sv" else plain
    return str(value)
