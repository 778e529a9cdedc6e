"""Times and who has booked them, as typed rows."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from vardlots.cases.model import CaseRef
from vardlots.forms.text import Text
from vardlots.platform.errors import WrongState
from vardlots.platform.i18n import N_
from vardlots.tickets.model import Ticket


class SlotRef(NamedTuple):
    """A time's full name: its provider and its number there. In addresses as `1-42`."""

    provider_id: int
    slot_id: int

    def __str__(self) -> str:
        return f"{self.provider_id}-{self.slot_id}"

    @classmethod
    def parse(cls, text: str) -> "SlotRef":
        """Read `1-42`. Raises NotFound for anything else: a mangled address leads nowhere."""
        return cls(*CaseRef.parse(text))


class SlotState(StrEnum):
    """What a time is: free to book, taken, blocked by staff, or removed from its schedule."""

    FREE = "free"
    TAKEN = "taken"
    BLOCKED = "blocked"
    REMOVED = "removed"


# Thousands are read at a time, and none of them can hold a cycle: the collector of garbage need not look.
class Slot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A time in a schedule. It names no patient. `held_until`: till then it is kept for somebody who chooses."""

    provider_id: int
    slot_id: int
    schedule_id: int
    unit_id: int
    role: str
    staff_id: int | None
    time_type: str
    contact: str
    booking_for: tuple[str, ...]
    patient_sees: bool
    starts_at: datetime
    ends_at: datetime
    state: SlotState
    why: str
    held_until: datetime | None
    rule_id: int | None

    @property
    def ref(self) -> SlotRef:
        return SlotRef(self.provider_id, self.slot_id)


_SLOT_FIELDS = len(Slot.__struct_fields__)
_SLOT_STATES = {state.value: state for state in SlotState}
SLOT_COLUMNS = ", ".join(Slot.__struct_fields__)


def slot_from(row: Any) -> Slot:
    """A time from a row that holds at least the columns of `SLOT_COLUMNS`."""
    # Four weeks of a unit are thousands of these.
    values = dict(row) if len(row) == _SLOT_FIELDS else {name: row[name] for name in Slot.__struct_fields__}
    values["state"] = _SLOT_STATES[values["state"]]
    values["booking_for"] = tuple(values["booking_for"])
    return Slot(**values)


class AppointmentState(StrEnum):
    """What became of a booked time. `withdrawn`: the unit took it back; `moved`: it was rebooked."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    ATTENDED = "attended"
    MISSED = "missed"


class Appointment(msgspec.Struct, frozen=True, kw_only=True):
    """A booked time of a case, with what was true of the time then. `name` is what the patient reads that it is."""

    provider_id: int
    appointment_id: int
    case_id: int
    person_id: int
    slot_id: int
    unit_id: int
    role: str
    staff_id: int | None
    time_type: str
    contact: str
    name: Text
    starts_at: datetime
    ends_at: datetime
    ticket_id: int | None
    state: AppointmentState
    booked_at: datetime
    booked_by_kind: str
    booked_by_id: int
    ended_at: datetime | None
    why: str | None

    @property
    def ref(self) -> CaseRef:
        """The case that it is a time of: the name that a booked time goes by."""
        return CaseRef(self.provider_id, self.case_id)

    @property
    def slot(self) -> SlotRef:
        return SlotRef(self.provider_id, self.slot_id)


APPOINTMENT_COLUMNS = ", ".join(Appointment.__struct_fields__)


def appointment_from(row: Any) -> Appointment:
    """A booked time from a row that holds at least the columns of `APPOINTMENT_COLUMNS`."""
    values = {name: row[name] for name in Appointment.__struct_fields__}
    values["state"] = AppointmentState(values["state"])
    return Appointment(**values)


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may choose among.

    `unit_ids` are units of the provider, any of them. `role` and `contact` None: any, for staff. `booking_for` is the
    kind of booking ticket: "" sees only times that are not locked, a kind sees only times locked to it, None (staff)
    sees both. `by_patient`: only what patients see, within the notice and the horizon of the provider's rules.
    `person_ids` are the ids of the one whose time it will be: what is kept for them is free to them.
    """

    provider_id: int
    unit_ids: tuple[int, ...]
    role: str | None = None
    contact: str | None = None
    booking_for: str | None = None
    by_patient: bool = False
    person_ids: tuple[int, ...] = ()
    staff_id: int | None = None
    time_type: str | None = None


def sought_by_ticket(ticket: Ticket, *, unit_ids: Sequence[int] = (), by_patient: bool = True) -> Sought:
    """What a booking ticket opens, at its own unit or at others of the provider."""
    return Sought(
        provider_id=ticket.provider_id,
        unit_ids=tuple(unit_ids) or (ticket.unit_id,),
        role=ticket.role,
        contact=ticket.contact.value,
        booking_for=ticket.booking_for,
        by_patient=by_patient,
        person_ids=(ticket.person_id,),
    )


class StaffBooking(msgspec.Struct, frozen=True, kw_only=True):
    """What staff book without a ticket. `reason` is text that the patient reads, or a reason's code; `contact` None: as
    the time has it; `information` stands beside the time."""

    person_id: int
    reason: str
    priority: int = 11
    contact: str | None = None
    kind: str = "care"
    information: str = ""


class OfferState(StrEnum):
    """What became of an earlier time that was offered."""

    OFFERED = "offered"
    TAKEN = "taken"
    DECLINED = "declined"
    LAPSED = "lapsed"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier time offered to one who waits for it, until a moment."""

    provider_id: int
    offer_id: int
    slot_id: int
    case_id: int
    person_id: int
    offered_at: datetime
    until: datetime
    state: OfferState
    answered_at: datetime | None

    @property
    def ref(self) -> CaseRef:
        return CaseRef(self.provider_id, self.case_id)

    @property
    def slot(self) -> SlotRef:
        return SlotRef(self.provider_id, self.slot_id)


OFFER_COLUMNS = ", ".join(Offer.__struct_fields__)


def offer_from(row: Any) -> Offer:
    """An offer from a row that holds at least the columns of `OFFER_COLUMNS`."""
    values = {name: row[name] for name in Offer.__struct_fields__}
    values["state"] = OfferState(values["state"])
    return Offer(**values)


class SlotTaken(WrongState):
    """Somebody was faster, or chooses it just now. `nearest` are the free times nearest to it, the earliest first."""

    def __init__(self, nearest: Sequence[Slot] = ()) -> None:
        super().__init__(
            N_("Tiden är inte ledig längre. Här är de lediga tider som ligger närmast.")
            if nearest
            else N_("Tiden är inte ledig längre, och just nu finns inga andra lediga tider att välja på."),
            code="slot_taken",
        )
        self.nearest = tuple(nearest)
