"""A commission has been withdrawn or has run out: nobody is signed in or on shift by it any longer, in any browser or
process."""

import structlog

from vardlots.access.actor import SystemActor
from vardlots.clinics.changes.actions import Withdrawn
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Connection, Database
from vardlots.platform.live import Hub, Signal

log = structlog.get_logger()


async def end_what_was_withdrawn(
    connection: Connection, *, by: SystemActor, withdrawn: Withdrawn
) -> list[Signal]:
    """End the sessions and the shift that rest on the commission. Returns what to publish after the commit.

    In the transaction that withdraws it, after its row is written: a shift that begins at the same moment waits for
    that row (`access.actions.start_shift`), and is either ended here or never begun. `Hub.publish` of the signals
    then cuts the streams and lets every process forget whom it kept. Sessions of the same person in another
    commission stay, but are looked up anew: their reach may be less now.
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


async def end_what_has_run_out(database: Database, *, hub: Hub, by: str) -> int:
    """End the sessions and shifts of commissions whose last day is over. Returns how many.

    Nobody gets in by one after midnight anyway (`sessions.staff_actor`); this cuts the streams, and takes whoever
    has gone home out of those who are at work and are texted.
    """
    now, today = clock.now(), clock.today()
    valid = "a.valid_from <= $2 AND (a.valid_to IS NULL OR a.valid_to >= $2)"
    async with database.transaction(NOBODY) as connection:
        shifts = await connection.fetch(
            "UPDATE shift h SET ended_at = $1, ended_by = 'system' WHERE h.ended_at IS NULL AND NOT EXISTS "
            "(SELECT FROM assignment a WHERE a.staff_id = h.staff_id AND a.provider_id = h.provider_id "
            f"AND a.unit_id = h.unit_id AND a.role = h.role AND {valid}) RETURNING h.staff_id, h.provider_id",
            now,
            today,
        )
        sessions = await connection.fetch(
            "UPDATE session s SET ended_at = $1, ended_why = 'ran_out' WHERE s.staff_id IS NOT NULL "
            "AND s.ended_at IS NULL AND s.expires_at > $1 AND NOT EXISTS (SELECT FROM assignment a "
            f"WHERE a.staff_id = s.staff_id AND a.assignment_id = s.assignment_id AND {valid}) RETURNING s.session_id",
            now,
            today,
        )
    told = [Signal(f"session:{row['session_id']}") for row in sessions]
    for row in shifts:
        told += [Signal(f"staff:{row['staff_id']}"), Signal(f"shifts:{row['provider_id']}")]
    hub.publish(told)
    if told:
        log.info("commissions_ran_out", by=by, sessions=len(sessions), shifts=len(shifts))
    return len(sessions) + len(shifts)
