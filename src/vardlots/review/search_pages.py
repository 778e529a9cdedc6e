"""The log for those who watch over it: search, a file of what was found, and a patient's extract on paper."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.web import house, read_log
from vardlots.platform import clock, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Invalid
from vardlots.platform.i18n import plural, text
from vardlots.review import asking, queries
from vardlots.review.asking import Form, Understood
from vardlots.review.own_log import attachment
from vardlots.review.queries import PAGE, LogRow
from vardlots.review.rows import as_csv, draw
from vardlots.worklist.shell import Desk, context, open_desk

MOST_IN_FILE = 20_000


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a search gave: its rows, what they need to be drawn, and how it was understood."""

    understood: Understood
    rows: list[LogRow]
    titles: dict[int, str]


@get("/staff/log")
async def log_page(request: Web) -> Response[Any]:
    """The search, before anything is asked."""
    by = await web.reviewer(request)
    return await _page(request, by, asking.first_form())


@post("/staff/log", status_code=200)
async def search_log(request: Web) -> Response[Any]:
    """What was found, the newest first. What is typed is in no address, and the search itself is logged."""
    by = await web.reviewer(request)
    form = asking.form_in(await request.form())
    try:
        answer = await _search(request, by, form, limit=PAGE + 1)
    except Invalid as refusal:
        return await _page(request, by, form, refusal=refusal)
    await _note(request, by, "search_log", answer.understood)
    return await _page(request, by, form, answer=answer)


@post("/staff/log/csv", status_code=200)
async def log_file(request: Web) -> Response[Any]:
    """Everything that was found, for a spreadsheet."""
    by = await web.reviewer(request)
    form = msgspec.structs.replace(asking.form_in(await request.form()), before="")
    try:
        answer = await _search(request, by, form, limit=MOST_IN_FILE + 1)
        if len(answer.rows) > MOST_IN_FILE:
            raise Invalid("since", "Sökningen ger fler än {most} rader. Välj färre dagar.", most=MOST_IN_FILE)
    except Invalid as refusal:
        return await _page(request, by, form, refusal=refusal)
    await _note(request, by, "export_log", answer.understood)
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
    made = as_csv(answer.rows, known=desk.known, titles=answer.titles, lang=desk.lang)
    return attachment(made, "text/csv; charset=utf-8", f"atkomstlogg-{clock.today():%Y-%m-%d}.csv")


@post("/staff/log/staff", status_code=200)
async def staff_offered(request: Web) -> Response[Any]:
    """The provider's staff whose names begin as typed, for the list under the field."""
    by = await web.reviewer(request)
    form = asking.form_in(await request.form())
    found: list[queries.Member] = []
    if len(form.staff) > 1:
        async with house(request).database.transaction(by.scope) as connection:
            units = await queries.reach(connection, by)
            found = await queries.staff_named(
                connection, by=by, typed=form.staff, units=units, limit=asking.STAFF_OFFERED
            )
    return pages.page(request, "review/staff_options.html", {"found": found})


async def _search(request: Web, by: StaffActor, form: Form, *, limit: int) -> Answer:
    async with house(request).database.transaction(by.scope) as connection:
        units = await queries.reach(connection, by)
        understood = await asking.understand(connection, by=by, units=units, form=form, limit=limit)
        rows = await queries.search(connection, by=by, asked=understood.asked)
        staff_ids = [row.actor_id for row in rows if row.actor_kind == "staff"]
        titles = await queries.titles(connection, staff_ids)
    return Answer(understood=understood, rows=rows, titles=titles)


async def _note(request: Web, by: StaffActor, action: str, understood: Understood) -> None:
    row = access(
        by, action, provider_id=by.provider_id, person_id=understood.person_id, reason=understood.reason
    )
    await read_log(request).record(row)


async def _page(
    request: Web,
    by: StaffActor,
    form: Form,
    *,
    answer: Answer | None = None,
    refusal: Invalid | None = None,
) -> Response[Any]:
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        units = await queries.reach(connection, by)
        whole = units is None
    lang = desk.lang
    shown = answer.rows[:PAGE] if answer else []
    last = shown[-1] if answer and len(answer.rows) > PAGE else None
    fault = text(lang, refusal.message, **refusal.values) if refusal else ""
    values = {
        **context(desk, "log", "/staff/log"),
        "tabs": tabs(lang, "search", whole=whole),
        "form": asking.typed_again(form),
        "units": unit_options(desk, units),
        "kinds": asking.kind_options(lang),
        "markers": asking.marker_options(lang),
        "whole": whole,
        "fault": fault,
        "field": refusal.field if refusal else "",
        "searched": answer is not None,
        "line": _line(answer, lang) if answer else "",
        "rows": [
            draw(row, known=desk.known, titles=answer.titles if answer else {}, lang=lang) for row in shown
        ],
        "before": f"{last.at.isoformat()}_{last.log_id}" if last else "",
    }
    return pages.page(request, "review/search.html", values, status=refusal.status if refusal else 200)


def _line(answer: Answer, lang: str) -> str:
    """One line of truth over the list."""
    count = len(answer.rows)
    if count > PAGE:
        return text(lang, "De senaste {n} raderna.", n=PAGE)
    return plural(lang, "En rad.", "{n} rader.", count) if count else text(lang, "Ingen rad hittades.")


def tabs(lang: str, active: str, *, whole: bool) -> list[dict[str, Any]]:
    """The places of the log."""
    places = [
        ("search", text(lang, "Sök"), "/staff/log"),
        ("reviews", text(lang, "Granskningar"), "/staff/log/reviews"),
    ]
    if whole:
        places.append(("extract", text(lang, "Loggutdrag"), "/staff/log/extract"))
    return [{"label": label, "href": href, "active": name == active} for name, label, href in places]


def unit_options(desk: Desk, units: list[int] | None) -> list[dict[str, str]]:
    """The units to choose among, by name."""
    found = [unit for one, unit in desk.known.units.items() if units is None or one in units]
    return [
        {"value": str(unit.unit_id), "label": unit.name} for unit in sorted(found, key=lambda unit: unit.name)
    ]


async def desk_and_reach(
    request: Web, connection: Connection, by: StaffActor
) -> tuple[Desk, list[int] | None]:
    """What every page of the log needs."""
    return await open_desk(request, connection, by), await queries.reach(connection, by)


def search_page_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [log_page, search_log, log_file, staff_offered]
