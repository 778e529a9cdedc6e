"""Who may do what with a ticket. Pure: an actor, a ticket; the answer is None or a refusal to raise."""

from vardlots.access.actor import Actor, PatientActor, StaffActor, SystemActor
from vardlots.platform.errors import Forbidden, NotFound, Refusal
from vardlots.tickets.model import Deed, Ticket

PATIENT_VERBS = frozenset({Deed.OPEN, Deed.USE, Deed.DECLINE})
STAFF_VERBS = frozenset({Deed.WITHDRAW})
SYSTEM_VERBS = frozenset({Deed.EXPIRE})


def may_read(actor: Actor, ticket: Ticket) -> Refusal | None:
    """Patients read their own and their children's; staff those of their own units; nobody another provider's."""
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
            if not actor.at_home(ticket.unit_id):
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
    if refusal := may_read(actor, ticket):
        return refusal
    match actor:
        case PatientActor():
            if verb not in PATIENT_VERBS:
                return Forbidden("Det här kan bara vårdpersonal göra.", code="staff_only")
            person_id = actor.main(ticket.person_id)
            if not actor.may_seek(person_id=person_id, provider_id=ticket.provider_id):
                return Forbidden(
                    "Du kan läsa biljetten. Ring enheten om den ska användas.", code="not_responsible"
                )
        case StaffActor():
            if verb not in STAFF_VERBS:
                return Forbidden("Det här kan bara patienten göra.", code="patient_only")
        case SystemActor():
            if verb not in SYSTEM_VERBS:
                return Forbidden("Det här gör systemet inte själv.", code="not_system")
    return None
