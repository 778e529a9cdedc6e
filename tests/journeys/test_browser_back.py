"""The browser itself in the middle of the questions: its way back by button or gesture, and a network that is gone."""

from playwright.async_api import expect
from tests.journeys.people import Patient, Stage


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


async def test_an_answer_without_network_stays_on_its_page(stage: Stage) -> None:
    """Given a question that is answered where there is no network, when the answer is sent, then the page stays with
    what was chosen and says so, and goes on when the network is back."""
    isa = await stage.patient("Isa Valsund")
    await isa.signs_in()
    await isa.begins("Huvudvärk")
    await isa.page.get_by_label("Nej, inget av det här").check()
    await isa.context.set_offline(True)
    await isa.page.get_by_role("button", name="Nästa").click()
    told = isa.page.locator(".p-offline")
    await expect(told).to_contain_text("Ingen kontakt sedan")
    await expect(told).to_be_in_viewport()
    await expect(isa.page.get_by_label("Nej, inget av det här")).to_be_checked()
    await isa.context.set_offline(False)
    await isa.page.get_by_role("button", name="Nästa").click()
    await expect(isa.page.locator("form#answer input[name=question]")).to_have_value("alarm")
