"""The end of a visit that goes on elsewhere, and what is done where nobody reads. Lost jobs are looked for."""

from datetime import timedelta
from typing import Any

import structlog

from vardlots.access.actor import SystemActor
from vardlots.cases.model import CaseRef
from vardlots.cases.referring import actions, queries
from vardlots.cases.turn import House
from vardlots.clinics.queries import provider_ids
from vardlots.platform import clock, jobs
from vardlots.platform.db import NOBODY, provider_scope

log = structlog.get_logger()

# The promised job should have run long before the sweep looks.
OVERDUE = timedelta(minutes=2)
AT_ONCE = 200


@jobs.job(actions.END)
async def end(house: House, payload: dict[str, Any]) -> None:
    """End a visit whose patient has read. Payload: ref, n (the message)."""
    ref = CaseRef.parse(payload["ref"])
    by = SystemActor(ref.provider_id, actions.END)
    if (row := await actions.end_referred(house, by=by, ref=ref, n=int(payload["n"]))) is not None:
        log.info("referred_ended", case=str(ref), n=row)


@jobs.job(actions.DUE)
async def due(house: House, payload: dict[str, Any]) -> None:
    """The time to read is over. Payload: ref, n (the message)."""
    ref = CaseRef.parse(payload["ref"])
    by = SystemActor(ref.provider_id, actions.DUE)
    if (found := await actions.when_due(house, by=by, ref=ref, n=int(payload["n"]))) is not None:
        log.info("referral_due", case=str(ref), stand=found.value)


async def sweep(house: House) -> None:
    """No lost job leaves a visit open that has been read, or an unread one untold."""
    async with house.database.transaction(NOBODY) as connection:
        providers = await provider_ids(connection)
    before = clock.now() - OVERDUE
    for provider_id in providers:
        async with house.database.transaction(provider_scope(provider_id)) as connection:
            for one in await queries.left_behind(connection, provider_id, before=before, limit=AT_ONCE):
                payload = {"ref": str(one.ref), "n": one.n}
                await jobs.enqueue(connection, actions.DUE, payload, once=f"referral-due-{one.ref}-{one.n}")
