"""Where an outcome leads (requirement B4). Pure: the outcome, what the provider has decided, the unit, the person.

    found = route(asked, scheme, routing, unit, person)

An emergency comes before everything. Whoever cannot be received here is told where to turn. Of the rest, a bookable
outcome gives a ticket, wait-and-see gives advice with a choice, and all others queue: unless the unit is closed.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from vardlots.people.rules import midnight
from vardlots.platform import clock
from vardlots.tickets.model import Contact
from vardlots.triage.model import Level
from vardlots.triage.routing import Closed, OutOfRegion, Routing
from vardlots.triage.schemes import Scheme, WayIn

# Wanting help to find a time, outside what the scheme has as urgent [001 §2.2.1: drop-in, 12].
HELP_TO_FIND_A_TIME = 12
# Assessed at once or within some hours: never left for a unit to open [domain.md 1].
NEVER_WAITS = (1, 2)
LAST_ROLE = "nurse"


class Way(StrEnum):
    """What happens after an outcome."""

    EMERGENCY = "emergency"
    QUEUE = "queue"
    SELF_CARE = "self_care"
    TICKET = "ticket"
    CLOSED = "closed"
    NOT_POSSIBLE = "not_possible"


class Why(StrEnum):
    """Why nobody here can receive the person."""

    UNIT = "unit"
    AGE = "age"
    PROTECTED = "protected"
    OUT_OF_REGION = "out_of_region"


class Asked(msgspec.Struct, frozen=True):
    """What triage came to: the priority in the provider's scheme, the level of care, the role that it suggests."""

    priority: int
    level: Level
    role: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """The unit: `roles` are those that it has an active resource of; `opens_at` None where it never opens."""

    unit_id: int
    receives: bool = True
    is_open: bool = True
    opens_at: datetime | None = None
    reports_emergencies: bool = False
    roles: frozenset[str] = frozenset()


class Seeker(msgspec.Struct, frozen=True, kw_only=True):
    """The person it is about. `may_seek`: their age, and who asks for them, are as the provider's rules want it.

    `protected_allowed`: the provider lets persons with protected identity sign in.
    """

    by_guardian: bool = False
    may_seek: bool = True
    protected: bool = False
    protected_allowed: bool = False
    out_of_region: bool = False


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """Where it leads.

    `suggested_role` is set where the unit has no such role and `role` stands in for it. `reported`: the emergency also
    becomes a case. `finds_time`: it queues for help to find a time, because no ticket can be given. `is_closed` with
    `may_send`: what is sent now is read when the unit opens, which the person chooses. `notices`: texts may be sent.
    """

    way: Way
    unit_id: int
    role: str
    priority: int
    suggested_role: str | None = None
    reported: bool = False
    finds_time: bool = False
    is_closed: bool = False
    may_send: bool = False
    contact: Contact | None = None
    valid_days: int | None = None
    why: Why | None = None
    notices: bool = True
    out_of_region: bool = False

    @property
    def queues(self) -> bool:
        """Whether the person may step into the queue, now or to be read when the unit opens."""
        return self.way in (Way.QUEUE, Way.SELF_CARE, Way.CLOSED) and (not self.is_closed or self.may_send)


def route(asked: Asked, scheme: Scheme, routing: Routing, unit: Place, person: Seeker) -> Route:
    """The way that is open to this person with this outcome, at this unit, now."""
    step = scheme.step(asked.priority)
    role = standing_in(asked.role, unit.roles, routing.order)
    found = Route(
        way=Way.QUEUE,
        unit_id=unit.unit_id,
        role=role,
        priority=step.priority,
        suggested_role=asked.role if role != asked.role else None,
        notices=not person.protected,
        out_of_region=person.out_of_region,
    )
    change = msgspec.structs.replace
    if step.way_in is WayIn.EMERGENCY:
        return change(found, way=Way.EMERGENCY, reported=unit.reports_emergencies and unit.receives)
    if (why := not_possible(routing, unit, person)) is not None:
        return change(found, way=Way.NOT_POSSIBLE, why=why)
    if step.way_in is WayIn.BOOKING_TICKET:
        if _gets_ticket(asked.level, routing, person):
            days = routing.valid_days(step.priority)
            return change(found, way=Way.TICKET, contact=contact_of(asked.level), valid_days=days)
        found = change(found, priority=HELP_TO_FIND_A_TIME, finds_time=True)
    if step.way_in is WayIn.SELF_CARE_THEN_CHOICE:
        found = change(found, way=Way.SELF_CARE)
    return found if unit.is_open else _closed(found, routing, unit)


def _closed(found: Route, routing: Routing, unit: Place) -> Route:
    may_send = (
        routing.closed is Closed.SEND and unit.opens_at is not None and found.priority not in NEVER_WAITS
    )
    # Advice on self-care is worth reading also while nobody is there.
    way = Way.SELF_CARE if found.way is Way.SELF_CARE else Way.CLOSED
    return msgspec.structs.replace(found, way=way, is_closed=True, may_send=may_send)


def _gets_ticket(level: Level, routing: Routing, person: Seeker) -> bool:
    if person.out_of_region and routing.out_of_region is not OutOfRegion.OWN:
        return False
    return routing.physical_bookable or level is not Level.PHYSICAL


def not_possible(routing: Routing, unit: Place, person: Seeker) -> Why | None:
    """Why the unit cannot receive the person, whatever the outcome but an emergency; None where it can."""
    if not unit.receives:
        return Why.UNIT
    if not person.may_seek:
        return Why.AGE
    if person.protected and not person.protected_allowed:
        return Why.PROTECTED
    if person.out_of_region and routing.out_of_region is OutOfRegion.ELSEWHERE:
        return Why.OUT_OF_REGION
    return None


def standing_in(role: str, roles: Collection[str], order: Sequence[str]) -> str:
    """The role that takes the case: the suggested one, else the first of the order that the unit has, else a nurse.

    Where the unit has none of them it keeps the suggestion: a unit answers for all roles, and others may take over
    what waits [001 §2.2.1.1].
    """
    if role in roles:
        return role
    return next((one for one in (*order, LAST_ROLE) if one in roles), role)


def contact_of(level: Level) -> Contact:
    """How a visit of that level of care takes place."""
    return {Level.DIGITAL: Contact.DIGITAL, Level.TELEPHONE: Contact.TELEPHONE}.get(level, Contact.PHYSICAL)


def valid_until(days: int | None, now: datetime) -> datetime | None:
    """The moment from which a ticket no longer holds: the midnight in Sweden after its last day. None: no limit."""
    return midnight(clock.local(now).date() + timedelta(days=days + 1)) if days is not None else None


def is_out_of_region(
    *,
    provider_id: int,
    own: str | None,
    listed_provider_id: int | None,
    listed: str | None,
    lives: str | None,
) -> bool:
    """Whether somebody belongs to another region: listed at no unit of this one, and registered in another county.

    The counties are codes, None where nobody has said. On not knowing alone nobody is turned away.
    """
    if listed_provider_id == provider_id or own is None or own in (listed, lives):
        return False
    return listed is not None or lives is not None
