"""The table of moves: from which state a verb may be done, and which state it leads to. Pure."""

from vardlots.tickets.model import Deed, State

_WAITING = (State.ISSUED, State.OPENED)

MOVES: dict[Deed, dict[State | None, State]] = {
    Deed.ISSUE: {None: State.ISSUED},
    Deed.OPEN: {State.ISSUED: State.OPENED},
    # Somebody who rings uses a ticket that they have never opened.
    Deed.USE: dict.fromkeys(_WAITING, State.USED),
    Deed.DECLINE: dict.fromkeys(_WAITING, State.DECLINED),
    Deed.WITHDRAW: dict.fromkeys(_WAITING, State.WITHDRAWN),
    Deed.EXPIRE: dict.fromkeys(_WAITING, State.EXPIRED),
}


def next_state(state: State | None, verb: Deed) -> State | None:
    """The state that the verb leads to (`state` None: there is no ticket yet); None where it may not be done."""
    return MOVES[verb].get(state)
