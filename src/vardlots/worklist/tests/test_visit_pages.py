"""The visit over HTTP, with and without script: who reads, who was first, start, priority, end."""

from uuid import uuid4

import pytest
from tests.cast import Cast
from tests.site import Browser, Page, Site

from vardlots.cases import actions
from vardlots.cases.model import Case, CaseRef, Kind, Phase
from vardlots.cases.queries import readable_case, timeline


async def case_of(given: Cast, ref: CaseRef) -> Case:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await readable_case(connection, by=given.ylva, ref=ref)


async def press(browser: Browser, ref: CaseRef, deed: str, **fields: str) -> Page:
    return await browser.submit(f"/staff/cases/{ref}/{deed}", fields)


async def by_script(browser: Browser, address: str, fields: dict[str, str]) -> Page:
    headers: dict[str, str] = {"hx-request": "true"}
    return await browser.submit(address, fields, (), **headers)


async def test_who_may_read_a_visit_and_each_reading_is_logged(given: Cast, site: Site) -> None:
    ref = await given.waiting_case(given.elin, person_id=given.tuva, reason="sore_throat")
    for actor, status in (
        (given.ylva, 200),
        (given.hamid, 200),
        (given.petra, 200),
        (given.olle, 403),
        (given.nora, 404),
        (given.elin, 403),
    ):
        browser = await site.browser(actor)
        assert (await browser.get(f"/staff/cases/{ref}")).status_code == status, actor.name
        assert (await browser.get(f"/staff/cases/{ref}/parts/dock")).status_code == status, actor.name
    async with given.database.transaction(given.ylva.scope) as connection:
        logged = await connection.fetch(
            "SELECT actor_name, person_id FROM access_log WHERE case_id = $1 AND action = 'read' ORDER BY log_id",
            ref.case_id,
        )
    assert [row["actor_name"] for row in logged] == [
        name for name in ("Ylva Tallvik", "Hamid Nordsken", "Petra Åsnäs") for _ in range(2)
    ]
    assert {row["person_id"] for row in logged} == {given.tuva}


async def test_a_visit_shows_who_it_is_and_the_family(given: Cast, site: Site) -> None:
    ref = await given.waiting_case(given.elin, person_id=given.tuva, reason="sore_throat", priority=3)
    page = await (await site.browser(given.ylva)).get(f"/staff/cases/{ref}")
    for shown in (
        "Tuva Sjöqvarn",
        "Halsont",
        "Närmaste dygnet",
        "Elin Sjöqvarn",
        "Ansvarig",
        "Matti Sjöqvarn",
        "Kan läsa",
        "Sjukdomshistorik",
        "Ta emot",
        "Kopiera personnummer",
    ):
        assert shown in page.text, shown


async def test_of_two_who_press_one_has_it_and_the_other_reads_who_inside_the_page(
    given: Cast, site: Site
) -> None:
    ref = await given.waiting_case(given.ruben)
    ylva, hamid = await site.browser(given.ylva), await site.browser(given.hamid)
    await hamid.get("/staff/drop-in")
    won = await press(ylva, ref, "accept", **{"from": "list"})
    assert (won.status_code, won.headers["location"]) == (303, f"/staff/cases/{ref}")
    lost = await press(hamid, ref, "accept", **{"from": "list"})
    assert lost.status_code == 409
    when = (await case_of(given, ref)).accepted_at
    assert when is not None
    assert "Ylva hann före, " in lost.text
    assert "Öppna ändå" in lost.text
    assert "Drop in" in lost.text, "the loser keeps the list"
    part = await by_script(hamid, f"/staff/cases/{ref}/accept", {"from": "list"})
    assert part.status_code == 409
    assert part.text.lstrip().startswith('<div id="list-fault"')
    assert "<html" not in part.text
    assert (await case_of(given, ref)).owner_staff_id == given.ylva.staff_id
    # Pressing twice oneself is no fault.
    assert (await press(ylva, ref, "accept")).status_code in (303, 409)


async def test_a_script_is_led_on_by_a_header(given: Cast, site: Site) -> None:
    ref = await given.waiting_case(given.ruben)
    answer = await by_script(await site.browser(given.ylva), f"/staff/cases/{ref}/accept", {})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, f"/staff/cases/{ref}")


async def test_the_path_from_taking_to_ending(given: Cast, site: Site) -> None:
    ref = await given.waiting_case(given.ruben)
    browser = await site.browser(given.ylva)
    await press(browser, ref, "accept")
    page = await browser.get(f"/staff/cases/{ref}")
    welcome = "Hej och välkommen. Jag heter Ylva Tallvik och är sjuksköterska på Ängsviken."
    assert welcome in page.text
    assert "Starta besök" in page.text
    await press(browser, ref, "start")
    async with given.database.transaction(given.ruben.scope) as connection:
        said = [row.body["text"] for row in await timeline(connection, ref) if row.kind is Kind.MESSAGE]
    assert len(said) == 1
    assert said[0].startswith(welcome)
    page = await browser.get(f"/staff/cases/{ref}")
    assert "data-composer" in page.text
    colleague = await (await site.browser(given.hamid)).get(f"/staff/cases/{ref}")
    assert "Ylva Tallvik har ärendet. Du kan läsa." in colleague.text
    assert "data-composer" not in colleague.text
    ended = await press(browser, ref, "end", days="7")
    assert ended.headers["location"] == f"/staff/cases/{ref}?tab=note"
    after = await browser.follow(ended)
    assert "Patienten kan skriva till" in after.text
    assert 'data-autosave="' in after.text
    assert (await case_of(given, ref)).phase is Phase.FOLLOW_UP


async def test_a_units_own_welcome_is_filled_in_and_nothing_else_is(given: Cast, site: Site) -> None:
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "UPDATE unit SET welcome = 'Hej {patient}, {staff} ({title}) på {unit}. {phone}' WHERE unit_id = $1",
            given.angsviken.unit_id,
        )
    ref = await given.waiting_case(given.ruben)
    await actions.accept(given.house, by=given.ylva, ref=ref)
    page = await (await site.browser(given.ylva)).get(f"/staff/cases/{ref}")
    assert "Hej Ruben, Ylva Tallvik (sjuksköterska) på Ängsviken. {phone}" in page.text


async def test_a_priority_without_a_reason_is_refused_where_it_was_typed(given: Cast, site: Site) -> None:
    ref = await given.waiting_case(given.ruben, priority=3)
    browser = await site.browser(given.hamid)
    refused = await press(browser, ref, "priority", priority="2", reason=" ")
    assert refused.status_code == 422
    assert "Skriv varför prioriteten ändras." in refused.text
    assert 'id="priority" aria-labelledby="priority-title" open' in refused.text
    assert 'value="2" checked' in refused.text
    assert (await case_of(given, ref)).priority == 3
    await press(browser, ref, "priority", priority="2", reason="Misstänkt halsböld.")
    page = await browser.get(f"/staff/cases/{ref}")
    assert "Höjd från 3 av Hamid Nordsken" in page.text


@pytest.mark.parametrize("days", ["", "2", "-1", "999", "sju"])
async def test_only_the_lengths_that_can_be_chosen_end_a_visit(given: Cast, site: Site, days: str) -> None:
    ref = await given.ongoing_case(given.ruben)
    refused = await press(await site.browser(given.ylva), ref, "end", days=days)
    assert refused.status_code == 422
    assert "Välj hur länge patienten kan skriva" in refused.text
    assert (await case_of(given, ref)).phase is Phase.ONGOING


async def test_putting_back_leads_to_the_queue(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    browser = await site.browser(given.ylva)
    answer = await press(browser, ref, "release", reason="Slutar mitt pass.")
    assert answer.headers["location"] == "/staff/drop-in"
    assert (await case_of(given, ref)).phase is Phase.QUEUED
    stale = await press(browser, ref, "end", days="3")
    assert stale.status_code == 409
    assert "Läs in på nytt" in stale.text


@pytest.mark.parametrize(
    "deed", ["accept", "start", "release", "priority", "end", "done", "note", "note/draft"]
)
async def test_outsiders_can_do_nothing(given: Cast, site: Site, deed: str) -> None:
    ref = await given.waiting_case(given.ruben)
    for outsider, status in ((given.nora, 404), (given.olle, 403), (given.ruben, 403)):
        browser = await site.browser(outsider)
        answer = await browser.submit(
            f"/staff/cases/{ref}/{deed}", {"priority": "2", "reason": "x", "days": "3"}
        )
        assert answer.status_code == status, outsider.name
    assert (await case_of(given, ref)).last_n == 1


async def test_a_refused_message_without_script_keeps_what_was_typed(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    browser = await site.browser(given.ylva)
    long = "Svar " * 900
    refused = await browser.submit(f"/staff/cases/{ref}/messages", {"text": long, "key": "key-too-long"})
    assert refused.status_code == 422
    assert long.strip() in refused.text


async def test_earlier_cases_of_other_units_are_told_of_behind_their_door(given: Cast, site: Site) -> None:
    other = await given.waiting_case(given.ruben, unit=given.strandgatan, reason="sore_throat")
    ref = await given.waiting_case(given.ruben, reason="shoulder_pain")
    page = await (await site.browser(given.ylva)).get(f"/staff/cases/{ref}?tab=earlier")
    assert "Halsont" in page.text
    assert "Hör till en annan enhet." in page.text
    assert f"/staff/cases/{other}" in page.text
    door = await (await site.browser(given.ylva)).get(f"/staff/cases/{other}")
    assert door.status_code == 403
    assert "Ärendet hör till en annan enhet" in door.text


async def test_uploads_can_be_looked_at_at_full_size(given: Cast, site: Site) -> None:
    ref = await given.waiting_case(given.ruben)
    case = await case_of(given, ref)
    file_id = uuid4()
    async with given.database.transaction(given.ruben.scope) as connection:
        await connection.execute(
            "INSERT INTO attachment (provider_id, attachment_id, person_id, interview_id, case_id, author_kind, "
            "author_id, name, media_type, size_bytes, width, height, sha256, storage_key, thumb_key, at) "
            "VALUES ($1, $2, $3, $4, $5, 'patient', $3, 'hals.jpg', 'image/jpeg', 9, 3, 3, '', 'a/b', 'a/t', $6)",
            ref.provider_id,
            file_id,
            case.person_id,
            case.interview_id,
            ref.case_id,
            case.arrived_at,
        )
    page = await (await site.browser(given.ylva)).get(f"/staff/cases/{ref}")
    assert f'href="/staff/cases/{ref}/files/{file_id}" data-zoom' in page.text
    assert f"/files/{file_id}?thumb=1" in page.text
    assert "data-zoom-view" in page.text
    assert "Följer inte med till journalen om du inte väljer det." in page.text


async def test_what_is_urgent_has_a_line_of_its_own_that_stays_in_sight_and_keeps_up(
    given: Cast, site: Site
) -> None:
    ref = await given.ongoing_case(given.ruben, priority=2)
    ylva = await site.browser(given.ylva)
    page = (await ylva.get(f"/staff/cases/{ref}")).text
    strip = page.partition('id="visit-strip"')[2].partition("</div>")[0]
    assert 'aria-label="Prioritet 2"' in strip
    assert "Ruben Ekdunge" in strip
    assert "data-live-state" in strip
    assert "Skyddad" not in strip
    part = (await ylva.get(f"/staff/cases/{ref}/parts/strip")).text
    assert 'aria-label="Prioritet 2"' in part


async def test_a_visit_is_begun_and_ended_by_a_key_that_the_list_of_keys_tells(
    given: Cast, site: Site
) -> None:
    ylva = await site.browser(given.ylva)
    page = (await ylva.get(f"/staff/cases/{await given.ongoing_case(given.ruben)}")).text
    foot = page.partition('id="visit-foot"')[2].partition("</footer>")[0]
    assert 'data-opens="end" data-key="e" aria-keyshortcuts="E"' in foot
    keys = page.partition('id="shortcuts"')[2].partition("</dialog>")[0]
    assert "<kbd>E</kbd> </dt><dd>Avsluta besök</dd>" in keys
    assert "<kbd>S</kbd> </dt><dd>Starta besök</dd>" in keys
