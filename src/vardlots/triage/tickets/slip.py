"""The upper part of a ticket: the same words for the patient who reads it and for staff who are writing it. Pure."""

from datetime import datetime
from typing import Any

import msgspec

from vardlots.platform.i18n import text
from vardlots.tickets.model import Contact, Kind
from vardlots.tickets.words import heading, until_words
from vardlots.triage.next_steps import contact_words


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """What a ticket says. `provider` is "" where it is used at the sender's own; `who` reads there; `sender` is the
    unit it is from, "" where that is where a time is booked; `how_soon` and `lead` may be ""."""

    kind: Kind
    contact: Contact
    priority: int
    valid_until: datetime | None
    reason: str
    unit: str
    address: str = ""
    provider: str = ""
    who: str = ""
    sender: str = ""
    how_soon: str = ""
    lead: str = ""


def drawn(one: Slip, lang: str) -> dict[str, Any]:
    """What `triage/ticket_slip.html` draws: `priority` (0: an icon stands there), reason, heading, lead, until, and
    facts {label, value, sub}, none of them empty."""
    return {
        "priority": 0 if one.kind is Kind.FORM else one.priority,
        "reason": one.reason,
        "heading": heading(one.kind, one.contact, lang),
        "lead": one.lead,
        "until": until_words(one.kind, one.valid_until, lang),
        "facts": [
            {"label": label, "value": value, "sub": sub} for label, value, sub in _facts(one, lang) if value
        ],
    }


def _facts(one: Slip, lang: str) -> list[tuple[str, str, str]]:
    sender = (text(lang, "Från"), one.sender, "")
    if one.kind is Kind.FORM:
        return [sender]
    if one.kind is Kind.DROP_IN:
        how, below = text(lang, "Här i tjänsten, du skriver med dem"), one.provider
    else:
        how, below = contact_words(one.contact, one.unit, lang), one.address
    return [
        (text(lang, "Var"), one.unit, below),
        (text(lang, "Vem"), one.who, ""),
        (text(lang, "Hur"), how if one.unit else "", ""),
        sender,
        (text(lang, "Hur snart"), one.how_soon, ""),
    ]
