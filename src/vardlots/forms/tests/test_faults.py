"""Faults are told in English to whoever works with files, in Swedish to administrators."""

import pytest

from vardlots.forms.authoring import read_form
from vardlots.forms.faults import ContentError, ContentFault, Told

FORM = """code = "f"
version = 1
title = { sv = "F", en = "F" }
[[questions]]
id = "a"
type = "boolean"
text = { sv = "A", en = "A" }
"""


def fault(source: str) -> ContentFault:
    with pytest.raises(ContentError) as caught:
        read_form(source.encode(), "f.toml")
    return caught.value.faults[0]


def test_a_sentence_within_a_sentence_is_told_in_the_same_language() -> None:
    found = fault(FORM + 'show_if = "z is yes"\n')
    assert found.sentence == "show_if “z is yes”: there is no question “z”."
    assert found.swedish == "show_if ”z is yes”: det finns ingen fråga ”z”."


@pytest.mark.parametrize(
    ("source", "swedish", "path"),
    [
        (FORM.replace('id = "a"\n', ""), "fältet ”id” saknas.", "$.questions[0]"),
        (FORM + "colour = 1\n", "fältet ”colour” finns inte.", "$.questions[0]"),
        (
            FORM.replace('"boolean"', "1"),
            "här ska stå ett värde av typen str, inte int.",
            "$.questions[0].type",
        ),
        (
            FORM.replace('"boolean"', '"yesno"'),
            "”yesno” är inget av värdena som går att välja.",
            "$.questions[0].type",
        ),
        (FORM + "= 1\n", "raden går inte att läsa som TOML", "line 8"),
    ],
)
def test_what_cannot_be_read_says_what_and_where(source: str, swedish: str, path: str) -> None:
    found = fault(source)
    assert found.swedish.startswith(swedish)
    assert found.path == path


def test_every_sentence_has_both_languages_and_the_same_values() -> None:
    with pytest.raises(KeyError):
        Told({"en": "only English"}).swedish  # noqa: B018  reading it is the test
    assert Told({"sv": "{n} saker", "en": "{n} things"}, n=2).swedish == "2 saker"
