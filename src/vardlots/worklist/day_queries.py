"""The cases of some days at one's units: the care queue, the administrative queue and asynchronous errands in one list,
whatever has become of them (requirement C6).

What nobody has taken comes first, then what somebody has, then what patients have written that nobody has read, then
what waits for its booked time, then what has ended: whoever answers for the unit sees that everything is taken care of.
Each of the five is read along its own partial index, and a page goes on into the next of them.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.worklist import queries
from vardlots.worklist.filters import Filter
from vardlots.worklist.queries import OUTLINE, veiled

MOST_DAYS = 366


class Days(msgspec.Struct, frozen=True):
    """From the first day to the last, both of them with."""

    first: date
    last: date

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """When the first day begins and the last has ended."""
        return _midnight(self.first), _midnight(self.last + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.SWEDEN)


def read_days(first: str, last: str, today: date) -> Days:
    """The days in an address; today for what cannot be read. Turned the right way, and no longer than a year."""
    begin, end = _day(first), _day(last)
    if begin is None or end is None:
        one = begin or end or today
        return Days(one, one)
    begin, end = min(begin, end), max(begin, end)
    return Days(begin, min(end, begin + timedelta(days=MOST_DAYS - 1)))


def _day(typed: str) -> date | None:
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None


class _Part(msgspec.Struct, frozen=True):
    where: str
    order: tuple[str, ...]
    types: tuple[str, ...]


_URGENT = (("priority", "arrived_at", "case_id"), ("smallint", "timestamptz", "bigint"))
_PARTS = (
    _Part("phase = 'queued'", *_URGENT),
    _Part("phase IN ('accepted', 'ongoing')", *_URGENT),
    _Part("phase = 'follow_up' AND inbox_at IS NOT NULL", ("inbox_at", "case_id"), ("timestamptz", "bigint")),
    _Part("phase = 'booked'", ("arrived_at", "case_id"), ("timestamptz", "bigint")),
    _Part(
        "phase IN ('follow_up', 'closed', 'cancelled') AND (phase <> 'follow_up' OR inbox_at IS NULL)",
        ("arrived_at", "case_id"),
        ("timestamptz", "bigint"),
    ),
)
Key = tuple[int, tuple[Any, ...]]


@cache
def statement(part: int, by_role: bool, by_staff: bool, after: bool) -> str:
    """One part: $1 provider, $2 units, $3 and $4 the days, $5 how many, then what the filter and the
    keyset add."""
    shape = _PARTS[part]
    place = 6
    wheres = ["provider_id = $1", "unit_id = u.unit_id", shape.where, "arrived_at >= $3", "arrived_at < $4"]
    for wanted, column, kind in ((by_role, "role", "text"), (by_staff, "owner_staff_id", "bigint")):
        if wanted:
            wheres.append(f"{column} = ${place}::{kind}")
            place += 1
    if after:
        given = ", ".join(f"${place + n}::{kind}" for n, kind in enumerate(shape.types))
        wheres.append(f"({', '.join(shape.order)}) > ({given})")
    order = ", ".join(shape.order)
    return f"""SELECT {OUTLINE}, c.inbox_at FROM unnest($2::int[]) u (unit_id) CROSS JOIN LATERAL (
  SELECT * FROM care_case WHERE {" AND ".join(wheres)} ORDER BY {order} LIMIT $5) c
ORDER BY {", ".join(f"c.{column}" for column in shape.order)} LIMIT $5"""


async def rows(
    connection: Connection,
    *,
    by: StaffActor,
    chosen: Filter,
    days: Days,
    after: Key | None = None,
    most: int = 0,
) -> tuple[list[dict[str, Any]], str]:
    """A page of the days as outlines (`most` rows; a whole page where none is said), and the key of the next one, ""
    where there is no more."""
    most = most or queries.PAGE
    begin, end = days.moments
    found: list[dict[str, Any]] = []
    first, key = after or (0, ())
    for part in range(first, len(_PARTS)):
        left = most + 1 - len(found)
        values: list[Any] = [by.provider_id, chosen.units(by), begin, end, left]
        values += [chosen.role] if chosen.role else []
        values += [chosen.staff_id] if chosen.staff_id is not None else []
        sql = statement(part, bool(chosen.role), chosen.staff_id is not None, bool(key))
        found += [{**row, "part": part} for row in await connection.fetch(sql, *values, *key)]
        key = ()
        if len(found) > most:
            break
    shown = await veiled(connection, by=by, rows=found[:most])
    return shown, key_of(found[most - 1]) if len(found) > most else ""


def key_of(row: dict[str, Any]) -> str:
    """A row's place in the list, fit for an address."""
    parts = [row[column] for column in _PARTS[row["part"]].order]
    return "_".join(
        [str(row["part"]), *(p.isoformat() if isinstance(p, datetime) else str(p) for p in parts)]
    )


def read_key(text: str) -> Key | None:
    """The key in an address; None (the first page) for anything that is none."""
    part, *given = text.split("_")
    if part not in {str(n) for n in range(len(_PARTS))} or len(given) != len(_PARTS[int(part)].types):
        return None
    try:
        values: Sequence[Any] = [
            datetime.fromisoformat(one) if kind == "timestamptz" else int(one)
            for one, kind in zip(given, _PARTS[int(part)].types, strict=True)
        ]
    except ValueError:
        return None
    return int(part), tuple(values)


class DayCounts(msgspec.Struct, frozen=True):
    """What of the days' cases is not yet taken care of."""

    waiting: int
    taken: int
    unread: int


async def counts(connection: Connection, *, by: StaffActor, chosen: Filter, days: Days) -> DayCounts:
    """How many of the days' cases wait, are with somebody, or lie unread. What has ended is not counted: that would
    cost more the more there is of it."""
    shown = (
        "provider_id = $1 AND unit_id = ANY ($2::int[]) AND arrived_at >= $3 AND arrived_at < $4 "
        "AND ($5 = '' OR role = $5) AND ($6::bigint IS NULL OR owner_staff_id = $6)"
    )
    row = await connection.fetchrow(
        "SELECT "
        + ", ".join(
            f"(SELECT count(*) FROM care_case WHERE {shown} AND {part.where})" for part in _PARTS[:3]
        ),
        by.provider_id,
        chosen.units(by),
        *days.moments,
        chosen.role,
        chosen.staff_id,
    )
    return DayCounts(*row)
