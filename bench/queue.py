"""The queue page of 50 rows, against Litestar's own hello page in the same run."""

from bench.client import Load, Wish, load
from bench.place import Place
from bench.report import Report
from bench.server import hello

PAGE = "/staff/drop-in?unit=1&role=&tab=waiting"
CONNECTIONS = 16


async def measure(place: Place, report: Report, scale: float) -> None:
    """`queue_rps_ratio`."""
    page = await _page(place, scale)
    limit = hello(place.port + 1)
    limit.start()
    try:
        greeting = await load(
            place.host, limit.port, lambda *_: Wish("GET", "/"), connections=CONNECTIONS, seconds=8 * scale
        )
    finally:
        limit.stop()
    report.add(
        "queue_rps_ratio",
        page.per_second / greeting.per_second,
        f"{page.per_second:,.0f} pages/s ÷ {greeting.per_second:,.0f} hellos/s",
    )


async def page_seconds(place: Place, scale: float) -> float:
    """The median time of the page, one reader at a time."""
    return (await _page(place, scale, connections=1)).p50_ms / 1000


async def _page(place: Place, scale: float, connections: int = CONNECTIONS) -> Load:
    nurse = (await place.staff([1]))[0]
    wish = Wish("GET", PAGE, nurse.headers)
    answered = await place.connection().call("GET", PAGE, headers=nurse.headers)
    rows = answered.body.count(b'data-case="')
    if answered.status != 200 or rows != 50:
        raise RuntimeError(f"the queue page answered {answered.status} with {rows} rows")
    result = await load(place.host, place.port, lambda *_: wish, connections=connections, seconds=8 * scale)
    if set(result.statuses) != {200}:
        raise RuntimeError(f"the queue page answered {result.statuses}")
    return result
