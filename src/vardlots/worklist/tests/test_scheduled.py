"""*Schemalagda*: which booked visits a day holds, for whom, how each stands, and what no day hides."""

from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from tests.cast import Cast
from tests.site import Site

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.booking.actions import book_for
from vardlots.booking.changes.actions import attend, cancel, miss, withdraw_time
from vardlots.booking.model import StaffBooking
from vardlots.booking.tests.calendar import times
from vardlots.cases import actions as cases
from vardlots.cases.model import CaseRef
from vardlots.consents.actions import register
from vardlots.consents.model import How
from vardlots.platform import clock
from vardlots.worklist.booking import scheduled_queries
from vardlots.worklist.booking.scheduled import read_day
from vardlots.worklist.booking.scheduled_states import WORDS, Stands, standing
from vardlots.worklist.filters import Filter

HALF_HOUR = timedelta(minutes=30)


def noon(days: int = 2) -> datetime:
    """Noon in Sweden, some days ahead."""
    day = clock.local(clock.now() + timedelta(days=days))
    return day.replace(hour=12, minute=0, second=0, microsecond=0)


async def known(given: Cast, who: PatientActor) -> None:
    """They are a patient of the region, by their own word."""
    async with given.database.transaction(who.scope) as connection:
        whose = {"provider_id": given.ylva.provider_id, "person_id": who.person_id, "given_by": who.person_id}
        await register(connection, by=who, how=How.DIGITAL, **whose)


async def booked(
    given: Cast, *, at: datetime | None = None, kind: str = "care", reason: str = "Blodtryck", **more: Any
) -> CaseRef:
    """Ruben has a time that staff booked."""
    (slot,) = await times(given, first=at or noon(), **more)
    await known(given, given.ruben)
    new = StaffBooking(person_id=given.ruben.person_id, reason=reason, kind=kind)
    return (await book_for(given.house, by=given.ylva, new=new, slot=slot)).ref


async def day(
    given: Cast, *, by: StaffActor | None = None, chosen: Filter | None = None, days: int = 2
) -> list[int]:
    by = by or given.ylva
    async with given.database.transaction(by.scope) as connection:
        rows, more = await scheduled_queries.of_day(
            connection, by=by, chosen=chosen or Filter(), day=noon(days).date()
        )
    assert not more
    return [row["case_id"] for row in rows]


async def always(given: Cast, which: str, chosen: Filter | None = None) -> list[int]:
    read = getattr(scheduled_queries, which)
    async with given.database.transaction(given.ylva.scope) as connection:
        rows = await read(connection, by=given.ylva, chosen=chosen or Filter())
    return [row["case_id"] for row in rows]


def test_how_every_visit_stands() -> None:
    now = clock.now()
    phases = ("booked", "queued", "accepted", "ongoing", "follow_up", "closed", "cancelled")
    states = ("booked", "moved", "cancelled", "withdrawn", "attended", "missed")
    for phase, state, has_time, over in product(phases, states, (True, False), (True, False)):
        found = standing(
            phase=phase,
            appointment=state,
            booked_from=now if has_time else None,
            ends_at=now if over else now + timedelta(seconds=1),
            now=now,
        )
        expected = {
            "queued": Stands.ONGOING,
            "accepted": Stands.TAKEN,
            "ongoing": Stands.ONGOING,
            "follow_up": Stands.DONE,
            "closed": Stands.DONE,
            "cancelled": Stands.CANCELLED,
        }.get(phase, Stands.TIMELESS if not has_time else Stands.OVER if over else Stands.COMES)
        assert found is (Stands.MISSED if state == "missed" else expected), (phase, state)
    assert set(WORDS) == set(Stands)


@pytest.mark.parametrize("typed", ["", "i morgon", "2026-13-01", "0001-01-01", "9999-01-01"])
def test_a_day_that_is_none_is_today(typed: str) -> None:
    assert read_day(typed, clock.today()) == clock.today()


def test_a_day_is_as_long_as_it_is_in_sweden() -> None:
    begin, end = scheduled_queries.day_span(date(2026, 10, 25))
    assert (end.timestamp() - begin.timestamp()) / 3600 == 25


async def test_a_day_holds_its_own_and_nothing_of_other_days(given: Cast) -> None:
    ref = await booked(given)
    first = noon().replace(hour=0)
    midnight = await booked(given, at=first)
    late = await booked(given, at=first + timedelta(days=1, minutes=-30))
    await booked(given, at=first + timedelta(days=1))
    await booked(given, at=first - HALF_HOUR)
    assert await day(given) == [midnight.case_id, ref.case_id, late.case_id]


async def test_the_filter_cuts_by_unit_role_and_person(given: Cast) -> None:
    ylvas = await booked(given, staff=given.ylva)
    room = await booked(given, at=noon() + timedelta(hours=1))
    siris = await booked(given, at=noon() + timedelta(hours=2), role="physician", staff=given.siri)
    there = given.angsviken.unit_id
    assert await day(given, chosen=Filter(there)) == [ylvas.case_id, room.case_id, siris.case_id]
    assert await day(given, chosen=Filter(there, "nurse")) == [ylvas.case_id, room.case_id]
    assert await day(given, chosen=Filter(there, "", given.ylva.staff_id)) == [ylvas.case_id]
    # Whoever takes a room's visit has it in their day from then on.
    await cases.accept(given.house, by=given.ylva, ref=room)
    assert await day(given, chosen=Filter(there, "", given.ylva.staff_id)) == [ylvas.case_id, room.case_id]
    assert await day(given, by=given.olle) == []
    assert await day(given, by=given.nora) == []


async def test_an_administrative_visit_is_the_administrators_whosever_time_it_is(given: Cast) -> None:
    errand = await booked(given, kind="administrative")
    await booked(given, at=noon() + timedelta(hours=1))
    chosen = Filter(given.angsviken.unit_id, "medical_admin")
    assert await day(given, by=given.petra, chosen=chosen) == [errand.case_id]


async def test_what_is_cancelled_leaves_and_what_came_or_was_missed_stays(given: Cast) -> None:
    gone = await booked(given)
    came = await booked(given, at=noon() + timedelta(hours=1))
    missed = await booked(given, at=noon() + timedelta(hours=2))
    await cancel(given.house, by=given.ylva, ref=gone, reason="Patienten ringde")
    with clock.at(noon() + timedelta(hours=3)):
        await attend(given.house, by=given.ylva, ref=came)
        await miss(given.house, by=given.ylva, ref=missed)
        assert await day(given, days=0) == [came.case_id, missed.case_id]


async def test_no_day_hides_a_visit_whose_time_is_over_or_withdrawn(given: Cast) -> None:
    over = await booked(given)
    without = await booked(given, at=noon() + timedelta(hours=1))
    await withdraw_time(given.house, by=given.ylva, ref=without, text="Läkaren är sjuk.")
    assert await always(given, "timeless") == [without.case_id]
    assert await always(given, "over") == []
    assert await day(given) == [over.case_id]
    with clock.at(noon() + HALF_HOUR - timedelta(seconds=1)):
        assert await always(given, "over") == []
    with clock.at(noon() + HALF_HOUR):
        assert await always(given, "over") == [over.case_id]
        assert await day(given, days=0) == []
    with clock.at(noon() + timedelta(days=3)):
        assert await always(given, "over") == [over.case_id]
        assert await always(given, "over", Filter(given.strandgatan.unit_id)) == []
        await cases.accept(given.house, by=given.hamid, ref=over)
        assert await always(given, "over") == []


async def test_the_menu_counts_what_is_left_today(given: Cast) -> None:
    first = await booked(given)
    await booked(given, at=noon() + timedelta(hours=1), role="physician")
    await booked(given, at=noon(3))

    async def left(chosen: Filter) -> int:
        async with given.database.transaction(given.ylva.scope) as connection:
            return await scheduled_queries.left_today(connection, given.ylva, chosen)

    there = given.angsviken.unit_id
    with clock.at(noon()):
        assert await left(Filter(there)) == 2
        assert await left(Filter(there, "nurse")) == 1
        assert await left(Filter(there, "", given.ylva.staff_id)) == 0
        await miss(given.house, by=given.ylva, ref=first)
        assert await left(Filter(there)) == 1


async def test_the_page_says_when_who_what_and_how_it_stands(given: Cast, site: Site) -> None:
    ref = await booked(given, staff=given.hamid, reason="Kontroll av blodtryck")
    browser = await site.browser(given.ylva)
    page = await browser.get(f"/staff/scheduled?unit={given.angsviken.unit_id}&day={noon().date()}")
    assert page.status_code == 200
    for said in (
        "12.00",
        "Kontroll av blodtryck",
        "R E",
        "på plats",
        "Hamid Nordsken",
        "Kommer",
        f"/staff/cases/{ref}",
    ):
        assert said in page.text, said
    assert "Ruben" not in page.text
    other = await browser.get("/staff/scheduled")
    assert "Kontroll av blodtryck" not in other.text
    fragment = await browser.get(f"/staff/scheduled/rows?unit={given.angsviken.unit_id}&day={noon().date()}")
    assert "Kontroll av blodtryck" in fragment.text
    assert "<html" not in fragment.text
    stranger = await site.browser(given.nora)
    assert "Kontroll av blodtryck" not in (await stranger.get(f"/staff/scheduled?day={noon().date()}")).text
    patient = await site.browser(given.ruben)
    assert (await patient.get("/staff/scheduled")).status_code in (303, 401, 403)


async def test_a_visit_that_needs_a_new_time_is_on_every_day(given: Cast, site: Site) -> None:
    ref = await booked(given)
    await withdraw_time(given.house, by=given.ylva, ref=ref, text="")
    browser = await site.browser(given.ylva)
    page = await browser.get("/staff/scheduled?unit=all&role=all&day=2030-01-01")
    assert "Väntar på ny tid" in page.text
    assert str(ref) in page.text
