"""What happens to a time: kept for whoever chooses, taken, free again. Compare and set; a kept time frees itself.

Every verb that touches several times locks them together, in the order of their numbers: nobody waits in a ring.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

import asyncpg

from vardlots.access.actor import Actor, PatientActor
from vardlots.booking import policy, queries
from vardlots.booking.holds.queries import OUT_OF_SIGHT, choosable, held_by_whom, kept_for, like
from vardlots.booking.model import (
    SLOT_COLUMNS,
    Slot,
    SlotRef,
    SlotState,
    SlotTaken,
    Sought,
    slot_from,
)
from vardlots.cases.turn import House
from vardlots.platform import clock, jobs
from vardlots.platform.db import Connection
from vardlots.platform.errors import WrongState
from vardlots.platform.i18n import N_

OFFER_FREED = "booking.offer_freed"
OFFER_OPENED = "booking.offer_opened"
# How long a time that somebody waits for stays out of sight until it has been offered, should no worker be there.
FIRST_LOOK = timedelta(minutes=2)

P = ParamSpec("P")
R = TypeVar("R")


# Who waits for an earlier time than their own, and could have this one as far as one statement tells.
_WAITED_FOR = """
SELECT slot_id FROM slot s WHERE provider_id = $1 AND slot_id = ANY ($2::bigint[]) AND state = 'free' AND patient_sees
  AND starts_at > $3 AND EXISTS (SELECT FROM earlier_wish w JOIN care_case c USING (provider_id, case_id)
    WHERE w.provider_id = s.provider_id AND w.unit_id = s.unit_id AND w.ended_at IS NULL AND c.phase = 'booked'
      AND c.role = s.role AND (c.booked_from IS NULL OR c.booked_from > s.starts_at))
ORDER BY slot_id FOR NO KEY UPDATE OF s
"""


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


class Times:
    """A provider's times in one transaction, and the one way to change them.

    The verb that makes one has checked who may, writes in the provider's scope, and logs what it did.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self, provider_id: int, slot_ids: Iterable[int]) -> dict[int, Slot]:
        """The times, locked together in the order of their numbers, within the provider's scope."""
        rows = await self._connection.fetch(
            f"SELECT {SLOT_COLUMNS} FROM slot WHERE provider_id = $1 AND slot_id = ANY ($2::bigint[]) "
            "ORDER BY slot_id FOR NO KEY UPDATE",
            provider_id,
            sorted(set(slot_ids)),
        )
        return {row["slot_id"]: slot_from(row) for row in rows}

    async def take(self, *, slot: SlotRef, sought: Sought, also: Sequence[int] = ()) -> Slot:
        """The time is somebody's from now on, in the caller's transaction and the provider's scope.

        `sought` is what they may choose among, whatever the unit; `also` are other times that the transaction touches.
        What else was kept for the person is free again. Raises NotFound for a time that is not theirs to choose,
        WrongState `too_late` or `too_far` by the provider's rules, Lost where it is not free any more.
        """
        kept = await kept_for(self._connection, sought)
        locked = await self.lock(slot.provider_id, [slot.slot_id, *also, *kept])
        # Whoever let one go meanwhile may have made room for somebody else: what is kept is asked of locked times.
        kept = [one for one in await kept_for(self._connection, sought) if one in locked]
        now = clock.now()
        wanted = await choosable(self._connection, locked.get(slot.slot_id), sought, now)
        held_by = await held_by_whom(self._connection, slot, now)
        if not policy.can_be_taken(wanted, held_by, sought.person_ids, now):
            raise Lost(like(sought, wanted), wanted)
        taken = await self._connection.fetchval(
            "UPDATE slot SET state = 'taken', held_until = NULL, changed_at = $3 WHERE provider_id = $1 "
            "AND slot_id = $2 AND state = 'free' RETURNING 1",
            *slot,
            now,
        )
        if taken is None:
            raise Lost(like(sought, wanted), wanted)
        await self.let_go(slot.provider_id, [slot.slot_id, *kept])
        return wanted

    async def let_go(self, provider_id: int, slot_ids: Sequence[int]) -> None:
        """Nobody in particular has the (locked) times any more."""
        await self._connection.execute(
            "DELETE FROM slot_hold WHERE provider_id = $1 AND slot_id = ANY ($2::bigint[])",
            provider_id,
            list(slot_ids),
        )
        await self._connection.execute(
            "UPDATE slot SET held_until = NULL WHERE provider_id = $1 AND slot_id = ANY ($2::bigint[]) "
            "AND state = 'free' AND held_until IS NOT NULL",
            provider_id,
            list(slot_ids),
        )

    async def give_back(self, slot: Slot) -> bool:
        """A (locked) time that was somebody's, or kept for an offer, is free again, unless it has begun.

        Where somebody waits for an earlier time at the unit it is out of sight until it has been offered to them; the
        job is promised here. Returns whether it is free.
        """
        now = clock.now()
        await self.let_go(slot.provider_id, [slot.slot_id])
        if slot.starts_at <= now:
            await self._set_state(slot, SlotState.BLOCKED, now)
            return False
        await self._set_state(slot, SlotState.FREE, now)
        await self._keep_for_the_line(slot)
        return True

    async def give_offered_back(self, slot: SlotRef, person_id: int) -> Slot | None:
        """A time that was offered is free for the next, if it still is kept for the one who was offered it.

        After the deadline anybody may have chosen or booked it. Returns the time where it is free.
        """
        found = (await self.lock(slot.provider_id, [slot.slot_id])).get(slot.slot_id)
        if found is None or found.state is not SlotState.FREE:
            return None
        theirs = await self._connection.fetchval(
            "SELECT 1 FROM slot_hold WHERE provider_id = $1 AND slot_id = $2 AND person_id = $3 "
            "AND held_by_kind = 'system'",
            *slot,
            person_id,
        )
        return found if theirs and await self.give_back(found) else None

    async def _keep_for_the_line(self, slot: Slot) -> None:
        waits = await self._connection.fetchval(
            "SELECT EXISTS (SELECT FROM earlier_wish WHERE provider_id = $1 AND unit_id = $2 AND ended_at IS NULL)",
            slot.provider_id,
            slot.unit_id,
        )
        if waits:
            await self.hide(slot)
            await jobs.enqueue(self._connection, OFFER_FREED, {"slot": str(slot.ref)})

    async def offer_new(self, provider_id: int, unit_id: int, slot_ids: Sequence[int]) -> None:
        """Times of a unit that have just been opened, or moved: those that somebody waits for are out of sight until
        the line has been asked. One job for all of them is promised here, however many they are."""
        rows = await self._connection.fetch(_WAITED_FOR, provider_id, list(slot_ids), clock.now())
        if not rows:
            return
        await self._hide(provider_id, [row["slot_id"] for row in rows])
        await jobs.enqueue(self._connection, OFFER_OPENED, {"provider_id": provider_id, "unit_id": unit_id})

    async def clear(self, slot: Slot) -> None:
        """A (locked) time is kept for nobody any more: free for all."""
        await self.let_go(slot.provider_id, [slot.slot_id])

    async def hide(self, slot: Slot) -> None:
        """A (locked) free time stays out of sight until somebody has been asked about it, at most for a while."""
        await self._hide(slot.provider_id, [slot.slot_id])

    async def _hide(self, provider_id: int, slot_ids: Sequence[int]) -> None:
        # Whoever it was kept for before, till a moment that has passed, has it no more.
        await self._connection.execute(
            "WITH gone AS (DELETE FROM slot_hold WHERE provider_id = $1 AND slot_id = ANY ($2::bigint[])) "
            "UPDATE slot SET held_until = $3 WHERE provider_id = $1 AND slot_id = ANY ($2::bigint[]) "
            "AND state = 'free'",
            provider_id,
            list(slot_ids),
            clock.now() + FIRST_LOOK,
        )

    async def show(self, provider_id: int, slot_ids: Sequence[int]) -> None:
        """Times that are out of sight for the line are everybody's; not those that are kept for somebody."""
        await self.lock(provider_id, slot_ids)
        await self._connection.execute(
            "UPDATE slot s SET held_until = NULL WHERE provider_id = $1 AND slot_id = ANY ($2::bigint[]) "
            f"AND {OUT_OF_SIGHT}",
            provider_id,
            list(slot_ids),
        )

    async def close(self, slot: Slot, why: str) -> None:
        """The unit takes a (locked) time back: nobody books it until staff open it again."""
        await self.let_go(slot.provider_id, [slot.slot_id])
        await self._set_state(slot, SlotState.BLOCKED, clock.now(), why)

    async def _set_state(self, slot: Slot, state: SlotState, now: datetime, why: str | None = None) -> None:
        await self._connection.execute(
            "UPDATE slot SET state = $3, changed_at = $4, why = coalesce($5, why) WHERE provider_id = $1 "
            "AND slot_id = $2 AND state IN ('taken', 'free')",
            *slot.ref,
            state.value,
            now,
            why[:200] if why is not None else None,
        )

    async def keep(self, *, slot: Slot, person_id: int, by: Actor, until: datetime) -> None:
        """Keep a (locked) free time for a person until a moment; whoever it was kept for before has let it go."""
        await self._connection.execute(
            "UPDATE slot SET held_until = $3 WHERE provider_id = $1 AND slot_id = $2 AND state = 'free'",
            *slot.ref,
            until,
        )
        await self._connection.execute(
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
