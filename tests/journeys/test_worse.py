"""Somebody waits and gets worse: asked anew, moved forward, and two nurses see it as it happens."""

import asyncio
import re

from playwright.async_api import expect
from tests.journeys.people import SORE_THROAT, Answers, Case, Nurse, Patient, Stage

MUCH_WORSE: Answers = {
    **SORE_THROAT,
    "general": "very_ill",
    "own_words": "Nu har jag svårt att andas ibland.",
}


async def test_whoever_gets_worse_is_asked_anew_and_moved_forward(
    stage: Stage, ylva: Nurse, hamid: Nurse
) -> None:
    """Given two who wait, when the second gets worse and answers anew, then she is first, and the nurses see why; when
    she gets worse still during the visit, whoever has it sees that there."""
    first, worse = await stage.patient("Anna-Lena Bromarv"), await stage.patient("Agnes Öhrlund")
    await asyncio.gather(first.signs_in(), worse.signs_in(), ylva.signs_in())
    await hamid.signs_in()
    ahead = await first.has_sought_care("Halsont", SORE_THROAT)
    case = await worse.has_sought_care("Halsont", SORE_THROAT)
    await worse.open(f"/my/cases/{case.ref}")
    await worse.sees("Det här händer nu", "Den som är sjukare går före, så platsen kan ändras.")
    behind = await her_place(worse)  # others' stories may have left somebody waiting before both
    await first.open(f"/my/cases/{ahead.ref}")
    assert await her_place(first) == behind - 1
    for nurse in (ylva, hamid):
        await nurse.goes_to("Drop in")
        await expect(nurse.row(case)).to_be_visible()

    await she_is_asked_anew(worse)
    await worse.sees("Du har flyttats fram")
    forward = await her_place(worse)
    assert forward < behind
    await worse.sees(f"Från plats {behind} till plats {forward} i kön.")
    await worse.looks("waiting room, moved forward")
    # Whoever is passed hears it at once, and is told in words to listen to: the page does not wait for its next look.
    await expect(first.page.get_by_role("heading", name=f"Du är nummer {behind}", exact=True)).to_be_visible()
    await expect(first.page.locator("#live-polite")).to_contain_text(f"Du är nummer {behind}.")
    await the_nurses_see_it(ylva, hamid, case)
    await the_taker_reads_both(ylva, case)
    await hamid.sees_not(re.compile(r"^Sämre \d\d\.\d\d$"))
    await she_gets_worse_during_the_visit(worse, ylva)
    again = first.page.get_by_role("heading", name=f"Du är nummer {behind - 1}", exact=True)
    await expect(again).to_be_visible()
    await first.page.locator("main").get_by_role("link", name="Lämna kön").click()
    await first.presses(re.compile("^Lämna kön$"), first.page.locator("main, footer"))
    await first.sees("Du lämnade kön.")
    await ylva.ends(0)


async def her_place(waiting: Patient) -> int:
    """The place in line that the page says."""
    said = await waiting.page.get_by_role("heading", name=re.compile(r"^Du är nummer \d+$")).inner_text()
    return int(said.rsplit(" ", 1)[1])


async def she_is_asked_anew(worse: Patient) -> None:
    """112 first, then the same questions, and she is back where she waited."""
    await worse.presses(re.compile("Jag mår sämre"))
    await worse.arrives(re.compile("/worse$"))
    await expect(worse.page.get_by_role("link", name="Ring 112")).to_be_visible()
    await worse.looks("worse, while waiting")
    await worse.presses("Svara på frågorna igen")
    await worse.arrives(re.compile(r"/interview/\d+-\d+$"))
    await expect(worse.page.locator("form#answer input:checked")).to_have_count(0)
    await worse.answers(MUCH_WORSE)
    await worse.arrives(re.compile(r"/my/cases/\d+-\d+\?anew=\d+$"))


async def the_nurses_see_it(ylva: Nurse, hamid: Nurse, case: Case) -> None:
    """The row says so in words by itself."""
    for nurse in (ylva, hamid):
        await expect(nurse.row(case)).to_contain_text(re.compile(r"Sämre \d\d\.\d\d"))
        await expect(nurse.row(case)).to_contain_text("svårt att andas")
        # Whole, not cut off where the column ends.
        await expect(nurse.row(case).locator(".q-untold")).to_be_in_viewport(ratio=1)
    await ylva.looks("drop in, somebody is worse")


async def the_taker_reads_both(ylva: Nurse, case: Case) -> None:
    """Old and new answers, what nobody has read, and how the priority came about."""
    await ylva.takes(case)
    panel = ylva.page.locator("#visit-overview")
    await expect(panel).to_contain_text(re.compile(r"Svarade på nytt \d\d\.\d\d: 3 → 2"))
    await expect(panel).to_contain_text("ändrat, var: Trött och hängig")
    await expect(panel.locator("mark.danger-word")).to_contain_text("svårt att andas")
    await ylva.looks("visit, answered anew")
    await ylva.presses("Så räknades prioriteten", panel)
    await ylva.arrives(re.compile(r"\?tab=explain$"))
    await expect(ylva.page.get_by_text("Ger samma utfall nu som då")).to_have_count(2)
    await ylva.looks("how the priority came about")
    await ylva.presses("Originalsvar", ylva.page.locator("#visit-overview"))
    await ylva.sees(re.compile(r"^Svarade på nytt \d\d\.\d\d$"), re.compile(r"^Sökte vård \d\d\.\d\d$"))
    await ylva.presses("Till samtalet")
    await ylva.starts_visit()


async def she_gets_worse_during_the_visit(worse: Patient, ylva: Nurse) -> None:
    """The same way from the menu of the conversation; 112 is the answer, and the nurse has it before her eyes."""
    await expect(worse.composer).to_be_visible()
    await worse.page.locator("#head summary").click()
    await worse.presses("Jag mår sämre", worse.page.locator("#head"))
    await worse.arrives(re.compile("/worse$"))
    await worse.looks("worse, during the visit")
    await worse.presses("Svara på frågorna igen")
    await worse.answers({"gate": ["not_breathing"]})
    await worse.arrives(re.compile("/result$"))
    await expect(worse.page.get_by_role("link", name="Ring 112")).to_be_visible()
    await worse.sees(re.compile("har fått dina svar"))
    await ylva.sees(re.compile("Mår sämre. Svarade på nytt .*: prioritet 2 blev 1"))
    await expect(ylva.page.locator("#visit-overview")).to_contain_text(re.compile("2 → 1"))
    await worse.presses("Öppna ärendet")
    await worse.sees(re.compile("Svarade på frågorna på nytt"))
