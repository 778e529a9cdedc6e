"""A nurse finds a phrase by the keys alone, sends a form, and reads what the patient answers on a phone."""

import re

from playwright.async_api import expect
from tests.journeys.people import DESK, Nurse, Patient, Stage


async def test_a_phrase_and_a_form_from_the_keyboard_to_the_answer(stage: Stage) -> None:
    """Given a visit that has begun, when Ylva sends a phrase and a form, then Magnus answers and she reads it."""
    visit = await stage.visit("Magnus Granhult")
    patient, nurse = visit.patient, visit.nurse
    await she_finds_a_phrase(nurse, patient)
    await an_unfilled_phrase_is_not_sent(nurse)
    await she_sends_a_form(nurse, patient)
    await he_answers_it(patient, nurse)
    await she_reads_it(nurse)
    await she_reads_the_measures(nurse)
    await nurse.open(f"/staff/cases/{visit.case.ref}")
    await nurse.ends(0)


async def she_finds_a_phrase(nurse: Nurse, patient: Patient) -> None:
    """A dash, some letters, the arrows, Enter; Enter once more sends."""
    box, popup = nurse.composer, nurse.page.locator("#phrases")
    await box.focus()
    await nurse.page.keyboard.type("-")
    await expect(popup).to_be_visible()
    await nurse.looks("phrases above the box")
    await nurse.page.keyboard.type("temp")
    await expect(popup.locator("[role=option]:visible")).to_have_count(1)
    await expect(popup.locator("[role=option]:visible mark")).to_have_text("temp")
    await expect(box).to_have_attribute("aria-activedescendant", "phrase-temperature")
    await nurse.page.keyboard.press("Escape")
    await expect(popup).to_be_hidden()
    await expect(box).to_have_value("-temp")
    await box.fill("")
    await nurse.page.keyboard.type("-bild")
    await nurse.page.keyboard.press("Enter")
    await expect(box).to_have_value(re.compile("^En bild skulle hjälpa mig"))
    await expect(patient.page.locator("[data-chat]")).not_to_contain_text("En bild skulle hjälpa mig")
    await nurse.page.keyboard.type(" Tack.")
    await nurse.page.keyboard.press("Enter")
    await patient.sees(re.compile(r"En bild skulle hjälpa mig.*Tack\."))

    # By the mouse: the button, the search, a press.
    await nurse.presses("Fraser")
    search = popup.get_by_role("combobox")
    await expect(search).to_be_focused()
    await search.fill("hej")
    await nurse.looks("phrases, searched")
    await popup.get_by_role("option", name=re.compile("Hej och inledning")).click()
    await expect(box).to_have_value(re.compile(r"^Hej Magnus\. Jag heter Ylva Tallvik och är sjuksköterska"))
    await expect(box).to_be_focused()
    await box.fill("")


async def an_unfilled_phrase_is_not_sent(nurse: Nurse) -> None:
    """What the patient would read in braces comes back with a sentence."""
    nurse.foretells("422 POST")
    await nurse.says("Jag skriver igen {time}.")
    await nurse.sees("Fyll i {time} innan du skickar.")
    await expect(nurse.composer).to_have_value("Jag skriver igen {time}.")
    await nurse.composer.fill("")


async def she_sends_a_form(nurse: Nurse, patient: Patient) -> None:
    """*Formulär*, searched and filtered; the card is there on both sides."""
    await nurse.presses("Formulär")
    dialog = nurse.page.get_by_role("dialog", name="Formulär")
    await expect(dialog).to_be_visible()
    await nurse.looks("forms to send")
    await dialog.get_by_role("searchbox").fill("mått")
    await expect(dialog.locator("[data-form-row]:visible")).to_have_count(1)
    await dialog.get_by_role("radio", name="Ger mätvärden").check()
    await nurse.presses(re.compile("^Skicka Dina mått"), dialog)
    await expect(dialog).to_be_hidden()
    card = nurse.page.locator(".form-card")
    await expect(card).to_contain_text("inte öppnat")
    await expect(patient.page.locator(".form-card")).to_contain_text("4 frågor")
    await patient.looks("chat with a form")


async def he_answers_it(patient: Patient, nurse: Nurse) -> None:
    """One question after the other; the nurse sees how far he has come."""
    await patient.presses(re.compile("^Svara"))
    await expect(nurse.page.locator(".form-card")).to_contain_text("öppnat")
    await patient.sees("Hur mycket väger du?", "Fråga 1 av ungefär 4")
    await patient.looks("form question")
    patient.foretells("422 POST")
    await patient.goes_on()
    await expect(patient.page.locator("[data-focus]")).to_be_focused()
    await patient.looks("form question, refused")
    await patient.page.get_by_role("textbox").fill("72,5")
    await patient.goes_on()
    await expect(nurse.page.locator(".form-card")).to_contain_text("1 av 4")
    await patient.page.get_by_role("textbox").fill("180")
    await patient.goes_on()
    await patient.page.get_by_text("Jag vill eller kan inte svara").click()
    await patient.goes_on()
    await patient.page.get_by_text("Ja", exact=True).click()
    await patient.goes_on()
    await patient.sees("Mätning 1")
    await patient.looks("form group")
    # Back, and the answer stands there; the network is gone, and what was typed stays.
    await patient.page.go_back()
    await expect(patient.page.locator("input[value=true]")).to_be_checked()
    await patient.page.go_forward()
    await patient.page.get_by_label("Övre värdet").fill("128")
    await patient.page.get_by_label("Undre värdet").fill("82")
    await patient.context.set_offline(True)
    await patient.presses("Nästa")
    await expect(patient.page.get_by_label("Övre värdet")).to_have_value("128")
    await patient.context.set_offline(False)
    await patient.goes_on()
    await patient.sees("Läs igenom svaren", "128 mmHg", "Avstår från att svara", "22,4")
    await patient.looks("form, read through")
    await patient.presses("Skicka svaren")
    await patient.sees("Svaren är skickade.")
    await patient.looks("form, sent")
    await patient.presses("Till samtalet", patient.page.locator("footer"))
    await patient.sees(re.compile("Formuläret Dina mått besvarades"))


async def she_reads_it(nurse: Nurse) -> None:
    """*Se svar*: the answers, and what was declined."""
    card = nurse.page.locator(".form-card")
    await expect(card).to_contain_text("Besvarat")
    await expect(card).not_to_contain_text("hittills")
    await nurse.presses(re.compile("^Se svar"), card)
    await nurse.sees("72,5 kg", "Avstår från att svara", "128 mmHg")
    await nurse.looks("form answers")
    await nurse.page.go_back()


async def she_reads_the_measures(nurse: Nurse) -> None:
    """*Mätvärden*: the latest of each kind."""
    await nurse.goes_to_tab("Mätvärden")
    await nurse.sees("72,5", "128/82", "avstår")
    await nurse.looks("measures")


async def test_without_script_phrases_and_forms_work_too(stage: Stage) -> None:
    """A nurse whose browser runs no script inserts a phrase through the page and sends a form through the dialog."""
    visit = await stage.visit("Sofie Tärnby", nurse="Hamid Nordsken")
    plain = await stage.nurse("Hamid Nordsken", viewport=DESK, java_script_enabled=False)
    await plain.signs_in()
    await plain.opens(visit.case)
    await plain.presses("Fraser")
    await plain.page.get_by_role("searchbox").fill("bild")
    await plain.presses(re.compile("^Sök$"))
    await plain.looks("phrases, a page")
    await plain.presses(re.compile("^Infoga"))
    await expect(plain.composer).to_have_value(re.compile("^En bild skulle hjälpa mig"))
    await plain.presses("Formulär")
    await plain.presses(re.compile("^Skicka Alkohol"))
    await plain.sees("Alkohol, tre frågor (AUDIT-C)")
    await expect(visit.patient.page.locator(".form-card")).to_be_visible()
    await visit.nurse.ends(0)
