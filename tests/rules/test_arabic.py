"""Arabic for the patient's pages: whole, with its six plurals, and nothing of staff's.

`scripts/patient_files.py` says which files a patient may meet; the tests further down show that it misses none.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "vardlots"
sys.path.insert(0, str(ROOT / "scripts"))

import patient_files  # noqa: E402

PLURALS = 6
VALUE = re.compile(r"\{(\w+)\}")
ARABIC = re.compile("[\u0621-\u064a]")
# Names of ours and of others, formats and numbers, in the letters that they are written in everywhere.
LATIN_WORDS = {"Vårdlots", "SITHS", "HSA", "PDF", "JPEG", "PNG", "HEIC", "patientnämnden"}
# Have an address that patients use, and say nothing: signals, and pictures of staff; or that another system uses.
SIGNALS = ("stream.py", "pictures.py", "health.py", "static.py", "receiving.py")
# What is written in Arabic of the content, as a proof that it can be.
CONTENT = (
    "triage/sore_throat/v1.toml",
    "triage/common/v1.toml",
    "forms/post_triage.toml",
    "forms/post_service.toml",
    "forms/pain.toml",
    "forms/sore_throat.toml",
    "forms/medicines.toml",
)
# What only staff read of it.
STAFF_TEXTS = {"history", "history_of", "denied", "denies", "label"}


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def forms(message: Message) -> tuple[str, ...]:
    """Its translations: one, or one for each plural."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def source(message: Message) -> str:
    return message.id if isinstance(message.id, str) else str(message.id[-1])


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> list[Message]:
    """Every text that a patient may meet."""
    template = tmp_path_factory.mktemp("texts") / "messages.pot"
    subprocess.run([ROOT / "scripts/messages", "--extract-patients", template], check=True, timeout=60)
    return [message for message in read(template) if message.id]


@pytest.fixture(scope="module")
def arabic() -> Catalog:
    return read(SOURCE / "locale/ar/LC_MESSAGES/messages.po")


def test_every_text_of_a_patients_page_has_arabic(wanted: list[Message], arabic: Catalog) -> None:
    """`make messages` adds what is missing, with an empty translation to fill in."""
    missing = []
    for message in wanted:
        found = arabic.get(message.id)
        needed = PLURALS if message.pluralizable else 1
        if found is None or len(forms(found)) != needed or not all(forms(found)):
            missing.append(source(message))
    assert missing == []


def test_texts_of_staff_alone_are_left_out(wanted: list[Message], arabic: Catalog) -> None:
    known = {source(message) for message in wanted}
    assert [source(message) for message in arabic if message.id and source(message) not in known] == []


def test_translations_keep_the_values(arabic: Catalog) -> None:
    """One and two are words of their own in Arabic: they may leave the figure out."""
    for message in arabic:
        if message.id:
            number = {"n"} if message.pluralizable else set()
            for form in forms(message):
                assert set(VALUE.findall(form)) - number == set(VALUE.findall(source(message))) - number


def test_translations_are_arabic_with_figures_that_all_read(arabic: Catalog) -> None:
    for message in arabic:
        for form in forms(message) if message.id else ():
            words = set(re.findall(r"[^\W\d_]+", VALUE.sub("", form)))
            latin = {word for word in words if not ARABIC.search(word)} - LATIN_WORDS
            assert not latin, f"{source(message)}: {latin}"
            assert not re.search("[\u0660-\u0669\u06f0-\u06f9]", form), form


def test_nothing_is_translated_by_guess(arabic: Catalog) -> None:
    assert [message.id for message in arabic if message.id and message.fuzzy] == []


# A comma between two values, or after one: `{{ comma }}` is the language's own.
LATIN_COMMA = re.compile(r"""(?:\}\}|%\}), ?(?:\{|<)|["'], ["'] *~""")


def test_a_comma_between_values_is_the_languages_own() -> None:
    found = [
        f"{path.name}: {match[0]}"
        for path in patient_files.templates()
        for match in LATIN_COMMA.finditer(
            re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        )
    ]
    assert found == []


def test_whoever_answers_a_patient_is_among_the_files() -> None:
    """Every module with an address that is not staff's, and every template that extends the patient's page."""
    told = set(patient_files.code())
    for path in sorted(SOURCE.rglob("*.py")):
        addresses = re.findall(
            r'^@(?:get|post)\(\s*"([^"]+)"', path.read_text(encoding="utf-8"), re.MULTILINE
        )
        if "tests" not in path.parts and any(not address.startswith("/staff") for address in addresses):
            assert path in told or path.name in SIGNALS, path
    drawn = set(patient_files.templates())
    for path in SOURCE.glob("*/templates/**/*.html"):
        extends = re.search(r'extends [^%]*"(?:patient|triage/page)\.html"', path.read_text(encoding="utf-8"))
        name = path.relative_to(path.parents[1]).as_posix()
        assert not extends or path in drawn or name in patient_files.STAFF_TEMPLATES, path


def test_what_is_named_as_staffs_is_there() -> None:
    for name in (*patient_files.STAFF_CODE, *patient_files.ALSO):
        assert (SOURCE / name).exists(), name
    for name in (*patient_files.STAFF_TEMPLATES, *patient_files.FRAGMENTS):
        assert list(SOURCE.glob(f"*/templates/{name}")), name


@pytest.mark.parametrize("name", CONTENT)
def test_content_in_arabic_is_whole(name: str) -> None:
    """Somebody who answers in Arabic meets no question, advice or rule in Swedish."""
    content = tomllib.loads((ROOT / "content" / name).read_text(encoding="utf-8"))
    assert [text["sv"] for text in texts(content) if not ARABIC.search(text.get("ar", ""))] == []


def test_the_headings_over_complaints_are_in_arabic() -> None:
    labels = [
        group["label"] for group in tomllib.loads((ROOT / "content/triage/groups.toml").read_text())["groups"]
    ]
    assert labels
    assert [label["sv"] for label in labels if not ARABIC.search(label.get("ar", ""))] == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "content/schemes").glob("*.toml")), ids=lambda path: path.stem
)
def test_priorities_are_named_in_arabic(path: Path) -> None:
    scheme = tomllib.loads(path.read_text(encoding="utf-8"))
    labels = [step["label"] for step in scheme["priorities"]]
    assert labels
    assert [label["sv"] for label in labels if not ARABIC.search(label.get("ar", ""))] == []


def texts(content: object) -> Iterator[dict[str, str]]:
    """Every text for a patient in a file of content."""
    if isinstance(content, dict):
        if isinstance(content.get("sv"), str):
            yield content
        for key, value in content.items():
            if key not in STAFF_TEXTS:
                yield from texts(value)
    elif isinstance(content, list):
        for value in content:
            yield from texts(value)
