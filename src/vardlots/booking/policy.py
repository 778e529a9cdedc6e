"""The rules of booked times. Pure: a time, what is sought, a provider's rules, a moment.

A time is an instant: what is shown as a day and a time of day is its place on the clock in Sweden, whatever the season.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta

from vardlots.booking.model import Slot, SlotState, Sought
from vardlots.configuration.booking_rules import BookingRules
from vardlots.platform.clock import SWEDEN, local

# An offer that has to be answered faster than this is none: the time is free for all instead.
LEAST_TO_ANSWER = timedelta(minutes=15)
DIGITAL = "digital"
TELEPHONE = "telephone"


def contacts_for(contact: str) -> tuple[str, ...]:
    """How those times meet that somebody fits. Who is telephoned needs nobody's room: a digital time does."""
    return (TELEPHONE, DIGITAL) if contact == TELEPHONE else (contact,)


def contact_of(contact: str | None, slot: Slot) -> str:
    """How they meet at a booked time: as was sought, else as the time has it."""
    return contact if contact is not None and slot.contact in contacts_for(contact) else slot.contact


def is_unlocked(booking_for: str | None, locked_to: Collection[str]) -> bool:
    """Whether a kind of booking ticket opens a time. A locked time is for its kind only, and a kind for its times only.

    None is staff: they see both.
    """
    if booking_for is None:
        return True
    return booking_for in locked_to if booking_for else not locked_to


def fits(sought: Sought, slot: Slot) -> bool:
    """Whether a time is what somebody may choose, the moment and whether it is free apart."""
    return (
        slot.provider_id == sought.provider_id
        and slot.unit_id in sought.unit_ids
        and sought.role in (None, slot.role)
        and (sought.contact is None or slot.contact in contacts_for(sought.contact))
        and is_unlocked(sought.booking_for, slot.booking_for)
        and (slot.patient_sees or not sought.by_patient)
        and sought.staff_id in (None, slot.staff_id)
        and sought.time_type in (None, slot.time_type)
    )


def window(sought: Sought, rules: BookingRules, now: datetime) -> tuple[datetime, datetime | None]:
    """Between which moments a chosen time has to begin: the first included, the last not; None for no end.

    A patient keeps the notice and the horizon; staff book until the time begins.
    """
    if not sought.by_patient:
        return now, None
    return now + rules.notice, end_of_day(local(now).date() + timedelta(days=rules.horizon_days))


def in_window(sought: Sought, slot: Slot, rules: BookingRules, now: datetime) -> bool:
    """Whether a time begins late enough and soon enough to be chosen now."""
    first, last = window(sought, rules, now)
    return slot.starts_at >= first and (last is None or slot.starts_at < last)


def can_be_taken(slot: Slot, held_by: int | None, person_ids: Collection[int], now: datetime) -> bool:
    """Whether one of the persons can have it. `held_by` is whoever it is kept for, None for nobody in particular."""
    if slot.state is not SlotState.FREE:
        return False
    is_kept = slot.held_until is not None and slot.held_until > now
    return not is_kept or held_by in person_ids


def is_late(rules: BookingRules, starts_at: datetime, now: datetime) -> bool:
    """Whether cancelling or rebooking now may cost the patient (domain §2)."""
    return now > starts_at - timedelta(hours=rules.late_hours)


def day_of(when: datetime) -> date:
    """The calendar day in Sweden on which something begins."""
    return local(when).date()


def start_of_day(day: date) -> datetime:
    """Midnight in Sweden, as a moment."""
    return moment(day, time())


def end_of_day(day: date) -> datetime:
    """The first moment that is no longer the day."""
    return start_of_day(day + timedelta(days=1))


def reminders(
    rules: BookingRules, *, starts_at: datetime, contact: str, now: datetime
) -> list[tuple[str, datetime]]:
    """What a patient is reminded of, and when: `booking_morning`, `booking_soon`, `booking_now` (domain §2).

    Nothing whose moment has passed. The last two are for whoever is to sit ready at a screen.
    """
    found = []
    morning = moment(day_of(starts_at), rules.morning)
    if rules.remind_same_morning and morning < starts_at:
        found.append(("booking_morning", morning))
    if contact == DIGITAL:
        before = starts_at - timedelta(minutes=rules.before_minutes)
        if rules.remind_before:
            found.append(("booking_soon", before))
        if rules.remind_at_start:
            found.append(("booking_now", starts_at))
    return [(kind, at) for kind, at in found if at > now]


def offer_until(rules: BookingRules, *, starts_at: datetime, now: datetime) -> datetime | None:
    """Until when an earlier time is kept for one who is offered it; None where there is no time to answer.

    Only minutes of the provider's hours for offers count, so that nobody loses a time while asleep; and whoever comes
    after still has to keep the notice.
    """
    last = starts_at - rules.notice
    opens, closes = rules.offer_hours
    left, answering, day = timedelta(minutes=rules.offer_minutes), timedelta(), day_of(now)
    while (from_moment := max(now, moment(day, opens))) < last:
        span = min(moment(day, closes), last) - from_moment
        if span >= left:
            return from_moment + left
        if span > timedelta():
            left, answering = left - span, answering + span
        day += timedelta(days=1)
    return last if answering >= LEAST_TO_ANSWER else None


def moment(day: date, at: time) -> datetime:
    """When a time of day comes on a day in Sweden, as a moment in UTC: differences of these are lengths.

    What the night in March leaves out comes when the clock has been moved.
    """
    comes = datetime.combine(day, at, SWEDEN).astimezone(UTC)
    reads = local(comes)
    return comes if reads.time() == at else reads.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
