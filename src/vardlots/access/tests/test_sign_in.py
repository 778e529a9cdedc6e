"""Signing in as a patient and as staff, through the pages, on a real database."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from vardlots.access.door import local_path, onward
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Database

Open = Callable[[], Any]


async def session_of(database: Database, browser: Any) -> Any:
    async with database.transaction(NOBODY) as connection:
        return await connection.fetchrow(
            "SELECT * FROM session WHERE token_hash = sha256($1::bytea)",
            browser.client.cookies["session"].encode(),
        )


async def test_a_patient_signs_in_and_the_family_comes_along(database: Database, open_browser: Open) -> None:
    browser = open_browser()
    page = await browser.get("/sign-in?next=/my/cases/1-42")
    assert page.status_code == 200
    assert "/sign-in/start/patient?next=%2Fmy%2Fcases%2F1-42" in page.text
    answer = await browser.press("patient", "elin-sjoqvarn", onward="/my/cases/1-42")
    assert (answer.status_code, answer.headers["location"]) == (303, "/my/cases/1-42")
    cookie = answer.headers.get_list("set-cookie")
    assert any(re.match(r"session=\S+; HttpOnly;.*SameSite=lax", one) for one in cookie), cookie
    row = await session_of(database, browser)
    assert (row["kind"], row["acr"]) == ("patient", "demo")
    async with database.transaction(NOBODY) as connection:
        await connection.execute(f"SET LOCAL vardlots.persons = '{{{row['person_id']}}}'")
        children = await connection.fetchval(
            "SELECT count(*) FROM guardianship WHERE guardian_id = $1", row["person_id"]
        )
    assert children == 2
    assert (await browser.get("/sign-in")).headers["location"] == "/"


async def test_a_new_sign_in_ends_the_session_before_it(database: Database, open_browser: Open) -> None:
    browser = open_browser()
    await browser.press("patient", "elin-sjoqvarn")
    first = await session_of(database, browser)
    await browser.press("patient", "ruben-ekdunge")
    second = await session_of(database, browser)
    async with database.transaction(NOBODY) as connection:
        why = await connection.fetchval(
            "SELECT ended_why FROM session WHERE session_id = $1", first["session_id"]
        )
    assert (why, second["ended_at"]) == ("signed_in_again", None)


async def test_an_answer_works_once_and_only_in_the_browser_that_began(open_browser: Open) -> None:
    browser, other = open_browser(), open_browser()
    begun = await browser.get("/sign-in/start/patient")
    state = begun.headers["location"].rpartition("state=")[2]
    from vardlots.demo.persons import ref_of

    back = await browser.post(
        "/demo/identity", **{"for": "patient", "state": state, "person": ref_of("ruben-ekdunge")}
    )
    address = back.headers["location"]
    stolen = await other.get(address)
    assert (stolen.status_code, 'data-code="state_replayed"' in stolen.text) == (400, True)
    kept = dict(browser.client.cookies)
    assert (await browser.get(address)).status_code == 303
    for name, value in kept.items():
        browser.client.cookies.set(name, value)
    again = await browser.get(address)
    assert (again.status_code, 'data-code="state_replayed"' in again.text) == (400, True)


async def test_an_assertion_is_for_one_minute(open_browser: Open) -> None:
    browser = open_browser()
    begun = await browser.get("/sign-in/start/patient")
    state = begun.headers["location"].rpartition("state=")[2]
    from vardlots.demo.persons import ref_of

    back = await browser.post(
        "/demo/identity", **{"for": "patient", "state": state, "person": ref_of("ruben-ekdunge")}
    )
    with clock.shifted(timedelta(seconds=61)):
        late = await browser.get(back.headers["location"])
    assert (late.status_code, 'data-code="bad_token"' in late.text) == (403, True)


async def test_a_person_with_protected_identity_is_given_numbers_to_ring(
    database: Database, open_browser: Open
) -> None:
    from vardlots.demo.persons import region

    protected = next(one for one in region().persons if one.protected)
    browser = open_browser()
    answer = await browser.press("patient", protected.id)
    assert answer.status_code == 403
    assert 'data-code="protected_identity"' in answer.text
    assert 'href="tel:' in answer.text
    assert "session" not in browser.client.cookies


async def test_a_child_under_13_is_asked_to_bring_a_guardian(open_browser: Open) -> None:
    browser = open_browser()
    answer = await browser.press("patient", "tuva-sjoqvarn")
    assert (answer.status_code, 'data-code="too_young"' in answer.text) == (403, True)


async def test_staff_with_one_assignment_are_asked_for_their_shift(open_browser: Open) -> None:
    browser = open_browser()
    answer = await browser.press("staff", "ylva-tallvik", onward="/staff/drop-in")
    assert answer.headers["location"] == "/staff/shift?next=%2Fstaff%2Fdrop-in"
    page = await browser.get("/staff/shift?next=/staff/drop-in")
    assert page.status_code == 200
    assert "Primärjour" in page.text


async def test_staff_with_several_assignments_choose_one(database: Database, open_browser: Open) -> None:
    browser = open_browser()
    answer = await browser.press("staff", "hamid-nordsken")
    assert answer.headers["location"] == "/staff/sign-in/assignment"
    page = await browser.get("/staff/sign-in/assignment")
    ids = re.findall(r'name="assignment" value="(\d+)"', page.text)
    assert len(ids) == 2
    assert (await browser.post("/staff/sign-in/assignment", assignment="999999")).status_code == 422
    taken = await browser.post("/staff/sign-in/assignment", assignment=ids[1])
    assert taken.headers["location"].startswith("/staff/shift")
    assert str((await session_of(database, browser))["assignment_id"]) == ids[1]
    stranger = await open_browser().post("/staff/sign-in/assignment", assignment=ids[1])
    assert 'data-code="state_replayed"' in stranger.text


async def test_signing_out_ends_the_session(database: Database, open_browser: Open) -> None:
    browser = open_browser()
    await browser.press("patient", "ruben-ekdunge")
    row = await session_of(database, browser)
    assert (await browser.post("/sign-out")).headers["location"] == "/sign-in?out=1"
    async with database.transaction(NOBODY) as connection:
        assert await connection.fetchval(
            "SELECT ended_at FROM session WHERE session_id = $1", row["session_id"]
        )
    assert "session" not in browser.client.cookies


@pytest.mark.parametrize(
    "bad",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\\b",
        "/sign-out",
        "",
        "a",
        "/ä",
        "/a\nb",
    ],
)
def test_nobody_is_led_elsewhere(bad: str) -> None:
    assert local_path(bad) is None


def test_a_patient_is_not_led_to_staff_pages_nor_staff_to_patients() -> None:
    assert onward("/staff/drop-in", "patient") == "/"
    assert onward("/my/cases/1-42", "staff") == "/staff"
    assert onward("/my/cases/1-42?q=1", "patient") == "/my/cases/1-42?q=1"
