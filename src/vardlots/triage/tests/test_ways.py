"""Where every outcome leads: every combination of scheme, priority, level, unit, person and what a provider decides."""

import itertools
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from vardlots.clinics.model import ROLES
from vardlots.platform import clock
from vardlots.tickets.model import Contact
from vardlots.tickets.words import book_by, last_day
from vardlots.triage import content
from vardlots.triage.model import Level
from vardlots.triage.routing import Closed, OutOfRegion, Routing, StandIn, problems
from vardlots.triage.ways import (
    Asked,
    Place,
    Route,
    Seeker,
    Way,
    Why,
    is_out_of_region,
    route,
    standing_in,
    valid_until,
)

OPENS = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
UNIT = Place(unit_id=3, roles=frozenset({"nurse", "physician", "physiotherapist"}))
SHUT = msgspec.structs.replace(UNIT, is_open=False, opens_at=OPENS)
NEVER = msgspec.structs.replace(UNIT, is_open=False, opens_at=None)
GONE = msgspec.structs.replace(UNIT, receives=False)
LEVELS = (Level.DIGITAL, Level.PHYSICAL, Level.TELEPHONE)
SCHEMES = {code: [step.priority for step in one.priorities] for code, one in content.schemes().items()}
EVERY = [(code, priority) for code, priorities in SCHEMES.items() for priority in priorities]
PEOPLE = {
    "adult": Seeker(),
    "child": Seeker(by_guardian=True),
    "too young": Seeker(by_guardian=True, may_seek=False),
    "protected": Seeker(protected=True),
    "protected, allowed": Seeker(protected=True, protected_allowed=True),
    "out of region": Seeker(out_of_region=True),
}


def led(
    scheme: str,
    priority: int,
    *,
    level: Level = Level.PHYSICAL,
    unit: Place = UNIT,
    person: Seeker = PEOPLE["adult"],
    routing: Routing | None = None,
    role: str = "nurse",
) -> Route:
    return route(Asked(priority, level, role), content.schemes()[scheme], routing or Routing(), unit, person)


def expected(
    priority: int, level: Level, unit: Place, person: Seeker, routing: Routing
) -> tuple[Way, int, bool]:
    """The way, the priority in the queue or of the ticket, whether one may go on: the rules said another way round."""
    foreign = person.out_of_region
    if priority == 1:
        return Way.EMERGENCY, 1, False
    hidden = person.protected and not person.protected_allowed
    sent_on = foreign and routing.out_of_region == "elsewhere"
    if not unit.receives or not person.may_seek or hidden or sent_on:
        return Way.NOT_POSSIBLE, priority, False
    if 6 <= priority <= 11:
        barred = (foreign and routing.out_of_region == "queue_only") or (
            level is Level.PHYSICAL and not routing.physical_bookable
        )
        if not barred:
            return Way.TICKET, priority, False
        priority = 12
    calm = Way.SELF_CARE if priority == 5 else Way.QUEUE
    if unit.is_open:
        return calm, priority, True
    may_send = routing.closed == "send" and unit.opens_at is not None and priority != 2
    return (calm if calm is Way.SELF_CARE else Way.CLOSED), priority, may_send


ROUTINGS = [
    Routing(closed=closed, out_of_region=out, physical_bookable=bookable)
    for closed, out, bookable in itertools.product(Closed, OutOfRegion, (True, False))
]


@pytest.mark.parametrize(("scheme", "priority"), EVERY)
@pytest.mark.parametrize("who", list(PEOPLE))
def test_every_combination(scheme: str, priority: int, who: str) -> None:
    person = PEOPLE[who]
    for level, unit, routing in itertools.product(LEVELS, (UNIT, SHUT, NEVER, GONE), ROUTINGS):
        found = led(scheme, priority, level=level, unit=unit, person=person, routing=routing)
        way, at, goes_on = expected(priority, level, unit, person, routing)
        assert (found.way, found.priority, found.queues) == (way, at, goes_on), (level, unit, routing)
        assert (found.contact is not None) == (way is Way.TICKET)
        assert (found.why is not None) == (way is Way.NOT_POSSIBLE)
        assert found.notices is not person.protected
        assert found.out_of_region is person.out_of_region
        assert found.unit_id == 3


def test_both_schemes_are_whole() -> None:
    assert SCHEMES["1-12"] == [*range(1, 13)]
    assert set(SCHEMES["1-5"]) >= {1, 2, 3, 4, 5}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("who", list(PEOPLE))
def test_an_emergency_is_one_whoever_and_wherever(scheme: str, who: str) -> None:
    for unit in (UNIT, SHUT, NEVER, GONE):
        for reports in (True, False):
            there = msgspec.structs.replace(unit, reports_emergencies=reports)
            found = led(
                scheme,
                1,
                unit=there,
                person=PEOPLE[who],
                routing=Routing(out_of_region=OutOfRegion.ELSEWHERE),
            )
            assert found.way is Way.EMERGENCY
            assert found.reported is (reports and unit is not GONE)


def test_why_nobody_can_receive_somebody() -> None:
    elsewhere = Routing(out_of_region=OutOfRegion.ELSEWHERE)
    assert led("1-12", 3, unit=GONE).why is Why.UNIT
    assert led("1-12", 3, person=PEOPLE["too young"]).why is Why.AGE
    assert led("1-12", 3, person=PEOPLE["protected"]).why is Why.PROTECTED
    assert led("1-12", 3, person=PEOPLE["out of region"], routing=elsewhere).why is Why.OUT_OF_REGION
    assert led("1-12", 3, person=PEOPLE["out of region"]).why is None


@pytest.mark.parametrize(
    ("role", "order", "roles", "takes"),
    [
        ("physiotherapist", (), ("nurse", "physiotherapist"), "physiotherapist"),
        ("physiotherapist", ("physician",), ("nurse", "physician"), "physician"),
        ("physiotherapist", ("occupational_therapist", "physician"), ("physician", "nurse"), "physician"),
        ("physiotherapist", ("occupational_therapist",), ("physician", "nurse"), "nurse"),
        ("physiotherapist", (), ("physician", "nurse"), "nurse"),
        ("physiotherapist", (), ("physician",), "physiotherapist"),
        ("nurse", ("physician",), (), "nurse"),
    ],
)
def test_a_role_that_the_unit_lacks(
    role: str, order: tuple[str, ...], roles: tuple[str, ...], takes: str
) -> None:
    assert standing_in(role, frozenset(roles), order) == takes
    unit = msgspec.structs.replace(UNIT, roles=frozenset(roles))
    for priority in (1, 3, 5, 8, 12):
        found = led(
            "1-12",
            priority,
            unit=unit,
            role=role,
            routing=Routing(fallback_roles=[StandIn(one) for one in order]),
        )
        assert found.role == takes
        assert found.suggested_role == (role if takes != role else None)


@pytest.mark.parametrize(("level", "contact"), [(one, Contact(one.value)) for one in LEVELS])
def test_how_a_booked_visit_takes_place(level: Level, contact: Contact) -> None:
    assert led("1-12", 8, level=level).contact is contact


@pytest.mark.parametrize(("priority", "days"), [(6, 3), (7, 7), (8, 14), (9, 28), (10, 90), (11, None)])
def test_the_days_of_a_ticket(priority: int, days: int | None) -> None:
    assert led("1-12", priority).valid_days == days


def test_a_ticket_holds_to_the_end_of_its_last_day() -> None:
    given_at = datetime(2026, 11, 13, 22, 30, tzinfo=UTC)
    until = valid_until(14, given_at)
    assert until == datetime(2026, 11, 27, 23, 0, tzinfo=UTC)
    assert last_day(until) == date(2026, 11, 27)
    with clock.at(given_at):
        assert book_by(until, "sv") == "Boka senast fredag 27 november"
        assert book_by(None, "sv") == "Det finns ingen sista dag att boka"
    with clock.at(until - timedelta(seconds=1)):
        assert book_by(until, "sv") == "Boka i dag, det är sista dagen"
    # Into the night when the clocks go back.
    assert valid_until(3, datetime(2026, 10, 22, 10, tzinfo=UTC)) == datetime(2026, 10, 25, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("listed_at", "listed", "lives", "out"),
    [
        (1, "21", "03", False),  # listed here, registered elsewhere
        (2, "21", "03", False),  # listed at another provider of the same county
        (2, "03", "21", False),  # listed elsewhere, registered here
        (2, "03", "03", True),
        (2, "03", None, True),
        (None, None, "03", True),
        (None, None, "21", False),
        (None, None, None, False),  # nobody knows
        (2, None, None, False),  # listed at a provider of an unknown county
        (2, None, "03", True),
    ],
)
def test_who_belongs_to_another_region(
    listed_at: int | None, listed: str | None, lives: str | None, out: bool
) -> None:
    known = {"listed_provider_id": listed_at, "listed": listed, "lives": lives}
    assert is_out_of_region(provider_id=1, own="21", **known) is out  # type: ignore[arg-type]
    assert is_out_of_region(provider_id=1, own=None, **known) is False  # type: ignore[arg-type]


def test_what_no_type_can_find() -> None:
    caring = frozenset(code for code, role in ROLES.items() if role.cares)
    assert problems(Routing(), caring) == []
    assert problems(Routing(county="21", fallback_roles=[StandIn("physician")]), caring) == []
    assert [one.field for one in problems(Routing(county="2a"), caring)] == ["county"]
    assert [one.field for one in problems(Routing(county="2"), caring)] == ["county"]
    not_caring = Routing(fallback_roles=[StandIn("physician"), StandIn("log_reviewer")])
    assert [one.field for one in problems(not_caring, caring)] == ["fallback_roles.1.role"]
    twice = Routing(fallback_roles=[StandIn("physician"), StandIn("physician")])
    assert [one.field for one in problems(twice, caring)] == ["fallback_roles.1.role"]
    assert [one.field for one in problems(Routing(validity=[]), caring)] == ["validity"]
