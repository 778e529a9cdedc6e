"""Booking a time over HTTP, without script: from the ticket to the visit, and everything that may come in between."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import icalendar
import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Page, Site, open_site

from vardlots.access.actor import PatientActor
from vardlots.booking.actions import book_for, book_ticket, cancel, miss, withdraw_time
from vardlots.booking.model import SlotRef, SlotState, StaffBooking
from vardlots.booking.tests.calendar import booking_ticket, fetch, now_is, times
from vardlots.cases.actions import accept, start
from vardlots.cases.model import Case
from vardlots.platform import clock
from vardlots.tickets.actions import decline
from vardlots.tickets.model import Ticket
from vardlots.tickets.staff.actions import send
from vardlots.tickets.tests.helpers import DIET, a_ticket, answered, is_patient


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(database_url, Path(tmp_path_factory.mktemp("site"))) as opened:
        yield opened


def at(days: int, hour: int = 10) -> datetime:
    """A moment in the middle of a day in Sweden, so that times after one another are one day's."""
    return datetime.combine(clock.today() + timedelta(days=days), time(hour), clock.SWEDEN)


def slots_on(page: Page) -> list[str]:
    return re.findall(r'name="slot" value="(\d+-\d+)" aria-pressed', page.text)


async def booked(
    given: Cast, by: PatientActor, *, about: int | None = None, days: int = 2, **more: Any
) -> tuple[Case, SlotRef]:
    (slot,) = await times(given, first=at(days), **more)
    ticket = await booking_ticket(given, by, about=about)
    return await book_ticket(given.house, by=by, ticket=ticket.ref, slot=slot), slot


def address_of(ticket: Ticket) -> str:
    return f"/my/tickets/{ticket.ref}"


def page_of(case: Case) -> str:
    return f"/my/cases/{case.ref}"


async def test_a_patient_books_without_script_from_the_ticket_to_the_visit(site: Site, given: Cast) -> None:
    slots = await times(given, 3, first=at(2))
    ticket = await booking_ticket(given, given.ruben)
    ruben = await site.browser(given.ruben)
    page = await ruben.get(address_of(ticket))
    assert "Första lediga:" in page.text
    assert f'href="{address_of(ticket)}/book"' in page.text
    page = await ruben.get(f"{address_of(ticket)}/book")
    assert slots_on(page) == [str(one) for one in slots]
    assert "Besök på plats, 30\N{NO-BREAK SPACE}minuter" in page.text
    assert "Sjuksköterska, Ängsviken" in page.text
    assert "Välj en tid, så hålls den åt dig en stund." in page.text
    answer = await ruben.submit(f"{address_of(ticket)}/hold", {"slot": str(slots[1])})
    page = await ruben.follow(answer)
    assert (await now_is(given, slots[1])).held_until is not None
    assert "Tiden hålls åt dig till" in page.text
    assert "Avboka senast" in page.text
    assert page.text.count('aria-pressed="true"') == 1
    # What is kept for one is not offered to another.
    elin = await site.browser(given.elin)
    hers = await booking_ticket(given, given.elin)
    assert str(slots[1]) not in slots_on(await elin.get(f"{address_of(hers)}/book"))
    answer = await ruben.submit(f"{address_of(ticket)}/book", {"slot": str(slots[1])})
    assert answer.status_code == 303
    visit = answer.headers["location"].partition("?")[0]
    page = await ruben.follow(answer)
    for words in (
        "Tiden är bokad.",
        "Det här händer nu",
        "Kom till Ängsviken",
        "Lägg till i kalendern",
        "Boka om",
    ):
        assert words in page.text, words
    assert (await now_is(given, slots[1])).state is SlotState.TAKEN
    # Pressed twice, and by the back button: it is one visit.
    again = await ruben.submit(f"{address_of(ticket)}/book", {"slot": str(slots[1])})
    assert again.headers["location"].partition("?")[0] == visit
    assert (await ruben.get(f"{address_of(ticket)}/book")).headers["location"] == visit
    used = await ruben.get(address_of(ticket))
    assert "Gå till din tid" in used.text
    home = await ruben.get("/")
    assert "Bokade tider" in home.text
    assert "Din tid:" in home.text


async def test_whoever_is_late_is_told_kindly_at_once_with_the_nearest_times(site: Site, given: Cast) -> None:
    first, second, third = await times(given, 3, first=at(2))
    mine, theirs = await booking_ticket(given, given.ruben), await booking_ticket(given, given.elin)
    ruben = await site.browser(given.ruben)
    await ruben.get(f"{address_of(mine)}/book")
    await book_ticket(given.house, by=given.elin, ticket=theirs.ref, slot=first)
    for verb in ("hold", "book"):
        page = await ruben.submit(f"{address_of(mine)}/{verb}", {"slot": str(first)})
        assert page.status_code == 409
        assert "Någon hann boka den tiden." in page.text
        near = re.findall(r'slot-near" type="submit" name="slot" value="([^"]+)"', page.text)
        assert near == [str(second), str(third)]
    assert "Boka senast" in (await ruben.get(address_of(mine))).text, "the ticket is still good"
    answer = await ruben.submit(f"{address_of(mine)}/hold", {"slot": str(second)})
    assert answer.status_code == 303


async def test_the_script_gets_the_same_page_back(site: Site, given: Cast) -> None:
    (slot,) = await times(given, first=at(2))
    ticket = await booking_ticket(given, given.ruben)
    ruben = await site.browser(given.ruben)
    await ruben.get(f"{address_of(ticket)}/book")
    page = await ruben.submit(f"{address_of(ticket)}/hold", {"slot": str(slot)}, (), **{"hx-request": "true"})
    assert page.status_code == 200
    assert 'id="choose"' in page.text
    assert 'aria-pressed="true"' in page.text


async def test_nothing_free_leads_to_the_next_week_other_units_and_help(site: Site, given: Cast) -> None:
    ticket = await booking_ticket(given, given.ruben)
    ruben = await site.browser(given.ruben)
    page = await ruben.get(f"{address_of(ticket)}/book")
    assert "Just nu finns inga lediga tider" in page.text
    assert f'action="{address_of(ticket)}/help"' in page.text
    (there,) = await times(given, first=at(2), unit=given.strandgatan)
    page = await ruben.get(f"{address_of(ticket)}/book")
    assert "Tider på andra enheter" in page.text
    assert "Strandgatan" in page.text
    page = await ruben.get(f"{address_of(ticket)}/book/units")
    assert "1 tid" in page.text
    assert "Ängsviken" not in page.text
    other = re.search(r'href="(/my/tickets/[^"]+unit=\d+)"', page.text)
    assert other is not None
    page = await ruben.get(other[1])
    assert slots_on(page) == [str(there)]
    answer = await ruben.submit(f"{address_of(ticket)}/book", {"slot": str(there), "wish": "1"})
    page = await ruben.follow(answer)
    assert "Strandgatan" in page.text
    assert 'name="wish" value="1" data-sends checked' in page.text


async def test_a_week_without_times_points_to_the_next_that_has(site: Site, given: Cast) -> None:
    await times(given, first=at(9))
    ticket = await booking_ticket(given, given.ruben)
    ruben = await site.browser(given.ruben)
    page = await ruben.get(f"{address_of(ticket)}/book?day={clock.today()}")
    assert "Inga lediga tider den här veckan" in page.text
    assert "Nästa lediga:" in page.text


async def test_another_providers_unit_is_not_to_be_chosen(site: Site, given: Cast) -> None:
    await times(given, first=at(2), unit=given.norrhamn)
    ticket = await booking_ticket(given, given.ruben)
    ruben = await site.browser(given.ruben)
    assert "Norrhamn" not in (await ruben.get(f"{address_of(ticket)}/book/units")).text
    page = await ruben.get(f"{address_of(ticket)}/book?unit={given.norrhamn.unit_id}")
    assert page.status_code == 404


async def test_a_ticket_that_is_over_leads_to_its_own_page(site: Site, given: Cast) -> None:
    (slot,) = await times(given, first=at(2))
    ticket = await booking_ticket(given, given.ruben)
    await decline(given.house, by=given.ruben, ref=ticket.ref, reason="Mår bra igen")
    ruben = await site.browser(given.ruben)
    answer = await ruben.get(f"{address_of(ticket)}/book")
    assert answer.headers["location"] == address_of(ticket)
    assert "Avböjd" in (await ruben.follow(answer)).text
    answer = await ruben.submit(f"{address_of(ticket)}/hold", {"slot": str(slot)})
    assert answer.headers["location"] == address_of(ticket)
    answer = await ruben.submit(f"{address_of(ticket)}/book", {"slot": str(slot)})
    assert answer.headers["location"] == address_of(ticket)
    assert (await now_is(given, slot)).state is SlotState.FREE


async def test_a_guardian_books_for_the_child_and_the_other_one_reads(site: Site, given: Cast) -> None:
    case, slot = await booked(given, given.elin, about=given.tuva)
    elin, matti = await site.browser(given.elin), await site.browser(given.matti)
    page = await elin.get(page_of(case))
    assert "Boka om" in page.text
    assert "Avboka tiden" in page.text
    assert "Tuva" in page.text
    page = await matti.get(page_of(case))
    assert page.status_code == 200
    assert "Den som bokade är den som kan ändra." in page.text
    for part in ("cancel", "rebook"):
        assert f"{page_of(case)}/{part}" not in page.text
        assert (await matti.get(f"{page_of(case)}/{part}")).headers["location"] == page_of(case)
    assert (await matti.submit(f"{page_of(case)}/cancel", {"why": "well"})).status_code == 403
    assert (await matti.submit(f"{page_of(case)}/earlier", {"wish": "1"})).status_code == 403
    assert (await now_is(given, slot)).state is SlotState.TAKEN


async def test_an_outsider_finds_nothing(site: Site, given: Cast) -> None:
    case, _ = await booked(given, given.elin)
    ticket = await booking_ticket(given, given.elin, reason="rash")
    (free,) = await times(given, first=at(2))
    ruben = await site.browser(given.ruben)
    for address in (
        page_of(case),
        *(f"{page_of(case)}/{part}" for part in ("rebook", "rebook/units", "cancel", "calendar")),
        f"{address_of(ticket)}/book",
        f"{address_of(ticket)}/book/units",
    ):
        assert (await ruben.get(address)).status_code == 404, address
    for address in (
        *(f"{page_of(case)}/{part}" for part in ("rebook", "hold", "cancel", "earlier", "offer")),
        f"{address_of(ticket)}/book",
        f"{address_of(ticket)}/hold",
    ):
        answer = await ruben.submit(
            address, {"slot": str(free), "why": "well", "wish": "1", "answer": "take"}
        )
        assert answer.status_code == 404, address
    assert (await now_is(given, free)).held_until is None


async def test_a_visit_is_moved_and_the_old_time_is_kept_till_then(site: Site, given: Cast) -> None:
    case, old = await booked(given, given.ruben)
    (new,) = await times(given, first=at(3))
    ruben = await site.browser(given.ruben)
    page = await ruben.get(f"{page_of(case)}/rebook")
    assert "Den tiden är din tills du har bokat en ny." in page.text
    assert slots_on(page) == [str(new)]
    await ruben.submit(f"{page_of(case)}/hold", {"slot": str(new)})
    assert (await now_is(given, old)).state is SlotState.TAKEN
    answer = await ruben.submit(f"{page_of(case)}/rebook", {"slot": str(new)})
    page = await ruben.follow(answer)
    assert "Tiden är ändrad." in page.text
    # A signal that comes right after does not take the news away.
    anew = re.search(r'hx-get="(/my/cases/[^"]+)"', page.text)
    assert anew, page.text
    assert "Tiden är ändrad." in (await ruben.get(unescape(anew[1]))).text
    assert (await now_is(given, old)).state is SlotState.FREE
    again = await ruben.submit(f"{page_of(case)}/rebook", {"slot": str(new)})
    assert again.headers["location"] == f"{page_of(case)}?done=rebooked"


async def test_a_late_rebooking_says_so(site: Site, given: Cast) -> None:
    case, _ = await booked(given, given.ruben)
    await times(given, first=at(3))
    with clock.at(at(2) - timedelta(hours=5)):
        ruben = await site.browser(given.ruben)
        assert "Det är sent att avboka" in (await ruben.get(f"{page_of(case)}/rebook")).text
        assert "Det är sent att avboka" in (await ruben.get(f"{page_of(case)}/cancel")).text


async def test_a_time_is_cancelled_once_with_a_reason(site: Site, given: Cast) -> None:
    case, slot = await booked(given, given.ruben)
    ruben = await site.browser(given.ruben)
    page = await ruben.get(f"{page_of(case)}/cancel")
    assert "Vill du avboka?" in page.text
    assert "Det är sent" not in page.text
    answer = await ruben.submit(f"{page_of(case)}/cancel", {"why": "cannot"})
    page = await ruben.follow(answer)
    assert "Tiden är avbokad" in page.text
    assert "Avboka tiden" not in page.text
    assert (await now_is(given, slot)).state is SlotState.FREE
    again = await ruben.submit(f"{page_of(case)}/cancel", {"why": "cannot"})
    assert again.headers["location"] == page_of(case)
    (row,) = await fetch(given, "SELECT why FROM appointment WHERE case_id = $1", case.case_id)
    assert row["why"] == "Tiden passar inte"


async def test_a_time_that_staff_cancelled_says_so_and_why(site: Site, given: Cast) -> None:
    case, _ = await booked(given, given.ruben)
    await cancel(given.house, by=given.ylva, ref=case.ref, reason="Mottagningen flyttar.")
    page = await (await site.browser(given.ruben)).get(page_of(case))
    assert "Vården har avbokat tiden" in page.text
    assert "Mottagningen flyttar." in page.text


async def test_a_withdrawn_time_asks_for_a_new_one(site: Site, given: Cast) -> None:
    case, _ = await booked(given, given.ruben, staff=given.ylva)
    (new,) = await times(given, first=at(3))
    await withdraw_time(given.house, by=given.ylva, ref=case.ref, text="Ylva är sjuk.")
    ruben = await site.browser(given.ruben)
    home = await ruben.get("/")
    assert "Tiden är inställd" in home.text
    assert "Tiden är inställd. Välj en ny." in (await ruben.get("/my/cases")).text
    page = await ruben.get(f"{page_of(case)}?done=booked")
    for words in ("Mottagningen har ställt in tiden.", "Ylva är sjuk.", "Närmaste lediga tider"):
        assert words in page.text, words
    assert "Tiden är bokad." not in page.text
    answer = await ruben.submit(f"{page_of(case)}/hold", {"slot": str(new)})
    page = await ruben.follow(answer)
    assert "Boka om" in page.text
    answer = await ruben.submit(f"{page_of(case)}/rebook", {"slot": str(new)})
    assert "Din tid" in (await ruben.follow(answer)).text
    assert (await now_is(given, new)).state is SlotState.TAKEN


async def test_a_withdrawn_time_counts_as_new_until_there_is_another(site: Site, given: Cast) -> None:
    case, _ = await booked(given, given.ruben)
    (new,) = await times(given, first=at(3))
    ruben = await site.browser(given.ruben)
    assert 'class="badge"' not in (await ruben.get("/my/tabs")).text
    await withdraw_time(given.house, by=given.ylva, ref=case.ref, text="")
    assert 'class="badge"' in (await ruben.get("/my/tabs")).text
    await ruben.get(page_of(case))
    await ruben.submit(f"{page_of(case)}/rebook", {"slot": str(new)})
    assert 'class="badge"' not in (await ruben.get("/my/tabs")).text


async def test_the_calendar_file_keeps_its_name_and_counts_its_versions(site: Site, given: Cast) -> None:
    case, _ = await booked(given, given.ruben)
    (new,) = await times(given, first=at(3))
    ruben = await site.browser(given.ruben)
    first = await ruben.get(f"{page_of(case)}/calendar")
    assert first.headers["content-type"].startswith("text/calendar")
    assert first.headers["content-disposition"].startswith("attachment")
    await ruben.get(f"{page_of(case)}/rebook")
    await ruben.submit(f"{page_of(case)}/rebook", {"slot": str(new)})
    then = await ruben.get(f"{page_of(case)}/calendar")
    (one,), (two,) = (icalendar.Calendar.from_ical(file.content).walk("VEVENT") for file in (first, then))
    assert one["uid"] == two["uid"]
    assert (one.decoded("sequence"), two.decoded("sequence")) == (0, 1)
    slot = await now_is(given, new)
    assert two.decoded("dtstart") == slot.starts_at
    for secret in ("shoulder", "axel", "sjuksköterska", "Ylva"):
        assert secret not in first.text.lower()


async def test_whoever_waits_for_an_earlier_time_is_offered_one_and_chooses_freely(
    site: Site, given: Cast
) -> None:
    case, own = await booked(given, given.ruben, days=5)
    ruben = await site.browser(given.ruben)
    page = await ruben.get(page_of(case))
    assert "Hör av er om en tidigare tid blir ledig" in page.text
    page = await ruben.follow(await ruben.submit(f"{page_of(case)}/earlier", {"wish": "1"}))
    assert "Vi hör av oss om en tidigare tid blir ledig." in page.text
    (earlier,) = await times(given, first=at(3))
    await offered(given, case, earlier)
    home = await ruben.get("/")
    assert "En tidigare tid blev ledig" in home.text
    page = await ruben.get(page_of(case))
    assert "Svara senast" in page.text
    assert "Behåll min tid" in page.text
    page = await ruben.follow(await ruben.submit(f"{page_of(case)}/offer", {"answer": "take"}))
    assert "Tiden är ändrad." in page.text
    assert (await now_is(given, earlier)).state is SlotState.TAKEN
    assert (await now_is(given, own)).state is SlotState.FREE
    late = await ruben.submit(f"{page_of(case)}/offer", {"answer": "take"})
    assert late.status_code == 409
    assert "Boka om" in late.text


async def offered(given: Cast, case: Case, slot: SlotRef) -> None:
    """As the job offers it: the time is kept for the one in line."""
    now = clock.now()
    until = now + timedelta(hours=2)
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "UPDATE slot SET held_until = $3 WHERE provider_id = $1 AND slot_id = $2", *slot, until
        )
        await connection.execute(
            "INSERT INTO slot_hold (provider_id, slot_id, person_id, held_by_kind, held_by_id, until) "
            "VALUES ($1, $2, $3, 'system', 0, $4)",
            *slot,
            case.person_id,
            until,
        )
        await connection.execute(
            "INSERT INTO slot_offer (provider_id, slot_id, case_id, person_id, offered_at, until) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            *slot,
            case.case_id,
            case.person_id,
            now,
            until,
        )


async def test_an_offer_that_is_declined_leaves_the_time_alone(site: Site, given: Cast) -> None:
    case, own = await booked(given, given.ruben, days=5)
    (earlier,) = await times(given, first=at(3))
    await offered(given, case, earlier)
    ruben = await site.browser(given.ruben)
    await ruben.get(page_of(case))
    page = await ruben.follow(await ruben.submit(f"{page_of(case)}/offer", {"answer": "keep"}))
    assert "Du behåller din tid." in page.text
    assert "Svara senast" not in page.text
    assert (await now_is(given, own)).state is SlotState.TAKEN


async def test_what_is_added_before_the_visit_is_kept_with_it(site: Site, given: Cast) -> None:
    case, _ = await booked(given, given.ruben)
    ruben = await site.browser(given.ruben)
    page = await ruben.get(f"{page_of(case)}/more")
    assert "läser det före besöket" in page.text
    assert "platsen i kön" not in page.text
    answer = await ruben.submit(f"{page_of(case)}/more", {"text": "Har ont även på natten.", "key": "a" * 12})
    assert "Tillagt." in (await ruben.follow(answer)).text


async def test_on_the_day_the_page_says_to_stay_and_becomes_the_conversation(site: Site, given: Cast) -> None:
    (slot,) = await times(given, first=at(2), contact="digital", time_type="video_visit")
    case = await staff_books(given, slot)
    starts = (await now_is(given, slot)).starts_at
    ruben = await site.browser(given.ruben)
    page = await ruben.get(page_of(case))
    assert "Besöket är här i telefonen" in page.text
    assert "Läs dina svar" not in page.text
    assert (await ruben.get(f"{page_of(case)}/answers")).status_code == 404
    with clock.at(starts - timedelta(minutes=10)):
        ruben = await site.browser(given.ruben)
        assert "Stanna här." in (await ruben.get(page_of(case))).text
    with clock.at(starts + timedelta(minutes=2)):
        page = await ruben.get(page_of(case))
        assert "Du är på rätt ställe." in page.text
        assert "Boka om" not in page.text
        answer = await ruben.get(f"{page_of(case)}/rebook")
        assert answer.headers["location"] == page_of(case)
        live = await ruben.get(f"{page_of(case)}?room=1", **{"hx-request": "true"})
        assert "hx-refresh" not in live.headers
        await accept(given.house, by=given.ylva, ref=case.ref)
        live = await ruben.get(f"{page_of(case)}?room=1", **{"hx-request": "true"})
        assert (live.status_code, live.headers["hx-refresh"]) == (204, "true")
        page = await ruben.get(page_of(case))
        assert "har tagit emot ärendet" in page.text
        assert "Lämna kön" not in page.text
        await start(given.house, by=given.ylva, ref=case.ref, welcome="Hej.")
        assert "data-composer" in (await ruben.get(page_of(case))).text


async def staff_books(given: Cast, slot: SlotRef) -> Case:
    await is_patient(given, given.ruben)
    return await book_for(
        given.house,
        by=given.ylva,
        new=StaffBooking(person_id=given.ruben.person_id, reason="Uppföljning"),
        slot=slot,
    )


async def test_a_missed_visit_says_what_to_do(site: Site, given: Cast) -> None:
    case, slot = await booked(given, given.ruben)
    with clock.at((await now_is(given, slot)).ends_at + timedelta(minutes=5)):
        await miss(given.house, by=given.ylva, ref=case.ref)
        ruben = await site.browser(given.ruben)
        page = await ruben.get(page_of(case))
        assert "Besöket blev inte av" in page.text
        assert "Sök vård" in page.text
        listed = await ruben.get("/my/cases")
        assert listed.status_code == 200


async def test_every_page_about_a_time_is_in_the_log(site: Site, given: Cast) -> None:
    case, _ = await booked(given, given.ruben)
    ticket = await booking_ticket(given, given.ruben, reason="rash")
    ruben = await site.browser(given.ruben)
    pages = {page_of(case): "read_case", f"{address_of(ticket)}/book": "read_ticket"}
    pages |= {
        f"{page_of(case)}/{part}": "read_case" for part in ("rebook", "rebook/units", "cancel", "calendar")
    }
    pages[f"{address_of(ticket)}/book/units"] = "read_ticket"
    for address, action in pages.items():
        before = await logged(given, action)
        assert (await ruben.get(address)).status_code == 200, address
        assert await logged(given, action) == before + 1, address


async def logged(given: Cast, action: str) -> int:
    rows = await fetch(
        given,
        "SELECT 1 FROM access_log WHERE action = $1 AND person_id = $2",
        action,
        given.ruben.person_id,
    )
    return len(rows)


async def test_a_ticket_from_staff_is_used_for_help_too(site: Site, given: Cast) -> None:
    await is_patient(given, given.ruben)
    new = a_ticket(given, given.ruben.person_id)
    ticket = await send(given.house, by=given.ylva, new=new, key="a-ticket-to-book")
    ruben = await site.browser(given.ruben)
    page = await ruben.get(f"{address_of(ticket)}/book")
    assert "Jag vill ha hjälp att hitta en tid" in page.text
    answer = await ruben.submit(f"{address_of(ticket)}/help")
    page = await ruben.follow(answer)
    assert "nummer" in page.text
    assert "Läs dina svar" not in page.text
    (row,) = await fetch(
        given, "SELECT fact, interview_id FROM care_case WHERE person_id = $1", given.ruben.person_id
    )
    assert tuple(row) == ("Vill ha hjälp att hitta en tid", None)


async def test_forms_that_came_with_the_ticket_follow_to_the_visit(site: Site, given: Cast) -> None:
    (slot,) = await times(given, first=at(2))
    await is_patient(given, given.ruben)
    new = a_ticket(given, given.ruben.person_id, forms=("diet_index",))
    ticket = await send(given.house, by=given.ylva, new=new, key="a-ticket-with-form")
    ruben = await site.browser(given.ruben)
    assert "Svara gärna på biljettens frågor" in (await ruben.get(f"{address_of(ticket)}/book")).text
    await answered(given, given.ruben, ticket.ref, 1, DIET)
    assert "Svara gärna" not in (await ruben.get(f"{address_of(ticket)}/book")).text
    answer = await ruben.submit(f"{address_of(ticket)}/book", {"slot": str(slot)})
    assert (await ruben.follow(answer)).status_code == 200
    rows = await fetch(
        given,
        "SELECT r.answered_at FROM form_request r JOIN care_case c USING (provider_id, case_id) "
        "WHERE c.person_id = $1",
        given.ruben.person_id,
    )
    assert [row["answered_at"] is not None for row in rows] == [True]
    # The list of the day counts them as it counts those that staff have sent in the visit (row C7).
    ylva = await site.browser(given.ylva)
    assert "1 av 1 formulär besvarade" in (await ylva.get(f"/staff/scheduled?day={at(2).date()}")).text
