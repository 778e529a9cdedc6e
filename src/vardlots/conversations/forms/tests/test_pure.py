"""What needs no database: pages and progress, scores of the content, values by their codes, one state of all marks."""

import random
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from vardlots.configuration.book import NOTHING
from vardlots.conversations.forms.filled import answered, begun, plain
from vardlots.conversations.forms.measures import CODES, Source, measured, observations
from vardlots.conversations.forms.model import FormRequest, State, state_of
from vardlots.conversations.forms.sendable import gives, known_of, sendable
from vardlots.conversations.forms.told import as_text, rows
from vardlots.conversations.forms.walk import has_files, is_done, next_page, page_before, pages_of, progress
from vardlots.forms.configured import library
from vardlots.forms.fhir.responses import read_response, write_response
from vardlots.forms.filling import add, begin, remove, send
from vardlots.forms.model import DECLINED, Coding, Form, Item, ItemType
from vardlots.people.queries import Person

AT = datetime(2026, 11, 19, 9, 0, tzinfo=UTC)
FORMS = sendable(NOTHING)
SOURCE = Source(7, 42, AT)


def request(form: Form, answers: dict[str, Any] | None = None, *, sent_in: bool = False) -> FormRequest:
    return FormRequest(
        provider_id=1, case_id=42, request_id=7, n=5, person_id=9, form=form, known={}, sent_at=AT, opened_at=AT,
        answers=answers or {}, rev=0, done=0, total=1, changed_at=AT, answered_at=AT if sent_in else None,
        answered_n=9 if sent_in else None,
    )  # fmt: skip


def filled(code: str, **raw: object) -> dict[str, Any]:
    """The answers after these pages, as they are kept."""
    kept: dict[str, Any] = {}
    for link_id, value in raw.items():
        after = answered(request(FORMS[code], kept), {link_id: value})
        assert not after.faults, after.faults
        kept = dict(after.answers)
    return kept


def test_what_may_be_sent() -> None:
    assert set(FORMS) == {"sore_throat", "audit_c", "pain", "medicines", "body_measures", "diet_index"}
    assert {code: gives(form) for code, form in FORMS.items()} == {
        "sore_throat": "score",
        "audit_c": "score",
        "pain": "",
        "medicines": "",
        "body_measures": "measures",
        "diet_index": "score",
    }
    photo = Item("photo", ItemType.ATTACHMENT, {"sv": "Bild", "en": "Picture"})
    assert has_files(Form("x", 1, {"sv": "x"}, (photo,)))


@pytest.mark.parametrize("code", sorted(form.code for form in library().newest()))
def test_a_form_comes_back_from_json_as_it_was(code: str) -> None:
    form = library().form(code)
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(plain(form))), Form) == form


def test_every_measure_in_the_content_is_known() -> None:
    found = {
        coding.code
        for form in library().newest()
        for place in form.places.values()
        for coding in place.item.code
    }
    assert found <= CODES
    assert {"weight", "bmi", "systolic", "diet_index", "audit_c", "centor"} <= found


@pytest.mark.parametrize(("opened", "done", "was", "state"), [
    (False, 0, False, State.SENT), (True, 0, False, State.OPENED), (True, 2, False, State.BEGUN),
    (True, 4, True, State.ANSWERED),
])  # fmt: skip
def test_one_state_of_all_marks(opened: bool, done: int, was: bool, state: State) -> None:
    assert state_of(opened=opened, done=done, answered=was) is state


def test_pages_come_one_after_the_other_and_a_group_is_one() -> None:
    form = begun(FORMS["body_measures"], {}, {})
    assert [page.key for page in pages_of(form)] == ["weight", "height", "waist", "has_pressure"]
    kept = filled("body_measures", has_pressure="ja")
    shown = pages_of(begun(FORMS["body_measures"], {}, kept))
    assert [page.key for page in shown][-1] == "pressure"
    assert shown[-1].asks == ("measured_at~1", "systolic~1", "diastolic~1")
    assert [page.group for page in shown[:2]] == ["body", "body"]


def test_the_next_page_is_the_first_that_is_left_also_after_going_back() -> None:
    form = begun(FORMS["pain"], {}, {})
    seen = {"where", "now"}
    assert next_page(form, seen, "where").key == "since"  # type: ignore[union-attr]
    assert next_page(form, {*seen, "worst", "kind", "stops", "helps"}, "helps").key == "since"  # type: ignore[union-attr]
    assert page_before(form, "since").key == "where"  # type: ignore[union-attr]
    assert page_before(form, "where") is None
    assert page_before(form, None).key == "helps"  # type: ignore[union-attr]


def test_what_stands_there_from_the_beginning_is_no_answer_before_somebody_has_been_past_it() -> None:
    items = (
        Item("a", ItemType.STRING, {"sv": "A"}, initial=("x",)),
        Item("b", ItemType.STRING, {"sv": "B"}),
    )
    form = Form("f", 1, {"sv": "F"}, items)
    assert progress(begun(form, {}, {}), {}) == (0, 2)
    after = answered(request(form), {"b": "y"})
    assert (dict(after.answers), after.progress) == ({"b": ["y"]}, (1, 2))
    assert [row.answer for row in rows(request(form, dict(after.answers)), "sv")] == ["", "y"]


VALUES = st.sampled_from(
    ["ja", "nej", "", "3", "72,5", "daily", "never", "high", "yes", "nothing", DECLINED, "x"]
)


@any_of(st.sampled_from(sorted(FORMS)), st.lists(VALUES, max_size=25), st.randoms(use_true_random=False))
def test_never_more_done_than_there_is_and_all_done_is_whole(
    code: str, values: list[object], chance: random.Random
) -> None:
    """Whatever is answered, in whatever order, with instances that come and go."""
    kept: dict[str, Any] = {}
    for value in values:
        here = request(FORMS[code], kept)
        worked = begun(FORMS[code], {}, kept)
        page = chance.choice(pages_of(worked))
        change = None
        if worked.drawn.places[page.key].item.is_repeating_group and chance.random() < 0.5:
            change = _changes(page.key, chance)
        after = answered(here, dict.fromkeys(page.asks, value), change)
        kept = dict(after.answers)
        assert 0 <= after.progress.done <= after.progress.total
        assert after.progress == progress(begun(FORMS[code], {}, kept), kept)
        left = next_page(begun(FORMS[code], {}, kept), kept)
        assert (left is None) == (after.progress.done == after.progress.total)
        if left is None:
            sent = send(FORMS[code], begin(FORMS[code], {}, kept).answers)
            assert not sent.faults
        else:
            assert not is_done(left, kept)


def _changes(group: str, chance: random.Random) -> Any:
    def change(worked: Any) -> Any:
        try:
            return add(worked, group) if chance.random() < 0.6 else remove(worked, group, "1")
        except (LookupError, ValueError):
            return worked

    return change


SORE = {
    "days": "2",
    "fever": "high",
    "coating": "yes",
    "inflamed": "yes",
    "nodes": "yes",
    "cough": "nej",
    "drinks": "well",
}


@pytest.mark.parametrize(("changed", "centor", "feverpain"), [
    ({}, [4], [5]),
    ({"cough": "ja"}, [3], [4]),
    ({"fever": "low"}, [3], [5]),
    ({"fever": "no"}, [3], [4]),
    ({"days": "4"}, [4], [4]),
    ({"coating": "no", "nodes": "no", "inflamed": "no"}, [2], [3]),
    # What nobody knows makes no sum.
    ({"coating": "unknown"}, [], []),
    ({"nodes": "unknown"}, [], [5]),
    ({"fever": "felt"}, [], [5]),
])  # fmt: skip
def test_centor_and_feverpain(changed: dict[str, str], centor: list[int], feverpain: list[int]) -> None:
    kept = filled("sore_throat", **SORE | changed)
    assert (kept.get("centor", []), kept.get("feverpain", [])) == (centor, feverpain)


def test_half_answered_there_is_no_sum() -> None:
    kept = filled("sore_throat", **{name: SORE[name] for name in ("days", "fever", "coating")})
    assert (kept.get("centor", []), kept.get("feverpain", [])) == ([], [])


@pytest.mark.parametrize(("raw", "score"), [
    ({"often": "never"}, [0]),
    ({"often": "often", "glasses": "ten", "six": "daily"}, [12]),
    ({"often": "some_weekly", "glasses": "one", "six": "rarely"}, [4]),
    ({"often": "some_weekly", "glasses": DECLINED, "six": "rarely"}, []),
    ({"often": DECLINED}, []),
])  # fmt: skip
def test_audit_c(raw: dict[str, object], score: list[int]) -> None:
    assert filled("audit_c", **raw).get("score", []) == score


def test_values_by_their_codes() -> None:
    kept = filled(
        "body_measures", weight="72,5", height="180", waist=DECLINED, has_pressure="ja",
        **{"measured_at~1": "", "systolic~1": "128", "diastolic~1": "82"},
    )  # fmt: skip
    found = observations(FORMS["body_measures"], kept, SOURCE)
    told = [(one.kind, one.said("sv"), one.unit, one.declined) for one in found]
    assert told == [
        ("weight", "72,5", "kg", False),
        ("height", "180", "cm", False),
        ("bmi", "22,4", "kg/m²", False),
        ("waist", "", "cm", True),
        ("pressure", "128/82", "mmHg", False),
    ]
    assert {(one.request_id, one.case_id, one.at) for one in found} == {(7, 42, AT)}


def test_a_declined_value_is_never_a_nought_and_half_a_pressure_is_none() -> None:
    kept = filled("diet_index", vegetables=DECLINED, fruit="daily", fish="weekly", sweets="weekly")
    assert observations(FORMS["diet_index"], kept, SOURCE) == []
    weight = filled("body_measures", weight=DECLINED)
    assert [(one.kind, one.value) for one in observations(FORMS["body_measures"], weight, SOURCE)] == [
        ("weight", None)
    ]
    upper = Item(
        "u", ItemType.INTEGER, {"sv": "U"}, unit="mmHg", code=(Coding("8480-6", "http://loinc.org"),)
    )
    form = Form("f", 1, {"sv": "F"}, (upper,))
    assert measured(upper) == "systolic"
    assert observations(form, {"u": [120]}, SOURCE) == []


@any_of(st.integers(0, 12) | st.floats(1, 300, allow_nan=False) | st.just(DECLINED))
def test_what_is_measured_is_what_was_answered(value: Any) -> None:
    item = Item("w", ItemType.DECIMAL, {"sv": "W"}, unit="kg", code=(Coding("29463-7", "http://loinc.org"),))
    [found] = observations(Form("f", 1, {"sv": "F"}, (item,)), {"w": [value]}, SOURCE)
    assert found.value == (None if value is DECLINED else value)


def test_another_systems_code_measures_nothing() -> None:
    other = Item("w", ItemType.DECIMAL, {"sv": "W"}, code=(Coding("weight", "http://example.org"),))
    assert measured(other) is None


def test_answers_in_words_say_what_was_not_answered() -> None:
    kept = filled("pain", where="Ryggen", since="", now=DECLINED)
    told = {row.question: row for row in rows(request(FORMS["pain"], kept), "sv")}
    assert told["Var gör det ont?"].answer == "Ryggen"
    assert told["Ungefär när började det?"].passed
    assert told["Hur ont gör det just nu, från 0 till 10?"].declined
    assert told["Hur känns smärtan?"].left
    assert as_text(request(FORMS["pain"], kept), "sv") == (
        "Var gör det ont? Ryggen\nHur ont gör det just nu, från 0 till 10? Avstår från att svara"
    )


def test_what_is_given_out_as_fhir_is_read_back() -> None:
    kept = filled("body_measures", weight="72,5", height="180", waist=DECLINED, has_pressure="nej")
    made = write_response(FORMS["body_measures"], kept)
    again, remarks = read_response(FORMS["body_measures"], msgspec.json.encode(made))
    assert remarks == []
    assert {name: again[name] for name in ("weight", "waist")} == {"weight": [72.5], "waist": [DECLINED]}


def test_what_is_known_of_the_patient_is_their_age_and_sex_alone() -> None:
    person = Person(
        person_id=9, given_name="Tuva", family_name="Sjöqvarn", birth_date=AT.date(), sex="female", protected=True,
        mobile="+46701740612", language="sv", listed_unit_id=None, number="202003142383",
    )  # fmt: skip
    assert known_of(person) == {
        "patient": {"resourceType": "Patient", "birthDate": "2026-11-19", "gender": "female"}
    }
