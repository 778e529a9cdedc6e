"""The jobs of booked times. What a lost job would have done is looked for every minute."""

from datetime import timedelta
from typing import Any

import structlog

from vardlots.access.actor import SystemActor
from vardlots.booking import queries
from vardlots.booking.changes.actions import settle
from vardlots.booking.choosing.actions import sweep_holds
from vardlots.booking.earlier import actions as earlier
from vardlots.booking.earlier.queries import lapsed, not_offered
from vardlots.booking.holds.actions import OFFER_FREED, OFFER_OPENED
from vardlots.booking.model import AppointmentState, SlotRef
from vardlots.booking.promises import NOT_STARTED
from vardlots.cases.model import CaseRef, Phase
from vardlots.cases.promises import promise_notice_to_staff
from vardlots.cases.queries import readable_case
from vardlots.cases.turn import House
from vardlots.clinics.queries import provider_ids
from vardlots.platform import clock, jobs
from vardlots.platform.db import NOBODY, provider_scope

log = structlog.get_logger()

SETTLE = "booking.settle"
OVERDUE = timedelta(seconds=60)
AT_ONCE = 500


@jobs.job(OFFER_FREED)
async def offer_freed(house: House, payload: dict[str, Any]) -> None:
    """Offer a time that has become free. Payload: slot."""
    slot = SlotRef.parse(payload["slot"])
    offer = await earlier.offer_freed(house, by=SystemActor(slot.provider_id, OFFER_FREED), slot=slot)
    if offer is not None:
        log.info("earlier_offered", case=str(offer.ref), slot=str(slot))


@jobs.job(OFFER_OPENED)
async def offer_opened(house: House, payload: dict[str, Any]) -> None:
    """Offer what has been opened at a unit. Payload: provider_id, unit_id."""
    by = SystemActor(int(payload["provider_id"]), OFFER_OPENED)
    offered = await earlier.offer_opened(house, by=by, unit_id=int(payload["unit_id"]))
    if offered:
        log.info("opened_offered", provider=by.provider_id, unit=payload["unit_id"], offers=offered)


@jobs.job(earlier.OFFER_LAPSED)
async def offer_lapsed(house: House, payload: dict[str, Any]) -> None:
    """Go on to the next where nobody answered. Payload: ref, offer_id."""
    ref = CaseRef.parse(payload["ref"])
    by = SystemActor(ref.provider_id, earlier.OFFER_LAPSED)
    if await earlier.offer_lapsed(house, by=by, ref=ref, offer_id=int(payload["offer_id"])):
        log.info("earlier_lapsed", case=str(ref))


@jobs.job(NOT_STARTED)
async def not_started(house: House, payload: dict[str, Any]) -> None:
    """Tell staff of a time that is over and that nobody has begun. Payload: ref, appointment_id."""
    ref = CaseRef.parse(payload["ref"])
    by = SystemActor(ref.provider_id, NOT_STARTED)
    async with house.database.transaction(by.scope) as connection:
        found = await queries.appointment(connection, ref.provider_id, int(payload["appointment_id"]))
        if found is None or found.state is not AppointmentState.BOOKED or found.ends_at > clock.now():
            return
        case = await readable_case(connection, by=by, ref=ref)
        if case.phase is Phase.BOOKED:
            await promise_notice_to_staff(connection, "not_started", ref, case.last_n)


@jobs.job(SETTLE)
async def settle_booking(house: House, payload: dict[str, Any]) -> None:
    """Say of a time that the visit was begun. Payload: ref."""
    ref = CaseRef.parse(payload["ref"])
    await settle(house, by=SystemActor(ref.provider_id, SETTLE), ref=ref)


async def sweep(house: House) -> None:
    """No lost job keeps a time from those who wait for it; what is kept for nobody any more is put in order."""
    async with house.database.transaction(NOBODY) as connection:
        providers = await provider_ids(connection)
    now = clock.now()
    for provider_id in providers:
        await sweep_holds(house, by=SystemActor(provider_id, "booking.sweep"))
        async with house.database.transaction(provider_scope(provider_id)) as connection:
            for offer in await lapsed(connection, provider_id, now - OVERDUE, AT_ONCE):
                payload = {"ref": str(offer.ref), "offer_id": offer.offer_id}
                once = f"offer-lapsed-{provider_id}-{offer.offer_id}"
                await jobs.enqueue(connection, earlier.OFFER_LAPSED, payload, once=once)
            for slot in await not_offered(connection, provider_id, now, AT_ONCE):
                await jobs.enqueue(connection, OFFER_FREED, {"slot": str(slot)}, once=f"offer-freed-{slot}")
            for ref in await queries.begun(connection, provider_id, AT_ONCE):
                await jobs.enqueue(connection, SETTLE, {"ref": str(ref)}, once=f"settle-{ref}")
