"""Reads of tickets, within the scope of the connection."""

from collections.abc import Sequence
from typing import Any

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.blocks.queries import blocked
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound
from vardlots.tickets import policy
from vardlots.tickets.model import TICKET_COLUMNS, Ticket, TicketRef, ticket_from

MOST = 100
_WAITING = "t.state IN ('issued', 'opened') AND (t.valid_until IS NULL OR t.valid_until > {now})"
_TICKET = f"SELECT {', '.join(f't.{column.strip()}' for column in TICKET_COLUMNS.split(','))} FROM ticket t"


async def own_ticket(connection: Connection, *, by: PatientActor, ref: TicketRef) -> Ticket:
    """A ticket of the actor's own or a child's. Raises NotFound."""
    row = await connection.fetchrow(f"{_TICKET} WHERE t.provider_id = $1 AND t.ticket_id = $2", *ref)
    if row is None:
        raise NotFound()
    found = ticket_from(row)
    if refusal := policy.may_read(by, found):
        raise refusal
    return found


async def tickets_of(connection: Connection, person_ids: Sequence[int]) -> list[Ticket]:
    """The persons' tickets: those that can be used first, the one that runs out first at the top; then the newest."""
    rows = await connection.fetch(
        f"{_TICKET} WHERE t.person_id = ANY ($1::bigint[]) "
        f"ORDER BY ({_WAITING.format(now='$2')}) DESC, "
        f"CASE WHEN {_WAITING.format(now='$2')} THEN t.valid_until END, t.issued_at DESC, t.ticket_id DESC LIMIT $3",
        list(person_ids),
        clock.now(),
        MOST,
    )
    return [ticket_from(row) for row in rows]


async def waiting_for(
    connection: Connection, *, provider_id: int, unit_id: int, person_ids: Sequence[int], reason: str
) -> Ticket | None:
    """The ticket of a reason at a unit that a person has under any of their ids and has not used yet."""
    row = await connection.fetchrow(
        f"{_TICKET} WHERE t.provider_id = $1 AND t.unit_id = $2 AND t.person_id = ANY ($3::bigint[]) "
        f"AND t.reason = $4 AND {_WAITING.format(now='$5')} ORDER BY t.priority LIMIT 1",
        provider_id,
        unit_id,
        list(person_ids),
        reason,
        clock.now(),
    )
    return ticket_from(row) if row else None


async def tickets_for_staff(
    connection: Connection, *, by: StaffActor, person_ids: Sequence[int]
) -> list[Ticket]:
    """A patient's tickets at the actor's provider, the newest first; not those of a unit that is blocked for them."""
    at_home = sorted(by.home_unit_ids or by.unit_ids)
    rows = await connection.fetch(
        f"{_TICKET} WHERE t.provider_id = $1 AND t.person_id = ANY ($2::bigint[]) "
        f"AND (t.unit_id = ANY ($3::int[]) OR NOT {blocked('t', '$4::bigint', '$5::timestamptz')}) "
        "ORDER BY t.issued_at DESC, t.ticket_id DESC LIMIT $6",
        by.provider_id,
        list(person_ids),
        at_home,
        by.staff_id,
        clock.now(),
        MOST,
    )
    return [ticket_from(row) for row in rows]


async def history_of(connection: Connection, ref: TicketRef) -> dict[str, Any]:
    """What staff read of how a ticket came to be; empty where the scope does not see it."""
    found: dict[str, Any] | None = await connection.fetchval(
        "SELECT history FROM ticket_history WHERE provider_id = $1 AND ticket_id = $2", *ref
    )
    return found or {}
