"""*SMS-mallar*: the texts to phones as a provider has worded them, or the product's own (`content/notices`).

A text says who it is from and that something waits, never what or about whom: it can be read by others. That is why no
placeholder stands for a person, and why a link is refused where the provider's rules do not let texts have any.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import msgspec

from vardlots.configuration import book, kinds
from vardlots.configuration.model import Kind, Problem, Standing
from vardlots.configuration.placeholders import fill, unknown
from vardlots.configuration.written import BothLanguages, Use
from vardlots.notifications.model import NoticeKind, PhoneNoticeKind
from vardlots.notifications.segments import Segments, segments
from vardlots.notifications.texts import SOURCE, NoticeTexts, fields_of, load_texts
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_
from vardlots.platform.pages import clock_time, day_words

# One message is best; a text of more than three is read by nobody [assumed].
MOST_PARTS = 3
# Key of provider.settings: whether texts may hold links. Where nothing stands there, the installation decides.
LINKS_KEY = "sms_links"
_LINK = re.compile(r"://|\bwww\.|\b[\w-]+\.(se|com|nu|net|org|eu|info|app|io|ly)\b", re.IGNORECASE)
_NAMES: Mapping[str, str] = {
    "case_accepted": N_("Till patienten: ärendet är mottaget"),
    "message_waiting": N_("Till patienten: nytt meddelande"),
    "case_ended": N_("Till patienten: ärendet är avslutat"),
    "booked": N_("Till patienten: en tid är bokad"),
    "rebooked": N_("Till patienten: tiden är ombokad"),
    "booking_cancelled": N_("Till patienten: tiden är avbokad"),
    "time_withdrawn": N_("Till patienten: enheten har ställt in tiden"),
    "missed_visit": N_("Till patienten: besöket blev inte av"),
    "earlier_offer": N_("Till patienten: en tidigare tid erbjuds"),
    "booking_morning": N_("Till patienten: påminnelse samma dag"),
    "booking_soon": N_("Till patienten: påminnelse strax före"),
    "booking_now": N_("Till patienten: tiden börjar"),
    "ticket_sent": N_("Till patienten: en ny biljett"),
    "ticket_runs_out": N_("Till patienten: en biljett går snart ut"),
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
    "staff_time_booked": N_("Till personal: en tid är bokad hos dig"),
    "staff_time_cancelled": N_("Till personal: en tid hos dig är avbokad"),
    "staff_time_soon": N_("Till personal: ett bokat besök börjar snart"),
    "staff_not_started": N_("Till personal: ett bokat besök är inte påbörjat"),
    "staff_shift_forgotten": N_("Till personal: skiftet är inte avslutat"),
    "unit_consultation_came": N_("Till enhetens telefon: en ny konsultation"),
    "unit_consultation_waits": N_("Till enhetens telefon: en konsultation väntar"),
}


class SmsTemplate(BothLanguages, frozen=True, forbid_unknown_fields=True):
    """One text in both languages. `use` only says in the list what it is for."""

    sv: Annotated[
        str,
        msgspec.Meta(
            title=N_("På svenska"),
            description=N_(
                "{provider} är vårdgivarens namn, {unit} enhetens i sms till personal. I sms om en bokad tid går "
                "också {day} och {time} att använda. Skriv inget om vården."
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


# A day and a time for whoever looks at a text that is not sent yet.
_EXAMPLE = {"sv": {"day": "mån 30 nov", "time": "10.40"}, "en": {"day": "Mon 30 Nov", "time": "10.40"}}


def preview(key: str, written: str, *, provider: str, unit: str, lang: str = SOURCE) -> Preview:
    """The text with its names in it."""
    names = {"provider": provider, "unit": unit, **_EXAMPLE.get(lang, _EXAMPLE[SOURCE])}
    told = fill(written, {name: said for name, said in names.items() if name in fields_of(key)})
    return Preview(told, segments(told))


def problems(key: str, value: SmsTemplate, *, provider: str, unit: str, links: bool) -> list[Problem]:
    """What no type can find. `provider` and `unit` are the longest names that can stand in it."""
    found: list[Problem] = []
    for field in ("sv", "en"):
        written: str = getattr(value, field)
        found += unknown(field, written, sorted(fields_of(key)))
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
    connection: Connection,
    texts: NoticeTexts,
    *,
    provider_id: int,
    kind: NoticeKind,
    lang: str,
    at: datetime | None = None,
) -> str:
    """What the patient's phone shows, as the provider words it now. `at` is the time that it is about, if any."""
    row = await connection.fetchrow(
        "SELECT name, (settings->$2::text) = 'true'::jsonb AS links FROM provider WHERE provider_id = $1",
        provider_id,
        LINKS_KEY,
    )
    written = await _written(connection, provider_id, kind.value, lang) or texts.written(kind.value, lang)
    when = {"day": day_words(at, lang), "time": clock_time(at)} if at else {}
    told = fill(written, {"provider": row["name"], **when})
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


async def units_text(
    connection: Connection, texts: NoticeTexts, *, provider_id: int, kind: PhoneNoticeKind, unit: str
) -> str:
    """What a unit's phone shows: that something waits there, never of whom."""
    key = f"unit_{kind}"
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
        label=N_("Sms-mallar"),
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
