"""A time is booked and the visit that led to it ends: both, or neither."""

import asyncio

import asyncpg
import pytest
from tests.cast import Cast

from vardlots.booking.actions import book_for
from vardlots.booking.model import SlotRef, SlotState, SlotTaken, StaffBooking
from vardlots.booking.tests.calendar import fetch, folds, jobs_of, now_is, times
from vardlots.cases.actions import end
from vardlots.cases.model import Case, CaseRef
from vardlots.platform import clock
from vardlots.platform.errors import NotFound


async def book(given: Cast, slot: SlotRef, ends: CaseRef) -> Case:
    new = StaffBooking(person_id=given.ruben.person_id, reason="Uppföljning")
    return await book_for(given.house, by=given.ylva, new=new, slot=slot, ends=ends)


async def phase_of(given: Cast, ref: CaseRef) -> str:
    (row,) = await fetch(given, "SELECT phase FROM care_case WHERE case_id = $1", ref.case_id)
    return str(row["phase"])


async def ends_of(given: Cast, ref: CaseRef) -> list[str]:
    rows = await fetch(given, "SELECT body FROM entry WHERE case_id = $1 AND kind = 'ended'", ref.case_id)
    return [row["body"]["agreed"] for row in rows]


async def test_both_are_done_and_the_patient_reads_when(given: Cast) -> None:
    visit = await given.ongoing_case(given.ruben)
    (slot,) = await times(given)
    case = await book(given, slot, visit)
    at = clock.local((await now_is(given, slot)).starts_at)
    assert await phase_of(given, visit) == "follow_up"
    (told,) = await ends_of(given, visit)
    assert f"{at:%H.%M}" in told
    assert await folds(given, visit)
    assert len(await jobs_of(given, "notifications.case_ended", f'"{visit}"')) == 1
    # Pressed twice it is one time, and one end.
    assert (await book(given, slot, visit)).ref == case.ref
    assert len(await ends_of(given, visit)) == 1


@pytest.mark.parametrize(
    "fails_at", ["vardlots.booking.actions.end_in", "vardlots.booking.actions.promise_of_time"]
)
async def test_what_fails_half_way_leaves_both_as_they_were(
    given: Cast, monkeypatch: pytest.MonkeyPatch, fails_at: str
) -> None:
    visit = await given.ongoing_case(given.ruben)
    (slot,) = await times(given)

    async def fails(*_: object, **__: object) -> None:
        raise asyncpg.PostgresError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(fails_at, fails)
        with pytest.raises(asyncpg.PostgresError):
            await book(given, slot, visit)
    assert await phase_of(given, visit) == "ongoing"
    assert (await now_is(given, slot)).state is SlotState.FREE
    assert await fetch(given, "SELECT 1 FROM appointment WHERE slot_id = $1", slot.slot_id) == []
    await book(given, slot, visit)
    assert await phase_of(given, visit) == "follow_up"


async def test_a_time_that_is_lost_ends_nothing(given: Cast) -> None:
    visit = await given.ongoing_case(given.ruben)
    (slot,) = await times(given)
    other = await a_patient(given)
    await book_for(given.house, by=given.hamid, new=StaffBooking(person_id=other, reason="Prov"), slot=slot)
    with pytest.raises(SlotTaken):
        await book(given, slot, visit)
    assert await phase_of(given, visit) == "ongoing"


async def a_patient(given: Cast) -> int:
    """Somebody else whom the region knows."""
    await given.waiting_case(given.elin)
    return given.elin.person_id


async def test_a_visit_that_somebody_ended_meanwhile_is_theirs_and_the_time_stands(given: Cast) -> None:
    visit = await given.ongoing_case(given.ruben)
    (slot,) = await times(given)
    await end(given.house, by=given.ylva, ref=visit, follow_up_days=0, agreed="Klart.")
    case = await book(given, slot, visit)
    assert await phase_of(given, case.ref) == "booked"
    assert await ends_of(given, visit) == ["Klart."]


async def test_ended_and_booked_at_once_the_visit_ends_once(given: Cast) -> None:
    visit = await given.ongoing_case(given.ruben)
    (slot,) = await times(given)
    await asyncio.gather(
        end(given.house, by=given.ylva, ref=visit, follow_up_days=0, agreed="Klart."),
        book(given, slot, visit),
        return_exceptions=True,
    )
    assert len(await ends_of(given, visit)) == 1
    assert (await now_is(given, slot)).state is SlotState.TAKEN


async def test_nobody_elses_visit_ends_with_it(given: Cast) -> None:
    other = await given.ongoing_case(given.elin)
    await given.waiting_case(given.ruben)
    (slot,) = await times(given)
    with pytest.raises(NotFound):
        await book(given, slot, other)
    assert await phase_of(given, other) == "ongoing"
    assert (await now_is(given, slot)).state is SlotState.FREE
