"""Tidbok: a rule opens times, a time is blocked and moved by the keyboard alone, and a day is cancelled with everybody
told, who choose new times."""

from __future__ import annotations

import asyncio
import re
from datetime import date, timedelta

from playwright.async_api import Locator, expect
from tests.journeys.booked import booked, registered, staff_of
from tests.journeys.moved import house
from tests.journeys.people import DESK, Case, Nurse, Patient, Stage
from tests.journeys.running import Running

from vardlots.booking.model import SlotRef
from vardlots.platform import clock
from vardlots.platform.db import provider_scope

ROOM = "Provtagningen"


class Secretary(Nurse):
    """A member of staff who administers the times of others."""

    role = "Medicinsk admin"


def the_day() -> date:
    """Monday in three weeks: nobody else's story has times then."""
    today = clock.today()
    return today + timedelta(days=21 - today.weekday())


async def test_times_open_by_a_rule_move_by_the_keyboard_and_a_day_is_cancelled(
    stage: Stage, running: Running
) -> None:
    """Given a room without times, when Kerstin adds a rule, then she blocks one time and moves another with the keys
    alone; when she cancels the day, both patients read why on their open pages, and one chooses a new time."""
    kerstin = Secretary(stage, "Kerstin Mossgård", await stage._context(viewport=DESK), "Ängsviken")
    anneli, stefan = await stage.patient("Anneli Granhede"), await stage.patient("Stefan Strömvalla")
    await kerstin.signs_in()
    await she_lays_up_a_room(kerstin)
    await she_adds_a_rule(kerstin)
    first, last = await two_are_booked(running)
    await asyncio.gather(anneli.signs_in(), stefan.signs_in())
    await asyncio.gather(anneli.open(f"/my/cases/{first.ref}"), stefan.open(f"/my/cases/{last.ref}"))
    await she_blocks_by_the_keys(kerstin)
    await she_moves_by_the_keys(kerstin)
    await she_cancels_the_day(kerstin, anneli, stefan)
    await asyncio.gather(she_chooses_anew(anneli), he_needs_none(stefan))


async def she_lays_up_a_room(kerstin: Nurse) -> None:
    """*Scheman och regler*: a resource's schedule."""
    await kerstin.presses("Tidbok", kerstin.page.get_by_role("navigation", name="Huvudmeny"))
    await kerstin.arrives(re.compile("/staff/calendar"))
    await kerstin.looks("calendar, empty")
    await kerstin.presses("Scheman och regler")
    await kerstin.arrives("/staff/calendar/schedules")
    await kerstin.page.get_by_text("För ett rum, ett team eller en annan resurs").click()
    await kerstin.looks("schedules")
    await kerstin.page.get_by_label("Namn", exact=True).fill(ROOM)
    await kerstin.page.get_by_label("Enhet", exact=True).last.select_option(label="Ängsviken")
    await kerstin.page.get_by_label("Roll som håller tiderna").select_option("nurse")
    await kerstin.presses("Lägg upp resursen")
    await kerstin.arrives(re.compile(r"/staff/calendar/schedules/\d+"))
    await kerstin.sees("Inga regler. Tider öppnas för hand.")
    await kerstin.looks("a schedule")


async def she_adds_a_rule(kerstin: Nurse) -> None:
    """*Ny regel*: Mondays from eight to ten, and what opens is shown before it is done."""
    page = kerstin.page
    await kerstin.presses("Ny regel")
    await kerstin.arrives(re.compile("/staff/calendar/open"))
    await page.get_by_label("Tidtyp").select_option("nurse_visit")
    for day in ("tis", "ons", "tors", "fre"):
        await page.locator(".days-pick label", has_text=day).click()
    for label, value in (
        ("Från klockan", "08:00"),
        ("Till klockan", "10:00"),
        ("Rast från", ""),
        ("Rast till", ""),
        ("Första dagen", the_day().isoformat()),
    ):
        await page.get_by_label(label).fill(value)
    await page.get_by_label(re.compile("Som en regel som går vidare")).check()
    await page.get_by_label("Öppna även på helgdagar").check()
    await kerstin.looks("open times")
    await kerstin.presses("Visa vad som öppnas")
    await kerstin.sees(re.compile(r"^Öppnar \d+ tider"))
    await kerstin.looks("what opens")
    await kerstin.presses("Lägg till regeln")
    await kerstin.arrives(re.compile("/staff/calendar"))


async def two_are_booked(running: Running) -> tuple[Case, Case]:
    """Anneli at eight and Stefan at half past nine, by a colleague."""
    async with house(running) as at:
        by = await staff_of(at, "Hamid Nordsken")
        async with at.database.transaction(provider_scope(by.provider_id)) as connection:
            rows = await connection.fetch(
                "SELECT provider_id, slot_id FROM slot JOIN schedule USING (provider_id, schedule_id) "
                "WHERE name = $1 AND state = 'free' ORDER BY starts_at LIMIT 4",
                ROOM,
            )
        slots = [SlotRef(*row) for row in rows]
        first, last = [
            await booked(at, by=by, who=await registered(at, name, by), slot=slot, reason="Blodprov")
            for name, slot in (("Anneli Granhede", slots[0]), ("Stefan Strömvalla", slots[3]))
        ]
    return first, last


def time_at(kerstin: Nurse, at: str) -> Locator:
    """A time of the calendar by when it begins."""
    return kerstin.page.locator(f"[data-slot][data-at='{at}']")


async def goes_by_keys(kerstin: Nurse, at: str) -> Locator:
    """To the day, into the calendar and down to a time with the arrows."""
    await kerstin.open(f"/staff/calendar?unit=all&role=all&staff=all&day={the_day()}")
    await expect(time_at(kerstin, "08:00")).to_contain_text("A G")
    await is_fetched_anew(kerstin)
    slot = time_at(kerstin, at)
    await kerstin.page.locator("[data-slot][tabindex='0']").focus()
    for _ in range(6):
        if await slot.evaluate("(one) => one === document.activeElement"):
            return slot
        await kerstin.page.keyboard.press("ArrowDown")
    raise AssertionError(f"The arrows never came to {at}.")


async def is_fetched_anew(kerstin: Nurse) -> None:
    """A signal about somebody else's time comes: what is shown is the same, and the way in by Tab is still there."""
    grid = kerstin.page.locator("#cal-grid")
    async with kerstin.page.expect_response(re.compile("/staff/calendar")):
        await grid.evaluate("(one) => one.dispatchEvent(new Event('live'))")
    await expect(grid).not_to_have_class(re.compile("htmx-request"))


async def tabs_to(kerstin: Nurse, where: Locator) -> None:
    """Tab until something is reached."""
    for _ in range(25):
        if await where.evaluate("(one) => one === document.activeElement"):
            return
        await kerstin.page.keyboard.press("Tab")
    raise AssertionError(f"The Tab key never came to {where}.")


async def she_blocks_by_the_keys(kerstin: Nurse) -> None:
    """Enter opens the time beside the calendar; *Spärra tiden* with why."""
    await kerstin.open(f"/staff/calendar?unit=all&role=all&staff=all&day={the_day()}")
    await kerstin.sees(re.compile("2 lediga, 2 bokade"))
    await kerstin.looks("calendar, a day")
    keys = kerstin.page.keyboard
    await goes_by_keys(kerstin, "08:30")
    await keys.press("Enter")
    panel = kerstin.page.locator("#cal-panel")
    await expect(panel.locator("[data-slot-title]")).to_be_focused()
    await kerstin.looks("a time beside the calendar")
    await tabs_to(kerstin, panel.locator("summary", has_text="Spärra tiden"))
    await keys.press("Enter")
    await tabs_to(kerstin, panel.get_by_label("Varför?"))
    await keys.type("Handledning")
    await keys.press("Enter")
    await kerstin.sees("Tiden är spärrad.")
    await expect(time_at(kerstin, "08:30")).to_have_attribute("data-state", "blocked")


async def she_moves_by_the_keys(kerstin: Nurse) -> None:
    """M lifts, the arrows carry, Enter drops: first where somebody is booked, and then after."""
    kerstin.foretells("409 POST")
    keys = kerstin.page.keyboard
    await goes_by_keys(kerstin, "09:00")
    await keys.press("m")
    await keys.press("Shift+ArrowDown")
    await keys.press("Enter")
    await expect(kerstin.page.locator("#cal-fault")).to_be_visible()
    await kerstin.looks("a time that could not be moved")
    await expect(time_at(kerstin, "09:00")).to_be_focused()
    await keys.press("m")
    for key in ("Shift+ArrowDown", "Shift+ArrowDown", *["ArrowDown"] * 3, "Enter"):
        await keys.press(key)
    await expect(time_at(kerstin, "10:15")).to_be_focused()
    await expect(time_at(kerstin, "09:00")).to_have_count(0)


async def she_cancels_the_day(kerstin: Nurse, anneli: Patient, stefan: Patient) -> None:
    """*Ställ in en dag*: whom it concerns is shown first; both read it without reloading."""
    page = kerstin.page
    await kerstin.presses("Ställ in en dag")
    await kerstin.arrives(re.compile("/staff/calendar/cancel"))
    await page.get_by_label("Vems tider?").select_option(
        label=await _option(page.get_by_label("Vems tider?"))
    )
    await page.get_by_label("Från och med").fill(the_day().isoformat())
    await page.get_by_label("Till och med").fill(the_day().isoformat())
    await kerstin.looks("cancel a day")
    await kerstin.presses("Visa vilka det gäller")
    await kerstin.sees(re.compile("Blodprov"))
    await expect(page.locator(".told-list li")).to_have_count(2)
    await page.get_by_label("Varför? Bara personal ser det").fill("Vattenläcka")
    await page.get_by_label("Till patienterna").fill("Vi har fått stänga rummet. Välj en ny tid.")
    await kerstin.looks("whom a day concerns")
    await kerstin.presses("Ställ in och berätta för 2 patienter")
    await kerstin.arrives(re.compile("/staff/calendar"))
    for patient in (anneli, stefan):
        await patient.sees(
            re.compile("Mottagningen har ställt in tiden. Välj en ny."),
            "Vi har fått stänga rummet. Välj en ny tid.",
        )
        await patient.looks("the unit took a time back")
    await kerstin.looks("calendar, a day that is closed")
    await kerstin.goes_to("Schemalagda")
    await kerstin.open("/staff/scheduled?role=all")
    await kerstin.sees("Väntar på ny tid")
    await kerstin.looks("scheduled, two wait for a new time")


async def _option(select: Locator) -> str:
    named = select.locator("option", has_text=ROOM)
    return str(await named.first.inner_text())


async def she_chooses_anew(anneli: Patient) -> None:
    """One of the nearest times."""
    await anneli.page.locator(".near .slot").first.click()
    await anneli.arrives(re.compile("/rebook"))
    await anneli.page.locator("#book-form button").click()
    await anneli.arrives(re.compile("done=rebooked$"))
    await anneli.sees(re.compile(r"^Om \d+ dagar"))


async def he_needs_none(stefan: Patient) -> None:
    """*Jag behöver ingen ny tid*."""
    await stefan.presses("Jag behöver ingen ny tid")
    await stefan.looks("no new time")
    await stefan.presses("Avsluta ärendet")
    await stefan.sees("Tiden är avbokad")
