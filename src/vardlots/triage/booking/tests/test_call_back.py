"""*Uppringning* is a telephone call wherever it is read: by the patient, by staff, in the calendar file."""

from collections.abc import AsyncIterator
from datetime import time, timedelta
from pathlib import Path

import icalendar
import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Site, open_site

from vardlots.booking.actions import book_for
from vardlots.booking.model import SlotRef, StaffBooking
from vardlots.booking.schedules.actions import add_schedule, open_times
from vardlots.booking.schedules.model import Pattern
from vardlots.booking.tests.calendar import booking_ticket, fetch, jobs_of, registered
from vardlots.platform import clock
from vardlots.tickets.model import Contact


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(database_url, Path(tmp_path_factory.mktemp("site"))) as opened:
        yield opened


async def times_to_call(given: Cast) -> list[SlotRef]:
    """Two of them in two days, opened as a unit opens its times."""
    day = clock.today() + timedelta(days=2)
    room = await add_schedule(
        given.house, by=given.petra, unit_id=given.angsviken.unit_id, role="nurse", name="Telefonen"
    )
    pattern = Pattern(
        weekdays=frozenset({day.isoweekday()}),
        from_time=time(10),
        to_time=time(10, 30),
        minutes=15,
        from_day=day,
        to_day=day,
        on_holidays=True,
    )
    await open_times(
        given.house, by=given.petra, schedule_id=room.schedule_id, time_type="drop_in_call", pattern=pattern
    )
    rows = await fetch(
        given,
        "SELECT provider_id, slot_id FROM slot WHERE schedule_id = $1 ORDER BY starts_at",
        room.schedule_id,
    )
    return [SlotRef(*row) for row in rows]


async def test_it_is_a_call_to_patients_and_staff(site: Site, given: Cast) -> None:
    slot, _ = await times_to_call(given)
    await registered(given, given.ruben.person_id)
    ylva = await site.browser(given.ylva)
    new = StaffBooking(person_id=given.ruben.person_id, reason="Provsvar")
    case = await book_for(given.house, by=given.ylva, new=new, slot=slot)
    assert case.contact == "telephone"
    ruben = await site.browser(given.ruben)
    page = await ruben.get(f"/my/cases/{case.ref}")
    assert "På telefon" in page.text
    assert "ringer dig" in page.text
    assert "Här i telefonen" not in page.text
    file = await ruben.get(f"/my/cases/{case.ref}/calendar")
    (event,) = icalendar.Calendar.from_ical(file.text).walk("VEVENT")
    assert str(event["description"]).startswith("Du blir uppringd.")
    day = clock.local(case.booked_from or clock.now()).date()
    for address, said in (
        (f"/staff/scheduled?day={day}", "telefon"),
        (f"/staff/cases/{case.ref}", "telefon"),
        (f"/staff/cases/{case.ref}/book", "telefon"),
        (f"/staff/calendar/slots/{slot.slot_id}", "Telefon"),
    ):
        page = await ylva.get(address)
        assert page.status_code == 200, address
        assert said in page.text, address
        assert "</svg>video eller chatt" not in page.text, address
    # Nobody is texted to sign in for it at its time.
    for kind in ("booking_soon", "booking_now"):
        assert await jobs_of(given, f"notifications.{kind}", f'"{case.ref}"') == []


async def test_whose_ticket_leads_to_it(site: Site, given: Cast) -> None:
    """A ticket to a call finds the times to call; one to a digital visit is for video or chat."""
    slots = await times_to_call(given)
    ruben = await site.browser(given.ruben)
    for contact, reason, found in (
        (Contact.TELEPHONE, "sore_throat", True),
        (Contact.DIGITAL, "shoulder_pain", False),
    ):
        ticket = await booking_ticket(given, given.ruben, reason=reason, contact=contact)
        page = await ruben.get(f"/my/tickets/{ticket.ref}/book")
        for slot in slots:
            assert (f'value="{slot}"' in page.text) is found, contact
        assert ("Telefonsamtal, 15\N{NO-BREAK SPACE}minuter" in page.text) is found
