"""Numbers as people write them."""

import pytest

from vardlots.platform.phones import read_mobile, read_phone


@pytest.mark.parametrize("text", ["070-174 06 12", "+46 70 174 06 12", "0046701740612", "(070) 1740612"])
def test_a_mobile_number(text: str) -> None:
    assert (read_phone(text), read_mobile(text)) == ("+46701740612", "+46701740612")


def test_a_number_that_gets_no_texts() -> None:
    assert (read_phone("08-465 004 10"), read_mobile("08-465 004 10")) == ("+46846500410", None)


def test_a_number_of_another_country() -> None:
    assert read_mobile("+44 7400 123456") == "+447400123456"


@pytest.mark.parametrize("text", ["", "123", "inte ett nummer", "+46 1", "070-174"])
def test_no_number(text: str) -> None:
    assert (read_phone(text), read_mobile(text)) == (None, None)
