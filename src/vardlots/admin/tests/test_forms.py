"""Forms that come from a shape: what a body shows is what is read back, and what cannot be read is kept and named."""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec import Meta

from vardlots.admin.bodies import clock_text, empty, filled, moved, read, sent_as, without_notes
from vardlots.admin.faults import faults
from vardlots.admin.known import kinds
from vardlots.admin.shape import Field, fields_of


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(title="Namn", min_length=1, max_length=20)]
    minutes: (
        Annotated[int, Meta(title="Minuter", ge=1, le=90, extra_json_schema={"widget": "minutes"})] | None
    ) = None
    on: Annotated[bool, Meta(title="På")] = False


class Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    priority: Annotated[int, Meta(title="Prioritet", extra_json_schema={"readonly": True})]
    minutes: Annotated[int, Meta(title="Steg 1: här", ge=1, extra_json_schema={"widget": "minutes"})]


class Inner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    color: Annotated[
        str, Meta(title="Färg", pattern="^#[0-9a-f]{6}$", extra_json_schema={"widget": "color"})
    ] = "#0a6360"
    note: Annotated[str, Meta(title="Anteckning", max_length=500)] = ""


class Everything(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: Annotated[str, Meta(title="Kod", min_length=2, max_length=20, extra_json_schema={"readonly": True})]
    text: Annotated[str, Meta(title="Text", max_length=2000)] = ""
    maybe: Annotated[str, Meta(title="Kanske", max_length=40)] | None = None
    number: Annotated[int, Meta(title="Tal", ge=-5, le=99)] = 3
    on: Annotated[bool, Meta(title="På")] = True
    day: Annotated[date, Meta(title="Dag")] | None = None
    at: Annotated[str, Meta(title="Klockan", extra_json_schema={"widget": "time"})] = "08:00"
    way: Annotated[Literal["in", "out"], Meta(title="Väg", extra_json_schema={"labels": {"in": "In"}})] = "in"
    ways: Annotated[list[Literal["in", "out"]], Meta(title="Vägar")] = []
    words: Annotated[list[str], Meta(title="Ord", max_length=5)] = []
    units: Annotated[list[int], Meta(title="Enheter", extra_json_schema={"widget": "units"})] = []
    week: Annotated[dict[str, list[str]], Meta(title="Veckan", extra_json_schema={"widget": "week"})] = {}
    inner: Inner = Inner()
    rows: Annotated[list[Row], Meta(title="Rader", max_length=8)] = []
    times: Annotated[list[Given], Meta(title="Tider")] = []


FIELDS = fields_of(Everything)
# What a person can type: a form sends no line break but as a line break, and a field of one line sends none.
LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))
LINE = st.text(LETTERS, max_size=15).map(str.strip)
AREA = st.lists(LINE, max_size=3).map("\n".join)
CLOCK = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
ROW = st.fixed_dictionaries({"name": LINE, "minutes": st.none() | st.integers(1, 90), "on": st.booleans()})
BODY = st.fixed_dictionaries(
    {
        "code": LINE,
        "text": AREA,
        "maybe": st.none() | LINE.filter(bool),
        "number": st.integers(-(10**9), 10**9),
        "on": st.booleans(),
        "day": st.none() | st.dates().map(date.isoformat),
        "at": CLOCK,
        "way": st.sampled_from(["in", "out"]),
        "ways": st.lists(st.sampled_from(["in", "out"]), unique=True),
        "words": st.lists(LINE.filter(bool), max_size=4),
        "units": st.lists(st.integers(1, 999), unique=True, max_size=4),
        "week": st.dictionaries(
            st.sampled_from(["0", "3", "6", "holiday"]), st.lists(CLOCK, min_size=2, max_size=2)
        ),
        "inner": st.fixed_dictionaries({"color": LINE, "note": AREA}),
        "rows": st.lists(ROW, max_size=4),
        "times": st.lists(
            st.fixed_dictionaries({"priority": st.integers(1, 12), "minutes": st.integers(1, 99)}), max_size=3
        ),
    }
)


@drawn(BODY)
def test_what_a_form_shows_is_what_is_read_back(body: dict[str, Any]) -> None:
    assert read(FIELDS, sent_as(FIELDS, body), body) == body
    assert filled(FIELDS, body) == body


@drawn(BODY, BODY)
def test_what_cannot_change_does_not_whatever_is_sent(kept: dict[str, Any], sent: dict[str, Any]) -> None:
    found = read(FIELDS, sent_as(FIELDS, sent), kept)
    assert found["code"] == kept["code"]
    assert [row["priority"] for row in found["times"]] == [row["priority"] for row in kept["times"]]
    assert read(FIELDS, sent_as(FIELDS, sent), kept, locked=False)["code"] == sent["code"]


@drawn(
    st.dictionaries(
        st.text(max_size=20).map(lambda one: f"f.{one}"), st.lists(st.text(max_size=9), max_size=2)
    )
)
def test_no_form_that_anybody_makes_up_breaks_it(sent: dict[str, list[str]]) -> None:
    body = read(FIELDS, sent, empty(FIELDS))
    assert set(body) == {one.name for one in FIELDS}
    faults(FIELDS, body)


def test_each_type_has_its_field() -> None:
    widgets = {one.name: one.widget for one in FIELDS}
    assert widgets == {
        "code": "text",
        "text": "textarea",
        "maybe": "text",
        "number": "number",
        "on": "switch",
        "day": "date",
        "at": "time",
        "way": "select",
        "ways": "checks",
        "words": "lines",
        "units": "units",
        "week": "week",
        "inner": "group",
        "rows": "rows",
        "times": "rows",
    }
    by_name = {one.name: one for one in FIELDS}
    assert by_name["code"].required
    assert by_name["maybe"].optional
    assert not by_name["rows"].fixed
    assert by_name["times"].fixed
    assert by_name["way"].choices == (("in", "In"), ("out", "out"))
    inner = {one.name: one for one in by_name["rows"].fields}
    assert (inner["minutes"].limits.least, inner["minutes"].limits.most, inner["minutes"].optional) == (
        1,
        90,
        True,
    )


def test_every_kind_has_titles_on_its_fields() -> None:
    """A field without a title would stand in the form by its name in the code."""

    def untitled(fields: tuple[Field, ...], at: str) -> list[str]:
        found = [f"{at}.{one.name}" for one in fields if one.title == one.name and one.name != "sv"]
        return found + [name for one in fields for name in untitled(one.fields, f"{at}.{one.name}")]

    assert [name for kind in kinds().values() for name in untitled(fields_of(kind.shape), kind.code)] == []


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("code", "", "Fyll i"),
        ("code", "a", "minst {least}"),
        ("code", "a" * 21, "högst {most} tecken"),
        ("number", "tre", "helt tal"),
        ("number", 100, "från {least} till {most}"),
        ("number", "", "Fyll i"),
        ("day", "igår", "2026-11-23"),
        ("at", "25:00", "08.00"),
        ("way", "bort", "Välj"),
        ("words", ["a"] * 6, "Ta bort några"),
        ("week", {"0": ["08:00", ""]}, "båda klockslagen"),
        ("week", {"0": ["08:00", "sent"]}, "båda klockslagen"),
        ("inner", {"color": "röd", "note": ""}, "under rubriken"),
        ("rows", [{"name": "", "minutes": None, "on": False}], "Fyll i"),
        ("rows", [{"name": "a", "minutes": 91, "on": False}], "från {least} till {most}"),
    ],
)
def test_each_fault_is_named_in_its_place(name: str, value: Any, told: str) -> None:
    body = empty(FIELDS) | {"code": "ab"}
    assert faults(FIELDS, body) == []
    found = faults(FIELDS, body | {name: value})
    assert len(found) == 1
    assert found[0].field.split(".")[0] == name
    assert told in found[0].message


def test_every_fault_is_told_at_once() -> None:
    body = empty(FIELDS) | {"number": "x", "rows": [{"name": "", "minutes": "y", "on": False}]}
    assert [one.field for one in faults(FIELDS, body)] == ["code", "number", "rows.0.name", "rows.0.minutes"]


def test_what_cannot_be_read_is_kept_as_it_was_typed() -> None:
    sent = {"f.number": ["tre"], "f.day": ["i går"], "f.week.0.opens": ["åtta"], "f.at": ["kvart"]}
    body = read(FIELDS, sent, empty(FIELDS))
    assert (body["number"], body["day"], body["week"], body["at"]) == (
        "tre",
        "i går",
        {"0": ["åtta", ""]},
        "kvart",
    )


def test_rows_are_added_moved_and_removed() -> None:
    rows = [{"name": name, "minutes": None, "on": False} for name in "abc"]
    body = empty(FIELDS) | {"rows": rows}

    def names(deed: str) -> str:
        return "".join(row["name"] or "-" for row in moved(FIELDS, body, deed)["rows"])

    assert names("add:rows") == "abc-"
    assert names("remove:rows.1") == "ac"
    assert names("up:rows.2") == "acb"
    assert names("down:rows.0") == "bac"
    for deed in (
        "up:rows.0",
        "down:rows.2",
        "remove:rows.9",
        "remove:rows.x",
        "add:nothing",
        "add:times",
        "add:",
    ):
        assert names(deed) == "abc"
    assert moved(FIELDS, body, "add:times")["times"] == []


def test_times_are_read_as_people_write_them() -> None:
    assert [clock_text(one) for one in ("8", "8.30", "08:30", "0830", "24", "", "25", "8.75", "åtta")] == [
        *("08:00", "08:30", "08:30", "08:30", "24:00", "", "25", "8.75", "åtta")
    ]


def test_a_drafts_notes_are_no_part_of_its_body() -> None:
    assert without_notes({"text": "a", "~reason": "b"}) == {"text": "a"}
