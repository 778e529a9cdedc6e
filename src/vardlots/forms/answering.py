"""From what a person sent to an answer worth keeping, or a sentence that says what to do."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import msgspec

from vardlots.forms.compare import is_declined
from vardlots.forms.model import DECLINED, Item, ItemType, Value
from vardlots.forms.moments import order, parts_of, read_moment, read_time
from vardlots.forms.sentences import SENTENCES
from vardlots.forms.text import Text, say

TEXT_LIMIT = 4000
STRING_LIMIT = 255
FILES_LIMIT = 10
ADDRESS_LIMIT = 2000
# As many as a question has options at most; each is compared with all before it.
VALUES_LIMIT = 2000
_HOST = re.compile(r"(?:[\w-]{1,63}\.){1,20}[\w-]{2,63}")


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
    where the item allows it. Nothing at all passes over an optional question. What the system fills in is refused.
    """
    values = [value for value in _listed(raw) if not _is_nothing(value)]
    try:
        if item.read_only or item.is_computed:
            raise _Wrong("read_only")
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
        if len(values) > VALUES_LIMIT:
            raise _Wrong("too_many", max=VALUES_LIMIT)
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
    if item.repeats and item.min_occurs and len(values) < item.min_occurs:
        raise _Wrong("too_few", min=item.min_occurs)
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
        case ItemType.DATE_TIME:
            return _moment(item, value)
        case ItemType.TIME:
            return _time(item, value)
        case ItemType.URL:
            return _address(item, value)
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
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
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
    decimals = Decimal(str(number)).normalize().as_tuple().exponent
    if item.max_decimals is not None and isinstance(decimals, int) and -decimals > item.max_decimals:
        raise (
            _Wrong("not_whole")
            if item.max_decimals == 0
            else _Wrong("too_many_decimals", max=item.max_decimals)
        )
    return number


def _quantity(item: Item, value: object) -> dict[str, Any]:
    unit = ""
    if isinstance(value, dict):
        unit = str(value.get("unit") or "")
        value = value.get("value")
    return {"value": _within(item, _number(value)), "unit": _unit(item, unit)}


def units_of(item: Item) -> tuple[str, ...]:
    """The units a quantity may be given in, the item's own first."""
    named = (one.display or one.code for one in item.unit_options)
    return tuple(dict.fromkeys((*((item.unit,) if item.unit else ()), *named)))


def _unit(item: Item, unit: str) -> str:
    offered = units_of(item)
    if not offered:
        return unit[:STRING_LIMIT]
    if not unit and (item.unit or len(offered) == 1):
        return offered[0]
    known = next((one.display or one.code for one in item.unit_options if unit and unit == one.code), unit)
    if known not in offered:
        raise _Wrong("wrong_unit" if len(offered) == 1 else "choose_unit", unit=", ".join(offered))
    return known


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


def _moment(item: Item, value: object) -> str:
    text = value.strip().replace(" ", "T", 1) if isinstance(value, str) else ""
    try:
        read_moment(text)
    except ValueError:
        raise _Wrong("not_moment") from None
    _between(item, text)
    return text


def _time(item: Item, value: object) -> str:
    text = value.strip().replace(".", ":") if isinstance(value, str) else ""
    try:
        told = read_time(text if len(text.partition(":")[0]) == 2 else f"0{text}")
    except ValueError:
        raise _Wrong("not_time") from None
    text = told.isoformat("seconds" if told.second else "minutes")
    _between(item, text)
    return text


def _between(item: Item, value: str) -> None:
    """Raises _Wrong for a time outside the item's limits."""
    said = parts_of(value) or ()
    low, high = parts_of(item.min_value), parts_of(item.max_value)
    if low is not None and order(said, low) == -1:
        raise _Wrong("too_soon", min=_moment_said(str(item.min_value)))
    if high is not None and order(said, high) == 1:
        raise _Wrong("too_far", max=_moment_said(str(item.max_value)))


def _moment_said(value: str) -> str:
    return value.replace("T", " ")


def _address(item: Item, value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if "://" not in text:
        text = f"https://{text}"
    limit = item.max_length or ADDRESS_LIMIT
    if len(text) > limit:
        raise _Wrong("too_long", length=len(text), max=limit)
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        raise _Wrong("not_address") from None
    plain = not re.search(r"[\s\x00-\x1f<>\"\\^`{|}]", text)
    if parts.scheme not in ("http", "https") or not plain or parts.username or not _HOST.fullmatch(host):
        raise _Wrong("not_address")
    return text


def _attachment(value: object) -> dict[str, Any]:
    told = value if isinstance(value, dict) else {"id": value}
    name = told.get("id")
    name = name.strip() if isinstance(name, str) else ""
    if not name or len(name) > STRING_LIMIT or "\x00" in name:
        raise _Wrong("not_file")
    return {"id": name, "title": str(told.get("title") or "").replace("\x00", "")[:STRING_LIMIT]}


def _text(item: Item, value: object) -> str:
    if not isinstance(value, str):
        raise _Wrong("required")
    text = value.replace("\r\n", "\n").replace("\x00", "").strip()
    limit = item.max_length or (TEXT_LIMIT if item.type is ItemType.TEXT else STRING_LIMIT)
    if len(text) > limit:
        raise _Wrong("too_long", length=len(text), max=limit)
    if item.min_length and len(text) < item.min_length:
        raise _Wrong("too_short", length=len(text), min=item.min_length)
    if item.pattern and not re.fullmatch(item.pattern, text):
        raise _Wrong("pattern", item.pattern_help)
    return text


def _shown(value: str | int | float, lang: str) -> str:
    """A number as it is written in the language: 38,5 in Swedish."""
    if isinstance(value, float):
        plain = f"{value:g}"
        return plain.replace(".", ",") if lang == "sv" else plain
    return str(value)
