"""`vardlots triage` as somebody at a terminal meets it."""

import asyncio
import io

import pytest
from tests.cast import Cast

from vardlots.cli.main import main
from vardlots.configuration.actions import Change, save
from vardlots.platform.db import provider_scope
from vardlots.triage import content
from vardlots.triage.protocols import PROTOCOL
from vardlots.triage.tests.test_anew import VERY_ILL, waiting, worse

STORED = b"""{"protocol": "sore_throat", "version": 1, "answers": {},
  "subject": {"age_years": 6, "sex": "female", "is_child_of_actor": true, "name": "Tuva"}}"""


class _Piped:
    def __init__(self, raw: bytes) -> None:
        self.buffer = io.BytesIO(raw)


def test_check_names_every_protocol(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["triage", "check"]) == 0
    told = capsys.readouterr().out
    for code in ("chest_pain", "shoulder_pain", "sore_throat"):
        assert f"{code} version 1" in told


def test_explain_tells_the_rules_that_hold(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", _Piped(STORED))
    assert main(["triage", "explain", "-"]) == 0
    told = capsys.readouterr().out
    assert "sore_throat version 1" in told
    assert "rules that hold" in told


@pytest.mark.parametrize("raw", [b"{", b"{}", STORED.replace(b"sore_throat", b"no_such"), b"[]"])
def test_what_cannot_be_read_is_one_sentence(
    raw: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", _Piped(raw))
    assert main(["triage", "explain", "-"]) == 1
    assert capsys.readouterr().err.startswith("The interview cannot be read")


async def test_a_case_is_explained_from_the_database_by_the_providers_own_version(
    given: Cast, database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    text = (content.FOLDER / "sore_throat" / "v1.toml").read_text(encoding="utf-8")
    own = Change(
        key="sore_throat",
        base_version=0,
        body={"source": text.replace('sv = "Halsont"', 'sv = "Svalget"', 1), "note": ""},
    )
    await save(given.database, given.house.hub, by=given.astrid, kind=PROTOCOL, changes=[own], reason="Prov")
    case = await waiting(given, given.ruben)
    await worse(given, given.ruben, case.ref, VERY_ILL)
    asked = ["triage", "explain", "--case", str(case.ref), "--demo"]
    assert await asyncio.to_thread(main, asked) == 0
    told = capsys.readouterr().out
    assert told.count("sore_throat version 1 of the provider's own") == 2
    assert told.index("priority 2") < told.rindex("outcome: priority")
    assert "differs from what was kept" not in told
    async with given.database.transaction(provider_scope(case.provider_id)) as connection:
        await connection.execute(
            "UPDATE interview SET outcome = outcome || '{\"priority\": 1}'::jsonb "
            "WHERE provider_id = $1 AND interview_id = $2",
            case.provider_id,
            case.interview_id,
        )
        logged = await connection.fetchval(
            "SELECT count(*) FROM access_log WHERE case_id = $1 AND action = 'read_answers' AND actor_kind = 'system'",
            case.case_id,
        )
    assert logged == 1
    assert await asyncio.to_thread(main, asked) == 1
    assert "differs from what was kept: priority was 1, is" in capsys.readouterr().out


@pytest.mark.parametrize("case", ["1-999999999", "x", "1"])
async def test_a_case_that_is_not_there_is_one_sentence(
    case: str, database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert await asyncio.to_thread(main, ["triage", "explain", "--case", case, "--demo"]) == 1
    assert capsys.readouterr().err.startswith("There is no case")


def test_explain_without_anything_says_what_to_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["triage", "explain"]) == 1
    assert "--case" in capsys.readouterr().err
