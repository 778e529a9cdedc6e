"""What extensions say of an item's answer: least and greatest, lengths, patterns, units. Both ways."""

import re
from collections.abc import Iterator
from typing import Any

from vardlots.forms.answering import STRING_LIMIT, TEXT_LIMIT
from vardlots.forms.faults import Told
from vardlots.forms.fhir import urls
from vardlots.forms.fhir.codings import holds_extension, read_coding, text_extension, write_coding
from vardlots.forms.fhir.source import Source
from vardlots.forms.fhir.values import unit_name
from vardlots.forms.model import Coding, Item, ItemType
from vardlots.forms.moments import parts_of
from vardlots.forms.patterns import is_quick

# Some write the pattern as FHIRPath; then the extension stays as it is.
_MATCHES = re.compile(r"matches\('(.*)'\)", re.DOTALL)
NUMBERS = (ItemType.INTEGER, ItemType.DECIMAL, ItemType.QUANTITY)
WRITTEN = (ItemType.STRING, ItemType.TEXT, ItemType.URL)
_MOMENTS = {ItemType.DATE: "valueDate", ItemType.DATE_TIME: "valueDateTime", ItemType.TIME: "valueTime"}


def read_limits(source: Source, type_: ItemType) -> dict[str, Any]:
    """The fields of an item that limit its answer. What does not suit its type is left, to be named."""
    found: dict[str, Any] = {}
    for field, url in (("min_value", urls.MIN_VALUE), ("max_value", urls.MAX_VALUE)):
        if type_ in NUMBERS:
            value: float | str | None = source.take_extension(url, "valueInteger", int)
            if value is None:
                value = source.take_extension(url, "valueDecimal", float)
        else:
            value = _moment(source, url, type_)
        found[field] = value
    found |= _lengths(source, type_)
    if type_ in (ItemType.DECIMAL, ItemType.QUANTITY):
        found["max_decimals"] = _count(source, urls.MAX_DECIMALS, 0)
    found["min_occurs"] = _count(source, urls.MIN_OCCURS, 0)
    found["max_occurs"] = _count(source, urls.MAX_OCCURS, 1)
    found["entry_format"] = source.take_text_extension(urls.ENTRY_FORMAT)
    found["slider_step"] = source.take_extension(urls.SLIDER_STEP, "valueInteger", int)
    if found["slider_step"] is None:
        found["slider_step"] = source.take_extension(urls.SLIDER_STEP, "valueDecimal", float)
    if type_ in NUMBERS:
        found |= _units(source)
    _check_pairs(source, found)
    return {name: value for name, value in found.items() if value is not None}


def _check_pairs(source: Source, found: dict[str, Any]) -> None:
    """Refuses a least that is greater than the greatest: no answer is left."""
    for low, high in (("min_value", "max_value"), ("min_length", "max_length"), ("min_occurs", "max_occurs")):
        least, most = found.get(low), found.get(high)
        if least is not None and most is not None and type(least) is type(most) and least > most:
            said = {
                "sv": "minst {least} och högst {most} lämnar inget svar kvar.",
                "en": "at least {least} and at most {most} leave no answer.",
            }
            source.remarks.refuse(source.path, Told(said, least=least, most=most))


def _moment(source: Source, url: str, type_: ItemType) -> str | None:
    """A limit in time. One that is less than a whole day (`1994-05`) is left: answers are whole days."""
    if type_ not in _MOMENTS:
        return None
    held = [one.get(_MOMENTS[type_]) for one in source.extensions(url)]
    if not held or not isinstance(held[0], str) or parts_of(held[0]) is None:
        return None
    if type_ is not ItemType.TIME and len(held[0]) < len("1994-05-01"):
        return None
    return source.take_extension(url, _MOMENTS[type_], str)


def _lengths(source: Source, type_: ItemType) -> dict[str, Any]:
    if type_ not in WRITTEN:
        return {}
    longest = source.data.get("maxLength")
    if isinstance(longest, int) and not isinstance(longest, bool) and longest < 1:
        longest = None
    else:
        longest = source.take("maxLength", int)
    limit = (
        min(longest or TEXT_LIMIT, TEXT_LIMIT)
        if longest
        else (TEXT_LIMIT if type_ is ItemType.TEXT else STRING_LIMIT)
    )
    return {
        "max_length": longest,
        "min_length": _count(source, urls.MIN_LENGTH, 0),
        "pattern": _pattern(source, longest or limit),
        "pattern_help": source.take_text_extension(urls.PATTERN_HELP),
    }


def _count(source: Source, url: str, least: int) -> int | None:
    """A number of an extension; one that is no count is left."""
    for one in source.extensions(url):
        if isinstance(one.get("valueInteger"), int) and one["valueInteger"] < least:
            return None
    return source.take_extension(url, "valueInteger", int)


def _pattern(source: Source, longest: int) -> str | None:
    """A pattern that can be tried in no time to speak of; any other is left, and why is told."""
    for one in source.extensions(urls.REGEX):
        pattern = one.get("valueString")
        if not isinstance(pattern, str) or one.keys() != {"url", "valueString"}:
            continue
        source.is_said(one)
        inner = _MATCHES.fullmatch(pattern)
        pattern = inner[1] if inner else pattern
        try:
            re.compile(pattern)
            quick = is_quick(pattern, longest=longest)
        except (re.error, OverflowError, RecursionError):
            said = {
                "sv": "mönstret ”{pattern}” går inte att läsa här",
                "en": "the pattern “{pattern}” cannot be read here",
            }
            source.remarks.keep(source.path, Told(said, pattern=pattern[:80]))
            return None
        if quick:
            if inner is None and len(source.extensions(urls.REGEX)) == 1:
                source.drop_extension(one)
            return pattern
        said = {
            "sv": "mönstret ”{pattern}” kan ta för lång tid att pröva",
            "en": "the pattern “{pattern}” may take too long to try",
        }
        source.remarks.keep(source.path, Told(said, pattern=pattern[:80]))
        return None
    return None


def _units(source: Source) -> dict[str, Any]:
    found: dict[str, Any] = {}
    options = []
    for one in source.extensions(urls.UNIT_OPTION):
        if one.keys() == {"url", "valueCoding"} and isinstance(one["valueCoding"], dict):
            options.append(read_coding(source.inside(one["valueCoding"], "extension")))
            source.drop_extension(one)
    found["unit_options"] = tuple(options)
    unit = source.take_extension(urls.UNIT, "valueCoding", dict)
    if unit is not None:
        coding = read_coding(source.inside(unit, "extension"))
        found["unit"] = unit_name(coding) or None
        found["unit_coding"] = None if coding == Coding(display=unit_name(coding)) else coding
    return found


def limit_extensions(item: Item, language: str) -> Iterator[dict[str, Any]]:
    """What limits the item's answer, as extensions."""
    for url, value in ((urls.MIN_VALUE, item.min_value), (urls.MAX_VALUE, item.max_value)):
        if value is not None:
            name = _MOMENTS.get(item.type) or ("valueInteger" if isinstance(value, int) else "valueDecimal")
            yield {"url": url, name: value}
    counts = (
        (urls.MIN_LENGTH, item.min_length),
        (urls.MAX_DECIMALS, item.max_decimals),
        (urls.MIN_OCCURS, item.min_occurs),
        (urls.MAX_OCCURS, item.max_occurs),
    )
    for url, count in counts:
        if count is not None:
            yield {"url": url, "valueInteger": count}
    if item.pattern is not None and not holds_extension(item.extra, urls.REGEX):
        yield {"url": urls.REGEX, "valueString": item.pattern}
    if item.pattern_help:
        yield text_extension(urls.PATTERN_HELP, item.pattern_help, language)
    if item.entry_format:
        yield text_extension(urls.ENTRY_FORMAT, item.entry_format, language)
    if item.slider_step is not None:
        name = "valueInteger" if isinstance(item.slider_step, int) else "valueDecimal"
        yield {"url": urls.SLIDER_STEP, name: item.slider_step}
    yield from _unit_extensions(item)


def _unit_extensions(item: Item) -> Iterator[dict[str, Any]]:
    if item.unit_coding is not None:
        yield {"url": urls.UNIT, "valueCoding": write_coding(item.unit_coding)}
    elif item.unit:
        yield {"url": urls.UNIT, "valueCoding": {"display": item.unit}}
    for one in item.unit_options:
        yield {"url": urls.UNIT_OPTION, "valueCoding": write_coding(one)}
