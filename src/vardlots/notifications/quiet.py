"""The hours of the night when a text that is not urgent waits. Pure; exact also when the clocks change."""

from datetime import datetime, time, timedelta

import msgspec

from vardlots.cases import states
from vardlots.cases.model import Case
from vardlots.notifications.model import NoticeKind
from vardlots.platform import clock

# A message in a visit that is over, its end, and the question some days later.
_CAN_WAIT = frozenset({NoticeKind.MESSAGE_WAITING, NoticeKind.CASE_ENDED})
# As urgent as this, and whatever the provider says of the case is wanted at once.
ALWAYS_UP_TO = 3


class QuietHours(msgspec.Struct, frozen=True):
    """From one time on the wall to another, which may be past midnight. The same time twice: no quiet hours."""

    begins: time
    ends: time


def can_wait(kind: NoticeKind, case: Case) -> bool:
    """Whether a notice is one that may wait for the morning: nobody sits in a visit, and the case is not urgent."""
    return kind in _CAN_WAIT and case.phase not in states.TAKEN and case.priority > ALWAYS_UP_TO


def quiet_until(hours: QuietHours, now: datetime) -> datetime | None:
    """When the quiet hours around a moment (aware) end, or None where it is not in any."""
    if hours.begins == hours.ends:
        return None
    today = clock.local(now).date()
    for day in (today - timedelta(days=1), today):
        begins = datetime.combine(day, hours.begins, clock.SWEDEN)
        last = day if hours.begins < hours.ends else day + timedelta(days=1)
        ends = datetime.combine(last, hours.ends, clock.SWEDEN)
        # As moments, not as times on the wall: an hour may be missing between them, or come twice.
        if begins.timestamp() <= now.timestamp() < ends.timestamp():
            return ends.astimezone(now.tzinfo)
    return None
