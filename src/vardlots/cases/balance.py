"""The load balancer (*Lastbalanserare*, requirement A5): the next case goes to whoever on shift has fewest.

It gives only to those who have switched it on for their shift, in the case's own role and unit, and to nobody more at
once than the provider has set. Of those with equally few, whoever has waited longest for one is next. A case that
somebody has put back is never given to them again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from vardlots.access.actor import SystemActor
from vardlots.cases.model import CaseRef, Phase, Verb
from vardlots.cases.turn import House, Turn, turn
from vardlots.clinics.queries import patients_title
from vardlots.platform import jobs
from vardlots.platform.db import Connection
from vardlots.platform.errors import WrongState

# How many a person gets before they have ended one [assumed]; `load_balancer_most` of the provider's settings rules.
MOST_AT_ONCE = 3
# One run gives no more than this; whatever is left has been promised anew.
MOST_GIVEN = 100


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on shift with the load balancer on. `has` counts their accepted and ongoing cases anywhere."""

    staff_id: int
    name: str
    title: str
    has: int
    last_given: datetime | None
    shift_began: datetime


def next_in_line(candidates: Sequence[Candidate], most: int) -> Candidate | None:
    """Who gets the next case: the fewest, then whoever got their last one longest ago (never before anyone)."""
    free = [one for one in candidates if one.has < most]
    if not free:
        return None
    return min(free, key=lambda one: (one.has, one.last_given or one.shift_began, one.staff_id))


async def give_waiting(house: House, *, by: SystemActor, unit_id: int, role: str) -> int:
    """Give what waits in one unit's queue for one role, in the queue's order. Returns how many were given.

    May run twice and side by side: each case is given in its own turn, under a lock that the queue has for this.
    """
    given, passed = 0, 0
    while given < MOST_GIVEN:
        ref = await _next_waiting(house, by, unit_id, role, passed)
        if ref is None:
            return given
        try:
            if await _give(house, by=by, ref=ref, unit_id=unit_id, role=role):
                given += 1
            else:
                # Nobody may have this one; somebody may still have the next.
                passed += 1
        except WrongState:
            continue  # Taken by hand a moment ago.
    return given


async def _give(house: House, *, by: SystemActor, ref: CaseRef, unit_id: int, role: str) -> bool:
    async with turn(house, by=by, ref=ref, verb=Verb.ASSIGN) as now_at:
        chosen = await _choose(now_at, unit_id, role)
        if chosen is None:
            return False
        title = await patients_title(
            now_at.connection, now_at.case.provider_id, chosen.staff_id, chosen.title
        )
        n = await now_at.record(
            {"staff_id": chosen.staff_id, "who": chosen.name, "title": title},
            phase=Phase.ACCEPTED,
            owner_staff_id=chosen.staff_id,
            accepted_at=now_at.now,
            staff_last_n=now_at.case.last_n + 1,
        )
        await jobs.enqueue(now_at.connection, "notifications.case_accepted", {"ref": str(ref), "n": n})
        return True


async def _choose(now_at: Turn, unit_id: int, role: str) -> Candidate | None:
    connection, provider_id = now_at.connection, now_at.case.provider_id
    # Two runs for one queue count one after the other, or both would give to the same person.
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"balance:{unit_id}:{role}"
    )
    rows: list[Any] = await connection.fetch(
        """
        SELECT s.staff_id, s.given_name || ' ' || s.family_name AS name, s.title, h.started_at AS shift_began,
          (SELECT count(*) FROM care_case c WHERE c.provider_id = $1 AND c.owner_staff_id = s.staff_id
             AND c.phase IN ('accepted', 'ongoing'))::int AS has,
          (SELECT max(c.accepted_at) FROM care_case c WHERE c.provider_id = $1 AND c.unit_id = $2
             AND c.owner_staff_id = s.staff_id AND c.accepted_at >= h.started_at) AS last_given
        FROM shift h JOIN staff s USING (staff_id)
        WHERE h.provider_id = $1 AND h.unit_id = $2 AND h.role = $3 AND h.ended_at IS NULL AND h.load_balancer
          AND NOT EXISTS (SELECT FROM entry e WHERE e.provider_id = $1 AND e.case_id = $4 AND e.kind = 'released'
                          AND e.author_kind = 'staff' AND e.author_id = h.staff_id)
        ORDER BY h.shift_id FOR SHARE OF h
        """,
        provider_id,
        unit_id,
        role,
        now_at.case.case_id,
    )
    return next_in_line([Candidate(**row) for row in rows], await _most_at_once(connection, provider_id))


async def _most_at_once(connection: Connection, provider_id: int) -> int:
    found = await connection.fetchval(
        "SELECT settings -> 'load_balancer_most' FROM provider WHERE provider_id = $1", provider_id
    )
    return found if isinstance(found, int) and found > 0 else MOST_AT_ONCE


async def _next_waiting(
    house: House, by: SystemActor, unit_id: int, role: str, passed: int
) -> CaseRef | None:
    async with house.database.transaction(by.scope) as connection:
        case_id = await connection.fetchval(
            "SELECT case_id FROM care_case WHERE provider_id = $1 AND unit_id = $2 AND role = $3 AND phase = 'queued' "
            "ORDER BY priority, arrived_at, case_id OFFSET $4 LIMIT 1",
            by.provider_id,
            unit_id,
            role,
            passed,
        )
    return None if case_id is None else CaseRef(by.provider_id, case_id)


async def queues_to_balance(connection: Connection, provider_id: int) -> list[dict[str, Any]]:
    """The queues (unit and role) where somebody waits and the load balancer is on for somebody."""
    rows = await connection.fetch(
        "SELECT DISTINCT h.unit_id, h.role FROM shift h WHERE h.provider_id = $1 AND h.ended_at IS NULL "
        "AND h.load_balancer AND EXISTS (SELECT FROM care_case c WHERE c.provider_id = $1 AND c.unit_id = h.unit_id "
        "AND c.role = h.role AND c.phase = 'queued')",
        provider_id,
    )
    return [dict(row) for row in rows]
