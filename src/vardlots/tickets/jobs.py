"""The jobs of tickets: those whose time is over are looked for every minute. A lost job costs a minute."""

import structlog

from vardlots.access.actor import SystemActor
from vardlots.cases.turn import House
from vardlots.clinics.queries import provider_ids
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, provider_scope
from vardlots.tickets import actions
from vardlots.tickets.model import TicketRef

log = structlog.get_logger()

EXPIRE = "tickets.expire"
AT_ONCE = 500


async def sweep(house: House) -> None:
    """Note every ticket whose time is over. Nobody could use it since the second it was."""
    async with house.database.transaction(NOBODY) as connection:
        providers = await provider_ids(connection)
    for provider_id in providers:
        by = SystemActor(provider_id, EXPIRE)
        async with house.database.transaction(provider_scope(provider_id)) as connection:
            rows = await connection.fetch(
                "SELECT provider_id, ticket_id FROM ticket WHERE provider_id = $1 AND state IN ('issued', 'opened') "
                "AND valid_until <= $2 ORDER BY valid_until LIMIT $3",
                provider_id,
                clock.now(),
                AT_ONCE,
            )
        expired = [await actions.expire(house, by=by, ref=TicketRef(*row)) for row in rows]
        if any(expired):
            log.info("tickets_expired", provider=provider_id, tickets=sum(expired))
