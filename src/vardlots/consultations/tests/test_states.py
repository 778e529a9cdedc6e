"""Every pair of state and verb, and every actor before every verb. Pure."""

import itertools
from datetime import UTC, datetime

import msgspec
import pytest

from vardlots.access.actor import Actor, PatientActor, StaffActor, SystemActor
from vardlots.clinics.queries import Place
from vardlots.consultations.model import (
    Act,
    Consultation,
    ConsultationRef,
    Kind,
    Side,
    State,
    side_of,
    sides_of,
)
from vardlots.consultations.policy import may, may_read
from vardlots.consultations.rules import check_receiver
from vardlots.consultations.states import LEAVES, MOVES, next_state, sender_may_end
from vardlots.platform.errors import Invalid, NotFound

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
LEADS = {
    (None, Act.SEND): State.SENT,
    (State.SENT, Act.ACCEPT): State.ACCEPTED,
    (State.SENT, Act.ANSWER): State.SENT,
    (State.SENT, Act.DECLINE): State.DECLINED,
    (State.SENT, Act.WITHDRAW): State.WITHDRAWN,
    (State.SENT, Act.GO_TO_CASE): State.SENT,
    (State.SENT, Act.REMIND): State.SENT,
    (State.ACCEPTED, Act.ANSWER): State.ACCEPTED,
    (State.ACCEPTED, Act.END): State.ENDED,
    (State.ACCEPTED, Act.GO_TO_CASE): State.ACCEPTED,
    (State.ACCEPTED, Act.TAKE): State.ACCEPTED,
    (State.ACCEPTED, Act.BEGIN): State.ACCEPTED,
}


@pytest.mark.parametrize(("state", "verb"), [*itertools.product([None, *State], Act)])
def test_every_pair_of_state_and_verb(state: State | None, verb: Act) -> None:
    assert next_state(state, verb) == LEADS.get((state, verb))


def test_every_verb_is_in_the_table_and_leaves_a_row_of_its_own() -> None:
    assert set(MOVES) == set(Act) == set(LEAVES)
    assert sorted(LEAVES.values()) == sorted(Kind)


@pytest.mark.parametrize(("state", "answered"), [*itertools.product(State, (False, True))])
def test_the_sender_ends_what_is_answered_declined_or_ended(state: State, answered: bool) -> None:
    assert sender_may_end(state, answered) == (answered or state in (State.DECLINED, State.ENDED))


def staff(
    unit: int, role: str = "nurse", *, provider: int = 1, clinical: bool = True, cares: bool = True
) -> StaffActor:
    return StaffActor(
        unit * 100 + len(role), provider, unit, frozenset({unit}), role, clinical, "N", "T", cares=cares
    )


def asked(**changed: object) -> Consultation:
    """Unit 1 asks the physicians of unit 2, same provider."""
    plain = Consultation(
        provider_id=1,
        consultation_id=5,
        person_id=9,
        from_unit_id=1,
        from_role="nurse",
        from_staff_id=105,
        from_case_id=7,
        to_provider_id=1,
        unit_id=2,
        role="physician",
        kind="care",
        reason="cough",
        priority=3,
        by_telephone=False,
        consent=None,
        subject=None,
        state=State.ACCEPTED,
        owner_staff_id=20,
        sent_at=NOW,
        accepted_at=NOW,
        answered_at=NOW,
        ended_at=None,
        sender_ended_at=None,
        changed_at=NOW,
        last_n=3,
        sender_read_n=1,
        receiver_read_n=1,
        reminded=0,
        phone_state="none",
        new_case_id=None,
    )
    return msgspec.structs.replace(plain, **changed)


def code(actor: Actor, verb: Act, found: Consultation, side: Side | None = None) -> str:
    refusal = may(actor, verb, found, side)
    return refusal.code if refusal else "yes"


SENDER, ADMIN_THERE = staff(1), staff(1, "medical_admin", clinical=False)
RECEIVER, DOCTOR = staff(2), staff(2, "physician")
SECRETARY = staff(2, "medical_admin", clinical=False)
# Every verb in this order, for every actor.
VERBS = (
    Act.ACCEPT,
    Act.ANSWER,
    Act.DECLINE,
    Act.END,
    Act.GO_TO_CASE,
    Act.TAKE,
    Act.WITHDRAW,
    Act.REMIND,
)
R, S, W = "receiver_only", "sender_only", "wrong_role"


@pytest.mark.parametrize(
    ("actor", "expected"),
    [
        (SENDER, (R, "yes", R, "yes", R, R, "yes", R)),
        (ADMIN_THERE, (R, W, R, W, R, R, W, R)),
        (DOCTOR, ("yes", "yes", "yes", "yes", "yes", "yes", S, S)),
        # Any clinical role answers for a role that is not there.
        (RECEIVER, ("yes", "yes", "yes", "yes", "yes", "yes", S, S)),
        (SECRETARY, (W, W, W, W, W, W, S, S)),
        (staff(3), ("not_found",) * 8),
        (staff(2, provider=2), ("not_found",) * 8),
        (staff(2, cares=False), ("not_carer",) * 8),
        (PatientActor(9, "P"), ("not_found",) * 8),
        (SystemActor(1, "x"), ("not_system",) * 7 + ("yes",)),
        (SystemActor(2, "x"), ("not_found",) * 8),
    ],
)
def test_who_may_do_what(actor: Actor, expected: tuple[str, ...]) -> None:
    assert tuple(code(actor, verb, asked()) for verb in VERBS) == expected


def test_an_errand_is_its_own_roles_too() -> None:
    assert code(SECRETARY, Act.ACCEPT, asked(role="medical_admin", kind="administrative")) == "yes"


def test_nobody_declines_what_comes_from_1177_by_telephone() -> None:
    assert code(DOCTOR, Act.DECLINE, asked(by_telephone=True)) == "not_declined"


def test_the_receiver_accepts_before_they_answer() -> None:
    assert code(DOCTOR, Act.ANSWER, asked(state=State.SENT)) == "not_accepted"
    assert code(SENDER, Act.ANSWER, asked(state=State.SENT)) == "yes"


def test_the_sender_ends_theirs_once_and_when_answered() -> None:
    assert code(SENDER, Act.END, asked(answered_at=None)) == "not_answered"
    assert code(SENDER, Act.END, asked(sender_ended_at=NOW)) == "ended"
    assert code(SENDER, Act.ANSWER, asked(sender_ended_at=NOW)) == "ended"
    assert code(DOCTOR, Act.ANSWER, asked(sender_ended_at=NOW)) == "yes"


def test_a_new_case_is_begun_at_another_provider_only() -> None:
    nora = staff(2, provider=2)
    there = asked(to_provider_id=2)
    assert code(DOCTOR, Act.BEGIN, asked()) == "inside"
    assert code(nora, Act.BEGIN, there) == "yes"
    # The unit's number says nothing at another provider.
    assert isinstance(may_read(staff(2), there), NotFound)


def test_whoever_works_at_both_units_stands_on_both_sides() -> None:
    both = StaffActor(30, 1, 1, frozenset({1, 2}), "nurse", True, "N", "T")
    assert side_of(both, asked()) is Side.RECEIVER
    assert code(both, Act.WITHDRAW, asked(), Side.SENDER) == "yes"
    assert code(SENDER, Act.END, asked(), Side.RECEIVER) == "not_found"


def pooled(home: int, *serves: int, staff_id: int = 40) -> StaffActor:
    """Works at a unit whose pooled resource serves others too, as a session makes them."""
    return StaffActor(
        staff_id,
        1,
        home,
        frozenset({home, *serves}),
        "nurse",
        True,
        "N",
        "T",
        home_unit_ids=frozenset({home}),
    )


def test_a_pooled_resource_answers_for_the_units_it_serves_and_asks_nothing_for_them() -> None:
    # Unit 1 asks the pooled resource of unit 2, which serves unit 1.
    there = pooled(2, 1)
    assert sides_of(there, asked()) == {Side.RECEIVER}
    assert code(there, Act.WITHDRAW, asked(), Side.SENDER) == "not_found"
    assert code(there, Act.ACCEPT, asked(), Side.RECEIVER) == "yes"
    # What goes to a unit that it serves is answered by it; what such a unit has asked is read.
    assert sides_of(pooled(4, 2), asked()) == {Side.RECEIVER}
    asks_only = pooled(4, 1)
    assert sides_of(asks_only, asked()) == frozenset()
    assert may_read(asks_only, asked()) is None
    assert code(asks_only, Act.WITHDRAW, asked(), Side.SENDER) == "no_side"
    assert code(asks_only, Act.ANSWER, asked()) == "no_side"


def test_nobody_answers_what_their_own_unit_has_asked_of_one_that_it_serves() -> None:
    asks = pooled(1, 2)
    assert sides_of(asks, asked()) == {Side.SENDER}
    assert code(asks, Act.ACCEPT, asked(), Side.RECEIVER) == "not_found"
    assert code(asks, Act.WITHDRAW, asked()) == "yes"


def test_the_one_who_asked_is_the_sender_also_at_another_unit_of_theirs() -> None:
    moved = pooled(3, 1, staff_id=asked().from_staff_id)
    assert sides_of(moved, asked()) == {Side.SENDER}
    assert code(moved, Act.WITHDRAW, asked()) == "yes"
    # Whoever has come to work where it was asked answers there.
    assert sides_of(pooled(2, 1, staff_id=asked().from_staff_id), asked()) == {Side.RECEIVER}
    # At another provider the same numbers are other units.
    assert sides_of(pooled(1, 2), asked(provider_id=2, to_provider_id=3)) == frozenset()


def test_the_reference_is_read_as_it_is_written() -> None:
    assert ConsultationRef.parse(str(ConsultationRef(1, 5))) == ConsultationRef(1, 5)
    with pytest.raises(NotFound):
        ConsultationRef.parse("1-x")


PLACES = [
    Place(unit_id=2, role="physician"),
    Place(unit_id=2, role="medical_admin"),
    Place(unit_id=4, role="nurse", resource_id=8, name="Drop in", pooled=True, serves=(2,)),
]


@pytest.mark.parametrize(
    ("unit", "role", "kind", "specialised", "goes"),
    [
        (2, "physician", "care", False, True),
        (2, "midwife", "care", False, False),
        (3, "physician", "care", False, False),
        (2, "physician", "administrative", False, False),
        (2, "medical_admin", "administrative", False, True),
        (2, "medical_admin", "administrative", True, True),
        (2, "physician", "care", True, False),
        (4, "nurse", "care", True, True),
        (4, "nurse", "care", False, True),
    ],
)
def test_whom_one_may_ask(unit: int, role: str, kind: str, specialised: bool, goes: bool) -> None:
    def check(places: list[Place]) -> None:
        check_receiver(
            unit_id=unit,
            role=role,
            kind=kind,
            places=places,
            specialised=specialised,
            admin_role="medical_admin",
        )

    if goes:
        check(PLACES)
        return
    with pytest.raises(Invalid) as refused:
        check(PLACES)
    assert refused.value.field == "resource"


def test_without_a_pooled_resource_specialised_care_is_asked_itself() -> None:
    check_receiver(
        unit_id=2,
        role="physician",
        kind="care",
        places=PLACES[:2],
        specialised=True,
        admin_role="medical_admin",
    )
