"""What colleagues do beside a visit, over HTTP: guests, their own talk, feedback; and what a patient learns of it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.pictures import jpeg
from tests.site import Site, open_site

from vardlots.access.actor import StaffActor
from vardlots.cases.guests.actions import invite, leave
from vardlots.cases.guests.queries import present
from vardlots.cases.model import CaseRef
from vardlots.conversations.actions import Message
from vardlots.conversations.talk.actions import say
from vardlots.platform.db import Scope

SECRET = "Han låter rädd. Ta hit honom i dag."


@pytest_asyncio.fixture(loop_scope="session")
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


async def ask_in(given: Cast, ref: CaseRef, whom: StaffActor, mode: str = "chat") -> None:
    await invite(given.house, by=given.ylva, ref=ref, staff_id=whom.staff_id, mode=mode)


async def tell(given: Cast, ref: CaseRef, text: str = SECRET) -> int:
    message = Message(text, key=f"told-{len(text):08}-x")
    return (await say(given.house, by=given.ylva, ref=ref, message=message)).row.n


@pytest.mark.slow
async def test_a_guest_comes_by_opening_the_visit_and_works_in_it_until_let_go(
    site: Site, given: Cast
) -> None:
    ref = await given.ongoing_case(given.ruben)
    olle = await site.browser(given.olle)
    assert (await olle.get(f"/staff/cases/{ref}")).status_code == 403
    await ask_in(given, ref, given.olle)
    page = await olle.get(f"/staff/cases/{ref}")
    assert page.status_code == 200
    assert "är med i samtalet" in page.text
    ruben = await site.browser(given.ruben)
    assert "Olle Fjärdvik, sjuksköterska, är med i samtalet" in (await ruben.get(f"/my/cases/{ref}")).text
    for part in ("head", "dock", "foot", "overview"):
        assert (
            await olle.get(f"/staff/cases/{ref}/parts/{part}", **{"hx-request": "true"})
        ).status_code == 200
    sent = await olle.submit(
        f"/staff/cases/{ref}/messages", {"text": "Hej, jag heter Olle.", "key": "hello-1234"}
    )
    assert sent.status_code == 303
    assert "Hej, jag heter Olle." in (await ruben.get(f"/my/cases/{ref}")).text
    for address in (
        "?tab=note",
        "?tab=answers",
        "?tab=explain",
        "?tab=earlier",
        "/answers.fhir.json",
        "/talk",
    ):
        assert (await olle.get(f"/staff/cases/{ref}{address}")).status_code in (200, 404), address
    # Not to end it.
    assert "Avsluta besök" not in (await olle.get(f"/staff/cases/{ref}/parts/foot")).text
    assert (await olle.submit(f"/staff/cases/{ref}/end", {"days": "3"})).status_code == 403
    ylva = await site.browser(given.ylva)
    gone = await ylva.submit(f"/staff/cases/{ref}/guests/leave", {"staff_id": str(given.olle.staff_id)})
    assert gone.status_code == 303
    for address in ("", "/entries?after=0", "/talk/entries", "/parts/head", "/guests", "/talk", "/feedback"):
        assert (await olle.get(f"/staff/cases/{ref}{address}")).status_code == 403, address


async def test_of_one_who_gives_advice_the_patients_page_says_nothing(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await ask_in(given, ref, given.olle, "consult")
    olle, ruben = await site.browser(given.olle), await site.browser(given.ruben)
    page = await olle.get(f"/staff/cases/{ref}")
    assert "har bett dig om råd. Svara i vårdgivarchatten." in page.text
    assert 'id="write"' not in page.text
    assert (
        await olle.submit(f"/staff/cases/{ref}/messages", {"text": "Hej", "key": "hello-1235"})
    ).status_code == 403
    sent = await olle.submit(f"/staff/cases/{ref}/talk/messages", {"text": SECRET, "key": "hello-1236"})
    assert sent.status_code == 303
    assert SECRET in (await olle.follow(sent)).text
    told = await ruben.get(f"/my/cases/{ref}")
    assert "Fjärdvik" not in told.text
    assert SECRET not in told.text


async def test_what_a_patient_learns_of_the_colleagues_talk(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    elin = await site.browser(given.elin)
    before = await elin.get(f"/my/cases/{ref}/entries?after=0")
    page = await elin.get(f"/my/cases/{ref}")
    n = await tell(given, ref)
    ylva = await site.browser(given.ylva)
    sent = await ylva.call(
        f"/staff/cases/{ref}/talk/files", files=[("file", ("a.jpg", jpeg(), "image/jpeg"))]
    )
    assert sent.status_code == 201
    for who in (given.elin, given.matti):
        browser = await site.browser(who)
        after = await browser.get(f"/my/cases/{ref}/entries?after=0")
        assert after.headers["x-last"] == before.headers["x-last"]
        assert int(after.headers["x-last"]) < n
        assert SECRET not in after.text
        again = await browser.get(f"/my/cases/{ref}")
        assert re.search(r'data-last="(\d+)"', again.text) == re.search(r'data-last="(\d+)"', page.text) or (
            re.findall(r'data-last="(\d+)"', again.text) == re.findall(r'data-last="(\d+)"', page.text)
        )
        assert SECRET not in again.text
        assert (await browser.get(f"/my/cases/{ref}/files/{sent.json()['id']}")).status_code == 404
        for address in ("/my/cases", "/my/messages", "/my/tabs", "/"):
            assert SECRET not in (await browser.get(address)).text
        for address in ("/talk", "/talk/entries", "/talk/tool", "/talk/seen", "/guests", "/feedback"):
            assert (await browser.get(f"/staff/cases/{ref}{address}")).status_code == 403
    assert (await ylva.get(f"/staff/cases/{ref}/files/{sent.json()['id']}")).status_code == 200
    # The conversation that staff share with the patient does not show it either.
    assert SECRET not in (await ylva.get(f"/staff/cases/{ref}")).text
    assert SECRET not in (await ylva.get(f"/staff/cases/{ref}/entries?after=0")).text


async def test_the_pane_tells_what_is_unread_and_who_has_read(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    n = await tell(given, ref)
    siri, ylva = await site.browser(given.siri), await site.browser(given.ylva)
    assert ">1<" in (await siri.get(f"/staff/cases/{ref}/talk/tool")).text
    assert "tool-n" not in (await ylva.get(f"/staff/cases/{ref}/talk/tool")).text
    pane = await siri.get(f"/staff/cases/{ref}/talk", **{"hx-request": "true"})
    assert SECRET in pane.text
    assert "<html" not in pane.text
    assert "Du och Ylva Tallvik" in pane.text
    assert "Skriv till Ylva" in pane.text
    assert (await siri.call(f"/staff/cases/{ref}/talk/read", {"n": str(n)})).status_code == 204
    assert "Läst av Siri" in (await ylva.get(f"/staff/cases/{ref}/talk/seen")).text
    rows = await ylva.get(f"/staff/cases/{ref}/talk/entries?after=0")
    assert rows.headers["x-other-read"] == str(n)
    assert (await siri.call(f"/staff/cases/{ref}/talk/typing")).status_code == 204
    sent = await siri.call(
        f"/staff/cases/{ref}/talk/messages", {"text": "Jag håller med.", "key": "agree-1234"}
    )
    assert sent.status_code == 201
    assert "data-mine" in sent.text
    again = await siri.call(
        f"/staff/cases/{ref}/talk/messages", {"text": "Jag håller med.", "key": "agree-1234"}
    )
    assert again.status_code == 200
    refused = await siri.submit(
        f"/staff/cases/{ref}/talk/messages", {"text": "x" * 4001, "key": "long-12345"}
    )
    assert refused.status_code == 422
    assert "x" * 4001 in refused.text


async def test_who_is_with_the_visit_and_whom_to_ask_in(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    ylva = await site.browser(given.ylva)
    page = await ylva.get(f"/staff/cases/{ref}/guests")
    assert "Ansvarig" in page.text
    value = f"{given.strandgatan.unit_id}-nurse-{given.olle.staff_id}"
    assert value in page.text
    assert f'-{given.ylva.staff_id}"' not in page.text
    found = await ylva.submit(
        "/staff/resources?which=provider&may=staff&name=guest",
        {"q": "tallvik", "without": str(given.ylva.staff_id)},
        (),
        **{"hx-request": "true"},
    )
    assert f'-{given.ylva.staff_id}"' not in found.text
    for form, said in (({"mode": "chat"}, "Välj en kollega först."), ({"guest": value}, "Välj om kollegan")):
        refused = await ylva.submit(f"/staff/cases/{ref}/guests", form)
        assert refused.status_code == 422
        assert said in refused.text
    assert (
        await ylva.submit(f"/staff/cases/{ref}/guests", {"guest": value, "mode": "chat"})
    ).status_code == 303
    # Pressed twice is once.
    assert (
        await ylva.submit(f"/staff/cases/{ref}/guests", {"guest": value, "mode": "chat"})
    ).status_code == 303
    page = await ylva.get(f"/staff/cases/{ref}/guests")
    assert "Har inte öppnat besöket än." in page.text
    hamid = await site.browser(given.hamid)
    looked = await hamid.get(f"/staff/cases/{ref}/guests")
    assert looked.status_code == 200
    assert "Bjud in" not in looked.text
    assert "Ta bort" not in looked.text
    olle = await site.browser(given.olle)
    await olle.get(f"/staff/cases/{ref}")
    left = await olle.submit(f"/staff/cases/{ref}/guests/leave", {"staff_id": str(given.olle.staff_id)})
    assert left.headers["location"] == "/staff"
    page = await ylva.get(f"/staff/cases/{ref}/guests")
    assert "Har varit med" in page.text
    async with given.database.transaction(given.ylva.scope) as connection:
        assert await present(connection, ref, given.olle.staff_id) is None


async def test_feedback_reaches_the_head_and_its_answer_the_author(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    ylva, helga, ruben = [await site.browser(one) for one in (given.ylva, given.helga, given.ruben)]
    text = "Frågan om andnöd kom för sent."
    assert (
        await ylva.submit(f"/staff/cases/{ref}/feedback", {"kind": "triage", "key": "feed-12345"})
    ).status_code == 422
    form = {"kind": "triage", "text": text, "key": "feed-12345"}
    for _ in range(2):
        assert (await ylva.submit(f"/staff/cases/{ref}/feedback", form)).status_code == 303
    listed = await helga.get("/staff/feedback")
    assert listed.text.count(text) == 1
    assert "Oläst" in listed.text
    number = re.search(r"feedback-(\d+)", listed.text)
    assert number
    hamid, astrid, nora = [await site.browser(one) for one in (given.hamid, given.astrid, given.nora)]
    assert text in (await astrid.get("/staff/feedback")).text
    assert 'name="of"' in (await astrid.get("/staff/feedback")).text
    assert text in (await astrid.get(f"/staff/feedback?of={given.angsviken.unit_id}")).text
    # The provider's administrators read of every unit, also of one that they have no work at.
    elsewhere = await astrid.get(f"/staff/feedback?of={given.strandgatan.unit_id}")
    assert (elsewhere.status_code, text in elsewhere.text) == (200, False)
    for browser in (hamid, nora):
        assert text not in (await browser.get("/staff/feedback")).text
    answer = f"/staff/feedback/{number[1]}/answer"
    assert (await hamid.submit(answer, {"answer": "Nej"})).status_code == 403
    assert (await ruben.get("/staff/feedback")).status_code == 403
    assert (
        "kind=triage"
        in (await helga.submit(answer, {"answer": "Vi flyttar frågan.", "kind": "triage"})).headers[
            "location"
        ]
    )
    late = await astrid.submit(answer, {"answer": "Jag med."})
    assert late.status_code == 409
    assert "Jag med." not in (await ylva.get("/staff/feedback")).text
    seen = await ylva.get(f"/staff/cases/{ref}/feedback")
    assert "Vi flyttar frågan." in seen.text
    for query in ("kind=routine", "unread=1", f"unit={given.strandgatan.unit_id}"):
        assert text not in (await helga.get(f"/staff/feedback?{query}")).text
    for query in ("kind=triage", "days=7", f"unit={given.angsviken.unit_id}", "days=x&kind=x&unit=x&after=x"):
        assert text in (await helga.get(f"/staff/feedback?{query}")).text


async def test_a_guest_reads_of_whom_nothing_may_be_told_that_there_is_a_visit(
    site: Site, given: Cast
) -> None:
    ref = await given.ongoing_case(given.ruben)
    await ask_in(given, ref, given.olle)
    olle = await site.browser(given.olle)
    async with given.database.transaction(given.ylva.scope) as connection:
        number = await connection.fetchval(
            "SELECT value FROM person_identifier WHERE person_id = $1", given.ruben.person_id
        )
    async with given.database.transaction(Scope(identity=number)) as connection:
        await connection.execute(
            "UPDATE person SET protected = true WHERE person_id = $1", given.ruben.person_id
        )
    for address in ("/staff/guest", "/staff/guest/rows"):
        page = await olle.get(address)
        assert (page.status_code, "Skyddad" in page.text, "R E" in page.text) == (200, True, False)
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "INSERT INTO unit_block (provider_id, person_id, unit_id, since, registered_by, how) "
            "VALUES ($1, $2, $3, now(), $4, 'letter')",
            ref.provider_id,
            given.ruben.person_id,
            given.angsviken.unit_id,
            given.ylva.staff_id,
        )
    for address in ("/staff/guest", "/staff/guest/rows"):
        page = await olle.get(address)
        assert (page.status_code, "Spärrad" in page.text, "Axelbesvär" in page.text) == (200, True, False)
    assert (await olle.get(f"/staff/cases/{ref}/talk")).status_code == 403


async def test_a_former_guest_hears_no_more(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    await ask_in(given, ref, given.olle)
    await leave(given.house, by=given.ylva, ref=ref, staff_id=given.olle.staff_id)
    olle = await site.browser(given.olle)
    for topic in (f"case:{ref}", f"talk:{ref}", f"typing:{ref}", f"typing:talk-{ref}", f"online:{ref}"):
        assert (await olle.get(f"/live?t={topic}")).status_code == 204
