"""The conversation over HTTP, from both sides, with script and without."""

import re
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.pictures import jpeg
from tests.site import Browser, Site, open_site

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases import actions
from vardlots.cases.model import CaseRef
from vardlots.platform import clock
from vardlots.platform.db import persons_scope


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(database_url, Path(tmp_path_factory.mktemp("site"))) as opened:
        yield opened


def key() -> str:
    return str(uuid.uuid4())


async def pair(site: Site, given: Cast, patient: PatientActor, staff: StaffActor) -> tuple[Browser, Browser]:
    """The patient's browser and the nurse's."""
    return await site.browser(patient), await site.browser(staff)


async def test_a_message_is_drawn_alike_in_the_page_and_alone(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    elin, ylva = await pair(site, given, given.elin, given.ylva)
    sent = await elin.call(f"/my/cases/{ref}/messages", {"text": "Hon <gråter> & dricker", "key": key()})
    assert sent.status_code == 201
    n = int(sent.headers["x-last"])
    assert f'id="e{n}"' in sent.text
    assert "data-mine" in sent.text
    page = await elin.get(f"/my/cases/{ref}")

    def row(text: str) -> str:
        found = re.search(rf'<li class="msg[^>]* id="e{n}".*?</li>', text, re.DOTALL)
        assert found is not None, text
        return found[0].replace(" is-new", "")

    assert row(sent.text) == row(page.text)
    heard = await ylva.get(f"/staff/cases/{ref}/entries?after={n - 1}")
    assert "msg-them" in heard.text
    assert "data-mine" not in heard.text
    assert heard.headers["x-last"] == str(n)
    assert heard.headers["x-state"] == f"ongoing.{given.ylva.staff_id}.3"


async def test_text_is_never_markup(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    elin = await site.browser(given.elin)
    await elin.get("/emergency")
    answer = await elin.client.post(
        f"/my/cases/{ref}/messages",
        data={"text": "<img src=x onerror=alert(1)>", "key": key()},
        headers={"x-csrf-token": elin.token},
    )
    assert "<img src=x" not in answer.text
    assert "&lt;img" in answer.text


async def test_the_same_key_twice_is_one_message(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    elin = await site.browser(given.elin)
    fields = {"text": "Hej", "key": key()}
    first = await elin.call(f"/my/cases/{ref}/messages", fields)
    again = await elin.call(f"/my/cases/{ref}/messages", fields)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["x-last"] == again.headers["x-last"]


async def test_without_script_one_comes_back_to_the_page_and_typed_text_survives(
    site: Site, given: Cast
) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    elin = await site.browser(given.elin)
    base = f"/my/cases/{ref}"
    page = await elin.get(base)
    own_key = re.search(r'name="key" value="([^"]+)"', page.text)
    assert own_key is not None
    back = await elin.submit(
        f"{base}/messages",
        {"text": "Se bilden", "key": own_key[1]},
        [("file", ("hals.jpg", jpeg(), "image/jpeg"))],
    )
    assert back.status_code == 303
    shown = await elin.get(back.headers["location"].split("#")[0])
    assert "Se bilden" in shown.text
    thumb = re.search(r'<img src="([^"]+\?thumb=1)"', shown.text)
    assert thumb is not None
    assert (await elin.get(thumb[1])).headers["content-type"].startswith("image/jpeg")
    refused = await elin.submit(f"{base}/messages", {"text": "x" * 4001, "key": key()})
    assert refused.status_code == 422
    assert "x" * 4001 in refused.text
    assert "för långt" in refused.text


async def test_refusals_as_json_for_the_script(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    elin = await site.browser(given.elin)
    await elin.get("/emergency")
    answer = await elin.client.post(
        f"/my/cases/{ref}/messages",
        data={"text": " ", "key": key()},
        headers={"x-csrf-token": elin.token, "accept": "application/json"},
    )
    assert answer.status_code == 422
    assert answer.json()["field"] == "text"


async def test_files_come_in_by_what_they_are_and_go_out_with_headers_of_their_own(
    site: Site, given: Cast
) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    elin, ylva = await pair(site, given, given.elin, given.ylva)
    base = f"/my/cases/{ref}"
    wrong = await elin.call(f"{base}/files", files=[("file", ("a.jpg", b"<html>", "image/jpeg"))])
    assert wrong.status_code == 422
    assert (
        await elin.call(f"{base}/files", files=[("other", ("a.jpg", jpeg(), "image/jpeg"))])
    ).status_code == 422
    up = await elin.call(f"{base}/files", files=[("file", ("../hals.jpg", jpeg(), "image/jpeg"))])
    assert up.status_code == 201
    facts = up.json()
    assert (facts["name"], facts["media_type"], facts["width"]) == ("hals.jpg", "image/jpeg", 64)
    sent = await elin.call(f"{base}/messages", {"text": "", "key": key(), "attachments": facts["id"]})
    assert sent.status_code == 201
    for browser, prefix in ((elin, "/my"), (ylva, "/staff")):
        file = await browser.get(f"{prefix}/cases/{ref}/files/{facts['id']}")
        assert file.status_code == 200
        assert file.headers["x-content-type-options"] == "nosniff"
        assert file.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert file.headers["content-disposition"].startswith("inline")
        download = await browser.get(f"{prefix}/cases/{ref}/files/{facts['id']}?download=1")
        assert download.headers["content-disposition"].startswith("attachment")


async def test_a_file_belongs_to_its_case_alone(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    other = await given.ongoing_case(given.ruben)
    elin, ylva = await pair(site, given, given.elin, given.ylva)
    up = await elin.call(f"/my/cases/{ref}/files", files=[("file", ("hals.jpg", jpeg(), "image/jpeg"))])
    file_id = up.json()["id"]
    ruben = await site.browser(given.ruben)
    nora = await site.browser(given.nora)
    olle = await site.browser(given.olle)
    assert (await ruben.get(f"/my/cases/{ref}/files/{file_id}")).status_code == 404
    assert (await nora.get(f"/staff/cases/{ref}/files/{file_id}")).status_code == 404
    assert (await olle.get(f"/staff/cases/{ref}/files/{file_id}")).status_code == 403
    assert (await ylva.get(f"/staff/cases/{other}/files/{file_id}")).status_code == 404
    stolen = await ruben.call(
        f"/my/cases/{other}/messages", {"text": "x", "key": key(), "attachments": file_id}
    )
    assert stolen.status_code == 422


async def test_outsiders_find_nothing_and_lookers_on_only_read(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    for actor, prefix, status in (
        (given.ruben, "/my", 404),
        (given.nora, "/staff", 404),
        (given.olle, "/staff", 403),
    ):
        browser = await site.browser(actor)
        base = f"{prefix}/cases/{ref}"
        assert (await browser.get(f"{base}/entries")).status_code == status
        for what in ("messages", "read", "typing"):
            answer = await browser.call(f"{base}/{what}", {"text": "x", "key": key(), "n": "1"})
            assert answer.status_code == status, what
        assert (
            await browser.call(f"{base}/files", files=[("file", ("a.jpg", jpeg(), "image/jpeg"))])
        ).status_code == status
    matti = await site.browser(given.matti)
    assert (await matti.get(f"/my/cases/{ref}/entries")).status_code == 200
    assert (await matti.call(f"/my/cases/{ref}/messages", {"text": "x", "key": key()})).status_code == 403
    page = await matti.get(f"/my/cases/{ref}")
    assert "Den som sökte vård är den som kan skriva" in page.text
    assert "data-composer" not in page.text
    hamid = await site.browser(given.hamid)
    assert (await hamid.call(f"/staff/cases/{ref}/messages", {"text": "x", "key": key()})).status_code == 403


async def test_read_marks_reach_the_other_side(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    elin, ylva = await pair(site, given, given.elin, given.ylva)
    sent = await ylva.call(f"/staff/cases/{ref}/messages", {"text": "Dricker hon?", "key": key()})
    n = sent.headers["x-last"]
    assert "Skickat" in sent.text
    assert (await elin.call(f"/my/cases/{ref}/read", {"n": n})).status_code == 204
    after = await ylva.get(f"/staff/cases/{ref}/entries?after={n}")
    assert (after.headers["x-other-read"], after.text.strip()) == (n, "")
    whole = await ylva.get(f"/staff/cases/{ref}/entries?after={int(n) - 1}")
    assert "Läst" in whole.text
    assert (await elin.call(f"/my/cases/{ref}/read", {"n": "x"})).status_code == 422


async def test_typing_is_told_by_those_who_may_write(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    hub = site.app.state.house.hub
    heard = hub.subscribe([f"typing:{ref}"])
    elin, ylva = await pair(site, given, given.elin, given.ylva)
    await elin.call(f"/my/cases/{ref}/typing")
    assert heard.pending == {f"typing:{ref}": 1}
    await ylva.call(f"/staff/cases/{ref}/typing")
    assert heard.pending == {f"typing:{ref}": 2}
    heard.pending.clear()
    await (await site.browser(given.matti)).call(f"/my/cases/{ref}/typing")
    assert heard.pending == {}
    hub.unsubscribe(heard)


async def test_rows_are_logged_as_read_and_nothing_is_when_there_is_nothing(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    elin = await site.browser(given.elin)

    async def logged() -> int:
        async with given.database.transaction(persons_scope([given.tuva])) as connection:
            return int(
                await connection.fetchval(
                    "SELECT count(*) FROM access_log WHERE action = 'read_messages' AND case_id = $1",
                    ref.case_id,
                )
            )

    await elin.get(f"/my/cases/{ref}/entries?after=0")
    assert await logged() == 1
    await elin.get(f"/my/cases/{ref}/entries?after=99")
    assert await logged() == 1


async def _ended(given: Cast, days: int) -> CaseRef:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    await actions.end(given.house, by=given.ylva, ref=ref, follow_up_days=days)
    return ref


async def test_the_asynchronous_phase_ends_at_the_second(site: Site, given: Cast) -> None:
    now = clock.now()
    with clock.at(now):
        ref = await _ended(given, 1)
    elin = await site.browser(given.elin)
    base = f"/my/cases/{ref}"
    page = await elin.get(base)
    assert "Du kan skriva här till" in page.text
    assert "data-composer" in page.text
    with clock.at(now + timedelta(days=1, seconds=-1)):
        browser = await site.browser(given.elin)
        assert (await browser.call(f"{base}/messages", {"text": "Nu", "key": key()})).status_code == 201
    with clock.at(now + timedelta(days=1)):
        browser = await site.browser(given.elin)
        late = await browser.submit(f"{base}/messages", {"text": "För sent", "key": key()})
        assert late.status_code == 409
        assert "Tiden att skriva i ärendet är slut" in late.text
        page = await browser.get(base)
        assert "data-composer" not in page.text
        assert "Sök vård" in page.text


async def test_a_case_that_is_taken_says_by_whom_and_lets_one_add(site: Site, given: Cast) -> None:
    ref = await given.waiting_case(given.elin, person_id=given.tuva)
    elin = await site.browser(given.elin)
    base = f"/my/cases/{ref}"
    assert "Väntrum" in (await elin.get(base)).text
    await actions.accept(given.house, by=given.ylva, ref=ref)
    moved = await elin.get(f"{base}?room=1", **{"hx-request": "true"})
    assert moved.headers["hx-refresh"] == "true"
    page = await elin.get(base)
    assert "Ylva Tallvik har tagit emot ärendet." in page.text
    assert "Sjuksköterska, Ängsviken" in page.text
    assert "data-composer" not in page.text
    assert (await elin.get(f"{base}/more")).status_code == 200


async def test_too_many_messages_in_a_minute_are_held_back(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    ruben = await site.browser(given.ruben)
    statuses = [
        (await ruben.call(f"/my/cases/{ref}/messages", {"text": "x", "key": key()})).status_code
        for _ in range(62)
    ]
    assert statuses.count(201) == 60
    assert set(statuses[60:]) == {429}
