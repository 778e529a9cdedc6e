"""The answered forms of a ticket on their way to the visit that it becomes."""

from collections.abc import Mapping, Sequence

import msgspec

from vardlots.cases.arriving.actions import Row
from vardlots.cases.model import Audience
from vardlots.cases.model import Kind as Told
from vardlots.forms.text import say
from vardlots.platform.db import Connection
from vardlots.platform.i18n import SOURCE
from vardlots.tickets.model import Ticket


class Brought(msgspec.Struct, frozen=True):
    """The answered forms of a ticket on their way to a case: its rows of the timeline, and what each is copied from."""

    ticket: Ticket
    rows: Sequence[Row] = ()
    requests: Mapping[int, int] = {}


async def bring(connection: Connection, ticket: Ticket) -> Brought:
    """What `arrive` writes in the timeline of the ticket's case, before the forms are copied there."""
    forms = await connection.fetch(
        "SELECT place, form->'title' AS title FROM ticket_form WHERE provider_id = $1 AND ticket_id = $2 "
        "AND answered_at IS NOT NULL ORDER BY place",
        *ticket.ref,
    )
    rows: list[Row] = []
    requests: dict[int, int] = {}
    for form in forms:
        request_id = int(await connection.fetchval("SELECT nextval('form_request_number')"))
        requests[request_id] = form["place"]
        body = {"request_id": request_id, "title": say(form["title"], SOURCE)}
        rows += [(Told.FORM_SENT, Audience.PATIENT, body), (Told.FORM_ANSWERED, Audience.PATIENT, body)]
    return Brought(ticket, rows, requests)
