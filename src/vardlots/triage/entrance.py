"""What meets somebody before the questions begin: that they cannot be received here, or that it is in hand already."""

from typing import Any

import msgspec

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web
from vardlots.cases.queries import active_case
from vardlots.clinics import queries as clinics
from vardlots.clinics.model import Unit
from vardlots.people.queries import Person
from vardlots.platform.db import Connection
from vardlots.platform.errors import Forbidden, NotFound
from vardlots.platform.i18n import text
from vardlots.tickets.queries import waiting_for
from vardlots.tickets.words import book_by
from vardlots.triage import queries
from vardlots.triage.configured import Practice, practice_of
from vardlots.triage.home import chosen_person
from vardlots.triage.next_steps import TURNED_AWAY, turned_away
from vardlots.triage.queueing import place_of_unit, seeker
from vardlots.triage.routing import Closed
from vardlots.triage.ways import Why, not_possible


class Entering(msgspec.Struct, frozen=True):
    """Whom it is about, where, and what holds there. `refused`: where to turn, where the unit cannot receive them."""

    person: Person
    unit: Unit
    practice: Practice
    refused: str


async def entering(request: Web, connection: Connection, *, by: PatientActor, unit_id: int) -> Entering:
    """Whoever stands before the questions of a unit, for themself or for the child that the address names.

    Raises NotFound for a unit that patients may not turn to or a person whom the actor may not act for, Forbidden where
    the provider does not take care of somebody so young, or through a guardian.
    """
    person = chosen_person(request, await queries.household(connection, by), by)
    unit = await clinics.unit(connection, unit_id)
    if unit is None or not (unit.takes_drop_in and unit.active):
        raise NotFound()
    if not by.may_seek(person_id=person.person_id, provider_id=unit.provider_id):
        raise Forbidden(TURNED_AWAY[Why.AGE], code="age")
    practice = await practice_of(connection, unit.provider_id)
    refused = await _refused(connection, by=by, person=person, unit=unit, practice=practice)
    return Entering(person, unit, practice, refused)


async def _refused(
    connection: Connection, *, by: PatientActor, person: Person, unit: Unit, practice: Practice
) -> str:
    """Where to turn, where the unit cannot receive the person whatever the matter; "" where it can."""
    about = await seeker(connection, by=by, about=person, provider_id=unit.provider_id)
    why = not_possible(practice.routing, place_of_unit(unit), about)
    return turned_away(practice.routing, why, by.lang) if why else ""


def begins_closed(practice: Practice) -> bool:
    """Whether the questions may be begun while the unit is closed: what comes of them may be sent all the same."""
    return practice.routing.closed is Closed.SEND


class InHand(msgspec.Struct, frozen=True):
    """That the person has it in hand already: a sentence, where it is, and whether it may be asked about again."""

    told: str
    href: str
    link: str
    reason: str
    again: bool = False


async def in_hand(connection: Connection, *, by: PatientActor, at: Entering, reason: str) -> InHand | None:
    """The active case, or else the unused ticket, that the person has for a reason at a unit. None: neither.

    Of a case nothing is begun beside it: who is worse says so in it. A ticket gives way to what is answered anew.
    """
    ids, unit = by.ids_of(by.main(at.person.person_id)), at.unit
    where: dict[str, Any] = {"provider_id": unit.provider_id, "unit_id": unit.unit_id, "person_ids": ids}
    name = at.practice.name(reason, by.lang).lower()
    if (case := await active_case(connection, reason=reason, **where)) is not None:
        told = text(by.lang, "Du har redan ett ärende om {reason} hos {unit}.", reason=name, unit=unit.name)
        return InHand(told, f"/my/cases/{case}", text(by.lang, "Gå till ärendet"), reason)
    if (ticket := await waiting_for(connection, reason=reason, **where)) is not None:
        until = book_by(ticket.valid_until, by.lang)
        told = text(
            by.lang,
            "Du har redan en bokningsbiljett för {reason} hos {unit}. {until}.",
            reason=name,
            unit=unit.name,
            until=until,
        )
        return InHand(told, f"/my/tickets/{ticket.ref}", text(by.lang, "Öppna biljetten"), reason, again=True)
    return None
