"""What somebody would try with times, tickets and questions between units: odd addresses, others' numbers, gaps."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Site, open_site

from vardlots.booking.actions import book_for, book_ticket, hold
from vardlots.booking.model import StaffBooking
from vardlots.booking.tests.calendar import HALF_HOUR, at, booking_ticket, fetch, registered, times
from vardlots.consents.actions import withdraw
from vardlots.consents.model import ConsentKind, How
from vardlots.platform.errors import Forbidden, NotFound, WrongState
from vardlots.platform.limits import Limit
from vardlots.tickets.model import Kind
from vardlots.tickets.tests.helpers import a_drop_in, by_telephone, is_patient, sent
from vardlots.triage.booking import rebook
from vardlots.triage.booking.actions import ask_for_time


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
        for moment in ("00:00", "23:59", "x"):
            fields = {"to_day": day, "at": moment, "to": schedule, "sure": "1", "day": day, "back_day": day}
            for deed in ("move", "rebook"):
                answer = await ylva.submit(f"/staff/calendar/slots/{slot}/{deed}", fields)
                fell += [f"{deed} {day} {moment}"] if answer.status_code >= 500 else []
                answer = await ylva.submit(f"/staff/calendar/slots/{slot.slot_id}/{deed}", fields)
                fell += [f"{deed} {day} {moment}"] if answer.status_code >= 500 else []
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


async def test_a_provider_that_books_learns_nothing_of_a_time_at_another(given: Cast) -> None:
    norrhamn = given.norrhamn
    (here,), (there, later) = await times(given), await times(given, 2, unit=norrhamn, length=HALF_HOUR)
    ticket = await booking_ticket(given, given.ruben)
    await book_ticket(given.house, by=given.ruben, ticket=ticket.ref, slot=here)
    await given.waiting_case(given.ruben, unit=norrhamn)
    new = StaffBooking(person_id=given.ruben.person_id, reason="rash", priority=8)
    assert await book_for(given.house, by=given.nora, new=new, slot=there)
    # Ruben himself is told: both are his own.
    theirs = await booking_ticket(
        given,
        given.elin,
        provider_id=norrhamn.provider_id,
        unit_id=norrhamn.unit_id,
        interview_id=await given.interview(given.elin, unit=norrhamn, reason="cough"),
        reason="cough",
    )
    (beside,) = await times(given, first=at(48.5))
    mine = await booking_ticket(given, given.elin)
    await book_ticket(given.house, by=given.elin, ticket=mine.ref, slot=beside)
    with pytest.raises(WrongState) as refused:
        await book_ticket(given.house, by=given.elin, ticket=theirs.ref, slot=later)
    assert refused.value.code == "double_booked"


async def test_no_time_is_booked_for_somebody_who_has_taken_back_being_registered(given: Cast) -> None:
    slots = await times(given, 2)
    await registered(given, given.ruben.person_id)
    new = StaffBooking(person_id=given.ruben.person_id, reason="rash", priority=8)
    assert await book_for(given.house, by=given.ylva, new=new, slot=slots[0])
    await withdraw(
        given.database,
        by=given.ruben,
        provider_id=given.ylva.provider_id,
        person_id=given.ruben.person_id,
        kind=ConsentKind.REGISTRATION,
        withdrawn_by=given.ruben.person_id,
        how=How.DIGITAL,
    )
    with pytest.raises(Forbidden) as refused:
        await book_for(given.house, by=given.ylva, new=new, slot=slots[1])
    assert refused.value.code == "not_registered"


async def test_help_to_find_a_time_comes_with_a_ticket_to_book_and_no_other(given: Cast) -> None:
    await is_patient(given, given.ruben)
    tor = await by_telephone(given)
    drop_in, _ = await a_drop_in(given, tor, given.ruben)
    form = await sent(given, given.ruben.person_id, kind=Kind.FORM, forms=("pain",), priority=11)
    for ticket in (drop_in, form):
        with pytest.raises(NotFound):
            await ask_for_time(given.house, by=given.ruben, ref=ticket.ref)


async def test_nobody_moves_a_visit_back_and_forth_to_have_texts_sent(
    given: Cast, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebook, "MOVES", Limit(2, 600))
    slots = await times(given, 4)
    ticket = await booking_ticket(given, given.ruben)
    case = await book_ticket(given.house, by=given.ruben, ticket=ticket.ref, slot=slots[0])
    ruben = await site.browser(given.ruben)
    answers = [
        (await ruben.submit(f"/my/cases/{case.ref}/rebook", {"slot": str(slot)})).status_code
        for slot in slots[1:]
    ]
    assert answers == [303, 303, 429]


async def test_the_database_lets_no_patient_write_times_nor_another_read_them(given: Cast) -> None:
    slots = await times(given, 3)
    ticket = await booking_ticket(given, given.ruben)
    case = await book_ticket(given.house, by=given.ruben, ticket=ticket.ref, slot=slots[0])
    await hold(given.house, by=given.ruben, slot=slots[1], person_id=given.ruben.person_id)
    ruben = given.ruben.person_id
    free = f"{slots[2].provider_id}, {slots[2].slot_id}"
    for statement in (
        f"INSERT INTO slot_hold VALUES ({free}, {ruben}, 'patient', {ruben}, now())",
        f"INSERT INTO earlier_wish VALUES ({case.provider_id}, {case.case_id}, {ruben}, {case.unit_id}, now())",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with given.database.transaction(given.ruben.scope) as connection:
                await connection.execute(statement)
    for change in (
        "UPDATE slot SET state = 'free'",
        "UPDATE appointment SET state = 'cancelled', ended_at = now()",
        "UPDATE slot_hold SET until = 'infinity'",
        "DELETE FROM slot_hold",
    ):
        async with given.database.transaction(given.ruben.scope) as connection:
            assert str(await connection.execute(change)).endswith(" 0"), change
    for other in (given.elin, given.nora):
        async with given.database.transaction(other.scope) as connection:
            for table in ("appointment", "slot_hold", "earlier_wish", "slot_offer"):
                assert not await connection.fetch(f"SELECT FROM {table} WHERE person_id = $1", ruben), table
            assert not await connection.fetch("SELECT FROM ticket WHERE person_id = $1", ruben)
    async with given.database.transaction(given.ruben.scope) as connection:
        for table in ("schedule_rule", "schedule_closed", "consultation", "consultation_entry"):
            assert not await connection.fetch(f"SELECT FROM {table}"), table
