"""Somebody finds that they are signed in where they no longer are, and ends it from here."""

import re

import pytest
from playwright.async_api import expect
from tests.journeys.people import SOON, Person, Stage

pytestmark = pytest.mark.journey


async def ends_what_other_stories_left(person: Person, address: str) -> None:
    """The same people are signed in by other stories on the same site."""
    await person.open(address)
    button = person.page.get_by_role("button", name=re.compile("^Avsluta (alla andra|.*, inloggad sedan)"))
    while await button.count():
        await button.last.click()
        await person.arrives(re.compile(r"/sessions\?ended="))


async def ends_the_other(person: Person) -> None:
    """With the keyboard alone, from the page of where one is signed in."""
    page = person.page
    button = page.get_by_role("button", name=re.compile("^Avsluta .*, inloggad sedan"))
    await expect(button).to_have_count(1)
    await button.focus()
    await page.keyboard.press("Enter")
    await person.arrives(re.compile(r"/sessions\?ended=one$"))
    await person.sees("Inloggningen är avslutad.", "Du är inte inloggad någon annanstans.")


async def test_a_patient_ends_the_sign_in_on_a_phone_that_is_not_at_hand(stage: Stage) -> None:
    """Given Ruben's old phone at home, when he ends it from the new one, then it shows nothing of his any more."""
    old = await stage.patient("Ruben Ekdunge")
    new = await stage.patient("Ruben Ekdunge", java_script_enabled=False)
    new.has_script = False
    await new.signs_in()
    await ends_what_other_stories_left(new, "/my/sessions")
    await old.signs_in()
    await new.open("/my/profile")
    await new.presses(re.compile("^Inloggningar"))
    await new.arrives("/my/sessions")
    await new.sees("På andra ställen", "Den här")
    await new.looks("my sessions")
    await ends_the_other(new)
    await old.open("/my/profile")
    await old.arrives(re.compile(r"/sign-in\?next="))
    await old.sees("Logga in för att söka vård")


async def test_a_nurse_ends_the_sign_in_at_another_desk(stage: Stage) -> None:
    """Given a desk in another room, when Ylva ends it from here, then that desk asks who is there."""
    there, here = await stage.nurse("Ylva Tallvik"), await stage.nurse("Ylva Tallvik")
    await here.signs_in()
    await ends_what_other_stories_left(here, "/staff/settings/sessions")
    await there.signs_in()
    await here.open("/staff/settings/sessions")
    await here.sees(re.compile("Sjuksköterska, Ängsviken"), "På andra ställen")
    await here.looks("staff sessions")
    await ends_the_other(here)
    await here.looks("staff sessions, one ended")
    there.foretells("401", "303")
    await there.open("/staff/drop-in")
    await there.arrives(re.compile(r"/staff/sign-in\?next="))
    await expect(there.page.get_by_role("link", name="Logga in med SITHS")).to_be_visible(timeout=SOON)
