"""Colleagues in a visit: who may ask whom in, what a guest may do, and when it is over."""

import asyncio
from typing import Any

import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import Actor, StaffActor
from vardlots.blocks.actions import lift_block
from vardlots.blocks.model import Basis
from vardlots.cases.actions import accept, change_priority, end, leave_queue
from vardlots.cases.fold import fold
from vardlots.cases.guests.actions import invite, join, leave
from vardlots.cases.guests.queries import guest_cases, guests_of, present
from vardlots.cases.model import Audience, Case, CaseRef, Entry, Kind
from vardlots.cases.openings.actions import open_anyway, take_over
from vardlots.cases.queries import readable_case, timeline
from vardlots.conversations.actions import Message, write
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal, WrongState
from vardlots.platform.live import Signal


async def read(given: Cast, ref: CaseRef, by: Actor) -> Case:
    async with given.database.transaction(by.scope) as connection:
        return await readable_case(connection, by=by, ref=ref)


async def rows(given: Cast, ref: CaseRef, by: Actor) -> list[Entry]:
    async with given.database.transaction(by.scope) as connection:
        return await timeline(connection, ref)


async def ask_in(given: Cast, ref: CaseRef, whom: StaffActor, mode: str = "chat", by: Any = None) -> int:
    return await invite(given.house, by=by or given.ylva, ref=ref, staff_id=whom.staff_id, mode=mode)


async def block(given: Cast, person_id: int) -> int:
    async with given.database.transaction(given.ylva.scope) as connection:
        return int(
            await connection.fetchval(
                "INSERT INTO unit_block (provider_id, person_id, unit_id, since, registered_by, how) "
                "VALUES ($1, $2, $3, $4, $5, 'letter') RETURNING block_id",
                given.angsviken.provider_id,
                person_id,
                given.angsviken.unit_id,
                clock.now(),
                given.ylva.staff_id,
            )
        )


async def in_step(given: Cast, ref: CaseRef) -> None:
    """The case is the projection of its timeline, and the table of guests says the same."""
    case = await read(given, ref, given.ylva)
    folded = fold(await rows(given, ref, given.ylva))
    assert set(case.chat_guests) == folded.chat_guests
    assert set(case.consult_guests) == folded.consult_guests
    async with given.database.transaction(given.ylva.scope) as connection:
        held = {one.staff_id: one.mode for one in await guests_of(connection, ref) if one.left_at is None}
    assert held == dict.fromkeys(case.chat_guests, "chat") | dict.fromkeys(case.consult_guests, "consult")


async def test_a_guest_of_another_unit_reads_and_answers_until_they_leave(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    with pytest.raises(Forbidden):
        await read(given, ref, given.olle)
    told: list[Signal] = []
    given.house.hub.watch("staff", told.append)
    n = await ask_in(given, ref, given.olle)
    assert Signal(f"staff:{given.olle.staff_id}") in told
    assert (await read(given, ref, given.olle)).chat_guests == (given.olle.staff_id,)
    async with given.database.transaction(given.olle.scope) as connection:
        listed = await guest_cases(connection, given.olle)
        assert [(one.case_id, one.mode, one.inviter, one.opened) for one in listed] == [
            (ref.case_id, "chat", "Ylva Tallvik", False)
        ]
        job = await connection.fetchval(
            "SELECT payload FROM jobs.pgqueuer WHERE entrypoint = 'notifications.guest_invited' "
            "AND convert_from(payload, 'utf8')::jsonb->>'ref' = $1",
            str(ref),
        )
    assert job is not None
    assert await join(given.house, by=given.olle, ref=ref) == n + 1
    assert await join(given.house, by=given.olle, ref=ref) is None
    seen = await rows(given, ref, given.ruben)
    assert [(row.kind, row.author_name, row.body) for row in seen][-1] == (
        Kind.GUEST_JOINED,
        "Olle Fjärdvik",
        {"title": "Sjuksköterska"},
    )
    await write(given.house, by=given.olle, ref=ref, message=Message("Hej, jag är med.", key="hello-olle-1"))
    await in_step(given, ref)
    await leave(given.house, by=given.olle, ref=ref, staff_id=given.olle.staff_id)
    with pytest.raises(Forbidden) as door:
        await read(given, ref, given.olle)
    assert door.value.code == "other_unit"
    assert (await rows(given, ref, given.ruben))[-1].kind is Kind.GUEST_LEFT
    await in_step(given, ref)


async def test_of_a_colleague_who_gives_advice_the_patient_reads_nothing(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    before = len(await rows(given, ref, given.ruben))
    await ask_in(given, ref, given.olle, "consult")
    await join(given.house, by=given.olle, ref=ref)
    with pytest.raises(Forbidden) as refused:
        await write(given.house, by=given.olle, ref=ref, message=Message("Hej.", key="hello-olle-2"))
    assert refused.value.code == "not_owner"
    with pytest.raises(Forbidden):
        await change_priority(given.house, by=given.olle, ref=ref, priority=2, reason="x")
    with pytest.raises(Forbidden):
        await ask_in(given, ref, given.siri, by=given.olle)
    await leave(given.house, by=given.ylva, ref=ref, staff_id=given.olle.staff_id)
    assert len(await rows(given, ref, given.ruben)) == before
    assert [row.audience for row in (await rows(given, ref, given.ylva))[-3:]] == [Audience.STAFF] * 3


async def test_a_guest_who_changes_way_is_told_of_as_the_patient_has_read_of_them(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await ask_in(given, ref, given.olle, "consult")
    await join(given.house, by=given.olle, ref=ref)
    await ask_in(given, ref, given.olle, "chat")
    await in_step(given, ref)
    # In the chat they come again, for the patient to read.
    assert await join(given.house, by=given.olle, ref=ref) is not None
    assert (await rows(given, ref, given.ruben))[-1].kind is Kind.GUEST_JOINED
    await ask_in(given, ref, given.olle, "consult")
    await in_step(given, ref)
    assert (await rows(given, ref, given.ruben))[-1].kind is Kind.GUEST_LEFT
    assert [row.kind for row in (await rows(given, ref, given.ylva))[-2:]] == [
        Kind.GUEST_LEFT,
        Kind.GUEST_INVITED,
    ]
    async with given.database.transaction(given.ylva.scope) as connection:
        been = await guests_of(connection, ref)
        now = await present(connection, ref, given.olle.staff_id)
    assert [one.mode for one in been] == ["consult", "chat", "consult"]
    assert now is not None
    assert now.joined_at is None


async def test_whom_nobody_can_ask_in(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    for whom in (given.ylva, given.nora, given.rune, given.astrid):
        with pytest.raises(Invalid) as refused:
            await ask_in(given, ref, whom)
        assert refused.value.field == "guest"
    with pytest.raises(Invalid):
        await ask_in(given, ref, given.siri, "listener")
    await ask_in(given, ref, given.siri)
    with pytest.raises(WrongState) as again:
        await ask_in(given, ref, given.siri)
    assert again.value.code == "already_guest"
    # A guest in the chat asks others in, and neither themself nor whoever has the visit.
    await ask_in(given, ref, given.olle, by=given.siri)
    for whom in (given.siri, given.ylva):
        with pytest.raises(Invalid):
            await ask_in(given, ref, whom, by=given.siri)
    await in_step(given, ref)


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("hamid", Forbidden),
        ("helga", Forbidden),
        ("olle", Forbidden),
        ("nora", NotFound),
        ("rune", Forbidden),
        ("ruben", Forbidden),
        ("elin", NotFound),
    ],
)
async def test_who_may_not_ask_anybody_in_nor_let_them_go(
    given: Cast, who: str, refusal: type[Refusal]
) -> None:
    ref = await given.ongoing_case(given.ruben)
    await ask_in(given, ref, given.siri)
    by = getattr(given, who)
    before = await rows(given, ref, given.ylva)
    with pytest.raises(refusal):
        await ask_in(given, ref, given.petra, by=by)
    with pytest.raises(refusal):
        await leave(given.house, by=by, ref=ref, staff_id=given.siri.staff_id)
    with pytest.raises(refusal):
        await join(given.house, by=by, ref=ref)
    assert await rows(given, ref, given.ylva) == before


async def test_a_guest_lets_only_themself_go(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await ask_in(given, ref, given.siri)
    await ask_in(given, ref, given.olle)
    with pytest.raises(Forbidden):
        await leave(given.house, by=given.olle, ref=ref, staff_id=given.siri.staff_id)
    await leave(given.house, by=given.ylva, ref=ref, staff_id=given.siri.staff_id)
    with pytest.raises(WrongState):
        await leave(given.house, by=given.ylva, ref=ref, staff_id=given.siri.staff_id)
    await in_step(given, ref)


async def test_a_block_holds_for_a_guest_too(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await ask_in(given, ref, given.olle)
    await block(given, given.ruben.person_id)
    with pytest.raises(Forbidden) as shut:
        await read(given, ref, given.olle)
    assert shut.value.code == "blocked"
    await leave(given.house, by=given.ylva, ref=ref, staff_id=given.olle.staff_id)
    with pytest.raises(Invalid) as refused:
        await ask_in(given, ref, given.olle)
    assert refused.value.field == "guest"
    assert "spärr" not in refused.value.message
    # At the unit itself nothing is blocked.
    await ask_in(given, ref, given.siri)
    await lift_block(
        given.database,
        given.house.hub,
        by=given.olle,
        basis=Basis.CONSENT,
        reason="Patienten vill det.",
        hours=1,
        case_id=ref.case_id,
    )
    await ask_in(given, ref, given.olle)
    assert (await read(given, ref, given.olle)).chat_guests[-1] == given.olle.staff_id


async def test_two_who_ask_the_same_colleague_at_once_ask_once(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await ask_in(given, ref, given.siri)
    asked = await asyncio.gather(
        *(ask_in(given, ref, given.olle, by=by) for by in (given.ylva, given.siri) * 3),
        return_exceptions=True,
    )
    assert len([one for one in asked if isinstance(one, int)]) == 1
    assert {getattr(one, "code", "") for one in asked if not isinstance(one, int)} == {"already_guest"}
    come = await asyncio.gather(*(join(given.house, by=given.olle, ref=ref) for _ in range(5)))
    assert len([one for one in come if one is not None]) == 1
    await in_step(given, ref)


async def test_a_guest_who_takes_the_visit_over_is_a_guest_no_more_and_at_the_end_nobody_is(
    given: Cast,
) -> None:
    ref = await given.ongoing_case(given.ruben)
    await ask_in(given, ref, given.siri)
    await ask_in(given, ref, given.olle)
    await take_over(
        given.house, by=given.siri, ref=ref, from_staff_id=given.ylva.staff_id, reason="Hon går hem."
    )
    await in_step(given, ref)
    with pytest.raises(Forbidden):
        await end(given.house, by=given.olle, ref=ref, follow_up_days=3)
    await end(given.house, by=given.siri, ref=ref, follow_up_days=3)
    await in_step(given, ref)
    with pytest.raises(Forbidden):
        await read(given, ref, given.olle)
    async with given.database.transaction(given.olle.scope) as connection:
        assert await guest_cases(connection, given.olle) == []


async def test_an_invitation_that_fails_leaves_nothing(given: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = await given.ongoing_case(given.ruben)
    before = await rows(given, ref, given.ylva)

    async def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("vardlots.cases.guests.actions.promise_notice_to_staff", fail)
    with pytest.raises(RuntimeError):
        await ask_in(given, ref, given.olle)
    assert await rows(given, ref, given.ylva) == before
    async with given.database.transaction(given.ylva.scope) as connection:
        assert await guests_of(connection, ref) == []


async def test_a_patient_who_leaves_the_queue_takes_the_guests_with_them(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    await accept(given.house, by=given.ylva, ref=ref)
    await ask_in(given, ref, given.olle, "consult")
    await ask_in(given, ref, given.hamid)
    told: list[Signal] = []
    given.house.hub.watch("staff", told.append)
    await leave_queue(given.house, by=given.ruben, ref=ref)
    await in_step(given, ref)
    assert {Signal(f"staff:{one.staff_id}") for one in (given.olle, given.hamid)} <= set(told)
    for gone in (given.olle, given.hamid):
        async with given.database.transaction(gone.scope) as connection:
            assert await guest_cases(connection, gone) == []
            assert await present(connection, ref, gone.staff_id) is None


async def test_the_log_tells_who_asked_came_and_went(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await ask_in(given, ref, given.olle)
    await join(given.house, by=given.olle, ref=ref)
    await leave(given.house, by=given.olle, ref=ref, staff_id=given.olle.staff_id)
    async with given.database.transaction(given.ylva.scope) as connection:
        found = await connection.fetch(
            "SELECT action, actor_id FROM access_log WHERE case_id = $1 AND action = ANY ($2::text[]) ORDER BY at",
            ref.case_id,
            ["invite", "join", "leave"],
        )
    assert [tuple(row) for row in found] == [
        ("invite", given.ylva.staff_id),
        ("join", given.olle.staff_id),
        ("leave", given.olle.staff_id),
    ]


async def test_another_assignment_of_a_guest_does_not_matter(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await ask_in(given, ref, given.olle)
    roaming = msgspec.structs.replace(given.olle, role="physician")
    assert (await read(given, ref, roaming)).guests == (given.olle.staff_id,)
    with pytest.raises(WrongState):
        await open_anyway(given.house, by=given.olle, ref=ref, reason="Samverkan")
