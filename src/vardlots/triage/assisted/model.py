"""Assisted triage as typed rows (row I4): who is on the line, what staff decide, how it ended."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class Caller(StrEnum):
    """Who is on the line."""

    SELF = "self"
    GUARDIAN = "guardian"
    OTHER = "other"


class Ending(StrEnum):
    """How it ends: a case that waits, advice that was enough, *ring 112*, a unit that has it from now on, a ticket."""

    QUEUE = "queue"
    ADVICE = "advice"
    EMERGENCY = "emergency"
    HANDED_OVER = "handed_over"
    TICKET = "ticket"


# It goes on elsewhere, and the call's own case ends where it was.
ONWARD = frozenset({Ending.HANDED_OVER, Ending.TICKET})


class Contact(StrEnum):
    """How the patient is reached afterwards. Whoever is reached by telephone does not read in the service."""

    TELEPHONE = "telephone"
    DIGITAL = "digital"


class Call(msgspec.Struct, frozen=True):
    """The call. `name` is empty for the person themself; `guardian_id` is set where a known guardian calls.

    `phone` is the number to call back on, as E.164; None where the caller leaves none.
    """

    caller: Caller = Caller.SELF
    name: str = ""
    guardian_id: int | None = None
    phone: str | None = None


class Decided(msgspec.Struct, frozen=True):
    """What staff choose for an outcome. `priority` is a queue's; `reason` why it is another than triage's."""

    unit_id: int
    role: str
    priority: int
    reason: str = ""
    contact: Contact = Contact.TELEPHONE


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on the page of the outcome: what staff decide, the number, the answers before the queue, a note.

    `consents`: the patient has said yes to that another provider gets to know.
    """

    decided: Decided
    phone: str | None
    answers: Mapping[str, Any]
    note: str
    consents: bool = False


class Assisted(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept beside an interview that staff have asked: read by staff only."""

    staff_id: int
    call: Call
    note: str
    decided: Decided | None
    ending: Ending | None


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """An assisted triage that its nurse can go on with. `initials` is empty for a person with protected identity."""

    provider_id: int
    interview_id: int
    person_id: int
    protocol: str
    stage: str
    started_at: datetime
    protected: bool
    initials: str
    age: int | None

    @property
    def ref(self) -> str:
        return f"{self.provider_id}-{self.interview_id}"
