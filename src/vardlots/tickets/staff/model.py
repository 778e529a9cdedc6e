"""What staff fill in for a ticket."""

from datetime import date

import msgspec

from vardlots.cases.model import CaseRef
from vardlots.forms.text import Text
from vardlots.tickets.model import Contact, Kind


class StaffTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket to be (requirement G1). `unit_id` and `role` of `to_provider_id` are the resource it is used at.

    `reason` is the code of a reason, `title` what it is called, by language, in the conversation that it is sent from
    ({}: the reason). `forms` are codes. `valid_until` is the last day on which it can be used; None: as many days as
    the provider gives. `priority` None is the visit's own, or the lowest of the kind. `history` is for staff,
    `information` for the patient. `case_kind` is "care" or "administrative"; `booking_for` unlocks locked time types.
    """

    kind: Kind
    person_id: int
    to_provider_id: int
    unit_id: int
    role: str
    reason: str
    contact: Contact = Contact.DIGITAL
    priority: int | None = None
    title: Text = {}
    forms: tuple[str, ...] = ()
    valid_until: date | None = None
    history: str = ""
    information: str = ""
    from_case: CaseRef | None = None
    case_kind: str = "care"
    booking_for: str = ""
