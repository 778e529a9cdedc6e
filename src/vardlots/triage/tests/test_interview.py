"""One interview followed closely: the order of questions, back, stop, resume, what staff read."""

import time

import pytest

from vardlots.triage.anamnesis import history, original_answers
from vardlots.triage.explain import explain
from vardlots.triage.interview import (
    Interview,
    InvalidAnswer,
    NotFinished,
    NotSuited,
    answer,
    back,
    from_dict,
    go_to,
    outcome,
    replay,
    start,
    to_dict,
)
from vardlots.triage.model import Level, Row, Subject, Upload
from vardlots.triage.question import QuestionView, current_question, picture_svg
from vardlots.triage.tests.helpers import ADULT, CONTENT, TUVA, catalogue
from vardlots.triage.vignettes import load_vignettes, play

CASES = {case.id: case for case in load_vignettes(CONTENT / "triage")}


def throat(subject: Subject = TUVA) -> Interview:
    """A sore throat at its first question."""
    return start(catalogue().protocol("sore_throat"), subject)


def asked(interview: Interview, lang: str = "sv") -> QuestionView:
    """The question shown, which must be there."""
    question = current_question(interview, lang)
    assert question is not None
    return question


def tuva() -> Interview:
    """The finished interview of the pictures p2, p3 and s3."""
    return play(catalogue(), CASES["tuva_three_days"])


def test_the_question_speaks_of_the_child_by_name() -> None:
    interview = go_to(tuva(), "throat")
    assert asked(interview).text == "Hur ser Tuvas hals ut längst in?"
    assert asked(interview).help == (
        "Be henne gapa stort och lys med mobilen. Välj den bild som liknar mest."
    )
    assert asked(interview, "en").text == "What does the back of Tuva's throat look like?"
    assert [option.chosen for option in asked(interview).options] == [False, True, False, False]


def test_the_question_speaks_to_the_person_as_du() -> None:
    interview = answer(throat(ADULT), "gate", "none")
    assert asked(interview).text == "Har du något av det här?"
    assert asked(interview, "en").text == "Do you have any of these?"


def test_the_outcome_is_that_of_the_picture() -> None:
    result = outcome(tuva())
    assert (result.priority, result.title) == (3, "Tuva bör bedömas i dag")
    assert result.lead == (
        "Det du har berättat tyder på en halsinfektion som vården bör titta på. Det är inte akut."
    )
    assert result.meanwhile == (
        "låta Tuva dricka lite och ofta, och ge smärtstillande för barn enligt förpackningen.",
    )
    assert result.rules[0].because == "Feber i minst tre dagar och ont att svälja."
    assert result.nothing_more_urgent == "Inget svar pekar mot 1 eller 2."
    assert (result.protocol, result.version) == ("sore_throat", 1)


def test_the_history_is_that_of_the_picture() -> None:
    found = history(tuva())
    assert Row("Feber", "38,6 °C, i 3 dagar") in found.rows
    assert Row("Sedan", "3 dagar") in found.rows
    assert {"andnöd", "dregling", "svårt att gapa", "stel nacke", "utslag"} <= set(found.denied)


@pytest.mark.parametrize(
    ("days", "said"), [(0, "Började i dag"), (1, "1 dag"), (2, "2 dagar"), (11, "11 dagar")]
)
def test_a_number_reads_as_one_would_say_it(days: int, said: str) -> None:
    assert Row("Sedan", said) in history(answer(go_to(tuva(), "days"), "days", days)).rows


def test_what_is_chosen_is_never_denied() -> None:
    interview = play(catalogue(), CASES["quinsy"])
    found = history(interview)
    assert Row("Varningstecken", "Svårt att gapa, grötig röst") in found.rows
    assert not {"svårt att gapa", "grötig röst"} & set(found.denied)
    assert "dregling" in found.denied


def test_an_answer_that_calls_for_112_stops_at_once_and_can_be_taken_back() -> None:
    interview = answer(throat(), "gate", ["not_breathing"])
    assert interview.finished
    result = outcome(interview)
    assert (result.level, result.title) == (Level.EMERGENCY, "Ring 112 nu")
    assert result.finding is not None
    assert result.lead == f"Du har svarat att Tuva {result.finding}. Det behöver bedömas direkt."
    assert len(result.meanwhile) == 3
    assert result.nothing_more_urgent is None
    changed = back(interview)
    assert asked(changed).link_id == "gate"
    assert [option.code for option in asked(changed).options if option.chosen] == ["not_breathing"]
    assert asked(answer(changed, "gate", "none")).link_id == "alarm"


def test_after_a_112_answer_is_taken_back_the_interview_goes_on_where_it_was() -> None:
    interview = tuva()
    stopped = answer(go_to(interview, "general"), "general", "drowsy")
    assert stopped.finished
    assert outcome(stopped).priority == 1
    assert outcome(answer(back(stopped), "general", "tired")) == outcome(interview)


def test_back_keeps_answers_and_a_question_that_falls_away_does_not_count() -> None:
    interview = tuva()
    changed = answer(go_to(interview, "fever"), "fever", "no")
    assert changed.answers["temperature"] == [38.6]
    assert "temperature" not in changed.counted
    assert not any(row.label == "Feber" for row in history(changed).rows)
    assert "feber" in history(changed).denied
    assert [a.link_id for a in original_answers(changed) if not a.counted] == ["temperature", "fever_days"]
    assert [hit.id for hit in outcome(changed).rules] == ["H4", "H5"]
    assert outcome(answer(changed, "fever", "measured")) == outcome(interview)


def test_a_changed_answer_that_opens_a_question_leads_to_it() -> None:
    changed = answer(go_to(tuva(), "swallowing"), "swallowing", "drinks_little")
    assert not changed.finished
    assert asked(changed).link_id == "urine"
    with pytest.raises(NotFinished):
        outcome(changed)


def test_a_picture_stands_beside_its_question() -> None:
    interview = go_to(tuva(), "throat")
    assert asked(interview).photo_link_id == "throat.photo"
    with_photo = answer(interview, "throat.photo", ["file-1", {"id": "file-2", "title": "hals.jpg"}])
    assert asked(with_photo).link_id == "throat"
    assert len(asked(with_photo).photos) == 2
    assert [u.id for u in history(with_photo).uploads] == ["file-1", "file-2"]
    assert history(with_photo).uploads[1] == Upload("throat.photo", "Svalget", "file-2", "hals.jpg")


def test_free_text_is_unread_by_triage_and_changes_nothing() -> None:
    interview = answer(go_to(tuva(), "own_words"), "own_words", "Hon har svårt att andas på natten.")
    (text,) = history(interview).free_texts
    assert text.unread_by_triage
    assert [(hit.word, hit.group) for hit in text.danger] == [("svårt att andas", "breathing")]
    assert outcome(interview) == outcome(tuva())


@pytest.mark.parametrize(
    ("link_id", "raw", "key"),
    [
        ("alarm", [], "choose_some"),
        ("alarm", ["none", "jaw"], "exclusive"),
        ("alarm", "toe", "unknown_option"),
        ("temperature", 38, "not_asked"),
        ("age", 80, "not_asked"),
        ("nonsense", 1, "not_asked"),
    ],
)
def test_a_wrong_answer_is_refused_with_a_sentence(link_id: str, raw: object, key: str) -> None:
    interview = answer(throat(), "gate", "none")
    with pytest.raises(InvalidAnswer) as caught:
        answer(interview, link_id, raw)
    assert caught.value.fault.key == key
    assert caught.value.fault.sentence("sv") != caught.value.fault.sentence("en")


def test_a_stored_interview_is_read_with_its_own_version() -> None:
    stored = to_dict(tuva())
    assert set(stored) == {"protocol", "version", "subject", "answers", "at", "last"}
    assert replay(catalogue(), stored) == outcome(tuva())
    with pytest.raises(LookupError):
        from_dict(catalogue(), {**stored, "version": 99})
    without_place = {key: stored[key] for key in ("protocol", "version", "subject", "answers")}
    assert from_dict(catalogue(), without_place).finished


def test_somebody_of_the_wrong_age_is_told_where_to_turn() -> None:
    with pytest.raises(NotSuited) as caught:
        throat(Subject(0, 8, is_child_of_actor=True))
    assert "1177" in caught.value.sentence("sv")
    with pytest.raises(NotSuited):
        start(catalogue().protocol("chest_pain"), TUVA)


def test_the_account_names_rules_version_and_what_was_missing() -> None:
    text = explain(tuva())
    assert "sore_throat version 1 · not clinically approved, demonstration" in text
    assert "H3 → 3: Feber i minst tre dagar och ont att svälja." in text
    assert "H14 → 1: 1 of 2 met" in text
    assert "questions are left" in explain(throat())


def test_progress_says_about_how_many() -> None:
    first = asked(throat()).progress
    assert first.k == 1
    assert 12 <= first.approx_total <= 16
    last = asked(go_to(tuva(), "own_words")).progress
    assert last.k == last.approx_total == 14


def test_pictures_are_there_and_nothing_else_can_be_read() -> None:
    for name in ("throat_red", "throat_spots", "throat_one_sided", "cannot_see"):
        assert picture_svg(name).startswith("<svg")
    for name in ("../model", "throat", "/etc/passwd"):
        with pytest.raises(LookupError):
            picture_svg(name)


def test_a_step_takes_less_than_a_millisecond() -> None:
    stored = to_dict(go_to(tuva(), "throat"))
    took = []
    for _ in range(50):
        began = time.perf_counter()
        interview = answer(from_dict(catalogue(), stored), "throat", "red")
        current_question(interview)
        to_dict(interview)
        took.append(time.perf_counter() - began)
    assert sorted(took)[len(took) // 2] < 0.001
