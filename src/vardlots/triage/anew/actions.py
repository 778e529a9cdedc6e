"""*I am worse now*: the complaint's questions asked anew about a case that waits or goes on (requirement B5)."""

from datetime import timedelta
from typing import Any

from vardlots.access.actor import PatientActor
from vardlots.audit import log as audit
from vardlots.cases import policy, states
from vardlots.cases.model import Case, CaseRef, Verb
from vardlots.cases.queries import readable_case
from vardlots.cases.turn import House
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import WrongState
from vardlots.platform.i18n import N_
from vardlots.triage.actions import insert_interview
from vardlots.triage.anew.queries import protocol_anew
from vardlots.triage.model import Protocol
from vardlots.triage.queries import InterviewRef, own_interview

# Somebody who says that it is worse may go on with what they answered so lately; answers older than this are not of
# now [assumed].
STILL_TRUE = timedelta(minutes=30)


async def ask_anew(house: House, *, by: PatientActor, ref: CaseRef) -> InterviewRef:
    """Begin the case's questions anew, or go on with those begun within half an hour. Two taps begin one interview.

    Raises NotFound, Forbidden for another guardian, WrongState when the visit has ended, WrongState `nothing_to_ask`
    where no protocol asks about the complaint, or none made for the person's age.
    """
    async with house.database.transaction(by.scope) as connection:
        # One at a time for each case: the second of two taps finds what the first has begun.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"anew {ref}")
        case = await readable_case(connection, by=by, ref=ref)
        _check(by, case)
        protocol = await protocol_anew(connection, case)
        if protocol is None:
            raise _nothing_to_ask()
        begun = await _begun(connection, by, case, protocol)
        if begun is not None:
            return begun
        about = (case.provider_id, case.unit_id, case.person_id, protocol.code, protocol.version)
        again = await insert_interview(
            connection, by=by, about=about, now=clock.now(), for_case_id=case.case_id
        )
        kept = await own_interview(connection, by=by, ref=again)
        if not protocol.suits(kept.subject):
            raise _nothing_to_ask()
        row = audit.access(
            by,
            "start_interview",
            provider_id=case.provider_id,
            person_id=case.person_id,
            case_id=case.case_id,
        )
        await audit.write(connection, [row])
    return again


def _check(by: PatientActor, case: Case) -> None:
    if not states.allows(case.phase, Verb.RETRIAGE):
        raise WrongState(
            "Ärendet har gått vidare. Ladda om sidan för att se hur det står till.", phase=case.phase.value
        )
    if refusal := policy.may(by, Verb.RETRIAGE, case, clock.now()):
        raise refusal


def _nothing_to_ask() -> WrongState:
    return WrongState(
        N_("Det finns inga frågor att svara på om det här. Ring 1177, eller skriv vad som har ändrats."),
        code="nothing_to_ask",
    )


async def _begun(
    connection: Connection, by: PatientActor, case: Case, protocol: Protocol
) -> InterviewRef | None:
    """What the actor has begun to answer and can go on with; anything else that is open is left behind."""
    row: Any = await connection.fetchrow(
        "SELECT interview_id, actor_person_id, protocol, version, changed_at FROM interview "
        "WHERE provider_id = $1 AND for_case_id = $2 AND stage IN ('questions', 'result', 'post') FOR NO KEY UPDATE",
        *case.ref,
    )
    if row is None:
        return None
    fresh = row["changed_at"] > clock.now() - STILL_TRUE
    same = (row["protocol"], row["version"]) == (protocol.code, protocol.version)
    if fresh and same and by.main(row["actor_person_id"]) == by.person_id:
        return InterviewRef(case.provider_id, row["interview_id"])
    await _leave(connection, InterviewRef(case.provider_id, row["interview_id"]))
    return None


async def leave_anew(house: House, *, by: PatientActor, ref: InterviewRef) -> None:
    """New answers that came too late for their case are set aside. Twice is no fault. Raises NotFound."""
    async with house.database.transaction(by.scope) as connection:
        kept = await own_interview(connection, by=by, ref=ref)
        if kept.for_case_id is not None and kept.is_open:
            await _leave(connection, ref)
            row = audit.access(
                by,
                "answer",
                provider_id=kept.provider_id,
                person_id=kept.person_id,
                case_id=kept.for_case_id,
            )
            await audit.write(connection, [row])


async def _leave(connection: Connection, ref: InterviewRef) -> None:
    await connection.execute(
        "UPDATE interview SET stage = 'left', rev = rev + 1, changed_at = $3 WHERE provider_id = $1 "
        "AND interview_id = $2 AND stage IN ('questions', 'result', 'post')",
        *ref,
        clock.now(),
    )
