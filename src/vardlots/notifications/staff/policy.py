"""Who among the staff is told of something, and whether it is still so. Pure: the case as it is now, and some facts."""

import msgspec

from vardlots.cases import states
from vardlots.cases.ending.whose import belongs_to
from vardlots.cases.model import Case, Phase
from vardlots.notifications.model import OF_TIMES, SCHEDULED, StaffNoticeKind


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the database knows beside the case's row.

    `owner_on_shift`: the owner has an open shift at the case's unit; `stands_in`: who has one there in place of an
    owner who is away. `person`: whoever the row is for, where it is for one: who asked for the handover that is
    answered, who is invited, whose note it is, whose time is booked (`person_on_shift`: they are at work at the case's
    unit). `author`: the member of staff who did it. `settled`: what the row tells has been taken care of since.
    """

    owner_on_shift: bool = False
    stands_in: int | None = None
    person: int | None = None
    person_on_shift: bool = False
    author: int | None = None
    settled: bool = False


class Whom(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told: one person, or everybody on shift in a role at the case's unit.

    `anywhere`: the person's shift may be at another unit of the provider, since they are asked by name. `off_shift`:
    the person is told whether they are at work or not. `apart`: who is not told, being the one who asks.
    """

    person: int | None = None
    role: str | None = None
    anywhere: bool = False
    off_shift: bool = False
    apart: int | None = None


NOBODY = Whom()


def whom(kind: StaffNoticeKind, case: Case, facts: Facts) -> Whom:
    """Who is meant by a notice."""
    owner = case.owner_staff_id
    match kind:
        case StaffNoticeKind.NEW_PATIENT:
            return Whom(role=case.role)
        case StaffNoticeKind.WORSE:
            return Whom(role=case.role) if owner is None else Whom(person=owner)
        case StaffNoticeKind.NEW_MESSAGE | StaffNoticeKind.MUST_CALL:
            # Whoever is not at work is not waited for: whoever stands in, or else the role, has it then.
            has = belongs_to(case, owner_on_shift=facts.owner_on_shift) or facts.stands_in
            return Whom(role=case.role) if has is None else Whom(person=has)
        case StaffNoticeKind.HANDOVER:
            asked = case.handover_staff_id
            if asked is not None:
                return Whom(person=asked, anywhere=True)
            return Whom(role=case.handover_role, apart=owner)
        case StaffNoticeKind.HANDOVER_ANSWERED | StaffNoticeKind.GUEST_INVITED:
            return Whom(person=facts.person, anywhere=True)
        case StaffNoticeKind.RESUMED:
            return Whom(person=owner)
        case StaffNoticeKind.EXPORT_FAILED:
            return Whom(person=owner if owner is not None else facts.person)
        case StaffNoticeKind.LEFT_OPEN:
            return Whom(person=owner, off_shift=True)
        case StaffNoticeKind.TIME_BOOKED | StaffNoticeKind.TIME_CANCELLED:
            # A room's time is nobody's in particular; and nobody is told of what they have done.
            return Whom(person=facts.person, apart=facts.author)
        case StaffNoticeKind.TIME_SOON:
            return Whom(person=owner or facts.person)
        case StaffNoticeKind.NOT_STARTED:
            return Whom(person=facts.person) if facts.person_on_shift else Whom(role=case.role)
    return NOBODY


def is_news(kind: StaffNoticeKind, case: Case, n: int, facts: Facts) -> bool:
    """Whether it is still so, and nobody has seen to it."""
    taken = case.phase in states.TAKEN
    match kind:
        case StaffNoticeKind.NEW_PATIENT:
            return case.phase is Phase.QUEUED
        case StaffNoticeKind.WORSE:
            return case.phase is Phase.QUEUED or (taken and case.staff_read_n < n)
        case StaffNoticeKind.NEW_MESSAGE:
            return case.phase is Phase.FOLLOW_UP and case.staff_read_n < n
        case StaffNoticeKind.HANDOVER:
            # A reminder is about a later row than the one that asks.
            return case.handover_n is not None and n >= case.handover_n
        case StaffNoticeKind.RESUMED:
            return taken and case.paused_until is None and not facts.settled
        case StaffNoticeKind.MUST_CALL:
            # Or who has not read in time where the visit goes on at another provider.
            unread = case.referred_n == n and case.patient_read_n < n
            return case.phase is Phase.ONGOING and (case.chase == "call" or unread)
        case StaffNoticeKind.GUEST_INVITED:
            return taken and not facts.settled
        case StaffNoticeKind.LEFT_OPEN:
            return taken and case.paused_until is None and case.staff_read_n < n
        case StaffNoticeKind.HANDOVER_ANSWERED | StaffNoticeKind.EXPORT_FAILED:
            return not facts.settled
        case StaffNoticeKind.TIME_BOOKED:
            return case.phase is Phase.BOOKED and not facts.settled
        case StaffNoticeKind.TIME_CANCELLED:
            return not facts.settled
        case StaffNoticeKind.TIME_SOON:
            return case.phase in (Phase.BOOKED, Phase.ACCEPTED) and not facts.settled
        case StaffNoticeKind.NOT_STARTED:
            return case.phase is Phase.BOOKED and not facts.settled
    return False


def choice(kind: StaffNoticeKind) -> str:
    """The key of `staff.notices` that a kind is chosen by."""
    return SCHEDULED if kind in OF_TIMES else kind.value


def wants(kind: StaffNoticeKind, *, chosen: bool) -> bool:
    """Whether they are sent a text: by their own choice, except of a visit that they have left open."""
    return chosen or kind is StaffNoticeKind.LEFT_OPEN
