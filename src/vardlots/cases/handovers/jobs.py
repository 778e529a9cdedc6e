"""Reminders of handovers that nobody has answered. What a lost job would have done is looked for every minute."""

from typing import Any

import structlog

from vardlots.access.actor import SystemActor
from vardlots.cases.handovers import actions, queries
from vardlots.cases.handovers.rules import handover_rules
from vardlots.cases.model import CaseRef
from vardlots.cases.turn import House
from vardlots.clinics.queries import provider_ids
from vardlots.platform import clock, jobs
from vardlots.platform.db import NOBODY, provider_scope

log = structlog.get_logger()


@jobs.job(actions.REMIND)
async def remind(house: House, payload: dict[str, Any]) -> None:
    """Remind of one request. Payload: ref, n (the row that asks)."""
    ref = CaseRef.parse(payload["ref"])
    by = SystemActor(ref.provider_id, actions.REMIND)
    if await actions.remind_handover(house, by=by, ref=ref, n=int(payload["n"])):
        log.info("handover_reminded", case=str(ref), n=payload["n"])


async def sweep(house: House) -> None:
    """No lost job, and no hour in which nobody was there, leaves a request without its reminder."""
    async with house.database.transaction(NOBODY) as connection:
        providers = await provider_ids(connection)
    for provider_id in providers:
        async with house.database.transaction(provider_scope(provider_id)) as connection:
            rules = await handover_rules(connection, provider_id)
            for one in await queries.overdue(connection, provider_id, rules, clock.now()):
                payload = {"ref": str(one.ref), "n": one.n}
                await jobs.enqueue(connection, actions.REMIND, payload, once=f"remind-{one.ref}-{one.n}")
