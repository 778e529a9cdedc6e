"""Reads of shifts that the directory's own do not hold."""

from vardlots.clinics.model import Shift
from vardlots.platform.db import Connection


async def closed_by_system(connection: Connection, staff_id: int) -> Shift | None:
    """The newest shift of a member of staff, when the system closed it and they have not said how it was."""
    row = await connection.fetchrow(
        "SELECT provider_id, shift_id, staff_id, unit_id, role, shift_type, load_balancer, started_at, ended_at "
        "FROM (SELECT * FROM shift WHERE staff_id = $1 ORDER BY started_at DESC LIMIT 1) newest "
        "WHERE ended_by = 'system' AND satisfied IS NULL AND comment IS NULL",
        staff_id,
    )
    return Shift(**row) if row else None
