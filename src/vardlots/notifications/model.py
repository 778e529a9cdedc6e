"""Notices: what is told to a phone, about what, and how that went."""

from datetime import datetime
from enum import StrEnum

import msgspec


class NoticeKind(StrEnum):
    """What a patient is told of. Each is a text in `content/notices` and a job `notifications.<kind>`."""

    CASE_ACCEPTED = "case_accepted"
    MESSAGE_WAITING = "message_waiting"
    CASE_ENDED = "case_ended"


class StaffNoticeKind(StrEnum):
    """What a member of staff may choose to be told of: a key of `staff.notices`, a text `staff_<kind>`, a job."""

    NEW_MESSAGE = "new_message"
    NEW_PATIENT = "new_patient"


# Not chosen and about no case: whoever forgot to end their shift is told once.
SHIFT_FORGOTTEN = "shift_forgotten"


class NoticeState(StrEnum):
    """How far a notice has come. From `sending` it goes on with the same reference, never with a new one."""

    SENDING = "sending"
    SENT = "sent"
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


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One notice about one row of a case. `reference` is what the SMS provider knows it by."""

    provider_id: int
    notice_id: int
    case_id: int
    kind: NoticeKind
    about_n: int
    state: NoticeState
    reference: str


class Sms(msgspec.Struct, frozen=True):
    """A text message. `recipient` in E.164; `reference` is the same however often it is sent."""

    reference: str
    recipient: str
    text: str


class InOutbox(msgspec.Struct, frozen=True):
    """A text message as the local adapter kept it."""

    recipient: str
    body: str
    at: datetime
