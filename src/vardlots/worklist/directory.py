"""Names that every staff page needs and that seldom change: kept in the process for a short while.

They name no patient. What decides rights (assignments) is read anew with each session.
"""

import time
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.clinics import queries as clinics
from vardlots.clinics.model import Unit
from vardlots.platform import clock
from vardlots.platform.db import Connection

KEPT_SECONDS = 30.0


class Colleague(msgspec.Struct, frozen=True):
    """A member of staff with an assignment at some of the provider's units."""

    staff_id: int
    name: str
    unit_ids: frozenset[int]
    roles: frozenset[str]


class Directory(msgspec.Struct, frozen=True):
    """A provider's units and staff, and its scheme of priorities."""

    scheme: str
    units: dict[int, Unit]
    colleagues: tuple[Colleague, ...]

    def unit_name(self, unit_id: int) -> str:
        """A unit's name; empty for one that is not in the directory yet."""
        return self.units[unit_id].name if unit_id in self.units else ""

    def colleagues_at(self, unit_ids: list[int]) -> list[Colleague]:
        """Who works at any of the units, by name."""
        return [one for one in self.colleagues if not one.unit_ids.isdisjoint(unit_ids)]


_kept: dict[int, tuple[float, Directory]] = {}


async def directory(connection: Connection, by: StaffActor) -> Directory:
    """The directory of the actor's provider, at most half a minute old."""
    kept = _kept.get(by.provider_id)
    if kept is not None and time.monotonic() < kept[0]:
        return kept[1]
    read = await _read(connection, by.provider_id)
    _kept[by.provider_id] = (time.monotonic() + KEPT_SECONDS, read)
    return read


async def _read(connection: Connection, provider_id: int) -> Directory:
    units = await clinics.units_of(connection, provider_id)
    rows: list[Any] = await connection.fetch(
        "SELECT s.staff_id, s.given_name || ' ' || s.family_name AS name, array_agg(DISTINCT a.unit_id) AS unit_ids, "
        "array_agg(DISTINCT a.role) AS roles FROM assignment a JOIN staff s USING (staff_id) "
        "WHERE a.provider_id = $1 AND a.valid_from <= $2 AND (a.valid_to IS NULL OR a.valid_to >= $2) "
        "GROUP BY s.staff_id, s.given_name, s.family_name ORDER BY s.given_name, s.family_name",
        provider_id,
        clock.today(),
    )
    colleagues = tuple(
        Colleague(row["staff_id"], row["name"], frozenset(row["unit_ids"]), frozenset(row["roles"]))
        for row in rows
    )
    return Directory(units[0].scheme if units else "1-12", {unit.unit_id: unit for unit in units}, colleagues)
