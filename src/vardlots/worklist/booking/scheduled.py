"""*Schemalagda*: the booked visits of a day, those whose time is over, and those that wait for a new one (C7)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from litestar import Response, get
from litestar.types import ControllerRouterHandler

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.booking.schedules.types import known_time_types
from vardlots.cases.web import house, read_log
from vardlots.configuration.time_types import TimeType
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.i18n import plural, text
from vardlots.platform.pages import clock_time, day_words
from vardlots.worklist.booking import scheduled_queries
from vardlots.worklist.booking.scheduled_states import LEFT, WORDS, standing
from vardlots.worklist.booking.scheduled_words import CONTACTS
from vardlots.worklist.rows import Pen, words
from vardlots.worklist.shell import Desk, context, open_desk, remember

PATH = "/staff/scheduled"


class Read(msgspec.Struct, frozen=True):
    """The list as read, for one day."""

    desk: Desk
    day: date
    rows: list[dict[str, Any]]
    over: list[dict[str, Any]]
    timeless: list[dict[str, Any]]
    more: bool


async def _read(request: Web) -> Read:
    by = await web.carer(request)
    day = read_day(request.query_params.get("day", ""), clock.today())
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        cut: dict[str, Any] = {"by": by, "chosen": desk.chosen}
        rows, more = await scheduled_queries.of_day(connection, **cut, day=day)
        over = await scheduled_queries.over(connection, **cut)
        timeless = await scheduled_queries.timeless(connection, **cut)
        types = await known_time_types(connection, by.provider_id)
    await read_log(request).record(
        access(by, "list", provider_id=by.provider_id, reason=f"scheduled {day} {desk.chosen.address('')}")
    )
    for row in (*rows, *over, *timeless):
        draw_booked_row(desk.pen, row, types)
    for row in (*over, *timeless):
        row["time"] = _day_and_time(row["starts_at"], desk.lang)
    return Read(desk, day, rows, over, timeless, more)


def read_day(typed: str, today: date) -> date:
    """The day in an address; today for what is none."""
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return today
    return found if 2000 <= found.year <= 2200 else today


def draw_booked_row(pen: Pen, row: dict[str, Any], types: Mapping[str, TimeType]) -> dict[str, Any]:
    """A booked visit ready to print: when, what, how, who, and how it stands in one word."""
    lang, said = pen.lang, words(pen.lang)
    row["id"] = ref = f"{pen.provider_id}-{row['case_id']}"
    row["href"] = f"/staff/cases/{ref}"
    row["reason"] = said.veiled_case if row["veiled"] else pen.names[row["reason"]]
    row["shield"] = said.veiled if row["veiled"] else said.protected if row["protected"] else ""
    row["admin"] = said.administrative if row["kind"] == "administrative" else ""
    known = types.get(row["time_type"])
    row["type"] = "" if known is None else known.name if lang == "sv" else known.name_en
    row["colour"] = known.colour if known else "grey"
    minutes = int((row["ends_at"] - row["starts_at"]).total_seconds() // 60)
    row["minutes"] = text(lang, "{n} min", n=minutes)
    row["time"], row["until"] = clock_time(row["starts_at"]), clock_time(row["ends_at"])
    way, row["contact_icon"] = CONTACTS[row["contact"]]
    row["way"] = text(lang, way)
    row["unit"] = pen.known.unit_name(row["unit_id"])
    row["of_role"] = pen.known.role_name(row["role"], lang)
    row["anyway"] = row["role"] != pen.by.role
    row["forms"] = (
        text(lang, "{done} av {all} formulär besvarade", done=row["answered"], all=row["asked"])
        if row["asked"] and not row["veiled"]
        else ""
    )
    stands = standing(
        phase=row["phase"],
        appointment=row["appointment"],
        booked_from=row["booked_from"],
        ends_at=row["ends_at"],
        now=pen.now,
    )
    row["stands"] = stands.value
    row["left"] = stands in LEFT
    label, row["chip_kind"], row["chip_icon"] = WORDS[stands]
    row["chip"] = text(lang, label)
    return row


def _day_and_time(moment: datetime, lang: str) -> str:
    return f"{day_words(moment, lang)} {clock_time(moment)}"


def _values(found: Read) -> dict[str, Any]:
    desk, day, lang = found.desk, found.day, found.desk.lang
    chosen, today = desk.chosen, clock.today()
    left = sum(row["left"] for row in found.rows)
    said = day_words(day, lang)
    parts = [
        plural(lang, "{n} besök", "{n} besök", len(found.rows)) if found.rows else text(lang, "Inget bokat"),
        plural(lang, "{n} kvar", "{n} kvar", left) if left and day == today else "",
    ]
    return {
        "day": day.isoformat(),
        "is_today": day == today,
        "title_of_day": text(lang, "I dag") if day == today else said[:1].upper() + said[1:],
        "line": f"{', '.join(filter(None, parts))}.",
        "rows": found.rows,
        "over": found.over,
        "timeless": found.timeless,
        "more": found.more,
        "before_url": chosen.address(PATH, day=(day - timedelta(days=1)).isoformat()),
        "after_url": chosen.address(PATH, day=(day + timedelta(days=1)).isoformat()),
        "today_url": chosen.address(PATH),
        "rows_url": chosen.address(f"{PATH}/rows", day=day.isoformat()),
        "topics": f"{chosen.topics(desk.by)} shifts:{desk.by.provider_id}",
        "kept": {
            "unit": chosen.unit_id or "all",
            "role": chosen.role or "all",
            "staff": chosen.staff_id or "all",
        },
        "calendar_url": "",
        "all_roles_url": msgspec.structs.replace(chosen, role="").address(PATH, day=day.isoformat())
        if chosen.role
        else "",
    }


@get(PATH)
async def scheduled(request: Web) -> Response[Any]:
    """The day as a page."""
    found = await _read(request)
    await remember(request, found.desk)
    shell = context(found.desk, "scheduled", PATH, day=found.day.isoformat())
    return pages.page(request, "worklist/scheduled.html", shell | _values(found))


@get(f"{PATH}/rows")
async def scheduled_rows(request: Web) -> Response[Any]:
    """What moves on it, by the same template."""
    return pages.page(request, "worklist/scheduled_rows.html", _values(await _read(request)))


async def read_card(connection: Connection, desk: Desk) -> dict[str, Any]:
    """*Schemalagda i dag* of the start page: the next visits and how many are left."""
    rows = await scheduled_queries.next_today(connection, by=desk.by, chosen=desk.chosen)
    types = await known_time_types(connection, desk.by.provider_id)
    late = await scheduled_queries.over(connection, by=desk.by, chosen=desk.chosen)
    left = desk.waiting.get("scheduled", 0)
    lang = desk.lang
    return {
        "rows": [draw_booked_row(desk.pen, row, types) for row in rows],
        "left": plural(lang, "{n} kvar", "{n} kvar", left) if left else "",
        "late": plural(lang, "{n} över tiden", "{n} över tiden", len(late)) if late else "",
        "href": desk.chosen.address(PATH),
    }


def scheduled_routes() -> list[ControllerRouterHandler]:
    """The list and what moves on it."""
    return [scheduled, scheduled_rows]
