"""A unit's block of a guardian: who decided it, why, and what it hides, from this moment and everywhere."""

import asyncpg
import msgspec

from vardlots.access.actor import StaffActor
from vardlots.access.family.actions import Telling, ask_anew
from vardlots.audit import log as audit
from vardlots.families.model import REASON_MAX, ROLE_OF, Approver
from vardlots.people import queries as people
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.errors import Forbidden, Invalid, NotFound, WrongState


class NewBlock(msgspec.Struct, frozen=True, kw_only=True):
    """What a unit decides. `guardian_id` None blocks every guardian, also those whom nobody here knows yet.

    `approved_by` is the member of staff who took the decision, as `approver`: the head of unit, or the senior
    physician on call.
    """

    child_id: int
    guardian_id: int | None
    approved_by: int
    approver: Approver
    reason: str


async def block_guardian(house: Telling, *, by: StaffActor, new: NewBlock) -> int:
    """Hide a child from one guardian or all, here and at every other provider, at once. Returns the block's id.

    Raises NotFound when the child is no patient of the provider or the guardian none of the child's, Forbidden for a
    role that opens no cases, Invalid for a reason that is missing or too long or an approver who may not decide it,
    WrongState when the same block holds already.
    """
    reason = _reason(new.reason)
    _check_cares(by)
    async with house.database.transaction(by.scope) as connection:
        await _check_child(connection, by, new.child_id)
        if new.guardian_id is not None and not await _is_known_guardian(connection, new):
            raise NotFound()
        await _check_approver(connection, by, new.approved_by, new.approver)
        try:
            block_id = int(
                await connection.fetchval(
                    "INSERT INTO guardian_block (provider_id, child_id, guardian_id, unit_id, reason, approved_by, "
                    "approver, registered_by, since) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING block_id",
                    by.provider_id,
                    new.child_id,
                    new.guardian_id,
                    by.unit_id,
                    reason,
                    new.approved_by,
                    new.approver,
                    by.staff_id,
                    clock.now(),
                )
            )
        except asyncpg.UniqueViolationError:
            raise WrongState("Spärren finns redan.", code="already_blocked") from None
        await connection.execute(
            "INSERT INTO guardian_concealed (provider_id, block_id, child_id, guardian_id) VALUES ($1, $2, $3, $4)",
            by.provider_id,
            block_id,
            new.child_id,
            new.guardian_id,
        )
        await _log(connection, by, "block_guardian", new.child_id, reason)
        concerned = await _guardians(connection, new.child_id, new.guardian_id)
    await ask_anew(house, by="block_guardian", person_ids=concerned)
    return block_id


async def unblock_guardian(
    house: Telling, *, by: StaffActor, block_id: int, reason: str, approved_by: int, approver: Approver
) -> None:
    """End a block: the guardian sees the child again, unless another block or the register says otherwise.

    Decided by whoever may decide a block, as `approver`. Raises NotFound for a block that is not the provider's,
    Forbidden, Invalid without a reason or the decision, WrongState when it has ended already.
    """
    reason = _reason(reason)
    _check_cares(by)
    async with house.database.transaction(by.scope) as connection:
        there = await connection.fetchval(
            "SELECT 1 FROM guardian_block WHERE provider_id = $1 AND block_id = $2", by.provider_id, block_id
        )
        if there is None:
            raise NotFound()
        await _check_approver(connection, by, approved_by, approver)
        row = await connection.fetchrow(
            "UPDATE guardian_block SET ended_at = $3, ended_by = $4, ended_why = $5, ended_approved_by = $6, "
            "ended_approver = $7 WHERE provider_id = $1 AND block_id = $2 AND ended_at IS NULL "
            "RETURNING child_id, guardian_id",
            by.provider_id,
            block_id,
            clock.now(),
            by.staff_id,
            reason,
            approved_by,
            approver,
        )
        if row is None:
            raise WrongState("Spärren är redan hävd.", code="already_ended")
        await connection.execute(
            "DELETE FROM guardian_concealed WHERE provider_id = $1 AND block_id = $2",
            by.provider_id,
            block_id,
        )
        await _log(connection, by, "unblock_guardian", row["child_id"], reason)
        concerned = await _guardians(connection, row["child_id"], row["guardian_id"])
    await ask_anew(house, by="unblock_guardian", person_ids=concerned)


def _reason(text: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid("reason", "Skriv varför.")
    if len(text) > REASON_MAX:
        raise Invalid("reason", "Korta ner skälet till högst {most} tecken.", most=REASON_MAX)
    return text


def _check_cares(by: StaffActor) -> None:
    if not by.cares:
        raise Forbidden("Din roll öppnar inga ärenden.", code="not_carer")


async def _check_child(connection: Connection, by: StaffActor, child_id: int) -> None:
    if not await people.is_patient(connection, by.provider_id, child_id):
        raise NotFound()


async def _is_known_guardian(connection: Connection, new: NewBlock) -> bool:
    bonds = await connection.fetch(
        "SELECT guardian_id FROM guardianship WHERE child_id = ANY ($1::bigint[])",
        await people.same_persons(connection, [new.child_id]),
    )
    if new.guardian_id is None:
        return False
    wanted = await people.same_persons(connection, [new.guardian_id])
    return not {row["guardian_id"] for row in bonds}.isdisjoint(wanted)


async def _check_approver(
    connection: Connection, by: StaffActor, approved_by: int, approver: Approver
) -> None:
    role = ROLE_OF.get(approver)
    today = clock.today()
    may = role is not None and await connection.fetchval(
        "SELECT 1 FROM assignment WHERE provider_id = $1 AND staff_id = $2 AND role = $3 AND valid_from <= $4 "
        "AND (valid_to IS NULL OR valid_to >= $4) LIMIT 1",
        by.provider_id,
        approved_by,
        role,
        today,
    )
    if not may:
        raise Invalid("approved_by", "Välj den verksamhetschef eller bakjour som har godkänt spärren.")


async def _log(connection: Connection, by: StaffActor, action: str, child_id: int, reason: str) -> None:
    row = audit.access(by, action, provider_id=by.provider_id, person_id=child_id, reason=reason)
    await audit.write(connection, [row])


async def _guardians(connection: Connection, child_id: int, guardian_id: int | None) -> list[int]:
    """Every id of the guardian, or of all the child's guardians."""
    if guardian_id is not None:
        return await people.same_persons(connection, [guardian_id])
    rows = await connection.fetch(
        "SELECT guardian_id FROM guardianship WHERE child_id = ANY ($1::bigint[])",
        await people.same_persons(connection, [child_id]),
    )
    return sorted({row["guardian_id"] for row in rows})
