"""Wilma asks her fixed care contact while he is away: whoever stands in answers, and she reads who that is."""

import re

from playwright.async_api import expect
from tests.journeys.people import Answers, Case, Nurse, Patient, Stage
from tests.journeys.test_errand import sends

QUESTION: Answers = {"about": "results", "ill": "no", "question": "När ska jag lämna nästa prov?"}


async def patients_page(nurse: Nurse, name: str) -> None:
    """By name, among those with a case within reach."""
    await nurse.goes_to("Patienter")
    await nurse.page.get_by_label("Personnummer eller namn").fill(name)
    await nurse.presses("Sök", nurse.page.get_by_role("main"))
    await nurse.presses(re.compile(name), nurse.page.get_by_role("main"))
    await nurse.arrives(re.compile(r"/staff/patients/\d+$"))


async def is_away(nurse: Nurse, instead: str) -> None:
    """Today, by one's own settings."""
    await nurse.open("/staff/settings/substitutes")
    await nurse.sees("Ingen frånvaro är inlagd.")
    await nurse.page.get_by_label("Vem svarar?").select_option(label=instead)
    await nurse.presses("Spara")
    await nurse.sees("Borta nu")
    await nurse.looks("substitutes")


async def asks(patient: Patient, who: str) -> Case:
    """From home to *Skickat*, reading on the way who answers."""
    await patient.open("/")
    await patient.presses(re.compile("Fråga din fasta vårdkontakt"))
    await patient.arrives(re.compile(r"/my/contacts/\d+-\d+$"))
    await patient.sees(re.compile(who), re.compile("Räkna med svar senast"))
    await patient.looks("a care contact")
    await patient.presses("Ställ en fråga")
    await patient.arrives(re.compile(r"/interview/\d+-\d+$"))
    await patient.answers(QUESTION)
    await patient.arrives(re.compile("/check$"))
    await patient.sees(re.compile(who))
    await patient.looks("question to a contact, read through")
    await patient.presses("Det stämmer")
    await patient.arrives(re.compile("/before$"))
    await patient.page.locator("label:has(input[name=interpreter][value=false])").click()
    await patient.presses("Skicka")
    await patient.arrives(re.compile(r"/my/cases/\d+-\d+/sent$"))
    return Case(patient.page.url.split("/")[-2], "Fråga till vårdkontakt")


async def test_a_question_to_a_contact_who_is_away_is_answered_by_whoever_stands_in(stage: Stage) -> None:
    """Given that Hamid is Wilma's fixed care contact and away today, when she asks him something, then she reads that
    Ylva answers in his place, it lies with Ylva, and she answers it."""
    wilma = await stage.patient("Wilma Klockhed")
    hamid, ylva = await stage.nurse("Hamid Nordsken"), await stage.nurse("Ylva Tallvik")
    await wilma.signs_in()
    errand = await sends(wilma)

    await hamid.signs_in()
    await hamid.open(f"/staff/cases/{errand.ref}")
    await hamid.says("Receptet är förnyat.")
    await hamid.reads("Receptet är förnyat.")
    await patients_page(hamid, "Wilma Klockhed")
    await hamid.sees("Patienten har ingen fast vårdkontakt och ingen behandlande roll.")
    await hamid.page.locator("#contacts summary").click()
    await hamid.page.get_by_label("Vem ska patienten fråga?").select_option(
        label="Hamid Nordsken, sjuksköterska"
    )
    await hamid.looks("choosing a contact")
    await hamid.presses("Spara kontakten")
    await hamid.sees(re.compile("Fast vårdkontakt, sedan"))
    await hamid.looks("a patient with a contact")
    await is_away(hamid, "Ylva Tallvik")

    case = await asks(wilma, r"Hamid Nordsken är borta .* Ylva Tallvik, sjuksköterska, läser i stället")
    await wilma.sees("Ylva Tallvik läser det du har skickat.")
    await wilma.presses("Till ärendet")
    await wilma.sees("Svaret kommer här.")

    await ylva.signs_in()
    await ylva.goes_to("Asynkrona")
    await expect(ylva.row(case)).to_be_visible()
    await ylva.opens(case)
    await ylva.sees(re.compile("hos dig"), "När ska jag lämna nästa prov?")
    await ylva.says("Kom på tisdag, mellan 8 och 10.")
    await wilma.reads("Kom på tisdag, mellan 8 och 10.")

    await hamid.presses(re.compile("^Ta bort"), hamid.page.locator(".absences"))
    await hamid.sees("Ingen frånvaro är inlagd.")
