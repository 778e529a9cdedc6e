"""When a conversation closes, for the patient's page: the last day, the last hour, and a visit that waits for an answer
(requirements D13, F4). Pure."""

from datetime import datetime, timedelta

import msgspec

from vardlots.cases.chasing.rules import is_telephoned
from vardlots.cases.model import Case, Phase

LAST_DAY = timedelta(days=1)
LAST_HOUR = timedelta(hours=1)


class Closing(msgspec.Struct, frozen=True):
    """The end of the time to write. `turns_at` is when the page has something new to say, `until` itself at the latest.

    `last_day`, `last_hour`: whether it is so near.
    """

    until: datetime
    turns_at: datetime
    last_day: bool
    last_hour: bool


class Awaited(msgspec.Struct, frozen=True):
    """A visit that waits for the patient's answer until a moment. `calls`: then they are called, and it stays open."""

    until: datetime
    calls: bool


def closing_of(case: Case, now: datetime) -> Closing | None:
    """How near the end of the asynchronous phase is; None where nothing closes."""
    until = case.writable_until
    if case.phase is not Phase.FOLLOW_UP or until is None or now >= until:
        return None
    turns = next(at for at in (until - LAST_DAY, until - LAST_HOUR, until) if now < at)
    return Closing(until, turns, last_day=now >= until - LAST_DAY, last_hour=now >= until - LAST_HOUR)


def awaited(case: Case) -> Awaited | None:
    """What a patient who has been warned has to answer by; None where nobody waits."""
    if case.phase is not Phase.ONGOING or case.chase != "warned" or case.chase_at is None:
        return None
    return Awaited(case.chase_at, calls=is_telephoned(case))
