"""One time: blocked, moved, removed; and days that are cancelled, with everybody told once."""

import asyncio
from datetime import UTC, date, datetime, time
from typing import Any

import msgspec
import pytest
from tests.cast import Cast

from vardlots.access.actor import PatientActor
from vardlots.booking import actions as booking
from vardlots.booking.model import SlotRef, StaffBooking
from vardlots.booking.schedules import actions
from vardlots.booking.schedules.days.actions import cancel_days, lift_closed
from vardlots.booking.schedules.days.queries import concerned
from vardlots.booking.schedules.model import Pattern, Schedule, State
from vardlots.booking.schedules.queries import closed_at, time_of
from vardlots.booking.schedules.tests.conftest import MONDAY, NOW
from vardlots.booking.schedules.tests.test_actions import opened, slots, weekly
from vardlots.booking.schedules.times import actions as times
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import readable_case
from vardlots.consents.actions import register
from vardlots.consents.model import How
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal, WrongState

TEXT = "Din tid är inställd. Välj en ny."


async def numbers(given: Cast, schedule: Schedule) -> list[int]:
    async with given.database.transaction(given.ylva.scope) as connection:
        rows = await connection.fetch(
            "SELECT slot_id FROM slot WHERE schedule_id = $1 AND state <> 'removed' ORDER BY starts_at",
            schedule.schedule_id,
        )
    return [row["slot_id"] for row in rows]


async def booked(given: Cast, slot_id: int, who: PatientActor) -> CaseRef:
    """Somebody whom staff have booked."""
    async with given.database.transaction(who.scope) as connection:
        await register(
            connection,
            by=who,
            provider_id=given.petra.provider_id,
            person_id=who.person_id,
            given_by=who.person_id,
            how=How.DIGITAL,
        )
    case = await booking.book_for(
        given.house,
        by=given.petra,
        new=StaffBooking(person_id=who.person_id, reason="Sårvård"),
        slot=SlotRef(given.petra.provider_id, slot_id),
    )
    return case.ref


async def state(given: Cast, slot_id: int) -> State:
    async with given.database.transaction(given.ylva.scope) as connection:
        return (await time_of(connection, by=given.ylva, slot_id=slot_id)).state


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), clock.SWEDEN).astimezone(UTC)


async def test_a_time_is_blocked_with_why_and_open_again(
    given: Cast, ylvas: Schedule, monday: Pattern
) -> None:
    await opened(given, ylvas, monday)
    first, *_ = await numbers(given, ylvas)
    with pytest.raises(Invalid):
        await times.block_time(given.house, by=given.petra, slot_id=first, why=" ")
    await times.block_time(given.house, by=given.petra, slot_id=first, why="Handledning")
    assert await state(given, first) is State.BLOCKED
    with pytest.raises(WrongState):
        await times.block_time(given.house, by=given.hamid, slot_id=first, why="Möte")
    await times.unblock_time(given.house, by=given.ylva, slot_id=first)
    with pytest.raises(WrongState):
        await times.unblock_time(given.house, by=given.ylva, slot_id=first)
    assert await state(given, first) is State.FREE


async def test_who_may_change_a_time(given: Cast, ylvas: Schedule, monday: Pattern) -> None:
    await opened(given, ylvas, monday)
    first, *_ = await numbers(given, ylvas)
    for by, refused in ((given.siri, Forbidden), (given.olle, NotFound), (given.nora, NotFound)):
        for verb in (
            times.block_time(given.house, by=by, slot_id=first, why="Möte"),
            times.remove_time(given.house, by=by, slot_id=first),
            times.move_time(
                given.house, by=by, slot_id=first, schedule_id=ylvas.schedule_id, starts_at=at(11)
            ),
        ):
            with pytest.raises(refused):
                await verb
    assert await state(given, first) is State.FREE


async def test_a_time_that_somebody_is_choosing_or_has_is_left_alone(
    given: Cast, ylvas: Schedule, monday: Pattern
) -> None:
    await opened(given, ylvas, monday)
    held, taken, *_ = await numbers(given, ylvas)
    await booked(given, taken, given.ruben)
    await booking.hold(
        given.house, by=given.petra, slot=SlotRef(ylvas.provider_id, held), person_id=given.ruben.person_id
    )
    for slot_id, code in ((held, "time_held"), (taken, "time_taken")):
        for verb in (
            times.block_time(given.house, by=given.petra, slot_id=slot_id, why="Möte"),
            times.remove_time(given.house, by=given.petra, slot_id=slot_id),
            times.move_time(
                given.house,
                by=given.petra,
                slot_id=slot_id,
                schedule_id=ylvas.schedule_id,
                starts_at=at(11),
            ),
        ):
            with pytest.raises(WrongState) as refused:
                await verb
            assert refused.value.code == code


async def test_a_free_time_moves_as_long_as_nothing_is_in_the_way(
    given: Cast, ylvas: Schedule, monday: Pattern
) -> None:
    await opened(given, ylvas, monday)
    first, *_ = await numbers(given, ylvas)

    async def move(starts_at: datetime) -> None:
        await times.move_time(
            given.house,
            by=given.petra,
            slot_id=first,
            schedule_id=ylvas.schedule_id,
            starts_at=starts_at,
        )

    await move(at(10, 15))
    assert await slots(given, ylvas) == [f"23 {one} free" for one in ("08.30", "09.00", "09.30", "10.15")]
    with pytest.raises(WrongState) as refused:
        await move(at(9, 40))
    assert refused.value.code == "time_in_the_way"
    for wrong in (NOW, at(10, 15)):
        with pytest.raises(Invalid):
            await move(wrong)
    siris = await actions.add_schedule(
        given.house,
        by=given.petra,
        unit_id=given.angsviken.unit_id,
        role="physician",
        staff_id=given.siri.staff_id,
    )
    with pytest.raises(Invalid) as other_role:
        await times.move_time(
            given.house, by=given.petra, slot_id=first, schedule_id=siris.schedule_id, starts_at=at(12)
        )
    assert other_role.value.field == "time_type"


async def test_two_who_move_two_times_to_one_place_leave_one_there(
    given: Cast, ylvas: Schedule, monday: Pattern
) -> None:
    await opened(given, ylvas, monday)
    first, second, *_ = await numbers(given, ylvas)
    outcome = await asyncio.gather(
        *(
            times.move_time(
                given.house, by=by, slot_id=slot_id, schedule_id=ylvas.schedule_id, starts_at=at(11)
            )
            for by, slot_id in ((given.petra, first), (given.hamid, second))
        ),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in outcome) == ["NoneType", "WrongState"]
    assert sum("11.00" in one for one in await slots(given, ylvas)) == 1


async def test_a_booked_time_moves_by_telling_the_patient_and_the_old_one_is_free(
    given: Cast, ylvas: Schedule, monday: Pattern
) -> None:
    await opened(given, ylvas, monday)
    first, second, *_ = await numbers(given, ylvas)
    ref = await booked(given, first, given.ruben)
    # Where no time stands one is opened for it, and where a free one stands that is taken.
    for when in (at(11), at(8, 30)):
        async with given.database.transaction(given.ylva.scope) as connection:
            slot_id = await connection.fetchval(
                "SELECT slot_id FROM appointment WHERE case_id = $1 AND state = 'booked'", ref.case_id
            )
        await times.move_booked(
            given.house, by=given.petra, slot_id=slot_id, schedule_id=ylvas.schedule_id, starts_at=when
        )
        async with given.database.transaction(given.ylva.scope) as connection:
            assert (await readable_case(connection, by=given.ylva, ref=ref)).booked_from == when
    assert await state(given, first) is State.FREE
    assert await state(given, second) is State.TAKEN
    with pytest.raises(WrongState) as refused:
        await times.move_booked(
            given.house,
            by=given.petra,
            slot_id=second,
            schedule_id=ylvas.schedule_id,
            starts_at=at(9, 15),
        )
    assert refused.value.code == "time_in_the_way"
    async with given.database.transaction(given.ruben.scope) as connection:
        told = await connection.fetchval(
            "SELECT count(*) FROM entry WHERE case_id = $1 AND kind = 'rebooked'", ref.case_id
        )
    assert told == 2


async def test_a_cancelled_day_tells_everybody_once_also_when_two_press_at_once(
    given: Cast, ylvas: Schedule, monday: Pattern
) -> None:
    await opened(given, ylvas, monday)
    first, second, *_ = await numbers(given, ylvas)
    refs = [
        await booked(given, first, given.ruben),
        await booked(given, second, given.elin),
    ]
    whose = {
        "provider_id": ylvas.provider_id,
        "schedule_ids": [ylvas.schedule_id],
        "first": MONDAY,
        "last": MONDAY,
    }
    async with given.database.transaction(given.petra.scope) as connection:
        found = await concerned(connection, **whose)  # type: ignore[arg-type]
    assert [(one.case_id, one.initials) for one in found] == [
        (refs[0].case_id, "R E"),
        (refs[1].case_id, "E S"),
    ]

    async def press(by: Any) -> Any:
        return await cancel_days(
            given.house,
            by=by,
            schedule_ids=[ylvas.schedule_id],
            first=MONDAY,
            last=MONDAY,
            why="Sjuk",
            text=TEXT,
        )

    both = await asyncio.gather(press(given.petra), press(given.hamid))
    assert sorted(ref for one in both for ref in one.told) == sorted(refs)
    assert not any(one.left for one in both)
    assert all(" removed" in one for one in await slots(given, ylvas))
    async with given.database.transaction(given.petra.scope) as connection:
        assert not await concerned(connection, **whose)  # type: ignore[arg-type]
        closed = await closed_at(connection, **whose)  # type: ignore[arg-type]
        for ref in refs:
            case = await readable_case(connection, by=given.petra, ref=ref)
            assert (case.phase, case.booked_from) == ("booked", None)
            rows = await connection.fetch(
                "SELECT body FROM entry WHERE case_id = $1 AND kind = 'time_withdrawn'", ref.case_id
            )
            assert [row["body"]["text"] for row in rows] == [TEXT]
    assert [one.why for one in closed] == ["Sjuk"]


async def test_while_a_day_is_cancelled_nobody_ends_up_with_a_time_on_it(
    given: Cast, ylvas: Schedule, monday: Pattern
) -> None:
    await opened(given, ylvas, monday)
    free = await numbers(given, ylvas)
    people = [given.ruben, given.elin, given.matti]
    outcome = await asyncio.gather(
        *(booked(given, slot_id, person) for slot_id, person in zip(free, people, strict=False)),
        cancel_days(
            given.house,
            by=given.hamid,
            schedule_ids=[ylvas.schedule_id],
            first=MONDAY,
            last=MONDAY,
            why="Sjuk",
            text=TEXT,
        ),
        return_exceptions=True,
    )
    assert all(isinstance(one, Refusal) or not isinstance(one, BaseException) for one in outcome), outcome
    async with given.database.transaction(given.petra.scope) as connection:
        left = await connection.fetchval(
            "SELECT count(*) FROM appointment a JOIN slot s USING (provider_id, slot_id) "
            "WHERE s.schedule_id = $1 AND a.state = 'booked'",
            ylvas.schedule_id,
        )
    assert left == 0


async def test_patients_are_never_told_without_words_and_nothing_is_closed_then(
    given: Cast, ylvas: Schedule, monday: Pattern
) -> None:
    await opened(given, ylvas, monday)
    first, *_ = await numbers(given, ylvas)
    await booked(given, first, given.ruben)
    with pytest.raises(Invalid) as refused:
        await cancel_days(
            given.house,
            by=given.petra,
            schedule_ids=[ylvas.schedule_id],
            first=MONDAY,
            last=MONDAY,
            why="Sjuk",
            text=" ",
        )
    assert refused.value.field == "text"
    assert [one.split()[2] for one in await slots(given, ylvas)] == ["taken", "free", "free", "free"]


async def test_a_closed_day_has_no_times_by_any_way_until_it_is_opened(
    given: Cast, ylvas: Schedule, monday: Pattern
) -> None:
    await actions.add_rule(given.house, by=given.petra, new=weekly(ylvas))
    await cancel_days(
        given.house,
        by=given.petra,
        schedule_ids=[ylvas.schedule_id],
        first=MONDAY,
        last=MONDAY,
        why="Flytt",
        text="",
    )
    assert await opened(given, ylvas, monday) == 0
    wednesday = (await numbers(given, ylvas))[0]
    with pytest.raises(Invalid) as refused:
        await times.move_time(
            given.house, by=given.petra, slot_id=wednesday, schedule_id=ylvas.schedule_id, starts_at=at(12)
        )
    assert refused.value.field == "day"
    async with given.database.transaction(given.petra.scope) as connection:
        (closed,) = await closed_at(
            connection,
            provider_id=ylvas.provider_id,
            schedule_ids=[ylvas.schedule_id],
            first=MONDAY,
            last=MONDAY,
        )
    with pytest.raises(NotFound):
        await lift_closed(given.house, by=given.nora, closed_id=closed.closed_id)
    with pytest.raises(Forbidden):
        await lift_closed(given.house, by=given.siri, closed_id=closed.closed_id)
    assert await lift_closed(given.house, by=given.petra, closed_id=closed.closed_id) == 2
    with pytest.raises(WrongState):
        await lift_closed(given.house, by=given.petra, closed_id=closed.closed_id)
    assert await opened(given, ylvas, msgspec.structs.replace(monday, from_time=time(9))) == 2
