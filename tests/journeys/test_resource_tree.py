"""*Välj resurs*: unit → role → person by typing and by keys alone, with who is on shift, and without any script."""

import re

from playwright.async_api import expect
from tests.journeys.people import Nurse, Stage


async def _opens_the_tree(nurse: Nurse) -> None:
    await nurse.page.locator("summary.filter", has_text="Personal").click()
    await expect(nurse.page.get_by_role("tree", name="Resurser")).to_be_visible()


async def test_a_colleague_is_found_by_typing_and_chosen_by_keys(stage: Stage) -> None:
    hamid = await stage.nurse("Hamid Nordsken")
    await hamid.signs_in()
    await hamid.goes_to("Drop in")
    await _opens_the_tree(hamid)
    page, tree = hamid.page, hamid.page.get_by_role("tree", name="Resurser")
    await expect(page.get_by_role("searchbox", name="Sök enhet, roll eller person")).to_be_focused()
    own = tree.get_by_role("treeitem", name=re.compile("^Ängsviken Din enhet")).first
    await expect(own).to_have_attribute("aria-expanded", "true")
    await hamid.looks("resource tree")

    await page.keyboard.type("asnas")
    petra = tree.get_by_role("treeitem", name=re.compile("^Petra Åsnäs")).first
    await expect(petra.locator("mark")).to_have_text("Åsnäs")
    await hamid.looks("resource tree, searched")
    await page.keyboard.press("ArrowDown")
    await expect(own).to_be_focused()
    await page.keyboard.press("End")
    await page.keyboard.press("Home")
    await expect(own).to_be_focused()
    await page.keyboard.press("ArrowLeft")
    await expect(own).to_have_attribute("aria-expanded", "false")
    await expect(petra).to_be_hidden()
    await page.keyboard.press("ArrowRight")
    await expect(petra).to_be_visible()
    await page.keyboard.type("pet")
    await expect(petra).to_be_focused()
    await page.keyboard.press("Enter")
    await hamid.arrives(re.compile("resource=|staff="))
    await expect(page.locator("summary.filter", has_text="Personal")).to_contain_text("Petra Åsnäs")


async def test_who_begins_a_shift_is_marked_while_the_tree_is_open(stage: Stage) -> None:
    hamid = await stage.nurse("Hamid Nordsken")
    await hamid.signs_in()
    await _opens_the_tree(hamid)
    search = hamid.page.get_by_role("searchbox", name="Sök enhet, roll eller person")
    await search.fill("ylva")
    tree = hamid.page.get_by_role("tree", name="Resurser")
    found = tree.get_by_role("treeitem", name=re.compile("^Ylva Tallvik")).first
    await expect(found).to_be_visible()
    ylva = await stage.nurse("Ylva Tallvik")
    await ylva.signs_in()
    await expect(tree.get_by_role("treeitem", name="Ylva Tallvik På skift").first).to_be_visible()


async def test_the_tree_works_without_script(stage: Stage) -> None:
    hamid = await stage.nurse("Hamid Nordsken", java_script_enabled=False)
    await hamid.signs_in()
    await hamid.page.locator("summary.filter", has_text="Personal").click()
    await hamid.page.get_by_role("link", name="Välj resurs").click()
    search = hamid.page.get_by_role("searchbox", name="Sök enhet, roll eller person").first
    await search.fill("petra")
    await hamid.presses("Sök", hamid.page.locator("form[role=search]").last)
    assert "petra" not in hamid.page.url
    await hamid.page.get_by_role("radio", name=re.compile("^Petra Åsnäs")).first.check()
    await hamid.presses("Visa")
    await expect(hamid.page.locator("summary.filter", has_text="Personal")).to_contain_text("Petra Åsnäs")
