"""What stands around every staff page: the menu with its counts, the filter, the shift, who one is."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.clinics.model import SHIFT_TYPES, Shift
from vardlots.clinics.tree import fold
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.i18n import text
from vardlots.platform.pages import clock_time, when_words
from vardlots.triage.configured import Practice, practice_of
from vardlots.worklist import actions, queries
from vardlots.worklist.directory import Directory, directory
from vardlots.worklist.filters import ALL, Filter, chosen_filter, is_chosen, remembered_filter
from vardlots.worklist.places import PLACES
from vardlots.worklist.places import counts as place_counts
from vardlots.worklist.queries import Counts
from vardlots.worklist.rows import Pen

MOST_KEPT = 5_000
_last_chosen: dict[int, Filter] = {}
_kept_filters: dict[tuple[Any, ...], tuple[Directory, list[dict[str, Any]]]] = {}


class Desk(msgspec.Struct, frozen=True):
    """One member of staff at work: the filter in use, the counts under it, the shift, the directory."""

    by: StaffActor
    lang: str
    chosen: Filter
    known: Directory
    counts: Counts
    shift: Shift | None
    pen: Pen
    waiting: Mapping[str, int] = {}

    @property
    def goals(self) -> list[int]:
        """The different targets, in minutes, of the queues shown."""
        return self.pen.practice.goals(self.chosen.units(self.by))


async def open_desk(request: Web, connection: Connection, by: StaffActor) -> Desk:
    """Read what the shell shows. Raises Forbidden when the address names a unit that is not one's own."""
    lang = pages.language_of(request)
    if is_chosen(request.query_params):
        chosen = chosen_filter(request.query_params, by)
    else:
        kept = await connection.fetchval("SELECT preferences FROM staff WHERE staff_id = $1", by.staff_id)
        chosen = remembered_filter(kept or {}, by)
    known = await directory(connection, by)
    practice = await practice_of(connection, by.provider_id)
    counts, shift = await queries.counts_and_shift(connection, by=by, chosen=chosen, target=practice.target)
    return Desk(
        by=by,
        lang=lang,
        chosen=chosen,
        known=known,
        counts=counts,
        shift=shift,
        pen=pen(request, by, known, practice, chosen.unit_id is None),
        waiting=await place_counts(connection, by, chosen),
    )


def pen(request: Web, by: StaffActor, known: Directory, practice: Practice, many_units: bool = True) -> Pen:
    """What draws the rows of a list."""
    lang = pages.language_of(request)
    return Pen(
        by=by,
        lang=lang,
        provider_id=by.provider_id,
        known=known,
        names=practice.names(lang),
        practice=practice,
        hub=house(request).hub,
        now=clock.now(),
        many_units=many_units,
    )


async def remember(request: Web, desk: Desk) -> None:
    """Keep a filter that was just chosen; nothing is written when it is the one kept already."""
    if not is_chosen(request.query_params) or _last_chosen.get(desk.by.staff_id) == desk.chosen:
        return
    if len(_last_chosen) > MOST_KEPT:
        _last_chosen.clear()
    _last_chosen[desk.by.staff_id] = desk.chosen
    await actions.remember_filter(house(request).database, by=desk.by, chosen=desk.chosen)


def menu(desk: Desk, active: str) -> list[dict[str, Any]]:
    """The places that work, each with what waits there."""
    lang, counts, by = desk.lang, desk.counts, desk.by
    places: list[tuple[str, str, str, str, int, str]] = []
    if by.cares:
        places += [
            ("start", "house", text(lang, "Startsida"), "/staff", 0, "g s"),
            ("drop-in", "list-ordered", text(lang, "Drop in"), "/staff/drop-in", counts.waiting, "g d"),
            *_of(desk, {"scheduled"}),
            ("async", "inbox", text(lang, "Asynkrona"), "/staff/async", counts.inbox, "g a"),
            *_of(desk, {one.name for one in PLACES if one.waits is not None} - {"scheduled"}),
            ("guest", "user-plus", text(lang, "Besök som gäst"), "/staff/guest", counts.guest, "g b"),
            *_of(desk, {one.name for one in PLACES if one.waits is None}),
            ("patients", "square-user", text(lang, "Patienter"), "/staff/patients", 0, "g p"),
        ]
    if by.administers:
        places.append(("feedback", "megaphone", text(lang, "Återkoppling"), "/staff/feedback", 0, "g f"))
        places.append(("admin", "sliders-horizontal", text(lang, "Administration"), "/staff/admin", 0, "g e"))
    if by.reviews:
        places.append(("log", "eye", text(lang, "Åtkomstlogg"), "/staff/log", 0, "g l"))
    return [
        {
            "icon": icon,
            "label": label,
            "href": desk.chosen.address(path),
            "count": count,
            "active": name == active,
            "key": key,
        }
        for name, icon, label, path, count, key in places
    ]


def _of(desk: Desk, names: Collection[str]) -> Iterator[tuple[str, str, str, str, int, str]]:
    """The places of subjects with these names, with what waits there."""
    for one in PLACES:
        if one.name in names:
            label, count = text(desk.lang, one.label), desk.waiting.get(one.name, 0)
            yield one.name, one.icon, label, one.path, count, one.key


def context(desk: Desk, active: str, path: str, **more: object) -> dict[str, Any]:
    """The shell's context. `path` and `more` are where a chosen filter leads: the same page."""
    lang, by = desk.lang, desk.by
    return {
        "menu": menu(desk, active),
        "menu_url": desk.chosen.address("/staff/menu", at=active),
        "topics": desk.chosen.topics(by),
        "user": {
            "name": by.name,
            "role": text(lang, by.title) if by.title else desk.known.role_name(by.role, lang),
            "initials": "".join(part[0] for part in by.name.split()[:2]),
            "picture": by.picture,
        },
        "filters": filters(desk, path, more),
        "dates": date_filter(desk, clock.today(), clock.today()) if desk.by.cares else None,
        "shift": _shift_chip(desk),
        "search_url": desk.chosen.address("/staff/search"),
        "typed": "",
    }


def filters(desk: Desk, path: str, more: dict[str, object]) -> list[dict[str, Any]]:
    """The three parts of the filter with their choices, each an address. Kept while the directory is."""
    key = (desk.by.provider_id, desk.by.unit_ids, desk.by.role, desk.lang, desk.chosen, path, *more.items())
    kept = _kept_filters.get(key)
    if kept is not None and kept[0] is desk.known:
        return kept[1]
    if len(_kept_filters) > MOST_KEPT:
        _kept_filters.clear()
    made = _filters(desk, path, more)
    _kept_filters[key] = (desk.known, made)
    return made


def _filters(desk: Desk, path: str, more: dict[str, object]) -> list[dict[str, Any]]:
    lang, chosen, known, by = desk.lang, desk.chosen, desk.known, desk.by
    everyone = text(lang, "Alla")
    shown = set(chosen.units(by))
    roles = {one.role for one in known.resources if one.unit_id in shown and one.role in known.caring} | {
        by.role
    }
    units = sorted(by.unit_ids, key=lambda unit_id: (not by.at_home(unit_id), known.unit_name(unit_id)))

    def part(label: str, field: str, everything: Any, choices: list[tuple[Any, str]]) -> dict[str, Any]:
        current = getattr(chosen, field)
        options = [
            {
                "label": name,
                "href": msgspec.structs.replace(chosen, **{field: value}).address(path, **more),
                "active": value == current,
            }
            for value, name in [(everything, everyone), *choices]
        ]
        value = next((option["label"] for option in options if option["active"]), everyone)
        return {"label": label, "value": value, "on": current != everything, "options": options}

    named = sorted(((role, known.role_name(role, lang)) for role in roles), key=lambda one: fold(one[1]))
    staff = part(text(lang, "Personal"), "staff_id", None, [])
    colleague = next((one for one in known.colleagues if one.staff_id == chosen.staff_id), None)
    return [
        part(
            text(lang, "Enhet"), "unit_id", None, [(unit_id, known.unit_name(unit_id)) for unit_id in units]
        ),
        part(text(lang, "Roll"), "role", "", named),
        {
            **staff,
            "value": colleague.name if colleague is not None else staff["value"],
            "tree_url": chosen.address("/staff/resources", to=path, **more),
        },
    ]


def date_filter(desk: Desk, first: date, last: date) -> dict[str, Any]:
    """The fourth part of the filter: a day, or from one to another. It leads to the list of those days."""
    lang, chosen = desk.lang, desk.chosen
    today = clock.today()
    named = (
        (text(lang, "I dag"), today, today),
        (text(lang, "I går"), today - timedelta(days=1), today - timedelta(days=1)),
        (text(lang, "Senaste 7 dagarna"), today - timedelta(days=6), today),
    )
    return {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "unit": chosen.unit_id or ALL,
        "role": chosen.role or ALL,
        "staff": chosen.staff_id or ALL,
        "options": [
            {
                "label": label,
                "href": chosen.address(
                    "/staff/days", **{"from": begin.isoformat(), "until": end.isoformat()}
                ),
            }
            for label, begin, end in named
        ],
    }


def _shift_chip(desk: Desk) -> dict[str, Any]:
    lang, shift = desk.lang, desk.shift
    if shift is None:
        return {"text": text(lang, "Starta skift"), "kind": "notice", "href": "/staff/shift"}
    today = clock.local(shift.started_at).date() == clock.today()
    since = clock_time(shift.started_at) if today else when_words(shift.started_at, lang)
    named = text(lang, SHIFT_TYPES[shift.shift_type])
    return {
        "text": text(lang, "{shift} sedan {time}", shift=named, time=since),
        "kind": "" if today else "notice",
        "href": "/staff/shift",
    }
