"""Staff choose a time while another day's list is on its way: what was chosen last is what holds (row G4)."""

from __future__ import annotations

import asyncio
from datetime import time, timedelta

from playwright.async_api import Route, expect
from tests.journeys.booked import booked, registered, staff_of, times
from tests.journeys.moved import house
from tests.journeys.people import Stage
from tests.journeys.running import Running

from vardlots.platform import clock


async def test_a_late_list_takes_no_chosen_time_away(stage: Stage, running: Running) -> None:
    """Given that Hamid books another time for Birgitta and has asked for another day on a slow line, when he chooses a
    time before it comes, then he stays where he is, the time is chosen, and it is what is booked; and a list that is
    narrowed keeps what was chosen."""
    hamid = await stage.nurse("Hamid Nordsken")
    first, other = clock.today() + timedelta(days=8), clock.today() + timedelta(days=9)
    async with house(running) as at:
        by = await staff_of(at, "Hamid Nordsken")
        slots = await times(at, by=by, day=first, name="Sena rummet", begins=time(18))
        await times(at, by=by, day=other, name="Sena rummet", begins=time(19))
        case = await booked(
            at, by=by, who=await registered(at, "Birgitta Snöbohm", by), slot=slots[0], reason="Stress"
        )
    await hamid.signs_in()
    page = hamid.page
    await hamid.open(f"/staff/cases/{case.ref}/book?day={first}")
    chosen = page.locator(f"#book-choice input[value='{slots[2]}']")
    came = asyncio.Event()

    async def late(route: Route) -> None:
        await came.wait()
        try:
            await route.continue_()
        except Exception:  # The page has taken its question back.
            return

    await page.route(f"**/book?*day={other}*", late)
    async with page.expect_request(f"**/book?*day={other}*"):
        await page.locator(f".book-day[href*='day={other}']").click()
    await chosen.check()
    came.set()
    await page.wait_for_timeout(600)
    await expect(chosen).to_be_checked()
    await expect(page.locator(f".book-day[href*='day={first}']")).to_have_attribute("aria-current", "date")
    await page.unroute(f"**/book?*day={other}*")
    # Narrowed to the time's own type, the list is new and the time still chosen.
    async with page.expect_response("**/book?*type=video_visit*"):
        await page.get_by_label("Tidtyp").select_option("video_visit")
    await expect(page.locator("#book-choice input[name=type]")).to_have_value("video_visit")
    await expect(chosen).to_be_checked()
    # Another day and back again: it is as it was left.
    await page.locator(f".book-day[href*='day={other}']").click()
    await expect(page.locator(f"input[value='{slots[2]}']")).to_have_count(0)
    await page.locator(f".book-day[href*='day={first}']").click()
    await expect(chosen).to_be_checked()
    await hamid.looks("another time for a booked visit")
    await hamid.presses("Boka om", page.get_by_role("main"))
    await hamid.arrives(f"/staff/cases/{case.ref}")
    await hamid.sees("18.40–19.00")
