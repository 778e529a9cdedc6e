"""A case asked about anew, because the patient says that it has become worse (requirement B5)."""

from typing import Any

import msgspec

from vardlots.access.actor import PatientActor
from vardlots.cases.model import Case, CaseRef, Kind, Phase, Verb
from vardlots.cases.promises import promise_balance, promise_notice_to_staff
from vardlots.cases.turn import REPEATED, House, Repeated, Turn, turn
from vardlots.platform.db import Connection, also_provider
from vardlots.platform.errors import NotFound, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal


class Anew(msgspec.Struct, frozen=True, kw_only=True):
    """What triage came to when it was asked anew. `summary` is as in `NewCase`: protocol, rules, words of danger."""

    interview_id: int
    interview_rev: int
    priority: int
    summary: dict[str, Any]


class Retriaged(msgspec.Struct, frozen=True):
    """What became of it: the row, and the case's priority before and after."""

    n: int
    before: int
    after: int


async def retriage(house: House, *, by: PatientActor, ref: CaseRef, anew: Anew) -> Retriaged:
    """The new answers reach the case: it becomes as urgent as they say, never less urgent than it was.

    A lower priority is for staff to set: they see both. The same interview twice is one row. Raises NotFound, Forbidden
    for another guardian, WrongState when the visit has ended or the interview has been answered further since.
    """
    key = f"retriage:{anew.interview_id}"
    try:
        async with turn(house, by=by, ref=ref, verb=Verb.RETRIAGE, key=key) as now_at:
            return await _record(now_at, anew, key)
    except Repeated as repeated:
        return await _kept(house, by, ref, repeated.n)


async def _record(now_at: Turn, anew: Anew, key: str) -> Retriaged:
    case, connection = now_at.case, now_at.connection
    await _close_interview(now_at, anew, key)
    # How urgent a case is, the provider decides, here by its protocol: a patient's own scope may not set it.
    await also_provider(connection, case.provider_id)
    after = min(case.priority, anew.priority)
    body = {
        **anew.summary,
        "interview": anew.interview_id,
        "from": case.priority,
        "to": after,
        "answers": anew.priority,
        "kept": await _kept_by(connection, case) if after < anew.priority else "",
    }
    n = await now_at.record(body, key=key, priority=after, patient_last_n=case.last_n + 1)
    if case.owner_staff_id is not None:
        now_at.signals.append(Signal(f"staff:{case.owner_staff_id}"))
    if after < case.priority:
        await promise_notice_to_staff(connection, "worse", case.ref, n)
        if case.phase is Phase.QUEUED:
            await promise_balance(connection, now_at.case)
    return Retriaged(n, case.priority, after)


async def _close_interview(now_at: Turn, anew: Anew, key: str) -> None:
    """The interview is part of the case from now on, with its pictures."""
    ref, connection = now_at.case.ref, now_at.connection
    closed = await connection.fetchval(
        "UPDATE interview SET stage = 'done', changed_at = $5, rev = rev + 1 WHERE provider_id = $1 "
        "AND interview_id = $3 AND for_case_id = $2 AND rev = $4 AND stage = 'result' RETURNING rev",
        *ref,
        anew.interview_id,
        anew.interview_rev,
        now_at.now,
    )
    if closed is None:
        # Of two that were sent at once, the second has waited for the case and finds what the first has written.
        if n := await connection.fetchval(REPEATED, *ref, key):
            raise Repeated(n)
        raise WrongState(N_("Frågorna har besvarats i en annan flik. Här är läget nu."), code="moved")
    await connection.execute(
        "UPDATE attachment SET case_id = $2 WHERE provider_id = $1 AND interview_id = $3",
        *ref,
        anew.interview_id,
    )


async def _kept_by(connection: Connection, case: Case) -> str:
    """Who had made the case more urgent than the new answers do: "staff" by hand, or "triage"."""
    kind = await connection.fetchval(
        "SELECT kind FROM entry WHERE provider_id = $1 AND case_id = $2 AND kind = ANY ($3::text[]) "
        "AND (kind = $4 OR body->>'from' <> body->>'to') ORDER BY n DESC LIMIT 1",
        *case.ref,
        [Kind.PRIORITY_CHANGED.value, Kind.RETRIAGED.value],
        Kind.PRIORITY_CHANGED.value,
    )
    return "staff" if kind == Kind.PRIORITY_CHANGED else "triage"


async def _kept(house: House, by: PatientActor, ref: CaseRef, n: int) -> Retriaged:
    async with house.database.transaction(by.scope) as connection:
        body = await connection.fetchval(
            "SELECT body FROM entry WHERE provider_id = $1 AND case_id = $2 AND n = $3", *ref, n
        )
    if body is None:
        raise NotFound()
    return Retriaged(n, body["from"], body["to"])
