"""The note in the visit, over HTTP: autosave, two tabs, without script, signed and locked."""

from tests.cast import Cast
from tests.site import Browser, Page, Site

from vardlots.cases.model import CaseRef
from vardlots.notes import queries
from vardlots.notes.model import Note


async def save(browser: Browser, ref: CaseRef, rev: int, **fields: str) -> Page:
    return await browser.submit(
        f"/staff/cases/{ref}/note/draft", {"rev": str(rev), **fields}, accept="application/json"
    )


async def signed(given: Cast, ref: CaseRef) -> list[Note]:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await queries.signed_notes(connection, ref)


async def test_a_draft_saves_itself_and_says_when(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    browser = await site.browser(given.ylva)
    first = await save(browser, ref, 0, status="Opå")
    assert first.json()["rev"] == 1
    second = await save(browser, ref, 1, status="Opåverkad.", main="J03.9", main_q="J03.9 Halsfluss")
    assert second.json()["rev"] == 2
    page = await browser.get(f"/staff/cases/{ref}?tab=note")
    assert "Opåverkad." in page.text
    assert f"Utkast, sparat {second.json()['saved']}" in page.text
    assert 'name="rev" value="2"' in page.text
    assert 'value="J03.9 Halsfluss"' in page.text


async def test_the_other_tab_is_told_and_keeps_its_words(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    browser = await site.browser(given.ylva)
    await save(browser, ref, 0, status="Först.")
    conflict = await save(browser, ref, 0, status="Sedan.")
    assert conflict.status_code == 409
    assert conflict.json()["code"] == "note_moved"
    plain = await browser.submit(
        f"/staff/cases/{ref}/note", {"rev": "0", "status": "Utan skript.", "do": "save"}
    )
    assert plain.status_code == 409
    assert "Utan skript." in plain.text
    assert "ändrats i en annan flik" in plain.text


async def test_signing_locks_and_offers_an_addendum(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    browser = await site.browser(given.ylva)
    fields = {"rev": "0", "contact": "telephone", "assessment": "Halsfluss.", "main_q": "J03.9", "do": "sign"}
    answer = await browser.submit(f"/staff/cases/{ref}/note", fields)
    assert answer.status_code == 303, answer.text
    page = await browser.follow(answer)
    for shown in (
        "Ylva Tallvik signerade",
        "Telefon",
        "Halsfluss.",
        "J03.9",
        "Nytt tillägg",
        "Kontrollsumma",
    ):
        assert shown in page.text, shown
    more = await browser.submit(f"/staff/cases/{ref}/note", {"rev": "0", "text": "Ringde upp.", "do": "sign"})
    assert "Ringde upp." in (await browser.follow(more)).text
    assert [note.kind for note in await signed(given, ref)] == ["note", "addendum"]


async def test_an_unknown_diagnosis_is_not_signed_away(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    browser = await site.browser(given.ylva)
    fields = {"rev": "0", "status": "Op.", "main_q": "nånting i halsen", "do": "sign"}
    refused = await browser.submit(f"/staff/cases/{ref}/note", fields)
    assert refused.status_code == 422
    assert "Välj huvuddiagnosen i listan, eller töm rutan." in refused.text
    assert 'value="nånting i halsen"' in refused.text
    assert await signed(given, ref) == []


async def test_a_diagnosis_is_found_and_chosen_without_script(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    browser = await site.browser(given.ylva)
    found = await browser.submit(
        f"/staff/cases/{ref}/note", {"rev": "0", "status": "Op.", "main_q": "halsfluss", "do": "find_main"}
    )
    assert 'name="choose_main" value="J03.9"' in found.text
    assert "Op." in found.text
    chosen = await browser.submit(
        f"/staff/cases/{ref}/note",
        {"rev": "1", "status": "Op.", "main_q": "halsfluss", "choose_main": "J03.9"},
    )
    assert 'name="main" data-value value="J03.9"' in (await browser.follow(chosen)).text


async def test_codes_are_options_for_a_list(given: Cast, site: Site) -> None:
    browser = await site.browser(given.ylva)
    one = await browser.submit("/staff/codes", {"q": "halsfl"})
    assert 'role="option"' in one.text
    assert "<template>" not in one.text
    assert 'name="others"' in (await browser.submit("/staff/codes", {"q": "halsfl", "for": "others"})).text
    actions = await browser.submit("/staff/codes", {"q": "telemedicin", "for": "actions"})
    assert 'name="actions" value="ZV051"' in actions.text
    assert (await browser.submit("/staff/codes", {"q": ""})).text.strip() == ""
    patient = await site.browser(given.ruben)
    assert (await patient.submit("/staff/codes", {"q": "hals"})).status_code == 403
    # What is typed about a patient stands in no address.
    assert (await browser.get("/staff/codes?q=halsfl")).status_code == 404


async def test_copying_takes_all_that_is_filled_but_the_diagnoses(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    browser = await site.browser(given.ylva)
    copied = await browser.submit(
        f"/staff/cases/{ref}/note/text",
        {"rev": "0", "contact": "chat", "history": "Tre dagar.", "action": "Egenvård.", "main_q": "J03.9"},
    )
    assert copied.text == "Kontaktsätt: Chatt\nAnamnes: Tre dagar.\nÅtgärd: Egenvård."


async def test_a_draft_is_nobody_elses_to_read(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    await save(await site.browser(given.ylva), ref, 0, status="Hemligt utkast.")
    page = await (await site.browser(given.hamid)).get(f"/staff/cases/{ref}?tab=note")
    assert "Hemligt utkast." not in page.text
