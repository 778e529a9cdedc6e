"""The ticket, as typed rows: what triage or staff give a patient to use later."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from vardlots.cases.model import CaseRef
from vardlots.forms.text import Text, say

# Why a ticket was declined whose owner answered the questions anew. Nobody can type it: a reason has a letter first.
ANSWERED_ANEW = ":anew"


class TicketRef(NamedTuple):
    """A ticket's full name: its provider and its number there. In addresses as `1-42`."""

    provider_id: int
    ticket_id: int

    def __str__(self) -> str:
        return f"{self.provider_id}-{self.ticket_id}"

    @classmethod
    def parse(cls, text: str) -> "TicketRef":
        """Read `1-42`. Raises NotFound for anything else: a mangled address leads nowhere."""
        return cls(*CaseRef.parse(text))


class Kind(StrEnum):
    """What a ticket is for: a time to book, a drop-in visit at another unit, a form by itself."""

    BOOKING = "booking"
    DROP_IN = "drop_in"
    FORM = "form"


class State(StrEnum):
    """How far a ticket has come. The moves are in `states.py`."""

    ISSUED = "issued"
    OPENED = "opened"
    USED = "used"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Deed(StrEnum):
    """What can be done with a ticket. Each is one function in `actions.py`."""

    ISSUE = "issue_ticket"
    OPEN = "open_ticket"
    USE = "use_ticket"
    DECLINE = "decline_ticket"
    WITHDRAW = "withdraw_ticket"
    EXPIRE = "expire_ticket"
    ANSWER = "answer_ticket"
    ACKNOWLEDGE = "acknowledge_ticket"


class Contact(StrEnum):
    """How the patient and staff meet."""

    DIGITAL = "digital"
    PHYSICAL = "physical"
    TELEPHONE = "telephone"


class Information(msgspec.Struct, frozen=True):
    """What the patient reads on a ticket, as it was when the ticket was given. Each text by language."""

    lead: Text = {}
    advice: tuple[Text, ...] = ()
    meanwhile: Text = {}
    call_112_if: Text = {}


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket as stored. `valid_until` is the first moment at which it no longer holds, None where there is no limit.

    It is used at `unit_id` with `role` of `to_provider_id`; `from_*` say which unit, role and visit it was sent from.

    `moved_*` and `why` tell of the latest move; `case_id` is the case that it was used for.
    """

    provider_id: int
    ticket_id: int
    kind: Kind
    contact: Contact
    person_id: int
    to_provider_id: int
    unit_id: int
    role: str
    priority: int
    reason: str
    interview_id: int | None
    information: Information
    issued_by: str
    actor_person_id: int | None
    issued_at: datetime
    valid_until: datetime | None
    state: State
    opened_at: datetime | None
    moved_at: datetime
    moved_by_kind: str
    moved_by_name: str
    why: str | None
    case_id: int | None
    from_unit_id: int
    from_role: str
    from_case_id: int | None
    case_kind: str
    booking_for: str
    forms_total: int
    forms_done: int
    staff_id: int | None
    ack_unit_id: int | None
    ack_role: str | None
    acknowledged_at: datetime | None
    notice_state: str

    @property
    def ref(self) -> TicketRef:
        return TicketRef(self.provider_id, self.ticket_id)

    @property
    def units(self) -> frozenset[int]:
        """The units of its provider that it is about: the one that sent it, and the one where it is used."""
        own = {self.unit_id} if self.to_provider_id == self.provider_id else set()
        return frozenset(own | {self.from_unit_id})

    @property
    def forms_left(self) -> int:
        """How many of its forms have not been sent in."""
        return self.forms_total - self.forms_done

    def state_at(self, now: datetime) -> State:
        """The state at a moment: one whose time is over has expired, also before anybody has written it down."""
        if self.is_waiting and self.valid_until is not None and now >= self.valid_until:
            return State.EXPIRED
        return self.state

    @property
    def is_waiting(self) -> bool:
        """Whether it is written as not yet used, declined, withdrawn or expired."""
        return self.state in (State.ISSUED, State.OPENED)

    def waits_at(self, now: datetime) -> bool:
        """Whether it can be used at a moment."""
        return self.state_at(now) in (State.ISSUED, State.OPENED)


TICKET_COLUMNS = ", ".join(Ticket.__struct_fields__)


def ticket_from(row: Any) -> Ticket:
    """A ticket from a row that holds at least the columns of `TICKET_COLUMNS`."""
    values = {name: row[name] for name in Ticket.__struct_fields__}
    values["kind"] = Kind(values["kind"])
    values["contact"] = Contact(values["contact"])
    values["state"] = State(values["state"])
    values["information"] = msgspec.convert(values["information"], Information)
    return Ticket(**values)


class NewTicket(msgspec.Struct, frozen=True, kw_only=True):
    """What triage hands over for a booking ticket.

    `interview_rev` is the interview as it was read, `history` what staff read of how it came to be, `consents` are
    kind → yes or no, as answered.
    """

    provider_id: int
    unit_id: int
    person_id: int
    interview_id: int
    interview_rev: int
    contact: Contact
    role: str
    priority: int
    reason: str
    valid_until: datetime | None
    information: Information
    history: Mapping[str, Any]
    consents: Mapping[str, bool] = {}


def said(text: Text, lang: str) -> str:
    """A text of a ticket in a language; "" where there is none."""
    return say(text, lang) if text else ""
