"""Reads of sign-in: who an HSA-id is here and what they may work as, and where a person can ring."""

from collections.abc import Collection, Sequence

import msgspec

from vardlots.clinics.model import Assignment
from vardlots.platform import clock
from vardlots.platform.db import Connection


class Contact(msgspec.Struct, frozen=True):
    """A unit that answers the telephone."""

    name: str
    phone: str


async def staff_known_as(connection: Connection, hsa_ids: Sequence[str]) -> list[int]:
    """The ids of the staff rows with these HSA-ids."""
    rows = await connection.fetch(
        "SELECT staff_id FROM staff WHERE hsa_id = ANY ($1::text[]) ORDER BY staff_id", list(hsa_ids)
    )
    return [row["staff_id"] for row in rows]


_ASSIGNMENT = """
SELECT a.provider_id, a.assignment_id, a.staff_id, a.unit_id, u.name AS unit_name,
       p.name AS provider_name, a.role
FROM assignment a JOIN unit u USING (provider_id, unit_id) JOIN provider p USING (provider_id)
WHERE a.valid_from <= $1 AND (a.valid_to IS NULL OR a.valid_to >= $1)
"""
_IN_ORDER = "ORDER BY p.name, u.name, a.role"


async def assignments_valid_today(
    connection: Connection, staff_ids: Sequence[int], commissions: Collection[str] | None
) -> list[Assignment]:
    """The assignments that are valid today and, where the provider names commissions, are among them."""
    rows = await connection.fetch(
        f"{_ASSIGNMENT} AND a.staff_id = ANY ($2::bigint[]) "
        f"AND ($3::text[] IS NULL OR a.hsa_id = ANY ($3::text[])) {_IN_ORDER}",
        clock.today(),
        list(staff_ids),
        None if commissions is None else list(commissions),
    )
    return [Assignment(**row) for row in rows]


async def assignments_still_valid(connection: Connection, assignment_ids: Sequence[int]) -> list[Assignment]:
    """Those of the assignments that are valid today."""
    rows = await connection.fetch(
        f"{_ASSIGNMENT} AND a.assignment_id = ANY ($2::bigint[]) {_IN_ORDER}",
        clock.today(),
        list(assignment_ids),
    )
    return [Assignment(**row) for row in rows]


async def contacts(connection: Connection, listed_unit_id: int | None) -> list[Contact]:
    """Where somebody can ring instead: the unit they are listed at, then the region's telephone service."""
    rows = await connection.fetch(
        "SELECT u.name, u.phone FROM unit u WHERE u.phone IS NOT NULL AND (u.unit_id = $1 OR (u.kind = 'telephone' "
        "AND ($1::int IS NULL OR u.provider_id = (SELECT provider_id FROM unit WHERE unit_id = $1)))) "
        "ORDER BY u.unit_id IS NOT DISTINCT FROM $1 DESC, u.name LIMIT 4",
        listed_unit_id,
    )
    return [Contact(row["name"], row["phone"]) for row in rows]


async def unit_by_hsa_id(connection: Connection, hsa_id: str | None) -> int | None:
    """The unit with an HSA-id, or None."""
    found: int | None = await connection.fetchval("SELECT unit_id FROM unit WHERE hsa_id = $1", hsa_id)
    return found
