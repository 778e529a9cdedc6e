"""The case as its timeline tells it. The case row must say the same: tests and `vardlots doctor` compare them."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from vardlots.cases.model import Entry, Kind, Phase


class Folded(msgspec.Struct, frozen=True):
    """What the timeline says of the case."""

    phase: Phase
    priority: int
    owner_staff_id: int | None = None
    writable_until: datetime | None = None
    in_inbox: bool = False


def fold(rows: Iterable[Entry]) -> Folded:
    """Read a whole timeline, oldest first. Raises ValueError when it does not begin with the case's opening."""
    state: Folded | None = None
    for row in rows:
        state = _after(state, row)
    if state is None:
        raise ValueError("a timeline has at least one row")
    return state


def _after(state: Folded | None, row: Entry) -> Folded:
    if state is None:
        if row.kind is not Kind.OPENED:
            raise ValueError("a timeline begins with the case's opening")
        if row.body.get("until"):
            until = datetime.fromisoformat(row.body["until"])
            return Folded(Phase.FOLLOW_UP, row.body["priority"], writable_until=until, in_inbox=True)
        return Folded(phase=Phase.QUEUED, priority=row.body["priority"])
    change = msgspec.structs.replace
    match row.kind:
        case Kind.PRIORITY_CHANGED | Kind.RETRIAGED:
            return change(state, priority=row.body["to"])
        case Kind.ACCEPTED if state.phase is Phase.FOLLOW_UP:
            return change(state, owner_staff_id=row.author_id)
        case Kind.ACCEPTED:
            return change(state, phase=Phase.ACCEPTED, owner_staff_id=row.author_id)
        case Kind.ASSIGNED:
            return change(state, phase=Phase.ACCEPTED, owner_staff_id=row.body["staff_id"])
        case Kind.TAKEN_OVER:
            return change(state, owner_staff_id=row.author_id)
        case Kind.RELEASED:
            return change(state, phase=Phase.QUEUED, owner_staff_id=None)
        case Kind.STARTED:
            return change(state, phase=Phase.ONGOING)
        case Kind.LEFT_QUEUE:
            return change(state, phase=Phase.CANCELLED, owner_staff_id=None)
        case Kind.ENDED if row.body["until"]:
            return change(
                state, phase=Phase.FOLLOW_UP, writable_until=datetime.fromisoformat(row.body["until"])
            )
        case Kind.ENDED if row.body.get("assisted"):
            # Advice on the phone: whose who gave it, without having waited.
            return change(state, phase=Phase.CLOSED, owner_staff_id=row.author_id)
        case Kind.ENDED:
            return change(state, phase=Phase.CLOSED)
        case Kind.CLOSED:
            return change(state, phase=Phase.CLOSED)
        case Kind.MARKED_DONE:
            return change(state, in_inbox=False)
        case Kind.MESSAGE if state.phase is Phase.FOLLOW_UP:
            prolonged = row.body.get("until")
            until_then = datetime.fromisoformat(prolonged) if prolonged else state.writable_until
            return change(state, in_inbox=row.author_kind == "patient", writable_until=until_then)
    return state
