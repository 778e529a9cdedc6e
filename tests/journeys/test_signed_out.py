"""The session ends while somebody writes: they read so at once, and what they wrote is there when they are back. Nobody
else ever sees it."""

import re

import pytest
from playwright.async_api import expect
from tests.journeys.people import Person, Stage

pytestmark = pytest.mark.journey

OUT = "Du är utloggad. Logga in igen, texten finns kvar."


async def loses_the_session(person: Person) -> None:
    """As when it has been too long since the last sign of life."""
    person.foretells("401")
    await person.context.clear_cookies(name="session")


async def comes_back(person: Person, way: str) -> None:
    """In at the door that the page points out, and on to where one was."""
    await person.page.get_by_role("link", name="Logga in", exact=True).locator("visible=true").first.click()
    await person.presses(way)
    await person.arrives(re.compile("/demo/identity"))
    await person.says_who()


async def test_a_nurses_note_and_dialog_are_kept(stage: Stage) -> None:
    visit = await stage.visit("Daniel Norrfors")
    ylva = visit.nurse
    place = f"/staff/cases/{visit.case.ref}"
    await ylva.open(f"{place}?tab=note")
    note = ylva.page.locator("form[data-autosave] textarea").first
    await expect(note).to_be_visible()
    await loses_the_session(ylva)
    await note.fill("Ont i halsen sedan i lördags.")
    await ylva.sees(OUT)
    await ylva.looks("signed out, visit")
    await comes_back(ylva, "Logga in med SITHS")
    await ylva.arrives(f"{place}?tab=note")
    await expect(note).to_have_value("Ont i halsen sedan i lördags.")
    await expect(ylva.page.locator("[data-save-state][data-state=saved]")).to_be_visible()

    await ylva.open(place)
    await loses_the_session(ylva)
    dialog = ylva.page.locator("dialog#priority")
    await ylva.page.locator("[data-opens=priority]").first.click()
    await dialog.get_by_role("button", name="Ändra prioritet").click()
    await expect(dialog.get_by_text(OUT)).to_be_visible()
    await ylva.page.keyboard.press("Escape")
    await ylva.sees(OUT)
    await ylva.composer.fill("Jag ringer dig")
    await ylva.composer.press("Enter")
    await ylva.sees(OUT)
    await comes_back(ylva, "Logga in med SITHS")
    await ylva.arrives(place)
    await ylva.reads("Jag ringer dig")
    await visit.patient.reads("Jag ringer dig")


async def test_what_a_patient_adds_is_kept_for_them_alone(stage: Stage) -> None:
    """Given words that were sent too late, when another signs in at the same computer, then they see none of them; and
    whoever wrote them finds them again."""
    nora = await stage.patient("Nora Åvik")
    await nora.signs_in()
    case = await nora.has_sought_care("Halsont")
    more = f"/my/cases/{case.ref}/more"
    box = nora.page.locator("form textarea").first
    for comes in (True, False):
        await nora.open(more)
        await loses_the_session(nora)
        await box.fill("Nu har jag feber också")
        await nora.page.locator("button.btn-main[type=submit]").last.click()
        await nora.sees(OUT)
        await nora.looks("signed out, sent too late")
        if comes:
            await comes_back(nora, "Logga in med e-legitimation")
            await nora.arrives(more)
            await expect(box).to_have_value("Nu har jag feber också")
    assert "feber" in await kept(nora)
    nora.name = "Vanja Dumrath"
    nora.foretells("404")  # the way in leads back to a case that is not hers
    await comes_back(nora, "Logga in med e-legitimation")
    await nora.page.wait_for_load_state()
    await nora.open("/my/profile")
    await expect(nora.page.get_by_role("heading", level=1)).to_be_visible()
    assert "feber" not in await kept(nora)


async def test_an_answer_in_the_interview_is_kept(stage: Stage) -> None:
    jonna = await stage.patient("Jonna Pilryd")
    await jonna.signs_in()
    await jonna.begins("Halsont")
    asked = jonna.page.url
    radio = jonna.page.locator("form#answer input[type=radio], form#answer input[type=checkbox]").first
    await loses_the_session(jonna)
    await radio.check(force=True)
    await jonna.presses("Nästa")
    await jonna.sees(OUT)
    await comes_back(jonna, "Logga in med e-legitimation")
    await jonna.arrives(asked)
    await expect(radio).to_be_checked()


async def kept(person: Person) -> str:
    """Everything that the browser has in its stores."""
    found = await person.page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    return str(found)
