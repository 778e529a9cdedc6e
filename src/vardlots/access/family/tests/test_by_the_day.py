"""Guardians by the day and by each provider's rules: a 13th birthday during an open case, to the second."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from tests.cast import PERSONNUMMER, Cast
from tests.site import Site, open_site

from vardlots.access.actor import PatientActor
from vardlots.access.reach import reach
from vardlots.access.sessions import Limits, Sessions
from vardlots.cases.actions import add_information
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import readable_case
from vardlots.conversations.actions import Message, write
from vardlots.people.actions import Known, relate, remember
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Database
from vardlots.platform.errors import Forbidden, NotFound
from vardlots.triage import queries as own
from vardlots.triage.news import news
from vardlots.worklist.stream import heads
from vardlots.worklist.visit_draw import guardian_out
from vardlots.worklist.visit_read import read_visit

# Tuva of the cast, born 2020-03-14, becomes thirteen when this day begins in Sweden.
BIRTHDAY = datetime(2033, 3, 13, 23, 0, 0, tzinfo=UTC)
EVE = BIRTHDAY - timedelta(seconds=1)


async def actor_of(given: Cast, person_id: int) -> PatientActor:
    found = await reach(given.database, person_id=person_id)
    assert found is not None
    return found


@asynccontextmanager
async def rules(given: Cast, provider_id: int, **chosen: Any) -> AsyncIterator[None]:
    """Let a provider decide otherwise, and every other provider of the test database hold the seeds' rules."""
    merged = "settings || jsonb_build_object('care_rules', $2::jsonb)"
    change = f"UPDATE provider SET settings = {merged} WHERE provider_id = $1"
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(change, provider_id, chosen)
    try:
        yield
    finally:
        async with given.database.transaction(NOBODY) as connection:
            await connection.execute(change, provider_id, {})


async def open_case_on_the_eve(given: Cast) -> CaseRef:
    with clock.at(EVE - timedelta(hours=1)):
        return await given.ongoing_case(given.elin, person_id=given.tuva)


async def test_the_second_before_and_the_second_after(given: Cast) -> None:
    ref = await open_case_on_the_eve(given)
    with clock.at(EVE):
        elin = await actor_of(given, given.elin.person_id)
        assert given.tuva in elin.children
        assert elin.holds_until == BIRTHDAY
        await write(given.house, by=elin, ref=ref, message=Message("Hon hostar mer.", "eve-message"))
    with clock.at(BIRTHDAY):
        elin = await actor_of(given, given.elin.person_id)
        assert (given.tuva in elin.persons, given.tuva in elin.grown) == (False, True)
        with pytest.raises(NotFound):
            await write(given.house, by=elin, ref=ref, message=Message("Hon hostar.", "late-message"))
        async with given.database.transaction(elin.scope) as connection:
            with pytest.raises(NotFound):
                await readable_case(connection, by=elin, ref=ref)
            cases = await own.own_cases(connection, by=elin, person_ids=list(elin.persons))
            assert (cases, (await news(connection, by=elin)).cases) == ([], 0)


async def test_the_child_finds_the_case_and_writes_in_it_from_that_second(given: Cast) -> None:
    ref = await open_case_on_the_eve(given)
    with clock.at(EVE):
        tuva = await actor_of(given, given.tuva)
        with pytest.raises(Forbidden):
            await write(given.house, by=tuva, ref=ref, message=Message("Hej.", "too-early-key"))
    with clock.at(BIRTHDAY):
        tuva = await actor_of(given, given.tuva)
        async with given.database.transaction(tuva.scope) as connection:
            (case,) = await own.own_cases(connection, by=tuva, person_ids=[given.tuva])
            assert (case.unread, (await news(connection, by=tuva)).cases) == (True, 1)
        await write(given.house, by=tuva, ref=ref, message=Message("Hej, det är jag nu.", "own-message"))
    # The other guardian, who could read, can not either.
    with clock.at(BIRTHDAY):
        matti = await actor_of(given, given.matti.person_id)
        async with given.database.transaction(matti.scope) as connection:
            with pytest.raises(NotFound):
                await readable_case(connection, by=matti, ref=ref)


async def test_staff_see_that_the_guardian_is_out_and_what_to_do(given: Cast) -> None:
    ref = await open_case_on_the_eve(given)
    for moment, told in ((EVE, False), (BIRTHDAY, True)):
        with clock.at(moment):
            async with given.database.transaction(given.ylva.scope) as connection:
                visit = await read_visit(connection, by=given.ylva, ref=ref)
            assert bool(guardian_out(visit, "sv")) is told
            assert visit.actor_name == ("Tuva Sjöqvarn" if told else "Elin Sjöqvarn")


async def test_a_session_is_not_remembered_over_midnight(given: Cast) -> None:
    sessions = Sessions(
        given.database, given.house.hub, Limits(idle=timedelta(hours=1), absolute=timedelta(hours=12))
    )
    with clock.at(EVE):
        token = await sessions.open_for_patient(person_id=given.elin.person_id, acr="test")
        before = await sessions.actor(token)
    with clock.at(BIRTHDAY):
        after = await sessions.actor(token)
    assert isinstance(before, PatientActor)
    assert isinstance(after, PatientActor)
    assert (given.tuva in before.children, given.tuva in after.children) == (True, False)


async def test_a_stream_loses_the_case_at_the_second(given: Cast) -> None:
    ref = await open_case_on_the_eve(given)
    topics = [f"case:{ref}", f"person:{given.elin.person_id}"]
    with clock.at(EVE):
        assert set(await heads(given.house, await actor_of(given, given.elin.person_id), topics)) == set(
            topics
        )
    with clock.at(BIRTHDAY):
        left = await heads(given.house, await actor_of(given, given.elin.person_id), topics)
        assert set(left) == {topics[1]}


async def test_one_provider_takes_children_for_grown_later_than_another(given: Cast) -> None:
    """From 13 at the private provider, from 16 at the region: the same guardian on the same day."""
    here, there = given.angsviken, given.norrhamn
    with clock.at(EVE - timedelta(hours=1)):
        first = await given.ongoing_case(given.elin, person_id=given.tuva, unit=here)
        second = await given.waiting_case(given.elin, person_id=given.tuva, unit=there)
    async with rules(given, here.provider_id, own_from_years=16):
        with clock.at(BIRTHDAY):
            elin, tuva = await actor_of(given, given.elin.person_id), await actor_of(given, given.tuva)
            assert given.tuva in elin.children
            await write(given.house, by=elin, ref=first, message=Message("Vi är kvar.", "still-here-1"))
            async with given.database.transaction(elin.scope) as connection:
                with pytest.raises(NotFound):
                    await readable_case(connection, by=elin, ref=second)
                cases = await own.own_cases(connection, by=elin, person_ids=list(elin.persons))
                assert {one.case.ref for one in cases} == {first}
                rows = await connection.fetch(
                    "SELECT DISTINCT provider_id FROM entry WHERE person_id = $1", given.tuva
                )
                assert {row["provider_id"] for row in rows} == {here.provider_id}
            await add_information(given.house, by=tuva, ref=second, text="Nu skriver jag.", key="own-words-1")
            with pytest.raises(Forbidden):
                await write(given.house, by=tuva, ref=first, message=Message("Jag med.", "not-yet-key-1"))
            assert elin.may_seek(person_id=given.tuva, provider_id=here.provider_id)
            assert not elin.may_seek(person_id=given.tuva, provider_id=there.provider_id)
            assert tuva.may_seek(person_id=given.tuva, provider_id=there.provider_id)
            assert not tuva.may_seek(person_id=given.tuva, provider_id=here.provider_id)


async def test_the_database_itself_keeps_a_closed_pair_shut(given: Cast) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    shut = PatientActor(
        given.elin.person_id,
        "Elin Sjöqvarn",
        (given.tuva, given.nils),
        closed=frozenset({(ref.provider_id, given.tuva)}),
    )
    async with given.database.transaction(shut.scope) as connection:
        for table in (
            "care_case",
            "entry",
            "interview",
            "consent",
            "patient",
            "access_log",
            "attachment",
            "notice",
        ):
            seen = await connection.fetchval(f"SELECT count(*) FROM {table} WHERE person_id = $1", given.tuva)
            assert (table, seen) == (table, 0)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with given.database.transaction(shut.scope) as connection:
            await connection.execute(
                "INSERT INTO consent (provider_id, person_id, kind, given, given_by, given_at, how) "
                "VALUES ($1, $2, 'history', true, $3, now(), 'digital')",
                ref.provider_id,
                given.tuva,
                given.elin.person_id,
            )


async def test_every_table_of_a_provider_about_a_person_has_that_lock(database: Database) -> None:
    async with database.transaction(NOBODY) as connection:
        rows = await connection.fetch(
            "SELECT c.relname, "
            "bool_or(coalesce(pg_get_expr(p.polqual, p.polrelid) LIKE '%scope_closed%', false)) AS shut, "
            "bool_or(coalesce(pg_get_expr(p.polqual, p.polrelid) LIKE '%scope_persons%', false)) AS for_persons "
            "FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid "
            "WHERE EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'person_id') "
            "AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'provider_id') "
            "GROUP BY c.relname"
        )
    assert {row["relname"] for row in rows if row["for_persons"] and not row["shut"]} == set()


async def baby(given: Cast, born: date) -> int:
    """A child of Elin's and Matti's, born on a day."""
    given.babies = getattr(given, "babies", 0) + 1  # type: ignore[attr-defined]
    number = f"{born:%Y%m%d}{9000 + given.tuva % 900:04d}"
    child = await remember(
        given.database,
        known=Known(
            system=PERSONNUMMER, number=number, given_name="Wilja", family_name="Sjöqvarn", birth_date=born
        ),
    )
    children = [(one, False) for one in (given.tuva, given.nils, child)]
    await relate(given.database, guardian_id=given.elin.person_id, children=children)
    return child


async def test_a_child_is_listed_from_its_first_birthday(given: Cast) -> None:
    child = await baby(given, date(2026, 3, 14))
    first = datetime(2027, 3, 13, 23, 0, 0, tzinfo=UTC)
    with clock.at(first - timedelta(seconds=1)):
        elin = await actor_of(given, given.elin.person_id)
        assert (child in elin.children, elin.infants, elin.holds_until) == (False, (child,), first)
        assert not elin.may_seek(person_id=child, provider_id=given.angsviken.provider_id)
    with clock.at(first):
        elin = await actor_of(given, given.elin.person_id)
        assert (child in elin.children, elin.infants) == (True, ())


async def test_a_limit_that_is_raised_shuts_no_case_that_is_open(given: Cast) -> None:
    """By every provider's new rule the child is too young; what was begun goes on, and nothing new is."""
    ref = await given.ongoing_case(given.elin, person_id=given.nils)
    one = await actor_of(given, given.elin.person_id)
    raised = msgspec.structs.replace(one, children=(given.tuva,), infants=(given.nils,))
    await write(given.house, by=raised, ref=ref, message=Message("Vi fortsätter.", "goes-on-key-1"))
    async with given.database.transaction(raised.scope) as connection:
        assert (await readable_case(connection, by=raised, ref=ref)).ref == ref
    assert not raised.may_seek(person_id=given.nils, provider_id=ref.provider_id)


@pytest.fixture
async def site(given: Cast, database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


@pytest.mark.slow
async def test_the_pages_say_kindly_why_and_what_happens(given: Cast, site: Site) -> None:
    ref = await open_case_on_the_eve(given)
    await baby(given, date(2032, 12, 1))
    with clock.at(EVE):
        browser = await site.browser(given.elin)
        page = await browser.get(f"/my/cases/{ref}")
        assert (page.status_code, "data-composer" in page.text) == (200, True)
        home = await browser.get("/")
        assert "Wilja" not in home.text.split("</nav>")[0]
        assert "för litet" in home.text
        assert "tel:1177" in home.text
    with clock.at(BIRTHDAY):
        browser = await site.browser(given.elin)
        for address in (f"/my/cases/{ref}", f"/my/cases/{ref}/answers"):
            page = await browser.get(address)
            assert page.status_code == 403
            assert "loggar in på egen hand" in page.text
            assert "Hej och välkommen." not in page.text
        assert (await browser.get(f"/my/cases/{ref}/entries?after=0")).status_code == 404
        assert (await browser.get(f"/my/log?for={given.tuva}")).status_code == 404
        assert "så stort" in (await browser.get("/")).text
        child = await site.browser(PatientActor(given.tuva, "Tuva Sjöqvarn"))
        page = await child.get(f"/my/cases/{ref}")
        assert "data-composer" in page.text
        sent = await child.submit(
            f"/my/cases/{ref}/messages", {"text": "Hej, det är Tuva.", "key": "tuva-herself-1"}
        )
        assert sent.status_code == 303
        staff = await site.browser(given.ylva)
        page = await staff.get(f"/staff/cases/{ref}")
        assert "har fyllt 13 år" in page.text
        assert "Tuva" in page.text


@pytest.mark.slow
async def test_what_the_child_seeks_alone_is_not_told_of_to_whoever_guesses_its_number(
    given: Cast, site: Site
) -> None:
    """The kind words are for a case that the guardian has read: one from after the birthday is as if it were not."""
    before = await open_case_on_the_eve(given)
    with clock.at(BIRTHDAY + timedelta(days=400)):
        child = await actor_of(given, given.tuva)
        alone = await given.waiting_case(child, reason="back_pain")
        for guardian in (given.elin, given.matti):
            browser = await site.browser(guardian)
            for page in ("", "/answers"):
                assert (await browser.get(f"/my/cases/{before}{page}")).status_code == 403
                assert (await browser.get(f"/my/cases/{alone}{page}")).status_code == 404
        assert (await (await site.browser(child)).get(f"/my/cases/{alone}")).status_code == 200
