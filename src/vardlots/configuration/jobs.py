"""A version that was saved for a later day comes into force."""

from typing import Any

from vardlots.access.actor import SystemActor
from vardlots.configuration.actions import begin
from vardlots.configuration.kinds import kinds
from vardlots.platform.jobs import job


@job("configuration.begin")
async def begin_versions(house: Any, payload: dict[str, Any]) -> None:
    """Payload: provider_id, kind, keys. A kind that is no longer known has nothing to apply."""
    kind = kinds().get(payload["kind"])
    if kind is None:
        return
    system = SystemActor(provider_id=int(payload["provider_id"]), job="configuration.begin")
    await begin(house.database, house.hub, by=system, kind=kind, keys=payload["keys"])
