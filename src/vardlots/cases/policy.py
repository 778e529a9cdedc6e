"""Who may do what with a case. Pure: an actor, a case, the time; the answer is None or a refusal to raise.

The wall between providers and between families is row-level security: a case beyond it is never found (404).
What is decided here is the right of those who can find it. Inside a provider there are two more walls: a case outside
the reach of an actor's lists opens to whoever has said why (requirement A8), and what a patient has blocked to whoever
has lifted the block (Patient Data Act ch. 4 § 4). Both are the `Standing` that `queries.standing` reads.
"""

from datetime import datetime

import msgspec

from vardlots.access.actor import Actor, PatientActor, StaffActor, SystemActor
from vardlots.cases.model import Case, Phase, Verb
from vardlots.cases.states import ENDED
from vardlots.platform.errors import Forbidden, NotFound, Refusal, WrongState
from vardlots.platform.i18n import N_


class Standing(msgspec.Struct, frozen=True):
    """What the database knows, beyond the case's row, of one actor before one case outside their own units.

    `opened`: they have said why they open it, not long ago; `why` is what they said. `blocked`: the patient has
    blocked the unit, and they have not lifted it.
    """

    opened: bool = False
    blocked: bool = False
    why: str = ""


# Nobody has looked: outside one's own units that refuses, so that a read which forgets to look shows nothing.
UNKNOWN = Standing(opened=False, blocked=True)
AT_HOME = Standing()

PATIENT_VERBS = frozenset(
    {
        Verb.ADD_INFORMATION,
        Verb.LEAVE_QUEUE,
        Verb.RETRIAGE,
        Verb.WRITE,
        Verb.ANSWER_FORM,
        Verb.BOOK,
        Verb.REBOOK,
        Verb.CANCEL_BOOKING,
    }
)
# What speaks to the patient: nothing of it where the patient does not read, or after the last second.
SPEAKING_VERBS = frozenset({Verb.WRITE, Verb.SEND_FORM, Verb.ANSWER_FORM, Verb.CHASE})
OWNER_VERBS = frozenset(
    {
        Verb.RELEASE,
        Verb.START,
        Verb.END,
        Verb.HAND_OVER,
        Verb.WITHDRAW_HANDOVER,
        Verb.PAUSE,
        Verb.RESUME,
        Verb.CALLED,
        Verb.REFER,
    }
)
# A guest in the patient's chat does everything but end, and what decides whose the visit is (requirement D7).
SHARED_VERBS = frozenset(
    {Verb.WRITE, Verb.SEND_FORM, Verb.CHASE, Verb.STOP_CHASE, Verb.INVITE, Verb.SEND_TICKET}
)
ANSWERING_VERBS = frozenset({Verb.WRITE, Verb.SEND_FORM, Verb.SEND_TICKET})
GUEST_VERBS = frozenset({Verb.JOIN, Verb.LEAVE})
HANDOVER_VERBS = frozenset({Verb.ACCEPT_HANDOVER, Verb.DECLINE_HANDOVER})
TAKING_VERBS = frozenset({Verb.ACCEPT, Verb.TAKE_OVER})
UNIT_VERBS = frozenset({Verb.CHANGE_PRIORITY, Verb.MARK_DONE, Verb.SIGN_NOTE, Verb.TALK})
# Times are the unit's to give: whoever opens cases there books, whatever their role. So is a question to another unit,
# which may be all that a case in the wrong place needs.
DESK_VERBS = frozenset(
    {
        Verb.BOOK,
        Verb.REBOOK,
        Verb.CANCEL_BOOKING,
        Verb.WITHDRAW_TIME,
        Verb.ATTEND,
        Verb.MISS,
        Verb.CONSULT,
    }
)
SYSTEM_VERBS = frozenset(
    {
        Verb.ASSIGN,
        Verb.CLOSE,
        Verb.EXPORT,
        Verb.NOTIFY,
        Verb.REMIND_HANDOVER,
        Verb.RESUME,
        Verb.GIVE_BACK,
        Verb.CHASE,
        Verb.MUST_CALL,
        Verb.GIVE_UP,
        Verb.CHECK_IN,
        Verb.CONSULT_NEWS,
        Verb.END_REFERRED,
    }
)
# The refusals behind which a door stands: there is a way in, with a reason.
DOORS = frozenset({"other_unit", "blocked"})


def may_read(actor: Actor, case: Case, standing: Standing = UNKNOWN) -> Refusal | None:
    """Staff read the cases within their reach and those they have opened; patients their own and their children's."""
    match actor:
        case PatientActor():
            if case.person_id not in actor.persons or (case.provider_id, case.person_id) in actor.closed:
                return NotFound()
        case StaffActor():
            return _staff_may_read(actor, case, standing)
        case SystemActor():
            if case.provider_id != actor.provider_id:
                return NotFound()
    return None


def _staff_may_read(actor: StaffActor, case: Case, standing: Standing) -> Refusal | None:
    if case.provider_id != actor.provider_id:
        return NotFound()
    if not actor.cares:
        return Forbidden("Din roll öppnar inga ärenden.", code="not_carer")
    if actor.at_home(case.unit_id):
        return None
    if standing.blocked:
        return Forbidden("Det du vill läsa är spärrat.", code="blocked")
    # An invitation is the reason: whoever has been asked in reads while they are asked (requirement D7).
    if in_reach(actor, case) or standing.opened or actor.staff_id in case.guests:
        return None
    return Forbidden("Ärendet hör till en enhet där du inte har något uppdrag.", code="other_unit")


def in_reach(actor: StaffActor, case: Case) -> bool:
    """Whether the case is in the actor's lists: at their own units, or one that a pooled resource of theirs serves."""
    return case.unit_id in actor.unit_ids


def is_anyway(actor: StaffActor, case: Case) -> bool:
    """Whether taking the case is *Ta emot ändå*: it is another role's, or another unit's."""
    return case.role != actor.role or not in_reach(actor, case)


def may(actor: Actor, verb: Verb, case: Case, now: datetime, standing: Standing = UNKNOWN) -> Refusal | None:
    """Whether the actor may do the verb with the case at this moment, phase apart (that is `states.py`)."""
    if verb is Verb.OPEN_ANYWAY and isinstance(actor, StaffActor):
        return _may_open(actor, case, standing)
    if refusal := may_read(actor, case, standing):
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


def _may_open(actor: StaffActor, case: Case, standing: Standing) -> Refusal | None:
    """Whoever cares at the provider opens another unit's case by saying why, and once is enough."""
    refusal = _staff_may_read(actor, case, standing)
    if refusal is None:
        return WrongState("Du kan redan läsa ärendet.", code="already_open")
    return None if refusal.code == "other_unit" else refusal


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
    if verb is Verb.LEAVE_QUEUE and case.booked_from is not None:
        return WrongState("Besöket är bokat. Avboka det i stället.", code="booked")
    return _may_speak(verb, case, now)


def _staff_may(actor: StaffActor, verb: Verb, case: Case, now: datetime) -> Refusal | None:
    mine = case.owner_staff_id == actor.staff_id
    if verb in OWNER_VERBS | SHARED_VERBS:
        shares = verb in SHARED_VERBS and actor.staff_id in case.chat_guests
        if not (mine or shares or _answers_for_unit(actor, verb, case)):
            return Forbidden("Ärendet är någon annans. Du kan läsa det.", code="not_owner")
        return _may_speak(verb, case, now, _LATE_FOR_STAFF) or _not_to_end(verb, case)
    if verb in HANDOVER_VERBS:
        return _may_answer_handover(actor, case)
    if verb in GUEST_VERBS:
        if actor.staff_id in case.guests or (verb is Verb.LEAVE and mine):
            return None
        return Forbidden("Du är inte gäst i besöket.", code="not_guest")
    if verb in TAKING_VERBS:
        if verb is Verb.TAKE_OVER and mine:
            return WrongState("Besöket är redan ditt.", code="already_yours")
        return _not_to_take(verb, case) or _wrong_role(actor, case)
    if verb in DESK_VERBS:
        if mine or in_reach(actor, case) or _takes_part(actor, verb, case):
            return None
        return Forbidden("Ärendet hör till en annan enhet än den du arbetar på nu.", code="other_unit")
    if verb in UNIT_VERBS:
        if _takes_part(actor, verb, case):
            return None
        if not (mine or in_reach(actor, case)):
            return Forbidden("Ta emot ärendet först. Tills dess kan du läsa.", code="not_taken")
        return _wrong_role(actor, case)
    return Forbidden("Det här kan bara patienten göra.", code="patient_only")


def _takes_part(actor: StaffActor, verb: Verb, case: Case) -> bool:
    """A guest does as a colleague at the unit does; one who is asked for advice only talks with colleagues."""
    return actor.staff_id in (case.guests if verb is Verb.TALK else case.chat_guests)


def _may_answer_handover(actor: StaffActor, case: Case) -> Refusal | None:
    """The person who is asked answers; where a role is asked, anybody of it whose lists reach the case."""
    if case.handover_n is None:
        return WrongState("Överlämningen är inte öppen längre.", code="no_handover")
    if actor.staff_id == case.owner_staff_id:
        return WrongState("Besöket är redan ditt.", code="already_yours")
    asked = (
        case.handover_staff_id == actor.staff_id
        if case.handover_staff_id is not None
        else case.handover_role == actor.role and in_reach(actor, case)
    )
    return None if asked else Forbidden("Överlämningen är ställd till någon annan.", code="not_asked")


def is_errand_message(case: Case) -> bool:
    """Whether it is an administrative errand that came as an asynchronous message: no visit has been before it."""
    return case.kind == "administrative" and case.phase is Phase.FOLLOW_UP and case.started_at is None


def is_unread_errand(case: Case) -> bool:
    """Whether such an errand still lies in the inbox."""
    return is_errand_message(case) and case.inbox_at is not None


def _not_to_take(verb: Verb, case: Case) -> Refusal | None:
    """After a visit there is nothing to take; an errand has one person at a time, and is taken over from that one."""
    if case.phase is not Phase.FOLLOW_UP:
        return None
    if not is_errand_message(case):
        return WrongState("Besöket är avslutat. Svara patienten i ärendet.", code="ended")
    if verb is Verb.ACCEPT and case.owner_staff_id is not None:
        return WrongState("Någon har redan tagit emot ärendet.", code="taken")
    if verb is Verb.TAKE_OVER and case.owner_staff_id is None:
        return WrongState("Ingen har ärendet ännu. Ta emot det.", code="nobodys")
    return None


def is_chat(case: Case) -> bool:
    """Whether it is in the asynchronous phase and has never been a visit: nobody has waited in a queue for it."""
    return case.phase is Phase.FOLLOW_UP and case.accepted_at is None and case.started_at is None


def is_over(case: Case, now: datetime) -> bool:
    """Whether the visit has ended. A chat that was never a visit goes on until it is ended, or its time to write is."""
    return case.phase in ENDED and not (is_chat(case) and writing_is_over(case, now) is None)


def _not_to_end(verb: Verb, case: Case) -> Refusal | None:
    """What has ended is not ended again; a chat ends when the patient's last message has been dealt with."""
    if verb is not Verb.END or case.phase is not Phase.FOLLOW_UP:
        return None
    if not is_chat(case):
        return WrongState(N_("Besöket är redan avslutat."), code="ended")
    if case.inbox_at is not None:
        return WrongState(
            N_("Patienten väntar på svar. Svara först, eller markera ärendet som klart."), code="unanswered"
        )
    return None


def _wrong_role(actor: StaffActor, case: Case) -> Refusal | None:
    """Any clinical role takes any case, also when nobody with the case's own role works today (A3); every other role
    its own role's cases."""
    if actor.clinical or case.role == actor.role:
        return None
    return Forbidden("Din roll tar inte hand om vårdärenden.", code="not_clinical")


def _answers_for_unit(actor: StaffActor, verb: Verb, case: Case) -> bool:
    """After the visit, a patient's message is the unit's to answer: its first reader may be off duty (F1)."""
    answering = verb in ANSWERING_VERBS and case.phase is Phase.FOLLOW_UP
    return answering and in_reach(actor, case) and _wrong_role(actor, case) is None


_LATE = N_("Tiden att skriva i ärendet är slut. Sök vård på nytt om du behöver hjälp, eller ring 1177.")
_LATE_FOR_STAFF = N_("Tiden att skriva i ärendet är slut. Ring patienten, om något återstår att säga.")


def _may_speak(verb: Verb, case: Case, now: datetime, late: str = _LATE) -> Refusal | None:
    if verb not in SPEAKING_VERBS:
        return None
    return _not_read_here(case) or writing_is_over(case, now, late)


def _not_read_here(case: Case) -> Refusal | None:
    """Nobody writes where the other side is reached by telephone (row I4)."""
    if not case.by_telephone:
        return None
    return WrongState(
        "Patienten läser inte här. Ring i stället, och skriv vad ni kommer fram till i anteckningen.",
        code="telephone",
    )


def writing_is_over(case: Case, now: datetime, late: str = _LATE) -> Refusal | None:
    """The asynchronous phase ends at the second; after it nothing may be written (F4). An errand that nobody has
    answered does not run out."""
    if is_unread_errand(case):
        return None
    if case.phase is Phase.FOLLOW_UP and case.writable_until is not None and now >= case.writable_until:
        return WrongState(late, code="phase_over")
    return None
