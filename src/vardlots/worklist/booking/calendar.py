"""*Tidbok*: a day with people and resources side by side, or a week; and the panel of one time."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
from litestar import Response, get

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.booking.schedules import policy
from vardlots.booking.schedules.days.queries import moments
from vardlots.booking.schedules.model import Closed, Schedule
from vardlots.booking.schedules.queries import closed_at, schedules_at
from vardlots.booking.schedules.types import known_time_types
from vardlots.cases.web import house, read_log
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.i18n import plural, text
from vardlots.platform.numbers import whole
from vardlots.platform.pages import day_words
from vardlots.worklist.booking import calendar_queries
from vardlots.worklist.booking.calendar_draw import (
    Words,
    closed_words,
    column,
    draw_time,
    strip,
    summary_words,
    view_of,
    wall_minutes,
)
from vardlots.worklist.filters import is_chosen
from vardlots.worklist.shell import Desk, context, open_desk, remember

PATH = "/staff/calendar"
DAY, WEEK = "day", "week"
# Side by side; more than this is chosen among with the filter.
MOST_COLUMNS = 24


class Asked(msgspec.Struct, frozen=True):
    """What the address asks for: which day, a day or its week, and one schedule or (None) all of the filter's."""

    day: date
    view: str = DAY
    schedule_id: int | None = None

    @property
    def first(self) -> date:
        return self.day if self.view == DAY else self.day - timedelta(days=self.day.weekday())

    @property
    def last(self) -> date:
        return self.day if self.view == DAY else self.first + timedelta(days=6)

    def query(self, **changed: object) -> dict[str, object]:
        """The address's own part, with something changed."""
        found = {"day": self.day.isoformat(), "view": self.view, "schedule": self.schedule_id, **changed}
        return {name: value for name, value in found.items() if value not in (None, "", DAY)}

    def step(self, days: int) -> str:
        return (self.day + timedelta(days=days)).isoformat()


def read_asked(query: Any) -> Asked:
    """The address; a day that is none is today."""
    try:
        day = date.fromisoformat(query.get("day", ""))
        # Some days before and after must exist too.
        day = day if date(2000, 1, 1) <= day <= date(2100, 1, 1) else clock.today()
    except ValueError:
        day = clock.today()
    view = WEEK if query.get("view") == WEEK else DAY
    return Asked(day, view, whole(query.get("schedule", ""), 18))


class Page(msgspec.Struct, frozen=True):
    """The calendar as read. `shown` are the schedules drawn, `schedules` all that the filter has."""

    desk: Desk
    asked: Asked
    schedules: Sequence[Schedule]
    shown: Sequence[Schedule]
    rows: Sequence[Any]
    closed: Sequence[Closed]
    said: Words
    any_schedule: bool

    @property
    def is_board(self) -> bool:
        """Whether it is a week of several schedules: those are told in short."""
        return self.asked.view == WEEK and len(self.shown) > 1


async def read_page(request: Web, by: StaffActor) -> Page:
    """Read what the address asks for, and log whose booked times are shown before they are."""
    asked = read_asked(request.query_params)
    begin, end = moments(asked.first, asked.last)
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        desk, schedules = await _schedules(request, connection, desk, asked)
        # One's own stands first: on a narrow page it is the one that is seen.
        schedules.sort(key=lambda one: one.staff_id != by.staff_id)
        any_schedule = bool(schedules) or await _has_any(connection, by)
        shown = [one for one in schedules if asked.schedule_id in (None, one.schedule_id)]
        if not shown:
            asked, shown = msgspec.structs.replace(asked, schedule_id=None), schedules
        shown = shown[:MOST_COLUMNS]
        board = asked.view == WEEK and len(shown) > 1
        read = calendar_queries.states if board else calendar_queries.times
        rows = await read(connection, by=by, schedules=shown, begin=begin, end=end) if shown else []
        closed = await closed_at(
            connection,
            provider_id=by.provider_id,
            schedule_ids=[one.schedule_id for one in shown],
            first=asked.first,
            last=asked.last,
        )
        types = await known_time_types(connection, by.provider_id)
    booked = [] if board else [row for row in rows if row["case_id"] and not row["veiled"]]
    await read_log(request).record(
        access(by, "list", provider_id=by.provider_id, reason=f"calendar {asked.first}/{asked.last}"),
        *(
            access(
                by,
                "read_calendar",
                provider_id=by.provider_id,
                person_id=row["person_id"],
                case_id=row["case_id"],
            )
            for row in booked
        ),
    )
    said = Words(desk.lang, types, desk.pen.names, clock.now())
    return Page(desk, asked, schedules, shown, rows, closed, said, any_schedule)


async def _schedules(
    request: Web, connection: Connection, desk: Desk, asked: Asked
) -> tuple[Desk, list[Schedule]]:
    """The filter's schedules, and the one that the address names wherever it is.

    Of a role that has no schedules (*medicinsk admin* keeps others'), everybody's: unless the role was just chosen.
    """
    by, chosen = desk.by, desk.chosen
    found = await schedules_at(
        connection, by=by, unit_ids=chosen.units(by), role=chosen.role, staff_id=chosen.staff_id
    )
    named = asked.schedule_id is not None and all(one.schedule_id != asked.schedule_id for one in found)
    if named:
        every = await schedules_at(connection, by=by, unit_ids=sorted(by.unit_ids), also_off=True)
        found += [one for one in every if one.schedule_id == asked.schedule_id]
    if not found and chosen.role and not is_chosen(request.query_params):
        wide = msgspec.structs.replace(chosen, role="")
        found = await schedules_at(connection, by=by, unit_ids=wide.units(by), staff_id=wide.staff_id)
        desk = msgspec.structs.replace(desk, chosen=wide) if found else desk
    return desk, found


async def _has_any(connection: Connection, by: StaffActor) -> bool:
    return bool(await schedules_at(connection, by=by, unit_ids=sorted(by.unit_ids)))


def address(found: Page, path: str = PATH, **changed: object) -> str:
    """The same page with something changed."""
    return found.desk.chosen.address(path, **found.asked.query(**changed))


def slot_address(found: Page, slot_id: int) -> str:
    """A time's own page; it leads back to the same view."""
    query = "&".join(f"{name}={value}" for name, value in found.asked.query(day="").items())
    return f"{PATH}/slots/{slot_id}" + (f"?{query}" if query else "")


def grid(found: Page) -> dict[str, Any]:
    """What is drawn anew at every signal."""
    desk, asked = found.desk, found.asked
    base: dict[str, Any] = {
        "grid_url": address(found, f"{PATH}/grid"),
        "topics": desk.chosen.topics(desk.by),
        "summary": _summary(found),
        "empty": _empty(found),
        "board": None,
        "columns": [],
        "hours": [],
        "now_row": 0,
        "scale": "s",
        "rows": 0,
        "week": asked.view == WEEK,
    }
    if not found.shown:
        return base
    if found.is_board:
        return {**base, "board": _board(found)}
    days = [asked.first + timedelta(days=n) for n in range((asked.last - asked.first).days + 1)]
    taken_days = {clock.local(row["starts_at"]).date() for row in found.rows}
    # A week of work; the days of rest where there is something on them.
    days = [day for day in days if len(days) == 1 or day.weekday() < 5 or day in taken_days]
    view = view_of(found.rows)
    now = wall_minutes(found.said.now)
    shows_now = clock.today() in days and view.begins <= now < view.ends
    return {
        **base,
        "columns": [
            one for schedule in found.shown for one in (_column(found, schedule, day, view) for day in days)
        ],
        "hours": view.hours,
        "begins": view.begins,
        "rows": view.rows,
        "scale": view.scale,
        "now_row": view.row(now) if shows_now else 0,
    }


def _column(found: Page, schedule: Schedule, day: date, view: Any) -> dict[str, Any]:
    desk, asked = found.desk, found.asked
    lang, by = desk.lang, desk.by
    here = [
        draw_time(row, view, found.said, slot_address(found, row["slot_id"]))
        for row in found.rows
        if row["schedule_id"] == schedule.schedule_id and clock.local(row["starts_at"]).date() == day
    ]
    role = desk.known.role_name(schedule.role, lang)
    week = asked.view == WEEK
    unit = desk.known.unit_name(schedule.unit_id) if len(desk.chosen.units(by)) > 1 else ""
    said = day_words(day, lang)
    return column(
        schedule=schedule,
        day=day,
        title=f"{said[:1].upper()}{said[1:]}" if week else schedule.title,
        sub=_counted(here, lang) if week else ", ".join(part for part in (role, unit) if part),
        times=here,
        closed=closed_words(found.closed, schedule.schedule_id, day, lang),
        href=address(found, day=day.isoformat(), view=DAY if week else WEEK, schedule=schedule.schedule_id),
        shown=day == asked.day if week else schedule.schedule_id == found.shown[0].schedule_id,
        mine=policy.may_change(by, unit_id=schedule.unit_id, staff_id=schedule.staff_id),
        lang=lang,
    )


def _counted(times: Sequence[dict[str, Any]], lang: str) -> str:
    booked = sum(one["state"] in ("booked", "attended", "missed") for one in times)
    return plural(lang, "{n} bokad", "{n} bokade", booked) if times else ""


def _board(found: Page) -> dict[str, Any]:
    """A week of several schedules: a strip and a sum for each day of each."""
    desk, asked, lang = found.desk, found.asked, found.desk.lang
    by_place: dict[tuple[int, date], list[Any]] = {}
    for row in found.rows:
        by_place.setdefault((row["schedule_id"], clock.local(row["starts_at"]).date()), []).append(row)
    days = [asked.first + timedelta(days=n) for n in range(7)]
    days = [day for day in days if day.weekday() < 5 or any(key[1] == day for key in by_place)]
    view = view_of(found.rows)
    return {
        "width": view.rows,
        "days": [
            {
                "label": day_words(day, lang),
                "today": day == clock.today(),
                "href": address(found, day=day.isoformat(), view=DAY),
            }
            for day in days
        ],
        "lines": [
            {
                "title": one.title,
                "sub": desk.known.role_name(one.role, lang),
                "href": address(found, schedule=one.schedule_id),
                "cells": [
                    {
                        "marks": strip(by_place.get((one.schedule_id, day), []), view, found.said.now),
                        "words": summary_words(
                            by_place.get((one.schedule_id, day), []), found.said.now, lang
                        ),
                        "closed": closed_words(found.closed, one.schedule_id, day, lang),
                        "href": address(found, day=day.isoformat(), view=DAY, schedule=one.schedule_id),
                        "day": day_words(day, lang),
                        "today": day == clock.today(),
                    }
                    for day in days
                ],
            }
            for one in found.shown
        ],
    }


def _summary(found: Page) -> str:
    said = summary_words(found.rows, found.said.now, found.desk.lang)
    return said or text(found.desk.lang, "Inga tider")


def _empty(found: Page) -> dict[str, str]:
    """One line of truth and one way on, where there is nothing to draw."""
    lang = found.desk.lang
    if not found.any_schedule:
        line = text(lang, "Det finns inga scheman än. Lägg upp ett, så går det att öppna tider.")
        return {"line": line, "href": f"{PATH}/schedules", "label": text(lang, "Lägg upp ett schema")}
    if not found.shown:
        everything = msgspec.structs.replace(found.desk.chosen, role="", staff_id=None)
        line = text(lang, "Inget schema stämmer med urvalet.")
        href = everything.address(PATH, **found.asked.query())
        return {"line": line, "href": href, "label": text(lang, "Visa alla roller")}
    if not found.rows and not found.closed:
        line = (
            text(lang, "Inga tider den här veckan.")
            if found.asked.view == WEEK
            else text(lang, "Inga tider den här dagen.")
        )
        href = f"{PATH}/open?from_day={max(found.asked.first, clock.today()).isoformat()}"
        return {"line": line, "href": href, "label": text(lang, "Öppna tider")}
    return {"line": "", "href": "", "label": ""}


def head(found: Page) -> dict[str, Any]:
    """What stands above the grid: the day, ways to others, which schedules."""
    desk, asked, lang = found.desk, found.asked, found.desk.lang
    step = 1 if asked.view == DAY else 7
    said = day_words(asked.day, lang)
    title = f"{said[:1].upper()}{said[1:]}"
    if asked.view == WEEK:
        week = asked.first.isocalendar().week
        title = text(
            lang,
            "Vecka {week}, {first}–{last}",
            week=week,
            first=_short(asked.first, lang),
            last=_short(asked.last, lang),
        )
    return {
        "title": title,
        "day": asked.day.isoformat(),
        "is_today": asked.first <= clock.today() <= asked.last,
        "today_url": address(found, day=clock.today().isoformat()),
        "before_url": address(found, day=asked.step(-step)),
        "after_url": address(found, day=asked.step(step)),
        "views": [
            {"label": text(lang, "Dag"), "href": address(found, view=DAY), "active": asked.view == DAY},
            {"label": text(lang, "Vecka"), "href": address(found, view=WEEK), "active": asked.view == WEEK},
        ],
        "whose": {
            "label": text(lang, "Schema"),
            "value": found.shown[0].title if asked.schedule_id else text(lang, "Alla"),
            "on": asked.schedule_id is not None,
            "options": [
                {
                    "label": text(lang, "Alla"),
                    "href": address(found, schedule=""),
                    "active": asked.schedule_id is None,
                },
                *(
                    {
                        "label": one.title,
                        "href": address(found, schedule=one.schedule_id),
                        "active": asked.schedule_id == one.schedule_id,
                    }
                    for one in found.schedules
                ),
            ],
        },
        "kept": {
            "unit": desk.chosen.unit_id or "all",
            "role": desk.chosen.role or "all",
            "staff": desk.chosen.staff_id or "all",
            **asked.query(day=""),
        },
        "changes": policy.administers_all(desk.by)
        or any(
            policy.may_change(desk.by, unit_id=one.unit_id, staff_id=one.staff_id) for one in found.schedules
        ),
        "cancel_url": f"{PATH}/cancel?first={max(asked.first, clock.today()).isoformat()}"
        + (f"&schedule={asked.schedule_id}" if asked.schedule_id else ""),
        "open_url": f"{PATH}/open?from_day={max(asked.first, clock.today()).isoformat()}"
        + (f"&schedule={asked.schedule_id}" if asked.schedule_id else ""),
        "kinds": [
            {"name": one.name if lang == "sv" else one.name_en, "colour": one.colour}
            for code, one in found.said.types.items()
            if not found.is_board and any(row["time_type"] == code for row in found.rows)
        ],
    }


def _short(day: date, lang: str) -> str:
    return day_words(day, lang).split(" ", 1)[1]


async def calendar_page(request: Web, by: StaffActor, *, said: str = "", status: int = 200) -> Response[Any]:
    """The calendar; `said` is what was just done."""
    found = await read_page(request, by)
    await remember(request, found.desk)
    values = {
        **context(found.desk, "calendar", PATH, **found.asked.query()),
        **head(found),
        **grid(found),
        "said": said,
    }
    return pages.page(request, "worklist/calendar.html", values, status=status)


@get(PATH)
async def calendar(request: Web) -> Response[Any]:
    """A day or a week of the schedules within the filter."""
    return await calendar_page(request, await web.carer(request), said=_done(request))


@get(f"{PATH}/grid")
async def calendar_grid(request: Web) -> Response[Any]:
    """The grid alone, fetched at every signal."""
    found = await read_page(request, await web.carer(request))
    return pages.page(request, "worklist/calendar_grid.html", grid(found))


def _done(request: Web) -> str:
    """What was just done, in words: the address says only which it was."""
    lang = pages.language_of(request)
    n = whole(request.query_params.get("n", ""), 5) or 0
    return {
        "opened": plural(lang, "{n} tid är öppnad.", "{n} tider är öppnade.", n),
        "blocked": text(lang, "Tiden är spärrad."),
        "unblocked": text(lang, "Tiden är ledig igen."),
        "removed": text(lang, "Tiden är borttagen."),
        "moved": text(lang, "Tiden är flyttad."),
        "rebooked": text(lang, "Tiden är flyttad och patienten får veta det."),
        "withdrawn": text(lang, "Tiden är inställd och patienten får veta det."),
        "cancelled": plural(
            lang,
            "Dagarna är stängda. {n} patient får veta det.",
            "Dagarna är stängda. {n} patienter får veta det.",
            n,
        ),
    }.get(request.query_params.get("done", ""), "")
