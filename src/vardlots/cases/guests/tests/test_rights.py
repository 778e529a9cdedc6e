"""What a guest may do, verb by verb. Pure; the answers are written out by hand."""

from datetime import UTC, datetime
from typing import Any

import pytest

from vardlots.access.actor import StaffActor
from vardlots.cases.model import Case, Phase, Verb
from vardlots.cases.policy import AT_HOME, Standing, may, may_read

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HERE, THERE = 10, 20
OWNER, GUEST, ADVISER, FORMER = 1, 2, 3, 4


def away(staff_id: int) -> StaffActor:
    """A nurse of another unit of the provider."""
    return StaffActor(
        staff_id=staff_id,
        provider_id=1,
        unit_id=THERE,
        unit_ids=frozenset({THERE}),
        home_unit_ids=frozenset({THERE}),
        role="nurse",
        clinical=True,
        name="x",
        title="x",
    )


def visit(**changed: Any) -> Case:
    fixed: dict[str, Any] = {
        "provider_id": 1,
        "case_id": 42,
        "person_id": 100,
        "actor_person_id": 100,
        "unit_id": HERE,
        "role": "nurse",
        "interview_id": 1,
        "reason": "sore_throat",
        "fact": "",
        "phase": Phase.ONGOING,
        "priority": 3,
        "triage_priority": 3,
        "owner_staff_id": OWNER,
        "arrived_at": NOW,
        "accepted_at": NOW,
        "started_at": NOW,
        "ended_at": None,
        "writable_until": None,
        "inbox_at": None,
        "changed_at": NOW,
        "last_n": 3,
        "patient_read_n": 0,
        "staff_read_n": 0,
        "patient_last_n": 1,
        "staff_last_n": 0,
        "notice_state": "none",
        "chat_guests": (GUEST,),
        "consult_guests": (ADVISER,),
    }
    return Case(**{**fixed, **changed})


# What whoever is in the chat is answered, and who gives advice, in a visit that goes on; "" is yes. Taking the visit
# over is any clinical colleague's who reads it.
ANSWERS = {
    Verb.WRITE: ("", "not_owner"),
    Verb.SEND_FORM: ("", "not_owner"),
    Verb.CHASE: ("", "not_owner"),
    Verb.STOP_CHASE: ("", "not_owner"),
    Verb.INVITE: ("", "not_owner"),
    Verb.SEND_TICKET: ("", "not_owner"),
    Verb.CONSULT: ("", "other_unit"),
    Verb.BOOK: ("", "other_unit"),
    Verb.REBOOK: ("", "other_unit"),
    Verb.CANCEL_BOOKING: ("", "other_unit"),
    Verb.WITHDRAW_TIME: ("", "other_unit"),
    Verb.ATTEND: ("", "other_unit"),
    Verb.MISS: ("", "other_unit"),
    Verb.REFER: ("not_owner", "not_owner"),
    Verb.CHANGE_PRIORITY: ("", "not_taken"),
    Verb.MARK_DONE: ("", "not_taken"),
    Verb.SIGN_NOTE: ("", "not_taken"),
    Verb.TALK: ("", ""),
    Verb.JOIN: ("", ""),
    Verb.LEAVE: ("", ""),
    Verb.ACCEPT: ("", ""),
    Verb.TAKE_OVER: ("", ""),
    # What ends it, and what decides whose it is.
    Verb.END: ("not_owner", "not_owner"),
    Verb.RELEASE: ("not_owner", "not_owner"),
    Verb.START: ("not_owner", "not_owner"),
    Verb.HAND_OVER: ("not_owner", "not_owner"),
    Verb.WITHDRAW_HANDOVER: ("not_owner", "not_owner"),
    Verb.PAUSE: ("not_owner", "not_owner"),
    Verb.RESUME: ("not_owner", "not_owner"),
    Verb.CALLED: ("not_owner", "not_owner"),
    Verb.ACCEPT_HANDOVER: ("no_handover", "no_handover"),
    Verb.DECLINE_HANDOVER: ("no_handover", "no_handover"),
    Verb.OPEN_ANYWAY: ("already_open", "already_open"),
}


def code(refusal: object) -> str:
    return "" if refusal is None else str(getattr(refusal, "code", refusal))


def answer(staff_id: int, verb: Verb, case: Case, stands: Standing = AT_HOME) -> str:
    return code(may(away(staff_id), verb, case, NOW, stands))


@pytest.mark.parametrize("verb", sorted(set(Verb)))
def test_what_a_guest_may_do(verb: Verb) -> None:
    found = tuple(answer(who, verb, visit()) for who in (GUEST, ADVISER))
    # What only patients and the system do, nobody of the staff does.
    assert found == ANSWERS.get(verb, ("patient_only", "patient_only"))


@pytest.mark.parametrize("verb", sorted(set(Verb) - {Verb.OPEN_ANYWAY}))
def test_who_is_a_guest_no_more_does_nothing(verb: Verb) -> None:
    assert answer(FORMER, verb, visit()) == "other_unit"


@pytest.mark.parametrize("verb", sorted(set(Verb)))
@pytest.mark.parametrize("who", [GUEST, ADVISER])
def test_an_invitation_lifts_no_block(who: int, verb: Verb) -> None:
    assert answer(who, verb, visit(), Standing(blocked=True)) == "blocked"
    assert answer(who, verb, visit(), Standing(blocked=True, opened=True)) == "blocked"


def test_a_patients_number_is_no_guests() -> None:
    assert may_read(away(GUEST), visit(), AT_HOME) is None
    assert code(may_read(away(FORMER), visit(chat_guests=(), consult_guests=()), AT_HOME)) == "other_unit"
