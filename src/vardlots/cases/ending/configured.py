"""What a provider decides of how a visit ends: *Avslut av besök*, and the messages that go out by themselves.

rules = await rules_of(connection, provider_id)
written = await text_of(connection, provider_id, AutoText.WARNING, lang)
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Annotated, Literal

import msgspec

from vardlots.configuration import book, kinds
from vardlots.configuration.model import Kind, Problem, Standing
from vardlots.configuration.placeholders import fill, placeholders_in, unknown
from vardlots.configuration.written import BothLanguages, Use
from vardlots.platform.content import CONTENT
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_

# Asynchronous phases that may be chosen, in days [domain.md 1: assumed].
FOLLOW_UP_DAYS = (0, 1, 3, 7, 14, 30)
Days = Literal["0", "1", "3", "7", "14", "30"]
_DAYS: tuple[Days, ...] = ("0", "1", "3", "7", "14", "30")
_NAMED = {
    "0": N_("Ingen asynkron fas"),
    "1": N_("1 dag"),
    "3": N_("3 dagar"),
    "7": N_("7 dagar"),
    "14": N_("14 dagar"),
    "30": N_("30 dagar"),
}
KEY = "provider"


class EndRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How visits end at a provider. `check_in`: whether staff may have the patient asked how it goes after three days;
    `remind_minutes`: how long a silent patient has between the reminder and the warning.
    """

    default_days: Annotated[
        Days,
        msgspec.Meta(
            title=N_("Asynkron fas från början"),
            description=N_("Det som är valt när dialogen öppnas. Värdet från början är antaget."),
            extra_json_schema={"labels": _NAMED},
        ),
    ] = "3"
    allowed_days: Annotated[
        list[Days],
        msgspec.Meta(
            title=N_("Längder som går att välja"),
            min_length=1,
            extra_json_schema={"labels": _NAMED},
        ),
    ] = msgspec.field(default_factory=lambda: list(_DAYS))
    check_in: Annotated[
        bool,
        msgspec.Meta(
            title=N_("Uppföljande meddelande efter tre dagar"),
            description=N_("På: den som avslutar ett besök kan välja att patienten får frågan hur det går."),
        ),
    ] = False
    remind_minutes: Annotated[
        int,
        msgspec.Meta(
            title=N_("Från påminnelse till varning"),
            description=N_(
                "När en patient inte svarar. Varningen ger alltid två timmar. Värdet från början är antaget: ingen "
                "källa anger det."
            ),
            ge=5,
            le=720,
            extra_json_schema={"widget": "minutes"},
        ),
    ] = 30

    @property
    def days(self) -> tuple[int, ...]:
        """The lengths that may be chosen, the shortest first."""
        return tuple(sorted(int(one) for one in set(self.allowed_days)))

    @property
    def first_days(self) -> int:
        """The length that is chosen until somebody chooses another."""
        first = int(self.default_days)
        return first if first in self.days else self.days[0]

    @property
    def remind_for(self) -> timedelta:
        """How long a silent patient has between the reminder and the warning."""
        return timedelta(minutes=self.remind_minutes)


class AutoText(StrEnum):
    """A message that goes out by itself."""

    REMINDER = "chase_reminder"
    WARNING = "chase_warning"
    WARNING_CALL = "chase_warning_call"
    CHECK_IN = "check_in"


_USES = {
    AutoText.REMINDER: N_("När patienten inte svarar: påminnelse"),
    AutoText.WARNING: N_("När patienten inte svarar: besöket stängs om två timmar"),
    AutoText.WARNING_CALL: N_("När patienten inte svarar, prioritet 1 och 2: vi ringer om två timmar"),
    AutoText.CHECK_IN: N_("Tre dagar efter besöket: hur går det"),
}
_PLACEHOLDERS = {
    AutoText.REMINDER: ("name",),
    AutoText.WARNING: ("name", "time"),
    AutoText.WARNING_CALL: ("name", "time"),
    AutoText.CHECK_IN: ("name",),
}


class VisitText(BothLanguages, frozen=True, forbid_unknown_fields=True):
    """One message in both languages. `use` only says in the list what it is for."""

    sv: Annotated[
        str,
        msgspec.Meta(
            title=N_("På svenska"),
            description=N_("{name} är den som läser, {time} klockslaget då besöket stängs."),
            min_length=1,
            max_length=1000,
            extra_json_schema={"widget": "textarea"},
        ),
    ]
    en: Annotated[
        str,
        msgspec.Meta(
            title=N_("På engelska"),
            description=N_("Går till den som har valt ett annat språk än svenska."),
            min_length=1,
            max_length=1000,
            extra_json_schema={"widget": "textarea"},
        ),
    ]
    use: Use = ""


@cache
def standing_texts() -> Mapping[str, VisitText]:
    """What the product comes with, by key (`content/visit_texts`)."""
    found = msgspec.toml.decode(
        (CONTENT / "visit_texts" / "texts.toml").read_bytes(), type=dict[AutoText, VisitText]
    )
    return {key.value: msgspec.structs.replace(found[key], use=_USES[key]) for key in AutoText}


async def rules_of(connection: Connection, provider_id: int) -> EndRules:
    """What is in force at a provider."""
    return (await book.saved(connection, provider_id, VISIT_END, EndRules)).get(KEY) or EndRules()


async def text_of(connection: Connection, provider_id: int, key: AutoText, lang: str, **values: str) -> str:
    """A message as the provider words it now, with its values filled in."""
    saved = await book.saved(connection, provider_id, VISIT_TEXT, VisitText)
    written = saved.get(key.value) or standing_texts()[key.value]
    return fill(written.written(lang), values)


def problems(key: str, value: VisitText) -> list[Problem]:
    """Placeholders that stand for nothing, and a warning that does not say until when."""
    if key not in _USES:
        return [Problem("key", N_("Det finns inget sådant meddelande."))]
    known = AutoText(key)
    found = []
    for field in ("sv", "en"):
        written: str = getattr(value, field)
        found += unknown(field, written, _PLACEHOLDERS[known])
        if known in (AutoText.WARNING, AutoText.WARNING_CALL) and "time" not in placeholders_in(written):
            found.append(Problem(field, N_("Skriv {word} där klockslaget ska stå."), {"word": "{time}"}))
    return found


async def _end_standing(_connection: Connection, _provider_id: int) -> Mapping[str, Standing]:
    return {KEY: Standing(msgspec.to_builtins(EndRules()))}


async def _end_check(_connection: Connection, _provider_id: int, _key: str, value: EndRules) -> list[Problem]:
    if value.default_days not in value.allowed_days:
        return [Problem("default_days", N_("Välj en av de längder som går att välja."))]
    return []


async def _text_standing(_connection: Connection, _provider_id: int) -> Mapping[str, Standing]:
    return {key: Standing(msgspec.to_builtins(one)) for key, one in standing_texts().items()}


async def _text_check(
    _connection: Connection, _provider_id: int, key: str, value: VisitText
) -> list[Problem]:
    return problems(key, value)


VISIT_END = kinds.register(
    Kind(
        code="visit_end",
        label=N_("Avslut av besök"),
        group="rules",
        about=N_(
            "Hur länge patienten kan skriva efter besöket, och vad som händer när en patient inte svarar."
        ),
        shape=EndRules,
        title=lambda _value: N_("Vårdgivarens regler"),
        one_each=True,
        standing=_end_standing,
        check=_end_check,
    )
)
VISIT_TEXT = kinds.register(
    Kind(
        code="visit_text",
        label=N_("Automatiska meddelanden"),
        group="texts",
        about=N_("Skickas i besöket av sig själva. Patientens språk avgör vilken text det blir."),
        shape=VisitText,
        title=lambda written: str(written.use or written.sv),
        removable=False,
        addable=False,
        standing=_text_standing,
        check=_text_check,
    )
)
