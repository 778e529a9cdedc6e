"""Reads of guardian blocks, within a provider's scope."""

from vardlots.families.model import GuardianBlock
from vardlots.people.queries import Person, persons, same_persons
from vardlots.platform.db import Connection

_BLOCK = """
SELECT b.provider_id, b.block_id, b.child_id, b.guardian_id, b.unit_id, b.reason, b.approved_by, b.approver,
       a.given_name || ' ' || a.family_name AS approver_name, b.registered_by,
       r.given_name || ' ' || r.family_name AS registered_by_name, b.since, b.ended_at, b.ended_by, b.ended_why
FROM guardian_block b JOIN staff a ON a.staff_id = b.approved_by JOIN staff r ON r.staff_id = b.registered_by
"""


async def blocks_of(connection: Connection, child_id: int) -> list[GuardianBlock]:
    """Every block of a child's guardians at the scope's provider, those that hold first, then the latest."""
    rows = await connection.fetch(
        f"{_BLOCK} WHERE b.child_id = ANY ($1::bigint[]) "
        "ORDER BY b.ended_at IS NOT NULL, b.since DESC, b.block_id DESC",
        await same_persons(connection, [child_id]),
    )
    return [GuardianBlock(**row) for row in rows]


async def block(connection: Connection, block_id: int) -> GuardianBlock | None:
    """One block at the scope's provider, or None."""
    row = await connection.fetchrow(f"{_BLOCK} WHERE b.block_id = $1", block_id)
    return GuardianBlock(**row) if row else None


async def all_guardians(connection: Connection, child_id: int) -> list[Person]:
    """Every known guardian of a child, blocked ones too: what the page for blocks chooses among, and nothing else.

    Whoever shows them must leave the name of a protected one out.
    """
    rows = await connection.fetch(
        "SELECT DISTINCT guardian_id FROM guardianship WHERE child_id = ANY ($1::bigint[])",
        await same_persons(connection, [child_id]),
    )
    known = await persons(connection, [row["guardian_id"] for row in rows])
    # The bond may stand under an earlier id alone: they are shown as who they are now.
    mains = await persons(connection, [one.main_id for one in known.values()])
    return sorted(mains.values(), key=lambda one: one.person_id)
