"""The job that hands a note over, and the look for those whose job was lost."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from vardlots.access.actor import SystemActor
from vardlots.clinics.queries import provider_ids
from vardlots.exports import actions
from vardlots.exports.actions import DELIVER, Carrier
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.platform.jobs import job

log = structlog.get_logger()

LOST_AFTER = timedelta(minutes=2)


@job(DELIVER)
async def deliver(post: Carrier, payload: dict[str, Any]) -> None:
    """Payload: provider_id, export_id. An attempt that fails notes when the next is made; it never fails the job."""
    by = SystemActor(int(payload["provider_id"]), DELIVER)
    state = await actions.deliver(post, by=by, export_id=UUID(payload["export_id"]))
    log.debug("export", export=payload["export_id"], state=state.value if state else None)


async def sweep(post: Carrier) -> None:
    """Promise anew what was to be tried some time ago."""
    async with post.database.transaction(NOBODY) as connection:
        providers = await provider_ids(connection)
    for provider_id in providers:
        by = SystemActor(provider_id, "exports.sweep")
        lost = await actions.remind(post.database, by=by, before=clock.now() - LOST_AFTER)
        if lost:
            log.warning("exports_promised_anew", provider=provider_id, many=lost)
