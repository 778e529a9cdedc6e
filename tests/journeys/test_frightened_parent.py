"""Elin's daughter Tuva has a sore throat. The whole way: from the first question to the last answer."""

import asyncio
import re

from playwright.async_api import Route, expect
from tests.journeys.people import SORE_THROAT, Case, Nurse, Patient, Stage, eventually
from tests.journeys.pictures import PHOTO


async def test_a_frightened_parent_is_helped_to_the_end(
    stage: Stage, elin: Patient, matti: Patient, ruben: Patient, ylva: Nurse, hamid: Nurse
) -> None:
    """Given two nurses at work, and Ruben before her in the queue,
    when Elin seeks care for Tuva, then she is led, told and answered at every step."""
    await asyncio.gather(elin.signs_in(), ylva.signs_in())
    await asyncio.gather(ruben.signs_in(), hamid.signs_in())
    rubens, _ = await asyncio.gather(
        ruben.seeks_care("Halsont", SORE_THROAT), elin_answers_most_questions(elin)
    )
    await ruben.page.close()  # Ruben puts his phone away
    case = await elin_joins_the_queue(elin)
    await elin.sees("Ni är nummer 2", "Du kan stänga sidan.")

    await somebody_takes_the_one_before_her(ylva, rubens)
    # Others leave the line without a word to her: her page looks for itself every twentieth second.
    await expect(elin.page.get_by_role("heading", name="Ni är nummer 1", exact=True)).to_be_visible(
        timeout=25_000
    )
    await elin.sees(
        re.compile(r"Uppdaterat \d\d\.\d\d\."), re.compile("Ungefär|Vi kan inte säga hur lång tid")
    )
    taker, other = await two_nurses_press_at_once(ylva, hamid, case)
    await expect(elin.page.get_by_text(f"{taker.name} har tagit emot ärendet.")).to_be_visible()
    await elin.looks("taken, before the visit")

    await the_visit_begins(elin, taker)
    await they_talk(elin, taker)
    await the_other_guardian_reads_but_cannot_write(matti, case)
    await the_priority_is_changed(elin, taker)
    await taker.ends(7)
    await elin.sees("Besöket är avslutat.", re.compile(r"Du kan skriva här till .+ Svar kan dröja\."))
    await elin.looks("chat, after the visit")

    await taker.sees(re.compile(r"Sms skickat"))
    await the_note_is_written(taker)
    await elin_writes_again(elin, taker, other, case)
    await the_phone_was_told(stage, taker, ruben)


async def elin_answers_most_questions(elin: Patient) -> None:
    """Back without loss; a photo; the page closed and opened again."""
    await elin.begins("Halsont", for_="Tuva")
    await elin.sees("för Tuva, 6 år")
    await elin.answers(SORE_THROAT, until="days")
    await elin.presses("Tillbaka", elin.page.locator("footer"))
    assert await elin.question == "swallowing"
    await expect(elin.page.locator("input[value=each_swallow]")).to_be_checked()
    await elin.goes_on()
    elin.foretells("422 POST")
    await elin.goes_on()  # without an answer
    await expect(elin.page.locator("[data-focus], [aria-invalid=true]").first).to_be_visible()
    await elin.looks("question, refused")
    await elin.answers(SORE_THROAT, until="throat")
    await elin.page.locator("input[type=file]").set_input_files(PHOTO)
    await elin.answers_one(SORE_THROAT["throat"])
    assert await elin.question == "nodes"
    await elin.presses("Tillbaka", elin.page.locator("footer"))
    await expect(elin.page.locator("input[value=spots]")).to_be_checked()
    await elin.sees("En bild är tillagd.")
    await elin.looks("question with a photo")

    await elin.page.close()
    elin.page = await elin.context.new_page()
    await elin.open("/")
    await elin.page.get_by_role("link", name=re.compile("Tuva")).click()
    await elin.sees("Fortsätt där du var")
    await elin.looks("home, with questions begun")
    await elin.page.get_by_role("link", name=re.compile("Fortsätt där du var")).click()
    assert await elin.question == "nodes"
    await elin.answers(SORE_THROAT)


async def elin_joins_the_queue(elin: Patient) -> Case:
    """The outcome says why, and what happens now."""
    await elin.arrives(re.compile("/result$"))
    await elin.page.get_by_text("Varför får vi det här svaret?").click()
    await elin.sees("Halsont, Tuva, 6 år", "Det här händer nu", "inte granskat eller godkänt")
    await elin.looks("result, with why")
    case = await elin.joins_queue()
    await elin.presses("Läs dina svar")
    await elin.sees("Hon gråter när hon sväljer. Jag är orolig.")
    await elin.looks("one's own answers")
    await elin.page.go_back()
    return case


async def somebody_takes_the_one_before_her(ylva: Nurse, rubens: Case) -> None:
    """Ylva takes Ruben's case."""
    await ylva.goes_to("Drop in")
    await expect(ylva.row(rubens)).to_be_visible()
    await ylva.looks("drop in")
    await ylva.takes(rubens)
    await ylva.looks("visit, taken")


async def two_nurses_press_at_once(ylva: Nurse, hamid: Nurse, case: Case) -> tuple[Nurse, Nurse]:
    """One has it, the other reads who."""
    gate = asyncio.Event()
    pressed: list[str] = []

    async def hold(route: Route) -> None:
        pressed.append(route.request.url)
        if len(pressed) == 2:
            gate.set()
        await gate.wait()
        await route.continue_()

    for nurse in (ylva, hamid):
        nurse.foretells(f"409 POST {nurse.stage.base}/staff/cases/{case.ref}/accept")
        await nurse.goes_to("Drop in")
        await expect(nurse.row(case)).to_be_visible()
        await nurse.page.route("**/accept", hold)
        await nurse.row(case).hover()
    await asyncio.gather(
        *(
            nurse.row(case).get_by_role("button", name=re.compile("^Ta emot")).click()
            for nurse in (ylva, hamid)
        )
    )
    at_visit = re.compile(f"/staff/cases/{case.ref}$")
    before = re.compile(r"(Ylva|Hamid)( \w+)? hann före")
    for nurse in (ylva, hamid):
        await expect(
            nurse.page.locator("#visit-dock").or_(nurse.page.locator("#list-fault [data-fault]"))
        ).to_be_visible()
        await nurse.page.unroute("**/accept")
    taker, other = (ylva, hamid) if at_visit.search(ylva.page.url) else (hamid, ylva)
    await taker.arrives(at_visit)
    await other.sees(before)
    assert taker.first in await other.page.locator("#list-fault").inner_text()
    await other.looks("drop in, somebody was first")
    return taker, other


async def the_visit_begins(elin: Patient, taker: Nurse) -> None:
    """The nurse reads what was told, and the welcome reaches Elin."""
    await taker.sees(
        "Tuva Sjöqvarn", "Autoanamnes", "Hon gråter när hon sväljer. Jag är orolig.", "Nekar till"
    )
    await expect(taker.page.locator("#visit-overview .thumb img")).to_have_count(1)
    await taker.page.get_by_role("link", name="Originalsvar").click()
    await taker.sees("Hur går det för Tuva att svälja?")
    await taker.looks("original answers")
    await taker.presses("Till samtalet")
    await taker.starts_visit()
    await taker.looks("visit, begun")
    await elin.sees(re.compile(f"Jag heter {taker.first}"))
    await expect(elin.composer).to_be_visible()
    await elin.looks("chat, begun")


async def they_talk(elin: Patient, taker: Nurse) -> None:
    """Both ways, with lines, a picture and read marks."""
    await elin.says("Hon har 39,2 nu.")
    await taker.reads("Hon har 39,2 nu.")
    await expect(elin.bubble("Hon har 39,2 nu.")).to_contain_text("Läst")

    await taker.composer.fill("Tack, Elin.")
    await elin.sees(f"{taker.first} skriver…")
    await taker.composer.press("Shift+Enter")
    await taker.composer.press_sequentially("Kan du skicka en bild till?")
    await taker.composer.press("Enter")
    answer = elin.page.locator("[data-chat] > li").filter(has_text="Kan du skicka en bild till?")
    await expect(answer).to_have_count(1)
    assert "Tack, Elin.\nKan du" in await answer.locator("[data-text]").inner_text()

    await taker.composer.press_sequentially("Jag")
    await elin.sends_picture("Så här ser det ut.")
    await taker.reads("Så här ser det ut.")
    picture = taker.page.locator("[data-chat] .thumb img")
    await expect(picture).to_be_visible()
    await eventually(lambda: picture.evaluate("(one) => one.naturalWidth > 0"))
    assert await taker.composer.input_value() == "Jag"
    await taker.looks("visit, with a picture")
    await elin.looks("chat, with a picture")
    await taker.composer.fill("Jag ser vita prickar.")
    await taker.composer.press("Enter")
    await elin.reads("Jag ser vita prickar.")
    await expect(taker.bubble("Jag ser vita prickar.")).to_contain_text("Läst")


async def the_other_guardian_reads_but_cannot_write(matti: Patient, case: Case) -> None:
    """Matti follows it all, and is told why there is no box to write in."""
    await matti.signs_in()
    await (
        matti.page.get_by_role("navigation", name="Huvudmeny")
        .get_by_role("link", name=re.compile("Ärenden"))
        .click()
    )
    await matti.arrives("/my/cases")
    await matti.looks("cases")
    await matti.page.get_by_role("link", name=re.compile("Halsont.*Tuva")).click()
    await matti.arrives(f"/my/cases/{case.ref}")
    await matti.reads("Jag ser vita prickar.")
    await matti.sees("Den som sökte vård är den som kan skriva.")
    await expect(matti.composer).to_have_count(0)
    await matti.looks("chat of the other guardian")
    matti.foretells("403 POST")
    status = await matti.page.evaluate(
        """async (url) => (await fetch(url, {method: "POST", body: new URLSearchParams({text: "Hej", key:
        crypto.randomUUID()}), headers: {accept: "application/json", "x-csrf-token":
        document.querySelector("meta[name=csrf-token]").content}})).status""",
        f"/my/cases/{case.ref}/messages",
    )
    assert status == 403


async def the_priority_is_changed(elin: Patient, taker: Nurse) -> None:
    """With a reason, which the patient does not read."""
    await taker.presses(re.compile("^Ändra prioritet"), taker.page.locator("#visit-overview"))
    dialog = taker.page.get_by_role("dialog", name="Ändra prioritet")
    await expect(dialog).to_be_visible()
    await taker.looks("dialog, priority")
    taker.foretells("422 POST")
    await dialog.locator("label:has(input[value='2'])").click()
    await taker.presses("Ändra prioritet", dialog)
    await expect(dialog.locator("[data-fault]")).to_be_visible()
    await taker.looks("dialog, priority, refused")
    await dialog.get_by_label("Varför?").fill("Dricker dåligt.")
    await taker.presses("Ändra prioritet", dialog)
    await taker.sees(re.compile("ändrade prioritet 3 till 2: Dricker dåligt"))
    await elin.sees_not(re.compile("Dricker dåligt"))


async def the_note_is_written(taker: Nurse) -> None:
    """Saved as it is typed, with a diagnosis found by its name; copied and signed."""
    await taker.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await taker.page.get_by_role("button", name="Hämta autoanamnesen").click()
    await expect(taker.page.get_by_label("Anamnes", exact=True)).to_have_value(re.compile("39,2"))
    await taker.page.get_by_label("Bedömning", exact=True).fill("Halsfluss sannolik.")
    await taker.sees(re.compile(r"Utkast, sparat \d\d\.\d\d"))
    search = taker.page.get_by_label("Huvuddiagnos")
    await search.press_sequentially("tonsillit")
    found = taker.page.get_by_role("listbox", name="Diagnoser").get_by_role("option")
    await expect(found.first).to_be_visible()
    await taker.looks("note, searching")
    await found.filter(has_text="J03").first.click()
    await expect(search).to_have_value(re.compile("J03"))
    await taker.sees(re.compile(r"Utkast, sparat \d\d\.\d\d"))
    await taker.presses("Kopiera anteckningen")
    await eventually(
        lambda: taker.page.evaluate(
            "async () => (await navigator.clipboard.readText()).includes('Bedömning: Halsfluss sannolik.')"
        )
    )
    await taker.presses("Signera")
    await taker.sees(re.compile(f"{taker.name} signerade"), "Kontrollsumma")
    await taker.looks("note, signed")


async def elin_writes_again(elin: Patient, taker: Nurse, other: Nurse, case: Case) -> None:
    """It lies in *Inkorg* for everybody at the unit until it is answered, or marked when it needs no answer."""
    await elin.says("Hon har fått feber igen, 39,5.")
    await taker.goes_to("Asynkrona")
    await expect(taker.row(case)).to_contain_text("Hon har fått feber igen")
    await taker.looks("asynchronous, inbox")
    await other.goes_to("Asynkrona")
    await expect(other.row(case)).to_be_visible()
    await taker.row(case).get_by_role("link").first.click()
    await taker.reads("Hon har fått feber igen, 39,5.")
    await taker.says("Kom hit i morgon klockan 9.")
    await elin.reads("Kom hit i morgon klockan 9.")
    await expect(other.row(case)).to_have_count(0)  # who answers has taken it out of the inbox
    await elin.says("Tack, då kommer vi.")
    await other.looks("asynchronous, inbox")
    await expect(other.row(case)).to_contain_text("Tack, då kommer vi.")
    await taker.presses("Markera som klar")
    await taker.sees(re.compile("markerade som klar"))
    await expect(taker.page.get_by_role("button", name="Markera som klar")).to_have_count(0)
    await expect(other.row(case)).to_have_count(0)
    await other.page.get_by_role("link", name=re.compile("Kräver ingen åtgärd")).click()
    await expect(other.row(case)).to_be_visible()
    await other.looks("asynchronous, nothing to do")


async def the_phone_was_told(stage: Stage, taker: Nurse, ruben: Patient) -> None:
    """Ruben was away when his case was taken: his phone says that something waits, not what."""
    await taker.open("/demo/outbox")
    await expect(taker.page.get_by_role("region", name=ruben.name)).to_contain_text(
        "Vårdpersonal har tagit emot ditt ärende. Logga in som vanligt", timeout=30_000
    )
    assert "Halsont" not in await taker.page.get_by_role("region", name=ruben.name).inner_text()
    await taker.looks("outbox")
