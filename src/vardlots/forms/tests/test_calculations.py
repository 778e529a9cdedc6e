"""Values calculated by FHIRPath: what they are, what they wait for, what stops them."""

import time
from datetime import UTC, datetime

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from vardlots.forms.calculations.navigation import compile
from vardlots.forms.calculations.plan import expression_faults, plan_of
from vardlots.forms.calculations.syntax import ExpressionError, parse
from vardlots.forms.calculations.work import change, resume, work
from vardlots.forms.instances import expand
from vardlots.forms.model import (
    DECLINED,
    EnableWhen,
    Expression,
    Form,
    Item,
    ItemType,
    Operator,
    Option,
    Value,
)
from vardlots.platform import clock

TEXT = {"sv": "Fråga", "en": "Question"}


def path(link_id: str) -> str:
    return f"%resource.descendants().where(linkId='{link_id}').answer.value"


def q(link_id: str, type: str = "decimal", **more: object) -> Item:
    return Item(link_id, ItemType(type), TEXT, **more)  # type: ignore[arg-type]


def calculated(link_id: str, source: str, type: str = "decimal", **more: object) -> Item:
    return q(link_id, type, calculated_expression=Expression(source), **more)


def form(*items: Item, **more: object) -> Form:
    return Form("f", 1, TEXT, items, **more)  # type: ignore[arg-type]


def value(source: str, type: str = "decimal", *others: Item, **answers: list[Value]) -> list[Value]:
    """What an expression gives for a form with these items."""
    whole = form(*others, calculated("result", source, type))
    assert expression_faults(whole) == []
    return list(work(whole, answers).answers.get("result", []))


SCORED = q(
    "habit", "choice", repeats=True,
    answer_option=(Option("often", TEXT, score=3), Option("never", TEXT, score=0), Option("what", TEXT)),
)  # fmt: skip
KINDS = (
    q("n"), q("m"), q("i", "integer"), q("yes", "boolean"), q("day", "date"), q("at", "time"), q("said", "string"),
    q("weight", "quantity", unit="kg"), SCORED, q("many", "integer", repeats=True),
    q("g", "group", item=(q("inner"), q("other"), q("photo", "choice", answer_option=SCORED.answer_option,
                                                    item=(q("below"),)))),
)  # fmt: skip
ANSWERS: dict[str, list[Value]] = {
    "n": [7], "m": [0.1], "i": [3], "yes": [True], "day": ["2000-02-29"], "at": ["08:30"], "said": ["hej"],
    "weight": [{"value": 72.5, "unit": "kg"}], "habit": ["often", "never"], "many": [1, 2, 2],
    "inner": [4], "other": [5], "photo": ["often"], "below": [9],
}  # fmt: skip


@pytest.mark.parametrize(
    ("source", "type", "expected"),
    [
        (f"{path('n')} * 2", "decimal", [14]),
        (f"{path('m')} + 0.2", "decimal", [0.3]),
        (f"-{path('n')}", "decimal", [-7]),
        ("%resource.item.where(linkId='n').answer.value + 1", "integer", [8]),
        ("%resource.item.where(linkId='g').item.where(linkId='inner').answer.value", "integer", [4]),
        ("%resource.item.where(linkId='inner').answer.value", "integer", []),
        ("%resource.item.where(linkId='g').item.answer.value.ofType(decimal).sum()", "integer", [9]),
        (f"{path('many')} is integer", "boolean", []),
        (f"{path('i')} is integer", "boolean", [True]),
        ("%resource.item.where(linkId='g').item.where(linkId='photo').answer.item.where(linkId='below').answer.value",
         "integer", [9]),
        ("%resource.repeat(item).where(linkId='other').answer.value", "integer", [5]),
        (f"{path('many')}.sum()", "integer", [5]),
        (f"{path('many')}.count()", "integer", [3]),
        (f"{path('many')}.max()", "integer", [2]),
        (f"{path('many')}.avg().round(2)", "decimal", [1.67]),
        ("2.5.round()", "integer", [3]),
        (f"{path('habit')}.weight().sum()", "integer", [3]),
        ("%resource.descendants().where(linkId='habit').answer.ordinal().sum()", "integer", [3]),
        (f"{path('habit')}.code.first()", "string", ["often"]),
        (f"{path('habit')}.where(code = 'never').exists()", "boolean", [True]),
        (f"{path('weight')}.value / 2", "decimal", [36.25]),
        (path("weight"), "quantity", [{"value": 72.5, "unit": "kg"}]),
        (f"iif({path('yes')}, 'ja', 'nej')", "string", ["ja"]),
        (f"{path('day')} < @2001-01-01", "boolean", [True]),
        (f"{path('day')} + 1 year", "date", ["2001-02-28"]),
        (f"{path('said')} & '!'", "string", ["hej!"]),
        (f"{path('said')}.length()", "integer", [3]),
        ("%resource.item.where(answer.value = 'hej').linkId", "string", ["said"]),
        ("%resource.descendants().where(linkId='g').item.count()", "integer", [3]),
        ("%resource.descendants().where(linkId='absent').exists()", "boolean", [False]),
    ],
)  # fmt: skip
def test_values(source: str, type: str, expected: list[Value]) -> None:
    assert value(source, type, *KINDS, **ANSWERS) == expected


@pytest.mark.parametrize(
    "source",
    [
        f"{path('n')} + {path('m')}", f"{path('n')} * 2", f"{path('n')}.sum()", f"{path('n')}.avg()",
        f"iif({path('n')} > 3, 1, {path('n')})", f"{path('n')} / {path('m')}", f"{path('habit')}.weight().sum()",
    ],
)  # fmt: skip
@pytest.mark.parametrize("answers", [{}, {"n": [DECLINED], "habit": [DECLINED]}, {"n": [], "m": [1]}])
def test_nothing_is_calculated_from_what_is_missing_or_declined(
    source: str, answers: dict[str, list[Value]]
) -> None:
    assert value(source, "decimal", *KINDS, **answers) == []


@pytest.mark.parametrize(
    ("source", "type"),
    [
        ("1 / 0", "decimal"), ("5 div 0", "integer"), ("'a' + 1", "decimal"), ("'three'", "integer"),
        ("1.5", "integer"),
        ("1 | 2", "integer"), ("true", "integer"), ("1", "boolean"), (path("many"), "integer"), ("'none'", "choice"),
        ("9.power(999999)", "decimal"), ("(-1).sqrt()", "decimal"), (f"{path('said')} * 2", "decimal"),
        ("'x'.toInteger()", "integer"), ("%resource", "string"), ("%patient.birthDate", "date"),
        ("(1 | 2).single()", "integer"), ("'(a+)+b'.matches('(a+)+b')", "boolean"),
    ],
)  # fmt: skip
def test_a_fault_gives_no_value(source: str, type: str) -> None:
    assert value(source, type, *KINDS, **ANSWERS) == []


@pytest.mark.parametrize("link_id", ["n", "weight", "habit", "many", "said"])
def test_a_declined_answer_is_no_answer(link_id: str) -> None:
    for source in (
        f"{path(link_id)}.exists()",
        f"%resource.item.where(linkId='{link_id}' and true).exists()",
    ):
        declined: dict[str, list[Value]] = {link_id: [DECLINED]}
        assert value(source, "boolean", *KINDS, **declined) == [False]
        assert value(source, "boolean", *KINDS, **{link_id: ANSWERS[link_id]}) == [True]


def test_a_fault_is_logged_without_the_answers() -> None:
    with structlog.testing.capture_logs() as logs:
        value(f"{path('said')} * 2", "decimal", *KINDS, said=["hemligt"])
    assert [entry["event"] for entry in logs] == ["calculation_failed"]
    assert logs[0]["item"] == "result"
    assert "hemligt" not in str(logs)


def test_what_is_known_at_the_beginning_can_be_read() -> None:
    age = calculated("old", "%patient.birthDate <= today() - 18 years", "boolean")
    with clock.at(datetime(2026, 3, 14, 23, 30, tzinfo=UTC)):
        for born, old in (("2008-03-15", True), ("2008-03-16", False)):
            patient = {"resourceType": "Patient", "birthDate": born}
            assert work(form(age), {}, {"patient": patient}).answers == {"old": [old]}


CIRCLES = [
    (calculated("a", f"{path('a')} + 1"),),
    (calculated("a", path("b")), calculated("b", path("a"))),
    (q("a", enable_when=(EnableWhen("b", Operator.EXISTS, True),)), calculated("b", path("a"))),
    (
        q("g", "group", enable_when=(EnableWhen("a", Operator.GREATER, 1),), item=(calculated("a", "1"),)),
        q("z"),
    ),
]


@pytest.mark.parametrize("items", CIRCLES)
def test_a_circle_is_a_fault_and_ends(items: tuple[Item, ...]) -> None:
    whole = form(*items)
    ((link_id, told),) = expression_faults(whole)
    assert link_id in ("a", "b", "g")
    assert "räknas ut av sig självt" in told.swedish
    assert "z" not in told
    assert "a" not in work(whole, {"a": [1]}).answers or items is CIRCLES[2]


def test_what_only_waits_for_a_circle_is_not_in_it() -> None:
    whole = form(calculated("a", path("b")), calculated("b", path("a")), calculated("c", path("a")))
    assert set(plan_of(whole).circles) == {"a", "b"}


def test_variables_are_seen_where_they_stand_and_below() -> None:
    double = Expression(f"{path('n')} * 2", name="twice")
    inner = Expression("%twice + 1", name="more")
    group = q("g", "group", variables=(inner,), item=(calculated("a", "%more"), calculated("b", "%twice")))
    whole = form(q("n"), group, calculated("c", "%more"), variables=(double,))
    assert [link_id for link_id, _ in expression_faults(whole)] == ["c"]
    assert dict(work(whole, {"n": [3]}).answers) == {"n": [3], "a": [7], "b": [6]}


def test_a_variable_may_be_a_place_to_walk_on_from() -> None:
    place = Expression("%resource.item.where(linkId='g')", name="here")
    whole = form(
        q("g", "group", item=(q("x"),)),
        calculated("a", "%here.item.where(linkId='x').answer.value + 1"),
        variables=(place, Expression("%resource", name="all")),
    )
    assert work(whole, {"x": [3]}).answers["a"] == [4]
    assert plan_of(whole).values["a"].reads == {"x"}


def test_variables_in_a_circle_are_a_fault() -> None:
    variables = (Expression("%b", name="a"), Expression("%a", name="b"))
    ((_, told),) = expression_faults(form(calculated("x", "%a"), variables=variables))
    assert "worked out from itself" in told


def test_conditions_in_fhirpath_show_and_hide() -> None:
    when = Expression(f"{path('n')} > 3 and {path('m')}.exists()")
    whole = form(
        q("n"), q("m"), q("x", enable_when_expression=when), calculated("sum", f"{path('x')} + {path('n')}")
    )
    assert "x" not in work(whole, {"n": [5]}).enabled
    after = work(whole, {"n": [5], "m": [1], "x": [2]})
    assert after.answers["sum"] == [7]
    hidden = change(after, {"n": [3]})
    assert "x" not in hidden.enabled
    assert "sum" not in hidden.answers


def test_another_language_is_kept_and_not_worked_out() -> None:
    cql = q("a", calculated_expression=Expression("Foo", language="text/cql"))
    assert expression_faults(form(cql)) == []
    assert work(form(cql), {"a": [3]}).answers == {"a": [3]}


def test_walks_are_found_once_and_not_walked_again() -> None:
    compiled = compile(f"({path('a')} + {path('b')}) / {path('a')}")
    assert len(compiled.slots) == 2
    assert not compiled.walks_itself


@pytest.mark.parametrize("link_id", ["n", "m", "habit", "many", "weight", "inner", "below", "day"])
def test_what_is_found_beforehand_is_what_a_walk_finds(link_id: str) -> None:
    """The same path, hidden from the search for walks by a condition that is always true."""
    walked = f"%resource.descendants().where(linkId='{link_id}' and true).answer.value"
    for question in (
        "count()",
        "first() = {}.first()",
        "select($this is integer).first()",
        "toString().first()",
    ):
        found = value(f"{path(link_id)}.{question.format(walked)}", "string" if "toS" in question else "boolean",
                      *KINDS, **ANSWERS)  # fmt: skip
        again = value(f"{walked}.{question.format(path(link_id))}", "string" if "toS" in question else "boolean",
                      *KINDS, **ANSWERS)  # fmt: skip
        assert found == again, question
    assert value(f"{path(link_id)}.first() = {walked}.first()", "boolean", *KINDS, **ANSWERS) == [True]


# Expressions of all kinds over five questions, some of which walk by themselves.
SOURCES = st.sampled_from(
    [
        "{a} + {b}", "{a} * 2", "({a} | {b} | {c}).sum()", "iif({a} > {b}, {c}, 0)", "{a}.exists()", "{a} / {b}",
        "%resource.descendants().where(linkId='{raw}' and true).answer.value.sum()",
        "%resource.item.answer.value.count()", "%resource.item.answer.value.sum() + {a}",
        "%resource.descendants().where(linkId='g').item.count()",
    ]
)  # fmt: skip


@st.composite
def random_forms(draw: st.DrawFn) -> Form:
    names = [f"q{n}" for n in range(draw(st.integers(2, 5)))]
    items = [q(name, enable_when=tuple(_when(draw, names))) for name in names]
    made = [f"c{n}" for n in range(draw(st.integers(1, 5)))]
    pool = [*names, *made]
    for name in made:
        some = {key: path(draw(st.sampled_from(pool))) for key in "abc"}
        source = draw(SOURCES).format(raw=draw(st.sampled_from(pool)), **some)
        items.append(calculated(name, source, enable_when=tuple(_when(draw, pool))))
    order = draw(st.permutations(items))
    cut = draw(st.integers(0, len(order)))
    return form(*order[:cut], q("g", "group", item=tuple(order[cut:])))


def _when(draw: st.DrawFn, names: list[str]) -> list[EnableWhen]:
    if draw(st.integers(0, 2)):
        return []
    return [EnableWhen(draw(st.sampled_from(names)), Operator.GREATER, draw(st.integers(0, 4)))]


@given(random_forms(), st.data())
@settings(max_examples=150, deadline=None)
def test_step_by_step_is_the_same_as_from_the_start(whole: Form, data: st.DataObject) -> None:
    asked = [link_id for link_id in whole.places if link_id.startswith("q")]
    state = work(whole, {})
    answers: dict[str, list[Value]] = {}
    for _ in range(data.draw(st.integers(1, 5))):
        link_id = data.draw(st.sampled_from(asked))
        values: list[Value] = list(data.draw(st.lists(st.integers(0, 5), max_size=1)))
        answers[link_id] = values
        state = change(state, {link_id: values})
        anew = work(whole, answers)
        assert dict(state.answers) == dict(anew.answers)
        assert state.enabled == anew.enabled
        kept = resume(whole, state.answers)
        assert kept.enabled == anew.enabled


@given(random_forms(), st.dictionaries(st.sampled_from(["q0", "q1", "q2", "q3"]), st.integers(0, 9)))
@settings(max_examples=100, deadline=None)
def test_what_is_not_shown_changes_no_value(whole: Form, given_: dict[str, int]) -> None:
    answers: dict[str, list[Value]] = {name: [number] for name, number in given_.items()}
    before = work(whole, answers)
    left = {name: values for name, values in answers.items() if name in before.enabled}
    after = work(whole, left)
    assert after.enabled == before.enabled
    assert {k: v for k, v in after.answers.items() if k.startswith("c")} == {
        k: v for k, v in before.answers.items() if k.startswith("c")
    }


TOO_LONG = [
    "1" + " + 1" * 2000, "(" * 30 + "1" + ")" * 30, "+".join(["1"] * 200), "a" + ".b" * 200, "-" * 300 + "1",
    "", " ", "1 2", "a..b", "1 +", ")(", "'open", "a.where(", "%",
]  # fmt: skip


@pytest.mark.parametrize("source", TOO_LONG)
def test_what_nobody_should_write_is_refused_at_once(source: str) -> None:
    # In processor time: how busy the machine is says nothing of the parser.
    began = time.process_time()
    with pytest.raises(ExpressionError) as caught:
        parse(source)
    assert caught.value.args[0].swedish
    assert time.process_time() - began < 1


MALICIOUS = [
    "1.repeat($this + 1)", "'a'.repeat($this & 'a')", "1.repeat($this)", "%resource.repeat($this)",
    "%resource.descendants().select(%resource.descendants()).count()",
    "%resource.descendants().where(%resource.descendants().where(%resource.descendants().exists()).exists()).count()",
    "'a'" + ".select($this & $this)" * 60, "9" + ".select($this * $this)" * 60,
    "(1 | 2)" + ".combine($this)" * 70, "%resource.descendants()" + ".combine(%resource.descendants())" * 30,
    "'ab'" + ".replace('', 'cccccccccccccccccccc')" * 30, "9.power(99999999)", "1.round(99999999)",
    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.matches('(a|a)*b')",
    f"%resource.descendants().where('{'a' * 2500}'.matches('a*[a-z]{{0,17}}b')).count()",
    "%resource.descendants().where('a'.matches(iif(true, '" + "(a?b?c?d?)" * 40 + "'))).count()",
    "%resource.descendants().subsetOf(%resource.descendants())",
    "%resource.descendants() ~ %resource.descendants()",
    "%resource.descendants().aggregate($total & 'aaaaaaaaaaaaaaaaaaaa', 'a').length()",
    "1.select(" * 20 + "1.repeat($this + 1)" + ")" * 20,
]  # fmt: skip


@pytest.mark.parametrize("source", MALICIOUS)
def test_no_expression_holds_a_page_up(source: str) -> None:
    whole = form(*(q(f"q{n}") for n in range(300)), calculated("result", source, "integer"))
    answers: dict[str, list[Value]] = {f"q{n}": [n] for n in range(300)}
    plan_of(whole)
    began = time.process_time()
    work(whole, answers)
    assert time.process_time() - began < 2


@pytest.mark.slow
def test_a_form_full_of_them_is_bounded_too() -> None:
    evil = [calculated(f"c{n}", "1.repeat($this + 1)") for n in range(200)]
    whole = form(q("n"), *evil, calculated("fine", f"{path('n')} + 1"))
    began = time.process_time()
    work(whole, {"n": [1]})
    assert time.process_time() - began < 5


def test_a_form_drawn_out_calculates_for_each_instance() -> None:
    row = q(
        "row", "group", repeats=True, variables=(Expression("%context", name="this"),),
        item=(q("price"), q("count"),
              calculated("sum", "%this.item.where(linkId='price').answer.value * "
                                "%this.item.where(linkId='count').answer.value")),
    )  # fmt: skip
    whole = form(row, calculated("total", f"{path('sum')}.sum()"))
    answers: dict[str, list[Value]] = {
        "row": ["1", "2"], "price~1": [10], "count~1": [3], "price~2": [7], "count~2": [1],
    }  # fmt: skip
    drawn = expand(whole, answers)
    assert expression_faults(drawn) == []
    found = work(drawn, answers).answers
    assert (found["sum~1"], found["sum~2"], found["total"]) == ([30], [7], [37])
    after = change(work(drawn, answers), {"count~2": [DECLINED]})
    assert "sum~2" not in after.answers
    assert after.answers["total"] == [30]
