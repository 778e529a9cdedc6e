"""Samples of the log: how they are drawn, and the reviews that are made of them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.people.rules import midnight
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.review.markers import ABOUT_STAFF, sought
from vardlots.review.queries import Asked, LogRow, search

SHOWN = 100


class Sample(StrEnum):
    """What is drawn: single accesses, or all that one member of staff did on one day."""

    ACCESSES = "accesses"
    STAFF_DAYS = "staff_days"


class Verdict(StrEnum):
    """What the reviewer says of it."""

    CLEAR = "clear"
    LOOK_INTO = "look_into"


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """One that was drawn: an access by its number, or a member of staff on the day that begins at `at`."""

    at: datetime
    log_id: int | None = None
    staff_id: int | None = None


class Lot(msgspec.Struct, frozen=True, kw_only=True):
    """What was drawn, and among how many."""

    population: int
    items: list[Drawn]


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """A review, with how far it has come."""

    review_id: int
    unit_id: int | None
    sample: Sample
    from_day: date
    to_day: date
    marker: str | None
    wanted: int
    seed: int
    population: int
    drawn_by: int
    drawn_by_name: str
    drawn_at: datetime
    signed_by_name: str | None
    signed_at: datetime | None
    summary: str | None
    items: int
    judged: int
    to_look_into: int


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A drawn access or day, with what was said of it."""

    place: int
    at: datetime
    log_id: int | None
    staff_id: int | None
    staff_name: str | None
    verdict: str | None
    comment: str
    judged_by_name: str | None
    judged_at: datetime | None


# $5 is the reviewer: nobody draws what they did themself. Chance is a digest of the seed and the row: the same seed
# over the same rows gives the same sample on every machine.
_AMONG = f"""
FROM access_log l
WHERE l.provider_id = $1 AND l.at >= $6 AND l.at < $7 AND {ABOUT_STAFF} AND l.actor_id <> $5
  AND ($2::int IS NULL OR l.unit_id = $2 OR EXISTS (
    SELECT FROM care_case c WHERE c.provider_id = l.provider_id AND c.case_id = l.case_id AND c.unit_id = $2))
"""
_CHANCE = "sha256(convert_to($4::bigint || ':' || {what}, 'UTF8'))"
_STATEMENTS = {
    Sample.ACCESSES: (
        "SELECT l.at, l.log_id, NULL::bigint AS staff_id, count(*) OVER () AS population"
        + _AMONG
        + "{marked} ORDER BY "
        + _CHANCE.format(what="l.log_id")
        + " LIMIT $3::int"
    ),
    Sample.STAFF_DAYS: (
        "SELECT day::timestamp AT TIME ZONE 'Europe/Stockholm' AS at, NULL::bigint AS log_id, staff_id, "
        "count(*) OVER () AS population FROM (SELECT DISTINCT l.actor_id AS staff_id, "
        "(l.at AT TIME ZONE 'Europe/Stockholm')::date AS day"
        + _AMONG
        + "{marked}) days ORDER BY "
        + _CHANCE.format(what="staff_id || ':' || day")
        + " LIMIT $3::int"
    ),
}


async def draw(
    connection: Connection,
    *,
    by: StaffActor,
    sample: Sample,
    unit_id: int | None,
    since: datetime,
    until: datetime,
    count: int,
    marker: str,
    seed: int,
) -> Lot:
    """So many by chance among what staff did with patients' data, at a unit or with its cases, or at the provider."""
    marked = f" AND {sought(marker)}" if marker else ""
    rows = await connection.fetch(
        _STATEMENTS[sample].replace("{marked}", marked),
        *(by.provider_id, unit_id, count, seed, by.staff_id, since, until),
    )
    return Lot(
        population=rows[0]["population"] if rows else 0,
        items=[Drawn(at=row["at"], log_id=row["log_id"], staff_id=row["staff_id"]) for row in rows],
    )


_REVIEW = """
SELECT r.review_id, r.unit_id, r.sample, r.from_day, r.to_day, r.marker, r.wanted, r.seed, r.population, r.drawn_by,
       r.drawn_by_name, r.drawn_at, r.signed_by_name, r.signed_at, r.summary, i.items, i.judged, i.to_look_into
FROM log_review r, LATERAL (
  SELECT count(*) AS items, count(i.verdict) AS judged, count(*) FILTER (WHERE i.verdict = 'look_into') AS to_look_into
  FROM log_review_item i WHERE i.provider_id = r.provider_id AND i.review_id = r.review_id) i
WHERE r.provider_id = $1 AND ($2::int[] IS NULL OR r.unit_id = ANY ($2))
"""


async def reviews(
    connection: Connection, *, by: StaffActor, units: Sequence[int] | None, below: int | None
) -> list[Review]:
    """The reviews within reach, the newest first, one more than are shown."""
    rows = await connection.fetch(
        f"{_REVIEW} AND ($3::bigint IS NULL OR r.review_id < $3) ORDER BY r.review_id DESC LIMIT $4",
        by.provider_id,
        None if units is None else list(units),
        below,
        SHOWN + 1,
    )
    return [_review_from(row) for row in rows]


async def review(
    connection: Connection,
    *,
    by: StaffActor,
    units: Sequence[int] | None,
    review_id: int,
    lock: bool = False,
) -> Review | None:
    """One review within reach. `lock`: nobody signs it or judges in it until the transaction ends."""
    if lock:
        await connection.execute(
            "SELECT FROM log_review WHERE provider_id = $1 AND review_id = $2 FOR NO KEY UPDATE",
            by.provider_id,
            review_id,
        )
    row = await connection.fetchrow(
        f"{_REVIEW} AND r.review_id = $3", by.provider_id, None if units is None else list(units), review_id
    )
    return _review_from(row) if row else None


def _review_from(row: dict[str, object]) -> Review:
    return msgspec.convert(dict(row), Review)


async def items(connection: Connection, provider_id: int, review_id: int) -> list[Item]:
    """What was drawn, in the order of the lot."""
    rows = await connection.fetch(
        "SELECT i.place, i.at, i.log_id, i.staff_id, s.given_name || ' ' || s.family_name AS staff_name, i.verdict, "
        "i.comment, j.given_name || ' ' || j.family_name AS judged_by_name, i.judged_at "
        "FROM log_review_item i LEFT JOIN staff s ON s.staff_id = i.staff_id "
        "LEFT JOIN staff j ON j.staff_id = i.judged_by "
        "WHERE i.provider_id = $1 AND i.review_id = $2 ORDER BY i.place",
        provider_id,
        review_id,
    )
    return [Item(**row) for row in rows]


async def rows_of(
    connection: Connection, *, by: StaffActor, review: Review, drawn: Sequence[Item]
) -> dict[int, LogRow]:
    """The rows of the log behind drawn accesses, by number. Those that have been pruned are left out."""
    keys = [(one.at, one.log_id) for one in drawn if one.log_id is not None]
    asked = Asked(units=_units(review), keys=keys, limit=len(keys))
    return {row.log_id: row for row in await search(connection, by=by, asked=asked)} if keys else {}


async def rows_of_day(connection: Connection, *, by: StaffActor, review: Review, item: Item) -> list[LogRow]:
    """What a member of staff did on a drawn day, the newest first, one more than are shown."""
    day = clock.local(item.at).date()
    asked = Asked(
        units=_units(review),
        staff_id=item.staff_id,
        since=midnight(day),
        until=midnight(day + timedelta(days=1)),
        limit=SHOWN + 1,
    )
    return await search(connection, by=by, asked=asked)


def _units(review: Review) -> list[int] | None:
    return [review.unit_id] if review.unit_id is not None else None


async def person_of(connection: Connection, provider_id: int, review_id: int, place: int) -> int | None:
    """Whose data a drawn access was about; None for a day."""
    found: int | None = await connection.fetchval(
        "SELECT l.person_id FROM log_review_item i JOIN access_log l "
        "ON l.provider_id = i.provider_id AND l.at = i.at AND l.log_id = i.log_id "
        "WHERE i.provider_id = $1 AND i.review_id = $2 AND i.place = $3",
        provider_id,
        review_id,
        place,
    )
    return found
