"""The verbs against a real database: owner, teammate, outsider, other provider, patient, guardian, two at once."""

import asyncio
from datetime import timedelta

import pytest
from tests.cast import Cast

from vardlots.access.actor import Actor, SystemActor
from vardlots.cases import actions
from vardlots.cases.model import Case, CaseRef, Entry, Kind, Phase
from vardlots.cases.queries import readable_case, timeline
from vardlots.cases.turn import Repeated
from vardlots.conversations.actions import Message, mark_read, write
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, Invalid, NotFound, SomebodyWasFirst, WrongState


async def case_of(given: Cast, ref: CaseRef) -> Case:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await readable_case(connection, by=given.ylva, ref=ref)


async def rows_of(given: Cast, ref: CaseRef, by: Actor | None = None) -> list[Entry]:
    by = by or given.ylva
    async with given.database.transaction(by.scope) as connection:
        return await timeline(connection, ref)


async def test_opening_twice_with_one_interview_is_one_case(given: Cast) -> None:
    new = await given.new_case(given.ruben)
    first, second = await asyncio.gather(
        actions.open_case(given.house, by=given.ruben, new=new),
        actions.open_case(given.house, by=given.ruben, new=new),
    )
    assert first.ref == second.ref
    assert [row.kind for row in await rows_of(given, first.ref)] == [Kind.OPENED]


async def test_a_second_active_case_of_the_same_reason_is_refused_kindly(given: Cast) -> None:
    await given.waiting_case(given.ruben)
    with pytest.raises(WrongState) as refusal:
        await given.waiting_case(given.ruben)
    assert refusal.value.code == "already_active"
    await given.waiting_case(given.ruben, reason="sore_throat")
    await given.waiting_case(given.ruben, unit=given.strandgatan)


async def test_nobody_opens_a_case_for_somebody_elses_child(given: Cast) -> None:
    new = await given.new_case(given.elin, person_id=given.tuva)
    with pytest.raises(NotFound):
        await actions.open_case(given.house, by=given.ruben, new=new)


async def test_two_who_accept_at_once_one_has_it_and_the_other_reads_who(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    results = await asyncio.gather(
        *(actions.accept(given.house, by=by, ref=ref) for by in (given.ylva, given.hamid)),
        return_exceptions=True,
    )
    won = [r for r in results if isinstance(r, int)]
    lost = [r for r in results if isinstance(r, SomebodyWasFirst)]
    case = await case_of(given, ref)
    owner = given.ylva if case.owner_staff_id == given.ylva.staff_id else given.hamid
    assert len(won) == len(lost) == 1
    assert lost[0].who == owner.name
    assert lost[0].when == case.accepted_at


async def test_who_may_accept(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    for by, refusal in (
        (given.nora, NotFound),
        (given.olle, Forbidden),
        (given.petra, Forbidden),
        (given.ruben, Forbidden),
        (given.elin, NotFound),
    ):
        with pytest.raises(refusal):
            await actions.accept(given.house, by=by, ref=ref)  # type: ignore[arg-type]
    # Requirement A3: any clinical role of the unit takes it, whatever role it was sent to.
    await actions.accept(given.house, by=given.siri, ref=ref)
    assert (await case_of(given, ref)).owner_staff_id == given.siri.staff_id


async def test_only_the_owner_starts_ends_and_writes(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    await actions.accept(given.house, by=given.ylva, ref=ref)
    with pytest.raises(Forbidden):
        await actions.start(given.house, by=given.hamid, ref=ref, welcome="Hej")
    await actions.start(given.house, by=given.ylva, ref=ref, welcome="Hej, jag heter Ylva.")
    with pytest.raises(Forbidden):
        await write(given.house, by=given.hamid, ref=ref, message=Message("Hej", "key-hamid"))
    with pytest.raises(Forbidden):
        await actions.end(given.house, by=given.hamid, ref=ref, follow_up_days=1)
    await actions.end(given.house, by=given.ylva, ref=ref, follow_up_days=0)
    assert (await case_of(given, ref)).phase is Phase.CLOSED


async def test_the_other_guardian_reads_but_does_not_act(given: Cast) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    assert [row.kind for row in await rows_of(given, ref, given.matti)][:2] == [Kind.OPENED, Kind.ACCEPTED]
    with pytest.raises(Forbidden) as refusal:
        await write(given.house, by=given.matti, ref=ref, message=Message("Hej", "key-matti"))
    assert refusal.value.code == "not_responsible"
    with pytest.raises(NotFound):
        await write(given.house, by=given.ruben, ref=ref, message=Message("Hej", "key-ruben"))


async def test_a_message_sent_twice_is_one_row_also_at_once(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    message = Message("Det gör ont när jag lyfter armen.", "key-twice")
    results = await asyncio.gather(
        *(write(given.house, by=given.ruben, ref=ref, message=message) for _ in range(8)),
        return_exceptions=True,
    )
    numbers = {r if isinstance(r, int) else r.n for r in results if isinstance(r, int | Repeated)}
    assert len([r for r in results if isinstance(r, int)]) == 1
    assert len(numbers) == 1
    assert [row.body.get("text") for row in await rows_of(given, ref)].count(message.text) == 1


async def test_numbers_have_no_gap_when_many_write_at_once(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await asyncio.gather(
        *(
            write(given.house, by=by, ref=ref, message=Message(f"Rad {i}", f"key-{by.kind}-{i:03d}"))
            for i in range(20)
            for by in (given.ylva, given.ruben)
        )
    )
    numbers = [row.n for row in await rows_of(given, ref)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert (await case_of(given, ref)).last_n == len(numbers)


async def test_priority_changes_with_a_reason_that_the_patient_does_not_see(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben, priority=3)
    with pytest.raises(Invalid) as missing:
        await actions.change_priority(given.house, by=given.ylva, ref=ref, priority=2, reason="  ")
    assert missing.value.field == "reason"
    await actions.change_priority(given.house, by=given.ylva, ref=ref, priority=2, reason="Misstänkt propp.")
    case = await case_of(given, ref)
    assert (case.priority, case.triage_priority) == (2, 3)
    assert Kind.PRIORITY_CHANGED in [row.kind for row in await rows_of(given, ref)]
    assert Kind.PRIORITY_CHANGED not in [row.kind for row in await rows_of(given, ref, given.ruben)]


async def test_release_gives_the_case_back_at_its_old_place(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    before = await case_of(given, ref)
    await actions.release(given.house, by=given.ylva, ref=ref, reason="Slutar mitt pass.")
    after = await case_of(given, ref)
    assert after.phase is Phase.QUEUED
    assert after.owner_staff_id is None
    assert after.arrived_at == before.arrived_at
    await actions.accept(given.house, by=given.hamid, ref=ref)


async def test_the_follow_up_ends_exact_at_the_second(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await actions.end(given.house, by=given.ylva, ref=ref, follow_up_days=1)
    until = (await case_of(given, ref)).writable_until
    assert until is not None
    with clock.at(until - timedelta(microseconds=1)):
        await write(given.house, by=given.ruben, ref=ref, message=Message("En sak till.", "key-in-time"))
    with clock.at(until), pytest.raises(WrongState) as late:
        await write(given.house, by=given.ruben, ref=ref, message=Message("För sent.", "key-too-late"))
    assert late.value.code == "phase_over"
    system = SystemActor(ref.provider_id, "cases.close")
    assert await actions.close(given.house, by=system, ref=ref) is None
    with clock.at(until):
        assert await actions.close(given.house, by=system, ref=ref) is not None
        assert await actions.close(given.house, by=system, ref=ref) is None
    assert (await case_of(given, ref)).phase is Phase.CLOSED


async def test_a_message_in_the_follow_up_reaches_the_inbox_and_leaves_it(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await actions.end(given.house, by=given.ylva, ref=ref, follow_up_days=7)
    with pytest.raises(WrongState):
        await actions.mark_done(given.house, by=given.ylva, ref=ref)
    await write(
        given.house, by=given.ruben, ref=ref, message=Message("Hur länge ska jag vila?", "key-question")
    )
    assert (await case_of(given, ref)).inbox_at is not None
    await actions.mark_done(given.house, by=given.hamid, ref=ref)
    assert (await case_of(given, ref)).inbox_at is None
    await write(given.house, by=given.ruben, ref=ref, message=Message("Tack.", "key-thanks"))
    await write(given.house, by=given.hamid, ref=ref, message=Message("Två veckor.", "key-answer"))
    assert (await case_of(given, ref)).inbox_at is None


async def test_read_marks_belong_to_the_two_who_talk_and_never_go_back(given: Cast) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    last = (await case_of(given, ref)).last_n
    for onlooker in (given.matti, given.hamid):
        await mark_read(given.house, by=onlooker, ref=ref, n=last)
    assert (await case_of(given, ref)).patient_read_n == 0
    await mark_read(given.house, by=given.elin, ref=ref, n=last)
    await mark_read(given.house, by=given.elin, ref=ref, n=1)
    await mark_read(given.house, by=given.elin, ref=ref, n=10_000)
    assert (await case_of(given, ref)).patient_read_n == last


async def test_leaving_the_queue_ends_the_case(given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    await actions.leave_queue(given.house, by=given.ruben, ref=ref)
    assert (await case_of(given, ref)).phase is Phase.CANCELLED
    with pytest.raises(WrongState):
        await actions.accept(given.house, by=given.ylva, ref=ref)


async def test_a_mangled_address_leads_nowhere() -> None:
    for text in ("", "1", "1-", "-1", "a-b", "1-2-3", "１-２", "1-" + "9" * 30):
        with pytest.raises(NotFound):
            CaseRef.parse(text)


async def test_what_was_decided_is_shared_when_the_visit_ends_and_is_new_to_the_patient(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    n = await actions.end(
        given.house,
        by=given.ylva,
        ref=ref,
        follow_up_days=3,
        agreed="  Vila i två dagar.\nRing om det blir värre. ",
    )
    async with given.database.transaction(given.ruben.scope) as connection:
        case = await readable_case(connection, by=given.ruben, ref=ref)
        row = next(one for one in await timeline(connection, ref) if one.n == n)
    assert row.body["agreed"] == "Vila i två dagar.\nRing om det blir värre."
    assert case.staff_last_n == n > case.patient_read_n


async def test_too_long_a_decision_is_refused_and_the_visit_goes_on(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    with pytest.raises(Invalid, match="Korta ner"):
        await actions.end(
            given.house, by=given.ylva, ref=ref, follow_up_days=3, agreed="x" * (actions.AGREED_MAX + 1)
        )
    async with given.database.transaction(given.ylva.scope) as connection:
        assert (await readable_case(connection, by=given.ylva, ref=ref)).phase is Phase.ONGOING
