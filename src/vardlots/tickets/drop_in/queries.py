"""Reads of drop-in tickets, within the scope of the connection."""

from vardlots.cases.model import Phase
from vardlots.platform.db import Connection
from vardlots.tickets.model import Ticket
from vardlots.tickets.staff.policy import ENDED


async def has_ended(connection: Connection, found: Ticket) -> bool:
    """Whether the visit that the ticket was sent from is over: until then it waits. The scope sees the visit."""
    phase = await connection.fetchval(
        "SELECT phase FROM care_case WHERE provider_id = $1 AND case_id = $2",
        found.provider_id,
        found.from_case_id,
    )
    return phase is not None and Phase(phase) in ENDED
