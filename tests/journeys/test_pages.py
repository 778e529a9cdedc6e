"""Every page in a small window and in large text, for axe, and in English."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, expect
from tests.journeys import axe
from tests.journeys.people import Nurse, Patient, Person, Stage
from tests.journeys.running import Running
from tests.patient_pages import Walked, visited, walk
from tests.site import Browser as Forms

TABLET: ViewportSize = {"width": 768, "height": 1024}
SMALLEST: ViewportSize = {"width": 320, "height": 640}
PHONE: ViewportSize = {"width": 360, "height": 780}
WHOLE: ViewportSize = {
    "width": 320,
    "height": 2400,
}  # nothing is under the bar at the foot: one can scroll there
ZOOMED: ViewportSize = {"width": 720, "height": 450}  # 1440 × 900 at 200 %


def staff_pages(case: str) -> Iterator[str]:
    """Every page of the staff's."""
    yield from ("/staff", "/staff/shift", "/staff/leaving", "/staff/sign-out?anyway=1")
    yield from (f"/staff/settings{tab}" for tab in ("", "/hardware", "/notices", "/sessions"))
    yield from (f"/staff/drop-in?role=all&tab={tab}" for tab in ("waiting", "taken", "ended"))
    yield from (f"/staff/async?tab={tab}" for tab in ("inbox", "no-action", "ended"))
    yield from (f"/staff/cases/{case}{part}" for part in ("", "?tab=note", "?tab=earlier", "?tab=answers"))
    yield from (f"/staff/cases/{case}?dialog={name}" for name in ("end", "priority", "release"))


@dataclass(frozen=True)
class Everywhere:
    """A patient who has come by every page: how their browser is signed in, and the addresses by route."""

    name: str
    signed_in: Any
    walked: Walked
    nurse: Nurse

    async def patient(self, stage: Stage, **chosen: Any) -> Patient:
        """Them again, in a browser of its own."""
        return await stage.patient(self.name, storage_state=self.signed_in, **chosen)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def everywhere(running: Running, browser: Browser) -> AsyncIterator[Everywhere]:
    """Maryam, in a visit that goes on, after having sought care for all else that there is a page for."""
    stage = Stage(running.base, browser)
    visit = await stage.visit("Maryam Tavakol")
    cookies = {one["name"]: one["value"] for one in await visit.patient.context.cookies()}
    async with httpx.AsyncClient(base_url=running.base, cookies=cookies, timeout=30) as client:
        walked = await walk(Forms(client), 1)
    visited(walked, visit.case.ref)
    await visit.patient.open("/emergency")  # nobody has the conversation on their screen
    signed_in = await visit.patient.context.storage_state()
    yield Everywhere(visit.patient.name, signed_in, walked, visit.nurse)
    await stage.close()


async def test_every_page_of_a_patient_passes_axe_and_fits_the_smallest_window(
    stage: Stage, everywhere: Everywhere
) -> None:
    """Given a small phone, in light and in dark, then axe finds nothing on any page that a patient meets, and none is
    wider than its window."""
    maryam = await everywhere.patient(stage, viewport=WHOLE)
    maryam.foretells("404 GET")
    for address in [*everywhere.walked.addresses, "/no-such-page"]:
        await maryam.open(address)
        await maryam.looks(f"patient, {address}")
    question = everywhere.walked.pages["/interview/{ref}"][0]
    for address in (question, everywhere.walked.pages["/interview/{ref}/before"][0]):
        await refused(maryam, address)
    sven = await stage.patient("Sven-Olof Grindsjö", viewport=WHOLE)
    await sven.signs_in()
    for address in ("/", "/my/cases", "/my/messages", "/my/tickets", "/my/consents", "/my/log"):
        await sven.open(address)
        await sven.looks(f"patient, nothing at {address}")


async def test_no_page_of_a_patient_scrolls_sideways_when_letters_are_twice_as_large(
    stage: Stage, everywhere: Everywhere
) -> None:
    """Given a phone whose owner has set all letters to twice their size, then a page is longer, never wider."""
    maryam = await everywhere.patient(stage, viewport=PHONE)
    await maryam.context.add_init_script("""addEventListener("DOMContentLoaded", () => {
      document.documentElement.style.fontSize = "200%";
    })""")
    found: list[str] = []
    for address in everywhere.walked.addresses:
        await maryam.open(address)
        found += await wide(maryam, address)
    assert not found, "\n".join(found)


async def test_what_is_new_comes_to_the_tabs_by_itself_and_is_said_once(
    stage: Stage, everywhere: Everywhere
) -> None:
    """Given a patient with another page open, when the nurse writes, then the number is there and is read out; and when
    the message has been read it goes away without a word."""
    maryam = await everywhere.patient(stage)
    await maryam.open("/my/tickets")
    badge = maryam.page.locator("#tabs a[href='/my/messages'] .badge")
    said = maryam.page.locator("#live-polite")
    await expect(badge).to_have_count(0)
    await expect(said).to_be_attached()
    await everywhere.nurse.says("Hur är det nu?")
    await expect(badge).to_contain_text("1")
    await expect(said).to_have_text("Nytt i ett ärende")
    other = await everywhere.patient(stage)
    await other.open(everywhere.walked.pages["/my/cases/{ref}"][-1])
    await other.reads("Hur är det nu?")
    await expect(badge).to_have_count(0)
    await expect(said).to_have_text("Nytt i ett ärende")


async def test_none_of_these_goes_with_no_other_answer(stage: Stage, everywhere: Everywhere) -> None:
    """Given a question with several answers, then *Nej, inget av det här* lets the others go, and they let it go."""
    maryam = await everywhere.patient(stage)
    await maryam.open(everywhere.walked.pages["/interview/{ref}"][0])
    none = maryam.page.locator("input[data-exclusive]")
    other = maryam.page.locator("form#answer input[type=checkbox]:not([data-exclusive])").first
    await other.check()
    await none.check()
    await expect(other).not_to_be_checked()
    await other.check()
    await expect(none).not_to_be_checked()


async def refused(patient: Patient, address: str) -> None:
    """A form sent with nothing in it: the summary of what to change is where one is."""
    patient.foretells("422 POST")
    await patient.open(address)
    async with patient.page.expect_navigation():
        await patient.page.locator(".p-actions button[type=submit]").click()
    await expect(patient.page.locator(".error-summary")).to_be_focused()
    await patient.looks(f"patient, refused at {address}")


async def test_no_page_of_staff_scrolls_sideways(stage: Stage) -> None:
    """Given a desk with all text at 200 %, a tablet, and a small window, then no page is wider than it."""
    visit = await stage.visit("Katarina Örtendal")
    found: list[str] = []
    for address in staff_pages(visit.case.ref):
        await visit.nurse.open(address)
        for size in (ZOOMED, TABLET, SMALLEST):
            await visit.nurse.page.set_viewport_size(size)
            found += await wide(visit.nurse, f"{size['width']} {address}")
    assert not found, "\n".join(found)


async def wide(one: Person, address: str) -> list[str]:
    """What makes the page wider than its window."""
    return [f"{address}: {line}" for line in await axe.scrolls_sideways(one.page)]


# Words that an English page has no use for. Names of people and places are Swedish in every language.
SWEDISH = re.compile(
    r"\b(och|att|inte|är|du|ni|dig|din|ditt|dina|på|för|med|när|som|vård|ärenden?|svar|kö|hem|läst|skickat|"
    r"väntar|besök|klar|avsluta|avslutade|mottagna|anteckning|sjuksköterska|ångra|tillbaka|fråga|nästa|år)\b",
    re.IGNORECASE,
)
KEPT = ("På svenska", "Vårdlots", "Ängsviken", "Ängsvikens", "Lotsvik", "Läkemedelsverket")


async def test_in_english_nothing_is_left_in_swedish(stage: Stage, everywhere: Everywhere) -> None:
    """Given somebody who chooses English, then the pages they need are in English."""
    visit = await stage.visit("Lars Kopparnäs")
    maryam, ylva = await everywhere.patient(stage), visit.nurse
    for one in (maryam, ylva):
        await one.context.add_cookies([{"name": "lang", "value": "en", "url": stage.base}])
    found: list[str] = []
    for address in everywhere.walked.addresses:
        await maryam.open(address)
        found += await swedish(maryam.page, address)
    for address in staff_pages(visit.case.ref):
        await ylva.open(address)
        found += await swedish(ylva.page, address)
    assert not found, "\n".join(found)


async def swedish(page: Page, address: str) -> list[str]:
    """Lines of the page that hold Swedish words. What people wrote is theirs, and a row's fact is of the history, which
    care keeps in Swedish: both are left out."""
    text: str = await page.evaluate(
        """() => {
          const typed = ".msg .bubble, .q-said, .free, .welcome, [lang=sv], .p-row-sub, .c-row .sec, dd, .avatar";
          const whole = [...document.querySelectorAll(typed)].map((one) => one.innerText);
          const said = [...document.querySelectorAll("[aria-label], [placeholder], [data-text-lost]")].flatMap(
            (one) => [one.getAttribute("aria-label"), one.getAttribute("placeholder"), one.dataset.textLost]);
          const read = document.body.innerText.split("\\n").filter((line) => !whole.some((one) => one.includes(line)));
          return [document.title, ...said.filter(Boolean), ...read].join("\\n");
        }"""
    )
    lines = {line.strip() for line in text.splitlines()}
    for name in KEPT:
        lines = {line.replace(name, "") for line in lines}
    return [f"{address}: {line}" for line in sorted(lines) if SWEDISH.search(line)]
