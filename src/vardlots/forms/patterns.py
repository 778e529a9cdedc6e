"""Regular expressions that somebody writes and a patient's answer is tried against.

Python's matcher tries one way after another through a text, and can try more ways than there are seconds: while it
does, nobody's page is answered. A pattern is taken only when the ways through it are few whatever is typed.
"""

from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

LONGEST_PATTERN = 500
# A way costs well under a microsecond for each sign of the answer: the worst pattern holds everybody up for a moment.
MOST_WAYS = 100_000
_REPEATS = (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT)


def is_quick(pattern: str, *, longest: int) -> bool:
    """Whether a pattern takes no time to speak of, whatever text of at most `longest` signs it is tried against.

    Raises `re.error` for what is no pattern.
    """
    return ways(pattern, longest=longest) <= MOST_WAYS


def ways(pattern: str, *, longest: int) -> int:
    """How many ways there are at most through a text of at most `longest` signs, from one place in it; one more than
    MOST_WAYS for all that are too many.

    Raises `re.error` for what is no pattern.
    """
    if len(pattern) > LONGEST_PATTERN:
        return MOST_WAYS + 1
    try:
        parts = parser.parse(pattern)
        return _few(max(_sequence(parts, longest), _steps(parts)))
    except (RecursionError, OverflowError):
        return MOST_WAYS + 1


def _steps(parts: Any) -> int:
    """How many steps the shortest way has: what is repeated counts as often, empty or not."""
    found = 1
    for what, how in parts:
        if what in _REPEATS:
            found += int(how[0]) * _steps(how[2])
        else:
            found += sum(_steps(one) for one in _inside(what, how))
    return found


def _inside(what: Any, how: Any) -> list[Any]:
    """The sequences inside a part that is no repeat."""
    if what is code.BRANCH:
        return list(how[1])
    if what is code.SUBPATTERN:
        return [how[3]]
    if what is code.ATOMIC_GROUP:
        return [how]
    if what in (code.ASSERT, code.ASSERT_NOT):
        return [how[1]]
    if what is code.GROUPREF_EXISTS:
        return [one for one in how[1:] if one is not None]
    return []


def _sequence(parts: Any, longest: int) -> int:
    found = 1
    for part in parts:
        found = _few(found * _part(part, longest))
    return found


def _part(part: Any, longest: int) -> int:
    what, how = part
    if what in _REPEATS:
        least, most, inner = how
        return _repeated(least, min(int(most), max(longest, least)), _sequence(inner, longest))
    inside = [_sequence(one, longest) for one in _inside(what, how)]
    if what is code.GROUPREF_EXISTS:
        return _few(sum(inside) + 1)
    return _few(sum(inside)) or 1


def _repeated(least: int, most: int, inner: int) -> int:
    if inner == 1 or most > MOST_WAYS:
        return _few(most - least + 1 if inner == 1 else MOST_WAYS + 1)
    found = 0
    for times in range(least, most + 1):
        found = _few(found + inner ** min(times, 20))
        if found > MOST_WAYS:
            break
    return found


def _few(number: int) -> int:
    return min(number, MOST_WAYS + 1)
