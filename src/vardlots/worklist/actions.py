"""What staff change about their own desk."""

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.platform.db import Database
from vardlots.worklist.filters import Filter


async def remember_filter(database: Database, *, by: StaffActor, chosen: Filter) -> None:
    """Keep the filter for the next time the person comes back, on this computer or another."""
    async with database.transaction(by.scope) as connection:
        await connection.execute(
            "UPDATE staff SET preferences = preferences || $2 WHERE staff_id = $1",
            by.staff_id,
            {"filter": msgspec.to_builtins(chosen)},
        )
