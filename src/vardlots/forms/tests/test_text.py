"""Which language a text is read in."""

import pytest

from vardlots.forms.text import say


@pytest.mark.parametrize(
    ("text", "lang", "said"),
    [
        ({"sv": "Ja", "en": "Yes"}, "en", "Yes"),
        ({"sv": "Ja", "en": "Yes"}, "ar", "Ja"),
        ({"fr": "Oui", "en": "Yes"}, "sv", "Yes"),
        ({"fr": "Oui", "de": "Ja"}, "sv", "Oui"),
        ({"sv": "Ja", "pt": "Sim"}, "pt-BR", "Sim"),
        ({"sv": "Ja", "pt": "Sim", "pt-BR": "É"}, "pt-BR", "É"),
        ({"sv": "", "en": "Yes"}, "sv", "Yes"),
        ({}, "sv", ""),
    ],
)
def test_a_text_is_said_in_the_language_or_the_nearest_there_is(
    text: dict[str, str], lang: str, said: str
) -> None:
    assert say(text, lang) == said
