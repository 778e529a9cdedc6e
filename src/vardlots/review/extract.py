"""What stands in the log about one person, as that person reads it (Patient Data Act ch. 8): the rows, their words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from vardlots.audit.words import ACTIONS, HIDDEN_FROM_GUARDIANS, said
from vardlots.clinics.queries import roles_of
from vardlots.clinics.roles import title_for_patients
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.i18n import joined, plural, text
from vardlots.platform.pages import clock_time
from vardlots.review.queries import BEGINNING, END

MOST = 5_000  # rows in one document


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which of a person's rows are read: under every id of theirs, at all providers or one, in an interval.

    `reader_ids` are who reads, when it is a patient; `household` are those whose names they know; both under every id
    that they have had. A guardian who reads about a child (`as_guardian`) does not read of guardians being kept out
    (A10).
    """

    person_ids: list[int]
    reader_ids: frozenset[int] = frozenset()
    household: frozenset[int] = frozenset()
    as_guardian: bool = False
    provider_id: int | None = None
    since: datetime = BEGINNING
    until: datetime = END
    before: tuple[datetime, int] = (END, 2**63 - 1)
    limit: int = 61


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the extract: the same thing done again and again by one person on one day is one, with its times."""

    moment: datetime
    log_id: int
    who: str
    title: str
    unit: str
    provider: str
    action: str
    what: str
    reason: str
    times: int = 1

    @property
    def at(self) -> str:
        """The day and the time as a document has them: 2026-11-21 09.52."""
        return f"{clock.local(self.moment):%Y-%m-%d} {clock_time(self.moment)}"

    def what_and_how_often(self, lang: str) -> str:
        """*Läste ärendet, 3 gånger*."""
        if self.times == 1:
            return self.what
        often = plural(lang, "{n} gång", "{n} gånger", self.times)
        return joined(lang, self.what, often)

    def reason_words(self, lang: str) -> str:
        """The reason that was given, or nothing."""
        return text(lang, "Skäl: {reason}", reason=self.reason) if self.reason else ""


_LOG = """
SELECT f.log_id, f.at, f.provider_id, f.actor_kind, f.actor_id, f.actor_name, f.action, f.reason,
       coalesce(u.name, p.name) AS unit_name, p.name AS provider_name
FROM unnest($1::bigint[]) asked(id), LATERAL (
  SELECT * FROM access_log l WHERE l.person_id = asked.id AND l.at >= $3 AND l.at < $4
    AND (l.at, l.log_id) < ($5, $6::bigint) AND ($2::int IS NULL OR l.provider_id = $2)
    AND l.action <> ALL ($7::text[])
  ORDER BY l.at DESC, l.log_id DESC LIMIT $8) f
JOIN provider p ON p.provider_id = f.provider_id
LEFT JOIN unit u ON u.provider_id = f.provider_id AND u.unit_id = f.unit_id
ORDER BY f.at DESC, f.log_id DESC LIMIT $8
"""


async def rows(connection: Connection, wanted: Wanted) -> list[Any]:
    """The rows wanted, the newest first, as the database has them."""
    found: list[Any] = await connection.fetch(
        _LOG,
        wanted.person_ids,
        wanted.provider_id,
        wanted.since,
        wanted.until,
        *wanted.before,
        list(HIDDEN_FROM_GUARDIANS) if wanted.as_guardian else [],
        wanted.limit,
    )
    return found


async def lines(connection: Connection, wanted: Wanted, found: Sequence[Any], lang: str) -> list[Line]:
    """The rows in words."""
    titles = await _titles(connection, found)
    told: list[Line] = []
    for row in found:
        known = ACTIONS.get(row["action"])
        line = Line(
            moment=row["at"],
            log_id=row["log_id"],
            who=_who(row, wanted, lang),
            title=_title(titles.get((row["provider_id"], row["actor_id"]), ""), row, lang),
            unit=row["unit_name"],
            provider=row["provider_name"],
            action=row["action"],
            what=said(row["action"], lang),
            reason=(row["reason"] or "") if known and known.reason_shown else "",
        )
        if told and _same(told[-1], line):
            told[-1] = msgspec.structs.replace(told[-1], times=told[-1].times + 1)
        else:
            told.append(line)
    return told


def _same(one: Line, other: Line) -> bool:
    """Whether two lines that follow each other say the same of the same day."""
    same = all(
        getattr(one, name) == getattr(other, name)
        for name in ("who", "title", "unit", "provider", "what", "reason")
    )
    return same and clock.local(one.moment).date() == clock.local(other.moment).date()


def _who(row: Any, wanted: Wanted, lang: str) -> str:
    """Staff by name. Of patients, oneself and one's own family: another guardian may be somebody who is protected."""
    if row["actor_kind"] == "system":
        return text(lang, "Systemet")
    if row["actor_kind"] == "staff":
        return str(row["actor_name"])
    if row["actor_id"] in wanted.reader_ids:
        return text(lang, "Du")
    if row["actor_id"] in wanted.person_ids:
        return str(row["actor_name"])
    if row["actor_id"] in wanted.household:
        return str(row["actor_name"])
    return text(lang, "En vårdnadshavare")


def _title(title: str, row: Any, lang: str) -> str:
    return text(lang, title) if title and row["actor_kind"] == "staff" else ""


async def _titles(connection: Connection, found: Sequence[Any]) -> dict[tuple[int, int], str]:
    """What staff are, as patients of the provider read it, by provider and member of staff."""
    whom: dict[int, set[int]] = {}
    for row in found:
        if row["actor_kind"] == "staff":
            whom.setdefault(row["provider_id"], set()).add(row["actor_id"])
    titles: dict[tuple[int, int], str] = {}
    for provider_id, staff_ids in whom.items():
        roles = await roles_of(connection, provider_id)
        known = await connection.fetch(
            "SELECT s.staff_id, s.title, array_remove(array_agg(DISTINCT a.role), NULL) AS codes FROM staff s "
            "LEFT JOIN assignment a ON a.staff_id = s.staff_id AND a.provider_id = $1 "
            "WHERE s.staff_id = ANY ($2::bigint[]) GROUP BY s.staff_id, s.title",
            provider_id,
            sorted(staff_ids),
        )
        for row in known:
            title = title_for_patients(row["title"], [roles.of(code) for code in row["codes"]])
            titles[provider_id, row["staff_id"]] = title
    return titles
