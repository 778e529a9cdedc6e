"""`vardlots triage` as somebody at a terminal meets it."""

import io

import pytest

from vardlots.cli.main import main

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
