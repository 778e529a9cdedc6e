"""The table of moves: from which phase a verb may be done, and which phase it leads to.

Pure: knows no actor and no database. `docs/states/case.svg` is drawn from this table, and a test goes through
every pair of phase and verb.
"""

from vardlots.cases.model import Kind, Phase, Verb

_IN_VISIT: dict[Phase | None, tuple[Phase, ...]] = {
    Phase.ACCEPTED: (Phase.ACCEPTED,),
    Phase.ONGOING: (Phase.ONGOING,),
}
# An ended phase length of zero days closes a case at once, so END leads to one of two phases.
MOVES: dict[Verb, dict[Phase | None, tuple[Phase, ...]]] = {
    # An administrative errand may arrive as an asynchronous message: nobody waits in a queue for it. What staff have
    # triaged on the phone may end with the advice that was given.
    Verb.OPEN: {None: (Phase.QUEUED, Phase.BOOKED, Phase.FOLLOW_UP, Phase.CLOSED)},
    Verb.ADD_INFORMATION: {
        Phase.BOOKED: (Phase.BOOKED,),
        Phase.QUEUED: (Phase.QUEUED,),
        Phase.ACCEPTED: (Phase.ACCEPTED,),
    },
    Verb.LEAVE_QUEUE: {Phase.QUEUED: (Phase.CANCELLED,), Phase.ACCEPTED: (Phase.CANCELLED,)},
    # The patient has been asked anew because it got worse.
    Verb.RETRIAGE: {
        Phase.QUEUED: (Phase.QUEUED,),
        Phase.ACCEPTED: (Phase.ACCEPTED,),
        Phase.ONGOING: (Phase.ONGOING,),
    },
    Verb.CHANGE_PRIORITY: {
        Phase.QUEUED: (Phase.QUEUED,),
        Phase.ACCEPTED: (Phase.ACCEPTED,),
        Phase.ONGOING: (Phase.ONGOING,),
    },
    # An errand that came as a message gets somebody, and stays a message.
    Verb.ACCEPT: {
        Phase.QUEUED: (Phase.ACCEPTED,),
        Phase.BOOKED: (Phase.ACCEPTED,),
        Phase.FOLLOW_UP: (Phase.FOLLOW_UP,),
    },
    # The load balancer gives a case to somebody on shift.
    Verb.ASSIGN: {Phase.QUEUED: (Phase.ACCEPTED,)},
    # Somebody from outside says why they open the case: nothing in it moves.
    Verb.OPEN_ANYWAY: {phase: (phase,) for phase in Phase},
    Verb.TAKE_OVER: {**_IN_VISIT, Phase.FOLLOW_UP: (Phase.FOLLOW_UP,)},
    # A booked visit goes back to its time, while that has not begun to be used.
    Verb.RELEASE: {Phase.ACCEPTED: (Phase.QUEUED, Phase.BOOKED), Phase.ONGOING: (Phase.QUEUED,)},
    Verb.START: {Phase.ACCEPTED: (Phase.ONGOING,)},
    Verb.WRITE: {Phase.ONGOING: (Phase.ONGOING,), Phase.FOLLOW_UP: (Phase.FOLLOW_UP,)},
    Verb.END: {
        Phase.ACCEPTED: (Phase.FOLLOW_UP, Phase.CLOSED),
        Phase.ONGOING: (Phase.FOLLOW_UP, Phase.CLOSED),
        # A chat that was never a visit is over when somebody says so, or when its time is.
        Phase.FOLLOW_UP: (Phase.CLOSED,),
    },
    Verb.MARK_DONE: {Phase.FOLLOW_UP: (Phase.FOLLOW_UP,)},
    Verb.CLOSE: {Phase.FOLLOW_UP: (Phase.CLOSED,)},
    Verb.SIGN_NOTE: {
        Phase.ACCEPTED: (Phase.ACCEPTED,),
        Phase.ONGOING: (Phase.ONGOING,),
        Phase.FOLLOW_UP: (Phase.FOLLOW_UP,),
        Phase.CLOSED: (Phase.CLOSED,),
        Phase.CANCELLED: (Phase.CANCELLED,),
    },
    # A notice is news about the case, not a step in it; so is what has become of a note on its way to a record system.
    Verb.EXPORT: {phase: (phase,) for phase in Phase},
    Verb.NOTIFY: {phase: (phase,) for phase in Phase},
    # Whoever hands over owns the visit until somebody accepts, so that nothing moves before that.
    Verb.HAND_OVER: _IN_VISIT,
    Verb.ACCEPT_HANDOVER: _IN_VISIT,
    Verb.DECLINE_HANDOVER: _IN_VISIT,
    Verb.WITHDRAW_HANDOVER: _IN_VISIT,
    Verb.REMIND_HANDOVER: _IN_VISIT,
    Verb.PAUSE: _IN_VISIT,
    Verb.RESUME: _IN_VISIT,
    # A paused visit whose owner is not there when its time comes waits for somebody else.
    Verb.GIVE_BACK: {Phase.ACCEPTED: (Phase.QUEUED, Phase.BOOKED), Phase.ONGOING: (Phase.QUEUED,)},
    # A patient who does not answer: reminded, warned, and then the visit ends; the most urgent are telephoned.
    Verb.CHASE: {Phase.ONGOING: (Phase.ONGOING,)},
    Verb.STOP_CHASE: {Phase.ONGOING: (Phase.ONGOING,)},
    Verb.MUST_CALL: {Phase.ONGOING: (Phase.ONGOING,)},
    Verb.CALLED: {Phase.ONGOING: (Phase.ONGOING,)},
    Verb.GIVE_UP: {Phase.ONGOING: (Phase.CLOSED,)},
    # The automatic question some days after the visit.
    Verb.CHECK_IN: {Phase.FOLLOW_UP: (Phase.FOLLOW_UP,)},
    Verb.INVITE: _IN_VISIT,
    Verb.JOIN: _IN_VISIT,
    Verb.LEAVE: _IN_VISIT,
    Verb.TALK: {**_IN_VISIT, Phase.FOLLOW_UP: (Phase.FOLLOW_UP,)},
    Verb.SEND_FORM: {Phase.ONGOING: (Phase.ONGOING,), Phase.FOLLOW_UP: (Phase.FOLLOW_UP,)},
    Verb.ANSWER_FORM: {
        Phase.BOOKED: (Phase.BOOKED,),
        Phase.ACCEPTED: (Phase.ACCEPTED,),
        Phase.ONGOING: (Phase.ONGOING,),
        Phase.FOLLOW_UP: (Phase.FOLLOW_UP,),
    },
    # A time is booked when the case opens, and again after the unit has withdrawn one.
    Verb.BOOK: {Phase.BOOKED: (Phase.BOOKED,)},
    Verb.REBOOK: {Phase.BOOKED: (Phase.BOOKED,)},
    Verb.CANCEL_BOOKING: {Phase.BOOKED: (Phase.CANCELLED,), Phase.ACCEPTED: (Phase.CANCELLED,)},
    Verb.WITHDRAW_TIME: {Phase.BOOKED: (Phase.BOOKED,)},
    Verb.ATTEND: {Phase.BOOKED: (Phase.CLOSED,), Phase.ACCEPTED: (Phase.CLOSED,)},
    Verb.MISS: {Phase.BOOKED: (Phase.CLOSED,), Phase.ACCEPTED: (Phase.CLOSED,)},
    Verb.SEND_TICKET: {**_IN_VISIT, Phase.FOLLOW_UP: (Phase.FOLLOW_UP,)},
    # A question to another unit, and what becomes of it, moves nothing here.
    Verb.CONSULT: {phase: (phase,) for phase in Phase},
    Verb.CONSULT_NEWS: {phase: (phase,) for phase in Phase},
    # The visit goes on at another provider: it ends here when the patient has read so.
    Verb.REFER: {Phase.ONGOING: (Phase.ONGOING,)},
    Verb.END_REFERRED: {Phase.ONGOING: (Phase.CLOSED,)},
}

# The row that each verb leaves in the timeline.
LEAVES: dict[Verb, Kind] = {
    Verb.OPEN: Kind.OPENED,
    Verb.ADD_INFORMATION: Kind.INFORMATION,
    Verb.LEAVE_QUEUE: Kind.LEFT_QUEUE,
    Verb.RETRIAGE: Kind.RETRIAGED,
    Verb.CHANGE_PRIORITY: Kind.PRIORITY_CHANGED,
    Verb.ACCEPT: Kind.ACCEPTED,
    Verb.ASSIGN: Kind.ASSIGNED,
    Verb.OPEN_ANYWAY: Kind.OPENED_ANYWAY,
    Verb.TAKE_OVER: Kind.TAKEN_OVER,
    Verb.RELEASE: Kind.RELEASED,
    Verb.START: Kind.STARTED,
    Verb.WRITE: Kind.MESSAGE,
    Verb.END: Kind.ENDED,
    Verb.MARK_DONE: Kind.MARKED_DONE,
    Verb.CLOSE: Kind.CLOSED,
    Verb.SIGN_NOTE: Kind.NOTE_SIGNED,
    Verb.EXPORT: Kind.EXPORTED,
    Verb.NOTIFY: Kind.NOTICE,
    Verb.HAND_OVER: Kind.HANDED_OVER,
    Verb.ACCEPT_HANDOVER: Kind.HANDOVER_ACCEPTED,
    Verb.DECLINE_HANDOVER: Kind.HANDOVER_DECLINED,
    Verb.WITHDRAW_HANDOVER: Kind.HANDOVER_WITHDRAWN,
    Verb.REMIND_HANDOVER: Kind.HANDOVER_REMINDED,
    Verb.PAUSE: Kind.PAUSED,
    Verb.RESUME: Kind.RESUMED,
    Verb.GIVE_BACK: Kind.GIVEN_BACK,
    Verb.CHASE: Kind.CHASED,
    Verb.STOP_CHASE: Kind.CHASE_STOPPED,
    Verb.MUST_CALL: Kind.CALL_NEEDED,
    Verb.CALLED: Kind.CALLED,
    Verb.GIVE_UP: Kind.ENDED,
    Verb.CHECK_IN: Kind.MESSAGE,
    Verb.INVITE: Kind.GUEST_INVITED,
    Verb.JOIN: Kind.GUEST_JOINED,
    Verb.LEAVE: Kind.GUEST_LEFT,
    Verb.TALK: Kind.TALK,
    Verb.SEND_FORM: Kind.FORM_SENT,
    Verb.ANSWER_FORM: Kind.FORM_ANSWERED,
    Verb.BOOK: Kind.BOOKED,
    Verb.REBOOK: Kind.REBOOKED,
    Verb.CANCEL_BOOKING: Kind.BOOKING_CANCELLED,
    Verb.WITHDRAW_TIME: Kind.TIME_WITHDRAWN,
    Verb.ATTEND: Kind.ATTENDED,
    Verb.MISS: Kind.MISSED,
    Verb.SEND_TICKET: Kind.TICKET_SENT,
    Verb.CONSULT: Kind.CONSULTED,
    Verb.CONSULT_NEWS: Kind.CONSULT_NEWS,
    Verb.REFER: Kind.REFERRED,
    Verb.END_REFERRED: Kind.ENDED,
}

# A patient who leaves one of these has answered: nobody seeks them any more.
PATIENT_SPEAKS = frozenset({Kind.MESSAGE, Kind.INFORMATION, Kind.RETRIAGED, Kind.FORM_ANSWERED})

# What waits for somebody now; a booked visit waits for its time.
ACTIVE = frozenset({Phase.QUEUED, Phase.ACCEPTED, Phase.ONGOING})
TAKEN = frozenset({Phase.ACCEPTED, Phase.ONGOING})
ENDED = frozenset({Phase.FOLLOW_UP, Phase.CLOSED, Phase.CANCELLED})


def allows(phase: Phase | None, verb: Verb) -> bool:
    """Whether the verb may be done in the phase (None: there is no case yet)."""
    return phase in MOVES[verb]


def next_phases(phase: Phase | None, verb: Verb) -> tuple[Phase, ...]:
    """The phases that the verb may lead to; empty where it may not be done."""
    return MOVES[verb].get(phase, ())
