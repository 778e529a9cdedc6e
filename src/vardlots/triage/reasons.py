"""*Sökorsaker*: what a patient can seek care for at a provider, what it is called and found by, and where it goes."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from vardlots.clinics.model import ROLES
from vardlots.configuration import book, kinds
from vardlots.configuration.book import Book
from vardlots.configuration.model import Kind, Problem, Standing
from vardlots.forms.text import Text
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_
from vardlots.triage import content, protocols
from vardlots.triage.model import Protocol
from vardlots.triage.services import ANSWER_DAYS, OPEN_DAYS

CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
Word = Annotated[str, msgspec.Meta(min_length=2, max_length=60)]


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reason for contact. Without a protocol it is not offered to patients. `units` empty: at all of them."""

    label: Annotated[str, msgspec.Meta(title=N_("Namn på svenska"), min_length=1, max_length=60)]
    label_en: Annotated[str, msgspec.Meta(title=N_("Namn på engelska"), min_length=1, max_length=60)]
    words: Annotated[
        list[Word],
        msgspec.Meta(
            title=N_("Sökord på svenska"),
            description=N_("Ord som patienter använder. Små stavfel hittas ändå."),
            max_length=60,
        ),
    ] = []
    words_en: Annotated[list[Word], msgspec.Meta(title=N_("Sökord på engelska"), max_length=60)] = []
    protocol: Annotated[
        str | None,
        msgspec.Meta(
            title=N_("Triageprotokoll"),
            description=N_("Protokollets kod. Utan protokoll visas sökorsaken inte för patienter."),
            extra_json_schema={"widget": "protocol"},
        ),
    ] = None
    role: Annotated[
        str | None,
        msgspec.Meta(
            title=N_("Går till rollen"),
            description=N_("Lämna tomt för att låta protokollets regler avgöra."),
            extra_json_schema={"widget": "role"},
        ),
    ] = None
    active: Annotated[
        bool, msgspec.Meta(title=N_("Går att välja"), description=N_("Påbörjade ärenden påverkas inte."))
    ] = True
    units: Annotated[
        list[int],
        msgspec.Meta(
            title=N_("Enheter"),
            description=N_("Lämna tomt för alla enheter."),
            extra_json_schema={"widget": "units"},
        ),
    ] = []
    arrives: Annotated[
        Literal["scheme", "inbox", "queue"],
        msgspec.Meta(
            title=N_("Kommer in som"),
            description=N_(
                "Gäller administrativa ärenden. Det som är mer brådskande än prioritet 12 kommer alltid i kön."
            ),
            extra_json_schema={
                "labels": {
                    "scheme": N_("Det vanliga: meddelande med skalan 1–12, kön med skalan 1–5"),
                    "inbox": N_("Asynkront meddelande i inkorgen"),
                    "queue": N_("I rollens kö i Drop in"),
                }
            },
        ),
    ] = "scheme"
    open_days: Annotated[
        int,
        msgspec.Meta(
            title=N_("Öppet att skriva i, dagar"),
            description=N_(
                "Gäller administrativa ärenden som kommer som meddelande. Ett som ingen har svarat på stängs inte. "
                "Värdet från början är antaget: ingen källa anger det."
            ),
            ge=1,
            le=90,
        ),
    ] = OPEN_DAYS
    answer_days: Annotated[
        int,
        msgspec.Meta(
            title=N_("Svar inom, dagar som enheten har öppet"),
            description=N_(
                "Gäller administrativa ärenden. Patienten läser det när ärendet skickas. Värdet från början är antaget."
            ),
            ge=1,
            le=30,
        ),
    ] = ANSWER_DAYS

    @property
    def named(self) -> Text:
        """What it is called, in both languages."""
        return {"sv": self.label, "en": self.label_en}


def named_with(reason: Reason, title: Text) -> Text:
    """What a reason is called: an administrator writes two languages, and as long as the Swedish name is the
    protocol's own the protocol's title says it in the others.
    """
    others = title if title.get("sv") == reason.label else {}
    return {**others, **reason.named}


def standing_reason(protocol: Protocol) -> Reason:
    """What a protocol is sought by where nobody has said otherwise."""
    return Reason(
        label=protocol.title["sv"],
        label_en=protocol.title["en"],
        words=list(protocol.search_words.get("sv", ())),
        words_en=list(protocol.search_words.get("en", ())),
        protocol=protocol.code,
    )


def standing_reasons(known: Mapping[str, Protocol]) -> dict[str, Reason]:
    """What there is to choose from the beginning: a reason for each protocol, and those that staff invite to."""
    invited = {
        code: Reason(
            label=one.label["sv"],
            label_en=one.label["en"],
            words=list(one.words),
            words_en=list(one.words_en),
        )
        for code, one in content.invited().items()
    }
    return invited | {code: standing_reason(protocol) for code, protocol in known.items()}


def in_force(saved: Book, known: Mapping[str, Protocol]) -> dict[str, Reason]:
    """Every reason of a provider by its code, those too that are switched off. `known` are its protocols in force."""
    standing = {
        code: reason for code, reason in standing_reasons(known).items() if not saved.is_removed(REASON, code)
    }
    return standing | dict(saved.saved(REASON, Reason))


def names_of(saved: Book, reasons: Mapping[str, Reason]) -> dict[str, Text]:
    """What reasons are called, those too that have been removed: old cases keep them."""
    titles = {code: one.label for code, one in content.invited().items()} | {
        protocol.code: protocol.title for protocol in content.protocols().newest()
    }
    removed = {code: reason.named for code, reason in saved.last(REASON, Reason).items()}
    known = {
        code: named_with(reason, titles.get(reason.protocol or code, {})) for code, reason in reasons.items()
    }
    return titles | removed | known


def problems(
    code: str,
    value: Reason,
    *,
    others: Mapping[str, Reason],
    known: Mapping[str, Protocol],
    units: frozenset[int],
) -> list[Problem]:
    """What no type can find. `others` are the provider's reasons, `known` its protocols, `units` its units."""
    found = []
    if not CODE.fullmatch(code):
        found.append(Problem("key", N_("Skriv koden med små bokstäver a–z, siffror och understreck.")))
    if value.protocol is not None and value.protocol not in known:
        found.append(Problem("protocol", N_("Det finns inget protokoll ”{code}”."), {"code": value.protocol}))
    taken = next(
        (
            other.label
            for key, other in others.items()
            if key != code and value.protocol is not None and other.protocol == value.protocol
        ),
        None,
    )
    if taken is not None:
        found.append(Problem("protocol", N_("Protokollet används redan av {reason}."), {"reason": taken}))
    if not set(value.units) <= units:
        found.append(Problem("units", N_("En av enheterna finns inte.")))
    return found


async def _standing(connection: Connection, provider_id: int) -> Mapping[str, Standing]:
    known = protocols.in_force(await book.opened(connection, provider_id))
    return {code: Standing(msgspec.to_builtins(one)) for code, one in standing_reasons(known).items()}


async def _check(connection: Connection, provider_id: int, key: str, value: Reason) -> list[Problem]:
    saved = await book.opened(connection, provider_id)
    known = protocols.in_force(saved)
    rows = await connection.fetch("SELECT unit_id FROM unit WHERE provider_id = $1", provider_id)
    units = frozenset(row["unit_id"] for row in rows)
    found = problems(key, value, others=in_force(saved, known), known=known, units=units)
    if value.role is not None and not await _cares(connection, provider_id, value.role):
        found.append(Problem("role", N_("Välj en roll som tar emot ärenden.")))
    return found


async def _cares(connection: Connection, provider_id: int, role: str) -> bool:
    own = await connection.fetchval(
        "SELECT cares AND active FROM role WHERE provider_id = $1 AND code = $2", provider_id, role
    )
    return bool(own) if own is not None else role in ROLES and ROLES[role].cares


REASON = kinds.register(
    Kind(
        code="reason",
        label=N_("Sökorsaker"),
        group="flow",
        about=N_(
            "Det som patienten kan söka för, och de administrativa ärenden som går att skicka: namn, sökord, protokoll "
            "och vilka enheter som tar emot det."
        ),
        shape=Reason,
        title=lambda reason: str(reason.label),
        key_label=N_("Kod"),
        standing=_standing,
        check=_check,
    )
)
