"""The quiet line of a staff page: fetched by the page itself whenever something concerns its reader."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.cases.model import CaseRef
from vardlots.cases.web import house
from vardlots.notifications.staff import actions, lines
from vardlots.platform import pages
from vardlots.platform.pages import see


@get("/staff/notices")
async def own_lines(request: Web) -> Response[str]:
    """What is news to the reader. Names no patient, so nothing of it is a read of anybody's record."""
    by = await web.staff(request)
    async with house(request).database.transaction(by.scope) as connection:
        found = await lines.lines(connection, by=by, lang=pages.language_of(request))
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
