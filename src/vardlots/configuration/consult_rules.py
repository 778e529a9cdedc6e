"""*Konsultationer*: each provider's rules for what is asked of whom and when it is reminded of, and the texts that a
question can begin with."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Annotated

import msgspec
from msgspec import Meta

from vardlots.configuration import book, kinds
from vardlots.configuration.model import Kind, Problem, Standing
from vardlots.configuration.placeholders import unknown
from vardlots.platform.content import CONTENT
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_

KEY = "provider"
_MINUTES = {"widget": "minutes"}
_ASSUMED = N_("Värdet från början är antaget: ingen källa anger det.")
PLACEHOLDERS = ("reason", "unit", "staff", "history")


class ConsultRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of a provider. The minutes are assumed: no source gives them."""

    admin_role: Annotated[
        str,
        Meta(
            title=N_("Administrativa ärenden går till rollen"),
            description=N_("Rollens kod. En konsultation om ett administrativt ärende går bara dit."),
            pattern="^[a-z_]{1,40}$",
        ),
    ] = "medical_admin"
    pooled_for_specialised: Annotated[
        bool,
        Meta(
            title=N_("Specialiserad vård nås genom den gemensamma resursen"),
            description=N_(
                "En konsultation till en mottagning går till vårdgivarens gemensamma drop in-resurs."
            ),
        ),
    ] = True
    priority_1: Annotated[
        int, Meta(title=N_("Påminn vid prioritet 1"), ge=1, le=1440, extra_json_schema=_MINUTES)
    ] = 5
    priority_2: Annotated[
        int, Meta(title=N_("Påminn vid prioritet 2"), ge=1, le=1440, extra_json_schema=_MINUTES)
    ] = 15
    priority_3: Annotated[
        int, Meta(title=N_("Påminn vid prioritet 3"), ge=1, le=1440, extra_json_schema=_MINUTES)
    ] = 60
    priority_4: Annotated[
        int,
        Meta(title=N_("Påminn vid prioritet 4 och 5"), ge=1, le=2880, extra_json_schema=_MINUTES),
    ] = 240
    priority_other: Annotated[
        int,
        Meta(
            title=N_("Påminn vid prioritet 6 till 12"),
            description=_ASSUMED,
            ge=1,
            le=10080,
            extra_json_schema=_MINUTES,
        ),
    ] = 1440

    def remind_after(self, priority: int) -> timedelta:
        """How long an unanswered consultation of a priority waits before it is reminded of, and again."""
        minutes = {
            1: self.priority_1,
            2: self.priority_2,
            3: self.priority_3,
            4: self.priority_4,
            5: self.priority_4,
        }
        return timedelta(minutes=minutes.get(priority, self.priority_other))


async def consult_rules(connection: Connection, provider_id: int) -> ConsultRules:
    """The rules of a provider, as they are in force."""
    saved = await book.saved(connection, provider_id, CONSULT_RULES, ConsultRules)
    return saved.get(KEY) or ConsultRules()


async def _standing(_connection: Connection, _provider_id: int) -> Mapping[str, Standing]:
    return {KEY: Standing(msgspec.to_builtins(ConsultRules()))}


CONSULT_RULES = kinds.register(
    Kind(
        code="consult_rules",
        label=N_("Konsultationer"),
        group="rules",
        about=N_(
            "Vart konsultationer får skickas, och när en obesvarad påminns. Tiderna som gäller från början är "
            "antagna: ingen källa anger dem."
        ),
        shape=ConsultRules,
        title=lambda _value: N_("Vårdgivarens regler"),
        one_each=True,
        standing=_standing,
    )
)


class ConsultText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text that a question can begin with. It is read by colleagues, in Swedish as the work is."""

    title: Annotated[str, Meta(title=N_("Namn"), min_length=1, max_length=60)]
    text: Annotated[
        str,
        Meta(
            title=N_("Text"),
            description=N_(
                "{reason} är sökorsaken, {unit} enheten, {staff} den som skriver. {history} ersätts av det som "
                "klistras in: står det kvar kan texten inte skickas."
            ),
            min_length=1,
            max_length=4000,
            extra_json_schema={"widget": "textarea"},
        ),
    ]
    elsewhere: Annotated[
        bool,
        Meta(
            title=N_("Till annan vårdgivare"),
            description=N_("Visas när konsultationen går till en annan vårdgivare, annars inom vårdgivaren."),
        ),
    ] = False


class _Written(ConsultText, frozen=True, forbid_unknown_fields=True, kw_only=True):
    code: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    texts: tuple[_Written, ...]


@cache
def standing_texts() -> Mapping[str, ConsultText]:
    """The texts that the product comes with, by code, in their own order."""
    file = msgspec.toml.decode((CONTENT / "consult_texts" / "sv.toml").read_bytes(), type=_File)
    return {one.code: ConsultText(one.title, one.text.strip(), one.elsewhere) for one in file.texts}


async def consult_texts(connection: Connection, provider_id: int) -> Mapping[str, ConsultText]:
    """The texts of a provider as they are in force, by code."""
    known = await book.opened(connection, provider_id)
    saved = known.saved(CONSULT_TEXT, ConsultText)
    standing = {
        code: one for code, one in standing_texts().items() if not known.is_removed(CONSULT_TEXT, code)
    }
    return {**standing, **saved}


async def _texts(_connection: Connection, _provider_id: int) -> Mapping[str, Standing]:
    return {code: Standing(msgspec.to_builtins(one)) for code, one in standing_texts().items()}


async def _check_text(
    _connection: Connection, _provider_id: int, _key: str, value: ConsultText
) -> list[Problem]:
    return unknown("text", value.text, PLACEHOLDERS)


CONSULT_TEXT = kinds.register(
    Kind(
        code="consult_text",
        label=N_("Texter till konsultationer"),
        group="texts",
        about=N_("Färdiga texter som en konsultation kan börja med, inom vårdgivaren och till en annan."),
        shape=ConsultText,
        title=lambda text: str(text.title),
        standing=_texts,
        check=_check_text,
    )
)
