"""Changes of the directory by a provider's administrators (requirements A1–A3), within a transaction that is open.

Each writes one thing as it shall be from now on, and may run twice. A provider's changes run one after another, so
that what must hold of them all (somebody can administer) is looked at after each.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import asyncpg
import msgspec

from vardlots.clinics.changes.queries import administrator_is_left, in_the_way
from vardlots.clinics.model import Role
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound


class Author(msgspec.Struct, frozen=True):
    """Who changes: an administrator of the provider, or None for the system on the day that was chosen."""

    provider_id: int
    staff_id: int | None = None


class UnitChange(msgspec.Struct, frozen=True, kw_only=True):
    """What an administrator says of a unit; its hours are changes of their own."""

    hsa_id: str
    name: str
    kind: str
    phone: str | None = None
    address: str | None = None
    takes_drop_in: bool = True
    reports_emergencies: bool = False
    active: bool = True
    specialties: Sequence[str] = ()


class AssignmentChange(msgspec.Struct, frozen=True, kw_only=True):
    """A commission (*medarbetaruppdrag*) as it shall be."""

    hsa_id: str
    staff_id: int
    unit_id: int
    role: str
    valid_from: date
    valid_to: date | None = None


class Withdrawn(msgspec.Struct, frozen=True):
    """A commission that was valid and is so no more: whose sessions and shift end with it."""

    assignment_id: int
    staff_id: int
    unit_id: int
    role: str


async def write_unit(connection: Connection, *, by: Author, unit: UnitChange) -> int:
    """A unit as it shall be, new or known by its HSA-id. Returns its id.

    Raises Invalid when it is switched off with something left in it, or when the HSA-id is another provider's.
    """
    await _one_at_a_time(connection, by)
    if not unit.active:
        # Waits for whoever is opening a case there, and holds back the next.
        await connection.execute("SELECT FROM unit WHERE hsa_id = $1 FOR UPDATE", unit.hsa_id)
        await _refuse_what_is_left(connection, by, unit.hsa_id)
    written = await connection.fetchval(
        "INSERT INTO unit (provider_id, hsa_id, name, kind, phone, address, takes_drop_in, reports_emergencies, "
        "active, specialties) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
        "ON CONFLICT (hsa_id) DO UPDATE SET name = $3, kind = $4, phone = $5, address = $6, "
        "takes_drop_in = $7, reports_emergencies = $8, active = $9, specialties = $10 "
        "WHERE unit.provider_id = $1 RETURNING unit_id",
        by.provider_id,
        unit.hsa_id,
        unit.name,
        unit.kind,
        unit.phone,
        unit.address,
        unit.takes_drop_in,
        unit.reports_emergencies,
        unit.active,
        list(unit.specialties),
    )
    if written is None:
        raise Invalid("hsa_id", "HSA-id:t hör till en annan vårdgivares enhet.")
    return int(written)


async def _refuse_what_is_left(connection: Connection, by: Author, hsa_id: str) -> None:
    left = await in_the_way(connection, by.provider_id, hsa_id)
    if left.anything:
        raise Invalid("active", left.message, **left.values)


async def write_hours(
    connection: Connection,
    *,
    by: Author,
    unit_id: int,
    of: str,
    week: Mapping[str, Sequence[str]],
    exceptions: Iterable[Mapping[str, str]],
) -> None:
    """A unit's timetable, `of` "opening" or "on_call", with its days of exception. Raises NotFound."""
    column = {"opening": "opening", "on_call": "on_call"}[of]
    found = await connection.fetchval(
        f"UPDATE unit SET {column} = $3, exceptions = coalesce((SELECT jsonb_agg(e) "
        "FROM jsonb_array_elements(exceptions) e "
        "WHERE coalesce(e ->> 'of', 'opening') <> $4), '[]') || $5 "
        "WHERE provider_id = $1 AND unit_id = $2 RETURNING unit_id",
        by.provider_id,
        unit_id,
        {day: list(hours) for day, hours in week.items()},
        of,
        [{"of": of, **one} for one in exceptions],
    )
    if found is None:
        raise NotFound()


async def write_cooperation(
    connection: Connection, *, by: Author, unit_id: int, with_units: Iterable[int]
) -> None:
    """The units that may take over what is escalated at a unit, all of them. Raises Invalid for another provider's."""
    await _one_at_a_time(connection, by)
    await connection.execute(
        "DELETE FROM cooperation WHERE provider_id = $1 AND unit_id = $2", by.provider_id, unit_id
    )
    try:
        await connection.execute(
            "INSERT INTO cooperation (provider_id, unit_id, with_unit_id) SELECT $1, $2, u FROM unnest($3::int[]) u",
            by.provider_id,
            unit_id,
            sorted(set(with_units)),
        )
    except (asyncpg.ForeignKeyViolationError, asyncpg.CheckViolationError):
        raise Invalid("units", "Välj bland vårdgivarens andra enheter.") from None


async def write_role(connection: Connection, *, by: Author, role: Role) -> None:
    """A role of the provider's own, or its change of one that the product knows.

    Raises Invalid when nobody would be left who administers the provider.
    """
    await _one_at_a_time(connection, by)
    await connection.execute(
        "INSERT INTO role (provider_id, code, label, label_en, clinical, patient_sees, cares, administers, reviews, "
        "active, assists) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
        "ON CONFLICT (provider_id, code) DO UPDATE SET label = $3, label_en = $4, clinical = $5, patient_sees = $6, "
        "cares = $7, administers = $8, reviews = $9, active = $10, assists = $11",
        by.provider_id,
        role.code,
        role.label,
        role.label_en,
        role.clinical,
        role.patient_sees,
        role.cares,
        role.administers,
        role.reviews,
        role.active,
        role.assists,
    )
    await _keep_an_administrator(connection, by, "administers")


class ResourceChange(msgspec.Struct, frozen=True, kw_only=True):
    """A resource as it shall be. What it is (unit, role, specialty, person) never changes; what it serves does.

    `key` is that of the configured thing.
    """

    key: str
    unit_id: int
    role: str
    specialty: str = ""
    staff_id: int | None = None
    name: str = ""
    serves: Sequence[int] = ()
    active: bool = True


async def write_resource(connection: Connection, *, by: Author, resource: ResourceChange) -> None:
    """A resource as it shall be; with units to serve it is pooled. Raises Invalid for what is another provider's."""
    await _one_at_a_time(connection, by)
    serves = sorted({unit_id for unit_id in resource.serves if unit_id != resource.unit_id})
    try:
        resource_id = await connection.fetchval(
            "INSERT INTO resource (provider_id, unit_id, role, specialty, staff_id, name, pooled, active, key) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (provider_id, unit_id, role, specialty, staff_id) "
            "DO UPDATE SET name = $6, pooled = $7, active = $8, key = $9 RETURNING resource_id",
            by.provider_id,
            resource.unit_id,
            resource.role,
            resource.specialty,
            resource.staff_id,
            resource.name,
            bool(serves),
            resource.active,
            resource.key,
        )
        await connection.execute(
            "DELETE FROM resource_serves WHERE provider_id = $1 AND resource_id = $2",
            by.provider_id,
            resource_id,
        )
        await connection.execute(
            "INSERT INTO resource_serves (provider_id, resource_id, unit_id) SELECT $1, $2, u FROM unnest($3::int[]) u",
            by.provider_id,
            resource_id,
            serves,
        )
    except asyncpg.UniqueViolationError:
        raise Invalid("role", "Resursen går inte att göra om till en annan. Lägg till en ny.") from None
    except asyncpg.ForeignKeyViolationError:
        raise Invalid("serves", "Välj bland vårdgivarens egna enheter.") from None


async def write_staff(
    connection: Connection, *, by: Author, hsa_id: str, given_name: str, family_name: str, title: str
) -> int:
    """A member of staff as the directory says, new or known by the HSA-id. Returns their id.

    A name that they have chosen themselves stands; what the directory says is kept beside it. Raises Invalid for
    somebody who works at another provider only.
    """
    await _one_at_a_time(connection, by)
    written = await connection.fetchval(
        "INSERT INTO staff (hsa_id, given_name, family_name, title) VALUES ($2, $3, $4, $5) "
        "ON CONFLICT (hsa_id) DO UPDATE SET title = $5, profile_rev = staff.profile_rev + 1, "
        "given_name = CASE WHEN staff.directory_given_name IS NULL THEN $3 ELSE staff.given_name END, "
        "family_name = CASE WHEN staff.directory_given_name IS NULL THEN $4 ELSE staff.family_name END, "
        "directory_given_name = CASE WHEN staff.directory_given_name IS NULL THEN NULL ELSE $3 END, "
        "directory_family_name = CASE WHEN staff.directory_given_name IS NULL THEN NULL ELSE $4 END "
        "WHERE NOT EXISTS (SELECT FROM assignment a WHERE a.staff_id = staff.staff_id AND a.provider_id <> $1) "
        "RETURNING staff_id",
        by.provider_id,
        hsa_id,
        given_name,
        family_name,
        title,
    )
    if written is None:
        raise Invalid("hsa_id", "Medarbetaren finns hos en annan vårdgivare, som ändrar namn och titel.")
    return int(written)


async def write_assignment(
    connection: Connection, *, by: Author, assignment: AssignmentChange
) -> Withdrawn | None:
    """A commission as it shall be, new or known by its HSA-id. Returns it when it was valid and no longer is.

    Raises Invalid for what is another provider's, for a second of the same kind, and when nobody would be left who
    administers the provider.
    """
    await _one_at_a_time(connection, by)
    today = clock.today()
    before = await connection.fetchrow(
        "SELECT valid_from, valid_to FROM assignment WHERE hsa_id = $1", assignment.hsa_id
    )
    try:
        row = await connection.fetchrow(
            "INSERT INTO assignment (provider_id, staff_id, unit_id, role, hsa_id, valid_from, valid_to) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (hsa_id) DO UPDATE SET valid_from = $6, valid_to = $7 "
            "WHERE assignment.provider_id = $1 AND assignment.staff_id = $2 AND assignment.unit_id = $3 "
            "AND assignment.role = $4 RETURNING assignment_id",
            by.provider_id,
            assignment.staff_id,
            assignment.unit_id,
            assignment.role,
            assignment.hsa_id,
            assignment.valid_from,
            assignment.valid_to,
        )
    except asyncpg.UniqueViolationError:
        raise Invalid("role", "Medarbetaren har redan ett uppdrag i den rollen på enheten.") from None
    except asyncpg.ForeignKeyViolationError:
        raise Invalid("unit", "Välj bland vårdgivarens egna enheter och medarbetare.") from None
    if row is None:
        raise Invalid("hsa_id", "HSA-id:t hör till ett annat uppdrag.")
    await _keep_an_administrator(connection, by, "valid_to")
    was = before is not None and _valid(before["valid_from"], before["valid_to"], today)
    if was and not _valid(assignment.valid_from, assignment.valid_to, today):
        return Withdrawn(row["assignment_id"], assignment.staff_id, assignment.unit_id, assignment.role)
    return None


async def end_assignment(connection: Connection, *, by: Author, hsa_id: str) -> Withdrawn | None:
    """A commission ends with yesterday. Returns it when it was valid. Raises Invalid as `write_assignment` does."""
    row = await connection.fetchrow(
        "SELECT staff_id, unit_id, role, hsa_id, valid_from, valid_to FROM assignment "
        "WHERE provider_id = $1 AND hsa_id = $2",
        by.provider_id,
        hsa_id,
    )
    if row is None:
        return None
    yesterday = clock.today() - timedelta(days=1)
    last = min(row["valid_to"] or yesterday, max(yesterday, row["valid_from"] - timedelta(days=1)))
    return await write_assignment(connection, by=by, assignment=AssignmentChange(**{**row, "valid_to": last}))


async def write_settings(connection: Connection, *, by: Author, settings: Mapping[str, Any]) -> None:
    """Keys of a provider's settings; what is not named stays as it is."""
    await connection.execute(
        "UPDATE provider SET settings = settings || $2 WHERE provider_id = $1", by.provider_id, dict(settings)
    )


def _valid(first: date, last: date | None, day: date) -> bool:
    return first <= day and (last is None or last >= day)


async def _keep_an_administrator(connection: Connection, by: Author, field: str) -> None:
    if not await administrator_is_left(connection, by.provider_id):
        raise Invalid(
            field,
            "Minst en medarbetare måste kunna administrera vårdgivaren utan slutdatum. Ge någon annan det först.",
        )


async def _one_at_a_time(connection: Connection, by: Author) -> None:
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"directory:{by.provider_id}"
    )
