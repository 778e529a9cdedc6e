"""Reviews of the log leave with the age of the log."""

import structlog

from vardlots.access.actor import SystemActor
from vardlots.audit import seals
from vardlots.audit.jobs import HasLog
from vardlots.review.actions import prune

log = structlog.get_logger()


async def sweep(house: HasLog) -> None:
    """Prune every provider's reviews of what is too old."""
    for provider_id, _ in await seals.providers(house.database):
        by = SystemActor(provider_id, "review.prune")
        if gone := await prune(house.database, by=by, years=house.log_years):
            log.info("reviews_pruned", provider=provider_id, reviews=gone)
