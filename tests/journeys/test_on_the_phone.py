"""A nurse with the telephone at the ear, and only the keyboard: from the number to the queue (rows I4, A9)."""

from __future__ import annotations

import re

from playwright.async_api import expect
from tests.journeys.people import Nurse, Stage

LINH, MATTI = "19880215-2382", "19870203-2395"


async def _focused(nurse: Nurse, name: str) -> None:
    await expect(nurse.page.locator(":focus")).to_have_attribute("name", name)


async def test_a_whole_call_with_the_keyboard_alone(stage: Stage) -> None:
    linh = await stage.patient("Linh Dao")
    await linh.signs_in()
    await linh.has_sought_care()
    nurse = await stage.nurse("Ylva Tallvik")
    await nurse.signs_in()
    page = nurse.page
    await page.keyboard.press("g")
    await page.keyboard.press("p")
    await nurse.arrives(re.compile(r"/staff/patients(\?.*)?$"))
    await page.locator("#find-q").focus()
    await page.keyboard.type(LINH)
    await page.keyboard.press("Enter")
    await nurse.arrives(re.compile(r"/staff/patients/\d+(\?.*)?$"))
    link = page.get_by_role("link", name="Assisterad triage")
    await link.focus()
    await page.keyboard.press("Enter")
    await nurse.arrives(re.compile(r"/assisted$"))
    await nurse.looks("assisted triage, begun")
    # Who calls is chosen already; on to the number, then what it is about.
    await _focused(nurse, "caller")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await _focused(nurse, "phone")
    await page.keyboard.type("070-174 06 12")
    for _ in range(3):
        await page.keyboard.press("Tab")
    await _focused(nurse, "q")
    await page.keyboard.type("allergi")
    await expect(page.locator("#reasons .reason").first).to_have_text(re.compile("Allergi"))
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await nurse.arrives(re.compile(r"/staff/assisted/\d+-\d+$"))
    call = page.url
    # The gate: nothing of it by its figure, Enter goes on.
    await _focused(nurse, "answer")
    options = page.locator("form[data-answer-now] input[name=answer]")
    await page.keyboard.press("0")
    await expect(options.last).to_be_checked()
    await expect(options.last).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".asked-row")).to_have_count(1)
    await page.wait_for_load_state()
    await nurse.looks("assisted triage, questions")
    # Back to it and on again: the answer stands.
    await page.keyboard.press("b")
    await expect(page.locator("form[data-answer-now] input[name=answer]:checked")).to_have_count(1)
    await page.wait_for_load_state()
    await page.keyboard.press("Enter")
    await expect(page.locator("#now ~ .asked-row, .asked-row")).to_have_count(1)
    for _ in range(30):
        await page.wait_for_load_state()  # keys are heard from here on
        if page.url.endswith("/outcome"):
            break
        before = await page.locator("form[data-answer-now] input[name=question]").get_attribute("value")
        fields = page.locator("form[data-answer-now] [name=answer]")
        kind = await fields.first.get_attribute("type") if await fields.count() else None
        if kind in ("radio", "checkbox"):
            await page.keyboard.press("0" if kind == "checkbox" else "1")
            await page.keyboard.press("Enter")
        elif kind == "text":
            await page.keyboard.type("2")
            await page.keyboard.press("Enter")
        else:
            await page.locator("form[data-answer-now] button").focus()
            await page.keyboard.press("Enter")
        await expect(
            page.locator(f"form[data-answer-now] input[name=question][value='{before}']")
        ).to_have_count(0)
    await nurse.arrives(re.compile("/outcome$"))
    await nurse.sees("Läs upp", "Triagens utfall")
    await nurse.looks("assisted triage, outcome")
    # It waits on the start page until it is done.
    await page.goto("/staff")
    await page.locator("#begun a").focus()
    await page.keyboard.press("Enter")
    await nurse.arrives(re.compile("/outcome$"))
    await page.locator("#note").focus()
    await page.keyboard.type("Vill bli uppringd före tolv.")
    queue = page.get_by_role("button", name="Lägg i kön")
    await queue.focus()
    await page.keyboard.press("Enter")
    await nurse.arrives(re.compile("/done$"))
    assert page.url.startswith(call)
    await nurse.sees("Ärendet ligger i kön")
    await nurse.looks("assisted triage, done")
    await page.get_by_role("link", name="Öppna ärendet").focus()
    await page.keyboard.press("Enter")
    await nurse.arrives(re.compile(r"/staff/cases/\d+-\d+$"))
    await nurse.sees("Patienten läser inte här och får inget meddelande. Ring när du har tagit emot.")
    await nurse.looks("a visit by telephone")
    assert not stage.faults()


async def test_enter_in_a_field_saves_and_112_is_one_press_away(stage: Stage) -> None:
    matti = await stage.patient("Matti Sjöqvarn")
    await matti.signs_in()
    await matti.has_sought_care()
    nurse = await stage.nurse("Ylva Tallvik")
    await nurse.signs_in()
    page = nurse.page
    await page.goto("/staff/patients")
    await page.locator("#find-q").fill(MATTI)
    await page.keyboard.press("Enter")
    await nurse.arrives(re.compile(r"/staff/patients/\d+(\?.*)?$"))
    await page.get_by_role("link", name="Assisterad triage").click()
    await nurse.arrives(re.compile("/assisted$"))
    await page.get_by_label("Nummer att ringa upp på").fill("070-174 06 12")
    await nurse.presses("Bröstsmärta")
    await nurse.arrives(re.compile(r"/staff/assisted/\d+-\d+$"))
    await page.keyboard.press("1")
    await page.keyboard.press("Enter")
    await nurse.arrives(re.compile("/outcome$"))
    await nurse.sees("Be den som ringer att ringa 112 nu")
    await nurse.looks("assisted triage, 112")
    await page.locator("#reason").focus()
    await page.keyboard.press("Enter")
    await nurse.arrives(re.compile(r"/outcome\?saved=1$"))
    await nurse.sees("Sparat. Det finns under Påbörjade tills du avslutar.")
    await nurse.presses("Ring 112 uppmanad")
    await nurse.arrives(re.compile("/done$"))
    await nurse.sees("Lägg på nu och ring 112.")
    assert not stage.faults()
