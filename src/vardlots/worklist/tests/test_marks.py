"""The one state of a row: what is true, and which of two that are true is shown."""

from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest

from vardlots.access.actor import StaffActor
from vardlots.worklist.marks import Mark, is_offered, taken_marks, top, waiting_marks

ME, COLLEAGUE, OTHER = 1, 2, 3
NOW = datetime(2026, 11, 19, 9, 52, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
RANKED = [
    "call_now",
    "call",
    "unread",
    "offered",
    "left",
    "answered",
    "overdue",
    "closes",
    "calls",
    "talk",
    "handed",
    "call_promised",
    "paused",
    "away",
    "referred",
    "not_begun",
    "just_came",
    "goes_on",
]


def nurse(staff_id: int = ME) -> StaffActor:
    return StaffActor(
        staff_id=staff_id,
        provider_id=1,
        unit_id=7,
        unit_ids=frozenset({7}),
        role="nurse",
        clinical=True,
        name="Ylva Tallvik",
        title="Sjuksköterska",
    )


def row(**changed: Any) -> dict[str, Any]:
    """A visit of one's own that goes on, with nothing else to tell."""
    plain: dict[str, Any] = {
        "priority": 3,
        "phase": "ongoing",
        "unit_id": 7,
        "owner_staff_id": ME,
        "owner_here": True,
        "unread": False,
        "talk_unread": False,
        "handover_n": None,
        "handover_role": None,
        "handover_staff_id": None,
        "paused_until": None,
        "chase": None,
    }
    return plain | changed


def test_of_every_pair_the_one_that_matters_more_is_shown() -> None:
    assert [mark.value for mark in Mark] == RANKED
    for first, second in combinations(RANKED, 2):
        assert top(frozenset({Mark(second), Mark(first)})) is Mark(first), (first, second)
    assert top(frozenset()) is None


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({}, "goes_on"),
        ({"phase": "accepted"}, "not_begun"),
        ({"chase": "reminded"}, "goes_on"),
        ({"chase": "warned"}, "closes"),
        ({"chase": "warned", "priority": 2}, "calls"),
        ({"chase": "call"}, "call"),
        ({"paused_until": "15.00"}, "paused"),
        ({"paused_until": "15.00", "unread": True}, "answered"),
        ({"talk_unread": True, "paused_until": "15.00"}, "talk"),
        ({"talk_unread": True, "unread": True}, "answered"),
        ({"handover_n": 9, "handover_role": "physician"}, "handed"),
        ({"handover_n": 9, "handover_role": "nurse"}, "handed"),
        ({"owner_staff_id": COLLEAGUE, "handover_n": 9, "handover_role": "nurse"}, "offered"),
        ({"owner_staff_id": COLLEAGUE, "handover_n": 9, "handover_role": "physician"}, "handed"),
        ({"owner_staff_id": COLLEAGUE, "owner_here": False}, "away"),
        ({"owner_staff_id": COLLEAGUE, "owner_here": False, "unread": True}, "left"),
        ({"owner_staff_id": COLLEAGUE, "owner_here": False, "paused_until": "15.00"}, "paused"),
        # Without a shift of one's own one still knows what is one's own.
        ({"owner_here": False}, "goes_on"),
        # What goes on at another provider: until they have read, somebody may have to telephone.
        ({"referred_due": LATER}, "referred"),
        ({"referred_due": LATER, "referred_read": True}, "referred"),
        ({"referred_due": NOW}, "unread"),
        ({"referred_due": NOW, "referred_read": True}, "referred"),
        ({"referred_due": NOW, "referred_read": True, "referred_answered": True}, "goes_on"),
        ({"referred_due": NOW, "unread": True, "referred_answered": True}, "answered"),
    ],
)
def test_what_a_visit_shows(changed: dict[str, Any], shown: str) -> None:
    mark = top(taken_marks(row(**changed), nurse(), NOW))
    assert mark is not None
    assert mark.value == shown


@pytest.mark.parametrize(
    ("priority", "waited", "shown"),
    [
        (3, 0, "just_came"),
        (3, 1, "just_came"),
        (3, 2, None),
        (3, 15, None),
        (3, 16, "overdue"),
        (2, 0, "call_promised"),
        (2, 16, "overdue"),
        (1, 16, "call_now"),
        (1, 0, "call_now"),
    ],
)
def test_what_a_case_in_the_queue_shows(priority: int, waited: int, shown: str | None) -> None:
    found = top(waiting_marks(priority=priority, waited=waited, target=15, telephoned=frozenset({1, 2})))
    assert (found and found.value) == shown


@pytest.mark.parametrize(
    ("changed", "offered"),
    [
        ({"handover_n": None}, False),
        ({"handover_role": "nurse"}, True),
        ({"handover_role": "nurse", "unit_id": 8}, False),
        ({"handover_role": "physician"}, False),
        ({"handover_role": "nurse", "handover_staff_id": ME}, True),
        # Whoever is named answers, wherever they work; nobody else of the role does.
        ({"handover_role": "nurse", "handover_staff_id": ME, "unit_id": 8}, True),
        ({"handover_role": "nurse", "handover_staff_id": OTHER}, False),
        ({"handover_role": "nurse", "owner_staff_id": ME}, False),
    ],
)
def test_who_is_asked_to_take_over(changed: dict[str, Any], offered: bool) -> None:
    asked = {"owner_staff_id": COLLEAGUE, "handover_n": 4} | changed
    assert is_offered(row(**asked), nurse()) is offered
