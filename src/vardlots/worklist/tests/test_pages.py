"""The desk over HTTP: start page, Drop in, Asynkrona, search; who may see them, and that each reading is logged."""

from datetime import timedelta

import pytest
from tests.cast import Cast
from tests.site import Browser, Site

from vardlots.access.actions import start_shift
from vardlots.access.actor import StaffActor
from vardlots.cases import actions
from vardlots.cases.model import CaseRef
from vardlots.conversations.actions import Message, write
from vardlots.platform import clock

PAGES = ("/staff", "/staff/drop-in", "/staff/drop-in/rows", "/staff/async", "/staff/menu", "/staff/own-cases")


async def reads(given: Cast, by: StaffActor, action: str) -> int:
    async with given.database.transaction(by.scope) as connection:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM access_log WHERE actor_kind = 'staff' AND actor_id = $1 AND action = $2",
                by.staff_id,
                action,
            )
        )


def row_of(text: str, ref: CaseRef) -> str:
    """The row's own HTML."""
    assert f'id="case-{ref}"' in text
    return text.split(f'id="case-{ref}"')[1].split("</tr>")[0]


@pytest.mark.parametrize("address", PAGES)
async def test_who_may_open_the_desk(given: Cast, site: Site, address: str) -> None:
    assert (await (await site.browser(given.ylva)).get(address)).status_code == 200
    assert (await (await site.browser(given.ruben)).get(address)).status_code == 403
    stranger = await (await site.browser()).get(address)
    assert stranger.status_code == 303
    assert stranger.headers["location"].startswith("/staff/sign-in")


async def test_drop_in_shows_the_queue_with_what_each_row_needs(given: Cast, site: Site) -> None:
    with clock.at(clock.now() - timedelta(minutes=17)):
        ref = await given.waiting_case(given.elin, person_id=given.tuva, reason="sore_throat", priority=2)
    page = await (await site.browser(given.ylva)).get("/staff/drop-in")
    row = row_of(page.text, ref)
    for shown in ("Halsont", "T S", "Barn", "17 min", "2 min över målet", "Ta emot", "Ingen än", "prio-2"):
        assert shown in row, shown
    assert "is-over" in page.text
    assert "1 väntar, 1 över målet. Längst väntan 17 min." in page.text
    assert "Sjöqvarn" not in page.text, "a list holds initials only"
    assert await reads(given, given.ylva, "list") == 1


async def test_whoever_is_to_be_called_at_once_is_still_so_when_the_target_has_passed(
    given: Cast, site: Site
) -> None:
    with clock.at(clock.now() - timedelta(minutes=17)):
        ref = await given.waiting_case(given.ruben, priority=1)
    row = row_of((await (await site.browser(given.ylva)).get("/staff/drop-in")).text, ref)
    assert "Ring direkt" in row
    assert "över målet" not in row
    assert "17 min" in row


async def test_whoever_has_been_promised_a_call_is_marked_so_for_staff(given: Cast, site: Site) -> None:
    urgent = await given.waiting_case(given.ruben, priority=2)
    other = await given.waiting_case(given.elin, priority=3)
    page = await (await site.browser(given.ylva)).get("/staff/drop-in")
    assert "Ring patienten" in row_of(page.text, urgent)
    assert "Ring patienten" not in row_of(page.text, other)


async def test_a_fetched_row_is_the_row_of_the_page(given: Cast, site: Site) -> None:
    ref = await given.waiting_case(given.ruben)
    browser = await site.browser(given.ylva)
    page, part = await browser.get("/staff/drop-in"), await browser.get("/staff/drop-in/rows")
    assert row_of(page.text, ref) == row_of(part.text, ref)
    assert part.text.lstrip().startswith("<tbody")


async def test_a_row_changes_when_the_case_does_and_only_then(given: Cast, site: Site) -> None:
    ref = await given.waiting_case(given.ruben, priority=3)
    browser = await site.browser(given.ylva)
    before = row_of((await browser.get("/staff/drop-in/rows")).text, ref)
    assert row_of((await browser.get("/staff/drop-in/rows")).text, ref) == before
    await actions.change_priority(given.house, by=given.hamid, ref=ref, priority=2, reason="Sämre.")
    assert "prio-2" in row_of((await browser.get("/staff/drop-in/rows")).text, ref)
    await actions.accept(given.house, by=given.hamid, ref=ref)
    taken = (await browser.get("/staff/drop-in/rows")).text
    assert "is-taken" in taken
    assert "Hamid tog nyss" in row_of(taken, ref)
    assert "Ta emot" not in row_of(taken, ref)


async def test_one_who_may_not_take_sees_no_button(given: Cast, site: Site) -> None:
    ref = await given.waiting_case(given.ruben)
    page = await (await site.browser(given.petra)).get("/staff/drop-in?role=all")
    assert "Ta emot</" not in row_of(page.text, ref).replace("Ta emot<span", "Ta emot</")


async def test_other_units_and_providers_see_nothing_of_it(given: Cast, site: Site) -> None:
    ref = await given.waiting_case(given.ruben)
    for outsider in (given.olle, given.nora):
        browser = await site.browser(outsider)
        assert str(ref) not in (await browser.get("/staff/drop-in?unit=all&role=all")).text
        own_unit = await browser.get(f"/staff/drop-in?unit={given.angsviken.unit_id}")
        assert own_unit.status_code == 403


async def test_the_filter_is_remembered_from_one_page_to_the_next(given: Cast, site: Site) -> None:
    await given.waiting_case(given.ruben, role="physician")
    browser = await site.browser(given.ylva)
    assert "Ingen väntar." in (await browser.get("/staff/drop-in")).text
    assert "1 väntar" in (await browser.get("/staff/drop-in?unit=all&role=all&staff=all")).text
    again = await (await site.browser(given.ylva)).get("/staff/drop-in")
    assert "1 väntar" in again.text


async def test_an_empty_queue_tells_the_truth_and_a_way_on(given: Cast, site: Site) -> None:
    browser = await site.browser(given.ylva)
    assert "Ingen väntar." in (await browser.get("/staff/drop-in")).text
    ref = await given.waiting_case(given.ruben)
    moment = clock.now() - timedelta(minutes=3)
    with clock.at(moment):
        await actions.accept(given.house, by=given.hamid, ref=ref)
    page = await browser.get("/staff/drop-in")
    assert f"Ingen väntar. Senaste togs emot {clock.local(moment):%H.%M}." in page.text
    assert "Visa alla roller" in page.text


async def test_the_start_page_knows_what_is_mine_and_what_was_forgotten(given: Cast, site: Site) -> None:
    await given.ongoing_case(given.ruben, reason="sore_throat")
    with clock.at(clock.now() - timedelta(days=1)):
        await start_shift(
            given.database,
            by=given.ylva,
            unit_id=given.angsviken.unit_id,
            role="nurse",
            shift_type="primary",
        )
    page = await (await site.browser(given.ylva)).get("/staff")
    for shown in (
        "Ylva",
        "Ett ärende är ditt",
        "Mina aktuella",
        "Halsont",
        "Ditt skift är inte avslutat.",
        "i går",
    ):
        assert shown in page.text, shown
    assert "Avsluta skiftet" in page.text
    assert "Du har inget pågående ärende." in (await (await site.browser(given.hamid)).get("/staff")).text


async def test_asynkrona_shows_what_was_written_and_lets_it_be_marked_done(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    await actions.end(given.house, by=given.ylva, ref=ref, follow_up_days=7)
    await write(
        given.house, by=given.ruben, ref=ref, message=Message("Hur länge ska jag vila?", "key-vila-1")
    )
    browser: Browser = await site.browser(given.hamid)
    page = await browser.get("/staff/async")
    assert "”Hur länge ska jag vila?”" in page.text
    assert "Öppen till" in page.text
    done = await browser.submit(f"/staff/cases/{ref}/done", {"from": "list"})
    assert (done.status_code, done.headers["location"]) == (303, "/staff/async")
    assert "Hur länge ska jag vila?" not in (await browser.get("/staff/async")).text
    assert str(ref) in (await browser.get("/staff/async?tab=no-action")).text
    again = await browser.submit(f"/staff/cases/{ref}/done", {"from": "list"})
    assert again.status_code == 409
    assert "Ärendet är redan klart." in again.text


async def test_search_is_logged_and_never_in_an_address(given: Cast, site: Site) -> None:
    ref = await given.waiting_case(given.ruben)
    browser = await site.browser(given.ylva)
    found = await browser.submit("/staff/search", {"q": "ekdunge"})
    assert found.status_code == 200
    assert f"/staff/cases/{ref}" in found.text
    assert await reads(given, given.ylva, "search") == 2, "the search, and the patient it found"
    assert "minst två tecken" in (await browser.submit("/staff/search", {"q": "e"})).text
    outside = await (await site.browser(given.olle)).submit("/staff/search", {"q": "ekdunge"})
    assert str(ref) not in outside.text
    assert (await browser.get("/staff/search?q=ekdunge")).status_code == 404


async def test_what_is_urgent_is_never_hidden_by_a_role(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben, priority=1, role="physician")
    await given.waiting_case(given.elin, priority=4, role="physician")
    browser = await site.browser(given.ylva)
    page = await browser.get(f"/staff/drop-in?unit={given.angsviken.unit_id}&role=nurse&tab=waiting")
    assert "1 brådskande ärende väntar på en annan roll." in page.text
    everyone = await browser.get(f"/staff/drop-in?unit={given.angsviken.unit_id}&role=&tab=waiting")
    assert "väntar på en annan roll" not in everyone.text
