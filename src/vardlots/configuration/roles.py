"""Roles and resources, as a provider's administrators change them (requirements A2, A3)."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from vardlots.clinics import queries as clinics
from vardlots.clinics.changes import actions as changes
from vardlots.clinics.model import Role
from vardlots.clinics.queries import Place
from vardlots.configuration import kinds
from vardlots.configuration.model import Applied, Kind, Problem, Standing
from vardlots.configuration.places import author
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal

# Always there and always the provider's: without it nobody could give it back.
KEEPER = "system_admin"


class RoleForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A role (*yrkesroll*)."""

    code: Annotated[
        str,
        Meta(
            title=N_("Kod"),
            description=N_("Små bokstäver a–z och understreck. Den går inte att ändra sedan."),
            pattern=r"^[a-z][a-z_]{1,39}$",
            extra_json_schema={"readonly": True},
        ),
    ]
    label: Annotated[str, Meta(title=N_("Namn"), min_length=1, max_length=60)]
    label_en: Annotated[str, Meta(title=N_("Namn på engelska"), max_length=60)] = ""
    clinical: Annotated[
        bool,
        Meta(
            title=N_("Träffar patienter"), description=N_("Kan ta emot alla kliniska ärenden på sin enhet.")
        ),
    ] = False
    cares: Annotated[
        bool, Meta(title=N_("Öppnar ärenden"), description=N_("Läser vårdärenden på sin enhet."))
    ] = True
    patient_sees: Annotated[
        bool,
        Meta(
            title=N_("Patienter ser rollen"),
            description=N_("När det är av visas varken rollen eller titeln för patienter."),
        ),
    ] = True
    administers: Annotated[
        Literal["", "unit", "provider"],
        Meta(
            title=N_("Administrerar"),
            extra_json_schema={
                "labels": {"": N_("Ingenting"), "unit": N_("Sin enhet"), "provider": N_("Hela vårdgivaren")}
            },
        ),
    ] = ""
    reviews: Annotated[bool, Meta(title=N_("Granskar åtkomstloggen"))] = False
    active: Annotated[
        bool,
        Meta(
            title=N_("Rollen är i bruk"),
            description=N_(
                "När den är av får ingen ny rollen. De som har den arbetar vidare tills uppdraget slutar."
            ),
        ),
    ] = True
    assists: Annotated[
        Literal["", "services", "all"],
        Meta(
            title=N_("Assisterad triage"),
            description=N_("Ställer frågorna åt den som ringer. Ger ingen rätt att läsa tidigare ärenden."),
            extra_json_schema={
                "labels": {
                    "": N_("Nej"),
                    "services": N_("Administrativa ärenden"),
                    "all": N_("Alla besvär och ärenden"),
                }
            },
        ),
    ] = ""


async def _roles_standing(connection: Connection, provider_id: int) -> Mapping[str, Standing]:
    roles = await clinics.roles_of(connection, provider_id)
    return {
        code: Standing({name: getattr(role, name) for name in RoleForm.__struct_fields__})
        for code, role in roles.items()
    }


async def _role_problems(_c: Connection, _provider_id: int, key: str, value: RoleForm) -> list[Problem]:
    found = []
    if value.code != key:
        found.append(Problem("code", N_("Koden går inte att ändra. Lägg till en ny roll.")))
    if value.clinical and not value.cares:
        found.append(Problem("cares", N_("Den som träffar patienter öppnar också ärenden.")))
    if value.assists and not value.cares:
        found.append(Problem("assists", N_("Den som triagerar åt andra öppnar också ärenden.")))
    if key == KEEPER and value.administers != "provider":
        found.append(
            Problem("administers", N_("Systemadministratören administrerar alltid hela vårdgivaren."))
        )
    if key == KEEPER and not value.active:
        found.append(Problem("active", N_("Rollen behövs alltid: annars kan ingen ge den tillbaka.")))
    return found


async def _apply_role(connection: Connection, at: Applied, value: RoleForm | None) -> list[Signal]:
    if value is not None:
        role = Role(**msgspec.structs.asdict(value))
        await changes.write_role(connection, by=author(at), role=role)
    return []


ROLE = kinds.register(
    Kind(
        code="role",
        label=N_("Roller"),
        group="staffing",
        about=N_(
            "Vad den som arbetar i en roll får göra, och om patienter ser den. Egna roller går att lägga till."
        ),
        shape=RoleForm,
        title=lambda value: str(value.label),
        removable=False,
        key_from="code",
        standing=_roles_standing,
        check=_role_problems,
        apply=_apply_role,
    )
)

_FIXED = {"readonly": True}


class ResourceForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A resource: a role at a unit, perhaps of a specialty or held by one person; pooled when it serves others."""

    unit: Annotated[int, Meta(title=N_("Enhet"), extra_json_schema={"widget": "unit"} | _FIXED)]
    role: Annotated[str, Meta(title=N_("Roll"), extra_json_schema={"widget": "role"} | _FIXED)]
    specialty: Annotated[
        str,
        Meta(
            title=N_("Specialitet"),
            description=N_("En av enhetens, eller tomt."),
            max_length=60,
            extra_json_schema=_FIXED,
        ),
    ] = ""
    staff: Annotated[
        int | None,
        Meta(
            title=N_("Medarbetare"),
            description=N_("Om resursen är en enda person."),
            extra_json_schema={"widget": "staff"} | _FIXED,
        ),
    ] = None
    name: Annotated[
        str, Meta(title=N_("Eget namn"), description=N_("Visas i stället för rollens namn."), max_length=80)
    ] = ""
    serves: Annotated[
        list[int],
        Meta(
            title=N_("Arbetar också åt"),
            description=N_("De som har rollen på enheten når köerna på de här enheterna."),
            extra_json_schema={"widget": "units"},
        ),
    ] = []


def resource_key(one: Place) -> str:
    """The key of a resource that nobody has saved: *3-nurse*."""
    parts = [str(one.unit_id), one.role, one.specialty, f"s{one.staff_id}" if one.staff_id else ""]
    return "-".join(part for part in parts if part)[:120]


async def _resources_standing(connection: Connection, provider_id: int) -> Mapping[str, Standing]:
    return {
        one.key or resource_key(one): Standing(
            {
                "unit": one.unit_id,
                "role": one.role,
                "specialty": one.specialty,
                "staff": one.staff_id,
                "name": one.name,
                "serves": list(one.serves),
            },
            one.unit_id,
        )
        for one in await clinics.resources_of(connection, provider_id)
    }


async def _resource_problems(
    connection: Connection, provider_id: int, key: str, value: ResourceForm
) -> list[Problem]:
    units = {one.unit_id: one for one in await clinics.units_of(connection, provider_id)}
    unit = units.get(value.unit)
    if unit is None:
        return [Problem("unit", N_("Välj en av vårdgivarens enheter."))]
    found = []
    if value.role not in await clinics.roles_of(connection, provider_id):
        found.append(Problem("role", N_("Rollen finns inte.")))
    if value.specialty and value.specialty not in unit.specialties:
        found.append(
            Problem("specialty", N_("Enheten har inte den specialiteten. Lägg till den på enheten först."))
        )
    if any(unit_id not in units for unit_id in value.serves):
        found.append(Problem("serves", N_("Välj bland vårdgivarens egna enheter.")))
    if value.staff is not None and not await _has(
        connection, provider_id, value.staff, value.unit, value.role
    ):
        found.append(Problem("staff", N_("Medarbetaren har inget uppdrag i rollen på enheten.")))
    same = (value.unit, value.role, value.specialty, value.staff)
    for one in await clinics.resources_of(connection, provider_id):
        theirs = (one.unit_id, one.role, one.specialty, one.staff_id)
        if theirs == same and (one.key or resource_key(one)) != key:
            found.append(Problem("role", N_("Resursen finns redan på enheten.")))
        if one.key == key and theirs != same:
            found.append(Problem("role", N_("Resursen går inte att göra om till en annan. Lägg till en ny.")))
    return found


async def _has(connection: Connection, provider_id: int, staff_id: int, unit_id: int, role: str) -> bool:
    assigned = await clinics.assignments_of(connection, staff_id)
    return any((one.provider_id, one.unit_id, one.role) == (provider_id, unit_id, role) for one in assigned)


async def _apply_resource(connection: Connection, at: Applied, value: ResourceForm | None) -> list[Signal]:
    if value is None:
        return await _take_away(connection, at)
    await changes.write_resource(connection, by=author(at), resource=_resource_change(at.key, value))
    return [Signal(f"unit:{unit_id}") for unit_id in (value.unit, *value.serves)]


def _resource_change(key: str, value: ResourceForm, *, active: bool = True) -> changes.ResourceChange:
    return changes.ResourceChange(
        key=key,
        unit_id=value.unit,
        role=value.role,
        specialty=value.specialty,
        staff_id=value.staff,
        name=value.name,
        serves=value.serves if active else (),
        active=active,
    )


async def _take_away(connection: Connection, at: Applied) -> list[Signal]:
    """The resource is chosen no more; whoever has its role at its unit works on there."""
    standing = (await _resources_standing(connection, at.provider_id)).get(at.key)
    if standing is not None:
        value = msgspec.convert(standing.body, ResourceForm)
        gone = _resource_change(at.key, value, active=False)
        await changes.write_resource(connection, by=author(at), resource=gone)
    return []


RESOURCE = kinds.register(
    Kind(
        code="resource",
        label=N_("Resurser"),
        group="staffing",
        about=N_(
            "Roller som ärenden kan skickas till. Varje roll med ett uppdrag finns här, fler går att lägga upp."
        ),
        shape=ResourceForm,
        title=lambda value: str(value.name or value.specialty or value.role),
        per_unit=True,
        units_named=lambda value: {"unit": {value.unit}, "serves": set(value.serves)},
        standing=_resources_standing,
        check=_resource_problems,
        apply=_apply_resource,
    )
)
