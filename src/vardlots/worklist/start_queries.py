"""What the start page tells beside the lists: times of today, who is on shift, the newest messages."""

from datetime import timedelta
from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.worklist.filters import Filter


async def median_wait(connection: Connection, *, by: StaffActor, chosen: Filter) -> int | None:
    """Median minutes from arrival to acceptance of what was accepted today; None when nothing was."""
    start = clock.local(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    found = await connection.fetchval(
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM accepted_at - arrived_at)) / 60 "
        "FROM care_case WHERE provider_id = $1 AND unit_id = ANY ($2::int[]) AND accepted_at IS NOT NULL "
        "AND booked_from IS NULL AND accepted_at >= $3 AND accepted_at < $4 AND ($5 = '' OR role = $5)",
        by.provider_id,
        chosen.units(by),
        start,
        start + timedelta(days=1),
        chosen.role,
    )
    return None if found is None else round(found)


async def on_shift(connection: Connection, *, by: StaffActor, chosen: Filter) -> list[dict[str, Any]]:
    """Who has an open shift at the units shown, whatever their role, the latest first."""
    rows = await connection.fetch(
        "SELECT h.staff_id, s.given_name, s.family_name, s.picture, h.started_at "
        "FROM shift h JOIN staff s USING (staff_id) "
        "WHERE h.provider_id = $1 AND h.unit_id = ANY ($2::int[]) AND h.ended_at IS NULL ORDER BY h.started_at DESC",
        by.provider_id,
        chosen.units(by),
    )
    return [
        {
            "initials": f"{row['given_name'][:1]}{row['family_name'][:1]}",
            "tint": 1 + row["staff_id"] % 4,
            "name": f"{row['given_name']} {row['family_name']}",
            "picture": str(row["picture"] or ""),
        }
        for row in rows
    ]
