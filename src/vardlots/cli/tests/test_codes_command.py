"""`vardlots codes`: the authority's files into the installation, version by version, and what pages then search."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from vardlots.cli.main import main
from vardlots.notes import codebook
from vardlots.notes.codebook import ListKind
from vardlots.platform.db import Database

BOM = "\ufeff"
# The shape of the authority's files; the words are ours.
THREE = f"{BOM}J02\t\tHalsbesvär\nJ03\t\tSvullna halsmandlar\n"
FOUR = f"{BOM}J039\t\tSvullna halsmandlar, orsaken inte känd\nJ029\t\tOnt i halsen\n"
ACTIONS = f"{BOM}Kod:\t\tKodtext:\tBeskrivning:\nZV051\t\tVård på avstånd\tSkrivs till en annan kod\n"


def write(folder: Path, name: str, content: str) -> str:
    path = folder / name
    path.write_bytes(content.encode())
    return str(path)


@pytest.fixture
def environment(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installation; what it imports is gone after the test, for the database is every test's."""
    for name, value in {
        "DATABASE_URL": database_url,
        "VARDLOTS_DEMO": "true",
        "VARDLOTS_DATA_DIR": str(tmp_path / "data"),
    }.items():
        monkeypatch.setenv(name, value)
    yield

    async def empty() -> None:
        owner = await asyncpg.connect(database_url)
        await owner.execute("TRUNCATE code_list")
        await owner.close()

    asyncio.run(empty())


def found(database_url: str, typed: str, kind: ListKind) -> list[str]:
    async def search() -> list[str]:
        database = await Database.connect(database_url, least=1, most=1)
        codebook.read_from(database)
        try:
            return [f"{one.code} {one.title}" for one in await codebook.search(typed, kind)]
        finally:
            codebook.read_from(None)
            await database.close()

    return asyncio.run(search())


@pytest.mark.usefixtures("environment")
def test_files_become_the_list_that_is_searched(
    tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [write(tmp_path, "digit3.txt", THREE), write(tmp_path, "digit4.txt", FOUR)]
    assert main(["codes", "import", *files]) == 0
    told = capsys.readouterr().out
    assert "diagnosis version" in told
    assert "2 codes, 2 lines left out" in told
    assert found(database_url, "halsen", ListKind.DIAGNOSIS)[0] == "J02.9 Ont i halsen"
    # The same again is no version of its own; another file is.
    assert main(["codes", "import", *files]) == 0
    assert capsys.readouterr().out == told
    assert main(["codes", "import", write(tmp_path, "new.txt", f"{THREE}J030\t\tNytt om halsen\n")]) == 0
    assert found(database_url, "nytt", ListKind.DIAGNOSIS) == ["J03.0 Nytt om halsen"]
    assert main(["codes", "import", write(tmp_path, "kva.txt", ACTIONS)]) == 0
    assert found(database_url, "telemedicin", ListKind.ACTION) == ["ZV051 Vård på avstånd"]
    capsys.readouterr()
    assert main(["codes", "show"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.split("imported")[0].split("(")[1][:6] for line in shown] == ["in use", "before", "in use"]
    assert "from digit3.txt, digit4.txt" in shown[1]


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("hej\n", "broken.txt, line 1: expected code, mark and title"),
        ("J029\t\tHals\nZV051\t\tX\n", "each for itself"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence_and_nothing_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, sentence: str
) -> None:
    main(["codes", "show"])
    before = capsys.readouterr().out
    assert main(["codes", "import", write(tmp_path, "broken.txt", content)]) == 1
    assert sentence in capsys.readouterr().err
    assert main(["codes", "import", str(tmp_path / "missing.txt")]) == 1
    assert "missing.txt" in capsys.readouterr().err
    main(["codes", "show"])
    assert capsys.readouterr().out == before
