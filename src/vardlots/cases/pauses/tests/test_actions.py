"""A paused visit: who pauses, what the patient reads, how it goes on, and that nobody's case is left lying."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest
from tests.cast import Cast

from vardlots.access.actor import SystemActor
from vardlots.cases import actions
from vardlots.cases.fold import fold
from vardlots.cases.handovers.actions import accept_handover, hand_over
from vardlots.cases.handovers.model import Receiver
from vardlots.cases.model import Audience, Case, CaseRef, Entry, Kind, Phase
from vardlots.cases.pauses import actions as own
from vardlots.cases.pauses.actions import GIVE_BACK, RESUME, pause, resume, resume_when_due
from vardlots.cases.pauses.jobs import give_back as give_back_job
from vardlots.cases.pauses.jobs import resume as resume_job
from vardlots.cases.pauses.jobs import sweep
from vardlots.cases.queries import readable_case, timeline
from vardlots.conversations.actions import Message, write
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal, WrongState

TEXT = "Vi fortsätter i morgon klockan 8."
DAY = timedelta(days=1)


async def put_off(given: Cast, ref: CaseRef, by: Any = None, *, until: datetime, key: str = "") -> int:
    return await pause(
        given.house,
        by=by or given.ylva,
        ref=ref,
        until=until,
        text=TEXT,
        key=key or f"pause-{until:%d%H%M%S%f}",
    )


async def read(given: Cast, ref: CaseRef) -> Case:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await readable_case(connection, by=given.ylva, ref=ref)


async def rows(given: Cast, ref: CaseRef, by: object = None) -> list[Entry]:
    async with given.database.transaction((by or given.ylva).scope) as connection:  # type: ignore[attr-defined]
        return await timeline(connection, ref)


async def agrees(given: Cast, ref: CaseRef) -> None:
    case, told = await read(given, ref), fold(await rows(given, ref))
    for name in ("phase", "owner_staff_id", "paused_until"):
        assert getattr(case, name) == getattr(told, name), name


async def promised(given: Cast, name: str, ref: CaseRef) -> int:
    async with given.database.transaction(NOBODY) as connection:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = $1 AND convert_from(payload, 'UTF8') LIKE $2",
                name,
                f'%"{ref}"%',
            )
        )


async def on_shift(given: Cast, at: datetime) -> None:
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "INSERT INTO shift (provider_id, staff_id, unit_id, role, shift_type, started_at) "
            "VALUES ($1, $2, $3, 'nurse', 'primary', $4)",
            given.ylva.provider_id,
            given.ylva.staff_id,
            given.angsviken.unit_id,
            at,
        )


async def test_the_patient_reads_when_it_goes_on_and_may_write_meanwhile(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    until = clock.now() + DAY
    n = await put_off(given, ref, until=until, key="pause-once")
    assert await put_off(given, ref, until=until, key="pause-once") == n, "sent twice it is one row"
    case = await read(given, ref)
    assert (case.paused_until, case.phase, case.owner_staff_id) == (until, Phase.ONGOING, given.ylva.staff_id)
    row = (await rows(given, ref, given.ruben))[-1]
    assert (row.kind, row.audience, row.body) == (
        Kind.PAUSED,
        Audience.PATIENT,
        {"until": until.isoformat(), "text": TEXT},
    )
    assert await promised(given, "notifications.message_waiting", ref) >= 1
    assert await promised(given, RESUME, ref) == 1
    await agrees(given, ref)
    await write(given.house, by=given.ruben, ref=ref, message=Message("Tack.", "key-ruben-1"))
    case = await read(given, ref)
    assert case.paused_until == until, "the patient's words end no pause"
    assert case.staff_read_n < case.patient_last_n, "unread for the owner"


async def test_a_pause_is_ahead_and_not_too_far(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    now = clock.now()
    with clock.at(now):
        for until in (now, now - DAY, now + 14 * DAY + timedelta(seconds=1)):
            with pytest.raises(Invalid) as refusal:
                await put_off(given, ref, until=until)
            assert refusal.value.field == "until"
        for text in (" ", "x" * 2001):
            with pytest.raises(Invalid) as refusal:
                await pause(
                    given.house, by=given.ylva, ref=ref, until=now + DAY, text=text, key="pause-key-1"
                )
            assert refusal.value.field == "text"
        await put_off(given, ref, until=now + 14 * DAY)
        await put_off(given, ref, until=now + DAY)
    assert (await read(given, ref)).paused_until == now + DAY, "paused anew, it is the later word that holds"


async def test_who_pauses_and_who_goes_on(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    until = clock.now() + DAY
    for by, kind in (
        (given.hamid, Forbidden),
        (given.olle, Forbidden),
        (given.nora, NotFound),
        (given.ruben, Forbidden),
        (given.elin, NotFound),
    ):
        with pytest.raises(kind):
            await put_off(given, ref, by, until=until)
    with pytest.raises(WrongState) as refusal:
        await resume(given.house, by=given.ylva, ref=ref)
    assert refusal.value.code == "not_paused"
    await put_off(given, ref, until=until)
    for by, kind in ((given.hamid, Forbidden), (given.nora, NotFound), (given.ruben, Forbidden)):
        with pytest.raises(kind):
            await resume(given.house, by=by, ref=ref)  # type: ignore[arg-type]
    await resume(given.house, by=given.ylva, ref=ref)
    assert (await read(given, ref)).paused_until is None
    assert [row.kind for row in await rows(given, ref, given.ruben)][-1] is Kind.RESUMED
    await agrees(given, ref)
    with clock.shifted(3 * DAY):
        await resume_job(given.house, {"ref": str(ref)})
    assert [row.kind for row in await rows(given, ref)].count(Kind.RESUMED) == 1


async def test_at_its_moment_it_goes_on_by_itself_once(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await put_off(given, ref, until=clock.now() + DAY)
    await resume_job(given.house, {"ref": str(ref)})
    assert (await read(given, ref)).paused_until is not None, "never before"
    with clock.shifted(DAY + timedelta(seconds=1)):
        for _ in range(2):
            await resume_job(given.house, {"ref": str(ref)})
    assert [row.kind for row in await rows(given, ref)].count(Kind.RESUMED) == 1
    assert await promised(given, "notifications.resumed", ref) == 1
    assert await promised(given, GIVE_BACK, ref) == 1
    await agrees(given, ref)


async def resumed_by_itself(given: Cast) -> tuple[CaseRef, int]:
    ref = await given.ongoing_case(given.ruben)
    await put_off(given, ref, until=clock.now() + DAY)
    with clock.shifted(DAY + timedelta(seconds=1)):
        n = await resume_when_due(given.house, by=SystemActor(ref.provider_id, RESUME), ref=ref)
    assert n is not None
    return ref, n


async def test_a_visit_that_nobody_comes_back_to_is_the_queues_again(given: Cast) -> None:
    ref, n = await resumed_by_itself(given)
    with clock.shifted(DAY + timedelta(minutes=59)):
        await give_back_job(given.house, {"ref": str(ref), "n": n})
    assert (await read(given, ref)).phase is Phase.ONGOING
    with clock.shifted(DAY + timedelta(minutes=61)):
        for _ in range(2):
            await give_back_job(given.house, {"ref": str(ref), "n": n})
    case = await read(given, ref)
    assert (case.phase, case.owner_staff_id, case.accepted_at) == (Phase.QUEUED, None, None)
    row = (await rows(given, ref))[-1]
    assert (row.kind, row.audience, row.body) == (Kind.GIVEN_BACK, Audience.STAFF, {"why": "owner_off_shift"})
    await agrees(given, ref)
    await actions.accept(given.house, by=given.hamid, ref=ref)
    with clock.shifted(DAY + timedelta(hours=3)):
        await give_back_job(given.house, {"ref": str(ref), "n": n})
    assert (await read(given, ref)).owner_staff_id == given.hamid.staff_id, "another's case is not put back"


@pytest.mark.parametrize("sign", ["shift", "wrote", "paused", "handed"])
async def test_a_visit_that_is_looked_after_stays(given: Cast, sign: str) -> None:
    ref, n = await resumed_by_itself(given)
    with clock.shifted(DAY + timedelta(minutes=30)):
        if sign == "shift":
            await on_shift(given, clock.now())
        elif sign == "wrote":
            await write(given.house, by=given.ylva, ref=ref, message=Message("God morgon.", "key-ylva-1"))
        elif sign == "paused":
            await put_off(given, ref, until=clock.now() + timedelta(hours=3))
        else:
            asked = await hand_over(
                given.house,
                by=given.ylva,
                ref=ref,
                to=Receiver("physician"),
                priority=3,
                why="end_of_shift",
            )
            await accept_handover(given.house, by=given.siri, ref=ref, n=asked)
    with clock.shifted(DAY + timedelta(minutes=61)):
        await give_back_job(given.house, {"ref": str(ref), "n": n})
        await sweep(given.house)
    assert (await read(given, ref)).phase is Phase.ONGOING
    assert await promised(given, GIVE_BACK, ref) == 1, "the sweep finds nothing to do either"


async def test_lost_jobs_are_found_by_the_sweep(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await put_off(given, ref, until=clock.now() + DAY)
    await sweep(given.house)
    assert await promised(given, RESUME, ref) == 1
    with clock.shifted(DAY + timedelta(minutes=2)):
        await sweep(given.house)
        await sweep(given.house)
        assert await promised(given, RESUME, ref) == 2
        await resume_job(given.house, {"ref": str(ref)})
    with clock.shifted(DAY + timedelta(hours=1, minutes=4)):
        await sweep(given.house)
        await sweep(given.house)
    assert await promised(given, GIVE_BACK, ref) == 2


@pytest.mark.slow
async def test_the_owner_and_the_system_go_on_at_once_and_it_is_one_row(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    for turn in range(5):
        until = clock.now() + timedelta(minutes=1)
        await put_off(given, ref, until=until, key=f"pause-race-{turn}")
        with clock.shifted(timedelta(minutes=2)):
            results = await asyncio.gather(
                resume(given.house, by=given.ylva, ref=ref),
                resume_when_due(given.house, by=SystemActor(ref.provider_id, RESUME), ref=ref),
                return_exceptions=True,
            )
        assert all(isinstance(one, int | Refusal | None) for one in results), results
        kinds = [row.kind for row in await rows(given, ref)]
        assert kinds.count(Kind.RESUMED) == kinds.count(Kind.PAUSED)
        await agrees(given, ref)


async def test_nothing_is_left_of_a_pause_whose_job_cannot_be_promised(
    given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = await given.ongoing_case(given.ruben)
    before = await read(given, ref)

    async def failing(*_: object, **__: object) -> None:
        raise asyncpg.InterfaceError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(own, "promise_notice_of_message", failing)
        with pytest.raises(asyncpg.InterfaceError):
            await put_off(given, ref, until=clock.now() + DAY)
    assert await read(given, ref) == before
    assert await promised(given, RESUME, ref) == 0


@pytest.mark.parametrize("priority", [1, 2])
async def test_an_urgent_visit_waits_only_when_somebody_says_that_it_can(given: Cast, priority: int) -> None:
    ref = await given.ongoing_case(given.ruben, priority=priority)
    until = clock.now() + DAY
    with pytest.raises(Invalid) as refusal:
        await put_off(given, ref, until=until)
    assert (refusal.value.field, refusal.value.values) == ("sure", {"n": priority})
    assert (await read(given, ref)).paused_until is None
    n = await pause(given.house, by=given.ylva, ref=ref, until=until, text=TEXT, key="sure-key-1", sure=True)
    assert (await read(given, ref)).paused_until == until
    async with given.database.transaction(given.ylva.scope) as connection:
        said = await connection.fetchval(
            "SELECT reason FROM access_log WHERE case_id = $1 AND action = 'pause'", ref.case_id
        )
    assert n
    assert said == "Bedömt att patienten kan vänta trots prioriteten"
