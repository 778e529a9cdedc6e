"""From what an expression gave to an answer of an item, or nothing where it does not fit."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from vardlots.forms.calculations.library import FP_Quantity, FP_TimeBase, ResourceNode
from vardlots.forms.model import Item, ItemType, Option, Value

MOST_DECIMALS = 9


class DoesNotFit(ValueError):
    """A value that is no answer to the item."""


def answers_from(item: Item, found: Sequence[Any]) -> list[Value]:
    """The item's answers. Raises DoesNotFit, for several values where the item takes one, too."""
    values = [_plain(one) for one in found]
    values = [one for one in values if one is not None and one != "" and one != {}]
    if len(values) > 1 and not item.repeats:
        raise DoesNotFit("several")
    return [_answer(item, one) for one in values]


def is_true(found: Sequence[Any]) -> bool:
    """Whether an expression that is a condition holds: one value, and that true."""
    return len(found) == 1 and _plain(found[0]) is True


def _plain(value: Any) -> Any:
    if isinstance(value, ResourceNode):
        value = value.data
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, FP_Quantity):
        return {"value": value.value, "unit": str(value.unit or "").strip("'")}
    return str(value) if isinstance(value, FP_TimeBase) else value


def _answer(item: Item, value: Any) -> Value:
    match item.type:
        case ItemType.BOOLEAN:
            return _typed(value, bool)
        case ItemType.INTEGER:
            return _whole(value)
        case ItemType.DECIMAL:
            return _rounded(item, value)
        case ItemType.QUANTITY:
            return _quantity(item, value)
        case ItemType.CHOICE | ItemType.OPEN_CHOICE:
            return _choice(item, value)
        case ItemType.ATTACHMENT | ItemType.GROUP | ItemType.DISPLAY:
            raise DoesNotFit("type")
        case _:
            return _text(value)


def _typed(value: Any, kind: type[bool]) -> bool:
    if not isinstance(value, kind):
        raise DoesNotFit("type")
    return value


def _number(value: Any) -> Decimal:
    if isinstance(value, Mapping):
        value = value.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise DoesNotFit("type")
    return Decimal(str(value))


def _whole(value: Any) -> int:
    number = _number(value)
    if number != number.to_integral_value():
        raise DoesNotFit("decimals")
    return int(number)


def _rounded(item: Item, value: Any) -> float | int:
    """Rounded as the item says, half up, as people round."""
    number = _number(value)
    decimals = MOST_DECIMALS if item.max_decimals is None else min(item.max_decimals, MOST_DECIMALS)
    number = number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return int(number) if number == number.to_integral_value() else float(number)


def _quantity(item: Item, value: Any) -> dict[str, Any]:
    unit = str(value.get("unit") or "") if isinstance(value, Mapping) else ""
    return {"value": _rounded(item, value), "unit": unit or item.unit or ""}


def _choice(item: Item, value: Any) -> Value:
    option = next((one for one in item.answer_option if _is(one, value)), None)
    if option is not None:
        return option.code
    if item.type is ItemType.OPEN_CHOICE and isinstance(value, str):
        return {"other": value}
    raise DoesNotFit("option")


def _is(option: Option, value: Any) -> bool:
    code = option.code if option.value is None else option.value
    if isinstance(value, Mapping):
        return value.get("code") == code and (
            not option.system or value.get("system") in (None, option.system)
        )
    return str(value) == code


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise DoesNotFit("type")
    return str(value)
