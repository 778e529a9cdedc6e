"""The verbs of contacts and substitutes: set, ended, each with its row in the access log where it is a patient's."""

from datetime import date

import asyncpg
import structlog

from vardlots.access.actor import StaffActor
from vardlots.audit import log as audit
from vardlots.cases.turn import House
from vardlots.clinics.queries import roles_at, roles_of
from vardlots.contacts import policy, queries
from vardlots.contacts.model import Absence, ContactRef
from vardlots.contacts.substitutes import circles
from vardlots.people.queries import is_patient, same_persons
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound, WrongState
from vardlots.platform.live import Signal

log = structlog.get_logger()

_END = """
UPDATE care_contact SET ended_at = $3, ended_by = $4
WHERE provider_id = $1 AND contact_id = ANY ($2::bigint[]) AND ended_at IS NULL RETURNING contact_id
"""
# Longer than a leave that is known beforehand; `substitute_days` of the database says the same.
MOST_DAYS = 366


async def set_contact(
    house: House, *, by: StaffActor, person_id: int, role: str, staff_id: int | None
) -> ContactRef:
    """Say who a patient asks at the actor's unit: with `staff_id` a person there in that role, else the role itself.

    A person takes the place of the one before, whose time is kept. The same said twice is said once.

    Raises NotFound for nobody's patient here, Forbidden, Invalid for somebody who does not work at the unit in a role
    that patients turn to.
    """
    if refusal := policy.may_choose(by, by.unit_id):
        raise refusal
    async with house.database.transaction(by.scope) as connection:
        if not await is_patient(connection, by.provider_id, person_id):
            raise NotFound()
        ids = await same_persons(connection, [person_id])
        await _check_suits(connection, by, role, staff_id)
        # Of two who say it at once, the second sees what the first has said.
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"contact {by.provider_id} {min(ids)}"
        )
        now = clock.now()
        mine = [
            one
            for one in await queries.contacts_of(connection, ids)
            if (one.provider_id, one.unit_id) == (by.provider_id, by.unit_id)
        ]
        for one in mine:
            if (one.staff_id, one.role) == (staff_id, role):
                return one.ref
        replaced = [one.contact_id for one in mine if staff_id is not None and one.staff_id is not None]
        await connection.fetch(_END, by.provider_id, replaced, now, by.staff_id)
        contact_id = await connection.fetchval(
            "INSERT INTO care_contact (provider_id, person_id, unit_id, role, staff_id, set_at, set_by) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING contact_id",
            by.provider_id,
            person_id,
            by.unit_id,
            role,
            staff_id,
            now,
            by.staff_id,
        )
        row = audit.access(by, "set_contact", provider_id=by.provider_id, person_id=person_id)
        await audit.write(connection, [row])
    house.hub.publish(Signal(f"person:{one}") for one in ids)
    return ContactRef(by.provider_id, contact_id)


async def _check_suits(connection: Connection, by: StaffActor, role: str, staff_id: int | None) -> None:
    known = (await roles_of(connection, by.provider_id)).of(role)
    if not (known.cares and known.patient_sees):
        raise Invalid("contact", "Välj någon som patienter kan vända sig till.")
    if staff_id is None:
        if role not in await roles_at(connection, by.unit_id):
            raise Invalid("contact", "Enheten har inte den rollen. Välj en annan.")
        return
    people = await queries.colleagues_at(connection, by.provider_id, by.unit_id)
    if (staff_id, role) not in {(one.staff_id, one.role) for one in people}:
        raise Invalid("contact", "Personen arbetar inte på enheten. Välj någon annan.")


async def end_contact(house: House, *, by: StaffActor, person_id: int, ref: ContactRef) -> None:
    """End a contact of one's own unit. Raises NotFound, Forbidden, WrongState when it has ended already."""
    async with house.database.transaction(by.scope) as connection:
        ids = await same_persons(connection, [person_id])
        found = await queries.contact(connection, ref)
        if found is None or found.person_id not in ids:
            raise NotFound()
        if refusal := policy.may_choose(by, found.unit_id):
            raise refusal
        if not await connection.fetch(_END, ref.provider_id, [ref.contact_id], clock.now(), by.staff_id):
            raise WrongState("Kontakten är redan avslutad.", code="already_ended")
        row = audit.access(by, "end_contact", provider_id=ref.provider_id, person_id=found.person_id)
        await audit.write(connection, [row])
    house.hub.publish(Signal(f"person:{one}") for one in ids)


async def note_absence(
    house: House, *, by: StaffActor, staff_id: int, stand_in_id: int | None, from_day: date, to_day: date
) -> int:
    """Say that somebody is away from one day to another, both included, and who stands in; None: the role answers.

    Returns the absence's number. Raises NotFound for somebody who does not work at the provider, Forbidden, Invalid
    for days that are wrong, for a substitute at none of the person's units, and for a circle of substitutes.
    """
    _check_days(from_day, to_day)
    now = clock.now()
    try:
        async with house.database.transaction(by.scope) as connection:
            units = await _units(connection, by.provider_id, staff_id)
            if not units:
                raise NotFound()
            if refusal := policy.may_note_absence(by, staff_id, units):
                raise refusal
            if stand_in_id is not None:
                await _check_stand_in(
                    connection,
                    by,
                    Absence(
                        absence_id=0,
                        staff_id=staff_id,
                        stand_in_id=stand_in_id,
                        from_day=from_day,
                        to_day=to_day,
                    ),
                    units,
                )
            absence_id = int(
                await connection.fetchval(
                    "INSERT INTO substitute (provider_id, staff_id, stand_in_id, from_day, to_day, set_at, set_by) "
                    "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING absence_id",
                    by.provider_id,
                    staff_id,
                    stand_in_id,
                    from_day,
                    to_day,
                    now,
                    by.staff_id,
                )
            )
    except asyncpg.ExclusionViolationError:
        raise Invalid(
            "from_day",
            "Det finns redan en ersättare under de dagarna. Avsluta den först, eller välj andra dagar.",
        ) from None
    except asyncpg.CheckViolationError as fault:
        if fault.constraint_name == "substitute_no_circle":
            raise _circle() from None
        raise
    log.info("absence_noted", absence=absence_id, provider=by.provider_id, staff=staff_id, by=by.staff_id)
    _tell(house, by, staff_id, stand_in_id)
    return absence_id


def _check_days(from_day: date, to_day: date) -> None:
    if to_day < from_day:
        raise Invalid("to_day", "Sista dagen är före den första. Ändra en av dem.")
    if to_day < clock.today():
        raise Invalid("to_day", "Dagarna har redan varit. Välj en dag från och med i dag.")
    if (to_day - from_day).days > MOST_DAYS:
        raise Invalid("to_day", "Välj högst ett år i taget.")


async def _units(connection: Connection, provider_id: int, staff_id: int) -> frozenset[int]:
    rows = await connection.fetch(
        "SELECT DISTINCT unit_id FROM assignment WHERE provider_id = $1 AND staff_id = $2 AND valid_from <= $3 "
        "AND (valid_to IS NULL OR valid_to >= $3)",
        provider_id,
        staff_id,
        clock.today(),
    )
    return frozenset(row["unit_id"] for row in rows)


async def _check_stand_in(
    connection: Connection, by: StaffActor, new: Absence, units: frozenset[int]
) -> None:
    assert new.stand_in_id is not None
    if new.stand_in_id == new.staff_id:
        raise Invalid("stand_in", "Ingen kan ersätta sig själv. Välj någon annan.")
    if not units & await _units(connection, by.provider_id, new.stand_in_id):
        raise Invalid("stand_in", "Personen arbetar inte på samma enhet. Välj någon annan.")
    rows = await connection.fetch(
        "SELECT absence_id, staff_id, stand_in_id, from_day, to_day FROM substitute WHERE provider_id = $1 "
        "AND ended_at IS NULL AND from_day <= $3 AND to_day >= $2",
        by.provider_id,
        new.from_day,
        new.to_day,
    )
    if circles([Absence(**row) for row in rows], new):
        raise _circle()


def _circle() -> Invalid:
    return Invalid(
        "stand_in", "Den du har valt är också borta då, med den här personen som ersättare. Välj någon annan."
    )


async def end_absence(house: House, *, by: StaffActor, absence_id: int) -> None:
    """Take back an absence: whoever was away answers again from now. Raises NotFound, Forbidden, WrongState."""
    async with house.database.transaction(by.scope) as connection:
        row = await connection.fetchrow(
            "SELECT staff_id, stand_in_id FROM substitute WHERE provider_id = $1 AND absence_id = $2",
            by.provider_id,
            absence_id,
        )
        if row is None:
            raise NotFound()
        units = await _units(connection, by.provider_id, row["staff_id"])
        if refusal := policy.may_note_absence(by, row["staff_id"], units):
            raise refusal
        ended = await connection.fetchval(
            "UPDATE substitute SET ended_at = $3, ended_by = $4 WHERE provider_id = $1 AND absence_id = $2 "
            "AND ended_at IS NULL RETURNING absence_id",
            by.provider_id,
            absence_id,
            clock.now(),
            by.staff_id,
        )
        if ended is None:
            raise WrongState("Frånvaron är redan avslutad.", code="already_ended")
    log.info("absence_ended", absence=absence_id, provider=by.provider_id, by=by.staff_id)
    _tell(house, by, row["staff_id"], row["stand_in_id"])


def _tell(house: House, by: StaffActor, staff_id: int, stand_in_id: int | None) -> None:
    """Their pages look again: whoever is away, whoever stands in, whoever said so."""
    concerned = {staff_id, by.staff_id, *(() if stand_in_id is None else (stand_in_id,))}
    house.hub.publish(Signal(f"staff:{one}") for one in sorted(concerned))
