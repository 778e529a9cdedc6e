"""What administrators may save of triage: times that rise, the scheme's priorities, reasons and protocols that hold."""

import msgspec
import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from vardlots.configuration.book import NOTHING
from vardlots.configuration.model import Problem
from vardlots.forms.expressions import All, AtLeast, Compare, Condition, Either
from vardlots.forms.model import Operator
from vardlots.triage import content, escalation, priorities, protocols, reach, reasons
from vardlots.triage.catalogue import SAVED_FROM
from vardlots.triage.configured import practice
from vardlots.triage.escalation import EscalationTimes, Times, standing_times
from vardlots.triage.model import Subject
from vardlots.triage.priorities import Priorities, standing_priorities
from vardlots.triage.protocols import ProtocolText
from vardlots.triage.reasons import Reason, standing_reason
from vardlots.triage.schemes import WayIn
from vardlots.triage.services import CONTACT_QUESTION

SCHEMES = content.schemes()
change = msgspec.structs.replace


def source(code: str) -> str:
    return protocols._text(code, 1)


def fields(problems: list[Problem]) -> list[str]:
    return [problem.field for problem in problems]


# Escalation times.


@pytest.mark.parametrize(
    ("code", "assumed"), [("1-5", [15, 30, 60, 120, 240]), ("1-12", [15, 30, 60, 120, 240, 240])]
)
def test_what_stands_is_the_schemes_own_and_may_be_saved(code: str, assumed: list[int]) -> None:
    standing = standing_times(SCHEMES[code])
    assert {row.target for row in standing.rows} == {15}
    assert [row.step_1 for row in standing.rows] == assumed
    assert {row.step_2 for row in standing.rows} == {None}
    assert escalation.problems(SCHEMES[code], standing) == []
    assert msgspec.convert(msgspec.to_builtins(standing), EscalationTimes) == standing


minutes = st.integers(1, escalation.MOST)


@any_of(st.data())
def test_steps_are_saved_exactly_when_they_rise(data: st.DataObject) -> None:
    scheme = SCHEMES["1-12"]
    rows = [
        Times(row.priority, data.draw(minutes), data.draw(minutes), data.draw(st.none() | minutes))
        for row in standing_times(scheme).rows
    ]
    rising = all(row.target <= row.step_1 and (row.step_2 is None or row.step_1 < row.step_2) for row in rows)
    assert (escalation.problems(scheme, EscalationTimes(rows)) == []) is rising


def test_a_step_out_of_order_is_told_at_its_field() -> None:
    rows = standing_times(SCHEMES["1-5"]).rows
    rows[1] = change(rows[1], step_1=14)
    rows[2] = change(rows[2], step_2=60)
    assert fields(escalation.problems(SCHEMES["1-5"], EscalationTimes(rows))) == [
        "rows.1.step_1",
        "rows.2.step_2",
    ]


@pytest.mark.parametrize("number", [0, -5, 1441])
def test_minutes_are_within_a_day(number: int) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"rows": [{"priority": 1, "target": number, "step_1": 15}]}, EscalationTimes)


def test_every_priority_that_waits_has_its_row_and_no_other() -> None:
    rows = standing_times(SCHEMES["1-12"]).rows
    assert [row.priority for row in rows] == [1, 2, 3, 4, 5, 12]
    for wrong in (rows[1:], [*rows, rows[0]], [change(rows[0], priority=7), *rows[1:]], rows[::-1]):
        assert fields(escalation.problems(SCHEMES["1-12"], EscalationTimes(wrong)))[0] == "rows"


# Priorities.


@pytest.mark.parametrize("code", SCHEMES)
def test_the_schemes_own_words_may_be_saved_and_change_nothing(code: str) -> None:
    standing = standing_priorities(SCHEMES[code])
    assert priorities.problems(SCHEMES[code], standing) == []
    assert priorities._worded(SCHEMES[code], standing) == SCHEMES[code]


@pytest.mark.parametrize(
    ("place", "changed", "field"),
    [
        (0, {"way_in": WayIn.DROP_IN}, "rows.0.way_in"),
        (1, {"way_in": WayIn.EMERGENCY}, "rows.1.way_in"),
        (5, {"way_in": WayIn.DROP_IN}, "rows.5.way_in"),
        (0, {"telephone": False}, "rows.0.telephone"),
        (1, {"telephone": False}, "rows.1.telephone"),
    ],
)
def test_a_priority_keeps_what_patients_safety_rests_on(
    place: int, changed: dict[str, object], field: str
) -> None:
    rows = standing_priorities(SCHEMES["1-12"]).rows
    rows[place] = change(rows[place], **changed)
    assert fields(priorities.problems(SCHEMES["1-12"], Priorities(rows))) == [field]


def test_drop_in_and_self_care_first_may_change_places() -> None:
    rows = standing_priorities(SCHEMES["1-12"]).rows
    rows[3] = change(rows[3], way_in=WayIn.SELF_CARE_THEN_CHOICE, telephone=True)
    assert priorities.problems(SCHEMES["1-12"], Priorities(rows)) == []


def test_the_priorities_of_another_scheme_are_refused() -> None:
    assert fields(priorities.problems(SCHEMES["1-12"], standing_priorities(SCHEMES["1-5"]))) == ["rows"]


# Reasons.


def told(code: str, **changed: object) -> list[str]:
    known = protocols.in_force(NOTHING)
    others = reasons.in_force(NOTHING, known)
    value = change(standing_reason(known["sore_throat"]), **changed)
    return fields(reasons.problems(code, value, others=others, known=known, units=frozenset({1, 2})))


def test_reasons_that_stand_may_be_saved() -> None:
    assert told("sore_throat") == []
    assert told("sore_throat", units=[1, 2], active=False, protocol=None) == []


@pytest.mark.parametrize(
    ("code", "changed", "field"),
    [
        ("Halsont", {"protocol": None}, "key"),
        ("sore_throat", {"protocol": "no_such"}, "protocol"),
        ("sore_throat", {"protocol": "chest_pain"}, "protocol"),
        ("throat", {}, "protocol"),
        ("sore_throat", {"units": [1, 3]}, "units"),
    ],
)
def test_a_reason_that_leads_nowhere_is_refused(code: str, changed: dict[str, object], field: str) -> None:
    assert told(code, **changed) == [field]


def test_where_nobody_has_saved_everything_is_as_the_files_have_it() -> None:
    now = practice(NOTHING, "1-12")
    files = content.protocols()
    for kind in ("complaint", "service"):
        assert {one.code: one.title for one in now.offered(7, kind)} == {
            # A question to a care contact is asked from the contact's own page, and stands in no list of services.
            p.code: p.title
            for p in files.newest()
            if p.kind == kind and p.code != CONTACT_QUESTION
        }
    assert now.scheme == SCHEMES["1-12"]
    assert {now.target(7, priority) for priority in range(1, 13)} == {15}
    assert now.telephoned == {1, 2}
    assert now.names("sv")["a_complaint_of_old"] == "a_complaint_of_old"
    assert now.role_for("sore_throat", "nurse") == "nurse"


# Protocols.


def problems(code: str, text: str) -> list[str]:
    return [
        problem.message.format(**problem.values) for problem in protocols.problems(code, ProtocolText(text))
    ]


@pytest.mark.parametrize("code", [protocol.code for protocol in content.protocols().newest()])
def test_the_files_own_text_may_be_saved(code: str) -> None:
    assert problems(code, source(code)) == []


def test_a_fault_is_told_in_swedish_at_its_line() -> None:
    text = source("sore_throat").replace(
        'status = "not clinically approved, demonstration"', 'status = "approved"'
    )
    line = next(n for n, one in enumerate(text.splitlines(), 1) if one.startswith("status"))
    assert problems("sore_throat", text) == [
        f"Rad {line}: status: ska vara ”not clinically approved, demonstration” tills någon har godkänt det."
    ]


@pytest.mark.parametrize("code", ["common", "vignettes", "Sore", "../etc", "", "a b"])
def test_a_code_that_is_none_is_refused(code: str) -> None:
    assert [problem.field for problem in protocols.problems(code, ProtocolText(source("sore_throat")))] == [
        "key"
    ]


def test_another_protocols_text_is_refused() -> None:
    assert problems("sore_throat", source("chest_pain")) == ["Rad 5: code: ska vara ”sore_throat”."]


def test_a_change_of_what_comes_of_a_written_case_is_refused_and_says_which() -> None:
    text = source("sore_throat")
    start = text.index('id = "H3"')
    assert "priority = 3" in text[start : start + 700]
    changed = text[:start] + text[start:].replace("priority = 3", "priority = 4", 1)
    found = problems("sore_throat", changed)
    assert found[0].startswith("Prövfallet ”Tuva, sex år")
    assert all(one.startswith("Prövfallet ”") for one in found)
    assert any(one.endswith(" ger 4, digital, nurse, ska ge 3, digital, nurse.") for one in found)


QUESTION = """
[[questions]]
id = "travelled"
type = "boolean"
worse = "yes"
label = { sv = "Resa", en = "Travel" }
text = { sv = "Har {du} varit utomlands?", en = "{Have} {you} been abroad?" }
history = { sv = "har varit utomlands", en = "has been abroad" }
denied = { sv = "utlandsresa", en = "travel abroad" }

[[rules]]
"""


RULE = """
[[rules]]
id = "H99"
when = "travelled is no"
priority = 2
level = "physical"
role = "physician"
sources = ["VL"]
because = { sv = "Så är det.", en = "So it is." }
call_112_if = { sv = "om det blir sämre.", en = "if it gets worse." }
"""


def test_a_new_question_may_be_added_when_its_mildest_answer_changes_nothing() -> None:
    text = source("sore_throat").replace("\n[[rules]]\n", QUESTION, 1)
    assert problems("sore_throat", text) == []
    grave = text.replace("\n[[rules]]\n", f"{RULE}\n[[rules]]\n", 1)
    assert any("H99" in one and "blir allvarligare" in one for one in problems("sore_throat", grave))


def test_a_condition_that_unfolds_without_end_is_refused_at_once() -> None:
    many = ", ".join(
        ["swallowing is each_swallow or swallowing is drinks_little or swallowing is cannot_drink"] * 40
    )
    text = source("sore_throat")
    at = text.index('\nwhen = "')
    end = text.index('"\n', at + 9)
    found = problems("sore_throat", f'{text[:at]}\nwhen = "20 of ({many})"\n{text[end + 2 :]}')
    assert any("för sammansatt" in one for one in found)
    deep = problems("sore_throat", f'{text[:at]}\nwhen = "{"(" * 5000}"\n{text[end + 2 :]}')
    assert any("för många parenteser" in one for one in deep)


@any_of(st.recursive(
    st.just(Compare("a", Operator.EQUAL, (1,))),
    lambda parts: st.lists(parts, min_size=1, max_size=4).flatmap(
        lambda some: st.sampled_from([All(tuple(some)), Either(tuple(some))])
        | st.integers(1, len(some)).map(lambda n: AtLeast(n, tuple(some)))
    ),
    max_leaves=9,
))  # fmt: skip
def test_alternatives_are_counted_without_unfolding_them(condition: Condition) -> None:
    if reach._count(condition) < 3000:
        assert reach._count(condition) == len(list(reach._alternatives(condition)))


def test_versions_of_files_and_saved_ones_never_meet() -> None:
    assert all(protocol.version < SAVED_FROM for protocol in content.protocols().every_version())


def test_the_preview_shows_every_question_in_order() -> None:
    shown = protocols.preview("sore_throat", ProtocolText(source("sore_throat")), "sv")
    protocol = content.protocols().protocol("sore_throat")
    assert [one["id"] for one in shown] == [
        i.link_id for i in protocol.form.item if i.link_id in protocol.meanings
    ]
    assert all(one["text"] for one in shown)
    assert protocol.suits(Subject(30))


@pytest.mark.parametrize(
    ("code", "first", "an_option"),
    [
        ("sore_throat", "Stämmer något av det här in på dig just nu?", "Jag får nästan ingen luft"),
        (
            "fever_child",
            "Stämmer något av det här in på barnet just nu?",
            "Andas inte, eller kämpar för att få luft",
        ),
    ],
)
def test_the_preview_says_it_as_the_patient_reads_it(code: str, first: str, an_option: str) -> None:
    shown = protocols.preview(code, ProtocolText(source(code)), "sv")
    assert shown[0]["text"] == first
    assert an_option in [option["text"] for option in shown[0]["options"]]
    said = [one[part] for one in shown for part in ("text", "help")]
    said += [option["text"] for one in shown for option in one["options"]]
    assert not [text for text in said if "{" in text or "[[" in text]


def test_the_title_of_a_protocol_is_read_from_its_text() -> None:
    assert protocols.PROTOCOL.title(ProtocolText(source("sore_throat"))) == "Halsont"
    assert protocols.PROTOCOL.title(ProtocolText("nothing")) == ""
    assert reasons.REASON.title(Reason("Hals", "Throat")) == "Hals"
