"""Staff's pages of tickets: sending, the list, one ticket, what is to be acknowledged; without script."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from tests.cast import Cast
from tests.site import Browser, Page, Site, open_site

from vardlots.platform.db import NOBODY
from vardlots.tickets.queries import tickets_for_staff


@pytest_asyncio.fixture(loop_scope="session")
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


def hidden(page: Page) -> dict[str, str]:
    """What the ticket's form carries along."""
    form = page.text[page.text.index('id="ticket-form"') :]
    return dict(re.findall(r'type="hidden" name="(\w+)"[^>]*? value="([^"]*)"', form))


async def send(browser: Browser, address: str, do: str = "send", **fields: object) -> Page:
    """Open the page, fill in, press."""
    page = await browser.get(address)
    assert page.status_code == 200, page.text
    kept = {name: value for name, value in hidden(page).items() if name != "_csrf_token"}
    return await browser.submit(address, kept | {"do": do} | fields)


async def given_tickets(given: Cast, person_id: int) -> list:  # type: ignore[type-arg]
    async with given.database.transaction(given.ylva.scope) as connection:
        return await tickets_for_staff(connection, by=given.ylva, person_ids=[person_id])


async def test_from_a_visit(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    address = f"/staff/cases/{ref}/tickets/new"
    ylva = await site.browser(given.ylva)
    assert address in (await ylva.get(f"/staff/cases/{ref}")).text
    nurse = f"{given.angsviken.unit_id}-nurse"
    fields = {"what": "digital", "resource": nurse, "reason_q": "", "information": "Ta med dina glasögon."}
    seen = await send(ylva, address, do="preview", **fields)
    assert seen.status_code == 200
    assert "Boka ett digitalt besök" in seen.text
    assert seen.text.count("Ta med dina glasögon.") == 2
    done = await send(ylva, address, **fields)
    assert (done.status_code, done.headers["location"]) == (303, f"/staff/cases/{ref}")
    (ticket,) = await given_tickets(given, given.ruben.person_id)
    assert (ticket.kind, ticket.contact, ticket.reason, ticket.from_case_id) == (
        "booking",
        "digital",
        "shoulder_pain",
        ref.case_id,
    )
    assert ticket.information.lead == {"sv": "Ta med dina glasögon."}
    visit = await ylva.get(f"/staff/cases/{ref}")
    assert f"/staff/tickets/{ticket.ref}" in visit.text


async def test_who_may_send_from_a_visit(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    address = f"/staff/cases/{ref}/tickets/new"
    for who, status in (("hamid", 403), ("olle", 403), ("nora", 404), ("rune", 403)):
        browser = await site.browser(getattr(given, who))
        assert (await browser.get(address)).status_code == status, who
        assert (await browser.submit(address, {"what": "form", "do": "send"})).status_code == status, who
    hamid = await (await site.browser(given.hamid)).get(f"/staff/cases/{ref}")
    assert address not in hamid.text
    waiting = await given.waiting_case(given.elin)
    ylva = await site.browser(given.ylva)
    assert (await ylva.get(f"/staff/cases/{waiting}/tickets/new")).status_code in (403, 409)


async def test_a_fault_keeps_everything_that_was_typed(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    address = f"/staff/patients/{given.ruben.person_id}/tickets/new"
    ylva = await site.browser(given.ylva)
    typed = {
        "what": "form",
        "resource": f"{given.angsviken.unit_id}-nurse",
        "reason_q": "Axelbesvär",
        "information": "Svara före fredag.",
        "valid_until": "igår",
    }
    wrong = await send(ylva, address, **typed)
    assert wrong.status_code == 422
    for kept in ("Axelbesvär", "Svara före fredag.", 'value="form" checked'):
        assert kept in wrong.text.replace(' id="what"', ""), kept
    missing = await send(ylva, address, **typed | {"valid_until": ""})
    assert "Välj minst ett formulär" in missing.text
    code = re.findall(r'name="forms" value="(\w+)"', missing.text)[0]
    sent = await send(ylva, address, **typed | {"valid_until": "", "forms": [code]})
    (ticket,) = await given_tickets(given, given.ruben.person_id)
    assert sent.headers["location"] == f"/staff/tickets/{ticket.ref}?sent=1"
    assert (ticket.kind, ticket.forms_total) == ("form", 1)


async def test_the_same_press_twice_is_one_ticket(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    address = f"/staff/patients/{given.ruben.person_id}/tickets/new"
    ylva = await site.browser(given.ylva)
    page = await ylva.get(address)
    sent = hidden(page) | {
        "what": "physical",
        "resource": f"{given.angsviken.unit_id}-nurse",
        "reason_q": "Axelbesvär",
        "do": "send",
    }
    first, second = await ylva.submit(address, sent), await ylva.submit(address, sent)
    assert first.headers["location"] == second.headers["location"]
    assert len(await given_tickets(given, given.ruben.person_id)) == 1


async def test_only_1177_by_phone_sends_to_another_units_queue(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    address = f"/staff/cases/{ref}/tickets/new"
    ylva = await site.browser(given.ylva)
    fields = {
        "what": "drop_in",
        "reason_q": "",
        "case_kind": "care",
        "elsewhere": f"{given.norrhamn.provider_id}-{given.norrhamn.unit_id}",
    }
    plain = await ylva.get(address)
    assert 'value="drop_in"' not in plain.text
    assert (await send(ylva, address, **fields)).status_code == 403
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE unit SET kind = 'telephone' WHERE unit_id = $1", given.angsviken.unit_id
        )
    fetched = await send(ylva, address, do="history", history="Ring inte.", **fields)
    assert "Ring inte." in fetched.text
    assert "Kom in" in fetched.text
    none = await send(ylva, address, **fields | {"elsewhere": ""})
    assert "Välj vårdgivare och enhet" in none.text
    sent = await send(ylva, address, history="Fallit i trappan.", **fields)
    assert sent.status_code == 303, sent.text
    (ticket,) = await given_tickets(given, given.ruben.person_id)
    assert (ticket.kind, ticket.to_provider_id, ticket.role) == (
        "drop_in",
        given.norrhamn.provider_id,
        "nurse",
    )
