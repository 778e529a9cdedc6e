"""The consultation, as typed rows: a question from one unit to another, or a case that is to become theirs."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from vardlots.access.actor import Actor, StaffActor
from vardlots.cases.model import CaseRef
from vardlots.platform.i18n import N_

# Who it is with protected identity is told to nobody who does not know it. So is it said in the database.
HIDDEN = N_("Skyddade personuppgifter")


class ConsultationRef(NamedTuple):
    """A consultation's full name: the provider that asks and its number there. In addresses and topics as `1-5`."""

    provider_id: int
    consultation_id: int

    def __str__(self) -> str:
        return f"{self.provider_id}-{self.consultation_id}"

    @classmethod
    def parse(cls, text: str) -> "ConsultationRef":
        """Read `1-5`. Raises NotFound for anything else: a mangled address leads nowhere."""
        return cls(*CaseRef.parse(text))


class State(StrEnum):
    """How far a consultation has come at the receiver. The moves are in `states.py`."""

    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class Act(StrEnum):
    """What can be done with a consultation. Each is one function in `actions.py`."""

    SEND = "send_consultation"
    ACCEPT = "accept_consultation"
    ANSWER = "answer_consultation"
    DECLINE = "decline_consultation"
    WITHDRAW = "withdraw_consultation"
    END = "end_consultation"
    GO_TO_CASE = "go_to_case"
    TAKE = "take_consulted_case"
    BEGIN = "begin_consulted_case"
    REMIND = "remind_consultation"


class Kind(StrEnum):
    """What a row of its timeline tells."""

    SENT = "sent"
    ACCEPTED = "accepted"
    ANSWER = "answer"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    OPENED_CASE = "opened_case"
    TAKEN = "taken"
    BEGUN = "begun"
    REMINDED = "reminded"


class Side(StrEnum):
    """From which side somebody sees it."""

    SENDER = "sender"
    RECEIVER = "receiver"


class Consent(msgspec.Struct, frozen=True):
    """What the patient has said to that it goes to another provider: how (`phone`, `chat`, `visit`), who said it
    (`patient`, `guardian`), and the member of staff who noted it, when."""

    how: str
    given_by: str
    noted_by: str = ""
    at: str = ""


class Subject(msgspec.Struct, frozen=True):
    """Who it is about, as the sender has typed it for a provider that does not know the person."""

    name: str
    number: str


class Consultation(msgspec.Struct, frozen=True, kw_only=True):
    """A consultation as stored: the projection of its timeline.

    `ended_at` is when the receiver was done with it (or it was declined or withdrawn), `sender_ended_at` when the
    sender was. `new_case_id` is the case that a receiver at another provider began with the patient.
    """

    provider_id: int
    consultation_id: int
    person_id: int
    from_unit_id: int
    from_role: str
    from_staff_id: int
    from_case_id: int | None
    to_provider_id: int
    unit_id: int
    role: str
    kind: str
    reason: str
    priority: int
    by_telephone: bool
    consent: Consent | None
    subject: Subject | None
    state: State
    owner_staff_id: int | None
    sent_at: datetime
    accepted_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    sender_ended_at: datetime | None
    changed_at: datetime
    last_n: int
    sender_read_n: int
    receiver_read_n: int
    reminded: int
    phone_state: str
    new_case_id: int | None

    @property
    def ref(self) -> ConsultationRef:
        return ConsultationRef(self.provider_id, self.consultation_id)

    @property
    def is_elsewhere(self) -> bool:
        """Whether it goes to another provider: then only its text does."""
        return self.to_provider_id != self.provider_id

    @property
    def is_hidden(self) -> bool:
        """Whether it has gone to another provider about somebody whose identity is protected (now, if not then)."""
        return self.subject is not None and self.subject.name == HIDDEN

    @property
    def waits(self) -> bool:
        """Whether nobody at the receiver has answered to it yet: the sender is still responsible."""
        return self.state is State.SENT

    @property
    def from_case(self) -> CaseRef | None:
        """The visit it was made from; beyond the wall for another provider."""
        return CaseRef(self.provider_id, self.from_case_id) if self.from_case_id else None


CONSULTATION_COLUMNS = ", ".join(Consultation.__struct_fields__)


def consultation_from(row: Any) -> Consultation:
    """A consultation from a row that holds at least the columns of `CONSULTATION_COLUMNS`."""
    values = {name: row[name] for name in Consultation.__struct_fields__}
    values["state"] = State(values["state"])
    if values["consent"] is not None:
        values["consent"] = msgspec.convert(values["consent"], Consent)
    if values["subject"] is not None:
        values["subject"] = msgspec.convert(values["subject"], Subject)
    return Consultation(**values)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a consultation's timeline. Never changed."""

    n: int
    at: datetime
    kind: Kind
    author_kind: str
    author_id: int
    author_name: str
    unit_id: int | None
    body: Mapping[str, Any]


ENTRY_COLUMNS = ", ".join(Entry.__struct_fields__)


def entry_from(row: Any) -> Entry:
    """A row of the timeline from a row that holds at least the columns of `ENTRY_COLUMNS`."""
    values = {name: row[name] for name in Entry.__struct_fields__}
    values["kind"] = Kind(values["kind"])
    return Entry(**values)


class NewConsultation(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody sends. It comes from the sender's active unit and role.

    `kind` is `care` or `administrative`; `reason` the code of a reason for seeking care. `related` are numbers of cases
    and `files` ids of attachments in them: inside the provider only. `consent` and `subject` are needed for another
    provider and left out otherwise. `by_telephone`: a handover from 1177 by telephone, which nobody declines.
    """

    person_id: int
    to_provider_id: int
    unit_id: int
    role: str
    kind: str = "care"
    reason: str
    priority: int
    problem: str
    from_case: CaseRef | None = None
    related: tuple[int, ...] = ()
    files: tuple[str, ...] = ()
    consent: Consent | None = None
    subject: Subject | None = None
    by_telephone: bool = False


def in_reach(by: StaffActor, found: Consultation) -> bool:
    """Whether it is in the actor's lists: from or to one of the units within their reach."""
    places = ((found.provider_id, found.from_unit_id), (found.to_provider_id, found.unit_id))
    return any(provider_id == by.provider_id and unit_id in by.unit_ids for provider_id, unit_id in places)


def sides_of(by: StaffActor, found: Consultation) -> frozenset[Side]:
    """The sides that the actor stands on, which is not all that they reach.

    A pooled resource answers for the units that it serves, and has asked nothing for them: the sender's side is whoever
    works where it was asked, and the one who asked. Nobody answers what their own unit has asked but who works at both.
    """
    asks = found.provider_id == by.provider_id and by.at_home(found.from_unit_id)
    asked = found.to_provider_id == by.provider_id and by.at_home(found.unit_id)
    served = found.to_provider_id == by.provider_id and found.unit_id in by.unit_ids
    held = set()
    if asked or (served and not asks):
        held.add(Side.RECEIVER)
    # The one who asked may work at another unit by now.
    if asks or (in_reach(by, found) and by.staff_id == found.from_staff_id and not asked):
        held.add(Side.SENDER)
    return frozenset(held)


def side_of(by: Actor, found: Consultation) -> Side | None:
    """The actor's side: the receiver's first, where both are theirs."""
    held = sides_of(by, found) if isinstance(by, StaffActor) else frozenset()
    return next((side for side in (Side.RECEIVER, Side.SENDER) if side in held), None)
