"""*Avsluta besök*: which lengths, what becomes of a handover and of guests, and the question after three days."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actions import start_shift
from vardlots.access.actor import SystemActor
from vardlots.cases.ending import jobs
from vardlots.cases.ending.actions import CHECK_IN, check_in, close, end
from vardlots.cases.ending.configured import KEY, VISIT_END, EndRules
from vardlots.cases.fold import fold
from vardlots.cases.guests.actions import invite, join
from vardlots.cases.handovers.actions import hand_over
from vardlots.cases.handovers.model import Receiver
from vardlots.cases.model import Case, CaseRef, Entry, Kind, Phase
from vardlots.cases.queries import readable_case, timeline
from vardlots.configuration import book
from vardlots.configuration.actions import Change, save
from vardlots.conversations.actions import Message, write
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import Forbidden, Invalid, WrongState

THREE_DAYS = timedelta(days=3)
SECOND = timedelta(seconds=1)


async def case_of(given: Cast, ref: CaseRef) -> Case:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await readable_case(connection, by=given.ylva, ref=ref)


async def rows_of(given: Cast, ref: CaseRef, by: Any = None) -> list[Entry]:
    by = by or given.ylva
    async with given.database.transaction(by.scope) as connection:
        await readable_case(connection, by=by, ref=ref)
        return await timeline(connection, ref)


async def says(given: Cast, ref: CaseRef, by: Any) -> int:
    return await write(given.house, by=by, ref=ref, message=Message("Ett ord", uuid4().hex))


async def decided(given: Cast, **rules: Any) -> None:
    """The provider decides otherwise than the product does."""
    body = msgspec.to_builtins(EndRules(**rules))
    await _save(given, body, 0)


async def _save(given: Cast, body: Any, base_version: int) -> None:
    change = Change(key=KEY, body=body, base_version=base_version)
    await save(
        given.database, given.house.hub, by=given.astrid, kind=VISIT_END, changes=[change], reason="Prov"
    )
    book.forget()


async def asked_later(given: Cast) -> CaseRef:
    await decided(given, check_in=True)
    ref = await given.ongoing_case(given.ruben)
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=7, check_in=True)
    return ref


async def ask(given: Cast, ref: CaseRef, after: timedelta = THREE_DAYS) -> int | None:
    ended = (await case_of(given, ref)).ended_at
    assert ended is not None
    with clock.at(ended + after):
        return await check_in(given.house, by=SystemActor(ref.provider_id, CHECK_IN), ref=ref)


async def promised(given: Cast, ref: CaseRef) -> int:
    async with given.database.transaction(NOBODY) as connection:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = $1 AND convert_from(payload, 'UTF8') = $2",
                CHECK_IN,
                f'{{"ref":"{ref}"}}',
            )
        )


async def test_a_provider_decides_which_lengths_there_are(given: Cast) -> None:
    await decided(given, allowed_days=["0", "7"], default_days="7")
    ref = await given.ongoing_case(given.ruben)
    with pytest.raises(Invalid) as refusal:
        await end(given.house, by=given.ylva, ref=ref, follow_up_days=3)
    assert refusal.value.field == "follow_up_days"
    assert (await case_of(given, ref)).phase is Phase.ONGOING
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=7)
    assert (await case_of(given, ref)).phase is Phase.FOLLOW_UP


async def test_a_guest_does_not_end_the_visit_and_leaves_with_it(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await invite(given.house, by=given.ylva, ref=ref, staff_id=given.hamid.staff_id, mode="chat")
    await join(given.house, by=given.hamid, ref=ref)
    with pytest.raises(Forbidden):
        await end(given.house, by=given.hamid, ref=ref, follow_up_days=0)
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=0)
    assert (await case_of(given, ref)).guests == ()


async def test_a_handover_that_nobody_has_answered_is_withdrawn_and_says_so(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    async with given.database.transaction(given.ylva.scope) as connection:
        case = await readable_case(connection, by=given.ylva, ref=ref)
    assert case.handover_n is None
    await _ask_siri(given, ref)
    assert (await case_of(given, ref)).handover_n is not None
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=3)
    assert [row.kind for row in await rows_of(given, ref)][-2:] == [Kind.HANDOVER_WITHDRAWN, Kind.ENDED]
    assert Kind.HANDOVER_WITHDRAWN not in [row.kind for row in await rows_of(given, ref, given.ruben)]
    assert (await case_of(given, ref)).handover_n is None
    assert fold(await rows_of(given, ref)).handover_n is None


async def test_a_visit_that_does_not_end_keeps_its_handover(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await _ask_siri(given, ref)
    with pytest.raises(Invalid):
        await end(given.house, by=given.ylva, ref=ref, follow_up_days=5)
    assert (await case_of(given, ref)).handover_n is not None
    assert Kind.HANDOVER_WITHDRAWN not in [row.kind for row in await rows_of(given, ref)]


async def test_the_question_after_three_days_is_off_until_the_provider_has_it_on(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    with pytest.raises(Invalid) as refusal:
        await end(given.house, by=given.ylva, ref=ref, follow_up_days=7, check_in=True)
    assert refusal.value.field == "check_in"
    await decided(given, check_in=True)
    for days in (1, 3):
        with pytest.raises(Invalid):
            await end(given.house, by=given.ylva, ref=ref, follow_up_days=days, check_in=True)
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=7, check_in=True)
    assert await promised(given, ref) == 1


async def test_a_patient_who_has_not_written_is_asked_once_after_three_days(given: Cast) -> None:
    ref = await asked_later(given)
    assert await ask(given, ref, THREE_DAYS - SECOND) is None
    n = await ask(given, ref)
    assert n is not None
    row = (await rows_of(given, ref, given.ruben))[-1]
    assert (row.n, row.kind, row.author_kind) == (n, Kind.MESSAGE, "system")
    assert row.body["automatic"]
    assert row.body["text"].startswith("Hej Ruben")
    for _ in range(2):
        assert await ask(given, ref, THREE_DAYS + SECOND) is None
    case = await case_of(given, ref)
    assert (case.inbox_at, case.staff_last_n) == (None, n)
    assert not fold(await rows_of(given, ref)).in_inbox


async def test_two_jobs_at_once_ask_once(given: Cast) -> None:
    ref = await asked_later(given)
    ended = (await case_of(given, ref)).ended_at
    assert ended is not None
    by = SystemActor(ref.provider_id, CHECK_IN)
    with clock.at(ended + THREE_DAYS):
        found = await asyncio.gather(*(check_in(given.house, by=by, ref=ref) for _ in range(4)))
    assert len([n for n in found if n is not None]) == 1


async def test_a_patient_who_has_written_is_not_asked(given: Cast) -> None:
    ref = await asked_later(given)
    await says(given, ref, given.ruben)
    assert await ask(given, ref) is None


async def test_nobody_is_asked_after_the_phase_or_who_was_not_to_be(given: Cast) -> None:
    ref = await asked_later(given)
    assert await ask(given, ref, timedelta(days=7)) is None
    ended = (await case_of(given, ref)).ended_at
    assert ended is not None
    with clock.at(ended + timedelta(days=7)):
        await close(given.house, by=SystemActor(ref.provider_id, "cases.close"), ref=ref)
    assert await ask(given, ref) is None
    other = await given.ongoing_case(given.elin)
    await end(given.house, by=given.ylva, ref=other, follow_up_days=7)
    assert await ask(given, other) is None


async def test_a_provider_that_switches_it_off_asks_nobody_more(given: Cast) -> None:
    ref = await asked_later(given)
    body = msgspec.to_builtins(EndRules())
    await _save(given, body, 1)
    assert await ask(given, ref) is None


async def test_a_lost_question_is_found_by_the_sweep_and_no_other(given: Cast) -> None:
    ref = await asked_later(given)
    before = await promised(given, ref)
    await jobs.sweep(given.house)
    assert await promised(given, ref) == before
    with clock.shifted(THREE_DAYS + timedelta(minutes=3)):
        await jobs.sweep(given.house)
        await jobs.sweep(given.house)
        assert await promised(given, ref) == before + 1
        await jobs.check_in(given.house, {"ref": str(ref)})
    assert [row.body.get("check_in") for row in await rows_of(given, ref)].count(True) == 2


@pytest.mark.parametrize(("seconds", "kept"), [(-1, True), (0, False), (1, False)])
@pytest.mark.parametrize("who", ["patient", "staff"])
async def test_the_phase_ends_at_the_second_for_both(given: Cast, who: str, seconds: int, kept: bool) -> None:
    ref = await given.ongoing_case(given.ruben)
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=1)
    until = (await case_of(given, ref)).writable_until
    assert until is not None
    by = given.ruben if who == "patient" else given.ylva
    with clock.at(until + seconds * SECOND):
        if kept:
            await says(given, ref, by)
            return
        with pytest.raises(WrongState) as refusal:
            await says(given, ref, by)
    assert refusal.value.code == "phase_over"
    assert ("Sök vård" in refusal.value.message) == (who == "patient")
    assert Kind.MESSAGE not in [row.kind for row in (await rows_of(given, ref)) if row.n > 4]


@pytest.mark.parametrize("seconds", [-1, 0])
async def test_a_message_and_the_close_in_the_same_second(given: Cast, seconds: int) -> None:
    """In parallel, many times: what is written before the end is kept, what comes after is refused, and it closes."""
    for turn_of in range(4):
        ref = await given.ongoing_case(given.ruben, reason=f"cough_{turn_of}")
        await end(given.house, by=given.ylva, ref=ref, follow_up_days=1)
        until = (await case_of(given, ref)).writable_until
        assert until is not None
        by = SystemActor(ref.provider_id, "cases.close")
        both: list[Any] = [says(given, ref, given.ruben), close(given.house, by=by, ref=ref)]
        if turn_of % 2:
            both.reverse()
        with clock.at(until + seconds * SECOND):
            found = await asyncio.gather(*both, return_exceptions=True)
        refused = [one for one in found if isinstance(one, WrongState)]
        case = await case_of(given, ref)
        assert bool(refused) == (seconds == 0)
        assert case.phase is (Phase.CLOSED if seconds == 0 else Phase.FOLLOW_UP)
        assert fold(await rows_of(given, ref)).phase is case.phase


async def _ask_siri(given: Cast, ref: CaseRef) -> None:
    """Ylva asks Siri to take the visit over."""
    to = Receiver("physician", given.siri.staff_id)
    await start_shift(
        given.database, by=given.siri, unit_id=given.siri.unit_id, role="physician", shift_type="primary"
    )
    await hand_over(given.house, by=given.ylva, ref=ref, to=to, priority=3, why="end_of_shift")
