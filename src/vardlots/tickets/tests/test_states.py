"""Every pair of state and verb, and every actor before every verb."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from vardlots.access.actor import Actor, PatientActor, StaffActor, SystemActor
from vardlots.tickets import policy
from vardlots.tickets.model import Contact, Deed, Information, Kind, State, Ticket
from vardlots.tickets.states import next_state

# What each verb leads to from: no ticket, issued, opened, used, declined, withdrawn, expired.
TABLE = {
    Deed.ISSUE: ("issued", "", "", "", "", "", ""),
    Deed.OPEN: ("", "opened", "", "", "", "", ""),
    Deed.USE: ("", "used", "used", "", "", "", ""),
    Deed.DECLINE: ("", "declined", "declined", "", "", "", ""),
    Deed.WITHDRAW: ("", "withdrawn", "withdrawn", "", "", "", ""),
    Deed.EXPIRE: ("", "expired", "expired", "", "", "", ""),
    Deed.ANSWER: ("", "opened", "opened", "", "", "", ""),
    Deed.ACKNOWLEDGE: ("", "", "", "used", "declined", "", "expired"),
}


def test_the_table_has_every_verb_and_state() -> None:
    assert set(TABLE) == set(Deed)
    assert all(len(row) == 1 + len(State) for row in TABLE.values())


@pytest.mark.parametrize("verb", list(Deed))
@pytest.mark.parametrize("place", range(1 + len(State)))
def test_every_pair(verb: Deed, place: int) -> None:
    state = None if place == 0 else list(State)[place - 1]
    assert (next_state(state, verb) or "") == TABLE[verb][place]


NOON = datetime(2026, 11, 19, 11, 0, tzinfo=UTC)
TICKET = Ticket(
    provider_id=1,
    ticket_id=7,
    kind=Kind.BOOKING,
    contact=Contact.PHYSICAL,
    person_id=20,
    to_provider_id=1,
    unit_id=3,
    role="nurse",
    priority=8,
    reason="shoulder_pain",
    interview_id=5,
    information=Information(),
    issued_by="triage",
    actor_person_id=10,
    issued_at=NOON,
    valid_until=NOON + timedelta(days=14),
    state=State.ISSUED,
    opened_at=None,
    moved_at=NOON,
    moved_by_kind="patient",
    moved_by_name="Elin",
    why=None,
    case_id=None,
    from_unit_id=3,
    from_role="nurse",
    from_case_id=None,
    case_kind="care",
    booking_for="",
    forms_total=0,
    forms_done=0,
    staff_id=None,
    ack_unit_id=None,
    ack_role=None,
    acknowledged_at=None,
    notice_state="none",
)


def staff(**more: object) -> StaffActor:
    plain: dict[str, object] = {
        "staff_id": 1,
        "provider_id": 1,
        "unit_id": 3,
        "unit_ids": frozenset({3}),
        "home_unit_ids": frozenset({3}),
        "role": "nurse",
        "clinical": True,
        "name": "Ylva",
        "title": "",
    }
    return StaffActor(**(plain | more))  # type: ignore[arg-type]


ELIN = PatientActor(10, "Elin", (20,))
ACTORS: dict[str, Actor] = {
    "guardian": ELIN,
    "other guardian": PatientActor(11, "Matti", (20,)),
    "the child itself": PatientActor(20, "Tuva"),
    "under an earlier number": PatientActor(12, "Tuva", aliases=((20, 12),)),
    "stranger": PatientActor(30, "Ruben"),
    "where it has grown": msgspec.structs.replace(ELIN, closed=frozenset({(1, 20)})),
    "where it is barred": msgspec.structs.replace(ELIN, barred=frozenset({(1, 20)})),
    "own unit": staff(),
    "pooled unit": staff(unit_ids=frozenset({3, 4}), unit_id=4, home_unit_ids=frozenset({4})),
    "other unit": staff(unit_ids=frozenset({4}), home_unit_ids=frozenset({4}), unit_id=4),
    "other provider": staff(provider_id=2),
    "administrator": staff(cares=False),
    "job": SystemActor(1, "tickets.expire"),
    "job elsewhere": SystemActor(2, "tickets.expire"),
}
PATIENT = {Deed.OPEN, Deed.USE, Deed.DECLINE, Deed.ANSWER}
MAY = {
    "guardian": PATIENT,
    "other guardian": PATIENT,
    "the child itself": PATIENT,
    "under an earlier number": PATIENT,
    "own unit": {Deed.WITHDRAW, Deed.USE},
    "job": {Deed.EXPIRE},
}
READ = {*MAY, "where it is barred"}
NOT_THERE = {"stranger", "where it has grown", "other provider", "job elsewhere"}


@pytest.mark.parametrize("who", list(ACTORS))
@pytest.mark.parametrize("verb", list(Deed))
def test_who_may(who: str, verb: Deed) -> None:
    refusal = policy.may(ACTORS[who], verb, TICKET)
    assert (refusal is None) == (verb in MAY.get(who, set()))
    assert (refusal is not None and refusal.status == 404) == (who in NOT_THERE)


@pytest.mark.parametrize("who", list(ACTORS))
def test_who_reads(who: str) -> None:
    assert (policy.may_read(ACTORS[who], TICKET) is None) == (who in READ)


def test_it_holds_until_the_very_second() -> None:
    assert TICKET.valid_until is not None
    second = timedelta(seconds=1)
    assert TICKET.state_at(TICKET.valid_until - second) is State.ISSUED
    assert TICKET.waits_at(TICKET.valid_until - second)
    assert TICKET.state_at(TICKET.valid_until) is State.EXPIRED
    used = msgspec.structs.replace(TICKET, state=State.USED)
    assert used.state_at(TICKET.valid_until) is State.USED
    assert msgspec.structs.replace(TICKET, valid_until=None).waits_at(NOON + timedelta(days=4000))
