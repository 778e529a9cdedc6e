"""From an outcome to what comes of it: where it leads now, the case or the ticket, the emergency that is told."""

from typing import Any

import msgspec
import structlog

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web
from vardlots.cases import web
from vardlots.cases.actions import NewCase, open_case
from vardlots.cases.model import Case
from vardlots.cases.turn import House
from vardlots.clinics import queries as clinics
from vardlots.clinics.hours import opening_of
from vardlots.clinics.model import Unit
from vardlots.forms.asked_before import consents_in, interpreter_in
from vardlots.forms.compare import is_declined
from vardlots.people.queries import Person, person
from vardlots.people.rules import rules_of
from vardlots.platform import clock, i18n
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound, WrongState
from vardlots.platform.i18n import N_
from vardlots.tickets.model import Information, NewTicket
from vardlots.triage import actions
from vardlots.triage.anamnesis import history
from vardlots.triage.interview import Interview
from vardlots.triage.interview import outcome as outcome_of
from vardlots.triage.model import Level, as_plain
from vardlots.triage.queries import Kept
from vardlots.triage.schemes import WayIn
from vardlots.triage.ways import (
    HELP_TO_FIND_A_TIME,
    Asked,
    Place,
    Route,
    Seeker,
    contact_of,
    is_out_of_region,
    route,
    valid_until,
)

log = structlog.get_logger()

FACT_MAX = 60
# The answer before the queue that is kept with the person.
MOBILE = "mobile"


def queue_priority(outcome: dict[str, Any]) -> int:
    """The priority in the queue: the scheme's, or 12 where somebody must help to find a time to book."""
    if outcome["way_in"] == WayIn.BOOKING_TICKET:
        return HELP_TO_FIND_A_TIME
    return int(outcome["scheme_priority"])


def needs_booking(outcome: dict[str, Any]) -> bool:
    """Whether the outcome is a visit to be booked."""
    return bool(outcome["way_in"] == WayIn.BOOKING_TICKET)


async def route_of(connection: Connection, *, by: PatientActor, kept: Kept) -> Route:
    """Where an outcome leads now: the unit's hours and roles, the person and the provider's rules read anew.

    Raises NotFound where the unit or the person is no longer within reach.
    """
    assert kept.outcome is not None
    unit, about = await clinics.unit(connection, kept.unit_id), await person(connection, kept.person_id)
    if unit is None or about is None:
        raise NotFound()
    asked = Asked(
        int(kept.outcome["scheme_priority"]), Level(kept.outcome["level"]), str(kept.outcome["role"])
    )
    return route(
        asked,
        kept.practice.scheme_for(kept.outcome["scheme"]),
        kept.practice.routing,
        place_of_unit(unit, await clinics.roles_at(connection, unit.unit_id)),
        await seeker(connection, by=by, about=about, provider_id=unit.provider_id),
    )


def place_of_unit(unit: Unit, roles: frozenset[str] = frozenset()) -> Place:
    """What routing needs to know of a unit, as it is now."""
    state = opening_of(unit, clock.now())
    return Place(
        unit_id=unit.unit_id,
        receives=unit.takes_drop_in and unit.active,
        is_open=state.is_open,
        opens_at=None if state.is_open else state.changes_at,
        reports_emergencies=unit.reports_emergencies,
        roles=roles,
    )


async def seeker(connection: Connection, *, by: PatientActor, about: Person, provider_id: int) -> Seeker:
    """What routing needs to know of the person it is about."""
    known = await clinics.counties(connection, provider_id, about.listed_unit_id)
    main = by.main(about.person_id)
    return Seeker(
        by_guardian=main != by.person_id,
        may_seek=by.may_seek(person_id=main, provider_id=provider_id),
        protected=about.protected,
        protected_allowed=(await rules_of(connection, provider_id)).protected_sign_in,
        out_of_region=is_out_of_region(
            provider_id=provider_id,
            own=known.own,
            listed_provider_id=known.listed_provider_id,
            listed=known.listed,
            lives=about.county,
        ),
    )


def new_case(kept: Kept, way: Route | None = None) -> NewCase:
    """What triage hands to the queue: where to, how urgent, why, and what nobody has read yet.

    `way` is where the outcome leads; without it the case goes where the outcome itself says.
    """
    assert kept.outcome is not None
    interview = kept.interview()
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
        role=way.role if way else outcome["role"],
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
            "interpreter": interpreter_in(kept.post_answers),
            **_marks(way),
        },
    )


def new_case_of_ticket(kept: Kept, way: Route) -> NewCase:
    """What a ticket hands to the queue that is used for help to find a time.

    What was said of consents is written down with the ticket: said again now, it would undo a no said since.
    """
    return msgspec.structs.replace(new_case(kept, way), consents={})


def _marks(way: Route | None) -> dict[str, Any]:
    """What staff are told of the way that a case has come: only what is out of the ordinary."""
    if way is None:
        return {}
    found: dict[str, Any] = {"suggested_role": way.suggested_role} if way.suggested_role else {}
    # Where somebody with protected identity belongs is told to nobody.
    return found | ({"out_of_region": True} if way.out_of_region and way.notices else {})


def new_ticket(kept: Kept, way: Route) -> NewTicket:
    """The booking ticket that an outcome gives: what the patient reads in every language, and the history for staff."""
    assert kept.outcome is not None
    interview = kept.interview()
    told = history(interview, "sv")
    return NewTicket(
        provider_id=kept.provider_id,
        unit_id=kept.unit_id,
        person_id=kept.person_id,
        interview_id=kept.interview_id,
        interview_rev=kept.rev,
        contact=way.contact or contact_of(Level(kept.outcome["level"])),
        role=way.role,
        priority=way.priority,
        reason=kept.reason,
        valid_until=valid_until(way.valid_days, clock.now()),
        information=information(interview),
        history={
            "protocol": kept.protocol,
            "version": kept.version,
            "rules": kept.outcome["rules"],
            "told": as_plain(told),
            "own_words": str(kept.post_answers.get("own_words", "")).strip(),
            "interpreter": interpreter_in(kept.post_answers),
            **_marks(way),
        },
        consents=consents_in(kept.post_answers),
    )


def information(interview: Interview) -> Information:
    """The outcome's words as the patient reads them, in every language that the product has.

    Not its title, which says by when the unit's staff would see somebody: a ticket has days of its own.
    """
    said = {lang: outcome_of(interview, lang) for lang in i18n.LANGUAGES}
    first = said[i18n.SOURCE]
    return Information(
        lead={lang: one.lead for lang, one in said.items()},
        advice=tuple({lang: one.advice[n] for lang, one in said.items()} for n in range(len(first.advice))),
        meanwhile={lang: " ".join(one.meanwhile) for lang, one in said.items()} if first.meanwhile else {},
        call_112_if={lang: one.call_112_if for lang, one in said.items()} if first.call_112_if else {},
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


async def keep_before(house: House, *, by: PatientActor, kept: Kept, answers: dict[str, Any]) -> Kept:
    """Keep the answers before the queue, and the number among them with the person.

    Raises WrongState where the interview is elsewhere by now.
    """
    kept = await actions.keep_post_answers(house, by=by, ref=kept.ref, answers=answers)
    given = answers.get(MOBILE) or []
    number = None if not given or is_declined(given) else str(given[0])
    await actions.set_mobile(house, by=by, mobile=number, seeking_at=kept.provider_id)
    return kept


async def open_emergency(request: Web, by: PatientActor, kept: Kept) -> Case | None:
    """Open a case at once for a priority 1, where the unit so chooses; the person is told to call 112 all the same.

    None where the unit does not, where the person has an active case of the same reason there already, or where it
    could not be done: nothing that fails here may stand between somebody and the words *ring 112*.
    """
    house = web.house(request)
    try:
        async with house.database.transaction(by.scope) as connection:
            way = await route_of(connection, by=by, kept=kept)
        if not way.reported:
            return None
        return await open_case(house, by=by, new=new_case(kept, way))
    except WrongState:
        return None
    except Exception as fault:
        log.error("emergency_not_reported", interview=str(kept.ref), fault=type(fault).__name__)
        return None
