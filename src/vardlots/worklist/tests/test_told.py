"""What the patient told, as the visit shows it: from a written case, through the engine."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from vardlots.configuration import book
from vardlots.platform import clock
from vardlots.triage import interview as engine
from vardlots.triage.catalogue import Catalogue, load_protocols
from vardlots.triage.configured import practice
from vardlots.triage.model import Subject
from vardlots.triage.queries import Kept
from vardlots.worklist.told import NOTHING, Told, as_text, tell

CONTENT = Path(__file__).parents[4] / "content" / "triage"
PRACTICE = practice(book.NOTHING, "1-12")


@pytest.fixture(scope="module")
def known() -> Catalogue:
    return load_protocols(CONTENT)


def kept_interview(known: Catalogue, post_answers: dict[str, Any] | None = None, **changed: Any) -> Kept:
    """Tuva's three days of sore throat, answered to the end."""
    written = tomllib.loads((CONTENT / "vignettes" / "sore_throat.toml").read_text(encoding="utf-8"))
    tuva = next(one for one in written["vignettes"] if one["id"] == "tuva_three_days")
    asked = engine.start(known.protocol("sore_throat"), Subject(**tuva["subject"]))
    while asked.at is not None:
        asked = engine.answer(asked, asked.at, tuva["answers"].get(asked.at))
    now = clock.now()
    values: dict[str, Any] = {
        "provider_id": 1,
        "interview_id": 1,
        "unit_id": 1,
        "person_id": 1,
        "actor_person_id": 2,
        "protocol": "sore_throat",
        "version": asked.protocol.version,
        "stage": "done",
        "answers": {link_id: list(values) for link_id, values in asked.answers.items()},
        "post_answers": post_answers or {},
        "current": None,
        "outcome": {"subject": tuva["subject"]},
        "rev": 9,
        "started_at": now,
        "changed_at": now,
        "case_id": 1,
        "given_name": "Tuva",
        "birth_date": now.date(),
        "sex": "female",
        "practice": PRACTICE,
        "asked": asked.protocol,
        "post_form": PRACTICE.post_form,
    }
    return Kept(**{**values, **changed})


def words_of(told: Told) -> list[tuple[str, list[str]]]:
    return [
        (
            "".join(part["text"] for part in written["parts"]),
            [p["text"] for p in written["parts"] if p["danger"]],
        )
        for written in told.words
    ]


def test_the_history_the_denials_and_the_rule_that_decided(known: Catalogue) -> None:
    told = tell(kept_interview(known), "sv")
    rows = {row.label: row.text for row in told.history.rows}
    assert rows["Feber"].startswith("38,6")
    assert "andnöd" in told.history.denied
    assert told.outcome is not None
    assert told.outcome.rules[0].id == "H3"
    assert told.outcome.rules[0].because


def test_every_question_is_among_the_original_answers_with_what_was_denied(known: Catalogue) -> None:
    kept = kept_interview(known)
    told = tell(kept, "sv")
    assert {row.link_id for row in told.answers} == set(kept.answers)
    assert any(row.answer.startswith("Nej") for row in told.answers)
    assert all("Tuva" in row.question or "{" not in row.question for row in told.answers)


def test_free_words_are_unread_by_triage_and_their_danger_is_marked(known: Catalogue) -> None:
    told = tell(kept_interview(known, {"own_words": "Hon har svårt att andas nu."}), "sv")
    assert words_of(told) == [("Hon har svårt att andas nu.", ["svårt att andas"])]
    assert [part["group"] for part in told.words[0]["parts"] if part["danger"]] == ["Andning"]
    assert words_of(tell(kept_interview(known, {"own_words": "Hon är trött."}), "sv")) == [
        ("Hon är trött.", [])
    ]


def test_answers_before_the_queue_are_notes_but_consents_are_shown_as_consents(known: Catalogue) -> None:
    post = {"share_history": [True], "share_medications": [False], "mobile": ["+46701740605"], "pharmacy": []}
    told = tell(kept_interview(known, post), "sv")
    assert [row["text"] for row in told.notes] == ["070-174 06 05"]


def test_the_text_to_copy_holds_history_words_and_denials(known: Catalogue) -> None:
    text = as_text(tell(kept_interview(known, {"own_words": "Värst på natten."}), "sv"), "Nekar till")
    assert "Feber: 38,6" in text
    assert "Med egna ord: Värst på natten." in text
    assert text.splitlines()[-1].startswith("Nekar till: ")


def test_content_that_is_gone_shows_nothing_rather_than_a_fault(known: Catalogue) -> None:
    assert tell(kept_interview(known, protocol="a_complaint_of_old", asked=None), "sv") is NOTHING
    assert tell(None, "sv") is NOTHING
