"""Reads for the end of a visit and the time after it."""

from datetime import datetime

from vardlots.cases.model import ENTRY_COLUMNS, Case, CaseRef, Entry, entry_from
from vardlots.people.queries import person
from vardlots.platform.db import Connection


async def ended_row(connection: Connection, ref: CaseRef) -> Entry | None:
    """The row in which the visit ended last; None where none has been."""
    row = await connection.fetchrow(
        f"SELECT {ENTRY_COLUMNS} FROM entry WHERE provider_id = $1 AND case_id = $2 AND kind = 'ended' "
        "ORDER BY n DESC LIMIT 1",
        *ref,
    )
    return entry_from(row) if row else None


async def reader_of(connection: Connection, case: Case) -> tuple[str, str]:
    """The given name and language of whoever sought care, who reads what is written in the case."""
    found = await person(connection, case.actor_person_id)
    assert found is not None  # a foreign key of the case
    return found.given_name, found.language


async def not_asked(
    connection: Connection, provider_id: int, *, after: datetime, before: datetime, limit: int
) -> list[CaseRef]:
    """Cases that ended between two moments whose patients were to be asked how it goes, have not written, and have not
    been asked: the job was lost."""
    rows = await connection.fetch(
        """
        SELECT c.provider_id, c.case_id FROM care_case c JOIN entry e USING (provider_id, case_id)
        WHERE c.provider_id = $1 AND c.phase = 'follow_up' AND c.ended_at >= $2 AND c.ended_at < $3
          AND e.kind = 'ended' AND e.body ? 'check_in' AND c.patient_last_n <= e.n
          AND NOT EXISTS (SELECT FROM entry a WHERE a.provider_id = c.provider_id AND a.case_id = c.case_id
                          AND a.n > e.n AND a.body ? 'check_in')
        ORDER BY c.ended_at LIMIT $4""",
        provider_id,
        after,
        before,
        limit,
    )
    return [CaseRef(*row) for row in rows]
