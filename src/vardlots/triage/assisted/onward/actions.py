"""A call that goes on elsewhere: the unit gets it as a consultation that nobody declines, or the patient a ticket.

Both in the transaction that ends the call's own case, so that nothing is promised on the phone that is not sent.
"""

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.cases.model import Case
from vardlots.consultations import actions as consultations
from vardlots.consultations.hiding import unnamed
from vardlots.consultations.model import HIDDEN, Consent, NewConsultation, Subject
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid
from vardlots.platform.live import Signal
from vardlots.tickets.actions import signals_of
from vardlots.tickets.model import Contact as TicketContact
from vardlots.tickets.model import Kind as TicketKind
from vardlots.tickets.staff import actions as tickets
from vardlots.tickets.staff.model import StaffTicket
from vardlots.tickets.staff.policy import DROP_IN_ROLES, HISTORY_MAX
from vardlots.triage.assisted.model import Caller, Contact, Ending, Spoken
from vardlots.triage.assisted.onward.queries import Onward
from vardlots.triage.assisted.onward.telling import lead, told_of
from vardlots.triage.assisted.queries import Triage
from vardlots.triage.assisted.routes import priority_for
from vardlots.triage.model import Level
from vardlots.triage.routing import BOOKABLE
from vardlots.triage.ways import contact_of

# What the field of another subject's verb is called on the page of the outcome.
_FIELDS = {"resource": "role", "provider": "unit_id", "subject_name": "unit_id", "problem": "note"}


def settled(spoken: Spoken, ending: Ending, way: Onward) -> Spoken:
    """What was decided with what follows from how it ends: how the patient is reached, whose it is by the rules, and in
    a queue the priority of somebody who wants help to find a time."""
    decided = spoken.decided
    finds_time = ending is Ending.QUEUE and decided.priority in BOOKABLE
    if decided.priority == way.wanted.priority:
        decided = msgspec.structs.replace(decided, priority=priority_for(ending, decided.priority))
    place = way.place(decided.unit_id)
    if ending is Ending.HANDED_OVER or finds_time:
        routed = way.rules.role_for(level=way.wanted.level, role=decided.role, priority=decided.priority)
        there = place is not None and routed in place.roles
        decided = msgspec.structs.replace(decided, role=routed if there else decided.role)
    if ending is Ending.HANDED_OVER:
        decided = msgspec.structs.replace(decided, contact=Contact.TELEPHONE)
    if ending is Ending.TICKET:
        decided = msgspec.structs.replace(decided, contact=Contact.DIGITAL)
        if place is not None and not place.own:
            decided = msgspec.structs.replace(decided, role=DROP_IN_ROLES[_case_kind(way)])
    return msgspec.structs.replace(spoken, decided=decided)


def _case_kind(way: Onward) -> str:
    return "administrative" if way.wanted.is_service else "care"


async def go_on(
    connection: Connection,
    *,
    by: StaffActor,
    found: Triage,
    way: Onward,
    spoken: Spoken,
    ending: Ending,
    case: Case,
) -> list[Signal]:
    """Send it on, in the caller's transaction; `case` is the call's own, ended. The decision has been checked.

    Returns the signals to publish after the commit. Raises Invalid with the field of the page.
    """
    try:
        if ending is Ending.TICKET:
            return await _give_ticket(connection, by, found, way, spoken, case)
        return await _hand_over(connection, by, found, way, spoken, case)
    except Invalid as refusal:
        field = _FIELDS.get(refusal.field, refusal.field)
        raise Invalid(field, refusal.message, **refusal.values) from None


async def _hand_over(
    connection: Connection, by: StaffActor, found: Triage, way: Onward, spoken: Spoken, case: Case
) -> list[Signal]:
    """The unit has it from now on. Inside the provider the call's case goes with it; to another only the text does."""
    decided, about, call = spoken.decided, found.person, found.assisted.call
    unit = way.unit(decided.unit_id)
    assert unit is not None
    elsewhere = unit.provider_id != by.provider_id
    given_by = "guardian" if call.caller is Caller.GUARDIAN else "patient"
    name = HIDDEN if about.protected else about.name
    told = told_of(found, decided, note=spoken.note)
    if elsewhere and about.protected:
        # Most of it nobody has written for the receiver: the answers go as they are, but for who it is.
        told = unnamed(told, (about.given_name, about.family_name), about.number)
    new = NewConsultation(
        person_id=case.person_id,
        to_provider_id=unit.provider_id,
        unit_id=unit.unit_id,
        role=decided.role,
        kind=_case_kind(way),
        reason=case.reason,
        priority=decided.priority,
        problem=told,
        from_case=case.ref,
        related=() if elsewhere else (case.case_id,),
        consent=Consent("phone", given_by) if elsewhere else None,
        subject=Subject(name, about.number) if elsewhere else None,
        by_telephone=True,
    )
    _, signals = await consultations.place(connection, by=by, new=new, key=_key(found))
    return signals


async def _give_ticket(
    connection: Connection, by: StaffActor, found: Triage, way: Onward, spoken: Spoken, case: Case
) -> list[Signal]:
    """A time to book at a unit of one's own, a drop-in visit at another's. The history goes with it as text."""
    decided = spoken.decided
    unit = way.unit(decided.unit_id)
    assert unit is not None
    own = unit.provider_id == by.provider_id
    new = StaffTicket(
        kind=TicketKind.BOOKING if own else TicketKind.DROP_IN,
        person_id=case.person_id,
        to_provider_id=unit.provider_id,
        unit_id=unit.unit_id,
        role=decided.role,
        reason=case.reason,
        contact=contact_of(Level(way.wanted.level)) if own else TicketContact.DIGITAL,
        priority=decided.priority,
        history=told_of(found, decided, note=spoken.note, most=HISTORY_MAX),
        information=lead(found),
        from_case=case.ref,
        case_kind="care" if own else _case_kind(way),
    )
    given = await tickets.place(connection, by=by, new=new, key=_key(found))
    return signals_of(given)


def _key(found: Triage) -> str:
    """A call goes on once."""
    return f"assisted-{found.kept.ref}"
