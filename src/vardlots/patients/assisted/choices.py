"""What there is to choose from on the page of the outcome, read anew for each page."""

from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.clinics.hours import opening_of
from vardlots.clinics.model import Unit
from vardlots.clinics.words import opening_words
from vardlots.consents import queries as consents
from vardlots.patients.assisted.ways import suggested
from vardlots.people.queries import same_persons
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.triage.assisted.model import ONWARD, Caller, Decided, Ending
from vardlots.triage.assisted.onward.queries import Onward, onward
from vardlots.triage.assisted.queries import Triage, has_signed_in, roles_to_choose, suggested_role
from vardlots.triage.queueing import queue_priority
from vardlots.triage.ways import standing_in
from vardlots.worklist.shell import Desk


class Choices(msgspec.Struct, frozen=True):
    """The selects, what they begin with, and what decides the ways that it may end. `elsewhere` names the other
    providers that it may go to, who need the patient's consent."""

    units: list[dict[str, Any]]
    roles: list[dict[str, Any]]
    suggested: Decided
    signed_in: bool
    may_consent: bool
    elsewhere: list[str]
    way: Onward


async def choices_of(connection: Connection, by: StaffActor, found: Triage, desk: Desk) -> Choices:
    """All of it, as it is now."""
    kept, about, call, lang = found.kept, found.person, found.assisted.call, desk.lang
    assert kept.outcome is not None
    way = await onward(connection, by=by, found=found)
    first = _suggested(way, found, by)
    at_unit = await roles_to_choose(connection, kept, first.unit_id)
    everywhere = at_unit.union(*[place.roles for place in way.places], {first.role})
    roles = sorted(
        (role for role in everywhere if kept.practice.roles.of(role).cares),
        key=lambda role: (role not in at_unit, desk.known.role_name(role, lang)),
    )
    answerers = {
        one.person_id
        for one in await consents.who_may_answer(connection, by.provider_id, about, clock.today())
    }
    says = call.guardian_id if call.caller is Caller.GUARDIAN else about.person_id
    return Choices(
        units=[{"value": str(one.unit_id), "label": _unit_words(one, by, lang)} for one in way.units],
        roles=[{"value": role, "label": desk.known.role_name(role, lang)} for role in roles],
        suggested=first,
        signed_in=await has_signed_in(connection, await same_persons(connection, [about.person_id])),
        may_consent=call.caller is not Caller.OTHER and says in answerers,
        elsewhere=sorted({one.provider_name for one in way.units if one.provider_id != by.provider_id}),
        way=way,
    )


def _suggested(way: Onward, found: Triage, by: StaffActor) -> Decided:
    """What the form begins with: what goes with the way that comes first."""
    kept = found.kept
    assert kept.outcome is not None
    ending, place = suggested(way), way.receiver.place
    if ending in ONWARD and place is not None:
        wanted, order = way.wanted, kept.practice.routing.order
        # Who books a time for themself books it with the role that triage gave.
        books = ending is Ending.TICKET
        role = standing_in(wanted.role, place.roles, order) if books else way.receiver.role
        return Decided(place.unit_id, role, wanted.priority)
    own = {one.unit_id: one for one in way.units if one.provider_id == by.provider_id}
    unit_id = kept.unit_id if kept.unit_id in own else by.unit_id
    at = way.place(unit_id)
    role = suggested_role(kept, at.roles if at is not None else frozenset(), way.rules)
    return Decided(unit_id, role, queue_priority(kept.outcome))


def _unit_words(unit: Unit, by: StaffActor, lang: str) -> str:
    hours = opening_words(opening_of(unit, clock.now()), lang)
    if unit.provider_id != by.provider_id:
        return f"{unit.name}, {unit.provider_name}, {hours}"
    return f"{unit.name}, {hours}"
