"""How an answer stands to a value: the operators of `enableWhen`, used by conditions of every kind."""

from collections.abc import Sequence

from vardlots.forms.model import Item, ItemType, Operator, OptionKind, Value
from vardlots.forms.moments import order, parts_of

_MOMENTS = (ItemType.DATE, ItemType.DATE_TIME, ItemType.TIME)
_CHOICES = (ItemType.CHOICE, ItemType.OPEN_CHOICE)


def is_declined(values: Sequence[Value]) -> bool:
    """Whether the person was asked and would not or could not tell."""
    return any(isinstance(value, dict) and value.get("declined") is True for value in values)


def satisfies(
    values: Sequence[Value],
    operator: Operator,
    expected: Value,
    *,
    system: str | None = None,
    item: Item | None = None,
) -> bool:
    """Whether an answer stands in the relation `operator` to `expected`.

    FHIR R4: with several values one that fits is enough. Without a value every comparison is false, and
    `exists` is what `expected` says. A declined answer has no value. `item` is the question: with it dates and times
    are compared as such, units by what they are, and codes in the code system `system` where one is asked for.
    """
    present = [value for value in values if not (isinstance(value, dict) and value.get("declined"))]
    if operator is Operator.EXISTS:
        return bool(present) is bool(expected)
    if item is not None and item.type in _MOMENTS:
        return any(_moments(value, operator, expected) for value in present)
    if item is not None and item.type in _CHOICES:
        return any(_chosen(item, value, operator, expected, system) for value in present)
    if item is not None and item.type is ItemType.QUANTITY:
        expected = _in_answers_unit(item, expected)
    return any(_one(value, operator, expected) for value in present)


def _moments(value: Value, operator: Operator, expected: Value) -> bool:
    left, right = parts_of(value), parts_of(expected)
    if left is None or right is None:
        return _one(value, operator, expected) if operator in (Operator.EQUAL, Operator.NOT_EQUAL) else False
    found = order(left, right)
    return found is not None and _fits(found, operator)


def _chosen(item: Item, value: Value, operator: Operator, expected: Value, system: str | None) -> bool:
    option = item.option(value) if isinstance(value, str) else None
    if option is None:
        return _one(value, operator, expected)
    if option.kind is OptionKind.INTEGER:
        return _one(_number(option.code), operator, _number(expected))
    if option.kind in (OptionKind.DATE, OptionKind.TIME):
        return _moments(option.code, operator, expected)
    if operator not in (Operator.EQUAL, Operator.NOT_EQUAL):
        return option.kind is OptionKind.STRING and _one(option.code, operator, expected)
    same = _same(option.code, _plain(expected)) and (not system or system == option.system)
    return same is (operator is Operator.EQUAL)


def _number(value: Value) -> Value:
    return int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else value


def _in_answers_unit(item: Item, expected: Value) -> Value:
    """A quantity with its unit called what answers call it: FHIR may give the unit's code, or its name."""
    if not isinstance(expected, dict):
        return expected
    names = {expected.get("unit"), expected.get("code")} - {None, ""}
    offered = (*item.unit_options, *((item.unit_coding,) if item.unit_coding else ()))
    for unit in offered:
        if names & {unit.code, unit.display}:
            return {"value": expected.get("value"), "unit": unit.display or unit.code}
    if item.unit and (not names or item.unit in names):
        return {"value": expected.get("value"), "unit": item.unit}
    return {"value": expected.get("value"), "unit": expected.get("unit") or expected.get("code") or ""}


def _one(value: Value, operator: Operator, expected: Value) -> bool:
    left, right = _plain(value), _plain(expected)
    unlike = (
        isinstance(value, dict) and isinstance(expected, dict) and value.get("unit") != expected.get("unit")
    )
    if operator is Operator.EQUAL:
        return not unlike and _same(left, right)
    if operator is Operator.NOT_EQUAL:
        return unlike or not _same(left, right)
    if unlike:
        return False
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    if isinstance(left, int | float) and isinstance(right, int | float):
        return _ordered(left, right, operator)
    if isinstance(left, str) and isinstance(right, str):
        return _ordered(left, right, operator)
    return False


def _ordered(left: float | str, right: float | str, operator: Operator) -> bool:
    return _fits((left > right) - (left < right), operator)  # type: ignore[operator]


def _fits(found: int, operator: Operator) -> bool:
    return {
        Operator.EQUAL: found == 0,
        Operator.NOT_EQUAL: found != 0,
        Operator.GREATER: found > 0,
        Operator.GREATER_OR_EQUAL: found >= 0,
        Operator.LESS: found < 0,
        Operator.LESS_OR_EQUAL: found <= 0,
    }[operator]


def _same(left: object, right: object) -> bool:
    """Equal, but never a boolean with a number: Python holds True and 1 for the same."""
    return isinstance(left, bool) is isinstance(right, bool) and left == right


def _plain(value: Value) -> object:
    """The value within an answer object."""
    if isinstance(value, dict):
        for key in ("value", "id", "other"):
            if key in value:
                return value[key]
    return value
