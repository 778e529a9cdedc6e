"""Shifts: begin, change of unit, end (a closed browser ends nothing, requirement A6); one's own sessions; and what is
used once."""

import hashlib
from datetime import timedelta

import asyncpg

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.access.queries import owner_of
from vardlots.access.shifts.promises import promise_balance
from vardlots.clinics.model import SHIFT_TYPES
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Connection, Database
from vardlots.platform.errors import Forbidden, Invalid, NotFound, WrongState
from vardlots.platform.live import Hub, Signal

COMMENT_MAX = 2000


async def start_shift(
    database: Database,
    *,
    by: StaffActor,
    unit_id: int,
    role: str,
    shift_type: str,
    load_balancer: bool = False,
) -> int:
    """Begin a shift at a unit in a role that the person has an assignment for. Returns the shift's id.

    Raises WrongState when a shift is open already (another tab, or one forgotten yesterday).
    """
    _check_type(shift_type)
    async with database.transaction(by.scope) as connection:
        await _check_assignment(connection, by, unit_id, role)
        shift_id = await _begin(connection, by, unit_id, role, shift_type, load_balancer=load_balancer)
        if load_balancer:
            await promise_balance(connection, by.provider_id, unit_id, role)
        return shift_id


async def end_shift(
    database: Database,
    *,
    by: StaffActor,
    satisfied: bool | None = None,
    comment: str = "",
    ended_by: str = "staff",
) -> bool:
    """End the open shift with the answer to *Hur var ditt arbetspass?*. Returns False when there was none."""
    comment = comment.strip()
    if len(comment) > COMMENT_MAX:
        raise Invalid("comment", "Korta ner texten till högst {most} tecken.", most=COMMENT_MAX)
    async with database.transaction(by.scope) as connection:
        ended = await connection.fetchval(
            "UPDATE shift SET ended_at = $2, ended_by = $3, satisfied = $4, comment = nullif($5, '') "
            "WHERE staff_id = $1 AND ended_at IS NULL RETURNING shift_id",
            by.staff_id,
            clock.now(),
            ended_by,
            satisfied,
            comment,
        )
    return ended is not None


async def change_shift(
    database: Database,
    *,
    by: StaffActor,
    from_shift_id: int,
    unit_id: int,
    role: str,
    shift_type: str,
    load_balancer: bool = False,
) -> int:
    """Change of unit: the open shift ends and another begins, both or neither. Returns the new shift's id.

    Raises WrongState when `from_shift_id` is no longer the open shift (another tab was first).
    """
    _check_type(shift_type)
    async with database.transaction(by.scope) as connection:
        await _check_assignment(connection, by, unit_id, role)
        ended = await connection.fetchval(
            "UPDATE shift SET ended_at = $3, ended_by = 'change' "
            "WHERE staff_id = $1 AND shift_id = $2 AND ended_at IS NULL RETURNING shift_id",
            by.staff_id,
            from_shift_id,
            clock.now(),
        )
        if ended is None:
            raise WrongState("Skiftet har ändrats i en annan flik. Så här är det nu.", code="shift_changed")
        shift_id = await _begin(connection, by, unit_id, role, shift_type, load_balancer=load_balancer)
        if load_balancer:
            await promise_balance(connection, by.provider_id, unit_id, role)
        return shift_id


def _check_type(shift_type: str) -> None:
    if shift_type not in SHIFT_TYPES:
        raise Invalid("shift_type", "Välj skifttyp.")


async def _check_assignment(connection: Connection, by: StaffActor, unit_id: int, role: str) -> None:
    assigned = await connection.fetchval(
        "SELECT 1 FROM assignment WHERE staff_id = $1 AND provider_id = $2 AND unit_id = $3 AND role = $4 "
        # Not while it is being withdrawn: whoever withdraws it ends the shifts that it sees.
        "AND valid_from <= $5 AND (valid_to IS NULL OR valid_to >= $5) FOR SHARE",
        by.staff_id,
        by.provider_id,
        unit_id,
        role,
        clock.today(),
    )
    if not assigned:
        raise Forbidden("Du har inget uppdrag på den enheten i den rollen.", code="no_assignment")


async def _begin(
    connection: Connection, by: StaffActor, unit_id: int, role: str, shift_type: str, *, load_balancer: bool
) -> int:
    try:
        return int(
            await connection.fetchval(
                "INSERT INTO shift (provider_id, staff_id, unit_id, role, shift_type, load_balancer, started_at) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING shift_id",
                by.provider_id,
                by.staff_id,
                unit_id,
                role,
                shift_type,
                load_balancer,
                clock.now(),
            )
        )
    except asyncpg.UniqueViolationError:
        raise WrongState("Du har redan ett skift igång. Avsluta det först.", code="shift_open") from None


async def end_own_session(
    database: Database, *, hub: Hub, by: StaffActor | PatientActor, session_id: int
) -> None:
    """End one of one's own sessions, in every process and with its streams. One that has ended already is no fault.

    Raises NotFound for anybody else's.
    """
    async with database.transaction(NOBODY) as connection:
        found = await connection.fetchval(
            "UPDATE session SET ended_at = coalesce(ended_at, $4), ended_why = coalesce(ended_why, 'by_owner') "
            "WHERE session_id = $3 AND (staff_id = $1 OR person_id = ANY ($2::bigint[])) RETURNING session_id",
            *owner_of(by),
            session_id,
            clock.now(),
        )
    if found is None:
        raise NotFound()
    hub.publish([Signal(f"session:{session_id}")])


async def end_other_sessions(database: Database, *, hub: Hub, by: StaffActor | PatientActor) -> int:
    """End every session of one's own but the one that asks. Returns how many there were."""
    async with database.transaction(NOBODY) as connection:
        rows = await connection.fetch(
            "UPDATE session SET ended_at = $4, ended_why = 'by_owner' WHERE session_id <> $3 AND ended_at IS NULL "
            "AND (staff_id = $1 OR person_id = ANY ($2::bigint[])) RETURNING session_id",
            *owner_of(by),
            by.session_id,
            clock.now(),
        )
    hub.publish(Signal(f"session:{row['session_id']}") for row in rows)
    return len(rows)


async def spend(database: Database, *, by: str, mark: str, lasts: timedelta) -> bool:
    """Use something that may be used once, in whichever process: True the first time, False within its time after.

    `by` names what it is used for, so that two uses never meet.
    """
    now = clock.now()
    async with database.transaction(NOBODY) as connection:
        spent = await connection.fetchval(
            "INSERT INTO spent (mark, until) VALUES ($1, $2) ON CONFLICT (mark) DO UPDATE SET until = $2 "
            "WHERE spent.until <= $3 RETURNING true",
            hashlib.sha256(f"{by}:{mark}".encode()).digest(),
            now + lasts,
            now,
        )
    return bool(spent)


async def forget_spent(database: Database, *, by: str) -> int:  # noqa: ARG001  every verb says who acts
    """Forget what has been used and would be too old by now anyway. Returns how many."""
    async with database.transaction(NOBODY) as connection:
        gone = await connection.fetch("DELETE FROM spent WHERE until <= $1 RETURNING 1", clock.now())
    return len(gone)
