"""Over HTTP, what somebody would try: planted cookies, odd addresses, signs that no database takes."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Site, open_site

from vardlots.access import web
from vardlots.access.sessions import token_hash
from vardlots.app import create_app
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.platform.settings import load_settings


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(database_url, Path(tmp_path_factory.mktemp("attacks"))) as opened:
        yield opened


async def test_over_https_a_session_that_another_host_has_planted_is_not_ours(
    given: Cast, site: Site
) -> None:
    ruben = await site.browser(given.ruben)
    assert (await ruben.get("/my/profile")).status_code == 200
    sessions = site.app.state.sessions
    sessions.secure = True
    try:
        # A name without `__Host-` can be set by any neighbour under the same domain.
        assert (await ruben.get("/my/profile")).status_code == 303
        ruben.client.cookies.set(web.COOKIE, ruben.client.cookies["session"])
        assert (await ruben.get("/my/profile")).status_code == 200
    finally:
        sessions.secure = False


def test_over_https_the_forms_token_is_bound_to_the_host(database_url: str, tmp_path: Path) -> None:
    base = {"DATABASE_URL": database_url, "VARDLOTS_DEMO": "1", "VARDLOTS_DATA_DIR": str(tmp_path)}
    names = []
    for address in ("http://localhost:8000", "https://vard.example"):
        app = create_app(load_settings(base | {"VARDLOTS_BASE_URL": address}))
        assert app.csrf_config is not None
        names.append(app.csrf_config.cookie_name)
    assert names == ["csrf", "__Host-csrf"]


@pytest.mark.parametrize(
    "address",
    [
        "/my/cases/1-1%0d%0aset-cookie:%20session=x",
        "/my/cases/1-1%E2%86%92",
        "/my/cases/1-1%26out%3D1",
        "/my/cases/1-1%23part",
    ],
)
async def test_the_way_back_after_sign_in_is_one_plain_value(site: Site, address: str) -> None:
    nobody = await site.browser()
    answer = await nobody.get(address)
    assert answer.status_code == 303
    assert re.fullmatch(r"/sign-in\?next=[A-Za-z0-9/%._~-]+", answer.headers["location"])


@pytest.mark.parametrize(
    "bad",
    ["/x\r\nset-cookie: a=b", "//evil.example", "/\t/evil.example", "/→", "https://evil.example", "/\\evil"],
)
async def test_a_choice_of_language_leads_nowhere_else(site: Site, bad: str) -> None:
    nobody = await site.browser()
    answer = await nobody.submit("/my/language", {"lang": "en", "next": bad})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    "address",
    [
        f"/?for={'9' * 5000}",
        "/?for=²",
        "/my/log?for=²",
        f"/my/log?for={'9' * 5000}",
        "/my/log?before=2026-01-01T00:00:00%2B00:00_²",
        "/my/log?before=0001-01-01T00:00:00%2B14:00_1",
        "/my/log?before=2026-01-01T00:00:00%2B00:00_999999999999999999",
        "/care/999999999999",
    ],
)
async def test_odd_numbers_in_addresses_are_refused_not_stumbled_over(
    given: Cast, site: Site, address: str
) -> None:
    ruben = await site.browser(given.ruben)
    assert (await ruben.get(address)).status_code in (200, 404, 422)


async def test_a_sign_that_the_database_cannot_keep_is_wrong_input(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    ruben = await site.browser(given.ruben)
    answer = await ruben.call(f"/my/cases/{ref}/messages", {"text": "noll \x00 här", "key": "nul-key-1"})
    assert answer.status_code == 422
    answer = await ruben.call(f"/my/cases/{ref}/messages", {"text": "utan", "key": "nul-key-2"})
    assert answer.status_code == 201


async def test_what_a_page_fetches_by_itself_keeps_no_unattended_desk_signed_in(
    given: Cast, site: Site
) -> None:
    ylva = await site.browser(given.ylva)
    hashed = token_hash(ylva.client.cookies["session"])

    async def seen() -> object:
        async with given.database.transaction(NOBODY) as connection:
            return await connection.fetchval("SELECT seen_at FROM session WHERE token_hash = $1", hashed)

    began = await seen()
    part = {"hx-request": "true"}
    with clock.shifted(timedelta(minutes=30)):
        assert (await ylva.get("/staff/drop-in/rows", **part)).status_code == 200
    assert await seen() == began
    with clock.shifted(timedelta(minutes=40)):
        assert (await ylva.get("/staff/drop-in")).status_code == 200
    assert await seen() != began
    with clock.shifted(timedelta(minutes=40 + 61)):
        assert (await ylva.get("/staff/drop-in/rows", **part)).status_code == 401


async def test_reading_the_lists_of_oneself_and_ones_children_is_in_the_log(given: Cast, site: Site) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)
    elin = await site.browser(given.elin)

    async def logged() -> int:
        async with given.database.transaction(given.elin.scope) as connection:
            return int(
                await connection.fetchval(
                    "SELECT count(*) FROM access_log WHERE action = 'read_list' AND person_id = $1",
                    given.tuva,
                )
            )

    await elin.get("/")
    assert await logged() == 0, "home is about oneself"
    for n, address in enumerate((f"/?for={given.tuva}", "/my/cases"), start=1):
        assert (await elin.get(address)).status_code == 200
        assert await logged() == n


async def test_somebody_found_in_a_search_reads_that_they_were_read_about(given: Cast, site: Site) -> None:
    await given.waiting_case(given.ruben)
    ylva = await site.browser(given.ylva)
    await ylva.get("/staff")
    await ylva.submit("/staff/search", {"q": "Ruben Ekdunge"})
    ruben = await site.browser(given.ruben)
    page = await ruben.get("/my/log")
    row = next(line for line in re.findall(r"<li.*?</li>", page.text, re.DOTALL) if "Ylva" in line)
    assert "Sökte bland patienter" in row
    assert "Ändrade" not in row


async def test_the_metrics_tell_of_jobs_that_wait_for_a_person(given: Cast, site: Site) -> None:
    from vardlots.platform import jobs

    async with given.database.transaction(NOBODY) as connection:
        await jobs.enqueue(connection, "test.held", {"ref": "1-1"})
        await connection.execute("UPDATE jobs.pgqueuer SET status = 'failed' WHERE entrypoint = 'test.held'")
    try:
        text = (await (await site.browser()).get("/metrics")).text
        held = re.search(r"^vardlots_jobs_held (\d+)", text, re.MULTILINE)
        assert held is not None
        assert int(float(held[1])) >= 1
        assert re.search(r"^vardlots_jobs_waiting \d+", text, re.MULTILINE)
        assert re.search(r"^vardlots_jobs_oldest_seconds [\d.]+", text, re.MULTILINE)
    finally:
        async with given.database.transaction(NOBODY) as connection:
            await connection.execute("DELETE FROM jobs.pgqueuer WHERE entrypoint = 'test.held'")


async def test_two_presses_on_join_lead_to_one_case_and_both_pages_there(given: Cast, site: Site) -> None:
    from vardlots.triage.tests.test_interview_races import answered

    kept = await answered(given, given.ruben)
    ruben = await site.browser(given.ruben)
    address = f"/interview/{kept.ref}/before"
    await ruben.get(address)
    fields = {
        "share_history": "true",
        "share_medications": "false",
        "mobile": "070-174 06 12",
        "interpreter": "false",
        "own_words": "",
    }
    answers = await asyncio.gather(*(ruben.submit(address, fields) for _ in range(4)))
    places = {(await ruben.follow(answer)).status_code for answer in answers}
    assert places == {200}
    async with given.database.transaction(given.ruben.scope) as connection:
        cases = await connection.fetchval(
            "SELECT count(*) FROM care_case WHERE person_id = $1", given.ruben.person_id
        )
    assert cases == 1


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_form_without_files_is_short_and_a_long_one_is_not_even_read(
    site: Site, chunked: bool
) -> None:
    """Reading twenty megabytes of fields takes seconds in which nobody else is answered; it needs no sign-in."""
    nobody = await site.browser()
    body = b"&".join(b"k%d=1" % n for n in range(200_000))

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 65_536):
            yield body[at : at + 65_536]

    answer = await nobody.client.post(
        "/my/language",
        content=pieces() if chunked else body,
        headers={"content-type": "Application/X-WWW-Form-Urlencoded; charset=utf-8"},
    )
    assert answer.status_code == 413


async def test_the_longest_note_that_may_be_written_still_comes_through(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    ylva = await site.browser(given.ylva)
    await ylva.get(f"/staff/cases/{ref}")
    longest = "\N{GRINNING FACE}" * 8000
    fields = dict.fromkeys(("history", "status", "assessment", "action"), longest)
    answer = await ylva.call(f"/staff/cases/{ref}/note/draft", {"rev": "0", "text": longest, **fields})
    assert answer.status_code == 200, answer.text
