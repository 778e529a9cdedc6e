"""Writes of the directory: providers, units, staff and their assignments. No patient is named here.

Each is found again by its HSA-id: adding what is there already changes nothing and gives its id.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from vardlots.clinics.model import ROLES
from vardlots.platform.db import NOBODY, Database
from vardlots.platform.errors import Invalid

# From long before any assignment is written down.
ALWAYS = date(2020, 1, 1)


async def add_provider(
    database: Database,
    *,
    name: str,
    kind: str,
    hsa_id: str,
    scheme: str,
    settings: Mapping[str, Any] | None = None,
) -> int:
    """A care provider (`kind` region or private, `scheme` 1-5 or 1-12). Returns its id."""
    return await _added(
        database,
        "INSERT INTO provider (name, kind, hsa_id, scheme, settings) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (hsa_id) DO NOTHING RETURNING provider_id",
        (name, kind, hsa_id, scheme, dict(settings or {})),
        "SELECT provider_id FROM provider WHERE hsa_id = $1",
        hsa_id,
    )


async def add_unit(
    database: Database,
    *,
    provider_id: int,
    name: str,
    kind: str,
    hsa_id: str,
    phone: str | None = None,
    address: str | None = None,
    opening: Mapping[str, Sequence[str]] | None = None,
    takes_drop_in: bool = True,
    reports_emergencies: bool = False,
    welcome: str | None = None,
) -> int:
    """A unit of a provider. `opening`: weekday "0" (Monday) → opens, closes as "08:00". Returns its id."""
    return await _added(
        database,
        "INSERT INTO unit (provider_id, name, kind, hsa_id, phone, address, opening, takes_drop_in, "
        "reports_emergencies, welcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
        "ON CONFLICT (hsa_id) DO NOTHING RETURNING unit_id",
        (
            provider_id,
            name,
            kind,
            hsa_id,
            phone,
            address,
            {day: list(hours) for day, hours in (opening or {}).items()},
            takes_drop_in,
            reports_emergencies,
            welcome,
        ),
        "SELECT unit_id FROM unit WHERE hsa_id = $1",
        hsa_id,
    )


async def add_staff(
    database: Database,
    *,
    hsa_id: str,
    given_name: str,
    family_name: str,
    title: str = "",
    mobile: str | None = None,
) -> int:
    """A member of staff; `mobile` in E.164. Returns their id."""
    return await _added(
        database,
        "INSERT INTO staff (hsa_id, given_name, family_name, title, mobile) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (hsa_id) DO NOTHING RETURNING staff_id",
        (hsa_id, given_name, family_name, title, mobile),
        "SELECT staff_id FROM staff WHERE hsa_id = $1",
        hsa_id,
    )


async def assign(
    database: Database,
    *,
    provider_id: int,
    staff_id: int,
    unit_id: int,
    role: str,
    hsa_id: str,
    valid_from: date = ALWAYS,
    valid_to: date | None = None,
) -> int:
    """An assignment (*medarbetaruppdrag*): a role at a unit. Returns its id. Raises Invalid for an unknown role."""
    if role not in ROLES:
        raise Invalid("role", "Rollen finns inte.")
    return await _added(
        database,
        "INSERT INTO assignment (provider_id, staff_id, unit_id, role, hsa_id, valid_from, valid_to) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (hsa_id) DO NOTHING RETURNING assignment_id",
        (provider_id, staff_id, unit_id, role, hsa_id, valid_from, valid_to),
        "SELECT assignment_id FROM assignment WHERE hsa_id = $1",
        hsa_id,
    )


async def _added(database: Database, insert: str, values: tuple[Any, ...], find: str, hsa_id: str) -> int:
    async with database.transaction(NOBODY) as connection:
        added = await connection.fetchval(insert, *values)
        return int(added if added is not None else await connection.fetchval(find, hsa_id))
