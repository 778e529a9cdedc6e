"""*Ta emot ändå* and *Ta över besök* after a consultation: a visit in the wrong place becomes the asked unit's own.

Whoever had it first is responsible until then (001 §2.3). The verbs are the case's; what they say here is where it
belongs from then on.
"""

from functools import partial

from vardlots.access.actor import StaffActor
from vardlots.cases import actions as cases
from vardlots.cases.model import Case, CaseRef
from vardlots.cases.moving import Place
from vardlots.cases.openings import actions as openings
from vardlots.cases.policy import in_reach
from vardlots.cases.queries import active_case
from vardlots.cases.turn import House, Turn
from vardlots.consultations import queries
from vardlots.consultations.model import Act, Consultation, Side, State
from vardlots.consultations.turn import begin, signals_of
from vardlots.people.queries import same_persons


async def accept(house: House, *, by: StaffActor, ref: CaseRef) -> int:
    """*Ta emot*, or *Ta emot ändå*. Raises as `cases.actions.accept`."""
    return await cases.accept(house, by=by, ref=ref, belongs=partial(_belongs, by))


async def take_over(house: House, *, by: StaffActor, ref: CaseRef, from_staff_id: int, reason: str) -> int:
    """*Ta över besök*. Raises as `cases.openings.actions.take_over`."""
    return await openings.take_over(
        house, by=by, ref=ref, from_staff_id=from_staff_id, reason=reason, belongs=partial(_belongs, by)
    )


async def _belongs(by: StaffActor, now_at: Turn) -> Place | None:
    """The unit and role that were asked, where the visit came with a consultation to the actor; it is noted there that
    it was taken. A visit that one reaches anyway stays where it is, but for a consultation that one has accepted."""
    connection, case = now_at.connection, now_at.case
    found = await queries.open_with(connection, by=by, case_id=case.case_id)
    if found is None or (found.owner_staff_id != by.staff_id and _stays(by, case, found)):
        return None
    ref = found.ref
    if found.state is State.SENT:
        # Whoever takes the visit has taken the question.
        asked = await begin(connection, by=by, ref=ref, verb=Act.ACCEPT, side=Side.RECEIVER)
        await asked.record(
            owner_staff_id=by.staff_id, accepted_at=asked.now, receiver_read_n=asked.found.last_n + 1
        )
    taken = await begin(connection, by=by, ref=ref, verb=Act.TAKE, side=Side.RECEIVER)
    await taken.record({"case": str(case.ref)}, receiver_read_n=taken.found.last_n + 1)
    now_at.signals += signals_of(taken.found)
    if case.booked_from is not None:
        # A booked visit belongs where its time is; whoever takes it may book it another, at their own unit.
        return None
    persons = await same_persons(connection, [case.person_id])
    there = await active_case(
        connection,
        provider_id=case.provider_id,
        unit_id=found.unit_id,
        person_ids=persons,
        reason=case.reason,
    )
    # Of one reason a unit has one active case of a person's: the other one is ended first.
    return None if there is not None and there != case.ref else Place(found.unit_id, found.role)


def _stays(by: StaffActor, case: Case, found: Consultation) -> bool:
    """Whether whoever takes the visit does so where it is: at their own unit, or at one that their pooled resource
    serves while the question went to another such."""
    return by.at_home(case.unit_id) or (in_reach(by, case) and not by.at_home(found.unit_id))
