"""FHIRPath functions as the engine evaluates them: the library's, each within bounds, and a few of our own.

Ours are those that the library answers wrongly for values of a form (`sum` of answers), reads the wrong clock for
(`today`), has no bound for (`repeat`), or does not have (`weight`, `ordinal`). Missing values stay missing: the sum
of no answers is no value, never 0.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeAlias

from vardlots.forms.calculations.budget import LONGEST_TEXT, Budget, TooMuch
from vardlots.forms.calculations.library import FP_DateTime, FP_Time, children, plain, registry
from vardlots.forms.patterns import is_quick, ways
from vardlots.platform import clock

Context: TypeAlias = dict[str, Any]
Function: TypeAlias = Callable[..., Any]

SCORES = (
    "http://hl7.org/fhir/StructureDefinition/itemWeight",
    "http://hl7.org/fhir/StructureDefinition/ordinalValue",
    "http://hl7.org/fhir/StructureDefinition/questionnaire-ordinalValue",
)
# These look at everything once, those at everything for everything.
_WHOLE = {"union", "combine", "isDistinct", "distinct", "|", "=", "!=", "children"}
_PAIRS = {"exclude", "subsetOf", "supersetOf", "intersect", "~", "!~", "containsOp", "inOp"}
# A way through a text takes a few nanoseconds, a unit of work a few microseconds.
_WAYS_A_UNIT = 1_000
# `trace` writes what it is given to the log.
_REFUSED = {"trace", "replaceMatches", "decode"}


def _numbers(data: Sequence[Any]) -> list[Any]:
    found = [plain(one) for one in data]
    if any(isinstance(one, bool) or not isinstance(one, int | Decimal) for one in found):
        raise TypeError("numbers only")
    return found


def _sum(_context: Context, data: Sequence[Any]) -> Any:
    found = _numbers(data)
    return sum(found) if found else []


def _average(_context: Context, data: Sequence[Any]) -> Any:
    found = _numbers(data)
    return Decimal(sum(found)) / len(found) if found else []


def _least(_context: Context, data: Sequence[Any]) -> Any:
    return min(plain(one) for one in data) if data else []


def _most(_context: Context, data: Sequence[Any]) -> Any:
    return max(plain(one) for one in data) if data else []


def _today(_context: Context, _data: Sequence[Any]) -> Any:
    return FP_DateTime(clock.today().isoformat())


def _now(_context: Context, _data: Sequence[Any]) -> Any:
    return FP_DateTime(clock.local(clock.now()).isoformat(timespec="seconds"))


def _time_of_day(_context: Context, _data: Sequence[Any]) -> Any:
    return FP_Time(clock.local(clock.now()).time().isoformat(timespec="seconds"))


def _weight(_context: Context, data: Sequence[Any]) -> list[Any]:
    """The score of each coding, or of the coding in each answer; nothing where there is none."""
    return [score for one in data if (score := _score(plain(one))) is not None]


def _score(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return None
    inner = next(
        (value[key] for key in ("valueCoding", "value") if isinstance(value.get(key), Mapping)), value
    )
    for extension in inner.get("extension", ()):
        if extension.get("url") in SCORES and "valueDecimal" in extension:
            return plain(extension["valueDecimal"])
    return None


def _descendants(context: Context, data: Sequence[Any]) -> list[Any]:
    """Everything below, level by level: the library's, without copying what it has at each step."""
    budget: Budget = context["budget"]
    found: list[Any] = []
    level: list[Any] = list(data)
    while level:
        below: list[Any] = []
        for one in level:
            below.extend(children(context, [one]))
            budget.spend(1)
        budget.spend(len(below))
        found += below
        level = below
    return found


def _repeat(context: Context, data: Sequence[Any], expression: Callable[[Any], list[Any]]) -> list[Any]:
    """What the expression gives, and what it gives of that, until nothing new comes or the budget is spent."""
    budget: Budget = context["budget"]
    found: list[Any] = []
    seen: set[object] = set()
    waiting = list(data)
    while waiting:
        following: list[Any] = []
        for one in waiting:
            for value in expression(one):
                budget.spend(1)
                key = _identity(value)
                if key not in seen:
                    seen.add(key)
                    following.append(value)
        found += following
        waiting = following
    return found


def _identity(value: Any) -> object:
    data = plain(value)
    return id(data) if isinstance(data, Mapping | list) else (type(data), str(data))


def _select(context: Context, data: Sequence[Any], expression: Callable[[Any], list[Any]]) -> list[Any]:
    budget: Budget = context["budget"]
    found: list[Any] = []
    for index, one in enumerate(data):
        context["$index"] = index
        found.extend(expression(one))
        budget.hold(found)
    return found


def _where(context: Context, data: Sequence[Any], expression: Callable[[Any], list[Any]]) -> list[Any]:
    """What the expression is true of. The library asks twice of each, and so 2ⁿ times where n stand in each other."""
    found: list[Any] = []
    for index, one in enumerate(data):
        context["$index"] = index
        answer = expression(one)
        if answer and plain(answer[0]) is True:
            found.append(one)
    return found


def _exists(
    context: Context, data: Sequence[Any], expression: Callable[[Any], list[Any]] | None = None
) -> bool:
    return bool(data if expression is None else _where(context, data, expression))


def _single(_context: Context, data: Sequence[Any]) -> list[Any]:
    if len(data) > 1:
        raise ValueError("more than one")
    return list(data)


def _matches(context: Context, data: Sequence[Any], pattern: Any) -> Any:
    """Whether the pattern is in the text, paid for: it is read anew, and every way is tried from every sign."""
    if not pattern or not data:
        return []
    if not isinstance(pattern, str) or not is_quick(pattern, longest=LONGEST_TEXT):
        raise TooMuch("pattern")
    budget: Budget = context["budget"]
    length = max(len(str(plain(one))) for one in data)
    budget.spend(len(pattern) + length * ways(pattern, longest=length) // _WAYS_A_UNIT)
    return _LIBRARY["matches"]["fn"](context, data, pattern)


def _replace(context: Context, data: Sequence[Any], old: Any, new: Any) -> Any:
    texts = [plain(one) for one in data]
    if any(isinstance(one, str) and len(one) * (len(str(new)) + 1) > LONGEST_TEXT for one in texts):
        raise TooMuch("text")
    return _LIBRARY["replace"]["fn"](context, data, old, new)


def _join(context: Context, data: Sequence[Any], separator: Any = "") -> Any:
    if sum(len(str(plain(one))) + len(str(separator)) for one in data) > LONGEST_TEXT:
        raise TooMuch("text")
    return _LIBRARY["join"]["fn"](context, data, separator)


def _round(_context: Context, data: Sequence[Any], decimals: Any = 0) -> Any:
    """Half away from zero, as FHIRPath says; the library rounds half to the even neighbour."""
    if not data or decimals == []:
        return []
    if not 0 <= decimals <= 15:
        raise TooMuch("decimals")
    (number,) = _numbers(data)
    return Decimal(number).quantize(Decimal(1).scaleb(-int(decimals)), rounding=ROUND_HALF_UP)


_LIBRARY: Mapping[str, Mapping[str, Any]] = registry
_OWN: Mapping[str, Mapping[str, Any]] = {
    "sum": {"fn": _sum},
    "avg": {"fn": _average},
    "min": {"fn": _least},
    "max": {"fn": _most},
    "today": {"fn": _today},
    "now": {"fn": _now},
    "timeOfDay": {"fn": _time_of_day},
    "weight": {"fn": _weight},
    "ordinal": {"fn": _weight},
    "descendants": {"fn": _descendants},
    "repeat": {"fn": _repeat, "arity": {1: ["Expr"]}},
    "select": {"fn": _select, "arity": {1: ["Expr"]}},
    "where": {"fn": _where, "arity": {1: ["Expr"]}},
    "exists": {"fn": _exists, "arity": {0: [], 1: ["Expr"]}},
    "single": {"fn": _single},
    "matches": {"fn": _matches, "arity": {1: ["String"]}, "nullable_input": True},
    "replace": {"fn": _replace, "arity": {2: ["String", "String"]}, "nullable_input": True},
    "join": {"fn": _join, "arity": {0: [], 1: ["String"]}},
    "round": {"fn": _round, "arity": {0: [], 1: ["Number"]}},
}


def _paying(function: Function, *, pairs: bool) -> Function:
    """The function, paid for by all that it looks at or compares before it begins."""

    def paid(context: Context, *collections: Any) -> Any:
        budget: Budget = context["budget"]
        sizes = [budget.size(one) for one in collections]
        if pairs:
            budget.spend(sizes[0] * sizes[1] // 4)
        return function(context, *collections)

    return paid


def _table() -> Mapping[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = dict(_LIBRARY)
    found.update(_OWN)
    for name in _WHOLE | _PAIRS:
        found[name] = {**found[name], "fn": _paying(found[name]["fn"], pairs=name in _PAIRS)}
    return {name: entry for name, entry in found.items() if name not in _REFUSED}


TABLE: Mapping[str, Mapping[str, Any]] = _table()
"""Name → function with the kinds of its arguments, in the library's form."""

REFUSED: frozenset[str] = frozenset(_REFUSED)
