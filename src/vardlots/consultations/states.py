"""The table of moves: from which state a verb may be done, and which state it leads to. Pure.

The state is the receiver's side of it. The sender's side ends by itself: see `sender_may_end`.
"""

from vardlots.consultations.model import Act, Kind, State

_ACCEPTED: dict[State | None, State] = {State.ACCEPTED: State.ACCEPTED}

MOVES: dict[Act, dict[State | None, State]] = {
    Act.SEND: {None: State.SENT},
    Act.ACCEPT: {State.SENT: State.ACCEPTED},
    # The sender may add to what is asked before anybody has taken it; the receiver answers what they have taken.
    Act.ANSWER: {State.SENT: State.SENT, **_ACCEPTED},
    Act.DECLINE: {State.SENT: State.DECLINED},
    Act.WITHDRAW: {State.SENT: State.WITHDRAWN},
    Act.END: {State.ACCEPTED: State.ENDED},
    # What came with it is read before one decides, and afterwards by whoever has it.
    Act.GO_TO_CASE: {State.SENT: State.SENT, **_ACCEPTED},
    Act.TAKE: {**_ACCEPTED},
    Act.BEGIN: {**_ACCEPTED},
    Act.REMIND: {State.SENT: State.SENT},
}

LEAVES: dict[Act, Kind] = {
    Act.SEND: Kind.SENT,
    Act.ACCEPT: Kind.ACCEPTED,
    Act.ANSWER: Kind.ANSWER,
    Act.DECLINE: Kind.DECLINED,
    Act.WITHDRAW: Kind.WITHDRAWN,
    Act.END: Kind.ENDED,
    Act.GO_TO_CASE: Kind.OPENED_CASE,
    Act.TAKE: Kind.TAKEN,
    Act.BEGIN: Kind.BEGUN,
    Act.REMIND: Kind.REMINDED,
}

# What the sender's visit tells of, in its own timeline.
NEWS: dict[Kind, str] = {
    Kind.ACCEPTED: "accepted",
    Kind.ANSWER: "answered",
    Kind.DECLINED: "declined",
    Kind.ENDED: "ended",
}


def next_state(state: State | None, verb: Act) -> State | None:
    """The state that the verb leads to (`state` None: there is none yet); None where it may not be done."""
    return MOVES[verb].get(state)


def sender_may_end(state: State, answered: bool) -> bool:
    """Whether the sender is done with it: it has been answered, declined, or ended by the receiver."""
    return answered or state in (State.DECLINED, State.ENDED)
