"""One time: blocked and open again, moved, taken away. A booked one moves only by telling the patient.

Nothing here touches a time that somebody has, or that is kept for somebody who is choosing it: whoever was first is
who the answer names.
"""

from datetime import date, datetime

import asyncpg

from vardlots.access.actor import StaffActor
from vardlots.audit import log as audit
from vardlots.booking import actions as booking
from vardlots.booking.holds.actions import Times
from vardlots.booking.model import SlotRef
from vardlots.booking.schedules import policy
from vardlots.booking.schedules.actions import locked_schedule, signals_of, write_times
from vardlots.booking.schedules.model import MOST_WHY, Schedule, Span, State, Time
from vardlots.booking.schedules.opening import type_for
from vardlots.booking.schedules.queries import booked_case, closed_at, days_of, time_of
from vardlots.cases.model import CaseRef
from vardlots.cases.turn import House
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid, NotFound, Refusal, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.pages import clock_time


async def block_time(house: House, *, by: StaffActor, slot_id: int, why: str) -> None:
    """A free time that nobody can book, with why. Raises NotFound, Forbidden, Invalid, WrongState."""
    why = " ".join(why.split())
    if not 1 <= len(why) <= MOST_WHY:
        raise Invalid("why", N_("Skriv varför, med högst {n} tecken."), n=MOST_WHY)
    async with house.database.transaction(by.scope) as connection:
        time = await _own(connection, by, slot_id)
        _require_untaken(time, State.FREE)
        await _set_state(connection, time, State.BLOCKED, why)
        await _log(connection, by, "block_time", time)
    house.hub.publish(signals_of(time.unit_id))


async def unblock_time(house: House, *, by: StaffActor, slot_id: int) -> None:
    """A blocked time is free again. Raises NotFound, Forbidden, WrongState."""
    async with house.database.transaction(by.scope) as connection:
        time = await _own(connection, by, slot_id)
        if time.state is not State.BLOCKED:
            raise WrongState(N_("Tiden är inte spärrad längre."), code="not_blocked")
        await _set_state(connection, time, State.FREE, "")
        await Times(connection).offer_new(time.provider_id, time.unit_id, [slot_id])
        await _log(connection, by, "unblock_time", time)
    house.hub.publish(signals_of(time.unit_id))


async def remove_time(house: House, *, by: StaffActor, slot_id: int) -> None:
    """A free or blocked time is taken away; a rule does not open it anew. Raises NotFound, Forbidden, WrongState."""
    async with house.database.transaction(by.scope) as connection:
        time = await _own(connection, by, slot_id)
        _require_untaken(time, State.FREE, State.BLOCKED)
        await _set_state(connection, time, State.REMOVED, "")
        await _log(connection, by, "remove_time", time)
    house.hub.publish(signals_of(time.unit_id))


async def move_time(
    house: House, *, by: StaffActor, slot_id: int, schedule_id: int, starts_at: datetime
) -> None:
    """A free or blocked time, to another moment or schedule, as long as it was.

    Raises NotFound, Forbidden, Invalid, and WrongState when it is taken or another time is in the way.
    """
    async with house.database.transaction(by.scope) as connection:
        to = await _place(connection, by, slot_id, schedule_id, starts_at)
        time = await _own(connection, by, slot_id)
        _require_untaken(time, State.FREE, State.BLOCKED)
        try:
            await connection.execute(
                "UPDATE slot SET schedule_id = $3, unit_id = $4, role = $5, staff_id = $6, starts_at = $7, "
                "ends_at = $8, changed_at = $9 WHERE provider_id = $1 AND slot_id = $2",
                time.provider_id,
                time.slot_id,
                to.schedule_id,
                to.unit_id,
                to.role,
                to.staff_id,
                starts_at,
                starts_at + (time.ends_at - time.starts_at),
                clock.now(),
            )
        except asyncpg.ExclusionViolationError:
            raise _in_the_way(starts_at) from None
        await Times(connection).offer_new(time.provider_id, to.unit_id, [slot_id])
        await _log(connection, by, "move_time", time)
    house.hub.publish(signals_of(time.unit_id, to.unit_id))


async def move_booked(
    house: House, *, by: StaffActor, slot_id: int, schedule_id: int, starts_at: datetime
) -> CaseRef:
    """A booked time, to another moment or schedule: the patient is told of the new one.

    The free time that stands there is taken; where none does, one is opened for it, and is gone again if the patient
    cannot have it. Raises NotFound, Forbidden, Invalid, WrongState.
    """
    async with house.database.transaction(by.scope) as connection:
        to = await _place(connection, by, slot_id, schedule_id, starts_at)
        time = await _own(connection, by, slot_id)
        ref = await booked_case(connection, time)
        new, opened = await _free_at(connection, by, time, to, starts_at)
    try:
        await booking.rebook(house, by=by, ref=ref, slot=SlotRef(time.provider_id, new))
    except Refusal:
        if opened:
            await remove_time(house, by=by, slot_id=new)
        raise
    house.hub.publish(signals_of(time.unit_id, to.unit_id))
    return ref


async def booked_at(house: House, *, by: StaffActor, slot_id: int) -> CaseRef:
    """The case that has a time which the actor may take back. Raises NotFound, Forbidden, WrongState."""
    async with house.database.transaction(by.scope) as connection:
        time = await time_of(connection, by=by, slot_id=slot_id)
        policy.require_change(by, provider_id=time.provider_id, unit_id=time.unit_id, staff_id=time.staff_id)
        return await booked_case(connection, time)


async def _own(connection: Connection, by: StaffActor, slot_id: int) -> Time:
    """The time, locked, that the actor may change. Raises NotFound, Forbidden."""
    time = await time_of(connection, by=by, slot_id=slot_id, lock=True)
    policy.require_change(by, provider_id=time.provider_id, unit_id=time.unit_id, staff_id=time.staff_id)
    if time.state is State.REMOVED:
        raise NotFound()
    return time


def _require_untaken(time: Time, *states: State) -> None:
    if time.state is State.TAKEN:
        raise WrongState(N_("Någon hann boka tiden."), code="time_taken")
    if time.is_held(clock.now()) and time.held_until is not None:
        raise WrongState(
            N_("Tiden hålls för någon som väljer, till {time}. Försök igen då."),
            code="time_held",
            time=clock_time(time.held_until),
        )
    if time.state not in states:
        raise WrongState(N_("Tiden är redan spärrad."), code="time_blocked")


async def _set_state(connection: Connection, time: Time, state: State, why: str) -> None:
    await connection.execute(
        "UPDATE slot SET state = $3, why = $4, held_until = NULL, changed_at = $5 "
        "WHERE provider_id = $1 AND slot_id = $2",
        time.provider_id,
        time.slot_id,
        state.value,
        why,
        clock.now(),
    )


async def _place(
    connection: Connection, by: StaffActor, slot_id: int, schedule_id: int, starts_at: datetime
) -> Schedule:
    """The schedule that a time may be moved into at a moment, locked before the time is. Raises as it, and Invalid."""
    time = await time_of(connection, by=by, slot_id=slot_id)
    to = await locked_schedule(connection, by=by, schedule_id=schedule_id)
    if starts_at <= clock.now():
        raise Invalid("at", N_("Tiden har varit. Välj en som kommer."))
    if (schedule_id, starts_at) == (time.schedule_id, time.starts_at):
        raise Invalid("at", N_("Tiden står redan där. Välj en annan."))
    await type_for(connection, to, time.time_type)
    day = _day(starts_at)
    closed = await closed_at(
        connection, provider_id=to.provider_id, schedule_ids=[schedule_id], first=day, last=day
    )
    if day in days_of(closed):
        raise Invalid("day", N_("Dagen är stängd i det schemat. Välj en annan dag."))
    return to


def _day(moment: datetime) -> date:
    return clock.local(moment).date()


async def _free_at(
    connection: Connection, by: StaffActor, time: Time, to: Schedule, starts_at: datetime
) -> tuple[int, bool]:
    """A free time of the same kind there, and whether it was opened just now. Raises WrongState."""
    found = await connection.fetchval(
        "SELECT slot_id FROM slot WHERE provider_id = $1 AND schedule_id = $2 AND starts_at = $3 AND state = 'free' "
        "AND coalesce(held_until <= $4, true)",
        to.provider_id,
        to.schedule_id,
        starts_at,
        clock.now(),
    )
    if found is not None:
        return int(found), False
    kind = await type_for(connection, to, time.time_type)
    span = Span(starts_at, starts_at + (time.ends_at - time.starts_at))
    written = await write_times(
        connection, by=by, schedule=to, code=time.time_type, kind=kind, times=[span], for_somebody=True
    )
    if not written:
        raise _in_the_way(starts_at)
    opened = await connection.fetchval(
        "SELECT slot_id FROM slot WHERE provider_id = $1 AND schedule_id = $2 AND starts_at = $3 AND state = 'free'",
        to.provider_id,
        to.schedule_id,
        starts_at,
    )
    return int(opened), True


def _in_the_way(starts_at: datetime) -> WrongState:
    return WrongState(
        N_("En annan tid ligger redan där, {time}. Välj en annan plats."),
        code="time_in_the_way",
        time=clock_time(starts_at),
    )


async def _log(connection: Connection, by: StaffActor, action: str, time: Time) -> None:
    reason = f"slot {time.slot_id} schedule {time.schedule_id}"
    await audit.write(connection, [audit.access(by, action, provider_id=by.provider_id, reason=reason)])
