"""The load balancer's switch, and what the system does with a shift that somebody forgot."""

from datetime import datetime

import msgspec

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.access.shifts.promises import promise_balance
from vardlots.access.shifts.rules import shift_rules
from vardlots.platform import clock, jobs
from vardlots.platform.db import Connection, Database
from vardlots.platform.errors import WrongState
from vardlots.platform.live import Hub, Signal

AT_ONCE = 500


class Forgotten(msgspec.Struct, frozen=True):
    """A shift that the system has done something with."""

    shift_id: int
    staff_id: int


async def set_load_balancer(database: Database, hub: Hub, *, by: StaffActor, on: bool) -> None:
    """Switch the load balancer of the open shift; on, it looks at the queue at once. Raises WrongState without one."""
    async with database.transaction(by.scope) as connection:
        row = await connection.fetchrow(
            "UPDATE shift SET load_balancer = $2 WHERE staff_id = $1 AND provider_id = $3 AND ended_at IS NULL "
            "RETURNING unit_id, role",
            by.staff_id,
            on,
            by.provider_id,
        )
        if row is None:
            raise WrongState("Starta ett skift först.", code="no_shift")
        if on:
            await promise_balance(connection, by.provider_id, row["unit_id"], row["role"])
    hub.publish([Signal(f"staff:{by.staff_id}"), Signal(f"unit:{row['unit_id']}")])


async def remind(database: Database, hub: Hub, *, by: SystemActor) -> list[Forgotten]:
    """Remind of every shift at the provider that is forgotten: once each, in the page and by a text to the phone."""
    now = clock.now()
    async with database.transaction(by.scope) as connection:
        rules = await shift_rules(connection, by.provider_id)
        found = await _marked(
            connection,
            "UPDATE shift SET reminded_at = $2 WHERE (provider_id, shift_id) IN (SELECT provider_id, shift_id "
            "FROM shift WHERE provider_id = $1 AND ended_at IS NULL AND reminded_at IS NULL AND started_at <= $3 "
            "ORDER BY started_at LIMIT $4 FOR UPDATE SKIP LOCKED) RETURNING shift_id, staff_id",
            by,
            now,
            now - rules.remind_after,
        )
        for one in found:
            payload = {"provider_id": by.provider_id, "shift_id": one.shift_id}
            await jobs.enqueue(connection, "notifications.shift_forgotten", payload)
    hub.publish(Signal(f"staff:{one.staff_id}") for one in found)
    return found


async def close_forgotten(database: Database, hub: Hub, *, by: SystemActor) -> list[Forgotten]:
    """End the shifts at the provider that have been open for too long. Their owners are asked how it was later."""
    now = clock.now()
    async with database.transaction(by.scope) as connection:
        rules = await shift_rules(connection, by.provider_id)
        found = await _marked(
            connection,
            "UPDATE shift SET ended_at = $2, ended_by = 'system' WHERE (provider_id, shift_id) IN (SELECT provider_id, "
            "shift_id FROM shift WHERE provider_id = $1 AND ended_at IS NULL AND started_at <= $3 "
            "ORDER BY started_at LIMIT $4 FOR UPDATE SKIP LOCKED) RETURNING shift_id, staff_id",
            by,
            now,
            now - rules.close_after,
        )
    if found:
        hub.publish([*(Signal(f"staff:{one.staff_id}") for one in found), Signal(f"shifts:{by.provider_id}")])
    return found


async def _marked(
    connection: Connection, statement: str, by: SystemActor, now: datetime, before: datetime
) -> list[Forgotten]:
    rows = await connection.fetch(statement, by.provider_id, now, before, AT_ONCE)
    return [Forgotten(**row) for row in rows]


async def tell_afterwards(
    database: Database, *, by: StaffActor, shift_id: int, satisfied: bool | None, comment: str
) -> bool:
    """The answer to *Hur var ditt arbetspass?* for a shift that the system closed. False when it has one already."""
    async with database.transaction(by.scope) as connection:
        told = await connection.fetchval(
            "UPDATE shift SET satisfied = $3, comment = nullif($4, '') WHERE staff_id = $1 AND shift_id = $2 "
            "AND ended_by = 'system' AND satisfied IS NULL AND comment IS NULL RETURNING shift_id",
            by.staff_id,
            shift_id,
            satisfied,
            comment,
        )
    return told is not None
