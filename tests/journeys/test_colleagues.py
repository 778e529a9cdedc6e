"""Colleagues in a visit: asked in, talking beside it, gone; and the patient, who reads only what is for them."""

import re

from playwright.async_api import Locator, expect
from tests.journeys.people import Nurse, Patient, Stage, Visit

ASKED = "Benet är rött och varmt. Vad tror du?"
ANSWERED = "Rosfeber. Jag tar över samtalet en stund."
OFFLINE = "Skrivet utan kontakt."


class Colleague:
    """What a member of staff does beside the conversation with the patient."""

    def __init__(self, who: Nurse) -> None:
        self.who = who
        self.pane = who.page.get_by_role("region", name="Vårdgivarchatt", exact=True)
        self.tool = who.page.locator("#visit-head [data-talk-opens]")

    async def opens_talk(self) -> None:
        """*Pratbubblan*."""
        await self.tool.click()
        await expect(self.pane).to_be_visible()
        await expect(self.box).to_be_focused()

    @property
    def box(self) -> Locator:
        return self.pane.locator("textarea")

    async def tells(self, text: str) -> None:
        """Write and press Enter."""
        await self.box.fill(text)
        await self.box.press("Enter")

    async def reads(self, text: str) -> Locator:
        """It stands in the pane, once."""
        row = self.pane.locator("[data-chat] > li").filter(has_text=text)
        await expect(row).to_have_count(1)
        await expect(row).to_be_visible()
        return row

    async def asks_in(self, name: str, how: str) -> None:
        """*Vilka är med*, the tree, *Bjud in*."""
        page = self.who.page
        await self.who.presses(re.compile("^Vilka är med"))
        dialog = page.get_by_role("dialog", name="Vilka är med")
        await expect(dialog).to_be_visible()
        await self.who.looks("dialog, who is with")
        await dialog.get_by_text(how, exact=True).click()
        await dialog.get_by_role("searchbox").fill(name)
        await dialog.get_by_role("treeitem", name=re.compile(name)).first.click()
        await self.who.presses(re.compile("^Bjud in"), dialog)
        await expect(dialog).to_be_hidden()


async def writes_to_patient(who: Nurse, text: str) -> None:
    """In the conversation's own box."""
    await who.page.locator("#write").fill(text)
    await who.page.locator("#write").press("Enter")


async def test_a_physician_is_asked_in_and_they_talk_beside_the_patient(stage: Stage) -> None:
    """Given a visit, when the nurse asks a physician into the chat, then the patient reads who has come, both write to
    the patient, and what they say to each other stands in a pane of its own that the patient never sees."""
    visit = await stage.visit("Gunvor Myrlid")
    siri = await stage.nurse("Siri Åbrink")
    siri.role = "Läkare"
    await siri.signs_in()
    ylva = Colleague(visit.nurse)
    await ylva.asks_in("Siri Åbrink", "Är med i chatten")
    await visit.nurse.sees("Ylva Tallvik bjöd in Siri Åbrink till chatten")
    await the_physician_comes(siri, visit)
    await they_talk(ylva, Colleague(siri), visit.patient)
    await what_is_written_without_contact_is_kept(ylva, Colleague(siri))
    await the_patient_has_seen_nothing(visit.patient)
    await visit.nurse.ends(0)


async def the_physician_comes(siri: Nurse, visit: Visit) -> None:
    """Her list shows it at once; when she opens it the patient reads it, and reads what she writes."""
    await siri.goes_to("Besök som gäst")
    await siri.page.locator(f"a[href$='/staff/cases/{visit.case.ref}']").first.click()
    await siri.arrives(re.compile(f"/staff/cases/{visit.case.ref}"))
    await visit.patient.sees(re.compile("Siri Åbrink, läkare, är med i samtalet"))
    await writes_to_patient(siri, "Hej, jag är läkare och läser med.")
    await visit.patient.reads("Hej, jag är läkare och läser med.")
    await visit.nurse.reads("Hej, jag är läkare och läser med.")


async def they_talk(ylva: Colleague, siri: Colleague, patient: Patient) -> None:
    """Unread marks, somebody who writes, who has read."""
    await ylva.opens_talk()
    await ylva.who.looks("caregiver chat, empty")
    await ylva.tells(ASKED)
    await ylva.reads(ASKED)
    await expect(siri.tool).to_have_accessible_name(re.compile("1 oläst"))
    await siri.opens_talk()
    await siri.reads(ASKED)
    await expect(siri.tool).not_to_have_accessible_name(re.compile("oläst"))
    await expect(ylva.pane.get_by_text("Läst av Siri")).to_be_visible()
    await siri.box.press_sequentially("Ros", delay=20)
    await expect(ylva.pane.get_by_text("Siri skriver…")).to_be_visible()
    await siri.tells(ANSWERED)
    row = await ylva.reads(ANSWERED)
    await expect(row).to_contain_text("Siri Åbrink")
    await ylva.who.looks("caregiver chat")
    await siri.who.page.keyboard.press("Escape")
    await expect(siri.pane).to_be_hidden()
    await expect(siri.tool).to_be_focused()
    await siri.who.page.keyboard.press("v")
    await expect(siri.pane).to_be_visible()
    await patient.sees_not(ASKED)


async def what_is_written_without_contact_is_kept(ylva: Colleague, siri: Colleague) -> None:
    """It waits, and is sent once when there is contact."""
    ylva.who.foretells("request: net::ERR_INTERNET_DISCONNECTED", "console: Failed to load resource")
    await ylva.who.context.set_offline(True)
    await ylva.tells(OFFLINE)
    await expect(ylva.pane.locator("li[data-waiting]")).to_contain_text("Väntar")
    await ylva.box.fill("Halvskrivet")
    await ylva.who.context.set_offline(False)
    await siri.reads(OFFLINE)
    await expect(ylva.pane.locator("li[data-waiting]")).to_have_count(0)
    await ylva.reads(OFFLINE)
    await ylva.who.page.reload()
    await expect(ylva.pane).to_be_visible()
    await expect(ylva.box).to_have_value("Halvskrivet")
    await ylva.box.fill("")


async def the_patient_has_seen_nothing(patient: Patient) -> None:
    """Neither live nor in what is drawn anew."""
    await patient.reads("Hej, jag är läkare och läser med.")
    for _ in range(2):
        page = await patient.page.content()
        for text in (ASKED, ANSWERED, OFFLINE):
            assert text not in page
        await patient.page.reload()


async def test_whoever_gives_advice_is_gone_the_moment_they_are_let_go(stage: Stage) -> None:
    """Given a nurse of another unit who is asked for advice, when the one who has the visit lets them go, then the
    door stands before it again at once; the patient has read nothing of them."""
    visit = await stage.visit("Bertil Lodmark")
    ylva = Colleague(visit.nurse)
    mehmet = await stage.nurse("Mehmet Ådal", unit="Strandgatan")
    await mehmet.signs_in()
    await ylva.asks_in("Mehmet Ådal", "Ger bara råd")
    await mehmet.opens(visit.case)
    await mehmet.sees("Ylva Tallvik har bett dig om råd. Svara i vårdgivarchatten.")
    await expect(mehmet.page.locator("#write")).to_have_count(0)
    adviser = Colleague(mehmet)
    await adviser.opens_talk()
    await adviser.tells("Be om en bild till.")
    await ylva.opens_talk()
    await ylva.reads("Be om en bild till.")
    await visit.nurse.presses(re.compile("^Vilka är med"))
    dialog = visit.nurse.page.get_by_role("dialog", name="Vilka är med")
    mehmet.foretells("response: 403")
    await visit.nurse.presses(re.compile("^Ta bort"), dialog)
    await mehmet.sees("Ärendet hör till en annan enhet")
    assert "Ådal" not in await visit.patient.page.content()
    await visit.nurse.ends(0)


async def test_feedback_from_the_visit_is_read_and_answered(stage: Stage) -> None:
    """Given a visit, when the nurse tells what did not work, then the head reads it and answers, and the nurse reads
    the answer beside the visit."""
    visit = await stage.visit("Krister Wadsjö")
    ylva = visit.nurse
    await ylva.presses("Intern återkoppling")
    dialog = ylva.page.get_by_role("dialog", name="Intern återkoppling")
    await ylva.looks("dialog, feedback")
    ylva.foretells("response: 422")
    await ylva.presses("Skicka återkoppling", dialog)
    await ylva.sees("Välj vad återkopplingen gäller.")
    await dialog.get_by_text("Triagen", exact=True).click()
    await dialog.get_by_label("Vad vill du ta upp?").fill("Frågan om andnöd kom för sent.")
    await ylva.presses("Skicka återkoppling", dialog)
    await expect(dialog).to_be_hidden()
    petra = await stage.nurse("Petra Åsnäs")
    petra.role = "Verksamhetschef"
    await petra.signs_in()
    await petra.open("/staff/feedback")
    await petra.looks("feedback")
    one = petra.page.locator(".fb-one").filter(has_text="Frågan om andnöd kom för sent.")
    await one.get_by_role("textbox").fill("Vi flyttar den i nästa version.")
    await petra.presses("Markera som läst", one)
    await expect(one).to_contain_text("Petra Åsnäs svarade")
    await ylva.presses("Intern återkoppling")
    await expect(dialog).to_contain_text("Vi flyttar den i nästa version.")
    await dialog.press("Escape")
    await ylva.ends(0)
