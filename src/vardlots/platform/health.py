"""Is the process alive, is it ready, how is it doing."""

import hmac
from typing import Any

import prometheus_client
import structlog
from litestar import Request, Response, get
from prometheus_client import Gauge

from vardlots.platform import jobs
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import NotFound

log = structlog.get_logger()

_held = Gauge("vardlots_jobs_held", "Jobs that failed for good and wait for a person")
_waiting = Gauge("vardlots_jobs_waiting", "Jobs that could be carried out now")
_oldest = Gauge(
    "vardlots_jobs_oldest_seconds", "How long the oldest job that could be carried out has waited"
)


@get("/healthz", sync_to_thread=False)
def healthz() -> Response[str]:
    """The process answers."""
    return Response("ok", media_type="text/plain", headers={"cache-control": "no-store"})


@get("/readyz")
async def readyz(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """The process can do its work: the database answers and signals travel. 503 otherwise."""
    state = request.app.state
    parts = {"database": "ok", "signals": "ok" if state.bus.connected else "lost"}
    try:
        async with state.house.database.transaction(NOBODY) as connection:
            await connection.fetchval("SELECT 1 FROM schema_migration LIMIT 1")
    except Exception as fault:
        parts["database"] = type(fault).__name__
    ready = parts["database"] == "ok"
    return Response(parts, status_code=200 if ready else 503, headers={"cache-control": "no-store"})


@get("/metrics")
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Prometheus metrics, without any label that names a person. Asks for a bearer token where one is set."""
    token = request.app.state.settings.metrics_token
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token and not hmac.compare_digest(given.encode(), token.encode()):
        raise NotFound()
    try:
        async with request.app.state.house.database.transaction(NOBODY) as connection:
            found = await jobs.backlog(connection)
    except Exception as fault:
        # The other figures matter most when the database is away.
        log.warning("backlog_unknown", fault=type(fault).__name__)
        found = jobs.Backlog(-1, -1, -1.0)
    _held.set(found.held)
    _waiting.set(found.waiting)
    _oldest.set(found.oldest_seconds)
    return Response(prometheus_client.generate_latest(), media_type=prometheus_client.CONTENT_TYPE_LATEST)
