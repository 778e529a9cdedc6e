"""What a ticket from staff has to be. Pure: what was filled in, what is known of it; nothing, or a refusal to raise."""

from datetime import date, timedelta

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.cases.model import Case
from vardlots.clinics.model import Unit, UnitKind
from vardlots.configuration.ticket_rules import TicketRules
from vardlots.platform.errors import Forbidden, Invalid, Refusal, WrongState
from vardlots.platform.i18n import N_
from vardlots.tickets.model import Contact, Kind
from vardlots.tickets.staff.model import StaffTicket

REASON_MAX = 120
HISTORY_MAX = 4000
INFORMATION_MAX = 1000
FORMS_MAX = 10
# Who meets a patient that 1177 by phone sends on [003, 1177 på telefon lämnar över].
DROP_IN_ROLES = {"care": "nurse", "administrative": "medical_admin"}
BOOKABLE = range(6, 12)
URGENT = range(2, 6)
ERRAND = 12


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What a ticket is checked against, as it is now. `sender` is the unit that the actor works at, `target` the one
    where the ticket is used with its `roles`, `case` the visit that it is sent from; `acts` is whoever reads for the
    patient in the service; `booking_kinds` are the kinds that unlock time types."""

    rules: TicketRules
    today: date
    sender: Unit
    target: Unit | None
    roles: frozenset[str]
    case: Case | None = None
    is_registered: bool = True
    acts: int | None = None
    booking_kinds: frozenset[str] = frozenset()


def may_send(by: StaffActor, kind: Kind, sender: Unit) -> Refusal | None:
    """Whether the actor may give a ticket of the kind at all."""
    if not by.cares:
        return Forbidden("Din roll öppnar inga ärenden.", code="not_carer")
    if kind is Kind.DROP_IN and sender.kind != UnitKind.TELEPHONE:
        return Forbidden(
            N_("Bara 1177 på telefon skickar drop in-biljetter. Skicka en bokningsbiljett i stället."),
            code="not_telephone",
        )
    return None


def check(by: StaffActor, new: StaffTicket, at: Circumstances) -> None:
    """Raises Forbidden, WrongState, or Invalid with the field and the way out."""
    if refusal := may_send(by, new.kind, at.sender):
        raise refusal
    if not at.is_registered:
        raise WrongState(
            N_("Patienten är inte inlagd här. Lägg in patienten med samtycke först."), code="not_registered"
        )
    if at.acts is None:
        raise WrongState(
            N_("Patienten kan inte läsa i tjänsten, och ingen annan för hens del. Ring eller skicka brev."),
            code="nobody_reads",
        )
    _check_words(new)
    _check_resource(by, new, at)
    if new.kind is Kind.DROP_IN:
        _check_drop_in(by, new, at)
    _check_priority(new, at.case)
    if new.booking_for and (new.kind is not Kind.BOOKING or new.booking_for not in at.booking_kinds):
        raise Invalid("booking_for", N_("Den sortens tider finns inte längre. Välj en annan."))
    last_day(new, at.rules, at.today)


def _check_words(new: StaffTicket) -> None:
    if not new.reason.strip():
        raise Invalid("reason", N_("Välj vad biljetten gäller."))
    most = {"reason": REASON_MAX, "history": HISTORY_MAX, "information": INFORMATION_MAX}
    for field, longest in most.items():
        if len(getattr(new, field)) > longest:
            raise Invalid(field, N_("Korta texten till högst {most} tecken."), most=longest)
    if new.kind is Kind.FORM and not new.forms:
        raise Invalid("forms", N_("Välj minst ett formulär att skicka."))
    if len(new.forms) > FORMS_MAX:
        raise Invalid("forms", N_("Välj högst {most} formulär."), most=FORMS_MAX)
    if len(set(new.forms)) < len(new.forms):
        raise Invalid("forms", N_("Samma formulär är valt två gånger."))


def _check_resource(by: StaffActor, new: StaffTicket, at: Circumstances) -> None:
    if new.to_provider_id != by.provider_id and new.kind is not Kind.DROP_IN:
        raise Invalid("provider", N_("En sådan biljett gäller bara hos den egna vårdgivaren."))
    target = at.target
    if target is None or target.provider_id != new.to_provider_id or not target.active:
        raise Invalid("resource", N_("Enheten finns inte längre. Välj en annan."))
    if new.role not in at.roles:
        raise Invalid("resource", N_("{unit} har inte den rollen. Välj en annan."), unit=target.name)
    if new.case_kind not in DROP_IN_ROLES or (new.case_kind != "care" and new.kind is not Kind.DROP_IN):
        raise Invalid("case_kind", N_("Välj vård eller administrativt ärende."))


def _check_drop_in(by: StaffActor, new: StaffTicket, at: Circumstances) -> None:
    assert at.target is not None
    if not at.target.takes_drop_in:
        raise Invalid("resource", N_("{unit} tar inte emot drop in. Välj en annan."), unit=at.target.name)
    if new.role != DROP_IN_ROLES[new.case_kind]:
        raise Invalid(
            "resource",
            N_(
                "En drop in-biljett går till den roll som tar emot sådana ärenden. Ladda om sidan och försök igen."
            ),
        )
    if new.contact is not Contact.DIGITAL:
        raise Invalid("contact", N_("En drop in-biljett gäller ett digitalt besök."))
    if at.case is None:
        raise WrongState(
            N_("En drop in-biljett skickas från ett besök. Starta besöket först."), code="no_visit"
        )
    if at.case.owner_staff_id != by.staff_id:
        # They end the visit, and until then the ticket waits.
        raise Forbidden(N_("Ärendet är någon annans. Du kan läsa det."), code="not_owner")


def _check_priority(new: StaffTicket, case: Case | None) -> None:
    if priority_of(new, case) not in _range_of(new.kind, new.case_kind):
        raise Invalid("priority", N_("Välj en prioritet i listan."))


def _range_of(kind: Kind, case_kind: str) -> range:
    if kind is Kind.BOOKING:
        return BOOKABLE
    if kind is Kind.FORM:
        return range(11, 12)
    return range(ERRAND, ERRAND + 1) if case_kind == "administrative" else URGENT


def priority_of(new: StaffTicket, case: Case | None) -> int:
    """The priority chosen; else the usual one."""
    return usual_priority(new.kind, new.case_kind, case) if new.priority is None else new.priority


def usual_priority(kind: Kind, case_kind: str, case: Case | None) -> int:
    """The visit's own priority where the kind of ticket has it, else the lowest of the kind."""
    can_be = _range_of(kind, case_kind)
    return case.priority if case is not None and case.priority in can_be else can_be[-1]


def last_day(new: StaffTicket, rules: TicketRules, today: date) -> date:
    """The last day on which it can be used. Raises Invalid for one that is over or too far away."""
    if new.valid_until is None:
        return today + timedelta(days=rules.days(new.kind.value))
    if new.valid_until < today:
        raise Invalid("valid_until", N_("Välj en dag som inte har varit."))
    if new.valid_until > today + timedelta(days=rules.most_days):
        raise Invalid("valid_until", N_("En biljett gäller högst {days} dagar."), days=rules.most_days)
    return new.valid_until
