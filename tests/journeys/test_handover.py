"""A visit handed over from a nurse to the physicians: declined, asked anew, accepted; everybody sees it at once."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import Locator, expect
from tests.journeys.people import DESK, Case, Nurse, Patient, Stage


class Physician(Nurse):
    """A member of staff who works as a physician."""

    async def signs_in(self) -> None:
        """Through the way in, the assignment where there are several, and the shift."""
        await self._is("/staff/sign-in", "Logga in med SITHS")
        await self.page.wait_for_url(re.compile("/staff"))
        if "/assignment" in self.page.url:
            await self.page.get_by_role("radio", name=re.compile(f"^Läkare, {self.unit}")).check()
            await self.presses("Fortsätt")
            await self.page.wait_for_url(re.compile("/staff(/shift|$)"))
        if "/staff/shift" in self.page.url:
            await self.page.get_by_role("radio", name=re.compile(f"^Läkare, {self.unit}")).first.check(
                force=True
            )
            await self.page.get_by_role("group", name="Skifttyp").get_by_role("radio").first.check(force=True)
            await self.presses("Starta skift")
        await self.arrives("/staff")


async def physician(stage: Stage, name: str) -> Physician:
    """Somebody at a desk of their own."""
    return Physician(stage, name, await stage._context(viewport=DESK), "Ängsviken")


def banner(person: Nurse) -> Locator:
    """What stands above the conversation."""
    return person.page.locator("#visit-handover")


async def asks(nurse: Nurse, *, message: str) -> None:
    """*Lämna över besök* to the physicians, by the tree, as urgent as 2."""
    await nurse.presses(re.compile("^Lämna över$"), nurse.page.locator("#visit-foot"))
    dialog = nurse.page.get_by_role("dialog", name="Lämna över besök")
    await expect(dialog).to_be_visible()
    role = dialog.get_by_role("treeitem", name=re.compile("^Läkare")).first
    if await role.get_attribute("aria-expanded") == "false":
        await role.click()
    await dialog.get_by_role("treeitem", name="Alla i rollen").locator("visible=true").first.click()
    await dialog.get_by_label("Prioritet").select_option("2")
    await dialog.get_by_label("Varför?").select_option("other_competence")
    await dialog.get_by_label(re.compile("^Meddelande")).fill(message)
    await nurse.looks("dialog, hand over")
    await nurse.presses("Slutför", dialog)
    await expect(banner(nurse)).to_contain_text("Synk överlämning till Läkare")


async def test_a_nurse_hands_over_to_the_physicians(stage: Stage) -> None:
    """Given a visit with a nurse, when she asks the physicians to take it over, then a physician who looks on reads so
    without reloading; declined, the nurse reads why; asked anew and accepted, the visit is the physician's, and the
    patient reads who has it."""
    visit = await stage.visit("Ulrika Nyckelby")
    ylva, patient, case = visit.nurse, visit.patient, visit.case
    olle = await physician(stage, "Olle Fjärdvik")
    await olle.signs_in()
    await olle.opens(case)
    await olle.sees("Ylva Tallvik har ärendet. Du kan läsa.")
    await patient.says("Halsen är svullen på ena sidan.")
    await ylva.reads("Halsen är svullen på ena sidan.")

    # How long the patient has waited is told as it is when the dialog opens.
    async with ylva.page.expect_response(re.compile("/parts/pause-urgent$"), timeout=10_000):
        await ylva.presses("Pausa", ylva.page.locator("#visit-foot"))
    await ylva.page.keyboard.press("Escape")
    await asks(ylva, message="Ensidig svullnad. Behöver läkarbedömning i dag.")
    await it_is_offered(olle, patient)
    await it_is_declined(olle, ylva)
    await asks(ylva, message="Kan du titta efter lunch?")
    await it_is_accepted(olle, ylva, patient, case)
    await olle.ends(0)


async def it_is_offered(olle: Physician, patient: Patient) -> None:
    """Live: who asks, what they say, the case in short, and why there is no box to write in yet."""
    await expect(banner(olle)).to_contain_text(
        "Ylva Tallvik: ”Ensidig svullnad. Behöver läkarbedömning i dag.”"
    )
    await olle.sees("Ylva har ansvaret tills någon accepterar.")
    await olle.sees(re.compile("Du kan skriva till .+ när du har accepterat"))
    await olle.page.get_by_text("Ärendet i korthet").click()
    await expect(banner(olle)).to_contain_text("”Halsen är svullen på ena sidan.”")
    await olle.looks("a handover that is offered")
    await patient.sees(re.compile("har bett en kollega ta över besöket"))


async def it_is_declined(olle: Physician, ylva: Nurse) -> None:
    """With a reason that the one who asked reads."""
    await olle.presses("Avböj", banner(olle))
    dialog = olle.page.get_by_role("dialog", name="Avböj överlämningen")
    await expect(dialog).to_be_visible()
    await olle.looks("dialog, decline")
    await dialog.get_by_label("Varför?").fill("Jag är på mottagning till 13.")
    await olle.presses("Avböj", dialog)
    await expect(banner(ylva)).to_contain_text("Olle Fjärdvik avböjde överlämningen")
    await expect(banner(ylva)).to_contain_text("”Jag är på mottagning till 13.”")
    await expect(ylva.composer).to_be_visible()


async def it_is_accepted(olle: Physician, ylva: Nurse, patient: Patient, case: Case) -> None:
    """By the key A; the nurse may read, and the patient reads who has the visit."""
    await expect(banner(olle)).to_contain_text("Kan du titta efter lunch?")
    await olle.page.locator("h1").first.click()
    await olle.page.keyboard.press("a")
    await expect(olle.composer).to_be_visible()
    await asyncio.gather(
        patient.sees(re.compile("Olle Fjärdvik.*tog över besöket")),
        ylva.sees("Olle Fjärdvik har ärendet. Du kan läsa."),
    )
    await olle.says("Hej, jag heter Olle och är läkare.")
    await patient.reads("Hej, jag heter Olle och är läkare.")
    assert case.ref in olle.page.url
