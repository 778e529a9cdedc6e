"""Who may assist, for whom, where a case may go: every pair of what a role may and what is asked."""

from datetime import date
from typing import Any

import pytest

from vardlots.access.actor import StaffActor
from vardlots.clinics.model import ROLES, Unit
from vardlots.people.queries import Person
from vardlots.people.rules import CareRules
from vardlots.triage.assisted import policy
from vardlots.triage.assisted.model import Call, Caller
from vardlots.triage.routing import Routing

TODAY = date(2026, 11, 21)
GUARDIAN = Call(Caller.GUARDIAN, "Elin Sjöqvarn", 7, "+46701740612")
ANOTHER = Call(Caller.OTHER, "Karin, granne", None, None)


@pytest.mark.parametrize(
    ("assists", "kind", "may"),
    [
        ("all", "complaint", True),
        ("all", "service", True),
        ("services", "service", True),
        ("services", "complaint", False),
        ("", "complaint", False),
        ("", "service", False),
    ],
)
def test_what_a_role_may_ask_about(assists: str, kind: str, may: bool) -> None:
    assert (policy.may_assist(assists, kind) is None) == may


def test_which_roles_assist_from_the_start() -> None:
    found = {role.code: role.assists for role in ROLES.values() if role.assists}
    assert found == {"nurse": "all", "physician": "all", "medical_admin": "services"}
    assert all(ROLES[code].cares for code in found)


@pytest.mark.parametrize(
    ("call", "years", "about_child"),
    [
        (Call(), 6, False),
        (Call(), 40, False),
        (GUARDIAN, 6, True),
        (GUARDIAN, 17, True),
        (GUARDIAN, 18, False),
        (ANOTHER, 6, True),
        (ANOTHER, 80, False),
    ],
)
def test_when_the_questions_are_put_about_a_child(call: Call, years: int, about_child: bool) -> None:
    assert policy.is_about_child(call, years) is about_child


def somebody(born: date, **changed: Any) -> Person:
    return Person(
        **{
            "person_id": 1,
            "given_name": "Tuva",
            "family_name": "Sjöqvarn",
            "birth_date": born,
            "sex": None,
            "protected": False,
            "mobile": None,
            "language": "sv",
            "listed_unit_id": None,
            "number": "",
            **changed,
        }
    )


SIX, FORTY, BABY = date(2020, 3, 14), date(1986, 5, 5), date(2026, 9, 1)


@pytest.mark.parametrize(
    ("about", "call", "rules", "reads", "acts"),
    [
        (somebody(FORTY), Call(), CareRules(), True, 1),
        (somebody(FORTY), GUARDIAN, CareRules(), True, 1),
        (somebody(SIX), Call(), CareRules(), False, 1),
        (somebody(SIX), GUARDIAN, CareRules(), True, 7),
        (somebody(SIX), ANOTHER, CareRules(), False, 1),
        (somebody(BABY), GUARDIAN, CareRules(), False, 7),
        (somebody(FORTY, protected=True), Call(), CareRules(), False, 1),
        (somebody(FORTY, protected=True), Call(), CareRules(protected_sign_in=True), True, 1),
    ],
)
def test_who_can_read_the_case_in_the_service_and_who_acts_in_it(
    about: Person, call: Call, rules: CareRules, reads: bool, acts: int
) -> None:
    assert policy.may_read_here(about, call, rules, TODAY) is reads
    assert policy.acts(about, call, rules, TODAY) == acts


@pytest.mark.parametrize(
    ("level", "priority", "role", "roles", "expected"),
    [
        ("physical", 7, "physician", {"nurse", "physician"}, "nurse"),
        ("physical", 7, "physician", {"physician"}, "physician"),
        ("digital", 7, "physician", {"nurse", "physician"}, "physician"),
        ("physical", 3, "physician", {"nurse", "physician"}, "physician"),
        ("physical", 7, "physiotherapist", {"nurse", "physiotherapist"}, "physiotherapist"),
        ("digital", 3, "midwife", {"nurse"}, "nurse"),
    ],
)
def test_a_booked_visit_to_a_physician_is_the_nurses_to_arrange(
    level: str, priority: int, role: str, roles: set[str], expected: str
) -> None:
    outcome = {"level": level, "scheme_priority": priority, "role": role}
    assert policy.suggested_role(outcome, roles, Routing()) == expected


def unit(unit_id: int, name: str, **changed: Any) -> Unit:
    return Unit(
        **{
            "provider_id": 1,
            "unit_id": unit_id,
            "name": name,
            "kind": "health_centre",
            "phone": None,
            "address": None,
            "takes_drop_in": True,
            "reports_emergencies": False,
            "welcome": None,
            "provider_name": "",
            "scheme": "1-12",
            "opening": {},
            "on_call": {},
            "exceptions": [],
            "active": True,
            **changed,
        }
    )


def test_where_a_case_may_go_ones_own_first() -> None:
    by = StaffActor(1, 1, 1, frozenset({1, 5}), "nurse", True, "Ylva", "", home_unit_ids=frozenset({1}))
    every = [
        unit(2, "Backen"),
        unit(1, "Östra"),
        unit(3, "Där hen är listad"),
        unit(4, "Utanför"),
        unit(5, "Annan egen"),
        unit(6, "Släckt", active=False),
        unit(7, "Tar inte emot", takes_drop_in=False),
    ]
    found = policy.units_to_choose(every, by=by, cooperating={2, 6, 7}, listed=3)
    assert [one.unit_id for one in found] == [1, 3, 5, 2]
