"""A schedule and its times, written directly, and a patient with a booking ticket: where these tests begin."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from tests.cast import Cast, Unit

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.booking.model import Slot, SlotRef
from vardlots.booking.queries import slot_of
from vardlots.cases.fold import fold
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import timeline
from vardlots.consents.actions import register
from vardlots.consents.model import How
from vardlots.platform import clock
from vardlots.platform.db import provider_scope
from vardlots.tickets.actions import issue
from vardlots.tickets.model import Contact, Information, NewTicket, Ticket

HALF_HOUR = timedelta(minutes=30)


def at(hours: float = 48) -> datetime:
    """A moment so many hours ahead, on the minute."""
    return (clock.now() + timedelta(hours=hours)).replace(second=0, microsecond=0)


async def times(
    given: Cast,
    count: int = 1,
    *,
    first: datetime | None = None,
    unit: Unit | None = None,
    staff: StaffActor | None = None,
    length: timedelta = HALF_HOUR,
    **more: Any,
) -> list[SlotRef]:
    """Times one after another in a schedule of their own."""
    unit = unit or given.angsviken
    values: dict[str, Any] = {
        "role": "nurse",
        "staff_id": staff.staff_id if staff else None,
        "time_type": "nurse_visit",
        "contact": "physical",
        "booking_for": [],
        "patient_sees": True,
    } | more
    first, now = first or at(), clock.now()
    async with given.database.transaction(provider_scope(unit.provider_id)) as connection:
        number = await connection.fetchval("SELECT nextval('schedule_number')")
        await connection.execute(
            "INSERT INTO schedule (provider_id, schedule_id, unit_id, role, staff_id, name, set_at, set_by) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            unit.provider_id,
            number,
            unit.unit_id,
            values["role"],
            None,
            f"Rum {number}",
            now,
            given.ylva.staff_id,
        )
        rows = await connection.fetch(
            "INSERT INTO slot (provider_id, schedule_id, unit_id, role, staff_id, time_type, contact, booking_for, "
            "patient_sees, starts_at, ends_at, changed_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, "
            "$10::timestamptz + n * $11::interval, $10::timestamptz + (n + 1) * $11::interval, $12 "
            "FROM generate_series(0, $13::int - 1) n RETURNING provider_id, slot_id, starts_at",
            unit.provider_id,
            number,
            unit.unit_id,
            *(
                values[name]
                for name in ("role", "staff_id", "time_type", "contact", "booking_for", "patient_sees")
            ),
            first,
            length,
            now,
            count,
        )
    return [
        SlotRef(row["provider_id"], row["slot_id"]) for row in sorted(rows, key=lambda row: row["starts_at"])
    ]


async def booking_ticket(
    given: Cast, by: PatientActor, *, about: int | None = None, reason: str = "shoulder_pain", **more: Any
) -> Ticket:
    """A ticket that triage gave, to a nurse at Ängsviken."""
    new: dict[str, Any] = {
        "provider_id": given.angsviken.provider_id,
        "unit_id": given.angsviken.unit_id,
        "person_id": about or by.person_id,
        "interview_id": await given.interview(by, person_id=about, reason=reason),
        "interview_rev": 1,
        "contact": Contact.PHYSICAL,
        "role": "nurse",
        "priority": 8,
        "reason": reason,
        "valid_until": clock.now() + timedelta(days=14),
        "information": Information(lead={"sv": "Det är inte bråttom.", "en": "It is not urgent."}),
        "history": {"own_words": "Gör ont."},
    }
    return await issue(given.house, by=by, new=NewTicket(**(new | more)))


async def registered(given: Cast, person_id: int) -> None:
    """A patient of the region, whom nobody has met yet."""
    by = PatientActor(person_id, "Patienten")
    async with given.database.transaction(by.scope) as connection:
        whose = {"provider_id": given.ylva.provider_id, "person_id": person_id, "given_by": person_id}
        await register(connection, by=by, how=How.DIGITAL, **whose)


async def now_is(given: Cast, ref: SlotRef) -> Slot:
    """A time as it is."""
    async with given.database.transaction(provider_scope(ref.provider_id)) as connection:
        return await slot_of(connection, ref)


async def fetch(given: Cast, statement: str, *values: object) -> list[Any]:
    """Rows as the region sees them."""
    async with given.database.transaction(given.ylva.scope) as connection:
        return list(await connection.fetch(statement, *values))


async def jobs_of(given: Cast, name: str, like: str) -> list[dict[str, Any]]:
    """What has been promised of a name, whose payload holds a text; the next first."""
    rows = await fetch(
        given,
        "SELECT payload, execute_after FROM jobs.pgqueuer WHERE entrypoint = $1 "
        "AND position($2 in convert_from(payload, 'utf8')) > 0 ORDER BY execute_after",
        name,
        like,
    )
    return [msgspec.json.decode(row["payload"]) | {"at": row["execute_after"]} for row in rows]


async def folds(given: Cast, ref: CaseRef) -> bool:
    """Whether the timeline tells the same as the case's row."""
    async with given.database.transaction(given.ylva.scope) as connection:
        told = fold(await timeline(connection, ref))
        row = await connection.fetchrow(
            "SELECT phase, booked_from, owner_staff_id FROM care_case WHERE provider_id = $1 AND case_id = $2",
            *ref,
        )
    return (told.phase.value, told.booked_from, told.owner_staff_id) == tuple(row)
