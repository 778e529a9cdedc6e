"""One's own phrases: for oneself alone, checked as the shared ones are, two tabs, two at once."""

import asyncio

import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import StaffActor
from vardlots.conversations.own_phrases.actions import NewPhrase, add_phrase, change_phrase, remove_phrase
from vardlots.conversations.own_phrases.queries import OwnPhrase, own_phrase, own_phrases
from vardlots.conversations.phrases import Whose, phrases_for
from vardlots.platform.errors import Forbidden, Invalid, NotFound, WrongState

PARA = NewPhrase("Paracetamol, barn", "15 mg per kilo, {patient}.", words=("alvedon", " feber ", ""))


async def own(given: Cast, by: StaffActor) -> list[OwnPhrase]:
    async with given.database.transaction(by.scope) as connection:
        return await own_phrases(connection, by)


async def test_a_phrase_of_ones_own_is_ones_own(given: Cast) -> None:
    phrase_id = await add_phrase(given.database, by=given.ylva, new=PARA)
    [kept] = await own(given, given.ylva)
    assert (kept.phrase_id, kept.title, kept.words, kept.rev) == (
        phrase_id, "Paracetamol, barn", ("alvedon", "feber"), 1,
    )  # fmt: skip
    for other in (given.hamid, given.olle, given.nora):
        assert await own(given, other) == []
        async with given.database.transaction(other.scope) as connection:
            with pytest.raises(NotFound):
                await own_phrase(connection, other, phrase_id)
        with pytest.raises(NotFound):
            await change_phrase(given.database, by=other, phrase_id=phrase_id, rev=1, new=PARA)
        await remove_phrase(given.database, by=other, phrase_id=phrase_id)
    assert len(await own(given, given.ylva)) == 1
    async with given.database.transaction(given.ylva.scope) as connection:
        first = (await phrases_for(connection, given.ylva))[0]
    assert (first.title, first.whose) == ("Paracetamol, barn", Whose.OWN)
    # At every unit of the provider where the person works.
    there = msgspec.structs.replace(given.ylva, unit_id=given.strandgatan.unit_id)
    async with given.database.transaction(there.scope) as connection:
        assert (await phrases_for(connection, there))[0].title == "Paracetamol, barn"


@pytest.mark.parametrize(("new", "field"), [
    (NewPhrase(" ", "a"), "title"),
    (NewPhrase("a", " \n"), "text"),
    (NewPhrase("a" * 61, "a"), "title"),
    (NewPhrase("a", "a" * 2001), "text"),
    (NewPhrase("a", "{namn}"), "text"),
    (NewPhrase("a", "b", "{name}"), "text_en"),
    (NewPhrase("a", "b", words=("a" * 41,)), "words"),
])  # fmt: skip
async def test_what_cannot_be_kept_says_where(given: Cast, new: NewPhrase, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await add_phrase(given.database, by=given.ylva, new=new)
    assert refusal.value.field == field
    assert await own(given, given.ylva) == []


async def test_two_of_one_name_are_one_and_another_tab_is_told(given: Cast) -> None:
    results = await asyncio.gather(
        *(add_phrase(given.database, by=given.ylva, new=PARA) for _ in range(3)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in results) == ["Invalid", "Invalid", "int"]
    [kept] = await own(given, given.ylva)
    about = {"by": given.ylva, "phrase_id": kept.phrase_id, "rev": 1}
    await change_phrase(given.database, **about, new=msgspec.structs.replace(PARA, text="Ny."))  # type: ignore[arg-type]
    with pytest.raises(WrongState):
        await change_phrase(given.database, **about, new=msgspec.structs.replace(PARA, text="Annan."))  # type: ignore[arg-type]
    assert [one.text for one in await own(given, given.ylva)] == ["Ny."]
    await remove_phrase(given.database, by=given.ylva, phrase_id=kept.phrase_id)
    await remove_phrase(given.database, by=given.ylva, phrase_id=kept.phrase_id)
    assert await own(given, given.ylva) == []


async def test_who_writes_to_no_patient_has_none(given: Cast) -> None:
    reviewer = msgspec.structs.replace(given.rune, cares=False)
    with pytest.raises(Forbidden):
        await add_phrase(given.database, by=reviewer, new=PARA)
