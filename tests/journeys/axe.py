"""axe-core on a page as it stands: WCAG 2.2 A and AA, in light and in dark, nothing found."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Page

SOURCE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RUN = """async ([tags, only]) => {
  const what = only ? {type: "rule", values: only} : {type: "tag", values: tags};
  const found = await axe.run(document, {runOnly: what, resultTypes: ["violations"]});
  return found.violations.flatMap((v) => v.nodes.map((n) =>
    `${v.id}: ${n.target.join(" ")}: ${n.failureSummary.replace(/\\s+/g, " ")} ${n.html.slice(0, 160)}`));
}"""
_WIDER = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const guilty = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > wide + 1);
  return [`scrolls sideways, ${document.documentElement.scrollWidth} > ${wide}: ` +
    guilty.slice(0, 3).map((one) => one.outerHTML.slice(0, 120)).join(" | ")];
}"""


@cache
def _source() -> str:
    return SOURCE.read_text()


async def findings(page: Page) -> list[str]:
    """What axe finds, with every rule in the light and with the colours once more in the dark."""
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found: list[str] = await _run(page, None)
    await page.emulate_media(color_scheme="dark")
    found += [f"dark, {one}" for one in await _run(page, ["color-contrast"])]
    await page.emulate_media(color_scheme="light")
    return found


async def scrolls_sideways(page: Page) -> list[str]:
    """Whether the page is wider than its window, and what makes it so."""
    found: list[str] = await page.evaluate(_WIDER)
    return found


async def _run(page: Page, only: list[str] | None) -> Any:
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(_source())
    return await page.evaluate(_RUN, [TAGS, only])
