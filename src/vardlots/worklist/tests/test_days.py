"""The date filter: which cases the days hold, in which order, page by page, for whom; and that it is quick."""

import re
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest
from tests.cast import Cast
from tests.site import Site

from vardlots.access.actor import StaffActor
from vardlots.cases import actions
from vardlots.cases.model import CaseRef
from vardlots.conversations.actions import Message, write
from vardlots.platform import clock
from vardlots.worklist import day_queries
from vardlots.worklist.day_queries import Days, read_days, read_key, statement
from vardlots.worklist.filters import Filter

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        ("", "", (TODAY, TODAY)),
        ("2026-11-19", "", (date(2026, 11, 19), date(2026, 11, 19))),
        ("", "2026-11-19", (date(2026, 11, 19), date(2026, 11, 19))),
        ("2026-11-01", "2026-11-07", (date(2026, 11, 1), date(2026, 11, 7))),
        ("2026-11-07", "2026-11-01", (date(2026, 11, 1), date(2026, 11, 7))),
        ("nonsense", "2026-13-40", (TODAY, TODAY)),
        ("0001-01-01", "9999-12-31", (TODAY, TODAY)),
        ("2020-01-01", "2026-11-01", (date(2020, 1, 1), date(2020, 12, 31))),
    ],
)
def test_the_days_of_an_address(first: str, last: str, found: tuple[date, date]) -> None:
    assert read_days(first, last, TODAY) == Days(*found)


def test_a_day_is_as_long_as_it_is_in_sweden() -> None:
    begin, end = Days(date(2026, 10, 25), date(2026, 10, 25)).moments
    assert (end.timestamp() - begin.timestamp()) / 3600 == 25


def test_a_key_that_is_none_is_the_first_page() -> None:
    for text in ("", "4_1_2_3", "0_1", "0_x_y_z", "3_never_1", "x"):
        assert read_key(text) is None, text


async def listed(
    given: Cast, days: Days, chosen: Filter | None = None, by: StaffActor | None = None
) -> list[int]:
    by = by or given.ylva
    async with given.database.transaction(by.scope) as connection:
        rows, _ = await day_queries.rows(connection, by=by, chosen=chosen or Filter(), days=days)
    return [row["case_id"] for row in rows]


def day_of(ago: int = 0) -> Days:
    day = clock.today() - timedelta(days=ago)
    return Days(day, day)


async def every_phase(given: Cast) -> list[CaseRef]:
    """One that waits, one that goes on, one that is written in, one that has ended, for two roles."""
    ended = await given.ongoing_case(given.ruben, reason="rash")
    await actions.end(given.house, by=given.ylva, ref=ended, follow_up_days=0)
    written = await given.ongoing_case(given.ruben, reason="cough")
    await actions.end(given.house, by=given.ylva, ref=written, follow_up_days=3)
    await write(given.house, by=given.ruben, ref=written, message=Message("Tack.", "key-days-1"))
    ongoing = await given.ongoing_case(given.elin, reason="fever")
    waiting = await given.waiting_case(given.elin, reason="back", role="medical_admin")
    return [waiting, ongoing, written, ended]


async def test_every_phase_and_every_role_is_in_one_list_what_is_left_to_do_first(given: Cast) -> None:
    expected = [ref.case_id for ref in await every_phase(given)]
    assert await listed(given, day_of()) == expected
    assert await listed(given, day_of(1)) == []
    assert await listed(given, Days(day_of(3).first, day_of().last)) == expected
    assert await listed(given, day_of(), Filter(None, "medical_admin")) == expected[:1]
    assert await listed(given, day_of(), Filter(None, "", given.ylva.staff_id)) == expected[1:]
    async with given.database.transaction(given.ylva.scope) as connection:
        counted = await day_queries.counts(connection, by=given.ylva, chosen=Filter(), days=day_of())
    assert (counted.waiting, counted.taken, counted.unread) == (1, 1, 1)


async def test_a_case_is_on_the_day_it_came_however_late_it_ended(given: Cast) -> None:
    with clock.at(clock.now() - timedelta(days=2)):
        ref = await given.ongoing_case(given.ruben)
        day = clock.today()
    await actions.end(given.house, by=given.ylva, ref=ref, follow_up_days=0)
    assert await listed(given, Days(day, day)) == [ref.case_id]
    assert await listed(given, day_of()) == []


async def test_other_units_and_providers_see_nothing_of_it(given: Cast) -> None:
    await every_phase(given)
    assert await listed(given, day_of(), by=given.olle) == []
    assert await listed(given, day_of(), by=given.nora) == []
    assert await listed(given, day_of(), Filter(given.angsviken.unit_id), by=given.nora) == []
    assert len(await listed(given, day_of(), by=given.petra)) == 4


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_a_page_goes_on_where_the_last_one_ended_from_part_to_part(given: Cast, size: int) -> None:
    expected = [ref.case_id for ref in await every_phase(given)]
    seen: list[int] = []
    key: Any = None
    by = given.ylva
    async with given.database.transaction(by.scope) as connection:
        for _ in range(9):
            rows, after = await day_queries.rows(
                connection, by=by, chosen=Filter(), days=day_of(), after=key, most=size
            )
            assert len(rows) <= size
            seen += [row["case_id"] for row in rows]
            if not after:
                break
            key = read_key(after)
            assert key is not None
    assert seen == expected


@pytest.mark.parametrize("part", range(5))
@pytest.mark.parametrize("after", [False, True])
async def test_each_part_is_cut_along_an_index_and_sorts_only_a_page(
    given: Cast, database_url: str, part: int, after: bool
) -> None:
    """Requirement C8: a sort beneath a unit's limit, or a way through the whole table, would show here."""
    by = given.ylva
    owner = await asyncpg.connect(database_url)
    try:
        await owner.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
        await owner.execute(f"SET vardlots.provider = '{by.provider_id}'")
        begin, end = day_of().moments
        values: list[Any] = [by.provider_id, [by.unit_id], begin, end, 51, "nurse"]
        values += [(3, begin, 1), (3, begin, 1), (begin, 1), (begin, 1), (begin, 1)][part] if after else []
        plan = "\n".join(
            line[0] for line in await owner.fetch(f"EXPLAIN {statement(part, True, False, after)}", *values)
        )
    finally:
        await owner.close()
    assert plan.count("Sort Key") == 1, plan
    assert "Seq Scan on care_case" not in plan, plan
    assert re.search(r"using care_case_(waiting|taken|inbox|booked_came|arrived)", plan), plan


async def test_the_page_shows_all_in_one_view_says_what_is_left_and_is_logged(
    given: Cast, site: Site
) -> None:
    waiting, ongoing, written, ended = await every_phase(given)
    browser = await site.browser(given.ylva)
    page = await browser.get("/staff/days?unit=all&role=all&staff=all")
    for shown in ("I dag", "1 väntar, 1 är hos någon, 1 oläst.", "Kom nyss", "Nytt svar", "Stängd"):
        assert shown in page.text, shown
    places = [page.text.index(f'id="case-{ref}"') for ref in (waiting, ongoing, written, ended)]
    assert places == sorted(places)
    day = clock.today().isoformat()
    rows = await browser.get(f"/staff/days/rows?unit=all&role=all&staff=all&from={day}&until={day}")
    assert f'id="case-{ended}"' in rows.text
    head = await browser.get(f"/staff/days/head?unit=all&role=all&staff=all&from={day}&until={day}")
    assert "1 väntar" in head.text
    assert "R E" not in head.text
    async with given.database.transaction(given.ylva.scope) as connection:
        logged = await connection.fetchval(
            "SELECT count(*) FROM access_log WHERE actor_kind = 'staff' AND actor_id = $1 AND reason LIKE 'days %'",
            given.ylva.staff_id,
        )
    assert logged == 2, "the page and the rows; the head names nobody"


async def test_a_case_of_another_role_is_taken_anyway_and_one_that_has_ended_by_nobody(
    given: Cast, site: Site
) -> None:
    waiting, _, _, ended = await every_phase(given)
    left = await given.waiting_case(given.ruben, reason="headache")
    await actions.leave_queue(given.house, by=given.ruben, ref=left)
    page = await (await site.browser(given.ylva)).get("/staff/days?unit=all&role=all&staff=all")
    row = page.text.split(f'id="case-{waiting}"')[1].split("</tr>")[0]
    assert "Ta emot ändå" in row
    for over in (ended, left):
        assert "Ta emot" not in page.text.split(f'id="case-{over}"')[1].split("</tr>")[0]


async def test_a_day_without_cases_tells_the_truth_and_a_way_on(given: Cast, site: Site) -> None:
    page = await (await site.browser(given.ylva)).get(
        "/staff/days?role=nurse&from=2026-01-01&until=2026-01-02"
    )
    for shown in ("Inga ärenden kom in", "Visa alla roller"):
        assert shown in page.text, shown
