"""Reads of the directory. It names no patient, so any scope may read it."""

from vardlots.clinics.model import Assignment, Shift, Unit
from vardlots.platform import clock
from vardlots.platform.db import Connection

_UNIT = """
SELECT u.provider_id, u.unit_id, u.name, u.kind, u.phone, u.address, u.opening, u.takes_drop_in,
       u.reports_emergencies, u.welcome, p.name AS provider_name, p.scheme
FROM unit u JOIN provider p USING (provider_id)
"""


async def unit(connection: Connection, unit_id: int) -> Unit | None:
    """One unit, or None."""
    row = await connection.fetchrow(f"{_UNIT} WHERE u.unit_id = $1", unit_id)
    return Unit(**row) if row else None


async def drop_in_units(connection: Connection) -> list[Unit]:
    """The units where a patient may seek care, by provider and name."""
    rows = await connection.fetch(f"{_UNIT} WHERE u.takes_drop_in ORDER BY p.provider_id, u.name")
    return [Unit(**row) for row in rows]


async def units_of(connection: Connection, provider_id: int) -> list[Unit]:
    """A provider's units by name."""
    rows = await connection.fetch(f"{_UNIT} WHERE u.provider_id = $1 ORDER BY u.name", provider_id)
    return [Unit(**row) for row in rows]


async def assignments_of(connection: Connection, staff_id: int) -> list[Assignment]:
    """The assignments that are valid today, in a fixed order."""
    rows = await connection.fetch(
        """
        SELECT a.provider_id, a.assignment_id, a.staff_id, a.unit_id, u.name AS unit_name,
               p.name AS provider_name, a.role
        FROM assignment a JOIN unit u USING (provider_id, unit_id) JOIN provider p USING (provider_id)
        WHERE a.staff_id = $1 AND a.valid_from <= $2 AND (a.valid_to IS NULL OR a.valid_to >= $2)
        ORDER BY p.name, u.name, a.role""",
        staff_id,
        clock.today(),
    )
    return [Assignment(**row) for row in rows]


async def open_shift(connection: Connection, staff_id: int) -> Shift | None:
    """The staff member's shift that has not ended, or None. There is at most one."""
    row = await connection.fetchrow(
        "SELECT provider_id, shift_id, staff_id, unit_id, role, shift_type, load_balancer, started_at, ended_at "
        "FROM shift WHERE staff_id = $1 AND ended_at IS NULL",
        staff_id,
    )
    return Shift(**row) if row else None
