"""A patient who does not answer: who seeks them, what they read, what the system does at its time, and what ends it."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.cast import Cast

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.cases.actions import release
from vardlots.cases.chasing import actions, jobs
from vardlots.cases.chasing.actions import ADVANCE
from vardlots.cases.fold import fold
from vardlots.cases.model import Audience, Case, CaseRef, Entry, Kind, Phase
from vardlots.cases.pauses.actions import pause
from vardlots.cases.queries import readable_case, timeline
from vardlots.conversations.actions import Message, write
from vardlots.platform import clock
from vardlots.platform import jobs as platform_jobs
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal, WrongState

HALF_HOUR = timedelta(minutes=30)
TWO_HOURS = timedelta(hours=2)
SECOND = timedelta(seconds=1)


def key() -> str:
    return uuid4().hex


async def case_of(given: Cast, ref: CaseRef) -> Case:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await readable_case(connection, by=given.ylva, ref=ref)


async def rows_of(given: Cast, ref: CaseRef, by: Any = None) -> list[Entry]:
    by = by or given.ylva
    async with given.database.transaction(by.scope) as connection:
        await readable_case(connection, by=by, ref=ref)
        return await timeline(connection, ref)


async def chase(given: Cast, ref: CaseRef, by: StaffActor | None = None) -> int:
    return await actions.chase(given.house, by=by or given.ylva, ref=ref, key=key())


async def says(given: Cast, ref: CaseRef, by: Any, text: str = "Hur länge har du haft ont?") -> int:
    return await write(given.house, by=by, ref=ref, message=Message(text, key()))


async def advance(given: Cast, ref: CaseRef, at: datetime | None = None) -> None:
    if at is None:
        await jobs.advance(given.house, {"ref": str(ref)})
        return
    with clock.at(at):
        await jobs.advance(given.house, {"ref": str(ref)})


async def warned(given: Cast, **chosen: Any) -> CaseRef:
    """A case in which the patient has been written to and then warned."""
    ref = await given.ongoing_case(given.ruben, **chosen)
    await says(given, ref, given.ylva)
    await chase(given, ref)
    return ref


async def promised(given: Cast, name: str, ref: CaseRef) -> int:
    async with given.database.transaction(NOBODY) as connection:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = $1 AND convert_from(payload, 'UTF8') LIKE $2",
                name,
                f'%"ref":"{ref}"%',
            )
        )


async def test_a_patient_nobody_has_asked_anything_is_reminded_first(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    n = await chase(given, ref)
    case = await case_of(given, ref)
    row = (await rows_of(given, ref, given.ruben))[-1]
    assert (row.n, row.kind, row.body["step"], row.body["until"]) == (n, Kind.CHASED, "reminded", None)
    assert "Hej Ruben" in row.body["text"]
    assert row.body["automatic"]
    assert (case.chase, case.chase_at) == ("reminded", row.at + HALF_HOUR)
    assert case.staff_last_n == n
    assert await promised(given, "notifications.message_waiting", ref) >= 1
    assert await promised(given, ADVANCE, ref) == 1


async def test_whoever_has_written_already_warns_at_once_and_the_words_say_until_when(given: Cast) -> None:
    ref = await warned(given)
    row = (await rows_of(given, ref, given.ruben))[-1]
    until = datetime.fromisoformat(row.body["until"])
    assert (row.body["step"], until - row.at) == ("warned", TWO_HOURS)
    shown = clock.local(until).strftime("%H.%M")
    assert shown in row.body["text"]
    assert "1177" in row.body["text"]
    assert "{" not in row.body["text"]
    case = await case_of(given, ref)
    assert (case.chase, case.chase_at) == ("warned", until)


async def test_the_system_warns_after_the_reminder_and_closes_after_exactly_two_hours(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await chase(given, ref)
    reminded = await case_of(given, ref)
    assert reminded.chase_at is not None
    await advance(given, ref, reminded.chase_at - SECOND)
    assert (await case_of(given, ref)).chase == "reminded"
    # The worker comes an hour late: the two hours are those of the warning, not of the plan.
    late = reminded.chase_at + timedelta(hours=1)
    await advance(given, ref, late)
    case = await case_of(given, ref)
    assert (case.chase, case.chase_at) == ("warned", late + TWO_HOURS)
    await advance(given, ref, late + TWO_HOURS - SECOND)
    assert (await case_of(given, ref)).phase is Phase.ONGOING
    await advance(given, ref, late + TWO_HOURS)
    case = await case_of(given, ref)
    assert (case.phase, case.chase, case.ended_at) == (Phase.CLOSED, None, late + TWO_HOURS)
    assert case.writable_until is None
    row = (await rows_of(given, ref, given.ruben))[-1]
    assert (row.kind, row.body) == (Kind.ENDED, {"days": 0, "until": None, "no_reply": True})
    assert case.owner_staff_id == given.ylva.staff_id
    assert await promised(given, "notifications.case_ended", ref) == 1
    rows = await rows_of(given, ref)
    assert [one.body["step"] for one in rows if one.kind is Kind.CHASED] == ["reminded", "warned"]
    folded = fold(rows)
    assert (folded.phase, folded.chase) == (Phase.CLOSED, None)


@pytest.mark.parametrize("times", [2, 3])
async def test_steps_that_run_again_are_taken_once(given: Cast, times: int) -> None:
    ref = await warned(given)
    until = (await case_of(given, ref)).chase_at
    for _ in range(times):
        await advance(given, ref, until)
    assert [row.kind for row in await rows_of(given, ref)].count(Kind.ENDED) == 1


async def test_a_job_that_comes_early_promises_itself_anew_once(given: Cast) -> None:
    ref = await warned(given)
    for _ in range(2):
        await advance(given, ref)
    assert await promised(given, ADVANCE, ref) == 2


async def test_a_lost_job_is_found_by_the_sweep_and_never_early(given: Cast) -> None:
    ref = await warned(given)
    before = await promised(given, ADVANCE, ref)
    await jobs.sweep(given.house)
    assert await promised(given, ADVANCE, ref) == before
    with clock.shifted(TWO_HOURS + timedelta(minutes=2)):
        for _ in range(2):
            await jobs.sweep(given.house)
        assert await promised(given, ADVANCE, ref) == before + 1


@pytest.mark.parametrize("priority", [1, 2])
async def test_the_most_urgent_are_telephoned_and_never_closed(given: Cast, priority: int) -> None:
    ref = await warned(given, priority=priority)
    told = (await rows_of(given, ref, given.ruben))[-1].body["text"]
    assert "ringer" in told
    assert "stängs" not in told
    until = (await case_of(given, ref)).chase_at
    assert until is not None
    await advance(given, ref, until)
    case = await case_of(given, ref)
    assert (case.phase, case.chase, case.chase_at) == (Phase.ONGOING, "call", None)
    assert (await rows_of(given, ref))[-1].kind is Kind.CALL_NEEDED
    assert await promised(given, "notifications.must_call", ref) == 1
    assert Kind.CALL_NEEDED not in [row.kind for row in await rows_of(given, ref, given.ruben)]
    await advance(given, ref, until + timedelta(days=2))
    assert (await case_of(given, ref)).phase is Phase.ONGOING


async def test_a_call_without_an_answer_leaves_the_task_and_one_with_ends_it(given: Cast) -> None:
    ref = await warned(given, priority=1)
    await advance(given, ref, (await case_of(given, ref)).chase_at)
    with pytest.raises(Invalid):
        await actions.called(given.house, by=given.ylva, ref=ref, outcome="perhaps")
    with pytest.raises(Invalid):
        await actions.called(given.house, by=given.ylva, ref=ref, outcome="reached", note="x" * 501)
    with pytest.raises(Forbidden):
        await actions.called(given.house, by=given.hamid, ref=ref, outcome="reached")
    await actions.called(given.house, by=given.ylva, ref=ref, outcome="not_reached", note="Ringer igen 11.30")
    assert (await case_of(given, ref)).chase == "call"
    assert fold(await rows_of(given, ref)).chase == "call"
    assert (await rows_of(given, ref))[-1].body == {"outcome": "not_reached", "note": "Ringer igen 11.30"}
    assert (await rows_of(given, ref))[-1].audience is Audience.STAFF
    await actions.called(given.house, by=given.ylva, ref=ref, outcome="reached")
    assert (await case_of(given, ref)).chase is None
    assert fold(await rows_of(given, ref)).chase is None
    with pytest.raises(WrongState) as refusal:
        await actions.called(given.house, by=given.ylva, ref=ref, outcome="reached")
    assert refusal.value.code == "no_call"
    # What was said on the phone is an answer: a new search begins with a reminder.
    await chase(given, ref)
    assert (await case_of(given, ref)).chase == "reminded"


async def test_any_word_of_the_patient_ends_it(given: Cast) -> None:
    ref = await warned(given)
    until = (await case_of(given, ref)).chase_at
    await says(given, ref, given.ruben, "Jag är här nu")
    case = await case_of(given, ref)
    assert (case.chase, case.chase_at) == (None, None)
    await advance(given, ref, until)
    assert (await case_of(given, ref)).phase is Phase.ONGOING
    with pytest.raises(WrongState) as refusal:
        await chase(given, ref)
    assert refusal.value.code == "unread"


async def test_a_message_from_staff_does_not_end_it_but_breaking_off_does(given: Cast) -> None:
    ref = await warned(given)
    await says(given, ref, given.ylva, "Är du där?")
    assert (await case_of(given, ref)).chase == "warned"
    with pytest.raises(WrongState) as refusal:
        await chase(given, ref)
    assert refusal.value.code == "already_chased"
    until = (await case_of(given, ref)).chase_at
    await actions.stop(given.house, by=given.ylva, ref=ref)
    # The patient had read that the visit would close.
    assert (await rows_of(given, ref, given.ruben))[-1].kind is Kind.CHASE_STOPPED
    assert fold(await rows_of(given, ref)).chase is None
    await advance(given, ref, until)
    assert (await case_of(given, ref)).phase is Phase.ONGOING
    with pytest.raises(WrongState) as again:
        await actions.stop(given.house, by=given.ylva, ref=ref)
    assert again.value.code == "no_chase"


async def test_a_reminder_that_is_broken_off_is_nothing_to_tell_the_patient(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await chase(given, ref)
    await actions.stop(given.house, by=given.ylva, ref=ref)
    assert Kind.CHASE_STOPPED not in [row.kind for row in await rows_of(given, ref, given.ruben)]


async def test_a_pause_ends_it_and_a_paused_visit_is_not_begun_with(given: Cast) -> None:
    ref = await warned(given)
    until = (await case_of(given, ref)).chase_at
    assert until is not None
    await pause(
        given.house,
        by=given.ylva,
        ref=ref,
        until=until + timedelta(hours=20),
        text="Vi fortsätter.",
        key=key(),
    )
    assert (await case_of(given, ref)).chase is None
    assert fold(await rows_of(given, ref)).chase is None
    await advance(given, ref, until)
    assert (await case_of(given, ref)).phase is Phase.ONGOING
    with pytest.raises(WrongState) as refusal:
        await chase(given, ref)
    assert refusal.value.code == "paused"


async def test_what_is_laid_back_in_the_queue_is_sought_no_more(given: Cast) -> None:
    ref = await warned(given)
    until = (await case_of(given, ref)).chase_at
    await release(given.house, by=given.ylva, ref=ref)
    await advance(given, ref, until)
    case = await case_of(given, ref)
    assert (case.phase, case.chase) == (Phase.QUEUED, None)


async def test_who_seeks_a_patient(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    for by, kind in ((given.hamid, Forbidden), (given.olle, Forbidden), (given.nora, NotFound)):
        with pytest.raises(kind):
            await chase(given, ref, by)
        with pytest.raises(kind):
            await actions.stop(given.house, by=by, ref=ref)
    for patient in (given.ruben, given.elin):
        with pytest.raises(Refusal):
            await actions.chase(given.house, by=patient, ref=ref, key=key())  # type: ignore[arg-type]
    assert (await case_of(given, ref)).chase is None
    assert Kind.CHASED not in [row.kind for row in await rows_of(given, ref)]


async def test_pressed_twice_is_once(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    same = key()
    found = await asyncio.gather(
        *(actions.chase(given.house, by=given.ylva, ref=ref, key=same) for _ in range(4))
    )
    assert len(set(found)) == 1
    assert [row.kind for row in await rows_of(given, ref)].count(Kind.CHASED) == 1


async def test_it_is_all_in_the_access_log(given: Cast) -> None:
    ref = await warned(given)
    await actions.stop(given.house, by=given.ylva, ref=ref)
    async with given.database.transaction(given.ylva.scope) as connection:
        found = await connection.fetch(
            "SELECT action FROM access_log WHERE provider_id = $1 AND case_id = $2 ORDER BY log_id DESC LIMIT 2",
            *ref,
        )
    assert [row["action"] for row in found] == ["stop_chase", "chase"]


async def test_what_cannot_be_promised_is_not_written(given: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = await given.ongoing_case(given.ruben)
    before = await rows_of(given, ref)

    async def fails(*_args: Any, **_more: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(platform_jobs, "enqueue", fails)
    with pytest.raises(RuntimeError):
        await chase(given, ref)
    assert await rows_of(given, ref) == before
    assert (await case_of(given, ref)).chase is None


@pytest.mark.parametrize("first", ["patient", "job"])
async def test_whoever_is_first_of_the_patient_and_the_job_has_it(given: Cast, first: str) -> None:
    ref = await warned(given)
    until = (await case_of(given, ref)).chase_at
    assert until is not None
    by = SystemActor(ref.provider_id, ADVANCE)
    with clock.at(until):
        if first == "patient":
            await says(given, ref, given.ruben, "Här")
            assert await actions.give_up(given.house, by=by, ref=ref) is None
            assert (await case_of(given, ref)).phase is Phase.ONGOING
            return
        assert await actions.give_up(given.house, by=by, ref=ref) is not None
        with pytest.raises(WrongState) as refusal:
            await says(given, ref, given.ruben, "Här")
    assert refusal.value.values["phase"] == "closed"


@pytest.mark.parametrize("urgent", [False, True])
async def test_a_patient_and_the_job_in_the_same_second(given: Cast, urgent: bool) -> None:
    """In parallel, many times: either the patient has answered or the visit has ended, never both and never neither."""
    for turn_of in range(6):
        ref = await warned(given, priority=1 if urgent else 4, reason=f"cough_{turn_of}")
        until = (await case_of(given, ref)).chase_at
        assert until is not None
        by = SystemActor(ref.provider_id, ADVANCE)
        step = actions.must_call if urgent else actions.give_up
        both: list[Awaitable[Any]] = [
            says(given, ref, given.ruben, "Här är jag"),
            step(given.house, by=by, ref=ref),
        ]
        if turn_of % 2:
            both.reverse()
        with clock.at(until):
            found = await asyncio.gather(*both, return_exceptions=True)
        case, kinds = await case_of(given, ref), [row.kind for row in await rows_of(given, ref)]
        spoke = any(
            row.author_kind == "patient" and row.kind is Kind.MESSAGE for row in await rows_of(given, ref)
        )
        if urgent:
            assert spoke
            assert (case.phase, case.chase) == (Phase.ONGOING, None)
        elif spoke:
            assert (case.phase, case.chase) == (Phase.ONGOING, None)
            assert Kind.ENDED not in kinds
        else:
            assert case.phase is Phase.CLOSED
            assert any(isinstance(one, WrongState) for one in found)
        assert fold(await rows_of(given, ref)).phase is case.phase


async def test_a_warning_alone_never_ends_a_visit(given: Cast) -> None:
    """Were a warning ever the first attempt, nobody would be closed by it."""
    ref = await warned(given)
    until = (await case_of(given, ref)).chase_at
    assert until is not None
    async with given.database.transaction(given.ylva.scope) as connection:
        # As if what staff wrote before had been said before the patient's own last word.
        await connection.execute(
            "UPDATE care_case SET chase = NULL, chase_at = NULL WHERE provider_id = $1 AND case_id = $2", *ref
        )
    await says(given, ref, given.ruben, "Ett ord")
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "UPDATE care_case SET chase = 'warned', chase_at = $3 WHERE provider_id = $1 AND case_id = $2",
            *ref,
            until,
        )
    await advance(given, ref, until)
    assert (await case_of(given, ref)).phase is Phase.ONGOING
