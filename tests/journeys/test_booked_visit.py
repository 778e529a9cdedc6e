"""Booked visits (seed 001 § 2.2.2): chosen on a phone with a ticket, moved to another unit, an earlier time wished for
and offered, and on the day the page becomes the conversation; two who want the same time; who came and who did not."""

from __future__ import annotations

import asyncio
import re
from datetime import time, timedelta
from typing import Any

from playwright.async_api import expect
from tests.journeys.booked import (
    booked,
    chooses_first,
    its_time_has_come,
    registered,
    staff_of,
    ticket,
    times,
)
from tests.journeys.moved import house
from tests.journeys.people import BEFORE_QUEUE, Answers, Case, Nurse, Patient, Stage
from tests.journeys.running import Running

from vardlots.platform import clock

# A bookable digital visit with the psychologists, priority 7.
LOW: Answers = {
    "gate": ["none"],
    "alarm": ["none"],
    "thoughts": "no",
    "earlier": "never",
    "function": "harder",
    "trouble": ["low"],
    "duration": "months",
    "background": ["none"],
    "own_words": "",
}
DAY = timedelta(days=1)


async def has_a_ticket(patient: Patient) -> None:
    """Through triage to a ticket for a time to book."""
    await patient.signs_in()
    await patient.begins("Psykisk ohälsa")
    await patient.answers(LOW)
    await patient.presses("Hämta bokningsbiljetten")
    await patient.arrives(re.compile("/before$"))
    for name, value in BEFORE_QUEUE.items():
        await patient.page.locator(f"label:has(input[name={name}][value={value}])").click()
    await patient.presses("Hämta bokningsbiljetten")
    await patient.arrives(re.compile(r"/my/tickets/\d+-\d+"))
    await patient.sees("Boka ett digitalt besök", re.compile("^Boka senast"))
    await patient.looks("booking ticket")


async def books(patient: Patient, *, wish: bool = False) -> Case:
    """*Boka tid*, the first time of the first day, and the way to its own page."""
    await patient.presses("Boka tid")
    await patient.arrives(re.compile("/book"))
    await patient.looks("times to choose among")
    deed = await chooses_first(patient)
    await patient.sees(re.compile("Tiden hålls åt dig till"))
    await patient.looks("a time is chosen")
    if wish:
        await patient.page.get_by_role("switch", name=re.compile("tidigare tid")).check()
    await patient.presses(deed)
    await patient.arrives(re.compile(r"/my/cases/\d+-\d+\?done=booked$"))
    await patient.sees("Tiden är bokad.", "Det här händer nu")
    await patient.looks("a booked time")
    return Case(patient.page.url.rsplit("/", 1)[1].split("?")[0], "Psykisk ohälsa")


async def test_a_time_is_booked_moved_made_earlier_and_becomes_the_conversation(
    stage: Stage, running: Running
) -> None:
    """Given times at two units, when Therese books with her ticket and moves to the other unit, then staff there see
    her; when they cancel somebody's earlier time, she is offered it and takes it; on the day a nurse takes the visit
    and her page becomes the conversation."""
    therese, birgitta = await stage.patient("Therese Mandelgren"), await stage.patient("Birgitta Snöbohm")
    ingrid = await stage.nurse("Ingrid Stensö", unit="Strandgatan")
    soon, later = clock.today() + 2 * DAY, clock.today() + 4 * DAY
    async with house(running) as at:
        here, there = [
            await staff_of(at, *who) for who in (("Hamid Nordsken",), ("Ingrid Stensö", "Strandgatan"))
        ]
        of_psychologists: dict[str, Any] = {
            "role": "psychologist",
            "name": "Samtalsteamet",
            "begins": time(10),
        }
        await times(at, by=here, day=later, **of_psychologists)
        (early,) = await times(at, by=there, day=soon, count=1, **of_psychologists)
        await times(at, by=there, day=later, **of_psychologists)
        hers = await booked(
            at, by=there, who=await registered(at, "Birgitta Snöbohm", there), slot=early, reason="Stress"
        )
    await asyncio.gather(has_a_ticket(therese), ingrid.signs_in(), birgitta.signs_in())
    case = await books(therese)
    await she_moves_to_the_other_unit(therese)
    await staff_see_her(ingrid, case, later.isoformat())
    await birgitta.open(f"/my/cases/{hers.ref}")
    await staff_cancel(ingrid, hers, birgitta)
    await she_takes_the_freed_one(therese, ingrid, case, soon.isoformat())
    await its_time_has_come(running, case.ref, timedelta(minutes=1))
    await it_becomes_the_conversation(therese, ingrid, case)


async def she_moves_to_the_other_unit(therese: Patient) -> None:
    """*Boka om*, *Ändra* unit; the old time is free again, and an earlier one is wished for."""
    await therese.presses("Boka om")
    await therese.arrives("/rebook")
    await therese.presses(re.compile("^Ändra"))
    await therese.arrives("/rebook/units")
    await therese.looks("units with times")
    await therese.presses(re.compile("Strandgatan"))
    await therese.page.locator("a.day").last.click()
    await expect(therese.page.locator("a.day").last).to_have_attribute("aria-current", "date")
    deed = await chooses_first(therese)
    await therese.looks("another time is chosen")
    await therese.presses(deed)
    await therese.arrives(re.compile("done=rebooked$"))
    await therese.sees("Tiden är ändrad. Den gamla är avbokad.")
    await therese.page.get_by_role("switch", name=re.compile("tidigare tid")).check()
    await therese.sees("Vi hör av oss om en tidigare tid blir ledig.")
    await therese.looks("an earlier time is wished for")


async def staff_see_her(ingrid: Nurse, case: Case, day: str) -> None:
    """*Schemalagda* of that day, for every role."""
    await ingrid.goes_to("Schemalagda")
    await ingrid.looks("scheduled, nothing today")
    await ingrid.open(f"/staff/scheduled?role=all&day={day}")
    await expect(ingrid.row(case)).to_contain_text("T M, 46 år")
    await expect(ingrid.row(case)).to_contain_text("Videobesök")
    await expect(ingrid.row(case)).to_contain_text("Kommer")
    await ingrid.looks("scheduled, a day")


async def staff_cancel(ingrid: Nurse, hers: Case, birgitta: Patient) -> None:
    """*Avboka* with why; the patient reads it without reloading."""
    await ingrid.opens(hers)
    await ingrid.looks("a booked visit")
    await ingrid.page.locator("summary[aria-label='Mer om tiden']").click()
    await ingrid.presses("Avboka")
    await ingrid.page.get_by_label("Varför tiden avbokas").fill("Du har redan fått hjälp av oss på telefon.")
    await ingrid.looks("cancel a booked time")
    await ingrid.presses("Avboka", ingrid.page.get_by_role("main"))
    await ingrid.arrives(f"/staff/cases/{hers.ref}")
    await birgitta.sees("Vården har avbokat tiden", "Du har redan fått hjälp av oss på telefon.")
    await birgitta.looks("cancelled by the unit")


async def she_takes_the_freed_one(therese: Patient, ingrid: Nurse, case: Case, day: str) -> None:
    """It is offered on her open page, with two equal answers, and staff see her on that day instead."""
    await therese.sees("En tidigare tid blev ledig", re.compile("Svara senast"))
    await therese.looks("an earlier time is offered")
    await therese.presses("Ta den tidigare tiden")
    await therese.arrives(re.compile("done=rebooked$"))
    await therese.sees("Om 2 dagar")
    await ingrid.open(f"/staff/scheduled?role=all&day={day}")
    await expect(ingrid.row(case)).to_contain_text("10.00")


async def it_becomes_the_conversation(therese: Patient, ingrid: Nurse, case: Case) -> None:
    """On the day: the page says to stay; whoever takes it is of another role and is told so."""
    await therese.open(f"/my/cases/{case.ref}")
    await therese.sees("Nu", re.compile("Stanna här: besöket öppnas av sig självt"))
    await therese.looks("the time has come")
    await ingrid.open("/staff/scheduled?role=all")
    await ingrid.presses("Psykisk ohälsa", ingrid.row(case))
    await ingrid.arrives(re.compile(f"/staff/cases/{case.ref}"))
    await ingrid.looks("a booked visit of another role")
    await ingrid.presses(re.compile("^Ta emot"))
    await ingrid.starts_visit()
    await expect(therese.composer).to_be_visible()
    await ingrid.says("Hej Therese. Hur är det i dag?")
    await therese.reads("Hej Therese. Hur är det i dag?")
    await therese.says("Lite bättre.")
    await ingrid.reads("Lite bättre.")
    await ingrid.ends(0)
    await ingrid.open("/staff/scheduled?role=all")
    await expect(ingrid.row(case)).to_contain_text("Klart")


async def test_two_choose_the_same_time_at_once_and_both_get_one(stage: Stage, running: Running) -> None:
    """Given that Johan and Stefan look at the same times, when both press the same one at the same moment, then one has
    it, and the other reads so at once beside the nearest ones, and books one of those."""
    people = [await stage.patient(name) for name in ("Johan Kvistrum", "Stefan Kråkmo")]
    async with house(running) as at:
        by = await staff_of(at, "Hamid Nordsken")
        day = clock.today() + 6 * DAY
        await times(at, by=by, day=day, role="physiotherapist", name="Gymnastiksalen", begins=time(13))
        for one in people:
            to = await registered(at, one.name, by)
            await ticket(at, by=by, to=to, role="physiotherapist", reason="shoulder_pain")
    for one in people:
        one.foretells("409 POST")
    await asyncio.gather(*(they_look_at_the_times(one) for one in people))
    await asyncio.gather(*(one.page.locator("#times .slot").nth(1).click() for one in people))
    kept = re.compile("Någon hann boka den tiden|Tiden hålls åt dig till")
    await asyncio.gather(*(one.sees(kept) for one in people))
    first, other = people
    if await first.page.locator(".taken").count():
        first, other = other, first
    assert not await first.page.locator(".taken").count()
    await other.sees("Någon hann boka den tiden.", re.compile("Inget annat har ändrats"))
    await expect(other.page.locator(".taken .slot")).to_have_count(2)
    await other.looks("somebody was faster")
    await other.page.locator(".taken .slot").first.click()
    await asyncio.gather(*(they_book(one) for one in people))
    assert await first.page.locator("h1").inner_text() != await other.page.locator("h1").inner_text()
    await asyncio.gather(*(they_cancel(one) for one in people))


async def they_look_at_the_times(patient: Patient) -> None:
    """From home to the free times."""
    await patient.signs_in()
    await patient.open("/my/tickets")
    await patient.looks("my tickets")
    await patient.presses(re.compile("^Boka ett|Axelbesvär"), patient.page.get_by_role("main"))
    await patient.presses("Boka tid")
    await expect(patient.page.locator("#times .slot")).to_have_count(3)


async def they_book(patient: Patient) -> None:
    """The time that is kept for them."""
    await patient.sees(re.compile("Tiden hålls åt dig till"))
    await patient.page.locator("#book-form button").click()
    await patient.arrives(re.compile("done=booked$"))
    await patient.sees("Tiden är bokad.")


async def they_cancel(patient: Patient) -> None:
    """*Avboka tiden*, with a reason or without."""
    await patient.presses("Avboka tiden")
    await patient.arrives("/cancel")
    await patient.looks("cancel")
    await patient.page.get_by_role("radio", name="Jag mår bra igen").check()
    await patient.presses("Avboka tiden", patient.page.get_by_role("main"))
    await patient.sees("Tiden är avbokad")
    await patient.looks("cancelled")


async def test_one_comes_and_another_does_not(stage: Stage, running: Running) -> None:
    """Given two who are booked to a nurse's room, when Ylva notes that Kofi has come and that Linda has not, then Kofi
    reads that it is done; Linda reads what Ylva wrote, and has a new ticket to book with."""
    kofi, linda = await stage.patient("Kofi Mensah"), await stage.patient("Linda Åkersjö")
    ylva = await stage.nurse("Ylva Tallvik")
    async with house(running) as at:
        by = await staff_of(at, "Hamid Nordsken")
        day = clock.today() + 5 * DAY
        slots = await times(
            at, by=by, day=day, count=2, minutes=30, time_type="nurse_visit", name="Såromläggning"
        )
        his, hers = [
            await booked(at, by=by, who=await registered(at, one.name, by), slot=slot, reason="Sårvård")
            for one, slot in zip((kofi, linda), slots, strict=True)
        ]
    await its_time_has_come(running, his.ref, timedelta(minutes=1))
    await its_time_has_come(running, hers.ref, timedelta(minutes=45))
    await asyncio.gather(kofi.signs_in(), linda.signs_in(), ylva.signs_in())
    await asyncio.gather(kofi.open(f"/my/cases/{his.ref}"), linda.open(f"/my/cases/{hers.ref}"))
    await linda.sees(re.compile("Tiden har passerat. Har ingen hört av sig, ring Ängsviken"))
    await linda.looks("a time that has passed")
    await ylva.goes_to("Schemalagda")
    over = ylva.page.locator(f"#over-{hers.ref}")
    await expect(over).to_contain_text("Över tiden")
    await ylva.looks("scheduled, one is over the time")
    await he_has_come(ylva, kofi, his)
    await she_has_not(ylva, linda, hers)


async def he_has_come(ylva: Nurse, kofi: Patient, case: Case) -> None:
    """*Patienten har kommit*, from the list; then the note."""
    await kofi.sees("Nu", "Ängsviken väntar dig.")
    await ylva.presses("Sårvård", ylva.row(case))
    await ylva.presses("Patienten har kommit")
    await ylva.arrives(re.compile(r"\?tab=note$"))
    await kofi.sees("Besöket är klart")
    await kofi.looks("has been there")


async def she_has_not(ylva: Nurse, linda: Patient, case: Case) -> None:
    """*Uteblev* with words, and the way to a new ticket."""
    await ylva.goes_to("Schemalagda")
    await ylva.presses("Sårvård", ylva.page.locator(f"#over-{case.ref}"))
    await ylva.presses("Uteblev")
    await ylva.arrives("/time/missed")
    await ylva.looks("missed")
    await ylva.page.get_by_label("Till patienten").fill("Vi väntade till kvart över. Boka gärna en ny tid.")
    await ylva.page.get_by_label("Skicka en ny biljett").check()
    await ylva.presses("Notera uteblivet besök")
    await ylva.arrives(re.compile(r"/staff/patients/\d+/tickets/new"))
    await linda.sees("Besöket blev inte av", "Vi väntade till kvart över. Boka gärna en ny tid.")
    await linda.looks("missed")
    await ylva.goes_to("Schemalagda")
    await expect(ylva.page.locator(f"#over-{case.ref}")).to_have_count(0)
