"""The automatic question three days after a visit, at its time, also when its job is lost."""

from datetime import timedelta
from typing import Any

import structlog

from vardlots.access.actor import SystemActor
from vardlots.cases.ending import actions, queries
from vardlots.cases.ending.actions import CHECK_IN, CHECK_IN_AFTER
from vardlots.cases.model import CaseRef
from vardlots.cases.turn import House
from vardlots.clinics.queries import provider_ids
from vardlots.platform import clock, jobs
from vardlots.platform.db import NOBODY, provider_scope

log = structlog.get_logger()

# The promised job should have run long before the sweep looks.
OVERDUE = timedelta(minutes=2)
# After so long the question would come out of nowhere.
NO_LONGER = timedelta(days=1)
AT_ONCE = 200


@jobs.job(CHECK_IN)
async def check_in(house: House, payload: dict[str, Any]) -> None:
    """Ask a patient how it goes. Payload: ref. Too early it does nothing: the sweep comes back to it."""
    ref = CaseRef.parse(payload["ref"])
    n = await actions.check_in(house, by=SystemActor(ref.provider_id, CHECK_IN), ref=ref)
    if n is not None:
        log.info("checked_in", case=str(ref), n=n)


async def sweep(house: House) -> None:
    """No lost job leaves a patient unasked who was to be asked."""
    async with house.database.transaction(NOBODY) as connection:
        providers = await provider_ids(connection)
    before = clock.now() - CHECK_IN_AFTER - OVERDUE
    for provider_id in providers:
        async with house.database.transaction(provider_scope(provider_id)) as connection:
            span = {"after": before - NO_LONGER, "before": before}
            for ref in await queries.not_asked(connection, provider_id, **span, limit=AT_ONCE):
                await jobs.enqueue(connection, CHECK_IN, {"ref": str(ref)}, once=f"check-in-{ref}")
