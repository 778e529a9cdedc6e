"""Turns refusals and faults into answers: a page, a fragment in a page, or JSON, all with the same status.

Every answer carries a reference that is found again in the logs (requirement J5). No personal data is logged.
"""

import secrets
from typing import Any
from urllib.parse import quote

import asyncpg
import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from vardlots.platform import clock, i18n, logs, pages
from vardlots.platform.errors import (
    Invalid,
    NotFound,
    Refusal,
    SignInNeeded,
    SomebodyWasFirst,
    TooMany,
    Unavailable,
)

log = structlog.get_logger()
Web = Request[Any, Any, Any]

# What somebody sent cannot be kept as it is: a sign that no text may hold, a number beyond every number here.
_UNREADABLE = (
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
    asyncpg.DataError,  # itself, not its kind: what the driver could not write down
)
_CONNECTION_FAULTS = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what the driver says of a connection that broke between two of its own steps
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DiskFullError,
    OSError,
    TimeoutError,
)


def on_refusal(request: Web, refusal: Refusal) -> Response[Any]:
    """The answer to a refusal."""
    reference = secrets.token_hex(4)
    log.info("refused", code=refusal.code, status=refusal.status, reference=reference, route=_route(request))
    if isinstance(refusal, SignInNeeded) and not pages.is_fragment(request) and request.method == "GET":
        return Response(
            b"", status_code=303, headers={"location": _sign_in_address(request), "cache-control": "no-store"}
        )
    return _answer(request, refusal, reference)


def on_http(request: Web, fault: HTTPException) -> Response[Any]:
    """The answer to what the framework itself refuses: unknown addresses, wrong methods, missing form tokens."""
    match fault.status_code:
        case 404 | 405:
            return on_refusal(request, NotFound())
        case 403:
            refusal = Refusal(
                "Sidan var gammal och kunde inte skicka. Ladda om den och försök igen.", code="form_token"
            )
            refusal.status = 403
            return on_refusal(request, refusal)
        case 413:
            refusal = Refusal("Filen är för stor. Välj en mindre, eller ta en ny bild.", code="too_large")
            refusal.status = 413
            return on_refusal(request, refusal)
        case 429:
            return on_refusal(
                request, TooMany("Det blev många försök på kort tid. Vänta en minut och försök igen.")
            )
        case status if status < 500:
            return on_refusal(request, _unreadable())
        case _:
            return on_fault(request, fault)


def _unreadable() -> Refusal:
    return Invalid("", "Något i det som skickades gick inte att läsa. Försök igen.")


def on_fault(request: Web, fault: Exception) -> Response[Any]:
    """The answer to a fault of ours, or of the database: nothing is half done, the reference finds it in the logs."""
    if type(fault) in _UNREADABLE:
        log.warning("unreadable", route=_route(request), **logs.told(fault))
        return on_refusal(request, _unreadable())
    reference = secrets.token_hex(4)
    if isinstance(fault, _CONNECTION_FAULTS):
        log.warning("unavailable", fault=type(fault).__name__, reference=reference, route=_route(request))
        return _answer(
            request,
            Unavailable(
                "Vi når inte våra system just nu. Det du har sparat finns kvar. Försök igen om en liten stund."
            ),
            reference,
        )
    log.error("fault", reference=reference, route=_route(request), exc_info=fault)
    broken = Refusal("Något gick fel hos oss. Inget av det du sparat är borta. Försök igen.", code="fault")
    broken.status = 500
    return _answer(request, broken, reference)


def _answer(request: Web, refusal: Refusal, reference: str) -> Response[Any]:
    lang = pages.language_of(request)
    message = i18n.text(lang, refusal.message, **refusal.values)
    context = {
        "status": refusal.status,
        "code": refusal.code,
        "message": message,
        "field": refusal.field if isinstance(refusal, Invalid) else "",
        "who": refusal.who if isinstance(refusal, SomebodyWasFirst) else "",
        "when": refusal.when if isinstance(refusal, SomebodyWasFirst) else None,
        "reference": reference,
        "at": clock.now(),
        "is_staff": request.url.path.startswith("/staff"),
        "path": request.url.path,
        "sign_in": _sign_in_address(request),
    }
    if request.headers.get("accept", "").startswith("application/json"):
        keep = ("status", "code", "message", "field", "who", "reference")
        return Response(
            {name: context[name] for name in keep}, status_code=refusal.status, media_type=MediaType.JSON
        )
    template = "errors/fragment.html" if pages.is_fragment(request) else "errors/page.html"
    return pages.page(request, template, context, status=refusal.status)


def _sign_in_address(request: Web) -> str:
    place = "/staff/sign-in" if request.url.path.startswith("/staff") else "/sign-in"
    # Quoted: an address may hold line breaks and signs that no header takes.
    path = quote(request.url.path, safe="/")
    return f"{place}?next={path}" if request.method == "GET" and path != "/" else place


def _route(request: Web) -> str:
    """The route's pattern, never the address itself: addresses may hold what nobody should log."""
    return str(request.scope.get("path_template") or "unknown")
