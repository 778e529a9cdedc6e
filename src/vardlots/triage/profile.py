"""The patient's own details, and who has read about them."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.audit.log import access
from vardlots.cases import web
from vardlots.people.queries import Person, person
from vardlots.platform import clock, i18n, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import NotFound
from vardlots.triage import queries, words
from vardlots.triage.actions import set_mobile
from vardlots.triage.home import chosen_person
from vardlots.triage.web import see

LOG_PAGE = 60


async def _note_reading(
    request: Web, by: PatientActor, action: str, providers: list[int], person_id: int
) -> None:
    """A person's own page belongs to every provider where they are a patient."""
    rows = [access(by, action, provider_id=provider_id, person_id=person_id) for provider_id in providers]
    if rows:
        await web.read_log(request).record(*rows)


async def _providers(connection: Connection, person_id: int) -> list[int]:
    rows = await connection.fetch(
        "SELECT provider_id FROM patient WHERE person_id = $1 ORDER BY 1", person_id
    )
    return [row["provider_id"] for row in rows]


@get("/my/profile")
async def profile(request: Web) -> Response[str]:
    """Name, mobile number, language, who has read, sign-out."""
    by = await patient(request)
    return await _draw(request, by)


async def _draw(
    request: Web, by: PatientActor, *, status: int = 200, error: str = "", typed: str | None = None
) -> Response[str]:
    async with web.house(request).database.transaction(by.scope) as connection:
        me = await person(connection, by.person_id)
        providers = await _providers(connection, by.person_id)
        unread = await queries.unread_count(connection, by=by)
    if me is None:
        raise NotFound()
    await _note_reading(request, by, "read_profile", providers, by.person_id)
    return pages.page(
        request,
        "people/profile.html",
        words.shell(by.name, unread=unread)
        | {
            "name": me.name,
            "number": f"{me.number[:8]}-{me.number[8:]}" if len(me.number) == 12 else me.number,
            "mobile": typed if typed is not None else words.mobile_words(me.mobile),
            "no_mobile": me.mobile is None and typed is None,
            "error": error or None,
            "errors": [{"id": "mobile", "text": error}] if error else [],
            "saved": request.query_params.get("saved") == "1",
        },
        status=status,
    )


@post("/my/profile")
async def keep_profile(request: Web) -> Response[Any]:
    """Keep the mobile number, or that there is none to give."""
    by = await patient(request)
    form = await request.form()
    typed = str(form.get("mobile", "")).strip()
    number: str | None = None
    if not form.get("mobile_declined"):
        number = words.read_mobile(typed) if typed else None
        if number is None:
            told = i18n.text(
                by.lang,
                "Numret ser inte ut som ett mobilnummer. Kontrollera det, eller välj att inte lämna något.",
            )
            return await _draw(request, by, status=422, error=told, typed=typed)
    await set_mobile(web.house(request), by=by, mobile=number)
    return see("/my/profile?saved=1")


@post("/my/language")
async def language(request: Web) -> Response[Any]:
    """Choose the language of the pages; signed in or not."""
    form = await request.form()
    chosen = str(form.get("lang", ""))
    answer = see(_own_page(str(form.get("next", "/"))))
    if chosen in i18n.LANGUAGES:
        secure = request.app.state.settings.base_url.startswith("https://")
        answer.cookies.append(
            Cookie(
                key="lang",
                value=chosen,
                path="/",
                max_age=31_536_000,
                samesite="lax",
                secure=secure,
                httponly=True,
            )
        )
    return answer


def _own_page(address: str) -> str:
    """An address of ours; anything else is home. Browsers leave out line breaks and tabs, so none may be there."""
    parts = urlsplit(address)
    ours = (
        not parts.scheme
        and not parts.netloc
        and address.startswith("/")
        and not address.startswith("//")
        and "\\" not in address
        and address.isascii()
        and address.isprintable()
    )
    return address if ours else "/"


_LOG = """
SELECT l.log_id, l.at, l.actor_kind, l.actor_id, l.actor_name, l.action, u.name AS unit_name, p.name AS provider_name
FROM access_log l JOIN provider p USING (provider_id) LEFT JOIN unit u ON u.unit_id = l.unit_id
WHERE l.person_id = ANY ($1::bigint[]) AND ($2::timestamptz IS NULL OR (l.at, l.log_id) < ($2, $3::bigint))
ORDER BY l.at DESC, l.log_id DESC LIMIT $4
"""


@get("/my/log")
async def own_log(request: Web) -> Response[str]:
    """Who has read and done what with one's data, or one's child's, the latest first."""
    by = await patient(request)
    before = _key(request.query_params.get("before", ""))
    async with web.house(request).database.transaction(by.scope) as connection:
        household = await queries.household(connection, by)
        about = chosen_person(request, household, by)
        rows = await connection.fetch(_LOG, by.ids_of(about.person_id), *before, LOG_PAGE + 1)
        providers = await _providers(connection, about.person_id)
        unread = await queries.unread_count(connection, by=by)
    await _note_reading(request, by, "read_log", providers, about.person_id)
    more = rows[LOG_PAGE - 1] if len(rows) > LOG_PAGE else None
    for_query = f"for={about.person_id}&" if about.person_id != by.person_id else ""
    return pages.page(
        request,
        "people/log.html",
        words.shell(by.name, unread=unread)
        | {
            "people": [_chip(one, about, by) for one in household.values()],
            "rows": _log_rows(rows[:LOG_PAGE], by),
            "more_url": f"/my/log?{for_query}before={more['at'].isoformat().replace('+', '%2B')}_{more['log_id']}"
            if more
            else "",
        },
    )


def _chip(one: Person, about: Person, by: PatientActor) -> dict[str, Any]:
    own = one.person_id == by.person_id
    return {
        "href": "/my/log" if own else f"/my/log?for={one.person_id}",
        "name": i18n.text(by.lang, "Jag") if own else one.given_name,
        "active": one.person_id == about.person_id,
    }


def _log_rows(rows: list[Any], by: PatientActor) -> list[dict[str, Any]]:
    """The rows as the page says them: the action by name, the same thing done again and again as one with its times."""
    found: list[dict[str, Any]] = []
    for row in rows:
        said = {
            "who": _who(row, by),
            "where": row["unit_name"] or row["provider_name"],
            "action": row["action"],
            "day": clock.local(row["at"]).date(),
            "is_read": row["action"].startswith(("read", "open_")) or row["action"] in ("list", "search"),
        }
        if found and all(found[-1][name] == value for name, value in said.items()):
            found[-1]["times"] += 1
        else:
            found.append(said | {"at": row["at"], "times": 1})
    return found


def _who(row: Any, by: PatientActor) -> str:
    if row["actor_kind"] == "patient":
        # Another guardian may have protected identity, or be blocked: no name of theirs is told here.
        own = by.main(row["actor_id"]) == by.person_id
        return (
            i18n.text(by.lang, "Du") if own else i18n.text(by.lang, "En vårdnadshavare, eller barnet självt")
        )
    return i18n.text(by.lang, "Systemet") if row["actor_kind"] == "system" else str(row["actor_name"])


def _key(text: str) -> tuple[datetime | None, int | None]:
    """The place to go on from in an address; the start for anything that is none."""
    at, _, number = text.rpartition("_")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None, None
    if moment.tzinfo is None or not (number.isascii() and number.isdigit()):
        return None, None
    return moment, int(number[:18])


def profile_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [profile, keep_profile, language, own_log]
