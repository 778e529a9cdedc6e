"""The jobs of cases: the end of the asynchronous phase, promised when the visit ends and looked for every minute."""

from datetime import timedelta
from typing import Any

import structlog

from vardlots.access.actor import SystemActor
from vardlots.cases import actions, queries
from vardlots.cases.model import CaseRef, Phase
from vardlots.cases.turn import House
from vardlots.platform import clock, jobs
from vardlots.platform.db import NOBODY, Connection, provider_scope

log = structlog.get_logger()

CLOSE = "cases.close"
# The promised job should have run long before the sweep looks.
OVERDUE = timedelta(seconds=60)
AT_ONCE = 500


@jobs.job(CLOSE)
async def close(house: House, payload: dict[str, Any]) -> None:
    """Close a case whose asynchronous phase is over. Too early, it promises itself anew."""
    ref = CaseRef.parse(payload["ref"])
    by = SystemActor(ref.provider_id, CLOSE)
    n = await actions.close(house, by=by, ref=ref)
    if n is not None:
        log.info("case_closed", case=str(ref), n=n)
        return
    async with house.database.transaction(by.scope) as connection:
        case = await queries.readable_case(connection, by=by, ref=ref)
        if case.phase is Phase.FOLLOW_UP and case.writable_until is not None:
            await jobs.enqueue(connection, CLOSE, payload, at=case.writable_until, once=f"close-again-{ref}")


async def sweep(house: House) -> None:
    """Promise the closing of every case that should have been closed a minute ago: no lost job leaves one open."""
    async with house.database.transaction(NOBODY) as connection:
        providers = [row["provider_id"] for row in await connection.fetch("SELECT provider_id FROM provider")]
    for provider_id in providers:
        async with house.database.transaction(provider_scope(provider_id)) as connection:
            for ref in await _overdue(connection, provider_id):
                await jobs.enqueue(connection, CLOSE, {"ref": str(ref)}, once=f"close-{ref}")


async def _overdue(connection: Connection, provider_id: int) -> list[CaseRef]:
    rows = await connection.fetch(
        "SELECT provider_id, case_id FROM care_case WHERE provider_id = $1 AND phase = 'follow_up' "
        "AND writable_until < $2 ORDER BY writable_until LIMIT $3",
        provider_id,
        clock.now() - OVERDUE,
        AT_ONCE,
    )
    return [CaseRef(*row) for row in rows]
