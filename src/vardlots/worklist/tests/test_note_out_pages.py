"""The note filled by choice, signed and exported, given out as files, and gone on with after the visit, over HTTP."""

import json
from pathlib import Path
from uuid import uuid4

from tests.cast import Cast
from tests.pictures import jpeg
from tests.site import Browser, Site

from vardlots.access.actor import SystemActor
from vardlots.cases import actions as cases
from vardlots.cases.model import CaseRef
from vardlots.conversations.actions import Message, write
from vardlots.exports import actions, queries
from vardlots.exports.folder import FolderRecords
from vardlots.exports.model import NoteExport, Why
from vardlots.exports.port import RecordSystem
from vardlots.exports.tests.test_export import Away, Hands
from vardlots.notes.queries import signed_notes, unnoted
from vardlots.platform.files import FileStore


async def say(given: Cast, ref: CaseRef, text: str, *files: str) -> int:
    message = Message(text=text, key=uuid4().hex, attachments=files)
    return await write(given.house, by=given.ruben, ref=ref, message=message)


async def picture(given: Cast, site: Site, ref: CaseRef) -> str:
    ruben = await site.browser(given.ruben)
    sent = await ruben.call(f"/my/cases/{ref}/files", files=[("file", ("hals.jpg", jpeg(), "image/jpeg"))])
    return str(sent.json()["id"])


async def sign(browser: Browser, ref: CaseRef, **fields: object) -> int:
    done = await browser.submit(
        f"/staff/cases/{ref}/note", {"rev": "0", "status": "Opåverkad.", "do": "sign_export", **fields}
    )
    return done.status_code


async def exports(given: Cast, ref: CaseRef) -> list[NoteExport]:
    async with given.database.transaction(given.ylva.scope) as connection:
        return list((await queries.exports_of_case(connection, ref)).values())


async def delivered(given: Cast, site: Site, ref: CaseRef, records: RecordSystem) -> None:
    store = FileStore.open(site.app.state.settings.file_store_url)
    hands = Hands(given.database, given.house.hub, records, store)
    (one, *_) = await exports(given, ref)
    await actions.deliver(hands, by=SystemActor(ref.provider_id, "exports.deliver"), export_id=one.export_id)


async def test_chosen_messages_come_word_for_word_with_time_and_who(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    first = await say(given, ref, "Det gör ont när jag <sväljer>.")
    await say(given, ref, "Tack för hjälpen.")
    browser = await site.browser(given.ylva)
    page = await browser.get(f"/staff/cases/{ref}?tab=note")
    assert f'name="quote" value="row-{first}"' in page.text
    done = await browser.submit(
        f"/staff/cases/{ref}/note",
        {"rev": "0", "history": "Halsont.", "do": "quote", "quote": [f"row-{first}", "row-999"]},
    )
    shown = (await browser.follow(done)).text
    written = shown.split('name="history"')[1].split("</textarea>")[0]
    assert "Halsont." in written
    assert "Ruben Ekdunge: Det gör ont när jag <sväljer>." in written
    assert "Tack" not in written


async def test_actions_are_offered_by_the_way_of_contact_and_chosen_without_script(
    given: Cast, site: Site
) -> None:
    ref = await given.ongoing_case(given.ruben)
    browser = await site.browser(given.ylva)
    page = (await browser.get(f"/staff/cases/{ref}?tab=note")).text
    assert 'data-offer="chat"' in page
    assert 'name="choose_actions" value="XS003"' in page
    chosen = await browser.submit(
        f"/staff/cases/{ref}/note", {"rev": "0", "status": "Op.", "choose_actions": "ZV051"}
    )
    shown = (await browser.follow(chosen)).text
    assert 'name="actions" value="ZV051" checked' in shown
    found = await browser.submit(
        f"/staff/cases/{ref}/note",
        {"rev": "1", "status": "Op.", "actions": "ZV051", "actions_q": "suicid", "do": "find_actions"},
    )
    assert 'name="choose_actions" value="AU118"' in found.text


async def test_pictures_go_along_only_when_they_are_chosen(given: Cast, site: Site, tmp_path: Path) -> None:
    ref = await given.ongoing_case(given.ruben)
    sent, unsent = await picture(given, site, ref), await picture(given, site, ref)
    await say(given, ref, "Så här ser det ut.", sent)
    ylva = await site.browser(given.ylva)
    page = (await ylva.get(f"/staff/cases/{ref}?tab=note")).text
    assert f'name="attach" value="{sent}">' in page  # there to choose, and not chosen
    assert unsent not in page  # the patient never sent it
    refused = await ylva.submit(
        f"/staff/cases/{ref}/note", {"rev": "0", "status": "Op.", "attach": unsent, "do": "sign_export"}
    )
    assert refused.status_code == 422
    assert "hör inte till ärendet" in refused.text
    assert await sign(ylva, ref, rev="1", attach=sent) == 303
    await delivered(given, site, ref, FolderRecords(tmp_path))
    (one,) = await exports(given, ref)
    names = sorted(path.name for path in (tmp_path / str(one.export_id)).iterdir())
    assert names == ["01-hals.jpg", "bundle.json", "note.pdf", "note.txt", "receipt.json"]
    bundle = json.loads((tmp_path / str(one.export_id) / "bundle.json").read_text())
    assert "Binary" in {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    shown = (await ylva.get(f"/staff/cases/{ref}?tab=note")).text
    assert "Framme i journalsystemet" in shown
    assert "En bilaga följer med." in shown


async def test_what_did_not_arrive_is_told_and_tried_again(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    ylva = await site.browser(given.ylva)
    assert await sign(ylva, ref) == 303
    assert "På väg till journalsystemet" in (await ylva.get(f"/staff/cases/{ref}?tab=note")).text
    await delivered(given, site, ref, Away(Why.NO_RIGHT, again=False))
    # An open visit fetches the row, and is told to look again at what stands beside the conversation.
    told = await ylva.get(f"/staff/cases/{ref}/entries?after=0")
    assert ".told" in told.headers["x-state"]
    shown = (await ylva.get(f"/staff/cases/{ref}/parts/signed")).text
    assert "Kom inte fram till journalsystemet" in shown
    assert "får inte skriva i journalsystemets mapp" in shown
    (one,) = await exports(given, ref)
    again = f"/staff/cases/{ref}/notes/{one.note_id}/again"
    assert again in shown
    # Another unit's colleague, another provider's, the patient.
    for by, status in ((given.olle, 403), (given.nora, 404), (given.ruben, 403)):
        assert (await (await site.browser(by)).submit(again, {})).status_code == status
    assert (await ylva.submit(again, {})).status_code == 303
    assert "På väg till journalsystemet" in (await ylva.get(f"/staff/cases/{ref}/parts/signed")).text
    assert (await ylva.submit(again, {})).status_code == 409


async def test_whoever_reads_the_visit_may_have_the_note_as_a_file_and_it_is_logged(
    given: Cast, site: Site
) -> None:
    ref = await given.ongoing_case(given.ruben)
    ylva = await site.browser(given.ylva)
    assert await sign(ylva, ref) == 303
    (one,) = await exports(given, ref)
    place = f"/staff/cases/{ref}/notes/{one.note_id}"
    hamid = await site.browser(given.hamid)
    kinds = {
        "pdf": ("application/pdf", b"%PDF"),
        "text": ("text/plain", b"Anteckning"),
        "fhir": ("application/fhir+json", b"{"),
    }
    for form, (media_type, begins) in kinds.items():
        file = await hamid.get(f"{place}/{form}")
        assert file.status_code == 200
        assert file.headers["content-type"].startswith(media_type)
        assert file.headers["content-disposition"].startswith("attachment;")
        assert "Ruben" not in file.headers["content-disposition"]
        assert file.content.startswith(begins)
    async with given.database.transaction(given.ylva.scope) as connection:
        logged = await connection.fetchval(
            "SELECT count(*) FROM access_log WHERE action = 'download_note' AND case_id = $1 AND actor_id = $2",
            ref.case_id,
            given.hamid.staff_id,
        )
    assert logged == 3
    assert (await hamid.get(f"{place}/docx")).status_code == 404
    assert (await hamid.get(f"/staff/cases/{ref}/notes/x/pdf")).status_code == 404
    for by, status in ((given.olle, 403), (given.nora, 404), (given.ruben, 403)):
        assert (await (await site.browser(by)).get(f"{place}/pdf")).status_code == status


async def test_a_draft_is_given_out_to_nobody(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    ylva = await site.browser(given.ylva)
    await ylva.submit(f"/staff/cases/{ref}/note", {"rev": "0", "status": "Utkast.", "do": "save"})
    async with given.database.transaction(given.ylva.scope) as connection:
        note_id = await connection.fetchval("SELECT note_id FROM note WHERE case_id = $1", ref.case_id)
    for form in ("pdf", "text", "fhir"):
        assert (await ylva.get(f"/staff/cases/{ref}/notes/{note_id}/{form}")).status_code == 404


async def test_an_ended_visit_is_opened_its_note_completed_and_reopened_by_the_patient(
    given: Cast, site: Site
) -> None:
    """D16, as a story: the visit ends unwritten, is written, added to, and the patient writes again."""
    ref = await given.ongoing_case(given.ruben)
    ylva = await site.browser(given.ylva)
    await ylva.submit(f"/staff/cases/{ref}/note", {"rev": "0", "status": "Halvskriven.", "do": "save"})
    await cases.end(given.house, by=given.ylva, ref=ref, follow_up_days=3)
    async with given.database.transaction(given.ylva.scope) as connection:
        (left,) = await unnoted(connection, by=given.ylva)
    assert left.ref == ref
    opened = (await ylva.get(f"/staff/cases/{ref}?tab=note")).text
    assert "Halvskriven." in opened
    assert await sign(ylva, ref, rev="1", status="Hel.") == 303
    assert await sign(ylva, ref, status="", text="Ringde upp.") == 303
    async with given.database.transaction(given.ylva.scope) as connection:
        assert await unnoted(connection, by=given.ylva) == []
        assert [note.kind.value for note in await signed_notes(connection, ref)] == ["note", "addendum"]
    assert len(await exports(given, ref)) == 2
    await say(given, ref, "En sak till.")
    inbox = await ylva.get("/staff/async")
    assert f"/staff/cases/{ref}" in inbox.text
    assert "En sak till." in (await ylva.get(f"/staff/cases/{ref}")).text
