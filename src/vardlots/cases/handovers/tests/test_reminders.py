"""A handover that nobody answers: reminded of by its priority, when somebody is there, also when a job is lost."""

from datetime import timedelta

from tests.cast import Cast

from vardlots.access.actor import SystemActor
from vardlots.cases.fold import fold
from vardlots.cases.handovers import queries
from vardlots.cases.handovers.actions import REMIND, accept_handover, hand_over, remind_handover
from vardlots.cases.handovers.jobs import remind, sweep
from vardlots.cases.handovers.model import Asked, Receiver
from vardlots.cases.handovers.rules import HandoverRules
from vardlots.cases.model import Audience, CaseRef, Entry, Kind
from vardlots.cases.queries import readable_case, timeline
from vardlots.platform import clock
from vardlots.platform.db import NOBODY


async def ask(given: Cast, ref: CaseRef, *, priority: int = 3) -> int:
    return await hand_over(
        given.house, by=given.ylva, ref=ref, to=Receiver("physician"), priority=priority, why="misplaced"
    )


async def rows(given: Cast, ref: CaseRef) -> list[Entry]:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await timeline(connection, ref)


async def asked_of(given: Cast, ref: CaseRef) -> Asked | None:
    async with given.database.transaction(given.ylva.scope) as connection:
        case = await readable_case(connection, by=given.ylva, ref=ref)
        return await queries.asked(connection, case)


async def promised(given: Cast, name: str, ref: CaseRef) -> int:
    async with given.database.transaction(NOBODY) as connection:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = $1 AND convert_from(payload, 'UTF8') LIKE $2",
                name,
                f'%"{ref}"%',
            )
        )


async def test_an_unanswered_handover_is_reminded_of_by_its_priority_until_it_is_answered(
    given: Cast,
) -> None:
    rules = HandoverRules()
    assert [rules.remind_after(priority).seconds // 60 for priority in (1, 2, 3, 4, 12)] == [
        5,
        10,
        15,
        30,
        30,
    ]
    ref = await given.ongoing_case(given.ruben)
    n = await ask(given, ref, priority=2)
    by = SystemActor(ref.provider_id, REMIND)
    assert await promised(given, REMIND, ref) == 1
    with clock.shifted(timedelta(minutes=9)):
        assert await remind_handover(given.house, by=by, ref=ref, n=n) is None
    assert await promised(given, REMIND, ref) == 2, "too early, it is promised anew"
    for times, minutes in ((1, 11), (2, 22)):
        with clock.shifted(timedelta(minutes=minutes)):
            await remind(given.house, {"ref": str(ref), "n": n})
            # A job that runs twice reminds once.
            await remind(given.house, {"ref": str(ref), "n": n})
        row = (await rows(given, ref))[-1]
        assert (row.kind, row.audience, row.body) == (
            Kind.HANDOVER_REMINDED,
            Audience.STAFF,
            {"times": times},
        )
    assert await promised(given, "notifications.handover", ref) == 3
    waits = await asked_of(given, ref)
    assert waits is not None
    assert (waits.times, waits.priority, waits.before, waits.by_name) == (2, 2, 3, "Ylva Tallvik")
    assert fold(await rows(given, ref)).handover_n == n
    await accept_handover(given.house, by=given.siri, ref=ref, n=n)
    with clock.shifted(timedelta(hours=2)):
        assert await remind_handover(given.house, by=by, ref=ref, n=n) is None


async def test_lost_reminders_are_each_found_by_the_sweep_and_once(given: Cast) -> None:
    refs = [await given.ongoing_case(given.ruben), await given.ongoing_case(given.elin)]
    for ref in refs:
        await ask(given, ref)
    before = [await promised(given, REMIND, ref) for ref in refs]
    await sweep(given.house)
    assert [await promised(given, REMIND, ref) for ref in refs] == before
    with clock.shifted(timedelta(minutes=17)):
        await sweep(given.house)
        await sweep(given.house)
    assert [await promised(given, REMIND, ref) for ref in refs] == [n + 1 for n in before]


async def test_nobody_is_reminded_while_nobody_is_there(given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    n = await ask(given, ref)
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute("UPDATE unit SET opening = '{}' WHERE unit_id = $1", given.angsviken.unit_id)
    by = SystemActor(ref.provider_id, REMIND)
    with clock.shifted(timedelta(minutes=20)):
        assert await remind_handover(given.house, by=by, ref=ref, n=n) is None
        async with given.database.transaction(NOBODY) as connection:
            await connection.execute(
                "INSERT INTO shift (provider_id, staff_id, unit_id, role, shift_type, started_at) "
                "VALUES ($1, $2, $3, 'physician', 'primary', $4)",
                ref.provider_id,
                given.siri.staff_id,
                given.angsviken.unit_id,
                clock.now(),
            )
        assert await remind_handover(given.house, by=by, ref=ref, n=n) is not None
