"""The first page of a phone on a slow line: an empty cache, 400 kbit/s each way, 400 ms for every answer to begin.

That is WebPageTest's *Slow 3G*. The browser's own throttle makes each request wait; it does not make new connections
wait, so a real phone is a round trip or two slower the first time.
"""

import asyncio
import statistics
from typing import Any

from playwright.async_api import Browser, async_playwright
from tests.chromium import FLAGS, chromium

from bench.client import form
from bench.people import Visitor
from bench.place import Place
from bench.report import Report

ROUND_TRIP_MS = 400
BYTES_A_SECOND = 400_000 / 8
RUNS = 3
PERSON = 16_001
_SHOWN = """() => new Promise((done) => new PerformanceObserver((list) => done(list.getEntries()[0].startTime))
  .observe({ type: "paint", buffered: true }))"""


async def measure(place: Place, report: Report) -> None:
    """`first_page_3g_ms`: until the text of the slowest of three pages can be read; a question can then be answered."""
    path = chromium()
    if path is None:
        report.tell("No Chromium here: first_page_3g_ms is left out")
        return
    (patient,) = await place.patients([PERSON])
    question = await _question(place, patient)
    base = f"http://{place.host}:{place.port}"
    pages = (("start", "/", None), ("home", "/", patient), ("question", question, patient))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        times = {
            name: statistics.median([await _shown(browser, base, address, who) for _ in range(RUNS)])
            for name, address, who in pages
        }
        await browser.close()
    said = ", ".join(f"{name} {time:.0f}" for name, time in times.items())
    report.add(
        "first_page_3g_ms", max(times.values()), f"first text on the screen, 400 kbit/s and 400 ms: {said}"
    )


async def _question(place: Place, patient: Visitor) -> str:
    connection = place.connection()
    try:
        begun = await connection.call(
            "POST", "/care/1", headers=patient.headers, body=form(complaint="sore_throat")
        )
    finally:
        connection.close()
    return str(begun.headers["location"])


async def _shown(browser: Browser, base: str, address: str, who: Visitor | None) -> float:
    """Milliseconds from asking for the page to its first text."""
    context = await browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2)
    if who is not None:
        await context.add_cookies([_cookie(part, base) for part in dict(who.headers)["cookie"].split("; ")])
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": ROUND_TRIP_MS,
            "downloadThroughput": BYTES_A_SECOND,
            "uploadThroughput": BYTES_A_SECOND,
        },
    )
    await page.goto(f"{base}{address}", wait_until="commit")
    shown = float(await asyncio.wait_for(page.evaluate(_SHOWN), 60))
    await context.close()
    return shown


def _cookie(part: str, base: str) -> Any:
    name, _, value = part.partition("=")
    return {"name": name, "value": value, "url": base}
