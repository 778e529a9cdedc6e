"""*Välkomstmeddelanden*: what *Starta besök* sends, as each unit has written it."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.clinics import queries as clinics
from vardlots.clinics.model import Unit
from vardlots.configuration import book, kinds
from vardlots.configuration.model import Kind, Problem, Standing
from vardlots.configuration.placeholders import fill, unknown
from vardlots.configuration.written import BothLanguages
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_, SOURCE, text

PLACEHOLDERS = ("patient", "staff", "title", "unit")


class WelcomeText(BothLanguages, frozen=True, forbid_unknown_fields=True):
    """A unit's welcome in both languages."""

    sv: Annotated[
        str,
        msgspec.Meta(
            title=N_("På svenska"),
            description=N_(
                "{patient} är den som läser, {staff} den som tar emot, {title} hens titel, {unit} enheten."
            ),
            min_length=1,
            max_length=600,
            extra_json_schema={"widget": "textarea"},
        ),
    ]
    en: Annotated[
        str,
        msgspec.Meta(
            title=N_("På engelska"),
            description=N_("Går till den som har valt ett annat språk än svenska."),
            min_length=1,
            max_length=600,
            extra_json_schema={"widget": "textarea"},
        ),
    ]


def standing_welcome(unit: Unit) -> WelcomeText:
    """What holds where nobody has saved: the unit's text from the directory, in whatever language, or ours."""
    return WelcomeText(sv=unit.welcome or _ours(SOURCE), en=unit.welcome or _ours("en"))


def _ours(lang: str) -> str:
    return text(
        lang, "Hej och välkommen. Jag heter {staff} och är {title} på {unit}. Jag har läst det du har svarat."
    )


async def welcome_of(connection: Connection, unit: Unit) -> WelcomeText:
    """The unit's welcome as it is in force."""
    saved = await book.saved(connection, unit.provider_id, WELCOME, WelcomeText)
    return saved.get(str(unit.unit_id)) or standing_welcome(unit)


def welcome_text(written: WelcomeText, unit: Unit, by: StaffActor, reader: str, lang: str) -> str:
    """The message in the language of who reads it, whose name is `reader`: their given name is filled in, and who
    the one is that has taken the case.
    """
    seen = by.title_for_patients
    title = text(lang, seen[:1].lower() + seen[1:]) if seen else text(lang, "vårdpersonal")
    return preview(written.written(lang), patient=reader, staff=by.name, title=title, unit=unit.name)


def preview(written: str, *, patient: str, staff: str, title: str, unit: str) -> str:
    """The text with everything filled in."""
    return fill(written, {"patient": patient.split(" ")[0], "staff": staff, "title": title, "unit": unit})


def problems(value: WelcomeText) -> list[Problem]:
    """Placeholders that stand for nothing."""
    return [*unknown("sv", value.sv, PLACEHOLDERS), *unknown("en", value.en, PLACEHOLDERS)]


async def _standing(connection: Connection, provider_id: int) -> Mapping[str, Standing]:
    return {
        str(unit.unit_id): Standing(msgspec.to_builtins(standing_welcome(unit)), unit.unit_id)
        for unit in await clinics.units_of(connection, provider_id)
    }


async def _check(_connection: Connection, _provider_id: int, _key: str, value: WelcomeText) -> list[Problem]:
    return problems(value)


WELCOME = kinds.register(
    Kind(
        code="welcome",
        label=N_("Välkomstmeddelanden"),
        group="texts",
        about=N_("Skickas till patienten när besöket startar. Patientens språk avgör vilken text det blir."),
        shape=WelcomeText,
        title=lambda _value: "",
        per_unit=True,
        one_each=True,
        standing=_standing,
        check=_check,
    )
)
