"""A patient who waits in a visit that was left open: its owner is told, at work or not, once for each stretch."""

import asyncio
from datetime import timedelta

import pytest
from tests.cast import Cast

from vardlots.cases.ending.actions import end
from vardlots.cases.model import CaseRef
from vardlots.cases.openings.actions import take_over
from vardlots.cases.pauses.actions import pause
from vardlots.conversations.actions import Message, mark_read, write
from vardlots.notifications.actions import Post
from vardlots.notifications.jobs import sweep
from vardlots.notifications.model import StaffNoticeKind
from vardlots.notifications.staff.actions import tell
from vardlots.notifications.staff.left_open import look, unread
from vardlots.notifications.tests.phones import Phones, on_shift, post_with, system, wants
from vardlots.platform import clock
from vardlots.platform.db import provider_scope

SOON, LATE = timedelta(minutes=9), timedelta(minutes=11)


@pytest.fixture
def phones() -> Phones:
    return Phones()


@pytest.fixture
def post(given: Cast, phones: Phones) -> Post:
    return post_with(given, phones)


async def says(given: Cast, ref: CaseRef, key: str = "waiting-row-0001") -> int:
    return await write(given.house, by=given.elin, ref=ref, message=Message("Är du kvar?", key))


async def swept(given: Cast, post: Post, ref: CaseRef, after: timedelta) -> None:
    """The sweep of a later moment, and the texts it promised."""
    with clock.shifted(after):
        await look(post, ref.provider_id)
        async with given.database.transaction(given.ylva.scope) as connection:
            rows = await connection.fetch(
                "SELECT notice_id FROM notice WHERE provider_id = $1 AND case_id = $2 AND kind = 'left_open' "
                "AND state = 'sending'",
                *ref,
            )
        for row in rows:
            await tell(post, by=system(ref), notice_id=row["notice_id"])


async def test_the_owner_at_home_is_told_after_ten_minutes(given: Cast, post: Post, phones: Phones) -> None:
    await wants(given, "ylva", "hamid", choice=False)
    await on_shift(given, "hamid")
    ref = await given.ongoing_case(given.elin)
    await says(given, ref)
    await swept(given, post, ref, SOON)
    assert phones.names == []
    await swept(given, post, ref, LATE)
    assert phones.names == ["ylva"]


async def test_once_until_it_is_read(given: Cast, post: Post, phones: Phones) -> None:
    await wants(given, "ylva")
    ref = await given.ongoing_case(given.elin)
    first = await says(given, ref)
    await swept(given, post, ref, LATE)
    second = await says(given, ref, "waiting-row-0002")
    await swept(given, post, ref, LATE)
    await swept(given, post, ref, timedelta(hours=5))
    assert len(phones.handed) == 1
    # Whoever has read all of it and leaves the next one unread has left it open again.
    await mark_read(given.house, by=given.ylva, ref=ref, n=second)
    await swept(given, post, ref, LATE)
    assert len(phones.handed) == 1
    third = await says(given, ref, "waiting-row-0003")
    await swept(given, post, ref, LATE)
    assert [sms.reference.split("-")[4] for sms in phones.handed] == [str(first), str(third)]


async def test_many_sweeps_at_once_are_one(given: Cast, post: Post, phones: Phones) -> None:
    await wants(given, "ylva")
    ref = await given.ongoing_case(given.elin)
    await says(given, ref)
    with clock.shifted(LATE):
        await asyncio.gather(*(look(post, ref.provider_id) for _ in range(5)))
    await swept(given, post, ref, LATE)
    assert len(phones.handed) == 1


async def test_not_what_is_read_paused_or_over(given: Cast, post: Post) -> None:
    read = await given.ongoing_case(given.elin)
    await mark_read(given.house, by=given.ylva, ref=read, n=await says(given, read))
    over = await given.ongoing_case(given.elin, person_id=given.tuva)
    await says(given, over)
    await end(given.house, by=given.ylva, ref=over, follow_up_days=7)
    paused = await given.ongoing_case(given.elin, person_id=given.nils)
    await says(given, paused)
    until = clock.now() + timedelta(hours=1)
    await pause(
        given.house, by=given.ylva, ref=paused, until=until, text="Strax åter.", key="pause-open-00001"
    )
    async with given.database.transaction(provider_scope(read.provider_id)) as connection:
        assert await unread(connection, read.provider_id, clock.now() + LATE) == []


async def test_whoever_takes_over_is_told_of_it_too(given: Cast, post: Post, phones: Phones) -> None:
    await wants(given, "ylva", "hamid")
    ref = await given.ongoing_case(given.elin)
    await says(given, ref)
    await swept(given, post, ref, LATE)
    await take_over(
        given.house, by=given.hamid, ref=ref, from_staff_id=given.ylva.staff_id, reason="Ylva har gått hem."
    )
    await swept(given, post, ref, LATE)
    assert phones.names == ["hamid", "ylva"]


async def test_the_workers_sweep_looks(given: Cast, post: Post) -> None:
    await wants(given, "ylva")
    ref = await given.ongoing_case(given.elin)
    await says(given, ref)
    with clock.shifted(LATE):
        await sweep(post)
    async with given.database.transaction(given.ylva.scope) as connection:
        kind = await connection.fetchval(
            "SELECT kind FROM notice WHERE provider_id = $1 AND case_id = $2 AND staff_id = $3",
            *ref,
            given.ylva.staff_id,
        )
    assert kind == StaffNoticeKind.LEFT_OPEN
