"""One word for one thing: what the screens do not say, and what they say instead."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message

ROOT = Path(__file__).parents[2]
# What is not used → what is. Whole texts that are right all the same stand in `AS_IT_IS`, with why.
WORDS = {
    r"[Dd]rop-[Ii]n|[Dd]ropin": "drop in, Drop in (the menu's name in the manual)",
    r"\b[Pp]rio\b": "prioritet",
    r"\bSMS\b": "sms",
    r"\b[Dd]ra(s|r|git|gits|gen)?\b.{0,24}\btillbaka|[Dd]rog tillbaka|tillbakadra|[Åå]terkalla": "ta tillbaka",
    r"\b[Ee]-?mail|\b[Mm]ejl": "e-post",
    r"\b[Oo]kej\b|\bOK\b": "what happens when it is pressed",
    r"\b[Rr]adera": "ta bort",
    r"\b[Kk]licka på (knappen|länken)": "the verb on the button",
    r"\b[Vv]änligen\b|\b[Ee]rhåll": "the verb at once",
    r"\b[Ee]j\b": "inte",
    r"\bskall\b": "ska",
    r"\b[Bb]rukare|\b[Vv]årdtagare|\b[Kk]lient\b": "patient",
    r"\bkl\. ?\d": "the time alone",
    r"\b\d\d:\d\d\b": "09.52",
    r"!": "a full stop",
    r"\bt\.? ?ex\b|\bbl\.? ?a\.|\bm\.? ?m\.": "till exempel, bland annat, med mera",
    r"\b[Bb]esöksorsak|\b[Kk]ontaktorsak": "sökorsak",
    r"^Gå till besöket$": "Gå till besök (the button's name in the manual)",
    r"^Gå till biljetten$": "Öppna biljetten (for patients), Visa biljetten (for staff)",
    r"\b[Kk]vittera|\b[Ss]ignera av": "vidimera",
}
AS_IT_IS = {
    "Prio": "the head of a column as wide as the mark under it",
    "Skriv klockslaget med timmar och minuter, som 21:00.": "so it is typed in that field",
    "Minst fem enligt HSLF-FS 2016:40. Sparar driften den längre gäller det.": "the number of a regulation",
}


def not_used(text: str) -> list[str]:
    """What stands in a text that the screens do not say."""
    if text in AS_IT_IS:
        return []
    return [f"{text!r}: say {instead}" for word, instead in WORDS.items() if re.search(word, text)]


@pytest.fixture(scope="module")
def said(wanted: list[Message]) -> list[str]:
    """Every Swedish text of the screens."""
    return [text for one in wanted for text in ((one.id,) if isinstance(one.id, str) else one.id)]


def swedish(value: Any) -> Iterator[str]:
    """The texts of a table of content that are not in another language, nor an address."""
    match value:
        case str() if not value.startswith("/"):
            yield value
        case list():
            for one in value:
                yield from swedish(one)
        case dict():
            for name, one in value.items():
                if name not in ("en", "ar") and not name.endswith("_en"):
                    yield from swedish(one)


def test_screens_say_one_word_for_one_thing(said: list[str]) -> None:
    assert len(said) > 3000
    assert [fault for text in said for fault in not_used(text)] == []


def test_what_is_right_all_the_same_is_still_said(said: list[str]) -> None:
    assert set(AS_IT_IS) <= set(said)


@pytest.mark.parametrize(
    "folder", ["help", "phrases", "visit_texts", "consult_texts", "time_types", "triage", "forms", "schemes"]
)
def test_content_says_them_too(folder: str) -> None:
    found = []
    for path in sorted((ROOT / "content" / folder).rglob("*.toml")):
        if path.name == "danger_words.toml":
            continue  # what patients write
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        found += [f"{path.name}: {fault}" for text in swedish(table) for fault in not_used(text)]
    assert found == []


@pytest.mark.parametrize(
    "text",
    ["Välj Drop-in.", "Prio 2", "Skicka SMS", "Dra tillbaka biljetten", "Klart!", "Kom 09:52", "Radera"],
)
def test_what_is_not_used_is_found(text: str) -> None:
    assert not_used(text)
