"""Reads for a patient who does not answer."""

from datetime import datetime

from vardlots.cases.model import ENTRY_COLUMNS, CaseRef, Entry, Kind, entry_from
from vardlots.cases.states import PATIENT_SPEAKS
from vardlots.platform.db import Connection

_TELLING = sorted(
    kind.value for kind in PATIENT_SPEAKS | {Kind.MESSAGE, Kind.CHASED, Kind.CALLED, Kind.CHASE_STOPPED}
)


async def spoken_rows(connection: Connection, ref: CaseRef) -> list[Entry]:
    """The rows that tell who has heard from whom, oldest first. The case has been read in this transaction."""
    rows = await connection.fetch(
        f"SELECT {ENTRY_COLUMNS} FROM entry WHERE provider_id = $1 AND case_id = $2 AND kind = ANY ($3::text[]) "
        "ORDER BY n",
        *ref,
        _TELLING,
    )
    return [entry_from(row) for row in rows]


async def left_behind(
    connection: Connection, provider_id: int, before: datetime, limit: int
) -> list[CaseRef]:
    """Cases whose next step was due before a moment: the job that should have taken it was lost."""
    rows = await connection.fetch(
        "SELECT provider_id, case_id FROM care_case WHERE provider_id = $1 AND chase_at < $2 "
        "AND paused_until IS NULL ORDER BY chase_at LIMIT $3",
        provider_id,
        before,
        limit,
    )
    return [CaseRef(*row) for row in rows]
