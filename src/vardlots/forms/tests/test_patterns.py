"""Patterns that administrators write are tried against what patients type: none may hold everybody up."""

import re
import time

import pytest

from vardlots.forms.authoring import read_form
from vardlots.forms.faults import ContentError
from vardlots.forms.patterns import is_quick

FORM = """
code = "f"
version = 1
title = {{ sv = "Formulär", en = "Form" }}
[[questions]]
id = "a"
type = "string"
text = {{ sv = "Skriv", en = "Write" }}
pattern = '{pattern}'
pattern_help = {{ sv = "Siffror.", en = "Figures." }}
"""


@pytest.mark.parametrize(
    "pattern",
    [
        r"(\+|00)?[0-9][0-9 \-()]{5,18}",
        r"[0-9]{8}-?[0-9]{4}",
        r"([0-9]{2}:){2}[0-9]{2}",
        r"[A-Z]{3} ?[0-9]{2}[A-Z0-9]",
        r"[^@ ]{1,60}@[^@ ]{1,60}\.[a-z]{2,10}",
        r".*",
        r"(?i)ja|nej|vet inte",
    ],
)
def test_patterns_of_everyday_work_are_taken(pattern: str) -> None:
    assert is_quick(pattern, longest=255)
    read_form(FORM.format(pattern=pattern).encode(), "f.toml")


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+b",
        r"([a-z]+ ?)+",
        r"(a|a)*b",
        r"(a|b|ab)*c",
        r"(a?){40}a{40}",
        "a?" * 40 + "a" * 40,
        r"a*a*a*a*b",
        r"(?:(?=(a+))a)+b",
        r"(?:){90000000}x",
        r"((?:){4000}){4000}x",
        "(" * 90 + "a+" + ")+" * 90,
        "a" * 501,
    ],
)
def test_patterns_that_may_never_end_are_refused_where_they_are_written(pattern: str) -> None:
    begun = time.monotonic()
    assert not is_quick(pattern, longest=255)
    with pytest.raises(ContentError, match=r"too long|cannot be read"):
        read_form(FORM.format(pattern=pattern).encode(), "f.toml")
    assert time.monotonic() - begun < 1


def test_what_is_taken_is_quick() -> None:
    """The dearest that is taken, at the longest answers that are."""
    for pattern, longest in (("a{0,300}a{0,300}b", 255), ("(a|a)" * 16 + "b", 255), (".*b", 4000)):
        assert is_quick(pattern, longest=longest), pattern
        begun = time.monotonic()
        assert re.fullmatch(pattern, "a" * longest) is None
        assert time.monotonic() - begun < 1, pattern


def test_what_is_no_pattern_says_so() -> None:
    with pytest.raises(re.error):
        is_quick("(", longest=255)
