"""Whole numbers from outside: plain digits that fit, nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vardlots.platform.errors import NotFound
from vardlots.platform.numbers import ID_DIGITS, id_sent, whole


@given(st.integers(0, 10**ID_DIGITS - 1))
def test_every_number_that_fits_is_read(number: int) -> None:
    assert whole(str(number), ID_DIGITS) == id_sent(str(number)) == number


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", " 1", "1 ", "1.0", "１", "²", "1_0", "x", "9" * (ID_DIGITS + 1)]
)
def test_nothing_else_is(text: str) -> None:
    assert whole(text, ID_DIGITS) is None
    with pytest.raises(NotFound):
        id_sent(text)
