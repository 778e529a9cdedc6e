"""Who somebody is costs the same however many persons there are: every page of staff's asks it."""

import asyncpg
import pytest
from tests.cast import Cast

from vardlots.exports.queries import _AROUND
from vardlots.people import queries

NAMED = f"{queries._PERSON} WHERE p.person_id = ANY ($1::bigint[])"


@pytest.mark.parametrize(
    ("statement", "values", "along"),
    [
        (NAMED, ([1, 2],), {"person_pkey", "person_identifier_person"}),
        (queries._SAME, ([1, 2],), {"person_pkey", "person_same_as"}),
        (_AROUND, (1, 1), {"person_pkey", "person_identifier_person"}),
    ],
)
async def test_persons_are_read_along_indexes(
    given: Cast, database_url: str, statement: str, values: tuple[object, ...], along: set[str]
) -> None:
    """With a way through the whole table forbidden there must be another, behind the policies too."""
    owner = await asyncpg.connect(database_url)
    try:
        await owner.execute("SET enable_seqscan = off")
        await owner.execute(f"SET vardlots.provider = '{given.ylva.provider_id}'")
        plan = "\n".join(row[0] for row in await owner.fetch(f"EXPLAIN {statement}", *values))
    finally:
        await owner.close()
    for table in ("person", "person_identifier"):
        assert f"Seq Scan on {table} " not in plan, plan
    for index in along:
        assert f"using {index} on" in plan or f"on {index} " in plan, plan
