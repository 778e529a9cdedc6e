"""Cases that another provider should have (E4): only text crosses, with the patient's consent; the visit ends where it
was when the patient has read, and begins anew where it goes on. Each heading of the manual is a part of a story."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

from playwright.async_api import expect
from tests.journeys.consulting import (
    accepts,
    answers,
    ends_consultation,
    has_a_phone,
    looks_both,
    opens_from_list,
    opens_konsultera,
    phone_shows,
)
from tests.journeys.moved import case_of, house
from tests.journeys.people import Nurse, Patient, Stage, Visit
from tests.journeys.running import Running

from vardlots.cases.referring.jobs import due, end
from vardlots.cases.turn import House
from vardlots.platform import clock

PHONE_THERE = "+46701740699"
THERE = "Norrhamns läkarhus"
CHOSEN = "Det började i måndags efter en resa."
SECRET = "Det här skrev jag bara till er."
TOLD = re.compile("Vi har lämnat över ditt ärende till Norrhamns läkarhus AB")
A_MOMENT = timedelta(minutes=2, seconds=2)
FOUR_HOURS = timedelta(hours=4, seconds=2)
NURSES = "Sjuksköterska"


async def selma_at(stage: Stage) -> Nurse:
    """The nurse at the other provider, with her list in front of her."""
    selma = await stage.nurse("Selma Brännskär", unit=THERE)
    await selma.signs_in()
    await selma.goes_to("Konsultationer")
    return selma


async def both_have_written(visit: Visit) -> None:
    """Two messages of the patient's, of which one is to travel; then the patient leaves the conversation."""
    for text in (CHOSEN, SECRET):
        await visit.patient.says(text)
        await visit.nurse.reads(text)
    await visit.patient.open("/")


async def test_a_case_goes_on_at_another_provider(running: Running, stage: Stage) -> None:
    """Överlämna ett ärende till annan vårdgivare via konsultation, Ta emot ärenden från annan vårdgivare via
    konsultation.

    Given a visit that another provider should have, when Ylva hands it over with the patient's yes, then the patient
    reads where the care goes on and her visit ends by itself; Selma reads the text and nothing else, accepts, answers,
    begins an asynchronous chat, and sees that the patient has read before she ends it."""
    visit, selma = await asyncio.gather(stage.visit("Omar Jibril"), selma_at(stage))
    ylva, patient, ref = visit.nurse, visit.patient, visit.case.ref
    await both_have_written(visit)
    async with house(running) as at:
        await has_a_phone(at, head="Viktor Norrhamra", unit=THERE, phone=PHONE_THERE)
        await she_hands_it_over(ylva)
        await the_patient_reads(patient, ylva, ref)
        with clock.shifted(A_MOMENT):
            await end(at, {"ref": ref, "n": await message_of(at, ref)})
        await ylva.sees(re.compile("Vården fortsätter hos|fortsätter hos Norrhamns läkarhus"))
        await expect(ylva.composer).to_have_count(0)
        await patient.sees(re.compile("Vården fortsätter hos"))
    shown = await phone_shows(stage, PHONE_THERE, re.compile("^Norrhamns läkarhus: En konsultation"))
    assert "Jibril" not in shown
    address = await she_reads_the_text_and_nothing_else(selma, ref)
    await accepts(selma)
    await answers(selma, "Vi tar över. Ni kan avsluta hos er.")
    await she_begins_anew(selma, patient)
    await ylva.open(address)
    await ylva.sees("Vi tar över. Ni kan avsluta hos er.", re.compile("startade en ny chatt med patienten"))
    await ends_consultation(ylva)
    await selma.open(address)
    await ends_consultation(selma)


async def message_of(at: House, ref: str) -> int:
    """The number of the message that told the patient."""
    n = (await case_of(at, ref)).referred_n
    assert n is not None
    return n


async def she_hands_it_over(ylva: Nurse) -> None:
    """The steps of the sender, on one page: receiver, consent, message, what travels, *Skicka*."""
    page = ylva.page
    address = page.url.split("?")[0]
    await ylva.open(f"{address}/refer")
    form = page.locator("#refer-form")
    await looks_both(ylva, "hand over to another provider")
    await form.get_by_label("Vårdgivare").select_option(label="Norrhamns läkarhus AB")
    await expect(form.get_by_label("Resurs")).to_be_visible()
    await form.get_by_label("Resurs").select_option(label=NURSES)
    await expect(form.get_by_label("Det här läser patienten")).to_have_value(TOLD)
    ylva.foretells("response: 422")
    await ylva.presses("Skicka", form)
    await ylva.sees("Fråga patienten. Utan ett ja kan ärendet inte lämnas över.")
    await looks_both(ylva, "hand over to another provider, refused")
    await form.get_by_label("Ja, ärendet får lämnas över").check()
    await form.get_by_label("Vem sa ja?").select_option(index=1)
    await form.get_by_label("Hur fick du svaret?").select_option(label="I chatten")
    await form.get_by_role("checkbox", name=re.compile(re.escape(CHOSEN))).check()
    await ylva.presses("Lägg in i texten", form)
    travels = form.get_by_label("Exakt det här går över")
    await expect(travels).to_have_value(re.compile(re.escape(CHOSEN)))
    assert SECRET not in await travels.input_value()
    await looks_both(ylva, "hand over to another provider, ready")
    await ylva.presses("Skicka", form)
    await ylva.arrives(re.compile(r"/staff/cases/\d+-\d+$"))
    await expect(page.locator("#visit-leaving")).to_contain_text("Går vidare till Norrhamns läkarhus AB")
    await looks_both(ylva, "visit that goes on elsewhere")


async def the_patient_reads(patient: Patient, ylva: Nurse, ref: str) -> None:
    """On the phone; the sender sees it at once."""
    await patient.open(f"/my/cases/{ref}")
    await patient.sees(TOLD)
    await patient.looks("conversation, goes on elsewhere")
    await expect(ylva.page.locator("#visit-leaving")).to_contain_text("Patienten har läst")


async def she_reads_the_text_and_nothing_else(selma: Nurse, ref: str) -> str:
    """Step 1 of the receiver: it came by itself; no visit is with it, and the visit's address leads nowhere. Returns
    the consultation's address."""
    row = selma.page.locator("[data-row]").filter(has_text="Från Ängsviken, Region Lotsvik").first
    await expect(row).to_be_visible()
    address = await row.get_by_role("link").first.get_attribute("href") or ""
    await opens_from_list(selma, address)
    await selma.sees(re.compile(re.escape(CHOSEN)), re.compile("samtyckte"))
    await looks_both(selma, "consultation, from another provider")
    page = await selma.page.content()
    for secret in (SECRET, f"/staff/cases/{ref}", "Relaterade besök", "Gå till besök"):
        assert secret not in page, secret
    selma.foretells(f"response: 404 GET {selma.stage.base}/staff/cases/{ref}")
    gone = await selma.page.goto(f"/staff/cases/{ref}")
    assert gone
    assert gone.status == 404
    await selma.open(address)
    return address


async def she_begins_anew(selma: Nurse, patient: Patient) -> None:
    """Steps 3 to 9 of the receiver: *Ny asynkron chatt*, *Sökorsak*, *Nästa*, *Slutför*, *Gå till besök*, the message,
    and the mark that it was read."""
    await selma.presses("Starta ny asynkron chatt")
    await registers(selma)
    await expect(selma.page.locator("#reason_q")).to_have_value("Halsont")
    await looks_both(selma, "new asynchronous chat")
    await selma.presses("Nästa")
    await looks_both(selma, "new asynchronous chat, last step")
    await selma.presses("Slutför")
    await selma.sees("Chatten är öppen")
    await selma.looks("new asynchronous chat, open")
    await they_talk(selma, patient)


async def registers(selma: Nurse) -> None:
    """The patient is new at this provider: their consent to be registered here is asked for first."""
    await selma.sees("Lägg till patient")
    await looks_both(selma, "register from a consultation")
    await selma.page.get_by_label("Personen samtycker till att registreras här").check()
    await selma.page.get_by_role("radio", name=re.compile("telefon", re.IGNORECASE)).check()
    await selma.presses("Lägg till")


async def they_talk(selma: Nurse, patient: Patient) -> None:
    """*Gå till besök*, a message, and *Läst* once the patient has it in front of them."""
    await selma.presses("Gå till besök")
    await selma.arrives(re.compile(r"/staff/cases/\d+-\d+$"))
    ref = selma.page.url.rsplit("/", 1)[1]
    await selma.says("Hej, jag heter Selma. Hur mår du i dag?")
    await selma.reads("Hej, jag heter Selma. Hur mår du i dag?")
    await patient.open("/")
    await patient.page.locator(f"a[href*='/my/cases/{ref}']").first.click()
    await patient.reads("Hej, jag heter Selma. Hur mår du i dag?")
    await expect(selma.bubble("Hej, jag heter Selma. Hur mår du i dag?")).to_contain_text("Läst")
    await patient.says("Bättre, tack.")
    await selma.reads("Bättre, tack.")


async def test_a_patient_who_does_not_read_is_telephoned(running: Running, stage: Stage) -> None:
    """Överlämna ett ärende till annan vårdgivare via konsultation, step 1: the patient who does not read.

    Given a visit on its way elsewhere, when the time to read is over, then Ylva's visit and her start page say that the
    patient is to be telephoned; what the patient then writes keeps the visit open until she ends it."""
    visit = await stage.visit("Hannu Jokelainen")
    ylva, patient, ref = visit.nurse, visit.patient, visit.case.ref
    await both_have_written(visit)
    await she_hands_it_over(ylva)
    async with house(running) as at:
        with clock.shifted(FOUR_HOURS):
            await due(at, {"ref": ref, "n": await message_of(at, ref)})
    await ylva.open("/staff")
    await expect(ylva.page.locator("#told")).to_contain_text(re.compile("ring", re.IGNORECASE))
    await ylva.opens(visit.case)
    await patient.open(f"/my/cases/{ref}")
    await patient.says("Jag undrar en sak först.")
    await expect(ylva.page.locator("#visit-leaving")).to_contain_text("Patienten har svarat")
    await ylva.reads("Jag undrar en sak först.")
    await ylva.ends(0)


async def test_a_question_with_text_alone_and_a_chat_found_by_the_number(stage: Stage) -> None:
    """Överlämna ett ärende till annan vårdgivare via konsultation, steps 3 to 9, and Ta emot ärenden från annan
    vårdgivare via konsultation, steps 3 to 7 by search.

    Given a visit, when Ylva chooses another provider under *Konsultera*, then no visit can go along and she reads
    exactly what is sent before it is; Selma registers the patient by the number, *Nytt*, *Asynkront*, and writes."""
    visit, selma = await asyncio.gather(stage.visit("Abdirahman Warfaa"), selma_at(stage))
    ylva, patient = visit.nurse, visit.patient
    form = await opens_konsultera(ylva)
    await form.get_by_label("Vårdgivare").select_option(label="Norrhamns läkarhus AB")
    await ylva.sees("En annan vårdgivare får bara text. Relaterade besök och filer följer inte med.")
    await expect(form.locator("#related")).to_have_count(0)
    await form.locator("select[name=resource]").select_option(label=NURSES)
    await ylva.presses("Ärendet hör till er, med anamnes", form)
    await expect(form.get_by_label("Problemförklaring")).to_have_value(re.compile("Hej. En patient har sökt"))
    await looks_both(ylva, "konsultera, another provider")
    await form.get_by_label("Patienten samtycker till att det här skickas").check()
    await form.get_by_label("Vem sa ja?").select_option("patient")
    await form.get_by_label("Hur?").select_option("phone")
    ylva.foretells("response: 422")
    await ylva.presses("Granska och skicka", form)
    await ylva.sees("Skriv patientens namn.")
    await form.get_by_label("Patientens namn").fill("Abdirahman Warfaa")
    await form.get_by_label("Personnummer").fill(await ylva.page.locator(".begin-who .mono").inner_text())
    await ylva.presses("Granska och skicka", form)
    await expect(ylva.page.get_by_role("heading", name="Det här skickas")).to_be_visible()
    await ylva.sees("Följer inte med", "Norrhamns läkarhus, sjuksköterska")
    await looks_both(ylva, "konsultera, what is sent")
    await ylva.presses("Skicka")
    await ylva.arrives(re.compile(r"/staff/consultations/\d+-\d+$"))
    address = ylva.page.url.split(stage.base)[1]
    await opens_from_list(selma, address)
    number = await selma.page.locator(".con-head .mono").inner_text()
    await accepts(selma)
    await answers(selma, "Vi har tagit emot.")

    await selma.goes_to("Patienter")
    await selma.page.get_by_label("Personnummer eller namn").fill(number)
    await selma.presses("Sök", selma.page.locator("form.find-patient"))
    await selma.page.locator("#main").get_by_role("link", name="Lägg till patient").last.click()
    await selma.page.get_by_label("Personnummer").fill(number)
    await selma.presses("Fortsätt")
    await registers(selma)
    await selma.page.locator("summary", has_text="Nytt").click()
    await looks_both(selma, "nytt")
    await selma.presses(re.compile("^Asynkront"))
    await selma.page.locator("#reason_q").press_sequentially("Halso", delay=20)
    await selma.page.get_by_role("option", name="Halsont").click()
    await selma.presses("Nästa")
    await selma.presses("Slutför")
    await they_talk(selma, patient)
    await ylva.sees("Vi har tagit emot.")
    await ends_consultation(ylva)
    await ylva.opens(visit.case)
    await ylva.ends(0)
