"""*Inloggningar*: where a member of staff is signed in."""

from typing import Any

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.session_pages import drawn_sessions, end_one, end_others
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.platform import pages
from vardlots.preferences.frame import SESSIONS, frame


@get(SESSIONS)
async def staff_sessions(request: Web) -> Response[str]:
    """Where one is signed in, for every role."""
    by = await web.staff(request)
    async with house(request).database.transaction(by.scope) as connection:
        shell = await frame(request, connection, by, SESSIONS)
        listed = await drawn_sessions(request, connection, by, SESSIONS, level=3)
    return pages.page(request, "preferences/sessions.html", shell | listed)


@post(f"{SESSIONS}/{{session_id:int}}/end", status_code=303)
async def end_staff_session(request: Web) -> Response[Any]:
    """*Avsluta*: one of one's own."""
    return await end_one(request, await web.staff(request), SESSIONS)


@post(f"{SESSIONS}/end-others", status_code=303)
async def end_other_staff_sessions(request: Web) -> Response[Any]:
    """*Avsluta alla andra*."""
    return await end_others(request, await web.staff(request), SESSIONS)


HANDLERS = (staff_sessions, end_staff_session, end_other_staff_sessions)
