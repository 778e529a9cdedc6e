"""Somebody goes back with the browser's own button, or the phone's gesture, in the middle of the questions."""

from playwright.async_api import expect
from tests.journeys.people import Patient


async def test_going_back_ticks_nothing_that_was_not_answered(ruben: Patient) -> None:
    """Given that every question has the same address, when the browser goes back to it with another question on the
    page, then it does not tick there what was ticked in the one before."""
    await ruben.signs_in()
    await ruben.begins("Huvudvärk")
    assert await ruben.question == "gate"
    await ruben.answers_one(["none"])
    assert await ruben.question == "alarm"
    await ruben.page.go_back()
    await ruben.page.wait_for_load_state()
    assert await ruben.question == "alarm"
    await expect(ruben.page.locator("form#answer input:checked")).to_have_count(0)
