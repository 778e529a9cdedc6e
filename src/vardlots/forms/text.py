"""Text in several languages, as forms and triage content carry it."""

from collections.abc import Mapping
from typing import TypeAlias

LANGUAGES = ("sv", "en")

Text: TypeAlias = Mapping[str, str]
"""Language code (BCP 47) → sentence. Content of our own has every language of `LANGUAGES`."""


def say(text: Text, lang: str) -> str:
    """The sentence in `lang`; where that is missing in Swedish, or in any language there is."""
    found = text.get(lang) or text.get("sv")
    return found if found is not None else next(iter(text.values()), "")


def missing_languages(text: Text) -> tuple[str, ...]:
    """The languages of `LANGUAGES` in which nothing is written."""
    return tuple(lang for lang in LANGUAGES if not text.get(lang, "").strip())
