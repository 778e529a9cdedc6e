"""A nurse works three chats by keyboard alone while two patients write at once: nothing is lost, nothing jumps, and the
focus is never taken from her."""

import asyncio
import re

from playwright.async_api import expect
from tests.journeys.people import Case, Nurse, Patient, Stage, eventually

PATIENTS = ("Krister Wadsjö", "Clara Ulvsund", "Mohsen Karimpour")

_HERE = "document.activeElement?.matches('form[data-composer] textarea') ?? false"
_CAME = "!document.querySelector('.visit[aria-busy]')"
_LOADED = "performance.timeOrigin"


async def three_chats(stage: Stage, nurse: Nurse) -> list[tuple[Patient, Case]]:
    """Three patients, each with a visit that goes on."""
    found = []
    for name in PATIENTS:
        patient = await stage.patient(name)
        await patient.signs_in()
        case = await patient.has_sought_care()
        await nurse.opens(case)
        await nurse.presses(re.compile("^Ta emot"))
        await nurse.starts_visit()
        await patient.open(f"/my/cases/{case.ref}")
        await expect(patient.composer).to_be_visible()
        found.append((patient, case))
    return found


async def at(nurse: Nurse, case: Case) -> None:
    """The page shows the visit and the box one writes in has the focus."""
    await expect(nurse.page).to_have_url(re.compile(f"/staff/cases/{case.ref}$"))
    await expect(nurse.page.locator(f".visit[data-visit-base='/staff/cases/{case.ref}']")).to_be_visible()
    await eventually(lambda: nurse.page.evaluate(_HERE))


async def steps_to(nurse: Nurse, case: Case) -> None:
    """Out of the box, along the list, and in: J and K and Enter."""
    press = nurse.page.keyboard.press
    await press("Escape")
    link = nurse.page.locator(f"#own-{case.ref} a")
    for key in ["k"] * 6 + ["j"] * 12:
        if await link.evaluate("(one) => one === document.activeElement"):
            break
        await press(key)
    await press("Enter")
    await at(nurse, case)


async def the_talk_stays_with_its_visit(nurse: Nurse, a: Case, b: Case) -> None:
    """The colleagues' own talk is open in one visit: the next comes without it, and back again it is open."""
    page = nurse.page
    talk = page.get_by_role("region", name="Vårdgivarchatt", exact=True)
    await page.keyboard.press("Escape")
    await page.keyboard.press("v")
    await expect(talk.locator("textarea")).to_be_focused()
    for case, shown in ((b, False), (a, True)):
        await page.locator(f"#own-{case.ref} a").click()
        await expect(page).to_have_url(re.compile(f"/staff/cases/{case.ref}$"))
        await expect(talk).to_be_visible(visible=shown)
        await expect(page.locator("[data-talk-opens]")).to_have_attribute("aria-expanded", str(shown).lower())
    await page.get_by_role("button", name="Stäng vårdgivarchatten").click()
    await expect(talk).to_be_hidden()


async def test_three_chats_by_keyboard_with_two_who_write_at_once(stage: Stage) -> None:
    """Given three visits, when the nurse goes between them with the keyboard while two patients write,
    then each box keeps its words, every message comes once and in order, the page is never loaded anew, and what she
    writes is never interrupted."""
    nurse = await stage.nurse("Aino Rautamäki")
    await nurse.signs_in()
    chats = await three_chats(stage, nurse)
    (first, a), (second, b), (_, c) = chats
    await nurse.opens(a)
    loaded = await nurse.page.evaluate(_LOADED)
    keys = nurse.page.keyboard
    await keys.press("r")
    await at(nurse, a)
    await nurse.looks("visit, three chats")

    # Half a sentence in the first, the whole of one in the second, nothing in the third.
    await keys.type("Ta två tabletter")
    await steps_to(nurse, b)
    await expect(nurse.composer).to_have_value("")
    await keys.type("Hej Clara.")
    await keys.press("Enter")
    await second.reads("Hej Clara.")
    await keys.press("Alt+ArrowDown")
    await eventually(lambda: nurse.page.evaluate(_CAME))
    await steps_to(nurse, c)

    # Two write at once, into visits that she does not see, while she writes in the third.
    async def writes(patient: Patient, mark: str) -> None:
        for n in range(5):
            await patient.says(f"{mark} {n}")
            await patient.reads(f"{mark} {n}")

    box = nurse.composer
    place = await box.bounding_box()

    async def types() -> None:
        await keys.type("Jag läser det du skrev och återkommer om en stund.", delay=40)

    await asyncio.gather(writes(first, "ont"), writes(second, "feber"), types())
    await expect(box).to_have_value("Jag läser det du skrev och återkommer om en stund.")
    assert await nurse.page.evaluate(_HERE), "the focus was taken"
    assert await box.bounding_box() == place, "the box jumped"
    for one in (a, b):
        await expect(nurse.page.locator(f"#own-{one.ref} .dot-accent")).to_be_visible()
    await expect(nurse.page.locator(f"#own-{c.ref} .dot-accent")).to_have_count(0)

    # Back in the first: her half sentence, the five messages in order.
    await steps_to(nurse, a)
    await expect(box).to_have_value("Ta två tabletter")
    assert (await nurse.conversation())[-5:] == [f"ont {n}" for n in range(5)]
    await keys.type(" till kvällen.")
    await keys.press("Enter")
    await first.reads("Ta två tabletter till kvällen.")
    await expect(nurse.page.locator(f"#own-{a.ref} .dot-accent")).to_have_count(0)

    # The browser's own back leads to the visit before, with its words.
    await nurse.page.go_back()
    await at(nurse, c)
    await expect(box).to_have_value("Jag läser det du skrev och återkommer om en stund.")
    await nurse.page.go_forward()
    await at(nurse, a)
    assert await nurse.page.evaluate(_LOADED) == loaded, "the page was loaded anew"

    await the_talk_stays_with_its_visit(nurse, a, b)

    # A page loaded anew has the words too.
    await nurse.opens(c)
    await expect(box).to_have_value("Jag läser det du skrev och återkommer om en stund.")
    await ends_all(nurse, [a, b, c])


async def test_without_contact_several_chats_keep_what_is_sent_and_send_it_once_in_order(
    stage: Stage,
) -> None:
    """Given two visits and a line that is gone, when the nurse sends in both, then it stands as waiting in both, and
    comes once and in order when the line is back."""
    nurse = await stage.nurse("Aino Rautamäki")
    await nurse.signs_in()
    chats = []
    for name in ("Börje Hamnskär", "Jasmin Lahti"):
        patient = await stage.patient(name)
        await patient.signs_in()
        case = await patient.has_sought_care()
        await nurse.opens(case)
        await nurse.presses(re.compile("^Ta emot"))
        await nurse.starts_visit()
        await patient.open(f"/my/cases/{case.ref}")
        chats.append((patient, case))
    (first, a), (second, b) = chats
    await nurse.opens(a)
    await at_rest(nurse)
    nurse.foretells("net::", "Failed to load resource", "Failed to fetch")
    await nurse.context.set_offline(True)
    for n in range(2):
        await nurse.says(f"till den första {n}")
    await expect(nurse.page.locator("[data-chat] > [data-waiting]")).to_have_count(2)
    # Another visit cannot come now: the page says so, and keeps what is in it.
    await nurse.page.locator(f"#own-{b.ref} a").click()
    await nurse.sees(re.compile("Det gick inte att öppna besöket"))
    await expect(nurse.page).to_have_url(re.compile(f"{a.ref}$"))
    await nurse.context.set_offline(False)
    await first.reads("till den första 1")
    await nurse.page.locator(f"#own-{b.ref} a").click()
    await expect(nurse.page).to_have_url(re.compile(f"{b.ref}$"))
    await nurse.says("till den andra")
    await second.reads("till den andra")
    assert (await first.conversation())[-2:] == ["till den första 0", "till den första 1"]
    await ends_all(nurse, [a, b])


async def at_rest(nurse: Nurse) -> None:
    """The page hears what happens."""
    await eventually(lambda: nurse.page.locator("[data-live-state][data-state=live]").count())


async def ends_all(nurse: Nurse, cases: list[Case]) -> None:
    """Nobody is left waiting for the next story."""
    for case in cases:
        await nurse.opens(case)
        await nurse.ends(0)
