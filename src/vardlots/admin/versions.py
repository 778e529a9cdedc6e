"""The pane *Versioner*: every version with who, when, what changed and why, the draft on top."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from vardlots.admin.bodies import filled
from vardlots.admin.diff import Difference, differences
from vardlots.admin.editing import Editing
from vardlots.admin.frame import Frame
from vardlots.clinics.words import month_words
from vardlots.configuration.model import Version
from vardlots.platform import clock, pages
from vardlots.platform.i18n import plural, text

MOST_CHANGES = 6
SHOWN = 12


def pane(frame: Frame, at: Editing, found: Sequence[Difference], *, every: bool = False) -> dict[str, Any]:
    """The versions of a thing, the newest first. `found`: what the draft changes."""
    now, lang = clock.now(), frame.lang
    holds = in_force(at.versions, now)
    rows = [
        _row(frame, at, version, before, holds, now)
        for version, before in zip(at.versions, [*at.versions[1:], None], strict=False)
    ]
    shown = rows if every else rows[:SHOWN]
    return {
        "draft": _draft(frame, at, found),
        "rows": shown,
        "more": len(rows) - len(shown),
        "more_url": frame.address(at.kind, at.key, versions="all"),
        "compare_url": frame.address(at.kind, at.key, "compare") if _can_compare(at) else "",
        "stands": _start(holds, lang) if at.stands else None,
    }


def _start(holds: Version | None, lang: str) -> dict[str, Any]:
    return {"now": holds is None, "text": text(lang, "Så som det var från början")}


def _can_compare(at: Editing) -> bool:
    return len(at.versions) + (at.draft is not None) + at.stands > 1 and at.item is not None


def in_force(versions: Sequence[Version], now: datetime) -> Version | None:
    """The version that holds: the newest whose day has come."""
    return next((one for one in versions if one.starts_at <= now), None)


def _draft(frame: Frame, at: Editing, found: Sequence[Difference]) -> dict[str, Any] | None:
    if at.draft is None or at.is_new:
        return None
    return {
        "title": text(frame.lang, "Version {n}", n=at.newest_version + 1),
        "line": text(
            frame.lang, "Sparat som utkast {time}", time=pages.when_words(at.draft.changed_at, frame.lang)
        ),
        "changes": changes(found),
        "more": _left(found, frame.lang),
    }


def _row(
    frame: Frame, at: Editing, version: Version, before: Version | None, holds: Version | None, now: datetime
) -> dict[str, Any]:
    lang = frame.lang
    old = before.body if before is not None else (at.first if at.stands else None)
    found = between(frame, at, old, version.body) if old is not None else []
    kind, said = "", ""
    if version is holds:
        kind = "now"
        said = text(lang, "Borttagen") if version.removed else text(lang, "Gäller nu")
    elif version.starts_at > now:
        put_aside = any(
            one.version > version.version and one.starts_at <= version.starts_at for one in at.versions
        )
        kind = "aside" if put_aside else "waits"
        when = moment_words(version.starts_at, lang)
        said = text(lang, "Ersatt") if put_aside else text(lang, "Gäller från {when}", when=when)
    line = ""
    if version.removed:
        line = text(lang, "Togs bort")
    elif before is None:
        line = _first_line(frame, at)
    elif before.removed:
        line = text(lang, "Togs tillbaka")
    elif not found:
        line = text(lang, "Inget ändrades")
    return {
        "n": version.version,
        "title": text(lang, "Version {n}", n=version.version),
        "kind": kind,
        "state": said,
        "who": version.author_name,
        "day": long_day(version.at, lang),
        "iso": version.at.isoformat(timespec="seconds"),
        "line": line,
        "changes": [] if version.removed else changes(found),
        "more": "" if version.removed else _left(found, lang),
        "reason": version.reason,
        "restorable": _restorable(at, version),
    }


def _restorable(at: Editing, version: Version) -> bool:
    """Whether an earlier version can be taken up again: every one but the newest and those that only removed."""
    return at.may_change and not version.removed and version is not at.versions[0]


def _first_line(frame: Frame, at: Editing) -> str:
    if at.unit_id is None:
        return text(frame.lang, "Första versionen")
    return text(frame.lang, "Första versionen för {unit}", unit=frame.unit_name(at.unit_id))


def between(frame: Frame, at: Editing, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """What differs between two bodies of the thing."""
    return differences(at.fields, filled(at.fields, old), filled(at.fields, new), frame.lang, frame.names)


def changes(found: Sequence[Difference]) -> list[dict[str, Any]]:
    """Changes as lines of the pane, the first few of them."""
    return [msgspec.structs.asdict(one) for one in found[:MOST_CHANGES]]


def _left(found: Sequence[Difference], lang: str) -> str:
    n = len(found) - MOST_CHANGES
    return plural(lang, "och en ändring till", "och {n} ändringar till", n) if n > 0 else ""


def long_day(moment: datetime, lang: str) -> str:
    """A day with its year, *2 mars 2026*; today and yesterday with their time."""
    if (clock.today() - clock.local(moment).date()).days in (0, 1):
        return pages.when_words(moment, lang)
    day = clock.local(moment).date()
    return f"{day.day} {month_words(day.month, lang)} {day.year}"


def moment_words(moment: datetime, lang: str) -> str:
    """A moment to come, *mån 23 nov 00.00*; with its year when that is another."""
    day = clock.local(moment).date()
    year = f" {day.year}" if day.year != clock.today().year else ""
    return f"{pages.day_words(moment, lang)}{year} {pages.clock_time(moment)}"
