"""Notices: what is told to a phone, about what, and how that went."""

from datetime import datetime
from enum import StrEnum

import msgspec

from vardlots.cases.model import CaseRef


class NoticeKind(StrEnum):
    """What a patient is told of. Each is a text in `content/notices` and a job `notifications.<kind>`."""

    CASE_ACCEPTED = "case_accepted"
    MESSAGE_WAITING = "message_waiting"
    CASE_ENDED = "case_ended"
    BOOKED = "booked"
    REBOOKED = "rebooked"
    BOOKING_CANCELLED = "booking_cancelled"
    TIME_WITHDRAWN = "time_withdrawn"
    MISSED_VISIT = "missed_visit"
    EARLIER_OFFER = "earlier_offer"
    BOOKING_MORNING = "booking_morning"
    BOOKING_SOON = "booking_soon"
    BOOKING_NOW = "booking_now"
    TICKET_SENT = "ticket_sent"
    TICKET_RUNS_OUT = "ticket_runs_out"


# Of one booked time, at a moment before it: each is about an appointment and no row.
REMINDERS = frozenset({NoticeKind.BOOKING_MORNING, NoticeKind.BOOKING_SOON, NoticeKind.BOOKING_NOW})
# Of what has become of a booked time.
OF_BOOKING = REMINDERS | {
    NoticeKind.BOOKED,
    NoticeKind.REBOOKED,
    NoticeKind.BOOKING_CANCELLED,
    NoticeKind.TIME_WITHDRAWN,
    NoticeKind.MISSED_VISIT,
    NoticeKind.EARLIER_OFFER,
}
# Of a ticket, which is no case.
OF_TICKET = frozenset({NoticeKind.TICKET_SENT, NoticeKind.TICKET_RUNS_OUT})
OF_CASE = frozenset(NoticeKind) - OF_TICKET


class PhoneNoticeKind(StrEnum):
    """What a unit's phone is told of, whoever holds it and whether anybody is signed in: a text `unit_<kind>`."""

    CONSULTATION_CAME = "consultation_came"
    CONSULTATION_WAITS = "consultation_waits"


class StaffNoticeKind(StrEnum):
    """What staff are told of: a text `staff_<kind>`, and but for `left_open` a choice in `staff.notices`.

    A patient who waits for an answer in a visit that was left open is not chosen: its owner is told, at work or not.
    The four of a booked time are one choice, *Schemalagda besök*.
    """

    NEW_MESSAGE = "new_message"
    NEW_PATIENT = "new_patient"
    WORSE = "worse"
    HANDOVER = "handover"
    HANDOVER_ANSWERED = "handover_answered"
    GUEST_INVITED = "guest_invited"
    RESUMED = "resumed"
    MUST_CALL = "must_call"
    EXPORT_FAILED = "export_failed"
    LEFT_OPEN = "left_open"
    TIME_BOOKED = "time_booked"
    TIME_CANCELLED = "time_cancelled"
    TIME_SOON = "time_soon"
    NOT_STARTED = "not_started"


# What is told of booked times, and the choice that they share.
OF_TIMES = frozenset(
    {
        StaffNoticeKind.TIME_BOOKED,
        StaffNoticeKind.TIME_CANCELLED,
        StaffNoticeKind.TIME_SOON,
        StaffNoticeKind.NOT_STARTED,
    }
)
SCHEDULED = "scheduled"

# Whoever is meant is told of these in their page too, whether they want texts or not.
IN_PAGE = frozenset(StaffNoticeKind) - {
    StaffNoticeKind.NEW_MESSAGE,
    StaffNoticeKind.NEW_PATIENT,
    StaffNoticeKind.TIME_BOOKED,
    StaffNoticeKind.TIME_CANCELLED,
}

# Not chosen and about no case: whoever forgot to end their shift is told once.
SHIFT_FORGOTTEN = "shift_forgotten"


class NoticeState(StrEnum):
    """How far a notice has come. From `sending` it goes on with the same reference, never with a new one."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    SKIPPED = "skipped"
    FAILED = "failed"


class Why(StrEnum):
    """Why a notice was not sent."""

    READ = "read"
    MOVED_ON = "moved_on"
    # Nobody can read in the service for the one it is about.
    NOBODY_READS = "nobody_reads"
    NO_NUMBER = "no_number"
    PROTECTED = "protected"
    TELEPHONE = "telephone"
    NOT_THEIRS = "not_theirs"
    REFUSED = "refused"
    GAVE_UP = "gave_up"
    # Of staff: they did not ask for texts of this kind.
    NOT_CHOSEN = "not_chosen"
    # A later notice of the same case is sent instead.
    COVERED = "covered"
    # What the provider of texts says of one that did not reach the phone.
    NO_SUCH_NUMBER = "no_such_number"
    BARRED = "barred"
    PHONE_OFF = "phone_off"
    UNDELIVERED = "undelivered"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One notice about one row of a case, or about one booked time of it (`appointment_id`, and `about_n` is 0).

    `reference` is what the SMS provider knows it by; `due_at` is when a text that waits out the night is looked at
    again.
    """

    provider_id: int
    notice_id: int
    case_id: int
    kind: NoticeKind
    about_n: int
    state: NoticeState
    reference: str
    due_at: datetime | None = None
    appointment_id: int | None = None

    @property
    def ref(self) -> CaseRef:
        """The case it is about."""
        return CaseRef(self.provider_id, self.case_id)


class Sms(msgspec.Struct, frozen=True):
    """A text message. `recipient` in E.164; `reference` is the same however often it is sent."""

    reference: str
    recipient: str
    text: str


class Receipt(msgspec.Struct, frozen=True):
    """What the provider of texts says has become of one. `why` only where it did not reach the phone."""

    reference: str
    state: NoticeState
    why: Why | None = None


class InOutbox(msgspec.Struct, frozen=True):
    """A text message as the local adapter kept it."""

    recipient: str
    body: str
    at: datetime
