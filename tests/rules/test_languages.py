"""The catalogues are complete: whatever a screen says in Swedish, it can say in English."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "vardlots"
KEYWORDS = {"_": None, "_f": (1,), "_n": (1, 2), "text": (2,), "plural": (2, 3)}
# A refusal's text is translated where it is shown, so its source text is found by its class.
REFUSALS = re.compile(
    r"\b(?:NotFound|Forbidden|WrongState|TooMany|Unavailable|SignInNeeded|Refusal)\(\s*\"((?:[^\"\\]|\\.)+)\"",
    re.DOTALL,
)
INVALID = re.compile(r"\bInvalid\(\s*[\w\"']+,\s*\"((?:[^\"\\]|\\.)+)\"", re.DOTALL)


def wanted() -> set[str]:
    """Every source text of the screens."""
    found: set[str] = set()
    method_map = [("**/tests/**", "ignore"), ("**.html", "jinja2"), ("**.py", "python")]
    for _, _, message, _, _ in extract_from_dir(str(SOURCE), method_map, keywords=KEYWORDS):
        found.add(message[0] if isinstance(message, tuple) else message)
    for path in SOURCE.rglob("*.py"):
        if "tests" not in path.parts:
            text = path.read_text(encoding="utf-8")
            found |= {match[1] for pattern in (REFUSALS, INVALID) for match in pattern.finditer(text)}
    return {message for message in found if message}


@pytest.fixture(scope="module")
def english() -> dict[str, object]:
    """The English catalogue: source text → translation."""
    with (SOURCE / "locale" / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    assert not [message.id for message in catalogue if message.fuzzy and message.id]
    return {
        (message.id[0] if isinstance(message.id, tuple) else message.id): message.string
        for message in catalogue
    }


def test_english_has_every_text(english: dict[str, object]) -> None:
    missing = sorted(text for text in wanted() if not english.get(text) or not all(english[text]))  # type: ignore[call-overload]
    assert missing == []


def test_translations_keep_the_values(english: dict[str, object]) -> None:
    value = re.compile(r"\{(\w+)\}")
    for source, target in english.items():
        for text in target if isinstance(target, tuple) else (target,):
            assert set(value.findall(str(text))) <= set(value.findall(source)) | {"n"}, source
