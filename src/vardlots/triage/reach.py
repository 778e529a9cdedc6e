"""Can a condition ever hold, and which way does it go when a finding gets worse?

Both are worked out exactly, which the language of conditions allows: it has no "not", and every comparison is
about one question. A condition is unfolded into alternatives, each a list of comparisons that must hold at
once, and a question's comparisons can hold at once when some answer to it satisfies them all.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from math import prod

from vardlots.forms.compare import satisfies
from vardlots.forms.expressions import All, AtLeast, Compare, Condition, Either, comparisons
from vardlots.forms.model import Form, Item, ItemType, Operator, Value
from vardlots.triage.model import Meaning

CHILD_UNTIL = 18
# Alternatives that a condition may unfold into; the files' largest has some hundred.
MOST_ALTERNATIVES = 20_000


class TooLarge(ValueError):
    """The condition unfolds into more alternatives than can be looked at."""


def shown_when(form: Form, link_id: str) -> Condition | None:
    """The condition for a question to be shown, not those of the questions it rests on; None: always."""
    place = form.places[link_id]
    parts: list[Condition] = []
    for item in (*place.inside, place.item):
        if not item.enable_when:
            continue
        by_question: dict[tuple[str, Operator], list[Value]] = {}
        for when in item.enable_when:
            by_question.setdefault((when.question, when.operator), []).append(when.answer)
        if item.enable_behavior == "any":
            any_of = tuple(
                Compare(q, operator, tuple(values)) for (q, operator), values in by_question.items()
            )
            parts.append(any_of[0] if len(any_of) == 1 else Either(any_of))
        else:
            parts += [Compare(when.question, when.operator, (when.answer,)) for when in item.enable_when]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def can_hold(condition: Condition, form: Form, ages: range) -> bool:
    """Whether some answers at these ages make the condition true, its questions being shown. Raises TooLarge."""
    whole = _with_showing(condition, form, frozenset(), iter(range(MOST_ALTERNATIVES)))
    if _count(whole) > MOST_ALTERNATIVES:
        raise TooLarge
    return any(_together(alternative, form, ages) for alternative in _alternatives(whole))


def can_show(form: Form, link_id: str, ages: range) -> bool:
    """Whether some answers make the question appear."""
    condition = shown_when(form, link_id)
    return condition is None or can_hold(condition, form, ages)


def _with_showing(condition: Condition, form: Form, seen: frozenset[str], left: Iterator[int]) -> Condition:
    """The condition with, beside each comparison, what it takes for its question to be shown.

    Where each question rests on two others that do too, it doubles with every step: `left` has as many steps as it
    may take. Raises TooLarge.
    """
    if next(left, None) is None:
        raise TooLarge
    if isinstance(condition, Compare):
        needed = None if condition.question in seen else shown_when(form, condition.question)
        if needed is None:
            return condition
        return All((condition, _with_showing(needed, form, seen | {condition.question}, left)))
    parts = tuple(_with_showing(part, form, seen, left) for part in condition.parts)
    if isinstance(condition, AtLeast):
        return AtLeast(condition.count, parts)
    return All(parts) if isinstance(condition, All) else Either(parts)


def _count(condition: Condition) -> int:
    """How many alternatives `_alternatives` gives."""
    if isinstance(condition, Compare):
        return 1
    parts = [_count(part) for part in condition.parts]
    if isinstance(condition, Either):
        return sum(parts)
    chosen = condition.count if isinstance(condition, AtLeast) else len(parts)
    # Of so many parts so many at once: the sum, over every choice, of the product of its parts.
    ways = [1, *[0] * chosen]
    for part in parts:
        for some in range(chosen, 0, -1):
            ways[some] += ways[some - 1] * part
    return ways[chosen]


def _alternatives(condition: Condition) -> Iterator[tuple[Compare, ...]]:
    if isinstance(condition, Compare):
        yield (condition,)
    elif isinstance(condition, Either):
        for part in condition.parts:
            yield from _alternatives(part)
    else:
        count = condition.count if isinstance(condition, AtLeast) else len(condition.parts)
        for chosen in combinations(condition.parts, count):
            for some in product(*(tuple(_alternatives(part)) for part in chosen)):
                yield tuple(compare for part in some for compare in part)


def _together(alternative: Sequence[Compare], form: Form, ages: range) -> bool:
    by_question: dict[str, list[Compare]] = {}
    for compare in alternative:
        by_question.setdefault(compare.question, []).append(compare)
    if any(True in compare.values for compare in by_question.get("child", ())):
        ages = range(ages.start, min(ages.stop, CHILD_UNTIL))
    return all(_answerable(form.places[q].item, found, ages) for q, found in by_question.items())


def _answerable(item: Item, found: Sequence[Compare], ages: range) -> bool:
    if item.repeats and item.answer_option:
        alone = {option.code for option in item.answer_option if option.exclusive}
        wanted = [compare.values for compare in found if compare.operator is Operator.EQUAL]
        if prod(len(values) for values in wanted) > MOST_ALTERNATIVES:
            raise TooLarge
        return any(
            len(set(map(str, some))) < 2 or not alone & set(map(str, some)) for some in product(*wanted)
        )
    return any(
        all(any(satisfies((value,), c.operator, expected) for expected in c.values) for c in found)
        for value in _possible(item, found, ages)
    )


def _possible(item: Item, found: Sequence[Compare], ages: range) -> Iterator[Value]:
    """Answers enough to tell whether any would do."""
    if item.link_id == "age":
        yield from ages
    elif item.answer_option:
        yield from (option.code for option in item.answer_option)
    elif item.type is ItemType.BOOLEAN:
        yield from (True, False)
    elif item.type in (ItemType.INTEGER, ItemType.DECIMAL, ItemType.QUANTITY):
        low = item.min_value if isinstance(item.min_value, int | float) else float("-inf")
        high = item.max_value if isinstance(item.max_value, int | float) else float("inf")
        step = 1 if item.type is ItemType.INTEGER else 0.001
        limits = [_number(value) for compare in found for value in compare.values]
        for number in {low, high, *(n + move for n in limits for move in (-step, 0, step))}:
            if low <= number <= high:
                yield {"value": number, "unit": item.unit or ""} if item.type is ItemType.QUANTITY else number
    else:
        yield "x"


def _number(value: Value) -> float:
    if isinstance(value, dict):
        return float(value.get("value", 0))
    return float(value) if isinstance(value, int | float) else 0.0


def ranks(item: Item, meaning: Meaning) -> Mapping[Value, int]:
    """Answer → gravity, for a question whose single answers are ranked; what is missing cannot be ranked."""
    if item.type is ItemType.BOOLEAN and meaning.worse:
        return {True: int(meaning.worse == "yes"), False: int(meaning.worse == "no")}
    return {code: option.severity for code, option in meaning.options.items() if option.severity is not None}


def rises(compare: Compare, item: Item, meaning: Meaning | None) -> bool:
    """Whether a comparison that holds still holds when the answer gets worse."""
    return _keeps(compare, item, meaning, 1)


def falls(compare: Compare, item: Item, meaning: Meaning | None) -> bool:
    """Whether a comparison that holds still holds when the answer gets milder."""
    return _keeps(compare, item, meaning, -1)


def _keeps(compare: Compare, item: Item, meaning: Meaning | None, way: int) -> bool:
    if meaning is None or meaning.unordered or compare.operator is Operator.EXISTS:
        return True
    if item.repeats and item.answer_option:
        alone = {option.code for option in item.answer_option if option.exclusive}
        return all((value in alone) is (way < 0) for value in compare.values)
    if item.answer_option or item.type is ItemType.BOOLEAN:
        rank = ranks(item, meaning)
        inside = {
            value for value in rank if any(satisfies((value,), compare.operator, v) for v in compare.values)
        }
        return all(
            better in inside for value in inside for better in rank if way * rank[better] > way * rank[value]
        )
    towards = {
        Operator.GREATER: 1,
        Operator.GREATER_OR_EQUAL: 1,
        Operator.LESS: -1,
        Operator.LESS_OR_EQUAL: -1,
    }
    grave = {"higher": 1, "lower": -1}.get(meaning.worse or "", 0)
    return towards.get(compare.operator, 0) * grave == way


def questions_in(condition: Condition) -> tuple[str, ...]:
    """The questions a condition is about, each once, in order."""
    return tuple(dict.fromkeys(compare.question for compare in comparisons(condition)))
