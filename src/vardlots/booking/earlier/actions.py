"""*Hör av er om en tidigare tid blir ledig*: wished, offered to one at a time, taken, declined, lapsed."""

from datetime import datetime, timedelta
from typing import Any

from vardlots.access.actor import Actor, PatientActor, StaffActor, SystemActor
from vardlots.audit import log as audit
from vardlots.booking import policy
from vardlots.booking.appointments.actions import Booked
from vardlots.booking.changes.actions import change_time
from vardlots.booking.earlier.queries import InLine, is_asked, line_for, unseen
from vardlots.booking.holds.actions import OFFER_FREED, OFFER_OPENED, Times, tells_nearest
from vardlots.booking.model import (
    OFFER_COLUMNS,
    Appointment,
    Offer,
    OfferState,
    Slot,
    SlotRef,
    SlotState,
    offer_from,
)
from vardlots.cases.model import CaseRef, Phase, Verb
from vardlots.cases.turn import House, Turn, turn
from vardlots.configuration.booking_rules import booking_rules
from vardlots.platform import clock, jobs
from vardlots.platform.db import Connection, also_provider
from vardlots.platform.errors import WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal

OFFER_LAPSED = "booking.offer_lapsed"
EARLIER_OFFER = "notifications.earlier_offer"
LOOK_AGAIN = timedelta(seconds=2)


async def wish(house: House, *, by: PatientActor | StaffActor, ref: CaseRef) -> None:
    """A booked visit waits for an earlier time and keeps its own meanwhile. Wished again it keeps its place."""
    async with turn(house, by=by, ref=ref, verb=Verb.REBOOK) as now_at:
        if now_at.case.booked_from is not None and now_at.case.booked_from <= now_at.now:
            raise WrongState(N_("Tiden har redan börjat."), code="begun")
        await also_provider(now_at.connection, ref.provider_id)
        await now_at.connection.execute(
            "INSERT INTO earlier_wish (provider_id, case_id, person_id, unit_id, wished_at) "
            "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (provider_id, case_id) DO UPDATE "
            "SET wished_at = EXCLUDED.wished_at, unit_id = EXCLUDED.unit_id, ended_at = NULL "
            "WHERE earlier_wish.ended_at IS NOT NULL",
            *ref,
            now_at.case.person_id,
            now_at.case.unit_id,
            now_at.now,
        )
        await _log(now_at.connection, by, ref, now_at.case.person_id, "wish_earlier")


async def unwish(house: House, *, by: PatientActor | StaffActor, ref: CaseRef) -> None:
    """The visit waits for an earlier time no more. What is offered to it just now still may be taken."""
    async with turn(house, by=by, ref=ref, verb=Verb.REBOOK) as now_at:
        await also_provider(now_at.connection, ref.provider_id)
        await Booked(now_at.connection).end_wish(ref)
        await _log(now_at.connection, by, ref, now_at.case.person_id, "unwish_earlier")


@tells_nearest
async def take_offer(house: House, *, by: PatientActor | StaffActor, ref: CaseRef) -> Appointment:
    """*Ja, ta tiden*: the case gets the time that it is offered, and waits for no other. The old one is free again.

    Raises WrongState `offer_over` where the deadline has passed, or there is none.
    """
    async with turn(house, by=by, ref=ref, verb=Verb.REBOOK) as now_at:
        offer = await _offer_that_holds(now_at)
        made = await change_time(now_at, by=by, slot=offer.slot)
        await Booked(now_at.connection).end_wish(ref)
        return made


async def decline_offer(house: House, *, by: PatientActor | StaffActor, ref: CaseRef) -> None:
    """*Nej, behåll min tid*: the next in line is asked. Whoever declines keeps waiting for another."""
    async with turn(house, by=by, ref=ref, verb=Verb.REBOOK) as now_at:
        offer = await _offer_that_holds(now_at)
        await also_provider(now_at.connection, ref.provider_id)
        await _answer(now_at.connection, offer, OfferState.DECLINED, now_at.now)
        if slot := await Times(now_at.connection).give_offered_back(offer.slot, offer.person_id):
            now_at.signals.append(Signal(f"unit:{slot.unit_id}"))
        await _log(now_at.connection, by, ref, now_at.case.person_id, "decline_earlier")


async def _offer_that_holds(now_at: Turn) -> Offer:
    row = await now_at.connection.fetchrow(
        f"SELECT {OFFER_COLUMNS} FROM slot_offer WHERE provider_id = $1 AND case_id = $2 AND state = 'offered' "
        "AND until > $3",
        *now_at.case.ref,
        now_at.now,
    )
    if row is None:
        raise WrongState(
            N_("Tiden att svara är slut, och tiden har gått vidare. Du har kvar den tid du hade."),
            code="offer_over",
        )
    return offer_from(row)


async def _answer(connection: Connection, offer: Offer, state: OfferState, now: datetime) -> bool:
    """What became of an offer. Returns whether it was open."""
    return bool(
        await connection.fetchval(
            "UPDATE slot_offer SET state = $3, answered_at = $4 WHERE provider_id = $1 AND offer_id = $2 "
            "AND state = 'offered' RETURNING 1",
            offer.provider_id,
            offer.offer_id,
            state.value,
            now,
        )
    )


async def offer_freed(house: House, *, by: SystemActor, slot: SlotRef) -> Offer | None:
    """Offer a time that has become free to the first in line, or let everybody have it. May run twice.

    Returns the offer; None where it is not free, somebody chooses it just now, or nobody waits for it.
    """
    try:
        return await _offer(house, by, slot, again=(OFFER_FREED, {"slot": str(slot)}))
    except _Busy:
        return None


async def offer_opened(house: House, *, by: SystemActor, unit_id: int) -> int:
    """Offer the times of a unit that have been opened, the earliest first, until everybody in line considers one: the
    rest is everybody's. Each is asked about one time, however many are opened. May run twice. Returns how many.
    """
    async with house.database.transaction(by.scope) as connection:
        left = await unseen(connection, by.provider_id, unit_id, clock.now())
    again = (OFFER_OPENED, {"provider_id": by.provider_id, "unit_id": unit_id})
    offered = 0
    for place, slot in enumerate(left):
        async with house.database.transaction(by.scope) as connection:
            if await is_asked(connection, by.provider_id, unit_id):
                await Times(connection).show(by.provider_id, [one.slot_id for one in left[place:]])
                break
        try:
            offered += await _offer(house, by, slot, again=again) is not None
        except _Busy:
            break
    if left:
        house.hub.publish([Signal(f"unit:{unit_id}")])
    return offered


async def _offer(
    house: House, by: SystemActor, slot: SlotRef, *, again: tuple[str, dict[str, Any]]
) -> Offer | None:
    """Raises _Busy, with the job `again` promised, where the first in line does something just now."""
    busy = False
    async with house.database.transaction(by.scope) as connection:
        found = (await Times(connection).lock(slot.provider_id, [slot.slot_id])).get(slot.slot_id)
        if found is None or not await _to_offer(connection, found):
            return None
        rules = await booking_rules(connection, slot.provider_id)
        until = policy.offer_until(rules, starts_at=found.starts_at, now=clock.now())
        line = await line_for(connection, found) if until is not None else []
        offer = None
        try:
            offer = await _first_of(connection, by, found, line, until)
        except _Busy:
            busy = True
            await Times(connection).hide(found)
            name, payload = again
            await jobs.enqueue(connection, name, payload, at=clock.now() + LOOK_AGAIN)
        else:
            if offer is None:
                await Times(connection).clear(found)
    concerned = [Signal(f"person:{offer.person_id}"), Signal(f"case:{offer.ref}")] if offer else []
    house.hub.publish([Signal(f"unit:{found.unit_id}"), *concerned])
    if busy:
        raise _Busy()
    return offer


async def _to_offer(connection: Connection, slot: Slot) -> bool:
    if slot.state is not SlotState.FREE or slot.starts_at <= clock.now():
        return False
    kept = await connection.fetchval(
        "SELECT 1 FROM slot_hold WHERE provider_id = $1 AND slot_id = $2 AND until > $3",
        *slot.ref,
        clock.now(),
    )
    return kept is None


async def _first_of(
    connection: Connection, by: SystemActor, slot: Slot, line: list[InLine], until: datetime | None
) -> Offer | None:
    """Ask the first in line who still wants it.

    Raises _Busy where something is done with the first's case at this very moment: they are not passed over for it.
    """
    if until is None:
        return None
    for one in line:
        if not await _still_waits(connection, one, slot):
            continue
        row = await connection.fetchrow(
            "INSERT INTO slot_offer (provider_id, slot_id, case_id, person_id, offered_at, until) "
            f"VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING {OFFER_COLUMNS}",
            slot.provider_id,
            slot.slot_id,
            one.ref.case_id,
            one.person_id,
            clock.now(),
            until,
        )
        if row is None:
            continue
        offer = offer_from(row)
        await Times(connection).keep(slot=slot, person_id=one.person_id, by=by, until=until)
        payload = {"ref": str(offer.ref), "offer_id": offer.offer_id}
        await jobs.enqueue(connection, EARLIER_OFFER, {**payload, "n": offer.offer_id})
        await jobs.enqueue(connection, OFFER_LAPSED, payload, at=until)
        await _log(connection, by, offer.ref, offer.person_id, "offer_earlier")
        return offer
    return None


class _Busy(Exception):
    """The case is locked: whatever is done with it is waited for without holding the time's lock."""


async def _still_waits(connection: Connection, one: InLine, slot: Slot) -> bool:
    """Whether the case, locked, may be offered the time still. Raises _Busy."""
    # Verbs lock the case and then its times; here it is the other way round, so nothing is waited for.
    case = await connection.fetchrow(
        "SELECT phase, booked_from FROM care_case WHERE provider_id = $1 AND case_id = $2 "
        "FOR NO KEY UPDATE SKIP LOCKED",
        *one.ref,
    )
    if case is None:
        raise _Busy()
    wishes = await connection.fetchval(
        "SELECT 1 FROM earlier_wish WHERE provider_id = $1 AND case_id = $2 AND ended_at IS NULL", *one.ref
    )
    earlier = case["booked_from"] is None or slot.starts_at < case["booked_from"]
    return bool(wishes) and case["phase"] == Phase.BOOKED and earlier


async def offer_lapsed(house: House, *, by: SystemActor, ref: CaseRef, offer_id: int) -> bool:
    """Nobody answered in time: the next in line is asked. Returns whether it was news. May run twice."""
    async with house.database.transaction(by.scope) as connection:
        # As every verb of the case does: the case before its times.
        await connection.execute(
            "SELECT 1 FROM care_case WHERE provider_id = $1 AND case_id = $2 FOR NO KEY UPDATE", *ref
        )
        row = await connection.fetchrow(
            f"SELECT {OFFER_COLUMNS} FROM slot_offer WHERE provider_id = $1 AND offer_id = $2",
            ref.provider_id,
            offer_id,
        )
        if row is None or (offer := offer_from(row)).until > clock.now():
            return False
        if not await _answer(connection, offer, OfferState.LAPSED, clock.now()):
            return False
        slot = await Times(connection).give_offered_back(offer.slot, offer.person_id)
        await _log(connection, by, offer.ref, offer.person_id, "earlier_lapsed")
    units = [Signal(f"unit:{slot.unit_id}")] if slot else []
    house.hub.publish([Signal(f"person:{offer.person_id}"), Signal(f"case:{offer.ref}"), *units])
    return True


async def _log(connection: Connection, by: Actor, ref: CaseRef, person_id: int, action: str) -> None:
    about: dict[str, Any] = {"provider_id": ref.provider_id, "person_id": person_id, "case_id": ref.case_id}
    await audit.write(connection, [audit.access(by, action, **about)])
