"""Codings, expressions and texts with translations, both ways."""

from collections.abc import Mapping
from typing import Any

from vardlots.forms.fhir.source import Source
from vardlots.forms.fhir.urls import OWN, TRANSLATION
from vardlots.forms.model import FHIRPATH, Coding, Expression
from vardlots.forms.text import Text


def read_coding(source: Source, *silent: str) -> Coding:
    """A coding; what else stands in it is kept."""
    found = {name: source.take(name, str) for name in ("code", "system", "display", "version")}
    source.name_the_rest(*silent)
    return Coding(found["code"] or "", found["system"], found["display"], found["version"], extra=source.data)


def write_coding(coding: Coding) -> dict[str, Any]:
    """The coding as FHIR has it."""
    found = {
        "system": coding.system,
        "version": coding.version,
        "code": coding.code or None,
        "display": coding.display,
    }
    return merged({name: one for name, one in found.items() if one is not None}, coding.extra)


def take_expressions(source: Source, url: str, *, most: int = 1) -> tuple[Expression, ...]:
    """The expressions of the extensions `url`, that hold just one; whatever else is left where it is."""
    found: list[Expression] = []
    for one in source.extensions(url):
        held = one.get("valueExpression")
        if len(found) == most or one.keys() != {"url", "valueExpression"} or not isinstance(held, dict):
            continue
        texts = {name: held.get(name) for name in ("expression", "name", "language", "description")}
        if not all(text is None or isinstance(text, str) for text in texts.values()):
            continue
        if not texts["expression"] or not texts["language"]:
            continue
        rest = {name: value for name, value in held.items() if name not in texts}
        found.append(
            Expression(
                texts["expression"],
                name=texts["name"],
                language=texts["language"],
                description=texts["description"],
                extra=rest,
            )
        )
        source.drop_extension(one)
    return tuple(found)


def write_expression(url: str, expression: Expression) -> dict[str, Any]:
    """The expression as an extension."""
    found = {
        "description": expression.description,
        "name": expression.name,
        "language": expression.language or FHIRPATH,
        "expression": expression.expression,
    }
    held = merged({name: one for name, one in found.items() if one is not None}, expression.extra)
    return {"url": url, "valueExpression": held}


def write_text(name: str, text: Text | None, language: str) -> dict[str, Any]:
    """A text in the file's language under `name`, its translations beside it."""
    if not text:
        return {}
    main = language if language in text else next(iter(text))
    others = [(lang, words) for lang, words in text.items() if lang != main and words]
    found: dict[str, Any] = {name: text[main]} if text[main] else {}
    if others:
        found[f"_{name}"] = {"extension": [_translation(lang, words) for lang, words in others]}
    return found


def _translation(lang: str, words: str) -> dict[str, Any]:
    parts = [{"url": "lang", "valueCode": lang}, {"url": "content", "valueString": words}]
    return {"url": TRANSLATION, "extension": parts}


def text_extension(url: str, text: Text, language: str) -> dict[str, Any]:
    """A text as an extension; one of our own holds a string for each language."""
    if url.startswith(OWN):
        parts = [{"url": lang, "valueString": words} for lang, words in text.items() if words]
        return {"url": url, "extension": parts}
    return {"url": url, **write_text("valueString", text, language)}


def merged(known: dict[str, Any], extra: Any) -> dict[str, Any]:
    """What is known with what was kept: objects into each other, lists after each other. What was kept decides."""
    found = dict(known)
    for name, value in extra.items():
        if name.startswith("~"):
            continue
        held = found.get(name)
        if isinstance(held, dict) and isinstance(value, dict):
            found[name] = merged(held, value)
        elif isinstance(held, list) and isinstance(value, list):
            found[name] = [*held, *value]
        else:
            found[name] = value
    return found


def extensions_of(data: Any) -> list[dict[str, Any]]:
    """The extensions that stand in a piece of JSON."""
    listed = data.get("extension") if isinstance(data, Mapping) else None
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def holds_extension(data: Any, *urls: str) -> bool:
    """Whether an extension of one of these addresses stands in a piece of JSON."""
    return any(one.get("url") in urls for one in extensions_of(data))
