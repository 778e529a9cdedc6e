"""Every pair of state and verb, and every actor before every verb."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from vardlots.access.actor import Actor, PatientActor, StaffActor, SystemActor
from vardlots.tickets import policy
from vardlots.tickets.model import Contact, Deed, Information, Kind, State, Ticket
from vardlots.tickets.states import is_looked_at, next_state

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


FROM_FOUR = msgspec.structs.replace(
    TICKET, from_unit_id=4, issued_by="staff", staff_id=9, actor_person_id=None
)
ELSEWHERE = msgspec.structs.replace(FROM_FOUR, kind=Kind.DROP_IN, to_provider_id=2)
OVER = msgspec.structs.replace(FROM_FOUR, state=State.EXPIRED, ack_unit_id=3, ack_role="nurse")


@pytest.mark.parametrize(
    ("ticket", "where", "reads"),
    [
        (FROM_FOUR, 3, True),
        (FROM_FOUR, 4, True),
        (FROM_FOUR, 5, False),
        # The unit with that number belongs to somebody else: whoever works at the sender's reads it, nobody else.
        (ELSEWHERE, 3, False),
        (ELSEWHERE, 4, True),
    ],
)
def test_senders_and_receivers_read_and_withdraw(ticket: Ticket, where: int, reads: bool) -> None:
    by = staff(unit_id=where, unit_ids=frozenset({where}), home_unit_ids=frozenset({where}))
    assert (policy.may_read(by, ticket) is None) is reads
    assert (policy.may(by, Deed.WITHDRAW, ticket) is None) is reads
    # Nobody of staff takes the patient's place in a queue, or answers for them.
    assert (policy.may(by, Deed.USE, ticket) is None) is (reads and ticket.kind is Kind.BOOKING)
    assert policy.may(by, Deed.ANSWER, ticket) is not None


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, ""),
        ({"role": "physician"}, ""),
        ({"role": "medical_admin", "clinical": False}, "other_role"),
        ({"role": "nurse", "clinical": False}, ""),
        ({"unit_ids": frozenset({4})}, "other_unit"),
        # In reach of the lists is enough, as for a case in the queue.
        ({"unit_ids": frozenset({3, 4}), "home_unit_ids": frozenset({4}), "unit_id": 4}, ""),
        ({"cares": False}, "not_carer"),
        ({"provider_id": 2}, "not_found"),
    ],
)
def test_who_looks_at_one_that_is_over(more: dict[str, object], code: str) -> None:
    refusal = policy.may(staff(**more), Deed.ACKNOWLEDGE, OVER)
    assert (refusal.code if refusal else "") == code


def test_nobody_else_looks_at_it() -> None:
    assert policy.may(staff(), Deed.ACKNOWLEDGE, FROM_FOUR) is not None
    assert policy.may(ELIN, Deed.ACKNOWLEDGE, OVER) is not None
    assert policy.may(SystemActor(1, "x"), Deed.ACKNOWLEDGE, OVER) is not None


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("state", list(State))
def test_what_is_looked_at(kind: Kind, state: State) -> None:
    over = {State.EXPIRED, State.DECLINED} | ({State.USED} if kind is Kind.FORM else set())
    assert is_looked_at(kind, state) is (state in over)


def test_a_patient_uses_it_elsewhere_only_where_they_may_seek_care() -> None:
    """The ages are each provider's own: the sender's let Elin answer, the receiver's do not let her step in."""
    barred = msgspec.structs.replace(ELIN, barred=frozenset({(2, 20)}))
    assert policy.may(barred, Deed.ANSWER, ELSEWHERE) is None
    assert policy.may(barred, Deed.USE, ELSEWHERE) is not None
    assert policy.may(ELIN, Deed.USE, ELSEWHERE) is None
