"""From an outcome to a case: what triage hands to the queue, and the emergency that is told at once."""

from typing import Any

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web
from vardlots.cases import web
from vardlots.cases.actions import NewCase, open_case
from vardlots.cases.model import Case
from vardlots.clinics import queries as clinics
from vardlots.clinics.model import Unit
from vardlots.platform.errors import WrongState
from vardlots.platform.i18n import N_
from vardlots.triage.anamnesis import history
from vardlots.triage.interview import Interview
from vardlots.triage.queries import Kept
from vardlots.triage.schemes import WayIn

FACT_MAX = 60
# Bookable outcomes need booking tickets, which do not exist yet: until then staff help to find a time (B4).
HELP_TO_FIND_A_TIME = 12


def queue_priority(outcome: dict[str, Any]) -> int:
    """The priority in the queue: the scheme's, or 12 where somebody must help to find a time to book."""
    if outcome["way_in"] == WayIn.BOOKING_TICKET:
        return HELP_TO_FIND_A_TIME
    return int(outcome["scheme_priority"])


def needs_booking(outcome: dict[str, Any]) -> bool:
    """Whether the outcome is a visit to be booked."""
    return bool(outcome["way_in"] == WayIn.BOOKING_TICKET)


def new_case(kept: Kept, interview: Interview) -> NewCase:
    """What triage hands to the queue: where to, how urgent, why, and what nobody has read yet."""
    assert kept.outcome is not None
    told = history(interview, "sv")
    own_words = str(kept.post_answers.get("own_words", "")).strip()
    danger = {hit.word.lower() for text in told.free_texts for hit in text.danger}
    danger |= {hit.word.lower() for hit in interview.protocol.danger.find(own_words)}
    outcome = kept.outcome
    return NewCase(
        provider_id=kept.provider_id,
        unit_id=kept.unit_id,
        person_id=kept.person_id,
        interview_id=kept.interview_id,
        interview_rev=kept.rev,
        consents=consents_in(kept.post_answers),
        role=outcome["role"],
        reason=kept.reason,
        fact=_fact(kept, interview),
        priority=queue_priority(outcome),
        summary={
            "protocol": kept.protocol,
            "version": kept.version,
            "rules": outcome["rules"],
            "level": outcome["level"],
            "booking": outcome["scheme_priority"] if needs_booking(outcome) else None,
            "unread": bool(told.free_texts) or bool(own_words),
            "danger": sorted(danger),
            "interpreter": _interpreter(kept.post_answers),
        },
    )


def _fact(kept: Kept, interview: Interview) -> str:
    """The one grey fact of the queue's row: what decided, or that a time is wanted."""
    assert kept.outcome is not None
    if needs_booking(kept.outcome):
        return N_("Vill ha hjälp att hitta en tid")
    rows = history(interview, "sv").rows
    since = next((row.text for row in rows if row.label == "Sedan"), "")
    fact = since or (rows[0].text if rows else "")
    return fact if len(fact) <= FACT_MAX else fact[: FACT_MAX - 1].rstrip(" ,.") + "…"


def _interpreter(post_answers: dict[str, Any]) -> str | None:
    """The language an interpreter is needed in; None where none is."""
    if post_answers.get("interpreter") != [True]:
        return None
    values = post_answers.get("interpreter_language") or [""]
    value = values[0]
    return str(value.get("other", "")) if isinstance(value, dict) else str(value)


def consents_in(post_answers: dict[str, Any]) -> dict[str, bool]:
    """Consent kind → yes or no, as answered before the queue."""
    asked = {"share_history": "history", "share_medications": "medication"}
    return {
        kind: post_answers[link_id] == [True] for link_id, kind in asked.items() if post_answers.get(link_id)
    }


async def open_emergency(request: Web, by: PatientActor, kept: Kept) -> Case | None:
    """Open a case at once for a priority 1, where the unit so chooses; the person is told to call 112 all the same.

    None where the unit does not, or where the person has an active case of the same reason there already.
    """
    house = web.house(request)
    async with house.database.transaction(by.scope) as connection:
        unit: Unit | None = await clinics.unit(connection, kept.unit_id)
    if unit is None or not unit.reports_emergencies:
        return None
    interview = kept.interview()
    try:
        return await open_case(house, by=by, new=new_case(kept, interview))
    except WrongState:
        return None
