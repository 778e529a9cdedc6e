"""A patient who does not answer: reminded, warned, and the visit closes after two hours; the most urgent are called."""

import re
from datetime import timedelta

from playwright.async_api import expect
from tests.journeys.moved import case_of, house, owner_of
from tests.journeys.people import Nurse, Stage
from tests.journeys.running import Running

from vardlots.cases.actions import change_priority
from vardlots.cases.chasing.jobs import advance
from vardlots.cases.model import CaseRef
from vardlots.platform import clock

HALF_HOUR = timedelta(minutes=30, seconds=1)
TWO_HOURS = timedelta(hours=2, seconds=2)


async def asks(nurse: Nurse) -> None:
    """*Patienten svarar inte*, and send."""
    await nurse.presses("Patienten svarar inte", nurse.page.locator("#visit-dock"))
    dialog = nurse.page.get_by_role("dialog", name="Patienten svarar inte")
    await expect(dialog).to_be_visible()
    await nurse.looks("dialog, the patient does not answer")
    await nurse.presses("Skicka", dialog)
    await expect(dialog).to_be_hidden()


async def test_a_patient_who_never_answers_is_warned_and_the_visit_closes(
    running: Running, stage: Stage
) -> None:
    """Given a visit, when the patient does not answer, then they are reminded and warned, both see until when, and the
    visit closes by itself after two hours; what they write a moment too late is kept, with the ways on."""
    visit = await stage.visit("Per Norrhamnäs")
    patient, nurse, ref = visit.patient, visit.nurse, visit.case.ref
    await asks(nurse)
    await nurse.sees(re.compile("^Patienten är påmind"), re.compile("skickas en varning"))
    await nurse.looks("visit, reminded")
    await patient.sees(re.compile("^Hej Per. Vi har skrivit till dig"))
    await expect(patient.page.locator(".awaited")).to_have_count(0)

    async with house(running) as moved:
        with clock.shifted(HALF_HOUR):
            await advance(moved, {"ref": ref})
        await nurse.sees(re.compile(r"^Stängs .*\d\d\.\d\d utan svar\.$"))
        await nurse.looks("visit, warned")
        await expect(patient.page.locator(".awaited")).to_contain_text(re.compile(r"Svara före .*\d\d\.\d\d"))
        await patient.looks("conversation, warned")

        # Halfway through a word when the time is up.
        await patient.composer.fill("Förlåt, jag var i duschen")
        with clock.shifted(HALF_HOUR + TWO_HOURS):
            await advance(moved, {"ref": ref})
    await patient.sees("Ärendet är stängt.", "Det här skickades inte", "Förlåt, jag var i duschen")
    await patient.sees(re.compile("eftersom det inte kom något svar"))
    await patient.looks("conversation, closed without an answer")
    again = patient.page.get_by_role("button", name="Sök vård för samma sak")
    await expect(again.first).to_be_visible()
    await patient.page.reload()
    await patient.sees("Förlåt, jag var i duschen")
    await nurse.sees(re.compile("eftersom det inte kom något svar"))
    await expect(nurse.composer).to_have_count(0)
    await nurse.goes_to_tab("Anteckning")
    await nurse.arrives(re.compile(r"\?tab=note$"))
    await patient.presses("Sök vård för samma sak")
    await patient.arrives(re.compile(r"/interview/\d+-\d+$"))


async def test_a_word_in_time_ends_it_and_staff_can_break_off(running: Running, stage: Stage) -> None:
    """Given a warning, when the patient writes, then nothing closes; and what staff have begun they can break off."""
    visit = await stage.visit("Mats Mossforsen")
    patient, nurse, ref = visit.patient, visit.nurse, visit.case.ref
    await nurse.says("Hur länge har du haft ont?")
    await patient.reads("Hur länge har du haft ont?")
    # Somebody has written already: the warning goes at once.
    await asks(nurse)
    await nurse.sees(re.compile(r"utan svar\.$"))
    await patient.says("I tre dagar")
    await nurse.reads("I tre dagar")
    await nurse.sees_not(re.compile(r"utan svar\.$"))
    await expect(patient.page.locator(".awaited")).to_have_count(0)
    async with house(running) as moved:
        with clock.shifted(TWO_HOURS):
            await advance(moved, {"ref": ref})
        assert (await case_of(moved, ref)).phase == "ongoing"
    await nurse.says("Har du feber?")
    await asks(nurse)
    await nurse.sees(re.compile(r"utan svar\.$"))
    await nurse.presses(re.compile("^Avbryt"), nurse.page.locator("#visit-chase"))
    await nurse.sees_not(re.compile(r"utan svar\.$"))
    await patient.sees(re.compile("fortsätter besöket .* Det stängs inte"))
    await nurse.ends(0)


async def test_the_most_urgent_are_telephoned(running: Running, stage: Stage) -> None:
    """Given priority 1, when nobody answers for two hours, then the visit stays open and somebody calls."""
    visit = await stage.visit("Peter Silverdala")
    patient, nurse, case = visit.patient, visit.nurse, visit.case
    async with house(running) as moved:
        by, at = await owner_of(moved, case.ref), CaseRef.parse(case.ref)
        await change_priority(moved, by=by, ref=at, priority=1, reason="Svår bröstsmärta")
    await nurse.says("Har du fortfarande ont?")
    await asks(nurse)
    await expect(patient.page.locator(".awaited")).to_contain_text("Kommer inget svar ringer vi dig då.")
    async with house(running) as moved:
        with clock.shifted(TWO_HOURS):
            await advance(moved, {"ref": case.ref})
    await nurse.sees("Ring patienten.")
    await nurse.looks("visit, to be called")
    for outcome, seen in (("not_reached", re.compile("inget svar")), ("reached", None)):
        await nurse.presses("Ringt", nurse.page.locator("#visit-chase"))
        dialog = nurse.page.get_by_role("dialog", name="Ringt")
        await nurse.looks("dialog, called")
        await dialog.locator(f"label:has(input[value={outcome}])").click()
        await nurse.presses("Spara", dialog)
        await expect(dialog).to_be_hidden()
        if seen:
            await expect(nurse.page.locator("#visit-chase")).to_contain_text(seen)
    await nurse.sees_not("Ring patienten.")
    await nurse.ends(0)
