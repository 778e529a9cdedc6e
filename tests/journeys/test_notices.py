"""Texts to phones and lines in pages: a patient who has gone is told once, and staff see how far it came."""

import re

from playwright.async_api import expect
from tests.journeys.people import Nurse, Patient, Stage

# A text waits twenty seconds for whoever reads along.
AWAY = 40_000


async def test_whoever_has_left_is_told_and_the_nurse_sees_that_it_came(stage: Stage) -> None:
    """Given a visit, when the patient leaves the page and the nurse writes, then the phone says once that something
    waits, and the nurse's page says that it was sent and that it came, while she looks at it."""
    visit = await stage.visit("Ewa Zielonka")
    patient, ylva = visit.patient, visit.nurse
    await leaves_a_number(patient)
    await patient.page.close()

    await ylva.says("Hur länge har du haft ont?")
    await ylva.says("Skriv när du kan.")
    rows = ylva.page.locator("[data-chat]").get_by_text(re.compile(r"^Sms framme i telefonen \d\d\.\d\d$"))
    # One, of the first message: those that follow it are covered by the same text.
    await expect(rows).to_have_count(1, timeout=AWAY)
    await ylva.looks("visit, sms delivered")

    other = await stage.nurse("Hamid Nordsken")
    await other.signs_in()
    await other.open("/demo/outbox")
    phone = other.page.get_by_role("region", name="Ewa Zielonka")
    await expect(phone.get_by_text("Du har ett nytt meddelande. Logga in som vanligt")).to_have_count(1)
    told = await phone.inner_text()
    for secret in ("Halsont", "ont", "http", "Ylva"):
        assert secret not in told
    await the_list_says_it_came(other, visit.case.ref)
    await ylva.ends(0)


async def leaves_a_number(patient: Patient) -> None:
    """Under one's own details, since the way into the queue left none."""
    await patient.open("/my/profile")
    declined = patient.page.get_by_label("Jag vill inte lämna något nummer")
    if await declined.is_checked():
        await declined.uncheck()
    await patient.page.get_by_label("Mobilnummer").fill("070-174 06 58")
    await patient.presses("Spara")
    await patient.sees("Sparat")


async def the_list_says_it_came(nurse: Nurse, ref: str) -> None:
    """In *Mottagna*, beside the patient."""
    await nurse.open("/staff/drop-in?tab=taken")
    await expect(nurse.page.locator(f"#case-{ref}")).to_contain_text("Framme")


async def test_what_a_colleague_asks_stands_in_ones_own_page(stage: Stage) -> None:
    """Given a visit, when its owner asks the nurses to take it over, then a colleague reads it on whatever page they
    are, puts it away, and it stays away; whoever asks reads the answer in the same way."""
    visit = await stage.visit("Gunnar Svartåker")
    ylva, hamid = visit.nurse, await stage.nurse("Hamid Nordsken")
    await hamid.signs_in()
    await hamid.open("/staff/settings/notices")
    await hamid.looks("settings, notices")
    await asks_the_nurses(ylva)

    line = hamid.page.locator("#told").get_by_text(re.compile("någon i rollen Sjuksköterska tar över det"))
    await expect(line).to_be_visible()
    await expect(hamid.page.locator("#live-polite")).to_contain_text("tar över det")
    await hamid.looks("a line of what a colleague asks")
    assert "Svartåker" not in await hamid.page.locator("#told").inner_text()
    await hamid.presses("Öppna", hamid.page.locator("#told"))
    await hamid.arrives(f"/staff/cases/{visit.case.ref}")
    await expect(line).to_have_count(0)

    await ylva.open("/staff/drop-in")
    await hamid.presses(re.compile("^Acceptera"))
    answer = ylva.page.locator("#told")
    await expect(answer).to_contain_text("Hamid Nordsken har tagit över ditt besök.")
    put_away = answer.get_by_role("button", name=re.compile("^Stäng: Hamid Nordsken"))
    await put_away.click()
    await expect(put_away).to_have_count(0)
    await ylva.open("/staff")
    await expect(put_away).to_have_count(0)
    await hamid.open(f"/staff/cases/{visit.case.ref}")
    await hamid.ends(0)


async def asks_the_nurses(nurse: Nurse) -> None:
    """*Lämna över*, to everybody in one's own role."""
    await nurse.presses(re.compile("^Lämna över$"), nurse.page.locator("#visit-foot"))
    dialog = nurse.page.get_by_role("dialog", name="Lämna över besök")
    await expect(dialog).to_be_visible()
    role = dialog.get_by_role("treeitem", name=re.compile("^Sjuksköterska")).first
    if await role.get_attribute("aria-expanded") == "false":
        await role.click()
    await dialog.get_by_role("treeitem", name="Alla i rollen").locator("visible=true").first.click()
    await dialog.get_by_label("Varför?").select_option("end_of_shift")
    await nurse.presses("Slutför", dialog)
    await expect(nurse.page.locator("#visit-handover")).to_contain_text("Sjuksköterska")
