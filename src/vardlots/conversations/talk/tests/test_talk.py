"""The colleagues' own talk: who writes and reads it, that no patient does, and how far each has read."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from tests.cast import Cast

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases.actions import end
from vardlots.cases.fold import fold
from vardlots.cases.guests.actions import invite
from vardlots.cases.model import Audience, Case, CaseRef, Kind
from vardlots.cases.queries import last_row, readable_case, timeline
from vardlots.cases.turn import Repeated
from vardlots.conversations.actions import Message, write
from vardlots.conversations.queries import talk
from vardlots.conversations.talk.actions import mark_talk_read, say
from vardlots.conversations.talk.queries import Aside, aside, speakers, unread
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal, WrongState
from vardlots.platform.live import Signal


async def tell(given: Cast, ref: CaseRef, by: Any, text: str = "Vad tror du?", key: str = "") -> int:
    message = Message(text, key=key or uuid4().hex)
    return (await say(given.house, by=by, ref=ref, message=message)).row.n


async def read(given: Cast, ref: CaseRef, by: StaffActor, after: int = 0) -> Aside:
    async with given.database.transaction(by.scope) as connection:
        return await aside(connection, by=by, ref=ref, after=after)


async def case_of(given: Cast, ref: CaseRef, by: StaffActor | PatientActor) -> Case:
    async with given.database.transaction(by.scope) as connection:
        return await readable_case(connection, by=by, ref=ref)


async def unread_by(given: Cast, ref: CaseRef, by: StaffActor) -> int:
    case = await case_of(given, ref, by)
    async with given.database.transaction(by.scope) as connection:
        return await unread(connection, by=by, case=case)


async def test_colleagues_talk_and_nothing_of_it_is_in_the_conversation(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    before = await case_of(given, ref, given.ylva)
    first = await tell(given, ref, given.ylva)
    second = await tell(given, ref, given.hamid, "Ring efter honom.")
    found = await read(given, ref, given.siri)
    assert [(row.n, row.kind, row.audience, row.body["text"]) for row in found.rows] == [
        (first, Kind.TALK, Audience.INTERNAL, "Vad tror du?"),
        (second, Kind.TALK, Audience.INTERNAL, "Ring efter honom."),
    ]
    assert [row.n for row in (await read(given, ref, given.ylva, after=first)).rows] == [second]
    for by in (given.ylva, given.ruben):
        async with given.database.transaction(by.scope) as connection:
            shown = await talk(connection, by=by, ref=ref)
        assert Kind.TALK not in {row.kind for row in shown.rows}
    after = await case_of(given, ref, given.ylva)
    # No mark of what patient and staff have read moves, and no phase, priority or owner.
    for name in ("staff_last_n", "staff_read_n", "patient_last_n", "patient_read_n", "phase", "notice_state"):
        assert getattr(after, name) == getattr(before, name)
    assert after.talk_last_n == second
    async with given.database.transaction(given.ylva.scope) as connection:
        whole = [*await timeline(connection, ref), *await timeline(connection, ref, internal=True)]
    assert sorted(row.n for row in whole) == list(range(1, after.last_n + 1))
    assert fold(sorted(whole, key=lambda row: row.n)).owner_staff_id == given.ylva.staff_id


async def test_the_database_hides_it_from_the_patient(given: Cast) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    seen_before = await _last(given, ref, given.elin)
    await tell(given, ref, given.ylva)
    for by in (given.elin, given.matti):
        async with given.database.transaction(by.scope) as connection:
            where = "WHERE provider_id = $1 AND case_id = $2"
            assert (
                await connection.fetchval(f"SELECT count(*) FROM entry {where} AND kind = 'talk'", *ref) == 0
            )
            assert await connection.fetchval(f"SELECT count(*) FROM talk_read {where}", *ref) == 0
            assert await timeline(connection, ref, internal=True) == []
        assert await _last(given, ref, by) == seen_before


async def _last(given: Cast, ref: CaseRef, by: PatientActor) -> int:
    async with given.database.transaction(by.scope) as connection:
        return await last_row(connection, ref)


async def test_no_patient_hears_that_colleagues_talk(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await invite(given.house, by=given.ylva, ref=ref, staff_id=given.olle.staff_id, mode="consult")
    told: list[Signal] = []
    for word in ("case", "person", "queue", "online", "talk", "staff", "unit"):
        given.house.hub.watch(word, told.append)
    n = await tell(given, ref, given.olle)
    assert {signal.topic.partition(":")[0] for signal in told} == {"talk", "staff", "unit"}
    assert Signal(f"talk:{ref}", n) in told
    assert Signal(f"staff:{given.olle.staff_id}") in told


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("ylva", None),
        ("hamid", None),
        ("siri", None),
        ("olle", Forbidden),
        ("petra", Forbidden),
        ("rune", Forbidden),
        ("nora", NotFound),
        ("elin", NotFound),
        ("ruben", Forbidden),
    ],
)
async def test_who_talks(given: Cast, who: str, refusal: type[Refusal] | None) -> None:
    ref = await given.ongoing_case(given.ruben)
    by = getattr(given, who)
    if refusal is None:
        assert await tell(given, ref, by)
        return
    with pytest.raises(refusal):
        await tell(given, ref, by)
    assert not (await read(given, ref, given.ylva)).rows


@pytest.mark.parametrize("mode", ["chat", "consult"])
async def test_a_guest_talks_while_they_are_one(given: Cast, mode: str) -> None:
    ref = await given.ongoing_case(given.ruben)
    await tell(given, ref, given.ylva)
    with pytest.raises(Forbidden):
        await read(given, ref, given.olle)
    await invite(given.house, by=given.ylva, ref=ref, staff_id=given.olle.staff_id, mode=mode)
    assert await unread_by(given, ref, given.olle) == 1
    await tell(given, ref, given.olle, "Jag tycker att han ska hit.")
    async with given.database.transaction(given.ylva.scope) as connection:
        names = [one.name for one in await speakers(connection, await case_of(given, ref, given.ylva))]
    assert names == ["Olle Fjärdvik", "Ylva Tallvik"]
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=3)
    with pytest.raises(Forbidden):
        await tell(given, ref, given.olle, "För sent.")
    # Those at the unit go on after the visit.
    await tell(given, ref, given.hamid, "Jag tar svaret i morgon.")


async def test_a_closed_case_is_talked_of_no_more(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=0)
    with pytest.raises(WrongState):
        await tell(given, ref, given.ylva)


async def test_how_far_each_has_read(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    first = await tell(given, ref, given.ylva)
    second = await tell(given, ref, given.ylva, "Och en sak till.")
    assert await unread_by(given, ref, given.ylva) == 0
    assert await unread_by(given, ref, given.siri) == 2
    told: list[Signal] = []
    given.house.hub.watch("talk", told.append)
    await mark_talk_read(given.house, by=given.siri, ref=ref, n=first)
    assert await unread_by(given, ref, given.siri) == 1
    await mark_talk_read(given.house, by=given.siri, ref=ref, n=second)
    for n in (first, second, 0, second + 5):
        await mark_talk_read(given.house, by=given.siri, ref=ref, n=n)
    assert told == [Signal(f"talk:{ref}", second)] * 2
    assert [(one.staff_id, one.n) for one in (await read(given, ref, given.ylva)).readers] == [
        (given.siri.staff_id, second),
        (given.ylva.staff_id, second),
    ]
    for by in (given.olle, given.nora):
        with pytest.raises(Refusal):
            await mark_talk_read(given.house, by=by, ref=ref, n=second)


async def test_what_is_sent_twice_is_written_once(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    sent = await asyncio.gather(
        *(tell(given, ref, given.ylva, "Hej.", key="same-key-1") for _ in range(5)), return_exceptions=True
    )
    written = [one for one in sent if isinstance(one, int)]
    assert len(written) == 1
    assert {one.n for one in sent if isinstance(one, Repeated)} == set(written)
    await asyncio.gather(*(tell(given, ref, by, f"Samtidigt {by.name}") for by in (given.hamid, given.siri)))
    assert len((await read(given, ref, given.ylva)).rows) == 3


async def test_what_cannot_be_written(given: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = await given.ongoing_case(given.ruben)
    for text in ("  ", "x" * 4001):
        with pytest.raises(Invalid):
            await tell(given, ref, given.ylva, text, key="a-key-of-its-own")
    before = await case_of(given, ref, given.ylva)

    async def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("vardlots.conversations.talk.actions._note_read", fail)
    with pytest.raises(RuntimeError):
        await tell(given, ref, given.ylva)
    assert await case_of(given, ref, given.ylva) == before


async def test_a_message_to_the_patient_carries_no_file_of_the_colleagues(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    ids = {}
    async with given.database.transaction(given.ylva.scope) as connection:
        for audience in ("patient", "internal"):
            ids[audience] = await connection.fetchval(
                "INSERT INTO attachment (provider_id, attachment_id, person_id, case_id, audience, author_kind, "
                "author_id, name, media_type, size_bytes, sha256, storage_key, at) "
                "VALUES ($1, gen_random_uuid(), $2, $3, $4, 'staff', $5, 'a.pdf', 'application/pdf', 1, 'x', 'x', "
                "now()) RETURNING attachment_id::text",
                ref.provider_id,
                given.ruben.person_id,
                ref.case_id,
                audience,
                given.ylva.staff_id,
            )
    with pytest.raises(Invalid):
        await write(
            given.house,
            by=given.ylva,
            ref=ref,
            message=Message("Se bild.", "with-file-1", (ids["internal"],)),
        )
    with pytest.raises(Invalid):
        await say(
            given.house, by=given.ylva, ref=ref, message=Message("Se bild.", "with-file-2", (ids["patient"],))
        )
    await say(
        given.house, by=given.ylva, ref=ref, message=Message("Se bild.", "with-file-3", (ids["internal"],))
    )
    assert list((await read(given, ref, given.siri)).files) == [ids["internal"]]
    async with given.database.transaction(given.ruben.scope) as connection:
        seen = await connection.fetch(
            "SELECT attachment_id::text FROM attachment WHERE case_id = $1", ref.case_id
        )
    assert [row["attachment_id"] for row in seen] == [ids["patient"]]
