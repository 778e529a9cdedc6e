"""A case that staff have triaged on the phone: who called, what the nurse noted, the number to call (row I4)."""

from typing import Any

from vardlots.cases.model import Kind
from vardlots.platform.i18n import text
from vardlots.platform.pages import when_words
from vardlots.triage.assisted.model import Call, Caller
from vardlots.triage.words import mobile_words
from vardlots.worklist.visit_read import Visit


def number(visit: Visit, lang: str) -> dict[str, str] | None:
    """What to call, of a patient who does not read here; None where they do."""
    if not visit.case.by_telephone:
        return None
    if visit.assisted is None and visit.patient.mobile and not visit.patient.protected:
        # A time that was booked without a call: the number that the patient has given.
        return {"said": mobile_words(visit.patient.mobile), "tel": visit.patient.mobile}
    return phone_words(visit.assisted.call if visit.assisted else None, lang)


def phone_words(call: Call | None, lang: str) -> dict[str, str]:
    """The number to call back on, to read and to press."""
    if call is None or call.phone is None:
        return {"said": text(lang, "inget nummer"), "tel": ""}
    return {"said": mobile_words(call.phone), "tel": call.phone}


def call(visit: Visit, lang: str) -> dict[str, Any] | None:
    """The call that the case came by; None where the patient answered the questions."""
    if visit.assisted is None:
        return None
    row = next((row for row in visit.talk.rows if row.kind is Kind.ASSISTED), None)
    return {
        "line": text(
            lang, "{who} ställde frågorna {time}", who=row.author_name, time=when_words(row.at, lang)
        )
        if row
        else "",
        "caller": caller_words(visit.assisted.call, lang),
        "phone": mobile_words(visit.assisted.call.phone),
        "tel": visit.assisted.call.phone or "",
        "note": visit.assisted.note,
    }


def caller_words(one: Call, lang: str) -> str:
    """Who was on the line: *Patienten själv*, *Elin Sjöqvarn, vårdnadshavare*, or whoever the nurse wrote."""
    if one.caller is Caller.SELF:
        return text(lang, "Patienten själv")
    if one.caller is Caller.GUARDIAN:
        return text(lang, "{name}, vårdnadshavare", name=one.name)
    return one.name
