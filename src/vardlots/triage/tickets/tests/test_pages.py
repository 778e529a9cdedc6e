"""The patient's pages of drop-in and form tickets, and of the forms of any, over HTTP, without script."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Browser, Page, Site, open_site

from vardlots.cases.model import Phase
from vardlots.people.queries import person
from vardlots.platform import clock
from vardlots.platform.pages import when_words
from vardlots.tickets.drop_in.actions import use_drop_in
from vardlots.tickets.model import Contact, Kind, State, Ticket
from vardlots.tickets.tests.helpers import (
    DIET,
    POST,
    a_drop_in,
    a_drop_in_from_chat,
    answered,
    by_telephone,
    ended,
    is_patient,
    of,
    sent,
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(database_url, Path(tmp_path_factory.mktemp("site"))) as opened:
        yield opened


def field(page: Page, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, f"no {name} on the page"
    return found[1]


async def next_page(browser: Browser, address: str, page: Page, **answers: str) -> Page:
    """Send a page with these answers, and open where it leads."""
    fields = {name.replace("__", "."): value for name, value in answers.items()}
    plain = {"page": field(page, "page"), "rev": field(page, "rev"), "do": "next"}
    answer = await browser.submit(address, plain | fields)
    assert answer.status_code == 303, answer.text
    return await browser.get(answer.headers["location"])


async def fill_in(browser: Browser, address: str, *pages: dict[str, str]) -> Page:
    page = await browser.get(address)
    for answers in pages:
        page = await next_page(browser, address, page, **answers)
    assert "Läs igenom svaren" in page.text
    answer = await browser.submit(address, {"do": "send", "rev": field(page, "rev")})
    assert answer.status_code == 303
    return await browser.get(answer.headers["location"])


FOOD = tuple({f"a__{name}": value} for name, value in DIET.items())
BEFORE = (
    {"a__share_history": "true"},
    {"a__share_medications": "false"},
    {"a__mobile": "070-174 06 55"},
    {"a__pharmacy": "Apoteket vid torget"},
    {"a__interpreter": "false"},
)


async def test_from_the_ticket_to_the_queue_at_another_provider(
    given: Cast, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    tor = await by_telephone(given)
    ticket, ref = await a_drop_in(given, tor, given.ruben, information="Ta gärna en bild.")
    address = f"/my/tickets/{ticket.ref}"
    ruben = await site.browser(given.ruben)
    home = await ruben.get("/")
    assert address in home.text
    assert "En biljett att använda" in home.text
    assert "Boka tid" not in home.text
    chat = await ruben.get(f"/my/cases/{ref}")
    assert f'href="{address}">Öppna biljetten</a>' in chat.text
    page = await ruben.get(address)
    for words in (
        "Ställ dig i kön till ett digitalt besök",
        "Ta gärna en bild.",
        "Ställ dig i kön senast",
        "Norrhamn",
        "Från",
        "1177 på telefon",
        "Innan du går vidare",
        "Svara på frågorna först.",
        "Ring 112",
    ):
        assert words in page.text, words
    assert "Ont sedan i går." not in page.text
    assert f"{address}/queue" not in page.text
    assert (await of(given, ticket)).state is State.OPENED

    form = f"{address}/forms/1"
    first = await ruben.get(form)
    assert "Får vi läsa journaler" in first.text
    back = await fill_in(ruben, form, *BEFORE)
    assert "Svaren är skickade." in back.text
    assert "Samtalet med 1177 på telefon pågår än." in back.text
    assert f"{address}/queue" not in back.text
    with monkeypatch.context() as unseen:
        # Of a visit out of sight nobody knows that it has ended: the verb refuses, and the page offers nothing.
        unseen.setattr("vardlots.triage.tickets.pages.sent_from", AsyncMock(return_value=None))
        assert f"{address}/queue" not in (await ruben.get(address)).text
    refused = await ruben.submit(f"{address}/queue", {})
    assert refused.status_code == 409
    assert "pågår än" in refused.text

    await ended(given, tor, ref)
    page = await ruben.get(address)
    assert ">Ställ mig i kön<" in page.text
    stepped = await ruben.submit(f"{address}/queue", {})
    case_url = stepped.headers["location"]
    assert stepped.status_code == 303
    assert (await ruben.submit(f"{address}/queue", {})).headers["location"] == case_url
    case = await ruben.get(case_url)
    assert case.status_code == 200
    assert "Ont sedan i går." not in case.text
    for page_of_it in ("worse", "more", "leave"):
        assert (await ruben.get(f"{case_url}/{page_of_it}")).status_code == 200
    used = await ruben.get(address)
    assert case_url in used.text
    assert f"{address}/queue" not in used.text
    assert "Tacka nej" not in used.text

    nora = await site.browser(given.nora)
    number = case_url.rsplit("/", 1)[1]
    visit = await nora.get(f"/staff/cases/{number}")
    assert visit.status_code == 200
    for words in ("Ont sedan i går.", "1177 på telefon", "Innan du går vidare"):
        assert words in visit.text, words
    async with given.database.transaction(given.nora.scope) as connection:
        request_id = await connection.fetchval("SELECT request_id FROM form_request")
        phase = await connection.fetchval(
            "SELECT phase FROM care_case WHERE person_id = $1", given.ruben.person_id
        )
        kept = await person(connection, given.ruben.person_id)
    read = await nora.get(f"/staff/cases/{number}/forms/{request_id}")
    assert "Apoteket vid torget" in read.text
    assert phase == Phase.QUEUED
    assert kept is not None
    assert kept.mobile == "+46701740655"


async def test_who_waits_there_already_is_led_to_that(given: Cast, site: Site) -> None:
    tor = await by_telephone(given)
    ticket, ref = await a_drop_in(given, tor, given.ruben)
    await answered(given, given.ruben, ticket.ref, 1, POST)
    await ended(given, tor, ref)
    waits = await given.waiting_case(given.ruben, unit=given.norrhamn, reason=ticket.reason)
    ruben = await site.browser(given.ruben)
    answer = await ruben.submit(f"/my/tickets/{ticket.ref}/queue", {})
    assert answer.headers["location"] == f"/my/cases/{waits}?already=1"


async def a_form(given: Cast, *forms: str, **more: Any) -> Ticket:
    await is_patient(given, given.ruben)
    plain: dict[str, Any] = {"kind": Kind.FORM, "contact": Contact.DIGITAL, "information": ""}
    return await sent(given, given.ruben.person_id, forms=forms or ("diet_index",), **(plain | more))


async def test_a_form_by_itself_is_answered_and_read_again(given: Cast, site: Site) -> None:
    ticket = await a_form(given, "diet_index", "pain")
    address = f"/my/tickets/{ticket.ref}"
    ruben = await site.browser(given.ruben)
    page = await ruben.get(address)
    for words in ("Svara på formulär", "Dina matvanor", "0 av 2 besvarade", "Svara senast", "4 frågor"):
        assert words in page.text, words
    assert "Ställ mig" not in page.text
    back = await fill_in(ruben, f"{address}/forms/1", *FOOD)
    assert "1 av 2 besvarade" in back.text
    assert ">Fortsätt svara<" in back.text
    pain = (
        {"a__where": "Ryggen"}, {"a__since": ""}, {"a__now": "7"}, {"d__worst": "1"}, {"a__kind": "dull"},
        {"a__stops": "sleep"}, {"a__helps": "Värme hjälper."},
    )  # fmt: skip
    done = await fill_in(ruben, f"{address}/forms/2", *pain)
    for words in ("Ängsviken läser svaren.", "Besvarat", "2 av 2 besvarade"):
        assert words in done.text, words
    assert "Tacka nej" not in done.text
    read = await ruben.get(f"{address}/forms/2")
    assert "Värme hjälper." in read.text
    assert "Till biljetten" in read.text
    # Sent twice is sent once; nothing can be changed.
    assert (await ruben.submit(f"{address}/forms/2", {"do": "send", "rev": "7"})).status_code == 303
    changed = await ruben.submit(f"{address}/forms/2", {"page": "where", "rev": "7", "a.where": "Foten"})
    assert changed.status_code == 303
    assert "Foten" not in (await ruben.get(f"{address}/forms/2")).text


async def test_what_is_wrong_is_said_on_the_page(given: Cast, site: Site) -> None:
    tor = await by_telephone(given)
    ticket, _ = await a_drop_in(given, tor, given.ruben)
    address = f"/my/tickets/{ticket.ref}/forms/1"
    ruben = await site.browser(given.ruben)
    page = await ruben.get(f"{address}?q=mobile")
    # The number that is known stands there already.
    assert "070-174 06 12" in page.text
    plain = {"page": "mobile", "rev": field(page, "rev"), "do": "next"}
    wrong = await ruben.submit(address, plain | {"a.mobile": "08 123 456"})
    assert wrong.status_code == 422
    assert "ser inte ut som ett mobilnummer" in wrong.text
    assert "08 123 456" in wrong.text
    page = await next_page(ruben, address, page, d__mobile="1")
    other = await ruben.submit(
        address, {"page": "mobile", "rev": "0", "do": "next", "a.mobile": "0701740699"}
    )
    assert other.status_code == 409
    assert "en annan flik" in other.text


async def test_too_late_keeps_what_was_answered_to_be_read(given: Cast, site: Site) -> None:
    ticket = await a_form(given)
    address = f"/my/tickets/{ticket.ref}/forms/1"
    ruben = await site.browser(given.ruben)
    page = await ruben.get(address)
    await next_page(ruben, address, page, a__vegetables="daily")
    assert ticket.valid_until is not None
    with clock.at(ticket.valid_until + timedelta(seconds=1)):
        late = await site.browser(given.ruben)
        answer = await late.submit(address, {"page": "fruit", "rev": "1", "do": "next", "a.fruit": "daily"})
        assert answer.status_code == 409
        assert "Tiden att svara är slut." in answer.text
        assert "Det du just skrev" in answer.text
        over = await late.get(f"/my/tickets/{ticket.ref}")
        assert "Gick ut" in over.text
        assert f"{address}" not in over.text
        assert "Tiden att svara är slut." in (await late.get(address)).text


async def test_declined_with_a_reason(given: Cast, site: Site) -> None:
    ticket = await a_form(given)
    address = f"/my/tickets/{ticket.ref}"
    ruben = await site.browser(given.ruben)
    missing = await ruben.submit(f"{address}/decline", {})
    assert missing.status_code == 422
    assert "Välj varför du tackar nej." in missing.text
    answer = await ruben.submit(f"{address}/decline", {"why": "well"})
    assert answer.status_code == 303
    over = await ruben.get(address)
    assert "Avböjd" in over.text
    assert "Jag mår bra igen" in over.text
    assert (await of(given, ticket)).state is State.DECLINED


async def test_a_booking_ticket_asks_its_forms_first(given: Cast, site: Site) -> None:
    await is_patient(given, given.ruben)
    ticket = await sent(given, given.ruben.person_id, by=given.olle, forms=("diet_index",))
    address = f"/my/tickets/{ticket.ref}"
    ruben = await site.browser(given.ruben)
    page = await ruben.get(address)
    assert "Sedan kan du boka." in page.text
    assert "Strandgatan" in page.text
    assert "Så bokar du" not in page.text
    assert (await ruben.submit(f"{address}/help", {})).headers["location"] == address
    done = await fill_in(ruben, f"{address}/forms/1", *FOOD)
    assert "Så bokar du" in done.text
    asked = await ruben.submit(f"{address}/help", {})
    number = asked.headers["location"].rsplit("/", 1)[1]
    ylva = await site.browser(given.ylva)
    visit = await ylva.get(f"/staff/cases/{number}")
    for words in ("Dina matvanor", "Ont sedan i går."):
        assert words in visit.text, words


async def test_a_childs_ticket_and_whose_it_is_not(given: Cast, site: Site) -> None:
    tor = await by_telephone(given)
    ticket, ref = await a_drop_in(given, tor, given.elin, about=given.tuva)
    await ended(given, tor, ref)
    address = f"/my/tickets/{ticket.ref}"
    matti = await site.browser(given.matti)
    page = await matti.get(address)
    assert "Tuva" in page.text
    back = await fill_in(matti, f"{address}/forms/1", *BEFORE)
    assert ">Ställ oss i kön<" in back.text
    stranger = await site.browser(given.ruben)
    for path in (address, f"{address}/forms/1"):
        assert (await stranger.get(path)).status_code == 404
    assert (await stranger.submit(f"{address}/queue", {})).status_code == 404
    assert (await stranger.submit(f"{address}/forms/1", {"do": "send", "rev": "1"})).status_code == 404
    assert (await matti.get(f"{address}/forms/9")).status_code == 404


async def test_the_pages_are_light_and_are_in_the_log(given: Cast, site: Site) -> None:
    ticket = await a_form(given)
    ruben = await site.browser(given.ruben)
    for path in (f"/my/tickets/{ticket.ref}", f"/my/tickets/{ticket.ref}/forms/1"):
        page = await ruben.get(path)
        assert len(page.text.encode()) < 20_000
    async with given.database.transaction(given.ylva.scope) as connection:
        rows = await connection.fetch(
            "SELECT action FROM access_log WHERE person_id = $1", given.ruben.person_id
        )
    assert {"read_ticket", "read_form", "open_ticket", "open_form"} <= {row["action"] for row in rows}


async def test_an_errand_that_came_by_ticket_can_be_read_when_it_is_closed(site: Site, given: Cast) -> None:
    """What is closed offers the same anew: an errand's is a page of its own, not a complaint to answer again."""
    tor = await by_telephone(given)
    ticket, ref = await a_drop_in(
        given,
        tor,
        given.ruben,
        to_provider_id=given.angsviken.provider_id,
        unit_id=given.angsviken.unit_id,
        role="medical_admin",
        case_kind="administrative",
        reason="renew_prescription",
    )
    await answered(given, given.ruben, ticket.ref, 1, {"mobile": "070 174 06 55", "interpreter": "false"})
    await ended(given, tor, ref)
    case = await use_drop_in(given.house, by=given.ruben, ref=ticket.ref)
    patient, petra = await site.browser(given.ruben), await site.browser(given.petra)
    for verb in ("accept", "start"):
        assert (await petra.submit(f"/staff/cases/{case.ref}/{verb}")).status_code == 303
    await ended(given, given.petra, case.ref)
    page = await patient.get(f"/my/cases/{case.ref}")
    assert page.status_code == 200
    assert "Skicka ett nytt ärende" in page.text


async def test_a_ticket_from_a_chat_says_when_it_can_be_used(site: Site, given: Cast) -> None:
    tor = await by_telephone(given)
    ticket, ref = await a_drop_in_from_chat(given, tor, given.ruben, days=1)
    await answered(given, given.ruben, ticket.ref, 1, POST)
    ruben, address = await site.browser(given.ruben), f"/my/tickets/{ticket.ref}"
    waits = await ruben.get(address)
    assert "Chatten med 1177 på telefon pågår än." in waits.text
    assert (
        f"När den är avslutad, senast {when_words(clock.now() + timedelta(days=1), 'sv')[:5]}" in waits.text
    )
    assert "Sidan ändras av sig själv." in waits.text
    assert f"{address}/queue" not in waits.text
    await ended(given, tor, ref)
    assert ">Ställ mig i kön<" in (await ruben.get(address)).text
