"""Konsultationer over HTTP, without script: asked from a visit and from a patient, answered, ended, taken over."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.cast import Cast, number_of
from tests.pictures import jpeg
from tests.site import Browser, Page, Site, open_site

from vardlots.access.actor import StaffActor
from vardlots.cases.model import CaseRef
from vardlots.clinics.tree import Chosen
from vardlots.demo.persons import region
from vardlots.platform.db import Scope, persons_scope
from vardlots.worklist.tests.test_doors import pool

PLACE = "/staff/consultations"


@pytest_asyncio.fixture(loop_scope="session")
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


def hidden(page: Page) -> dict[str, str]:
    """What the form of sending carries along, as it stands on the page."""
    return dict(re.findall(r'type="hidden" name="(\w+)"[^>]*? value="([^"]*)"', page.text))


async def asked(browser: Browser, address: str, given: Cast, **more: Any) -> Page:
    """Open the page, fill it in, press a button."""
    page = await browser.get(address)
    assert page.status_code == 200, page.text
    related = re.findall(r'name="related" value="(\d+)" checked', page.text)
    kept = {name: value for name, value in hidden(page).items() if name not in ("_csrf_token", "case")}
    fields = kept | {
        "provider": str(given.angsviken.provider_id),
        "resource": str(Chosen(given.strandgatan.unit_id, "nurse")),
        "priority": "3",
        "problem": "Går det att ta stygnen i dag?",
        "related": related,
        "do": "send",
    }
    return await browser.submit(address, fields | more)


async def sent(site: Site, given: Cast, ref: CaseRef, by: StaffActor | None = None, **more: Any) -> str:
    """The address of a consultation that was sent from a visit."""
    browser = await site.browser(by or given.ylva)
    done = await asked(browser, f"/staff/cases/{ref}/consult", given, **more)
    assert done.status_code == 303, done.text
    return str(done.headers["location"])


async def logged(given: Cast, by: StaffActor, action: str) -> int:
    async with given.database.transaction(by.scope) as connection:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM access_log WHERE provider_id = $1 AND actor_id = $2 AND action = $3 "
                "AND person_id IS NOT NULL",
                by.provider_id,
                by.staff_id,
                action,
            )
        )


@pytest.mark.slow
async def test_from_a_visit_that_nobody_has_taken_to_the_end_on_both_sides(site: Site, given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    ylva, olle = await site.browser(given.ylva), await site.browser(given.olle)
    visit = await ylva.get(f"/staff/cases/{ref}")
    assert f"/staff/cases/{ref}/consult" in visit.text
    form = await ylva.get(f"/staff/cases/{ref}/consult")
    assert re.search(rf'name="related" value="{ref.case_id}" checked', form.text)
    assert '<option value="3" selected>' in form.text
    address = await sent(site, given, ref)
    # The receiver: the menu's number, the start page's card, the list, the page.
    start = await olle.get("/staff")
    assert address in start.text
    assert f"Från {given.angsviken.name}" in start.text
    listed = await olle.get(f"{PLACE}/rows?tab=new")
    assert address in listed.text
    page = await olle.get(address)
    assert "Går det att ta stygnen i dag?" in page.text
    assert f"{given.angsviken.name} har ansvaret tills ni svarar." in page.text
    assert await logged(given, given.olle, "read_consultation") == 1
    assert (await olle.submit(f"{address}/accept")).status_code == 303
    page = await olle.get(address)
    answer = {"side": "receiver", "text": "Ja, kom klockan tre.", "key": "key-olle-12"}
    assert (await olle.submit(f"{address}/answer", answer)).status_code == 303
    assert address in (await ylva.get("/staff")).text
    read = await ylva.get(address)
    assert "Ja, kom klockan tre." in read.text
    assert "Läst" in (await olle.get(address)).text
    assert (await ylva.submit(f"{address}/end", {"side": "sender"})).status_code == 303
    assert (await olle.submit(f"{address}/end", {"side": "receiver"})).status_code == 303
    assert (await olle.submit(f"{address}/end", {"side": "receiver"})).status_code == 409
    for browser in (ylva, olle):
        assert address in (await browser.get(f"{PLACE}?tab=ended")).text
        assert address not in (await browser.get(f"{PLACE}?tab=sent")).text
        assert address not in (await browser.get(f"{PLACE}?tab=new")).text


async def test_what_is_missing_stands_beside_its_field_and_nothing_typed_is_lost(
    site: Site, given: Cast
) -> None:
    ref = await given.waiting_case(given.ruben)
    ylva = await site.browser(given.ylva)
    address = f"/staff/cases/{ref}/consult"
    for more, words in (
        ({"resource": ""}, "Välj vart konsultationen ska gå."),
        ({"resource": str(Chosen(given.strandgatan.unit_id, "midwife"))}, "Välj en roll på enheten."),
        ({"priority": ""}, "Välj en prioritet i listan."),
        ({"problem": "Här: {history}"}, "Fyll i {history} innan du skickar."),
        ({"reason": "", "reason_q": "x"}, "Välj sökorsak."),
    ):
        page = await asked(ylva, address, given, **({"problem": "Kvar i rutan."} | more))
        assert page.status_code == 422, more
        assert words in page.text, more
        assert more.get("problem", "Kvar i rutan.") in page.text


async def test_a_ready_text_is_filled_in_and_keeps_what_is_written(site: Site, given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    ylva = await site.browser(given.ylva)
    page = await asked(ylva, f"/staff/cases/{ref}/consult", given, problem="Först.", do="text-wrong_place")
    assert page.status_code == 200
    assert "Först.\n\nHej. Ärendet om" in page.text
    assert given.angsviken.name in page.text
    assert "{unit}" not in page.text


@pytest.mark.slow
async def test_to_another_provider_what_travels_is_shown_first_and_nothing_else_goes(
    site: Site, given: Cast
) -> None:
    ref = await given.ongoing_case(given.ruben)
    ylva, nora = await site.browser(given.ylva), await site.browser(given.nora)
    address = f"/staff/cases/{ref}/consult"
    there = {
        "provider": str(given.norrhamn.provider_id),
        "resource": str(Chosen(given.norrhamn.unit_id, "nurse")),
        "problem": "Patienten hör till er.",
    }
    drawn = await asked(ylva, address, given, **there, do="draw")
    assert "En annan vårdgivare får bara text." in drawn.text
    assert 'name="related"' not in drawn.text
    consented = {"consented": "1", "consent_how": "phone", "consent_by": "patient"}
    subject = {"subject_name": "Ruben Ekdunge", "subject_number": number_of(given.ruben.person_id)}
    refused = await asked(ylva, address, given, **there, **subject, do="preview")
    assert "Fråga patienten om samtycke" in refused.text
    preview = await asked(ylva, address, given, **there, **consented, **subject, do="preview")
    assert preview.status_code == 200, preview.text
    assert "Det här skickas" in preview.text
    assert (await nora.get(f"{PLACE}?tab=new")).text.count("data-row") == 0
    carried = {name: value for name, value in hidden(preview).items() if name != "_csrf_token"}
    done = await ylva.submit(address, carried | {"do": "send"})
    assert done.status_code == 303, done.text
    where = done.headers["location"]
    page = await nora.get(where)
    assert "Patienten hör till er." in page.text
    assert "Ruben Ekdunge" in page.text
    for secret in (f"/staff/cases/{ref}", f"/staff/patients/{given.ruben.person_id}", "Relaterade besök"):
        assert secret not in page.text
    assert (await nora.get(f"/staff/cases/{ref}")).status_code == 404
    assert (await nora.get(f"/staff/patients/{given.ruben.person_id}")).status_code == 404
    assert (await nora.submit(f"{where}/go", {"case": str(ref)})).status_code == 404
    assert await logged(given, given.nora, "read_consultation") == 1


@pytest.mark.slow
async def test_gå_till_besök_and_taking_it_over(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    address = await sent(site, given, ref)
    olle = await site.browser(given.olle)
    assert (await olle.get(f"/staff/cases/{ref}")).status_code == 403
    await olle.submit(f"{address}/accept")
    assert "Gå till besök" in (await olle.get(address)).text
    gone = await olle.submit(f"{address}/go", {"case": str(ref)})
    assert gone.headers["location"] == f"/staff/cases/{ref}"
    visit = await olle.get(f"/staff/cases/{ref}")
    assert "Ta över besök" in visit.text
    fields = {"from": str(given.ylva.staff_id), "reason": "Efter konsultation."}
    assert (await olle.submit(f"/staff/cases/{ref}/take-over", fields)).status_code == 303
    assert f"/staff/cases/{ref}" in (await olle.get("/staff")).text
    assert "tog över besöket" in (await olle.get(address)).text
    # The one who had it before reads no more of it, and is told who has it, now and when they come back.
    ylva = await site.browser(given.ylva)
    for _ in range(2):
        door = await ylva.get(f"/staff/cases/{ref}")
        assert door.status_code == 403
        assert f"Olle Fjärdvik på {given.strandgatan.name} tog besöket" in door.text
        assert "Till min lista" in door.text
        assert address in door.text
        assert "Efter konsultation." not in door.text
        assert "Ekdunge" not in door.text
    assert (await ylva.get(address)).status_code == 200
    # A colleague there reads the same, the consultation with it; whoever never had it is told nothing.
    assert "Olle Fjärdvik" in (await (await site.browser(given.hamid)).get(f"/staff/cases/{ref}")).text


async def test_a_door_before_what_was_never_theirs_names_nobody(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    address = await sent(site, given, ref)
    door = await (await site.browser(given.olle)).get(f"/staff/cases/{ref}")
    assert door.status_code == 403
    assert "Ärendet hör till en annan enhet" in door.text
    for word in ("tog besöket", "Till min lista", address, "Ylva"):
        assert word not in door.text


async def test_ta_emot_ändå_of_a_waiting_visit(site: Site, given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    address = await sent(site, given, ref)
    olle = await site.browser(given.olle)
    await olle.submit(f"{address}/go", {"case": str(ref)})
    assert "Ta emot ändå" in (await olle.get(f"/staff/cases/{ref}")).text
    assert (await olle.submit(f"/staff/cases/{ref}/accept")).status_code == 303
    queue = await olle.get("/staff/drop-in/rows?tab=taken&unit=all&role=all")
    assert str(ref) in queue.text


async def test_who_sees_and_who_may(site: Site, given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    address = await sent(site, given, ref)
    for outsider in (given.nora,):
        assert (await (await site.browser(outsider)).get(address)).status_code == 404
    for stranger in (given.astrid, given.rune):
        assert (await (await site.browser(stranger)).get(address)).status_code == 403
        assert (await (await site.browser(stranger)).get(PLACE)).status_code == 403
    patient = await site.browser(given.ruben)
    assert (await patient.get(address)).status_code in (303, 403)
    petra, olle = await site.browser(given.petra), await site.browser(given.olle)
    assert (await petra.get(address)).status_code == 200
    assert "Ta tillbaka" not in (await petra.get(address)).text
    assert (await petra.submit(f"{address}/withdraw")).status_code == 403
    assert (await olle.submit(f"{address}/withdraw")).status_code == 404
    assert (await olle.submit(f"{address}/decline", {"reason": ""})).status_code == 422
    assert (await olle.submit(f"{address}/decline", {"reason": "Fel enhet."})).status_code == 303
    ylva = await site.browser(given.ylva)
    assert "avböjde: Fel enhet." in (await ylva.get(address)).text
    assert (await ylva.submit(f"{address}/end", {"side": "sender"})).status_code == 303
    assert (await ylva.submit(f"{address}/end", {"side": "nobody"})).status_code == 404


async def test_from_a_patients_page(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    base = f"/staff/patients/{given.ruben.person_id}"
    ylva, nora = await site.browser(given.ylva), await site.browser(given.nora)
    assert f"{base}/consult" in (await ylva.get(f"{base}/new")).text
    done = await asked(ylva, f"{base}/consult", given, reason="shoulder_pain", reason_q="")
    assert done.status_code == 303, done.text
    assert (await nora.get(f"{base}/consult")).status_code == 404
    olle = await site.browser(given.olle)
    # The door stands before the patient's page.
    assert "consult-form" not in (await olle.get(f"{base}/consult")).text
    assert (await olle.submit(f"{base}/consult", {"do": "draw"})).status_code == 404


async def test_one_page_of_many(site: Site, given: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from vardlots.worklist.consultations import queries

    monkeypatch.setattr(queries, "PAGE", 2)
    monkeypatch.setattr(queries.rows, "__kwdefaults__", {"after": (), "most": 2})
    ref = await given.waiting_case(given.ruben)
    addresses = {await sent(site, given, ref, priority=str(priority)) for priority in (4, 2, 3, 2, 5)}
    olle, ylva = await site.browser(given.olle), await site.browser(given.ylva)
    for browser, tab in ((olle, "new"), (ylva, "sent")):
        found: list[str] = []
        address = f"{PLACE}?tab={tab}"
        for _ in range(4):
            page = await browser.get(address)
            found += re.findall(rf'href="({PLACE}/\d+-\d+)" data-main', page.text)
            more = re.search(r'id="q-more"><a class="btn" href="([^"]+)"', page.text)
            if more is None:
                break
            address = more[1]
        assert set(found) == addresses, tab
        assert len(found) == 5
    for address in addresses:
        await olle.submit(f"{address}/decline", {"reason": "Fel."})
    ended = await olle.get(f"{PLACE}?tab=ended")
    assert len(re.findall("data-main", ended.text)) == 2
    assert (await olle.get(f"{PLACE}?tab=ended&after=nonsense")).status_code == 200


async def test_the_live_topic_is_heard_by_both_sides_and_nobody_else(site: Site, given: Cast) -> None:
    from vardlots.platform.errors import NotFound
    from vardlots.worklist.stream import heads

    ref = await given.waiting_case(given.ruben)
    topic = f"consultation:{(await sent(site, given, ref)).rsplit('/', 1)[1]}"
    for actor in (given.ylva, given.olle):
        assert await heads(given.house, actor, [topic]) == {topic: 1}
    for outsider in (given.nora, given.ruben):
        with pytest.raises(NotFound):
            await heads(given.house, outsider, [topic])


@pytest.mark.slow
async def test_another_provider_begins_a_chat_of_its_own(site: Site, given: Cast) -> None:
    """The number that came with it leads to the consent to be registered, then to a new chat; twice is once."""
    known = region().persons
    grown = next(one for one in known if one.birth_date.year < 1990 and not one.protected)
    ylva, nora = await site.browser(given.ylva), await site.browser(given.nora)
    known_here = {"number": grown.number, "how": "telephone", "consent": "1"}
    added = await ylva.submit("/staff/patients/new/register", known_here)
    assert added.status_code == 303, added.text
    await ylva.submit(f"{added.headers['location']}/open", {"why": "contact"})
    there = {
        "provider": str(given.norrhamn.provider_id),
        "resource": str(Chosen(given.norrhamn.unit_id, "nurse")),
        "reason_q": "Axelbesvär",
        "problem": "Patienten hör till er.",
        "consented": "1",
        "consent_how": "phone",
        "consent_by": "patient",
        "subject_name": "Den som ringde",
        "subject_number": grown.number,
    }
    done = await asked(ylva, f"{added.headers['location']}/consult", given, **there)
    assert done.status_code == 303, done.text
    where = done.headers["location"]
    assert (await nora.submit(f"{where}/begin")).status_code == 409
    await nora.submit(f"{where}/accept")
    assert "Starta ny asynkron chatt" in (await nora.get(where)).text
    assert (await ylva.submit(f"{where}/begin")).status_code == 404
    step = await nora.submit(f"{where}/begin")
    assert step.status_code == 200
    assert "samtycker till att registreras här" in step.text
    carried = {name: value for name, value in hidden(step).items() if name != "_csrf_token"}
    answer = await nora.submit("/staff/patients/new/register", carried | {"consent": "1", "how": "telephone"})
    assert answer.status_code == 303, answer.text
    chat = answer.headers["location"]
    assert chat.endswith(f"/chat?consultation={where.rsplit('/', 1)[1]}")
    assert grown.number not in chat
    page = await nora.get(chat)
    base = chat.partition("?")[0]
    fields = {name: value for name, value in hidden(page).items() if name != "_csrf_token"}
    page = await nora.submit(base, fields | {"reason_q": "Ont i axeln", "step": "next"})
    fields = {name: value for name, value in hidden(page).items() if name != "_csrf_token"}
    last = fields | {"kind": "care", "days": "7", "step": "finish"}
    begun = await nora.submit(base, last)
    assert begun.status_code == 303, begun.text
    assert (await nora.submit(base, last)).headers["location"] == begun.headers["location"]
    page = await nora.get(where)
    assert begun.headers["location"].rsplit("/", 1)[1] in page.text
    assert "Starta ny asynkron chatt" not in page.text
    # The sender reads that it has begun, and has no way to it.
    told = await ylva.get(where)
    assert "startade en ny chatt" in told.text
    assert begun.headers["location"].rsplit("/", 1)[1] not in told.text
    assert (await nora.submit(f"{where}/begin")).status_code == 409


async def test_a_list_that_missed_a_signal_finds_out_by_itself(site: Site, given: Cast) -> None:
    from vardlots.worklist.stream import heads

    ref = await given.waiting_case(given.ruben)
    topics = [f"unit:{given.strandgatan.unit_id}"]
    before = await heads(given.house, given.olle, topics)
    address = await sent(site, given, ref)
    after = await heads(given.house, given.olle, topics)
    assert after != before
    await (await site.browser(given.olle)).submit(f"{address}/accept")
    assert await heads(given.house, given.olle, topics) != after


@pytest.mark.slow
async def test_files_go_with_the_visit_that_they_are_in(site: Site, given: Cast) -> None:
    ref, other = await given.ongoing_case(given.ruben), await given.ongoing_case(given.elin)
    patient, elin = await site.browser(given.ruben), await site.browser(given.elin)
    ids = []
    for browser, case in ((patient, ref), (elin, other)):
        loaded = await browser.call(
            f"/my/cases/{case}/files", files=[("file", ("a.jpg", jpeg(), "image/jpeg"))]
        )
        assert loaded.status_code == 201, loaded.text
        ids.append(loaded.json()["id"])
    ylva, olle = await site.browser(given.ylva), await site.browser(given.olle)
    form = f"/staff/cases/{ref}/consult"
    assert f'name="files" value="{ids[0]}"' in (await ylva.get(form)).text
    refused = await asked(ylva, form, given, files=[ids[1]])
    assert "Filer kan bara väljas ur besöken som följer med." in refused.text
    address = (await asked(ylva, form, given, files=[ids[0]])).headers["location"]
    assert f"{address}/files/{ids[0]}" in (await olle.get(address)).text
    shown = await olle.get(f"{address}/files/{ids[0]}")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert await logged(given, given.olle, "read_file") == 1
    assert (await olle.get(f"{address}/files/{ids[1]}")).status_code == 404
    nora = await site.browser(given.nora)
    assert (await nora.get(f"{address}/files/{ids[0]}")).status_code == 404
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "INSERT INTO unit_block (provider_id, person_id, unit_id, since, registered_by, how) "
            "VALUES ($1, $2, $3, now(), $4, 'letter')",
            ref.provider_id,
            given.ruben.person_id,
            given.angsviken.unit_id,
            given.ylva.staff_id,
        )
    assert (await olle.get(f"{address}/files/{ids[0]}")).status_code == 403
    assert f"/files/{ids[0]}" not in (await olle.get(address)).text
    page = await olle.get(address)
    assert "Spärrat av patienten" in page.text
    assert "Gå till besök" not in page.text


async def test_protected_identity_is_named_nowhere_in_lists(site: Site, given: Cast) -> None:
    ref = await given.waiting_case(given.ruben)
    address = await sent(site, given, ref, problem="Ruben Ekdunge hör till er.")
    async with given.database.transaction(persons_scope([given.ruben.person_id])) as connection:
        number = await connection.fetchval(
            "SELECT value FROM person_identifier WHERE person_id = $1", given.ruben.person_id
        )
    async with given.database.transaction(Scope(identity=number)) as connection:
        await connection.execute(
            "UPDATE person SET protected = true WHERE person_id = $1", given.ruben.person_id
        )
    olle, ylva = await site.browser(given.olle), await site.browser(given.ylva)
    for browser, page in ((olle, "/staff"), (olle, f"{PLACE}?tab=new"), (ylva, f"{PLACE}?tab=sent")):
        shown = (await browser.get(page)).text
        assert "R E" not in shown
        assert "Ekdunge" not in shown
    assert "Skyddad" in (await olle.get(f"{PLACE}?tab=new")).text
    assert "Skyddade personuppgifter" in (await olle.get(address)).text


async def test_beyond_the_wall_nobody_is_named_who_is_protected_now(site: Site, given: Cast) -> None:
    ref = await given.ongoing_case(given.ruben)
    number = number_of(given.ruben.person_id)
    there: dict[str, Any] = {
        "provider": str(given.norrhamn.provider_id),
        "resource": str(Chosen(given.norrhamn.unit_id, "nurse")),
        "problem": "Ruben Ekdunge hör till er.",
        "consented": "1",
        "consent_how": "phone",
        "consent_by": "patient",
        "related": [],
    }
    subject: dict[str, Any] = {"subject_name": "Ruben Ekdunge", "subject_number": number}
    where = await sent(site, given, ref, **there, **subject)
    nora, ylva = await site.browser(given.nora), await site.browser(given.ylva)
    listed = ("/staff", f"{PLACE}?tab=new", f"{PLACE}/rows?tab=new", where, f"{where}/parts")
    for one in listed:
        assert re.search(r"Ekdunge|>\s*R E\s*<", (await nora.get(one)).text), one
    async with given.database.transaction(Scope(identity=number)) as connection:
        await connection.execute(
            "UPDATE person SET protected = true WHERE person_id = $1", given.ruben.person_id
        )
    for one in listed:
        text = (await nora.get(one)).text
        assert not re.search(r"Ekdunge|Ruben|>\s*R E\s*<", text), one
    assert number in (await nora.get(where)).text
    # A new one names nobody either, and says so before anything is typed.
    address = f"/staff/cases/{ref}/consult"
    drawn = await asked(ylva, address, given, **there, do="draw")
    assert 'value="Skyddade personuppgifter"' in drawn.text
    assert "aldrig namnet eller numret" in drawn.text
    hidden_too = {"subject_name": "Skyddade personuppgifter", "subject_number": number}
    refused = await asked(ylva, address, given, **there, **hidden_too, do="preview")
    assert "Ta bort namnet ur texten" in refused.text
    shown = await asked(
        ylva, address, given, **there | {"problem": "Patienten hör till er."}, **hidden_too, do="preview"
    )
    assert "Läs igenom texten en gång till" in shown.text


async def test_who_is_pooled_for_the_unit_that_asks_reads_and_takes_nothing_back(
    site: Site, given: Cast
) -> None:
    """Strandgatan's nurses serve Ängsviken too: they answer what is asked of either, and have asked nothing for it."""
    await pool(given)
    ref = await given.waiting_case(given.ruben)
    to_them = await sent(site, given, ref)
    olle, ylva = await site.browser(given.olle), await site.browser(given.ylva)
    seen = await olle.get(to_them)
    assert "Ta emot och starta konsultation" in seen.text
    assert f'{to_them}/withdraw"' not in seen.text
    assert (await olle.submit(f"{to_them}/withdraw")).status_code == 404
    assert f'{to_them}/withdraw"' in (await ylva.get(to_them)).text
    other = await sent(site, given, ref, resource=str(Chosen(given.angsviken.unit_id, "physician")))
    seen = await olle.get(other)
    assert seen.status_code == 200
    assert f'{other}/withdraw"' not in seen.text
