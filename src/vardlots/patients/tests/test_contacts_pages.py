"""A contact from the staff's page to the patient's question and back, over HTTP without script (row F3)."""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Browser, Site, open_site

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.cases.actions import accept, end, start
from vardlots.cases.fold import fold
from vardlots.cases.model import Case, CaseRef, Phase
from vardlots.cases.queries import readable_case, timeline
from vardlots.contacts.actions import end_contact, note_absence, set_contact
from vardlots.contacts.model import ContactRef
from vardlots.platform import clock
from vardlots.platform.pages import day_words
from vardlots.triage.tests.test_patient_pages import answer_all

CALM = {"about": "results", "ill": "no", "question": "När ska jag lämna nästa prov?"}
BEFORE = {"mobile": "070-174 06 12", "interpreter": "false"}
SUBSTITUTES = "/staff/settings/substitutes"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(database_url, Path(tmp_path_factory.mktemp("site"))) as opened:
        yield opened


async def contact(given: Cast, person_id: int, staff: StaffActor | None, role: str = "nurse") -> ContactRef:
    """A contact at Ängsviken of somebody who is a patient there."""
    return await set_contact(
        given.house,
        by=given.hamid,
        person_id=person_id,
        role=role,
        staff_id=staff.staff_id if staff else None,
    )


async def away(given: Cast, who: StaffActor, stand_in: StaffActor | None) -> str:
    """Away for a week; the last day in words."""
    today = clock.today()
    await note_absence(
        given.house,
        by=who,
        staff_id=who.staff_id,
        stand_in_id=stand_in.staff_id if stand_in else None,
        from_day=today,
        to_day=today + timedelta(days=7),
    )
    return in_words(today + timedelta(days=7))


def in_words(day: date) -> str:
    """A day as the patient reads it, on one line."""
    return day_words(day, "sv").replace(" ", "\N{NO-BREAK SPACE}")


async def asked(browser: Browser, ref: ContactRef, chosen: dict[str, str] | None = None) -> str:
    """From the contact's page to where the question is read through: the interview's address."""
    address = f"/my/contacts/{ref}"
    assert "Ställ en fråga" in (await browser.get(address)).text
    answer = await browser.submit(address)
    assert answer.status_code == 303, answer.text
    interview = str(answer.headers["location"])
    await answer_all(browser, interview, chosen or CALM)
    return interview


async def sent(browser: Browser, interview: str) -> CaseRef:
    await browser.submit(f"{interview}/queue")
    await browser.get(f"{interview}/before")
    answer = await browser.submit(f"{interview}/before", BEFORE)
    assert answer.status_code == 303, answer.text
    return CaseRef.parse(str(answer.headers["location"]).split("/")[3])


async def case_of(given: Cast, ref: CaseRef) -> Case:
    async with given.database.transaction(given.ylva.scope) as connection:
        case = await readable_case(connection, by=given.ylva, ref=ref)
        rows = await timeline(connection, ref)
    assert fold(rows).owner_staff_id == case.owner_staff_id
    return case


async def test_staff_set_and_end_a_contact_on_the_patients_page(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    person = given.ruben.person_id
    hamid, page = await site.browser(given.hamid), f"/staff/patients/{person}"
    first = (await hamid.get(page)).text
    assert "Patienten har ingen fast vårdkontakt" in first
    # Whoever administers is nobody's contact.
    assert f'value="{given.ylva.staff_id}:nurse"' in first
    assert f'value="{given.astrid.staff_id}:system_admin"' not in first
    assert 'value=":physician"' in first
    refused = await hamid.submit(f"{page}/contacts", {"contact": ""})
    assert (refused.status_code, "Välj en person eller en roll" in refused.text) == (422, True)
    refused = await hamid.submit(f"{page}/contacts", {"contact": f"{given.olle.staff_id}:nurse"})
    assert (refused.status_code, "arbetar inte på enheten" in refused.text) == (422, True)
    answer = await hamid.submit(f"{page}/contacts", {"contact": f"{given.ylva.staff_id}:nurse"})
    assert answer.status_code == 303
    shown = (await hamid.get(page)).text
    assert "Fast vårdkontakt, sedan" in shown
    ends = re.search(rf'action="({page}/contacts/[\d-]+/end)"', shown)
    assert ends is not None
    assert (await hamid.submit(ends[1])).status_code == 303
    shown = (await hamid.get(page)).text
    assert "Tidigare kontakter" in shown
    assert "avslutades av Hamid Nordsken" in shown
    assert (await hamid.submit(ends[1])).status_code == 409


async def test_the_patients_question_lies_with_the_contact(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    ref = await contact(given, given.ruben.person_id, given.ylva)
    ruben = await site.browser(given.ruben)
    home = (await ruben.get("/")).text
    assert "Fråga din fasta vårdkontakt" in home
    assert "Ylva Tallvik, sjuksköterska på Ängsviken" in home
    interview = await asked(ruben, ref)
    # Ängsviken of the cast is open every day.
    by = in_words(clock.today() + timedelta(days=2))
    check = (await ruben.get(f"{interview}/check")).text
    assert "Ylva Tallvik, sjuksköterska, läser." in check
    assert f"Räkna med svar senast {by}." in check
    case_ref = await sent(ruben, interview)
    case = await case_of(given, case_ref)
    assert (case.phase, case.kind, case.role, case.owner_staff_id) == (
        Phase.FOLLOW_UP,
        "administrative",
        "nurse",
        given.ylva.staff_id,
    )
    assert case.inbox_at is not None
    told = (await ruben.get(f"/my/cases/{case_ref}/sent")).text
    assert "Ylva Tallvik läser det du har skickat." in told
    assert f"Räkna med svar senast {by}." in told
    # In the inbox, in nobody's queue, and a colleague can see that it is Ylva's.
    hamid = await site.browser(given.hamid)
    link = f'/staff/cases/{case_ref}"'
    assert link in (await hamid.get("/staff/async?role=&staff=")).text
    assert link not in (await hamid.get("/staff/drop-in?role=")).text
    assert "hos Ylva Tallvik" in (await hamid.get(f"/staff/cases/{case_ref}")).text
    ylva = await site.browser(given.ylva)
    await ylva.get(f"/staff/cases/{case_ref}")
    answer = await ylva.submit(
        f"/staff/cases/{case_ref}/messages", {"text": "På torsdag.", "key": "answer-0001"}
    )
    assert answer.status_code in (200, 303)
    assert "På torsdag." in (await ruben.get(f"/my/cases/{case_ref}")).text
    assert (await case_of(given, case_ref)).inbox_at is None


async def test_it_goes_to_whoever_stands_in_and_the_patient_reads_who_and_until_when(
    site: Site, given: Cast
) -> None:
    await given.waiting_case(given.ruben)
    ref = await contact(given, given.ruben.person_id, given.ylva)
    until = await away(given, given.ylva, given.hamid)
    ruben = await site.browser(given.ruben)
    page = (await ruben.get(f"/my/contacts/{ref}")).text
    line = f"Ylva Tallvik är borta till och med {until}. Hamid Nordsken, sjuksköterska, läser i stället."
    assert line in page
    interview = await asked(ruben, ref)
    assert line in (await ruben.get(f"{interview}/check")).text
    case_ref = await sent(ruben, interview)
    assert (await case_of(given, case_ref)).owner_staff_id == given.hamid.staff_id
    start = (await (await site.browser(given.hamid)).get("/staff")).text
    assert "Du svarar för Ylva Tallvik till och med" in start
    assert f"/staff/async?unit=all&role=all&staff={given.ylva.staff_id}" in start
    staff = (await (await site.browser(given.hamid)).get(f"/staff/patients/{given.ruben.person_id}")).text
    assert (
        f"Borta till och med {day_words(clock.today() + timedelta(days=7), 'sv')}. Hamid Nordsken svarar."
        in staff
    )


async def test_where_nobody_stands_in_the_role_at_the_unit_has_it(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    ref = await contact(given, given.ruben.person_id, given.ylva)
    until = await away(given, given.ylva, None)
    ruben = await site.browser(given.ruben)
    interview = await asked(ruben, ref)
    check = (await ruben.get(f"{interview}/check")).text
    assert f"Ylva Tallvik är borta till och med {until}. En sjuksköterska på Ängsviken läser." in check
    case = await case_of(given, await sent(ruben, interview))
    assert (case.owner_staff_id, case.role, case.phase) == (None, "nurse", Phase.FOLLOW_UP)


async def test_a_question_to_a_role_lies_with_the_role(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    ref = await contact(given, given.ruben.person_id, None, "physician")
    ruben = await site.browser(given.ruben)
    assert "Fråga behandlande läkare" in (await ruben.get("/")).text
    case = await case_of(given, await sent(ruben, await asked(ruben, ref)))
    assert (case.owner_staff_id, case.role, case.phase) == (None, "physician", Phase.FOLLOW_UP)


async def test_what_is_new_or_worse_waits_for_nobody_in_particular(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    ref = await contact(given, given.ruben.person_id, given.ylva)
    ruben = await site.browser(given.ruben)
    interview = await asked(ruben, ref, CALM | {"ill": "yes"})
    check = (await ruben.get(f"{interview}/check")).text
    assert "Sök vård i stället" in check
    assert "Ylva" not in check
    # What it says to do is the main thing to press there; the question can be sent all the same.
    assert re.search(r'<a class="btn btn-main btn-block" href="/care">Sök vård', check)
    assert "Skicka frågan ändå" in check
    case = await case_of(given, await sent(ruben, interview))
    assert (case.owner_staff_id, case.phase, case.priority) == (None, Phase.QUEUED, 4)


async def test_two_contacts_at_one_unit_have_questions_of_their_own(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    person = await contact(given, given.ruben.person_id, given.ylva)
    role = await contact(given, given.ruben.person_id, None, "physician")
    ruben = await site.browser(given.ruben)
    begun = [str((await ruben.submit(f"/my/contacts/{ref}")).headers["location"]) for ref in (person, role)]
    assert begun[0] != begun[1]
    again = [str((await ruben.submit(f"/my/contacts/{ref}")).headers["location"]) for ref in (person, role)]
    assert again == begun


async def test_a_contact_that_has_ended_in_the_middle_leaves_the_question_to_the_role(
    site: Site, given: Cast
) -> None:
    await given.waiting_case(given.ruben)
    ref = await contact(given, given.ruben.person_id, given.ylva)
    ruben = await site.browser(given.ruben)
    interview = await asked(ruben, ref)
    await end_contact(given.house, by=given.ylva, person_id=given.ruben.person_id, ref=ref)
    assert "Fråga din fasta vårdkontakt" not in (await ruben.get("/")).text
    page = await ruben.get(f"/my/contacts/{ref}")
    assert "Kontakten gäller inte längre" in page.text
    assert (await ruben.submit(f"/my/contacts/{ref}")).status_code == 409
    case = await case_of(given, await sent(ruben, interview))
    assert (case.owner_staff_id, case.role) == (None, "nurse")


async def test_nobody_else_finds_the_contact(site: Site, given: Cast) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)
    ref = await contact(given, given.tuva, given.ylva)
    for by, status in ((given.elin, 200), (given.matti, 200), (given.ruben, 404), (given.ylva, 403)):
        browser = await site.browser(by)
        assert (await browser.get(f"/my/contacts/{ref}")).status_code == status, by.name
        asks = (await browser.submit(f"/my/contacts/{ref}")).status_code
        assert asks == (303 if status == 200 else status), by.name
    elin = await site.browser(given.elin)
    assert "Fråga din fasta vårdkontakt" not in (await elin.get("/")).text
    assert "Fråga vårdkontakten för Tuva" in (await elin.get(f"/?for={given.tuva}")).text


async def test_the_question_is_not_in_the_list_of_errands_and_not_begun_from_it(
    site: Site, given: Cast
) -> None:
    ruben = await site.browser(given.ruben)
    address = f"/services/{given.angsviken.unit_id}"
    assert "contact_question" not in (await ruben.get(address)).text
    assert (await ruben.submit(address, {"service": "contact_question"})).status_code == 404


async def test_another_unit_sees_that_there_is_a_contact_and_not_who(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    await given.waiting_case(given.ruben, unit=given.strandgatan)
    await contact(given, given.ruben.person_id, given.siri, "physician")
    page = (await (await site.browser(given.olle)).get(f"/staff/patients/{given.ruben.person_id}")).text
    assert "Kontakt på annan enhet" in page
    assert "Siri" not in page
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "INSERT INTO unit_block (provider_id, person_id, unit_id, since, registered_by, how) "
            "VALUES ($1, $2, $3, $4, $5, 'letter')",
            given.angsviken.provider_id,
            given.ruben.person_id,
            given.angsviken.unit_id,
            clock.now(),
            given.ylva.staff_id,
        )
    page = (await (await site.browser(given.olle)).get(f"/staff/patients/{given.ruben.person_id}")).text
    assert "Kontakt på annan enhet" not in page


async def test_the_patient_of_an_ended_visit_reads_who_answers_while_the_owner_is_away(
    site: Site, given: Cast
) -> None:
    ref = await given.waiting_case(given.ruben)
    await accept(given.house, by=given.ylva, ref=ref)
    await start(given.house, by=given.ylva, ref=ref, welcome="Hej.")
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=7)
    ruben = await site.browser(given.ruben)
    assert "är borta" not in (await ruben.get(f"/my/cases/{ref}")).text
    until = await away(given, given.ylva, given.hamid)
    line = f"Ylva Tallvik är borta till och med {until}. Hamid Nordsken, sjuksköterska, läser i stället."
    assert line in (await ruben.get(f"/my/cases/{ref}")).text


async def test_one_says_who_stands_in_in_the_settings(site: Site, given: Cast) -> None:
    ylva = await site.browser(given.ylva)
    first = (await ylva.get(SUBSTITUTES)).text
    assert "Ingen frånvaro är inlagd." in first
    assert 'name="staff"' not in first
    today = clock.today().isoformat()
    form = {"stand_in": str(given.hamid.staff_id), "from_day": today, "to_day": today}
    for wrong, told in (
        ({"stand_in": ""}, "Välj vem som svarar."),
        ({"to_day": ""}, "Välj en dag."),
        ({"to_day": "2020-01-01"}, "Sista dagen är före den första."),
        ({"stand_in": str(given.ylva.staff_id)}, "Ingen kan ersätta sig själv."),
    ):
        refused = await ylva.submit(SUBSTITUTES, form | wrong)
        assert (refused.status_code, told in refused.text) == (422, True), told
        # Nothing that was typed is lost.
        assert f'value="{today}"' in refused.text
    assert (await ylva.submit(SUBSTITUTES, form)).status_code == 303
    page = (await ylva.get(SUBSTITUTES)).text
    assert "Hamid Nordsken svarar" in page
    assert "Borta nu" in page
    assert "Du svarar för Ylva Tallvik" in (await (await site.browser(given.hamid)).get(SUBSTITUTES)).text
    ends = re.search(rf'action="({SUBSTITUTES}/\d+/end)"', page)
    assert ends is not None
    assert (await (await site.browser(given.hamid)).submit(ends[1])).status_code == 403
    assert (await (await site.browser(given.nora)).submit(ends[1])).status_code == 404
    assert (await ylva.submit(ends[1])).status_code == 303
    assert (await ylva.submit(ends[1])).status_code == 409


async def test_the_head_of_the_unit_says_so_for_others(site: Site, given: Cast) -> None:
    helga = await site.browser(given.helga)
    assert 'name="staff"' in (await helga.get(SUBSTITUTES)).text
    today = clock.today().isoformat()
    form = {"staff": str(given.ylva.staff_id), "stand_in": "role", "from_day": today, "to_day": today}
    assert (await helga.submit(SUBSTITUTES, form)).status_code == 303
    assert "rollen på enheten svarar" in (await helga.get(SUBSTITUTES)).text
    hamid: Browser = await site.browser(given.hamid)
    assert (await hamid.submit(SUBSTITUTES, form)).status_code == 403


async def test_the_patients_own_row_tells_whom_it_was_put_to(given: Cast, site: Site) -> None:
    await given.waiting_case(given.ruben)
    ref = await contact(given, given.ruben.person_id, given.ylva)
    await away(given, given.ylva, given.hamid)
    ruben = await site.browser(given.ruben)
    case_ref = await sent(ruben, await asked(ruben, ref))
    patient: PatientActor = given.ruben
    async with given.database.transaction(patient.scope) as connection:
        first = (await timeline(connection, case_ref))[0]
    assert (first.body["put_to"], first.body["instead_of"]) == ("Ylva Tallvik", "Ylva Tallvik")
