"""The table of moves: from which phase a verb may be done, and which phase it leads to.

Pure: knows no actor and no database. `docs/states/case.svg` is drawn from this table, and a test goes through
every pair of phase and verb.
"""

from vardlots.cases.model import Kind, Phase, Verb

# An ended phase length of zero days closes a case at once, so END leads to one of two phases.
MOVES: dict[Verb, dict[Phase | None, tuple[Phase, ...]]] = {
    # An administrative errand may arrive as an asynchronous message: nobody waits in a queue for it. What staff have
    # triaged on the phone may end with the advice that was given.
    Verb.OPEN: {None: (Phase.QUEUED, Phase.FOLLOW_UP, Phase.CLOSED)},
    Verb.ADD_INFORMATION: {Phase.QUEUED: (Phase.QUEUED,), Phase.ACCEPTED: (Phase.ACCEPTED,)},
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
    Verb.ACCEPT: {Phase.QUEUED: (Phase.ACCEPTED,), Phase.FOLLOW_UP: (Phase.FOLLOW_UP,)},
    # The load balancer gives a case to somebody on shift.
    Verb.ASSIGN: {Phase.QUEUED: (Phase.ACCEPTED,)},
    # Somebody from outside says why they open the case: nothing in it moves.
    Verb.OPEN_ANYWAY: {phase: (phase,) for phase in Phase},
    Verb.TAKE_OVER: {Phase.ACCEPTED: (Phase.ACCEPTED,), Phase.ONGOING: (Phase.ONGOING,)},
    Verb.RELEASE: {Phase.ACCEPTED: (Phase.QUEUED,), Phase.ONGOING: (Phase.QUEUED,)},
    Verb.START: {Phase.ACCEPTED: (Phase.ONGOING,)},
    Verb.WRITE: {Phase.ONGOING: (Phase.ONGOING,), Phase.FOLLOW_UP: (Phase.FOLLOW_UP,)},
    Verb.END: {
        Phase.ACCEPTED: (Phase.FOLLOW_UP, Phase.CLOSED),
        Phase.ONGOING: (Phase.FOLLOW_UP, Phase.CLOSED),
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
    # A notice is news about the case, not a step in it.
    Verb.NOTIFY: {phase: (phase,) for phase in Phase},
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
    Verb.NOTIFY: Kind.NOTICE,
}

ACTIVE = frozenset({Phase.QUEUED, Phase.ACCEPTED, Phase.ONGOING})
TAKEN = frozenset({Phase.ACCEPTED, Phase.ONGOING})
ENDED = frozenset({Phase.FOLLOW_UP, Phase.CLOSED, Phase.CANCELLED})


def allows(phase: Phase | None, verb: Verb) -> bool:
    """Whether the verb may be done in the phase (None: there is no case yet)."""
    return phase in MOVES[verb]


def next_phases(phase: Phase | None, verb: Verb) -> tuple[Phase, ...]:
    """The phases that the verb may lead to; empty where it may not be done."""
    return MOVES[verb].get(phase, ())
