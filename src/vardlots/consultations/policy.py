"""Who may do what with a consultation. Pure: an actor, a consultation; the answer is None or a refusal to raise.

Between providers the wall is row-level security: what is neither from nor to the actor's provider is never found.
"""

from vardlots.access.actor import Actor, StaffActor, SystemActor
from vardlots.consultations.model import Act, Consultation, Side, in_reach, side_of, sides_of
from vardlots.consultations.states import sender_may_end
from vardlots.platform.errors import Forbidden, NotFound, Refusal, WrongState
from vardlots.platform.i18n import N_

RECEIVER_DEEDS = frozenset(
    {Act.ACCEPT, Act.DECLINE, Act.ANSWER, Act.END, Act.GO_TO_CASE, Act.TAKE, Act.BEGIN}
)
SENDER_DEEDS = frozenset({Act.ANSWER, Act.WITHDRAW, Act.END})


def may_read(actor: Actor, found: Consultation) -> Refusal | None:
    """Whoever opens cases at the unit that asks, or at the one that is asked; nobody else, not within the provider
    either. Patients have no part in it."""
    match actor:
        case StaffActor():
            if actor.provider_id not in (found.provider_id, found.to_provider_id):
                return NotFound()
            if not actor.cares:
                return Forbidden("Din roll öppnar inga ärenden.", code="not_carer")
            if not in_reach(actor, found):
                return NotFound()
            return None
        case SystemActor() if actor.provider_id in (found.provider_id, found.to_provider_id):
            return None
    return NotFound()


def may(actor: Actor, verb: Act, found: Consultation, side: Side | None = None) -> Refusal | None:
    """Whether the actor may do the verb from a side (their own by `side_of`), the state apart (that is `states.py`)."""
    if refusal := may_read(actor, found):
        return refusal
    if isinstance(actor, SystemActor):
        return (
            None if verb is Act.REMIND else Forbidden("Det här gör systemet inte själv.", code="not_system")
        )
    assert isinstance(actor, StaffActor)  # a patient reads none
    side = side or side_of(actor, found)
    held = sides_of(actor, found)
    if not held:
        # Asked by a unit that a pooled resource of theirs serves, which they read and do not act for.
        return Forbidden(
            N_("Du kan läsa konsultationen. Enheten som skickade den tar den vidare."), code="no_side"
        )
    if side not in held:
        return NotFound()
    if side is Side.RECEIVER:
        return _receiver_may(actor, verb, found)
    return _sender_may(actor, verb, found)


def _receiver_may(actor: StaffActor, verb: Act, found: Consultation) -> Refusal | None:
    if verb not in RECEIVER_DEEDS:
        return Forbidden(N_("Det här kan bara avsändaren göra."), code="sender_only")
    # Any clinical role answers for a role that is not there today (001 §2.2.4.1); every other role its own.
    if not (actor.clinical or actor.role == found.role):
        return Forbidden(N_("Konsultationen är ställd till en annan roll."), code="wrong_role")
    if verb is Act.DECLINE and found.by_telephone:
        return Forbidden(N_("En konsultation från 1177 på telefon kan inte avböjas."), code="not_declined")
    if verb is Act.ANSWER and found.waits:
        return WrongState(N_("Ta emot konsultationen först."), code="not_accepted")
    if verb is Act.BEGIN and not found.is_elsewhere:
        return WrongState(N_("Patientens besök finns redan här."), code="inside")
    return None


def _sender_may(actor: StaffActor, verb: Act, found: Consultation) -> Refusal | None:
    if verb not in SENDER_DEEDS:
        return Forbidden(N_("Det här kan bara mottagaren göra."), code="receiver_only")
    asked = actor.staff_id == found.from_staff_id or actor.clinical or actor.role == found.from_role
    if not asked:
        return Forbidden(N_("Konsultationen är någon annans."), code="wrong_role")
    if verb is not Act.WITHDRAW and found.sender_ended_at is not None:
        return WrongState(N_("Konsultationen är avslutad hos er."), code="ended")
    if verb is Act.END and not sender_may_end(found.state, found.answered_at is not None):
        return WrongState(N_("Konsultationen kan avslutas när den har besvarats."), code="not_answered")
    return None
