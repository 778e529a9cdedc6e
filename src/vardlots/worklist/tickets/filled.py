"""What stands on the page *Skicka biljett*, and the ticket that it says."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import uuid4

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.cases.model import CaseRef
from vardlots.clinics.tree import Chosen
from vardlots.platform.errors import Invalid
from vardlots.platform.i18n import N_
from vardlots.platform.numbers import whole
from vardlots.tickets.model import Contact, Kind
from vardlots.tickets.staff.model import StaffTicket
from vardlots.triage.configured import Practice
from vardlots.worklist.reasons import Wanted, read_reason

TYPED = (
    "what",
    "resource",
    "elsewhere",
    "case_kind",
    "booking_for",
    "valid_until",
    "history",
    "information",
    "key",
)
TYPED_MOST = 5000
# What a ticket is for, as the page offers it.
WHATS: dict[str, tuple[Kind, Contact]] = {
    "digital": (Kind.BOOKING, Contact.DIGITAL),
    "physical": (Kind.BOOKING, Contact.PHYSICAL),
    "telephone": (Kind.BOOKING, Contact.TELEPHONE),
    "drop_in": (Kind.DROP_IN, Contact.DIGITAL),
    "form": (Kind.FORM, Contact.DIGITAL),
}
WHAT_NAMES = {
    "digital": N_("Boka besök, digitalt"),
    "physical": N_("Boka besök, på plats"),
    "telephone": N_("Boka besök, telefon"),
    "drop_in": N_("Drop in"),
    "form": N_("Fristående formulär"),
}
# Who meets whoever 1177 by phone sends on: never chosen, always so [003].
DROP_IN_ROLES = {"care": "nurse", "administrative": "medical_admin"}


class Filled(msgspec.Struct, frozen=True):
    """The page's fields as they were sent, the reason that they name, the forms chosen."""

    typed: Mapping[str, str]
    wanted: Wanted = Wanted()
    forms: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind | None:
        return WHATS[self.typed["what"]][0] if self.typed.get("what") in WHATS else None


def read(form: Any, practice: Practice, lang: str) -> Filled:
    """The page as it was sent. `form` is the request's, with several values of one name."""
    typed = {name: str(form.get(name, "")).replace("\r\n", "\n")[:TYPED_MOST] for name in TYPED}
    forms = tuple(dict.fromkeys(str(one)[:TYPED_MOST] for one in form.getall("forms", [])))
    return Filled(typed, read_reason(form, practice, lang), forms)


def fresh(
    by: StaffActor, *, unit_id: int | None = None, role: str = "", wanted: Wanted | None = None
) -> Filled:
    """The page as it begins: the resource is the visit's, or one's own."""
    resource = str(Chosen(unit_id or by.unit_id, role or by.role))
    typed = dict.fromkeys(TYPED, "") | {
        "what": "physical",
        "resource": resource,
        "case_kind": "care",
        "key": str(uuid4()),
    }
    return Filled(typed, wanted or Wanted())


def ticket_of(
    filled: Filled, *, by: StaffActor, person_id: int, from_case: CaseRef | None, practice: Practice
) -> StaffTicket:
    """The ticket that the page says. Raises Invalid with the field and the way out."""
    typed = filled.typed
    if typed["what"] not in WHATS:
        raise Invalid("what", "Välj vad biljetten är till för.")
    if not filled.wanted.code:
        raise Invalid("reason", "Välj en sökorsak i listan.")
    kind, contact = WHATS[typed["what"]]
    provider_id, unit_id, role = _resource(typed, kind, by)
    return StaffTicket(
        kind=kind,
        contact=contact,
        person_id=person_id,
        to_provider_id=provider_id,
        unit_id=unit_id,
        role=role,
        reason=filled.wanted.code,
        title=practice.named(filled.wanted.code),
        forms=filled.forms,
        valid_until=_day(typed["valid_until"]),
        history=typed["history"] if kind is Kind.DROP_IN else "",
        information=typed["information"],
        from_case=from_case,
        case_kind=typed["case_kind"] if kind is Kind.DROP_IN else "care",
        booking_for=typed["booking_for"] if kind is Kind.BOOKING else "",
    )


def _resource(typed: Mapping[str, str], kind: Kind, by: StaffActor) -> tuple[int, int, str]:
    if kind is Kind.DROP_IN:
        provider, _, unit = typed["elsewhere"].partition("-")
        provider_id, unit_id = whole(provider, 9), whole(unit, 9)
        if provider_id is None or unit_id is None:
            raise Invalid("elsewhere", "Välj vårdgivare och enhet.")
        return provider_id, unit_id, DROP_IN_ROLES.get(typed["case_kind"], "")
    chosen = Chosen.read(typed["resource"])
    if chosen is None or not chosen.role:
        raise Invalid("resource", "Välj en resurs.")
    return by.provider_id, chosen.unit_id, chosen.role


def _day(typed: str) -> date | None:
    """The day typed; None where none is, and the provider's own number of days counts."""
    if not typed.strip():
        return None
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise Invalid("valid_until", "Skriv datumet som 2026-12-01.") from None
