"""What the patient will read on a ticket, while it is written. Pure."""

from typing import Any

from vardlots.platform.i18n import N_, text
from vardlots.tickets.model import Kind
from vardlots.triage.configured import Practice
from vardlots.worklist.tickets.filled import WHATS, Filled

_HEADINGS = {
    "digital": N_("Boka ett digitalt besök"),
    "physical": N_("Boka ett besök"),
    "telephone": N_("Boka ett telefonsamtal"),
    "drop_in": N_("Ställ dig i kö till ett digitalt besök"),
    "form": N_("Svara på ett formulär"),
}


def preview_of(
    filled: Filled, place: dict[str, str], until: str, practice: Practice, lang: str
) -> dict[str, Any]:
    """Heading, reason, unit, last day, how many forms, and the information as it is typed."""
    what = filled.typed["what"] if filled.typed["what"] in WHATS else "physical"
    forms = len(filled.forms)
    lines = {Kind.FORM: N_("Svara senast {day}"), Kind.DROP_IN: N_("Använd senast {day}")}
    line = lines.get(WHATS[what][0], N_("Boka senast {day}"))
    return {
        "heading": text(lang, _HEADINGS[what]),
        "reason": practice.name(filled.wanted.code, lang) if filled.wanted.code else "",
        "place": place["name"],
        "role": place["role"],
        "address": place["address"] if what == "physical" else "",
        "until": text(lang, line, day=until) if until else "",
        "forms": forms,
        "information": filled.typed["information"].strip(),
    }
