"""The load balancer: fewest first, fair, and never one case to two."""

import asyncio
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given as example
from hypothesis import strategies as st
from tests.cast import Cast

from vardlots.access.actions import end_shift, start_shift
from vardlots.access.actor import StaffActor, SystemActor
from vardlots.cases.actions import accept, end, release
from vardlots.cases.balance import Candidate, give_waiting, next_in_line
from vardlots.cases.jobs import sweep
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import readable_case
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import SomebodyWasFirst

NOW = clock.now()


def candidate(staff_id: int, has: int, minutes_ago: int | None = None) -> Candidate:
    return Candidate(
        staff_id=staff_id,
        name="",
        title="",
        has=has,
        last_given=None if minutes_ago is None else NOW - timedelta(minutes=minutes_ago),
        shift_began=NOW - timedelta(hours=1),
    )


@example(
    st.lists(st.tuples(st.integers(0, 6), st.none() | st.integers(0, 59)), max_size=6), st.integers(1, 5)
)
def test_nobody_gets_one_who_has_more_than_another(people: list[tuple[int, int | None]], most: int) -> None:
    line = [candidate(place, has, ago) for place, (has, ago) in enumerate(people)]
    chosen = next_in_line(line, most)
    if chosen is None:
        assert all(one.has >= most for one in line)
        return
    assert chosen.has == min(one.has for one in line)
    assert chosen.has < most


def test_of_equals_whoever_has_waited_longest() -> None:
    line = [candidate(1, 1, 5), candidate(2, 1, 30), candidate(3, 1, 10)]
    chosen = next_in_line(line, 3)
    assert chosen is not None
    assert chosen.staff_id == 2


async def on_shift(given: Cast, by: StaffActor, *, balanced: bool = True, role: str = "nurse") -> None:
    await start_shift(
        given.database,
        by=by,
        unit_id=given.angsviken.unit_id,
        role=role,
        shift_type="primary",
        load_balancer=balanced,
    )


def system(given: Cast) -> SystemActor:
    return SystemActor(given.angsviken.provider_id, "cases.balance")


async def owner(given: Cast, ref: CaseRef) -> int | None:
    async with given.database.transaction(given.ylva.scope) as connection:
        return (await readable_case(connection, by=system(given), ref=ref)).owner_staff_id


async def balance(given: Cast) -> int:
    return await give_waiting(given.house, by=system(given), unit_id=given.angsviken.unit_id, role="nurse")


async def waiting(given: Cast, many: int, role: str = "nurse") -> list[CaseRef]:
    return [await given.waiting_case(given.ruben, reason=f"reason_{n}", role=role) for n in range(many)]


async def test_cases_go_round_to_whoever_has_fewest(given: Cast) -> None:
    await on_shift(given, given.ylva)
    await on_shift(given, given.hamid)
    refs = await waiting(given, 5)
    assert await balance(given) == 5
    owners = [await owner(given, ref) for ref in refs]
    ylva, hamid = given.ylva.staff_id, given.hamid.staff_id
    assert sorted((owners.count(ylva), owners.count(hamid))) == [2, 3]
    assert owners[0] != owners[1]


async def test_only_those_who_switched_it_on_in_the_role(given: Cast) -> None:
    await on_shift(given, given.ylva, balanced=False)
    await on_shift(given, given.siri, role="physician")
    (ref,) = await waiting(given, 1)
    assert await balance(given) == 0
    assert await owner(given, ref) is None


async def test_nobody_gets_more_than_the_provider_says(given: Cast) -> None:
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE provider SET settings = $2 WHERE provider_id = $1",
            given.angsviken.provider_id,
            {"load_balancer_most": 2},
        )
    await on_shift(given, given.ylva)
    refs = await waiting(given, 3)
    assert await balance(given) == 2
    # One ended makes room for the next.
    await end(given.house, by=given.ylva, ref=refs[0], follow_up_days=0)
    assert await balance(given) == 1


async def test_what_was_put_back_goes_to_somebody_else(given: Cast) -> None:
    await on_shift(given, given.ylva)
    refs = await waiting(given, 2)
    await balance(given)
    await release(given.house, by=given.ylva, ref=refs[0])
    assert await balance(given) == 0
    await on_shift(given, given.hamid)
    assert await balance(given) == 1
    assert await owner(given, refs[0]) == given.hamid.staff_id


async def test_an_ended_shift_gets_none(given: Cast) -> None:
    await on_shift(given, given.ylva)
    await end_shift(given.database, by=given.ylva)
    await waiting(given, 1)
    assert await balance(given) == 0


async def test_many_at_once_give_each_case_once_and_evenly(given: Cast) -> None:
    await on_shift(given, given.ylva)
    await on_shift(given, given.hamid)
    refs = await waiting(given, 6)
    counts = await asyncio.gather(*(balance(given) for _ in range(6)))
    assert sum(counts) == 6
    owners = [await owner(given, ref) for ref in refs]
    assert owners.count(given.ylva.staff_id) == owners.count(given.hamid.staff_id) == 3


async def test_taken_by_hand_at_the_same_time_has_one_owner(given: Cast) -> None:
    await on_shift(given, given.ylva)
    refs = await waiting(given, 3)
    results = await asyncio.gather(
        balance(given),
        *(accept(given.house, by=given.hamid, ref=ref) for ref in refs),
        return_exceptions=True,
    )
    for ref, taken in zip(refs, results[1:], strict=True):
        expected = given.ylva if isinstance(taken, SomebodyWasFirst) else given.hamid
        assert await owner(given, ref) == expected.staff_id


async def test_the_queue_promises_it_and_the_sweep_finds_what_was_lost(given: Cast) -> None:
    async def promised() -> int:
        async with given.database.transaction(NOBODY) as connection:
            rows = await connection.fetch(
                "SELECT payload FROM jobs.pgqueuer WHERE entrypoint = 'cases.balance'"
            )
        wanted = given.angsviken.unit_id
        return sum(msgspec.json.decode(row["payload"])["unit_id"] == wanted for row in rows)

    await waiting(given, 1)
    assert await promised() == 0
    await on_shift(given, given.ylva)
    assert await promised() == 1
    await sweep(given.house)
    assert await promised() == 2
    await given.waiting_case(given.elin)
    assert await promised() == 3


@pytest.mark.parametrize("who", ["ylva", "elin"])
async def test_only_the_system_gives(given: Cast, who: str) -> None:
    from vardlots.cases import policy
    from vardlots.cases.model import Verb

    ref = await given.waiting_case(given.elin)
    async with given.database.transaction(given.ylva.scope) as connection:
        case = await readable_case(connection, by=given.ylva, ref=ref)
    assert policy.may(getattr(given, who), Verb.ASSIGN, case, clock.now()) is not None
    assert policy.may(system(given), Verb.ASSIGN, case, clock.now()) is None
