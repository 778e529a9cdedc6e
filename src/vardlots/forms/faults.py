"""What can be wrong with a content file: each fault one sentence with the file and the id, in both languages."""

import re
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from vardlots.forms.text import Text

T = TypeVar("T")


class Told(str):
    """A sentence of a fault. As a string it is English, for whoever works with files; administrators read `swedish`.

    Values that are sentences themselves are told in the same language.
    """

    said: Text
    values: dict[str, object]

    def __new__(cls, said: Text, **values: object) -> "Told":
        """The sentence of `said` (both languages) with its values filled in."""
        sentence = super().__new__(cls, said["en"].format(**values))
        sentence.said, sentence.values = said, values
        return sentence

    @property
    def swedish(self) -> str:
        """The sentence in Swedish."""
        return self.said["sv"].format(**{name: in_swedish(value) for name, value in self.values.items()})


def in_swedish(value: object) -> object:
    """A sentence in Swedish where there is one; anything else as it is."""
    found = value.args[0] if isinstance(value, Exception) and value.args else value
    return found.swedish if isinstance(found, Told) else found


class ContentFault(msgspec.Struct, frozen=True, order=True):
    """One thing to mend in a content file; `id` is the question, option or rule it is about.

    `path` is the place of what cannot even be read, as `$.questions[2].title`, or `line 7`.
    """

    file: str
    id: str
    sentence: str
    path: str = ""

    def __str__(self) -> str:
        where = f"{self.file}: {self.id}: " if self.id else f"{self.file}: "
        return where + self.sentence

    @property
    def swedish(self) -> str:
        """What to mend, in Swedish."""
        return str(in_swedish(self.sentence))


class ContentError(Exception):
    """Content that must not be used, with every fault found in it."""

    def __init__(self, faults: Iterable[ContentFault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


# A name in TOML of n parts takes n² steps to read, and every page waits.
MOST_DOTS = 200


def read_struct(source: bytes, kind: type[T], file: str) -> T:
    """TOML text as `kind`.

    Raises ContentError with one fault when it is not TOML, or has a field that is unknown, missing or of
    the wrong type.
    """
    if any(line.count(b".") > MOST_DOTS for line in source.splitlines()):
        said = {"sv": "en rad har för många punkter.", "en": "a line has too many dots."}
        raise ContentError([ContentFault(file, "", Told(said))])
    try:
        return msgspec.toml.decode(source, type=kind)
    except RecursionError as wrong:
        said = {"sv": "för många parenteser i varandra.", "en": "too many brackets within each other."}
        raise ContentError([ContentFault(file, "", Told(said))]) from wrong
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        reason = str(wrong).rstrip(".")
        raise ContentError([ContentFault(file, "", _unreadable(reason), _path(reason))]) from wrong


_MISSING = re.compile(r"missing required field `([^`]+)`")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")
_EXPECTED = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_ENUM = re.compile(r"[Ii]nvalid enum value '?([^' ]+)'?")


def _unreadable(reason: str) -> Told:
    """A decoder's complaint: its own words in English, the commonest kinds told in Swedish."""
    en = "cannot be read: {reason}."
    if found := _MISSING.search(reason):
        return Told({"sv": "fältet ”{field}” saknas.", "en": en}, reason=reason, field=found[1])
    if found := _UNKNOWN.search(reason):
        return Told({"sv": "fältet ”{field}” finns inte.", "en": en}, reason=reason, field=found[1])
    if found := _EXPECTED.search(reason):
        wanted, given = found.groups()
        return Told(
            {"sv": "här ska stå ett värde av typen {wanted}, inte {given}.", "en": en},
            reason=reason,
            wanted=wanted,
            given=given,
        )
    if found := _ENUM.search(reason):
        return Told(
            {"sv": "”{value}” är inget av värdena som går att välja.", "en": en},
            reason=reason,
            value=found[1],
        )
    return Told({"sv": "raden går inte att läsa som TOML ({reason}).", "en": en}, reason=reason)


def _path(reason: str) -> str:
    if found := re.search(r"at `(\$[^`]*)`", reason):
        return found[1]
    found = re.search(r"\(at line (\d+)", reason)
    return f"line {found[1]}" if found else ""
