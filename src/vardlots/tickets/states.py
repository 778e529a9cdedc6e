"""The table of moves: from which state a verb may be done, and which state it leads to. Pure."""

from vardlots.tickets.model import State, Verb

_WAITING = (State.ISSUED, State.OPENED)

MOVES: dict[Verb, dict[State | None, State]] = {
    Verb.ISSUE: {None: State.ISSUED},
    Verb.OPEN: {State.ISSUED: State.OPENED},
    # Somebody who rings uses a ticket that they have never opened.
    Verb.USE: dict.fromkeys(_WAITING, State.USED),
    Verb.DECLINE: dict.fromkeys(_WAITING, State.DECLINED),
    Verb.WITHDRAW: dict.fromkeys(_WAITING, State.WITHDRAWN),
    Verb.EXPIRE: dict.fromkeys(_WAITING, State.EXPIRED),
}


def next_state(state: State | None, verb: Verb) -> State | None:
    """The state that the verb leads to (`state` None: there is no ticket yet); None where it may not be done."""
    return MOVES[verb].get(state)
