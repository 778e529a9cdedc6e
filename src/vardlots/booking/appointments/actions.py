"""What is written beside the case when a time is booked or ends, in the caller's turn and the provider's scope."""

from vardlots.access.actor import Actor
from vardlots.booking import queries
from vardlots.booking.holds.actions import Times
from vardlots.booking.model import (
    APPOINTMENT_COLUMNS,
    Appointment,
    AppointmentState,
    OfferState,
    Slot,
    SlotRef,
    appointment_from,
)
from vardlots.cases.model import Case, CaseRef
from vardlots.platform import clock
from vardlots.platform.db import Connection


class Booked:
    """The rows of booked times in one transaction, and what a change of one means for the line of those who wait.

    The verb that makes one has the case's turn, writes in the provider's scope, and logs what it did.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def number(self) -> int:
        """The number of the next booked time: the case's row names it before it is written."""
        return int(await self._connection.fetchval("SELECT nextval('appointment_number')"))

    async def write(
        self,
        *,
        by: Actor,
        case: Case,
        slot: Slot,
        appointment_id: int,
        ticket_id: int | None = None,
    ) -> Appointment:
        """The booked time itself. PostgreSQL refuses a second one of the time, of the case, and one that overlaps."""
        row = await self._connection.fetchrow(
            f"""
            INSERT INTO appointment (provider_id, appointment_id, case_id, person_id, slot_id, unit_id, role, staff_id,
              time_type, contact, name, starts_at, ends_at, ticket_id, booked_at, booked_by_kind, booked_by_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
            RETURNING {APPOINTMENT_COLUMNS}""",
            case.provider_id,
            appointment_id,
            case.case_id,
            case.person_id,
            slot.slot_id,
            slot.unit_id,
            slot.role,
            slot.staff_id,
            slot.time_type,
            case.contact,
            dict(await queries.name_of_time(self._connection, slot)),
            slot.starts_at,
            slot.ends_at,
            ticket_id,
            clock.now(),
            by.kind,
            by.actor_id,
        )
        return appointment_from(row)

    async def end(self, found: Appointment, state: AppointmentState, why: str = "") -> None:
        """What became of a booked time. Its row stays."""
        ended = await self._connection.fetchval(
            "UPDATE appointment SET state = $3, ended_at = $4, why = $5 WHERE provider_id = $1 AND appointment_id = $2 "
            "AND state = 'booked' RETURNING 1",
            found.provider_id,
            found.appointment_id,
            state.value,
            clock.now(),
            why or None,
        )
        if ended is None:
            raise AssertionError("a booked time moved under its case's turn")

    async def free(self, slot: SlotRef) -> Slot | None:
        """A time that somebody had is free again, unless it began. Returns the time as it was."""
        found = (await Times(self._connection).lock(slot.provider_id, [slot.slot_id])).get(slot.slot_id)
        if found is not None:
            await Times(self._connection).give_back(found)
        return found

    async def end_offer(self, ref: CaseRef, *, took: SlotRef | None = None) -> None:
        """What the case is offered is answered by what it does: taken, or free for the next."""
        row = await self._connection.fetchrow(
            "UPDATE slot_offer SET state = CASE WHEN slot_id = $3 THEN 'taken' ELSE 'declined' END, answered_at = $4 "
            "WHERE provider_id = $1 AND case_id = $2 AND state = 'offered' RETURNING slot_id, person_id, state",
            *ref,
            took.slot_id if took else None,
            clock.now(),
        )
        if row is not None and row["state"] == OfferState.DECLINED:
            await Times(self._connection).give_offered_back(
                SlotRef(ref.provider_id, row["slot_id"]), row["person_id"]
            )

    async def end_wish(self, ref: CaseRef) -> None:
        """The case waits for no earlier time any more."""
        await self._connection.execute(
            "UPDATE earlier_wish SET ended_at = $3 WHERE provider_id = $1 AND case_id = $2 AND ended_at IS NULL",
            *ref,
            clock.now(),
        )

    async def follow(self, case: Case) -> None:
        """Who waits for an earlier time waits at the unit where the time is; their place in the line they keep."""
        await self._connection.execute(
            "UPDATE earlier_wish SET unit_id = $3 WHERE provider_id = $1 AND case_id = $2 AND ended_at IS NULL "
            "AND unit_id <> $3",
            *case.ref,
            case.unit_id,
        )
