"""Tidbok over HTTP: what is shown to whom, what each press does, and that a full week is read along its index."""

import re
from datetime import UTC, date, datetime, time, timedelta

import asyncpg
import pytest
from tests.cast import Cast
from tests.site import Page, Site

from vardlots.access.actor import PatientActor
from vardlots.booking import actions as booking
from vardlots.booking.model import SlotRef, StaffBooking
from vardlots.booking.schedules.actions import add_schedule, open_times
from vardlots.booking.schedules.model import Pattern, Schedule
from vardlots.cases.model import CaseRef
from vardlots.consents.actions import register
from vardlots.consents.model import How
from vardlots.platform import clock
from vardlots.platform.db import Scope
from vardlots.worklist.booking.calendar_queries import TIMES

ALL = "unit=all&role=all&staff=all"


def next_monday() -> date:
    today = clock.today()
    return today + timedelta(days=7 - today.weekday())


def plain(page: Page) -> str:
    """The page's words as they are read aloud, without tags."""
    return " ".join(re.sub(r"<[^>]*>", "", page.text).split())


async def laid_up(given: Cast) -> Schedule:
    """Ylva's half hours from eight to ten next Monday, holiday or not."""
    schedule = await add_schedule(
        given.house,
        by=given.petra,
        unit_id=given.angsviken.unit_id,
        role="nurse",
        staff_id=given.ylva.staff_id,
    )
    day = next_monday()
    pattern = Pattern(
        weekdays=frozenset({1}),
        from_time=time(8),
        to_time=time(10),
        minutes=30,
        from_day=day,
        to_day=day,
        on_holidays=True,
    )
    await open_times(
        given.house,
        by=given.petra,
        schedule_id=schedule.schedule_id,
        time_type="nurse_visit",
        pattern=pattern,
    )
    return schedule


async def slots(given: Cast, schedule: Schedule) -> list[int]:
    async with given.database.transaction(given.ylva.scope) as connection:
        rows = await connection.fetch(
            "SELECT slot_id FROM slot WHERE schedule_id = $1 AND state <> 'removed' ORDER BY starts_at",
            schedule.schedule_id,
        )
    return [row["slot_id"] for row in rows]


async def booked(given: Cast, slot_id: int, who: PatientActor) -> CaseRef:
    async with given.database.transaction(who.scope) as connection:
        await register(
            connection,
            by=who,
            provider_id=given.petra.provider_id,
            person_id=who.person_id,
            given_by=who.person_id,
            how=How.DIGITAL,
        )
    new = StaffBooking(person_id=who.person_id, reason="Sårvård")
    slot = SlotRef(given.petra.provider_id, slot_id)
    return (await booking.book_for(given.house, by=given.petra, new=new, slot=slot)).ref


async def logged(given: Cast, ref: CaseRef) -> int:
    async with given.database.transaction(given.ylva.scope) as connection:
        found = await connection.fetchval(
            "SELECT count(*) FROM access_log WHERE case_id = $1 AND action = 'read_calendar'", ref.case_id
        )
    return int(found)


async def test_a_day_shows_who_has_which_time_and_logs_it(given: Cast, site: Site) -> None:
    schedule = await laid_up(given)
    first, *_ = await slots(given, schedule)
    ref = await booked(given, first, given.ruben)
    browser = await site.browser(given.ylva)
    address = f"/staff/calendar?{ALL}&day={next_monday()}"
    page = await browser.get(address)
    assert page.status_code == 200
    for shown in (
        "Ylva Tallvik",
        "3 lediga, 1 bokad",
        "08.00–08.30, Bokad, R E,",
        "Sårvård",
        "08.30–09.00, Ledig",
    ):
        assert shown in plain(page), shown
    assert "Ekdunge" not in page.text
    assert await logged(given, ref) == 1
    grid = await browser.get(address.replace("calendar?", "calendar/grid?"))
    assert "R E" in grid.text
    assert await logged(given, ref) == 2
    # A week of one schedule shows the same; a week of several tells how many, and of nobody.
    await add_schedule(
        given.house, by=given.petra, unit_id=given.angsviken.unit_id, role="nurse", name="Provtagningen"
    )
    board = await browser.get(f"{address}&view=week")
    assert "3 lediga, 1 bokad" in board.text
    assert "R E" not in board.text
    assert await logged(given, ref) == 2
    week = await browser.get(f"{address}&view=week&schedule={schedule.schedule_id}")
    assert "R E" in week.text


async def test_protected_identity_is_a_word_and_a_colleague_elsewhere_sees_nothing(
    given: Cast, site: Site
) -> None:
    schedule = await laid_up(given)
    first, *_ = await slots(given, schedule)
    await booked(given, first, given.ruben)
    async with given.database.transaction(given.ylva.scope) as connection:
        number = await connection.fetchval(
            "SELECT value FROM person_identifier WHERE person_id = $1", given.ruben.person_id
        )
    async with given.database.transaction(Scope(identity=number)) as connection:
        await connection.execute(
            "UPDATE person SET protected = true WHERE person_id = $1", given.ruben.person_id
        )
    page = await (await site.browser(given.ylva)).get(f"/staff/calendar?{ALL}&day={next_monday()}")
    assert "08.00–08.30, Bokad, Skyddad" in plain(page)
    assert "R E" not in page.text
    for other in (given.olle, given.nora):
        browser = await site.browser(other)
        shown = await browser.get(f"/staff/calendar?{ALL}&day={next_monday()}")
        assert "Ylva Tallvik" not in shown.text
        assert (await browser.get(f"/staff/calendar/slots/{first}")).status_code == 404
        assert (await browser.submit(f"/staff/calendar/slots/{first}/remove")).status_code == 404


async def test_a_time_is_blocked_moved_and_removed_by_plain_forms(given: Cast, site: Site) -> None:
    schedule = await laid_up(given)
    first, second, *_ = await slots(given, schedule)
    browser = await site.browser(given.petra)
    page = await browser.get(f"/staff/calendar/slots/{first}?view=week")
    for shown in ("Spärra tiden", "Flytta", "Ta bort tiden", "Boka en patient"):
        assert shown in page.text, shown
    wrong = await browser.submit(f"/staff/calendar/slots/{first}/block", {"why": ""})
    assert (wrong.status_code, "Skriv varför" in wrong.text) == (422, True)
    done = await browser.submit(f"/staff/calendar/slots/{first}/block", {"why": "Möte", "view": "week"})
    assert done.status_code == 303
    assert done.headers["location"] == f"/staff/calendar?day={next_monday()}&view=week&done=blocked"
    assert "Tiden är spärrad." in (await browser.follow(done)).text
    to = {"to": schedule.schedule_id, "to_day": str(next_monday()), "at": "10:30"}
    moved = await browser.submit(f"/staff/calendar/slots/{second}/move", to)
    assert moved.headers["location"].endswith("done=moved")
    clash = await browser.call(f"/staff/calendar/slots/{first}/move", to)
    assert clash.status_code == 409
    gone = await browser.submit(f"/staff/calendar/slots/{first}/remove")
    assert gone.headers["location"].endswith("done=removed")
    assert len(await slots(given, schedule)) == 3


async def test_a_booked_time_asks_before_it_moves_and_is_withdrawn_with_words(
    given: Cast, site: Site
) -> None:
    schedule = await laid_up(given)
    first, second, *_ = await slots(given, schedule)
    ref = await booked(given, first, given.ruben)
    browser = await site.browser(given.petra)
    to = {"to": schedule.schedule_id, "to_day": str(next_monday()), "at": "08:30"}
    page = await browser.get(f"/staff/calendar/slots/{first}")
    assert f"/staff/cases/{ref}" in page.text
    assert "Spärra tiden" not in page.text
    unsure = await browser.submit(f"/staff/calendar/slots/{first}/rebook", to)
    assert (unsure.status_code, "Bekräfta" in unsure.text) == (422, True)
    done = await browser.submit(f"/staff/calendar/slots/{first}/rebook", {**to, "sure": "1"})
    assert done.headers["location"].endswith("done=rebooked")
    silent = await browser.submit(f"/staff/calendar/slots/{second}/withdraw", {"text": " "})
    assert silent.status_code == 422
    done = await browser.submit(
        f"/staff/calendar/slots/{second}/withdraw", {"text": "Vi har fått förhinder."}
    )
    assert done.headers["location"].endswith("done=withdrawn")
    case = await (await site.browser(given.ruben)).get(f"/my/cases/{ref}")
    assert "Vi har fått förhinder." in case.text


async def test_what_opens_is_shown_before_it_is_done(given: Cast, site: Site) -> None:
    schedule = await laid_up(given)
    browser = await site.browser(given.petra)
    day = next_monday()
    fields = {
        "schedule": schedule.schedule_id,
        "time_type": "nurse_visit",
        "weekday": "1",
        "from": "09:00",
        "to": "11:00",
        "from_day": str(day),
        "to_day": str(day),
        "repeat": "once",
        "on_holidays": "1",
    }
    query = "&".join(f"{name}={value}" for name, value in fields.items())
    page = await browser.get(f"/staff/calendar/open?{query}&preview=1")
    for shown in ("Öppnar 2 tider", "2 tider öppnas inte:", "2 krockar med tider som finns", "09.30"):
        assert shown in page.text, shown
    assert len(await slots(given, schedule)) == 4
    done = await browser.submit("/staff/calendar/open", fields)
    assert done.headers["location"].endswith("done=opened&n=2")
    assert len(await slots(given, schedule)) == 6
    wrong = await browser.get(f"/staff/calendar/open?{query.replace('to=11', 'to=09')}&preview=1")
    assert wrong.status_code == 422
    assert "Välj en sluttid" in wrong.text


async def test_a_rule_is_added_and_ended_and_the_page_says_what_has_changed(given: Cast, site: Site) -> None:
    schedule = await laid_up(given)
    browser = await site.browser(given.petra)
    done = await browser.submit(
        "/staff/calendar/open",
        {
            "schedule": schedule.schedule_id,
            "time_type": "nurse_visit",
            "weekday": "3",
            "from": "08:00",
            "to": "09:00",
            "from_day": str(clock.today()),
            "repeat": "rule",
            "ahead_days": "21",
            "on_holidays": "1",
        },
    )
    assert done.status_code == 303, done.text
    page = await browser.get(f"/staff/calendar/schedules/{schedule.schedule_id}")
    for shown in ("ons 08.00–09.00", "även helgdagar", "Regel tillagd", "Petra Åsnäs"):
        assert shown in page.text, shown
    found = re.search(r"/staff/calendar/rules/(\d+)/end", page.text)
    assert found is not None
    siri = await site.browser(given.siri)
    assert (await siri.submit(found[0], {"free": "remove"})).status_code == 403
    ended = await browser.submit(found[0], {"free": "remove"})
    assert "done=ended" in ended.headers["location"]
    assert "Regel avslutad" in (await browser.follow(ended)).text
    assert len(await slots(given, schedule)) == 4


async def test_whom_a_cancelled_day_concerns_is_shown_first_and_then_told(given: Cast, site: Site) -> None:
    schedule = await laid_up(given)
    first, *_ = await slots(given, schedule)
    ref = await booked(given, first, given.ruben)
    browser = await site.browser(given.petra)
    day = str(next_monday())
    page = await browser.get(
        f"/staff/calendar/cancel?whose=unit-{given.angsviken.unit_id}&first={day}&preview=1"
    )
    for shown in ("1 patient har en tid", "R E", "Sårvård", "3 lediga tider tas bort."):
        assert shown in page.text, shown
    assert await logged(given, ref) == 1
    fields = {"whose": schedule.schedule_id, "first": day, "last": day, "why": "Sjuk", "text": ""}
    silent = await browser.submit("/staff/calendar/cancel", fields)
    assert (silent.status_code, "Skriv till patienterna" in silent.text, "Sjuk" in silent.text) == (
        422,
        True,
        True,
    )
    done = await browser.submit("/staff/calendar/cancel", {**fields, "text": "Vi har fått förhinder."})
    assert done.headers["location"].endswith("done=cancelled&n=1")
    after = await browser.follow(done)
    assert "Stängt: Sjuk" in after.text
    assert "Vi har fått förhinder." in (await (await site.browser(given.ruben)).get(f"/my/cases/{ref}")).text


async def test_an_empty_calendar_tells_the_truth_and_a_way_on(given: Cast, site: Site) -> None:
    browser = await site.browser(given.ylva)
    assert "Det finns inga scheman än." in (await browser.get("/staff/calendar")).text
    page = await browser.submit(
        "/staff/calendar/schedules", {"who": f"{given.angsviken.unit_id}-nurse-{given.ylva.staff_id}"}
    )
    assert page.status_code == 303
    assert "Inga tider den här dagen." in (await browser.get(f"/staff/calendar?{ALL}")).text
    assert "Inget schema stämmer" in (await browser.get("/staff/calendar?role=physician")).text
    for strange in ("day=abc", "day=0001-01-01", "schedule=999999999", "view=month", "schedule=abc"):
        assert (await browser.get(f"/staff/calendar?{strange}")).status_code == 200


@pytest.mark.slow
async def test_a_full_week_of_twenty_schedules_is_read_along_the_index_of_the_unit(
    given: Cast, database_url: str
) -> None:
    ids = [
        (
            await add_schedule(
                given.house,
                by=given.petra,
                unit_id=given.angsviken.unit_id,
                role="nurse",
                name=f"Rum {n}",
            )
        ).schedule_id
        for n in range(20)
    ]
    begin = datetime.combine(next_monday(), time(), UTC)
    owner = await asyncpg.connect(database_url)
    try:
        await owner.execute(f"SET vardlots.provider = '{given.petra.provider_id}'")
        await owner.execute(
            "INSERT INTO slot (provider_id, schedule_id, unit_id, role, time_type, contact, starts_at, ends_at, "
            "changed_at) SELECT $1, s, $2, 'nurse', 'nurse_visit', 'physical', d, d + interval '30 minutes', $4 "
            "FROM unnest($3::bigint[]) s, generate_series($4::timestamptz, $4::timestamptz + interval '364 days', "
            "interval '30 minutes') d WHERE extract(hour FROM d) BETWEEN 8 AND 15 AND extract(isodow FROM d) < 6",
            given.petra.provider_id,
            given.angsviken.unit_id,
            ids,
            begin,
        )
        await owner.execute("ANALYZE slot")
        values = (given.petra.provider_id, [given.angsviken.unit_id], begin, begin + timedelta(days=7), ids)
        plan = "\n".join(
            row[0] for row in await owner.fetch(f"EXPLAIN (ANALYZE) {TIMES}", *values, clock.today())
        )
    finally:
        await owner.close()
    assert re.search(r"slot_of_(unit|schedule)", plan), plan
    assert "Seq Scan on slot" not in plan, plan
    took = re.search(r"Execution Time: ([\d.]+) ms", plan)
    assert took is not None
    # 1,600 times; ten times what it takes here, so that a busy machine does not tell of a slow page.
    assert float(took[1]) < 400, plan
