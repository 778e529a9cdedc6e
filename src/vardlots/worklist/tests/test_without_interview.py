"""A visit that no questions led to: every part of its page, its note on its way out, and the patient's side."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from tests.cast import Cast
from tests.site import Site, open_site

from vardlots.cases.begun.actions import Begun, begin_chat
from vardlots.cases.model import CaseRef
from vardlots.platform.db import NOBODY

TABS = ("overview", "note", "answers", "explain", "earlier", "measures")
PARTS = (
    "chase",
    "dock",
    "end-files",
    "foot",
    "forms",
    "handover",
    "head",
    "no-answer",
    "overview",
    "signed",
)


@pytest_asyncio.fixture(loop_scope="session")
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


async def begun(given: Cast) -> CaseRef:
    await given.waiting_case(given.ruben, reason="headache")
    new = Begun(person_id=given.ruben.person_id, reason="shoulder_pain", days=7)
    return (await begin_chat(given.house, by=given.ylva, new=new, key="begin-key-1")).ref


async def test_every_part_of_the_visit_is_drawn(site: Site, given: Cast) -> None:
    ref = await begun(given)
    for by in (given.ylva, given.hamid, given.siri):
        browser = await site.browser(by)
        for tab in TABS:
            page = await browser.get(f"/staff/cases/{ref}?tab={tab}")
            assert page.status_code == 200, (by.name, tab)
        for part in PARTS:
            answer = await browser.get(f"/staff/cases/{ref}/parts/{part}")
            assert answer.status_code in (200, 404), (by.name, part)
        for more in ("/phrases", "/talk", "/guests"):
            assert (await browser.get(f"/staff/cases/{ref}{more}")).status_code in (200, 403, 404, 409), more
    page = await (await site.browser(given.ylva)).get(f"/staff/cases/{ref}")
    assert "började en chatt" in page.text
    assert (await (await site.browser(given.olle)).get(f"/staff/cases/{ref}")).status_code == 403
    assert (await (await site.browser(given.nora)).get(f"/staff/cases/{ref}")).status_code == 404


async def test_it_stands_in_the_lists(site: Site, given: Cast) -> None:
    ref = await begun(given)
    browser = await site.browser(given.ylva)
    listed = await browser.get("/staff/async?unit=all&role=all&staff=all&tab=no-action")
    assert f"/staff/cases/{ref}" in listed.text
    for address in ("/staff", "/staff/days?unit=all&role=all&staff=all", "/staff/async"):
        assert (await browser.get(address)).status_code == 200, address


async def test_its_note_is_signed_and_goes_out(site: Site, given: Cast) -> None:
    ref = await begun(given)
    browser = await site.browser(given.ylva)
    signed = await browser.submit(
        f"/staff/cases/{ref}/note", {"rev": "0", "status": "Opåverkad.", "do": "sign_export"}
    )
    assert signed.status_code == 303, signed.text
    shown = await browser.get(f"/staff/cases/{ref}?tab=note")
    assert "Opåverkad." in shown.text


async def test_the_patient_reads_answers_and_sees_it_at_home(site: Site, given: Cast) -> None:
    ref = await begun(given)
    ylva, ruben = await site.browser(given.ylva), await site.browser(given.ruben)
    sent = await ylva.submit(f"/staff/cases/{ref}/messages", {"text": "Hur går det?", "key": "message-key-1"})
    assert sent.status_code in (200, 303)
    for address in ("/", "/my/cases", "/my/messages", f"/my/cases/{ref}"):
        page = await ruben.get(address)
        assert page.status_code == 200, address
        assert f"/my/cases/{ref}" in page.text, address
    assert "Hur går det?" in (await ruben.get(f"/my/cases/{ref}")).text
    back = await ruben.submit(f"/my/cases/{ref}/messages", {"text": "Bra.", "key": "message-key-2"})
    assert back.status_code in (200, 303)
    inbox = await ylva.get("/staff/async?unit=all&role=all&staff=all")
    assert f"/staff/cases/{ref}" in inbox.text
    async with given.database.transaction(NOBODY) as connection:
        noticed = await connection.fetchval(
            "SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint LIKE 'notifications.%' "
            "AND convert_from(payload, 'UTF8') LIKE $1",
            f"%{ref}%",
        )
    assert noticed


async def test_its_owner_ends_the_chat_in_the_visit(site: Site, given: Cast) -> None:
    ref = await begun(given)
    ylva, address = await site.browser(given.ylva), f"/staff/cases/{ref}"
    page = await ylva.get(f"{address}?dialog=end")
    assert page.text.count("Avsluta chatt<") == 3
    assert "avslutade chatten”" in page.text
    assert "Ingen asynkron fas" in page.text
    dialog = page.text[page.text.index('id="end-title"') : page.text.index('id="priority"')]
    assert "Avsluta besök" not in dialog
    assert "7 dagar" not in dialog
    hamid = await site.browser(given.hamid)
    assert "Avsluta chatt" not in (await hamid.get(address)).text
    assert (await ylva.submit(f"{address}/end", {"days": "0"})).status_code == 303
    assert "avslutade chatten" in (await ylva.get(address)).text
