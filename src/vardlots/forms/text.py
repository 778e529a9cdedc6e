"""Text in several languages, as forms and triage content carry it."""

from collections.abc import Mapping
from typing import TypeAlias

LANGUAGES = ("sv", "en")

Text: TypeAlias = Mapping[str, str]
"""Language code (BCP 47) → sentence. Content of our own has every language of `LANGUAGES`."""


def say(text: Text, lang: str) -> str:
    """The sentence in `lang`; where that is missing in Swedish, then English, then in any language there is."""
    return text.get(said_in(text, lang), "")


def said_in(text: Text, lang: str) -> str:
    """The language in which `say` says it."""
    wanted = (lang, lang.partition("-")[0], *LANGUAGES)
    return next((one for one in wanted if text.get(one)), next(iter(text), lang))


def missing_languages(text: Text) -> tuple[str, ...]:
    """The languages of `LANGUAGES` in which nothing is written."""
    return tuple(lang for lang in LANGUAGES if not text.get(lang, "").strip())
