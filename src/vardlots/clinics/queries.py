"""Reads of the directory. It names no patient, so any scope may read it."""

from typing import Any

import msgspec

from vardlots.clinics.model import Assignment, Shift, Unit
from vardlots.clinics.roles import Roles, title_for_patients
from vardlots.platform import clock
from vardlots.platform.db import Connection

# Key of provider.settings: whether `hours.EVES` are holidays. They are, unless a provider says otherwise [assumed].
EVES_KEY = "eves_are_holidays"
# Key of provider.settings: the code of the county that the provider serves, two digits.
COUNTY_KEY = "county"
_UNIT = f"""
SELECT u.provider_id, u.unit_id, u.name, u.kind, u.phone, u.address, u.opening, u.on_call, u.exceptions,
       u.takes_drop_in, u.reports_emergencies, u.welcome, u.hsa_id, u.active, u.specialties,
       p.name AS provider_name, p.scheme,
       p.settings -> '{EVES_KEY}' IS DISTINCT FROM 'false'::jsonb AS eves_are_holidays
FROM unit u JOIN provider p USING (provider_id)
"""


def _unit(row: Any) -> Unit:
    return Unit(**{**row, "specialties": tuple(row["specialties"])})


async def provider_ids(connection: Connection) -> list[int]:
    """The ids of all providers, for a job that looks through each in a scope of its own."""
    return [
        row["provider_id"] for row in await connection.fetch("SELECT provider_id FROM provider ORDER BY 1")
    ]


async def unit(connection: Connection, unit_id: int) -> Unit | None:
    """One unit, or None."""
    row = await connection.fetchrow(f"{_UNIT} WHERE u.unit_id = $1", unit_id)
    return _unit(row) if row else None


async def drop_in_units(connection: Connection) -> list[Unit]:
    """The units where a patient may seek care, by provider and name."""
    rows = await connection.fetch(
        f"{_UNIT} WHERE u.takes_drop_in AND u.active ORDER BY p.provider_id, u.name"
    )
    return [_unit(row) for row in rows]


async def units_of(connection: Connection, provider_id: int) -> list[Unit]:
    """A provider's units by name, those that are switched off too."""
    rows = await connection.fetch(f"{_UNIT} WHERE u.provider_id = $1 ORDER BY u.name", provider_id)
    return [_unit(row) for row in rows]


async def assignments_of(connection: Connection, staff_id: int) -> list[Assignment]:
    """The assignments that are valid today, in a fixed order."""
    rows = await connection.fetch(
        """
        SELECT a.provider_id, a.assignment_id, a.staff_id, a.unit_id, u.name AS unit_name,
               p.name AS provider_name, a.role, r.label, r.label_en
        FROM assignment a JOIN unit u USING (provider_id, unit_id) JOIN provider p USING (provider_id)
        LEFT JOIN role r ON r.provider_id = a.provider_id AND r.code = a.role
        WHERE a.staff_id = $1 AND a.valid_from <= $2 AND (a.valid_to IS NULL OR a.valid_to >= $2)
        ORDER BY p.name, u.name, a.role""",
        staff_id,
        clock.today(),
    )
    return [Assignment(**row) for row in rows]


async def open_shift(connection: Connection, staff_id: int) -> Shift | None:
    """The staff member's shift that has not ended, or None. There is at most one."""
    row = await connection.fetchrow(
        "SELECT provider_id, shift_id, staff_id, unit_id, role, shift_type, load_balancer, started_at, ended_at "
        "FROM shift WHERE staff_id = $1 AND ended_at IS NULL",
        staff_id,
    )
    return Shift(**row) if row else None


async def roles_of(connection: Connection, provider_id: int) -> Roles:
    """The roles of a provider: the product's with its changes, and its own."""
    return Roles(
        await connection.fetch("SELECT * FROM role WHERE provider_id = $1 ORDER BY label", provider_id)
    )


class Face(msgspec.Struct, frozen=True):
    """A member of staff as pages show one: name, title as it stands in the directory, picture ("" for none)."""

    name: str
    title: str
    picture: str


async def face_of(connection: Connection, staff_id: int | None) -> Face | None:
    """Somebody's face; None for nobody."""
    if staff_id is None:
        return None
    row = await connection.fetchrow(
        "SELECT given_name || ' ' || family_name AS name, title, coalesce(picture::text, '') AS picture FROM staff "
        "WHERE staff_id = $1",
        staff_id,
    )
    return Face(**row) if row else None


async def patients_title(connection: Connection, provider_id: int, staff_id: int, title: str) -> str:
    """The title of a member of staff as patients of the provider may read it (see `roles.title_for_patients`)."""
    roles = await roles_of(connection, provider_id)
    codes = await connection.fetch(
        "SELECT DISTINCT role FROM assignment WHERE provider_id = $1 AND staff_id = $2 AND valid_from <= $3 "
        "AND (valid_to IS NULL OR valid_to >= $3) ORDER BY role",
        provider_id,
        staff_id,
        clock.today(),
    )
    return title_for_patients(title, [roles.of(row["role"]) for row in codes])


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A resource that an administrator has laid up, or that an assignment makes: a role at a unit.

    `resource_id` is None for one that only assignments make. A pooled one serves the units in `serves`.
    """

    unit_id: int
    role: str
    resource_id: int | None = None
    key: str | None = None
    specialty: str = ""
    staff_id: int | None = None
    name: str = ""
    pooled: bool = False
    serves: tuple[int, ...] = ()


async def resources_of(connection: Connection, provider_id: int) -> list[Place]:
    """Every resource of a provider (requirement A3): those laid up, and every role that somebody is assigned to."""
    rows = await connection.fetch(
        """
        SELECT r.unit_id, r.role, r.resource_id, r.key, r.specialty, r.staff_id, r.name, r.pooled,
               array(SELECT v.unit_id FROM resource_serves v WHERE v.provider_id = r.provider_id
                     AND v.resource_id = r.resource_id ORDER BY v.unit_id) AS serves
        FROM resource r WHERE r.provider_id = $1 AND r.active
        UNION ALL
        SELECT DISTINCT a.unit_id, a.role, NULL::bigint, NULL, '', NULL::bigint, '', false,
               '{}'::int[] FROM assignment a
        WHERE a.provider_id = $1 AND a.valid_from <= $2 AND (a.valid_to IS NULL OR a.valid_to >= $2)
          AND NOT EXISTS (SELECT FROM resource r WHERE r.provider_id = $1 AND r.unit_id = a.unit_id
                          AND r.role = a.role AND r.specialty = '' AND r.staff_id IS NULL)
        ORDER BY unit_id, role, specialty, resource_id""",
        provider_id,
        clock.today(),
    )
    return [Place(**{**row, "serves": tuple(row["serves"])}) for row in rows]


async def cooperating_units(connection: Connection, provider_id: int, unit_id: int) -> frozenset[int]:
    """The units that may take over what is escalated at a unit. The pair is directed."""
    rows = await connection.fetch(
        "SELECT c.with_unit_id FROM cooperation c JOIN unit u ON u.provider_id = c.provider_id "
        "AND u.unit_id = c.with_unit_id AND u.active WHERE c.provider_id = $1 AND c.unit_id = $2",
        provider_id,
        unit_id,
    )
    return frozenset(row["with_unit_id"] for row in rows)


class AtWork(msgspec.Struct, frozen=True):
    """An open shift: who, where, as what."""

    staff_id: int
    unit_id: int
    role: str


async def on_shift(connection: Connection, provider_id: int) -> frozenset[AtWork]:
    """Who is on shift at a provider right now."""
    rows = await connection.fetch(
        "SELECT staff_id, unit_id, role FROM shift WHERE provider_id = $1 AND ended_at IS NULL", provider_id
    )
    return frozenset(AtWork(**row) for row in rows)


async def shifts_head(connection: Connection, provider_id: int) -> int:
    """A number that moves whenever a shift begins or ends at a provider."""
    found = await connection.fetchval(
        "SELECT coalesce(max(shift_id), 0) * 10000 + count(*) FROM shift WHERE provider_id = $1 AND ended_at IS NULL",
        provider_id,
    )
    return int(found)


class Counties(msgspec.Struct, frozen=True):
    """Which county a provider serves, and of the unit where somebody is listed its provider and that one's county."""

    own: str | None
    listed_provider_id: int | None = None
    listed: str | None = None


async def counties(connection: Connection, provider_id: int, listed_unit_id: int | None) -> Counties:
    """What is known of where a provider and a unit that somebody is listed at belong. None: nobody has said."""
    row = await connection.fetchrow(
        f"SELECT p.settings ->> '{COUNTY_KEY}' AS own, l.provider_id AS listed_provider_id, "
        f"l.settings ->> '{COUNTY_KEY}' AS listed FROM provider p "
        "LEFT JOIN unit u ON u.unit_id = $2 LEFT JOIN provider l ON l.provider_id = u.provider_id "
        "WHERE p.provider_id = $1",
        provider_id,
        listed_unit_id,
    )
    return Counties(**row)


async def roles_at(connection: Connection, unit_id: int) -> frozenset[str]:
    """The roles that a unit has an active resource of: its own, and pooled ones that serve it (requirement A3)."""
    rows = await connection.fetch(
        """
        SELECT r.role FROM resource r WHERE r.active AND (r.unit_id = $1 OR (r.pooled AND EXISTS (
          SELECT FROM resource_serves v WHERE v.provider_id = r.provider_id AND v.resource_id = r.resource_id
          AND v.unit_id = $1)))
        UNION SELECT a.role FROM assignment a
        WHERE a.unit_id = $1 AND a.valid_from <= $2 AND (a.valid_to IS NULL OR a.valid_to >= $2)""",
        unit_id,
        clock.today(),
    )
    return frozenset(row["role"] for row in rows)
