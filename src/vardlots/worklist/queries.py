"""The lists of staff: who waits, who has been taken, what has ended, what has been written since.

Every list is read by keyset, a page at a time, unit by unit along a partial index, so that its first page costs the
same whatever has ended before. Names never leave the database for a person with protected identity.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.blocks.queries import blocked_cases
from vardlots.cases.ending.promised import promised
from vardlots.cases.ending.whose import owner_on_shift
from vardlots.clinics.model import Shift
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.worklist.filters import Filter

PAGE = 50


class Part(StrEnum):
    """A list, by the name it has in addresses."""

    WAITING = "waiting"
    TAKEN = "taken"
    ENDED = "ended"
    INBOX = "inbox"
    NO_ACTION = "no-action"
    ASYNC_ENDED = "async-ended"


class _Shape(msgspec.Struct, frozen=True):
    """How a list is cut out of the cases: its rows, its order, and the type of each column of the order."""

    where: str
    order: tuple[str, ...]
    types: tuple[str, ...]
    descending: bool = False
    by_owner: bool = True


# An errand that came as a message has not ended by having come: it is in Asynkrona until its time is over.
_NO_ERRAND = "NOT (kind = 'administrative' AND phase = 'follow_up' AND ended_at = arrived_at)"
_BY_PRIORITY = (("priority", "arrived_at", "case_id"), ("smallint", "timestamptz", "bigint"))
_SHAPES = {
    Part.WAITING: _Shape("phase = 'queued'", *_BY_PRIORITY, by_owner=False),
    Part.TAKEN: _Shape("phase IN ('accepted', 'ongoing')", *_BY_PRIORITY),
    Part.ENDED: _Shape(
        f"phase IN ('follow_up', 'closed', 'cancelled') AND {_NO_ERRAND}",
        ("ended_at", "case_id"),
        ("timestamptz", "bigint"),
        descending=True,
    ),
    Part.INBOX: _Shape(
        "phase = 'follow_up' AND inbox_at IS NOT NULL", ("inbox_at", "case_id"), ("timestamptz", "bigint")
    ),
    Part.NO_ACTION: _Shape(
        "phase = 'follow_up' AND inbox_at IS NULL", ("writable_until", "case_id"), ("timestamptz", "bigint")
    ),
    Part.ASYNC_ENDED: _Shape(
        "phase = 'closed' AND writable_until IS NOT NULL",
        ("ended_at", "case_id"),
        ("timestamptz", "bigint"),
        descending=True,
    ),
}
_EXCERPT = """,
  CASE WHEN p.protected THEN '' ELSE coalesce((SELECT left(e.body->>'text', 140) FROM entry e
    WHERE e.provider_id = c.provider_id AND e.case_id = c.case_id AND e.n = c.patient_last_n), '') END AS excerpt,
  c.owner_staff_id IS NOT NULL AND NOT {away} AS owner_away, {promised} AS answer_by""".format(
    away=owner_on_shift("c"), promised=promised("c")
)
# What is one's own to answer: what one has had, and what nobody at work has that is one's role's or of somebody one
# stands in for.
MINE = (
    "(owner_staff_id = ${staff}::bigint OR (role = ${role}::text OR owner_staff_id = ANY (${away}::bigint[])) "
    f"AND NOT {owner_on_shift('care_case')})"
)
_WHO = """
c.last_n, c.actor_person_id, c.notice_state,
c.staff_last_n > 0 AND c.patient_read_n >= c.staff_last_n AS read_by_patient, p.protected,
CASE WHEN p.protected THEN '' ELSE left(p.given_name, 1) || ' ' || left(p.family_name, 1) END AS initials,
CASE WHEN p.protected THEN NULL ELSE extract(year FROM age($3::date, p.birth_date))::int END AS age,
coalesce(s.given_name || ' ' || s.family_name, '') AS owner"""
# Whether whoever has the case is at work: a visit must not stay with somebody who has gone home.
_HERE = """(c.owner_staff_id IS NULL
  OR EXISTS (SELECT FROM shift h WHERE h.staff_id = c.owner_staff_id AND h.ended_at IS NULL))"""
_UNREAD = "c.patient_last_n > greatest(c.staff_read_n, 1)"
# What tells a row of a queue from itself a moment ago, without looking up who it is about.
OUTLINE = f"""
c.case_id, c.unit_id, c.role, c.last_n, c.priority, c.arrived_at, c.ended_at, c.owner_staff_id, c.actor_person_id,
c.notice_state, c.phase, c.handover_n, c.handover_role, c.handover_staff_id, c.booked_from,
{_HERE} AS owner_here, {_UNREAD} AS unread,
c.staff_last_n > 0 AND c.patient_read_n >= c.staff_last_n AS read_by_patient"""
# The number of a patient who does not read here; of one with protected identity the list tells none.
_CALL_ON = """CASE WHEN c.contact = 'telephone' AND NOT p.protected THEN (SELECT a.phone FROM assisted a
  WHERE a.provider_id = c.provider_id AND a.interview_id = c.interview_id) END"""
DRAWN = f"""
c.case_id, c.unit_id, c.role, c.reason, c.fact, c.phase, c.priority, c.owner_staff_id, c.arrived_at, c.accepted_at,
c.started_at, c.ended_at, c.writable_until, c.inbox_at, c.kind, c.contact, {_CALL_ON} AS call_on,
c.patient_last_n = 1 AS only_sent, c.handover_n, c.handover_role, c.handover_staff_id, c.paused_until, c.chase,
c.chase_at, c.booked_from, c.referred_due,
c.patient_last_n > c.referred_n AS referred_answered, c.patient_read_n >= c.referred_n AS referred_read,
{_HERE} AS owner_here, {_UNREAD} AS unread,{_WHO}"""
# What has come with the case that triage has not read, and that nobody who has it has looked at (`untriaged.py`), and
# whether somebody has taken the case since.
UNTOLD = """,
(SELECT jsonb_agg(jsonb_build_object('kind', e.kind, 'at', e.at, 'unread', e.body->'unread', 'danger', e.body->'danger',
   'taken', coalesce(e.at <= c.accepted_at, false),
   'text', CASE WHEN e.kind = 'information' THEN e.body->>'text' END) ORDER BY e.n)
 FROM entry e WHERE e.provider_id = c.provider_id AND e.case_id = c.case_id AND e.n > c.staff_read_n
   AND c.phase IN ('queued', 'accepted', 'ongoing') AND e.kind IN ('opened', 'retriaged', 'information')) AS untold"""
WITH_NAMES = "JOIN person p USING (person_id) LEFT JOIN staff s ON s.staff_id = c.owner_staff_id"


# A case that somebody else has just taken stays in the queue, pale, so that nobody wonders where it went.
JUST_TAKEN = timedelta(seconds=6)
_JUST_TAKEN = """ UNION ALL (SELECT * FROM care_case WHERE provider_id = $1 AND unit_id = u.unit_id
        AND accepted_at IS NOT NULL AND accepted_at > ${place} AND phase = 'accepted'{role} LIMIT 20)"""


class _Cut(msgspec.Struct, frozen=True):
    """Which conditions a statement has. One text for each, so that PostgreSQL plans it once and keeps the plan: with
    "or no role was chosen" and lists of units of unknown length in it, planning anew each time looks cheaper to it.
    """

    one_unit: bool
    by_role: bool
    by_staff: bool
    mine: bool = False


def _units(by: StaffActor, chosen: Filter) -> int | list[int]:
    """One unit as a number, several as a list."""
    units = chosen.units(by)
    return units[0] if len(units) == 1 else units


@cache
def _statement(part: Part, filtered: _Cut, after: bool, outline: bool) -> str:
    """The statement of one list: $1 provider, $2 units, $3 today, $4 how many, then what the filter and keyset add."""
    by_role, by_staff = filtered.by_role, filtered.by_staff
    units = "(VALUES ($2::int))" if filtered.one_unit else "unnest($2::int[])"
    shape = _SHAPES[part]
    place = 5
    wheres = ["provider_id = $1", "unit_id = u.unit_id", shape.where]
    for wanted, column, kind in ((by_role, "role", "text"), (by_staff, "owner_staff_id", "bigint")):
        if wanted:
            wheres.append(f"{column} = ${place}::{kind}")
            place += 1
    if filtered.mine:
        wheres.append(MINE.format(staff=place, role=place + 1, away=place + 2))
        place += 3
    if after:
        given = ", ".join(f"${place + n}::{kind}" for n, kind in enumerate(shape.types))
        wheres.append(f"({', '.join(shape.order)}) {'<' if shape.descending else '>'} ({given})")
    direction = " DESC" if shape.descending else ""
    order = ", ".join(f"{column}{direction}" for column in shape.order)
    lately = ""
    if part is Part.WAITING and not after:
        lately = _JUST_TAKEN.format(place=place, role=" AND role = $5::text" if by_role else "")
    cut = f"""
FROM {units} u (unit_id) CROSS JOIN LATERAL (
  (SELECT * FROM care_case WHERE {" AND ".join(wheres)} ORDER BY {order} LIMIT $4){lately}) c
WHERE $3::date IS NOT NULL ORDER BY {order.replace("case_id", "c.case_id")} LIMIT $4"""
    if outline:
        return f"SELECT {OUTLINE}{cut}"
    excerpt = _EXCERPT if part in (Part.INBOX, Part.NO_ACTION, Part.ASYNC_ENDED) else ""
    outer = ", ".join(f"c.{column}{direction}" for column in shape.order)
    return f"SELECT {DRAWN}{UNTOLD}{excerpt} FROM (SELECT c.*{cut}) c {WITH_NAMES} ORDER BY {outer}"


async def rows(
    connection: Connection,
    *,
    by: StaffActor,
    part: Part,
    chosen: Filter,
    after: Sequence[Any] = (),
    outline: bool = False,
    mine: bool = False,
    stands_in_for: Iterable[int] = (),
) -> tuple[list[dict[str, Any]], bool]:
    """A page of a list as dicts, and whether there is more. `after` is the key of the last row before it.

    `mine`: only what is the actor's to answer (`cases/ending/whose.py`), with what is that of those they stand in for
    (`contacts.queries.answered_for`). An outline names no patient: it only tells
    which rows have changed since they were last drawn.
    """
    shape = _SHAPES[part]
    by_staff = shape.by_owner and chosen.staff_id is not None
    units = _units(by, chosen)
    filtered = _Cut(isinstance(units, int), bool(chosen.role), by_staff, mine)
    values: list[Any] = [by.provider_id, units, clock.today(), PAGE + 1]
    values += [chosen.role] if chosen.role else []
    values += [chosen.staff_id] if by_staff else []
    values += [by.staff_id, by.role, sorted(stands_in_for)] if mine else []
    values += after or ([clock.now() - JUST_TAKEN] if part is Part.WAITING else [])
    found = await connection.fetch(_statement(part, filtered, bool(after), outline), *values)
    return await veiled(connection, by=by, rows=found[:PAGE]), len(found) > PAGE


async def rows_of(connection: Connection, *, by: StaffActor, case_ids: list[int]) -> list[dict[str, Any]]:
    """Whole rows for cases that a list of the actor's has named."""
    found = await connection.fetch(
        f"SELECT {DRAWN}{UNTOLD} FROM care_case c {WITH_NAMES} "
        "WHERE c.provider_id = $1 AND c.unit_id = ANY ($2::int[]) AND $3::date IS NOT NULL "
        "AND c.case_id = ANY ($4::bigint[])",
        by.provider_id,
        sorted(by.unit_ids),
        clock.today(),
        case_ids,
    )
    return await veiled(connection, by=by, rows=found)


# What a row says of the patient: none of it is told of a case that the patient has blocked (spärr). How far the patient
# has been reached is told by the person that they are, so that goes too.
_VEILED: dict[str, Any] = {
    "initials": "",
    "age": None,
    "fact": "",
    "reason": "",
    "excerpt": "",
    "unread": False,
    "actor_person_id": 0,
    "notice_state": "none",
    "read_by_patient": False,
    "person_id": None,
    "kind": "care",
    "contact": "digital",
    "call_on": None,
    "asked": None,
    "invited": None,
    "chase": None,
    "chase_at": None,
    "paused_until": None,
    "talk_unread": False,
    "referred_due": None,
}


async def veiled(
    connection: Connection, *, by: StaffActor, rows: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Rows as dicts, `veiled` where the patient has blocked the unit for the actor: those say nothing of the patient.

    Every list passes here. Only rows of other units than the actor's own are asked about.
    """
    found = [{**row, "veiled": False} for row in rows]
    away = [row["case_id"] for row in found if not by.at_home(row["unit_id"])]
    hidden = await blocked_cases(connection, by=by, case_ids=away) if away else frozenset()
    for row in found if hidden else ():
        if row["case_id"] in hidden:
            row.update((name, empty) for name, empty in _VEILED.items() if name in row)
            row["veiled"] = True
    return found


def key_of(part: Part, row: Mapping[str, Any]) -> str:
    """A row's place in its list, fit for an address."""
    parts = [row[column] for column in _SHAPES[part].order]
    return "_".join(p.isoformat() if isinstance(p, datetime) else str(p) for p in parts)


def read_key(part: Part, text: str) -> tuple[Any, ...]:
    """The key in an address; empty (the first page) for anything that is none."""
    types = _SHAPES[part].types
    parts = text.split("_")
    if len(parts) != len(types):
        return ()
    try:
        return tuple(
            datetime.fromisoformat(p) if kind == "timestamptz" else int(p)
            for p, kind in zip(parts, types, strict=True)
        )
    except ValueError:
        return ()


# Priorities are 1–12.
PRIORITIES = 12
# Priorities that no filter may hide.
URGENT = 2


class Counts(msgspec.Struct, frozen=True):
    """How many there are in each list, ended ones of today. `over` wait beyond the target; `longest` in minutes.

    `urgent_elsewhere` wait with priority 1 or 2 for a role that the filter leaves out: never hidden altogether. `guest`
    are the visits that the actor is a guest in, whatever the filter.
    """

    waiting: int
    over: int
    longest: int
    taken: int
    ended: int
    inbox: int
    no_action: int
    urgent_elsewhere: int
    guest: int


@cache
def _counts_statement(filtered: _Cut) -> str:
    """$1 provider, $2 units, $3 the actor, $4 now, $5 and $6 this day, $7 targets by unit and priority, role, staff."""
    shown = f"provider_id = $1 AND unit_id = {'$2::int' if filtered.one_unit else 'ANY ($2::int[])'}"
    elsewhere = "0"
    if filtered.by_role:
        elsewhere = (
            f"(SELECT count(*) FROM care_case WHERE {shown} AND phase = 'queued' AND priority <= {URGENT} "
            "AND role <> $8::text)"
        )
        shown += " AND role = $8::text"
    owned = shown
    if filtered.by_staff:
        owned += f" AND owner_staff_id = ${9 if filtered.by_role else 8}::bigint"
    target = "($7::int[])[priority]"
    if not filtered.one_unit:
        # Every unit's own, one after the other, in the order of $2.
        target = f"($7::int[])[{PRIORITIES} * (array_position($2::int[], unit_id) - 1) + priority]"
    return f"""
SELECT q.waiting, q.over, q.longest, t.taken, e.ended, f.inbox, f.no_action, {elsewhere},
       (SELECT count(*) FROM guest WHERE provider_id = $1 AND staff_id = $3 AND left_at IS NULL), h.shift_id,
       h.unit_id AS shift_unit, h.role AS shift_role, h.shift_type, h.load_balancer, h.started_at AS shift_start
FROM (SELECT count(*) AS waiting, coalesce(extract(epoch FROM $4 - min(arrived_at))::int / 60, 0) AS longest,
        count(*) FILTER (WHERE arrived_at < $4 - make_interval(mins => {target})) AS over
      FROM care_case WHERE {shown} AND phase = 'queued') q,
     (SELECT count(*) AS taken FROM care_case WHERE {owned} AND phase IN ('accepted', 'ongoing')) t,
     (SELECT count(*) AS ended FROM care_case WHERE {owned} AND phase IN ('follow_up', 'closed', 'cancelled')
        AND ended_at >= $5 AND ended_at < $6 AND {_NO_ERRAND}) e,
     (SELECT count(*) FILTER (WHERE inbox_at IS NOT NULL) AS inbox,
             count(*) FILTER (WHERE inbox_at IS NULL) AS no_action
      FROM care_case WHERE {owned} AND phase = 'follow_up') f
     LEFT JOIN shift h ON h.staff_id = $3 AND h.ended_at IS NULL"""


async def counts_and_shift(
    connection: Connection, *, by: StaffActor, chosen: Filter, target: Callable[[int, int], int]
) -> tuple[Counts, Shift | None]:
    """The counts of every list with a filter, and the actor's open shift: what every page shows, in one round trip.

    `target` gives the minutes for a unit and a priority.
    """
    now = clock.now()
    start = clock.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    units = _units(by, chosen)
    filtered = _Cut(isinstance(units, int), bool(chosen.role), chosen.staff_id is not None)
    values: list[Any] = [by.provider_id, units, by.staff_id, now, start, start + timedelta(days=1)]
    values.append(
        [target(unit, priority) for unit in chosen.units(by) for priority in range(1, PRIORITIES + 1)]
    )
    values += [chosen.role] if chosen.role else []
    values += [chosen.staff_id] if chosen.staff_id is not None else []
    row = await connection.fetchrow(_counts_statement(filtered), *values)
    shift = None
    if row["shift_id"] is not None:
        shift = Shift(
            provider_id=by.provider_id,
            shift_id=row["shift_id"],
            staff_id=by.staff_id,
            unit_id=row["shift_unit"],
            role=row["shift_role"],
            shift_type=row["shift_type"],
            load_balancer=row["load_balancer"],
            started_at=row["shift_start"],
            ended_at=None,
        )
    return Counts(*list(row)[:9]), shift


async def last_accepted(connection: Connection, *, by: StaffActor, chosen: Filter) -> datetime | None:
    """When the latest case was taken at the units shown; None when none ever was."""
    found: datetime | None = await connection.fetchval(
        "SELECT max(latest) FROM unnest($2::int[]) u (unit_id) CROSS JOIN LATERAL (SELECT accepted_at AS latest "
        "FROM care_case WHERE provider_id = $1 AND unit_id = u.unit_id AND accepted_at IS NOT NULL "
        "ORDER BY accepted_at DESC LIMIT 1) x",
        by.provider_id,
        chosen.units(by),
    )
    return found
