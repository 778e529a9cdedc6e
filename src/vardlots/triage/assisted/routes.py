"""Where an assisted triage leads, and the ways that it may end (rows E5, I4). Pure: the outcome, the rules, the places.

The person on the line is either one who reads in the service, who gets what any patient gets (the queue, or a ticket),
or one who does not: then 1177 by telephone hands the case over to the unit as a consultation that nobody declines
[001 § 2.2.5]. Which unit and role, by day and on call, is the provider's data (`configuration/routing_rules.py`).
"""

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum

import msgspec

from vardlots.configuration.routing_rules import RoutingRules
from vardlots.triage.assisted.model import Ending
from vardlots.triage.routing import BOOKABLE
from vardlots.triage.schemes import WayIn
from vardlots.triage.ways import HELP_TO_FIND_A_TIME, NEVER_WAITS, standing_in

# Who meets those whom 1177 by telephone sends on with a drop-in ticket [003]; errands are for the administrator.
URGENT = (2, 3, 4, 5)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that might get it. `roles` are those that take cases there; `on_call`: on call now, by its own hours or
    because it is a digital on-call unit that is open; `own`: of the provider that triages; `queues`: patients may be
    put into its queue from here."""

    unit_id: int
    name: str
    is_open: bool
    on_call: bool
    own: bool = True
    queues: bool = True
    roles: frozenset[str] = frozenset()


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What triage came to: `priority` is the scheme's, also one that is booked."""

    level: str
    role: str
    priority: int
    way_in: WayIn
    is_service: bool = False


class Why(StrEnum):
    """What is out of the ordinary with where it goes; each is a sentence on the page."""

    OTHER_ROLE = "other_role"
    STANDS_IN = "stands_in"
    ON_CALL = "on_call"
    WAITS_UNTIL_OPEN = "waits_until_open"
    NOBODY_ON_CALL = "nobody_on_call"
    NOT_LISTED = "not_listed"


class Receiver(msgspec.Struct, frozen=True, kw_only=True):
    """Who gets it, and why. `place` None: nobody can, as urgent as it is."""

    place: Place | None
    role: str
    why: tuple[Why, ...] = ()


def receiver(
    wanted: Wanted,
    places: Sequence[Place],
    listed: int | None,
    rules: RoutingRules,
    order: Sequence[str] = (),
) -> Receiver:
    """The unit and role that a case goes to when 1177 by telephone hands it over.

    `places` with the one to prefer first, `listed` the unit where the patient is listed (None, or one that is not among
    them: the first is asked), `order` the roles that stand in for one that a unit lacks.
    """
    home = next((one for one in places if one.unit_id == listed), None)
    why: tuple[Why, ...] = () if home is not None else (Why.NOT_LISTED,)
    home = home or next(iter(places), None)
    place, hours = _by_hours(wanted, places, home, rules)
    role = rules.role_for(level=wanted.level, role=wanted.role, priority=wanted.priority)
    if role != wanted.role:
        why += (Why.OTHER_ROLE,)
    if place is None:
        return Receiver(place=None, role=role, why=why + hours)
    there = standing_in(wanted.role if role not in place.roles else role, place.roles, order)
    if there != role:
        why += (Why.STANDS_IN,)
    return Receiver(place=place, role=there, why=why + hours)


def _by_hours(
    wanted: Wanted, places: Iterable[Place], home: Place | None, rules: RoutingRules
) -> tuple[Place | None, tuple[Why, ...]]:
    """By day the patient's own unit; on call a unit that is, for what does not wait."""
    if home is None or home.is_open:
        return home, ()
    urgent = wanted.priority <= rules.on_call_to
    if rules.outside_hours == "on_call" and urgent:
        if home.on_call:
            return home, (Why.ON_CALL,)
        # Of the own provider first: what goes to another takes a consent.
        on_call = sorted((one for one in places if one.on_call), key=lambda one: not one.own)
        if on_call:
            return on_call[0], (Why.ON_CALL,)
    if wanted.priority in NEVER_WAITS:
        return None, (Why.NOBODY_ON_CALL,)
    return home, (Why.WAITS_UNTIL_OPEN,)


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Who triages: `hands_over`, being 1177 by telephone. `reads`: the patient can read in the service; `is_digital`:
    and would, as far as is known."""

    hands_over: bool
    reads: bool
    is_digital: bool


def endings(wanted: Wanted, sender: Sender, places: Collection[Place]) -> tuple[Ending, ...]:
    """How the call may end with something for the patient to wait for or use, the suggested way first.

    Advice, and the words *ring 112*, are always there beside these; an outcome of priority 1 has nothing else.
    """
    if wanted.way_in is WayIn.EMERGENCY:
        return ()
    found: list[Ending] = []
    if sender.reads and gives_ticket(wanted, sender, places):
        found.append(Ending.TICKET)
    if any(one.queues for one in places):
        found.append(Ending.QUEUE)
    if sender.hands_over and places:
        # For whoever is not digital it comes first, for the others last: they may want to be called all the same.
        found.insert(len(found) if sender.reads and sender.is_digital else 0, Ending.HANDED_OVER)
    if not sender.is_digital and Ending.TICKET in found:
        # Nothing says that they read what is sent there.
        found.sort(key=lambda one: one is Ending.TICKET)
    return tuple(found)


def gives_ticket(wanted: Wanted, sender: Sender, places: Collection[Place]) -> bool:
    """Whether a ticket does: a time to book at a unit of one's own, or a drop-in visit at another provider's."""
    if wanted.way_in is WayIn.BOOKING_TICKET:
        return not wanted.is_service and any(one.own for one in places)
    return sender.hands_over and any(not one.own for one in places) and is_drop_in(wanted)


def is_drop_in(wanted: Wanted) -> bool:
    """Whether a drop-in ticket can be of the priority: urgent care, or an errand."""
    return wanted.is_service or wanted.priority in URGENT


def priority_for(ending: Ending, priority: int) -> int:
    """The priority that holds with an ending: in a queue, what is booked is help to find a time."""
    return HELP_TO_FIND_A_TIME if ending is Ending.QUEUE and priority in BOOKABLE else priority
