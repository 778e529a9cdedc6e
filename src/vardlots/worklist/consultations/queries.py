"""The lists of consultations: what the units of a filter are asked, what they have asked, what is over.

Read by keyset, a page at a time. What is open is few; what is over is read along the index of its end.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.blocks.queries import blocked_units
from vardlots.consultations.model import HIDDEN
from vardlots.consultations.queries import units_away
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.worklist.filters import Filter

PAGE = 50
CARDS = 4


class Tab(StrEnum):
    """A list, by the name it has in addresses."""

    NEW = "new"
    TAKEN = "taken"
    SENT = "sent"
    ENDED = "ended"


class _Shape(msgspec.Struct, frozen=True):
    """Where the rows of a list come from, their order (each expression with its type), and the unit, role and person
    that the filter means."""

    where: str
    order: tuple[tuple[str, str], ...]
    descending: bool
    unit: str
    role: str
    person: str


_THEIRS = "c.to_provider_id = $1 AND c.unit_id = ANY ($2::int[])"
_OURS = "c.provider_id = $1 AND c.from_unit_id = ANY ($2::int[])"
# One's own role first, then as a queue: the most urgent, and of those who has waited longest.
_QUEUE = (
    ("(c.role <> $3)::int", "int"),
    ("c.priority", "smallint"),
    ("c.sent_at", "timestamptz"),
    ("c.consultation_id", "bigint"),
)
_SHAPES = {
    Tab.NEW: _Shape(f"{_THEIRS} AND c.state = 'sent'", _QUEUE, False, "c.unit_id", "c.role", ""),
    Tab.TAKEN: _Shape(
        f"{_THEIRS} AND c.state = 'accepted'", _QUEUE, False, "c.unit_id", "c.role", "c.owner_staff_id"
    ),
    Tab.SENT: _Shape(
        f"{_OURS} AND c.sender_ended_at IS NULL",
        (("c.sent_at", "timestamptz"), ("c.consultation_id", "bigint")),
        True,
        "c.from_unit_id",
        "c.from_role",
        "c.from_staff_id",
    ),
}
# What a row shows. A person with protected identity is not named; of one who is not known here, what was typed.
_ROW = f"""c.provider_id, c.consultation_id, c.person_id, c.from_unit_id, c.from_role, c.from_staff_id,
c.to_provider_id, c.unit_id, c.role, c.kind, c.reason, c.priority, c.by_telephone, c.state, c.sent_at, c.accepted_at,
c.answered_at, c.ended_at, c.sender_ended_at, c.last_n, c.sender_read_n, c.receiver_read_n, c.owner_staff_id,
p.protected IS TRUE OR coalesce(c.subject->>'name' = '{HIDDEN}', false) AS protected,
CASE WHEN p.protected OR c.subject->>'name' = '{HIDDEN}' THEN ''
  ELSE coalesce(left(p.given_name, 1) || ' ' || left(p.family_name, 1),
  (SELECT string_agg(left(w, 1), ' ') FROM regexp_split_to_table(c.subject->>'name', '\\s+') w), '') END AS initials,
CASE WHEN p.protected THEN NULL ELSE extract(year FROM age($4::date, p.birth_date))::int END AS age,
fu.name AS from_unit, tu.name AS to_unit, fp.name AS from_provider, tp.name AS to_provider,
fs.given_name || ' ' || fs.family_name AS sender, coalesce(o.given_name || ' ' || o.family_name, '') AS owner,
CASE WHEN p.protected OR c.subject->>'name' = '{HIDDEN}' THEN ''
  ELSE (SELECT left(e.body->>'text', 140) FROM consultation_entry e
    WHERE e.provider_id = c.provider_id AND e.consultation_id = c.consultation_id AND e.body ? 'text'
    ORDER BY e.n DESC LIMIT 1) END AS excerpt"""
_BESIDE = """LEFT JOIN person p ON p.person_id = c.person_id
JOIN unit fu ON fu.provider_id = c.provider_id AND fu.unit_id = c.from_unit_id
JOIN unit tu ON tu.provider_id = c.to_provider_id AND tu.unit_id = c.unit_id
JOIN provider fp ON fp.provider_id = c.provider_id JOIN provider tp ON tp.provider_id = c.to_provider_id
JOIN staff fs ON fs.staff_id = c.from_staff_id LEFT JOIN staff o ON o.staff_id = c.owner_staff_id"""


@cache
def _statement(tab: Tab, by_role: bool, by_person: bool, after: bool) -> str:
    """$1 provider, $2 units, $3 own role, $4 today, $5 how many; then what the filter and the keyset add."""
    shape = _SHAPES[tab]
    wheres, place = [shape.where], 6
    for wanted, column, kind in ((by_role, shape.role, "text"), (by_person, shape.person, "bigint")):
        if wanted:
            wheres.append(f"{column} = ${place}::{kind}")
            place += 1
    if after:
        columns = ", ".join(column for column, _ in shape.order)
        given = ", ".join(f"${place + n}::{kind}" for n, (_, kind) in enumerate(shape.order))
        wheres.append(f"({columns}) {'<' if shape.descending else '>'} ({given})")
    direction = " DESC" if shape.descending else ""
    order = ", ".join(f"{column}{direction}" for column, _ in shape.order)
    where = " AND ".join(wheres)
    # The own role is asked for by the order of some lists only.
    return f"SELECT {_ROW} FROM consultation c {_BESIDE} WHERE {where} AND $3::text <> '' ORDER BY {order} LIMIT $5"


_OVER = f"""
SELECT x.side, x.done_at, {_ROW} FROM (
  (SELECT 'received' AS side, c.ended_at AS done_at, c.* FROM consultation c
   WHERE {_THEIRS} AND c.ended_at IS NOT NULL AND ($6 = '' OR c.role = $6)
     AND (c.ended_at, c.consultation_id) < ($7, $8) ORDER BY c.ended_at DESC, c.consultation_id DESC LIMIT $5)
  UNION ALL
  (SELECT 'sent', c.sender_ended_at, c.* FROM consultation c
   WHERE {_OURS} AND c.sender_ended_at IS NOT NULL AND ($6 = '' OR c.from_role = $6)
     AND NOT (c.to_provider_id = $1 AND c.unit_id = ANY ($2::int[]) AND c.ended_at IS NOT NULL)
     AND (c.sender_ended_at, c.consultation_id) < ($7, $8)
   ORDER BY c.sender_ended_at DESC, c.consultation_id DESC LIMIT $5)) x
JOIN consultation c ON c.provider_id = x.provider_id AND c.consultation_id = x.consultation_id {_BESIDE}
WHERE $3::text <> '' ORDER BY x.done_at DESC, c.consultation_id DESC LIMIT $5"""

Rows = list[dict[str, Any]]


async def rows(
    connection: Connection,
    *,
    by: StaffActor,
    tab: Tab,
    chosen: Filter,
    after: Sequence[Any] = (),
    most: int = PAGE,
) -> tuple[Rows, bool]:
    """A page of a list, and whether there is more. `after` is the key of the row before it (`read_key`)."""
    values: list[Any] = [by.provider_id, chosen.units(by), by.role, clock.today(), most + 1]
    if tab is Tab.ENDED:
        found = await connection.fetch(_OVER, *values, chosen.role, *(after or (_LATEST, 2**62)))
        return await _veiled(connection, by, found[:most]), len(found) > most
    by_person = bool(_SHAPES[tab].person) and chosen.staff_id is not None
    values += [chosen.role] if chosen.role else []
    values += [chosen.staff_id] if by_person else []
    found = await connection.fetch(
        _statement(tab, bool(chosen.role), by_person, bool(after)), *values, *after
    )
    return await _veiled(connection, by, found[:most]), len(found) > most


async def _veiled(connection: Connection, by: StaffActor, found: Sequence[Mapping[str, Any]]) -> Rows:
    """The rows, `veiled` where the patient has blocked a unit of it for the actor: those say nothing of the patient."""
    away = {
        (row["provider_id"], row["consultation_id"]): [(row["person_id"], one) for one in _away(by, row)]
        for row in found
    }
    hidden = await blocked_units(connection, by=by, about={one for pairs in away.values() for one in pairs})
    return [
        {**row, **(_SILENT if hidden & set(away[row["provider_id"], row["consultation_id"]]) else _SEEN)}
        for row in found
    ]


def _away(by: StaffActor, row: Mapping[str, Any]) -> list[int]:
    return units_away(by, (row["provider_id"], row["from_unit_id"]), (row["to_provider_id"], row["unit_id"]))


_SEEN = {"veiled": False}
_SILENT = {"veiled": True, "initials": "", "age": None, "excerpt": "", "reason": ""}
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


def key_of(tab: Tab, by: StaffActor, row: dict[str, Any]) -> str:
    """A row's place in its list, fit for an address."""
    match tab:
        case Tab.ENDED:
            parts: list[Any] = [row["done_at"].isoformat(), row["consultation_id"]]
        case Tab.SENT:
            parts = [row["sent_at"].isoformat(), row["consultation_id"]]
        case _:
            own = int(row["role"] != by.role)
            parts = [own, row["priority"], row["sent_at"].isoformat(), row["consultation_id"]]
    return "_".join(map(str, parts))


def read_key(tab: Tab, text: str) -> tuple[Any, ...]:
    """The key in an address; empty (the first page) for anything that is none."""
    types = ("timestamptz", "bigint") if tab is Tab.ENDED else tuple(kind for _, kind in _SHAPES[tab].order)
    parts = text.split("_")
    if len(parts) != len(types):
        return ()
    try:
        return tuple(
            datetime.fromisoformat(part) if kind == "timestamptz" else int(part)
            for part, kind in zip(parts, types, strict=True)
        )
    except ValueError:
        return ()


class Counts(msgspec.Struct, frozen=True):
    """How many stand in each list; `news` among the sent ones have an answer that nobody has ended; `elsewhere` wait
    for other roles than the one in the filter."""

    new: int
    taken: int
    sent: int
    news: int
    elsewhere: int


async def counts(connection: Connection, *, by: StaffActor, chosen: Filter) -> Counts:
    """What stands in the lists under a filter."""
    row = await connection.fetchrow(
        f"""
        SELECT count(*) FILTER (WHERE state = 'sent' AND ($3 = '' OR role = $3)) AS new,
          count(*) FILTER (WHERE state = 'accepted' AND ($3 = '' OR role = $3)) AS taken,
          count(*) FILTER (WHERE state = 'sent' AND $3 <> '' AND role <> $3) AS elsewhere,
          (SELECT count(*) FROM consultation c WHERE {_OURS} AND c.sender_ended_at IS NULL
             AND ($3 = '' OR c.from_role = $3)) AS sent,
          (SELECT count(*) FROM consultation c WHERE {_OURS} AND c.sender_ended_at IS NULL
             AND ($3 = '' OR c.from_role = $3) AND (c.answered_at IS NOT NULL OR c.ended_at IS NOT NULL)) AS news
        FROM consultation c WHERE {_THEIRS} AND c.state IN ('sent', 'accepted')""",
        by.provider_id,
        chosen.units(by),
        chosen.role,
    )
    return Counts(**row)


async def unanswered(connection: Connection, by: StaffActor, chosen: Filter) -> int:
    """How many wait for an answer under a filter: the menu's number."""
    return int(
        await connection.fetchval(
            f"SELECT count(*) FROM consultation c WHERE {_THEIRS} AND c.state = 'sent' AND ($3 = '' OR c.role = $3)",
            by.provider_id,
            chosen.units(by),
            chosen.role,
        )
    )
