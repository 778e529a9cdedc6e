"""Two versions beside each other in words, and two people's changes brought together."""

from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from vardlots.admin.bodies import empty
from vardlots.admin.diff import differences, excerpts, merged
from vardlots.admin.shape import fields_of
from vardlots.admin.tests.test_forms import BODY, FIELDS
from vardlots.admin.words import Choices


class Sent(msgspec.Struct, frozen=True):
    """A row with a title that is an abbreviation."""

    sms: Annotated[bool, msgspec.Meta(title="SMS")] = False


NAMES = Choices(units={3: "Ängsviken", 4: "Strandgatan"})
START = empty(FIELDS) | {
    "code": "ab",
    "times": [{"priority": 2, "minutes": 15}, {"priority": 3, "minutes": 45}],
    "rows": [{"name": name, "minutes": 5, "on": False} for name in "abc"],
    "week": {"0": ["08:00", "17:00"]},
}


def said(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [f"{one.label} {one.old} → {one.new}" for one in differences(FIELDS, old, new, "sv", NAMES)]


def test_each_change_is_said_as_one_would() -> None:
    times = [{"priority": 2, "minutes": 12}, {"priority": 3, "minutes": 45}]
    assert said(START, START | {"times": times}) == ["Prioritet 2, steg 1 15 → 12 min"]
    assert said(START, START | {"on": False}) == ["På på → av"]
    assert said(START, START | {"way": "out"}) == ["Väg In → out"]
    assert said(START, START | {"units": [3, 4]}) == ["Enheter inget → Ängsviken, Strandgatan"]
    assert said(START, START | {"week": {}}) == ["Veckan, måndag 08.00–17.00 → stängt"]
    assert said(START, START | {"day": "2026-11-23"}) == ["Dag inget → mån 23 nov"]
    inner = said(START, START | {"inner": {"color": "#000000", "note": "Ny"}})
    assert inner == ["inner, färg #0a6360 → #000000", "inner, anteckning inget → Ny"]


def test_an_abbreviation_keeps_its_capitals() -> None:
    fields = fields_of(msgspec.defstruct("Of", [("rows", list[Sent], [])]))
    told = differences(fields, {"rows": [{"sms": True}]}, {"rows": [{"sms": False}]}, "sv", NAMES)
    assert [one.label for one in told] == ["rows, rad 1, SMS"]


def test_rows_that_come_and_go_are_said_whole() -> None:
    a, b, c = START["rows"]
    assert said(START, START | {"rows": [a, c]}) == ["Rader, rad 2 b, 5 min → "]
    new = {"name": "d", "minutes": None, "on": True}
    assert said(START, START | {"rows": [a, b, c, new]}) == ["Rader, rad 4  → d, på"]
    assert said(START, START | {"rows": [a, b | {"minutes": 7}, c]}) == ["Rader, rad 2, minuter 5 → 7 min"]


@pytest.mark.slow
@drawn(BODY, BODY)
def test_nothing_differs_from_itself_and_what_differs_is_told(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert said(one, one) == []
    assert bool(said(one, other)) == (one != other)


@drawn(BODY, BODY)
def test_what_one_alone_has_changed_is_taken(base: dict[str, Any], changed: dict[str, Any]) -> None:
    assert merged(FIELDS, base, changed, base) == (changed, [])
    assert merged(FIELDS, base, base, changed) == (changed, [])
    assert merged(FIELDS, base, changed, changed) == (changed, [])


@drawn(BODY, BODY, BODY)
def test_nothing_that_both_have_changed_is_chosen_in_silence(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    _, clashes = merged(FIELDS, base, mine, theirs)
    for clash in clashes:
        assert clash.mine != clash.theirs
        assert clash.base not in (clash.mine, clash.theirs)
    for side, whole in (("mine", mine), ("theirs", theirs)):
        body, left = merged(FIELDS, base, mine, theirs, {one.path: side for one in clashes})
        assert left == []
        for name, value in body.items():
            others = (mine if side == "theirs" else theirs)[name]
            # Each field is the chosen side's, or the other's where the chosen side left it alone, or both's within it.
            assert value in (whole[name], others) or name in ("inner", "times", "week")


def test_cells_of_one_row_come_together_and_the_same_cell_is_asked_about() -> None:
    mine = START | {"times": [{"priority": 2, "minutes": 12}, {"priority": 3, "minutes": 40}]}
    theirs = START | {"times": [{"priority": 2, "minutes": 15}, {"priority": 3, "minutes": 50}], "on": False}
    body, clashes = merged(FIELDS, START, mine, theirs)
    assert [one.path for one in clashes] == ["times.1.minutes"]
    assert body["times"][0]["minutes"] == 12
    assert body["on"] is False
    body, clashes = merged(FIELDS, START, mine, theirs, {"times.1.minutes": "theirs"})
    assert (clashes, body["times"][1]["minutes"]) == ([], 50)


def test_a_table_that_both_have_changed_is_one_question() -> None:
    """Rows that may come and go have no names to match them by: half of each would be nobody's."""
    a, b, c = START["rows"]
    _, clashes = merged(FIELDS, START, START | {"rows": [a, b]}, START | {"rows": [b, c]})
    assert [one.path for one in clashes] == ["rows"]


def test_days_of_a_week_come_together() -> None:
    mine, theirs = START | {"week": {}}, START | {"week": {"0": ["08:00", "17:00"], "5": ["10:00", "14:00"]}}
    assert merged(FIELDS, START, mine, theirs) == (START | {"week": {"5": ["10:00", "14:00"]}}, [])


def test_of_a_long_text_the_part_that_is_new_is_shown() -> None:
    start = "Hej och välkommen till oss. " * 6
    old, new = excerpts(f"{start}Vi svarar före lunch. {start}", f"{start}Vi svarar efter lunch. {start}")
    assert "före lunch." in old
    assert "efter lunch." in new
    assert max(len(old), len(new)) < 60
    assert excerpts("kort", "annat") == ("kort", "annat")
    assert excerpts("a " * 60, "a " * 60 + "slut")[1].endswith("slut")


@drawn(
    st.lists(st.sampled_from(["a", "b", "c"]), max_size=60),
    st.lists(st.sampled_from(["a", "b"]), max_size=60),
)
def test_excerpts_are_short_and_differ_as_the_texts_do(old: list[str], new: list[str]) -> None:
    a, b = " ".join(old), " ".join(new)
    x, y = excerpts(a, b)
    assert max(len(x), len(y)) <= 90
    assert a == b or x != y or len(x) >= 80
