"""Words of many short titles, found by their beginning, by a part of them, or in spite of a misspelling.

Swedish letters: `å`, `ä` and `ö` that are typed match only themselves; `a` and `o` that are typed match them
too, for keyboards without them. Accents on other letters are dropped.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from enum import IntEnum

_WORD = re.compile(r"[^\W_]+")
_SWEDISH = "åäö"
_FOLD = str.maketrans("åäö", "aao")


class Match(IntEnum):
    """How a word was found, best first."""

    WHOLE = 0
    START = 1
    INSIDE = 2
    FUZZY = 3
    FAR = 4


def plain(text: str) -> str:
    """Lower case, composed, with no accents but those of å, ä and ö."""
    out = []
    for sign in unicodedata.normalize("NFC", text.casefold()):
        out.append(sign if sign in _SWEDISH else unicodedata.normalize("NFD", sign)[0])
    return "".join(out)


def fold(text: str) -> str:
    """`plain` text with å and ä as a, ö as o; as long as before, so that places agree."""
    return text.translate(_FOLD)


def words(text: str) -> list[str]:
    """The words of a text, plain."""
    return _WORD.findall(plain(text))


class WordIndex:
    """Which titles (by their place in the sequence given) hold which words."""

    def __init__(self, titles: Iterable[Sequence[str]]) -> None:
        """`titles`: for each title, its words as `words` gives them."""
        holders: dict[str, array[int]] = defaultdict(lambda: array("i"))
        for number, title in enumerate(titles):
            for word in dict.fromkeys(title):
                holders[word].append(number)
        # By folded form, so that the words that begin alike lie together; the true spelling decides after.
        self._words = sorted(holders, key=lambda word: (fold(word), word))
        self._folded = [fold(word) for word in self._words]
        self._holders = [holders[word] for word in self._words]
        self._text = "\n" + "\n".join(self._folded) + "\n"
        self._starts: array[int] = array("i")
        place = 1
        for word in self._folded:
            self._starts.append(place)
            place += len(word) + 1
        grams: dict[str, array[int]] = defaultdict(lambda: array("i"))
        for number, word in enumerate(self._folded):
            for gram in _trigrams(word):
                grams[gram].append(number)
        self._grams = dict(grams)

    def find(self, token: str) -> dict[int, Match]:
        """Titles that hold the token (one plain word), each with its best kind of match."""
        found: dict[int, Match] = {}
        for place in self._beginning_with(token):
            kind = Match.WHOLE if len(self._words[place]) == len(token) else Match.START
            for title in self._holders[place]:
                found[title] = min(kind, found.get(title, kind))
        if len(token) > 2:
            for place in self._holding(token):
                for title in self._holders[place]:
                    found.setdefault(title, Match.INSIDE)
        if not found:
            for kind, place in self._like(token):
                for title in self._holders[place]:
                    found[title] = min(kind, found.get(title, kind))
        return found

    def near(self, token: str) -> set[int]:
        """Titles that hold a word one mistake away from the token."""
        return {title for _nearness, place in self._close(token, 1) for title in self._holders[place]}

    def _beginning_with(self, token: str) -> Iterable[int]:
        folded = fold(token)
        place = bisect_left(self._folded, folded)
        while place < len(self._folded) and self._folded[place].startswith(folded):
            if spelt_as(token, self._words[place], 0):
                yield place
            place += 1

    def _holding(self, token: str) -> Iterable[int]:
        folded = fold(token)
        at = self._text.find(folded)
        while at >= 0:
            place = bisect_left(self._starts, at + 1) - 1
            if spelt_as(token, self._words[place], at - self._starts[place]):
                yield place
            at = self._text.find(folded, at + 1)

    def _like(self, token: str) -> Iterable[tuple[Match, int]]:
        """Words one mistake away, two from seven letters on; FAR are those beyond the best."""
        close = self._close(token, 1 if len(token) < 7 else 2)
        nearest = min((nearness for nearness, _place in close), default=None)
        for nearness, place in close:
            yield (Match.FUZZY if nearness == nearest else Match.FAR), place

    def _close(self, token: str, allowed: int) -> list[tuple[tuple[int, int], int]]:
        """Words at most `allowed` mistakes away, each with how near it is: the least is the nearest."""
        if len(token) < 4 or token.isdigit():
            return []
        folded = fold(token)
        grams = _trigrams(folded)
        shared: Counter[int] = Counter()
        for gram in grams:
            shared.update(self._grams.get(gram, ()))
        # A mistake spoils at most three of a word's trigrams (four where two letters changed places).
        least = max(1, len(grams) - 4 * allowed)
        close: list[tuple[tuple[int, int], int]] = []
        for place, count in shared.items():
            word = self._folded[place]
            if count >= least and abs(len(word) - len(folded)) <= allowed:
                distance = _distance(folded, word, allowed)
                if distance <= allowed:
                    # People seldom miss the first letters: of two as near, the one that begins alike.
                    close.append(((distance, -_alike(folded, word)), place))
        return close


def spelt_as(token: str, word: str, at: int) -> bool:
    """Whether a word that agrees when folded is spelt so from `at` on: å, ä and ö that are typed are meant."""
    part = word[at : at + len(token)]
    if token == part:
        return True
    return all(sign == other or sign not in _SWEDISH for sign, other in zip(token, part, strict=True))


def _alike(left: str, right: str) -> int:
    length = 0
    for sign, other in zip(left, right, strict=False):
        if sign != other:
            break
        length += 1
    return length


def _trigrams(word: str) -> set[str]:
    padded = f"  {word} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def _distance(left: str, right: str, most: int) -> int:
    """Letters added, dropped, changed, or two that changed places; `most` + 1 when there are more."""
    before: list[int] = []
    last = list(range(len(right) + 1))
    for row, sign in enumerate(left, 1):
        line = [row]
        for column, other in enumerate(right, 1):
            cost = min(last[column] + 1, line[-1] + 1, last[column - 1] + (sign != other))
            if row > 1 and column > 1 and sign == right[column - 2] and left[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        if min(line) > most:
            return most + 1
        before, last = last, line
    return last[-1]
