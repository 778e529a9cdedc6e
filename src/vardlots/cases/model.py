"""The case and its timeline, as typed rows."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from vardlots.platform.errors import Invalid, NotFound


class CaseRef(NamedTuple):
    """A case's full name: its provider and its number there. Shown as `1-42` in addresses and topics."""

    provider_id: int
    case_id: int

    def __str__(self) -> str:
        return f"{self.provider_id}-{self.case_id}"

    @classmethod
    def parse(cls, text: str) -> "CaseRef":
        """Read `1-42`. Raises NotFound for anything else: a mangled address leads nowhere."""
        provider, _, number = text.partition("-")
        if not (provider.isascii() and provider.isdigit() and number.isascii() and number.isdigit()):
            raise NotFound()
        if len(provider) > 9 or len(number) > 18:
            raise NotFound()
        return cls(int(provider), int(number))


# A client's own name for a row it sends. The product's own rows have a colon in theirs: nobody can be there before.
_CLIENT_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


def client_key(key: str) -> str:
    """The key of a row that somebody sends, so that sent twice it is one row. Raises Invalid."""
    if not _CLIENT_KEY.fullmatch(key):
        raise Invalid("key", "Meddelandet kunde inte läsas. Ladda om sidan och försök igen.")
    return key


class Phase(StrEnum):
    """Where a case is. The moves between phases are in `states.py`. `BOOKED` waits for a time, or for a new one."""

    BOOKED = "booked"
    QUEUED = "queued"
    ACCEPTED = "accepted"
    ONGOING = "ongoing"
    FOLLOW_UP = "follow_up"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Verb(StrEnum):
    """What can be done to a case. Each is one function in an `actions.py`."""

    OPEN = "open"
    ADD_INFORMATION = "add_information"
    LEAVE_QUEUE = "leave_queue"
    RETRIAGE = "retriage"
    CHANGE_PRIORITY = "change_priority"
    ACCEPT = "accept"
    ASSIGN = "assign"
    OPEN_ANYWAY = "open_anyway"
    TAKE_OVER = "take_over"
    RELEASE = "release"
    START = "start"
    WRITE = "write"
    END = "end"
    MARK_DONE = "mark_done"
    CLOSE = "close"
    SIGN_NOTE = "sign_note"
    EXPORT = "export"
    NOTIFY = "notify"
    HAND_OVER = "hand_over"
    ACCEPT_HANDOVER = "accept_handover"
    DECLINE_HANDOVER = "decline_handover"
    WITHDRAW_HANDOVER = "withdraw_handover"
    REMIND_HANDOVER = "remind_handover"
    PAUSE = "pause"
    RESUME = "resume"
    GIVE_BACK = "give_back"
    CHASE = "chase"
    STOP_CHASE = "stop_chase"
    MUST_CALL = "must_call"
    CALLED = "called"
    GIVE_UP = "give_up"
    CHECK_IN = "check_in"
    INVITE = "invite"
    JOIN = "join"
    LEAVE = "leave"
    TALK = "talk"
    SEND_FORM = "send_form"
    ANSWER_FORM = "answer_form"
    BOOK = "book"
    REBOOK = "rebook"
    CANCEL_BOOKING = "cancel_booking"
    WITHDRAW_TIME = "withdraw_time"
    ATTEND = "attend"
    MISS = "miss"
    SEND_TICKET = "send_ticket"
    CONSULT = "consult"
    CONSULT_NEWS = "consult_news"
    REFER = "refer"
    END_REFERRED = "end_referred"


class Kind(StrEnum):
    """What a row of the timeline tells."""

    OPENED = "opened"
    ASSISTED = "assisted"
    INFORMATION = "information"
    RETRIAGED = "retriaged"
    PRIORITY_CHANGED = "priority_changed"
    ACCEPTED = "accepted"
    ASSIGNED = "assigned"
    OPENED_ANYWAY = "opened_anyway"
    TAKEN_OVER = "taken_over"
    RELEASED = "released"
    STARTED = "started"
    MESSAGE = "message"
    ENDED = "ended"
    LEFT_QUEUE = "left_queue"
    MARKED_DONE = "marked_done"
    CLOSED = "closed"
    NOTE_SIGNED = "note_signed"
    EXPORTED = "exported"
    NOTICE = "notice"
    HANDED_OVER = "handed_over"
    HANDOVER_TOLD = "handover_told"
    HANDOVER_ACCEPTED = "handover_accepted"
    HANDOVER_DECLINED = "handover_declined"
    HANDOVER_WITHDRAWN = "handover_withdrawn"
    HANDOVER_REMINDED = "handover_reminded"
    PAUSED = "paused"
    RESUMED = "resumed"
    GIVEN_BACK = "given_back"
    CHASED = "chased"
    CHASE_STOPPED = "chase_stopped"
    CALL_NEEDED = "call_needed"
    CALLED = "called"
    GUEST_INVITED = "guest_invited"
    GUEST_JOINED = "guest_joined"
    GUEST_LEFT = "guest_left"
    TALK = "talk"
    FORM_SENT = "form_sent"
    FORM_ANSWERED = "form_answered"
    BROUGHT = "brought"
    BOOKED = "booked"
    REBOOKED = "rebooked"
    BOOKING_CANCELLED = "booking_cancelled"
    TIME_WITHDRAWN = "time_withdrawn"
    ATTENDED = "attended"
    MISSED = "missed"
    TICKET_SENT = "ticket_sent"
    CONSULTED = "consulted"
    CONSULT_NEWS = "consult_news"
    REFERRED = "referred"


class Audience(StrEnum):
    """Who may read a row: the patient and staff, staff, or the colleagues' own talk."""

    PATIENT = "patient"
    STAFF = "staff"
    INTERNAL = "internal"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case: the projection of its timeline, written in the same transaction as each row of it.

    `interview_id` is None where no questions led to it: a ticket from another unit, a time that staff booked, a chat
    that staff began.
    `kind` is `care` or `administrative`; `contact` is `digital`, `telephone` where the patient does not read here, or
    `physical` for a booked visit at the unit.
    `booked_from` is when the booked time begins; None in a booked case whose time was withdrawn, which waits for a new
    one. `referred_n` is the message that the patient has to read before a visit that goes on at another provider ends;
    `referred_due` is when somebody has to see to it that they have not.
    `handover_n` is the row that asks a role (or a person of it) to take the visit over, while nobody has answered.
    `chase` is how far a patient who does not answer has been sought: `reminded`, `warned`, `call`; `chase_at` when the
    next step is due. `noted_at` is when somebody first signed a note.
    """

    provider_id: int
    case_id: int
    person_id: int
    actor_person_id: int
    unit_id: int
    role: str
    interview_id: int | None
    reason: str
    fact: str
    phase: Phase
    priority: int
    triage_priority: int
    owner_staff_id: int | None
    arrived_at: datetime
    accepted_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    writable_until: datetime | None
    inbox_at: datetime | None
    changed_at: datetime
    last_n: int
    patient_read_n: int
    staff_read_n: int
    patient_last_n: int
    staff_last_n: int
    notice_state: str
    kind: str = "care"
    contact: str = "digital"
    handover_n: int | None = None
    handover_role: str | None = None
    handover_staff_id: int | None = None
    paused_until: datetime | None = None
    chase: str | None = None
    chase_at: datetime | None = None
    chat_guests: tuple[int, ...] = ()
    consult_guests: tuple[int, ...] = ()
    talk_last_n: int = 0
    noted_at: datetime | None = None
    booked_from: datetime | None = None
    referred_n: int | None = None
    referred_due: datetime | None = None

    @property
    def ref(self) -> CaseRef:
        return CaseRef(self.provider_id, self.case_id)

    @property
    def by_telephone(self) -> bool:
        """Whether the patient does not read here, so that staff telephone them."""
        return self.contact == "telephone"

    @property
    def guests(self) -> tuple[int, ...]:
        """Every colleague who is a guest in the visit, in the patient's chat or for advice only."""
        return self.chat_guests + self.consult_guests


CASE_COLUMNS = ", ".join(Case.__struct_fields__)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a case's timeline. Never changed."""

    provider_id: int
    case_id: int
    n: int
    at: datetime
    kind: Kind
    audience: Audience
    author_kind: str
    author_id: int
    author_name: str
    body: dict[str, Any]


ENTRY_COLUMNS = ", ".join(Entry.__struct_fields__)


def case_from(row: Any) -> Case:
    """A case from a row that holds at least the columns of `CASE_COLUMNS`."""
    values = {name: row[name] for name in Case.__struct_fields__}
    values["phase"] = Phase(values["phase"])
    values["chat_guests"] = tuple(values["chat_guests"])
    values["consult_guests"] = tuple(values["consult_guests"])
    return Case(**values)


def entry_from(row: Any) -> Entry:
    """A timeline row from a row that holds at least the columns of `ENTRY_COLUMNS`."""
    values = {name: row[name] for name in Entry.__struct_fields__}
    values["kind"] = Kind(values["kind"])
    values["audience"] = Audience(values["audience"])
    return Entry(**values)
