"""The times and tickets that a story begins with, by the product's own verbs; and a booked time whose day has come."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
from playwright.async_api import expect
from tests.journeys.people import Case, Patient
from tests.journeys.running import Running

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.access.sessions import patient_actor, staff_actor
from vardlots.booking.actions import book_for
from vardlots.booking.model import SlotRef, StaffBooking
from vardlots.booking.schedules.actions import add_schedule, open_times
from vardlots.booking.schedules.model import Pattern
from vardlots.cases.model import CaseRef
from vardlots.cases.turn import House
from vardlots.consents.actions import register
from vardlots.consents.model import How
from vardlots.demo.persons import region
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Scope, provider_scope
from vardlots.tickets.model import Contact, Kind, Ticket
from vardlots.tickets.staff.actions import send
from vardlots.tickets.staff.model import StaffTicket

EVERY_DAY = frozenset(range(1, 8))


async def staff_of(at: House, name: str, unit: str = "Ängsviken") -> StaffActor:
    """Somebody at work at a unit, as a verb wants them."""
    async with at.database.transaction(NOBODY) as connection:
        row = await connection.fetchrow(
            "SELECT a.staff_id, a.assignment_id FROM assignment a JOIN staff s USING (staff_id) JOIN unit u USING "
            "(unit_id) WHERE s.given_name || ' ' || s.family_name = $1 AND u.name = $2 ORDER BY 2 DESC LIMIT 1",
            name,
            unit,
        )
        found = await staff_actor(connection, staff_id=row["staff_id"], assignment_id=row["assignment_id"])
    assert found is not None
    return found


async def registered(at: House, name: str, by: StaffActor) -> PatientActor:
    """Somebody with a consent to be a patient of the actor's provider."""
    (number,) = (one.number for one in region().persons if f"{one.given_name} {one.family_name}" == name)
    identity = "".join(letter for letter in number if letter.isalnum())
    async with at.database.transaction(Scope(identity=identity)) as connection:
        person_id = await connection.fetchval(
            "SELECT person_id FROM person_identifier WHERE value = $1", identity
        )
    found = await patient_actor(at.database, person_id=person_id)
    assert found is not None
    async with at.database.transaction(found.scope) as connection:
        await register(
            connection,
            by=found,
            provider_id=by.provider_id,
            person_id=person_id,
            given_by=person_id,
            how=How.DIGITAL,
        )
    return found


async def times(
    at: House,
    *,
    by: StaffActor,
    day: date,
    begins: time = time(9),
    count: int = 3,
    minutes: int = 20,
    time_type: str = "video_visit",
    role: str = "nurse",
    name: str,
) -> list[SlotRef]:
    """Times of a resource at the actor's unit, one after another on a day, whatever day it is."""
    schedule = await add_schedule(at, by=by, unit_id=by.unit_id, role=role, name=name)
    ends = datetime.combine(day, begins) + timedelta(minutes=minutes * count)
    pattern = Pattern(
        weekdays=EVERY_DAY,
        from_time=begins,
        to_time=ends.time(),
        minutes=minutes,
        from_day=day,
        to_day=day,
        on_holidays=True,
    )
    opened = await open_times(
        at, by=by, schedule_id=schedule.schedule_id, time_type=time_type, pattern=pattern
    )
    assert len(opened.times) == count, opened
    async with at.database.transaction(provider_scope(by.provider_id)) as connection:
        rows = await connection.fetch(
            "SELECT provider_id, slot_id FROM slot WHERE schedule_id = $1 AND starts_at >= $2 ORDER BY starts_at",
            schedule.schedule_id,
            opened.times[0].starts,
        )
    return [SlotRef(*row) for row in rows[:count]]


async def ticket(at: House, *, by: StaffActor, to: PatientActor, **more: Any) -> Ticket:
    """A booking ticket from staff, with what is said otherwise."""
    plain: dict[str, Any] = {
        "kind": Kind.BOOKING,
        "contact": Contact.DIGITAL,
        "person_id": to.person_id,
        "to_provider_id": by.provider_id,
        "unit_id": by.unit_id,
        "role": "nurse",
        "reason": "something_else",
    }
    new = StaffTicket(**(plain | more))
    return await send(at, by=by, new=new, key=str(uuid4()))


async def booked(at: House, *, by: StaffActor, who: PatientActor, slot: SlotRef, reason: str) -> Case:
    """A time that staff have booked for somebody."""
    new = StaffBooking(person_id=who.person_id, reason=reason)
    return Case(str((await book_for(at, by=by, new=new, slot=slot)).ref), reason)


async def its_time_has_come(running: Running, ref: str, since: timedelta) -> None:
    """The clock of the pages goes as it goes, so it is the booked time that comes nearer: it began `since` ago. No verb
    of the product does that."""
    provider_id, case_id = CaseRef.parse(ref)
    begins = clock.now() - since
    owner = await asyncpg.connect(running.database_url)
    try:
        async with owner.transaction():
            await owner.execute("SELECT set_config('vardlots.provider', $1, true)", str(provider_id))
            slot_id = await owner.fetchval(
                "UPDATE appointment SET starts_at = $3::timestamptz, ends_at = $3::timestamptz + (ends_at - starts_at) "
                "WHERE provider_id = $1 AND case_id = $2 AND state = 'booked' RETURNING slot_id",
                provider_id,
                case_id,
                begins,
            )
            assert slot_id, ref
            await owner.execute(
                "UPDATE slot SET starts_at = $3::timestamptz, ends_at = $3::timestamptz + (ends_at - starts_at) "
                "WHERE provider_id = $1 AND slot_id = $2",
                provider_id,
                slot_id,
                begins,
            )
            await owner.execute(
                "UPDATE care_case SET booked_from = $3 WHERE provider_id = $1 AND case_id = $2",
                provider_id,
                case_id,
                begins,
            )
    finally:
        await owner.close()


async def chooses_first(patient: Patient, nth: int = 0) -> str:
    """Press a time of the day that is shown; it is kept for a while. Returns what the button then says."""
    await patient.page.locator("#times .slot").nth(nth).click()
    bar = patient.page.locator("#book-form button")
    await expect(bar).to_be_visible()
    return await bar.inner_text()
