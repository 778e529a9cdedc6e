"""The date filter: every case of a day or some days, whichever queue it came to and whatever has become of it (C6)."""

from datetime import timedelta
from typing import Any

import msgspec
from litestar import Response, get

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.web import house, read_log
from vardlots.platform import clock, pages
from vardlots.platform.i18n import plural, text
from vardlots.platform.pages import day_words, when_words
from vardlots.worklist import day_queries
from vardlots.worklist.day_queries import DayCounts, Days, read_days
from vardlots.worklist.drawn import PLACE, drawn_rows, with_rows
from vardlots.worklist.rows import Pen, draw_booked, draw_ended, draw_taken, draw_waiting, words
from vardlots.worklist.shell import Desk, context, date_filter, open_desk, remember

PATH = "/staff/days"


class Page(msgspec.Struct, frozen=True):
    """A page of the days as read."""

    desk: Desk
    days: Days
    counts: DayCounts
    rows: bytes
    shown: int
    after: str
    more_key: str


def draw_day(pen: Pen, row: dict[str, Any]) -> dict[str, Any]:
    """A row as its own list draws it, with when it came and where it is."""
    if row["phase"] == "queued":
        draw_waiting(pen, row)
    elif row["phase"] in ("accepted", "ongoing"):
        draw_taken(pen, row)
    elif row["phase"] == "booked":
        draw_booked(pen, row)
    else:
        draw_ended(pen, row)
        if row["inbox_at"] and not row["veiled"]:
            row["flag"], row["flag_kind"], row["flag_icon"] = words(pen.lang).unread
    if row["phase"] == "queued" and not row["flag"]:
        row["flag"], row["flag_kind"], row["flag_icon"] = words(pen.lang).waits
    row["time"] = when_words(row["arrived_at"], pen.lang)
    return row


async def _page(request: Web, by: StaffActor) -> Page:
    query = request.query_params
    days = read_days(query.get("from", ""), query.get("until", ""), clock.today())
    after = query.get("after", "")
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        found, more_key = await day_queries.rows(
            connection, by=by, chosen=desk.chosen, days=days, after=day_queries.read_key(after)
        )
        counted = await day_queries.counts(connection, by=by, chosen=desk.chosen, days=days)
        drawn = await drawn_rows(connection, by=by, pen=desk.pen, outlines=found, draw=draw_day, waiting=True)
    reason = f"days {days.first}/{days.last} {desk.chosen.address('')}"
    await read_log(request).record(access(by, "list", provider_id=by.provider_id, reason=reason))
    return Page(desk, days, counted, drawn, len(found), after, more_key)


def _address(found: Page, path: str, **more: object) -> str:
    return found.desk.chosen.address(path, **_query(found.days), **more)


def _query(days: Days) -> dict[str, object]:
    return {"from": days.first.isoformat(), "until": days.last.isoformat()}


def _head(found: Page) -> dict[str, Any]:
    desk, days = found.desk, found.days
    lang = desk.lang
    return {
        "title": days_words(days, lang),
        "summary": _summary(found),
        "head_url": _address(found, f"{PATH}/head"),
        "topics": _topics(desk),
        "urgent": "",
        "tabs": _nearby(found),
    }


def days_words(days: Days, lang: str) -> str:
    """*I dag*, *I går*, a day, or from one to another."""
    if days.first == days.last:
        ago = (clock.today() - days.first).days
        if ago in (0, 1):
            return text(lang, "I dag") if ago == 0 else text(lang, "I går")
        return _day(days.first, lang)
    return text(lang, "{first} till {last}", first=_day(days.first, lang), last=day_words(days.last, lang))


def _day(day: Any, lang: str) -> str:
    said = day_words(day, lang)
    return f"{said[:1].upper()}{said[1:]}"


def _summary(found: Page) -> str:
    lang, counted = found.desk.lang, found.counts
    parts = [
        plural(lang, "{n} väntar", "{n} väntar", counted.waiting) if counted.waiting else "",
        plural(lang, "{n} är hos någon", "{n} är hos någon", counted.taken) if counted.taken else "",
        plural(lang, "{n} oläst", "{n} olästa", counted.unread) if counted.unread else "",
    ]
    open_ones = ", ".join(filter(None, parts))
    if open_ones:
        return f"{open_ones}."
    return text(lang, "Alla ärenden är omhändertagna.") if found.shown else text(lang, "Inga ärenden kom in.")


def _nearby(found: Page) -> list[dict[str, Any]]:
    """The day before, today, the day after, the latest week: with the same filter."""
    today = clock.today()
    days = found.days
    one = days.first == days.last
    lang = found.desk.lang
    choices = [
        (text(lang, "I dag"), Days(today, today)),
        (text(lang, "I går"), Days(today - timedelta(days=1), today - timedelta(days=1))),
        (text(lang, "Senaste 7 dagarna"), Days(today - timedelta(days=6), today)),
    ]
    if (one and days.first not in (today, today - timedelta(days=1))) or not any(
        days == c for _, c in choices
    ):
        choices.append((days_words(days, lang), days))
    return [
        {
            "label": label,
            "href": found.desk.chosen.address(PATH, **_query(choice)),
            "count": None,
            "active": choice == days,
        }
        for label, choice in choices
    ]


def _topics(desk: Desk) -> str:
    return f"{desk.chosen.topics(desk.by)} shifts:{desk.by.provider_id}"


def _rows_context(found: Page) -> dict[str, Any]:
    lang = found.desk.lang
    chosen = found.desk.chosen
    empty = {"line": text(lang, "Inga ärenden kom in de dagarna."), "href": "", "label": ""}
    if chosen.role:
        empty["href"] = msgspec.structs.replace(chosen, role="").address(PATH, **_query(found.days))
        empty["label"] = text(lang, "Visa alla roller")
    return {
        "rows": PLACE if found.rows else "",
        "rows_url": _address(found, f"{PATH}/rows", after=found.after),
        "more_url": _address(found, PATH, after=found.more_key) if found.more_key else "",
        "topics": _topics(found.desk),
        "empty": empty,
    }


@get(PATH)
async def days(request: Web) -> Response[Any]:
    """The days as a page, with the same rows as *Drop in*."""
    found = await _page(request, await web.carer(request))
    desk = found.desk
    await remember(request, desk)
    values = {
        **context(desk, "drop-in", PATH, **_query(found.days)),
        "dates": date_filter(desk, found.days.first, found.days.last),
        "title_of_days": days_words(found.days, desk.lang),
        **_head(found),
        **_rows_context(found),
        "fault": None,
        "tab": "waiting",
        "list_name": text(desk.lang, "Ärenden som kom in"),
        "waited_name": text(desk.lang, "Väntat"),
        "fifth_name": text(desk.lang, "Kom in"),
        "order": text(desk.lang, "Ordning: väntar, mottagna, olästa, avslutade"),
    }
    return with_rows(pages.page(request, "worklist/days.html", values), found.rows)


@get(f"{PATH}/rows")
async def day_rows(request: Web) -> Response[Any]:
    """The rows alone, by the same template."""
    found = await _page(request, await web.carer(request))
    return with_rows(pages.page(request, "worklist/rows.html", _rows_context(found)), found.rows)


@get(f"{PATH}/head")
async def day_head(request: Web) -> Response[Any]:
    """The head alone. Names no patient."""
    by = await web.carer(request)
    query = request.query_params
    shown = read_days(query.get("from", ""), query.get("until", ""), clock.today())
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        counted = await day_queries.counts(connection, by=by, chosen=desk.chosen, days=shown)
        found, _ = await day_queries.rows(connection, by=by, chosen=desk.chosen, days=shown, most=1)
    return pages.page(
        request, "worklist/drop_in_head.html", _head(Page(desk, shown, counted, b"", len(found), "", ""))
    )
