"""*Innan du går*: sign-out leads there while something is left, each row has its step, an empty one ends the shift."""

import re

from tests.cast import Cast
from tests.site import Site

from vardlots.cases import actions
from vardlots.cases.model import Case, CaseRef, Phase
from vardlots.cases.queries import readable_case
from vardlots.conversations.actions import Message, write
from vardlots.notes import actions as notes
from vardlots.notes.model import NoteFields


async def case_of(given: Cast, ref: CaseRef) -> Case:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await readable_case(connection, by=given.ylva, ref=ref)


def steps_of(page: str, ref: CaseRef) -> str:
    return page.partition(f'id="open-{ref}"')[2].partition("</li>")[0]


async def test_one_who_leaves_nothing_signs_out_at_once(given: Cast, site: Site) -> None:
    ylva = await site.browser(given.ylva)
    assert "Du har inget skift igång." in (await ylva.get("/staff/sign-out")).text
    page = await ylva.get("/staff/leaving")
    assert "Inget ärende väntar på dig." in page.text
    assert "Logga ut ändå" not in page.text


async def test_sign_out_leads_by_what_is_left_and_every_row_has_its_step(given: Cast, site: Site) -> None:
    first = await given.ongoing_case(given.ruben, reason="headache")
    second = await given.ongoing_case(given.elin, reason="back_pain")
    third = await given.waiting_case(given.matti, reason="headache")
    await actions.accept(given.house, by=given.ylva, ref=third)
    theirs = await given.ongoing_case(given.matti, given.hamid, reason="back_pain")
    ylva = await site.browser(given.ylva)
    answer = await ylva.get("/staff/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/leaving")
    assert "Logga ut" in (await ylva.get("/staff/sign-out?anyway=1")).text
    page = await ylva.get("/staff/leaving")
    assert "3 besök är dina." in page.text
    assert f'id="open-{theirs}"' not in page.text
    for ref in (first, second, third):
        steps = steps_of(page.text, ref)
        for step in ("Lämna över", "Pausa till i morgon 08.00", "Avsluta", "Lägg tillbaka"):
            assert step in steps, step
        assert '<option value="nurse" selected>' in steps
    assert "Logga ut ändå" in page.text
    until = steps_of(page.text, first).partition('name="until" value="')[2].partition('"')[0]

    gone = await ylva.submit(f"/staff/leaving/{first}/hand-over", {"role": "physician"})
    assert (gone.status_code, gone.headers["location"]) == (303, "/staff/leaving")
    case = await case_of(given, first)
    assert (case.handover_role, case.priority, case.owner_staff_id) == ("physician", 3, given.ylva.staff_id)
    await ylva.submit(f"/staff/leaving/{second}/pause", {"until": until, "key": "leaving-key-1"})
    assert (await case_of(given, second)).paused_until is not None
    await ylva.submit(f"/staff/leaving/{third}/release")
    assert (await case_of(given, third)).phase is Phase.QUEUED
    page = await ylva.get("/staff/leaving")
    assert "Väntar på Läkare" in page.text
    assert "Pausad till i morgon 08.00." in page.text
    assert "Ett besök är ditt." in page.text
    await ylva.submit(f"/staff/leaving/{first}/withdraw", {"n": str(case.handover_n)})
    assert (await case_of(given, first)).handover_n is None
    await actions.end(given.house, by=given.ylva, ref=first, follow_up_days=0)
    page = await ylva.get("/staff/leaving")
    assert "Inget ärende väntar på dig." in page.text
    assert (await ylva.get("/staff/sign-out")).status_code == 200, "what is paused is in order"
    told = [row["text"] for row in await patients_rows(given, second) if "text" in row]
    assert any("fortsätter" in one and "{time}" not in one for one in told)


async def patients_rows(given: Cast, ref: CaseRef) -> list[dict[str, str]]:
    async with given.database.transaction(given.elin.scope) as connection:
        rows = await connection.fetch(
            "SELECT body FROM entry WHERE provider_id = $1 AND case_id = $2 AND kind = 'paused'", *ref
        )
    return [row["body"] for row in rows]


async def test_drafts_and_patients_who_have_written_are_left_too(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    await actions.end(given.house, by=given.ylva, ref=ref, follow_up_days=3)
    ylva = await site.browser(given.ylva)
    assert (await ylva.get("/staff/sign-out")).status_code == 200
    await write(given.house, by=given.ruben, ref=ref, message=Message("En sak till.", "key-ruben-1"))
    assert (await ylva.get("/staff/sign-out")).status_code == 303
    page = await ylva.get("/staff/leaving")
    assert "Patienten skrev" in page.text
    await actions.mark_done(given.house, by=given.ylva, ref=ref)
    assert (await ylva.get("/staff/sign-out")).status_code == 200
    await notes.save_draft(
        given.house, by=given.ylva, ref=ref, fields=NoteFields(history="Ont i axeln."), rev=0
    )
    assert (await ylva.get("/staff/sign-out")).status_code == 303
    page = await ylva.get("/staff/leaving")
    assert "Utkast, sparat" in page.text
    assert "Skriv klart" in page.text


async def test_a_step_that_came_too_late_says_so_and_nothing_is_lost(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    ylva = await site.browser(given.ylva)
    await ylva.get("/staff/leaving")
    bad = await ylva.submit(f"/staff/leaving/{ref}/hand-over", {"role": "astronaut"})
    assert bad.status_code == 422
    assert "Välj en roll eller en person på enheten." in steps_of(bad.text, ref)
    await actions.end(given.house, by=given.ylva, ref=ref, follow_up_days=0)
    for step, fields in (("hand-over", {"role": "nurse"}), ("release", {}), ("withdraw", {"n": "3"})):
        late = await ylva.submit(f"/staff/leaving/{ref}/{step}", fields)
        assert late.status_code == 409, step
        assert 'role="status"' in late.text


async def test_who_may(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    for by, status in ((given.hamid, 403), (given.nora, 404), (given.rune, 403), (given.ruben, 403)):
        browser = await site.browser(by)
        for step in ("hand-over", "pause", "release", "withdraw"):
            answer = await browser.submit(
                f"/staff/leaving/{ref}/{step}",
                {"role": "nurse", "until": "2199-01-01T08:00+00:00", "key": "some-key-12345", "n": "1"},
            )
            assert answer.status_code in (status, 409, 422), (by.name, step, answer.status_code)
            assert answer.status_code == status or by is given.hamid
    case = await case_of(given, ref)
    assert (case.owner_staff_id, case.handover_n, case.paused_until) == (given.ylva.staff_id, None, None)
    for by, status in ((given.rune, 403), (given.ruben, 403)):
        assert (await (await site.browser(by)).get("/staff/leaving")).status_code == status
    # A role that opens no cases leaves none behind.
    assert (await (await site.browser(given.rune)).get("/staff/sign-out")).status_code == 200


async def test_an_urgent_visit_is_paused_from_the_list_only_by_saying_that_it_can_wait(
    given: Cast, site: Site
) -> None:
    ref = await given.ongoing_case(given.ruben, priority=1)
    ylva = await site.browser(given.ylva)
    steps = steps_of((await ylva.get("/staff/leaving")).text, ref)
    until_said = re.search(r"Pausa till ([^<]+)</button>", steps)
    assert until_said is not None
    assert f"Prioritet 1 med mål 15 minuter. Patienten kan ändå vänta till {until_said[1]}</span>" in steps
    until = steps.partition('name="until" value="')[2].partition('"')[0]
    fields = {"until": until, "key": "leaving-key-1"}
    refused = await ylva.submit(f"/staff/leaving/{ref}/pause", fields)
    assert refused.status_code == 422
    assert "Bekräfta att patienten kan vänta" in steps_of(refused.text, ref)
    assert (await case_of(given, ref)).paused_until is None
    await ylva.submit(f"/staff/leaving/{ref}/pause", fields | {"sure": "1"})
    assert (await case_of(given, ref)).paused_until is not None
