"""The table of moves: from which state a verb may be done, and which state it leads to. Pure.

The state is the receiver's side of it. The sender's side ends by itself: see `sender_may_end`.
"""

from vardlots.consultations.model import Deed, Kind, State

_ACCEPTED: dict[State | None, State] = {State.ACCEPTED: State.ACCEPTED}

MOVES: dict[Deed, dict[State | None, State]] = {
    Deed.SEND: {None: State.SENT},
    Deed.ACCEPT: {State.SENT: State.ACCEPTED},
    # The sender may add to what is asked before anybody has taken it; the receiver answers what they have taken.
    Deed.ANSWER: {State.SENT: State.SENT, **_ACCEPTED},
    Deed.DECLINE: {State.SENT: State.DECLINED},
    Deed.WITHDRAW: {State.SENT: State.WITHDRAWN},
    Deed.END: {State.ACCEPTED: State.ENDED},
    # What came with it is read before one decides, and afterwards by whoever has it.
    Deed.GO_TO_CASE: {State.SENT: State.SENT, **_ACCEPTED},
    Deed.TAKE: {**_ACCEPTED},
    Deed.BEGIN: {**_ACCEPTED},
    Deed.REMIND: {State.SENT: State.SENT},
}

LEAVES: dict[Deed, Kind] = {
    Deed.SEND: Kind.SENT,
    Deed.ACCEPT: Kind.ACCEPTED,
    Deed.ANSWER: Kind.ANSWER,
    Deed.DECLINE: Kind.DECLINED,
    Deed.WITHDRAW: Kind.WITHDRAWN,
    Deed.END: Kind.ENDED,
    Deed.GO_TO_CASE: Kind.OPENED_CASE,
    Deed.TAKE: Kind.TAKEN,
    Deed.BEGIN: Kind.BEGUN,
    Deed.REMIND: Kind.REMINDED,
}

# What the sender's visit tells of, in its own timeline.
NEWS: dict[Kind, str] = {
    Kind.ACCEPTED: "accepted",
    Kind.ANSWER: "answered",
    Kind.DECLINED: "declined",
    Kind.ENDED: "ended",
}


def next_state(state: State | None, verb: Deed) -> State | None:
    """The state that the verb leads to (`state` None: there is none yet); None where it may not be done."""
    return MOVES[verb].get(state)


def sender_may_end(state: State, answered: bool) -> bool:
    """Whether the sender is done with it: it has been answered, declined, or ended by the receiver."""
    return answered or state in (State.DECLINED, State.ENDED)
