"""Reads of handovers. The case must have been read through `readable_case` in the same transaction."""

from datetime import datetime, timedelta

import msgspec

from vardlots.cases.handovers.model import Answered, Asked
from vardlots.cases.handovers.rules import HandoverRules
from vardlots.cases.model import Case, CaseRef, Kind
from vardlots.clinics.hours import on_call_at, open_at
from vardlots.clinics.model import Unit
from vardlots.clinics.queries import on_shift, unit
from vardlots.platform.db import Connection

# The promised job should have reminded long before the sweep looks.
OVERDUE = timedelta(seconds=60)

_ASKED = """
SELECT e.n, e.at, e.author_id, e.author_name, e.body,
  (SELECT max(r.at) FROM entry r WHERE r.provider_id = $1 AND r.case_id = $2 AND r.n >= $3 AND r.kind = ANY ($4)) AS
    last_at,
  (SELECT count(*) FROM entry r WHERE r.provider_id = $1 AND r.case_id = $2 AND r.n > $3 AND r.kind = $5) AS times
FROM entry e WHERE e.provider_id = $1 AND e.case_id = $2 AND e.n = $3
"""
_ASKING = [Kind.HANDED_OVER.value, Kind.HANDOVER_REMINDED.value]


async def asked(connection: Connection, case: Case) -> Asked | None:
    """The request that waits for an answer; None where there is none."""
    if case.handover_n is None:
        return None
    row = await connection.fetchrow(_ASKED, *case.ref, case.handover_n, _ASKING, Kind.HANDOVER_REMINDED.value)
    body = row["body"]
    return Asked(
        n=row["n"],
        at=row["at"],
        by_staff_id=row["author_id"],
        by_name=row["author_name"],
        role=body["role"],
        who=body["who"],
        priority=body["priority"],
        before=body["from"],
        why=body["reason"],
        message=body["message"],
        last_at=row["last_at"],
        times=row["times"],
    )


async def declined(connection: Connection, case: Case) -> Answered | None:
    """Who declined the last request and why, until it is asked anew or the visit has another owner."""
    if case.handover_n is not None:
        return None
    row = await connection.fetchrow(
        "SELECT kind, author_name, at, body FROM entry WHERE provider_id = $1 AND case_id = $2 AND kind = ANY ($3) "
        "ORDER BY n DESC LIMIT 1",
        *case.ref,
        [
            kind.value
            for kind in (
                *(Kind.HANDED_OVER, Kind.HANDOVER_DECLINED, Kind.HANDOVER_WITHDRAWN, Kind.HANDOVER_ACCEPTED),
                *(Kind.TAKEN_OVER, Kind.RELEASED, Kind.GIVEN_BACK, Kind.ACCEPTED, Kind.ASSIGNED, Kind.ENDED),
            )
        ],
    )
    if row is None or row["kind"] != Kind.HANDOVER_DECLINED:
        return None
    return Answered(row["author_name"], row["at"], row["body"]["reason"])


async def is_someone_there(connection: Connection, case: Case, place: Unit, now: datetime) -> bool:
    """Whether a reminder reaches anybody: the unit is open or on call, or somebody who is asked is on shift."""
    if open_at(place, now) or on_call_at(place, now):
        return True
    return any(
        one.staff_id == case.handover_staff_id
        or (case.handover_staff_id is None and (one.unit_id, one.role) == (case.unit_id, case.handover_role))
        for one in await on_shift(connection, case.provider_id)
    )


class Waiting(msgspec.Struct, frozen=True):
    """A request that should have been reminded of: the case, and the row that asks."""

    ref: CaseRef
    n: int


async def overdue(
    connection: Connection, provider_id: int, rules: HandoverRules, now: datetime
) -> list[Waiting]:
    """The open requests of a provider whose reminder has not come at its time."""
    rows = await connection.fetch(
        "SELECT c.case_id, c.handover_n, c.priority, (SELECT max(e.at) FROM entry e WHERE e.provider_id = $1 "
        "AND e.case_id = c.case_id AND e.n >= c.handover_n AND e.kind = ANY ($2)) AS last_at "
        "FROM care_case c WHERE c.provider_id = $1 AND c.handover_n IS NOT NULL ORDER BY c.case_id",
        provider_id,
        _ASKING,
    )
    return [
        Waiting(CaseRef(provider_id, row["case_id"]), row["handover_n"])
        for row in rows
        if row["last_at"] + rules.remind_after(row["priority"]) + OVERDUE < now
    ]


async def place_of(connection: Connection, case: Case) -> Unit:
    """The unit of the case. Raises AssertionError: a case has one."""
    found = await unit(connection, case.unit_id)
    assert found is not None
    return found
