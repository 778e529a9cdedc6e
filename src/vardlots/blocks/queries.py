"""Reads of blocks, within the scope of the connection, and the one place that says what is blocked for whom."""

from collections.abc import Collection
from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.blocks.model import Basis, Block, How, Lift
from vardlots.platform import clock
from vardlots.platform.db import Connection


def blocked(case: str, staff: str, now: str, *, unit: str = "unit_id") -> str:
    """SQL: whether the unit of a case (an alias of `care_case`) is blocked by its patient and not lifted by somebody.

    What stands beside the case is asked in the same way; `unit` is the column of its unit.

    The patient may have had another number then: every id of theirs counts. Nobody at home at the unit asks this.
    """
    return f"""EXISTS (
  SELECT FROM unit_block b
  WHERE b.provider_id = {case}.provider_id AND b.unit_id = {case}.{unit} AND b.ended_at IS NULL
    AND b.person_id = ANY (ARRAY(
      SELECT {case}.person_id
      UNION ALL SELECT p.same_as FROM person p WHERE p.person_id = {case}.person_id AND p.same_as IS NOT NULL
      UNION ALL SELECT q.person_id FROM person q WHERE q.same_as = {case}.person_id
      UNION ALL SELECT q.person_id FROM person p JOIN person q ON q.same_as = p.same_as
                WHERE p.person_id = {case}.person_id))
    AND NOT EXISTS (SELECT FROM block_lift l WHERE l.provider_id = b.provider_id AND l.block_id = b.block_id
                    AND l.staff_id = {staff} AND l.until > {now}))"""


_BLOCKED_CASES = f"""
SELECT c.case_id FROM care_case c
WHERE c.provider_id = $1 AND c.case_id = ANY ($2::bigint[]) AND NOT c.unit_id = ANY ($3::int[])
  AND {blocked("c", "$4::bigint", "$5::timestamptz")}"""


async def blocked_cases(
    connection: Connection, *, by: StaffActor, case_ids: Collection[int]
) -> frozenset[int]:
    """Which of some cases are blocked for the actor, who has not lifted the block. Own units' cases never are."""
    if not case_ids:
        return frozenset()
    rows = await connection.fetch(
        _BLOCKED_CASES,
        by.provider_id,
        list(case_ids),
        sorted(by.home_unit_ids or by.unit_ids),
        by.staff_id,
        clock.now(),
    )
    return frozenset(row["case_id"] for row in rows)


_BLOCKED_UNITS = f"""
SELECT c.person_id, c.unit_id
FROM (SELECT $1::int AS provider_id, * FROM unnest($2::bigint[], $3::int[]) AS x (person_id, unit_id)) c
WHERE NOT c.unit_id = ANY ($4::int[]) AND {blocked("c", "$5::bigint", "$6::timestamptz")}"""


async def blocked_units(
    connection: Connection, *, by: StaffActor, about: Collection[tuple[int, int]]
) -> frozenset[tuple[int, int]]:
    """Of some persons and units of the actor's provider those that are blocked for the actor, who has not lifted it."""
    if not about:
        return frozenset()
    rows = await connection.fetch(
        _BLOCKED_UNITS,
        by.provider_id,
        [person_id for person_id, _ in about],
        [unit_id for _, unit_id in about],
        sorted(by.home_unit_ids or by.unit_ids),
        by.staff_id,
        clock.now(),
    )
    return frozenset((row["person_id"], row["unit_id"]) for row in rows)


_BLOCK = """
SELECT b.provider_id, b.block_id, b.person_id, b.unit_id, u.name AS unit_name, b.since, b.how, b.reason,
       b.ended_at, b.ended_why, r.given_name || ' ' || r.family_name AS registered_by_name,
       coalesce(e.given_name || ' ' || e.family_name, '') AS ended_by_name
FROM unit_block b JOIN unit u USING (provider_id, unit_id)
JOIN staff r ON r.staff_id = b.registered_by LEFT JOIN staff e ON e.staff_id = b.ended_by
"""


async def blocks_of(connection: Connection, provider_id: int, person_ids: Collection[int]) -> list[Block]:
    """A person's blocks at a provider under every id they have had, those that hold first, then the newest.

    To be shown to whoever writes them down with the patient, and to the patient: it names the units.
    """
    rows = await connection.fetch(
        f"{_BLOCK} WHERE b.provider_id = $1 AND b.person_id = ANY ($2::bigint[]) "
        "ORDER BY b.ended_at IS NOT NULL, b.since DESC, b.block_id DESC",
        provider_id,
        list(person_ids),
    )
    return [_block(row) for row in rows]


async def block(connection: Connection, provider_id: int, block_id: int) -> Block | None:
    """One block, or None."""
    row = await connection.fetchrow(
        f"{_BLOCK} WHERE b.provider_id = $1 AND b.block_id = $2", provider_id, block_id
    )
    return _block(row) if row else None


async def lifts_of(connection: Connection, provider_id: int, block_id: int) -> list[Lift]:
    """Who has lifted a block, the newest first."""
    rows = await connection.fetch(
        "SELECT l.lift_id, l.block_id, s.given_name || ' ' || s.family_name AS staff_name, l.basis, l.reason, l.at, "
        "l.until FROM block_lift l JOIN staff s USING (staff_id) WHERE l.provider_id = $1 AND l.block_id = $2 "
        "ORDER BY l.at DESC, l.lift_id DESC",
        provider_id,
        block_id,
    )
    return [Lift(**{**dict(row), "basis": Basis(row["basis"])}) for row in rows]


_OF_CASE = """
SELECT b.block_id FROM care_case c JOIN unit_block b USING (provider_id, unit_id)
LEFT JOIN person p ON p.person_id = c.person_id LEFT JOIN person q ON q.person_id = b.person_id
WHERE c.provider_id = $1 AND c.case_id = $2 AND b.ended_at IS NULL
  AND coalesce(q.same_as, b.person_id) = coalesce(p.same_as, c.person_id)
ORDER BY b.block_id"""


async def blocks_of_case(connection: Connection, provider_id: int, case_id: int) -> list[int]:
    """The blocks that hold over a case: one, or more when the person has had several ids."""
    return [row["block_id"] for row in await connection.fetch(_OF_CASE, provider_id, case_id)]


def _block(row: Any) -> Block:
    return Block(**{**dict(row), "how": How(row["how"])})
