"""Where an assisted triage leads: every priority, way to reach the patient, hour and role, as the routine says."""

import itertools

import pytest

from vardlots.configuration.routing_rules import DEFAULT, RoleRule, RoutingRules, problems
from vardlots.triage.assisted.model import Ending
from vardlots.triage.assisted.routes import (
    Place,
    Sender,
    Wanted,
    Why,
    endings,
    gives_ticket,
    priority_for,
    receiver,
)
from vardlots.triage.schemes import WayIn

ROLES = ("nurse", "physician", "physiotherapist", "psychologist", "medical_admin")
LEVELS = ("physical", "digital", "telephone")
PRIORITIES = tuple(range(2, 13))
ALL = frozenset(ROLES)
HOME = Place(unit_id=1, name="Ängsviken", is_open=True, on_call=False, roles=ALL)
CLOSED = Place(unit_id=1, name="Ängsviken", is_open=False, on_call=False, roles=ALL)
CALL = Place(unit_id=2, name="Jourcentralen", is_open=False, on_call=True, roles=ALL)
OTHER = Place(unit_id=3, name="Norrhamn", is_open=False, on_call=True, own=False, queues=False, roles=ALL)


def wanted(priority: int, level: str = "digital", role: str = "nurse", **more: bool) -> Wanted:
    way = WayIn.BOOKING_TICKET if 6 <= priority <= 11 else WayIn.DROP_IN
    if priority == 1:
        way = WayIn.EMERGENCY
    return Wanted(level=level, role=role, priority=priority, way_in=way, **more)


@pytest.mark.parametrize("hours", ["day", "on_call", "nobody"])
def test_every_priority_level_role_and_hour(hours: str) -> None:
    """The table itself [001 § 2.2.5.1], written out a second time."""
    for priority, level, role in itertools.product(PRIORITIES, LEVELS, ROLES):
        goes_as_the_table_says(priority, level, role, hours)


def goes_as_the_table_says(priority: int, level: str, role: str, hours: str) -> None:
    places = {"day": [HOME, CALL], "on_call": [CLOSED, CALL], "nobody": [CLOSED]}[hours]
    found = receiver(wanted(priority, level, role), places, 1, DEFAULT)
    to_nurse = level == "physical" and role == "physician" and priority in (6, 7, 8, 9, 10, 11)
    assert found.role == ("nurse" if to_nurse else role)
    assert (Why.OTHER_ROLE in found.why) is to_nurse
    expected: int | None = 1
    if hours == "on_call" and priority <= 5:
        expected = 2
    elif hours == "nobody" and priority == 2:
        expected = None
    assert (found.place.unit_id if found.place else None) == expected


def test_by_day_nothing_is_out_of_the_ordinary() -> None:
    assert receiver(wanted(3), [HOME], 1, DEFAULT).why == ()


@pytest.mark.parametrize(
    ("places", "priority", "unit_id", "why"),
    [
        ([CLOSED, OTHER, CALL], 3, 2, Why.ON_CALL),
        ([CLOSED, OTHER], 3, 3, Why.ON_CALL),
        ([CLOSED], 3, 1, Why.WAITS_UNTIL_OPEN),
        ([CLOSED, CALL], 8, 1, Why.WAITS_UNTIL_OPEN),
        ([CLOSED], 2, None, Why.NOBODY_ON_CALL),
    ],
)
def test_outside_hours(places: list[Place], priority: int, unit_id: int | None, why: Why) -> None:
    found = receiver(wanted(priority), places, 1, DEFAULT)
    assert (found.place.unit_id if found.place else None) == unit_id
    assert why in found.why


def test_a_unit_that_is_on_call_itself_keeps_its_own() -> None:
    on_call = Place(unit_id=1, name="Ängsviken", is_open=False, on_call=True, roles=ALL)
    found = receiver(wanted(3), [CALL, on_call], 1, DEFAULT)
    assert found.place == on_call


def test_the_provider_decides() -> None:
    rules = RoutingRules(
        roles=[RoleRule("any", "psychologist", 2, 12, "nurse")], outside_hours="listed", on_call_to=3
    )
    assert receiver(wanted(3, role="psychologist"), [CLOSED, CALL], 1, rules).place == CLOSED
    assert receiver(wanted(8, "physical", "physician"), [HOME], 1, rules).role == "physician"
    assert receiver(wanted(8, "physical", "psychologist"), [HOME], 1, rules).role == "nurse"
    up_to_three = RoutingRules(on_call_to=3)
    assert receiver(wanted(3), [CLOSED, CALL], 1, up_to_three).place == CALL
    assert receiver(wanted(4), [CLOSED, CALL], 1, up_to_three).place == CLOSED


def test_a_unit_without_the_role_has_another_stand_in() -> None:
    small = Place(unit_id=1, name="Skäret", is_open=True, on_call=False, roles=frozenset({"nurse"}))
    found = receiver(wanted(4, role="physiotherapist"), [small], 1, DEFAULT)
    assert (found.role, found.why) == ("nurse", (Why.STANDS_IN,))


def test_who_is_listed_nowhere_here_goes_to_the_first_unit() -> None:
    found = receiver(wanted(4), [HOME, CALL], None, DEFAULT)
    assert (found.place, found.why) == (HOME, (Why.NOT_LISTED,))
    assert receiver(wanted(4), [], None, DEFAULT).place is None


CONTACTS = {
    "digital": (True, True),
    "could_be": (True, False),
    "telephone": (False, False),
}


@pytest.mark.parametrize("contact", sorted(CONTACTS))
@pytest.mark.parametrize("hands_over", [True, False])
@pytest.mark.parametrize("elsewhere", [True, False])
def test_the_ways_to_end_it(contact: str, hands_over: bool, elsewhere: bool) -> None:
    for priority in range(1, 13):
        ends_in_its_ways(priority, contact, hands_over, elsewhere)


def ends_in_its_ways(priority: int, contact: str, hands_over: bool, elsewhere: bool) -> None:
    reads, digital = CONTACTS[contact]
    places = [OTHER] if elsewhere else [HOME]
    sender = Sender(hands_over=hands_over, reads=reads, is_digital=digital)
    found = endings(wanted(priority), sender, places)
    assert len(set(found)) == len(found)
    if priority == 1:
        assert found == ()
        return
    booked = 6 <= priority <= 11
    ticket = reads and (
        (booked and not elsewhere) or (not booked and elsewhere and hands_over and priority != 12)
    )
    assert (Ending.TICKET in found) is ticket
    assert (Ending.HANDED_OVER in found) is hands_over
    assert (Ending.QUEUE in found) is not elsewhere
    if contact == "digital" and ticket:
        assert found[0] is Ending.TICKET
    elif contact == "digital" and not elsewhere:
        assert found[0] is Ending.QUEUE
    elif hands_over:
        assert found[0] is Ending.HANDED_OVER


def test_an_errand_elsewhere_is_a_drop_in_ticket_and_is_never_booked() -> None:
    digital = Sender(hands_over=True, reads=True, is_digital=True)
    assert gives_ticket(wanted(12, is_service=True), digital, [OTHER])
    assert not gives_ticket(wanted(8, is_service=True), digital, [HOME])


@pytest.mark.parametrize("ending", list(Ending))
def test_what_is_booked_queues_for_help_to_find_a_time(ending: Ending) -> None:
    for priority in range(1, 13):
        booked = ending is Ending.QUEUE and 6 <= priority <= 11
        assert priority_for(ending, priority) == (12 if booked else priority)


def test_what_is_wrong_with_the_rules_is_said_at_its_field() -> None:
    value = RoutingRules(roles=[RoleRule("any", "nurse", 8, 3, "system_admin")])
    assert [one.field for one in problems(value, ALL)] == ["roles.0.to_priority", "roles.0.goes_to"]
    assert problems(DEFAULT, ALL) == []
