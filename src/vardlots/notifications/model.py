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


class StaffNoticeKind(StrEnum):
    """What staff are told of: a text `staff_<kind>`, a job, and but for `left_open` a key of `staff.notices`.

    A patient who waits for an answer in a visit that was left open is not chosen: its owner is told, at work or not.
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


# Whoever is meant is told of these in their page too, whether they want texts or not.
IN_PAGE = frozenset(StaffNoticeKind) - {StaffNoticeKind.NEW_MESSAGE, StaffNoticeKind.NEW_PATIENT}

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
    """One notice about one row of a case. `reference` is what the SMS provider knows it by.

    `due_at` is when a text that waits out the night is looked at again.
    """

    provider_id: int
    notice_id: int
    case_id: int
    kind: NoticeKind
    about_n: int
    state: NoticeState
    reference: str
    due_at: datetime | None = None

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
