"""Elin's medicine runs out in a week; the unit's medical secretary renews the prescription."""

import re

from playwright.async_api import expect
from tests.journeys.people import Answers, Case, Nurse, Patient, Stage

RENEW: Answers = {
    "medicines": "Levaxin 100 mikrogram",
    "left": "week",
    "dose": "same",
    "effects": "none",
    "prescriber": "here",
}


async def sends(patient: Patient) -> Case:
    """From home to *Skickat*."""
    await patient.presses("Administrativa frågor")
    await patient.arrives(re.compile(r"/services/\d+$"))
    await patient.sees("Är du sjuk?")
    await patient.looks("administrative services")
    await patient.presses("Förnya recept")
    await patient.arrives(re.compile(r"/interview/\d+-\d+$"))
    await patient.sees("Är du sjuk?")
    await patient.answers(RENEW)
    await patient.arrives(re.compile("/check$"))
    await patient.sees("Stämmer det här?", "Levaxin 100 mikrogram")
    await patient.looks("errand, read through")
    await patient.presses("Det stämmer")
    await patient.arrives(re.compile("/before$"))
    await patient.sees("Innan du skickar")
    await patient.looks("before the errand is sent")
    await patient.page.locator("label:has(input[name=interpreter][value=false])").click()
    await patient.presses("Skicka")
    await patient.arrives(re.compile(r"/my/cases/\d+-\d+/sent$"))
    await patient.sees("Skickat till Ängsviken")
    await patient.looks("errand sent")
    return Case(patient.page.url.split("/")[-2], "Förnya recept")


async def test_a_patient_renews_a_prescription_and_medical_admin_answers(elin: Patient, stage: Stage) -> None:
    """Given a medicine that lasts a week, when Elin asks for more of it, then it is in the secretary's inbox and not
    in the queue; when she answers, then Elin reads it where she asked."""
    kerstin = await stage.nurse("Kerstin Mossgård")
    await elin.signs_in()
    case = await sends(elin)
    await elin.presses("Till ärendet")
    await elin.sees("Svaret kommer här.")

    await is_at_the_desk(kerstin)
    await kerstin.open("/staff/drop-in")
    await expect(kerstin.row(case)).to_have_count(0)
    await kerstin.goes_to("Asynkrona")
    await expect(kerstin.row(case)).to_contain_text("Administrativt")
    await kerstin.looks("asynkrona, with an errand")
    await kerstin.opens(case)
    await kerstin.sees("Levaxin 100 mikrogram", "Räcker 4–7 dagar")
    await kerstin.presses("Ta emot")
    await kerstin.sees(re.compile("hos dig"))
    await kerstin.says("Receptet är förnyat och finns på apoteket.")
    await elin.reads("Receptet är förnyat och finns på apoteket.")
    await elin.looks("errand answered")
    await kerstin.looks("errand at staff")


async def is_at_the_desk(kerstin: Nurse) -> None:
    """Signed in, with a shift where one is asked for."""
    await kerstin._is("/staff/sign-in", "Logga in med SITHS")
    await kerstin.page.wait_for_url(re.compile("/staff"))
    if "/staff/shift" in kerstin.page.url:
        await kerstin.page.get_by_role("group", name="Skifttyp").get_by_role("radio").first.check(force=True)
        await kerstin.presses("Starta skift")
    await kerstin.arrives("/staff")
