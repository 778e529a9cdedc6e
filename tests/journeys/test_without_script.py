"""An old phone, a hospital computer with scripts turned off: everything needed still works."""

import re

from playwright.async_api import expect
from tests.journeys.people import BEFORE_QUEUE, SORE_THROAT, Answers, Nurse, Patient, Stage
from tests.journeys.pictures import PHOTO

from vardlots.triage.tests.test_tickets import SIX_WEEKS

SHOULDER: Answers = {
    "gate": ["none"],
    "own_words": "",
    **{name: [value] if value == "none" else value for name, value in SIX_WEEKS.items()},
}


async def test_care_is_sought_and_given_without_script(stage: Stage) -> None:
    """Given a patient and a nurse whose browsers run no script,
    when one seeks care and the other gives it, then every step goes by links and forms."""
    tobias = await stage.patient("Tobias Ripsjö", java_script_enabled=False)
    aino = await stage.nurse("Aino Rautamäki", java_script_enabled=False)
    await tobias.signs_in()
    await the_questions_with_a_picture(tobias)
    case = await tobias.joins_queue()
    await expect(tobias.page.get_by_role("link", name="Läs in på nytt")).to_be_visible()
    await aino.signs_in()
    await aino.open("/staff/drop-in?role=all")
    await aino.takes(case)
    await aino.starts_visit()
    await they_talk(tobias, aino)
    await the_visit_ends(tobias, aino)
    await the_rest_goes_by_forms_too(tobias)


async def the_questions_with_a_picture(tobias: Patient) -> None:
    """Searched for with a slip, read through and changed; a picture of one's own beside the throats."""
    await tobias.open("/care/1")
    await tobias.page.get_by_label("Sök besvär").fill("hlsont")
    await tobias.presses("Sök")
    await tobias.presses("Halsont")
    await tobias.arrives(re.compile(r"/interview/\d+-\d+$"))
    await tobias.answers(SORE_THROAT, until="throat")
    await tobias.page.locator("input[type=file]").set_input_files(PHOTO)
    await tobias.answers_one(SORE_THROAT["throat"])
    await tobias.answers(SORE_THROAT)
    await tobias.presses("Läs igenom svaren")
    await tobias.sees("Ingen i vården har fått dem än.", "Vita prickar eller vit beläggning")
    await tobias.page.get_by_role("link", name=re.compile("^Ändra .*hals")).first.click()
    await tobias.page.get_by_role("button", name="Nästa").click()
    await tobias.arrives(re.compile("/result$"))


async def the_rest_goes_by_forms_too(tobias: Patient) -> None:
    """A ticket is got and declined; an errand is read through and sent."""
    await tobias.begins("Axelbesvär")
    await tobias.answers(SHOULDER)
    await tobias.presses("Hämta bokningsbiljetten")
    for name, value in BEFORE_QUEUE.items():
        await tobias.page.locator(f"label:has(input[name={name}][value={value}])").click()
    await tobias.presses("Hämta bokningsbiljetten")
    await tobias.arrives(re.compile("/my/tickets/"))
    await tobias.page.get_by_text("Jag behöver inte biljetten").click()
    await tobias.page.get_by_text("Jag mår bra igen").click()
    await tobias.presses("Tacka nej till biljetten")
    await tobias.sees(re.compile("^Avböjd"))
    await tobias.open("/services/1")
    await tobias.presses("Fråga till vårdenheten")
    while await tobias.question:
        choices = tobias.page.locator("form#answer input[type=radio]")
        if await choices.count():
            await choices.first.check()
        else:
            await tobias.page.locator("form#answer textarea").fill("Har ni fått svaret?")
        await tobias.goes_on()
        await tobias.page.wait_for_load_state()
    await tobias.presses("Det stämmer")
    await tobias.page.locator("label:has(input[name=interpreter][value=false])").click()
    await tobias.presses("Skicka")
    await tobias.sees(re.compile("^Skickat till"))


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
