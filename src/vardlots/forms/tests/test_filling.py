"""A form filled in from beginning to end, and what its pages are given to show."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vardlots.forms.answering import Fault
from vardlots.forms.authoring import load_forms
from vardlots.forms.calculations.work import work
from vardlots.forms.filling import Filling, add, answer, answer_page, begin, remove, send
from vardlots.forms.instances import expand
from vardlots.forms.model import (
    DECLINED,
    EnableWhen,
    Expression,
    Form,
    Operator,
    Option,
    Value,
)
from vardlots.forms.sheet import ItemView, sheet
from vardlots.forms.tests.examples import TEXT, q
from vardlots.forms.text import LANGUAGES

FORMS = load_forms(Path(__file__).parents[4] / "content" / "forms")
BODY, DIET = FORMS.form("body_measures"), FORMS.form("diet_index")


def answered(filling: Filling, **raw: object) -> Filling:
    """The filling with these answers, which must be right."""
    for link_id, value in raw.items():
        result = answer(filling, link_id.replace("__", "~"), value)
        assert isinstance(result, Filling), result
        filling = result
    return filling


def test_body_mass_follows_weight_and_height_and_is_never_guessed() -> None:
    filling = answered(begin(BODY), weight="72,5", height=180)
    assert filling.answers["bmi"] == [22.4]
    assert "bmi" not in answered(filling, height={"declined": True}).answers
    refused = answer(filling, "bmi", "22")
    assert isinstance(refused, Fault)
    assert refused.key == "read_only"


def test_blood_pressures_are_measured_several_times_and_their_mean_is_rounded_half_up() -> None:
    filling = answered(begin(BODY), has_pressure="ja", systolic__1=120, diastolic__1=80)
    filling = answered(add(filling, "pressure"), systolic__2=131, diastolic__2=85)
    assert filling.answers["mean_systolic"] == [126]
    assert filling.answers["mean_diastolic"] == [83]
    assert filling.answers["pulse_pressure~2"] == [46]
    filling = remove(filling, "pressure", "1")
    assert filling.answers["mean_systolic"] == [131]
    assert not {link_id for link_id in filling.answers if link_id.endswith("~1")}
    hidden = answered(filling, has_pressure="nej")
    assert "mean_systolic" not in hidden.answers
    with pytest.raises(LookupError):
        add(hidden, "pressure")


@pytest.mark.parametrize(
    ("vegetables", "fruit", "fish", "sweets", "index"),
    [
        ("twice_daily", "twice_daily", "thrice_weekly", "weekly", 12),
        ("seldom", "seldom", "seldom", "twice_daily", 0),
        ("daily", "some_weekly", "twice_weekly", "daily", 6),
    ],
)
def test_the_diet_index(vegetables: str, fruit: str, fish: str, sweets: str, index: int) -> None:
    page = {"vegetables": vegetables, "fruit": fruit, "fish": fish, "sweets": sweets}
    filling, faults = answer_page(begin(DIET), page)
    assert faults == ()
    assert send(DIET, filling.answers).answers["index"] == [index]
    declined = answered(filling, fish={"declined": True})
    assert "index" not in send(DIET, declined.answers).answers
    assert send(DIET, declined.answers).answers["fish"] == [DECLINED]


BRANCHING = Form(
    "f", 1, TEXT,
    (
        q("a", "boolean", required=True),
        q("b", "integer", required=True, max_value=9, enable_when=(EnableWhen("a", Operator.EQUAL, True),)),
        q("c", "integer", enable_when=(EnableWhen("b", Operator.GREATER, 3),)),
        q("secret", hidden=True, initial=("x",)),
        q("fixed", read_only=True, initial=("y",)),
    ),
)  # fmt: skip


def test_a_page_brings_forth_questions_and_forgets_the_faults_of_those_it_hides() -> None:
    filling, faults = answer_page(begin(BRANCHING), {"a": "ja", "b": "5", "c": "7"})
    assert faults == ()
    assert (filling.answers["b"], filling.answers["c"]) == ([5], [7])
    again, faults = answer_page(filling, {"a": "nej", "b": "99", "c": "många"})
    assert faults == ()
    assert again.worked.enabled == {"a", "secret", "fixed"}
    _, faults = answer_page(filling, {"a": "ja", "b": "99", "fixed": "z", "secret": "z"})
    assert [fault.key for fault in faults] == ["too_large"]


@pytest.mark.parametrize("link_id", ["secret", "b", "nothing", "fixed"])
def test_nobody_answers_what_is_not_asked(link_id: str) -> None:
    result = answer(begin(BRANCHING), link_id, "5")
    assert isinstance(result, Fault)
    assert result.sentence("sv")


def test_sending_names_what_is_missing_and_believes_no_calculated_value() -> None:
    empty = send(BODY, {})
    assert {fault.link_id for fault in empty.faults} == {"weight", "height", "waist", "has_pressure"}
    forged: dict[str, list[Value]] = {
        "weight": [70], "height": [200], "bmi": [99], "mean_systolic": [1], "waist": [DECLINED],
        "has_pressure": [False], "pressure": ["1"], "systolic~1": [120], "systolic~9": [1], "unknown": ["x"],
    }  # fmt: skip
    done = send(BODY, forged)
    assert done.faults == ()
    assert done.answers == {
        "weight": [70], "height": [200], "bmi": [17.5], "waist": [DECLINED], "has_pressure": [False],
    }  # fmt: skip
    wrong = send(BODY, {**forged, "weight": [7000]})
    assert [(fault.link_id, fault.key) for fault in wrong.faults] == [("weight", "too_large")]


def test_too_few_and_too_many_instances_are_told() -> None:
    measured: dict[str, list[Value]] = {"has_pressure": [True]}
    for ids, key in (([], "too_few"), ([str(n) for n in range(7)], "too_many")):
        faults = {
            fault.link_id: fault.key for fault in send(BODY, {**measured, "pressure": list(ids)}).faults
        }
        assert faults["pressure"] == key


INITIAL = Form(
    "f", 1, TEXT,
    (
        q("plain", initial=("hej",)),
        q("chosen", "choice", answer_option=(Option("a", TEXT), Option("b", TEXT, initial_selected=True))),
        q("born", "date", initial_expression=Expression("%patient.birthDate")),
        q("copy", initial_expression=Expression("%resource.item.where(linkId='plain').answer.value & '!'")),
        q("broken", "integer", initial_expression=Expression("'x' * 2")),
        q("row", "group", repeats=True, item=(q("unit", initial=("st",)), q("amount", "integer"))),
        q("length", "integer", calculated_expression=Expression(
            "%resource.item.where(linkId='copy').answer.value.length()")),
    ),
)  # fmt: skip


def test_initial_values_fill_a_first_time_only() -> None:
    patient = {"resourceType": "Patient", "birthDate": "1990-02-01"}
    filling = begin(INITIAL, {"patient": patient})
    assert filling.answers == {
        "plain": ["hej"], "chosen": ["b"], "born": ["1990-02-01"], "copy": ["hej!"], "unit~1": ["st"], "length": [4],
    }  # fmt: skip
    assert begin(INITIAL, {"patient": patient}, {**filling.answers, "plain": []}).answers["plain"] == []
    more = add(answered(filling, unit__1="kg"), "row")
    assert (more.answers["unit~1"], more.answers["unit~2"]) == (["kg"], ["st"])


def flat(items: tuple[ItemView, ...]) -> list[ItemView]:
    return [found for item in items for found in (item, *flat(item.items))]


def test_a_sheet_shows_what_is_shown_in_words_with_instances_and_faults() -> None:
    filling = answered(begin(BODY), weight="72,5", height=180, has_pressure="ja", systolic__1=120)
    filling = add(filling, "pressure")
    faults = send(BODY, filling.answers).faults
    drawn = sheet(filling, "sv", faults)
    shown = {item.link_id: item for item in flat(drawn.items)}
    assert drawn.title == "Dina mått"
    assert shown["weight"].answer == "72,5 kg"
    assert (shown["bmi"].answer, shown["bmi"].read_only, shown["bmi"].calculated) == (
        "22,4 kg/m²",
        True,
        True,
    )
    assert shown["has_pressure"].answer == "Ja"
    assert "pulse_pressure~1" not in shown
    group = shown["pressure"]
    assert (group.repeating, group.may_add) == (True, True)
    assert [(one.instance, one.number, one.may_remove) for one in group.items] == [
        ("1", 1, True),
        ("2", 2, True),
    ]
    assert shown["diastolic~1"].fault == "Svara på frågan för att gå vidare."
    assert drawn.faults == ("waist", "diastolic~1", "systolic~2", "diastolic~2")
    sent = {item.link_id: item for item in flat(sheet(filling, "sv", read_only=True).items)}
    assert all(item.read_only for item in sent.values() if item.type not in ("group", "display"))
    assert not sent["pressure"].may_add
    assert not sent["pressure~1"].may_remove


def test_a_sheet_is_in_the_readers_language_or_the_nearest_there_is() -> None:
    filling = answered(begin(BODY), weight="72,5", has_pressure=True, systolic__1=1 + 119)
    assert {item.link_id: item.answer for item in flat(sheet(filling, "en").items)}["weight"] == "72.5 kg"
    assert sheet(filling, "ar").title == "Dina mått"
    only = Form("f", 1, {"fr": "Titre", "de": "Titel"}, (q("a"),))
    assert sheet(begin(only), "de").title == "Titel"
    assert sheet(begin(only), "sv").title == "Titre"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("form", FORMS.newest(), ids=lambda form: form.code)
def test_every_form_of_ours_can_be_begun_shown_and_sent(form: Form, lang: str) -> None:
    filling = begin(form)
    assert sheet(filling, lang).items
    assert {fault.key for fault in send(form, filling.answers).faults} <= {
        "required", "choose_one", "choose_some", "not_yes_or_no",
    }  # fmt: skip


RAW = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 400), st.text(max_size=5), st.just({"declined": True}),
    st.sampled_from(["ja", "nej", "72,5", "2026-03-14T08:30"]), st.lists(st.integers(0, 9), max_size=2),
)  # fmt: skip
STEPS = st.one_of(
    st.tuples(
        st.just("answer"), st.sampled_from([*BODY.places, "systolic~1", "diastolic~1", "systolic~2"]), RAW
    ),
    st.tuples(st.just("add"), st.just("pressure"), st.none()),
    st.tuples(st.just("remove"), st.just("pressure"), st.integers(1, 3).map(str)),
)


@given(st.lists(STEPS, max_size=10))
@settings(max_examples=80, deadline=None)
def test_whatever_is_done_to_a_form_it_stands_as_if_worked_out_from_the_start(
    steps: list[tuple[str, str, object]],
) -> None:
    filling = answered(begin(BODY), has_pressure="ja")
    for what, link_id, value in steps:
        try:
            if what == "answer":
                result = answer(filling, link_id, value)
                filling = result if isinstance(result, Filling) else filling
            else:
                filling = add(filling, link_id) if what == "add" else remove(filling, link_id, str(value))
        except (LookupError, ValueError):
            continue
        anew = work(expand(BODY, filling.answers), filling.answers)
        assert dict(anew.answers) == dict(filling.answers)
        assert anew.enabled == filling.worked.enabled == Filling(BODY, filling.answers).worked.enabled
        assert sheet(filling, "sv") == sheet(Filling(BODY, filling.answers), "sv")
