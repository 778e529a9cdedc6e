"""The language somebody reads in: chosen on the page, kept with the person, Swedish where nothing else is written."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Browser, Site, open_site

from vardlots.people.queries import person
from vardlots.platform.errors import Invalid
from vardlots.triage.language.actions import set_language

FALLS_BACK = 'lang="sv" dir="ltr"'


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(database_url, Path(tmp_path_factory.mktemp("site"))) as opened:
        yield opened


async def language_of(given: Cast) -> str:
    async with given.database.transaction(given.ruben.scope) as connection:
        found = await person(connection, given.ruben.person_id)
    assert found is not None
    return found.language


async def logged(given: Cast) -> list[tuple[int, int]]:
    async with given.database.transaction(given.ruben.scope) as connection:
        rows = await connection.fetch(
            "SELECT provider_id, person_id FROM access_log WHERE action = 'set_language' ORDER BY provider_id"
        )
    return [tuple(row) for row in rows]


async def test_a_language_is_kept_once_and_logged_at_every_provider_that_has_the_person(given: Cast) -> None:
    await given.waiting_case(given.ruben)
    await given.waiting_case(given.ruben, unit=given.norrhamn)
    for _ in range(2):
        await set_language(given.house, by=given.ruben, lang="ar")
    assert await language_of(given) == "ar"
    providers = sorted([given.angsviken.provider_id, given.norrhamn.provider_id])
    assert await logged(given) == [(provider, given.ruben.person_id) for provider in providers]


async def test_a_language_that_there_is_none_of_is_refused(given: Cast) -> None:
    with pytest.raises(Invalid):
        await set_language(given.house, by=given.ruben, lang="xx")
    assert await language_of(given) == "sv"


async def test_the_choice_on_the_page_is_the_readers_own(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    page = await ruben.get("/my/profile")
    assert (
        '<button class="btn" type="submit" name="lang" value="ar" lang="ar" dir="rtl">العربية</button>'
        in page.text
    )
    assert "العربية: Översättningen är inte granskad" in page.text
    answer = await ruben.submit("/my/language", {"lang": "ar", "next": "/my/profile"})
    assert "lang=ar" in answer.headers["set-cookie"]
    assert await language_of(given) == "ar"
    page = await ruben.get("/my/profile")
    assert '<html lang="ar" dir="rtl"' in page.text
    assert "rtl.css" in page.text
    # Staff who sit down at the same browser work in Swedish, and change nobody's language.
    ylva = await site.browser(given.ylva)
    ylva.client.cookies.set("lang", "ar")
    page = await ylva.get("/staff")
    assert '<html lang="sv" dir="ltr"' in page.text
    await ylva.submit("/my/language", {"lang": "en"})
    assert await language_of(given) == "ar"


async def test_nobody_signed_in_chooses_for_the_browser_alone(site: Site, given: Cast) -> None:
    nobody = await site.browser()
    await nobody.get("/")
    assert "lang=ar" in (await nobody.submit("/my/language", {"lang": "ar"})).headers["set-cookie"]
    page = await nobody.get("/")
    assert '<html lang="ar" dir="rtl"' in page.text
    assert await language_of(given) == "sv"


async def arabic(site: Site, given: Cast) -> Browser:
    browser = await site.browser(given.elin)
    browser.client.cookies.set("lang", "ar")
    return browser


async def test_what_is_not_written_in_arabic_is_marked_as_swedish(site: Site, given: Cast) -> None:
    elin = await arabic(site, given)
    page = await elin.get(f"/care/{given.angsviken.unit_id}")
    assert f'<span class="p-row-name" {FALLS_BACK}>Huvudvärk</span>' in page.text
    assert '<span class="p-row-name">ألم الحلق</span>' in page.text
    found = await elin.submit(f"/care/{given.angsviken.unit_id}/search", {"q": "huvudvärk"})
    assert "Huvudvärk" in found.text


@pytest.mark.parametrize(("complaint", "marked"), [("sore_throat", False), ("headache", True)])
async def test_questions_speak_arabic_where_the_protocol_does(
    site: Site, given: Cast, complaint: str, marked: bool
) -> None:
    elin = await arabic(site, given)
    address = f"/care/{given.angsviken.unit_id}?for={given.tuva}"
    await elin.get(address)
    page = await elin.get((await elin.submit(address, {"complaint": complaint})).headers["location"])
    # The questions that all protocols begin with are in Arabic; the complaint is called what it is called.
    assert '<h1 id="q">هل ينطبق شيء مما يلي على \u2066Tuva\u2069 الآن؟</h1>' in page.text
    assert (f'<p class="p-name" {FALLS_BACK}>' in page.text) is marked


async def test_the_extract_of_the_log_is_in_a_language_that_staff_read(site: Site, given: Cast) -> None:
    elin = await arabic(site, given)
    document = await elin.get("/my/log.pdf")
    assert document.status_code == 200
