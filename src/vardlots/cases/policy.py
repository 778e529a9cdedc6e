"""Who may do what with a case. Pure: an actor, a case, the time; the answer is None or a refusal to raise.

The wall between providers and between families is row-level security: a case beyond it is never found (404).
What is decided here is the right of those who can find it.
"""

from datetime import datetime

from vardlots.access.actor import Actor, PatientActor, StaffActor, SystemActor
from vardlots.cases.model import Case, Phase, Verb
from vardlots.platform.errors import Forbidden, NotFound, Refusal, WrongState

PATIENT_VERBS = frozenset({Verb.ADD_INFORMATION, Verb.LEAVE_QUEUE, Verb.WRITE})
OWNER_VERBS = frozenset({Verb.RELEASE, Verb.START, Verb.END, Verb.WRITE})
UNIT_VERBS = frozenset({Verb.ACCEPT, Verb.CHANGE_PRIORITY, Verb.MARK_DONE, Verb.SIGN_NOTE})
SYSTEM_VERBS = frozenset({Verb.ASSIGN, Verb.CLOSE, Verb.NOTIFY})


def may_read(actor: Actor, case: Case) -> Refusal | None:
    """Staff read the cases of units where they have an assignment; patients their own and their children's."""
    match actor:
        case PatientActor():
            if case.person_id not in actor.persons or (case.provider_id, case.person_id) in actor.closed:
                return NotFound()
        case StaffActor():
            if case.provider_id != actor.provider_id:
                return NotFound()
            if case.unit_id not in actor.unit_ids:
                return Forbidden(
                    "Ärendet hör till en enhet där du inte har något uppdrag.", code="other_unit"
                )
        case SystemActor():
            if case.provider_id != actor.provider_id:
                return NotFound()
    return None


def may(actor: Actor, verb: Verb, case: Case, now: datetime) -> Refusal | None:
    """Whether the actor may do the verb with the case at this moment, phase apart (that is `states.py`)."""
    if refusal := may_read(actor, case):
        return refusal
    match actor:
        case PatientActor():
            return _patient_may(actor, verb, case, now)
        case StaffActor():
            return _staff_may(actor, verb, case, now)
        case SystemActor():
            return (
                None
                if verb in SYSTEM_VERBS
                else Forbidden("Det här gör systemet inte själv.", code="not_system")
            )


def _patient_may(actor: PatientActor, verb: Verb, case: Case, now: datetime) -> Refusal | None:
    if verb not in PATIENT_VERBS:
        return Forbidden("Det här kan bara vårdpersonal göra.", code="staff_only")
    if not actor.is_responsible(
        person_id=case.person_id, actor_person_id=case.actor_person_id, provider_id=case.provider_id
    ):
        # Requirement A10: only the responsible guardian acts, or the child once it is grown; the others read.
        return Forbidden(
            "Du kan läsa ärendet. Den som sökte vård är den som kan skriva.", code="not_responsible"
        )
    return writing_is_over(case, now) if verb is Verb.WRITE else None


def _staff_may(actor: StaffActor, verb: Verb, case: Case, now: datetime) -> Refusal | None:
    if verb in OWNER_VERBS:
        if case.owner_staff_id != actor.staff_id and not _answers_for_unit(actor, verb, case):
            return Forbidden("Ärendet är någon annans. Du kan läsa det.", code="not_owner")
        return writing_is_over(case, now) if verb is Verb.WRITE else None
    if verb in UNIT_VERBS:
        if not actor.clinical:
            return Forbidden("Din roll tar inte hand om vårdärenden.", code="not_clinical")
        return None
    return Forbidden("Det här kan bara patienten göra.", code="patient_only")


def _answers_for_unit(actor: StaffActor, verb: Verb, case: Case) -> bool:
    """After the visit, a patient's message is the unit's to answer: its first reader may be off duty (F1)."""
    return verb is Verb.WRITE and case.phase is Phase.FOLLOW_UP and actor.clinical


def writing_is_over(case: Case, now: datetime) -> Refusal | None:
    """The asynchronous phase ends at the second; after it nothing may be written (F4)."""
    if case.phase is Phase.FOLLOW_UP and case.writable_until is not None and now >= case.writable_until:
        return WrongState(
            "Tiden att skriva i ärendet är slut. Sök vård på nytt om du behöver hjälp, eller ring 1177.",
            code="phase_over",
        )
    return None
