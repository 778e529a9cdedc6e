"""The catalogues are complete: whatever a screen says in Swedish, it can say in English.

`scripts/messages` finds the texts. The tests further down show that it finds them all: a text that a call holds out of
its sight, or a Swedish text that goes through no call, is a fault.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from jinja2 import Environment

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "vardlots"
CODE = sorted(path for path in SOURCE.rglob("*.py") if "tests" not in path.parts)
TEMPLATES = sorted(SOURCE.glob("*/templates/**/*.html"))
# Speaks to a terminal, holds what invented people say, draws for the documentation, or searches in Swedish.
NO_SCREEN = (
    *("cli/", "demo/play.py", "cases/diagram.py", "notes/codes.py", "notes/wordindex.py"),
    "notifications/segments.py",  # the alphabet of text messages
    *("clinics/hours.py", "clinics/words.py"),  # holidays by the names that their library has for them
)
# The calls with a source text, and its place among their arguments.
CALLS = {
    "N_": (0,),
    "text": (1,),
    "plural": (1, 2),
    "Invalid": (1,),
    **dict.fromkeys(
        ("Refusal", "SignInNeeded", "Forbidden", "NotFound", "WrongState", "TooMany", "Unavailable"), (0,)
    ),
}
# Names of ours, of languages in themselves, of keys, and of classes that a block gives to the page around it.
AS_THEY_ARE = {
    *("Vårdlots", "Svenska", "English", "In English", "På svenska"),
    *("Ctrl K", "Ctrl", "Enter", "Esc", "p-chat", "emergency", "rail"),
}
SWEDISH = re.compile("(?<!V)[åäöÅÄÖ]")  # Vårdlots is called so in every language
VALUE = re.compile(r"\{(\w+)\}")


def sources(message: Message) -> tuple[str, ...]:
    """The source text of a message, or both of them."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def targets(message: Message) -> tuple[str, ...]:
    """Its translations, as many as the source texts."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module")
def known(wanted: list[Message]) -> set[str]:
    """Every source text, plurals too."""
    return {source for message in wanted for source in sources(message)}


@pytest.fixture(scope="module")
def english() -> Catalog:
    return read(SOURCE / "locale/en/LC_MESSAGES/messages.po")


def test_english_has_every_text(wanted: list[Message], english: Catalog) -> None:
    """`make messages` adds what is missing, with an empty translation to fill in."""
    missing = []
    for message in wanted:
        found = english.get(message.id)
        if found is None or sources(found) != sources(message) or not all(targets(found)):
            missing.append(sources(message)[0])
    assert missing == []


def test_nothing_is_translated_by_guess(english: Catalog) -> None:
    assert [message.id for message in english if message.id and message.fuzzy] == []


def test_translations_keep_the_values(english: Catalog) -> None:
    for message in english:
        for source, target in zip(sources(message), targets(message), strict=True):
            # A singular may say "one" where the Swedish has the figure, and the other way round.
            number = {"n"} if len(sources(message)) > 1 else set()
            assert set(VALUE.findall(target)) - number == set(VALUE.findall(source)) - number, source


def test_english_is_not_swedish(english: Catalog) -> None:
    targets_found = [target for message in english for target in targets(message) if message.id]
    assert [target for target in targets_found if SWEDISH.search(target)] == []


def test_every_text_of_a_call_is_found(known: set[str]) -> None:
    """Extraction reads plain strings in plain calls. A choice within a call, or a call within an f-string, it does not.

    An f-string as a refusal's own text is for the logs: no catalogue can hold it.
    """
    unseen = [text for path in CODE for text in texts_of_calls(path) if text not in known]
    assert unseen == []


def texts_of_calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for place in CALLS.get(name, ()):
                for said in node.args[place : place + 1]:
                    parts = () if isinstance(said, ast.JoinedStr | ast.Call) else ast.walk(said)
                    for part in parts:
                        if isinstance(part, ast.Constant) and isinstance(part.value, str):
                            yield part.value


def test_swedish_in_code_goes_through_a_call(known: set[str]) -> None:
    may_stand = known | AS_THEY_ARE
    for path in CODE:
        place = path.relative_to(SOURCE).as_posix()
        if not place.startswith(NO_SCREEN):
            assert [text for text in swedish_of(path) if text not in may_stand] == [], place


def swedish_of(path: Path) -> Iterator[str]:
    """Strings with Swedish letters, docstrings and texts that stand beside their own translation apart."""
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        beside = isinstance(node, ast.Dict) and any(
            isinstance(key, ast.Constant) and key.value in ("sv", "en") for key in node.keys
        )
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if beside or docstring:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SWEDISH.search(node.value):
            yield node.value
        waiting += ast.iter_child_nodes(node)


def test_templates_say_nothing_of_their_own(known: set[str]) -> None:
    for path in TEMPLATES:
        assert own_words_of(path, known) == [], path.name


def own_words_of(path: Path, known: set[str]) -> list[str]:
    """What a template says without asking for it in the reader's language."""
    page = ""
    for _, kind, value in Environment().lex(path.read_text(encoding="utf-8")):
        if kind == "string" and SWEDISH.search(value):
            assert value[1:-1] in known, f"{path.name}: {value}"
        # What an expression or a tag draws is marked by a sign that no page has.
        page += value if kind == "data" else "" if "comment" in kind else "\x00"
    named = re.findall(r'\b(?:aria-label|title|placeholder|alt|data-text[\w-]*)="([^"\x00]+)"', page)
    words = re.split(r"<[^>]*>|\x00+|&\w+;", page)
    said = {text.strip(" \n\t.,:;()–+·…”/") for text in [*named, *words]}
    # Pieces of tags that a macro makes are no words.
    words_found = {
        text for text in said if re.search(r"[^\W\d_]{3,}", text) and not re.search(r'["=]|^-', text)
    }
    return sorted(words_found - AS_THEY_ARE)
