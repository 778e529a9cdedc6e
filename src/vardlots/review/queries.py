"""Searching the access log: within one provider, and for a head of unit within their own units.

Its ways in go along one index each, whatever else is asked: by patient (who leads where both are asked for), by member
of staff, by time; and row by row.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.review.markers import every_condition, sought

PAGE = 50
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9000, 1, 1, tzinfo=UTC)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is searched for. `units` None is the whole provider; `before` is the last row of the page before.
    `keys` are rows by time and number: these and no others."""

    units: list[int] | None
    person_ids: list[int] | None = None
    staff_id: int | None = None
    unit_id: int | None = None
    actions: list[str] | None = None
    with_reason: bool | None = None
    marker: str = ""
    since: datetime = BEGINNING
    until: datetime = END
    before: tuple[datetime, int] = (END, 2**63 - 1)
    limit: int = PAGE + 1
    keys: list[tuple[datetime, int]] | None = None


class LogRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the log as a reviewer reads it. `person_name` is None where the row is about nobody."""

    log_id: int
    at: datetime
    actor_kind: str
    actor_id: int
    actor_name: str
    unit_id: int | None
    person_id: int | None
    person_name: str | None
    protected: bool
    case_id: int | None
    action: str
    reason: str | None
    markers: list[str]


# What holds for every search: $1 provider, $2 units within reach, $3 unit, $4 actions, $5 with a reason, $6 and $7 the
# interval, $8 and $9 the row to go on after, $10 how many. Ends are never open: behind the table's policy an index is
# not used for what may be nothing.
_WHERE = """
  l.provider_id = $1 AND l.at >= $6 AND l.at < $7 AND (l.at, l.log_id) < ($8, $9::bigint)
  AND ($3::int IS NULL OR l.unit_id = $3)
  AND ($4::text[] IS NULL OR l.action = ANY ($4))
  AND ($5::bool IS NULL OR (l.reason IS NOT NULL AND l.reason <> '') = $5)
  AND ($2::int[] IS NULL OR l.unit_id = ANY ($2) OR EXISTS (
    SELECT FROM care_case c WHERE c.provider_id = l.provider_id AND c.case_id = l.case_id AND c.unit_id = ANY ($2)))
"""
_ORDER = "ORDER BY l.at DESC, l.log_id DESC LIMIT $10::int"
_BY_PERSON = """SELECT f.* FROM unnest($11::bigint[]) asked(id), LATERAL (
  SELECT * FROM access_log l WHERE l.person_id = asked.id
    AND ($12::bigint IS NULL OR (l.actor_kind = 'staff' AND l.actor_id = $12)) AND {where} {order}) f"""
_BY_STAFF = (
    "SELECT l.* FROM access_log l WHERE l.actor_kind = 'staff' AND l.actor_id = $11 AND {where} {order}"
)
_BY_KEYS = """SELECT f.* FROM unnest($11::timestamptz[], $12::bigint[]) asked(at, id), LATERAL (
  SELECT * FROM access_log l WHERE l.at = asked.at AND l.log_id = asked.id AND {where} {order}) f"""
_BY_TIME = "SELECT l.* FROM access_log l WHERE {where} {order}"
# Persons are read once, of all rows together: each look past their table's policies is dear to plan.
_SHOWN = """
WITH found AS MATERIALIZED ({found} ORDER BY at DESC, log_id DESC LIMIT $10::int), known AS MATERIALIZED (
  SELECT person_id, given_name, family_name, protected FROM person
  WHERE person_id = ANY (ARRAY(SELECT person_id FROM found WHERE person_id IS NOT NULL)))
SELECT l.log_id, l.at, l.actor_kind, l.actor_id, l.actor_name, l.unit_id, l.person_id,
       k.given_name || ' ' || k.family_name AS person_name, coalesce(k.protected, false) AS protected,
       l.case_id, l.action, l.reason, {markers} AS markers
FROM found l LEFT JOIN known k ON k.person_id = l.person_id
ORDER BY l.at DESC, l.log_id DESC
"""


@cache
def statement(way: str, marker: str = "") -> str:
    """The statement for one way in (`person`, `staff`, `time`, `keys`), with a mark's condition."""
    where = _WHERE + (f" AND {sought(marker)}" if marker else "")
    found = {"person": _BY_PERSON, "staff": _BY_STAFF, "time": _BY_TIME, "keys": _BY_KEYS}[way].format(
        where=where, order=_ORDER
    )
    return _SHOWN.format(found=f"SELECT * FROM ({found}) f", markers=every_condition("known"))


async def search(connection: Connection, *, by: StaffActor, asked: Asked) -> list[LogRow]:
    """The rows asked for, the newest first."""
    values: list[Any] = [
        *(by.provider_id, asked.units, asked.unit_id, asked.actions, asked.with_reason),
        *(asked.since, asked.until, *asked.before, asked.limit),
    ]
    way = "time"
    if asked.keys is not None:
        way = "keys"
        values += [[at for at, _ in asked.keys], [number for _, number in asked.keys]]
    elif asked.person_ids is not None:
        way = "person"
        values += [asked.person_ids, asked.staff_id]
    elif asked.staff_id is not None:
        way = "staff"
        values.append(asked.staff_id)
    return [LogRow(**row) for row in await connection.fetch(statement(way, asked.marker), *values)]


async def reach(connection: Connection, by: StaffActor) -> list[int] | None:
    """The units whose log a reviewer reads: None is all of the provider's.

    A role that administers a unit reviews that unit: where the actor has the same role today, and nowhere else.
    """
    if by.administers != "unit":
        return None
    rows = await connection.fetch(
        "SELECT unit_id FROM assignment WHERE provider_id = $1 AND staff_id = $2 AND role = $3 "
        "AND valid_from <= $4 AND (valid_to IS NULL OR valid_to >= $4) ORDER BY unit_id",
        by.provider_id,
        by.staff_id,
        by.role,
        clock.today(),
    )
    return [row["unit_id"] for row in rows]


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff who has or has had an assignment at the provider."""

    staff_id: int
    hsa_id: str
    name: str
    title: str

    @property
    def label(self) -> str:
        """As it stands in the search: the name, and the HSA-id that nobody else has."""
        return f"{self.name} ({self.hsa_id})"


_MEMBER = """
SELECT s.staff_id, s.hsa_id, s.given_name || ' ' || s.family_name AS name, s.title FROM staff s
WHERE EXISTS (SELECT FROM assignment a WHERE a.provider_id = $1 AND a.staff_id = s.staff_id
              AND ($2::int[] IS NULL OR a.unit_id = ANY ($2)))
"""


async def staff_named(
    connection: Connection, *, by: StaffActor, typed: str, units: Sequence[int] | None, limit: int
) -> list[Member]:
    """The provider's staff, former ones too, with an HSA-id, or a name of which every typed word begins a part."""
    words = typed.casefold().split()[:4]
    rows = await connection.fetch(
        f"{_MEMBER} AND (s.hsa_id = $3 OR NOT EXISTS (SELECT FROM unnest($4::text[]) word WHERE NOT "
        "starts_with(lower(s.given_name), word) AND NOT starts_with(lower(s.family_name), word) "
        "AND position(' ' || word IN lower(s.given_name || ' ' || s.family_name)) = 0)) "
        "ORDER BY (s.hsa_id = $3) DESC, s.given_name, s.family_name, s.staff_id LIMIT $5",
        by.provider_id,
        None if units is None else list(units),
        typed,
        words,
        limit,
    )
    return [Member(**row) for row in rows]


async def titles(connection: Connection, staff_ids: Sequence[int]) -> dict[int, str]:
    """What the members of staff are, by id."""
    rows = await connection.fetch(
        "SELECT staff_id, title FROM staff WHERE staff_id = ANY ($1::bigint[])", list(set(staff_ids))
    )
    return {row["staff_id"]: row["title"] for row in rows}
