"""Every pair of phase and verb has one known answer."""

from pathlib import Path

import pytest

from vardlots.cases.diagram import draw
from vardlots.cases.model import Kind, Phase, Verb
from vardlots.cases.states import ACTIVE, ENDED, LEAVES, MOVES, TAKEN, allows, next_phases

IN_VISIT = {
    Verb.HAND_OVER,
    Verb.ACCEPT_HANDOVER,
    Verb.DECLINE_HANDOVER,
    Verb.WITHDRAW_HANDOVER,
    Verb.REMIND_HANDOVER,
    Verb.PAUSE,
    Verb.RESUME,
    Verb.GIVE_BACK,
    Verb.INVITE,
    Verb.JOIN,
    Verb.LEAVE,
    Verb.TALK,
    Verb.SEND_TICKET,
}
ALWAYS = {Verb.OPEN_ANYWAY, Verb.NOTIFY, Verb.EXPORT, Verb.CONSULT, Verb.CONSULT_NEWS}
# Written out by hand, so that a change of the table is a change of two places that must agree.
EXPECTED = {
    None: {Verb.OPEN},
    Phase.BOOKED: {
        Verb.ADD_INFORMATION,
        Verb.ACCEPT,
        Verb.ANSWER_FORM,
        Verb.BOOK,
        Verb.REBOOK,
        Verb.CANCEL_BOOKING,
        Verb.WITHDRAW_TIME,
        Verb.ATTEND,
        Verb.MISS,
    }
    | ALWAYS,
    Phase.QUEUED: {
        Verb.ADD_INFORMATION,
        Verb.LEAVE_QUEUE,
        Verb.RETRIAGE,
        Verb.CHANGE_PRIORITY,
        Verb.ACCEPT,
        Verb.ASSIGN,
    }
    | ALWAYS,
    Phase.ACCEPTED: {
        Verb.ADD_INFORMATION,
        Verb.LEAVE_QUEUE,
        Verb.RETRIAGE,
        Verb.CHANGE_PRIORITY,
        Verb.TAKE_OVER,
        Verb.RELEASE,
        Verb.START,
        Verb.END,
        Verb.SIGN_NOTE,
        Verb.ANSWER_FORM,
        Verb.CANCEL_BOOKING,
        Verb.ATTEND,
        Verb.MISS,
    }
    | IN_VISIT
    | ALWAYS,
    Phase.ONGOING: {
        Verb.RETRIAGE,
        Verb.CHANGE_PRIORITY,
        Verb.TAKE_OVER,
        Verb.RELEASE,
        Verb.WRITE,
        Verb.END,
        Verb.SIGN_NOTE,
        Verb.CHASE,
        Verb.STOP_CHASE,
        Verb.MUST_CALL,
        Verb.CALLED,
        Verb.GIVE_UP,
        Verb.SEND_FORM,
        Verb.ANSWER_FORM,
        Verb.REFER,
        Verb.END_REFERRED,
    }
    | IN_VISIT
    | ALWAYS,
    Phase.FOLLOW_UP: {
        Verb.ACCEPT,
        Verb.TAKE_OVER,
        Verb.WRITE,
        Verb.END,
        Verb.MARK_DONE,
        Verb.CLOSE,
        Verb.SIGN_NOTE,
        Verb.CHECK_IN,
        Verb.TALK,
        Verb.SEND_FORM,
        Verb.ANSWER_FORM,
        Verb.SEND_TICKET,
    }
    | ALWAYS,
    Phase.CLOSED: {Verb.SIGN_NOTE} | ALWAYS,
    Phase.CANCELLED: {Verb.SIGN_NOTE} | ALWAYS,
}


@pytest.mark.parametrize("phase", [None, *Phase])
@pytest.mark.parametrize("verb", list(Verb))
def test_every_pair_of_phase_and_verb(phase: Phase | None, verb: Verb) -> None:
    assert allows(phase, verb) == (verb in EXPECTED[phase])
    assert bool(next_phases(phase, verb)) == allows(phase, verb)


def test_every_verb_has_moves_and_leaves_a_row() -> None:
    assert set(MOVES) == set(Verb)
    assert set(LEAVES) == set(Verb)
    # What staff note of a call that they triaged is a second row beside the opening's, and so is what a patient reads
    # of a handover, and what comes with a ticket from another unit.
    assert set(LEAVES.values()) == set(Kind) - {Kind.ASSISTED, Kind.HANDOVER_TOLD, Kind.BROUGHT}


def test_every_phase_can_be_reached_and_an_ended_case_never_runs_again() -> None:
    reached = {Phase.QUEUED, Phase.BOOKED}
    while True:
        more = {target for verb in Verb for phase in reached for target in next_phases(phase, verb)} - reached
        if not more:
            break
        reached |= more
    assert reached == set(Phase)
    for phase in ENDED:
        for verb in Verb:
            assert not set(next_phases(phase, verb)) & (ACTIVE | {Phase.BOOKED})


def test_the_groups_of_phases_cover_all_without_overlap() -> None:
    assert set(Phase) == ACTIVE | ENDED | {Phase.BOOKED}
    assert not ACTIVE & ENDED
    assert TAKEN < ACTIVE


def test_the_picture_in_the_documentation_is_drawn_from_the_table() -> None:
    picture = Path(__file__).parents[4] / "docs" / "states" / "case.svg"
    assert picture.read_text(encoding="utf-8") == draw()
