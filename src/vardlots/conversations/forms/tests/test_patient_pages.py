"""The patient's pages of a form over HTTP, without script: page by page, back, wrong, two tabs, twice, too late."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Browser, Page, Site, open_site

from vardlots.access.actor import PatientActor
from vardlots.cases import actions as cases
from vardlots.cases.model import CaseRef
from vardlots.conversations.forms import queries
from vardlots.conversations.forms.actions import send_form
from vardlots.platform import clock


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(database_url, Path(tmp_path_factory.mktemp("site"))) as opened:
        yield opened


async def a_form(
    given: Cast, code: str, by: PatientActor | None = None, **about: object
) -> tuple[CaseRef, str]:
    """Ylva has sent a form. Its case and its address."""
    ref = await given.ongoing_case(by or given.ruben, **about)  # type: ignore[arg-type]
    await send_form(given.house, by=given.ylva, ref=ref, code=code, key=str(uuid4()))
    async with given.database.transaction(given.ylva.scope) as connection:
        card = (await queries.cards(connection, ref))[-1]
    return ref, f"/my/cases/{ref}/forms/{card.request_id}"


def field(page: Page, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, f"no {name} on the page"
    return found[1]


async def keep(browser: Browser, address: str, page: Page, do: str = "next", **answers: str) -> Page:
    """Send a page as it stands, with these answers (`__` for the dots of names)."""
    fields = {name.replace("__", ".").replace("_INST", "~"): value for name, value in answers.items()}
    return await browser.submit(
        address, {"page": field(page, "page"), "rev": field(page, "rev"), "do": do, **fields}
    )


async def test_page_by_page_to_the_end_and_read_only_after(given: Cast, site: Site) -> None:
    ref, address = await a_form(given, "pain")
    ruben = await site.browser(given.ruben)
    chat = await ruben.get(f"/my/cases/{ref}")
    assert "7 frågor" in chat.text
    assert ">Svara<" in chat.text
    page = await ruben.get(address)
    assert "Fråga 1 av ungefär 7" in page.text
    for answers in (
        {"a__where": "Ryggen"}, {"a__since": ""}, {"a__now": "7"}, {"d__worst": "1"}, {"a__kind": "dull"},
        {"a__stops": "sleep"}, {"a__helps": "Värme\r\nhjälper."},
    ):  # fmt: skip
        answer = await keep(ruben, address, page, **answers)
        assert answer.status_code == 303, answer.text
        page = await ruben.get(answer.headers["location"])
    assert "Läs igenom svaren" in page.text
    assert "Avstår från att svara" in page.text
    assert ">Fortsätt svara<" in (await ruben.get(f"/my/cases/{ref}")).text
    sent = await ruben.submit(address, {"do": "send", "rev": field(page, "rev")})
    assert sent.headers["location"] == f"{address}?sent=1"
    read = await ruben.get(sent.headers["location"])
    assert "Svaren är skickade." in read.text
    assert "Värme\nhjälper." in read.text
    assert "<form" not in read.text.split("<main")[1].split("</main>")[0]
    # Pressed twice, or from the page before: it is sent, once.
    again = await ruben.submit(address, {"do": "send", "rev": field(page, "rev")})
    assert again.status_code == 303
    changed = await ruben.submit(address, {"page": "where", "rev": "7", "a.where": "Foten"})
    assert changed.status_code == 303
    assert "Foten" not in (await ruben.get(address)).text
    assert (await ruben.get(f"/my/cases/{ref}")).text.count("besvarades") == 1


async def test_back_is_reading_and_a_change_is_kept(given: Cast, site: Site) -> None:
    _, address = await a_form(given, "diet_index")
    ruben = await site.browser(given.ruben)
    page = await ruben.get(address)
    answer = await keep(ruben, address, page, a__vegetables="daily")
    page = await ruben.get(answer.headers["location"])
    assert f'href="{address}?q=vegetables"' in page.text
    before = await ruben.get(f"{address}?q=vegetables")
    assert re.search(r'value="daily"[^>]* checked', before.text)
    answer = await keep(ruben, address, before, a__vegetables="seldom")
    assert answer.headers["location"].endswith("?q=fruit")
    assert re.search(r'value="seldom"[^>]* checked', (await ruben.get(f"{address}?q=vegetables")).text)


async def test_what_is_wrong_is_told_beside_it_and_what_was_typed_stands(given: Cast, site: Site) -> None:
    _, address = await a_form(given, "body_measures")
    ruben = await site.browser(given.ruben)
    page = await ruben.get(address)
    wrong = await keep(ruben, address, page, a__weight="tung")
    assert wrong.status_code == 422
    assert 'value="tung"' in wrong.text
    assert "En uppgift behöver ändras" in wrong.text
    nothing = await keep(ruben, address, wrong, a__weight="")
    assert nothing.status_code == 422
    right = await keep(ruben, address, nothing, a__weight="72,5")
    assert right.headers["location"].endswith("?q=height")
    back = await ruben.get(f"{address}?q=weight")
    assert 'value="72,5"' in back.text


async def test_a_group_grows_shrinks_and_keeps_what_stands_in_it(given: Cast, site: Site) -> None:
    _, address = await a_form(given, "medicines")
    ruben = await site.browser(given.ruben)
    answer = await keep(ruben, address, await ruben.get(address), a__takes_any="true")
    page = await ruben.get(answer.headers["location"])
    assert "Läkemedel 1" in page.text
    # Nothing is asked for yet while one more is added.
    answer = await keep(ruben, address, page, "add", a__name_INST1="Alvedon")
    page = await ruben.get(answer.headers["location"])
    assert "Läkemedel 2" in page.text
    assert 'value="Alvedon"' in page.text
    short = await keep(ruben, address, page, a__name_INST1="Alvedon", a__name_INST2="")
    assert short.status_code == 422
    answer = await keep(ruben, address, short, "remove:2", a__name_INST1="Alvedon")
    page = await ruben.get(answer.headers["location"])
    assert "Läkemedel 2" not in page.text
    answer = await keep(ruben, address, page, a__name_INST1="Alvedon")
    assert answer.headers["location"].endswith("?q=reacted")
    # A button of a page that is older than the form does no harm.
    assert (
        await keep(ruben, address, await ruben.get(f"{address}?q=medicine"), "remove:9")
    ).status_code == 303


async def test_another_tabs_answer_stands_and_this_ones_words_too(given: Cast, site: Site) -> None:
    _, address = await a_form(given, "pain")
    ruben = await site.browser(given.ruben)
    old = await ruben.get(address)
    await keep(ruben, address, old, a__where="Ryggen")
    twice = await keep(ruben, address, old, a__where="Ryggen")
    assert twice.status_code == 303
    other = await keep(ruben, address, old, a__where="Foten")
    assert other.status_code == 409
    assert "Formuläret har besvarats i en annan flik." in other.text
    assert 'value="Foten"' in other.text
    assert (await keep(ruben, address, other, a__where="Foten")).status_code == 303
    assert 'value="Foten"' in (await ruben.get(f"{address}?q=where")).text


async def test_too_late_says_what_to_do_and_shows_what_was_written(given: Cast, site: Site) -> None:
    ref, address = await a_form(given, "pain")
    ruben = await site.browser(given.ruben)
    answer = await keep(ruben, address, await ruben.get(address), a__where="Ryggen")
    page = await ruben.get(f"{address}?q=helps")
    assert answer.status_code == 303
    await cases.end(given.house, by=given.ylva, ref=ref, follow_up_days=1)
    with clock.shifted(timedelta(days=2)):
        ruben = await site.browser(given.ruben)
        await ruben.get("/")
        late = await keep(ruben, address, page, a__helps="Bara vila.")
        assert late.status_code == 409
        for told in ("Tiden att svara är slut.", "1177", "Sök vård", "Bara vila.", "Ryggen"):
            assert told in late.text, told
        again = await ruben.get(address)
        assert "Tiden att svara är slut." in again.text
        assert "Ryggen" in again.text
        assert (await ruben.submit(address, {"do": "send", "rev": "1"})).status_code == 409
        assert "Tiden att svara är slut" in (await ruben.get(f"/my/cases/{ref}")).text


async def test_the_other_guardian_reads_when_it_is_sent_and_strangers_never(given: Cast, site: Site) -> None:
    ref, address = await a_form(given, "audit_c", given.elin, person_id=given.tuva)
    elin, matti, ruben = [await site.browser(one) for one in (given.elin, given.matti, given.ruben)]
    assert (await matti.get(address)).status_code == 403
    assert (await matti.submit(address, {"page": "often", "rev": "0", "a.often": "never"})).status_code == 403
    assert (await ruben.get(address)).status_code == 404
    page = await elin.get(address)
    assert "för Tuva, 6 år" in page.text
    answer = await keep(elin, address, page, a__often="never")
    page = await elin.get(answer.headers["location"])
    assert "AUDIT-C" in page.text
    await elin.submit(address, {"do": "send", "rev": field(page, "rev")})
    read = await matti.get(address)
    assert read.status_code == 200
    assert "Aldrig" in read.text
    assert (await ruben.get(f"/my/cases/{ref}/forms/999999999")).status_code == 404


async def test_sending_what_is_not_done_leads_to_what_is_left(given: Cast, site: Site) -> None:
    _, address = await a_form(given, "diet_index")
    ruben = await site.browser(given.ruben)
    await keep(ruben, address, await ruben.get(address), a__vegetables="daily")
    left = await ruben.submit(address, {"do": "send", "rev": "1"})
    assert left.status_code == 422
    assert "Hur ofta äter du frukt eller bär?" in left.text
    stale = await ruben.submit(address, {"do": "send", "rev": "0"})
    assert stale.status_code == 409
    assert "annan flik" in stale.text
