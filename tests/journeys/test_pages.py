"""Every page in a small window and in large text, in English, and over a slow line."""

import asyncio
import re
from collections.abc import Iterator

from playwright.async_api import Page, Response
from tests.journeys import axe
from tests.journeys.people import SORE_THROAT, Patient, Person, Stage

SMALLEST = {"width": 320, "height": 640}
ZOOMED = {"width": 720, "height": 450}  # 1440 × 900 at 200 %
PAGE_BUDGET = 60_000  # bytes over the wire


def patient_pages(case: str, waiting: str, interview: str) -> Iterator[str]:
    """Every page of a patient."""
    yield from ("/", "/my/cases", "/my/messages", "/my/profile", "/my/log", "/my/sessions", "/emergency")
    yield from ("/care", "/care/1")
    yield from (f"/interview/{interview}", f"/interview/{interview}/leave")
    yield from (f"/my/cases/{case}", f"/my/cases/{case}/answers")
    yield from (f"/my/cases/{waiting}{part}" for part in ("", "/more", "/leave", "/worse", "/answers"))


def staff_pages(case: str) -> Iterator[str]:
    """Every page of the staff's."""
    yield from ("/staff", "/staff/shift", "/staff/sign-out")
    yield from (f"/staff/settings{tab}" for tab in ("", "/hardware", "/notices", "/sessions"))
    yield from (f"/staff/drop-in?role=all&tab={tab}" for tab in ("waiting", "taken", "ended"))
    yield from (f"/staff/async?tab={tab}" for tab in ("inbox", "no-action", "ended"))
    yield from (f"/staff/cases/{case}{part}" for part in ("", "?tab=note", "?tab=earlier", "?tab=answers"))
    yield from (f"/staff/cases/{case}?dialog={name}" for name in ("end", "priority", "release"))


async def begun(patient: Patient) -> str:
    """A second complaint of the same person, at its first question."""
    await patient.begins("Bröstsmärta")
    return patient.page.url.rsplit("/", 1)[1]


async def waits(stage: Stage, name: str) -> tuple[Patient, str]:
    """Somebody in the waiting room."""
    patient = await stage.patient(name)
    await patient.signs_in()
    return patient, (await patient.has_sought_care()).ref


async def test_no_page_scrolls_sideways(stage: Stage) -> None:
    """Given a small phone, and a desk with all text at 200 %, then no page is wider than its window."""
    visit = await stage.visit("Katarina Örtendal")
    katarina, ylva = visit.patient, visit.nurse
    sven, waiting = await waits(stage, "Sven-Olof Grindsjö")
    interview = await begun(katarina)
    await katarina.page.set_viewport_size(SMALLEST)
    await sven.page.set_viewport_size(SMALLEST)
    found: list[str] = []
    for address in patient_pages(visit.case.ref, waiting, interview):
        one = sven if waiting in address else katarina
        await one.open(address)
        found += await wide(one, address)
    for size in (ZOOMED, SMALLEST):
        await ylva.page.set_viewport_size(size)
        for address in staff_pages(visit.case.ref):
            await ylva.open(address)
            found += await wide(ylva, f"{size['width']} {address}")
    assert not found, "\n".join(found)


async def wide(one: Person, address: str) -> list[str]:
    """What makes the page wider than its window."""
    return [f"{address}: {line}" for line in await axe.scrolls_sideways(one.page)]


async def test_every_page_passes_axe_in_a_small_window(stage: Stage) -> None:
    """Given the pages that no other story passes, then axe finds nothing on them either."""
    katarina, waiting = await waits(stage, "Maryam Tavakol")
    for address in ("/my/profile", "/my/log", "/my/sessions", "/my/messages", "/emergency"):
        await katarina.open(address)
        await katarina.looks(address)
    for part in ("more", "leave", "worse"):
        await katarina.open(f"/my/cases/{waiting}/{part}")
        await katarina.looks(part)
    interview = await begun(katarina)
    await katarina.open(f"/interview/{interview}/leave")
    await katarina.looks("leaving the questions")


# Words that an English page has no use for. Names of people and places are Swedish in every language.
SWEDISH = re.compile(
    r"\b(och|att|inte|är|du|ni|dig|din|ditt|dina|på|för|med|när|som|vård|ärenden?|svar|kö|hem|läst|skickat|"
    r"väntar|besök|klar|avsluta|avslutade|mottagna|anteckning|sjuksköterska|ångra|tillbaka|fråga|nästa|år)\b",
    re.IGNORECASE,
)
KEPT = ("På svenska", "Vårdlots", "Ängsviken", "Ängsvikens", "Lotsvik", "Läkemedelsverket")


async def test_in_english_nothing_is_left_in_swedish(stage: Stage) -> None:
    """Given somebody who chooses English, then the pages they need are in English."""
    visit = await stage.visit("Lars Kopparnäs")
    lars, ylva = visit.patient, visit.nurse
    sven, waiting = await waits(stage, "Anna-Lena Bromarv")
    interview = await begun(lars)
    for one in (lars, sven, ylva):
        await one.context.add_cookies([{"name": "lang", "value": "en", "url": stage.base}])
    found: list[str] = []
    for address in patient_pages(visit.case.ref, waiting, interview):
        one = sven if waiting in address else lars
        await one.open(address)
        found += await swedish(one.page, address)
    for address in staff_pages(visit.case.ref):
        await ylva.open(address)
        found += await swedish(ylva.page, address)
    assert not found, "\n".join(found)


async def swedish(page: Page, address: str) -> list[str]:
    """Lines of the page that hold Swedish words. What people wrote is theirs: messages are left out."""
    text: str = await page.evaluate(
        """() => {
          const typed = ".msg .bubble, .free, .welcome, [lang=sv], .p-row-sub, .c-row .sec, dd, .avatar";
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


async def test_a_patients_page_weighs_little(stage: Stage) -> None:
    """Given an empty cache and a slow line, then what a page needs to be shown and used (fonts and pictures aside) is
    below 60 kB over the wire."""
    hannu, ylva = await stage.patient("Hannu Jokelainen"), await stage.nurse("Ylva Tallvik")
    heavy: dict[str, int] = {}

    async def weigh(what: str, address: str = "") -> None:
        heavy[what] = await weight(hannu, address or hannu.page.url)

    await asyncio.gather(hannu.signs_in(), ylva.signs_in())
    await weigh("home", "/")
    await weigh("units", "/care")
    await hannu.begins("Halsont")
    await weigh("question")
    await hannu.answers(SORE_THROAT)
    await weigh("result")
    case = await hannu.joins_queue()
    await weigh("waiting room")
    await ylva.opens(case)
    await ylva.presses(re.compile("^Ta emot"))
    await ylva.starts_visit()
    await weigh("chat")
    print(heavy)
    assert max(heavy.values()) < PAGE_BUDGET, heavy


async def weight(patient: Patient, address: str) -> int:
    """Bytes over the wire of the page itself, its styles and its scripts, by a browser that has never been there."""
    fresh = await patient.stage.browser.new_context(
        base_url=patient.stage.base, storage_state=await patient.context.storage_state()
    )
    answers: list[Response] = []
    fresh.on("response", lambda one: answers.append(one))
    page = await fresh.new_page()
    await page.goto(address)
    await asyncio.sleep(0.4)  # modules that the page fetches when it needs them
    counted = [one for one in answers if one.request.resource_type in ("document", "stylesheet", "script")]
    sizes = [await one.request.sizes() for one in counted if "/live" not in one.url]
    await fresh.close()
    return sum(one["responseBodySize"] for one in sizes)
