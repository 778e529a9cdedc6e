"""What waits for a patient, and the numbers: seen first on the home page, the same in every tab, never mixed."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests import patient_pages
from tests.cast import Cast
from tests.site import Browser, Page, Site, open_site

from vardlots.access.actor import PatientActor
from vardlots.cases.actions import accept, end
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import readable_case
from vardlots.conversations.actions import Message, mark_read, write
from vardlots.platform import clock
from vardlots.platform.errors import TooMany
from vardlots.tickets.actions import issue
from vardlots.tickets.tests.test_actions import new_ticket
from vardlots.triage import care, queries
from vardlots.triage.news import News, news
from vardlots.triage.tests.test_patient_pages import BEFORE


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(database_url, Path(tmp_path_factory.mktemp("site"))) as opened:
        yield opened


async def news_of(given: Cast, by: PatientActor) -> News:
    async with given.database.transaction(by.scope) as connection:
        return await news(connection, by=by)


async def read_all(given: Cast, by: PatientActor, ref: CaseRef) -> None:
    """The patient has had the whole conversation on the screen."""
    async with given.database.transaction(by.scope) as connection:
        last = (await readable_case(connection, by=by, ref=ref)).last_n
    await mark_read(given.house, by=by, ref=ref, n=last)


def numbers(page: Page) -> list[str]:
    """How much is new, tab by tab, as the page has it."""
    nav = page.text[page.text.index('id="tabs"') :].partition("</nav>")[0]
    return [
        found[1] if (found := re.search(r"</span>(\d+)<", link)) else "" for link in nav.split("<li>")[1:]
    ]


def part(page: Page, heading: str) -> str:
    """The list under a heading."""
    found = page.text.partition(f">{heading}</h2>")[2]
    return found.partition("</section>")[0]


async def test_what_is_new_is_counted_for_each_person_alone(site: Site, given: Cast) -> None:
    """A message to Tuva's case, a case of Nils's that somebody has taken, and nothing of Elin's own."""
    tuvas = await given.ongoing_case(given.elin, person_id=given.tuva)
    nils = await given.waiting_case(given.elin, person_id=given.nils)
    own = await given.waiting_case(given.elin, reason="rash")
    await accept(given.house, by=given.ylva, ref=nils)
    found = await news_of(given, given.elin)
    assert (found.cases, found.messages) == (2, 1)
    assert found.by_person == {given.tuva: 1, given.nils: 1}
    # Matti is their father too, but it is Elin who sought care: what is new is hers to read.
    assert (await news_of(given, given.matti)).cases == 0
    assert (await news_of(given, given.ruben)).cases == 0
    elin = await site.browser(given.elin)
    for address in ("/", f"/?for={given.tuva}", "/my/cases", "/my/messages", "/my/tickets", "/my/profile"):
        assert numbers(await elin.get(address)) == ["", "2", "1", ""], address
    assert numbers(await elin.get("/my/tabs?at=cases")) == ["", "2", "1", ""]
    tuva = await elin.get(f"/?for={given.tuva}")
    assert f"/my/cases/{tuvas}" in part(tuva, "Väntar på dig och Tuva")
    for other in (nils, own):
        assert f"/my/cases/{other}" not in tuva.text
    only = await elin.get(f"/my/cases?for={given.nils}")
    assert f"/my/cases/{nils}" in only.text
    assert f"/my/cases/{tuvas}" not in only.text
    await read_all(given, given.elin, tuvas)
    assert (await news_of(given, given.elin)).by_person == {given.nils: 1}


async def test_nobody_sees_the_lists_of_anybody_else(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    for address in ("/my/cases", "/my/messages"):
        for other in (given.ruben.person_id, given.matti.person_id, "x"):
            assert (await elin.get(f"{address}?for={other}")).status_code == 404


async def test_what_needs_somebody_stands_first_and_once(site: Site, given: Cast) -> None:
    """A message that is not read, a ticket that is new, and questions that were begun, before all else."""
    ref = await given.ongoing_case(given.ruben)
    ticket = (await issue(given.house, by=given.ruben, new=await new_ticket(given, given.ruben))).ref
    ruben = await site.browser(given.ruben)
    begun = await patient_pages.begin(ruben, f"/care/{given.angsviken.unit_id}", "eye")
    home = await ruben.get("/")
    first = part(home, "Väntar på dig")
    for address in (f"/my/cases/{ref}", f"/my/tickets/{ticket}", begun):
        assert first.count(f'href="{address}"') == 1, address
    assert home.text.index("Väntar på dig") < home.text.index("Vad behöver du?")
    assert home.text.count(f'href="/my/cases/{ref}"') == 1
    await read_all(given, given.ruben, ref)
    await ruben.get(f"/my/tickets/{ticket}")  # opened: no news any more, and weeks are left of it
    await ruben.submit(f"{begun}/leave")
    home = await ruben.get("/")
    assert "Väntar på dig" not in home.text
    assert f"/my/cases/{ref}" in part(home, "Ärenden")


async def test_a_time_is_offered_only_to_whoever_has_a_ticket_and_soon_it_presses(
    site: Site, given: Cast
) -> None:
    ruben = await site.browser(given.ruben)
    assert "Boka tid" not in (await ruben.get("/")).text
    new = await new_ticket(given, given.ruben)
    ticket = (await issue(given.house, by=given.ruben, new=new)).ref
    home = await ruben.get("/")
    row = home.text.partition("Boka tid")[0].rpartition("<a ")[2]
    assert f"/my/tickets/{ticket}" in row
    await ruben.get(f"/my/tickets/{ticket}")
    assert "Väntar på dig" not in (await ruben.get("/")).text
    assert new.valid_until is not None
    with clock.at(new.valid_until - timedelta(days=3)):
        ruben = await site.browser(given.ruben)
        assert f"/my/tickets/{ticket}" in part(await ruben.get("/"), "Väntar på dig")
    with clock.at(new.valid_until + timedelta(days=1)):
        ruben = await site.browser(given.ruben)
        assert "Boka tid" not in (await ruben.get("/")).text


async def ended(given: Cast, *, days: int, agreed: str = "") -> CaseRef:
    ref = await given.ongoing_case(given.ruben)
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=days, agreed=agreed)
    return ref


async def test_after_the_visit_the_patient_reads_what_was_agreed_and_until_when_one_can_write(
    site: Site, given: Cast
) -> None:
    ref = await ended(given, days=3, agreed="Vila i två dagar.\n<b>Ring</b> om det blir värre.")
    ruben, ylva = await site.browser(given.ruben), await site.browser(given.ylva)
    page = await ruben.get(f"/my/cases/{ref}")
    assert "Det här kom ni överens om" in page.text
    assert "Vila i två dagar." in page.text
    assert "<b>Ring</b>" not in page.content.decode()
    assert "Du kan skriva här till" in page.text
    assert "Läs vad ni kom överens om." in part(await ruben.get("/"), "Väntar på dig")
    assert "Läs vad ni kom överens om" in page.text
    assert "Vila i två dagar." in (await ylva.get(f"/staff/cases/{ref}")).text
    sent = await ruben.submit(f"/my/cases/{ref}/messages", {"text": "Tack.", "key": "thanks-message"})
    assert sent.status_code in (200, 303)


async def test_nothing_is_said_to_be_agreed_where_nothing_was_shared_and_a_closed_case_says_how_to_seek_again(
    site: Site, given: Cast
) -> None:
    ref = await ended(given, days=0)
    ruben = await site.browser(given.ruben)
    page = await ruben.get(f"/my/cases/{ref}")
    assert "kom ni överens" not in page.text
    assert "Ärendet är stängt." in page.text
    assert f'action="/care/{given.angsviken.unit_id}"' in page.text
    assert "Sök vård för samma sak" in page.text
    refused = await ruben.submit(f"/my/cases/{ref}/messages", {"text": "Hej", "key": "late-message"})
    assert "Ärendet är stängt. Det du skrev finns kvar här." in refused.text, refused.status_code


async def test_staff_share_it_in_the_dialog_that_ends_the_visit(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    ylva = await site.browser(given.ylva)
    await ylva.get(f"/staff/cases/{ref}?dialog=end")
    answer = await ylva.submit(f"/staff/cases/{ref}/end", {"days": "3", "agreed": "Vila."})
    assert answer.status_code == 303, answer.text
    assert "Vila." in (await (await site.browser(given.ruben)).get(f"/my/cases/{ref}")).text


async def walked(ruben: Browser, given: Cast) -> str:
    asked = await patient_pages.begin(ruben, f"/care/{given.angsviken.unit_id}", "back_pain")
    await patient_pages.answer_all(ruben, asked, {})
    return asked


async def test_answers_are_read_through_and_changed_before_they_are_sent(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    asked = await walked(ruben, given)
    result = await ruben.get(f"{asked}/result")
    assert f'href="{asked}/answers"' in result.text
    page = await ruben.get(f"{asked}/answers")
    changes = re.findall(rf'href="({asked}\?q=\w+)"', page.text)
    assert len(changes) > 3
    for address in changes:
        shown = await ruben.get(address)
        assert shown.status_code == 200
        assert 'name="question"' in shown.text
    # Going there and back has changed nothing.
    assert (await ruben.get(f"{asked}/result")).status_code == 200
    assert (await (await site.browser(given.elin)).get(f"{asked}/answers")).status_code == 404


async def test_sent_answers_are_no_longer_to_be_changed(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    asked = await walked(ruben, given)
    await ruben.submit(f"{asked}/queue")
    await ruben.get(f"{asked}/before")
    sent = await ruben.submit(f"{asked}/before", BEFORE)
    where = sent.headers["location"].partition("?")[0]
    assert (await ruben.get(f"{asked}/answers")).headers["location"] == where


async def test_a_message_moves_the_number_of_the_tab(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await read_all(given, given.ruben, ref)
    ruben = await site.browser(given.ruben)
    assert numbers(await ruben.get("/my/tabs")) == ["", "", "", ""]
    await write(given.house, by=given.ylva, ref=ref, message=Message("Hej igen.", "again-message"))
    page = await ruben.get("/my/tabs?at=nowhere")
    assert numbers(page) == ["", "1", "1", ""]
    assert 'data-says="Nytt i ett ärende"' in page.text
    assert "aria-current" not in page.text


async def test_every_fault_tells_a_patient_where_to_call_and_the_way_back(
    site: Site, given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """404, 403, 429, 500 and 503: kind words, 1177, 112, home; and no number that may be wrong."""
    ruben, ylva = await site.browser(given.ruben), await site.browser(given.ylva)
    pages = [await ruben.get("/no-such-page"), await ylva.get("/my/cases")]
    pages.append(
        Page(await ruben.client.post("/my/profile", data={"mobile": ""}))
    )  # from a page that is too old
    monkeypatch.setattr(care.INTERVIEWS, "take", _too_many)
    pages.append(await ruben.submit(f"/care/{given.angsviken.unit_id}", {"complaint": "eye"}))
    for fault in (RuntimeError("broken"), ConnectionRefusedError()):
        monkeypatch.setattr(queries, "household", _breaks(fault))
        pages.append(await ruben.get("/"))
    assert [page.status_code for page in pages] == [404, 403, 403, 429, 500, 503]
    for page in pages:
        for needed in ('href="tel:1177"', 'href="tel:112"', 'href="/"'):
            assert needed in page.text, (page.status_code, needed)
        assert 'id="tabs"' not in page.text
        assert "!" not in re.sub(r"<[^>]*>", "", page.text.partition("<main")[2])


def _too_many(_who: object) -> None:
    raise TooMany("Det blev många försök på kort tid. Vänta en minut och försök igen.")


def _breaks(fault: Exception) -> Any:
    async def broken(*_given: object, **_named: object) -> None:
        raise fault

    return broken
