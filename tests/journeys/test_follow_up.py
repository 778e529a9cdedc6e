"""After the visit: the last chance to write, told to both, and the second at which it is over."""

import re
from datetime import timedelta

from playwright.async_api import expect
from tests.journeys.moved import case_of, house, owner_of
from tests.journeys.people import Stage
from tests.journeys.running import Running

from vardlots.cases.ending.actions import end
from vardlots.cases.jobs import close
from vardlots.cases.model import CaseRef
from vardlots.platform import clock


async def ended_so_that_left(running: Running, ref: str, left: timedelta) -> None:
    """The visit was ended with one day's asynchronous phase, of which so much is left now."""
    async with house(running) as moved:
        by = await owner_of(moved, ref)
        with clock.shifted(left - timedelta(days=1)):
            await end(moved, by=by, ref=CaseRef.parse(ref), follow_up_days=1)


async def test_the_last_chance_is_told_while_the_page_is_open_and_nothing_typed_is_lost(
    running: Running, stage: Stage
) -> None:
    """Given an hour and some seconds left, when the hour comes, then the patient's open page says so by itself; and
    at the end what they were writing is still there, with what to do."""
    visit = await stage.visit("Jenny Rödberga")
    patient, nurse, ref = visit.patient, visit.nurse, visit.case.ref
    await ended_so_that_left(running, ref, timedelta(hours=1, seconds=6))
    await patient.sees(re.compile(r"^Sista dagen att skriva: ärendet stängs .*\d\d\.\d\d\.$"))
    await nurse.sees(re.compile(r"^Sista dagen: stängs"))
    await expect(patient.page.get_by_text("Sista chansen att skriva.")).to_be_visible(timeout=20_000)
    await patient.looks("conversation, last hour")
    await nurse.looks("visit, last day")
    await patient.says("Det är bättre nu")
    await patient.reads("Det är bättre nu")
    await nurse.reads("Det är bättre nu")
    await nurse.goes_to("Asynkrona")
    await expect(nurse.row(visit.case)).to_contain_text(re.compile(r"Stängs .*\d\d\.\d\d"))
    await nurse.looks("asynchronous, last day")
    await nurse.row(visit.case).get_by_role("button", name=re.compile("^Markera som klar")).click()
    await expect(nurse.row(visit.case)).to_have_count(0)


async def test_the_second_after_the_end_keeps_what_was_typed(running: Running, stage: Stage) -> None:
    """Given some seconds left, when they are over, then both boxes close by themselves, and what stood in them stays
    on the page, also when it is loaded anew."""
    visit = await stage.visit("Lukas Bäckroos")
    patient, nurse, ref = visit.patient, visit.nurse, visit.case.ref
    await ended_so_that_left(running, ref, timedelta(seconds=7))
    await patient.sees("Sista chansen att skriva.")
    await expect(nurse.composer).to_be_visible()
    await patient.composer.fill("Jag undrar en sak till")
    await nurse.composer.fill("Hör av dig om")
    # The last second, the job, and the page's own look again.
    await expect(patient.page.get_by_text("Ärendet är stängt.")).to_be_visible(timeout=25_000)
    await patient.sees("Det här skickades inte", "Jag undrar en sak till")
    await nurse.sees("Det här skickades inte", "Hör av dig om")
    await patient.looks("conversation, closed with something typed")
    await nurse.looks("visit, closed with something typed")
    await patient.page.reload()
    await patient.sees("Jag undrar en sak till")
    async with house(running) as moved:
        await close(moved, {"ref": ref})
        assert (await case_of(moved, ref)).phase == "closed"
    await patient.presses("Ta bort")
    await patient.sees_not("Jag undrar en sak till")
