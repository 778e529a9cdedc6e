"""Ruben has a pressure over his chest."""

import re

from playwright.async_api import expect
from tests.journeys.people import CHEST_PAIN, Nurse, Patient


async def test_chest_pain_leads_to_112_and_back_when_the_answer_was_wrong(ruben: Patient) -> None:
    """Given somebody with pressure over the chest for a quarter of an hour,
    when he has said so, then 112 is one tap away; and a wrong answer can be changed."""
    await ruben.signs_in()
    await ruben.begins("Bröstsmärta")
    answers = dict(CHEST_PAIN)
    while (asked := await ruben.question) in answers:
        await ruben.answers_one(answers[asked])
    for _ in range(12):
        if not (asked := await ruben.question):
            break
        await ruben.answers_one(REST[asked])
    await ruben.sees(re.compile("Ring 112 nu"))
    call = ruben.page.get_by_role("link", name="Ring 112")
    await expect(call).to_have_attribute("href", "tel:112")
    await expect(call).to_be_in_viewport()
    await ruben.looks("emergency")

    await ruben.presses("Jag svarade fel, ändra svaret")
    assert await ruben.question
    await ruben.sees_not(re.compile("Ring 112 nu"))


async def test_112_is_one_tap_from_home(ruben: Patient) -> None:
    """Given somebody at home, when they press *Akut 112*, then the number is there to tap."""
    await ruben.signs_in()
    await ruben.presses(re.compile("Akut 112"))
    await ruben.arrives("/emergency")
    await expect(ruben.page.get_by_role("link", name=re.compile("112")).first).to_have_attribute(
        "href", "tel:112"
    )
    await ruben.looks("112")


async def test_an_emergency_is_seen_by_the_unit(ruben: Patient, ylva: Nurse) -> None:
    """Given a unit that is told of emergencies, when one comes, then it stands first in the queue; when the
    patient takes the answer back, then it goes."""
    await ylva.signs_in()
    await ylva.goes_to("Drop in")
    await ylva.presses("Visa alla roller")  # the protocol asks for a physician
    await ruben.signs_in()
    await ruben.begins("Bröstsmärta")
    for _ in range(20):
        if not (asked := await ruben.question):
            break
        await ruben.answers_one({**CHEST_PAIN, **REST}[asked])
    await ruben.sees("Ring 112 nu", re.compile("Ängsviken har fått dina svar"))
    first = ylva.page.locator("#queue [data-row]").first
    await expect(first).to_contain_text("Bröstsmärta")
    await expect(first.get_by_role("img", name="Prioritet 1", exact=True)).to_be_visible()
    await ylva.looks("drop in, with an emergency")
    await ruben.presses("Jag svarade fel, ändra svaret")
    await expect(ylva.page.locator("#queue [data-row]").filter(has_text="Bröstsmärta")).to_have_count(0)


REST: dict[str, str | list[str] | None] = {
    "pain": "8",
    "with": ["none"],
    "exertion": "no",
    "length": "unsure",
    "injury": "no",
    "fever": "no",
    "risk": ["none"],
    "pregnant": "no",
    "own_words": None,
}
