"""A chat that staff begin: who may, with whom, once, and what the case is then."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases.actions import mark_done
from vardlots.cases.begun.actions import Begun, begin_chat, may_begin
from vardlots.cases.ending.actions import end
from vardlots.cases.fold import fold
from vardlots.cases.model import Case, Phase
from vardlots.cases.policy import is_over
from vardlots.cases.queries import readable_case
from vardlots.consents.actions import withdraw
from vardlots.consents.model import ConsentKind, How
from vardlots.conversations.actions import Message, write
from vardlots.conversations.queries import talk
from vardlots.families.actions import NewBlock, block_guardian
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, Invalid, NotFound, WrongState


def new(person_id: int, **changed: Any) -> Begun:
    plain = Begun(person_id=person_id, reason="shoulder_pain", days=7)
    return msgspec.structs.replace(plain, **changed)


async def begin(given: Cast, by: StaffActor | None = None, person_id: int | None = None, **more: Any) -> Case:
    key = more.pop("key", "begin-key-1")
    about = new(person_id or given.ruben.person_id, **more)
    return await begin_chat(given.house, by=by or given.ylva, new=about, key=key)


async def registered(given: Cast) -> None:
    """Ruben and Tuva seek care here, so that they are registered with a consent."""
    await given.waiting_case(given.ruben, reason="headache")
    await given.waiting_case(given.elin, person_id=given.tuva)


async def test_the_chat_is_open_on_both_sides_and_the_starters_own(given: Cast) -> None:
    await registered(given)
    case = await begin(given)
    assert (case.phase, case.owner_staff_id, case.interview_id) == (
        Phase.FOLLOW_UP,
        given.ylva.staff_id,
        None,
    )
    assert (case.kind, case.contact, case.actor_person_id, case.inbox_at) == (
        "care",
        "digital",
        given.ruben.person_id,
        None,
    )
    await write(given.house, by=given.ylva, ref=case.ref, message=Message("Hur går det?", "message-key-1"))
    await write(given.house, by=given.ruben, ref=case.ref, message=Message("Bra.", "message-key-2"))
    await mark_done(given.house, by=given.ylva, ref=case.ref)
    async with given.database.transaction(given.ylva.scope) as connection:
        told = await talk(connection, by=given.ylva, ref=case.ref)
        now = await readable_case(connection, by=given.ylva, ref=case.ref)
    folded = fold(told.rows)
    assert folded is not None
    assert (folded.phase, folded.owner_staff_id, folded.in_inbox) == (now.phase, now.owner_staff_id, False)


async def test_pressed_twice_it_is_one_chat(given: Cast) -> None:
    await registered(given)
    first, second = await asyncio.gather(begin(given), begin(given))
    third = await begin(given, key="begin-key-2")
    hamids = await begin(given, by=given.hamid)
    assert first.ref == second.ref
    assert len({first.ref, third.ref, hamids.ref}) == 3


async def test_for_a_child_a_guardian_acts_and_the_other_reads(given: Cast) -> None:
    await registered(given)
    case = await begin(given, person_id=given.tuva)
    assert case.actor_person_id == given.elin.person_id
    async with given.database.transaction(given.matti.scope) as connection:
        assert (await readable_case(connection, by=given.matti, ref=case.ref)).ref == case.ref
    with pytest.raises(NotFound):
        await readers(given, given.ruben, case)


async def readers(given: Cast, by: PatientActor, case: Case) -> None:
    async with given.database.transaction(by.scope) as connection:
        await readable_case(connection, by=by, ref=case.ref)


async def test_where_nobody_can_read_it_staff_telephone(given: Cast) -> None:
    await registered(given)
    block = NewBlock(
        child_id=given.tuva,
        guardian_id=None,
        approved_by=given.helga.staff_id,
        approver="head_of_unit",
        reason="Barnet har berättat.",
    )
    await block_guardian(given.house, by=given.ylva, new=block)
    with pytest.raises(WrongState) as refused:
        await begin(given, person_id=given.tuva)
    assert refused.value.code == "telephone"


async def test_not_without_a_consent_that_holds_at_this_provider(given: Cast) -> None:
    with pytest.raises(NotFound):
        await begin(given)
    # A consent at another provider does not count.
    await given.waiting_case(given.ruben, unit=given.norrhamn)
    with pytest.raises(NotFound):
        await begin(given)
    await registered(given)
    await withdraw(
        given.database,
        by=given.ruben,
        provider_id=given.ylva.provider_id,
        person_id=given.ruben.person_id,
        kind=ConsentKind.REGISTRATION,
        withdrawn_by=given.ruben.person_id,
        how=How.DIGITAL,
    )
    with pytest.raises(Forbidden) as refused:
        await begin(given)
    assert refused.value.code == "not_registered"
    async with given.database.transaction(given.ylva.scope) as connection:
        found = "SELECT count(*) FROM care_case WHERE person_id = $1 AND interview_id IS NULL"
        assert await connection.fetchval(found, given.ruben.person_id) == 0


async def test_who_may(given: Cast) -> None:
    await registered(given)
    assert (await begin(given, by=given.olle)).unit_id == given.strandgatan.unit_id
    assert (await begin(given, by=given.petra, kind="administrative")).priority == 12
    with pytest.raises(Forbidden) as refused:
        await begin(given, by=given.petra)
    assert refused.value.code == "not_clinical"
    for stranger in (given.astrid, given.rune):
        with pytest.raises(Forbidden):
            await begin(given, by=stranger)
    with pytest.raises(NotFound):
        await begin(given, by=given.nora)
    assert may_begin(given.siri) is None


@pytest.mark.parametrize(("field", "value"), [("days", 0), ("days", 9999), ("kind", "other")])
async def test_what_may_not_be_chosen(given: Cast, field: str, value: Any) -> None:
    await registered(given)
    with pytest.raises(Invalid) as refused:
        await begin(given, **{field: value})
    assert refused.value.field == field


async def test_it_goes_on_until_it_is_ended_or_its_time_is_over(given: Cast) -> None:
    await registered(given)
    case = await begin(given)
    assert case.writable_until is not None
    assert not is_over(case, clock.now())
    assert not is_over(case, case.writable_until - timedelta(milliseconds=1))
    assert is_over(case, case.writable_until)


async def test_its_owner_ends_it_for_good(given: Cast) -> None:
    await registered(given)
    case = await begin(given)
    await write(given.house, by=given.ylva, ref=case.ref, message=Message("Hur går det?", "message-key-1"))
    with pytest.raises(Forbidden):
        await end(given.house, by=given.hamid, ref=case.ref, follow_up_days=0)
    # However long was asked for: what was nothing but a time to write has none after it.
    await end(given.house, by=given.ylva, ref=case.ref, follow_up_days=7)
    with pytest.raises(WrongState):
        await write(given.house, by=given.ruben, ref=case.ref, message=Message("Bra.", "message-key-2"))
    async with given.database.transaction(given.ylva.scope) as connection:
        told = await talk(connection, by=given.ylva, ref=case.ref)
        now = await readable_case(connection, by=given.ylva, ref=case.ref)
    folded = fold(told.rows)
    assert folded is not None
    assert (folded.phase, folded.writable_until) == (now.phase, now.writable_until) == (Phase.CLOSED, None)
    assert told.rows[-1].body["chat"] is True
    assert is_over(now, clock.now())


async def test_it_is_not_ended_while_the_patient_waits_for_an_answer(given: Cast) -> None:
    await registered(given)
    case = await begin(given)
    await write(given.house, by=given.ruben, ref=case.ref, message=Message("Hallå?", "message-key-2"))
    with pytest.raises(WrongState) as refusal:
        await end(given.house, by=given.ylva, ref=case.ref, follow_up_days=0)
    assert refusal.value.code == "unanswered"
    await mark_done(given.house, by=given.ylva, ref=case.ref)
    await end(given.house, by=given.ylva, ref=case.ref, follow_up_days=0)


async def test_a_visit_that_has_ended_is_not_ended_again(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben, given.ylva, reason="headache")
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=7)
    with pytest.raises(WrongState) as refusal:
        await end(given.house, by=given.ylva, ref=ref, follow_up_days=0)
    assert refusal.value.code == "ended"
