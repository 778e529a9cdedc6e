"""Konsultationer från 1177 på telefon: who does not use the service is handed over to their unit, which cannot decline
(rows E3, E5, I4); who does use it gets a ticket to book with."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import date, time, timedelta

import asyncpg
from playwright.async_api import expect
from tests.journeys.booked import staff_of, times
from tests.journeys.consulting import (
    accepts,
    answers,
    ends_consultation,
    has_a_phone,
    looks_both,
    opens_from_list,
    phone_shows,
)
from tests.journeys.moved import house
from tests.journeys.people import SORE_THROAT, Answers, Nurse, Stage
from tests.journeys.running import ALWAYS, Running

from vardlots.platform import clock

TELEPHONE = "1177 på telefon"
# A visit in person with a physician, in a priority that is booked.
BRIEF: Answers = {
    "gate": ["none"],
    "onset": "earlier",
    "character": "movement",
    "pain": "3",
    "with": ["none"],
    "exertion": "no",
    "length": "minutes",
    "injury": "no",
    "fever": "no",
    "risk": ["none"],
    "pregnant": "no",
    "own_words": None,
}
HISTORY = "Det sticker till när hon vrider sig."


async def somebody_calls(nurse: Nurse, number: str) -> None:
    """*Lägg till patient* with the yes that was said on the phone."""
    await nurse.open("/staff/patients/new")
    await nurse.page.get_by_label("Personnummer").fill(number)
    await nurse.presses("Fortsätt", nurse.page.locator("main"))
    await nurse.page.get_by_role("checkbox", name="Personen samtycker till att registreras här").check()
    await nurse.page.get_by_role("radio", name=re.compile("telefon", re.I)).check(force=True)
    await nurse.presses("Lägg till", nurse.page.locator("main"))
    await nurse.arrives(re.compile(r"/staff/patients/\d+(\?.*)?$"))


async def triages(nurse: Nurse, complaint: str, given: Answers) -> None:
    """*Assisterad triage* from the patient's page to the outcome."""
    page = nurse.page
    await page.get_by_role("link", name="Assisterad triage").click()
    await nurse.arrives(re.compile(r"/assisted$"))
    await page.get_by_label("Nummer att ringa upp på").fill("070-174 06 12")
    await page.get_by_role("button", name=re.compile(f"^{complaint}")).first.click()
    await nurse.arrives(re.compile(r"/staff/assisted/\d+-\d+$"))
    for _ in range(40):
        await page.wait_for_load_state()
        form = page.locator("form[data-answer-now]")
        if not await form.count():
            break
        asked = await form.locator("input[name=question]").get_attribute("value") or ""
        answer = given[asked]
        for one in [answer] if isinstance(answer, str) else answer or []:
            choice = form.locator(f"label:has(input[value='{one}'])")
            if await choice.count():
                await choice.click()
            else:
                await form.locator("[name=answer]").fill(one)
        async with page.expect_navigation():
            await form.get_by_role("button", name=re.compile("^Nästa")).click()
    await nurse.arrives(re.compile("/outcome$"))
    await nurse.sees("Triagens utfall")


async def hands_over(nurse: Nurse) -> None:
    """*Lämna över*, which comes first for whoever is not digital."""
    first = nurse.page.locator(".endings button").first
    await expect(first).to_have_text(re.compile("Lämna över"))
    await first.click()
    await nurse.arrives(re.compile("/done$"))
    await nurse.sees("Överlämnat till enheten")


async def newest(nurse: Nurse, complaint: str) -> str:
    """The consultation's address, from *Skickade* of whoever sent it."""
    await nurse.open("/staff/consultations?tab=sent")
    found = nurse.page.locator(".con-list .c-row a.c-name", has_text=complaint).first
    address = await found.get_attribute("href")
    assert address
    return address


async def cannot_be_declined(nurse: Nurse, address: str) -> None:
    """There is no button, and the address refuses."""
    await nurse.sees(
        "Från 1177 på telefon.",
        "Patienten är redan bedömd. Ärendet är överlämnat till er och kan inte avböjas.",
    )
    await expect(nurse.page.get_by_text("Avböj", exact=True)).to_have_count(0)
    token = await nurse.page.locator("#consultation input[name=_csrf_token]").first.get_attribute("value")
    refused = await nurse.context.request.post(
        f"{address}/decline", form={"_csrf_token": token or "", "reason": "Vi hinner inte."}, max_redirects=0
    )
    assert refused.status == 403
    await nurse.page.reload()
    await expect(nurse.page.get_by_role("button", name="Ta emot och starta konsultation")).to_be_visible()


async def test_a_physicians_visit_goes_to_the_nurse_who_books_it(stage: Stage, running: Running) -> None:
    """Konsultationer från 1177 på telefon.

    Given somebody who does not use the service and who calls, when 1177 has triaged to a physician's
    visit in person of priority 6 to 11, then the nurse at their own unit gets it, says why, and cannot decline; she
    accepts, reads what triage came to through *Gå till besök*, books a time, answers and ends."""
    pekka = await stage.nurse("Pekka Saarimaa", unit=TELEPHONE)
    ingrid = await stage.nurse("Ingrid Stensö", unit="Strandgatan")
    await asyncio.gather(pekka.signs_in(), ingrid.signs_in())
    async with house(running) as at:
        by = await staff_of(at, "Ingrid Stensö", "Strandgatan")
        day = clock.today() + timedelta(days=3)
        await times(
            at, by=by, day=day, begins=time(9), role="physician", time_type="physician_visit", name="Läkare"
        )
    await ingrid.open("/staff/consultations")

    await somebody_calls(pekka, "19810927-2388")
    await triages(pekka, "Bröstsmärta", BRIEF)
    await pekka.sees(
        re.compile(r"^Läkare, på plats, prioritet \d+: går till sjuksköterska på Strandgatan, som bokar")
    )
    await pekka.page.get_by_label("Egen anteckning, bara för personal").fill(HISTORY)
    await looks_both(pekka, "assisted triage, to hand over")
    await hands_over(pekka)
    await looks_both(pekka, "assisted triage, handed over")
    address = await newest(pekka, "Bröstsmärta")

    await opens_from_list(ingrid, address)
    await cannot_be_declined(ingrid, address)
    await ingrid.sees(re.compile(re.escape(HISTORY)))
    await looks_both(ingrid, "a consultation from 1177")
    await accepts(ingrid)
    await she_reads_the_call(ingrid)
    await she_books(ingrid, address, day)
    await ingrid.open(address)
    await answers(ingrid, "Patienten har en läkartid på måndag.")
    await ends_consultation(ingrid)
    await pekka.open(address)
    await pekka.sees("Patienten har en läkartid på måndag.")
    await ends_consultation(pekka)


async def she_reads_the_call(ingrid: Nurse) -> None:
    """*Gå till besök*: the call's own case, with what triage came to."""
    await ingrid.presses("Gå till besök")
    await ingrid.arrives(re.compile(r"/staff/cases/\d+-\d+"))
    await ingrid.sees(HISTORY, "Assisterad triage", "Autoanamnes", re.compile("^Varför prioritet 6"))
    await looks_both(ingrid, "the call, for the unit that got it")
    await ingrid.presses("Originalsvar")
    await ingrid.sees("Borta nu, mer än tre dygn sedan")


async def she_books(ingrid: Nurse, address: str, day: date) -> None:
    """From the consultation to the patient, *Nytt*, *Boka tid*, the day, the time, *Boka*."""
    page = ingrid.page
    await ingrid.open(address)
    await page.locator(".con-head a.link").click()
    await ingrid.arrives(re.compile(r"/staff/patients/\d+(\?.*)?$"))
    await ingrid.sees("Linda Lundtorp")
    await page.get_by_text("Nytt", exact=True).locator("visible=true").first.click()
    await ingrid.presses("Boka tid")
    await ingrid.arrives(re.compile("/book$"))
    async with page.expect_response(re.compile("profession=physician")):
        await page.get_by_label("Roll").select_option("physician")
    # The first day with a time is shown by itself.
    await expect(page.locator(f"a.book-day[href*='{day.isoformat()}'][aria-current=date]")).to_be_visible()
    await expect(page.locator("#slot label.book-time")).to_have_count(3)
    await page.locator("#slot label.book-time").first.click()
    await expect(page.locator("#slot input[type=radio]").first).to_be_checked()
    await page.locator("#reason_q").fill("Bröstsmärta")
    await page.get_by_role("option", name=re.compile("^Bröstsmärta")).first.click()
    await looks_both(ingrid, "a time to book for somebody who is not digital")
    await ingrid.presses("Boka", page.locator(".book-side"))
    await ingrid.arrives(re.compile(r"/staff/cases/\d+-\d+"))
    await ingrid.sees(re.compile("09.00"))


async def test_the_units_phone_is_told_of_what_cannot_wait(stage: Stage, running: Running) -> None:
    """Given a unit with a phone on its *Jourlista*, when 1177 hands somebody over with priority 3, then that phone
    shows a text that names nobody, though nobody at the unit is signed in; who comes accepts from the start page."""
    async with house(running) as at:
        await has_a_phone(at, head="Gustaf Lövhage", unit="Strandgatan", phone="070-174 06 83")
    pekka = await stage.nurse("Pekka Saarimaa", unit=TELEPHONE)
    await pekka.signs_in()
    await somebody_calls(pekka, "19290720-2390")
    await triages(pekka, "Halsont", SORE_THROAT)
    await hands_over(pekka)
    address = await newest(pekka, "Halsont")
    told = await phone_shows(stage, "+46701740683", re.compile("onsultation"))
    for secret in ("Arne", "Sandrevel", "Halsont", "1929"):
        assert secret not in told
    mehmet = await stage.nurse("Mehmet Ådal", unit="Strandgatan")
    await mehmet.signs_in()
    await mehmet.page.locator(f"#asked a[href='{address}']").click()
    await mehmet.arrives(address)
    await cannot_be_declined(mehmet, address)
    await accepts(mehmet)
    await ends_consultation(mehmet)
    await pekka.open(address)
    await ends_consultation(pekka)


async def test_outside_hours_a_unit_on_call_gets_it(stage: Stage, running: Running) -> None:
    """*Jourtid*: given that the patient's own unit is closed, when 1177 triages to priority 3, then the unit that is on
    call is suggested with why, gets it, and cannot decline either."""
    pekka = await stage.nurse("Pekka Saarimaa", unit=TELEPHONE)
    ebba = await stage.nurse("Ebba Norrsund", unit="Digital jour")
    await asyncio.gather(pekka.signs_in(), ebba.signs_in())
    await ebba.open("/staff/consultations")
    owner = await asyncpg.connect(running.database_url)
    opening = "UPDATE unit SET opening = $1::jsonb WHERE name = 'Fyrbacken'"
    try:
        await owner.execute(opening, "{}")
        await somebody_calls(pekka, "19371229-2386")
        await triages(pekka, "Halsont", SORE_THROAT)
        await pekka.sees(re.compile("Patientens enhet är stängd. Digital jour har jour och svarar nu"))
        await pekka.looks("assisted triage, on call")
        await hands_over(pekka)
    finally:
        await owner.execute(opening, json.dumps(ALWAYS))
        await owner.close()
    address = await newest(pekka, "Halsont")
    await opens_from_list(ebba, address)
    await cannot_be_declined(ebba, address)
    await accepts(ebba)
    await ends_consultation(ebba)
    await pekka.open(address)
    await ends_consultation(pekka)


async def test_a_caller_who_is_digital_gets_a_ticket(stage: Stage) -> None:
    """Given somebody who uses the service and calls, when triage comes to a visit that is booked, then a ticket comes
    first, and the caller finds it under *Mina biljetter* as soon as it is given."""
    patient = await stage.patient("Emelie Ljungmo")
    pekka = await stage.nurse("Pekka Saarimaa", unit=TELEPHONE)
    await asyncio.gather(patient.signs_in(), pekka.signs_in())
    await somebody_calls(pekka, "19840408-2383")
    await triages(pekka, "Bröstsmärta", BRIEF)
    await pekka.sees(re.compile(r"patienten får en biljett och bokar själv en tid"))
    first = pekka.page.locator(".endings button").first
    await expect(first).to_have_text(re.compile("Ge biljett"))
    await pekka.looks("assisted triage, a ticket to give")
    await first.click()
    await pekka.arrives(re.compile("/done$"))
    await pekka.looks("assisted triage, a ticket given")
    await patient.presses(re.compile("Mina biljetter"))
    await patient.presses(re.compile("Bröstsmärta"), patient.page.locator("#tickets"))
    await patient.arrives(re.compile(r"/my/tickets/\d+-\d+$"))
    await patient.sees("Strandgatan", "Läkare", re.compile("^Boka senast"))
    await patient.looks("a ticket given on the phone")
