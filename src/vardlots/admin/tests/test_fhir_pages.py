"""A Questionnaire from somewhere else: seen before it is saved, saved as a version, and given out again."""

import json
from typing import Any

from tests.cast import Cast
from tests.site import Browser, Page, Site

from vardlots.admin.tests.forms import shown_in
from vardlots.configuration import queries as configuration
from vardlots.forms import configured
from vardlots.forms.configured import FORM, SAVED_FROM
from vardlots.forms.fhir.questionnaire import read_questionnaire
from vardlots.platform import clock

IMPORT = "/staff/admin/files/fhir"
SLEEP: dict[str, Any] = {
    "resourceType": "Questionnaire",
    "status": "active",
    "language": "sv",
    "url": "https://forms.example/sleep",
    "version": "2.1-beta",
    "name": "SleepQuestions",
    "title": "Sömn",
    "item": [
        {
            "linkId": "hours",
            "type": "integer",
            "text": "Hur många timmar sover du?",
            "required": True,
            "extension": [
                {"url": "http://hl7.org/fhir/StructureDefinition/minValue", "valueInteger": 0},
                {"url": "https://forms.example/ext/moon", "valueString": "full"},
            ],
        },
        {"linkId": "who", "type": "reference", "text": "Vem såg det?"},
    ],
}


async def bring(browser: Browser, content: bytes | str, where: str = IMPORT) -> Page:
    """Choose a file and see what it holds."""
    await browser.get(where)
    data = content.encode() if isinstance(content, str) else content
    return await browser.submit(where, {}, files=[("file", ("f.json", data, "application/json"))])


async def confirm(browser: Browser, page: Page, **typed: str) -> Page:
    """Say yes to what was shown."""
    fields = shown_in(page.content, "fhir-form") | {"reason": ["Från regionen"]}
    fields |= {name: [value] for name, value in typed.items()}
    return await browser.submit(IMPORT, fields, files=[("none", ("", b"", "application/octet-stream"))])


async def test_a_file_is_shown_with_what_is_not_used_and_then_saved(site: Site, given: Cast) -> None:
    astrid = await site.browser(given.astrid)
    page = await bring(astrid, json.dumps(SLEEP))
    assert page.status_code == 200
    for words in (
        "Sömn",
        "En fråga.",
        "Hur många timmar sover du?",
        "https://forms.example/ext/moon",
        "reference",
    ):
        assert words in page.text, words
    assert "Vem såg det?" not in shown(page)
    assert await saved(given, "sleep_questions") is None
    done = await confirm(astrid, page)
    assert done.status_code == 303
    kept = await saved(given, "sleep_questions")
    assert kept is not None
    assert kept.body["format"] == "fhir"
    assert json.loads(kept.body["source"]) == SLEEP
    async with given.database.transaction(given.astrid.scope) as connection:
        form = await configured.in_version(
            connection, given.astrid.provider_id, "sleep_questions", SAVED_FROM + 1
        )
    assert form.places["hours"].item.min_value == 0
    again = await astrid.follow(done)
    assert "Hur många timmar sover du?" in again.text


def shown(page: Page) -> str:
    """The preview's part of the page."""
    return page.text.partition('id="admin-preview"')[2]


async def saved(given: Cast, key: str) -> Any:
    async with given.database.transaction(given.astrid.scope) as connection:
        return await configuration.item(connection, given.astrid.provider_id, FORM, key, clock.now())


async def test_it_is_given_out_again_with_all_that_the_file_held(site: Site, given: Cast) -> None:
    astrid = await site.browser(given.astrid)
    await confirm(astrid, await bring(astrid, json.dumps(SLEEP)))
    out = await astrid.get("/staff/admin/form/sleep_questions/fhir")
    assert out.headers["content-type"].startswith("application/fhir+json")
    assert "attachment" in out.headers["content-disposition"]
    assert read_questionnaire(out.content)[0].item == read_questionnaire(json.dumps(SLEEP).encode())[0].item
    found = out.json()
    assert (found["url"], found["version"]) == ("https://forms.example/sleep", "2.1-beta")
    assert SLEEP["item"][0]["extension"][1] in found["item"][0]["extension"]
    own = await astrid.get("/staff/admin/form/post_triage/fhir")
    assert own.json()["resourceType"] == "Questionnaire"
    assert (await astrid.get("/staff/admin/form/nothing_here/fhir")).status_code == 404


async def test_a_code_that_is_taken_is_told_of_before_it_gets_a_new_version(site: Site, given: Cast) -> None:
    astrid = await site.browser(given.astrid)
    first = await bring(astrid, json.dumps(SLEEP))
    await confirm(astrid, first)
    late = await confirm(astrid, first)
    assert late.status_code == 422
    assert "Något är ett annat än det som visades" in late.text
    assert "Formuläret sleep_questions finns redan" in late.text
    changed = json.dumps(SLEEP | {"title": "Sömn och vila"})
    page = await bring(astrid, changed, f"{IMPORT}?key=sleep_questions")
    assert "Formuläret sleep_questions finns redan" in page.text
    assert (await confirm(astrid, page)).status_code == 303
    kept = await saved(given, "sleep_questions")
    assert kept.version == 2


async def test_what_cannot_be_used_says_where_and_why(site: Site, given: Cast) -> None:
    astrid = await site.browser(given.astrid)
    twice = SLEEP | {"item": [SLEEP["item"][0], SLEEP["item"][0]]}
    page = await bring(astrid, json.dumps(twice))
    assert page.status_code == 422
    assert "item[1].linkId" in page.text
    for wrong, words in (
        ("<Questionnaire/>", "filen är XML"),
        ("[]", "inget JSON-objekt"),
        ('{"resourceType": "Bundle"}', "filen är en Bundle"),
        (b"\xff\xfe", "JSON i UTF-8"),
        ("", "Välj en fil."),
    ):
        page = await bring(astrid, wrong)
        assert (page.status_code, words in page.text) == (422, True), wrong


async def test_a_reason_and_a_proper_code_are_needed_and_html_stays_text(site: Site, given: Cast) -> None:
    astrid = await site.browser(given.astrid)
    hostile = SLEEP | {"title": "<script>alert(1)</script>", "text": {"div": "<div onclick='x()'>hej</div>"}}
    page = await bring(astrid, json.dumps(hostile))
    assert b"<script>alert(1)" not in page.content
    assert b"<div onclick" not in page.content
    unsaid = await confirm(astrid, page, reason=" ")
    assert unsaid.status_code == 422
    page = await bring(astrid, json.dumps(SLEEP), f"{IMPORT}?key=Fel")
    fields = shown_in(page.content, "fhir-form") | {
        "reason": ["Prov"],
        "key": ["Stora Bokstäver"],
        "mark": [""],
    }
    shown_again = await astrid.submit(IMPORT, fields)
    refused = await confirm(astrid, shown_again)
    assert refused.status_code == 422
    assert "Skriv koden med små bokstäver" in refused.text


async def test_only_those_who_change_forms_read_them_in(site: Site, given: Cast) -> None:
    for actor, expected in ((given.helga, 403), (given.ylva, 403), (given.elin, 403)):
        browser = await site.browser(actor)
        assert (await browser.get(IMPORT)).status_code in (expected, 404, 303), actor
        page = await browser.submit(IMPORT, {"source": json.dumps(SLEEP)})
        assert page.status_code in (expected, 404, 303), actor
    assert await saved(given, "sleep_questions") is None
