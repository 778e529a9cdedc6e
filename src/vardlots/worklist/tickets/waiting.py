"""How many tickets wait to be acknowledged, for the menu and the start page."""

from vardlots.access.actor import StaffActor
from vardlots.platform.db import Connection
from vardlots.tickets.queries import count_to_acknowledge
from vardlots.worklist.filters import Filter


async def waiting(connection: Connection, by: StaffActor, chosen: Filter) -> int:
    """How many wait under the filter of the page's top."""
    return await count_to_acknowledge(connection, by=by, unit_ids=chosen.units(by), role=chosen.role or None)
