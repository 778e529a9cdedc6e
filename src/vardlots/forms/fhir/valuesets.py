"""Options of value sets: those that lie in the file, and a few of HL7's own that everybody uses; none is fetched."""

from collections.abc import Iterator, Mapping
from typing import Any

from vardlots.forms.fhir.choices import MOST_OPTIONS, with_codes_of_their_own
from vardlots.forms.fhir.urls import SCORES
from vardlots.forms.model import Option
from vardlots.forms.text import Text

_GENDER = "http://hl7.org/fhir/administrative-gender"
_YES_NO = "http://terminology.hl7.org/CodeSystem/v2-0136"
_NULL = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_YES: tuple[str, str, Text] = (_YES_NO, "Y", {"sv": "Ja", "en": "Yes"})
_NO: tuple[str, str, Text] = (_YES_NO, "N", {"sv": "Nej", "en": "No"})
_UNSURE: tuple[str, str, Text] = (_NULL, "asked-unknown", {"sv": "Vet inte", "en": "Don't know"})

WELL_KNOWN: Mapping[str, tuple[tuple[str, str, Text], ...]] = {
    "http://hl7.org/fhir/ValueSet/administrative-gender": (
        (_GENDER, "male", {"sv": "Man", "en": "Male"}),
        (_GENDER, "female", {"sv": "Kvinna", "en": "Female"}),
        (_GENDER, "other", {"sv": "Annat", "en": "Other"}),
        (_GENDER, "unknown", {"sv": "Okänt", "en": "Unknown"}),
    ),
    "http://hl7.org/fhir/ValueSet/yesnodontknow": (_YES, _NO, _UNSURE),
    "http://terminology.hl7.org/ValueSet/v2-0136": (_YES, _NO),
}


class ValueSets:
    """The value sets and code systems that lie in a file."""

    def __init__(self, contained: Any, language: str) -> None:
        listed = [one for one in contained if isinstance(one, dict)] if isinstance(contained, list) else []
        self._sets = [one for one in listed if one.get("resourceType") == "ValueSet"]
        self._systems = [one for one in listed if one.get("resourceType") == "CodeSystem"]
        self._language = language
        self._found: dict[str, tuple[Option, ...]] = {}

    def options(self, address: str) -> tuple[Option, ...]:
        """The options of the value set, by `#id` or its canonical address; none when they do not lie here."""
        if address not in self._found:
            self._found[address] = self._read(address)
        return self._found[address]

    def _read(self, address: str) -> tuple[Option, ...]:
        bare = address.partition("|")[0]
        for one in self._sets:
            if (bare.startswith("#") and one.get("id") == bare[1:]) or (bare and one.get("url") == bare):
                return with_codes_of_their_own(list(self._members(one))[:MOST_OPTIONS])
        return tuple(Option(code, text, system=system) for system, code, text in WELL_KNOWN.get(bare, ()))

    def _members(self, one: dict[str, Any]) -> Iterator[Option]:
        expansion = one.get("expansion")
        if isinstance(expansion, dict) and expansion.get("contains"):
            yield from self._contains(expansion["contains"])
            return
        compose = one.get("compose")
        if not isinstance(compose, dict):
            return
        excluded = {
            (option.system, option.code)
            for part in _objects(compose, "exclude")
            for option in self._included(part)
        }
        for part in _objects(compose, "include"):
            yield from (one for one in self._included(part) if (one.system, one.code) not in excluded)

    def _included(self, part: dict[str, Any]) -> Iterator[Option]:
        """What a part of a set names one by one, or a whole code system that lies in the file."""
        system = part.get("system")
        if part.get("filter") or part.get("valueSet") or not isinstance(system, str):
            return
        concepts = _objects(part, "concept")
        if not concepts:
            held = [one for one in self._systems if one.get("url") == system]
            concepts = [inner for one in held for inner in _below(one)]
        for concept in concepts:
            yield from self._option(concept, system)

    def _contains(self, listed: Any) -> Iterator[Option]:
        for concept in listed if isinstance(listed, list) else ():
            if isinstance(concept, dict):
                if not concept.get("abstract") and not concept.get("inactive"):
                    yield from self._option(concept, concept.get("system"))
                yield from self._contains(concept.get("contains"))

    def _option(self, concept: dict[str, Any], system: Any) -> Iterator[Option]:
        code, display = concept.get("code"), concept.get("display")
        if not isinstance(code, str) or not code.strip():
            return
        text = {self._language: display if isinstance(display, str) and display.strip() else code}
        for one in _objects(concept, "designation"):
            lang, words = one.get("language"), one.get("value")
            if isinstance(lang, str) and isinstance(words, str) and words.strip() and lang not in text:
                text[lang] = words
        scores = [
            one.get("valueDecimal") for one in _objects(concept, "extension") if one.get("url") in SCORES
        ]
        score = next(
            (one for one in scores if isinstance(one, int | float) and not isinstance(one, bool)), None
        )
        yield Option(code, text, system=system if isinstance(system, str) else None, score=score)


def _below(concept: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for inner in _objects(concept, "concept"):
        yield inner
        yield from _below(inner)


def _objects(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = data.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
