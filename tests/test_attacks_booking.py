"""What somebody would try with times, tickets and questions between units: odd addresses, others' numbers, gaps."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Site, open_site

from vardlots.booking.actions import book_ticket
from vardlots.booking.tests.calendar import booking_ticket, fetch, times


@pytest_asyncio.fixture(loop_scope="session")
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


DAYS = ("9999-12-31", "9999-12-27", "0001-01-01", "0001-01-03", "2026-02-30", "２０２６-01-01", "x")
KEYS = (
    "0_99999_2026-01-01T00:00:00+00:00_1",
    "0_3_2026-01-01T00:00:00_1",
    "9999999999_3_2026-01-01T00:00:00+00:00_1",
    "0_3_2026-01-01T00:00:00+00:00_" + "9" * 30,
    "2026-01-01T00:00:00_1",
    "2026-01-01T00:00:00+00:00_" + "9" * 30,
    "0001-01-01T00:00:00+14:00_1",
    "9999-12-31T23:59:59-14:00_1",
    "_",
    "\x00_1",
)


@pytest.mark.slow
async def test_no_day_and_no_place_in_a_list_brings_a_page_down(given: Cast, site: Site) -> None:
    slots = await times(given, 2)
    ticket = await booking_ticket(given, given.ruben)
    other = await booking_ticket(given, given.ruben, reason="cough")
    case = await book_ticket(given.house, by=given.ruben, ticket=other.ref, slot=slots[0])
    ruben, ylva = await site.browser(given.ruben), await site.browser(given.ylva)
    asked = [(ruben, f"/my/tickets/{ticket.ref}/book?day={quote(day)}") for day in DAYS]
    asked += [(ruben, f"/my/cases/{case.ref}/rebook?day={quote(day)}&unit=999999999") for day in DAYS]
    asked += [(ruben, f"/my/cases/{case.ref}/rebook?day={quote(day)}") for day in DAYS]
    for day in DAYS:
        for path in (
            "/staff/calendar?view=week&",
            "/staff/calendar?",
            "/staff/calendar/grid?",
            "/staff/scheduled?",
            "/staff/calendar/open?",
            "/staff/calendar/cancel?",
            f"/staff/cases/{case.ref}/book?",
        ):
            asked.append((ylva, f"{path}day={quote(day)}&first={quote(day)}&last={quote(day)}"))
        asked.append((ylva, f"/staff/tickets?from={quote(day)}&until={quote(day)}"))
    for key in KEYS:
        asked += [(ylva, f"/staff/consultations?tab={tab}&after={quote(key)}") for tab in ("new", "taken")]
        asked += [(ylva, f"/staff/consultations?tab={tab}&after={quote(key)}") for tab in ("sent", "ended")]
        asked += [(ylva, f"/staff/{one}?after={quote(key)}") for one in ("tickets", "acknowledgements")]
    fell = [address for browser, address in asked if (await browser.get(address)).status_code >= 500]
    assert fell == []


@pytest.mark.slow
async def test_no_moment_that_is_typed_brings_a_page_down(given: Cast, site: Site) -> None:
    (slot,) = await times(given)
    (row,) = await fetch(given, "SELECT schedule_id FROM slot WHERE slot_id = $1", slot.slot_id)
    schedule = str(row["schedule_id"])
    ylva = await site.browser(given.ylva)
    page = await ylva.get("/staff/calendar")
    assert page.status_code == 200
    fell = []
    for day in DAYS:
        for at in ("00:00", "23:59", "x"):
            fields = {"to_day": day, "at": at, "to": schedule, "sure": "1", "day": day, "back_day": day}
            for deed in ("move", "rebook"):
                answer = await ylva.submit(f"/staff/calendar/slots/{slot}/{deed}", fields)
                fell += [f"{deed} {day} {at}"] if answer.status_code >= 500 else []
                answer = await ylva.submit(f"/staff/calendar/slots/{slot.slot_id}/{deed}", fields)
                fell += [f"{deed} {day} {at}"] if answer.status_code >= 500 else []
        for do, repeat in (("preview", "once"), ("open", "once"), ("preview", "rule"), ("open", "rule")):
            fields = {
                **{
                    "schedule": schedule,
                    "whose": schedule,
                    "time_type": "nurse_visit",
                    "from": "08:00",
                    "to": "16:00",
                    "do": do,
                },
                **{"from_day": day, "to_day": day, "repeat": repeat, "weekday": "1", "ahead_days": "99999"},
                **{"first": day, "last": day, "text": "Vi är sjuka.", "sure": "1"},
                **{"every_weeks": "1", "pause_from": "", "pause_to": ""},
            }
            for path in ("/staff/calendar/open", "/staff/calendar/cancel"):
                answer = await ylva.submit(path, fields)
                fell += [f"{path} {day} {do}"] if answer.status_code >= 500 else []
    assert fell == []
