"""JSON from somebody else's hand, read without trust: bounded, checked, and taken apart piece by piece.

What is taken from a `Source` becomes model; what nobody has taken is left in it, to be kept and to be named.
"""

import json
import math
from collections.abc import Iterator
from typing import Any, TypeVar

from vardlots.forms.faults import ContentError, Told
from vardlots.forms.fhir.known import element_words, extension_words
from vardlots.forms.fhir.remarks import Effect, Remark, Remarks, refusal
from vardlots.forms.fhir.urls import OWN, TRANSLATION
from vardlots.forms.text import Text

T = TypeVar("T", str, bool, int, float, dict[str, Any], list[Any])

MOST_BYTES = 2_000_000
MOST_DEPTH = 60

_KINDS: dict[type, Text] = {
    str: {"sv": "en text", "en": "a string"},
    bool: {"sv": "true eller false", "en": "true or false"},
    int: {"sv": "ett heltal", "en": "a whole number"},
    float: {"sv": "ett tal", "en": "a number"},
    dict: {"sv": "ett objekt", "en": "an object"},
    list: {"sv": "en lista", "en": "a list"},
}


def parse(content: bytes, file: str) -> dict[str, Any]:
    """The object that a JSON file holds. Raises ContentError with one sentence when it holds none, or too much."""
    if len(content) > MOST_BYTES:
        said = {"sv": "filen är större än {most} MB.", "en": "the file is larger than {most} MB."}
        raise _wrong(file, said, most=MOST_BYTES // 1_000_000)
    try:
        source = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        said = {"sv": "filen är inte i UTF-8.", "en": "the file is not in UTF-8."}
        raise _wrong(file, said) from None
    if source.lstrip().startswith("<"):
        raise _wrong(
            file, {"sv": "filen är XML. Spara den som JSON.", "en": "the file is XML. Save it as JSON."}
        )
    try:
        found = json.loads(
            source, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_finite
        )
    except RecursionError:
        raise _too_deep(file) from None
    except ValueError as fault:
        said = {
            "sv": "filen går inte att läsa som JSON: {reason}.",
            "en": "cannot be read as JSON: {reason}.",
        }
        raise _wrong(file, said, reason=str(fault)) from None
    if not isinstance(found, dict):
        raise _wrong(file, {"sv": "filen är inget JSON-objekt.", "en": "the file is no JSON object."})
    _check(found, file)
    return found


def _wrong(file: str, said: Text, **values: object) -> ContentError:
    return refusal(file, [Remark("", Told(said, **values), Effect.REFUSES)])


def _too_deep(file: str) -> ContentError:
    return _wrong(
        file, {"sv": "för mycket ligger inuti vartannat.", "en": "too much lies within each other."}
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"“{name[:40]}” stands twice")
        found[name] = value
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _finite(written: str) -> float:
    found = float(written)
    if not math.isfinite(found):
        raise ValueError("a number is too large")
    return found


def _check(found: dict[str, Any], file: str) -> None:
    """Depth, and signs that no text in the database holds."""
    level: list[Any] = [found]
    for _ in range(MOST_DEPTH):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner += one.keys()
                inner += one.values()
            elif isinstance(one, list):
                inner += one
            elif isinstance(one, str) and not _is_text(one):
                said = {
                    "sv": "filen innehåller tecken som ingen text får ha.",
                    "en": "it has signs that no text may have.",
                }
                raise _wrong(file, said)
            elif isinstance(one, int) and abs(one) > 2**53:
                said = {"sv": "ett tal i filen är för stort.", "en": "a number in the file is too large."}
                raise _wrong(file, said)
        if not inner:
            return
        level = inner
    raise _too_deep(file)


def _is_text(one: str) -> bool:
    return "\x00" not in one and not any("\ud800" <= sign <= "\udfff" for sign in one)


class Source:
    """An object of the file that is taken apart. `language` is the file's own."""

    def __init__(self, data: dict[str, Any], path: str, remarks: Remarks, language: str) -> None:
        self.data, self.path, self.remarks, self.language = dict(data), path, remarks, language
        extensions = data.get("extension")
        self.said: set[int] = set()
        self.numbers = (
            {id(one): n for n, one in enumerate(extensions)} if isinstance(extensions, list) else {}
        )

    def at(self, name: str) -> str:
        """The path of something in it."""
        return f"{self.path}.{name}" if self.path else name

    def inside(self, data: Any, name: str) -> "Source":
        """An object inside it."""
        return Source(data, self.at(name), self.remarks, self.language)

    def take(self, name: str, kind: type[T]) -> T | None:
        """The element `name`, None where there is none. One of another kind refuses the file."""
        if name not in self.data:
            return None
        found = self.data.pop(name)
        if isinstance(found, kind) and isinstance(found, bool) is (kind is bool):
            return found
        if kind is float and isinstance(found, int) and not isinstance(found, bool):
            return found  # type: ignore[return-value]
        said = {"sv": "ska vara {kind_sv}.", "en": "must be {kind_en}."}
        words = _KINDS[kind]
        self.remarks.refuse(self.at(name), Told(said, kind_sv=words["sv"], kind_en=words["en"]))
        return None

    def need(self, name: str) -> str:
        """A string that must be there and hold something; its absence refuses the file."""
        there = name in self.data
        found = self.take(name, str)
        if found is None or not found.strip():
            if not there or found is not None:
                said = {"sv": "”{name}” saknas.", "en": "“{name}” is missing."}
                self.remarks.refuse(self.path, Told(said, name=name))
            return ""
        return found

    def take_list(self, name: str) -> Iterator["Source"]:
        """The objects of a list, each a source of its own; anything else in it refuses the file."""
        for n, one in enumerate(self.take(name, list) or ()):
            at = f"{name}[{n}]"
            if isinstance(one, dict):
                yield self.inside(one, at)
            else:
                said = {"sv": "ska vara ett objekt.", "en": "must be an object."}
                self.remarks.refuse(self.at(at), Told(said))

    def take_text(self, name: str) -> Text | None:
        """A text with its translations, by language; what else is said of it is left."""
        main = self.take(name, str)
        if main is None or not main.strip():
            return None
        found = {self.language: main}
        beside = self.data.get(f"_{name}")
        if isinstance(beside, dict) and isinstance(beside.get("extension"), list):
            left = []
            self.numbers |= {id(one): n for n, one in enumerate(beside["extension"])}
            for one in beside["extension"]:
                translated = _translation(one)
                if translated is None or translated[0] in found:
                    left.append(one)
                else:
                    found[translated[0]] = translated[1]
            rest = {key: value for key, value in beside.items() if key != "extension"}
            self.put(f"_{name}", rest | ({"extension": left} if left else {}))
        return found

    def put(self, name: str, value: Any) -> None:
        """Leave something in it; nothing where it is empty."""
        if value:
            self.data[name] = value
        else:
            self.data.pop(name, None)

    def extensions(self, url: str = "") -> list[dict[str, Any]]:
        """Its extensions that are left and are objects: all, or those of one address."""
        found = self.data.get("extension", [])
        listed = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        return [one for one in listed if not url or one.get("url") == url]

    def is_said(self, extension: dict[str, Any]) -> None:
        """An extension stays, and nothing more is to be said of it: it is acted on, or has been told of."""
        self.said.add(id(extension))

    def drop_extension(self, extension: dict[str, Any]) -> None:
        """An extension has become model."""
        self.put("extension", [one for one in self.data["extension"] if one is not extension])

    def take_extension(self, url: str, value: str, kind: type[T]) -> T | None:
        """The value of the first extension `url` that has just this value of this kind; None leaves it where it is."""
        for one in self.extensions(url):
            if one.keys() != {"url", value}:
                continue
            found = one[value]
            if isinstance(found, kind) and isinstance(found, bool) is (kind is bool):
                self.drop_extension(one)
                return found
            if kind is float and isinstance(found, int) and not isinstance(found, bool):
                self.drop_extension(one)
                return found  # type: ignore[return-value]
        return None

    def take_flag(self, url: str) -> bool:
        """Whether an extension `url` says true; all that say true or false are taken."""
        found = False
        while (said := self.take_extension(url, "valueBoolean", bool)) is not None:
            found = found or said
        return found

    def take_text_extension(self, url: str) -> Text | None:
        """The text of the first extension `url` that holds a string, with translations or without."""
        for one in self.extensions(url):
            if (ours := _own_text(one)) is not None:
                self.drop_extension(one)
                return ours
            inner = Source(one, "", Remarks(), self.language)
            found = inner.take_text("valueString")
            if found is not None and not inner.remarks.refused and inner.data.keys() == {"url"}:
                self.drop_extension(one)
                return found
        return None

    def name_the_rest(self, *silent: str) -> None:
        """A remark on everything that nobody has taken, but the elements named and what begins with ~."""
        for name, value in self.data.items():
            if name == "extension" or (name.startswith("_") and isinstance(value, dict)):
                self._name_extensions(name, value)
            elif name not in silent and not name.startswith("~"):
                self.remarks.keep(self.at(name), element_words(name))

    def _name_extensions(self, name: str, value: Any) -> None:
        listed = value.get("extension") if isinstance(value, dict) else value
        if not isinstance(listed, list) or not listed:
            self.remarks.keep(self.at(name), element_words(name))
            return
        at = self.at(name) if isinstance(value, list) else f"{self.at(name)}.extension"
        for n, one in enumerate(listed):
            if id(one) in self.said:
                continue
            url = one.get("url") if isinstance(one, dict) else None
            self.remarks.keep(f"{at}[{self.numbers.get(id(one), n)}]", extension_words(url))


def _own_text(extension: dict[str, Any]) -> Text | None:
    """The text of an extension of our own: a string for each language."""
    parts = extension.get("extension")
    if not str(extension.get("url")).startswith(OWN) or not isinstance(parts, list) or len(extension) != 2:
        return None
    found: dict[str, str] = {}
    for part in parts:
        if not isinstance(part, dict) or part.keys() != {"url", "valueString"}:
            return None
        if not all(isinstance(one, str) and one for one in part.values()):
            return None
        found[part["url"]] = part["valueString"]
    return found if len(found) == len(parts) and found else None


def _translation(extension: Any) -> tuple[str, str] | None:
    """The language and the text of an extension that is a whole translation and nothing more."""
    if not isinstance(extension, dict) or set(extension) != {"url", "extension"}:
        return None
    parts = extension["extension"]
    if extension["url"] != TRANSLATION or not isinstance(parts, list) or len(parts) != 2:
        return None
    found = {}
    for part in parts:
        for url, value in (("lang", "valueCode"), ("content", "valueString")):
            if isinstance(part, dict) and part.keys() == {"url", value} and part["url"] == url:
                found[url] = part[value]
    if len(found) == 2 and all(isinstance(one, str) and one for one in found.values()):
        return found["lang"], found["content"]
    return None
