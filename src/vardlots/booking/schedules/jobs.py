"""Rules open their times as the days go by: every midnight has a new day to open, and whoever was down catches up."""

from typing import Any

import structlog

from vardlots.access.actor import SystemActor
from vardlots.booking.schedules import actions
from vardlots.booking.schedules.queries import rules_to_open
from vardlots.booking.schedules.types import time_types
from vardlots.cases.turn import House
from vardlots.clinics.queries import provider_ids
from vardlots.platform import clock, jobs
from vardlots.platform.db import NOBODY, provider_scope

log = structlog.get_logger()

OPEN = "booking.open_times"
AT_ONCE = 200


@jobs.job(OPEN)
async def open_times(house: House, payload: dict[str, Any]) -> None:
    """Open what a rule has come to. Payload: provider_id, rule_id."""
    by = SystemActor(int(payload["provider_id"]), OPEN)
    opened = await actions.open_by_rule(house, by=by, rule_id=int(payload["rule_id"]))
    if opened:
        log.info("times_opened", provider=by.provider_id, rule=payload["rule_id"], times=opened)


async def sweep(house: House) -> None:
    """Promise the job of every rule that has days to open."""
    async with house.database.transaction(NOBODY) as connection:
        providers = await provider_ids(connection)
    for provider_id in providers:
        async with house.database.transaction(provider_scope(provider_id)) as connection:
            known = await time_types(connection, provider_id)
            for rule_id in await rules_to_open(
                connection, provider_id=provider_id, today=clock.today(), types=list(known), most=AT_ONCE
            ):
                payload = {"provider_id": provider_id, "rule_id": rule_id}
                await jobs.enqueue(connection, OPEN, payload, once=f"open-times-{provider_id}-{rule_id}")
