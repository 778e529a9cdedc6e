"""The jobs of cases: the end of the asynchronous phase, and the load balancer. What a lost job would have done is
looked for every minute."""

from datetime import timedelta
from typing import Any

import structlog

from vardlots.access.actor import SystemActor
from vardlots.cases import actions, queries
from vardlots.cases.balance import give_waiting, queues_to_balance
from vardlots.cases.model import CaseRef, Phase
from vardlots.cases.policy import is_unread_errand
from vardlots.cases.turn import House
from vardlots.clinics.queries import provider_ids
from vardlots.platform import clock, jobs
from vardlots.platform.db import NOBODY, Connection, provider_scope

log = structlog.get_logger()

CLOSE = "cases.close"
BALANCE = "cases.balance"
# The promised job should have run long before the sweep looks.
OVERDUE = timedelta(seconds=60)
AT_ONCE = 500
LOOK_AGAIN = timedelta(hours=12)


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
            # An errand that nobody has answered is looked at again, whenever its time was over.
            at = (
                max(case.writable_until, clock.now() + LOOK_AGAIN)
                if is_unread_errand(case)
                else case.writable_until
            )
            await jobs.enqueue(connection, CLOSE, payload, at=at, once=f"close-again-{ref}")


@jobs.job(BALANCE)
async def balance(house: House, payload: dict[str, Any]) -> None:
    """Let the load balancer give what waits to whoever has fewest. Payload: provider_id, unit_id, role."""
    by = SystemActor(int(payload["provider_id"]), BALANCE)
    given = await give_waiting(house, by=by, unit_id=int(payload["unit_id"]), role=str(payload["role"]))
    if given:
        log.info("cases_given", unit=payload["unit_id"], cases=given)


async def sweep(house: House) -> None:
    """No lost job leaves a case open whose time is over, or a queue waiting for the load balancer."""
    async with house.database.transaction(NOBODY) as connection:
        providers = await provider_ids(connection)
    for provider_id in providers:
        async with house.database.transaction(provider_scope(provider_id)) as connection:
            for ref in await _overdue(connection, provider_id):
                await jobs.enqueue(connection, CLOSE, {"ref": str(ref)}, once=f"close-{ref}")
            for queue in await queues_to_balance(connection, provider_id):
                once = f"balance-{queue['unit_id']}-{queue['role']}"
                await jobs.enqueue(connection, BALANCE, {"provider_id": provider_id, **queue}, once=once)


async def _overdue(connection: Connection, provider_id: int) -> list[CaseRef]:
    rows = await connection.fetch(
        "SELECT provider_id, case_id FROM care_case WHERE provider_id = $1 AND phase = 'follow_up' "
        "AND writable_until < $2 AND NOT (kind = 'administrative' AND started_at IS NULL AND inbox_at IS NOT NULL) "
        "ORDER BY writable_until LIMIT $3",
        provider_id,
        clock.now() - OVERDUE,
        AT_ONCE,
    )
    return [CaseRef(*row) for row in rows]
