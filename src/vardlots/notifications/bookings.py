"""What a text about a booked time says, and whether it is still so: the time is read anew each time it is asked."""

from datetime import datetime, timedelta

import msgspec

from vardlots.cases import states
from vardlots.cases.model import Case, CaseRef, Phase
from vardlots.notifications.model import REMINDERS, NoticeKind
from vardlots.notifications.quiet import QuietHours, quiet_until
from vardlots.platform import clock
from vardlots.platform.db import Connection

# A text that the visit begins is of no use to whoever should have been there by now.
BEGINS_FOR = timedelta(minutes=10)
# What cannot wait out the night comes this long before the time that it is about, at the latest [assumed].
BEFORE = timedelta(hours=1)


class Time(msgspec.Struct, frozen=True, kw_only=True):
    """A booked time, or one that is offered, as it stands now. `holds`: it is still what the text would say.

    `by_patient`: whoever reads the text did it themself, just now.
    """

    starts_at: datetime
    ends_at: datetime
    contact: str
    holds: bool
    by_patient: bool = False


_OF_APPOINTMENT = """
SELECT a.starts_at, a.ends_at, a.contact, a.state = 'booked' AS holds FROM appointment a
WHERE a.provider_id = $1 AND a.case_id = $2 AND a.appointment_id = $3
"""
# The row says which appointment; the appointment says whether it still holds.
_OF_BOOKED_ROW = """
SELECT a.starts_at, a.ends_at, a.contact, a.state = 'booked' AS holds, e.author_kind = 'patient' AS by_patient
FROM entry e JOIN appointment a ON a.provider_id = e.provider_id AND a.case_id = e.case_id
  AND a.appointment_id = (e.body ->> 'appointment_id')::bigint
WHERE e.provider_id = $1 AND e.case_id = $2 AND e.n = $3 AND e.kind IN ('booked', 'rebooked')
"""
_OF_ENDED_ROW = """
SELECT a.starts_at, a.ends_at, a.contact, a.state = $4 AS holds, e.author_kind = 'patient' AS by_patient
FROM entry e JOIN appointment a ON a.provider_id = e.provider_id AND a.case_id = e.case_id
WHERE e.provider_id = $1 AND e.case_id = $2 AND e.n = $3 AND a.state = $4
ORDER BY a.ended_at DESC, a.appointment_id DESC LIMIT 1
"""
_OF_OFFER = """
SELECT s.starts_at, s.ends_at, s.contact, o.until > $3 AS holds
FROM slot_offer o JOIN slot s USING (provider_id, slot_id)
WHERE o.provider_id = $1 AND o.case_id = $2 AND o.state = 'offered' AND o.offer_id = $4
"""
_ENDED = {
    NoticeKind.BOOKING_CANCELLED: "cancelled",
    NoticeKind.TIME_WITHDRAWN: "withdrawn",
    NoticeKind.MISSED_VISIT: "missed",
}


async def time_of(
    connection: Connection, *, ref: CaseRef, kind: NoticeKind, n: int, appointment_id: int | None
) -> Time | None:
    """The time that a text of a kind is about; None where there is no such any more. `n` of an offer is its number."""
    if kind in REMINDERS:
        row = await connection.fetchrow(_OF_APPOINTMENT, *ref, appointment_id)
    elif kind is NoticeKind.EARLIER_OFFER:
        row = await connection.fetchrow(_OF_OFFER, *ref, clock.now(), n)
    elif kind in _ENDED:
        row = await connection.fetchrow(_OF_ENDED_ROW, *ref, n, _ENDED[kind])
    else:
        row = await connection.fetchrow(_OF_BOOKED_ROW, *ref, n)
    return Time(**row) if row else None


def is_news(kind: NoticeKind, case: Case, time: Time | None, now: datetime) -> bool:
    """Whether a text about a time still says what is so, and is of use. Pure."""
    if time is None or not time.holds:
        return False
    waits = case.phase is Phase.BOOKED or case.phase in states.TAKEN
    match kind:
        case NoticeKind.BOOKING_MORNING:
            return (
                waits
                and now < time.starts_at
                and clock.local(now).date() == clock.local(time.starts_at).date()
            )
        case NoticeKind.BOOKING_SOON:
            return waits and now < time.starts_at
        case NoticeKind.BOOKING_NOW:
            begins = time.starts_at <= now < min(time.starts_at + BEGINS_FOR, time.ends_at)
            # Whoever is on their way to a room, or waits for a call, has nothing to sign in to.
            return begins and time.contact == "digital" and case.phase is not Phase.ONGOING and waits
        case NoticeKind.BOOKED | NoticeKind.REBOOKED | NoticeKind.EARLIER_OFFER:
            return waits and now < time.starts_at
        case NoticeKind.TIME_WITHDRAWN:
            return case.phase is Phase.BOOKED and case.booked_from is None
        case NoticeKind.BOOKING_CANCELLED:
            return case.phase is Phase.CANCELLED
    return case.phase is Phase.CLOSED


def wait_until(kind: NoticeKind, time: Time, hours: QuietHours, now: datetime) -> datetime | None:
    """Until when a text about a time waits, None where it is sent now. Pure.

    A reminder of what begins in a moment never waits, nor the receipt of what somebody has just done. Anything else
    waits out the quiet hours, but never past an hour before the time: whoever has an early visit is told before it.
    """
    if kind in (NoticeKind.BOOKING_SOON, NoticeKind.BOOKING_NOW) or time.by_patient:
        return None
    until = quiet_until(hours, now)
    if until is None or time.starts_at <= now:
        return until
    latest = time.starts_at - BEFORE
    if until <= latest:
        return until
    return latest if latest > now else None
