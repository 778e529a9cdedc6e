"""*Konsultera* and what follows, as the stories of consultations do it: by the labels of the buttons."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect
from tests.journeys.people import Nurse, Stage

from vardlots.access.sessions import staff_actor
from vardlots.admin.bodies import filled
from vardlots.admin.known import kinds
from vardlots.admin.shape import fields_of
from vardlots.cases.turn import House
from vardlots.clinics.queries import assignments_of
from vardlots.configuration import queries
from vardlots.configuration.actions import Change, save
from vardlots.platform import clock
from vardlots.platform.db import NOBODY

NARROW = {"width": 360, "height": 800}
WIDE = {"width": 1440, "height": 900}


class Secretary(Nurse):
    """A medical secretary: in the inbox for errands, with a shift where one is asked for."""

    role = "Medicinsk admin"

    async def signs_in(self) -> None:
        """Through the way in, and the shift."""
        await self._is("/staff/sign-in", "Logga in med SITHS")
        await self.page.wait_for_url(re.compile("/staff"))
        if "/staff/shift" in self.page.url:
            await self.page.get_by_role("group", name="Skifttyp").get_by_role("radio").first.check(force=True)
            await self.presses("Starta skift")
        await self.arrives("/staff")


async def secretary(stage: Stage, name: str, unit: str = "Ängsviken") -> Secretary:
    """Somebody at a desk of their own."""
    return Secretary(stage, name, await stage._context(viewport=WIDE), unit)


async def looks_both(who: Nurse, what: str) -> None:
    """Axe looks at the page, wide and narrow; nothing is wider than a phone."""
    await who.looks(what)
    await who.page.set_viewport_size(NARROW)
    await who.looks(f"{what}, narrow")
    await who.page.set_viewport_size(WIDE)


async def has_a_phone(at: House, *, head: str, unit: str, phone: str) -> None:
    """The unit's *Jourlista* has an ordinary number, saved as administration saves it, by its head."""
    async with at.database.transaction(NOBODY) as connection:
        staff_id = await connection.fetchval(
            "SELECT staff_id FROM staff WHERE given_name || ' ' || family_name = $1", head
        )
        key = str(await connection.fetchval("SELECT unit_id FROM unit WHERE name = $1", unit))
        actors = [
            await staff_actor(connection, staff_id=staff_id, assignment_id=one.assignment_id)
            for one in await assignments_of(connection, staff_id)
        ]
    by = next(actor for actor in actors if actor is not None and actor.administers)
    kind = kinds()["roster"]
    async with at.database.transaction(by.scope) as connection:
        found = await queries.item(connection, by.provider_id, kind, key, clock.now())
    assert found is not None
    if found.body.get("phone") == phone:
        return
    body = filled(fields_of(kind.shape), found.body) | {"phone": phone}
    change = Change(key=key, body=body, base_version=found.newest)
    await save(at.database, at.hub, by=by, kind=kind, changes=[change], reason="Mottagningens telefon.")


async def phone_shows(stage: Stage, phone: str, text: str | re.Pattern[str]) -> str:
    """What a unit's phone (in E.164) shows, in the outbox; returns all of it."""
    anybody = await stage.nurse("Telefon på enheten")
    await anybody.open("/demo/outbox")
    shown = anybody.page.locator("#phones > section").filter(has_text=phone)
    await expect(shown.get_by_text(text).first).to_be_visible(timeout=15_000)
    return await shown.inner_text()


async def opens_konsultera(nurse: Nurse) -> Locator:
    """*Konsultera* in the visit, whether or not anybody has taken it. Returns the form."""
    await nurse.presses("Konsultera")
    await nurse.arrives(re.compile(r"/staff/cases/\d+-\d+/consult$"))
    form = nurse.page.locator("#consult-form")
    await expect(form).to_be_visible()
    return form


async def chooses(form: Locator, unit: str, role: str) -> None:
    """*Resurs* in the tree: a role at a unit of one's own provider."""
    tree = form.get_by_role("tree", name="Resurser")
    place = tree.get_by_role("treeitem", name=re.compile(f"^{unit}")).first
    if await place.get_attribute("aria-expanded") == "false":
        await place.click()
    inside = place.locator("xpath=following-sibling::*[@role='group']")
    await inside.get_by_role("treeitem", name=re.compile(f"^{role}")).first.click()


async def sends(nurse: Nurse, form: Locator) -> str:
    """*Skicka*. Returns the consultation's address."""
    await nurse.presses("Skicka", form)
    await nurse.arrives(re.compile(r"/staff/consultations/\d+-\d+$"))
    return nurse.page.url.split(nurse.stage.base)[1]


def row(who: Nurse, address: str) -> Locator:
    """The consultation's row in *Konsultationer*."""
    return who.page.locator(f"#consultation-{address.rsplit('/', 1)[1]}")


async def opens_from_list(who: Nurse, address: str) -> None:
    """It came by itself to whoever looks at the list; opened from there."""
    await expect(row(who, address)).to_be_visible()
    await row(who, address).get_by_role("link").first.click()
    await who.arrives(address)


async def accepts(who: Nurse) -> None:
    """*Ta emot och starta konsultation*."""
    await who.presses("Ta emot och starta konsultation")
    await expect(who.page.get_by_role("button", name="Ta emot och starta konsultation")).to_have_count(0)
    await who.sees(re.compile(f"{who.name} tog emot konsultationen"))


async def answers(who: Nurse, text: str) -> None:
    """*Svara*."""
    form = who.page.locator("#answer")
    await form.get_by_label("Svara").fill(text)
    await who.presses("Svara", form)
    await expect(who.page.locator(".con-text", has_text=text)).to_have_count(1)


async def ends_consultation(who: Nurse) -> None:
    """*Avsluta*, one's own side."""
    ends = who.page.locator(".con-ends")
    await ends.get_by_role("button", name=re.compile("^Avsluta")).first.click()
    await who.sees(re.compile(f"{who.name} avslutade hos"))
