"""*Tidbok*: a day with people and resources side by side, or a week."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
from litestar import Response, get

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.booking.schedules import policy
from vardlots.booking.schedules.model import Schedule
from vardlots.platform import clock, pages
from vardlots.platform.i18n import plural, text
from vardlots.platform.pages import day_words
from vardlots.worklist.booking.calendar_draw import (
    closed_words,
    column,
    draw_time,
    strip,
    summary_words,
    view_of,
    wall_minutes,
)
from vardlots.worklist.booking.calendar_head import done_words, head
from vardlots.worklist.booking.calendar_read import DAY, PATH, WEEK, Page, address, read_page, slot_address
from vardlots.worklist.shell import context, remember


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
        shown=day == asked.day if week else schedule.schedule_id == shown_alone(found),
        mine=policy.may_change(by, unit_id=schedule.unit_id, staff_id=schedule.staff_id),
        lang=lang,
    )


def shown_alone(found: Page) -> int:
    """Whose day a narrow page shows, which has room for one: the reader's own, else the first with a time that day."""
    own = [one for one in found.shown if one.staff_id == found.desk.by.staff_id]
    busy = {row["schedule_id"] for row in found.rows}
    in_turn = [*own, *found.shown]
    return next((one.schedule_id for one in in_turn if one.schedule_id in busy), in_turn[0].schedule_id)


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
    return await calendar_page(request, await web.carer(request), said=done_words(request))


@get(f"{PATH}/grid")
async def calendar_grid(request: Web) -> Response[Any]:
    """The grid alone, fetched at every signal."""
    found = await read_page(request, await web.carer(request))
    return pages.page(request, "worklist/calendar_grid.html", grid(found))
