"""Petra and Astrid change Ängsviken's escalation times, in two browsers, and neither loses anything unknowingly."""

from __future__ import annotations

import re
from typing import Any

import pytest_asyncio
from playwright.async_api import Locator, expect
from tests.journeys.people import DESK, Nurse, Stage

MAIN = re.compile("^Spara version")


class Administrator(Nurse):
    """Somebody whose role is to change what is configured."""

    role = "Systemadministratör"

    async def signs_in(self) -> None:
        """Through the way in, the assignment where there are several, and past the shift."""
        await self._is("/staff/sign-in", "Logga in med SITHS")
        await self.page.wait_for_url(re.compile("/staff"))
        if "/assignment" in self.page.url:
            await self.page.get_by_role("radio", name=re.compile(f"^{self.role}")).check()
            await self.presses("Fortsätt")
            await self.page.wait_for_url(re.compile("/staff(/shift|$)"))
        await self.open("/staff/admin")
        await self.arrives("/staff/admin")

    async def goes_to_setting(self, kind: str, unit: str = "") -> None:
        """By the sub-menu, and the unit on top."""
        places = self.page.get_by_role("navigation", name="Inställningar")
        await places.get_by_role("link", name=kind, exact=True).click()
        await expect(self.page.get_by_role("heading", level=1, name=kind)).to_be_visible()
        if unit not in (await self.page.locator(".crumbs").inner_text()):
            await self.page.locator(".filter").first.click()
            await self.page.locator(".topbar").get_by_role("link", name=unit, exact=True).click()
            await expect(self.page.locator(".crumbs")).to_contain_text(unit)

    def minutes(self, priority: int, step: str) -> Locator:
        """A cell of the table."""
        return self.page.get_by_label(re.compile(f"^Prioritet {priority}, {step}"))

    async def writes_why(self, reason: str) -> None:
        """The reason that every change has."""
        await self.page.get_by_label("Varför ändras det?").fill(reason)

    async def has_kept_draft(self) -> None:
        """What is typed has been kept."""
        await expect(self.page.locator("#admin-versions")).to_contain_text("Ditt utkast")


async def administrator(stage: Stage, name: str, role: str, **chosen: Any) -> Administrator:
    """Somebody with a browser of their own."""
    found = Administrator(stage, name, await stage._context(**{"viewport": DESK} | chosen), "Ängsviken")
    found.role = role
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def petra(stage: Stage) -> Administrator:
    """Petra, head of Ängsviken."""
    return await administrator(stage, "Petra Åsnäs", "Verksamhetschef")


@pytest_asyncio.fixture(loop_scope="session")
async def astrid(stage: Stage) -> Administrator:
    """Astrid, who administers the whole region."""
    return await administrator(stage, "Astrid Vassbo", "Systemadministratör")


async def test_two_administrators_and_one_table(petra: Administrator, astrid: Administrator) -> None:
    """Both type at once. Petra saves; Astrid is told at once, sees both's changes, chooses, and saves on top."""
    for one in (petra, astrid):
        await one.signs_in()
        await one.looks("administration")
        await one.goes_to_setting("Eskaleringstider", "Ängsviken")
        await one.looks("escalation")

    await astrid.minutes(2, "Steg 1").fill("41")
    await astrid.minutes(3, "Mål").fill("16")
    await astrid.writes_why("Astrids skäl")
    await astrid.has_kept_draft()
    await expect(astrid.page.locator("#admin-foot-line")).to_have_text(
        "2 ändringar. Inget ändras förrän du sparar."
    )
    await expect(astrid.page.locator("td.course-cell").nth(1).locator(".pin-1")).to_be_visible()
    await petra.sees(re.compile("Astrid Vassbo ändrar också här"))

    await petra.minutes(2, "Steg 1").fill("39")
    await petra.minutes(4, "Steg 2").fill("600")
    await petra.writes_why("Petras skäl")
    await petra.has_kept_draft()
    await petra.looks("escalation, changed")
    await petra.presses(MAIN)
    await petra.sees(re.compile("är sparad och gäller nu"))

    # Astrid has done nothing, and is told; what she has typed stands.
    await astrid.sees(re.compile("Petra Åsnäs sparade version"))
    await expect(astrid.minutes(2, "Steg 1")).to_have_value("41")
    await astrid.presses(MAIN)
    await astrid.sees(re.compile("Ni har ändrat en sak på olika sätt"))
    await astrid.looks("both's changes")
    await astrid.page.get_by_role("radio", name=re.compile("39 min")).check()
    await astrid.presses("Fortsätt med bådas ändringar")
    await expect(astrid.minutes(2, "Steg 1")).to_have_value("39")
    await expect(astrid.minutes(3, "Mål")).to_have_value("16")
    await expect(astrid.minutes(4, "Steg 2")).to_have_value("600")
    await astrid.presses(MAIN)
    await astrid.sees(re.compile("är sparad och gäller nu"))
    await astrid.presses("Jämför")
    await astrid.sees("Prioritet 3, mål för att ta emot")
    await astrid.looks("compare")


async def test_a_table_by_script_and_its_way_back(petra: Administrator) -> None:
    """Rows come and go in place, with the focus on them; the old version becomes a draft again."""
    await petra.signs_in()
    await petra.goes_to_setting("Öppettider", "Ängsviken")
    await petra.looks("opening hours")
    await petra.presses(re.compile("^Lägg till en rad"))
    day = petra.page.get_by_label("Undantag, rad 1, Dag")
    await expect(day).to_be_focused()
    await day.fill("2027-12-24")
    await petra.page.get_by_label("Undantag, rad 1, Varför").fill("Julafton")
    await petra.presses(re.compile("^Lägg till en rad"))
    await petra.page.get_by_label("Undantag, rad 2, Dag").fill("2027-12-31")
    await petra.presses("Flytta upp Undantag, rad 2")
    await expect(petra.page.get_by_label("Undantag, rad 1, Dag")).to_have_value("2027-12-31")
    await expect(petra.page.get_by_label("Undantag, rad 2, Varför")).to_have_value("Julafton")
    await petra.presses("Ta bort Undantag, rad 1")
    await expect(petra.page.get_by_label("Undantag, rad 1, Dag")).to_have_value("2027-12-24")
    await petra.sees(re.compile("Så läser patienten det"))
    await expect(petra.page.locator("#admin-preview")).to_contain_text("Julafton")
    await petra.writes_why("Jul")
    await petra.presses(MAIN)
    await petra.sees(re.compile("är sparad och gäller nu"))
    await petra.page.reload()
    await expect(petra.page.get_by_label("Undantag, rad 1, Varför")).to_have_value("Julafton")


async def test_half_written_things_wait_for_whoever_wrote_them(astrid: Administrator) -> None:
    """A new phrase: half of it, away, back, a fault, and saved; then found, removed, and found among the removed."""
    await astrid.signs_in()
    await astrid.goes_to_setting("Fraser")
    await astrid.looks("phrases")
    await astrid.presses("Lägg till")
    await astrid.page.get_by_label("Namn").fill("Återkommer efter lunch")
    await expect(astrid.page.locator("#admin-drop")).to_be_visible()
    await astrid.open("/staff/admin")
    await astrid.sees("Dina utkast")
    await astrid.looks("administration with a draft")
    await astrid.page.get_by_role("link", name=re.compile("^Fraser: Ny")).click()
    await expect(astrid.page.get_by_label("Namn")).to_have_value("Återkommer efter lunch")
    astrid.foretells("422")
    await astrid.presses("Lägg till")
    await astrid.sees(re.compile("uppgifter behöver ändras"))
    await astrid.looks("a form with faults")
    await astrid.page.get_by_label("Text", exact=True).fill("Hej {patient}. Jag svarar efter lunch.")
    await expect(astrid.page.locator("#admin-preview")).to_contain_text("Hej Elin. Jag svarar efter lunch.")
    await astrid.page.get_by_label("Varför läggs det till?").fill("Önskad av Ängsviken")
    await astrid.presses("Lägg till")
    await astrid.sees("Version 1 är sparad och gäller nu.")

    await astrid.page.keyboard.press("Control+k")
    await expect(astrid.page.get_by_role("searchbox", name="Sök inställning")).to_be_focused()
    await astrid.page.keyboard.type("efter lunch")
    await astrid.page.keyboard.press("Enter")
    await astrid.sees("En träff.")
    await astrid.looks("search")
    await astrid.page.get_by_role("link", name="Återkommer efter lunch").click()
    await astrid.page.get_by_label("Mer").click()
    await astrid.presses("Ta bort")
    await astrid.page.get_by_label("Varför tas den bort?").fill("Ingen använder den")
    await astrid.looks("removal")
    await astrid.presses("Ta bort")
    await astrid.sees(re.compile("Borttagen. Historiken finns kvar"))
    await astrid.presses("En borttagen")
    await astrid.sees("Återkommer efter lunch")


async def test_without_script_and_on_a_phone(stage: Stage) -> None:
    """The same pages in a small window whose scripts are off: typed, kept, refused in words, and saved."""
    phone = {"width": 360, "height": 780}
    gustaf = await administrator(
        stage, "Gustaf Lövhage", "Verksamhetschef", java_script_enabled=False, viewport=phone
    )
    gustaf.has_script = False
    await gustaf.signs_in()
    await gustaf.open("/staff/admin/welcome")
    await gustaf.looks("welcome")
    await gustaf.page.get_by_label("På svenska").fill("Hej {namn}")
    await gustaf.presses("Spara utkast")
    await expect(gustaf.page.locator("#admin-versions")).to_contain_text("Ditt utkast")
    gustaf.foretells("422")
    await gustaf.presses(MAIN)
    await gustaf.sees(re.compile("Skriv varför du ändrar"))
    await expect(gustaf.page.get_by_label("På svenska")).to_have_value("Hej {namn}")
    await gustaf.page.get_by_label("På svenska").fill("Hej {patient}, välkommen till {unit}.")
    await gustaf.writes_why("Vår egen ton")
    await gustaf.presses(MAIN)
    await gustaf.sees("Version 1 är sparad och gäller nu.")
    await gustaf.sees("Hej Elin, välkommen till Strandgatan.")
