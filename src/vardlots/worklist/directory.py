"""Names that every staff page needs and that seldom change: kept in the process until somebody changes them.

They name no patient. What decides rights (assignments) is read anew with each session.
"""

import itertools
import time
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.clinics import queries as clinics
from vardlots.clinics.model import Unit
from vardlots.clinics.queries import Place
from vardlots.clinics.roles import Roles
from vardlots.clinics.tree import Colleague, Post
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.i18n import LANGUAGES
from vardlots.platform.live import Hub, Signal

# A change of the configuration drops it at once; a day that begins, or a signal that was lost, costs half a minute.
KEPT_SECONDS = 30.0


class Directory(msgspec.Struct, frozen=True):
    """A provider's units, resources and staff, and the names of its roles by language.

    `caring` are the roles that work with cases. Two with the same `edition` say the same.
    """

    units: dict[int, Unit]
    colleagues: tuple[Colleague, ...]
    resources: tuple[Place, ...] = ()
    role_names: dict[str, dict[str, str]] = {}
    caring: frozenset[str] = frozenset()
    edition: int = 0

    def unit_name(self, unit_id: int) -> str:
        """A unit's name; empty for one that is not in the directory yet."""
        return self.units[unit_id].name if unit_id in self.units else ""

    def role_name(self, role: str, lang: str) -> str:
        """What a role is called here; one that is not known is shown by its code."""
        return self.role_names[lang].get(role, role)

    def colleagues_at(self, unit_ids: list[int]) -> list[Colleague]:
        """Who works at any of the units, by name."""
        return [one for one in self.colleagues if not one.unit_ids.isdisjoint(unit_ids)]


_kept: dict[int, tuple[float, Directory]] = {}
_editions = itertools.count(1)
_drops = 0


def listen(hub: Hub) -> None:
    """Read a provider's directory anew when its configuration changes, in whichever process."""
    hub.watch("config", _on_signal)


def _on_signal(signal: Signal) -> None:
    global _drops
    _drops += 1
    provider_id = int(signal.topic.partition(":")[2])
    if provider_id in _kept:
        # What was known stays as what to compare with.
        _kept[provider_id] = (0.0, _kept[provider_id][1])


async def directory(connection: Connection, by: StaffActor) -> Directory:
    """The directory of the actor's provider as it is; a process that missed the news is half a minute behind."""
    kept = _kept.get(by.provider_id)
    if kept is not None and time.monotonic() < kept[0]:
        return kept[1]
    drops = _drops
    read = await _read(connection, by.provider_id)
    same = kept is not None and msgspec.structs.replace(read, edition=kept[1].edition) == kept[1]
    known = kept[1] if kept is not None and same else read
    # What was dropped while it was read is not kept as if it were fresh.
    _kept[by.provider_id] = (time.monotonic() + KEPT_SECONDS if drops == _drops else 0.0, known)
    return known


async def _read(connection: Connection, provider_id: int) -> Directory:
    units = await clinics.units_of(connection, provider_id)
    roles = await clinics.roles_of(connection, provider_id)
    rows: list[Any] = await connection.fetch(
        "SELECT s.staff_id, s.given_name || ' ' || s.family_name AS name, array_agg(a.unit_id) AS unit_ids, "
        "array_agg(a.role) AS roles FROM assignment a JOIN staff s USING (staff_id) "
        "WHERE a.provider_id = $1 AND a.valid_from <= $2 AND (a.valid_to IS NULL OR a.valid_to >= $2) "
        "GROUP BY s.staff_id, s.given_name, s.family_name ORDER BY s.given_name, s.family_name",
        provider_id,
        clock.today(),
    )
    return Directory(
        units={unit.unit_id: unit for unit in units},
        colleagues=tuple(
            Colleague(row["staff_id"], row["name"], frozenset(map(Post, row["unit_ids"], row["roles"])))
            for row in rows
        ),
        resources=tuple(await clinics.resources_of(connection, provider_id)),
        caring=frozenset(code for code, role in roles.items() if role.cares),
        role_names={lang: _named(roles, lang) for lang in LANGUAGES},
        edition=next(_editions),
    )


def _named(roles: Roles, lang: str) -> dict[str, str]:
    return {code: role.said(lang) for code, role in roles.items()}
