"""Dates and times as answers hold them, read strictly and compared as FHIR compares them.

A date may be less than whole (`2026-03`), a moment may lack its seconds or its distance from UTC (then it is the
time of a clock in Sweden). Two that differ before the first thing one of them lacks are told apart; else, where one
says more than the other, neither is before the other and they are not known to be equal.
"""

import re
from datetime import date, datetime, time

from vardlots.platform.clock import SWEDEN

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_TIME = re.compile(r"(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?")
_ZONE = re.compile(r"Z|[+-]\d{2}:\d{2}")


def parts_of(value: object) -> tuple[int, ...] | None:
    """What a date, time or moment says, from the largest part to the smallest it has; None for anything else.

    A moment is its day in Sweden and its seconds since 1970. A time of day stands for itself: seconds that are not
    said are none.
    """
    if not isinstance(value, str):
        return None
    try:
        if found := _DATE.fullmatch(value):
            date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
            return tuple(int(part) for part in found.groups() if part)
        if _TIME.fullmatch(value):
            moment = read_time(value)
            return moment.hour, moment.minute, moment.second
        moment_of = read_moment(value).astimezone(SWEDEN)
        return moment_of.year, moment_of.month, moment_of.day, int(moment_of.timestamp())
    except (ValueError, OverflowError):
        return None


def read_time(value: str) -> time:
    """`08:30` or `08:30:15`. Raises ValueError."""
    found = _TIME.fullmatch(value)
    if found is None:
        raise ValueError("not a time")
    return time(int(found[1]), int(found[2]), int(found[3] or 0))


def read_moment(value: str) -> datetime:
    """`2026-03-14T08:30`, with seconds and distance from UTC or not; aware. Raises ValueError."""
    day, mark, rest = value.partition("T")
    zone = _ZONE.search(rest)
    clock = rest[: zone.start()] if zone else rest
    if not mark or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day) or (zone and zone.end() != len(rest)):
        raise ValueError("not a moment")
    moment = datetime.combine(date.fromisoformat(day), read_time(clock))
    if zone is None:
        return moment.replace(tzinfo=SWEDEN)
    return datetime.fromisoformat(f"{moment.isoformat()}{zone[0].replace('Z', '+00:00')}")


def order(left: tuple[int, ...], right: tuple[int, ...]) -> int | None:
    """-1, 0 or 1 as left is before, at or after right; None where that is not known."""
    shared = min(len(left), len(right))
    if left[:shared] != right[:shared]:
        return -1 if left[:shared] < right[:shared] else 1
    return 0 if len(left) == len(right) else None
