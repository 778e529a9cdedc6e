"""Blocks written down, ended and lifted. Each is logged in its own transaction."""

from datetime import timedelta

import asyncpg

from vardlots.access.actor import StaffActor
from vardlots.audit import log as audit
from vardlots.blocks import policy, queries
from vardlots.blocks.model import Basis, How
from vardlots.people import queries as people
from vardlots.people.rules import rules_of
from vardlots.platform import clock
from vardlots.platform.db import Connection, Database
from vardlots.platform.errors import Invalid, NotFound, WrongState
from vardlots.platform.live import Hub, Signal


async def register_block(
    database: Database, hub: Hub, *, by: StaffActor, person_id: int, unit_id: int, how: How, reason: str = ""
) -> int:
    """Block what a unit has written about a patient for the provider's other units, from now. Returns the block's id.

    Raises NotFound for nobody's patient here, Forbidden for a role that opens no cases, Invalid for another
    provider's unit or a child too young to say it (a guardian may not, Patient Data Act ch. 4 § 4), WrongState when
    the block is there already.
    """
    if refusal := policy.may_keep(by) or policy.wrong_reason("reason", reason):
        raise refusal
    async with database.transaction(by.scope) as connection:
        ids = await _checked_patient(connection, by, person_id)
        if not await connection.fetchval(
            "SELECT 1 FROM unit WHERE provider_id = $1 AND unit_id = $2", by.provider_id, unit_id
        ):
            raise Invalid("unit_id", "Välj en enhet i listan.")
        if any(
            one.holds and one.unit_id == unit_id
            for one in await queries.blocks_of(connection, by.provider_id, ids)
        ):
            raise _already()
        try:
            block_id = int(
                await connection.fetchval(
                    "INSERT INTO unit_block (provider_id, person_id, unit_id, since, registered_by, how, reason) "
                    "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING block_id",
                    by.provider_id,
                    person_id,
                    unit_id,
                    clock.now(),
                    by.staff_id,
                    how.value,
                    reason.strip(),
                )
            )
        except asyncpg.UniqueViolationError:
            raise _already() from None
        await _log(connection, by, "block", person_id, reason.strip() or None)
        signals = await _signals(connection, by.provider_id, ids, unit_id)
    hub.publish(signals)
    return block_id


async def end_block(database: Database, hub: Hub, *, by: StaffActor, block_id: int, why: str) -> None:
    """End a block, at the patient's word: `why` says how the patient asked. What was decided stays to be read.

    Raises NotFound for another provider's block, Forbidden for staff of other units, Invalid without a reason,
    WrongState when it has ended.
    """
    if refusal := policy.may_keep(by) or policy.wrong_reason("why", why):
        raise refusal
    if not why.strip():
        raise Invalid("why", "Skriv hur patienten bad om att häva spärren.")
    async with database.transaction(by.scope) as connection:
        found = await queries.block(connection, by.provider_id, block_id)
        if found is None:
            raise NotFound()
        if refusal := policy.may_end(by, found.unit_id):
            raise refusal
        row = await connection.fetchrow(
            "UPDATE unit_block SET ended_at = $3, ended_by = $4, ended_why = $5 "
            "WHERE provider_id = $1 AND block_id = $2 AND ended_at IS NULL RETURNING person_id, unit_id",
            by.provider_id,
            block_id,
            clock.now(),
            by.staff_id,
            why.strip(),
        )
        if row is None:
            raise WrongState("Spärren är redan hävd.", code="already_ended")
        await _log(connection, by, "unblock", row["person_id"], why.strip())
        ids = await people.same_persons(connection, [row["person_id"]])
        signals = await _signals(connection, by.provider_id, ids, row["unit_id"])
    hub.publish(signals)


async def lift_block(
    database: Database,
    hub: Hub,
    *,
    by: StaffActor,
    basis: Basis,
    reason: str,
    hours: int,
    block_id: int | None = None,
    case_id: int | None = None,
) -> None:
    """Read what is blocked, for oneself and a while, by the patient's consent or in an emergency.

    Names the block, or a case that it covers. The limits of `hours` are in `blocks.model.LONGEST`. Raises NotFound for
    another provider's, Forbidden, Invalid without a reason or an end, WrongState where nothing is blocked.
    """
    now = clock.now()
    async with database.transaction(by.scope) as connection:
        asked = [block_id] if block_id is not None else []
        if case_id is not None:
            asked = await queries.blocks_of_case(connection, by.provider_id, case_id)
            if not asked and not await _is_case(connection, by.provider_id, case_id):
                raise NotFound()
        # A block that is being ended waits for nothing more: whoever is first decides.
        held = await connection.fetch(
            "SELECT block_id, person_id, unit_id FROM unit_block WHERE provider_id = $1 "
            "AND block_id = ANY ($2::bigint[]) AND ended_at IS NULL ORDER BY block_id FOR SHARE",
            by.provider_id,
            asked,
        )
        if block_id is not None and await queries.block(connection, by.provider_id, block_id) is None:
            raise NotFound()
        if not held:
            raise WrongState("Ärendet är inte spärrat längre.", code="not_blocked")
        for row in held:
            if refusal := policy.may_lift(by, row["unit_id"], basis, reason, hours):
                raise refusal
            await connection.execute(
                "INSERT INTO block_lift (provider_id, block_id, person_id, staff_id, unit_id, basis, reason, at, "
                "until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                by.provider_id,
                row["block_id"],
                row["person_id"],
                by.staff_id,
                by.unit_id,
                basis.value,
                reason.strip(),
                now,
                now + timedelta(hours=hours),
            )
            said = f"{basis.value}: {reason.strip()}"
            await _log(connection, by, "lift", row["person_id"], said, case_id)
    hub.publish([Signal(f"staff:{by.staff_id}")])


async def _checked_patient(connection: Connection, by: StaffActor, person_id: int) -> list[int]:
    """The ids of a patient who may block, the one asked for among them."""
    person = await people.person(connection, person_id)
    if person is None or not await people.is_patient(connection, by.provider_id, person_id):
        raise NotFound()
    rules = await rules_of(connection, by.provider_id)
    if not rules.on_their_own(person.birth_date, clock.today()):
        raise Invalid("person_id", "En vårdnadshavare kan inte spärra uppgifter om ett barn.")
    return await people.same_persons(connection, [person_id])


async def _is_case(connection: Connection, provider_id: int, case_id: int) -> bool:
    return bool(
        await connection.fetchval(
            "SELECT 1 FROM care_case WHERE provider_id = $1 AND case_id = $2", provider_id, case_id
        )
    )


async def _signals(connection: Connection, provider_id: int, ids: list[int], unit_id: int) -> list[Signal]:
    """Whoever has one of the unit's cases of the person on screen looks again, and so do the unit's lists."""
    rows = await connection.fetch(
        "SELECT case_id FROM care_case WHERE provider_id = $1 AND person_id = ANY ($2::bigint[]) AND unit_id = $3",
        provider_id,
        ids,
        unit_id,
    )
    return [
        Signal(f"unit:{unit_id}"),
        *(Signal(f"case:{provider_id}-{row['case_id']}") for row in rows),
    ]


async def _log(
    connection: Connection,
    by: StaffActor,
    action: str,
    person_id: int,
    reason: str | None,
    case_id: int | None = None,
) -> None:
    row = audit.access(
        by, action, provider_id=by.provider_id, person_id=person_id, case_id=case_id, reason=reason
    )
    await audit.write(connection, [row])


def _already() -> WrongState:
    return WrongState("Patienten har redan spärrat enheten.", code="already_blocked")
