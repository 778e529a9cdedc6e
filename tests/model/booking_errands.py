"""What is done with times: opened, blocked, chosen, booked, moved, cancelled, missed, waited for."""

from datetime import timedelta
from typing import Any

from tests.model.deeds import hands
from tests.model.errands import NURSES, WAITS, errand
from tests.model.town import Town

from vardlots.access.actor import PatientActor, StaffActor, SystemActor
from vardlots.booking import actions as booking
from vardlots.booking import queries
from vardlots.booking.changes.actions import settle
from vardlots.booking.choosing.actions import sweep_holds
from vardlots.booking.earlier import actions as earlier
from vardlots.booking.model import SlotRef, StaffBooking
from vardlots.booking.schedules.days import actions as days
from vardlots.booking.schedules.times import actions as times
from vardlots.cases.model import CaseRef
from vardlots.platform import clock
from vardlots.platform.errors import NotFound

AHEAD = "state = 'free' AND starts_at > $2"
DESK = (*NURSES, "petra")


async def _booked(world: Town, by: Any, pick: int, where: str = "phase IN ('booked', 'accepted')") -> CaseRef:
    """A booked visit, a patient's own as a rule."""
    whose = f" AND person_id = {await world.patient_of(by, pick)}" if isinstance(by, PatientActor) else ""
    row = await world.case(
        pick,
        f"{where} AND EXISTS (SELECT FROM appointment a WHERE "
        f"(a.provider_id, a.case_id) = (care_case.provider_id, care_case.case_id)){whose}",
    )
    return CaseRef(row["provider_id"], row["case_id"])


async def _free(world: Town, pick: int) -> SlotRef:
    """A time that is not booked, as a rule; few, so that several want the same."""
    if pick % 9 == 8:
        return await world.slot(pick)
    return await world.slot(pick % 3, f"state = 'free' AND starts_at > '{world.now.isoformat()}'")


@errand("petra", "ylva", "olle", log="open_times")
async def open_more_times(world: Town, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    place = 2 if by == world.given.olle else pick % 2
    found = await world.open_times(by, place, days=1 + pick % 4)
    return len(found.times) or None


@errand(*DESK, log="block_time")
async def block_time(world: Town, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    slot = await _free(world, pick)
    await times.block_time(world.given.house, by=by, slot_id=slot.slot_id, why="Möte.")
    return True


@errand(*DESK, log="unblock_time")
async def unblock_time(world: Town, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    slot = await world.slot(pick, "state = 'blocked'" if pick % 8 else "true")
    await times.unblock_time(world.given.house, by=by, slot_id=slot.slot_id)
    return True


@errand("petra", log="remove_time")
async def remove_time(world: Town, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    slot = await world.slot(pick)
    await times.remove_time(world.given.house, by=by, slot_id=slot.slot_id)
    return True


@errand("petra", "hamid", log="move_time")
async def move_time(world: Town, by: Any, pick: int) -> Any:
    """A free time half an hour on, or into the other schedule."""
    hands(by, StaffActor)
    slot, to, at = await _whereto(world, await _free(world, pick), pick)
    await times.move_time(world.given.house, by=by, slot_id=slot.slot_id, schedule_id=to, starts_at=at)
    return True


@errand("petra", "hamid", log="rebook")
async def move_booked_time(world: Town, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    taken = await world.slot(pick, "state = 'taken'")
    slot, to, at = await _whereto(world, taken, pick)
    return await times.move_booked(
        world.given.house, by=by, slot_id=slot.slot_id, schedule_id=to, starts_at=at
    )


async def _whereto(world: Town, slot: SlotRef, pick: int) -> tuple[SlotRef, int, Any]:
    (row,) = await world.fetch(
        slot.provider_id, "SELECT starts_at FROM slot WHERE provider_id = $1 AND slot_id = $2", *slot
    )
    hours = (0, 0.5, 1, -0.5, 24)[pick % 5]
    return slot, world.schedules[pick // 5 % 2], row["starts_at"] + timedelta(hours=hours)


@errand("elin", "ruben", "matti", "ylva", log="hold_time")
async def choose_time(world: Town, by: Any, pick: int) -> Any:
    hands(by, PatientActor, StaffActor)
    person_id = await world.patient_of(by, pick)
    return await booking.hold(world.given.house, by=by, slot=await _free(world, pick), person_id=person_id)


@errand("elin", "ruben", "ylva")
async def let_time_go(world: Town, by: Any, pick: int) -> Any:
    hands(by, PatientActor, StaffActor)
    slot = await world.slot(pick, "state = 'free' AND held_until IS NOT NULL" if pick % 4 else "true")
    person_id = await world.patient_of(by, pick)
    await booking.let_go(world.given.house, by=by, slot=slot, person_id=person_id)
    return True


@errand("elin", "ruben", "matti", log="use_ticket")
async def book_with_ticket(world: Town, by: Any, pick: int) -> Any:
    hands(by, PatientActor)
    whose = await world.patient_of(by, pick)
    ready = f"{WAITS} AND kind = 'booking' AND forms_done = forms_total AND person_id = {whose}"
    ref, _ = await world.ticket(pick, ready if pick % 6 else "true")
    return await booking.book_ticket(world.given.house, by=by, ticket=ref, slot=await _free(world, pick))


@errand(*DESK, log="open")
async def book_for_somebody(world: Town, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    new = StaffBooking(
        person_id=await world.patient_of(by, pick), reason=("rash", "shoulder_pain", "Vaccination")[pick % 3]
    )
    return await booking.book_for(world.given.house, by=by, new=new, slot=await _free(world, pick))


@errand("elin", "ruben", *DESK, log="rebook")
async def rebook(world: Town, by: Any, pick: int) -> Any:
    hands(by, PatientActor, StaffActor)
    ref = await _booked(world, by, pick)
    return await booking.rebook(world.given.house, by=by, ref=ref, slot=await _free(world, pick // 2))


@errand("elin", "ruben", "hamid", log="cancel_booking")
async def cancel_time(world: Town, by: Any, pick: int) -> Any:
    hands(by, PatientActor, StaffActor)
    reason = "Förhinder." if pick % 3 else ""
    return await booking.cancel(world.given.house, by=by, ref=await _booked(world, by, pick), reason=reason)


@errand("petra", "ylva", log="withdraw_time")
async def withdraw_time(world: Town, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    ref = await _booked(world, by, pick)
    return await booking.withdraw_time(world.given.house, by=by, ref=ref, text="Sjukdom.")


@errand("ylva", "petra", log="attend")
async def attend(world: Town, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    ref = await _booked(world, by, pick)
    return await booking.attend(world.given.house, by=by, ref=ref)


@errand("ylva", "petra", log="miss")
async def miss(world: Town, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    ref = await _booked(world, by, pick)
    return await booking.miss(world.given.house, by=by, ref=ref, text="" if pick % 2 else "Hör av dig.")


@errand("elin", "ruben", "hamid", log="wish_earlier")
async def wish(world: Town, by: Any, pick: int) -> Any:
    hands(by, PatientActor, StaffActor)
    ref = await _booked(world, by, pick)
    await earlier.wish(world.given.house, by=by, ref=ref)
    return True


@errand("elin", "ruben", log="unwish_earlier")
async def unwish(world: Town, by: Any, pick: int) -> Any:
    hands(by, PatientActor, StaffActor)
    await earlier.unwish(world.given.house, by=by, ref=await _booked(world, by, pick))
    return True


async def _offered(world: Town, by: Any, pick: int) -> CaseRef:
    offer = "EXISTS (SELECT FROM slot_offer o WHERE (o.provider_id, o.case_id) = "
    offer += "(care_case.provider_id, care_case.case_id) AND o.state = 'offered')"
    return await _booked(world, by, pick, offer if pick % 8 else "phase = 'booked'")


@errand("elin", "ruben", "ylva", log="rebook")
async def take_offer(world: Town, by: Any, pick: int) -> Any:
    hands(by, PatientActor, StaffActor)
    ref = await _offered(world, by, pick)
    return await earlier.take_offer(world.given.house, by=by, ref=ref)


@errand("elin", "ruben", log="decline_earlier")
async def decline_offer(world: Town, by: Any, pick: int) -> Any:
    hands(by, PatientActor, StaffActor)
    await earlier.decline_offer(world.given.house, by=by, ref=await _offered(world, by, pick))
    return True


@errand("petra", log="close_days")
async def cancel_day(world: Town, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    day = clock.today() + timedelta(days=1 + pick % 3)
    return await days.cancel_days(
        world.given.house,
        by=by,
        schedule_ids=world.schedules[: 1 + pick % 2],
        first=day,
        last=day,
        why="Utbildning",
        text="Vi har utbildning.",
    )


@errand("petra", log="lift_closed_days")
async def open_day_again(world: Town, by: Any, pick: int) -> Any:
    hands(by, StaffActor)
    region = world.providers[0]
    rows = await world.fetch(
        region,
        "SELECT closed_id FROM schedule_closed WHERE provider_id = $1 "
        "ORDER BY lifted_at IS NOT NULL, closed_id LIMIT 2",
        region,
    )
    if not rows:
        raise NotFound()
    await days.lift_closed(world.given.house, by=by, closed_id=rows[pick % len(rows)]["closed_id"])
    return True


# What the system does at its time; each may be asked for at any other.


@errand("system")
async def offer_freed(world: Town, by: Any, pick: int) -> Any:
    """Whatever is free and somebody may be waiting for."""
    hands(by, SystemActor)
    region = world.providers[0]
    rows = await world.fetch(
        region,
        "SELECT slot_id FROM slot WHERE provider_id = $1 AND state = 'free' AND held_until > $2 AND NOT EXISTS "
        "(SELECT FROM slot_hold h WHERE (h.provider_id, h.slot_id) = (slot.provider_id, slot.slot_id)) LIMIT 3",
        region,
        clock.now(),
    )
    found = [
        await earlier.offer_freed(world.given.house, by=by, slot=SlotRef(region, row["slot_id"]))
        for row in rows
    ]
    return True if any(found) else None


@errand("system")
async def offer_lapses(world: Town, by: Any, pick: int) -> Any:
    hands(by, SystemActor)
    region = world.providers[0]
    rows = await world.fetch(
        region,
        "SELECT case_id, offer_id FROM slot_offer WHERE provider_id = $1 "
        "ORDER BY state = 'offered' DESC, until LIMIT 3",
        region,
    )
    house = world.given.house
    found = [
        await earlier.offer_lapsed(
            house, by=by, ref=CaseRef(region, row["case_id"]), offer_id=row["offer_id"]
        )
        for row in rows
    ]
    return True if any(found) else None


@errand("system")
async def settle_times(world: Town, by: Any, pick: int) -> Any:
    hands(by, SystemActor)
    async with world.provider() as connection:
        found = await queries.begun(connection, world.providers[0], 20)
    done = [await settle(world.given.house, by=by, ref=ref) for ref in found]
    return True if any(done) else None


@errand("system")
async def forget_choices(world: Town, by: Any, pick: int) -> Any:
    hands(by, SystemActor)
    return await sweep_holds(world.given.house, by=by) or None
