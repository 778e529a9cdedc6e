"""The note in a browser: filled by choice, a diagnosis though misspelt, signed, and gone to the record system."""

import asyncio
import json
import re
from pathlib import Path

from playwright.async_api import expect
from tests.journeys.people import Stage
from tests.journeys.running import Running

ON_ITS_WAY = 20_000  # ms: the job, and the row that tells the page


async def test_a_note_is_written_signed_and_arrives_in_the_record_system(
    stage: Stage, running: Running
) -> None:
    """Given a visit with a picture, when Ylva writes the note from what was said, chooses the picture and presses
    *Signera och exportera*, then the record system has all of it and her page says so by itself."""
    visit = await stage.visit("Rickard Tånglax")
    await visit.patient.sends_picture("Så här ser halsen ut.")
    await visit.nurse.reads("Så här ser halsen ut.")
    ylva, page = visit.nurse, visit.nurse.page
    await ylva.open(f"/staff/cases/{visit.case.ref}?tab=note")

    await page.get_by_text("Hämta ur samtal och formulär").click()
    await page.get_by_role("checkbox", name=re.compile("Så här ser halsen ut")).check()
    await ylva.looks("note, choosing what to put in")
    await ylva.presses("Sätt in i anamnesen")
    await expect(page.get_by_label("Anamnes", exact=True)).to_have_value(
        re.compile(r"Rickard Tånglax: Så här ser halsen ut\.")
    )

    await page.get_by_label("Status", exact=True).fill("Rodnad i svalget.")
    await page.get_by_role("combobox", name="Huvuddiagnos").fill("hasfluss")
    await page.get_by_role("option", name=re.compile("J03.9")).click()
    await page.get_by_role("button", name=re.compile("ZV051")).click()
    await expect(page.get_by_role("checkbox", name=re.compile("ZV051"))).to_be_checked()
    picture = page.get_by_role("group", name="Bilagor till journalsystemet").get_by_role("checkbox")
    await expect(picture).not_to_be_checked()
    await picture.check()
    await ylva.looks("note, about to be signed")
    await ylva.presses("Signera och exportera")
    signed = page.locator("#signed-notes")
    await expect(signed).to_contain_text("signerade")
    # The page was not loaded anew for this: the row of the timeline made it look again.
    await expect(signed).to_contain_text("Framme i journalsystemet", timeout=ON_ITS_WAY)
    await ylva.looks("note, signed and exported")

    names, told = await asyncio.to_thread(_newest, running.records)
    assert {"bundle.json", "note.pdf", "note.txt", "receipt.json"} < set(names)
    assert len(names) == 5
    assert "Rodnad i svalget." in json.dumps(told, ensure_ascii=False)
    async with page.expect_download() as waiting:
        await signed.get_by_role("link", name="PDF").click()
    file = await (await waiting.value).path()
    assert await asyncio.to_thread(lambda: file.read_bytes()[:5]) == b"%PDF-"


def _newest(folder: Path) -> tuple[list[str], object]:
    """The names of the files of the note that came last, and its document."""
    note = max(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    return sorted(path.name for path in note.iterdir()), json.loads(
        (note / "bundle.json").read_text(encoding="utf-8")
    )
