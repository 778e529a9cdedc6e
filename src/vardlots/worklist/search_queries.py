"""Finding cases by their patient or their complaint, within one's own units."""

from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.worklist.filters import Filter
from vardlots.worklist.queries import DRAWN, WITH_NAMES, veiled

FOUND_MOST = 50
# More people than this share the beginning of a name: closed cases are then looked for among the first of them only.
NAMESAKES_MOST = 400

# Spelled as the partial indexes are, so that what has been closed is never gone through.
_OPEN_PARTS = (
    "c.phase = 'booked'",
    "c.phase = 'queued'",
    "c.phase IN ('accepted', 'ongoing')",
    "c.phase = 'follow_up'",
)
_SCOPE = """c.provider_id = $1 AND c.unit_id = ANY ($2::int[]) AND ($4 = '' OR c.role = $4)
  AND ($5::bigint IS NULL OR c.owner_staff_id = $5)"""
_CLOSED = "c.phase IN ('closed', 'cancelled')"
_NEWEST = f"ORDER BY c.arrived_at DESC LIMIT {FOUND_MOST}"
_OPEN = " UNION ALL ".join(f"SELECT * FROM care_case c WHERE {_SCOPE} AND {part}" for part in _OPEN_PARTS)
_BEGINS = """(p.family_key >= lower({0}) AND p.family_key < lower({0}) || U&'\\+10FFFF'
  OR p.given_key >= lower({0}) AND p.given_key < lower({0}) || U&'\\+10FFFF')"""


async def by_number(
    connection: Connection, *, by: StaffActor, chosen: Filter, number: str
) -> list[dict[str, Any]]:
    """The cases of the person with an identity number (twelve signs, old or new), newest first; blocked ones veiled."""
    found = await connection.fetch(
        f"SELECT {DRAWN}, c.person_id FROM care_case c {WITH_NAMES} WHERE {_SCOPE} AND c.person_id = ANY ("
        "ARRAY(WITH who AS (SELECT person_id FROM person_identifier WHERE value = $6) SELECT person_id FROM who "
        f"UNION SELECT person_id FROM person WHERE same_as IN (SELECT person_id FROM who))) {_NEWEST}",
        by.provider_id,
        chosen.units(by),
        clock.today(),
        chosen.role,
        chosen.staff_id,
        number,
    )
    return await veiled(connection, by=by, rows=found)


async def by_words(
    connection: Connection, *, by: StaffActor, chosen: Filter, names: list[str], reasons: list[str]
) -> list[dict[str, Any]]:
    """Cases whose patient's names begin with every word of `names`, or whose complaint is one of `reasons`.

    Of the complaints only cases that are not closed. Newest first; nobody with protected identity, and nothing that a
    patient has blocked: to be found by a name or a complaint would tell it.
    """
    values = [by.provider_id, chosen.units(by), clock.today(), chosen.role, chosen.staff_id]
    begins = " AND ".join(_BEGINS.format(f"${6 + place}::text") for place in range(len(names)))
    open_ones = await connection.fetch(
        f"""SELECT {DRAWN}, c.person_id FROM ({_OPEN}) c {WITH_NAMES}
            WHERE $3::date IS NOT NULL AND NOT p.protected
              AND (({begins}) OR c.reason = ANY (${6 + len(names)}::text[])) {_NEWEST}""",
        *values,
        *names,
        reasons,
    )
    closed = await connection.fetch(
        f"""WITH named AS MATERIALIZED (
              SELECT person_id FROM person p WHERE NOT protected AND {begins} LIMIT {NAMESAKES_MOST})
            SELECT {DRAWN}, c.person_id FROM care_case c {WITH_NAMES} WHERE {_SCOPE} AND $3::date IS NOT NULL
              AND {_CLOSED} AND c.person_id = ANY (ARRAY(SELECT person_id FROM named)) {_NEWEST}""",
        *values,
        *names,
    )
    rows = await veiled(connection, by=by, rows=[*open_ones, *closed][:FOUND_MOST])
    return [row for row in rows if not row["veiled"]]
