"""Answer options, both ways: codings and plain values, with what extensions say of them."""

from typing import Any

import msgspec

from vardlots.forms.faults import Told
from vardlots.forms.fhir import urls
from vardlots.forms.fhir.codings import extensions_of, holds_extension, merged, text_extension, write_text
from vardlots.forms.fhir.source import Source
from vardlots.forms.fhir.values import KINDS, option_value
from vardlots.forms.model import Option, OptionKind

_VALUES = {f"value{name}": kind for kind, name in KINDS.items()}
MOST_OPTIONS = 2_000


def read_options(source: Source) -> tuple[Option, ...]:
    """The options of an item, in their order, each with a code of its own. One that cannot be used is named."""
    found: list[Option] = []
    for inner in source.take_list("answerOption"):
        option = _read(inner)
        if option is None:
            source.data.setdefault("~options", []).append([len(found), inner.data])
            said = {
                "sv": "ett svarsalternativ utan värde som går att använda visas inte",
                "en": "an option without a value that can be used is not shown",
            }
            source.remarks.keep(inner.path, Told(said))
            continue
        inner.name_the_rest("valueCoding", "id")
        found.append(option)
    return with_codes_of_their_own(found)


def _read(source: Source) -> Option | None:
    names = [name for name in source.data if name.startswith("value")]
    if len(names) != 1 or names[0] not in _VALUES:
        return None
    kind = _VALUES[names[0]]
    before = dict(source.data)
    held = _coding(source) if kind is OptionKind.CODING else _plain(source, names[0], kind)
    if held is None:
        source.data = before
        return None
    exclusive = source.take_flag(urls.OPTION_EXCLUSIVE)
    prefix = source.take_text_extension(urls.OPTION_PREFIX)
    # Anywhere else than in the one extension of the option itself where we write it, the score stays where it is.
    score = None
    if len(_scores(source)) == 1:
        score = source.take_extension(urls.SCORES[0], "valueDecimal", float)
    if score is None:
        score = _score(source)
    return Option(
        **held,
        help=source.take_text_extension(urls.HELP),
        picture=source.take_extension(urls.PICTURE, "valueString", str),
        exclusive=exclusive,
        kind=kind,
        score=score,
        prefix=prefix,
        initial_selected=bool(source.take("initialSelected", bool)),
        extra=source.data,
    )


def _scores(source: Source) -> list[dict[str, Any]]:
    held = (*source.extensions(), *extensions_of(source.data.get("valueCoding")))
    return [one for one in held if one.get("url") in urls.SCORES]


def _score(source: Source) -> float | None:
    """The score where it stands in another extension than the usual, or on the coding; it stays there."""
    for one in _scores(source):
        value = one.get("valueDecimal")
        if isinstance(value, int | float) and not isinstance(value, bool):
            source.is_said(one)
            return value
    return None


def _coding(source: Source) -> dict[str, Any] | None:
    given = source.take("valueCoding", dict)
    if given is None:
        return None
    inner = source.inside(given, "valueCoding")
    raw, system, version = (inner.take(name, str) for name in ("code", "system", "version"))
    text = inner.take_text("display")
    if not (raw or "").strip() and not any((text or {}).values()):
        return None
    for one in inner.extensions():
        if one.get("url") in urls.SCORES:
            inner.is_said(one)
    inner.name_the_rest("userSelected", "id")
    source.put("valueCoding", inner.data)
    code = raw or next(iter((text or {}).values()))
    return {
        "code": code,
        "text": text or {source.language: raw or ""},
        "value": None if code == raw else (raw or ""),
        "system": system,
        "version": version,
    }


def _plain(source: Source, name: str, kind: OptionKind) -> dict[str, Any] | None:
    if kind is OptionKind.INTEGER:
        number = source.take(name, int)
        return None if number is None else {"code": str(number), "text": {source.language: str(number)}}
    text = source.take_text(name)
    if text is None or not text[source.language].strip():
        return None
    return {"code": text[source.language], "text": text}


def with_codes_of_their_own(options: list[Option]) -> tuple[Option, ...]:
    """Options of two systems with one code get the system before it; the same twice gets a number after it."""
    found: list[Option] = []
    taken: set[str] = set()
    for option in options:
        code = option.code
        if code in taken and option.system:
            code = f"{option.system}|{option.code}"
        n = 2
        while code in taken:
            code = f"{option.code} ({n})"
            n += 1
        taken.add(code)
        value = option.value if option.value is not None or code == option.code else option.code
        found.append(msgspec.structs.replace(option, code=code, value=value))
    return tuple(found)


def write_options(options: tuple[Option, ...], left: Any, language: str) -> list[dict[str, Any]]:
    """The options as FHIR has them; `left` are those that could not be used, with their places."""
    found = [_write(option, language) for option in options]
    for place, data in reversed(left or ()):
        found.insert(place, data)
    return found


def _write(option: Option, language: str) -> dict[str, Any]:
    kind, value = option_value(option, language)
    name = f"value{kind}"
    if option.kind is OptionKind.CODING:
        value.pop("display", None)
        found: dict[str, Any] = {name: value | write_text("display", option.text, language)}
    elif option.kind is OptionKind.STRING:
        found = write_text(name, {**option.text, language: value}, language)
    else:
        found = {name: value}
    extensions = list(_extensions(option, language))
    if extensions:
        found["extension"] = extensions
    if option.initial_selected:
        found["initialSelected"] = True
    return merged(found, option.extra)


def _extensions(option: Option, language: str) -> Any:
    held = any(holds_extension(one, *urls.SCORES) for one in (option.extra, option.extra.get("valueCoding")))
    if option.score is not None and not held:
        yield {"url": urls.SCORES[0], "valueDecimal": option.score}
    if option.exclusive:
        yield {"url": urls.OPTION_EXCLUSIVE, "valueBoolean": True}
    if option.prefix:
        yield text_extension(urls.OPTION_PREFIX, option.prefix, language)
    if option.help:
        yield text_extension(urls.HELP, option.help, language)
    if option.picture:
        yield {"url": urls.PICTURE, "valueString": option.picture}
