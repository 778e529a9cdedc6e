"""What the patient will read on a ticket, while it is written: drawn as their own page draws it. Pure."""

from datetime import datetime
from typing import Any

from vardlots.cases.model import Case
from vardlots.clinics.model import Unit
from vardlots.forms.text import say
from vardlots.platform.i18n import text
from vardlots.tickets.model import Kind
from vardlots.tickets.staff.policy import usual_priority
from vardlots.triage.configured import Practice
from vardlots.triage.tickets.slip import Slip, drawn
from vardlots.triage.words import who_reads
from vardlots.worklist.tickets.filled import WHATS, Filled


def preview_of(
    filled: Filled,
    *,
    sender: Unit,
    place: Unit | None,
    role: str,
    valid_until: datetime | None,
    practice: Practice,
    case: Case | None,
    lang: str,
) -> dict[str, Any]:
    """`top` as `triage/ticket_slip.html` draws it and how many `forms`. `practice` is that of the provider where it is
    used; `place`, `role` ("") and `valid_until` are None while they have not been chosen, or cannot be read."""
    kind, contact = WHATS[filled.typed["what"] if filled.typed["what"] in WHATS else "physical"]
    priority = usual_priority(kind, filled.typed["case_kind"], case)
    step = practice.scheme.by_priority.get(priority)
    elsewhere = place is not None and place.unit_id != sender.unit_id
    top = Slip(
        kind=kind,
        contact=contact,
        priority=priority,
        valid_until=valid_until,
        reason=practice.name(filled.wanted.code, lang) if filled.wanted.code else text(lang, "Sökorsak"),
        unit=place.name if place else "",
        address=(place.address or "") if place else "",
        provider=place.provider_name if place and place.provider_id != sender.provider_id else "",
        who=who_reads(practice.roles.of(role), lang) if role and place else "",
        sender=sender.name if kind is not Kind.BOOKING or elsewhere else "",
        how_soon=say(step.label, lang) if step and kind is Kind.BOOKING else "",
        lead=filled.typed["information"].strip(),
    )
    return {"top": drawn(top, lang), "forms": len(filled.forms)}
