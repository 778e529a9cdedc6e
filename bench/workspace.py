"""The workspace of a nurse with thirty open chats, in a real browser: how soon it can be worked in, how soon another
chat stands in it, and how long a keystroke takes to be seen while patients write in the other chats.

The browser draws a frame as soon as there is one to draw (no waiting for a screen's next turn), so that what is
measured is the work and nothing else; the same keystroke in a bare box on an empty page in the same browser is the
limit.
"""

import asyncio
import itertools
import statistics
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page, async_playwright
from tests.chromium import FLAGS, chromium

from bench.client import form, percentile
from bench.data import Region
from bench.people import Visitor
from bench.place import Place
from bench.report import Report

CHATS = 30
NURSE = 40
# Patients write this often, all together: more than thirty of them ever do.
EVERY_SECONDS = 0.1
UNCAPPED = ("--disable-frame-rate-limit", "--disable-gpu-vsync")
_BOX = "form[data-composer] textarea"
_BARE = "<!doctype html><title>Box</title><form data-composer><textarea rows=3></textarea></form>"
# From the key to the moment after the frame that shows it.
_WATCH = """() => {
  window.strokes = [];
  addEventListener("keydown", (event) => {
    const began = event.timeStamp;
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => strokes.push(performance.now() - began);
      after.port2.postMessage(0);
    });
  }, { capture: true });
}"""
_OPENED = "() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
_SWITCH = """(ref) => new Promise((done) => {
  const began = performance.now();
  const look = () => {
    const there = document.querySelector(`.visit[data-visit-base='/staff/cases/${ref}']:not([aria-busy])`);
    if (there && document.activeElement?.matches("form[data-composer] textarea")) done(performance.now() - began);
    else requestAnimationFrame(look);
  };
  document.querySelector(`#own-${CSS.escape(ref)} a`).click();
  look();
})"""


async def measure(place: Place, report: Report, region: Region, first: int, scale: float) -> None:
    """`workspace_open_ms`, `workspace_switch_ms`, `keystroke_ms`."""
    path = chromium()
    if path is None:
        report.tell("No Chromium here: the workspace is left out")
        return
    # What the nurse had before is a colleague's now: exactly so many are on the page.
    await region.one(
        "UPDATE care_case SET owner_staff_id = $2 WHERE owner_staff_id = $1 RETURNING 1", NURSE, NURSE - 1
    )
    await region.add_open(first, CHATS, "ongoing", unit=1)
    await region.one(
        "UPDATE care_case SET owner_staff_id = $3 WHERE case_id BETWEEN $1 AND $2 RETURNING 1",
        first,
        first + CHATS - 1,
        NURSE,
    )
    (nurse,) = await place.staff([NURSE])
    writers = await place.patients([1 + n % 20_000 for n in range(first + 1, first + CHATS)])
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*FLAGS, *UNCAPPED])
        try:
            bare = await _bare(browser, scale)
            page = await _page(browser, place, nurse)
            await _opens(page, place, report, first, scale)
            async with _writing(place, writers, first):
                await _switches(page, report, first, scale)
                await _types(page, report, bare, scale)
        finally:
            await browser.close()


async def _page(browser: Browser, place: Place, nurse: Visitor) -> Page:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    base = f"http://{place.host}:{place.port}"
    cookies: list[Any] = []
    for part in dict(nurse.headers)["cookie"].split("; "):
        name, _, value = part.partition("=")
        cookies.append({"name": name, "value": value, "url": base})
    await context.add_cookies(cookies)
    return await context.new_page()


async def _opens(page: Page, place: Place, report: Report, first: int, scale: float) -> None:
    times: list[float] = []
    for turn in range(max(int(20 * scale), 5) + 1):
        await page.goto(f"http://{place.host}:{place.port}/staff/cases/1-{first + turn % CHATS}")
        rows = await page.locator("#own-mine > [data-row]").count()
        if rows != CHATS or not await page.locator(_BOX).is_visible():
            raise RuntimeError(f"the workspace shows {rows} chats")
        if turn:  # the first fills the browser's store
            times.append(float(await page.evaluate(_OPENED)))
    report.add(
        "workspace_open_ms",
        statistics.median(times),
        f"median of {len(times)}, {CHATS} own chats, from asking until every key is heard; worst {max(times):.0f} ms",
    )


async def _switches(page: Page, report: Report, first: int, scale: float) -> None:
    times = sorted(
        [
            float(await page.evaluate(_SWITCH, f"1-{first + turn % CHATS}"))
            for turn in range(2, 2 + max(int(60 * scale), 10))
        ]
    )
    report.add(
        "workspace_switch_ms",
        percentile(times, 0.95),
        f"p95 of {len(times)}, from the press until one can write in the other chat; "
        f"median {percentile(times, 0.5):.0f} ms",
    )


async def _types(page: Page, report: Report, bare: list[float], scale: float) -> None:
    strokes = await _strokes(page, scale)
    seen = await page.locator("#own-mine .dot-accent").count()
    if not seen:
        raise RuntimeError("no chat was marked as unread while one typed")
    report.add(
        "keystroke_ms",
        percentile(strokes, 0.95),
        f"p95 of {len(strokes)} keys, {CHATS} chats and ten messages a second; median {percentile(strokes, 0.5):.1f}; "
        f"a bare box p95 {percentile(bare, 0.95):.1f}, median {percentile(bare, 0.5):.1f} ms",
    )


async def _bare(browser: Browser, scale: float) -> list[float]:
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    await page.set_content(_BARE)
    strokes = await _strokes(page, scale)
    await page.close()
    return strokes


async def _strokes(page: Page, scale: float) -> list[float]:
    """How long each key took, in order of length."""
    await page.evaluate(_WATCH)
    await page.locator(_BOX).focus()
    text = itertools.islice(
        itertools.cycle("Jag läser det du skrev och återkommer. "), max(int(400 * scale), 80)
    )
    for letter in text:
        await page.keyboard.type(letter)
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    return sorted(await page.evaluate("() => window.strokes"))


@asynccontextmanager
async def _writing(place: Place, writers: list[Visitor], first: int) -> AsyncIterator[None]:
    """Patients write, one after the other, until the end."""

    async def write() -> None:
        connection = place.connection()
        for turn in itertools.count():
            who = writers[turn % len(writers)]
            await connection.call(
                "POST",
                f"/my/cases/1-{first + 1 + turn % len(writers)}/messages",
                headers=who.headers,
                body=form(text=f"Det gör ont, {turn}.", key=uuid.uuid4().hex),
            )
            await asyncio.sleep(EVERY_SECONDS)

    writing = asyncio.create_task(write())
    try:
        yield
    finally:
        writing.cancel()
