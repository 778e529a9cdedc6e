"""Booked times in the patient's lists: what has to be answered first, then each time as a card of its own."""

from collections.abc import Sequence
from typing import Any

from vardlots.access.actor import PatientActor
from vardlots.booking.model import sought_by_ticket
from vardlots.booking.queries import earlier_offer_of, free_times
from vardlots.cases.model import Case, Phase
from vardlots.forms.text import say
from vardlots.platform.db import Connection
from vardlots.platform.i18n import text
from vardlots.tickets.model import Kind, Ticket
from vardlots.triage.booking.days import when_in_words
from vardlots.triage.queries import OwnCase

_CALENDAR = "calendar-check"


async def booked_rows(
    connection: Connection, cases: Sequence[OwnCase], lang: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Of the cases, the booked ones: those that wait for an answer (an offer, a withdrawn time), and the times to come,
    the next one first."""
    booked = [one for one in cases if one.case.phase is Phase.BOOKED]
    asks, times = [], []
    for own in sorted(booked, key=lambda one: one.case.booked_from or one.case.changed_at):
        row = _row(own, lang)
        if own.case.booked_from is None:
            withdrawn = {"label": text(lang, "Tiden är inställd"), "badge": text(lang, "Välj ny")}
            asks.append(row | withdrawn | {"icon": "calendar-x", "tint": "notice"})
            continue
        times.append(row)
        offer = await earlier_offer_of(connection, own.case.ref)
        if offer is not None:
            until = when_in_words(offer.until, lang)
            asks.append(
                row
                | {
                    "label": text(lang, "En tidigare tid blev ledig"),
                    "sub": text(
                        lang, "{reason}. Svara senast {time}", reason=say(own.complaint, lang), time=until
                    ),
                    "icon": "calendar-clock",
                    "tint": "notice",
                }
            )
    return asks, times


async def first_free(connection: Connection, tickets: Sequence[Ticket], by: PatientActor) -> str:
    """*Första lediga: i dag 13.20*, for the one booking ticket there is; "" where there are several, or no times."""
    booking = [one for one in tickets if one.kind is Kind.BOOKING]
    if len(booking) != 1 or len(tickets) != 1:
        return ""
    found = await free_times(connection, sought=sought_by_ticket(booking[0]), limit=1)
    return (
        text(by.lang, "Första lediga: {when}", when=when_in_words(found[0].starts_at, by.lang))
        if found
        else ""
    )


def _row(own: OwnCase, lang: str) -> dict[str, Any]:
    where = text(lang, "{reason}, {unit}", reason=say(own.complaint, lang), unit=own.unit_name)
    return {
        "href": f"/my/cases/{own.case.ref}",
        "label": booked_words(own.case, lang),
        "sub": where,
        "icon": _CALENDAR,
        "tile": True,
    }


def booked_words(case: Case, lang: str) -> str:
    """*Din tid: i morgon 09.40*; that it was withdrawn."""
    if case.booked_from is None:
        return text(lang, "Tiden är inställd. Välj en ny.")
    return text(lang, "Din tid: {when}", when=when_in_words(case.booked_from, lang))
