"""The protocols of a folder, in every version, and finding the right one."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path

import msgspec

from vardlots.forms.faults import ContentError, ContentFault, Told
from vardlots.forms.text import Text, said_in, say
from vardlots.triage.authoring import (
    NO_COMMON,
    AuthoredCommon,
    AuthoredProtocol,
    compile_protocol,
    read_common,
    read_protocol,
)
from vardlots.triage.checks import check_protocol
from vardlots.triage.danger import DangerWords, read_danger_words
from vardlots.triage.model import Protocol, Subject

COMMON = "common"
VIGNETTES = "vignettes"
NEARLY = 0.8
# Words that say nothing of the complaint: *jag har ont i magen*.
_FILLERS: Text = {
    "sv": "jag har är i på en ett den det min mitt mina mig som så och av till med för fått känner",
    "en": "a an the my have has is am feel of in on with and got it",
}
SAVED_FROM = 1000
"""Versions of files are below this number, those that a provider has saved above it: the two never meet."""


class Complaint(msgspec.Struct, frozen=True):
    """Something one can seek care for: what it is called and found by, and the protocol that asks about it."""

    code: str
    title: Text
    search_words: Mapping[str, tuple[str, ...]]
    protocol: Protocol


class Match(msgspec.Struct, frozen=True):
    """A complaint found by a search, with the word of its list that matched and how well (1 is whole)."""

    complaint: Complaint
    word: str
    score: float


def search(
    complaints: Iterable[Complaint], text: str, lang: str = "sv", subject: Subject | None = None
) -> tuple[Match, ...]:
    """The complaints whose name or search words the text comes near, best first; all of them for no text.

    Beginnings of words and small slips of spelling match. With a subject, those not made for their age
    are left out.
    """
    suited = [one for one in complaints if subject is None or one.protocol.suits(subject)]
    written = _words(text)
    wanted = [word for word in written if word not in _words(" ".join(_FILLERS.values()))] or written
    if not wanted:
        return tuple(Match(one, "", 0.0) for one in sorted(suited, key=lambda one: say(one.title, lang)))
    matches = (_match(one, wanted, lang) for one in suited)
    found = [match for match in matches if match.score >= NEARLY]
    return tuple(sorted(found, key=lambda m: (-m.score, len(_words(m.word)), say(m.complaint.title, lang))))


class Catalogue:
    """Every protocol in every version, as the product comes with them. `commons` stand before them."""

    def __init__(
        self, protocols: Iterable[Protocol], danger: DangerWords, commons: Mapping[int, AuthoredCommon]
    ) -> None:
        self._protocols = {(protocol.code, protocol.version): protocol for protocol in protocols}
        self.danger = danger
        self.commons = commons

    def protocol(self, code: str, version: int | None = None) -> Protocol:
        """The protocol in that version, or the newest. Raises LookupError."""
        if version is None:
            version = max((v for c, v in self._protocols if c == code), default=0)
        if (code, version) not in self._protocols:
            raise LookupError(f"no protocol {code} version {version}")
        return self._protocols[code, version]

    def newest(self) -> tuple[Protocol, ...]:
        """Each protocol in its newest version, by code."""
        return tuple(self.protocol(code) for code in sorted({code for code, _ in self._protocols}))

    def every_version(self) -> Iterator[Protocol]:
        """All protocols in all versions."""
        yield from self._protocols.values()

    def complaints(self) -> tuple[Complaint, ...]:
        """What one can seek care for where nobody has configured anything."""
        return tuple(
            Complaint(p.code, p.title, p.search_words, p) for p in self.newest() if p.kind == "complaint"
        )


def load_protocols(folder: Path) -> Catalogue:
    """The protocols in `folder/<code>/v<version>.toml`; `common/` and `danger_words.toml` stand beside them.

    Raises ContentError with every fault of every file: whatever cannot be read, and whatever
    `checks.check_protocol` finds.
    """
    faults: list[ContentFault] = []
    danger = DangerWords(0, ())
    try:
        danger = read_danger_words(_bytes(folder / "danger_words.toml"), "danger_words.toml")
    except ContentError as wrong:
        faults += wrong.faults
    commons: dict[int, AuthoredCommon] = {}
    for path, file in _files(folder, COMMON):
        try:
            common = read_common(path.read_bytes(), file)
            faults += _misplaced(file, f"{COMMON}/v{common.version}.toml", COMMON)
            commons[common.version] = common
        except ContentError as wrong:
            faults += wrong.faults
    protocols: list[Protocol] = []
    for path, file in _files(folder):
        try:
            protocols.append(_load(path, file, commons, danger))
        except ContentError as wrong:
            faults += wrong.faults
    if faults:
        raise ContentError(faults)
    return Catalogue(protocols, danger, commons)


def _load(path: Path, file: str, commons: dict[int, AuthoredCommon], danger: DangerWords) -> Protocol:
    written = read_protocol(path.read_bytes(), file)
    faults = _misplaced(file, f"{written.code}/v{written.version}.toml", written.code)
    if written.version >= SAVED_FROM:
        too_high = {
            "sv": "versioner från {number} är vårdgivarnas egna.",
            "en": "versions from {number} are the providers' own.",
        }
        faults.append(ContentFault(file, "version", Told(too_high, number=SAVED_FROM)))
    try:
        protocol = whole_protocol(written, commons, danger, file)
    except ContentError as wrong:
        raise ContentError([*faults, *wrong.faults]) from None
    faults += check_protocol(protocol)
    if faults:
        raise ContentError(faults)
    return protocol


def whole_protocol(
    written: AuthoredProtocol, commons: Mapping[int, AuthoredCommon], danger: DangerWords, file: str
) -> Protocol:
    """The protocol with its common part before it. Raises ContentError."""
    if written.kind == "service" and written.common is None:
        return compile_protocol(written, NO_COMMON, danger, file)
    if written.common is None or written.common not in commons:
        missing = {
            "sv": "det finns ingen gemensam del med version {version}.",
            "en": "there is no common/v{version}.toml.",
        }
        raise ContentError([ContentFault(file, "common", Told(missing, version=written.common or "–"))])
    return compile_protocol(written, commons[written.common], danger, file)


def _files(folder: Path, only: str | None = None) -> list[tuple[Path, str]]:
    """The version files of one folder, or of every folder that holds a protocol."""
    return [
        (path, path.relative_to(folder).as_posix())
        for path in sorted(folder.glob("*/*.toml"))
        if (path.parent.name == only if only else path.parent.name not in (COMMON, VIGNETTES))
    ]


def _misplaced(file: str, expected: str, id: str) -> list[ContentFault]:
    return (
        []
        if file == expected
        else [
            ContentFault(
                file,
                id,
                Told(
                    {
                        "sv": "efter kod och version hör den hemma i {place}.",
                        "en": "by its code and version it belongs in {place}.",
                    },
                    place=expected,
                ),
            )
        ]
    )


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise ContentError([ContentFault(path.name, "", Told({"sv": "finns inte.", "en": "is not there."}))])
    return path.read_bytes()


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _match(complaint: Complaint, wanted: list[str], lang: str) -> Match:
    """How well the wanted words are met: the mean over them of the best of the complaint's words for each."""
    # A complaint that is called nothing in the language is found by what it is called on the page.
    words = complaint.search_words.get(lang) or complaint.search_words.get(said_in(complaint.title, lang), ())
    phrases = [say(complaint.title, lang), *words]
    # Of words as near, the shortest: who writes what a complaint is called means that one.
    best = max(phrases, key=lambda phrase: (_nearness(wanted, _words(phrase)), -len(_words(phrase))))
    return Match(complaint, best, _nearness(wanted, _words(best)))


def _nearness(wanted: list[str], words: list[str]) -> float:
    scores = [max((_likeness(want, word) for word in words), default=0.0) for want in wanted]
    return sum(scores) / len(scores)


def _likeness(want: str, word: str) -> float:
    if want == word:
        return 1.0
    if len(want) > 2 and word.startswith(want):
        return 0.95
    # Not every keyboard has å, ä and ö.
    if _plain(want) == _plain(word):
        return 0.9
    if len(want) > 4 and _one_slip(_plain(want), _plain(word)):
        return 0.85
    if len(want) > 3 and len(word) > 3:
        return SequenceMatcher(None, want, word).ratio() * 0.95
    return 0.0


@lru_cache(4096)
def _plain(word: str) -> str:
    """The letters without what stands above them."""
    return "".join(sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign))


def _one_slip(one: str, other: str) -> bool:
    """Whether one letter is another, too many or too few, or two have changed places."""
    at = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    one, other = one[at:], other[at:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return max(len(one), len(other)) <= 1 or (len(one) == 2 and one == other[::-1])
