"""Reads of drop-in tickets, within the scope of the connection."""

from vardlots.cases.model import CASE_COLUMNS, Case, case_from
from vardlots.cases.policy import is_over
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.tickets.model import Ticket


async def sent_from(connection: Connection, found: Ticket) -> Case | None:
    """The visit or chat that the ticket was sent from; None where the scope does not see it."""
    row = await connection.fetchrow(
        f"SELECT {CASE_COLUMNS} FROM care_case WHERE provider_id = $1 AND case_id = $2",
        found.provider_id,
        found.from_case_id,
    )
    return case_from(row) if row else None


async def has_ended(connection: Connection, found: Ticket) -> bool:
    """Whether what the ticket was sent from is over: until then it waits. The scope sees the visit."""
    case = await sent_from(connection, found)
    return case is not None and is_over(case, clock.now())
