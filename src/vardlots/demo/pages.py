"""The demonstration's own pages: be whoever you press, and see what the phones would show. Demo mode only."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, Router, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access.door import Door
from vardlots.access.identity_providers import (
    ASSERTION_LASTS,
    Assertion,
    DemoIdentityProvider,
    Who,
    demo_sealer,
)
from vardlots.access.sealed import Sealer
from vardlots.demo import persons
from vardlots.notifications.queries import outbox
from vardlots.platform import pages
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import NotFound
from vardlots.platform.settings import Settings

Web = Request[Any, Any, Any]
LONGEST_STATE = 100
SHOWN_AT_ONCE = 60


def demo_routes(settings: Settings) -> list[ControllerRouterHandler]:
    """The handlers. Raises NotInDemo outside demo mode."""
    handlers = [choose_person, be_person, phones]
    return [Router(path="/demo", route_handlers=handlers, opt={"sealer": demo_sealer(settings)})]


def demo_door(settings: Settings) -> Door:
    """The way in, with the demonstration's identities and families. Raises NotInDemo outside demo mode."""
    return Door(
        settings,
        {
            "patient": DemoIdentityProvider(settings, "patient", persons.identity),
            "staff": DemoIdentityProvider(settings, "staff", persons.identity),
        },
        persons.register(),
    )


@get("/identity")
async def choose_person(request: Web) -> Response[Any]:
    """The test persons, searchable."""
    who = _who(request.query_params.get("for"))
    words = request.query_params.get("q", "")[:100]
    found = persons.search(who, words, pages.language_of(request))
    context = {
        "who": who,
        "state": request.query_params.get("state", "")[:LONGEST_STATE],
        "q": words,
        "persons": found[:SHOWN_AT_ONCE],
        "left_out": max(len(found) - SHOWN_AT_ONCE, 0),
        "other": "staff" if who == "patient" else "patient",
    }
    return pages.page(request, "demo/identity.html", context)


@post("/identity", status_code=303)
async def be_person(request: Web) -> Response[Any]:
    """Hand a signed, short-lived assertion to the same callback that an OpenID Provider answers to."""
    form = await request.form()
    who = _who(form.get("for"))
    state = str(form.get("state", ""))[:LONGEST_STATE]
    sealer: Sealer = request.route_handler.opt["sealer"]
    assertion = Assertion(who, str(form.get("person", ""))[:40], state)
    answer = urlencode({"code": sealer.seal(assertion, ASSERTION_LASTS), "state": state})
    return Response(
        b"",
        status_code=303,
        headers={"location": f"/sign-in/callback/{who}?{answer}", "cache-control": "no-store"},
    )


@get("/outbox")
async def phones(request: Web) -> Response[Any]:
    """*Så här hade mobilen sett ut*: the text messages that were not sent anywhere, phone by phone."""
    async with request.app.state.house.database.transaction(NOBODY) as connection:
        messages = await outbox(connection)
    by_phone: dict[str, dict[str, Any]] = {}
    names = persons.names_by_mobile()
    for message in messages:
        phone = by_phone.setdefault(
            message.recipient,
            {"number": message.recipient, "name": names.get(message.recipient, ""), "messages": []},
        )
        phone["messages"].insert(0, {"text": message.body, "at": message.at})
    context = {"phones": list(by_phone.values())}
    template = "demo/phones.html" if pages.is_fragment(request) else "demo/outbox.html"
    return pages.page(request, template, context)


def _who(text: object) -> Who:
    match text:
        case "patient" | "staff":
            return text
        case _:
            raise NotFound()
