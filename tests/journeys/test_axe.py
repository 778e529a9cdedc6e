"""That the stories' own eyes see: a fault of each kind is found, and none where there is none."""

from playwright.async_api import Browser
from tests.journeys import axe

_PAGE = """<!doctype html><html lang="sv"><head><title>Prov</title><meta name="color-scheme" content="light dark">
<style>body { color: #111; background: #fff } @media (prefers-color-scheme: dark) { body { background: %s } }</style>
</head><body><main><h1>Prov</h1>%s</main></body></html>"""


async def test_axe_finds_what_is_wrong_in_light_and_in_dark(browser: Browser) -> None:
    """A picture without words, a colour that only fails in the dark, and a page that is too wide."""
    page = await browser.new_page()
    await page.set_content(_PAGE % ("#eee", "<p>Allt är väl.</p>"))
    assert await axe.findings(page) == []
    assert await axe.scrolls_sideways(page) == []

    await page.set_content(_PAGE % ("#eee", "<img src='data:,'>"))
    assert any(one.startswith("image-alt") for one in await axe.findings(page))

    await page.set_content(_PAGE % ("#222", "<p>Mörkt på mörkt.</p>"))
    found = await axe.findings(page)
    assert found
    assert all(one.startswith("dark, color-contrast") for one in found)

    await page.set_content(_PAGE % ("#eee", "<p style='width: 3000px'>Brett.</p>"))
    assert await axe.scrolls_sideways(page)
    await page.close()
