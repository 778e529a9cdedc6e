"""Whether a member of staff is told of something. Pure: the case as it is now, the row it is about."""

from vardlots.cases.model import Case, Phase
from vardlots.notifications.model import StaffNoticeKind


def is_news(kind: StaffNoticeKind, case: Case, n: int) -> bool:
    """Whether it is still so: the patient waits in the queue, or nobody has read what was written after the visit."""
    if kind is StaffNoticeKind.NEW_PATIENT:
        return case.phase is Phase.QUEUED
    return case.phase is Phase.FOLLOW_UP and case.staff_read_n < n


def also_owner(kind: StaffNoticeKind, case: Case) -> int | None:
    """Who is told whatever role their shift has: whoever had the visit that the patient writes in."""
    return case.owner_staff_id if kind is StaffNoticeKind.NEW_MESSAGE else None
