"""`vardlots forms` as somebody at a terminal meets it."""

import asyncio
import json
from pathlib import Path

import pytest
from tests.cast import Cast

from vardlots.cli.main import main
from vardlots.configuration import queries
from vardlots.forms.configured import FORM
from vardlots.forms.fhir.questionnaire import read_questionnaire
from vardlots.forms.fhir.tests.examples import extension, questionnaire
from vardlots.platform import clock
from vardlots.platform.content import CONTENT


def write(folder: Path, name: str, data: object) -> str:
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return str(path)


def test_check_tells_of_each_file_and_sums_it_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "good.json", questionnaire({"type": "integer", "text": "?", "required": True}))
    moon = extension("https://example.org/moon", valueString="full")
    write(tmp_path, "odd.json", questionnaire({"type": "reference", "text": "?", "extension": [moon]}))
    write(tmp_path, "wrong.json", "{")
    never = [extension("minLength", valueInteger=9), extension("regex", valueString="[a-z]{1,3}")]
    write(
        tmp_path,
        "never.json",
        questionnaire({"type": "string", "text": "?", "required": True, "extension": never}),
    )
    write(tmp_path, "notes.txt", "not a form")
    assert main(["forms", "check", str(tmp_path), "--walks", "4"]) == 1
    told = capsys.readouterr().out
    assert "item left out: a question whose answer is a reference to another resource (item[0].type)" in told
    assert (
        "kept, not acted on: an extension not known here: https://example.org/moon (item[0].extension[0])"
        in told
    )
    assert "fault  the file is no JSON object" in told or "cannot be read as JSON" in told
    assert "4 of 4 walks" in told
    assert "4 files: 2 well, 1 refused, 1 faulty; 12 walks." in told
    assert "notes.txt" not in told


def test_our_own_forms_can_all_be_answered(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forms", "check", str(CONTENT / "forms"), "--walks", "5", "--quiet"]) == 0
    assert " 0 refused, 0 faulty" in capsys.readouterr().out


@pytest.mark.parametrize("files", [["/nowhere/at/all.json"], ["/nowhere"]])
def test_what_is_not_there_is_told(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forms", "check", *files]) == 1
    assert "cannot be read" in capsys.readouterr().out


def test_export_writes_one_of_our_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forms", "export", "post_triage"]) == 0
    form, _ = read_questionnaire(capsys.readouterr().out.encode())
    assert form.code == "post_triage"
    assert main(["forms", "export", "nothing"]) == 1
    assert capsys.readouterr().err.startswith("There is no form nothing")


async def test_import_saves_a_version_by_an_administrator_and_export_gives_it_back(
    given: Cast,
    database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    file = write(
        tmp_path, "sleep.json", questionnaire({"type": "boolean", "text": "Sover du?"}, name="Sleep")
    )
    provider = str(given.astrid.provider_id)
    async with given.database.transaction(given.astrid.scope) as connection:
        ids = dict(
            await connection.fetch(
                "SELECT staff_id, hsa_id FROM staff WHERE staff_id = ANY($1)",
                [given.astrid.staff_id, given.ylva.staff_id],
            )
        )

    async def run(*arguments: str) -> int:
        return await asyncio.to_thread(main, ["forms", *arguments, "--provider", provider, "--demo"])

    brought = ("import", file, "--reason", "Från regionen", "--by")
    assert await run(*brought, ids[given.ylva.staff_id]) == 1
    assert "does not administer provider" in capsys.readouterr().err
    assert await run(*brought, ids[given.astrid.staff_id]) == 0
    assert "sleep version 1 is saved" in capsys.readouterr().out
    assert await run(*brought, ids[given.astrid.staff_id]) == 0
    assert "sleep version 2 is saved" in capsys.readouterr().out
    async with given.database.transaction(given.astrid.scope) as connection:
        kept = await queries.history(connection, given.astrid.provider_id, FORM.code, "sleep")
        found = await queries.item(connection, given.astrid.provider_id, FORM, "sleep", clock.now())
    assert [(one.version, one.author_name, one.reason) for one in kept] == [
        (2, "Astrid Vassbo", "Från regionen"),
        (1, "Astrid Vassbo", "Från regionen"),
    ]
    assert found is not None
    assert await run("export", "sleep") == 0
    form, _ = read_questionnaire(capsys.readouterr().out.encode())
    assert (form.code, form.version, form.item[0].text) == ("sleep", 1002, {"sv": "Sover du?"})
    assert await run("import", write(tmp_path, "bad.json", "[]"), "--reason", "x", "--by", "y") == 1
    assert "no JSON object" in capsys.readouterr().err
