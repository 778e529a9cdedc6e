"""Whether a notice is sent. Pure: the case as it is now, the two persons, the row it is about."""

from vardlots.cases import states
from vardlots.cases.model import Case
from vardlots.notifications.model import OF_BOOKING, REMINDERS, NoticeKind, Why
from vardlots.people.queries import Person

# A text that says when one is to come is kept in the phone, read or not; an offer has a row of nobody's.
_KEPT = REMINDERS | {NoticeKind.BOOKED, NoticeKind.REBOOKED, NoticeKind.EARLIER_OFFER}


def why_not(
    kind: NoticeKind, case: Case, patient: Person, reader: Person, n: int, *, theirs: bool = True
) -> Why | None:
    """None when it is to be sent to the reader, the one who sought care.

    `theirs` is False when the reader may no longer act for the patient: a guardian who is blocked since, or whose
    child has grown. Protected identity comes before everything else (A9): not even that there was no number is found
    out by trying.
    """
    if patient.protected or reader.protected:
        return Why.PROTECTED
    # When they are called is worth knowing also for whoever does not read here.
    if case.by_telephone and kind not in OF_BOOKING:
        return Why.TELEPHONE
    if kind not in _KEPT and case.patient_read_n >= n:
        return Why.READ
    if kind is NoticeKind.CASE_ACCEPTED and case.phase not in states.TAKEN:
        return Why.MOVED_ON
    if not theirs:
        return Why.NOT_THEIRS
    if not reader.mobile:
        return Why.NO_NUMBER
    return None
