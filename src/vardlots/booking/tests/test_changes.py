"""What happens to a booked time: another one, cancelled, withdrawn, come to, missed; who may, and what is written."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from tests.cast import Cast

from vardlots.access.actor import Actor, PatientActor, StaffActor, SystemActor
from vardlots.booking import queries
from vardlots.booking.actions import (
    attend,
    book_for,
    book_ticket,
    cancel,
    hold,
    miss,
    rebook,
    withdraw_time,
)
from vardlots.booking.changes.actions import settle
from vardlots.booking.earlier.actions import wish
from vardlots.booking.model import Appointment, AppointmentState, SlotRef, SlotState, SlotTaken, StaffBooking
from vardlots.booking.tests.calendar import (
    at,
    booking_ticket,
    fetch,
    folds,
    jobs_of,
    now_is,
    registered,
    times,
)
from vardlots.cases.actions import accept
from vardlots.cases.model import CaseRef
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal, WrongState

LATER = timedelta(hours=49)


async def booked(given: Cast, by: PatientActor, slot: SlotRef, about: int | None = None) -> CaseRef:
    """A visit that the patient has booked with a ticket."""
    ticket = await booking_ticket(given, by, about=about)
    return (await book_ticket(given.house, by=by, ticket=ticket.ref, slot=slot)).ref


async def time_of(given: Cast, ref: CaseRef) -> Appointment:
    async with given.database.transaction(given.ylva.scope) as connection:
        found = await queries.appointment_of(connection, ref)
    assert found is not None
    return found


async def phase_of(given: Cast, ref: CaseRef) -> str:
    (row,) = await fetch(given, "SELECT phase FROM care_case WHERE case_id = $1", ref.case_id)
    return str(row["phase"])


async def row_of(given: Cast, ref: CaseRef) -> dict[str, Any]:
    rows = await fetch(
        given,
        "SELECT kind, body, audience FROM entry WHERE case_id = $1 ORDER BY n DESC LIMIT 1",
        ref.case_id,
    )
    return dict(rows[0])


async def test_a_patient_rebooks_and_the_old_time_is_free_again(given: Cast) -> None:
    old, new = await times(given, 2)
    ref = await booked(given, given.ruben, old)
    made = await rebook(given.house, by=given.ruben, ref=ref, slot=new)
    assert made.slot == new
    assert (await now_is(given, old)).state is SlotState.FREE
    assert (await now_is(given, new)).state is SlotState.TAKEN
    row = await row_of(given, ref)
    assert (row["kind"], row["body"]["was"]) == ("rebooked", (await now_is(given, old)).starts_at.isoformat())
    states = await fetch(
        given, "SELECT state FROM appointment WHERE case_id = $1 ORDER BY appointment_id", ref.case_id
    )
    assert [one["state"] for one in states] == ["moved", "booked"]
    assert await folds(given, ref)
    # The ticket's lock follows the visit.
    assert made.ticket_id is not None
    assert await jobs_of(given, "notifications.rebooked", f'"{ref}"')


async def test_to_another_unit_the_case_and_both_units_lists_follow(given: Cast) -> None:
    (old,) = await times(given, staff=given.ylva)
    (new,) = await times(given, unit=given.strandgatan, first=at(50))
    ref = await booked(given, given.ruben, old)
    told: list[str] = []
    given.house.hub.watch("unit", lambda signal: told.append(signal.topic))
    await rebook(given.house, by=given.ruben, ref=ref, slot=new)
    (row,) = await fetch(given, "SELECT unit_id, booked_from FROM care_case WHERE case_id = $1", ref.case_id)
    assert tuple(row) == (given.strandgatan.unit_id, (await now_is(given, new)).starts_at)
    assert {f"unit:{given.angsviken.unit_id}", f"unit:{given.strandgatan.unit_id}"} <= set(told)


async def test_to_a_time_that_overlaps_ones_own_is_no_collision(given: Cast) -> None:
    (old,) = await times(given)
    (new,) = await times(given, first=at() + timedelta(minutes=15))
    ref = await booked(given, given.ruben, old)
    assert (await rebook(given.house, by=given.ruben, ref=ref, slot=new)).slot == new


async def test_what_a_patient_rebooks_to_fits_the_first_time(given: Cast) -> None:
    (old,) = await times(given)
    ref = await booked(given, given.ruben, old)
    wrong: list[dict[str, Any]] = [
        {"role": "physician"},
        {"contact": "digital"},
        {"booking_for": ["x"]},
        {"patient_sees": False},
        {"unit": given.norrhamn},
    ]
    for one in wrong:
        (slot,) = await times(given, first=at(60), **one)
        with pytest.raises(NotFound):
            await rebook(given.house, by=given.ruben, ref=ref, slot=slot)
        if "unit" not in one:
            # Staff give any time of the provider's.
            await rebook(given.house, by=given.ylva, ref=ref, slot=slot)
            await rebook(given.house, by=given.ylva, ref=ref, slot=old)
    (row,) = await fetch(given, "SELECT role, contact FROM care_case WHERE case_id = $1", ref.case_id)
    assert tuple(row) == ("nurse", "physical")


async def test_the_same_time_and_a_taken_time_change_nothing(given: Cast) -> None:
    slots = await times(given, 3)
    ref = await booked(given, given.ruben, slots[0])
    await booked(given, given.elin, slots[1])
    with pytest.raises(WrongState) as same:
        await rebook(given.house, by=given.ruben, ref=ref, slot=slots[0])
    assert same.value.code == "same_time"
    with pytest.raises(SlotTaken) as taken:
        await rebook(given.house, by=given.ruben, ref=ref, slot=slots[1])
    assert [one.ref for one in taken.value.nearest] == [slots[2]]
    assert (await time_of(given, ref)).slot == slots[0]
    assert (await now_is(given, slots[0])).state is SlotState.TAKEN


async def test_a_patient_cancels_and_the_time_is_free(given: Cast) -> None:
    (slot,) = await times(given)
    ref = await booked(given, given.ruben, slot)
    await cancel(given.house, by=given.ruben, ref=ref, reason="")
    assert (await now_is(given, slot)).state is SlotState.FREE
    assert await phase_of(given, ref) == "cancelled"
    assert (await row_of(given, ref))["body"]["by"] == "patient"
    assert (await time_of(given, ref)).state is AppointmentState.CANCELLED
    assert await folds(given, ref)
    with pytest.raises(WrongState):
        await cancel(given.house, by=given.ruben, ref=ref, reason="")
    # Somebody else has it now.
    await booked(given, given.elin, slot)


async def test_staff_cancel_with_a_reason_that_the_patient_is_told(given: Cast) -> None:
    (slot,) = await times(given)
    ref = await booked(given, given.ruben, slot)
    with pytest.raises(Invalid):
        await cancel(given.house, by=given.ylva, ref=ref, reason=" ")
    n = await cancel(given.house, by=given.ylva, ref=ref, reason="Dubbelbokat av oss.")
    assert (await row_of(given, ref))["body"]["reason"] == "Dubbelbokat av oss."
    (told,) = await jobs_of(given, "notifications.booking_cancelled", f'"{ref}"')
    assert told["n"] == n


async def test_once_it_has_begun_the_patient_telephones_and_the_time_is_gone(given: Cast) -> None:
    slot, other = await times(given, 2)
    (far,) = await times(given, first=at(200))
    ref = await booked(given, given.ruben, slot)
    with clock.shifted(timedelta(hours=48, minutes=1)):
        for call in (
            cancel(given.house, by=given.ruben, ref=ref, reason=""),
            rebook(given.house, by=given.ruben, ref=ref, slot=far),
        ):
            with pytest.raises(WrongState) as refused:
                await call
            assert refused.value.code == "begun"
        await cancel(given.house, by=given.ylva, ref=ref, reason="Kom för sent.")
        assert (await now_is(given, slot)).state is SlotState.BLOCKED
    assert (await now_is(given, other)).state is SlotState.FREE


async def test_a_withdrawn_time_leaves_a_visit_that_waits_for_a_new(given: Cast) -> None:
    old, new = await times(given, 2)
    ref = await booked(given, given.ruben, old)
    n = await withdraw_time(given.house, by=given.ylva, ref=ref, text="Ylva är sjuk.")
    assert await phase_of(given, ref) == "booked"
    assert (await now_is(given, old)).state is SlotState.BLOCKED
    assert await folds(given, ref)
    (told,) = await jobs_of(given, "notifications.time_withdrawn", f'"{ref}"')
    assert told["n"] == n
    for call in (
        withdraw_time(given.house, by=given.ylva, ref=ref),
        attend(given.house, by=given.ylva, ref=ref),
    ):
        with pytest.raises(WrongState):
            await call
    made = await rebook(given.house, by=given.ruben, ref=ref, slot=new)
    assert (await row_of(given, ref))["kind"] == "booked"
    assert made.ticket_id is not None
    assert await folds(given, ref)


async def test_a_visit_without_a_time_can_be_cancelled(given: Cast) -> None:
    (slot,) = await times(given)
    ref = await booked(given, given.ruben, slot)
    await withdraw_time(given.house, by=given.ylva, ref=ref)
    await cancel(given.house, by=given.ruben, ref=ref, reason="Behövs inte.")
    assert (await row_of(given, ref))["body"]["from"] == (await now_is(given, slot)).starts_at.isoformat()
    assert (await now_is(given, slot)).state is SlotState.BLOCKED


async def test_come_to_and_missed(given: Cast) -> None:
    slots = await times(given, 2)
    came = await booked(given, given.ruben, slots[0])
    gone = await booked(given, given.elin, slots[1])
    for verb in (attend, miss):
        with pytest.raises(WrongState) as refused:
            await verb(given.house, by=given.ylva, ref=came)
        assert refused.value.code == "too_early"
    with clock.shifted(LATER):
        await attend(given.house, by=given.petra, ref=came)
        n = await miss(given.house, by=given.ylva, ref=gone)
    for ref, state in ((came, AppointmentState.ATTENDED), (gone, AppointmentState.MISSED)):
        assert await phase_of(given, ref) == "closed"
        assert (await time_of(given, ref)).state is state
        assert await folds(given, ref)
        # What was used is not booked anew.
        assert (await now_is(given, (await time_of(given, ref)).slot)).state is SlotState.TAKEN
    (told,) = await jobs_of(given, "notifications.missed_visit", f'"{gone}"')
    assert told["n"] == n


async def test_a_visit_that_was_begun_on_the_screen_has_been_come_to(given: Cast) -> None:
    (slot,) = await times(given, contact="digital")
    await registered(given, given.ruben.person_id)
    new = StaffBooking(person_id=given.ruben.person_id, reason="Uppföljning")
    ref = (await book_for(given.house, by=given.ylva, new=new, slot=slot)).ref
    by = SystemActor(ref.provider_id, "booking.settle")
    assert not await settle(given.house, by=by, ref=ref)
    with clock.shifted(LATER):
        async with given.database.transaction(given.ylva.scope) as connection:
            await connection.execute(
                "UPDATE care_case SET phase = 'ongoing', owner_staff_id = $3, accepted_at = $4, started_at = $4 "
                "WHERE provider_id = $1 AND case_id = $2",
                *ref,
                given.ylva.staff_id,
                clock.now(),
            )
        assert await settle(given.house, by=by, ref=ref)
        assert not await settle(given.house, by=by, ref=ref)
    assert (await time_of(given, ref)).state is AppointmentState.ATTENDED


async def test_who_may_change_a_childs_time(given: Cast) -> None:
    old, new = await times(given, 2)
    ref = await booked(given, given.elin, old, about=given.tuva)
    refusals: list[tuple[Actor, type[Refusal]]] = [
        # The other guardian reads; the one who sought care acts.
        (given.matti, Forbidden),
        (given.ruben, NotFound),
        (given.olle, Forbidden),
        (given.nora, NotFound),
        (given.astrid, Forbidden),
        (given.rune, Forbidden),
    ]
    for who, refusal in refusals:
        assert isinstance(who, PatientActor | StaffActor)
        with pytest.raises(refusal):
            await rebook(given.house, by=who, ref=ref, slot=new)
        with pytest.raises(refusal):
            await cancel(given.house, by=who, ref=ref, reason="Nej")
        if isinstance(who, StaffActor):
            for verb in (withdraw_time, attend, miss):
                with pytest.raises(refusal):
                    await verb(given.house, by=who, ref=ref)
    assert (await time_of(given, ref)).slot == old
    for who in (given.petra, given.hamid, given.siri, given.elin):
        target = new if (await time_of(given, ref)).slot == old else old
        assert (await rebook(given.house, by=who, ref=ref, slot=target)).slot == target
    for desk in (withdraw_time, attend, miss):
        with pytest.raises(Forbidden):
            await desk(given.house, by=given.elin, ref=ref)  # type: ignore[arg-type]


@pytest.mark.parametrize("what", ["rebook", "cancel", "withdraw"])
async def test_what_fails_half_way_leaves_all_as_it_was(
    given: Cast, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The last promise of each verb fails: nothing of it stands."""
    old, new = await times(given, 2)
    ref = await booked(given, given.ruben, old)
    before = await row_of(given, ref)

    async def fails(*_: object, **__: object) -> None:
        raise asyncpg.PostgresError("no queue")

    with monkeypatch.context() as patched:
        patched.setattr("vardlots.platform.jobs.enqueue", fails)
        verbs: dict[str, Callable[[], Awaitable[Any]]] = {
            "rebook": lambda: rebook(given.house, by=given.ruben, ref=ref, slot=new),
            "cancel": lambda: cancel(given.house, by=given.ylva, ref=ref, reason="x"),
            "withdraw": lambda: withdraw_time(given.house, by=given.ylva, ref=ref),
        }
        with pytest.raises(asyncpg.PostgresError):
            await verbs[what]()
    assert await row_of(given, ref) == before
    assert (await time_of(given, ref)).state is AppointmentState.BOOKED
    assert (await now_is(given, old)).state is SlotState.TAKEN
    assert (await now_is(given, new)).state is SlotState.FREE


async def test_an_accepted_visit_is_missed_too(given: Cast) -> None:
    (slot,) = await times(given)
    ref = await booked(given, given.ruben, slot)
    with clock.shifted(LATER):
        await accept(given.house, by=given.ylva, ref=ref)
        await miss(given.house, by=given.ylva, ref=ref)
    assert await phase_of(given, ref) == "closed"


async def test_a_guardian_whom_a_child_is_closed_for_sees_nothing_of_its_times(given: Cast) -> None:
    """A block keeps a guardian out of one provider's rows of the child, also of what is offered and kept."""
    slots = await times(given, 3)
    ref = await booked(given, given.elin, slots[2], about=given.tuva)
    await hold(given.house, by=given.elin, slot=slots[1], person_id=given.tuva)
    await wish(given.house, by=given.elin, ref=ref)
    until = at(47)
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "INSERT INTO slot_offer (provider_id, slot_id, case_id, person_id, offered_at, until) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            slots[0].provider_id,
            slots[0].slot_id,
            ref.case_id,
            given.tuva,
            clock.now(),
            until,
        )
    shut = PatientActor(
        given.matti.person_id,
        "Matti",
        (given.tuva,),
        closed=frozenset({(given.angsviken.provider_id, given.tuva)}),
    )
    for table in ("appointment", "slot_hold", "earlier_wish", "slot_offer"):
        for who, seen in ((given.matti, 1), (shut, 0)):
            async with given.database.transaction(who.scope) as connection:
                count = await connection.fetchval(
                    f"SELECT count(*) FROM {table} WHERE person_id = $1", given.tuva
                )
            assert count == seen, (table, seen)
    with pytest.raises(NotFound):
        await cancel(given.house, by=shut, ref=ref, reason="")
