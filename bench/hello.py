"""The least a page can cost: Litestar's hello."""

from litestar import Litestar, get


@get("/", sync_to_thread=False)
def greeting() -> str:
    return "Hello"


@get("/healthz", sync_to_thread=False)
def healthz() -> str:
    return "ok"


def create_app() -> Litestar:
    return Litestar([greeting, healthz], openapi_config=None, logging_config=None)
