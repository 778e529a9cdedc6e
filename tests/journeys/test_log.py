"""Who has read: a reviewer finds out, draws a sample and signs it; the patient reads the same and takes it home."""

import re

from playwright.async_api import expect
from tests.journeys.people import Nurse, Stage


async def test_a_reviewer_finds_who_has_read_and_signs_a_sample(stage: Stage) -> None:
    """Given a visit, then the reviewer finds it by the member of staff, and a sample is gone through by keyboard."""
    await stage.visit("Pontus Rågsved")
    rune = await reviewer(stage)
    await rune.open("/staff/log")
    await rune.looks("log, nothing asked")
    field = rune.page.get_by_label("Medarbetare")
    await field.press_sequentially("Ylva Ta")
    await expect(rune.page.locator("#staff-options option")).to_have_count(1)
    await field.fill(await rune.page.locator("#staff-options option").get_attribute("value") or "")
    await field.press("Enter")
    await expect(rune.page.get_by_role("cell", name=re.compile("Ylva Tallvik")).first).to_be_visible()
    await expect(rune.page.get_by_role("cell", name=re.compile("Tog emot ärendet")).first).to_be_visible()
    await rune.looks("log, found")

    await rune.page.get_by_role("link", name="Granskningar").click()
    await rune.page.get_by_label("Hur många").fill("2")
    await rune.looks("reviews")
    await rune.presses("Dra stickprovet")
    for place in (1, 2):
        item = rune.page.locator(f"#row-{place}")
        button = item.get_by_role("button", name="Utan anmärkning")
        await button.focus()
        await button.press("Enter")
        await expect(item.locator(".chip-ok")).to_be_visible()
    await rune.looks("review, gone through")
    await rune.page.get_by_label("Vad visade granskningen?").fill("Inget att anmärka på.")
    await rune.presses("Signera")
    await expect(rune.page.get_by_text("Signerad av Rune Lindskär")).to_be_visible()
    await rune.looks("review, signed")
    await rune.open("/staff/log/extract")
    await rune.looks("extract")


async def reviewer(stage: Stage) -> Nurse:
    """Rune, who reviews the region's log."""
    rune = await stage.nurse("Rune Lindskär")
    await rune._is("/staff/sign-in", "Logga in med SITHS")
    await rune.page.wait_for_url(re.compile("/staff"))
    return rune


async def test_the_patient_takes_the_extract_home(stage: Stage) -> None:
    """Given a visit, then whose it was reads who has read, chooses days, and gets a document."""
    visit = await stage.visit("Sven-Olof Grindsjö")
    sven = visit.patient
    await sven.open("/my/log")
    await sven.sees("Ylva Tallvik")
    await sven.looks("who has read")
    await sven.page.get_by_text("Välj vårdgivare och tid").click()
    await sven.looks("who has read, choosing")
    async with sven.page.expect_download() as coming:
        await sven.page.get_by_role("link", name="Spara som pdf").click()
    download = await coming.value
    assert re.fullmatch(r"loggutdrag-\d{4}-\d\d-\d\d\.pdf", download.suggested_filename)
