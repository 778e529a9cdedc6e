"""What there is to choose from when a call is to go on elsewhere, read as it is now."""

from datetime import datetime

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.clinics import queries as clinics
from vardlots.clinics.hours import on_call_at, open_at
from vardlots.clinics.model import Unit, UnitKind
from vardlots.configuration.routing_rules import RoutingRules, routing_rules
from vardlots.people.queries import Person, same_persons
from vardlots.people.rules import rules_of
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.triage.assisted import policy
from vardlots.triage.assisted.model import Ending
from vardlots.triage.assisted.queries import Triage, has_signed_in, roles_to_choose, units_for
from vardlots.triage.assisted.routes import Place, Receiver, Sender, Wanted, endings, receiver
from vardlots.triage.schemes import WayIn


class Onward(msgspec.Struct, frozen=True, kw_only=True):
    """Where it may go: the units that can be chosen, the first to prefer; the same as places; the way it should go."""

    units: list[Unit]
    places: list[Place]
    wanted: Wanted
    sender: Sender
    rules: RoutingRules
    receiver: Receiver
    endings: tuple[Ending, ...]

    def place(self, unit_id: int) -> Place | None:
        """The unit as a place, None where it is none to choose."""
        return next((one for one in self.places if one.unit_id == unit_id), None)

    def unit(self, unit_id: int) -> Unit | None:
        """The unit itself."""
        return next((one for one in self.units if one.unit_id == unit_id), None)

    def endings_at(self, unit_id: int) -> tuple[Ending, ...]:
        """The ways that it may end with this unit chosen."""
        place = self.place(unit_id)
        return endings(self.wanted, self.sender, [place]) if place is not None else ()


def wanted_of(found: Triage) -> Wanted:
    """What triage came to."""
    outcome = found.kept.outcome
    assert outcome is not None
    return Wanted(
        level=str(outcome["level"]),
        role=str(outcome["role"]),
        priority=int(outcome["scheme_priority"]),
        way_in=WayIn(outcome["way_in"]),
        is_service=found.kept.is_service,
    )


async def onward(connection: Connection, *, by: StaffActor, found: Triage) -> Onward:
    """All that decides where a call may go on, as it is at this moment."""
    kept, about = found.kept, found.person
    own = await clinics.unit(connection, by.unit_id)
    hands_over = own is not None and own.kind == UnitKind.TELEPHONE
    units = await _units(connection, by, about, hands_over=hands_over)
    places = [
        _place(one, by, await roles_to_choose(connection, kept, one.unit_id))
        for one in units
        if one.kind != UnitKind.TELEPHONE
    ]
    rules = await routing_rules(connection, by.provider_id)
    reads = policy.may_read_here(
        about, found.assisted.call, await rules_of(connection, by.provider_id), clock.today()
    )
    signed_in = reads and await has_signed_in(
        connection, await same_persons(connection, [policy.acts_of(about, found.assisted.call)])
    )
    sender = Sender(hands_over=hands_over, reads=reads, is_digital=signed_in)
    wanted = wanted_of(found)
    # The unit that was chosen when the call began; else where the patient is listed.
    home = about.listed_unit_id if kept.unit_id == by.unit_id and hands_over else kept.unit_id
    to = receiver(wanted, places, home, rules, kept.practice.routing.order)
    there = [to.place] if to.place is not None else places
    return Onward(
        units=units,
        places=places,
        wanted=wanted,
        sender=sender,
        rules=rules,
        receiver=to,
        endings=endings(wanted, sender, there),
    )


async def _units(connection: Connection, by: StaffActor, about: Person, *, hands_over: bool) -> list[Unit]:
    """One's own to choose from; for 1177 by telephone also where the patient is listed, whoever runs it, and whoever is
    on call now."""
    units = await units_for(connection, by=by, about=about)
    if not hands_over:
        return units
    known = {one.unit_id for one in units}
    now = clock.now()
    listed = await clinics.unit(connection, about.listed_unit_id) if about.listed_unit_id else None
    more = [listed] if listed is not None and listed.active else []
    theirs = {by.provider_id} | ({listed.provider_id} if listed is not None else set())
    for provider_id in sorted(theirs):
        more += [one for one in await clinics.units_of(connection, provider_id) if is_on_call(one, now)]
    for one in more:
        if one.unit_id not in known:
            known.add(one.unit_id)
            units.append(one)
    return units


def is_on_call(unit: Unit, now: datetime) -> bool:
    """Whether a unit answers outside office hours at a moment: by its own on-call hours, or as digital on-call."""
    if not unit.active:
        return False
    return on_call_at(unit, now) or (unit.kind == UnitKind.DIGITAL_ON_CALL and open_at(unit, now))


def _place(unit: Unit, by: StaffActor, roles: frozenset[str]) -> Place:
    now, own = clock.now(), unit.provider_id == by.provider_id
    return Place(
        unit_id=unit.unit_id,
        name=unit.name,
        is_open=open_at(unit, now),
        on_call=is_on_call(unit, now),
        own=own,
        queues=own and unit.active and unit.takes_drop_in,
        roles=roles,
    )
