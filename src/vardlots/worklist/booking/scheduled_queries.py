"""Booked visits at the units of a filter: a day's, those whose time is over with nobody having begun, and those that
wait for a new time.

A day is read along `appointment_day`; the other two along `care_case_booked`, so that what has been costs nothing.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.worklist.filters import Filter
from vardlots.worklist.queries import veiled

# A day of many units side by side is still a day: more than this nobody reads, and the page says so.
MOST = 400
NEXT = 3

_WHO = """a.appointment_id, a.unit_id, a.role, a.staff_id, a.time_type, a.contact, a.starts_at, a.ends_at, a.name,
a.state AS appointment, c.case_id, c.reason, c.phase, c.priority, c.kind, c.last_n, c.booked_from, c.owner_staff_id,
c.person_id, p.protected,
CASE WHEN p.protected THEN '' ELSE left(p.given_name, 1) || ' ' || left(p.family_name, 1) END AS initials,
CASE WHEN p.protected THEN NULL ELSE extract(year FROM age($3::date, p.birth_date))::int END AS age,
coalesce(w.given_name || ' ' || w.family_name, o.given_name || ' ' || o.family_name, d.name, '') AS whose,
a.ticket_id IS NOT NULL AS by_ticket, f.asked, f.answered"""
_BESIDE = """JOIN person p ON p.person_id = c.person_id
LEFT JOIN staff w ON w.staff_id = a.staff_id LEFT JOIN staff o ON o.staff_id = c.owner_staff_id
LEFT JOIN slot t ON t.provider_id = a.provider_id AND t.slot_id = a.slot_id
LEFT JOIN schedule d ON d.provider_id = t.provider_id AND d.schedule_id = t.schedule_id
LEFT JOIN LATERAL (SELECT count(*)::int AS asked,
    count(*) FILTER (WHERE EXISTS (SELECT FROM entry x WHERE x.provider_id = e.provider_id AND x.case_id = e.case_id
      AND x.kind = 'form_answered' AND x.body->>'request_id' = e.body->>'request_id'))::int AS answered
  FROM entry e WHERE e.provider_id = c.provider_id AND e.case_id = c.case_id AND e.kind = 'form_sent') f ON true"""
# Times that hold or held to the end; what was moved or cancelled is elsewhere, or nowhere.
_HELD = "a.state IN ('booked', 'attended', 'missed')"
# An administrative visit is the administrators' wherever its time was opened (requirement C7).
_FILTERED = """($4 = '' OR {one}.role = $4 OR ($4 = 'medical_admin' AND c.kind = 'administrative'))
  AND ($5::bigint IS NULL OR {staff})"""
_BY_STAFF = "a.staff_id = $5 OR c.owner_staff_id = $5"

_DAY = f"""SELECT {_WHO} FROM appointment a JOIN care_case c USING (provider_id, case_id) {_BESIDE}
WHERE a.provider_id = $1 AND a.unit_id = ANY ($2::int[]) AND a.starts_at >= $6 AND a.starts_at < $7 AND {_HELD}
  AND NOT (c.phase = 'booked' AND a.ends_at <= $8) AND {_FILTERED.format(one="a", staff=_BY_STAFF)}
ORDER BY a.starts_at, a.appointment_id LIMIT {MOST + 1}"""
_OVER = f"""SELECT {_WHO} FROM care_case c JOIN appointment a ON a.provider_id = c.provider_id AND a.case_id = c.case_id
  AND a.state = 'booked' {_BESIDE}
WHERE c.provider_id = $1 AND c.unit_id = ANY ($2::int[]) AND c.phase = 'booked' AND c.booked_from < $6
  AND a.ends_at <= $6 AND {_FILTERED.format(one="a", staff=_BY_STAFF)}
ORDER BY c.booked_from, c.case_id LIMIT {MOST}"""
# The latest time that it had tells what it was.
_TIMELESS = f"""SELECT {_WHO} FROM care_case c JOIN LATERAL (
    SELECT * FROM appointment l WHERE l.provider_id = c.provider_id AND l.case_id = c.case_id
    ORDER BY l.appointment_id DESC LIMIT 1) a ON true {_BESIDE}
WHERE c.provider_id = $1 AND c.unit_id = ANY ($2::int[]) AND c.phase = 'booked' AND c.booked_from IS NULL
  AND {_FILTERED.format(one="c", staff=_BY_STAFF)}
ORDER BY a.starts_at, c.case_id LIMIT {MOST}"""


def day_span(day: date) -> tuple[datetime, datetime]:
    """From midnight to midnight in Sweden, whatever the season."""
    begin = datetime.combine(day, time(), clock.SWEDEN)
    return begin, datetime.combine(day + timedelta(days=1), time(), clock.SWEDEN)


def _common(by: StaffActor, chosen: Filter) -> list[Any]:
    return [by.provider_id, chosen.units(by), clock.today(), chosen.role, chosen.staff_id]


async def of_day(
    connection: Connection, *, by: StaffActor, chosen: Filter, day: date
) -> tuple[list[dict[str, Any]], bool]:
    """The visits booked on a day, by time, and whether there are more than can be shown. Not what is over, with nobody
    having begun: that is `over`'s on every day."""
    found = await connection.fetch(_DAY, *_common(by, chosen), *day_span(day), clock.now())
    return await veiled(connection, by=by, rows=found[:MOST]), len(found) > MOST


async def over(connection: Connection, *, by: StaffActor, chosen: Filter) -> list[dict[str, Any]]:
    """The visits whose time is over and nobody has begun, the longest ago first, of whatever day."""
    found = await connection.fetch(_OVER, *_common(by, chosen), clock.now())
    return await veiled(connection, by=by, rows=found)


async def timeless(connection: Connection, *, by: StaffActor, chosen: Filter) -> list[dict[str, Any]]:
    """The visits that wait for a new time, since the unit took the old one back."""
    return await veiled(connection, by=by, rows=await connection.fetch(_TIMELESS, *_common(by, chosen)))


async def left_today(connection: Connection, by: StaffActor, chosen: Filter) -> int:
    """How many of today's booked visits are left: to come, taken, or going on."""
    return int(
        await connection.fetchval(
            f"""SELECT count(*) FROM appointment a JOIN care_case c USING (provider_id, case_id)
WHERE a.provider_id = $1 AND a.unit_id = ANY ($2::int[]) AND a.starts_at >= $5 AND a.starts_at < $6
  AND a.state IN ('booked', 'attended') AND c.phase IN ('booked', 'queued', 'accepted', 'ongoing')
  AND {_FILTERED.format(one="a", staff=_BY_STAFF).replace("$4", "$3").replace("$5", "$4")}""",
            by.provider_id,
            chosen.units(by),
            chosen.role,
            chosen.staff_id,
            *day_span(clock.today()),
        )
    )


async def next_today(connection: Connection, *, by: StaffActor, chosen: Filter) -> Sequence[dict[str, Any]]:
    """The next visits of today that nobody has begun, for the start page."""
    rows, _ = await of_day(connection, by=by, chosen=chosen, day=clock.today())
    return [row for row in rows if row["phase"] == "booked" and row["ends_at"] > clock.now()][:NEXT]
