"""Writes of the directory when a region is set up: providers, units, staff and their assignments. No patient is named.

Each is found again by its HSA-id: adding what is there already changes nothing and gives its id. What administrators
change is written by `changes/actions.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from vardlots.clinics.queries import roles_of
from vardlots.platform.db import NOBODY, Database, provider_scope
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
    on_call: Mapping[str, Sequence[str]] | None = None,
    specialties: Sequence[str] = (),
    takes_drop_in: bool = True,
    reports_emergencies: bool = False,
    welcome: str | None = None,
) -> int:
    """A unit of a provider, with hours as `clinics/hours.py` reads them. Returns its id."""
    return await _added(
        database,
        "INSERT INTO unit (provider_id, name, kind, hsa_id, phone, address, opening, takes_drop_in, "
        "reports_emergencies, welcome, on_call, specialties) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
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
            {day: list(hours) for day, hours in (on_call or {}).items()},
            list(specialties),
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
    """An assignment (*medarbetaruppdrag*): a role at a unit. Returns its id.

    Raises Invalid for a role that the provider does not have, or has switched off.
    """
    async with database.transaction(NOBODY) as connection:
        known = (await roles_of(connection, provider_id)).get(role)
    if known is None or not known.active:
        raise Invalid("role", "Rollen finns inte.")
    return await _added(
        database,
        "INSERT INTO assignment (provider_id, staff_id, unit_id, role, hsa_id, valid_from, valid_to) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (hsa_id) DO NOTHING RETURNING assignment_id",
        (provider_id, staff_id, unit_id, role, hsa_id, valid_from, valid_to),
        "SELECT assignment_id FROM assignment WHERE hsa_id = $1",
        hsa_id,
    )


async def add_resource(
    database: Database,
    *,
    provider_id: int,
    unit_id: int,
    role: str,
    name: str = "",
    serves: Iterable[int] = (),
) -> None:
    """A resource that a region begins with: a role at a unit. With units to serve it is pooled (requirement A3)."""
    served = sorted(serves)
    async with database.transaction(provider_scope(provider_id)) as connection:
        resource_id = await connection.fetchval(
            "INSERT INTO resource (provider_id, unit_id, role, name, pooled) VALUES ($1, $2, $3, $4, $5) "
            "ON CONFLICT DO NOTHING RETURNING resource_id",
            provider_id,
            unit_id,
            role,
            name,
            bool(served),
        )
        if resource_id is not None:
            await connection.execute(
                "INSERT INTO resource_serves (provider_id, resource_id, unit_id) SELECT $1, $2, unnest($3::int[])",
                provider_id,
                resource_id,
                served,
            )


async def cooperate(database: Database, *, provider_id: int, unit_id: int, with_units: Iterable[int]) -> None:
    """The units that may take over what is escalated at a unit, as a region begins."""
    async with database.transaction(provider_scope(provider_id)) as connection:
        await connection.execute(
            "INSERT INTO cooperation (provider_id, unit_id, with_unit_id) SELECT $1, $2, unnest($3::int[]) "
            "ON CONFLICT DO NOTHING",
            provider_id,
            unit_id,
            sorted(with_units),
        )


async def _added(database: Database, insert: str, values: tuple[Any, ...], find: str, hsa_id: str) -> int:
    async with database.transaction(NOBODY) as connection:
        added = await connection.fetchval(insert, *values)
        return int(added if added is not None else await connection.fetchval(find, hsa_id))
