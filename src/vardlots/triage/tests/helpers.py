"""What the triage tests share: the real content, and answers at random."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from vardlots.forms.model import Item, ItemType, Value
from vardlots.triage.authoring import PHOTO
from vardlots.triage.catalogue import Catalogue, load_protocols
from vardlots.triage.interview import Interview, answer, current_item, start
from vardlots.triage.model import Protocol, Subject
from vardlots.triage.vignettes import mildest

CONTENT = Path(__file__).parents[4] / "content"
TUVA = Subject(6, sex="female", is_child_of_actor=True, name="Tuva")
ADULT = Subject(34, sex="male")


@cache
def catalogue() -> Catalogue:
    """The protocols of `content/triage`."""
    return load_protocols(CONTENT / "triage")


def protocols() -> list[Protocol]:
    """Every protocol in every version."""
    return list(catalogue().every_version())


def subjects(protocol: Protocol) -> st.SearchStrategy[Subject]:
    """People the protocol is made for."""
    return st.builds(
        Subject,
        age_years=st.integers(protocol.min_age, min(protocol.max_age, 105)),
        sex=st.sampled_from(("female", "male", None)),
        is_child_of_actor=st.just(False),
        name=st.sampled_from(("", "Tuva", "Lukas")),
    ).map(lambda s: Subject(s.age_years, sex=s.sex, is_child_of_actor=1 <= s.age_years < 13, name=s.name))


def values(item: Item) -> st.SearchStrategy[list[Value]]:
    """Answers that the item takes."""
    if item.answer_option and item.repeats:
        several = [option.code for option in item.answer_option if not option.exclusive]
        alone: list[list[Value]] = [[option.code] for option in item.answer_option if option.exclusive]
        some: st.SearchStrategy[list[Value]] = st.lists(st.sampled_from(several), min_size=1, unique=True)
        return st.one_of(some, st.sampled_from(alone)) if alone else some
    if item.answer_option:
        return st.sampled_from([option.code for option in item.answer_option]).map(lambda code: [code])
    low, high = item.min_value, item.max_value
    if item.type is ItemType.INTEGER and isinstance(low, float) and isinstance(high, float):
        return st.integers(int(low), int(high)).map(lambda number: [number])
    if item.type is ItemType.DECIMAL and isinstance(low, float) and isinstance(high, float):
        return st.integers(int(low * 10), int(high * 10)).map(lambda tenths: [tenths / 10])
    if item.type is ItemType.BOOLEAN:
        return st.booleans().map(lambda yes: [yes])
    if item.type is ItemType.DATE:
        days: st.SearchStrategy[list[Value]] = st.sampled_from((["2026-11-21"], ["2027-02-01"]))
        return days if item.required else st.one_of(days, st.just([]))
    written: st.SearchStrategy[list[Value]] = st.just(["svimmade"])
    return written if item.required else st.one_of(written, st.just([]))


def questions(protocol: Protocol) -> list[Item]:
    """The questions of a protocol, pictures beside them left out."""
    return [
        protocol.form.places[link_id].item for link_id in protocol.form.steps if not link_id.endswith(PHOTO)
    ]


@st.composite
def answer_sheets(draw: st.DrawFn, protocol: Protocol) -> dict[str, list[Value]]:
    """An answer to every question, asked or not: a few at random and the rest mild.

    All at random would nearly always be an emergency, and hide what the other rules do.
    """
    asked = questions(protocol)
    loose = draw(st.sets(st.sampled_from([item.link_id for item in asked]), max_size=5))
    return {
        item.link_id: draw(values(item))
        if item.link_id in loose
        else mildest(item, protocol.meanings[item.link_id])
        for item in asked
    }


def run(protocol: Protocol, subject: Subject, sheet: dict[str, list[Value]]) -> Interview:
    """The interview in which every question that comes is answered from the sheet."""
    interview = start(protocol, subject)
    while (item := current_item(interview)) is not None:
        interview = answer(interview, item.link_id, sheet[item.link_id])
    return interview


def mild_answer(interview: Interview, grave: Mapping[str, Any] | None = None) -> tuple[str, Any]:
    """The question where an interview stands, and an answer to it: the grave one there is, else the mildest."""
    item = current_item(interview)
    assert item is not None
    mild = mildest(item, interview.protocol.meanings[item.link_id])
    return item.link_id, (grave or {}).get(item.link_id, mild)
