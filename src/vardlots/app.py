"""Puts the subjects together into one web application. The only file that knows everyone."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from litestar import Litestar
from litestar.config.csrf import CSRFConfig
from litestar.exceptions import HTTPException
from litestar.plugins.prometheus import PrometheusConfig
from litestar.types import Message, Scope

from vardlots.access.sessions import Limits, Sessions
from vardlots.audit.log import ReadLog
from vardlots.cases.turn import House
from vardlots.configuration import book
from vardlots.exports import port
from vardlots.notes import codebook
from vardlots.platform import logs
from vardlots.platform.bodies import short_forms
from vardlots.platform.bus import PostgresBus
from vardlots.platform.db import Database
from vardlots.platform.errors import Refusal
from vardlots.platform.files import FileStore
from vardlots.platform.live import Hub
from vardlots.platform.refusals import on_fault, on_http, on_refusal
from vardlots.platform.settings import Settings, load_settings
from vardlots.routes import routes
from vardlots.triage import content
from vardlots.worklist import directory, drawn
from vardlots.worklist.leaving_queries import is_left

log = structlog.get_logger()

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# A stream passes every event through what stands around it, and lasts a quarter of an hour: not a request to time.
STREAMS = ["^/live$"]
# Receipts of texts come from another system, which signs in with a secret of its own.
WITHOUT_FORMS = [*STREAMS, "^/static/", "^/sms/receipts$"]
_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(self), geolocation=(), interest-cohort=()",
}


def create_app(settings: Settings | None = None) -> Litestar:
    """The application. Settings come from the environment unless given."""
    chosen = settings or load_settings()
    logs.configure(chosen.log_level)
    secure = chosen.base_url.startswith("https://")
    headers = dict(_HEADERS)
    if secure:
        headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"
    return Litestar(
        route_handlers=routes(chosen),
        lifespan=[lambda app: _lifespan(app, chosen)],
        exception_handlers={Refusal: on_refusal, HTTPException: on_http, Exception: on_fault},
        csrf_config=CSRFConfig(
            secret=chosen.secret_key,
            # A neighbour under the same domain can plant a cookie, but none with this beginning of its name.
            cookie_name="__Host-csrf" if secure else "csrf",
            cookie_httponly=True,
            cookie_samesite="lax",
            cookie_secure=secure,
            header_name="x-csrf-token",
            exclude=WITHOUT_FORMS,
        ),
        before_send=[_guard(headers)],
        request_max_body_size=(chosen.max_upload_mb + 1) * 1_000_000,
        middleware=[
            PrometheusConfig(
                app_name="vardlots", prefix="vardlots", group_path=True, exclude=STREAMS
            ).middleware,
            short_forms,
        ],
        openapi_config=None,
        logging_config=None,
        debug=False,
    )


def _guard(headers: dict[str, str]) -> Callable[[Message, Scope], Awaitable[None]]:
    """Puts the guarding headers on every answer, refusals and streams too; a stricter one that is there stays."""
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def add(message: Message, _scope: Scope) -> None:
        if message["type"] == "http.response.start":
            sent = list(message["headers"])
            names = {name.lower() for name, _ in sent}
            message["headers"] = [*sent, *(pair for pair in pairs if pair[0] not in names)]

    return add


@asynccontextmanager
async def _lifespan(app: Litestar, settings: Settings) -> AsyncIterator[None]:
    content.groups()  # a fault in the content, protocols too, stops the start, not a patient
    hub = Hub()
    book.forget()
    book.listen(hub)
    database = await Database.connect(
        settings.database_url, least=settings.db_pool_min, most=settings.db_pool_max
    )
    codebook.read_from(database)
    port.announce(in_use=settings.record_system_dir is not None)
    limits = Limits(
        idle=timedelta(minutes=settings.session_idle_minutes),
        absolute=timedelta(hours=settings.session_absolute_hours),
    )
    sessions = Sessions(database, hub, limits, secure=settings.base_url.startswith("https://"))
    drawn.listen(hub)
    directory.listen(hub)
    bus = PostgresBus(settings.database_url, hub)
    await bus.start()
    hub.bus = bus
    app.state.update(
        {
            "settings": settings,
            "house": House(database, hub),
            "sessions": sessions,
            "read_log": ReadLog(database),
            "leaves_something": is_left,
            "files": FileStore.open(settings.file_store_url, settings.file_store_options()),
            "bus": bus,
        }
    )
    try:
        yield
    finally:
        hub.close_all()
        await bus.close()
        codebook.read_from(None)
        await database.close()
