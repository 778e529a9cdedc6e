"""*Inloggningar*, through the pages: one sees one's own and ends one's own, and nobody else's."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Browser, Site, open_site

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.access.web import session_cookie
from vardlots.platform.db import NOBODY

SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 Version/26.0 Safari/604.1"
)
PLACES = {"patient": "/my/sessions", "staff": "/staff/settings/sessions"}


@pytest_asyncio.fixture(loop_scope="session")
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


async def sessions_of(given: Cast, actor: PatientActor | StaffActor) -> list[Any]:
    column = "person_id" if isinstance(actor, PatientActor) else "staff_id"
    async with given.database.transaction(NOBODY) as connection:
        return list(
            await connection.fetch(
                f"SELECT session_id, ended_at, ended_why FROM session WHERE {column} = $1 ORDER BY 1",
                actor.actor_id,
            )
        )


async def lives(browser: Browser, at: str) -> bool:
    return (await browser.get(at)).status_code == 200


@pytest.mark.parametrize("who", ["ruben", "ylva", "astrid"])
async def test_one_sees_where_one_is_signed_in_and_ends_one_of_them(
    site: Site, given: Cast, who: str
) -> None:
    actor = getattr(given, who)
    at = PLACES[actor.kind]
    here, there = await site.browser(actor), await site.browser(actor)
    stranger = await site.browser(given.elin if actor.kind == "patient" else given.hamid)
    page = await here.get(at)
    assert page.status_code == 200
    for words in ("Inloggningar", "Den här", "På andra ställen", "Inloggad sedan"):
        assert words in page.text
    mine, other = [row["session_id"] for row in await sessions_of(given, actor)]
    # This one has no button: one leaves it by signing out.
    assert f"{at}/{mine}/end" not in page.text
    assert f"{at}/{other}/end" in page.text
    ended = await here.submit(f"{at}/{other}/end")
    assert (ended.status_code, ended.headers["location"]) == (303, f"{at}?ended=one")
    page = await here.follow(ended)
    assert "Inloggningen är avslutad." in page.text
    assert "Du är inte inloggad någon annanstans." in page.text
    assert [await lives(one, at) for one in (here, there, stranger)] == [True, False, True]
    assert (await sessions_of(given, actor))[1]["ended_why"] == "by_owner"
    # Pressed again, from a page that was open still.
    assert (await here.submit(f"{at}/{other}/end")).status_code == 303


async def test_staff_see_what_they_are_signed_in_as(site: Site, given: Cast) -> None:
    page = await (await site.browser(given.ylva)).get(PLACES["staff"])
    assert "Sjuksköterska, Ängsviken" in page.text


@pytest.mark.parametrize("who", ["ruben", "ylva"])
async def test_all_others_end_at_once_and_this_one_goes_on(site: Site, given: Cast, who: str) -> None:
    actor = getattr(given, who)
    at = PLACES[actor.kind]
    here, *others = [await site.browser(actor) for _ in range(4)]
    assert "Avsluta alla andra" in (await here.get(at)).text
    # Each has been looked up and is kept in the process: it ends all the same.
    assert [await lives(one, at) for one in others] == [True, True, True]
    answer = await here.submit(f"{at}/end-others")
    assert "Alla andra inloggningar är avslutade." in (await here.follow(answer)).text
    assert [await lives(one, at) for one in (here, *others)] == [True, False, False, False]
    assert [row["ended_why"] for row in await sessions_of(given, actor)] == [None, *["by_owner"] * 3]


@pytest.mark.parametrize(
    ("who", "owner"),
    [("ruben", "elin"), ("elin", "matti"), ("ylva", "hamid"), ("ylva", "nora"), ("astrid", "ylva")],
)
async def test_nobody_ends_anybody_elses(site: Site, given: Cast, who: str, owner: str) -> None:
    actor, other = getattr(given, who), getattr(given, owner)
    mine, theirs = await site.browser(actor), await site.browser(other)
    at, there = PLACES[actor.kind], PLACES[other.kind]
    number = (await sessions_of(given, other))[0]["session_id"]
    assert f"/{number}/" not in (await mine.get(at)).text
    assert (await mine.submit(f"{at}/{number}/end")).status_code == 404
    await mine.submit(f"{at}/end-others")
    assert await lives(theirs, there)
    assert (await sessions_of(given, other))[0]["ended_at"] is None


async def test_a_patient_and_a_member_of_staff_with_one_number_are_two(site: Site, given: Cast) -> None:
    """The ids of persons and of staff count up side by side; neither reaches the other's."""
    ruben, ylva = await site.browser(given.ruben), await site.browser(given.ylva)
    theirs = (await sessions_of(given, given.ylva))[0]["session_id"]
    assert (await ruben.submit(f"/my/sessions/{theirs}/end")).status_code == 404
    async with given.database.transaction(NOBODY) as connection:
        twin = await connection.fetchval(
            "INSERT INTO session (token_hash, kind, person_id, created_at, seen_at, expires_at) "
            "SELECT 'twin', 'patient', $2, created_at, seen_at, expires_at FROM session WHERE session_id = $1 "
            "RETURNING session_id",
            theirs,
            given.ylva.staff_id,
        )
    assert (await ylva.submit(f"/staff/settings/sessions/{twin}/end")).status_code == 404


@pytest.mark.parametrize("number", ["999999999", "99999999999999999999999", "-1", "one"])
async def test_what_is_no_session_is_not_there(site: Site, given: Cast, number: str) -> None:
    browser = await site.browser(given.ruben)
    assert (await browser.submit(f"/my/sessions/{number}/end")).status_code == 404


async def test_the_browser_is_told_in_two_words_and_its_header_is_kept_nowhere(
    site: Site, given: Cast
) -> None:
    browser = await site.browser()
    browser.client.headers["user-agent"] = SAFARI
    begun = await browser.get("/sign-in/start/patient")
    state = begun.headers["location"].rpartition("state=")[2]
    from vardlots.demo.persons import ref_of

    pressed = {"for": "patient", "state": state, "person": ref_of("ruben-ekdunge")}
    back = await browser.submit("/demo/identity", pressed)
    await browser.get(back.headers["location"])
    page = await browser.get("/my/sessions")
    assert "Safari, iPhone" in page.text
    token = browser.client.cookies["session"]
    async with given.database.transaction(NOBODY) as connection:
        row = await connection.fetchrow(
            "SELECT * FROM session WHERE token_hash = sha256($1::bytea)", token.encode()
        )
    assert row["device"] == "Safari, iPhone"
    assert not any("Mozilla" in str(value) or "605" in str(value) for value in row.values())


async def test_the_pages_are_found_from_where_one_is(site: Site, given: Cast) -> None:
    assert 'href="/my/sessions"' in (await (await site.browser(given.ruben)).get("/my/profile")).text
    assert (
        'href="/staff/settings/sessions"'
        in (await (await site.browser(given.ylva)).get("/staff/settings")).text
    )


def test_the_cookie_over_https_belongs_to_this_host_and_to_no_script() -> None:
    cookie = session_cookie("token", secure=True, max_age=3600)
    told = cookie.to_header(header="")
    assert told.startswith("__Host-session=token;")
    for attribute in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=3600"):
        assert attribute in told
    assert "Domain" not in told
