"""*Så hade det blivit*: what a change would have meant for last week's real cases. Nobody is named."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec

from vardlots.admin.editing import Editing
from vardlots.clinics.hours import Exceptional, Hours, opening
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_, plural, text


class Number(msgspec.Struct, frozen=True):
    """One number as it was and as it would have been; `new` None where a change does not move it."""

    label: str
    old: int
    new: int | None = None


class Effect(msgspec.Struct, frozen=True):
    """What is told: a heading, what was counted, and the numbers."""

    title: str
    line: str
    numbers: list[Number]


def last_week() -> tuple[datetime, datetime]:
    """From Monday to Monday, as moments: the calendar week before this one, in Sweden."""
    today = clock.today()
    monday = today - timedelta(days=today.weekday())
    return _midnight(monday - timedelta(days=7)), _midnight(monday)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), clock.SWEDEN).astimezone(UTC)


async def effect(connection: Connection, provider_id: int, at: Editing, lang: str) -> Effect | None:
    """What the form's values would have meant, beside what holds; None where there is nothing to count."""
    count = COUNTED.get(at.kind.code)
    if count is None or at.is_new:
        return None
    try:
        msgspec.convert(at.body, at.kind.shape)
        msgspec.convert(at.newest, at.kind.shape)
    except msgspec.ValidationError:
        return None
    return await count(connection, provider_id, at, lang)


async def _escalation(connection: Connection, provider_id: int, at: Editing, lang: str) -> Effect | None:
    old = {row["priority"]: row for row in at.newest["rows"]}
    new = {row["priority"]: row for row in at.body["rows"]}
    priorities = sorted(old.keys() & new.keys())

    def column(rows: Mapping[int, Mapping[str, Any]], name: str) -> list[Any]:
        return [rows[priority].get(name) for priority in priorities]

    row = await connection.fetchrow(
        """
        WITH waited AS (
          SELECT priority, extract(epoch FROM coalesce(accepted_at, ended_at, $5) - arrived_at) / 60 AS minutes
          FROM care_case WHERE provider_id = $1 AND unit_id = $2 AND arrived_at >= $3 AND arrived_at < $4
        )
        SELECT count(*) AS cases,
          count(*) FILTER (WHERE minutes > old_target) AS old_target,
          count(*) FILTER (WHERE minutes > new_target) AS new_target,
          count(*) FILTER (WHERE minutes >= old_1) AS old_1, count(*) FILTER (WHERE minutes >= new_1) AS new_1,
          count(*) FILTER (WHERE minutes >= old_2) AS old_2, count(*) FILTER (WHERE minutes >= new_2) AS new_2,
          count(*) FILTER (WHERE minutes >= old_1 AND old_sms) AS old_sms,
          count(*) FILTER (WHERE minutes >= new_1 AND new_sms) AS new_sms
        FROM waited LEFT JOIN unnest($6::int[], $7::int[], $8::int[], $9::int[], $10::int[], $11::int[], $12::int[],
          $13::bool[], $14::bool[]) AS t
          (priority, old_target, new_target, old_1, new_1, old_2, new_2, old_sms, new_sms) USING (priority)""",
        provider_id,
        at.unit_id,
        *last_week(),
        clock.now(),
        priorities,
        *(column(rows, name) for name in ("target", "step_1", "step_2", "sms") for rows in (old, new)),
    )
    numbers = [
        Number(text(lang, "Efter målet"), row["old_target"], row["new_target"]),
        Number(text(lang, "Steg 1"), row["old_1"], row["new_1"]),
        Number(text(lang, "Steg 2"), row["old_2"], row["new_2"]),
        Number(text(lang, "Med sms"), row["old_sms"], row["new_sms"]),
    ]
    return Effect(text(lang, "Så hade det blivit"), _cases(row["cases"], lang), numbers)


def _cases(n: int, lang: str) -> str:
    if not n:
        return text(lang, "inga ärenden förra veckan")
    return plural(lang, "förra veckans enda ärende", "förra veckans {n} ärenden", n)


async def _hours(connection: Connection, provider_id: int, at: Editing, lang: str) -> Effect | None:
    rows = await connection.fetch(
        "SELECT arrived_at FROM care_case WHERE provider_id = $1 AND unit_id = $2 "
        "AND arrived_at >= $3 AND arrived_at < $4",
        provider_id,
        at.unit_id,
        *last_week(),
    )
    moments = [row["arrived_at"] for row in rows]
    old, new = _timetable(at.newest), _timetable(at.body)
    within = (sum(opening(hours, one).is_open for one in moments) for hours in (old, new))
    before, after = within
    if at.kind.code == "on_call":
        numbers = [Number(text(lang, "Kom på jourtid"), before, after)]
    else:
        kept = len(moments)
        numbers = [Number(text(lang, "Kom när det är stängt"), kept - before, kept - after)]
    return Effect(text(lang, "Så hade det blivit"), _cases(len(moments), lang), numbers)


def _timetable(body: Mapping[str, Any]) -> Hours:
    exceptions = {
        date.fromisoformat(one["date"]): Exceptional(
            (one["opens"], one["closes"]) if one.get("opens") else None, one.get("text", "")
        )
        for one in body.get("exceptions", [])
    }
    return Hours(body.get("week", {}), exceptions)


def _used(column: str, label: str) -> "Count":
    async def count(connection: Connection, provider_id: int, at: Editing, lang: str) -> Effect | None:
        n = await connection.fetchval(
            f"SELECT count(*) FROM care_case WHERE provider_id = $1 AND {column} = $2 "
            "AND arrived_at >= $3 AND arrived_at < $4",
            provider_id,
            at.key,
            *last_week(),
        )
        return Effect(
            text(lang, "Används"), text(lang, "ärenden förra veckan"), [Number(text(lang, label), int(n))]
        )

    return count


async def _visits(connection: Connection, provider_id: int, at: Editing, lang: str) -> Effect | None:
    if at.unit_id is None:
        return None
    n = await connection.fetchval(
        "SELECT count(*) FROM care_case WHERE provider_id = $1 AND unit_id = $2 "
        "AND started_at >= $3 AND started_at < $4",
        provider_id,
        at.unit_id,
        *last_week(),
    )
    return Effect(
        text(lang, "Används"), text(lang, "förra veckan"), [Number(text(lang, "Besök som började"), int(n))]
    )


Count = Callable[[Connection, int, Editing, str], Awaitable[Effect | None]]
COUNTED: dict[str, Count] = {
    "escalation": _escalation,
    "opening": _hours,
    "on_call": _hours,
    "reason": _used("reason", N_("Ärenden")),
    "role": _used("role", N_("Ärenden")),
    "welcome": _visits,
}
