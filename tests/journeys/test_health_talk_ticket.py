"""Booking tickets for health conversations (seed 002): locked purple times, a form that comes with the ticket, and what
becomes of those that are not used; a form by itself, filled in during the visit."""

from __future__ import annotations

import asyncio
import re
from datetime import date, time, timedelta
from pathlib import Path

from playwright.async_api import Locator, expect
from tests.journeys.booked import registered, staff_of, ticket, times
from tests.journeys.moved import house
from tests.journeys.people import DESK, Nurse, Patient, Stage
from tests.journeys.running import Running

from vardlots.access.actor import SystemActor
from vardlots.cases.turn import House
from vardlots.demo.persons import region
from vardlots.platform import clock
from vardlots.tickets.actions import expire
from vardlots.tickets.model import Contact, TicketRef

HEALTH_TALK = "health_talk"
LOCKED = "health_conversation"


class Coordinator(Nurse):
    """Whoever invites to health conversations."""

    role = "Vårdkoordinator hälsosamtal"


def talks_on() -> date:
    """A day that no other story has times on."""
    return clock.today() + timedelta(days=8)


async def coordinator(stage: Stage) -> Coordinator:
    """Liv, at Ängsviken among her three units."""
    liv = Coordinator(stage, "Liv Ekvattnet", await stage._context(viewport=DESK), "Ängsviken")
    await liv.signs_in()
    return liv


async def times_are_laid_up(at: House) -> None:
    """An afternoon of purple times."""
    await times(
        at,
        by=await staff_of(at, "Hamid Nordsken"),
        day=talks_on(),
        begins=time(13),
        minutes=60,
        time_type="health_talk",
        role="care_coordinator",
        name="Hälsosamtal",
    )


async def test_tickets_for_health_conversations_and_what_becomes_of_them(
    stage: Stage, running: Running, tmp_path: Path
) -> None:
    """Given locked times for health conversations, when Liv has sent tickets, then whoever has an ordinary one does not
    see the times; Nasrin stops halfway in her form, Kaveh never opens his, Agnieszka says no; when time is over, Liv
    reads how far each came, starts a chat, gets a letter, and acknowledges the rest at once."""
    nasrin, agnieszka = await stage.patient("Nasrin Rahimi"), await stage.patient("Agnieszka Nowacka")
    zeynep, liv = await stage.patient("Zeynep Öztürk Sand"), await coordinator(stage)
    async with house(running) as at:
        await times_are_laid_up(at)
        by = await staff_of(at, "Liv Ekvattnet")
        sent = {
            name: await ticket(
                at,
                by=by,
                to=await registered(at, name, by),
                contact=Contact.PHYSICAL,
                role="care_coordinator",
                reason=HEALTH_TALK,
                booking_for=kind,
            )
            for name, kind in (
                ("Kaveh Rahimi", LOCKED),
                ("Agnieszka Nowacka", LOCKED),
                ("Zeynep Öztürk Sand", ""),
            )
        }
    hers = await she_is_added_and_sent_a_ticket(liv, "Nasrin Rahimi")
    await asyncio.gather(
        she_stops_halfway(nasrin),
        her_ticket_unlocks_and_she_declines(agnieszka),
        an_ordinary_ticket_unlocks_nothing(zeynep),
    )
    await liv.sees(re.compile("Formulär besvarat till 2 av"))
    async with house(running) as at:
        with clock.shifted(timedelta(days=100)):
            for ref in (hers, sent["Kaveh Rahimi"].ref):
                assert await expire(at, by=SystemActor(by.provider_id, "tickets.expire"), ref=ref)
    await she_looks_at_what_became_of_them(liv)
    await she_gets_a_letter(liv, tmp_path)
    await she_starts_a_chat(liv, nasrin)
    await she_acknowledges_the_rest(liv)


async def to_the_page_of(liv: Nurse, name: str) -> None:
    """*Lägg till patient* with the consent that they gave on the telephone [002, questions 2 and 4]."""
    (number,) = (one.number for one in region().persons if f"{one.given_name} {one.family_name}" == name)
    await liv.goes_to("Patienter")
    await liv.presses("Lägg till patient")
    await liv.page.get_by_label("Personnummer").fill(number)
    await liv.presses("Fortsätt")
    await liv.sees(name)
    await liv.page.get_by_label("Personen samtycker till att registreras här").check()
    await liv.page.get_by_role("radio", name=re.compile("telefon")).check()
    await liv.looks("add a patient")
    await liv.presses("Lägg till", liv.page.get_by_role("main"))
    await liv.arrives(re.compile(r"/staff/patients/\d+"))


async def sends(liv: Nurse, what: str, *, locked: bool) -> TicketRef:
    """*Skicka biljett* with a form, and what the patient reads beside it."""
    page = liv.page
    await page.locator("summary", has_text="Nytt").click()
    await liv.presses("Biljett", page.locator(".pop-panel:visible"))
    await liv.arrives(re.compile("/tickets/new$"))
    await page.get_by_role("radio", name=re.compile(what)).check()
    await page.get_by_role("combobox", name="Sökorsak").fill("hälsosamtal")
    await page.get_by_role("option", name="Hälsosamtal", exact=True).click()
    if locked:
        await page.get_by_label("Låsta tider").select_option(label="Koordinator hälsosamtal")
    await page.get_by_role("checkbox", name=re.compile("Dina matvanor")).check()
    await page.get_by_label("Information till patient").fill("Säg till oss om du behöver tolk.")
    await expect(page.locator("#ticket-preview")).to_contain_text("Säg till oss om du behöver tolk.")
    await expect(page.locator("#ticket-preview")).not_to_contain_text(re.compile("oordinator"))
    await liv.looks(f"send a ticket, {what}")
    await liv.presses("Skicka", page.get_by_role("main"))
    await liv.arrives(re.compile(r"/staff/tickets/\d+-\d+\?sent=1$"))
    await liv.sees("Biljetten är skickad.")
    await liv.looks("a ticket's own page")
    return TicketRef.parse(page.url.rsplit("/", 1)[1].split("?")[0])


async def she_is_added_and_sent_a_ticket(liv: Nurse, name: str) -> TicketRef:
    """The ticket of her health conversation."""
    await to_the_page_of(liv, name)
    return await sends(liv, "Boka besök, på plats", locked=True)


async def to_the_ticket(patient: Patient) -> None:
    """From home, by *Mina biljetter*."""
    await patient.signs_in()
    await patient.open("/my/tickets")
    await patient.page.get_by_role("main").get_by_role("link").first.click()
    await patient.arrives(re.compile(r"/my/tickets/\d+-\d+$"))


async def answers(patient: Patient, questions: int) -> None:
    """The first answer of each question."""
    for _ in range(questions):
        await patient.page.locator("form#answer label:has(input[type=radio])").first.click()
        await patient.goes_on()


async def she_stops_halfway(nasrin: Patient) -> None:
    """The questions come before the time; two of them are answered, and the page is left."""
    await to_the_ticket(nasrin)
    await nasrin.sees("Säg till oss om du behöver tolk.", "Svara på frågorna först. Sedan kan du boka.")
    await nasrin.looks("booking ticket with a form")
    await nasrin.page.locator("a.btn-main").click()
    await nasrin.sees(re.compile("^Fråga 1 av"))
    await nasrin.looks("question of a ticket's form")
    await answers(nasrin, 2)
    await nasrin.sees(re.compile("^Fråga 3 av"))
    await nasrin.open("/")


async def her_ticket_unlocks_and_she_declines(agnieszka: Patient) -> None:
    """She sees the purple times under the name that patients read, and says no with a reason all the same."""
    await to_the_ticket(agnieszka)
    address = agnieszka.page.url
    await agnieszka.presses("Boka tid")
    await expect(agnieszka.page.locator("#times .slot")).to_have_count(3)
    await agnieszka.sees_not(re.compile("oordinator"))
    await agnieszka.open(address)
    await agnieszka.page.get_by_text("Jag behöver inte biljetten").click()
    await agnieszka.page.get_by_role("radio", name="Jag har fått hjälp på annat sätt").check()
    await agnieszka.looks("decline a ticket")
    await agnieszka.presses("Tacka nej till biljetten")
    await agnieszka.sees(re.compile("^Avböjd"), "Jag har fått hjälp på annat sätt")
    await agnieszka.looks("a ticket that was declined")


async def an_ordinary_ticket_unlocks_nothing(zeynep: Patient) -> None:
    """The same role at the same unit, without the lock's key: no time to book, and a number to ring."""
    await to_the_ticket(zeynep)
    await zeynep.sees("Så bokar du")
    await expect(zeynep.page.get_by_role("link", name="Boka tid")).to_have_count(0)
    await zeynep.looks("booking ticket without times")


def row(liv: Nurse, who: str) -> Locator:
    """The row of whoever it is about, by their initials."""
    return liv.page.locator(".ack-row", has_text=who)


async def she_looks_at_what_became_of_them(liv: Nurse) -> None:
    """*Vidimeringar*: what happened, how far they came, what to do next."""
    await liv.goes_to("Vidimeringar")
    await expect(row(liv, "N R")).to_contain_text("Biljett utgått: Hälsosamtal")
    await expect(row(liv, "N R")).to_contain_text("Formulär besvarat till 2 av")
    await expect(row(liv, "N R")).to_contain_text("Starta en chatt och fråga vad som hände")
    await expect(row(liv, "K R")).to_contain_text("Inte öppnad")
    await expect(row(liv, "K R")).to_contain_text("Skicka ett brev")
    await expect(row(liv, "A N")).to_contain_text("Biljett avböjd: Hälsosamtal")
    await expect(row(liv, "A N")).to_contain_text("”Jag har fått hjälp på annat sätt”")
    await liv.looks("acknowledgements")


async def she_gets_a_letter(liv: Nurse, folder: Path) -> None:
    """*Skriv brev* to whoever never opened it: a PDF."""
    async with liv.page.expect_download() as coming:
        await liv.presses(re.compile("^Skriv brev"), row(liv, "K R"))
    letter = folder / "letter.pdf"
    await (await coming.value).save_as(letter)
    assert letter.read_bytes().startswith(b"%PDF")


async def she_starts_a_chat(liv: Nurse, nasrin: Patient) -> None:
    """*Starta chatt*: the reason is filled in, and Nasrin reads it in the service."""
    await liv.presses(re.compile("^Starta chatt"), row(liv, "N R"))
    await expect(liv.page.get_by_role("combobox", name="Sökorsak")).to_have_value("Hälsosamtal")
    await liv.presses("Nästa")
    await liv.looks("begin a chat")
    await liv.presses("Slutför")
    await liv.presses("Gå till besök")
    await expect(liv.composer).to_be_visible()
    await liv.says("Hej Nasrin. Du började svara. Var det något som var oklart?")
    case = liv.page.url.rsplit("/", 1)[1].split("?")[0]
    await nasrin.open(f"/my/cases/{case}")
    await nasrin.reads("Hej Nasrin. Du började svara. Var det något som var oklart?")


async def she_acknowledges_the_rest(liv: Nurse) -> None:
    """All of them in one press."""
    await liv.goes_to("Vidimeringar")
    await liv.page.get_by_label("Välj alla").check()
    left = await liv.page.locator(".ack-row").count()
    await liv.presses("Vidimera valda")
    await liv.sees(f"{left} vidimerade.", "Inget att vidimera.")
    await liv.looks("acknowledgements, none")


async def test_a_form_by_itself_is_filled_in_during_the_visit(stage: Stage) -> None:
    """Given Piotr at the desk with his phone, when Liv sends a form by itself, then he answers all of it, and she reads
    the answers with the index worked out."""
    piotr, liv = await stage.patient("Piotr Nowacka"), await coordinator(stage)
    await to_the_page_of(liv, "Piotr Nowacka")
    await sends(liv, "Fristående formulär", locked=False)
    await to_the_ticket(piotr)
    await piotr.looks("a ticket of a form alone")
    await piotr.page.locator("a.btn-main").click()
    await answers(piotr, 4)
    await piotr.sees("Läs igenom svaren")
    await piotr.presses("Skicka svaren")
    await piotr.sees("Svaren är skickade.")
    await liv.sees("Besvarad", "Dina matvanor besvarades")
    await liv.presses(re.compile("^Se svar"))
    await liv.sees("Två gånger om dagen eller oftare", "12")
    await liv.looks("answers of a ticket's form")
    await liv.goes_to("Biljetter")
    await liv.looks("tickets that were sent")
    await liv.goes_to("Vidimeringar")
    await expect(row(liv, "P N")).to_contain_text("Formulär besvarat")
    await liv.presses(re.compile("^Vidimera"), row(liv, "P N"))
    await liv.sees("En vidimerad.")
