"""Staff and their commissions, as a provider's administrators change them (requirement A2)."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from vardlots.access.actor import SystemActor
from vardlots.access.withdrawal.actions import end_what_was_withdrawn
from vardlots.clinics import queries as clinics
from vardlots.clinics.changes import actions as changes
from vardlots.configuration import kinds
from vardlots.configuration.model import Applied, Kind, Problem, Standing
from vardlots.configuration.places import HSA_ID, author
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal

_FIXED = {"readonly": True}


class StaffForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member of staff (*medarbetare*), as the directory has them."""

    hsa_id: Annotated[
        str,
        Meta(
            title=N_("HSA-id"),
            description=N_("Medarbetarens id i HSA-katalogen. Det går inte att ändra sedan."),
            pattern=HSA_ID,
            extra_json_schema=_FIXED,
        ),
    ]
    given_name: Annotated[str, Meta(title=N_("Förnamn"), min_length=1, max_length=60)]
    family_name: Annotated[str, Meta(title=N_("Efternamn"), min_length=1, max_length=60)]
    title: Annotated[str, Meta(title=N_("Titel"), max_length=80)] = ""


async def _staff_standing(connection: Connection, provider_id: int) -> Mapping[str, Standing]:
    rows = await connection.fetch(
        "SELECT s.hsa_id, coalesce(s.directory_given_name, s.given_name) AS given_name, "
        "coalesce(s.directory_family_name, s.family_name) AS family_name, s.title FROM staff s "
        "WHERE EXISTS (SELECT FROM assignment a WHERE a.staff_id = s.staff_id AND a.provider_id = $1) "
        "ORDER BY s.given_name, s.family_name",
        provider_id,
    )
    return {row["hsa_id"]: Standing(dict(row)) for row in rows}


async def _staff_problems(
    connection: Connection, provider_id: int, key: str, value: StaffForm
) -> list[Problem]:
    if value.hsa_id != key:
        return [Problem("hsa_id", N_("HSA-id:t går inte att ändra. Lägg till en ny medarbetare."))]
    elsewhere = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM staff s JOIN assignment a USING (staff_id) WHERE s.hsa_id = $2 "
        "AND a.provider_id <> $1)",
        provider_id,
        key,
    )
    if elsewhere:
        told = N_("Medarbetaren finns hos en annan vårdgivare, som ändrar namn och titel.")
        return [Problem("hsa_id", told)]
    return []


async def _apply_staff(connection: Connection, at: Applied, value: StaffForm | None) -> list[Signal]:
    if value is not None:
        await changes.write_staff(
            connection,
            by=author(at),
            hsa_id=value.hsa_id,
            given_name=value.given_name,
            family_name=value.family_name,
            title=value.title,
        )
    return []


STAFF = kinds.register(
    Kind(
        code="staff",
        label=N_("Medarbetare"),
        group="staffing",
        about=N_("Namn och titel. Vad medarbetaren får arbeta som står bland uppdragen."),
        shape=StaffForm,
        title=lambda value: f"{value.given_name} {value.family_name}",
        removable=False,
        key_from="hsa_id",
        standing=_staff_standing,
        check=_staff_problems,
        apply=_apply_staff,
    )
)


class AssignmentForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A commission (*medarbetaruppdrag*): a member of staff in a role at a unit, from a day until a day."""

    hsa_id: Annotated[
        str,
        Meta(title=N_("Uppdragets HSA-id"), pattern=HSA_ID, extra_json_schema=_FIXED),
    ]
    staff: Annotated[
        str,
        Meta(
            title=N_("Medarbetare"),
            description=N_("Medarbetarens HSA-id."),
            pattern=HSA_ID,
            extra_json_schema={"widget": "staff"} | _FIXED,
        ),
    ]
    unit: Annotated[int, Meta(title=N_("Enhet"), extra_json_schema={"widget": "unit"} | _FIXED)]
    role: Annotated[str, Meta(title=N_("Roll"), extra_json_schema={"widget": "role"} | _FIXED)]
    valid_from: Annotated[date, Meta(title=N_("Gäller från"))]
    valid_to: Annotated[
        date | None,
        Meta(
            title=N_("Gäller till och med"),
            description=N_("Tomt: tills vidare. Ett passerat datum loggar ut genast."),
        ),
    ] = None


async def _assignments_standing(connection: Connection, provider_id: int) -> Mapping[str, Standing]:
    rows = await connection.fetch(
        "SELECT a.hsa_id, s.hsa_id AS staff, a.unit_id AS unit, a.role, a.valid_from, a.valid_to FROM assignment a "
        "JOIN staff s USING (staff_id) WHERE a.provider_id = $1 "
        "ORDER BY s.given_name, s.family_name, a.unit_id, a.role",
        provider_id,
    )
    return {row["hsa_id"]: Standing(msgspec.to_builtins(dict(row)), row["unit"]) for row in rows}


async def _assignment_problems(
    connection: Connection, provider_id: int, key: str, value: AssignmentForm
) -> list[Problem]:
    if value.hsa_id != key:
        return [Problem("hsa_id", N_("HSA-id:t går inte att ändra. Lägg till ett nytt uppdrag."))]
    if value.valid_to is not None and value.valid_to < value.valid_from:
        return [Problem("valid_to", N_("Uppdraget slutar innan det börjar. Ändra ett av datumen."))]
    before = await connection.fetchrow(
        "SELECT a.provider_id, s.hsa_id AS staff, a.unit_id, a.role FROM assignment a JOIN staff s USING (staff_id) "
        "WHERE a.hsa_id = $1",
        key,
    )
    if before is not None:
        same = (before["provider_id"], before["staff"], before["unit_id"], before["role"])
        if same != (provider_id, value.staff, value.unit, value.role):
            return [Problem("hsa_id", N_("HSA-id:t hör till ett annat uppdrag. Lägg till ett nytt."))]
        return []
    found = []
    role = (await clinics.roles_of(connection, provider_id)).get(value.role)
    if role is None or not role.active:
        found.append(Problem("role", N_("Rollen är inte i bruk. Välj en annan.")))
    units = {one.unit_id: one for one in await clinics.units_of(connection, provider_id)}
    if value.unit not in units or not units[value.unit].active:
        found.append(Problem("unit", N_("Välj en enhet som är i bruk.")))
    if await _staff_id(connection, value.staff) is None:
        found.append(Problem("staff", N_("Medarbetaren finns inte. Lägg till hen först.")))
    return found


async def _staff_id(connection: Connection, hsa_id: str) -> int | None:
    found: int | None = await connection.fetchval("SELECT staff_id FROM staff WHERE hsa_id = $1", hsa_id)
    return found


async def _apply_assignment(
    connection: Connection, at: Applied, value: AssignmentForm | None
) -> list[Signal]:
    if value is None:
        withdrawn = await changes.end_assignment(connection, by=author(at), hsa_id=at.key)
    else:
        staff_id = await _staff_id(connection, value.staff)
        assert staff_id is not None  # checked, and no member of staff is ever deleted
        change = changes.AssignmentChange(
            hsa_id=value.hsa_id,
            staff_id=staff_id,
            unit_id=value.unit,
            role=value.role,
            valid_from=value.valid_from,
            valid_to=value.valid_to,
        )
        withdrawn = await changes.write_assignment(connection, by=author(at), assignment=change)
    if withdrawn is None:
        return []
    system = SystemActor(at.provider_id, "configuration.assignment")
    return await end_what_was_withdrawn(connection, by=system, withdrawn=withdrawn)


ASSIGNMENT = kinds.register(
    Kind(
        code="assignment",
        label=N_("Uppdrag"),
        group="staffing",
        about=N_(
            "Vem som arbetar var och i vilken roll. Ett uppdrag som tas bort loggar ut medarbetaren överallt."
        ),
        shape=AssignmentForm,
        title=lambda value: f"{value.staff} {value.role}",
        key_from="hsa_id",
        standing=_assignments_standing,
        check=_assignment_problems,
        apply=_apply_assignment,
    )
)
