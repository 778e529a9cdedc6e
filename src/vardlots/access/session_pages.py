"""*Inloggningar*: where one is signed in, each to be ended by its owner. The patient's page, and what staff share."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from litestar import Response, get, post

from vardlots.access import web
from vardlots.access.actions import end_other_sessions, end_own_session
from vardlots.access.actor import PatientActor, StaffActor
from vardlots.access.devices import is_handheld
from vardlots.access.door import sessions
from vardlots.access.queries import OpenSession, own_sessions
from vardlots.access.web import Web
from vardlots.platform import pages
from vardlots.platform.db import NOBODY, Connection, Database
from vardlots.platform.errors import NotFound
from vardlots.platform.i18n import joined
from vardlots.platform.live import Hub
from vardlots.platform.pages import see

PATIENTS = "/my/sessions"
LARGEST_ID = 2**63 - 1


async def drawn_sessions(
    request: Web, connection: Connection, by: StaffActor | PatientActor, path: str, *, level: int = 2
) -> dict[str, Any]:
    """The context of `access/session_list.html` on the page at `path`, with headings of a level."""
    limits = sessions(request).limits
    found = await own_sessions(connection, by=by, idle=limits.idle)
    rows = _rows(found, by.session_id, pages.language_of(request))
    return {
        "here": [row for row in rows if row["here"]],
        "others": [row for row in rows if not row["here"]],
        "sessions_at": path,
        "ended": request.query_params.get("ended", ""),
        "idle": limits.idle // timedelta(minutes=1),
        "most": limits.absolute // timedelta(hours=1),
        "level": level,
    }


def _rows(found: Sequence[OpenSession], here: int, lang: str) -> list[dict[str, Any]]:
    return [
        {
            "id": one.session_id,
            "here": one.session_id == here,
            "device": one.device,
            "handheld": is_handheld(one.device),
            "since": one.created_at,
            "seen": one.seen_at,
            "place": joined(lang, one.role_said(lang), one.unit) if one.unit else "",
        }
        for one in found
    ]


async def end_one(request: Web, by: StaffActor | PatientActor, path: str) -> Response[Any]:
    """End the session in the address, and back to the page at `path`. Raises NotFound for anybody else's."""
    number = request.path_params["session_id"]
    if number > LARGEST_ID:
        raise NotFound()
    await end_own_session(_database(request), hub=_hub(request), by=by, session_id=number)
    return see(f"{path}?ended=one")


async def end_others(request: Web, by: StaffActor | PatientActor, path: str) -> Response[Any]:
    """End every session but this one, and back to the page at `path`."""
    await end_other_sessions(_database(request), hub=_hub(request), by=by)
    return see(f"{path}?ended=others")


@get(PATIENTS)
async def own(request: Web) -> Response[str]:
    """Where the patient is signed in."""
    by = await web.patient(request)
    async with _database(request).transaction(NOBODY) as connection:
        context = await drawn_sessions(request, connection, by, PATIENTS)
    return pages.page(request, "access/sessions.html", context)


@post(f"{PATIENTS}/{{session_id:int}}/end", status_code=303)
async def end_own(request: Web) -> Response[Any]:
    """*Logga ut* on another device."""
    return await end_one(request, await web.patient(request), PATIENTS)


@post(f"{PATIENTS}/end-others", status_code=303)
async def end_own_others(request: Web) -> Response[Any]:
    """*Logga ut överallt annars*."""
    return await end_others(request, await web.patient(request), PATIENTS)


HANDLERS = (own, end_own, end_own_others)


def _database(request: Web) -> Database:
    found: Database = request.app.state.house.database
    return found


def _hub(request: Web) -> Hub:
    found: Hub = request.app.state.house.hub
    return found
