"""The end of the asynchronous phase: at its time, also when the promised job is lost, never before."""

from datetime import timedelta

from tests.cast import Cast

from vardlots.cases import actions
from vardlots.cases.jobs import CLOSE, close, sweep
from vardlots.cases.model import CaseRef, Kind, Phase
from vardlots.cases.queries import readable_case, timeline
from vardlots.platform import clock
from vardlots.platform.db import NOBODY


async def ended(given: Cast) -> CaseRef:
    ref = await given.ongoing_case(given.ruben)
    await actions.end(given.house, by=given.ylva, ref=ref, follow_up_days=1)
    return ref


async def phase_of(given: Cast, ref: CaseRef) -> Phase:
    async with given.database.transaction(given.ylva.scope) as connection:
        return (await readable_case(connection, by=given.ylva, ref=ref)).phase


async def promised(given: Cast, ref: CaseRef) -> int:
    async with given.database.transaction(NOBODY) as connection:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = $1 AND convert_from(payload, 'UTF8') = $2",
                CLOSE,
                f'{{"ref":"{ref}"}}',
            )
        )


async def test_a_case_closes_when_its_phase_is_over_however_often_the_job_runs(given: Cast) -> None:
    ref = await ended(given)
    with clock.shifted(timedelta(days=1, seconds=1)):
        for _ in range(3):
            await close(given.house, {"ref": str(ref)})
    assert await phase_of(given, ref) is Phase.CLOSED
    async with given.database.transaction(given.ylva.scope) as connection:
        assert [row.kind for row in await timeline(connection, ref)].count(Kind.CLOSED) == 1


async def test_a_job_that_comes_early_promises_itself_anew_once(given: Cast) -> None:
    ref = await ended(given)
    for _ in range(2):
        await close(given.house, {"ref": str(ref)})
    assert await phase_of(given, ref) is Phase.FOLLOW_UP
    assert await promised(given, ref) == 2


async def test_a_lost_job_is_found_by_the_sweep(given: Cast) -> None:
    ref = await ended(given)
    before = await promised(given, ref)
    await sweep(given.house)
    assert await promised(given, ref) == before
    with clock.shifted(timedelta(days=1, minutes=2)):
        await sweep(given.house)
        await sweep(given.house)
    assert await promised(given, ref) == before + 1
