"""The next step with a patient who does not answer, at its time. What a lost job would have done is looked for."""

from datetime import timedelta
from typing import Any

import structlog

from vardlots.access.actor import SystemActor
from vardlots.cases.chasing import actions, queries, rules
from vardlots.cases.chasing.actions import ADVANCE
from vardlots.cases.chasing.rules import Due
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import readable_case
from vardlots.cases.turn import House
from vardlots.clinics.queries import provider_ids
from vardlots.platform import clock, jobs
from vardlots.platform.db import NOBODY, provider_scope

log = structlog.get_logger()

# The promised job should have run long before the sweep looks.
OVERDUE = timedelta(seconds=60)
AT_ONCE = 500
STEPS = {Due.WARN: actions.warn, Due.CALL: actions.must_call, Due.GIVE_UP: actions.give_up}


@jobs.job(ADVANCE)
async def advance(house: House, payload: dict[str, Any]) -> None:
    """Take the step that is due. Payload: ref. Too early, it promises itself anew."""
    ref = CaseRef.parse(payload["ref"])
    by = SystemActor(ref.provider_id, ADVANCE)
    async with house.database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=ref)
        if case.chase_at is not None and clock.now() < case.chase_at:
            once = f"chase-again-{ref}"
            await jobs.enqueue(connection, ADVANCE, {"ref": str(ref)}, at=case.chase_at, once=once)
            return
        step = rules.due(case, clock.now())
    # What each does it asks anew with the case locked: the patient may have answered since.
    if step is not None and (n := await STEPS[step](house, by=by, ref=ref)) is not None:
        log.info("chased", case=str(ref), step=step.value, n=n)


async def sweep(house: House) -> None:
    """No lost job leaves a patient reminded for ever, or a visit open that was to close."""
    async with house.database.transaction(NOBODY) as connection:
        providers = await provider_ids(connection)
    for provider_id in providers:
        async with house.database.transaction(provider_scope(provider_id)) as connection:
            before = clock.now() - OVERDUE
            for ref in await queries.left_behind(connection, provider_id, before, AT_ONCE):
                await jobs.enqueue(connection, ADVANCE, {"ref": str(ref)}, once=f"chase-{ref}")
