"""*Nytt* on a patient's page, and the new asynchronous chat: step by step, without script."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from tests.cast import Cast
from tests.site import Browser, Page, Site, open_site

from vardlots.consents.actions import withdraw
from vardlots.consents.model import ConsentKind, How
from vardlots.families.actions import NewBlock, block_guardian


@pytest_asyncio.fixture(loop_scope="session")
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


def hidden(page: Page) -> dict[str, str]:
    """What the form carries along."""
    return dict(re.findall(r'type="hidden" name="(\w+)"[^>]*? value="([^"]*)"', page.text))


async def step(browser: Browser, page: Page, address: str, **fields: str) -> Page:
    kept = {name: value for name, value in hidden(page).items() if name != "_csrf_token"}
    return await browser.submit(address, kept | fields)


async def test_from_the_search_to_the_visit(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben, reason="headache")
    base = f"/staff/patients/{given.ruben.person_id}"
    ylva = await site.browser(given.ylva)
    found = await ylva.submit("/staff/patients?then=new", {"q": "Ruben"})
    assert f"{base}/new" in found.text
    box = await ylva.get(f"{base}/new")
    assert box.status_code == 200
    assert f"{base}/chat" in box.text
    first = await ylva.get(f"{base}/chat")
    second = await step(ylva, first, f"{base}/chat", reason_q="Ont i axeln", step="next")
    assert "Slutför" in second.text, second.text
    assert "Ruben Ekdunge" in second.text
    sent = hidden(second) | {"kind": "care", "days": "7", "step": "finish"}
    done = await ylva.submit(f"{base}/chat", sent)
    again = await ylva.submit(f"{base}/chat", sent)
    assert done.status_code == 303
    assert again.headers["location"] == done.headers["location"]
    page = await ylva.follow(done)
    (visit,) = re.findall(r'href="(/staff/cases/[\d-]+)"', page.text)
    for tab in ("", "?tab=note", "?tab=earlier"):
        assert (await ylva.get(f"{visit}{tab}")).status_code == 200, tab
    ref = visit.rsplit("/", 1)[1]
    patient = await site.browser(given.ruben)
    assert f"/my/cases/{ref}" in (await patient.get("/")).text
    read = await patient.get(f"/my/cases/{ref}")
    assert read.status_code == 200


async def test_a_reason_that_nobody_knows_keeps_what_was_typed(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    base = f"/staff/patients/{given.ruben.person_id}"
    ylva = await site.browser(given.ylva)
    first = await ylva.get(f"{base}/chat")
    wrong = await step(ylva, first, f"{base}/chat", reason_q="xyzzy", step="next")
    assert wrong.status_code == 422
    assert "xyzzy" in wrong.text
    near = await step(ylva, first, f"{base}/chat", reason_q="ont", step="next")
    assert 'name="reason_pick"' in near.text
    chosen = await step(ylva, near, f"{base}/chat", reason_q="ont", reason_pick="shoulder_pain", step="next")
    assert "Slutför" in chosen.text
    options = await ylva.submit("/staff/reasons", {"q": "axel"})
    assert 'data-value="shoulder_pain"' in options.text


async def test_behind_the_door_and_beyond_the_wall(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    base = f"/staff/patients/{given.ruben.person_id}"
    olle = await site.browser(given.olle)
    door = await olle.get(f"{base}/new")
    assert door.status_code == 403
    assert "Ruben" not in door.text
    opened = await olle.submit(f"{base}/open", {"why": "contact", "next": hidden(door)["next"]})
    assert opened.headers["location"] == f"{base}/new"
    assert (await olle.get(f"{base}/chat")).status_code == 200
    nora = await site.browser(given.nora)
    for path in ("new", "chat"):
        assert (await nora.get(f"{base}/{path}")).status_code == 404
    assert (await nora.submit(f"{base}/chat", {"reason": "headache", "step": "finish"})).status_code == 404
    assert (await (await site.browser(given.rune)).get(f"{base}/new")).status_code == 403


async def test_a_consent_taken_back_stops_everything_new(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    base = f"/staff/patients/{given.ruben.person_id}"
    ylva = await site.browser(given.ylva)
    await withdraw(
        given.database,
        by=given.ruben,
        provider_id=given.ylva.provider_id,
        person_id=given.ruben.person_id,
        kind=ConsentKind.REGISTRATION,
        withdrawn_by=given.ruben.person_id,
        how=How.DIGITAL,
    )
    for path in ("new", "chat"):
        page = await ylva.get(f"{base}/{path}")
        assert "Samtycket till att vara registrerad här gäller inte" in page.text
        assert 'name="step"' not in page.text
    assert f"{base}/chat" not in (await ylva.get(base)).text
    sent = {
        "reason": "headache",
        "reason_q": "",
        "kind": "care",
        "days": "7",
        "step": "finish",
        "key": "begin-key-1",
    }
    refused = await ylva.submit(f"{base}/chat", sent)
    assert refused.status_code == 403


async def test_a_child_whose_guardians_may_not_see_it_is_telephoned(site: Site, given: Cast) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)
    base = f"/staff/patients/{given.tuva}"
    ylva = await site.browser(given.ylva)
    first = await ylva.get(f"{base}/chat")
    asked = await step(ylva, first, f"{base}/chat", reason="headache", reason_q="", step="next")
    assert "Elin Sjöqvarn, vårdnadshavare" in asked.text
    block = NewBlock(
        child_id=given.tuva,
        guardian_id=None,
        approved_by=given.helga.staff_id,
        approver="head_of_unit",
        reason="Barnet har berättat.",
    )
    await block_guardian(given.house, by=given.ylva, new=block)
    page = await ylva.get(f"{base}/chat")
    assert "Ingen kan läsa i tjänsten" in page.text
    assert f"{base}/assisted" in page.text


async def test_no_ticket_without_a_consent_to_be_registered_at_this_provider(site: Site, given: Cast) -> None:
    # Registered at another provider, which does not count here.
    await given.waiting_case(given.ruben, unit=given.norrhamn)
    base = f"/staff/patients/{given.ruben.person_id}"
    ylva = await site.browser(given.ylva)
    assert (await ylva.get(f"{base}/tickets/new")).status_code == 404
    await given.waiting_case(given.ruben)
    page = await ylva.get(f"{base}/tickets/new")
    assert page.status_code == 200
    await withdraw(
        given.database,
        by=given.ruben,
        provider_id=given.ylva.provider_id,
        person_id=given.ruben.person_id,
        kind=ConsentKind.REGISTRATION,
        withdrawn_by=given.ruben.person_id,
        how=How.DIGITAL,
    )
    closed = await ylva.get(f"{base}/tickets/new")
    assert "Samtycket till att vara registrerad här gäller inte" in closed.text
    sent = {
        "what": "physical",
        "resource": f"{given.angsviken.unit_id}-nurse",
        "reason_q": "Axelbesvär",
        "key": "ticket-key-1",
        "do": "send",
    }
    refused = await ylva.submit(f"{base}/tickets/new", sent)
    assert refused.status_code in (403, 409)
    async with given.database.transaction(given.ylva.scope) as connection:
        found = "SELECT count(*) FROM ticket WHERE person_id = $1"
        assert await connection.fetchval(found, given.ruben.person_id) == 0
