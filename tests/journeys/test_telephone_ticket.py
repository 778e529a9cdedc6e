"""1177 på telefon lämnar över ärende till annan vårdenhet: a drop-in ticket from the nurse on the phone to the queue of
a unit that reads nothing but the history, and what becomes of one that nobody uses (rows G2, G3, B8)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest_asyncio
from playwright.async_api import expect
from tests.journeys.moved import house
from tests.journeys.people import Case, Nurse, Patient, Stage
from tests.journeys.running import Running

from vardlots.access.actor import SystemActor
from vardlots.platform import clock
from vardlots.tickets.actions import expire
from vardlots.tickets.model import TicketRef

TELEPHONE = "1177 på telefon"
AWAY = 40_000  # ms: a text waits twenty seconds for whoever reads along
SECRET = "Jag har inte vågat säga det hemma."
HISTORY = "Ont i halsen sedan tre dagar, feber. Ingen ensidig svullnad."
ANSWERS = {
    "share_history": "true",
    "share_medications": "false",
    "mobile": "070-174 06 86",
    "pharmacy": "",
    "interpreter": "false",
    "vegetables": "daily",
    "fruit": "seldom",
    "fish": "weekly",
    "sweets": "weekly",
}


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def chats_by_1177(running: Running) -> AsyncIterator[None]:
    """1177 by telephone has a queue of its own to chat in, for as long as these stories are told."""
    owner = await asyncpg.connect(running.database_url)
    queues = "UPDATE unit SET takes_drop_in = $1 WHERE name = $2"
    try:
        await owner.execute(queues, True, TELEPHONE)
        yield
        await owner.execute(queues, False, TELEPHONE)
    finally:
        await owner.close()


async def on_the_phone(stage: Stage, name: str, complaint: str = "Halsont") -> tuple[Patient, Nurse, Case]:
    """*Starta besök och börja chatta*: somebody with the nurse at 1177."""
    patient, pekka = await stage.patient(name), await stage.nurse("Pekka Saarimaa", unit=TELEPHONE)

    async def seeks() -> Case:
        await patient.signs_in()
        case = await patient.has_sought_care(complaint, unit=TELEPHONE)
        await patient.open(f"/my/cases/{case.ref}")
        return case

    _, case = await asyncio.gather(pekka.signs_in(), seeks())
    await pekka.opens(case)
    await pekka.presses(re.compile("^Ta emot"))
    await pekka.starts_visit()
    await expect(patient.composer).to_be_visible()
    await patient.says(SECRET)
    await pekka.reads(SECRET)
    return patient, pekka, case


async def sends(pekka: Nurse, to: str, *, kind: str = "care", forms: str = "", reason: str = "") -> str:
    """*Nytt*, *Skicka biljett*, *Drop-in*, and each field down to *Skicka*. Returns the ticket's number."""
    page = pekka.page
    await page.get_by_text("Nytt", exact=True).locator("visible=true").first.click()
    await pekka.presses("Skicka biljett")
    await pekka.arrives(re.compile("/tickets/new$"))
    await page.locator("label:has(input[value=drop_in])").click()
    await pekka.sees("Patienten kan använda biljetten när du har avslutat samtalet här.")
    if reason:
        await page.locator("#reason_q").fill(reason)
        await page.get_by_role("option", name=re.compile(reason)).first.click()
    if forms:
        await page.get_by_role("checkbox", name=re.compile(forms)).check()
    await page.locator(f"label:has(input[name=case_kind][value={kind}])").click()
    await page.get_by_label("Vårdgivare och enhet").select_option(label=to)
    # *Resurs* is not chosen: it is always the nurse, and the administrators for an errand.
    await expect(page.locator("#ticket-preview")).to_contain_text(
        "medicinsk admin" if kind == "administrative" else "sjuksköterska", ignore_case=True
    )
    last = clock.today() + timedelta(days=3)
    await page.get_by_label("Giltig till och med").fill(last.isoformat())
    await page.get_by_label("Anamnes").fill(HISTORY)
    await page.get_by_label("Information till patient").fill("Ställ dig i kön när du har svarat.")
    await expect(page.locator("#ticket-preview")).to_contain_text("Ställ dig i kön när du har svarat.")
    await pekka.looks("a drop-in ticket to send")
    await pekka.presses("Skicka")
    await pekka.arrives(re.compile(r"/staff/cases/\d+-\d+$"))
    card = page.locator("[data-chat] .form-card").filter(has_text="Drop in").last
    await expect(card).to_contain_text("Kan användas när samtalet är avslutat.")
    await pekka.looks("a visit with a drop-in ticket")
    href = await card.get_by_role("link", name="Visa biljetten").get_attribute("href")
    assert href
    return href.rsplit("/", 1)[1]


async def answers_forms(patient: Patient) -> None:
    """What came with the ticket, one form after the other, and sent in; nothing of triage is asked again."""
    for _ in range(40):
        if await patient.page.locator("form#answer").count():
            asked = await patient.page.locator("form#answer input[name=page]").get_attribute("value")
            assert asked in ANSWERS, asked
            await patient.looks(f"a ticket's form, {asked}")
            await answers_page(patient, ANSWERS[asked])
        elif await patient.page.get_by_role("button", name="Skicka svaren").count():
            await patient.looks("a ticket's form, read through")
            await patient.presses("Skicka svaren")
            await patient.arrives(re.compile(r"sent=1$"))
        else:
            left = patient.page.locator("a.btn-main", has_text=re.compile("Svara|Fortsätt"))
            if not await left.count():
                return
            await left.click()
            await patient.page.wait_for_load_state()
    raise AssertionError("The questions never end.")


async def answers_page(patient: Patient, answer: str) -> None:
    """One question of a form, and on."""
    choice = patient.page.locator(f"form#answer label:has(input[value='{answer}'])")
    if answer and await choice.count():
        await choice.click()
    elif answer:
        await patient.page.locator("form#answer").get_by_role("textbox").first.fill(answer)
    await patient.goes_on()


async def finds_it(patient: Patient, ref: str) -> None:
    """In the chat, and on the way in."""
    await patient.presses(re.compile("biljetten", re.I), patient.page.locator("[data-chat]"))
    await patient.arrives(f"/my/tickets/{ref}")
    await patient.open("/")
    await patient.presses(re.compile("Mina biljetter"))
    await patient.looks("my tickets, a place in a queue")
    await patient.page.locator(f"a[href='/my/tickets/{ref}']").click()
    await patient.arrives(f"/my/tickets/{ref}")
    await patient.sees("Ställ dig i kön när du har svarat.")
    await expect(patient.page.locator("main")).not_to_contain_text(HISTORY)
    await patient.looks("a drop-in ticket, to be answered")


async def it_waits(patient: Patient, ref: str) -> None:
    """Until 1177 has ended: said kindly, by the page and by the address."""
    await patient.sees(re.compile("^Samtalet med 1177 på telefon pågår än"))
    await expect(patient.page.get_by_role("button", name=re.compile("^Ställ mig i kön"))).to_have_count(0)
    await patient.looks("a drop-in ticket that waits")
    token = await patient.page.locator("input[name=_csrf_token]").first.get_attribute("value")
    refused = await patient.context.request.post(
        f"/my/tickets/{ref}/queue", form={"_csrf_token": token or ""}
    )
    assert refused.status == 409
    assert "pågår än" in await refused.text()


async def steps_in(patient: Patient, pekka: Nurse) -> Case:
    """*Avsluta besök* at 1177: the ticket can be used by itself, and leads into the receiver's queue."""
    await pekka.ends(0)
    await expect(patient.page.get_by_role("button", name="Ställ mig i kön")).to_be_visible()
    await patient.looks("a drop-in ticket to use")
    await patient.presses("Ställ mig i kön")
    await patient.arrives(re.compile(r"/my/cases/\d+-\d+$"))
    return Case(patient.page.url.rsplit("/", 1)[1], "Halsont")


async def reads_only_the_history(nurse: Nurse, case: Case) -> None:
    """*Biljett hos mottagande vårdenhet*: not what triage asked, nor what was said at 1177."""
    await nurse.open("/staff/drop-in")
    await expect(nurse.row(case)).to_be_visible()
    await nurse.takes(case)
    await nurse.sees("Anamnes från 1177 på telefon. Patienten ser den inte.", HISTORY)
    await nurse.looks("a visit that came by ticket")
    for tab in ("", "?tab=answers"):
        await nurse.open(f"/staff/cases/{case.ref}{tab}")
        shown = await nurse.page.locator("body").inner_text()
        assert SECRET not in shown
        assert "Jag är orolig" not in shown
        assert "39,2" not in shown


async def test_a_ticket_to_a_unit_of_the_same_provider(stage: Stage) -> None:
    """1177 på telefon lämnar över ärende till annan vårdenhet.

    Given a visit at 1177 på telefon, when the nurse sends a drop-in ticket with a form to Strandgatan and ends, then
    the patient, who could not use it before, steps into their queue by it; the nurse there reads the history alone,
    takes it, and the patient is texted when the visit begins; the sender reads *Använd*."""
    ingrid = await stage.nurse("Ingrid Stensö", unit="Strandgatan")
    (patient, pekka, case), _ = await asyncio.gather(
        on_the_phone(stage, "Amanda Skogvalla"), ingrid.signs_in()
    )
    ref = await sends(pekka, "Strandgatan", forms="[Kk]ost|[Mm]atvan", reason="Halsont")
    await finds_it(patient, ref)
    await answers_forms(patient)
    await it_waits(patient, ref)
    there = await steps_in(patient, pekka)
    assert there.ref != case.ref
    await patient.sees(re.compile(r"Du är nummer \d+"))
    await patient.page.close()

    await reads_only_the_history(ingrid, there)
    await ingrid.open(f"/staff/cases/{there.ref}")
    await ingrid.starts_visit()
    await ingrid.says("Hej, nu är jag här.")
    await only_1177_sends_them(ingrid, there)
    await it_is_used(pekka, ref)
    await is_texted(stage, "Amanda Skogvalla")

    patient.page = await patient.context.new_page()
    await patient.open(f"/my/cases/{there.ref}")
    await patient.reads("Hej, nu är jag här.")
    await patient.says("Tack, jag sitter vid telefonen.")
    await ingrid.opens(there)
    await ingrid.reads("Tack, jag sitter vid telefonen.")
    await ingrid.ends(0)


async def only_1177_sends_them(ingrid: Nurse, case: Case) -> None:
    """*Denna funktion gäller endast för 1177 på telefon*: not offered elsewhere, and refused by the address."""
    address = f"/staff/cases/{case.ref}/tickets/new"
    await ingrid.open(address)
    await expect(ingrid.page.locator("input[name=what]")).to_have_count(4)
    await expect(ingrid.page.locator("input[value=drop_in]")).to_have_count(0)
    fields = {
        name: await ingrid.page.locator(f"#ticket-form input[name={name}]").first.get_attribute("value") or ""
        for name in ("_csrf_token", "key", "reason")
    }
    units = await ingrid.page.locator("input[name=resource]").count()
    assert units
    refused = await ingrid.context.request.post(
        address, form=fields | {"what": "drop_in", "case_kind": "care", "elsewhere": "1-1", "do": "send"}
    )
    assert refused.status == 403


async def it_is_used(pekka: Nurse, ref: str) -> None:
    """The sender sees that it was used, on the ticket and in the list."""
    await pekka.open(f"/staff/tickets/{ref}")
    await pekka.sees("Använd")
    await pekka.looks("a ticket that was used")
    await pekka.open("/staff/tickets")
    await expect(pekka.page.locator(f"#ticket-{ref}")).to_contain_text("Använd")


async def is_texted(stage: Stage, name: str) -> None:
    """A text says that the visit has begun, and nothing of why."""
    reader = await stage.nurse("Aino Rautamäki")
    await reader.open("/demo/outbox")
    phone = reader.page.get_by_role("region", name=name)
    await expect(phone).to_be_visible(timeout=AWAY)
    told = await phone.inner_text()
    assert "Halsont" not in told


async def test_a_ticket_to_another_provider(stage: Stage) -> None:
    """Till vårdenhet som har tjänsten: a unit of another provider, by a ticket alone.

    Given a visit at 1177 på telefon, when the nurse sends the patient on to Norrhamns läkarhus, then the nurse there
    reads the history and nothing else, and neither side reads the other's visit; what the patient lets them read is
    asked anew."""
    selma = await stage.nurse("Selma Brännskär", unit="Norrhamns läkarhus")
    (patient, pekka, case), _ = await asyncio.gather(
        on_the_phone(stage, "Ragnhild Sävstrand"), selma.signs_in()
    )
    ref = await sends(pekka, "Norrhamns läkarhus")
    await finds_it(patient, ref)
    await patient.sees("Norrhamns läkarhus AB")
    await answers_forms(patient)
    await it_waits(patient, ref)
    there = await steps_in(patient, pekka)
    assert there.ref.split("-")[0] != case.ref.split("-")[0]

    await reads_only_the_history(selma, there)
    await selma.open(f"/staff/cases/{there.ref}")
    await selma.starts_visit()
    await expect(patient.composer).to_be_visible()
    await the_wall_holds(selma, f"/staff/cases/{case.ref}")
    await the_wall_holds(selma, f"/staff/tickets/{ref}")
    await the_wall_holds(pekka, f"/staff/cases/{there.ref}")
    await it_is_used(pekka, ref)
    await expect(pekka.page.locator(f"#ticket-{ref} a[href*='/staff/cases/{there.ref}']")).to_have_count(0)
    await selma.open(f"/staff/cases/{there.ref}")
    await selma.ends(0)


async def the_wall_holds(nurse: Nurse, address: str) -> None:
    """What is another provider's is not there."""
    nurse.foretells(f"response: 404 GET {nurse.stage.base}{address}")
    answer = await nurse.page.goto(address)
    assert answer
    assert answer.status == 404


async def test_an_errand_goes_to_the_administrators(stage: Stage) -> None:
    """*Resurs - Medicinsk admin*: an errand's ticket leads to the administrators of the receiving unit, and the patient
    answers what an errand asks; the administrator takes it."""
    elvira = await stage.nurse("Elvira Dalryd", unit="Strandgatan")
    elvira.role = "Medicinsk admin"
    (patient, pekka, _), _ = await asyncio.gather(on_the_phone(stage, "Torbjörn Almdala"), elvira.signs_in())
    ref = await sends(pekka, "Strandgatan", kind="administrative", reason="Förnya recept")
    await finds_it(patient, ref)
    await answers_forms(patient)
    there = await steps_in(patient, pekka)
    await elvira.open("/staff/drop-in")
    await expect(elvira.row(there)).to_contain_text("Administrativt")
    await elvira.takes(there)
    await elvira.sees("Anamnes från 1177 på telefon. Patienten ser den inte.", HISTORY)
    await elvira.starts_visit()
    await expect(patient.composer).to_be_visible()
    await elvira.ends(0)


async def test_a_ticket_that_nobody_used(stage: Stage, running: Running) -> None:
    """Vidimering av oanvända biljetter.

    Given a ticket that the patient began to answer and let lie, when its time is over, then it stands at whoever sent
    it, 1177 på telefon, with how far the patient came, and not at the unit that it led to; *Vidimera* puts it away,
    and the patient reads that its time is over."""
    mehmet = await stage.nurse("Mehmet Ådal", unit="Strandgatan")
    (patient, pekka, _), _ = await asyncio.gather(on_the_phone(stage, "Stefan Björkhage"), mehmet.signs_in())
    ref = await sends(pekka, "Strandgatan", forms="[Kk]ost|[Mm]atvan")
    await pekka.ends(0)
    await patient.open(f"/my/tickets/{ref}")
    await patient.page.locator("a.btn-main", has_text="Svara").click()
    await answers_page(patient, ANSWERS["vegetables"])
    await patient.open(f"/my/tickets/{ref}")
    async with house(running) as at:
        found = TicketRef.parse(ref)
        with clock.shifted(timedelta(days=5)):
            assert await expire(at, by=SystemActor(found.provider_id, "tickets.expire"), ref=found)
        # What is not used in time says so by itself.
        await patient.sees(
            re.compile("^Gick ut"), re.compile("^Biljettens tid har gått ut. Sök vård på nytt")
        )
    await patient.looks("a drop-in ticket whose time is over")

    await mehmet.open("/staff/acknowledgements?unit=all&role=all&staff=all")
    await expect(mehmet.page.locator(f"#ack-{ref}")).to_have_count(0)
    await pekka.open("/staff")
    await pekka.presses("Vidimeringar")
    row = pekka.page.locator(f"#ack-{ref}")
    await expect(row).to_contain_text("Biljett utgått")
    await expect(row).to_contain_text(re.compile("Börjat svara|besvarat|svar"))
    await expect(row).to_contain_text("Strandgatan")
    await pekka.looks("tickets to acknowledge")
    await pekka.presses(re.compile("^Vidimera Biljett utgått"), row)
    await pekka.sees("En vidimerad.")
    await expect(row).to_have_count(0)
    await pekka.open(f"/staff/tickets/{ref}")
    await pekka.sees(re.compile("Pekka Saarimaa vidimerade"))
