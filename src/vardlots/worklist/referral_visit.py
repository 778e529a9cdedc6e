"""A visit that goes on at another provider, above the conversation: how far it has come, and what is left to do."""

from collections.abc import Mapping
from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.cases.referring.queries import referred_row
from vardlots.cases.referring.rules import Stand, stand
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.i18n import text
from vardlots.platform.pages import when_words
from vardlots.triage.words import mobile_words
from vardlots.worklist.visit_read import Visit


async def read_referral(
    connection: Connection, _by: StaffActor, found: Visit, lang: str
) -> Mapping[str, Any]:
    """The context `leaving`; None where the visit does not go on elsewhere."""
    case = found.case
    how = stand(case, clock.now())
    if how is None or case.referred_due is None:
        return {"leaving": None}
    row = await referred_row(connection, case)
    to = str(row.body["to"]) if row else ""
    mobile = found.patient.mobile if not found.patient.protected else None
    due = when_words(case.referred_due, lang)
    title, line = {
        Stand.WAITS: (
            text(lang, "Går vidare till {to}", to=to),
            text(
                lang,
                "Besöket avslutas av sig självt när patienten har läst. Du får veta om det inte är läst {time}.",
                time=due,
            ),
        ),
        Stand.UNREAD: (
            text(lang, "Patienten har inte läst"),
            text(lang, "Ring och berätta att {to} tar över. Avsluta sedan besöket.", to=to),
        ),
        Stand.READ: (
            text(lang, "Patienten har läst"),
            text(lang, "{to} tar över. Besöket avslutas av sig självt om en stund.", to=to),
        ),
        Stand.ANSWERED: (
            text(lang, "Patienten har svarat"),
            text(lang, "Besöket är öppet tills du avslutar det. {to} har fått ärendet.", to=to),
        ),
    }[how]
    return {
        "leaving": {
            "kind": how.value,
            "title": title,
            "line": line,
            "urgent": how is Stand.UNREAD,
            "phone": mobile_words(mobile) if how is Stand.UNREAD and mobile else "",
            "tel": mobile or "",
            "href": f"/staff/consultations/{row.body['consultation']}" if row and found.is_own else "",
        }
    }
