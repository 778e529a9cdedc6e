"""Whether, and when, somebody is told of a ticket. Pure."""

from datetime import datetime, timedelta

from vardlots.notifications.model import NoticeKind, Why
from vardlots.notifications.quiet import ALWAYS_UP_TO, QuietHours, quiet_until
from vardlots.people.queries import Person
from vardlots.tickets.model import State, Ticket


def why_not(
    kind: NoticeKind, ticket: Ticket, patient: Person, reader: Person | None, now: datetime
) -> Why | None:
    """None when it is to be sent to the reader: the patient, or a young child's guardian (None: nobody reads here).

    Protected identity comes before everything else (A9). A ticket that has been opened is known; one that is over is
    no news.
    """
    if patient.protected or (reader is not None and reader.protected):
        return Why.PROTECTED
    if not ticket.waits_at(now):
        return Why.MOVED_ON
    if kind is NoticeKind.TICKET_SENT and ticket.state is State.OPENED:
        return Why.READ
    if reader is None:
        return Why.NOBODY_READS
    return None if reader.mobile else Why.NO_NUMBER


def wait_until(ticket: Ticket, hours: QuietHours, now: datetime) -> datetime | None:
    """Until when the text of a new ticket waits for the quiet hours to end; None where it is sent now.

    An urgent one never waits, nor one that would be over by then.
    """
    if ticket.priority <= ALWAYS_UP_TO:
        return None
    until = quiet_until(hours, now)
    if until is None or (ticket.valid_until is not None and ticket.valid_until <= until):
        return None
    return until


def is_worth_a_reminder(ticket: Ticket, days: int, now: datetime) -> bool:
    """Whether a ticket that nobody has used runs out within some days, and holds for so long that it was not sent just
    then. 0 days: never."""
    if days == 0 or ticket.valid_until is None or not ticket.waits_at(now):
        return False
    before = timedelta(days=days)
    return ticket.valid_until - before <= now and ticket.valid_until - ticket.issued_at > 2 * before
