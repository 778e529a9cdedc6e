"""*SMS-mallar*: the texts to phones as a provider has worded them, or the product's own (`content/notices`).

A text says who it is from and that something waits, never what or about whom: it can be read by others. That is why no
placeholder stands for a person, and why a link is refused where the provider's rules do not let texts have any.
"""

import re
from collections.abc import Mapping
from typing import Annotated

import msgspec

from vardlots.configuration import book, kinds
from vardlots.configuration.model import Kind, Problem, Standing
from vardlots.configuration.placeholders import fill, unknown
from vardlots.configuration.written import BothLanguages, Use
from vardlots.notifications.model import NoticeKind
from vardlots.notifications.segments import Segments, segments
from vardlots.notifications.texts import FIELDS, SOURCE, STAFF_FIELDS, NoticeTexts, load_texts
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_

# One message is best; a text of more than three is read by nobody [assumed].
MOST_PARTS = 3
# Key of provider.settings: whether texts may hold links. Where nothing stands there, the installation decides.
LINKS_KEY = "sms_links"
_LINK = re.compile(r"://|\bwww\.|\b[\w-]+\.(se|com|nu|net|org|eu|info|app|io|ly)\b", re.IGNORECASE)
_NAMES: Mapping[str, str] = {
    "case_accepted": N_("Till patienten: ärendet är mottaget"),
    "message_waiting": N_("Till patienten: nytt meddelande"),
    "case_ended": N_("Till patienten: ärendet är avslutat"),
    "staff_new_message": N_("Till personal: nytt meddelande"),
    "staff_new_patient": N_("Till personal: ny patient i kön"),
    "staff_worse": N_("Till personal: en patient har blivit sämre"),
    "staff_handover": N_("Till personal: ett besök lämnas över"),
    "staff_handover_answered": N_("Till personal: svar på ett överlämnat besök"),
    "staff_guest_invited": N_("Till personal: inbjuden till ett besök"),
    "staff_resumed": N_("Till personal: ett pausat besök fortsätter"),
    "staff_must_call": N_("Till personal: patienten ska ringas"),
    "staff_export_failed": N_("Till personal: en anteckning kom inte fram"),
    "staff_left_open": N_("Till personal: patienten väntar på svar"),
    "staff_shift_forgotten": N_("Till personal: skiftet är inte avslutat"),
}


class SmsTemplate(BothLanguages, frozen=True, forbid_unknown_fields=True):
    """One text in both languages. `use` only says in the list what it is for."""

    sv: Annotated[
        str,
        msgspec.Meta(
            title=N_("På svenska"),
            description=N_(
                "{provider} är vårdgivarens namn, {unit} enhetens i sms till personal. Skriv inget om vården."
            ),
            min_length=1,
            max_length=459,
            extra_json_schema={"widget": "textarea"},
        ),
    ]
    en: Annotated[
        str,
        msgspec.Meta(
            title=N_("På engelska"),
            description=N_("Går till den som har valt ett annat språk än svenska."),
            min_length=1,
            max_length=459,
            extra_json_schema={"widget": "textarea"},
        ),
    ]
    use: Use = ""


class Preview(msgspec.Struct, frozen=True):
    """A text as a phone shows it, and how many messages it is."""

    text: str
    segments: Segments


def allowed(key: str) -> frozenset[str]:
    """The placeholders that a text may hold."""
    return STAFF_FIELDS if key.startswith("staff_") else FIELDS


def preview(key: str, written: str, *, provider: str, unit: str) -> Preview:
    """The text with its names in it."""
    told = fill(
        written, {"provider": provider, "unit": unit} if key.startswith("staff_") else {"provider": provider}
    )
    return Preview(told, segments(told))


def problems(key: str, value: SmsTemplate, *, provider: str, unit: str, links: bool) -> list[Problem]:
    """What no type can find. `provider` and `unit` are the longest names that can stand in it."""
    found: list[Problem] = []
    for field in ("sv", "en"):
        written: str = getattr(value, field)
        found += unknown(field, written, sorted(allowed(key)))
        if not links and _LINK.search(written):
            found.append(
                Problem(field, N_("Länkar är inte tillåtna i sms hos er. Skriv hur man loggar in i stället."))
            )
        parts = preview(key, written, provider=provider, unit=unit).segments.parts
        if parts > MOST_PARTS:
            found.append(
                Problem(
                    field,
                    N_("Texten blir {parts} sms. Korta ner den till högst {most}."),
                    {"parts": parts, "most": MOST_PARTS},
                )
            )
    return found


async def patients_text(
    connection: Connection, texts: NoticeTexts, *, provider_id: int, kind: NoticeKind, lang: str
) -> str:
    """What the patient's phone shows, as the provider words it now."""
    row = await connection.fetchrow(
        "SELECT name, (settings->$2::text) = 'true'::jsonb AS links FROM provider WHERE provider_id = $1",
        provider_id,
        LINKS_KEY,
    )
    written = await _written(connection, provider_id, kind.value, lang) or texts.written(kind.value, lang)
    told = fill(written, {"provider": row["name"]})
    return texts.with_link(told, lang, allowed=row["links"])


async def staffs_text(
    connection: Connection, texts: NoticeTexts, *, provider_id: int, kind: str, unit: str
) -> str:
    """What a member of staff reads: where something waits, never who or what. In Swedish, as the work is.

    `kind` is a `StaffNoticeKind` or `SHIFT_FORGOTTEN`.
    """
    key = f"staff_{kind}"
    return fill(
        await _written(connection, provider_id, key, SOURCE) or texts.written(key, SOURCE), {"unit": unit}
    )


async def _written(connection: Connection, provider_id: int, key: str, lang: str) -> str:
    own = (await book.saved(connection, provider_id, SMS_TEMPLATE, SmsTemplate)).get(key)
    return own.written(lang) if own is not None else ""


async def _standing(_connection: Connection, _provider_id: int) -> Mapping[str, Standing]:
    texts = load_texts()
    return {
        key: Standing({"sv": texts.written(key, "sv"), "en": texts.written(key, "en"), "use": use})
        for key, use in _NAMES.items()
    }


async def _check(connection: Connection, provider_id: int, key: str, value: SmsTemplate) -> list[Problem]:
    row = await connection.fetchrow(
        "SELECT p.name, (p.settings->$2::text) = 'true'::jsonb AS links, coalesce((SELECT u.name FROM unit u "
        "WHERE u.provider_id = p.provider_id ORDER BY length(u.name) DESC LIMIT 1), '') AS unit "
        "FROM provider p WHERE p.provider_id = $1",
        provider_id,
        LINKS_KEY,
    )
    if key not in _NAMES:
        return [Problem("key", N_("Det finns inget sådant sms."))]
    return problems(key, value, provider=row["name"], unit=row["unit"], links=bool(row["links"]))


SMS_TEMPLATE = kinds.register(
    Kind(
        code="sms_template",
        label=N_("SMS-mallar"),
        group="texts",
        about=N_("Sms säger vem de kommer från och att något väntar, aldrig vad. De kan läsas av andra."),
        shape=SmsTemplate,
        title=lambda template: str(template.use or template.sv),
        removable=False,
        addable=False,
        standing=_standing,
        check=_check,
    )
)
