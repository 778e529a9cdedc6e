"""Feedback from a visit: who writes it, who reads and answers it, and that it is one however often it is sent."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from tests.cast import Cast

from vardlots.access.actor import StaffActor
from vardlots.cases.feedback.actions import answer_feedback, give_feedback, note_answers_seen
from vardlots.cases.feedback.model import About, Feedback
from vardlots.cases.feedback.policy import reads, units_read
from vardlots.cases.feedback.queries import PAGE, Wanted, listed, one, own, unread_count
from vardlots.cases.guests.actions import invite
from vardlots.cases.model import CaseRef
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal, SomebodyWasFirst

TEXT = "Frågan om andnöd kom för sent."


async def give(given: Cast, ref: CaseRef, by: StaffActor, kind: str = "triage", text: str = TEXT) -> int:
    return await give_feedback(given.house, by=by, ref=ref, kind=kind, text=text, key=uuid4().hex)


async def read(given: Cast, by: StaffActor, **wanted: Any) -> list[Feedback]:
    async with given.database.transaction(by.scope) as connection:
        return await listed(connection, by=by, wanted=Wanted(**wanted))


async def get(given: Cast, by: StaffActor, feedback_id: int) -> Feedback | None:
    async with given.database.transaction(by.scope) as connection:
        return await one(connection, by=by, feedback_id=feedback_id)


async def test_whoever_reads_a_case_says_what_they_think_of_it(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await give(given, ref, given.ylva)
    await give(given, ref, given.hamid)
    for by, refusal in ((given.olle, Forbidden), (given.nora, NotFound), (given.rune, Forbidden)):
        with pytest.raises(refusal):
            await give(given, ref, by)
    await invite(given.house, by=given.ylva, ref=ref, staff_id=given.olle.staff_id, mode="consult")
    await give(given, ref, given.olle)
    for kind, text in (("", TEXT), ("weather", TEXT), ("other", " "), ("other", "x" * 2001)):
        with pytest.raises(Invalid):
            await give(given, ref, given.ylva, kind, text)
    async with given.database.transaction(given.olle.scope) as connection:
        mine = await own(connection, by=given.olle)
        assert [(row.case_id, row.kind, row.text) for row in mine] == [(ref.case_id, About.TRIAGE, TEXT)]
        assert await own(connection, by=given.olle, ref=CaseRef(ref.provider_id, ref.case_id + 1)) == []


async def test_a_head_reads_their_units_and_an_administrator_every_units(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    n = await give(given, ref, given.ylva)
    away = await given.ongoing_case(given.ruben, given.olle, unit=given.strandgatan)
    other = await give(given, away, given.olle, "routine")
    assert [row.feedback_id for row in await read(given, given.helga)] == [n]
    assert [row.feedback_id for row in await read(given, given.astrid)] == [other, n]
    for by in (given.ylva, given.hamid, given.siri, given.rune, given.nora):
        assert await read(given, by) == []
    assert [row.feedback_id for row in await read(given, given.astrid, kind=About.ROUTINE)] == [other]
    assert [row.feedback_id for row in await read(given, given.astrid, unit_id=given.angsviken.unit_id)] == [
        n
    ]
    assert await read(given, given.helga, unit_id=given.strandgatan.unit_id) == []
    async with given.database.transaction(given.astrid.scope) as connection:
        assert await unread_count(connection, given.astrid) == 2
        assert await unread_count(connection, given.helga) == 1
        assert await unread_count(connection, given.ylva) == 0
    assert units_read(given.ylva) == ()
    assert reads(given.helga, given.angsviken.unit_id)
    assert not reads(given.helga, given.strandgatan.unit_id)


async def test_an_answer_reaches_the_author_and_is_given_once(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    n = await give(given, ref, given.ylva)
    await answer_feedback(given.house, by=given.helga, feedback_id=n, answer=" ")
    found = await get(given, given.helga, n)
    assert found is not None
    assert (found.reader, found.answer) == ("Helga Storvik", "")
    assert await read(given, given.helga, only_unread=True) == []
    answers = await asyncio.gather(
        *(
            answer_feedback(given.house, by=by, feedback_id=n, answer=f"Tack, säger {by.name}")
            for by in (given.helga, given.astrid) * 2
        ),
        return_exceptions=True,
    )
    assert answers.count(None) == 1
    assert {type(one) for one in answers if one is not None} == {SomebodyWasFirst}
    found = await get(given, given.ylva, n)
    assert found is not None
    assert found.answer == f"Tack, säger {found.answerer}"
    assert found.answer_seen_at is None
    await note_answers_seen(given.house, by=given.hamid)
    await note_answers_seen(given.house, by=given.ylva)
    found = await get(given, given.ylva, n)
    assert found is not None
    assert found.answer_seen_at is not None


async def test_an_answer_about_another_case_is_still_to_be_read(given: Cast) -> None:
    here, there = await given.ongoing_case(given.ruben), await given.ongoing_case(given.elin)
    n = await give(given, there, given.ylva)
    await answer_feedback(given.house, by=given.helga, feedback_id=n, answer="Tack.")
    await note_answers_seen(given.house, by=given.ylva, ref=here)
    found = await get(given, given.ylva, n)
    assert found is not None
    assert found.answer_seen_at is None
    await note_answers_seen(given.house, by=given.ylva, ref=there)
    found = await get(given, given.ylva, n)
    assert found is not None
    assert found.answer_seen_at is not None


@pytest.mark.parametrize(("who", "refusal"), [("ylva", Forbidden), ("siri", Forbidden), ("nora", NotFound)])
async def test_who_does_not_answer(given: Cast, who: str, refusal: type[Refusal]) -> None:
    n = await give(given, await given.ongoing_case(given.ruben), given.ylva)
    with pytest.raises(refusal):
        await answer_feedback(given.house, by=getattr(given, who), feedback_id=n, answer="Nej")
    with pytest.raises(Invalid):
        await answer_feedback(given.house, by=given.helga, feedback_id=n, answer="x" * 2001)
    found = await get(given, given.helga, n)
    assert found is not None
    assert found.read_at is None


async def test_sent_twice_it_is_one(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    sent = await asyncio.gather(
        *(
            give_feedback(given.house, by=given.ylva, ref=ref, kind="other", text=TEXT, key="once-123456")
            for _ in range(6)
        )
    )
    assert len(set(sent)) == 1
    assert len(await read(given, given.helga)) == 1


async def test_the_list_has_pages(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    numbers = [await give(given, ref, given.ylva) for _ in range(PAGE + 2)]
    found = await read(given, given.helga)
    assert len(found) == PAGE + 1
    async with given.database.transaction(given.helga.scope) as connection:
        rest = await listed(connection, by=given.helga, wanted=Wanted(), after=found[PAGE - 1].feedback_id)
    assert [row.feedback_id for row in rest] == numbers[1::-1]


async def test_what_was_said_is_never_changed_and_no_patient_reads_it(given: Cast) -> None:
    n = await give(given, await given.ongoing_case(given.ruben), given.ylva)
    for change in ("text = 'x'", "staff_id = staff_id", "at = now()"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with given.database.transaction(given.helga.scope) as connection:
                await connection.execute(f"UPDATE feedback SET {change} WHERE feedback_id = $1", n)
    async with given.database.transaction(given.ruben.scope) as connection:
        assert await connection.fetchval("SELECT count(*) FROM feedback") == 0


async def test_what_fails_leaves_nothing(given: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = await given.ongoing_case(given.ruben)

    async def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("vardlots.cases.feedback.actions.audit.write", fail)
    with pytest.raises(RuntimeError):
        await give(given, ref, given.ylva)
    assert await read(given, given.helga) == []
