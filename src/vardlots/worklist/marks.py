"""The one state that a case shows in a list. Pure: what is true of it, and which of that matters most now.

A cell never holds two. What asks for somebody's deed comes before what only goes on, and a patient before a colleague.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.cases.chasing.rules import TELEPHONED


class Mark(StrEnum):
    """A state, the one that matters most first: the order here is the rank."""

    CALL_NOW = "call_now"
    CALL = "call"
    UNREAD = "unread"
    OFFERED = "offered"
    LEFT = "left"
    ANSWERED = "answered"
    OVERDUE = "overdue"
    CLOSES = "closes"
    CALLS = "calls"
    TALK = "talk"
    HANDED = "handed"
    CALL_PROMISED = "call_promised"
    PAUSED = "paused"
    AWAY = "away"
    REFERRED = "referred"
    NOT_BEGUN = "not_begun"
    JUST_CAME = "just_came"
    GOES_ON = "goes_on"


_RANK = {mark: place for place, mark in enumerate(Mark)}
JUST_CAME_MINUTES = 2


def top(marks: frozenset[Mark]) -> Mark | None:
    """The one that is shown; None where nothing is."""
    return min(marks, key=_RANK.__getitem__, default=None)


def waiting_marks(*, priority: int, waited: int, target: int, telephoned: frozenset[int]) -> frozenset[Mark]:
    """What is true of a case in the queue. `waited` and `target` in minutes; `telephoned` are the priorities whose
    patients have been told that somebody calls."""
    true = {
        Mark.CALL_NOW: priority == 1 and 1 in telephoned,
        Mark.OVERDUE: waited > target,
        Mark.CALL_PROMISED: priority in telephoned,
        Mark.JUST_CAME: waited < JUST_CAME_MINUTES,
    }
    return frozenset(mark for mark, holds in true.items() if holds)


def taken_marks(row: Mapping[str, Any], by: StaffActor, now: datetime | None = None) -> frozenset[Mark]:
    """What is true of a case that somebody has, for the actor who reads the list. `row` is of `queries.DRAWN`, with
    `talk_unread` where the list reads it; `now` tells what has not been read in time."""
    mine = row["owner_staff_id"] == by.staff_id
    away = not mine and not row["owner_here"]
    chase, asked = row["chase"], row["handover_n"] is not None
    called = row["priority"] in TELEPHONED
    due = row.get("referred_due")
    leaves = due is not None and not row.get("referred_answered")
    true = {
        Mark.CALL: chase == "call",
        Mark.UNREAD: leaves and not row.get("referred_read") and _is_past(due, now),
        Mark.OFFERED: is_offered(row, by),
        Mark.LEFT: row["unread"] and away,
        Mark.ANSWERED: row["unread"],
        Mark.CLOSES: chase == "warned" and not called,
        Mark.CALLS: chase == "warned" and called,
        Mark.TALK: row.get("talk_unread", False),
        Mark.HANDED: asked,
        Mark.PAUSED: row["paused_until"] is not None,
        Mark.AWAY: away,
        Mark.REFERRED: leaves,
        Mark.NOT_BEGUN: row["phase"] == "accepted",
        Mark.GOES_ON: True,
    }
    return frozenset(mark for mark, holds in true.items() if holds)


def _is_past(due: datetime | None, now: datetime | None) -> bool:
    return due is not None and now is not None and now >= due


def is_offered(row: Mapping[str, Any], by: StaffActor) -> bool:
    """Whether the actor is asked to take the visit over: themselves, or their role where nobody is named
    (`cases/policy.py` decides when they answer)."""
    if row["handover_n"] is None or row["owner_staff_id"] == by.staff_id:
        return False
    if row["handover_staff_id"] is not None:
        return bool(row["handover_staff_id"] == by.staff_id)
    return bool(row["handover_role"] == by.role and row["unit_id"] in by.unit_ids)
