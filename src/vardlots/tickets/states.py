"""The table of moves: from which state a verb may be done, and which state it leads to. Pure."""

from vardlots.tickets.model import Deed, Kind, State

_WAITING = (State.ISSUED, State.OPENED)

MOVES: dict[Deed, dict[State | None, State]] = {
    Deed.ISSUE: {None: State.ISSUED},
    Deed.OPEN: {State.ISSUED: State.OPENED},
    # Somebody who rings uses a ticket that they have never opened.
    Deed.USE: dict.fromkeys(_WAITING, State.USED),
    Deed.DECLINE: dict.fromkeys(_WAITING, State.DECLINED),
    Deed.WITHDRAW: dict.fromkeys(_WAITING, State.WITHDRAWN),
    Deed.EXPIRE: dict.fromkeys(_WAITING, State.EXPIRED),
    # One of its forms is sent in. A ticket that is nothing but forms is used by the last of them.
    Deed.ANSWER: dict.fromkeys(_WAITING, State.OPENED),
    # Over is over: that somebody has looked changes nothing of that.
    Deed.ACKNOWLEDGE: {state: state for state in (State.USED, State.DECLINED, State.EXPIRED)},
}


def next_state(state: State | None, verb: Deed) -> State | None:
    """The state that the verb leads to (`state` None: there is no ticket yet); None where it may not be done."""
    return MOVES[verb].get(state)


def is_looked_at(kind: Kind, reached: State) -> bool:
    """Whether staff are to look at a ticket in its new state (*vidimering*): it ran out, was declined or answered."""
    return reached in (State.EXPIRED, State.DECLINED) or (kind is Kind.FORM and reached is State.USED)
