"""Reads of times and booked times, within the scope of the connection.

Anybody sees times: they name nobody. Who has one is seen by the provider and by the person.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache

from vardlots.booking import policy
from vardlots.booking.model import (
    APPOINTMENT_COLUMNS,
    OFFER_COLUMNS,
    SLOT_COLUMNS,
    Appointment,
    Offer,
    Slot,
    SlotRef,
    Sought,
    appointment_from,
    offer_from,
    slot_from,
)
from vardlots.cases.model import CaseRef
from vardlots.configuration import book
from vardlots.configuration.booking_rules import booking_rules
from vardlots.configuration.time_types import TIME_TYPE, TimeType, standing_time_types
from vardlots.forms.text import Text
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound

MOST = 2_000
NEAREST = 5
_SLOT = f"SELECT {', '.join(f's.{column.strip()}' for column in SLOT_COLUMNS.split(','))} FROM slot s"
_APPOINTMENT = f"SELECT {APPOINTMENT_COLUMNS} FROM appointment"
# What holds now, or waits for a new time, comes before what was.
_NEWEST = "ORDER BY (state = 'booked') DESC, appointment_id DESC LIMIT 1"


@cache
def _free(sought: Sought, columns: str, tail: str) -> str:
    """The statement for what is sought: only the conditions that it has, so that one plan leads along `slot_free`."""
    where = [
        "s.provider_id = $1 AND s.state = 'free'",
        # One unit's times come out of the index in their order; several are sorted.
        "s.unit_id = ($2::int[])[1]" if len(sought.unit_ids) == 1 else "s.unit_id = ANY ($2::int[])",
        "s.starts_at >= $3 AND s.starts_at < $4",
        # What is kept for somebody is free to them alone.
        "(s.held_until IS NULL OR s.held_until <= $5 OR EXISTS (SELECT FROM slot_hold h WHERE "
        "h.provider_id = s.provider_id AND h.slot_id = s.slot_id AND h.person_id = ANY ($6::bigint[])))",
        "($7::text IS NULL OR s.role = $7)" if sought.role is None else "s.role = $7",
        "($8::text[] IS NULL OR s.contact = ANY ($8::text[]))",
        "($9::text IS NULL OR CASE WHEN $9 = '' THEN s.booking_for = '{}' ELSE $9 = ANY (s.booking_for) END)",
        "($10::bigint IS NULL OR s.staff_id = $10)",
        "($11::text IS NULL OR s.time_type = $11)",
    ]
    if sought.by_patient:
        where.append("s.patient_sees")
    return f"SELECT {columns} FROM slot s WHERE {' AND '.join(where)} {tail}"


def _shape(sought: Sought) -> Sought:
    """What the statement depends on, without whom or where: few of them are kept."""
    role = None if sought.role is None else ""
    units = (0,) if len(sought.unit_ids) == 1 else ()
    return Sought(provider_id=0, unit_ids=units, role=role, by_patient=sought.by_patient)


async def _values(
    connection: Connection, sought: Sought, from_at: datetime | None, until_at: datetime | None
) -> list[object] | None:
    """The values of the statement; None where nothing can be found."""
    now = clock.now()
    rules = await booking_rules(connection, sought.provider_id)
    first, last = policy.window(sought, rules, now)
    first = max(first, from_at) if from_at else first
    ends = [moment for moment in (last, until_at) if moment is not None]
    last = min(ends) if ends else first + timedelta(days=400)
    if first >= last:
        return None
    contacts = list(policy.contacts_for(sought.contact)) if sought.contact else None
    return [
        sought.provider_id,
        list(sought.unit_ids),
        first,
        last,
        now,
        list(sought.person_ids),
        sought.role,
        contacts,
        sought.booking_for,
        sought.staff_id,
        sought.time_type,
    ]


async def free_times(
    connection: Connection,
    *,
    sought: Sought,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
    limit: int = MOST,
) -> list[Slot]:
    """The times that may be booked now, the earliest first; for a patient those within the notice and the horizon."""
    values = await _values(connection, sought, from_at, until_at)
    if values is None:
        return []
    shape = _shape(sought)
    columns = ", ".join(f"s.{one.strip()}" for one in SLOT_COLUMNS.split(","))
    rows = await connection.fetch(
        _free(shape, columns, "ORDER BY s.starts_at, s.slot_id LIMIT $12"), *values, limit
    )
    return [slot_from(row) for row in rows]


async def days_with_times(
    connection: Connection,
    *,
    sought: Sought,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
) -> dict[date, int]:
    """How many times are free on each day in Sweden that has any, in order."""
    values = await _values(connection, sought, from_at, until_at)
    if values is None:
        return {}
    day = "(s.starts_at AT TIME ZONE 'Europe/Stockholm')::date"
    rows = await connection.fetch(
        _free(_shape(sought), f"{day} AS day, count(*)::int AS times", "GROUP BY 1 ORDER BY 1"), *values
    )
    return {row["day"]: row["times"] for row in rows}


async def nearest_times(
    connection: Connection, *, sought: Sought, around: datetime, limit: int = NEAREST
) -> list[Slot]:
    """The free times nearest to a moment, before it and after it, the earliest first."""
    values = await _values(connection, sought, None, None)
    if values is None:
        return []
    columns = ", ".join(f"s.{one.strip()}" for one in SLOT_COLUMNS.split(","))
    shape, found = _shape(sought), []
    for first, last, order in ((values[2], around, "DESC"), (around, values[3], "ASC")):
        values[2], values[3] = first, last
        statement = _free(shape, columns, f"ORDER BY s.starts_at {order}, s.slot_id {order} LIMIT $12")
        found += [slot_from(row) for row in await connection.fetch(statement, *values, limit)]
    nearest = sorted(found, key=lambda slot: (abs(slot.starts_at - around), slot.starts_at))[:limit]
    return sorted(nearest, key=lambda slot: (slot.starts_at, slot.slot_id))


async def slot_of(connection: Connection, ref: SlotRef) -> Slot:
    """A time. Raises NotFound."""
    row = await connection.fetchrow(f"{_SLOT} WHERE s.provider_id = $1 AND s.slot_id = $2", *ref)
    if row is None:
        raise NotFound()
    return slot_from(row)


async def held_for(connection: Connection, person_ids: Sequence[int]) -> list[Slot]:
    """The times that are kept for the persons just now, at any provider within the scope."""
    rows = await connection.fetch(
        f"{_SLOT} JOIN slot_hold h USING (provider_id, slot_id) WHERE h.person_id = ANY ($1::bigint[]) "
        "AND h.until > $2 AND s.state = 'free' ORDER BY s.starts_at",
        list(person_ids),
        clock.now(),
    )
    return [slot_from(row) for row in rows]


async def appointment_of(connection: Connection, ref: CaseRef) -> Appointment | None:
    """The booked time of a case that holds; else its latest one, with what became of it. None: it never had any."""
    row = await connection.fetchrow(f"{_APPOINTMENT} WHERE provider_id = $1 AND case_id = $2 {_NEWEST}", *ref)
    return appointment_from(row) if row else None


async def appointment(connection: Connection, provider_id: int, appointment_id: int) -> Appointment | None:
    """A booked time by its number."""
    row = await connection.fetchrow(
        f"{_APPOINTMENT} WHERE provider_id = $1 AND appointment_id = $2", provider_id, appointment_id
    )
    return appointment_from(row) if row else None


async def earlier_offer_of(connection: Connection, ref: CaseRef) -> Offer | None:
    """The earlier time that a case is offered and may still be taken."""
    row = await connection.fetchrow(
        f"SELECT {OFFER_COLUMNS} FROM slot_offer WHERE provider_id = $1 AND case_id = $2 AND state = 'offered' "
        "AND until > $3",
        *ref,
        clock.now(),
    )
    return offer_from(row) if row else None


async def offered_slot(connection: Connection, ref: CaseRef) -> int | None:
    """The time that the case is offered, whether the deadline has passed or not."""
    found: int | None = await connection.fetchval(
        "SELECT slot_id FROM slot_offer WHERE provider_id = $1 AND case_id = $2 AND state = 'offered'", *ref
    )
    return found


async def wishes_earlier(connection: Connection, ref: CaseRef) -> bool:
    """Whether the case waits for an earlier time."""
    return bool(
        await connection.fetchval(
            "SELECT 1 FROM earlier_wish WHERE provider_id = $1 AND case_id = $2 AND ended_at IS NULL", *ref
        )
    )


async def sought_by_case(connection: Connection, ref: CaseRef, *, by_patient: bool) -> Sought:
    """What a booked case may be rebooked to: as it was booked, with the lock of its ticket. Raises NotFound."""
    row = await connection.fetchrow(
        "SELECT c.unit_id, c.role, c.contact, c.person_id, t.booking_for FROM care_case c LEFT JOIN ticket t "
        "ON t.to_provider_id = c.provider_id AND t.case_id = c.case_id WHERE c.provider_id = $1 AND c.case_id = $2 "
        "LIMIT 1",
        *ref,
    )
    if row is None:
        raise NotFound()
    return Sought(
        provider_id=ref.provider_id,
        unit_ids=(row["unit_id"],),
        role=row["role"] if by_patient else None,
        contact=row["contact"] if by_patient else None,
        booking_for=(row["booking_for"] or "") if by_patient else None,
        by_patient=by_patient,
        person_ids=(row["person_id"],),
    )


async def time_type_of(connection: Connection, provider_id: int, code: str) -> TimeType | None:
    """A type of time, also one that has been removed since."""
    known = await book.opened(connection, provider_id)
    saved = known.saved(TIME_TYPE, TimeType)
    return saved.get(code) or standing_time_types().get(code) or known.last(TIME_TYPE, TimeType).get(code)


async def name_of_time(connection: Connection, slot: Slot) -> Text:
    """What the patient reads that a time is, by language; empty where its type is unknown."""
    found = await time_type_of(connection, slot.provider_id, slot.time_type)
    if found is None:
        return {}
    return {"sv": found.patient_name or found.name, "en": found.patient_name_en or found.name_en}


async def begun(connection: Connection, provider_id: int, limit: int) -> list[CaseRef]:
    """Cases whose time still stands as booked, and that were begun as any other visit or are over; or in the queue
    again, which have a time no more."""
    rows = await connection.fetch(
        "SELECT a.provider_id, a.case_id FROM appointment a JOIN care_case c USING (provider_id, case_id) "
        "WHERE a.provider_id = $1 AND a.state = 'booked' AND (c.booked_from IS NULL OR (a.starts_at <= $2 "
        "AND c.phase = 'ongoing') OR c.phase IN ('follow_up', 'closed', 'cancelled')) LIMIT $3",
        provider_id,
        clock.now(),
        limit,
    )
    return [CaseRef(*row) for row in rows]
