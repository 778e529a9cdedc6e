"""Phrases: a good set to begin with, shared and own ones by unit and role, found as one types, filled in safely."""

import msgspec
import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st
from tests.cast import Cast

from vardlots.access.actor import StaffActor
from vardlots.configuration import actions, book
from vardlots.configuration.actions import Change
from vardlots.configuration.model import Body
from vardlots.conversations.phrases import (
    PHRASE,
    Phrase,
    PhraseText,
    Whose,
    fill,
    find,
    phrases_for,
    problems,
    standing_phrases,
    unfilled,
)
from vardlots.platform.errors import Forbidden, Invalid

VALUES = {"patient": "Elin", "staff": "Ylva", "title": "sjuksköterska", "unit": "Ängsviken", "time": "14.30"}


def phrase(title: str, *words: str, text: str = "a") -> Phrase:
    return Phrase(title, title, text, "", words)


@pytest.mark.parametrize("code", standing_phrases())
def test_the_set_to_begin_with_is_whole(code: str) -> None:
    one = standing_phrases()[code]
    assert problems(one) == []
    assert one.text_en
    for lang in ("sv", "en"):
        told = fill(one, VALUES, lang)
        assert unfilled(told) == []
        assert "!" not in told
        assert "{" not in told


def test_the_set_holds_what_the_manual_asks_for() -> None:
    codes = set(standing_phrases())
    assert codes >= {
        "hello",
        "one_moment",
        "two_hours",
        "ended_no_answer",
        "call_112",
        "call_1177",
        "self_care",
        "picture",
    }
    assert "två timmar" in standing_phrases()["two_hours"].text


def test_what_has_no_value_stays_for_the_writer_to_see() -> None:
    told = fill(phrase("x", text="Svara senast {time}, {patient}."), {"patient": "Elin {time}"})
    assert told == "Svara senast {time}, Elin {time}."
    assert unfilled(told) == ["time"]


def test_the_readers_language_decides_and_swedish_stands_in() -> None:
    assert fill(PhraseText("a", "hej", "hi"), {}, "en") == "hi"
    assert fill(PhraseText("a", "hej", "hi"), {}, "sv") == "hej"
    assert fill(PhraseText("a", "hej"), {}, "en") == "hej"


@any_of(st.text(max_size=80), st.dictionaries(st.sampled_from(list(VALUES)), st.text(max_size=20)))
def test_no_text_breaks_filling(written: str, values: dict[str, str]) -> None:
    told = fill(phrase("x", text=written), values)
    if "{" not in written:
        assert told == written


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["Ring 112", "Inget svar", "Egenvård"]),
        ("ring", ["Ring 112"]),
        ("SVAR", ["Inget svar"]),
        ("112 akut", ["Ring 112"]),
        ("akut", ["Ring 112"]),
        ("avslut", ["Inget svar", "Egenvård"]),
        ("va", []),
        ("zzz", []),
    ],
)
def test_phrases_are_found_by_the_beginnings_of_words(typed: str, found: list[str]) -> None:
    known = [phrase("Ring 112", "akut"), phrase("Inget svar", "avslut"), phrase("Egenvård", "avslut, hemma")]
    assert [one.title for one in find(known, typed)] == found


def test_what_matches_in_the_title_comes_first() -> None:
    known = [phrase("Tolk", "bild"), phrase("Be om en bild")]
    assert [one.title for one in find(known, "bild")] == ["Be om en bild", "Tolk"]


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (PhraseText("a", "{namn}"), "text"),
        (PhraseText("a", "b", "{name}"), "text_en"),
        (PhraseText("a", "{patient"), "text"),
    ],
)
def test_a_placeholder_that_stands_for_nothing_is_refused(value: PhraseText, field: str) -> None:
    assert [problem.field for problem in problems(value)] == [field]


async def save(
    given: Cast, by: StaffActor, key: str, body: Body | None, base: int = 0, unit_id: int | None = None
) -> None:
    change = Change(key=key, body=body, base_version=base, unit_id=unit_id)
    await actions.save(given.database, given.house.hub, by=by, kind=PHRASE, changes=[change], reason="Prov")
    book.forget()


async def seen(given: Cast, by: StaffActor) -> dict[str, Phrase]:
    async with given.database.transaction(by.scope) as connection:
        return {one.code: one for one in await phrases_for(connection, by)}


async def test_where_nobody_has_saved_the_set_is_there_for_each_role(given: Cast) -> None:
    assert set(await seen(given, given.ylva)) == set(standing_phrases())
    assert set(standing_phrases()) - set(await seen(given, given.petra)) == {"prescription_done"}


async def test_shared_phrases_are_everybodys_and_a_units_its_own(given: Cast) -> None:
    body: Body = {"title": "Vår", "text": "Vi på {unit}."}
    await save(given, given.helga, "ours", body, unit_id=given.angsviken.unit_id)
    await save(given, given.astrid, "shared", {"title": "Allas", "text": "a"})
    with pytest.raises(Forbidden):
        await save(given, given.helga, "theirs", body, unit_id=given.strandgatan.unit_id)
    with pytest.raises(Forbidden):
        await save(given, given.helga, "hello", body)
    ylvas, olles, noras = [await seen(given, one) for one in (given.ylva, given.olle, given.nora)]
    assert next(iter(ylvas)) == "ours"
    assert ylvas["ours"].whose is Whose.UNIT
    assert "ours" not in olles
    assert "shared" in olles
    assert set(noras) == set(standing_phrases())
    at_strandgatan = msgspec.structs.replace(given.ylva, unit_id=given.strandgatan.unit_id)
    assert "ours" not in await seen(given, at_strandgatan)


async def test_a_changed_phrase_is_read_so_and_a_removed_one_not_at_all(given: Cast) -> None:
    await save(
        given, given.astrid, "hello", {"title": "Hej", "text": "Hejsan {patient}.", "roles": ["physician"]}
    )
    assert "hello" not in await seen(given, given.ylva)
    assert (await seen(given, given.siri))["hello"].text == "Hejsan {patient}."
    await save(given, given.astrid, "hello", None, 1)
    assert "hello" not in await seen(given, given.siri)
    with pytest.raises(Invalid):
        await save(given, given.astrid, "new", {"title": "a", "text": "{doctor}"})
