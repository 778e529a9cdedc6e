"""Form files are read whole, or refused with the file and the id."""

from pathlib import Path

import msgspec
import pytest

from vardlots.forms.answering import Answer, Fault, validate_answer
from vardlots.forms.authoring import load_forms, read_form
from vardlots.forms.faults import ContentError
from vardlots.forms.flow import visible_items
from vardlots.forms.model import DECLINED, Form

CONTENT = Path(__file__).parents[4] / "content" / "forms"
POST_TRIAGE = load_forms(CONTENT).form("post_triage")


def test_post_triage_asks_for_consents_number_pharmacy_interpreter_and_pictures() -> None:
    shown = [item.link_id for item in visible_items(POST_TRIAGE, {})]
    assert shown == ["share_history", "share_medications", "mobile", "pharmacy", "interpreter", "pictures"]
    assert "interpreter_language" in {i.link_id for i in visible_items(POST_TRIAGE, {"interpreter": [True]})}


@pytest.mark.parametrize("number", ["070 123 45 67", "+46 70-123 45 67", "0046701234567", "08-123 456"])
def test_a_mobile_number_is_taken_in_the_ways_people_write_it(number: str) -> None:
    assert isinstance(validate_answer(POST_TRIAGE.places["mobile"].item, number), Answer)


def test_a_mobile_number_may_be_declined_but_not_be_nonsense() -> None:
    mobile = POST_TRIAGE.places["mobile"].item
    assert validate_answer(mobile, {"declined": True}) == Answer("mobile", (DECLINED,))
    wrong = validate_answer(mobile, "ring hem")
    assert isinstance(wrong, Fault)
    assert "070 123 45 67" in wrong.sentence("sv")


def test_a_form_is_json_and_back() -> None:
    plain = msgspec.to_builtins(POST_TRIAGE)
    assert plain["item"][0]["linkId"] == "share_history"
    assert plain["item"][5]["enableWhen"] == ({"question": "interpreter", "operator": "=", "answer": True},)
    assert msgspec.convert(plain, Form) == POST_TRIAGE


SMALL = """
code = "f"
version = 1
title = { sv = "F", en = "F" }
[[questions]]
id = "a"
type = "boolean"
text = { sv = "A", en = "A" }
[[questions]]
id = "part"
type = "group"
text = { sv = "Del", en = "Part" }
[[questions.questions]]
id = "b"
type = "integer"
min = 0
max = 9
show_if = "a is yes"
text = { sv = "B", en = "B" }
"""


def test_groups_nest() -> None:
    form = read_form(SMALL.encode(), "f.toml")
    assert [outer.link_id for outer in form.places["b"].inside] == ["part"]
    assert form.steps == ("a", "b")


@pytest.mark.parametrize(
    ("old", "new", "start"),
    [
        ("max = 9", "max = -1", "f.toml: b: min and max"),
        ("max = 9", 'pattern = "("', "f.toml: b: the pattern"),
        ('sv = "B", en = "B"', 'sv = "B"', "f.toml: b: the text in “en” is missing"),
        ('sv = "F", en = "F"', 'en = "F"', "f.toml: title: the text in “sv” is missing"),
        ('type = "boolean"', 'type = "boolean"\nshow_if = "b > 3"', "f.toml: b: is never shown"),
        ("a is yes", "z is yes", "f.toml: b: show_if “z is yes”"),
        ('id = "b"', 'id = "a"', "f.toml: a: the id stands twice"),
        ('type = "boolean"', 'type = "choice"', "f.toml: a: a question of type choice needs options"),
        ('id = "b"', 'id = "b~1"', "f.toml: b~1: the id must not have “~” in it"),
        ("max = 9", 'calculated = "{z} + 1"', "f.toml: b: there is no question “z”"),
        ("max = 9", 'calculated = "1 +"', "f.toml: b: the expression cannot be read"),
        ("max = 9", 'calculated = "%other + 1"', "f.toml: b: there is no “%other”"),
        ("max = 9", "calculated = \"'x'.trace('log')\"", "f.toml: b: the function “trace” may not be used"),
        ("max = 9", 'calculated = "1.guess()"', "f.toml: b: there is no function “guess”"),
        ("max = 9", 'calculated = "{b} + 1"', "f.toml: b: the value is worked out from itself: b"),
        (
            'type = "group"',
            'type = "group"\ncalculated = "1"',
            "f.toml: part: a question of type group cannot",
        ),
        ("max = 9", "min_count = 3\nmax_count = 2", "f.toml: b: counts must be 0 or more"),
        ('type = "boolean"', 'type = "bool"', "f.toml: cannot be read"),
    ],
)
def test_a_broken_form_is_refused(old: str, new: str, start: str) -> None:
    assert old in SMALL
    with pytest.raises(ContentError) as caught:
        read_form(SMALL.replace(old, new).encode(), "f.toml")
    assert any(str(fault).startswith(start) for fault in caught.value.faults), str(caught.value)


def test_versions_stand_side_by_side_and_a_double_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "v1.toml").write_text(SMALL)
    (tmp_path / "f" / "v2.toml").write_text(SMALL.replace("version = 1", "version = 2"))
    forms = load_forms(tmp_path)
    assert [forms.form("f").version, forms.form("f", 1).version] == [2, 1]
    assert [form.version for form in forms.newest()] == [2]
    with pytest.raises(LookupError):
        forms.form("g")
    (tmp_path / "again.toml").write_text(SMALL)
    (tmp_path / "broken.toml").write_text("x")
    with pytest.raises(ContentError) as caught:
        load_forms(tmp_path)
    assert {fault.file for fault in caught.value.faults} == {"broken.toml", "f/v1.toml"}
