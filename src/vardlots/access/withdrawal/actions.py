"""A commission has been withdrawn: nobody is signed in or on shift by it any longer, in any browser or process."""

from vardlots.access.actor import SystemActor
from vardlots.clinics.changes.actions import Withdrawn
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.live import Signal


async def end_what_was_withdrawn(
    connection: Connection, *, by: SystemActor, withdrawn: Withdrawn
) -> list[Signal]:
    """End the sessions and the shift that rest on the commission. Returns what to publish after the commit.

    Sessions of the same person in another commission stay, but are looked up anew: their reach may be less now.
    """
    now = clock.now()
    ended = await connection.fetchval(
        "UPDATE shift SET ended_at = $4, ended_by = 'system' WHERE staff_id = $1 AND provider_id = $2 AND unit_id = $3 "
        "AND role = $5 AND ended_at IS NULL RETURNING unit_id",
        withdrawn.staff_id,
        by.provider_id,
        withdrawn.unit_id,
        now,
        withdrawn.role,
    )
    await connection.execute(
        "UPDATE session SET ended_at = $2, ended_why = 'withdrawn' WHERE staff_id = $1 AND assignment_id = $3 "
        "AND ended_at IS NULL",
        withdrawn.staff_id,
        now,
        withdrawn.assignment_id,
    )
    rows = await connection.fetch(
        "SELECT session_id FROM session WHERE staff_id = $1 AND (ended_at IS NULL OR ended_at = $2)",
        withdrawn.staff_id,
        now,
    )
    told = [Signal(f"session:{row['session_id']}") for row in rows]
    if ended is not None:
        told += [Signal(f"staff:{withdrawn.staff_id}"), Signal(f"shifts:{by.provider_id}")]
    return told
