"""The patient's own details."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.audit.log import access
from vardlots.cases import web
from vardlots.people.queries import person
from vardlots.platform import i18n, pages
from vardlots.platform.db import Connection
from vardlots.platform.errors import Forbidden, NotFound, SignInNeeded
from vardlots.platform.pages import see
from vardlots.platform.phones import read_mobile
from vardlots.triage import words
from vardlots.triage.actions import set_mobile
from vardlots.triage.language.actions import set_language
from vardlots.triage.news import news


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
        new = await news(connection, by=by)
    if me is None:
        raise NotFound()
    await _note_reading(request, by, "read_profile", providers, by.person_id)
    return pages.page(
        request,
        "people/profile.html",
        words.shell(by.name, news=new)
        | {
            "name": me.name,
            "number": f"{me.number[:8]}-****" if len(me.number) == 12 else me.number,
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
        number = read_mobile(typed) if typed else None
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
    """Choose the language of the pages; signed in or not. Of a patient it is kept, so that others' words follow."""
    form = await request.form()
    chosen = str(form.get("lang", ""))
    answer = see(_own_page(str(form.get("next", "/"))))
    if chosen in i18n.LANGUAGES:
        # Whoever is not signed in as a patient chooses for this browser alone.
        with suppress(SignInNeeded, Forbidden):
            await set_language(web.house(request), by=await patient(request), lang=chosen)
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


def profile_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [profile, keep_profile, language]
