"""Who may do what with a ticket. Pure: an actor, a ticket; the answer is None or a refusal to raise."""

from vardlots.access.actor import Actor, PatientActor, StaffActor, SystemActor
from vardlots.platform.errors import Forbidden, NotFound, Refusal
from vardlots.tickets.model import Deed, Kind, Ticket

PATIENT_VERBS = frozenset({Deed.OPEN, Deed.USE, Deed.DECLINE, Deed.ANSWER})
STAFF_VERBS = frozenset({Deed.WITHDRAW, Deed.ACKNOWLEDGE, Deed.USE})
SYSTEM_VERBS = frozenset({Deed.EXPIRE})


def may_read(actor: Actor, ticket: Ticket) -> Refusal | None:
    """Patients read their own and their children's; staff those that their own units sent or are to use.

    Nobody reads another provider's: not even the one where a drop-in ticket is used.
    """
    match actor:
        case PatientActor():
            if (
                ticket.person_id not in actor.persons
                or (ticket.provider_id, ticket.person_id) in actor.closed
            ):
                return NotFound()
        case StaffActor():
            if ticket.provider_id != actor.provider_id:
                return NotFound()
            if not actor.cares:
                return Forbidden("Din roll öppnar inga ärenden.", code="not_carer")
            # At home nothing is blocked for the actor; elsewhere the patient's page tells what may be told.
            if not any(actor.at_home(unit_id) for unit_id in ticket.units):
                return Forbidden(
                    "Biljetten hör till en annan enhet än den du arbetar på nu.", code="other_unit"
                )
        case SystemActor():
            if ticket.provider_id != actor.provider_id:
                return NotFound()
    return None


def may(actor: Actor, verb: Deed, ticket: Ticket) -> Refusal | None:
    """Whether the actor may do the verb, the state apart (that is `states.py`).

    A child's ticket is the child's: any guardian who may seek care for it at the provider uses it (requirement A10).
    """
    if verb is Deed.ACKNOWLEDGE and isinstance(actor, StaffActor):
        return _may_acknowledge(actor, ticket)
    if refusal := may_read(actor, ticket):
        return refusal
    match actor:
        case PatientActor():
            return _patient_may(actor, verb, ticket)
        case StaffActor():
            return _staff_may(verb, ticket)
        case SystemActor():
            if verb not in SYSTEM_VERBS:
                return Forbidden("Det här gör systemet inte själv.", code="not_system")
    return None


def _patient_may(actor: PatientActor, verb: Deed, ticket: Ticket) -> Refusal | None:
    if verb not in PATIENT_VERBS:
        return Forbidden("Det här kan bara vårdpersonal göra.", code="staff_only")
    person_id = actor.main(ticket.person_id)
    # A visit elsewhere is sought there, by that provider's ages.
    providers = {ticket.provider_id} | ({ticket.to_provider_id} if verb is Deed.USE else set())
    for provider_id in providers:
        seeks = actor.may_seek(person_id=person_id, provider_id=provider_id)
        if not seeks or (provider_id, ticket.person_id) in actor.closed:
            return Forbidden(
                "Du kan läsa biljetten. Ring enheten om den ska användas.", code="not_responsible"
            )
    return None


def _staff_may(verb: Deed, ticket: Ticket) -> Refusal | None:
    if verb not in STAFF_VERBS:
        return Forbidden("Det här kan bara patienten göra.", code="patient_only")
    if verb is Deed.USE and ticket.kind is not Kind.BOOKING:
        # Staff book a time for whoever rings; a form, and a place in a queue, are the patient's own to answer and take.
        return Forbidden("Det här kan bara patienten göra.", code="patient_only")
    return None


def _may_acknowledge(actor: StaffActor, ticket: Ticket) -> Refusal | None:
    """The resource that it went to: any clinical role of a unit in reach, every other role what is its own (A3)."""
    if ticket.provider_id != actor.provider_id:
        return NotFound()
    if not actor.cares:
        return Forbidden("Din roll öppnar inga ärenden.", code="not_carer")
    if ticket.ack_unit_id is None or ticket.ack_unit_id not in actor.unit_ids:
        return Forbidden("Vidimeringen hör till en enhet där du inte har något uppdrag.", code="other_unit")
    if actor.clinical or ticket.ack_role == actor.role:
        return None
    return Forbidden("Vidimeringen hör till en annan roll.", code="other_role")


def looks_at(ticket: Ticket, *, at: str, by_telephone: bool) -> tuple[int, str]:
    """The unit and role that look at a ticket which is over: `at` is the provider's rule, "receiver" or "issuer".

    What 1177 by phone has sent, and what led to another provider, comes back to whoever sent it [003].
    """
    if at == "issuer" or by_telephone or ticket.to_provider_id != ticket.provider_id:
        return ticket.from_unit_id, ticket.from_role
    return ticket.unit_id, ticket.role
