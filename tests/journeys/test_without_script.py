"""An old phone, a hospital computer with scripts turned off: everything needed still works."""

import re

from playwright.async_api import expect
from tests.journeys.people import SORE_THROAT, Nurse, Patient, Stage


async def test_care_is_sought_and_given_without_script(stage: Stage) -> None:
    """Given a patient and a nurse whose browsers run no script,
    when one seeks care and the other gives it, then every step goes by links and forms."""
    tobias = await stage.patient("Tobias Ripsjö", java_script_enabled=False)
    aino = await stage.nurse("Aino Rautamäki", java_script_enabled=False)
    for one in (tobias, aino):
        one.has_script = False
    await tobias.signs_in()
    case = await tobias.seeks_care("Halsont", SORE_THROAT)
    await aino.signs_in()
    await aino.open("/staff/drop-in?role=all")
    await aino.takes(case)
    await aino.starts_visit()
    await they_talk(tobias, aino)
    await the_visit_ends(tobias, aino)


async def they_talk(tobias: Patient, aino: Nurse) -> None:
    """Each reads the page anew; a message that is refused stays in its box."""
    await tobias.page.reload()
    await tobias.sees(re.compile("Jag heter Aino"))
    await sends(tobias, "Hej, det gör ont.")
    await tobias.reads("Hej, det gör ont.")
    await aino.page.reload()
    await aino.reads("Hej, det gör ont.")
    await sends(aino, "Drick något kallt.")
    await tobias.page.reload()
    await tobias.reads("Drick något kallt.")
    tobias.foretells("response: 422")
    await sends(tobias, "")
    await tobias.looks("chat, refused without script")
    assert (await aino.conversation())[-2:] == ["Hej, det gör ont.", "Drick något kallt."]


async def the_visit_ends(tobias: Patient, aino: Nurse) -> None:
    """The dialog is a page of its own; the note finds its diagnosis by a button."""
    await aino.presses(re.compile("^Avsluta besök"), aino.page.locator("#visit-foot"))
    await aino.arrives(re.compile(r"dialog=end"))
    dialog = aino.page.locator("dialog#end")
    await dialog.locator("label:has(input[value='7'])").click()
    await aino.presses("Avsluta besök", dialog)
    await aino.arrives(re.compile("tab=note"))
    await aino.page.get_by_label("Bedömning", exact=True).fill("Halsfluss.")
    await aino.page.get_by_label("Huvuddiagnos").fill("tonsillit")
    field = aino.page.locator(".field").filter(has=aino.page.locator("#note-main"))
    await aino.presses("Sök", field)
    await field.get_by_role("button", name=re.compile("J03")).first.click()
    await expect(aino.page.get_by_label("Huvuddiagnos")).to_have_value(re.compile("J03"))
    await expect(aino.page.get_by_label("Bedömning", exact=True)).to_have_value("Halsfluss.")
    await aino.presses("Signera")
    await aino.sees(re.compile("Aino Rautamäki signerade"))
    await tobias.page.reload()
    await tobias.sees(re.compile(r"Du kan skriva här till"))


async def sends(one: Patient | Nurse, text: str) -> None:
    """Write and press; the page comes back."""
    await one.composer.fill(text)
    async with one.page.expect_navigation():
        await one.page.locator("form[data-composer] button[type=submit]").click()
