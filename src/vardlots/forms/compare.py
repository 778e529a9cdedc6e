"""How an answer stands to a value: the operators of `enableWhen`, used by conditions of every kind."""

from collections.abc import Sequence

from vardlots.forms.model import Operator, Value


def is_declined(values: Sequence[Value]) -> bool:
    """Whether the person was asked and would not or could not tell."""
    return any(isinstance(value, dict) and value.get("declined") is True for value in values)


def satisfies(values: Sequence[Value], operator: Operator, expected: Value) -> bool:
    """Whether an answer stands in the relation `operator` to `expected`.

    FHIR R4: with several values one that fits is enough. Without a value every comparison is false, and
    `exists` is what `expected` says. A declined answer has no value.
    """
    present = [value for value in values if not (isinstance(value, dict) and value.get("declined"))]
    if operator is Operator.EXISTS:
        return bool(present) is bool(expected)
    return any(_one(value, operator, expected) for value in present)


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
    above, equal = left > right, left == right  # type: ignore[operator]
    return {
        Operator.GREATER: above,
        Operator.GREATER_OR_EQUAL: above or equal,
        Operator.LESS: not above and not equal,
        Operator.LESS_OR_EQUAL: not above,
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
