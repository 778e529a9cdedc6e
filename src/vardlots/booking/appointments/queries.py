"""What is read to write down a booked time."""

from collections.abc import Sequence
from typing import Any

from vardlots.access.actor import Actor, PatientActor
from vardlots.booking import queries
from vardlots.booking.holds.actions import double_booked
from vardlots.booking.model import Slot
from vardlots.platform.db import Connection


async def tell_of(connection: Connection, appointment_id: int, slot: Slot, contact: str) -> dict[str, Any]:
    """The body of the row that tells of a booked time."""
    row = await connection.fetchrow(
        "SELECT (SELECT name FROM unit WHERE provider_id = $1 AND unit_id = $2) AS unit, "
        "(SELECT given_name || ' ' || family_name FROM staff WHERE staff_id = $3) AS staff",
        slot.provider_id,
        slot.unit_id,
        slot.staff_id,
    )
    return {
        "appointment_id": appointment_id,
        "from": slot.starts_at.isoformat(),
        "until": slot.ends_at.isoformat(),
        "unit": row["unit"],
        "where": contact,
        "name": dict(await queries.name_of_time(connection, slot)),
        "staff": row["staff"],
    }


# Two providers' bookings of the same person wait for each other, and see what the other has booked.
_ONE_AT_A_TIME = (
    "SELECT pg_advisory_xact_lock(hashtextextended('booked ' || one, 0)) FROM "
    "(SELECT unnest($1::bigint[])::text AS one ORDER BY 1) AS ids"
)


async def not_elsewhere(connection: Connection, by: Actor, ids: Sequence[int], slot: Slot) -> None:
    """Nobody is in two places at once, under any of their ids: the database's constraint knows one id at a time.

    It knows one provider at a time, too. A patient is asked about all of them, in their own scope; staff see their own
    provider's, and learn nothing of a time beyond it. Whoever books for the same person at this moment, at whatever
    provider, has done so first or waits: nothing is written between the question and the end of the transaction. It is
    asked after the times are locked, always, so that nobody waits in a ring. Raises WrongState `double_booked`.
    """
    await connection.execute(_ONE_AT_A_TIME, sorted(set(ids)))
    if (len(ids) > 1 or isinstance(by, PatientActor)) and await connection.fetchval(
        "SELECT 1 FROM appointment WHERE person_id = ANY ($1::bigint[]) AND state = 'booked' "
        "AND tstzrange(starts_at, ends_at) && tstzrange($2, $3) LIMIT 1",
        list(ids),
        slot.starts_at,
        slot.ends_at,
    ):
        raise double_booked(by)
