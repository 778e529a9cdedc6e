"""Reads of the forms of tickets, within the scope of the connection. The reader has been let into the ticket."""

from typing import Any

import msgspec

from vardlots.forms.model import Form
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound
from vardlots.tickets.forms.model import TicketForm
from vardlots.tickets.model import TicketRef

_WHOLE = (
    "SELECT provider_id, ticket_id, place, person_id, kind, form, known, opened_at, answers, rev, done, total, "
    "changed_at, answered_at FROM ticket_form"
)


async def forms_of(connection: Connection, ref: TicketRef) -> list[TicketForm]:
    """Every form of a ticket, in their order."""
    rows = await connection.fetch(f"{_WHOLE} WHERE provider_id = $1 AND ticket_id = $2 ORDER BY place", *ref)
    return [_form(row) for row in rows]


async def form_of(connection: Connection, ref: TicketRef, place: int, *, lock: bool = False) -> TicketForm:
    """One form of a ticket; with `lock` held until the transaction ends. Raises NotFound."""
    row = await connection.fetchrow(
        f"{_WHOLE} WHERE provider_id = $1 AND ticket_id = $2 AND place = $3{' FOR UPDATE' if lock else ''}",
        *ref,
        place,
    )
    if row is None:
        raise NotFound()
    return _form(row)


def _form(row: Any) -> TicketForm:
    return TicketForm(**{**dict(row), "form": msgspec.convert(row["form"], Form)})
