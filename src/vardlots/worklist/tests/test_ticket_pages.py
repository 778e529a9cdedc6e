"""Staff's pages of tickets: sending, the list, one ticket, what is to be acknowledged; without script."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Browser, Page, Site, open_site

from vardlots.access.actor import StaffActor
from vardlots.cases.begun.actions import Begun, begin_chat
from vardlots.people.queries import person
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Scope
from vardlots.platform.pages import day_words
from vardlots.tickets.actions import open_ticket, withdraw
from vardlots.tickets.jobs import sweep
from vardlots.tickets.model import Contact, Kind, Ticket
from vardlots.tickets.queries import tickets_for_staff
from vardlots.tickets.staff.actions import send as give
from vardlots.tickets.staff.model import StaffTicket
from vardlots.tickets.tests.helpers import POST, answered, by_telephone, unit_of
from vardlots.tickets.words import last_day
from vardlots.worklist.tickets import letter, sent_list
from vardlots.worklist.tickets.one import read_view


@pytest_asyncio.fixture(loop_scope="session")
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


def hidden(page: Page) -> dict[str, str]:
    """What the ticket's form carries along."""
    form = page.text[page.text.index('id="ticket-form"') :]
    return dict(re.findall(r'type="hidden" name="(\w+)"[^>]*? value="([^"]*)"', form))


async def send(browser: Browser, address: str, do: str = "send", **fields: Any) -> Page:
    """Open the page, fill in, press."""
    page = await browser.get(address)
    assert page.status_code == 200, page.text
    kept = {name: value for name, value in hidden(page).items() if name != "_csrf_token"}
    return await browser.submit(address, kept | {"do": do} | fields)


async def given_tickets(given: Cast, person_id: int) -> list[Ticket]:
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
    # What the product calls it is said in the reader's language; what staff have typed stands as it is.
    ruben = await site.browser(given.ruben)
    assert re.search(r"skickade en biljett[^<]*: Axelbesvär", (await ruben.get(f"/my/cases/{ref}")).text)
    ruben.client.cookies.set("lang", "en")
    assert re.search(r"sent a ticket[^<]*: Shoulder", (await ruben.get(f"/my/cases/{ref}")).text)
    assert "Ta med dina glasögon." in (await ruben.get(f"/my/tickets/{ticket.ref}")).text


def slip_on(page: Page) -> str:
    """What a ticket says on a page, in words: the heading of the page is none in the preview."""
    start = page.text.index('<section class="ticket">')
    slip = page.text[start : page.text.index("</section>", start)]
    return re.sub(r"<(/?)(h1|p class=\"ticket-title\"|p)>", r"<\1p>", slip)


@pytest.mark.parametrize("what", ["digital", "physical", "telephone", "form"])
async def test_the_patient_reads_what_the_preview_said(site: Site, given: Cast, what: str) -> None:
    ref = await given.ongoing_case(given.ruben)
    address, ylva = f"/staff/cases/{ref}/tickets/new", await site.browser(given.ylva)
    nurse = f"{given.angsviken.unit_id}-nurse"
    fields = {"what": what, "resource": nurse, "reason_q": "", "information": "Ta med dina glasögon."}
    fields |= {"forms": "diet_index"} if what == "form" else {}
    seen = await send(ylva, address, do="preview", **fields)
    await send(ylva, address, **fields)
    (ticket,) = await given_tickets(given, given.ruben.person_id)
    read = await (await site.browser(given.ruben)).get(f"/my/tickets/{ticket.ref}")
    assert slip_on(seen) == slip_on(read)
    assert "Ta med dina glasögon." in slip_on(read)


async def test_the_preview_of_a_drop_in_is_what_the_patient_reads(site: Site, given: Cast) -> None:
    tor = await by_telephone(given)
    ref = await given.ongoing_case(given.ruben, tor, unit=unit_of(tor), reason="rash")
    address, browser = f"/staff/cases/{ref}/tickets/new", await site.browser(tor)
    there = f"{given.norrhamn.provider_id}-{given.norrhamn.unit_id}"
    fields = {"what": "drop_in", "elsewhere": there, "case_kind": "care", "reason_q": ""}
    seen = await send(browser, address, do="preview", **fields)
    sent = await send(browser, address, **fields)
    assert sent.status_code == 303, sent.text
    async with given.database.transaction(tor.scope) as connection:
        (ticket,) = await tickets_for_staff(connection, by=tor, person_ids=[given.ruben.person_id])
    read = await (await site.browser(given.ruben)).get(f"/my/tickets/{ticket.ref}")
    assert slip_on(seen) == slip_on(read)
    assert "Ställ dig i kön till ett digitalt besök" in slip_on(read)
    assert "Här i tjänsten, du skriver med dem" in slip_on(read)


async def test_from_a_chat_at_1177_to_a_visit_at_another_provider(site: Site, given: Cast) -> None:
    """All that the demonstration shows: 1177 has no queue of its own, and sends on from a chat that it has begun."""
    tor = await by_telephone(given)
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute("UPDATE unit SET takes_drop_in = false WHERE unit_id = $1", tor.unit_id)
    await given.waiting_case(given.ruben, reason="headache")
    begun = Begun(person_id=given.ruben.person_id, reason="rash", days=1)
    ref = (await begin_chat(given.house, by=tor, new=begun, key="begin-key-1")).ref
    browser, ruben = await site.browser(tor), await site.browser(given.ruben)
    assert f"/staff/cases/{ref}/tickets/new" in (await browser.get(f"/staff/cases/{ref}")).text
    there = f"{given.norrhamn.provider_id}-{given.norrhamn.unit_id}"
    fields = {"what": "drop_in", "elsewhere": there, "case_kind": "care", "reason_q": ""}
    assert (await send(browser, f"/staff/cases/{ref}/tickets/new", **fields)).status_code == 303
    async with given.database.transaction(tor.scope) as connection:
        (ticket,) = await tickets_for_staff(connection, by=tor, person_ids=[given.ruben.person_id])
    await answered(given, given.ruben, ticket.ref, 1, POST)
    address = f"/my/tickets/{ticket.ref}"
    assert "Chatten med 1177 på telefon pågår än." in (await ruben.get(address)).text
    assert (await ruben.submit(f"{address}/queue", {})).status_code == 409
    assert (await browser.submit(f"/staff/cases/{ref}/end", {"days": "0"})).status_code == 303
    stepped = await ruben.submit(f"{address}/queue", {})
    assert stepped.headers["location"].startswith(f"/my/cases/{given.norrhamn.provider_id}-")


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
    typed: dict[str, Any] = {
        "what": "form",
        "resource": f"{given.angsviken.unit_id}-nurse",
        "reason_q": "Axelbesvär",
        "information": "Svara före fredag.",
        "valid_until": "igår",
    }
    assert (await send(ylva, address, **typed | {"valid_until": "9999-12-31"})).status_code == 422
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


def new_ticket(given: Cast, **changed: Any) -> StaffTicket:
    plain = StaffTicket(
        kind=Kind.BOOKING,
        contact=Contact.PHYSICAL,
        person_id=given.ruben.person_id,
        to_provider_id=given.angsviken.provider_id,
        unit_id=given.angsviken.unit_id,
        role="nurse",
        reason="shoulder_pain",
    )
    return msgspec.structs.replace(plain, **changed)


async def ticket(
    given: Cast, by: StaffActor | None = None, key: str = "ticket-key-1", **changed: Any
) -> Ticket:
    return await give(given.house, by=by or given.ylva, new=new_ticket(given, **changed), key=key)


async def expired(given: Cast, key: str = "ticket-key-1", **changed: Any) -> Ticket:
    """One whose time is over, as the worker has noted."""
    with clock.at(clock.now() - timedelta(days=40)):
        sent = await ticket(given, key=key, **changed)
    await sweep(given.house)
    return sent


async def test_the_list_shows_what_ones_units_sent(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    sent = await ticket(given)
    for who, shown in (("ylva", True), ("siri", True), ("olle", False), ("nora", False)):
        browser = await site.browser(getattr(given, who))
        page = await browser.get("/staff/tickets?unit=all&role=all&staff=all")
        assert page.status_code == 200
        assert (f"/staff/tickets/{sent.ref}" in page.text) == shown, who
    assert (await (await site.browser(given.rune)).get("/staff/tickets")).status_code == 403


async def test_the_filter_stands_in_the_address_and_pages_follow(
    site: Site, given: Cast, monkeypatch: Any
) -> None:
    monkeypatch.setattr(sent_list, "PAGE", 2)
    await given.waiting_case(given.ruben)
    booked = [await ticket(given, key=f"booked-key-{n}") for n in range(3)]
    form = await ticket(given, key="form-key-1", kind=Kind.FORM, contact=Contact.DIGITAL, forms=("audit_c",))
    await withdraw(given.house, by=given.ylva, ref=booked[0].ref, reason="Fel enhet.")
    ylva = await site.browser(given.ylva)
    base = "/staff/tickets?unit=all&role=all&staff=all"
    first = await ylva.get(base)
    shown = re.findall(r'id="ticket-(\d+-\d+)"', first.text)
    assert shown == [str(form.ref), str(booked[2].ref)]
    assert "4 biljetter, 3 väntar på patienten, 1 tillbakatagen" in first.text
    (older,) = re.findall(r'href="([^"]*after=[^"]*)">Visa äldre', first.text)
    second = await ylva.get(older)
    assert re.findall(r'id="ticket-(\d+-\d+)"', second.text) == [str(booked[1].ref), str(booked[0].ref)]
    only = await ylva.get(f"{base}&kind=form")
    assert re.findall(r'id="ticket-(\d+-\d+)"', only.text) == [str(form.ref)]
    assert "kind=form" in only.text.split("Visa äldre")[0]
    gone = await ylva.get(f"{base}&state=withdrawn")
    assert re.findall(r'id="ticket-(\d+-\d+)"', gone.text) == [str(booked[0].ref)]
    none = await ylva.get(f"{base}&until=2001-01-01")
    assert "Inga biljetter passar urvalet" in none.text
    assert (await ylva.get(f"{base}&kind=xyz&state=%27&from=aaa&after=zz")).status_code == 200


async def test_the_export_is_what_the_list_shows_and_harms_no_spreadsheet(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    await ticket(given)
    await ticket(given, key="form-key-1", kind=Kind.FORM, contact=Contact.DIGITAL, forms=("audit_c",))
    ylva = await site.browser(given.ylva)
    file = await ylva.get("/staff/tickets/export.csv?unit=all&role=all&staff=all&kind=booking")
    assert file.content.startswith(b"\xef\xbb\xbf")
    assert "attachment" in file.headers["content-disposition"]
    rows = file.content.decode("utf-8-sig").strip().split("\r\n")
    assert len(rows) == 2
    assert "R E, 58 år" in rows[1]
    assert "Ruben" not in rows[1]
    async with given.database.transaction(given.ylva.scope) as connection:
        logged = await connection.fetch("SELECT reason FROM access_log WHERE action = 'export_tickets'")
    assert len(logged) == 1
    for cell in ("=1+1", "+46", "-2", "@x", "\tx"):
        assert sent_list.harmless(cell) == f"'{cell}"
    assert sent_list.harmless("Axel") == "Axel"
    assert (await (await site.browser(given.nora)).get("/staff/tickets/export.csv?unit=all")).text.count(
        "\n"
    ) < 2


async def test_the_protected_are_named_nowhere(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    sent = await expired(given)
    async with given.database.transaction(given.ylva.scope) as connection:
        about = await person(connection, given.ruben.person_id)
    assert about is not None
    async with given.database.transaction(Scope(identity=about.number)) as connection:
        await connection.execute("UPDATE person SET protected = true WHERE person_id = $1", about.person_id)
    ylva = await site.browser(given.ylva)
    for address in (
        "/staff/tickets?unit=all&role=all&staff=all",
        "/staff/tickets/export.csv?unit=all&role=all&staff=all",
        "/staff/acknowledgements?unit=all&role=all&staff=all",
        f"/staff/tickets/{sent.ref}",
    ):
        page = await ylva.get(address)
        assert page.status_code == 200
        assert "Skyddad" in page.text, address
        for secret in ("Ruben", "Ekdunge", "R E"):
            assert secret not in page.text, address
    assert (await ylva.get(f"/staff/tickets/{sent.ref}/letter")).status_code == 403


async def test_what_ran_out_has_its_last_day(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    sent = await expired(given)
    assert sent.valid_until is not None
    day = day_words(last_day(sent.valid_until), "sv")
    ylva = await site.browser(given.ylva)
    for address in ("/staff/tickets", "/staff/acknowledgements"):
        page = await ylva.get(f"{address}?unit=all&role=all&staff=all")
        assert day in page.text, address
        assert "00.00" not in page.text, address


async def test_one_ticket_tells_its_story(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    sent = await ticket(given, information="Kom i tid.", forms=("audit_c",))
    await open_ticket(given.house, by=given.ruben, ref=sent.ref)
    ylva = await site.browser(given.ylva)
    page = await ylva.get(f"/staff/tickets/{sent.ref}")
    for told in (
        "Ylva Tallvik skickade biljetten",
        "Patienten öppnade biljetten",
        "Kom i tid.",
        "Ruben Ekdunge",
    ):
        assert told in page.text, told
    assert (await ylva.get(f"/staff/tickets/{sent.ref}/forms/1")).status_code == 200
    assert (await ylva.get(f"/staff/tickets/{sent.ref}/forms/7")).status_code == 404
    card = await ylva.get(f"/staff/tickets/{sent.ref}/card")
    assert "data-moves" in card.text
    empty = await ylva.submit(f"/staff/tickets/{sent.ref}/withdraw", {"reason": " "})
    assert empty.status_code == 422
    assert "Skriv varför" in empty.text
    done = await ylva.submit(f"/staff/tickets/{sent.ref}/withdraw", {"reason": "Bokad per telefon."})
    assert done.status_code == 303
    after = await ylva.get(f"/staff/tickets/{sent.ref}")
    assert "Ylva Tallvik tog tillbaka biljetten" in after.text
    assert "Bokad per telefon." in after.text
    for who, status in (("olle", 403), ("nora", 404), ("rune", 403)):
        browser = await site.browser(getattr(given, who))
        for path in ("", "/card", "/forms/1", "/letter"):
            assert (await browser.get(f"/staff/tickets/{sent.ref}{path}")).status_code == status, (who, path)
        assert (
            await browser.submit(f"/staff/tickets/{sent.ref}/withdraw", {"reason": "x"})
        ).status_code == status


async def test_what_is_over_is_looked_at_one_or_many(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    over = [await expired(given, key=f"over-key-{n}") for n in range(3)]
    ylva, hamid = await site.browser(given.ylva), await site.browser(given.hamid)
    address = "/staff/acknowledgements"
    page = await ylva.get(address)
    assert "3 väntar." in page.text
    assert "Biljett utgått" in page.text
    assert "Inte öppnad" in page.text
    start = await ylva.get("/staff")
    assert re.search(r"<dt>Vidimeringar</dt><dd><b>3</b>", start.text)
    nothing = await ylva.submit(address, {})
    assert nothing.status_code == 422
    one = await ylva.submit(address, {"ref": str(over[0].ref)})
    assert "En vidimerad." in (await ylva.follow(one)).text
    both = await hamid.submit(address, {"ref": [str(one.ref) for one in over]})
    told = (await hamid.follow(both)).text
    assert "2 vidimerade. En kollega hade redan vidimerat en." in told
    assert "Inget att vidimera." in told
    late = await ylva.submit(address, {"ref": str(over[1].ref)})
    assert "En kollega hann före" in (await ylva.follow(late)).text
    story = await ylva.get(f"/staff/tickets/{over[1].ref}")
    assert "Hamid Nordsken vidimerade" in story.text


async def test_whose_it_is_to_look(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    over = await expired(given)
    for who, shown, status in (
        ("siri", True, 303),
        ("petra", False, 403),
        ("olle", False, 403),
        ("nora", False, 404),
    ):
        browser = await site.browser(getattr(given, who))
        page = await browser.get("/staff/acknowledgements?unit=all&role=all&staff=all")
        assert (str(over.ref) in page.text) == shown, who
        if who != "siri":
            answer = await browser.submit("/staff/acknowledgements", {"ref": str(over.ref)})
            assert answer.status_code == status, who


async def test_the_letter_says_who_and_never_why(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    over = await expired(given)
    ylva = await site.browser(given.ylva)
    listed = await ylva.get("/staff/acknowledgements")
    assert f"/staff/tickets/{over.ref}/letter" in listed.text
    file = await ylva.get(f"/staff/tickets/{over.ref}/letter")
    assert file.content.startswith(b"%PDF")
    async with given.database.transaction(given.ylva.scope) as connection:
        view = await read_view(connection, by=given.ylva, ref=over.ref)
        logged = await connection.fetchval(
            "SELECT count(*) FROM access_log WHERE action = 'write_letter' AND person_id = $1",
            given.ruben.person_id,
        )
    assert logged == 1
    said = str({**letter.content(view, False, "sv"), "logo": ""})
    assert "Ruben Ekdunge" in said
    assert "axel" not in said.lower()
    assert "Till vårdnadshavare" in str(letter.content(view, True, "sv"))


async def test_from_a_vidimering_to_a_chat_about_the_same(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    over = await expired(given)
    ylva = await site.browser(given.ylva)
    page = await ylva.get(f"/staff/patients/{given.ruben.person_id}/chat?ticket={over.ref}")
    assert re.search(r'name="reason" data-value value="shoulder_pain"', page.text)
    other = await ylva.get(f"/staff/patients/{given.ruben.person_id}/chat?ticket=1-999999")
    assert re.search(r'name="reason" data-value value=""', other.text)
