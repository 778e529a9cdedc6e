"""What happens to a time: kept for whoever chooses, taken, free again. Compare and set; a kept time frees itself.

Every verb that touches several times locks them together, in the order of their numbers: nobody waits in a ring.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import asyncpg
import msgspec

from vardlots.access.actor import Actor, PatientActor, StaffActor, SystemActor
from vardlots.audit import log as audit
from vardlots.booking import policy, queries
from vardlots.booking.model import (
    SLOT_COLUMNS,
    Slot,
    SlotRef,
    SlotState,
    SlotTaken,
    Sought,
    slot_from,
    sought_by_ticket,
)
from vardlots.cases.model import CaseRef
from vardlots.cases.turn import House
from vardlots.configuration.booking_rules import booking_rules
from vardlots.people.queries import same_persons
from vardlots.platform import clock, jobs
from vardlots.platform.db import Connection, also_provider
from vardlots.platform.errors import Forbidden, NotFound, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Signal
from vardlots.tickets.model import TICKET_COLUMNS, Kind, ticket_from

OFFER_FREED = "booking.offer_freed"
# How long a time that somebody waits for stays out of sight until it has been offered, should no worker be there.
FIRST_LOOK = timedelta(minutes=2)

P = ParamSpec("P")
R = TypeVar("R")


class Lost(Exception):
    """The time cannot be had any more. `tells_nearest` turns it into what the person reads."""

    def __init__(self, sought: Sought, slot: Slot) -> None:
        super().__init__(slot.ref)
        self.sought = sought
        self.slot = slot


def tells_nearest(verb: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """A lost race raises SlotTaken with the nearest free times, read after everything else has been rolled back.

    A person's own time that overlaps raises WrongState `double_booked`.
    """

    @wraps(verb)
    async def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await verb(*args, **kwargs)
        except asyncpg.ExclusionViolationError as fault:
            if fault.constraint_name == "appointment_once_for_person":
                raise double_booked(kwargs["by"]) from None
            raise
        except Lost as lost:
            house, by = args[0], kwargs["by"]
            assert isinstance(house, House)
            async with house.database.transaction(by.scope) as connection:  # type: ignore[attr-defined]
                around = max(lost.slot.starts_at, clock.now())
                nearest = await queries.nearest_times(connection, sought=lost.sought, around=around)
            raise SlotTaken(nearest) from None

    return told


def double_booked(by: object) -> WrongState:
    """Nobody is in two places at once."""
    return WrongState(
        N_("Du har redan en bokad tid som krockar med den. Välj en annan tid, eller avboka den andra först.")
        if isinstance(by, PatientActor)
        else N_("Patienten har redan en bokad tid som krockar med den. Välj en annan tid."),
        code="double_booked",
    )


async def lock_slots(connection: Connection, provider_id: int, slot_ids: Iterable[int]) -> dict[int, Slot]:
    """The times, locked together in the order of their numbers, within the provider's scope."""
    rows = await connection.fetch(
        f"SELECT {SLOT_COLUMNS} FROM slot WHERE provider_id = $1 AND slot_id = ANY ($2::bigint[]) "
        "ORDER BY slot_id FOR NO KEY UPDATE",
        provider_id,
        sorted(set(slot_ids)),
    )
    return {row["slot_id"]: slot_from(row) for row in rows}


async def take(connection: Connection, *, slot: SlotRef, sought: Sought, also: Sequence[int] = ()) -> Slot:
    """The time is somebody's from now on, in the caller's transaction and the provider's scope.

    `sought` is what they may choose among, whatever the unit; `also` are other times that the transaction touches.
    What else was kept for the person is free again. Raises NotFound for a time that is not theirs to choose,
    WrongState `too_late` or `too_far` by the provider's rules, Lost where it is not free any more.
    """
    kept = await _kept_for(connection, sought)
    locked = await lock_slots(connection, slot.provider_id, [slot.slot_id, *also, *kept])
    now = clock.now()
    wanted = await _choosable(connection, locked.get(slot.slot_id), sought, now)
    held_by = await _held_by(connection, slot, now)
    if not policy.can_be_taken(wanted, held_by, sought.person_ids, now):
        raise Lost(sought, wanted)
    taken = await connection.fetchval(
        "UPDATE slot SET state = 'taken', held_until = NULL, changed_at = $3 WHERE provider_id = $1 AND slot_id = $2 "
        "AND state = 'free' RETURNING 1",
        *slot,
        now,
    )
    if taken is None:
        raise Lost(sought, wanted)
    await _let_go(connection, slot.provider_id, [slot.slot_id, *kept])
    return wanted


async def _choosable(connection: Connection, wanted: Slot | None, sought: Sought, now: datetime) -> Slot:
    """The time, where it is one that may be chosen. Raises NotFound, WrongState."""
    if wanted is None or not policy.fits(anywhere(sought, wanted), wanted):
        raise NotFound()
    rules = await booking_rules(connection, wanted.provider_id)
    if policy.in_window(sought, wanted, rules, now):
        return wanted
    if wanted.starts_at > now + rules.notice:
        raise WrongState(N_("Så långt fram går det inte att boka än. Välj en tidigare tid."), code="too_far")
    raise WrongState(
        N_("Tiden börjar för snart för att bokas. Välj en senare tid, eller ring enheten.")
        if sought.by_patient
        else N_("Tiden har redan börjat. Välj en senare tid."),
        code="too_late",
    )


def anywhere(sought: Sought, slot: Slot) -> Sought:
    """What is sought, at the unit of a time: patients may book at another unit than the ticket's (row B9)."""
    return msgspec.structs.replace(sought, unit_ids=(slot.unit_id,))


async def _held_by(connection: Connection, slot: SlotRef, now: datetime) -> int | None:
    held: int | None = await connection.fetchval(
        "SELECT person_id FROM slot_hold WHERE provider_id = $1 AND slot_id = $2 AND until > $3", *slot, now
    )
    return held


async def _kept_for(connection: Connection, sought: Sought) -> list[int]:
    """What the person has chosen before; what they are offered is another matter."""
    rows = await connection.fetch(
        "SELECT slot_id FROM slot_hold WHERE provider_id = $1 AND person_id = ANY ($2::bigint[]) "
        "AND held_by_kind <> 'system'",
        sought.provider_id,
        list(sought.person_ids),
    )
    return [row["slot_id"] for row in rows]


async def _let_go(connection: Connection, provider_id: int, slot_ids: Sequence[int]) -> None:
    """Nobody in particular has the (locked) times any more."""
    await connection.execute(
        "DELETE FROM slot_hold WHERE provider_id = $1 AND slot_id = ANY ($2::bigint[])",
        provider_id,
        list(slot_ids),
    )
    await connection.execute(
        "UPDATE slot SET held_until = NULL WHERE provider_id = $1 AND slot_id = ANY ($2::bigint[]) "
        "AND state = 'free' AND held_until IS NOT NULL",
        provider_id,
        list(slot_ids),
    )


async def give_back(connection: Connection, slot: Slot) -> bool:
    """A (locked) time that was somebody's, or kept for an offer, is free again, unless it has begun.

    Where somebody waits for an earlier time at the unit it is out of sight until it has been offered to them; the job
    is promised here. Returns whether it is free.
    """
    now = clock.now()
    await _let_go(connection, slot.provider_id, [slot.slot_id])
    if slot.starts_at <= now:
        await _set_state(connection, slot, SlotState.BLOCKED, now)
        return False
    await _set_state(connection, slot, SlotState.FREE, now)
    waits = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM earlier_wish WHERE provider_id = $1 AND unit_id = $2 AND ended_at IS NULL)",
        slot.provider_id,
        slot.unit_id,
    )
    if waits:
        await connection.execute(
            "UPDATE slot SET held_until = $3 WHERE provider_id = $1 AND slot_id = $2",
            *slot.ref,
            now + FIRST_LOOK,
        )
        await jobs.enqueue(connection, OFFER_FREED, {"slot": str(slot.ref)})
    return True


async def clear(connection: Connection, slot: Slot) -> None:
    """A (locked) time is kept for nobody any more: free for all."""
    await _let_go(connection, slot.provider_id, [slot.slot_id])


async def close_slot(connection: Connection, slot: Slot, why: str) -> None:
    """The unit takes a (locked) time back: nobody books it until staff open it again."""
    await _let_go(connection, slot.provider_id, [slot.slot_id])
    await _set_state(connection, slot, SlotState.BLOCKED, clock.now(), why)


async def _set_state(
    connection: Connection, slot: Slot, state: SlotState, now: datetime, why: str | None = None
) -> None:
    await connection.execute(
        "UPDATE slot SET state = $3, changed_at = $4, why = coalesce($5, why) WHERE provider_id = $1 AND slot_id = $2 "
        "AND state IN ('taken', 'free')",
        *slot.ref,
        state.value,
        now,
        why[:200] if why is not None else None,
    )


async def keep(connection: Connection, *, slot: Slot, person_id: int, by: Actor, until: datetime) -> None:
    """Keep a (locked) free time for a person until a moment; whoever it was kept for before has let it go."""
    await connection.execute(
        "UPDATE slot SET held_until = $3 WHERE provider_id = $1 AND slot_id = $2 AND state = 'free'",
        *slot.ref,
        until,
    )
    await connection.execute(
        "INSERT INTO slot_hold (provider_id, slot_id, person_id, held_by_kind, held_by_id, until) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (provider_id, slot_id) DO UPDATE SET "
        "person_id = EXCLUDED.person_id, held_by_kind = EXCLUDED.held_by_kind, held_by_id = EXCLUDED.held_by_id, "
        "until = EXCLUDED.until",
        *slot.ref,
        person_id,
        by.kind,
        by.actor_id,
        until,
    )


@tells_nearest
async def hold(house: House, *, by: PatientActor | StaffActor, slot: SlotRef, person_id: int) -> Slot:
    """Keep a time for the person while somebody chooses. One at a time: what they chose before is free again.

    It is free again by itself (`Slot.held_until`). Raises NotFound where it is not theirs to choose, SlotTaken where it
    is not free, WrongState by the provider's rules.
    """
    async with house.database.transaction(by.scope) as connection:
        sought = await _may_choose(connection, by, slot, person_id)
        await also_provider(connection, slot.provider_id)
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"hold {min(sought.person_ids)}"
        )
        kept = await _kept_for(connection, sought)
        locked = await lock_slots(connection, slot.provider_id, [slot.slot_id, *kept])
        now = clock.now()
        wanted = await _choosable(connection, locked.get(slot.slot_id), sought, now)
        if not policy.can_be_taken(wanted, await _held_by(connection, slot, now), sought.person_ids, now):
            raise Lost(sought, wanted)
        # A time that is offered to the person is theirs already, and for longer.
        if slot.slot_id not in kept and wanted.held_until is not None and wanted.held_until > now:
            return wanted
        await _let_go(connection, slot.provider_id, kept)
        until = now + (await booking_rules(connection, slot.provider_id)).hold
        await keep(connection, slot=wanted, person_id=person_id, by=by, until=until)
        about: Mapping[str, Any] = {"provider_id": slot.provider_id, "person_id": person_id}
        await audit.write(connection, [audit.access(by, "hold_time", **about)])
    house.hub.publish([Signal(f"unit:{wanted.unit_id}")])
    return wanted


async def let_go(house: House, *, by: PatientActor | StaffActor, slot: SlotRef, person_id: int) -> None:
    """Whoever chose has changed their mind. Nothing happens where the time is not kept for the person."""
    async with house.database.transaction(by.scope) as connection:
        if isinstance(by, PatientActor):
            if person_id not in by.persons:
                raise NotFound()
            await also_provider(connection, slot.provider_id)
        elif slot.provider_id != by.provider_id:
            raise NotFound()
        locked = await lock_slots(connection, slot.provider_id, [slot.slot_id])
        mine = await connection.fetchval(
            "SELECT 1 FROM slot_hold WHERE provider_id = $1 AND slot_id = $2 AND person_id = $3 "
            "AND held_by_kind <> 'system'",
            *slot,
            person_id,
        )
        if not mine:
            return
        await _let_go(connection, slot.provider_id, [slot.slot_id])
        about: Mapping[str, Any] = {"provider_id": slot.provider_id, "person_id": person_id}
        await audit.write(connection, [audit.access(by, "let_go_time", **about)])
    house.hub.publish([Signal(f"unit:{one.unit_id}") for one in locked.values()])


async def _may_choose(
    connection: Connection, by: PatientActor | StaffActor, slot: SlotRef, person_id: int
) -> Sought:
    """What the person may choose among, if the actor may choose for them. Raises NotFound, Forbidden.

    A patient chooses with a booking ticket that waits, or for a booked visit.
    """
    wanted = await queries.slot_of(connection, slot)
    if isinstance(by, StaffActor):
        return await _staff_choose(connection, by, wanted, person_id)
    if not by.may_seek(person_id=by.main(person_id), provider_id=slot.provider_id):
        raise NotFound()
    ids = by.ids_of(by.main(person_id))
    rows = await connection.fetch(
        f"SELECT {TICKET_COLUMNS} FROM ticket WHERE provider_id = $1 AND person_id = ANY ($2::bigint[]) "
        "AND state IN ('issued', 'opened')",
        slot.provider_id,
        ids,
    )
    now = clock.now()
    tickets = [one for one in map(ticket_from, rows) if one.kind is Kind.BOOKING and one.waits_at(now)]
    found = [sought_by_ticket(one, unit_ids=[wanted.unit_id]) for one in tickets]
    booked = await connection.fetch(
        "SELECT provider_id, case_id FROM care_case WHERE provider_id = $1 AND person_id = ANY ($2::bigint[]) "
        "AND phase = 'booked'",
        slot.provider_id,
        ids,
    )
    found += [await queries.sought_by_case(connection, CaseRef(*row), by_patient=True) for row in booked]
    fitting = next((one for one in found if policy.fits(anywhere(one, wanted), wanted)), None)
    if fitting is None:
        raise NotFound()
    return for_persons(fitting, ids)


async def _staff_choose(connection: Connection, by: StaffActor, wanted: Slot, person_id: int) -> Sought:
    if wanted.provider_id != by.provider_id:
        raise NotFound()
    if not by.cares:
        raise Forbidden(N_("Din roll öppnar inga ärenden."), code="not_carer")
    known = await connection.fetchval(
        "SELECT 1 FROM patient WHERE provider_id = $1 AND person_id = $2", by.provider_id, person_id
    )
    if known is None:
        raise NotFound()
    ids = await same_persons(connection, [person_id])
    return Sought(provider_id=by.provider_id, unit_ids=(wanted.unit_id,), person_ids=tuple(ids))


def for_persons(sought: Sought, person_ids: Sequence[int]) -> Sought:
    """What is sought, for a person under all their ids."""
    return msgspec.structs.replace(sought, person_ids=tuple(person_ids))


async def sweep_holds(house: House, *, by: SystemActor) -> int:
    """Remove what is left of choices whose minutes are over: the times were free again since. Returns how many."""
    async with house.database.transaction(by.scope) as connection:
        rows = await connection.fetch(
            "SELECT slot_id FROM slot_hold WHERE provider_id = $1 AND until < $2 AND held_by_kind <> 'system'",
            by.provider_id,
            clock.now(),
        )
        over = [row["slot_id"] for row in rows]
        if not over:
            return 0
        await lock_slots(connection, by.provider_id, over)
        rows = await connection.fetch(
            "DELETE FROM slot_hold WHERE provider_id = $1 AND slot_id = ANY ($2::bigint[]) AND until < $3 "
            "AND held_by_kind <> 'system' RETURNING slot_id",
            by.provider_id,
            over,
            clock.now(),
        )
        gone = [row["slot_id"] for row in rows]
        await connection.execute(
            "UPDATE slot SET held_until = NULL WHERE provider_id = $1 AND slot_id = ANY ($2::bigint[]) "
            "AND state = 'free'",
            by.provider_id,
            gone,
        )
    return len(gone)
