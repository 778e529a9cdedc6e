"""*Tidtyper*: what a time to book is for, how long it is and who holds it."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal

import msgspec

from vardlots.clinics.model import ROLES
from vardlots.configuration import kinds
from vardlots.configuration.model import Kind, Problem, Standing
from vardlots.platform.content import CONTENT
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_

Colour = Literal["teal", "amber", "blue", "purple", "green", "grey"]
# Tint and text of each colour, as the tokens of the stylesheet name them: every pair can be read in light and dark.
PALETTE: Mapping[str, tuple[str, str]] = {
    "teal": ("--tint", "--on-tint"),
    "amber": ("--notice-tint", "--on-notice"),
    "blue": ("--info-tint", "--info"),
    "purple": ("--violet-tint", "--violet"),
    "green": ("--ok-tint", "--ok"),
    "grey": ("--sunken", "--text-2"),
}
MOST_MINUTES = 480
STEP_MINUTES = 5


class TimeType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A type of time. `booking_for` empty: not locked. `patient_name` empty: the patient sees `name`."""

    name: Annotated[str, msgspec.Meta(title=N_("Namn på svenska"), min_length=1, max_length=60)]
    name_en: Annotated[str, msgspec.Meta(title=N_("Namn på engelska"), min_length=1, max_length=60)]
    colour: Annotated[
        Colour,
        msgspec.Meta(
            title=N_("Färg"),
            extra_json_schema={
                "widget": "color",
                "labels": {
                    "teal": N_("Blågrön"),
                    "amber": N_("Bärnsten"),
                    "blue": N_("Blå"),
                    "purple": N_("Lila"),
                    "green": N_("Grön"),
                    "grey": N_("Grå"),
                },
            },
        ),
    ]
    minutes: Annotated[
        int,
        msgspec.Meta(
            title=N_("Längd"), ge=STEP_MINUTES, le=MOST_MINUTES, extra_json_schema={"widget": "minutes"}
        ),
    ]
    where: Annotated[
        Literal["digital", "physical", "telephone"],
        msgspec.Meta(
            title=N_("Var"),
            extra_json_schema={
                "labels": {
                    "digital": N_("Digitalt"),
                    "physical": N_("På mottagningen"),
                    "telephone": N_("På telefon"),
                }
            },
        ),
    ]
    roles: Annotated[
        list[str], msgspec.Meta(title=N_("Roller"), min_length=1, extra_json_schema={"widget": "roles"})
    ]
    booking_for: Annotated[
        list[Annotated[str, msgspec.Meta(pattern="^[a-z][a-z_]{1,39}$")]],
        msgspec.Meta(
            title=N_("Låst till biljetter av slaget"),
            description=N_(
                "Bara den som har fått en sådan bokningsbiljett ser tiderna. Lämna tomt om de inte är låsta."
            ),
            max_length=10,
        ),
    ] = []
    patient_sees: Annotated[
        bool,
        msgspec.Meta(
            title=N_("Patienten ser tiderna"),
            description=N_("Av: bara personal bokar."),
        ),
    ] = True
    patient_name: Annotated[
        str,
        msgspec.Meta(
            title=N_("Patienten ser namnet, på svenska"),
            description=N_("Lämna tomt om det är samma."),
            max_length=60,
        ),
    ] = ""
    patient_name_en: Annotated[
        str, msgspec.Meta(title=N_("Patienten ser namnet, på engelska"), max_length=60)
    ] = ""


class Preview(msgspec.Struct, frozen=True):
    """A time as it is drawn: what staff and patients read, the colour's tokens, from and to for one at nine."""

    name: str
    patient_name: str
    tint: str
    text: str
    span: str


def preview(value: TimeType, lang: str = "sv") -> Preview:
    """The type as a time at 09.00."""
    ends = 9 * 60 + value.minutes
    name = value.name if lang == "sv" else value.name_en
    told = value.patient_name if lang == "sv" else value.patient_name_en
    tint, text = PALETTE[value.colour]
    return Preview(
        name,
        (told or name) if value.patient_sees else "",
        tint,
        text,
        f"09.00–{ends // 60:02d}.{ends % 60:02d}",
    )


def problems(value: TimeType, known_roles: frozenset[str]) -> list[Problem]:
    """What no type can find."""
    found = []
    if value.minutes % STEP_MINUTES:
        found.append(Problem("minutes", N_("Välj en längd i hela fem minuter.")))
    if not set(value.roles) <= known_roles:
        found.append(Problem("roles", N_("En av rollerna finns inte.")))
    if not value.patient_sees and (value.patient_name or value.patient_name_en):
        found.append(
            Problem("patient_name", N_("Patienten ser inte tiderna. Töm namnet, eller låt hen se dem."))
        )
    if bool(value.patient_name) is not bool(value.patient_name_en):
        field = "patient_name_en" if value.patient_name else "patient_name"
        found.append(Problem(field, N_("Skriv namnet på båda språken, eller på inget.")))
    return found


class _Written(TimeType, frozen=True, forbid_unknown_fields=True, kw_only=True):
    code: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    time_types: tuple[_Written, ...]


@cache
def standing_time_types() -> Mapping[str, TimeType]:
    """The set that the product comes with, by code, in its own order."""
    file = msgspec.toml.decode((CONTENT / "time_types" / "sv.toml").read_bytes(), type=_File)
    fields = TimeType.__struct_fields__
    return {one.code: TimeType(**{name: getattr(one, name) for name in fields}) for one in file.time_types}


async def _standing(_connection: Connection, _provider_id: int) -> Mapping[str, Standing]:
    return {code: Standing(msgspec.to_builtins(one)) for code, one in standing_time_types().items()}


async def _check(connection: Connection, provider_id: int, _key: str, value: TimeType) -> list[Problem]:
    own = await connection.fetch("SELECT code FROM role WHERE provider_id = $1", provider_id)
    return problems(value, frozenset(ROLES) | {row["code"] for row in own})


TIME_TYPE = kinds.register(
    Kind(
        code="time_type",
        label=N_("Tidtyper"),
        group="staffing",
        about=N_(
            "Vad en bokningsbar tid är till för: längd, färg, vilka roller som håller den och vem som ser den."
        ),
        shape=TimeType,
        title=lambda value: str(value.name),
        standing=_standing,
        check=_check,
    )
)
