"""Somebody who reads from right to left."""

import re

from playwright.async_api import expect
from tests.journeys.people import BEFORE_QUEUE, SORE_THROAT, Patient, Stage

NARROW = {"width": 360, "height": 740}


async def test_care_is_sought_in_arabic(stage: Stage) -> None:
    """Given a patient who chooses Arabic on a narrow phone, when she answers about her throat and steps into the queue,
    then every page reads from right to left, no wider than the phone, and the choice is kept."""
    rim = await stage.patient("Rim Al-Khatib", viewport=NARROW)
    await rim.open("/")
    await rim.presses("العربية")
    await expect(rim.page.locator("html")).to_have_attribute("dir", "rtl")
    await rim.looks("arabic, welcome")
    await signs_in(rim)
    await rim.looks("arabic, home")
    await answers(rim)
    await joins_queue(rim)
    await leaves_queue(rim)
    await turns(rim)


async def signs_in(rim: Patient) -> None:
    """By the test persons, as everybody."""
    await rim.presses("تسجيل الدخول")
    await rim.presses("تسجيل الدخول بالهوية الإلكترونية")
    await rim.arrives(re.compile("/demo/identity"))
    await rim.says_who()
    await rim.arrives("/")
    await rim.sees("ماذا تحتاج؟")


async def answers(rim: Patient) -> None:
    """From home through the questions, in Arabic all of them; a number is written from left to right."""
    await rim.presses("طلب الرعاية")
    await rim.page.get_by_role("link", name=re.compile("Ängsviken")).click()
    await rim.arrives(re.compile(r"/care/\d+$"))
    await rim.looks("arabic, complaints")
    await rim.presses("ألم الحلق")
    await rim.arrives(re.compile(r"/interview/\d+-\d+$"))
    while asked := await rim.question:
        await expect(rim.page.locator("#q")).to_have_text(re.compile("[\u0621-\u064a]"))
        if asked == "temperature":
            await expect(rim.page.locator("#a")).to_have_css("direction", "ltr")
        if asked in ("gate", "temperature", "throat"):
            await rim.looks(f"arabic, question {asked}")
        answer = SORE_THROAT[asked]
        for one in answer if isinstance(answer, list) else [answer]:
            choice = rim.page.locator(f"form#answer label:has(input[value='{one}'])")
            if await choice.count():
                await choice.click()
            else:
                await rim.page.locator("form#answer [name=answer]").fill(str(one))
        async with rim.page.expect_navigation():
            await rim.presses("التالي")


async def joins_queue(rim: Patient) -> None:
    """The outcome, the questions before the queue, the place in it."""
    await rim.looks("arabic, result")
    await rim.presses("أدخلني قائمة الانتظار")
    await rim.arrives(re.compile("/before$"))
    await rim.looks("arabic, before the queue")
    for name, value in BEFORE_QUEUE.items():
        await rim.page.locator(f"label:has(input[name={name}][value={value}])").click()
    await rim.presses("أدخلني قائمة الانتظار")
    await rim.arrives(re.compile(r"/my/cases/\d+-\d+$"))
    await rim.sees(re.compile(r"رقمك \d+"))
    await rim.looks("arabic, waiting room")


async def leaves_queue(rim: Patient) -> None:
    """So that nobody of another story waits behind her."""
    await rim.page.locator("a[href$='/leave']:visible").first.click()
    await rim.arrives(re.compile("/leave$"))
    await rim.page.locator("form[action$='/leave'] button").click()
    await rim.arrives(re.compile(r"/my/cases/\d+-\d+$"))


async def turns(rim: Patient) -> None:
    """The way back stands to the right, the menu to the left, and the arrow points out of the page."""
    back, menu = rim.page.locator(".p-top > a.p-round"), rim.page.locator(".p-top > details")
    places = [await one.bounding_box() for one in (back, menu)]
    assert places[0] is not None
    assert places[1] is not None
    assert places[0]["x"] > places[1]["x"]
    await rim.open("/my/profile")
    await expect(rim.page.locator(".p-top .mirror")).to_have_css("transform", "matrix(-1, 0, 0, 1, 0, 0)")
    await expect(rim.page.get_by_role("button", name="العربية")).to_have_attribute("aria-pressed", "true")
    await rim.looks("arabic, profile")
