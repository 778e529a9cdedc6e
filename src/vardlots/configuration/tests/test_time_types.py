"""Types of time: a set to begin with, checks, and colours that can be read."""

import re
from pathlib import Path

import msgspec
import pytest
from tests.cast import Cast

from vardlots.clinics.model import ROLES
from vardlots.configuration import actions, queries
from vardlots.configuration.actions import Change
from vardlots.configuration.placeholders import fill, placeholders_in, unknown
from vardlots.configuration.time_types import (
    PALETTE,
    TIME_TYPE,
    TimeType,
    preview,
    problems,
    standing_time_types,
)
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, Invalid

TOKENS = (Path(__file__).parents[2] / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
KNOWN = frozenset(ROLES)
VISIT = TimeType("Besök", "Visit", "teal", 30, "physical", ["nurse"])
change = msgspec.structs.replace


@pytest.mark.parametrize("code", standing_time_types())
def test_the_set_to_begin_with_may_be_saved(code: str) -> None:
    assert problems(standing_time_types()[code], KNOWN) == []


def test_the_health_talk_is_purple_an_hour_and_for_those_with_its_ticket() -> None:
    talk = standing_time_types()["health_talk"]
    assert (talk.name, talk.colour, talk.minutes) == ("Koordinator hälsosamtal", "purple", 60)
    assert (talk.roles, talk.booking_for) == (["care_coordinator"], ["health_conversation"])
    # The patient does not see the coordinator's title.
    shown = preview(talk)
    assert (shown.patient_name, shown.span) == ("Hälsosamtal", "09.00–10.00")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"minutes": 31}, "minutes"),
        ({"roles": ["gardener"]}, "roles"),
        ({"patient_name": "Samtal"}, "patient_name_en"),
        ({"patient_name_en": "Talk"}, "patient_name"),
        ({"patient_sees": False, "patient_name": "Samtal", "patient_name_en": "Talk"}, "patient_name"),
    ],
)
def test_what_cannot_be_used_is_refused(changed: dict[str, object], field: str) -> None:
    assert [problem.field for problem in problems(change(VISIT, **changed), KNOWN)] == [field]


def test_times_that_only_staff_book_have_no_name_for_patients() -> None:
    assert preview(change(VISIT, patient_sees=False)).patient_name == ""
    assert preview(VISIT, "en").patient_name == "Visit"
    assert problems(change(VISIT, patient_sees=False), KNOWN) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("colour", PALETTE)
def test_every_colour_can_be_read(colour: str, theme: str) -> None:
    """WCAG 2.2, 1.4.3: text on its tint at least 4.5 to 1."""
    start = TOKENS.index(":root {") if theme == "light" else TOKENS.index(':root[data-theme="dark"] {')
    block = TOKENS[start:]
    tint, text = (luminance(token(block, name)) for name in PALETTE[colour])
    light, dark = max(tint, text), min(tint, text)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def token(block: str, name: str) -> str:
    found = re.search(rf"{re.escape(name)}: #([0-9a-f]{{3,6}});", block)
    assert found is not None, name
    return found[1] if len(found[1]) == 6 else "".join(sign * 2 for sign in found[1])


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


async def test_providers_change_them_and_heads_of_units_do_not(given: Cast) -> None:
    async with given.database.transaction(given.astrid.scope) as connection:
        found = await queries.items(connection, given.astrid.provider_id, TIME_TYPE, clock.now())
    assert [one.key for one in found] == list(standing_time_types())
    body = msgspec.to_builtins(change(VISIT, minutes=45))
    for by, refusal, wanted in (
        (given.helga, Forbidden, body),
        (given.astrid, Invalid, body | {"roles": []}),
        (given.astrid, Invalid, body | {"colour": "red"}),
        (given.astrid, Invalid, body | {"roles": ["gardener"]}),
    ):
        with pytest.raises(refusal):
            await actions.save(
                given.database,
                given.house.hub,
                by=by,
                kind=TIME_TYPE,
                changes=[Change(key="nurse_visit", body=wanted, base_version=0)],
                reason="Prov",
            )
    await actions.save(
        given.database,
        given.house.hub,
        by=given.astrid,
        kind=TIME_TYPE,
        changes=[Change(key="nurse_visit", body=body, base_version=0)],
        reason="Prov",
    )
    async with given.database.transaction(given.astrid.scope) as connection:
        found = await queries.items(connection, given.astrid.provider_id, TIME_TYPE, clock.now())
        theirs = await queries.items(connection, given.nora.provider_id, TIME_TYPE, clock.now())
    assert next(one.body["minutes"] for one in found if one.key == "nurse_visit") == 45
    assert next(one.body["minutes"] for one in theirs if one.key == "nurse_visit") == 30


def test_placeholders_are_filled_in_once_and_other_braces_stand() -> None:
    assert fill("{a} {b} {c} {", {"a": "{b}", "b": "x"}) == "{b} x {c} {"
    assert placeholders_in("{a} {b} {a} {}") == ["a", "b", ""]
    assert [problem.values.get("word") for problem in unknown("f", "{a} {x} {}", ["a"])] == ["{x}", "{}"]
    assert len(unknown("f", "{a", ["a"])) == 1
    assert unknown("f", "{a}", ["a"]) == []
