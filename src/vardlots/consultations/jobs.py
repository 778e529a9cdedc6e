"""The jobs of consultations: what the sender's visit is told, and reminders of what nobody has answered to."""

from typing import Any

import structlog

from vardlots.access.actor import SystemActor
from vardlots.cases.turn import House
from vardlots.clinics.queries import provider_ids
from vardlots.configuration.consult_rules import consult_rules
from vardlots.consultations import actions, queries
from vardlots.consultations.model import ConsultationRef
from vardlots.consultations.telling.actions import tell_case
from vardlots.consultations.turn import NEWS
from vardlots.platform import clock, jobs
from vardlots.platform.db import NOBODY, provider_scope

log = structlog.get_logger()
AT_ONCE = 500


@jobs.job(NEWS)
async def news(house: House, payload: dict[str, Any]) -> None:
    """Tell the visit that a consultation was made from what has become of it. Payload: consultation, n (the row)."""
    ref = ConsultationRef.parse(payload["consultation"])
    await tell_case(house, by=SystemActor(ref.provider_id, NEWS), ref=ref, n=int(payload["n"]))


@jobs.job(actions.REMIND)
async def remind(house: House, payload: dict[str, Any]) -> None:
    """Remind of one. Payload: consultation."""
    ref = ConsultationRef.parse(payload["consultation"])
    if await actions.remind(house, by=SystemActor(ref.provider_id, actions.REMIND), ref=ref):
        log.info("consultation_reminded", consultation=str(ref))


async def sweep(house: House) -> None:
    """No lost job, and no hour in which nobody was there, leaves a consultation without its reminder."""
    async with house.database.transaction(NOBODY) as connection:
        providers = await provider_ids(connection)
    for provider_id in providers:
        async with house.database.transaction(provider_scope(provider_id)) as connection:
            rules = await consult_rules(connection, provider_id)
            now = clock.now()
            for one in await queries.unanswered(connection, provider_id, AT_ONCE):
                if now >= one.at + rules.remind_after(one.priority):
                    payload = {"consultation": str(one.ref)}
                    await jobs.enqueue(
                        connection, actions.REMIND, payload, once=f"remind-consultation-{one.ref}"
                    )
