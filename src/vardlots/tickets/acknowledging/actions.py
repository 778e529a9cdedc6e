"""*Vidimera*: staff have looked at tickets that are over, one or many at once (requirement G3)."""

from collections.abc import Sequence

from vardlots.access.actor import StaffActor
from vardlots.audit import log as audit
from vardlots.blocks.queries import blocked
from vardlots.cases.turn import House
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Forbidden, Invalid, NotFound
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal
from vardlots.tickets import policy
from vardlots.tickets.model import TICKET_COLUMNS, Deed, TicketRef, ticket_from

MOST = 200
# Locked in one order, so that two who press at once wait for each other instead of both being refused.
_ACKNOWLEDGE = f"""
WITH theirs AS (
  SELECT t.ticket_id FROM ticket t
  WHERE t.provider_id = $1 AND t.ticket_id = ANY ($2::bigint[]) AND t.acknowledged_at IS NULL
    AND t.ack_unit_id = ANY ($3::int[]) AND ($4 OR t.ack_role = $5)
    AND (t.unit_id = ANY ($6::int[]) OR t.from_unit_id = ANY ($6::int[]) OR t.ack_unit_id = ANY ($6::int[])
      OR NOT ({blocked("t", "$7::bigint", "$8::timestamptz")}
        OR {blocked("t", "$7::bigint", "$8::timestamptz", unit="from_unit_id")}))
  ORDER BY t.ticket_id FOR NO KEY UPDATE OF t)
UPDATE ticket t SET acknowledged_at = $8, acknowledged_by = $7 FROM theirs
WHERE t.provider_id = $1 AND t.ticket_id = theirs.ticket_id AND t.acknowledged_at IS NULL
RETURNING t.ticket_id, t.person_id, t.ack_unit_id"""


async def acknowledge(house: House, *, by: StaffActor, refs: Sequence[TicketRef]) -> int:
    """Note that the actor has looked at these. Returns how many nobody had looked at before.

    One that a colleague was first with is no fault. Raises NotFound, Forbidden for any that is not the actor's to look
    at, and then none is noted; Invalid for more than MOST.
    """
    if not by.cares:
        raise Forbidden("Din roll öppnar inga ärenden.", code="not_carer")
    wanted = sorted({ref.ticket_id for ref in refs})
    if any(ref.provider_id != by.provider_id for ref in refs):
        raise NotFound()
    if len(wanted) > MOST:
        raise Invalid("refs", N_("Välj högst {most} åt gången."), most=MOST)
    now = clock.now()
    async with house.database.transaction(by.scope) as connection:
        rows = await connection.fetch(
            _ACKNOWLEDGE,
            by.provider_id,
            wanted,
            sorted(by.unit_ids),
            by.clinical,
            by.role,
            sorted(by.home_unit_ids or by.unit_ids),
            by.staff_id,
            now,
        )
        noted = {row["ticket_id"] for row in rows}
        await _check_others(connection, by, [one for one in wanted if one not in noted])
        about = [row["person_id"] for row in rows]
        log = [audit.access(by, Deed.ACKNOWLEDGE, provider_id=by.provider_id, person_id=one) for one in about]
        if log:
            await audit.write(connection, log)
    house.hub.publish([Signal(f"unit:{one}") for one in sorted({row["ack_unit_id"] for row in rows})])
    return len(rows)


async def _check_others(connection: Connection, by: StaffActor, ticket_ids: Sequence[int]) -> None:
    """What was not noted now has been looked at by somebody, or was never the actor's to look at."""
    if not ticket_ids:
        return
    rows = await connection.fetch(
        f"SELECT {TICKET_COLUMNS} FROM ticket WHERE provider_id = $1 AND ticket_id = ANY ($2::bigint[])",
        by.provider_id,
        list(ticket_ids),
    )
    if len(rows) < len(ticket_ids):
        raise NotFound()
    for found in map(ticket_from, rows):
        if refusal := policy.may(by, Deed.ACKNOWLEDGE, found):
            raise refusal
        if found.acknowledged_at is None:
            raise Forbidden("Det du vill läsa är spärrat.", code="blocked")
