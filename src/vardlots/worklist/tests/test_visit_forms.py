"""Forms, phrases and measured values in the visit, over HTTP: who sees and sends, what is told, what is blocked."""

import re
from datetime import timedelta
from uuid import uuid4

from tests.cast import Cast
from tests.site import Browser, Page, Site

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases import actions as cases
from vardlots.cases.model import CaseRef
from vardlots.cases.openings.actions import open_anyway
from vardlots.conversations.forms import queries
from vardlots.conversations.forms.actions import answer_form, fill_in, open_form, send_form
from vardlots.conversations.own_phrases.actions import NewPhrase, add_phrase
from vardlots.forms.model import DECLINED
from vardlots.platform import clock


async def a_form(
    given: Cast, ref: CaseRef, code: str, answers: dict[str, object], by: PatientActor, owner: StaffActor
) -> int:
    """A form that has been sent and answered; sent in when everything is."""
    await send_form(given.house, by=owner, ref=ref, code=code, key=str(uuid4()))
    async with given.database.transaction(owner.scope) as connection:
        card = (await queries.cards(connection, ref))[-1]
    kept = None
    for rev, (link_id, value) in enumerate(answers.items()):
        kept = await fill_in(
            given.house, by=by, ref=ref, request_id=card.request_id, rev=rev, raw={link_id: value}
        )
    if kept is not None and kept.progress.done == kept.progress.total:
        await answer_form(given.house, by=by, ref=ref, request_id=card.request_id, rev=len(answers))
    return card.request_id


MEASURES: dict[str, object] = {"weight": "72,5", "height": "180", "waist": DECLINED, "has_pressure": "nej"}


async def press(browser: Browser, ref: CaseRef, code: str, key: str = "", **headers: str) -> Page:
    return await browser.submit(
        f"/staff/cases/{ref}/forms", {"form": code, "key": key or str(uuid4())}, (), **headers
    )


async def test_who_sees_the_panel_and_who_sends_from_it(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    for actor, sees, status in (
        (given.ylva, True, 303),
        (given.hamid, False, 403),
        (given.petra, False, 403),
        (given.olle, False, 403),
        (given.nora, False, 404),
        (given.ruben, False, 403),
    ):
        browser = await site.browser(actor)
        page = await browser.get(f"/staff/cases/{ref}?dialog=forms")
        assert ('id="forms"' in page.text) == sees, actor.name
        assert ("data-phrases-open" in page.text) == sees, actor.name
        assert (await press(browser, ref, "pain")).status_code == status, actor.name


async def test_a_form_is_sent_once_and_refused_beside_its_button(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    ylva = await site.browser(given.ylva)
    page = await ylva.get(f"/staff/cases/{ref}?dialog=forms")
    for told in ("Halsont, följdfrågor", "Dina matvanor", "ger poäng", "ger mätvärden", "Smärta"):
        assert told in page.text, told
    assert "Frågor innan du ställer dig i kön" not in page.text
    key = str(uuid4())
    first, second = await press(ylva, ref, "pain", key), await press(ylva, ref, "pain", key)
    assert first.headers["location"] == second.headers["location"]
    again = await press(ylva, ref, "pain")
    assert again.status_code == 422
    assert "Patienten har redan formuläret" in again.text
    assert re.search(r'<dialog[^>]*id="forms"[^>]* open', again.text)
    script = await press(ylva, ref, "audit_c", **{"hx-request": "true"})
    assert (script.status_code, "hx-redirect" in script.headers) == (200, False)
    refused = await press(ylva, ref, "nothing", **{"hx-request": "true"})
    assert refused.status_code == 422
    assert 'id="forms-fault"' in refused.text
    shown = await ylva.get(f"/staff/cases/{ref}")
    assert shown.text.count("data-form-card") == 2
    assert "inte öppnat" in shown.text


async def test_the_card_follows_the_answers_and_is_the_same_alone(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    request_id = await a_form(given, ref, "diet_index", {}, given.ruben, given.ylva)
    ylva, ruben = await site.browser(given.ylva), await site.browser(given.ruben)
    alone = f"/staff/cases/{ref}/forms/{request_id}/card"
    assert "0 av 4" in (await ylva.get(alone)).text
    assert "Se svar" not in (await ylva.get(alone)).text
    await open_form(given.house, by=given.ruben, ref=ref, request_id=request_id)
    assert "öppnat" in (await ylva.get(alone)).text
    await fill_in(given.house, by=given.ruben, ref=ref, request_id=request_id, rev=0, raw={"fruit": "daily"})
    card = await ylva.get(alone)
    assert "1 av 4" in card.text
    assert "Se svar hittills" in card.text
    assert card.text.strip() in (await ylva.get(f"/staff/cases/{ref}")).text
    assert "Fortsätt svara" in (await ruben.get(f"/my/cases/{ref}/forms/{request_id}/card")).text
    for actor, status in ((given.olle, 403), (given.nora, 404)):
        assert (await (await site.browser(actor)).get(alone)).status_code == status
    assert (
        await (await site.browser(given.elin)).get(f"/my/cases/{ref}/forms/{request_id}/card")
    ).status_code == 404
    panel = await ylva.get(f"/staff/cases/{ref}/parts/forms")
    assert "1 av 4" in panel.text


async def test_staff_read_the_answers_what_is_calculated_and_what_is_not_answered(
    given: Cast, site: Site
) -> None:
    ref = await given.ongoing_case(given.ruben)
    answers: dict[str, object] = {"often": "some_weekly", "glasses": "one"}
    request_id = await a_form(given, ref, "audit_c", answers, given.ruben, given.ylva)
    address = f"/staff/cases/{ref}/forms/{request_id}"
    ylva = await site.browser(given.ylva)
    page = await ylva.get(address)
    for told in ("2 av 3 svar.", "Två till tre gånger i veckan", "Räknas inte ut", "Inte besvarad än"):
        assert told in page.text, told
    await fill_in(given.house, by=given.ruben, ref=ref, request_id=request_id, rev=2, raw={"six": "rarely"})
    await answer_form(given.house, by=given.ruben, ref=ref, request_id=request_id, rev=3)
    page = await ylva.get(address)
    assert re.search(r'form-score">4<', page.text)
    assert "besvarat" in page.text
    told = (await ylva.get(f"{address}/answers.fhir.json")).json()
    assert (told["resourceType"], told["status"]) == ("QuestionnaireResponse", "completed")
    assert told["item"][-1]["answer"] == [{"valueInteger": 4}]
    assert "Ekdunge" not in str(told)
    for actor, status in ((given.hamid, 200), (given.olle, 403), (given.nora, 404), (given.ruben, 403)):
        browser = await site.browser(actor)
        assert (await browser.get(address)).status_code == status, actor.name
        assert (await browser.get(f"{address}/answers.fhir.json")).status_code == status, actor.name
    other = await given.ongoing_case(given.elin)
    assert (await ylva.get(f"/staff/cases/{other}/forms/{request_id}")).status_code == 404
    async with given.database.transaction(given.ylva.scope) as connection:
        actions = await connection.fetch(
            "SELECT DISTINCT action FROM access_log WHERE case_id = $1 AND actor_kind = 'staff'", ref.case_id
        )
    assert {"read_form", "export_answers"} <= {row["action"] for row in actions}


async def test_measured_values_the_latest_first_with_where_they_came_from(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    ylva = await site.browser(given.ylva)
    assert "Inga mätvärden än." in (await ylva.get(f"/staff/cases/{ref}?tab=measures")).text
    await a_form(given, ref, "body_measures", {**MEASURES, "weight": "75"}, given.ruben, given.ylva)
    await cases.end(given.house, by=given.ylva, ref=ref, follow_up_days=0)
    with clock.shifted(timedelta(days=30)):
        later = await given.ongoing_case(given.ruben)
        request_id = await a_form(given, later, "body_measures", MEASURES, given.ruben, given.ylva)
        ylva = await site.browser(given.ylva)
        page = await ylva.get(f"/staff/cases/{later}?tab=measures")
    weight = page.text.split("<dt>Vikt</dt>")[1].split("<dt>")[0]
    assert weight.index("72,5") < weight.index("Ett tidigare värde") < weight.index(">75<")
    assert f"/staff/cases/{later}/forms/{request_id}" in weight
    assert "22,4" in page.text
    waist = page.text.split("<dt>Midjemått</dt>")[1].split("<dt>")[0]
    assert "avstår" in waist
    assert not re.search(r"<b>0</b>", waist)


async def test_values_of_another_unit_open_with_their_case_and_what_is_blocked_is_not_told_of(
    given: Cast, site: Site
) -> None:
    there = await given.ongoing_case(given.ruben, given.olle, unit=given.strandgatan)
    await a_form(given, there, "body_measures", {**MEASURES, "weight": "91"}, given.ruben, given.olle)
    here = await given.ongoing_case(given.ruben)
    address = f"/staff/cases/{here}?tab=measures"
    ylva = await site.browser(given.ylva)
    behind = await ylva.get(address)
    assert "<b>91</b>" not in behind.text
    assert "ärenden på en annan enhet" in behind.text
    await open_anyway(given.house, by=given.ylva, ref=there, reason="Patienten har sökt hjälp hos oss")
    assert "<b>91</b>" in (await ylva.get(address)).text
    await block_unit_of(given, there)
    blocked = await ylva.get(address)
    assert "<b>91</b>" not in blocked.text
    assert "ärenden på en annan enhet" not in blocked.text


async def block_unit_of(given: Cast, ref: CaseRef) -> None:
    """Ruben blocks the unit of a case."""
    async with given.database.transaction(given.olle.scope) as connection:
        await connection.execute(
            "INSERT INTO unit_block (provider_id, person_id, unit_id, since, registered_by, how) "
            "VALUES ($1, $2, $3, $4, $5, 'letter')",
            ref.provider_id, given.ruben.person_id, given.strandgatan.unit_id, clock.now(), given.olle.staff_id,
        )  # fmt: skip


async def test_phrases_are_filled_in_for_the_one_who_reads(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    own = NewPhrase("Min egen", "Hälsa {patient} från {staff}.")
    await add_phrase(given.database, by=given.ylva, new=own)
    await add_phrase(given.database, by=given.hamid, new=NewPhrase("Hamids egen", "a"))
    ylva = await site.browser(given.ylva)
    page = await ylva.get(f"/staff/cases/{ref}")
    assert 'data-text="Hälsa Elin från Ylva Tallvik."' in page.text
    assert page.text.index("Min egen") < page.text.index("Hej och inledning")
    assert "Hamids egen" not in page.text
    assert "Jag heter Ylva Tallvik och är sjuksköterska på Ängsviken" in page.text
    assert "{staff}" not in page.text.split('id="phrase-list"')[1].split("</ul>")[0]

    async with given.database.transaction(given.elin.scope) as connection:
        await connection.execute(
            "UPDATE person SET language = 'en' WHERE person_id = $1", given.elin.person_id
        )
    assert "My name is Ylva Tallvik" in (await ylva.get(f"/staff/cases/{ref}")).text


async def test_without_script_a_phrase_comes_into_the_box_by_a_page(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    ylva = await site.browser(given.ylva)
    listed = await ylva.get(f"/staff/cases/{ref}/phrases?q=temp")
    assert "Ta temperaturen" in listed.text
    assert "Be om en bild" not in listed.text
    page = await ylva.get(f"/staff/cases/{ref}?phrase=two_hours")
    box = re.search(r'<textarea id="write"[^>]*>([^<]*)<', page.text)
    assert box is not None
    assert re.search(r"Svara senast \d\d\.\d\d", box[1])
    for actor, status in ((given.olle, 403), (given.nora, 404)):
        assert (await (await site.browser(actor)).get(f"/staff/cases/{ref}/phrases")).status_code == status
    # Who may not write gets no phrase, whatever the address says.
    hamid = await site.browser(given.hamid)
    assert "Svara senast" not in (await hamid.get(f"/staff/cases/{ref}?phrase=two_hours")).text


async def test_what_is_not_filled_in_is_not_sent_and_stands_in_the_box(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    ylva = await site.browser(given.ylva)
    await ylva.get(f"/staff/cases/{ref}")
    refused = await ylva.submit(
        f"/staff/cases/{ref}/messages", {"text": "Jag skriver {time}.", "key": str(uuid4())}
    )
    assert refused.status_code == 422
    assert "Fyll i {time} innan du skickar." in refused.text
    assert "Jag skriver {time}." in refused.text
    # Braces that stand for nothing of ours are the writer's own; so are a patient's.
    sent = await ylva.submit(f"/staff/cases/{ref}/messages", {"text": "a {b} c", "key": str(uuid4())})
    assert sent.status_code == 303
    ruben = await site.browser(given.ruben)
    await ruben.get(f"/my/cases/{ref}")
    sent = await ruben.submit(f"/my/cases/{ref}/messages", {"text": "{time}", "key": str(uuid4())})
    assert sent.status_code == 303
