"""The end of a pause, and the visits that nobody came back to. What a lost job would have done is looked for."""

from datetime import timedelta
from typing import Any

import structlog

from vardlots.access.actor import SystemActor
from vardlots.cases.handovers.rules import handover_rules
from vardlots.cases.model import CaseRef
from vardlots.cases.pauses import actions, queries
from vardlots.cases.turn import House
from vardlots.clinics.queries import provider_ids
from vardlots.platform import clock, jobs
from vardlots.platform.db import NOBODY, provider_scope

log = structlog.get_logger()

# The promised job should have run long before the sweep looks.
OVERDUE = timedelta(seconds=60)


@jobs.job(actions.RESUME)
async def resume(house: House, payload: dict[str, Any]) -> None:
    """End a pause whose moment has come. Payload: ref. Too early it does nothing: a longer pause has its own job."""
    ref = CaseRef.parse(payload["ref"])
    n = await actions.resume_when_due(house, by=SystemActor(ref.provider_id, actions.RESUME), ref=ref)
    if n is not None:
        log.info("case_resumed", case=str(ref), n=n)


@jobs.job(actions.GIVE_BACK)
async def give_back(house: House, payload: dict[str, Any]) -> None:
    """Put back what nobody came back to. Payload: ref, n (the row that ended the pause)."""
    ref = CaseRef.parse(payload["ref"])
    by = SystemActor(ref.provider_id, actions.GIVE_BACK)
    n = await actions.give_back(house, by=by, ref=ref, n=int(payload["n"]))
    if n is not None:
        log.info("case_given_back", case=str(ref), n=n)


async def sweep(house: House) -> None:
    """No lost job leaves a pause without its end, or a visit with somebody who has gone home.

    An owner who ends their shift later than the hour after a pause is found here too.
    """
    async with house.database.transaction(NOBODY) as connection:
        providers = await provider_ids(connection)
    now = clock.now()
    for provider_id in providers:
        async with house.database.transaction(provider_scope(provider_id)) as connection:
            for ref in await queries.over(connection, provider_id, now - OVERDUE):
                await jobs.enqueue(connection, actions.RESUME, {"ref": str(ref)}, once=f"resume-{ref}")
            grace = (await handover_rules(connection, provider_id)).grace
            for one in await queries.left(connection, provider_id, now - grace - OVERDUE):
                payload = {"ref": str(one.ref), "n": one.n}
                await jobs.enqueue(connection, actions.GIVE_BACK, payload, once=f"give-back-{one.ref}")
