"""Reads of the interviews of a case: the one that it came by, and those that were asked anew."""

from typing import Any

from vardlots.cases.model import Case
from vardlots.platform.db import Connection
from vardlots.triage.configured import practice_of, protocol_of
from vardlots.triage.model import Protocol
from vardlots.triage.queries import KEPT, Kept, whole


async def protocol_anew(connection: Connection, case: Case) -> Protocol | None:
    """The questions to ask anew about a case: the complaint's protocol that is in force, or, where the complaint is no
    longer offered, the one that was asked. None where nothing was asked about, and for an administrative errand."""
    practice = await practice_of(connection, case.provider_id)
    try:
        found: Protocol | None = practice.protocol_for(case.reason, case.unit_id)
    except LookupError:
        row: Any = await connection.fetchrow(
            "SELECT protocol, version FROM interview WHERE provider_id = $1 AND interview_id = $2",
            case.provider_id,
            case.interview_id,
        )
        found = row and await protocol_of(
            connection, case.provider_id, practice, row["protocol"], row["version"]
        )
    return found if found is not None and found.kind == "complaint" else None


async def interviews_of_case(connection: Connection, case: Case) -> list[Kept]:
    """Every interview that has reached the case, the newest first; the last of them is the one that it came by.

    The case must have been read through its own check in the same transaction.
    """
    rows = await connection.fetch(
        f"{KEPT} WHERE i.provider_id = $1 AND (i.interview_id = $3 OR (i.for_case_id = $2 AND i.stage = 'done')) "
        "ORDER BY i.for_case_id IS NULL, i.changed_at DESC, i.interview_id DESC",
        *case.ref,
        case.interview_id,
    )
    return [await whole(connection, row) for row in rows]


async def is_begun(connection: Connection, case: Case) -> bool:
    """Whether questions asked anew are open."""
    return bool(
        await connection.fetchval(
            "SELECT 1 FROM interview WHERE provider_id = $1 AND for_case_id = $2 "
            "AND stage IN ('questions', 'result', 'post')",
            *case.ref,
        )
    )
