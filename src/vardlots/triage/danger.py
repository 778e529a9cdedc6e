"""Words of danger in what people write: a list anybody can read, no hidden model.

Triage does not understand free text. It marks the words of `content/triage/danger_words.toml` for the nurse,
whatever the language they stand in, and does not try to see whether they are negated: *inga självmordstankar*
is marked too.
"""

import re
from functools import cached_property

import msgspec

from vardlots.forms.authoring import check_texts
from vardlots.forms.faults import ContentError, ContentFault, read_struct
from vardlots.forms.text import LANGUAGES, Text

_APOSTROPHE = "['’‘´`]?"
"""A telephone writes ’ for ', and many leave it out."""


class DangerHit(msgspec.Struct, frozen=True):
    """A word of danger as it stands in the text; `start` and `end` count characters."""

    word: str
    group: str
    start: int
    end: int


class DangerGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that point the same way. `*` stands for any ending, a space for any gap between words, and an
    apostrophe for every kind of it and for none."""

    id: str
    title: Text
    words: dict[str, tuple[str, ...]]


class DangerWords(msgspec.Struct, frozen=True, dict=True, forbid_unknown_fields=True):
    """The whole list in one version."""

    version: int
    groups: tuple[DangerGroup, ...]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        named = (
            f"(?P<g{place}>{'|'.join(_expression(word) for word in words)})"
            for place, group in enumerate(self.groups)
            if (words := sorted({w for some in group.words.values() for w in some}, key=len, reverse=True))
        )
        return re.compile(rf"(?<!\w)(?:{'|'.join(named)})(?!\w)", re.IGNORECASE)

    def find(self, text: str) -> tuple[DangerHit, ...]:
        """The words of danger in the text, in order."""
        if not self.groups:
            return ()
        return tuple(
            DangerHit(
                found.group(), self.groups[int((found.lastgroup or "g0")[1:])].id, found.start(), found.end()
            )
            for found in self._pattern.finditer(text)
        )


def read_danger_words(source: bytes, file: str) -> DangerWords:
    """The list from its file's text. Raises ContentError with every fault."""
    words = read_struct(source, DangerWords, file)
    faults: list[ContentFault] = []
    for group in words.groups:
        faults += check_texts(file, group.id, group.title)
        faults += [
            ContentFault(file, group.id, f"no words in “{lang}”.")
            for lang in LANGUAGES
            if not group.words.get(lang)
        ]
        faults += [
            ContentFault(file, group.id, f"“{word}” is too short to have any ending.")
            for some in group.words.values()
            for word in some
            if re.search(r"(^|\s)\w{0,2}\*", word)
        ]
    if faults:
        raise ContentError(faults)
    return words


def _expression(word: str) -> str:
    parts = (re.escape(part).replace(r"\*", r"\w*").replace("'", _APOSTROPHE) for part in word.split())
    return r"\s+".join(parts)
