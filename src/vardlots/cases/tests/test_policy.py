"""Who may do what: every kind of actor before every phase and standing. Pure; the answers are written out by hand."""

import itertools
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from vardlots.access.actor import Actor, PatientActor, StaffActor, SystemActor
from vardlots.cases.model import Case, Phase, Verb
from vardlots.cases.policy import AT_HOME, UNKNOWN, Standing, is_anyway, is_over, may, may_read
from vardlots.cases.states import TAKEN

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HERE, THERE = 10, 20
OWNER_ID = 1


def staff(
    staff_id: int, role: str, *, home: int = HERE, reach: tuple[int, ...] = (), provider: int = 1
) -> StaffActor:
    return StaffActor(
        staff_id=staff_id,
        provider_id=provider,
        unit_id=home,
        unit_ids=frozenset({home, *reach}),
        home_unit_ids=frozenset({home}),
        role=role,
        clinical=role in ("nurse", "physician"),
        cares=role != "log_reviewer",
        name=role,
        title=role,
    )


ACTORS: dict[str, Actor] = {
    "owner": staff(OWNER_ID, "nurse"),
    "colleague": staff(2, "nurse"),
    "physician": staff(3, "physician"),
    "secretary": staff(4, "medical_admin"),
    "head": staff(5, "head_of_unit"),
    "reviewer": staff(6, "log_reviewer"),
    "pooled": staff(7, "nurse", home=THERE, reach=(HERE,)),
    "away": staff(8, "nurse", home=THERE),
    "away_secretary": staff(9, "medical_admin", home=THERE),
    "away_owner": staff(OWNER_ID, "nurse", home=THERE),
    "other_provider": staff(10, "nurse", provider=2),
    "patient": PatientActor(100, "Ruben"),
    "guardian": PatientActor(101, "Matti", (100,)),
    "stranger": PatientActor(102, "Elin"),
    "system": SystemActor(1, "job"),
}
STANDINGS = {
    "none": Standing(),
    "opened": Standing(opened=True, why="Samverkan"),
    "blocked": Standing(blocked=True),
    "both": Standing(opened=True, blocked=True, why="Samverkan"),
    "unknown": UNKNOWN,
}


def case(phase: Phase = Phase.QUEUED, role: str = "nurse") -> Case:
    taken = phase is not Phase.QUEUED and phase is not Phase.CANCELLED
    return Case(
        provider_id=1,
        case_id=42,
        person_id=100,
        actor_person_id=100,
        unit_id=HERE,
        role=role,
        interview_id=1,
        reason="sore_throat",
        fact="",
        phase=phase,
        priority=3,
        triage_priority=3,
        owner_staff_id=OWNER_ID if taken else None,
        arrived_at=NOW,
        accepted_at=NOW if taken else None,
        started_at=None,
        ended_at=None,
        writable_until=NOW + timedelta(days=1) if phase is Phase.FOLLOW_UP else None,
        inbox_at=None,
        changed_at=NOW,
        last_n=3,
        patient_read_n=0,
        staff_read_n=0,
        patient_last_n=1,
        staff_last_n=0,
        notice_state="none",
    )


# What each is answered who asks to read: None for yes. At home nothing that the database knows makes a difference.
def answers(none: str, opened: str, blocked: str, both: str) -> dict[str, str]:
    return {"none": none, "opened": opened, "blocked": blocked, "both": both, "unknown": blocked}


YES = answers("", "", "", "")
AWAY = answers("other_unit", "", "blocked", "blocked")
READS = {
    "owner": YES,
    "colleague": YES,
    "physician": YES,
    "secretary": YES,
    "head": YES,
    "reviewer": answers(*["not_carer"] * 4),
    "pooled": answers("", "", "blocked", "blocked"),
    "away": AWAY,
    "away_secretary": AWAY,
    "away_owner": AWAY,
    "other_provider": answers(*["not_found"] * 4),
    "patient": YES,
    "guardian": YES,
    "stranger": answers(*["not_found"] * 4),
    "system": YES,
}


def code(refusal: object) -> str:
    return "" if refusal is None else str(getattr(refusal, "code", refusal))


@pytest.mark.parametrize("who", list(ACTORS))
def test_who_reads(who: str) -> None:
    found = {
        phase: {name: code(may_read(ACTORS[who], case(phase), known)) for name, known in STANDINGS.items()}
        for phase in Phase
    }
    assert found == dict.fromkeys(Phase, READS[who])


@pytest.mark.parametrize("who", list(ACTORS))
def test_who_may_not_read_does_nothing_but_open(who: str) -> None:
    closed = {name: refusal for name, refusal in READS[who].items() if refusal}
    for verb, phase in itertools.product(set(Verb) - {Verb.OPEN_ANYWAY}, Phase):
        found = {name: code(may(ACTORS[who], verb, case(phase), NOW, STANDINGS[name])) for name in closed}
        assert found == closed, (verb, phase)


def test_whoever_forgets_to_look_is_refused_what_is_not_their_own() -> None:
    assert code(may_read(ACTORS["pooled"], case())) == "blocked"
    assert code(may_read(ACTORS["away"], case())) == "blocked"
    assert may_read(ACTORS["colleague"], case()) is None


# Who takes a case of each role, at home or opened: any clinical role takes any, every other its own (A3).
TAKES = {
    "nurse": {"owner", "colleague", "physician", "pooled", "away", "away_owner"},
    "physician": {"owner", "colleague", "physician", "pooled", "away", "away_owner"},
    "medical_admin": {
        "owner",
        "colleague",
        "physician",
        "secretary",
        "pooled",
        "away",
        "away_secretary",
        "away_owner",
    },
    "care_coordinator": {"owner", "colleague", "physician", "pooled", "away", "away_owner"},
}
STAFF = [who for who, actor in ACTORS.items() if isinstance(actor, StaffActor)]
ABLE = [who for who in STAFF if not READS[who]["opened"]]


@pytest.mark.parametrize(("role", "who"), list(itertools.product(TAKES, ABLE)))
def test_who_takes_a_waiting_case(role: str, who: str) -> None:
    refusal = may(ACTORS[who], Verb.ACCEPT, case(role=role), NOW, STANDINGS["opened"])
    assert code(refusal) == ("" if who in TAKES[role] else "not_clinical")


@pytest.mark.parametrize(("role", "who"), list(itertools.product(TAKES, ABLE)))
def test_who_takes_over_a_visit(role: str, who: str) -> None:
    expected = "" if who in TAKES[role] else "not_clinical"
    if who in ("owner", "away_owner"):
        expected = "already_yours"
    found = {
        phase: code(may(ACTORS[who], Verb.TAKE_OVER, case(phase, role), NOW, STANDINGS["opened"]))
        for phase in TAKEN
    }
    assert found == dict.fromkeys(TAKEN, expected)


@pytest.mark.parametrize("verb", [Verb.CHANGE_PRIORITY, Verb.MARK_DONE, Verb.SIGN_NOTE])
@pytest.mark.parametrize(("role", "who"), list(itertools.product(TAKES, ABLE)))
def test_what_the_unit_does_is_not_for_those_who_have_only_opened(role: str, who: str, verb: Verb) -> None:
    refusal = may(ACTORS[who], verb, case(Phase.FOLLOW_UP, role), NOW, STANDINGS["opened"])
    if who in ("away", "away_secretary"):
        assert code(refusal) == "not_taken"
    else:
        assert code(refusal) == ("" if who in TAKES[role] else "not_clinical")


@pytest.mark.parametrize("verb", [Verb.RELEASE, Verb.START, Verb.END, Verb.WRITE])
@pytest.mark.parametrize("who", ABLE)
def test_what_the_owner_does(who: str, verb: Verb) -> None:
    refusal = may(ACTORS[who], verb, case(Phase.ONGOING), NOW, STANDINGS["opened"])
    assert code(refusal) == ("" if who in ("owner", "away_owner") else "not_owner")


@pytest.mark.parametrize("who", ABLE)
def test_after_the_visit_the_unit_answers(who: str) -> None:
    refusal = may(ACTORS[who], Verb.WRITE, case(Phase.FOLLOW_UP), NOW, STANDINGS["opened"])
    assert code(refusal) == ("" if who in TAKES["nurse"] - {"away"} else "not_owner")


@pytest.mark.parametrize(("who", "standing"), list(itertools.product(ACTORS, STANDINGS)))
def test_who_opens_a_case_that_is_not_theirs(who: str, standing: str) -> None:
    reads = READS[who][standing]
    expected = {"other_unit": "", "": "already_open"}.get(reads, reads)
    if who == "system":
        expected = "not_system"
    elif who in ("patient", "guardian"):
        expected = "staff_only"
    found = {
        phase: code(may(ACTORS[who], Verb.OPEN_ANYWAY, case(phase), NOW, STANDINGS[standing]))
        for phase in Phase
    }
    assert found == dict.fromkeys(Phase, expected)


def test_whose_case_it_is_decides_what_the_button_says() -> None:
    nurse, pooled, away = (ACTORS[who] for who in ("colleague", "pooled", "away"))
    assert isinstance(nurse, StaffActor)
    assert isinstance(pooled, StaffActor)
    assert isinstance(away, StaffActor)
    assert not is_anyway(nurse, case())
    assert not is_anyway(pooled, case())
    assert is_anyway(nurse, case(role="medical_admin"))
    assert is_anyway(away, case())


def test_patients_and_the_system_stand_as_before() -> None:
    for verb in (Verb.TAKE_OVER, Verb.ACCEPT):
        assert code(may(ACTORS["patient"], verb, case(Phase.ONGOING), NOW, AT_HOME)) == "staff_only"
        assert code(may(ACTORS["system"], verb, case(Phase.ONGOING), NOW, AT_HOME)) == "not_system"
    assert may(ACTORS["system"], Verb.ASSIGN, case(), NOW, AT_HOME) is None


def test_an_actor_whose_own_units_nobody_has_told_is_at_home_within_their_reach() -> None:
    older = msgspec.structs.replace(ACTORS["pooled"], home_unit_ids=frozenset())
    assert may_read(older, case(), STANDINGS["blocked"]) is None


# Who seeks a silent patient and ends the visit: whoever has it; a guest in the chat all but the end (D7).
@pytest.mark.parametrize("who", ABLE)
def test_a_guest_seeks_a_silent_patient_but_does_not_end_the_visit(who: str) -> None:
    visit = msgspec.structs.replace(case(Phase.ONGOING), chat_guests=(2,), consult_guests=(3,))
    found = {
        verb: code(may(ACTORS[who], verb, visit, NOW, STANDINGS["opened"]))
        for verb in (Verb.CHASE, Verb.STOP_CHASE, Verb.CALLED, Verb.END)
    }
    mine, guest = "" if who in ("owner", "away_owner") else "not_owner", who == "colleague"
    assert found == {
        Verb.CHASE: "" if guest else mine,
        Verb.STOP_CHASE: "" if guest else mine,
        Verb.CALLED: mine,
        Verb.END: mine,
    }


def test_only_the_system_gives_up_and_only_staff_break_off() -> None:
    visit = case(Phase.ONGOING)
    for verb in (Verb.MUST_CALL, Verb.GIVE_UP):
        assert may(ACTORS["system"], verb, visit, NOW, AT_HOME) is None
        assert code(may(ACTORS["owner"], verb, visit, NOW, AT_HOME)) == "patient_only"
    for verb in (Verb.STOP_CHASE, Verb.CALLED, Verb.END):
        assert code(may(ACTORS["system"], verb, visit, NOW, AT_HOME)) == "not_system"
        assert code(may(ACTORS["patient"], verb, visit, NOW, AT_HOME)) == "staff_only"
    assert may(ACTORS["system"], Verb.CHECK_IN, case(Phase.FOLLOW_UP), NOW, AT_HOME) is None


def test_nobody_is_sought_in_the_chat_who_is_reached_by_telephone() -> None:
    called = msgspec.structs.replace(case(Phase.ONGOING), contact="telephone")
    assert code(may(ACTORS["owner"], Verb.CHASE, called, NOW, AT_HOME)) == "telephone"
    assert code(may(ACTORS["system"], Verb.CHASE, called, NOW, AT_HOME)) == ""


# A form is sent by whoever may write to the patient, a guest in the chat too; it is answered by who sought care alone.
@pytest.mark.parametrize("who", list(ACTORS))
def test_who_sends_a_form_and_who_answers_it(who: str) -> None:
    visit = msgspec.structs.replace(case(Phase.ONGOING), chat_guests=(2,), consult_guests=(3,))
    sends, answers = (
        code(may(ACTORS[who], verb, visit, NOW, STANDINGS["opened"]))
        for verb in (Verb.SEND_FORM, Verb.ANSWER_FORM)
    )
    if READS[who]["opened"]:
        assert {sends, answers} == {READS[who]["opened"]}
    elif who in ("patient", "guardian"):
        assert sends == "staff_only"
        assert answers == ("" if who == "patient" else "not_responsible")
    elif who == "system":
        assert {sends, answers} == {"not_system"}
    else:
        assert sends == ("" if who in ("owner", "away_owner", "colleague") else "not_owner")
        assert answers == "patient_only"


def test_after_the_last_second_no_form_is_sent_or_answered() -> None:
    over = msgspec.structs.replace(case(Phase.FOLLOW_UP), writable_until=NOW)
    assert code(may(ACTORS["owner"], Verb.SEND_FORM, over, NOW, AT_HOME)) == "phase_over"
    assert code(may(ACTORS["patient"], Verb.ANSWER_FORM, over, NOW, AT_HOME)) == "phase_over"
    assert code(may(ACTORS["colleague"], Verb.SEND_FORM, case(Phase.FOLLOW_UP), NOW, AT_HOME)) == ""


# A chat that has never been a visit goes on from the start of its asynchronous phase, and is its owner's to end.
def chat(**changed: object) -> Case:
    plain = msgspec.structs.replace(
        case(Phase.FOLLOW_UP), accepted_at=None, started_at=None, writable_until=NOW + timedelta(days=1)
    )
    return msgspec.structs.replace(plain, **changed)


@pytest.mark.parametrize("who", ABLE)
def test_a_chat_is_ended_by_whoever_has_it_and_a_visit_only_once(who: str) -> None:
    mine = who in ("owner", "away_owner")
    found = {
        name: code(may(ACTORS[who], Verb.END, one, NOW, STANDINGS["opened"]))
        for name, one in (
            ("chat", chat()),
            ("unanswered", chat(inbox_at=NOW)),
            ("was_accepted", chat(accepted_at=NOW)),
            ("was_started", chat(started_at=NOW)),
        )
    }
    assert found == {
        "chat": "" if mine else "not_owner",
        "unanswered": "unanswered" if mine else "not_owner",
        "was_accepted": "ended" if mine else "not_owner",
        "was_started": "ended" if mine else "not_owner",
    }


@pytest.mark.parametrize("phase", list(Phase))
def test_what_is_over(phase: Phase) -> None:
    ended = phase in (Phase.FOLLOW_UP, Phase.CLOSED, Phase.CANCELLED)
    assert is_over(msgspec.structs.replace(case(phase), accepted_at=NOW, started_at=NOW), NOW) is ended


def test_a_chat_is_over_when_its_time_is_and_an_unread_errand_never_by_time_alone() -> None:
    until = NOW + timedelta(days=1)
    assert [is_over(chat(), moment) for moment in (NOW, until - timedelta(milliseconds=1), until)] == [
        False,
        False,
        True,
    ]
    errand = chat(kind="administrative", inbox_at=NOW)
    assert not is_over(errand, until)
    assert is_over(msgspec.structs.replace(errand, inbox_at=None), until)
