"""How much an evaluation may do. Every step of it is paid for before it is taken, so it ends."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fhirpathpy.engine.nodes import ResourceNode

LONGEST_TEXT = 5_000
MOST_VALUES = 20_000
MOST_DIGITS = 30

ONE_EXPRESSION = 100_000
"""Units of work for one expression: a unit is one node visited, one value looked at, one pair compared."""

ONE_STEP = 400_000
"""Units for all the expressions of one step of a form together."""


class TooMuch(ArithmeticError):
    """The evaluation would be larger than it may be."""


class Budget:
    """What is left to spend: of one step, and within it of the expression that is being evaluated."""

    def __init__(self, units: int = ONE_STEP) -> None:
        self._step = units
        self._left = min(units, ONE_EXPRESSION)

    def begin(self) -> None:
        """Begin an expression. Raises TooMuch when the step has nothing left."""
        if self._step <= 0:
            raise TooMuch("step")
        self._left = min(self._step, ONE_EXPRESSION)

    def spend(self, units: int) -> None:
        """Pay. Raises TooMuch."""
        self._left -= units
        self._step -= units
        if self._left < 0:
            raise TooMuch("work")

    def hold(self, values: Any) -> None:
        """Refuse what is too large to go on with: values, signs of a text, digits of a number. Raises TooMuch."""
        if not isinstance(values, list):
            values = [values]
        if len(values) > MOST_VALUES:
            raise TooMuch("values")
        if len(values) == 1:
            _hold_one(values[0])

    def size(self, values: Any) -> int:
        """How many values these are with all that lies within them, paid for while counting. Raises TooMuch."""
        found = 0
        waiting = list(values) if isinstance(values, list) else [values]
        while waiting:
            one = waiting.pop()
            if isinstance(one, ResourceNode):
                one = one.data
            found += 1
            self.spend(1)
            if isinstance(one, Mapping):
                waiting += one.values()
            elif isinstance(one, list):
                waiting += one
        return found


def _hold_one(value: Any) -> None:
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise TooMuch("text")
    elif isinstance(value, Decimal):
        if value and not (value.is_finite() and -MOST_DIGITS <= value.adjusted() <= MOST_DIGITS):
            raise TooMuch("number")
    elif isinstance(value, int) and value.bit_length() > 4 * MOST_DIGITS:
        raise TooMuch("number")
