"""Schedules, their rules and closed days as typed rows, and the outcome of opening times."""

from datetime import date, datetime, time
from enum import StrEnum

import msgspec

# How far ahead anybody plans, and how many times one press may open.
MOST_DAYS = 400
MOST_TIMES = 2_000
MOST_WHY = 200
MOST_NAME = 80
DAY_MINUTES = 24 * 60
AHEAD_DAYS = 42


class State(StrEnum):
    """What a time is. One that is kept for somebody is free with `held_until` ahead."""

    FREE = "free"
    TAKEN = "taken"
    BLOCKED = "blocked"
    REMOVED = "removed"


class Left(StrEnum):
    """Why a time that a pattern would give is not opened."""

    CLOSED = "closed"
    HOLIDAY = "holiday"
    NO_SUCH_HOUR = "no_such_hour"
    PAST = "past"
    OVERLAPS = "overlaps"


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """Whose times they are: a member of staff's, or a resource's by its name. `title` is what both are called."""

    provider_id: int
    schedule_id: int
    unit_id: int
    role: str
    staff_id: int | None
    name: str
    active: bool
    title: str


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """Which times: days of the week (1 Monday … 7 Sunday), a part of the day on the wall clock in Sweden, how long.

    `to_time` at or before `from_time` is on the next day. `pause` is a break: from and to. `to_day` None: until ended.
    """

    weekdays: frozenset[int]
    from_time: time
    to_time: time
    minutes: int
    from_day: date
    to_day: date | None = None
    every_weeks: int = 1
    on_holidays: bool = False
    pause: tuple[time, time] | None = None


class Span(msgspec.Struct, frozen=True, order=True):
    """From a moment until another, both in UTC."""

    starts: datetime
    ends: datetime


class Given(msgspec.Struct, frozen=True):
    """What a pattern gives: the times in order, and those left out with why."""

    times: tuple[Span, ...]
    left: tuple[tuple[Span, Left], ...]

    def left_by_reason(self) -> dict[Left, int]:
        """How many were left out, by why, in the order of `Left`."""
        found = {why: sum(one is why for _, one in self.left) for why in Left}
        return {why: n for why, n in found.items() if n}


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """How times open by themselves. `opened_through` is the last day that has been opened (None: none yet)."""

    provider_id: int
    rule_id: int
    schedule_id: int
    time_type: str
    weekdays: tuple[int, ...]
    from_time: time
    to_time: time
    minutes: int
    every_weeks: int
    from_day: date
    to_day: date | None
    on_holidays: bool
    ahead_days: int
    opened_through: date | None
    set_at: datetime
    set_by_name: str
    ended_at: datetime | None

    @property
    def pattern(self) -> Pattern:
        """The times that it gives."""
        return Pattern(
            weekdays=frozenset(self.weekdays),
            from_time=self.from_time,
            to_time=self.to_time,
            minutes=self.minutes,
            from_day=self.from_day,
            to_day=self.to_day,
            every_weeks=self.every_weeks,
            on_holidays=self.on_holidays,
        )


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """Days without times, both included."""

    closed_id: int
    schedule_id: int
    from_day: date
    to_day: date
    why: str
    set_at: datetime
    set_by_name: str
    lifted_at: datetime | None


class NewRule(msgspec.Struct, frozen=True, kw_only=True):
    """A pattern that goes on by itself: `ahead_days` ahead of every day."""

    schedule_id: int
    time_type: str
    pattern: Pattern
    ahead_days: int = AHEAD_DAYS


class Time(msgspec.Struct, frozen=True, kw_only=True):
    """A time as staff handle it."""

    provider_id: int
    slot_id: int
    schedule_id: int
    unit_id: int
    role: str
    staff_id: int | None
    time_type: str
    starts_at: datetime
    ends_at: datetime
    state: State
    why: str
    held_until: datetime | None
    rule_id: int | None

    def is_held(self, now: datetime) -> bool:
        """Whether somebody is choosing it, or has been offered it."""
        return self.state is State.FREE and self.held_until is not None and self.held_until > now
