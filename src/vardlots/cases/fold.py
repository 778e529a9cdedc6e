"""The case as its timeline tells it. The case row must say the same: tests and `vardlots doctor` compare them."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from vardlots.cases.model import Entry, Kind, Phase
from vardlots.cases.states import PATIENT_SPEAKS, TAKEN


class Folded(msgspec.Struct, frozen=True):
    """What the timeline says of the case."""

    phase: Phase
    priority: int
    owner_staff_id: int | None = None
    writable_until: datetime | None = None
    in_inbox: bool = False
    handover_n: int | None = None
    handover_role: str | None = None
    handover_staff_id: int | None = None
    paused_until: datetime | None = None
    chase: str | None = None
    chat_guests: frozenset[int] = frozenset()
    consult_guests: frozenset[int] = frozenset()
    booked_from: datetime | None = None
    referred_n: int | None = None
    # The unit and role that a visit has been moved to by whoever took it; None where it is where it came.
    place: tuple[int, str] | None = None


_NO_HANDOVER: dict[str, None] = {"handover_n": None, "handover_role": None, "handover_staff_id": None}
_ALONE: dict[str, frozenset[int]] = {"chat_guests": frozenset(), "consult_guests": frozenset()}


def fold(rows: Iterable[Entry]) -> Folded:
    """Read a whole timeline, oldest first. Raises ValueError when it does not begin with the case's opening."""
    state: Folded | None = None
    for row in rows:
        before, state = state, _after(state, row)
        if before is not None:
            state = _what_follows(before, state, row)
    if state is None:
        raise ValueError("a timeline has at least one row")
    return state


def _what_follows(before: Folded, state: Folded, row: Entry) -> Folded:
    """What ends by itself: a request, a pause and a search with whose visit it is; guests with the visit."""
    change = msgspec.structs.replace
    if row.author_kind == "patient" and row.kind in PATIENT_SPEAKS:
        state = change(state, chase=None)
    if state.phase is not Phase.ONGOING:
        state = change(state, chase=None)
    if state.phase not in TAKEN:
        return change(state, paused_until=None, referred_n=None, **_NO_HANDOVER, **_ALONE)
    if state.owner_staff_id != before.owner_staff_id:
        gone = {state.owner_staff_id}
        return change(
            state,
            paused_until=None,
            referred_n=None,
            chase=None,
            **_NO_HANDOVER,
            chat_guests=state.chat_guests - gone,
            consult_guests=state.consult_guests - gone,
        )
    return state


def _after(state: Folded | None, row: Entry) -> Folded:
    if state is None:
        if row.kind is not Kind.OPENED:
            raise ValueError("a timeline begins with the case's opening")
        if row.body.get("until"):
            until = datetime.fromisoformat(row.body["until"])
            owner = row.body.get("owner")
            # What staff begin waits for the patient, not for themselves.
            in_inbox = row.body.get("way") != "staff"
            return Folded(Phase.FOLLOW_UP, row.body["priority"], owner, until, in_inbox=in_inbox)
        if row.body.get("way") == "booking":
            return Folded(phase=Phase.BOOKED, priority=row.body["priority"])
        return Folded(phase=Phase.QUEUED, priority=row.body["priority"])
    change = msgspec.structs.replace
    match row.kind:
        case Kind.PRIORITY_CHANGED | Kind.RETRIAGED:
            return change(state, priority=row.body["to"])
        case Kind.HANDED_OVER:
            return change(
                state,
                priority=row.body["priority"],
                handover_n=row.n,
                handover_role=row.body["role"],
                handover_staff_id=row.body["staff_id"],
            )
        case Kind.HANDOVER_DECLINED | Kind.HANDOVER_WITHDRAWN:
            return change(state, **_NO_HANDOVER)
        case Kind.HANDOVER_ACCEPTED:
            return change(state, owner_staff_id=row.author_id)
        case Kind.PAUSED:
            # Nobody is sought for an answer while their visit rests.
            return change(state, paused_until=datetime.fromisoformat(row.body["until"]), chase=None)
        case Kind.RESUMED:
            return change(state, paused_until=None)
        case Kind.CHASED:
            return change(state, chase=row.body["step"])
        case Kind.CALL_NEEDED:
            return change(state, chase="call")
        case Kind.CALLED if row.body["outcome"] == "reached":
            return change(state, chase=None)
        case Kind.CHASE_STOPPED:
            return change(state, chase=None)
        case Kind.GUEST_INVITED:
            invited, mode = frozenset({row.body["staff_id"]}), row.body["mode"]
            return change(
                state,
                chat_guests=state.chat_guests | invited if mode == "chat" else state.chat_guests - invited,
                consult_guests=state.consult_guests | invited
                if mode == "consult"
                else state.consult_guests - invited,
            )
        case Kind.GUEST_LEFT:
            left = {row.body["staff_id"]}
            return change(
                state, chat_guests=state.chat_guests - left, consult_guests=state.consult_guests - left
            )
        case Kind.ACCEPTED if state.phase is Phase.FOLLOW_UP:
            return change(state, owner_staff_id=row.author_id, place=_place(state, row))
        case Kind.ACCEPTED:
            return change(state, phase=Phase.ACCEPTED, owner_staff_id=row.author_id, place=_place(state, row))
        case Kind.ASSIGNED:
            return change(state, phase=Phase.ACCEPTED, owner_staff_id=row.body["staff_id"])
        case Kind.TAKEN_OVER:
            return change(state, owner_staff_id=row.author_id, place=_place(state, row))
        case Kind.RELEASED | Kind.GIVEN_BACK if row.body.get("booked"):
            return change(state, phase=Phase.BOOKED, owner_staff_id=None)
        case Kind.RELEASED | Kind.GIVEN_BACK:
            return change(state, phase=Phase.QUEUED, owner_staff_id=None, booked_from=None)
        case Kind.BOOKED | Kind.REBOOKED:
            return change(state, booked_from=datetime.fromisoformat(row.body["from"]))
        case Kind.TIME_WITHDRAWN:
            return change(state, booked_from=None)
        case Kind.BOOKING_CANCELLED:
            return change(state, phase=Phase.CANCELLED, owner_staff_id=None)
        case Kind.ATTENDED | Kind.MISSED:
            return change(state, phase=Phase.CLOSED)
        case Kind.REFERRED:
            return change(state, referred_n=row.body["message_n"])
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
            # The time to write in a chat is over with it.
            return change(state, phase=Phase.CLOSED, writable_until=None)
        case Kind.CLOSED:
            return change(state, phase=Phase.CLOSED)
        case Kind.MARKED_DONE:
            return change(state, in_inbox=False)
        case Kind.MESSAGE if state.phase is Phase.FOLLOW_UP:
            prolonged = row.body.get("until")
            until_then = datetime.fromisoformat(prolonged) if prolonged else state.writable_until
            in_inbox = state.in_inbox if row.author_kind == "system" else row.author_kind == "patient"
            return change(state, in_inbox=in_inbox, writable_until=until_then)
        case Kind.FORM_ANSWERED if state.phase is Phase.FOLLOW_UP:
            return change(state, in_inbox=True)
        case Kind.FORM_SENT if state.phase is Phase.FOLLOW_UP:
            longer = row.body.get("until")
            until_now = datetime.fromisoformat(longer) if longer else state.writable_until
            return change(state, in_inbox=False, writable_until=until_now)
    return state


def _place(state: Folded, row: Entry) -> tuple[int, str] | None:
    return (row.body["unit"], row.body["role"]) if "unit" in row.body else state.place
