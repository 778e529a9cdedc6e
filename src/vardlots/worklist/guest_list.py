"""*Besök som gäst*: the visits that a colleague has invited one to."""

from typing import Any

from litestar import Response, get

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.web import house, read_log
from vardlots.platform import pages
from vardlots.platform.i18n import plural, text
from vardlots.worklist.desk import draw_own
from vardlots.worklist.own_queries import own_cases
from vardlots.worklist.shell import context, open_desk


@get("/staff/guest")
async def guest_list(request: Web) -> Response[Any]:
    """The list as a page."""
    return pages.page(request, "worklist/guest_list.html", await _read(request))


@get("/staff/guest/rows")
async def guest_rows(request: Web) -> Response[Any]:
    """The rows alone, by the same template."""
    return pages.page(request, "worklist/guest_rows.html", await _read(request))


async def _read(request: Web) -> dict[str, Any]:
    by = await web.carer(request)
    async with house(request).database.transaction(by.scope) as connection:
        desk = await open_desk(request, connection, by)
        own = await own_cases(connection, by=by)
    await read_log(request).record(access(by, "list", provider_id=by.provider_id, reason="guest"))
    lang, n = desk.lang, len(own.guest)
    return {
        **context(desk, "guest", "/staff/guest"),
        "topics": f"staff:{by.staff_id} {desk.chosen.topics(by)}",
        "line": plural(lang, "Du är gäst i ett besök.", "Du är gäst i {n} besök.", n)
        if n
        else text(lang, "Ingen har bjudit in dig just nu."),
        "rows": [draw_own(desk.pen, row) for row in own.guest],
    }
