"""The quiet line of a staff page: fetched by the page itself whenever something concerns its reader."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.model import CaseRef
from vardlots.cases.web import house, read_log
from vardlots.notifications.staff import actions, lines
from vardlots.platform import pages
from vardlots.platform.pages import see


@get("/staff/notices")
async def own_lines(request: Web) -> Response[str]:
    """What is news to the reader. Where it tells one visit from another it is read as a list of them is."""
    by = await web.staff(request)
    async with house(request).database.transaction(by.scope) as connection:
        found = await lines.lines(connection, by=by, lang=pages.language_of(request))
    if any(one.about for one in found):
        await read_log(request).record(access(by, "list", provider_id=by.provider_id, reason="notices"))
    context = {"lines": lines.drawn(found), "topic": f"staff:{by.staff_id}"}
    return pages.page(request, "notifications/lines.html", context)


@post("/staff/notices/{notice_id:int}", status_code=303)
async def put_away(request: Web, notice_id: FromPath[int]) -> Response[Any]:
    """*Öppna* or *Stäng*: the line goes; the first leads to the visit."""
    by = await web.staff(request)
    form = await request.form()
    await actions.put_away(house(request).database, by=by, notice_id=notice_id)
    case = str(form.get("case", ""))
    return see(f"/staff/cases/{CaseRef.parse(case)}" if case else "/staff")


HANDLERS = (own_lines, put_away)
