"""*Hårdvara*, *Notifieringar*, and the switch for help texts; the routes of the settings."""

from typing import Any

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access import web
from vardlots.access.sessions import Sessions
from vardlots.access.web import Web
from vardlots.cases.web import house
from vardlots.clinics.queries import open_shift
from vardlots.notifications.rules import rules_of
from vardlots.platform import helps, i18n, pages
from vardlots.platform.pages import see
from vardlots.preferences import actions, frame, phrase_pages, queries, session_pages, substitute_pages
from vardlots.preferences.model import NOTICES
from vardlots.preferences.pictures import picture_file
from vardlots.preferences.profile_pages import profile, save_profile
from vardlots.triage.words import mobile_words


@get("/staff/settings/hardware")
async def hardware(request: Web) -> Response[str]:
    """Camera, microphone and sound. Everything happens in the browser; the page only holds the words."""
    by = await web.staff(request)
    async with house(request).database.transaction(by.scope) as connection:
        shell = await frame.frame(request, connection, by, frame.HARDWARE)
    return pages.page(request, "preferences/hardware.html", shell)


@get("/staff/settings/notices")
async def notices(request: Web) -> Response[str]:
    """Which texts one wants, and what must be so for them to come."""
    by = await web.staff(request)
    async with house(request).database.transaction(by.scope) as connection:
        shell = await frame.frame(request, connection, by, frame.NOTICES)
        kept = await queries.profile(connection, by=by)
        shift = await open_shift(connection, by.staff_id)
        rules = await rules_of(connection, by.provider_id)
    lang = shell["lang"]
    context = shell | {
        "choices": [
            {
                "code": one.code,
                "label": i18n.text(lang, one.label),
                "hint": i18n.text(lang, one.hint),
                "on": kept.notices[one.code],
            }
            for one in NOTICES
        ],
        "mobile": mobile_words(kept.mobile),
        "on_shift": shift is not None and shift.provider_id == by.provider_id,
        "left_open": rules.left_open_minutes,
        "saved": request.query_params.get("saved") == "1",
    }
    return pages.page(request, "preferences/notices.html", context)


@post("/staff/settings/notices", status_code=303)
async def save_notices(request: Web) -> Response[Any]:
    """Keep what was switched here: what another tab switched meanwhile stays as it is there."""
    by = await web.staff(request)
    form = await request.form()
    chosen = {str(value) for value in form.getall("on", [])}
    was = {str(value) for value in form.getall("was", [])}
    changed = {code: code in chosen for code in chosen ^ was}
    await actions.choose_notices(house(request).database, by=by, choices=changed)
    return see(f"{frame.NOTICES}?saved=1")


@post("/staff/settings/help")
async def switch_help(request: Web) -> Response[Any]:
    """*Visa hjälptexter*, on or off, from whichever page: with script the page gets its help and stays as it is."""
    by = await web.staff(request)
    form = await request.form()
    on = form.get("on") == "1"
    await actions.show_help(house(request).database, by=by, on=on)
    sessions: Sessions = request.app.state.sessions
    sessions.forget(by.session_id)
    if not pages.is_fragment(request):
        return see(_own_page(str(form.get("next", ""))))
    told = helps.shown(str(form.get("page", "")), pages.language_of(request), on=on)
    context = {"help": told, "path": _own_page(str(form.get("next", "")))}
    return pages.page(request, "components/help.html", context)


def _own_page(address: str) -> str:
    """One of the staff's own pages; anything else is the first of them."""
    plain = address.isascii() and address.isprintable() and not set(address) & set("\\?#%:")
    return address if plain and address.startswith("/staff") and "//" not in address else "/staff"


def preference_routes() -> list[ControllerRouterHandler]:
    """The handlers. The help texts are read now: a wrong one stops the start, not somebody's page."""
    helps.book()
    return [
        *(profile, save_profile, picture_file, hardware, notices, save_notices, switch_help),
        *session_pages.HANDLERS,
        *phrase_pages.HANDLERS,
        *substitute_pages.HANDLERS,
    ]
