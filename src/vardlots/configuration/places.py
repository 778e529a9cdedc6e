"""Units, their hours and their cooperation, as a provider's administrators change them (requirements A1, A3).

What a version says is written into the directory's own tables, which the rest of the product reads.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from vardlots.clinics import hours, words
from vardlots.clinics import queries as clinics
from vardlots.clinics.changes import actions as changes
from vardlots.clinics.changes.actions import Author
from vardlots.clinics.changes.queries import in_the_way
from vardlots.clinics.model import Unit, UnitKind
from vardlots.configuration import kinds
from vardlots.configuration.actions import place
from vardlots.configuration.model import Applied, Kind, Problem, Standing
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal

HSA_ID = r"^SE[0-9]{10}-\w{1,20}$"
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
UNIT_KINDS = {
    UnitKind.HEALTH_CENTRE.value: N_("Hälsocentral"),
    UnitKind.CLINIC.value: N_("Mottagning"),
    UnitKind.TELEPHONE.value: N_("1177 på telefon"),
    UnitKind.DIGITAL_ON_CALL.value: N_("Digital jour"),
}


def author(at: Applied) -> Author:
    """Who writes when a version comes into force."""
    return Author(at.provider_id, at.staff_id)


class UnitForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A unit (*vårdenhet*)."""

    hsa_id: Annotated[
        str,
        Meta(
            title=N_("HSA-id"),
            description=N_("Enhetens id i HSA-katalogen. Det går inte att ändra sedan."),
            pattern=HSA_ID,
            extra_json_schema={"readonly": True},
        ),
    ]
    name: Annotated[
        str,
        Meta(
            title=N_("Namn"), description=N_("Så heter enheten för patienter."), min_length=1, max_length=80
        ),
    ]
    kind: Annotated[
        Literal["health_centre", "clinic", "telephone", "digital_on_call"],
        Meta(title=N_("Slag av enhet"), extra_json_schema={"labels": UNIT_KINDS}),
    ] = "health_centre"
    phone: (
        Annotated[
            str,
            Meta(
                title=N_("Telefon"),
                description=N_("Dit patienter ringer."),
                max_length=30,
                extra_json_schema={"widget": "phone"},
            ),
        ]
        | None
    ) = None
    address: Annotated[str, Meta(title=N_("Adress"), max_length=120)] | None = None
    specialties: Annotated[
        list[Annotated[str, Meta(max_length=60)]],
        Meta(title=N_("Specialiteter"), description=N_("En på varje rad."), max_length=40),
    ] = []
    takes_drop_in: Annotated[
        bool,
        Meta(title=N_("Tar emot drop in"), description=N_("Patienter kan välja enheten när de söker vård.")),
    ] = True
    reports_emergencies: Annotated[
        bool,
        Meta(
            title=N_("Vill veta om akuta svar"),
            description=N_("Den som får rådet att ringa 112 hamnar också i enhetens kö."),
        ),
    ] = False
    active: Annotated[
        bool,
        Meta(
            title=N_("Enheten är i bruk"),
            description=N_(
                "Går att stänga av när inga ärenden är öppna, inga uppdrag gäller och ingen är på skift."
            ),
        ),
    ] = True


async def _units_standing(connection: Connection, provider_id: int) -> Mapping[str, Standing]:
    return {
        one.hsa_id: Standing(msgspec.to_builtins(_unit_form(one)), one.unit_id)
        for one in await clinics.units_of(connection, provider_id)
    }


def _unit_form(unit: Unit) -> UnitForm:
    names = (field for field in UnitForm.__struct_fields__ if field != "specialties")
    told = {name: getattr(unit, name) for name in names}
    return UnitForm(**told, specialties=list(unit.specialties))


async def _unit_problems(
    connection: Connection, provider_id: int, key: str, value: UnitForm
) -> list[Problem]:
    if value.hsa_id != key:
        return [Problem("hsa_id", N_("HSA-id:t går inte att ändra. Lägg till en ny enhet."))]
    owner = await connection.fetchval("SELECT provider_id FROM unit WHERE hsa_id = $1", key)
    if owner not in (None, provider_id):
        return [Problem("hsa_id", N_("HSA-id:t hör till en annan vårdgivares enhet."))]
    if value.active:
        return []
    left = await in_the_way(connection, provider_id, key)
    return [Problem("active", left.message, left.values)] if left.anything else []


async def _apply_unit(connection: Connection, at: Applied, value: UnitForm | None) -> list[Signal]:
    if value is None:
        return []
    written = changes.UnitChange(**msgspec.structs.asdict(value))
    unit_id = await changes.write_unit(connection, by=author(at), unit=written)
    if at.unit_id is None:
        await place(connection, by=at, kind=UNIT, unit_id=unit_id)
    return [Signal(f"unit:{unit_id}")]


UNIT = kinds.register(
    Kind(
        code="unit",
        label=N_("Enheter"),
        group="unit",
        about=N_("Namn, telefon och vad enheten tar emot. En enhet som inte längre används stängs av."),
        shape=UnitForm,
        title=lambda value: str(value.name),
        per_unit=True,
        unit_may=False,
        removable=False,
        key_from="hsa_id",
        standing=_units_standing,
        check=_unit_problems,
        apply=_apply_unit,
    )
)


class ExceptionRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day that is not as its weekday. Without times it is closed."""

    date: Annotated[date, Meta(title=N_("Dag"))]
    opens: Annotated[str, Meta(title=N_("Från"), extra_json_schema={"widget": "time"})] = ""
    closes: Annotated[str, Meta(title=N_("Till"), extra_json_schema={"widget": "time"})] = ""
    text: Annotated[
        str,
        Meta(
            title=N_("Varför"),
            description=N_("Visas för patienter, till exempel: planeringsdag."),
            max_length=80,
        ),
    ] = ""


_WEEK = Meta(
    title=N_("Veckan"),
    description=N_("En dag utan tider är stängd. Helgdag gäller röda dagar. 24.00 är dygnets slut."),
    extra_json_schema={"widget": "week"},
)
_EXCEPTIONS = Meta(
    title=N_("Undantag"),
    description=N_("Enstaka dagar med andra tider. Utan tider är det stängt."),
    max_length=200,
)


class Timetable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A week with its holidays, and days of exception."""

    week: Annotated[dict[str, list[str]], _WEEK]
    exceptions: Annotated[list[ExceptionRow], _EXCEPTIONS] = []


def timetable_problems(value: Timetable, *, overnight: bool) -> list[Problem]:
    """What is wrong with the times, each with its field. `overnight`: they may close on the day after."""
    found = [
        Problem(f"week.{day}", told)
        for day, span in value.week.items()
        if (
            told := N_("Dagen finns inte.")
            if day not in hours.DAYS
            else _span_fault(span, overnight=overnight)
        )
    ]
    seen: set[date] = set()
    for number, one in enumerate(value.exceptions):
        if one.date in seen:
            found.append(Problem(f"exceptions.{number}.date", N_("Dagen står två gånger.")))
        seen.add(one.date)
        closed = not one.opens and not one.closes
        if not closed and (told := _span_fault([one.opens, one.closes], overnight=overnight)):
            found.append(Problem(f"exceptions.{number}.{'closes' if one.opens else 'opens'}", told))
    return found


def _span_fault(span: list[str], *, overnight: bool) -> str:
    if len(span) != 2 or not all(span):
        return N_("Skriv både när det öppnar och när det stänger.")
    opens, closes = span
    if not _TIME.fullmatch(opens) or not (closes == "24:00" or _TIME.fullmatch(closes)):
        return N_("Skriv tider som 08.00, dygnets slut som 24.00.")
    if opens == closes or (closes < opens and not overnight):
        return N_("Det stänger innan det öppnar. Ändra en av tiderna.")
    return ""


def _timetable(code: str, label: str, about: str, *, overnight: bool) -> Kind:
    async def standing(connection: Connection, provider_id: int) -> Mapping[str, Standing]:
        return {
            str(one.unit_id): Standing(
                {
                    "week": one.opening if code == "opening" else one.on_call,
                    "exceptions": [
                        {name: row.get(name, "") for name in ExceptionRow.__struct_fields__}
                        for row in one.exceptions
                        if row.get("of", "opening") == code
                    ],
                },
                one.unit_id,
            )
            for one in await clinics.units_of(connection, provider_id)
        }

    async def check(_connection: Connection, _provider_id: int, _key: str, value: Any) -> list[Problem]:
        return timetable_problems(value, overnight=overnight)

    async def apply(connection: Connection, at: Applied, value: Timetable | None) -> list[Signal]:
        if value is None:
            return []
        await changes.write_hours(
            connection,
            by=author(at),
            unit_id=int(at.key),
            of=code,
            week=value.week,
            exceptions=msgspec.to_builtins(value.exceptions),
        )
        return []

    return kinds.register(
        Kind(
            code=code,
            label=label,
            group="unit",
            about=about,
            shape=Timetable,
            title=lambda value: words.week_words(value.week, "sv"),
            per_unit=True,
            one_each=True,
            standing=standing,
            check=check,
            apply=apply,
        )
    )


OPENING = _timetable(
    "opening",
    N_("Öppettider"),
    N_("När patienter kan ställa sig i kön. Röda dagar följer raden Helgdag."),
    overnight=False,
)
ON_CALL = _timetable(
    "on_call",
    N_("Jourtider"),
    N_("När enheten har jour. En jour som slutar nästa morgon skrivs på den dag då den börjar."),
    overnight=True,
)


class CooperationForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which units may take over what is escalated here."""

    units: Annotated[
        list[int],
        Meta(
            title=N_("Samverkande enheter"),
            description=N_(
                "De får ta över ärenden som eskalerats här. Det gäller åt ett håll: den andra enheten väljer själv."
            ),
            extra_json_schema={"widget": "units"},
        ),
    ] = []


async def _cooperation_standing(connection: Connection, provider_id: int) -> Mapping[str, Standing]:
    rows = await connection.fetch(
        "SELECT u.unit_id, array(SELECT c.with_unit_id FROM cooperation c WHERE c.provider_id = u.provider_id "
        "AND c.unit_id = u.unit_id ORDER BY c.with_unit_id) AS units FROM unit u WHERE u.provider_id = $1",
        provider_id,
    )
    return {str(row["unit_id"]): Standing({"units": list(row["units"])}, row["unit_id"]) for row in rows}


async def _cooperation_problems(
    connection: Connection, provider_id: int, key: str, value: CooperationForm
) -> list[Problem]:
    if int(key) in value.units:
        return [Problem("units", N_("En enhet samverkar inte med sig själv."))]
    known = {one.unit_id: one for one in await clinics.units_of(connection, provider_id)}
    if any(unit_id not in known for unit_id in value.units):
        return [Problem("units", N_("Välj bland vårdgivarens andra enheter."))]
    return []


async def _apply_cooperation(
    connection: Connection, at: Applied, value: CooperationForm | None
) -> list[Signal]:
    if value is not None:
        await changes.write_cooperation(
            connection, by=author(at), unit_id=int(at.key), with_units=value.units
        )
    return []


COOPERATION = kinds.register(
    Kind(
        code="cooperation",
        label=N_("Samverkan"),
        group="unit",
        about=N_("Enheter som hjälper varandra med ärenden som blir liggande."),
        shape=CooperationForm,
        title=lambda value: str(len(value.units)),
        per_unit=True,
        one_each=True,
        standing=_cooperation_standing,
        check=_cooperation_problems,
        apply=_apply_cooperation,
    )
)
