"""Systematic review of the log (HSLF-FS 2016:40 ch. 4): a sample drawn by chance, gone through, signed and locked."""

import secrets
from datetime import date, timedelta

import asyncpg

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.audit import log as audit
from vardlots.audit.actions import kept_since
from vardlots.audit.seals import years_kept
from vardlots.people.rules import midnight
from vardlots.platform import clock
from vardlots.platform.db import Connection, Database
from vardlots.platform.errors import Forbidden, Invalid, NotFound, WrongState
from vardlots.review import queries, samples
from vardlots.review.markers import MARKERS
from vardlots.review.samples import Review, Sample, Verdict

MOST_DRAWN = 200
MOST_DAYS = 92  # a quarter
COMMENT_MAX = 2_000
SUMMARY_MAX = 4_000
PRUNED_AT_ONCE = 100


async def draw(
    database: Database,
    *,
    by: StaffActor,
    sample: Sample,
    unit_id: int | None,
    since: date,
    until: date,
    count: int,
    marker: str = "",
    seed: int | None = None,
) -> int:
    """Draw a sample. Returns the review's number. The seed is kept: whoever draws with it again gets the same rows.

    Nobody's own accesses are drawn for themself. Raises Invalid with the field, Forbidden for who reviews nothing,
    NotFound for a unit that is out of reach.
    """
    _demand_reviewer(by)
    _check(since, until, count, marker)
    seed = secrets.randbits(62) if seed is None else seed
    now = clock.now()
    async with database.transaction(by.scope) as connection:
        units = await queries.reach(connection, by)
        if units is not None and unit_id not in units:
            raise NotFound()
        drawn = await samples.draw(
            connection,
            by=by,
            sample=sample,
            unit_id=unit_id,
            since=midnight(since),
            until=midnight(until + timedelta(days=1)),
            count=count,
            marker=marker,
            seed=seed,
        )
        if not drawn.items:
            raise Invalid("since", "Det finns inget att dra bland de dagarna.")
        review_id = int(
            await connection.fetchval(
                "INSERT INTO log_review (provider_id, unit_id, sample, from_day, to_day, marker, wanted, seed, "
                "population, drawn_by, drawn_by_name, drawn_at) "
                "VALUES ($1, $2, $3, $4, $5, nullif($6, ''), $7, $8, $9, $10, $11, $12) RETURNING review_id",
                *(by.provider_id, unit_id, sample.value, since, until, marker, count, seed),
                *(drawn.population, by.staff_id, by.name, now),
            )
        )
        await connection.executemany(
            "INSERT INTO log_review_item (provider_id, review_id, place, at, log_id, staff_id) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            [
                (by.provider_id, review_id, place, one.at, one.log_id, one.staff_id)
                for place, one in enumerate(drawn.items, start=1)
            ],
        )
        await _log(connection, by, "draw_review", f"granskning {review_id}, {len(drawn.items)} rader")
    return review_id


async def judge(
    database: Database, *, by: StaffActor, review_id: int, place: int, verdict: Verdict, comment: str
) -> None:
    """Say what one drawn access or day was. May be said anew until the review is signed.

    Raises NotFound, Forbidden, Invalid for something to look into without words, WrongState when it is signed.
    """
    _demand_reviewer(by)
    comment = comment.strip()
    if verdict is Verdict.LOOK_INTO and not comment:
        raise Invalid("comment", "Skriv vad som behöver utredas.")
    if len(comment) > COMMENT_MAX:
        raise Invalid("comment", "Korta ner texten till högst {most} tecken.", most=COMMENT_MAX)
    try:
        async with database.transaction(by.scope) as connection:
            await _open_review(connection, by, review_id)
            person_id = await samples.person_of(connection, by.provider_id, review_id, place)
            found = await connection.fetchval(
                "UPDATE log_review_item SET verdict = $4, comment = $5, judged_by = $6, judged_at = $7 "
                "WHERE provider_id = $1 AND review_id = $2 AND place = $3 RETURNING place",
                *(by.provider_id, review_id, place, verdict.value, comment, by.staff_id, clock.now()),
            )
            if found is None:
                raise NotFound()
            await _log(connection, by, "judge_access", f"granskning {review_id}, rad {place}", person_id)
    except asyncpg.InsufficientPrivilegeError:
        raise _signed() from None


async def sign(database: Database, *, by: StaffActor, review_id: int, summary: str) -> None:
    """Sign the review: it is locked from now on. Raises NotFound, Forbidden, Invalid without a summary or with rows
    that nobody has judged, WrongState when it is signed already."""
    _demand_reviewer(by)
    summary = summary.strip()
    if not summary:
        raise Invalid("summary", "Skriv vad granskningen visade.")
    if len(summary) > SUMMARY_MAX:
        raise Invalid("summary", "Korta ner texten till högst {most} tecken.", most=SUMMARY_MAX)
    try:
        async with database.transaction(by.scope) as connection:
            await _open_review(connection, by, review_id)
            await connection.execute(
                "UPDATE log_review SET signed_by = $3, signed_by_name = $4, signed_at = $5, summary = $6 "
                "WHERE provider_id = $1 AND review_id = $2",
                *(by.provider_id, review_id, by.staff_id, by.name, clock.now(), summary),
            )
            await _log(connection, by, "sign_review", f"granskning {review_id}")
    except asyncpg.CheckViolationError as fault:
        if fault.constraint_name != "log_review_complete":
            raise
        raise Invalid("summary", "Gå igenom alla rader innan du signerar.") from None
    except asyncpg.InsufficientPrivilegeError:
        raise _signed() from None


def _demand_reviewer(by: StaffActor) -> None:
    if not by.reviews:
        raise Forbidden("Din roll granskar inte åtkomstloggen.", code="not_reviewer")


def _check(since: date, until: date, count: int, marker: str) -> None:
    if since > until:
        raise Invalid("since", "Den första dagen är efter den sista.")
    if (until - since).days >= MOST_DAYS:
        raise Invalid("since", "Välj högst {days} dagar.", days=MOST_DAYS)
    if not 1 <= count <= MOST_DRAWN:
        raise Invalid("count", "Välj mellan 1 och {most}.", most=MOST_DRAWN)
    if marker and marker not in MARKERS:
        raise Invalid("marker", "Välj ett märke ur listan.")


async def _open_review(connection: Connection, by: StaffActor, review_id: int) -> Review:
    """The review, within reach and not signed. Raises NotFound, WrongState."""
    found = await samples.review(
        connection, by=by, units=await queries.reach(connection, by), review_id=review_id, lock=True
    )
    if found is None:
        raise NotFound()
    if found.signed_at is not None:
        raise _signed()
    return found


def _signed() -> WrongState:
    return WrongState("Granskningen är signerad och kan inte ändras.", code="review_signed")


async def _log(
    connection: Connection, by: StaffActor, action: str, reason: str, person_id: int | None = None
) -> None:
    row = audit.access(by, action, provider_id=by.provider_id, person_id=person_id, reason=reason)
    await audit.write(connection, [row])


async def prune(database: Database, *, by: SystemActor, years: int) -> int:
    """Remove reviews that ended before the log that they are about is kept from. Returns how many.

    A review documents that the log was followed up, and is kept as long as the log (HSLF-FS 2016:40 4 kap. 9 §): so
    many years, longer where the provider wants it, never under five. One that nobody signed leaves by the day it was
    drawn. That it was done stands in the log itself.
    """
    async with database.transaction(by.scope) as connection:
        before = kept_since(await years_kept(connection, by.provider_id, years), clock.now())
        gone = int(await connection.fetchval("SELECT prune_reviews($1, $2)", before, PRUNED_AT_ONCE))
        if gone:
            row = audit.access(by, "prune_reviews", provider_id=by.provider_id, reason=f"{gone} granskningar")
            await audit.write(connection, [row])
    return gone
