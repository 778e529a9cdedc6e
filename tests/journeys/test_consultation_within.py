"""Cases in the wrong place, handed over within the provider by *Konsultera* (E1–E3, E6): each heading of the manual is
a part of a story, each of its steps a press of its own button."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

from playwright.async_api import expect
from tests.journeys.consulting import (
    accepts,
    answers,
    chooses,
    ends_consultation,
    has_a_phone,
    looks_both,
    opens_from_list,
    opens_konsultera,
    phone_shows,
    row,
    secretary,
    sends,
)
from tests.journeys.moved import house
from tests.journeys.people import Case, Nurse, Patient, Stage
from tests.journeys.running import Running
from tests.journeys.test_errand import sends as sends_errand

from vardlots.consultations.jobs import remind
from vardlots.platform import clock

PLACE = "/staff/consultations"
PHONE_THERE = "+46701740683"
CAME = re.compile("^Strandgatan: En konsultation med hög prioritet har kommit")
# ms: what comes by itself has come, and has not taken away what was said to whoever pressed.
A_SIGNAL = 1_500
AN_HOUR = timedelta(hours=1, seconds=2)
ANSWER = "Vi tar över och svarar patienten. Ni kan avsluta hos er."


async def desks(stage: Stage) -> tuple[Nurse, Nurse]:
    """Ylva where the case came, and Mehmet where it belongs, both signed in."""
    ylva = await stage.nurse("Ylva Tallvik")
    mehmet = await stage.nurse("Mehmet Ådal", unit="Strandgatan")
    await asyncio.gather(ylva.signs_in(), mehmet.signs_in())
    return ylva, mehmet


async def waits(stage: Stage, name: str) -> tuple[Patient, Case]:
    """A patient in the queue at Ängsviken, who looks at their phone."""
    patient = await stage.patient(name)
    await patient.signs_in()
    case = await patient.has_sought_care()
    await patient.open(f"/my/cases/{case.ref}")
    return patient, case


async def test_a_case_in_the_wrong_place_is_handed_over_before_anybody_took_it(
    running: Running, stage: Stage
) -> None:
    """Överlämna ärenden till annan mottagning via konsultation, Ta emot ärenden från annan mottagning via konsultation.

    Given a case at Ängsviken that belongs to Strandgatan and that nobody has taken, when Ylva asks Strandgatan by
    *Konsultera*, then Mehmet's list and the unit's phone tell of it, he accepts it, answers, goes to the visit, takes
    it *ändå* and writes with the patient; Ylva reads the answer and ends the consultation at hers."""
    (ylva, mehmet), (patient, case) = await asyncio.gather(desks(stage), waits(stage, "Annika Ödekulla"))
    async with house(running) as at:
        await has_a_phone(at, head="Gustaf Lövhage", unit="Strandgatan", phone=PHONE_THERE)
        await mehmet.goes_to("Konsultationer")
        await looks_both(mehmet, "konsultationer, empty")
        address = await it_is_handed_over(ylva, case)
    shown = await phone_shows(stage, PHONE_THERE, CAME)
    assert "Ödekulla" not in shown
    assert "Halsont" not in shown
    await it_is_received(mehmet, ylva, address)
    await the_case_becomes_theirs(mehmet, patient, case)
    await ends_consultation(ylva)
    await mehmet.open(address)
    await mehmet.sees(re.compile("tog över besöket"))
    await ends_consultation(mehmet)
    await ylva.sees("Avslutad")


async def it_is_handed_over(ylva: Nurse, case: Case) -> str:
    """Steps 1 to 7 of the sender. Returns the consultation's address."""
    await ylva.opens(case)
    form = await opens_konsultera(ylva)
    await looks_both(ylva, "konsultera")
    related = form.locator("#related").get_by_role("checkbox", name=re.compile("^Halsont"))
    await expect(related).to_be_checked()
    await expect(form.get_by_label("Prio")).to_have_value("3")
    await chooses(form, "Strandgatan", "Sjuksköterska")
    await form.get_by_label("Prio").select_option("2")
    await ylva.presses("Ärendet hör till er", form)
    problem = form.get_by_label("Problemförklaring")
    await expect(problem).to_have_value(re.compile("har kommit till oss på Ängsviken men hör till er enhet"))
    await expect(form.get_by_label("Prio")).to_have_value("2")
    await expect(related).to_be_checked()
    address = await sends(ylva, form)
    await ylva.sees("Ni har ansvaret tills mottagaren har tagit emot.")
    await looks_both(ylva, "consultation, sent")
    return address


async def it_is_received(mehmet: Nurse, ylva: Nurse, address: str) -> None:
    """Steps 1 and 2 of the receiver; what he answers comes to the sender's page by itself."""
    await expect(row(mehmet, address)).to_contain_text("Från Ängsviken")
    await looks_both(mehmet, "konsultationer, one new")
    await opens_from_list(mehmet, address)
    await mehmet.sees("Ängsviken har ansvaret tills ni svarar.", re.compile("men hör till er enhet"))
    await looks_both(mehmet, "consultation, received")
    await accepts(mehmet)
    await ylva.sees("Mehmet Ådal tog emot konsultationen")
    await answers(mehmet, ANSWER)
    await ylva.sees(ANSWER)
    await expect(mehmet.page.locator(".con-own .con-read").last).to_contain_text("Läst")
    await looks_both(mehmet, "consultation, answered")


async def the_case_becomes_theirs(mehmet: Nurse, patient: Patient, case: Case) -> None:
    """Steps 3 to 6 of the receiver: *Relaterade besök*, *Gå till besök*, *Ta emot ändå*, the chat, and its end."""
    related = mehmet.page.get_by_role("region", name=re.compile("^Relaterade besök"))
    await mehmet.presses("Gå till besök", related)
    await mehmet.arrives(f"/staff/cases/{case.ref}")
    await mehmet.sees("Besöket tillhör Sjuksköterska, Ängsviken.")
    await looks_both(mehmet, "visit, reached by a consultation")
    await mehmet.presses(re.compile("^Ta emot ändå"))
    await patient.sees(re.compile("Mehmet Ådal"))
    await mehmet.starts_visit()
    await mehmet.says("Hej, jag arbetar på Strandgatan och har läst det du skrev.")
    await patient.reads("Hej, jag arbetar på Strandgatan och har läst det du skrev.")
    await patient.says("Tack, det låter bra.")
    await mehmet.reads("Tack, det låter bra.")
    await mehmet.ends(0)


async def test_an_ongoing_visit_is_taken_over_with_its_history(stage: Stage) -> None:
    """Ta emot ärenden från annan mottagning via konsultation, step 6: *Ta över besök*.

    Given a visit that Ylva has with a patient, when Strandgatan accepts the consultation and takes the visit over, then
    the chat is theirs with all that was said, the patient is told, and Ylva writes there no more."""
    visit = await stage.visit("Yusuf Demirel")
    ylva, patient, case = visit.nurse, visit.patient, visit.case
    mehmet = await stage.nurse("Mehmet Ådal", unit="Strandgatan")
    await mehmet.signs_in()
    await patient.says("Jag bor närmare Strandgatan.")
    await ylva.reads("Jag bor närmare Strandgatan.")
    form = await opens_konsultera(ylva)
    await chooses(form, "Strandgatan", "Sjuksköterska")
    await ylva.presses("Som vi kom överens om", form)
    await expect(form.get_by_label("Problemförklaring")).to_have_value(re.compile("^Hej. Som vi kom överens"))
    address = await sends(ylva, form)

    await expect(mehmet.page.locator("#asked")).to_contain_text("Från Ängsviken")
    await looks_both(mehmet, "start page, asked")
    await mehmet.open(address)
    await accepts(mehmet)
    await mehmet.presses("Gå till besök")
    await mehmet.arrives(f"/staff/cases/{case.ref}")
    await ylva.opens(case)
    ylva.foretells(f"response: 403 GET {stage.base}/staff/cases/{case.ref}")
    await mehmet.presses("Ta över besök", mehmet.page.locator("#visit-dock"))
    dialog = mehmet.page.get_by_role("dialog", name="Ta över besök")
    await expect(dialog).to_be_visible()
    await mehmet.looks("dialog, take over after a consultation")
    await mehmet.presses("Ta över besök", dialog)
    await expect(mehmet.composer).to_be_visible()
    await patient.sees(re.compile("Mehmet Ådal.*tog över besöket"))
    await mehmet.reads("Jag bor närmare Strandgatan.")
    await mehmet.says("Då ses vi där.")
    await patient.reads("Då ses vi där.")
    await patient.reads("Jag bor närmare Strandgatan.")
    await expect(ylva.composer).to_have_count(0)
    # It came by itself; and stands there when she comes back.
    await ylva.sees("Besöket har gått vidare till en annan enhet")
    await ylva.sees(re.compile("Mehmet Ådal på Strandgatan tog besöket"))
    await looks_both(ylva, "a visit that has gone on")
    await ylva.presses("Läs konsultationen")
    await ylva.sees(re.compile("Mehmet Ådal tog över besöket"))
    await mehmet.ends(0)


async def test_an_administrative_case_goes_to_the_administrator_alone(stage: Stage) -> None:
    """Överlämna ärenden till annan mottagning via konsultation, the note of step 4, and Ta emot ärenden från annan
    mottagning via konsultation: the list says that it is administrative.

    Given an errand that belongs elsewhere, when Kerstin chooses the nurses, then the rule is said and nothing she wrote
    is lost; chosen anew it goes, and Elvira has it marked as administrative, takes it and answers the patient."""
    patient = await stage.patient("Vanja Dumrath")
    await patient.signs_in()
    case = await sends_errand(patient)
    kerstin = await secretary(stage, "Kerstin Mossgård")
    elvira = await secretary(stage, "Elvira Dalryd", "Strandgatan")
    await asyncio.gather(kerstin.signs_in(), elvira.signs_in())
    await elvira.goes_to("Konsultationer")
    await kerstin.opens(case)
    form = await opens_konsultera(kerstin)
    await kerstin.sees("Ärendet är administrativt och går alltid till administratören.")
    await chooses(form, "Strandgatan", "Sjuksköterska")
    await form.get_by_label("Prio").select_option("7")
    await form.get_by_label("Problemförklaring").fill("Receptet är utskrivet hos er.")
    kerstin.foretells("response: 422")
    await kerstin.presses("Skicka", form)
    await kerstin.sees("Administrativa ärenden går alltid till administratören. Välj den rollen.")
    await looks_both(kerstin, "konsultera, refused")
    await expect(form.get_by_label("Problemförklaring")).to_have_value("Receptet är utskrivet hos er.")
    await chooses(form, "Strandgatan", "Medicinsk admin")
    address = await sends(kerstin, form)

    await expect(row(elvira, address)).to_contain_text("Administrativt")
    await opens_from_list(elvira, address)
    await accepts(elvira)
    await answers(elvira, "Jag förnyar det.")
    await elvira.presses("Gå till besök")
    await elvira.arrives(f"/staff/cases/{case.ref}")
    await elvira.presses(re.compile("^Ta emot"))
    await elvira.says("Receptet är förnyat på Strandgatan.")
    await patient.open(f"/my/cases/{case.ref}")
    await patient.reads("Receptet är förnyat på Strandgatan.")
    await kerstin.sees("Jag förnyar det.")
    await ends_consultation(kerstin)


async def test_specialised_care_is_asked_through_the_pooled_resource(stage: Stage) -> None:
    """Överlämna ärenden till annan mottagning via konsultation, the other note of step 4.

    Given a visit, when Ylva asks the clinic's own nurse, then the rule is said; asked of the pooled resource it comes
    to whoever works there, who declines with a reason; Ylva reads it, keeps the visit, and ends the consultation."""
    visit = await stage.visit("Selam Tesfamichael")
    ylva, case = visit.nurse, visit.case
    ebba = await stage.nurse("Ebba Norrsund", unit="Digital jour")
    await ebba.signs_in()
    await ebba.goes_to("Konsultationer")
    form = await opens_konsultera(ylva)
    await chooses(form, "Medicinmottagningen", "Sjuksköterska")
    await form.get_by_label("Problemförklaring").fill("Kan hjärtmottagningen ta emot i veckan?")
    ylva.foretells("response: 422")
    await ylva.presses("Skicka", form)
    await ylva.sees("Frågor till specialiserad vård går till den gemensamma drop in-resursen. Välj den.")
    await chooses(form, "Digital jour", "LOTSVIK DROPIN-VERKSAMHET")
    address = await sends(ylva, form)

    await opens_from_list(ebba, address)
    await ebba.page.locator("summary", has_text="Avböj").click()
    panel = ebba.page.locator(".con-decline")
    await ebba.looks("consultation, decline")
    ebba.foretells("response: 422")
    await ebba.presses("Avböj", panel.locator("form"))
    await ebba.arrives("/decline")
    await ebba.page.wait_for_timeout(A_SIGNAL)
    await ebba.sees("Skriv varför du avböjer.")
    await panel.get_by_label("Varför avböjer du?").fill("Ring dagjouren i stället.")
    await ebba.presses("Avböj", panel.locator("form"))
    await ebba.sees("Avböjd")
    await ylva.sees(re.compile("Ebba Norrsund avböjde: Ring dagjouren i stället."))
    await looks_both(ylva, "consultation, declined")
    await ends_consultation(ylva)
    await ylva.opens(case)
    await expect(ylva.composer).to_be_visible()
    await ylva.ends(0)


async def test_two_accept_at_once_and_one_of_them_has_it(running: Running, stage: Stage) -> None:
    """Ta emot ärenden från annan mottagning via konsultation, step 2, by two at the same moment; and before that nobody
    answers, so that both sides are reminded.

    Given a consultation that nobody answers, when its time has come, then the unit's phone and both sides are told once
    more; when two press *Ta emot och starta konsultation* at once, then one has it and the other reads who."""
    visit = await stage.visit("Ragnhild Sävstrand")
    ylva = visit.nurse
    mehmet = await stage.nurse("Mehmet Ådal", unit="Strandgatan")
    ingrid = await stage.nurse("Ingrid Stensö", unit="Strandgatan")
    await asyncio.gather(mehmet.signs_in(), ingrid.signs_in())
    async with house(running) as moved:
        await has_a_phone(moved, head="Gustaf Lövhage", unit="Strandgatan", phone=PHONE_THERE)
        form = await opens_konsultera(ylva)
        await chooses(form, "Strandgatan", "Sjuksköterska")
        await form.get_by_label("Problemförklaring").fill("Kan ni titta på halsen i dag?")
        address = await sends(ylva, form)
        await asyncio.gather(mehmet.open(address), ingrid.open(address))
        with clock.shifted(AN_HOUR):
            await remind(moved, {"consultation": address.rsplit("/", 1)[1]})
        reminded = "Påminnelse skickad, ingen har svarat än"
        await asyncio.gather(*(one.sees(reminded) for one in (ylva, mehmet, ingrid)))
    await phone_shows(stage, PHONE_THERE, "Strandgatan: En konsultation väntar fortfarande")

    for one in (mehmet, ingrid):
        one.foretells("response: 409")
    await asyncio.gather(*(one.presses("Ta emot och starta konsultation") for one in (mehmet, ingrid)))
    first, second = (mehmet, ingrid) if await has_it(mehmet) else (ingrid, mehmet)
    await second.sees(re.compile(first.name))
    await expect(second.page.get_by_role("button", name="Ta emot och starta konsultation")).to_have_count(0)
    await looks_both(second, "consultation, somebody was first")
    await answers(first, "Det går bra klockan tre.")
    await ylva.sees("Det går bra klockan tre.")
    await ends_consultation(ylva)
    await ylva.open(f"/staff/cases/{visit.case.ref}")
    await ylva.ends(0)


async def has_it(who: Nurse) -> bool:
    """Whether this one was first, once the answer has come."""
    await who.sees(re.compile("tog emot konsultationen"))
    text = await who.page.locator(".con-thread").inner_text()
    return f"{who.name} tog emot konsultationen" in text


async def test_whoever_asks_takes_it_back_before_anybody_has_it(stage: Stage) -> None:
    """Överlämna ärenden till annan mottagning via konsultation, by mistake: *Ta tillbaka*.

    Given a consultation in somebody's list, when Ylva takes it back, then it is gone from the list while they look, its
    page says so and offers nothing, and the case is still hers to take."""
    (ylva, mehmet), (patient, case) = await asyncio.gather(desks(stage), waits(stage, "Hodan Jibril"))
    await mehmet.goes_to("Konsultationer")
    await ylva.opens(case)
    form = await opens_konsultera(ylva)
    await chooses(form, "Strandgatan", "Sjuksköterska")
    await form.get_by_label("Problemförklaring").fill("Det här hör nog till er.")
    address = await sends(ylva, form)
    await expect(row(mehmet, address)).to_be_visible()
    await ylva.presses("Ta tillbaka")
    await ylva.sees(re.compile("Ylva Tallvik tog tillbaka konsultationen"))
    await looks_both(ylva, "consultation, taken back")
    await expect(row(mehmet, address)).to_have_count(0)
    await mehmet.open(address)
    await mehmet.sees("Tillbakatagen")
    await expect(mehmet.page.get_by_role("button", name="Ta emot och starta konsultation")).to_have_count(0)
    await ylva.opens(case)
    await ylva.presses(re.compile("^Ta emot"))
    await ylva.starts_visit()
    await expect(patient.composer).to_be_visible()
    await ylva.ends(0)
