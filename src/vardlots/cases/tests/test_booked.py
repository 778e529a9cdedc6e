"""A case with a booked time: who takes it, where it goes back to, and that nobody has two of the same open at once."""

import asyncio
from datetime import timedelta

import pytest
from tests.cast import Cast

from vardlots.access.actor import PatientActor
from vardlots.cases import actions
from vardlots.cases.arriving.actions import Arrival, Way, arrive
from vardlots.cases.fold import fold
from vardlots.cases.model import Audience, Case, CaseRef, Kind, Phase
from vardlots.cases.queries import readable_case, timeline
from vardlots.consents.actions import register
from vardlots.consents.model import How
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, NotFound, SomebodyWasFirst, WrongState


async def booked_case(given: Cast, who: PatientActor, **changed: object) -> CaseRef:
    """A case that waits for its time, in an hour."""
    at = clock.now() + timedelta(hours=1)
    plain: dict[str, object] = {
        "provider_id": given.angsviken.provider_id,
        "unit_id": given.angsviken.unit_id,
        "person_id": who.person_id,
        "actor_person_id": who.person_id,
        "role": "nurse",
        "reason": "shoulder_pain",
        "way": Way.BOOKING,
        "phase": Phase.BOOKED,
        "priority": 11,
        "booked_from": at,
    }
    new = Arrival(**(plain | changed))  # type: ignore[arg-type]
    row = {
        "appointment_id": 1,
        "from": new.booked_from.isoformat() if new.booked_from else at.isoformat(),
        "until": (at + timedelta(minutes=20)).isoformat(),
        "unit": given.angsviken.name,
        "where": new.contact,
        "name": {"sv": "Uppföljning"},
        "staff": "",
    }
    # Whoever has a case is a patient of the provider.
    async with given.database.transaction(who.scope) as connection:
        await register(
            connection,
            by=who,
            provider_id=new.provider_id,
            person_id=new.person_id,
            given_by=who.person_id,
            how=How.DIGITAL,
        )
    async with given.database.transaction(given.ylva.scope) as connection:
        case, _ = await arrive(
            connection, by=given.ylva, new=new, rows=[(Kind.BOOKED, Audience.PATIENT, row)]
        )
    return case.ref


async def case_of(given: Cast, ref: CaseRef) -> Case:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await readable_case(connection, by=given.ylva, ref=ref)


async def test_it_is_taken_started_and_given_back_to_its_time_until_it_begins(given: Cast) -> None:
    ref = await booked_case(given, given.ruben)
    at = (await case_of(given, ref)).booked_from
    await actions.accept(given.house, by=given.ylva, ref=ref)
    taken = await case_of(given, ref)
    assert (taken.phase, taken.owner_staff_id) == (Phase.ACCEPTED, given.ylva.staff_id)
    assert taken.accepted_at is not None
    await actions.release(given.house, by=given.ylva, ref=ref)
    back = await case_of(given, ref)
    assert (back.phase, back.owner_staff_id, back.booked_from) == (Phase.BOOKED, None, at)
    async with given.database.transaction(given.ylva.scope) as connection:
        rows = await timeline(connection, ref)
    assert rows[-1].body == {"reason": "", "booked": True}
    assert fold(rows).phase is Phase.BOOKED
    await actions.accept(given.house, by=given.hamid, ref=ref)
    await actions.start(given.house, by=given.hamid, ref=ref, welcome="Hej.")
    # A time that has been used is used: from there it goes to the queue like any other.
    await actions.release(given.house, by=given.hamid, ref=ref)
    assert (await case_of(given, ref)).phase is Phase.QUEUED


async def test_who_may_take_it(given: Cast) -> None:
    ref = await booked_case(given, given.ruben)
    for by, refusal in (
        (given.nora, NotFound),
        (given.olle, Forbidden),
        (given.petra, Forbidden),
        (given.ruben, Forbidden),
        (given.elin, NotFound),
    ):
        with pytest.raises(refusal):
            await actions.accept(given.house, by=by, ref=ref)  # type: ignore[arg-type]
    # Another role's is taken anyway, and the row says so.
    await actions.accept(given.house, by=given.siri, ref=ref)
    async with given.database.transaction(given.ylva.scope) as connection:
        assert (await timeline(connection, ref))[-1].body["anyway"]
    admin = await booked_case(given, given.elin, role="medical_admin", kind="administrative")
    await actions.accept(given.house, by=given.petra, ref=admin)


async def test_two_who_take_it_at_once(given: Cast) -> None:
    ref = await booked_case(given, given.ruben)
    found = await asyncio.gather(
        *(actions.accept(given.house, by=by, ref=ref) for by in (given.ylva, given.hamid)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in found) == ["SomebodyWasFirst", "int"]
    assert any(isinstance(one, SomebodyWasFirst) for one in found)


async def test_the_same_trouble_is_not_open_twice(given: Cast) -> None:
    ref = await booked_case(given, given.ruben)
    await given.waiting_case(given.ruben)
    with pytest.raises(WrongState) as refusal:
        await actions.accept(given.house, by=given.ylva, ref=ref)
    assert refusal.value.code == "already_active"
    assert (await case_of(given, ref)).phase is Phase.BOOKED
