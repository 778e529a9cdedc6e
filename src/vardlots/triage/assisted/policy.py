"""Who may triage for somebody on the phone, where a case may go, how it may end. Pure."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.clinics.hours import open_at
from vardlots.clinics.model import Unit
from vardlots.configuration.routing_rules import DEFAULT, RoutingRules
from vardlots.people.queries import Person, age_in_years
from vardlots.people.rules import CareRules
from vardlots.platform import clock
from vardlots.platform.errors import Forbidden, Invalid, Refusal
from vardlots.platform.i18n import N_
from vardlots.triage.assisted.model import ONWARD, Call, Caller, Contact, Decided, Ending
from vardlots.triage.assisted.routes import Place
from vardlots.triage.queueing import queue_priority
from vardlots.triage.routing import BOOKABLE, Routing
from vardlots.triage.schemes import Scheme, WayIn
from vardlots.triage.ways import NEVER_WAITS, standing_in

REASON_MAX, NOTE_MAX, NAME_MAX = 500, 4000, 120
ADULT = 18
# With these the provider has to assess soon: advice alone does not do, unless staff set another with a reason.
NEEDS_CARE = (1, 2, 3, 4)


def may_assist(assists: str, kind: str = "complaint") -> Refusal | None:
    """Whether a role that `assists` so may ask the questions of a protocol of that kind."""
    if assists == "all" or (assists == "services" and kind == "service"):
        return None
    if assists == "services":
        return Forbidden("Din roll tar administrativa ärenden på telefon, inte besvär.", code="services_only")
    return Forbidden("Din roll triagerar inte åt andra.", code="not_assisting")


def is_about_child(call: Call, years: int) -> bool:
    """Whether the questions are put about a child, to whoever answers for it. To grown people they are read aloud."""
    return call.caller is not Caller.SELF and years < ADULT


def years_old(about: Person) -> int:
    """Whole years today."""
    return age_in_years(about.birth_date, clock.today())


def units_to_choose(
    units: Iterable[Unit], *, by: StaffActor, cooperating: Collection[int], listed: int | None
) -> list[Unit]:
    """Where a case may go: the units in one's reach, those that cooperate with one's own, and where the patient is
    listed. One's own first, then where the patient is listed, the rest by name."""

    def place(unit: Unit) -> tuple[bool, bool, str]:
        return (not by.at_home(unit.unit_id), unit.unit_id != listed, unit.name)

    reach = {*by.unit_ids, *cooperating, listed}
    return sorted(
        (one for one in units if one.unit_id in reach and one.active and one.takes_drop_in), key=place
    )


def priorities_to_choose(scheme: Scheme, own: int) -> list[int]:
    """The priorities that staff may set: those of a queue, and the one that triage came to."""
    queued = {step.priority for step in scheme.priorities if step.way_in is not WayIn.BOOKING_TICKET}
    return sorted(queued | {own})


def suggested_role(
    outcome: Mapping[str, Any],
    roles: Collection[str],
    routing: Routing,
    rules: RoutingRules = DEFAULT,
) -> str:
    """The role that takes it at a unit with these roles: by the rules where the unit has that one, else triage's own,
    or whoever stands in for it."""
    role, priority = str(outcome["role"]), int(outcome["scheme_priority"])
    routed = rules.role_for(level=str(outcome["level"]), role=role, priority=priority)
    return routed if routed in roles else standing_in(role, roles, routing.order)


def may_read_here(person: Person, call: Call, rules: CareRules, on: date) -> bool:
    """Whether the patient, or the guardian who calls, can read the case in the service."""
    if person.protected and not rules.protected_sign_in:
        return False
    if rules.too_young(person.birth_date, on):
        return False
    return rules.on_their_own(person.birth_date, on) or call.guardian_id is not None


def acts_of(person: Person, call: Call) -> int:
    """Whose use of the service tells whether it is read: the guardian's who is on the line, else the person's."""
    return call.guardian_id if call.guardian_id is not None else person.person_id


def acts(person: Person, call: Call, rules: CareRules, on: date) -> int:
    """Who acts in the case in the service: a child's known guardian who called, else the person."""
    if call.guardian_id is not None and not rules.on_their_own(person.birth_date, on):
        return call.guardian_id
    return person.person_id


class Circumstances(msgspec.Struct, frozen=True):
    """What a decision is checked against, as it is now. `roles` are the chosen unit's, `place` is the unit as a place
    to hand over to; `consents`: the patient has said yes to that it goes to another provider."""

    scheme: Scheme
    outcome: Mapping[str, Any]
    is_service: bool
    unit: Unit
    roles: Collection[str]
    suggested: str
    may_read_here: bool
    place: Place | None = None
    endings: Collection[Ending] = ()
    consents: bool = False


def check(decided: Decided, ending: Ending, call: Call, at: Circumstances) -> None:
    """Raises Invalid with the field and the way out for what may not be so."""
    if ending in ONWARD:
        _check_onward(decided, ending, call, at)
        return
    own = queue_priority(dict(at.outcome))
    if decided.priority not in priorities_to_choose(at.scheme, own):
        raise Invalid("priority", "Välj en prioritet i listan.")
    if decided.priority != own and not decided.reason:
        raise Invalid("reason", "Skriv varför prioriteten ändras.")
    if len(decided.reason) > REASON_MAX:
        raise Invalid("reason", "Korta ner skälet till högst {most} tecken.", most=REASON_MAX)
    if ending is Ending.ADVICE:
        if decided.priority in NEEDS_CARE and not at.is_service:
            raise Invalid(
                "priority",
                N_("Prioritet {n} behöver vård. Räcker råd, sätt en annan prioritet och skriv varför."),
                n=decided.priority,
            )
        return
    if decided.role not in at.roles and decided.role != at.suggested:
        raise Invalid("role", N_("{unit} har inte den rollen. Välj en annan."), unit=at.unit.name)
    if ending is Ending.EMERGENCY:
        return
    _check_queue(decided, call, at)


def _check_onward(decided: Decided, ending: Ending, call: Call, at: Circumstances) -> None:
    """A unit that has it from now on, or a ticket."""
    if ending not in at.endings or at.place is None:
        raise Invalid("unit_id", N_("Det går inte att skicka det dit. Välj en annan enhet."))
    own = int(at.outcome["scheme_priority"])
    if decided.priority not in priorities_onward(at.scheme):
        raise Invalid("priority", "Välj en prioritet i listan.")
    if decided.priority != own and not decided.reason:
        raise Invalid("reason", "Skriv varför prioriteten ändras.")
    if len(decided.reason) > REASON_MAX:
        raise Invalid("reason", "Korta ner skälet till högst {most} tecken.", most=REASON_MAX)
    if ending is Ending.TICKET:
        _check_ticket(decided, at)
        return
    if decided.role not in at.place.roles:
        raise Invalid("role", N_("{unit} har inte den rollen. Välj en annan."), unit=at.unit.name)
    if call.phone is None:
        raise Invalid("phone", N_("Skriv numret som patienten ska ringas upp på."))
    if decided.priority in NEVER_WAITS and not (at.place.is_open or at.place.on_call):
        raise Invalid(
            "unit_id",
            N_("{unit} är stängd, och prioritet {n} får inte vänta. Välj en enhet som är öppen."),
            unit=at.unit.name,
            n=decided.priority,
        )
    if not at.place.own and call.caller is Caller.OTHER:
        raise Invalid("consent", N_("Den som ringer kan inte samtycka åt patienten. Tala med patienten."))
    if not at.place.own and not at.consents:
        raise Invalid("consent", N_("Fråga patienten om uppgifterna får lämnas till en annan vårdgivare."))


def _check_ticket(decided: Decided, at: Circumstances) -> None:
    assert at.place is not None
    if not at.may_read_here:
        raise Invalid("contact", N_("Patienten kan inte läsa i tjänsten. Välj telefon."))
    if at.place.own and decided.priority not in BOOKABLE:
        raise Invalid("priority", N_("En bokningsbiljett har prioritet 6 till 11."))
    if not at.place.own and decided.priority in BOOKABLE:
        raise Invalid("unit_id", N_("En bokningsbiljett gäller bara hos den egna vårdgivaren."))


def priorities_onward(scheme: Scheme) -> list[int]:
    """The priorities of what a unit gets or a ticket is for: all but the one that is told to call 112."""
    return [step.priority for step in scheme.priorities if step.way_in is not WayIn.EMERGENCY]


def _check_queue(decided: Decided, call: Call, at: Circumstances) -> None:
    if at.scheme.step(decided.priority).way_in is WayIn.EMERGENCY:
        raise Invalid(
            "priority",
            N_("Prioritet {n} kan inte vänta i kön. Uppmana att ringa 112, eller sätt en annan med skäl."),
            n=decided.priority,
        )
    if decided.priority in NEVER_WAITS and not open_at(at.unit, clock.now()):
        raise Invalid(
            "unit_id",
            N_("{unit} är stängd, och prioritet {n} får inte vänta. Välj en enhet som är öppen."),
            unit=at.unit.name,
            n=decided.priority,
        )
    if decided.contact is Contact.DIGITAL and not at.may_read_here:
        raise Invalid("contact", N_("Patienten kan inte läsa i tjänsten. Välj telefon."))
    if decided.contact is Contact.TELEPHONE and call.phone is None:
        raise Invalid("phone", N_("Skriv numret som patienten ska ringas upp på."))
