"""Reads for texts about tickets."""

from datetime import datetime, timedelta

from vardlots.families.acting import acting_for
from vardlots.notifications.model import NoticeKind, NoticeState
from vardlots.people.queries import Person, person
from vardlots.platform.db import Connection
from vardlots.tickets.model import TICKET_COLUMNS, Ticket, TicketRef, ticket_from

MOST = 500


async def ticket(connection: Connection, ref: TicketRef) -> Ticket | None:
    """The ticket in its sender's scope, or None."""
    row = await connection.fetchrow(
        f"SELECT {TICKET_COLUMNS} FROM ticket WHERE provider_id = $1 AND ticket_id = $2", *ref
    )
    return ticket_from(row) if row else None


async def persons_of(connection: Connection, found: Ticket) -> tuple[Person | None, Person | None]:
    """The one whom the ticket is for, and the one who reads it; None for the latter: nobody can read here."""
    patient = await person(connection, found.person_id)
    reader_id = await acting_for(connection, provider_id=found.provider_id, person_id=found.person_id)
    return patient, await person(connection, reader_id) if reader_id is not None else None


async def notice(
    connection: Connection, ref: TicketRef, kind: NoticeKind
) -> tuple[int, NoticeState, datetime | None] | None:
    """The number of the text of a kind about a ticket, how far it has come, and until when it waits."""
    row = await connection.fetchrow(
        "SELECT notice_id, state, due_at FROM notice WHERE provider_id = $1 AND ticket_id = $2 AND kind = $3",
        *ref,
        kind.value,
    )
    return (row["notice_id"], NoticeState(row["state"]), row["due_at"]) if row else None


async def running_out(connection: Connection, provider_id: int, now: datetime, days: int) -> list[Ticket]:
    """The tickets that nobody has used, run out within some days, and have not been reminded of."""
    rows = await connection.fetch(
        f"""
        SELECT {TICKET_COLUMNS} FROM ticket t
        WHERE provider_id = $1 AND state IN ('issued', 'opened') AND valid_until > $2 AND valid_until <= $3
          AND NOT EXISTS (SELECT FROM notice o WHERE o.provider_id = t.provider_id AND o.ticket_id = t.ticket_id
            AND o.kind = $4)
        ORDER BY valid_until LIMIT {MOST}""",
        provider_id,
        now,
        now + timedelta(days=days),
        NoticeKind.TICKET_RUNS_OUT.value,
    )
    return [ticket_from(row) for row in rows]


async def left_waiting(
    connection: Connection, provider_id: int, before: datetime
) -> list[tuple[NoticeKind, TicketRef]]:
    """The texts, by kind and ticket, that should have been looked at before a moment, when the night was over."""
    rows = await connection.fetch(
        f"SELECT kind, ticket_id FROM notice WHERE provider_id = $1 AND ticket_id IS NOT NULL AND state = 'queued' "
        f"AND due_at < $2 ORDER BY notice_id LIMIT {MOST}",
        provider_id,
        before,
    )
    return [(NoticeKind(row["kind"]), TicketRef(provider_id, row["ticket_id"])) for row in rows]
