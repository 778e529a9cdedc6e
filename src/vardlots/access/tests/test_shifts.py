"""Shifts through the pages: begun, changed, ended, in two tabs at once; and the demonstration's way in outside it."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from vardlots.access.identity_providers import DemoIdentityProvider, NotInDemo, demo_sealer
from vardlots.clinics.queries import open_shift
from vardlots.demo.organisation import Organisation
from vardlots.demo.pages import demo_door, demo_routes
from vardlots.demo.persons import identity
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Database
from vardlots.platform.settings import Settings
from vardlots.routes import routes

Open = Callable[[], Any]


@pytest.fixture(autouse=True)
async def nobody_is_at_work(database: Database, organisation: Organisation) -> None:
    async with database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE shift SET ended_at = $1, ended_by = 'system' "
            "WHERE ended_at IS NULL AND staff_id = ANY ($2::bigint[])",
            clock.now() + timedelta(seconds=1),
            list(organisation.staff.values()),
        )


async def shifts_of(database: Database, staff_id: int) -> list[Any]:
    async with database.transaction(NOBODY) as connection:
        return list(
            await connection.fetch("SELECT * FROM shift WHERE staff_id = $1 ORDER BY shift_id", staff_id)
        )


async def at_work(open_browser: Open, content_id: str = "olle-fjardvik") -> tuple[Any, str]:
    """A browser with a member of staff of one assignment, and that assignment."""
    browser = open_browser()
    await browser.press("staff", content_id)
    page = await browser.get("/staff/shift")
    return browser, re.findall(r'name="assignment" value="(\d+)"', page.text)[0]


async def test_a_shift_begins_and_the_next_sign_in_does_not_ask(
    database: Database, open_browser: Open, organisation: Organisation
) -> None:
    browser, assignment = await at_work(open_browser)
    begun = await browser.post(
        "/staff/shift", assignment=assignment, shift_type="primary", next="/staff/drop-in"
    )
    assert (begun.status_code, begun.headers["location"]) == (303, "/staff/drop-in")
    again = await open_browser().press("staff", "olle-fjardvik")
    assert again.headers["location"] == "/staff"
    async with database.transaction(NOBODY) as connection:
        shift = await open_shift(connection, organisation.staff["olle-fjardvik"])
    assert shift is not None
    assert (shift.shift_type, shift.load_balancer) == ("primary", False)


async def test_two_tabs_at_once_begin_one_shift(
    database: Database, open_browser: Open, organisation: Organisation
) -> None:
    browser, assignment = await at_work(open_browser)
    before = len(await shifts_of(database, organisation.staff["olle-fjardvik"]))
    answers = await asyncio.gather(
        *(browser.post("/staff/shift", assignment=assignment, shift_type="primary") for _ in range(4))
    )
    assert [one.status_code for one in answers] == [303] * 4
    assert len(await shifts_of(database, organisation.staff["olle-fjardvik"])) == before + 1
    other = await browser.post("/staff/shift", assignment=assignment, shift_type="secondary")
    assert other.status_code == 409
    assert "Du har redan ett skift igång" in other.text


async def test_a_shift_without_type_or_assignment_is_asked_for(open_browser: Open) -> None:
    browser, assignment = await at_work(open_browser)
    assert "Välj skifttyp." in (await browser.post("/staff/shift", assignment=assignment)).text
    wrong = await browser.post("/staff/shift", assignment="99999999", shift_type="primary")
    assert (wrong.status_code, "Välj enhet och roll." in wrong.text) == (422, True)


async def test_change_of_unit_ends_one_shift_and_begins_another(
    database: Database, open_browser: Open, organisation: Organisation
) -> None:
    browser = open_browser()
    await browser.press("staff", "hamid-nordsken")
    ids = re.findall(
        r'name="assignment" value="(\d+)"', (await browser.get("/staff/sign-in/assignment")).text
    )
    await browser.post("/staff/sign-in/assignment", assignment=ids[0])
    await browser.post("/staff/shift", assignment=ids[0], shift_type="primary")
    page = await browser.get("/staff/shift")
    shown = re.search(r'name="from" value="(\d+)"', page.text)
    assert shown is not None
    changed = await browser.post(
        "/staff/shift", **{"from": shown[1], "assignment": ids[1], "shift_type": "primary"}
    )
    assert changed.status_code == 303
    *_, first, second = await shifts_of(database, organisation.staff["hamid-nordsken"])
    assert (first["ended_by"], second["ended_at"]) == ("change", None)
    assert first["unit_id"] != second["unit_id"]
    # Pressing *Byt* again changes nothing; nor does the other tab, which still shows the first shift.
    count = len(await shifts_of(database, organisation.staff["hamid-nordsken"]))
    same = {"from": str(second["shift_id"]), "assignment": ids[1], "shift_type": "primary"}
    assert (await browser.post("/staff/shift", **same)).status_code == 303
    assert len(await shifts_of(database, organisation.staff["hamid-nordsken"])) == count
    stale = await browser.post(
        "/staff/shift", **{"from": shown[1], "assignment": ids[0], "shift_type": "primary"}
    )
    assert (stale.status_code, "ändrats i en annan flik" in stale.text) == (409, True)


async def test_signing_out_asks_about_the_shift_and_can_leave_it_open(
    database: Database, open_browser: Open, organisation: Organisation
) -> None:
    staff_id = organisation.staff["olle-fjardvik"]
    browser, assignment = await at_work(open_browser)
    await browser.post("/staff/shift", assignment=assignment, shift_type="primary")
    assert (await browser.post("/sign-out")).headers["location"] == "/staff/sign-out"
    assert "Hur var ditt arbetspass?" in (await browser.get("/staff/sign-out")).text
    left = await browser.post("/sign-out", keep="shift")
    assert left.headers["location"] == "/staff/sign-in?out=1"
    assert (await shifts_of(database, staff_id))[-1]["ended_at"] is None
    again = open_browser()
    await again.press("staff", "olle-fjardvik")
    over = await again.post("/staff/sign-out", satisfied="no", comment=" Stressigt. ")
    assert over.headers["location"] == "/staff/sign-in?out=1"
    last = (await shifts_of(database, staff_id))[-1]
    assert (last["ended_by"], last["satisfied"], last["comment"]) == ("staff", False, "Stressigt.")
    assert (await again.get("/staff/shift")).status_code == 303


async def test_nothing_typed_is_lost_when_the_comment_is_too_long(open_browser: Open) -> None:
    browser, assignment = await at_work(open_browser)
    await browser.post("/staff/shift", assignment=assignment, shift_type="primary")
    long = await browser.post("/staff/sign-out", satisfied="yes", comment="a" * 2001)
    assert (long.status_code, "a" * 2001 in long.text) == (422, True)


async def test_a_forgotten_shift_is_pointed_out(open_browser: Open) -> None:
    browser, assignment = await at_work(open_browser)
    with clock.shifted(-timedelta(hours=15)):
        await (await at_work(open_browser))[0].post(
            "/staff/shift", assignment=assignment, shift_type="primary"
        )
    assert "Skiftet har varit igång länge." in (await browser.get("/staff/shift")).text


def test_the_demonstrations_way_in_does_not_exist_outside_demo_mode(demo_settings: Settings) -> None:
    real = msgspec.structs.replace(
        demo_settings,
        demo=False,
        base_url="https://vard.example",
        **{
            f"oidc_{who}_{what}": "https://idp.example" if what == "issuer" else "x"
            for who in ("patient", "staff")
            for what in ("issuer", "client_id", "client_secret")
        },
    )
    for made in (
        lambda: DemoIdentityProvider(real, "patient", identity),
        lambda: demo_sealer(real),
        lambda: demo_door(real),
        lambda: demo_routes(real),
    ):
        with pytest.raises(NotInDemo):
            made()
    assert not [path for handler in routes(real) for path in getattr(handler, "paths", ()) if "demo" in path]
    assert not [handler for handler in routes(real) if getattr(handler, "path", "").startswith("/demo")]
    assert [handler for handler in routes(demo_settings) if getattr(handler, "path", "").startswith("/demo")]


async def test_the_load_balancer_is_off_until_it_is_switched_on(
    database: Database, open_browser: Open, organisation: Organisation
) -> None:
    browser, assignment = await at_work(open_browser)
    await browser.post("/staff/shift", assignment=assignment, shift_type="primary")
    olle = organisation.staff["olle-fjardvik"]
    assert [one["load_balancer"] for one in await shifts_of(database, olle) if one["ended_at"] is None] == [
        False
    ]
    assert 'aria-checked="false"' in (await browser.get("/staff/shift")).text
    await browser.post("/staff/shift/balancer", load_balancer="1")
    assert 'aria-checked="true"' in (await browser.get("/staff/shift")).text
    # A change of unit begins with the switch as the form has it.
    page = (await browser.get("/staff/shift")).text
    shift_id = re.findall(r'name="from" value="(\d+)"', page)[0]
    other = list(re.findall(r'name="assignment" value="(\d+)"', page))
    await browser.post(
        "/staff/shift",
        **{"assignment": other[-1], "shift_type": "secondary", "from": shift_id, "load_balancer": "1"},
    )
    now = [one for one in await shifts_of(database, olle) if one["ended_at"] is None]
    assert [(one["shift_type"], one["load_balancer"]) for one in now] == [("secondary", True)]


async def test_a_shift_that_the_system_closed_is_asked_about_where_the_next_begins(
    database: Database, open_browser: Open, organisation: Organisation
) -> None:
    browser, assignment = await at_work(open_browser)
    await browser.post("/staff/shift", assignment=assignment, shift_type="primary")
    olle = organisation.staff["olle-fjardvik"]
    async with database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE shift SET ended_at = $2, ended_by = 'system' WHERE staff_id = $1 AND ended_at IS NULL",
            olle,
            clock.now() + timedelta(seconds=1),
        )
    page = (await browser.get("/staff/shift")).text
    assert "Ditt förra skift avslutades av sig självt" in page
    shift_id = re.findall(r'name="shift" value="(\d+)"', page)[0]
    too_long = await browser.post("/staff/shift/afterwards", shift=shift_id, comment="x" * 2001)
    assert too_long.status_code == 422
    assert "x" * 2001 in too_long.text
    await browser.post("/staff/shift/afterwards", shift=shift_id, satisfied="no", comment="Glömde.")
    assert "avslutades av sig självt" not in (await browser.get("/staff/shift")).text
    told = next(one for one in await shifts_of(database, olle) if one["shift_id"] == int(shift_id))
    assert (told["satisfied"], told["comment"]) == (False, "Glömde.")
