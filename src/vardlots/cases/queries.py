"""Reads of cases and their timelines. Every function starts from an actor's scope."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from vardlots.access.actor import Actor, StaffActor
from vardlots.blocks.queries import blocked
from vardlots.cases import policy
from vardlots.cases.model import CASE_COLUMNS, ENTRY_COLUMNS, Case, CaseRef, Entry, case_from, entry_from
from vardlots.cases.policy import AT_HOME, Standing
from vardlots.people.queries import same_persons
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound

_STANDING = f"""
SELECT {blocked("c", "$3::bigint", "$4::timestamptz")} AS blocked,
  (SELECT o.reason FROM case_opening o WHERE o.provider_id = c.provider_id AND o.case_id = c.case_id
     AND o.staff_id = $3 AND o.until > $4 ORDER BY o.until DESC LIMIT 1) AS why
FROM care_case c WHERE c.provider_id = $1 AND c.case_id = $2"""


async def standing(connection: Connection, *, by: Actor, case: Case) -> Standing:
    """What the database knows of the actor before the case. Asked only about cases outside an actor's own units, so
    that the way to one's own stays one statement."""
    if not isinstance(by, StaffActor) or case.provider_id != by.provider_id or by.at_home(case.unit_id):
        return AT_HOME
    row = await connection.fetchrow(_STANDING, *case.ref, by.staff_id, clock.now())
    if row is None:
        return policy.UNKNOWN
    return Standing(opened=row["why"] is not None, blocked=row["blocked"], why=row["why"] or "")


async def case_at_the_door(connection: Connection, *, by: Actor, ref: CaseRef) -> tuple[Case, Standing]:
    """The case and the actor's standing, whether they may read it or not: for whoever then decides what to tell.

    Raises NotFound.
    """
    row = await connection.fetchrow(
        f"SELECT {CASE_COLUMNS} FROM care_case WHERE provider_id = $1 AND case_id = $2", *ref
    )
    if row is None:
        raise NotFound()
    case = case_from(row)
    return case, await standing(connection, by=by, case=case)


async def readable_case(connection: Connection, *, by: Actor, ref: CaseRef) -> Case:
    """The case, if the actor may read it. Raises NotFound or Forbidden."""
    case, stands = await case_at_the_door(connection, by=by, ref=ref)
    if refusal := policy.may_read(by, case, stands):
        raise refusal
    return case


async def active_case(
    connection: Connection, *, provider_id: int, unit_id: int, person_ids: Sequence[int], reason: str
) -> CaseRef | None:
    """The active case of a reason at a unit that a person has under any of their ids, within the connection's scope."""
    case_id = await connection.fetchval(
        "SELECT case_id FROM care_case WHERE provider_id = $1 AND unit_id = $2 AND person_id = ANY ($3::bigint[]) "
        "AND reason = $4 AND phase IN ('queued', 'accepted', 'ongoing')",
        provider_id,
        unit_id,
        list(person_ids),
        reason,
    )
    return CaseRef(provider_id, case_id) if case_id else None


class Sought(Protocol):
    """What may become a case, as an interview or a ticket: what makes it the same as another."""

    @property
    def provider_id(self) -> int: ...
    @property
    def unit_id(self) -> int: ...
    @property
    def person_id(self) -> int: ...
    @property
    def reason(self) -> str: ...


async def same_case(connection: Connection, sought: Sought) -> CaseRef | None:
    """The active case of the same reason that the person has at the unit, under any of their ids."""
    return await active_case(
        connection,
        provider_id=sought.provider_id,
        unit_id=sought.unit_id,
        person_ids=await same_persons(connection, [sought.person_id]),
        reason=sought.reason,
    )


async def next_door_closes(connection: Connection, *, by: StaffActor) -> datetime | None:
    """When the first of the actor's openings and lifts ends that holds now; None when none does."""
    found: datetime | None = await connection.fetchval(
        """
        SELECT min(until) FROM (
          SELECT until FROM case_opening WHERE provider_id = $1 AND staff_id = $2 AND until > $3
          UNION ALL
          SELECT until FROM block_lift WHERE provider_id = $1 AND staff_id = $2 AND until > $3) held
        """,
        by.provider_id,
        by.staff_id,
        clock.now(),
    )
    return found


async def timeline(
    connection: Connection, ref: CaseRef, *, after: int = 0, limit: int = 500, internal: bool = False
) -> list[Entry]:
    """The timeline's rows after a number, oldest first; row-level security leaves out what is not for the reader.

    The colleagues' own talk (`internal`) is asked for by itself and never stands among the other rows. The case must
    have been read through `readable_case` in the same transaction.
    """
    rows = await connection.fetch(
        f"SELECT {ENTRY_COLUMNS} FROM entry WHERE provider_id = $1 AND case_id = $2 AND n > $3 "
        "AND (audience = 'internal') = $5 ORDER BY n LIMIT $4",
        *ref,
        after,
        limit,
        internal,
    )
    return [entry_from(row) for row in rows]


async def last_row(connection: Connection, ref: CaseRef) -> int:
    """The number of the last row that the scope may read; 0 for none."""
    return int(
        await connection.fetchval(
            "SELECT coalesce(max(n), 0) FROM entry WHERE provider_id = $1 AND case_id = $2", *ref
        )
    )


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a case, as stored."""

    provider_id: int
    attachment_id: str
    person_id: int
    interview_id: int | None
    case_id: int | None
    author_kind: str
    author_id: int
    name: str
    media_type: str
    size_bytes: int
    width: int | None
    height: int | None
    storage_key: str
    thumb_key: str | None
