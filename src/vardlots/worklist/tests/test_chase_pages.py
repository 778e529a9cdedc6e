"""A patient who does not answer, over HTTP: what staff press and read, what the patient reads, what is kept."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from tests.cast import Cast
from tests.site import Browser, Page, Site

from vardlots.access.actor import SystemActor
from vardlots.cases.chasing import actions, jobs
from vardlots.cases.ending.actions import end
from vardlots.cases.model import Case, CaseRef, Phase
from vardlots.cases.pauses.actions import pause
from vardlots.cases.queries import readable_case
from vardlots.conversations.actions import Message, mark_read, write
from vardlots.platform import clock

SECOND = timedelta(seconds=1)


async def case_of(given: Cast, ref: CaseRef) -> Case:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await readable_case(connection, by=given.ylva, ref=ref)


async def says(given: Cast, ref: CaseRef, by: Any) -> int:
    return await write(
        given.house, by=by, ref=ref, message=Message("Hur länge har du haft ont?", uuid4().hex)
    )


async def press(browser: Browser, ref: CaseRef, deed: str, **fields: str) -> Page:
    return await browser.submit(f"/staff/cases/{ref}/{deed}", fields)


async def warned(given: Cast, **chosen: Any) -> CaseRef:
    ref = await given.ongoing_case(given.ruben, **chosen)
    await says(given, ref, given.ylva)
    await actions.chase(given.house, by=given.ylva, ref=ref, key=uuid4().hex)
    return ref


async def advanced(given: Cast, ref: CaseRef) -> None:
    """The two hours have gone."""
    until = (await case_of(given, ref)).chase_at
    assert until is not None
    with clock.at(until):
        await jobs.advance(given.house, {"ref": str(ref)})


async def test_the_dialog_shows_what_is_sent_and_what_follows(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    browser = await site.browser(given.ylva)
    page = await browser.get(f"/staff/cases/{ref}?dialog=no-answer")
    assert "Patienten svarar inte" in page.text
    assert "Vi har skrivit till dig men inte sett något svar än" in page.text
    assert "en varning skickas" in page.text
    assert "besöket stängs" in page.text
    answer = await press(browser, ref, "chase", key=uuid4().hex)
    assert answer.status_code == 303
    page = await browser.follow(answer)
    assert "Patienten är påmind" in page.text
    assert (await case_of(given, ref)).chase == "reminded"
    assert "Patienten är redan påmind, eller har svarat." in page.text


async def test_the_banner_says_when_it_closes_and_can_be_broken_off(given: Cast, site: Site) -> None:
    ref = await warned(given)
    until = (await case_of(given, ref)).chase_at
    assert until is not None
    shown = clock.local(until).strftime("%H.%M")
    browser = await site.browser(given.ylva)
    for address in (f"/staff/cases/{ref}", f"/staff/cases/{ref}/parts/chase"):
        page = await browser.get(address)
        assert f"Stängs {shown} utan svar." in page.text or f" {shown} utan svar." in page.text
    assert (await press(browser, ref, "chase/stop")).status_code == 303
    assert (await case_of(given, ref)).chase is None
    # Pressed again, by somebody whose page is old, it is done already.
    assert (await press(browser, ref, "chase/stop")).status_code == 303


async def test_a_colleague_reads_the_banner_and_may_do_nothing(given: Cast, site: Site) -> None:
    ref = await warned(given)
    browser = await site.browser(given.hamid)
    page = await browser.get(f"/staff/cases/{ref}")
    assert "utan svar." in page.text
    assert "chase/stop" not in page.text
    for deed in ("chase", "chase/stop", "called"):
        answer = await press(browser, ref, deed, key=uuid4().hex, outcome="reached")
        assert answer.status_code == 403
    assert (await case_of(given, ref)).chase == "warned"


async def test_why_a_paused_visit_is_not_begun_with_and_an_unread_word_is_read_first(
    given: Cast, site: Site
) -> None:
    ref = await given.ongoing_case(given.ruben)
    n = await says(given, ref, given.ruben)
    browser = await site.browser(given.ylva)
    assert "Patienten har skrivit. Läs det först." in (await browser.get(f"/staff/cases/{ref}")).text
    assert (await press(browser, ref, "chase", key=uuid4().hex)).status_code == 409
    await mark_read(given.house, by=given.ylva, ref=ref, n=n)
    until = clock.now() + timedelta(hours=20)
    await pause(given.house, by=given.ylva, ref=ref, until=until, text="Vi fortsätter.", key=uuid4().hex)
    assert (
        "Besöket är pausat. Patienten väntas inte svara nu."
        in (await browser.get(f"/staff/cases/{ref}")).text
    )
    refused = await press(browser, ref, "chase", key=uuid4().hex)
    assert refused.status_code == 409
    assert "Fortsätt det först" in refused.text


async def test_the_most_urgent_are_called_and_the_call_is_noted(given: Cast, site: Site) -> None:
    ref = await warned(given, priority=1)
    await advanced(given, ref)
    browser = await site.browser(given.ylva)
    page = await browser.get(f"/staff/cases/{ref}")
    assert "Ring patienten." in page.text
    assert 'href="tel:+46701740612"' in page.text
    empty = await press(browser, ref, "called")
    assert empty.status_code == 422
    assert "Välj om du fick tag på patienten." in empty.text
    await press(browser, ref, "called", outcome="not_reached", note="Försöker igen 11.30")
    page = await browser.get(f"/staff/cases/{ref}")
    assert "inget svar." in page.text
    assert "men fick inget svar: Försöker igen 11.30" in page.text
    assert "Försöker igen" not in (await (await site.browser(given.ruben)).get(f"/my/cases/{ref}")).text
    assert "?dialog=end" in page.text
    await press(browser, ref, "called", outcome="reached")
    assert "Ring patienten." not in (await browser.get(f"/staff/cases/{ref}")).text


async def test_the_patient_reads_until_when_in_plain_words(given: Cast, site: Site) -> None:
    for priority, then in ((4, "Annars stängs besöket."), (2, "Kommer inget svar ringer vi dig då.")):
        ref = await warned(given, priority=priority, reason=f"cough_{priority}")
        until = (await case_of(given, ref)).chase_at
        assert until is not None
        page = await (await site.browser(given.ruben)).get(f"/my/cases/{ref}")
        assert "Svara före" in page.text
        assert clock.local(until).strftime("%H.%M") in page.text
        assert then in page.text


async def test_a_message_that_lost_the_race_is_kept_with_the_ways_on(given: Cast, site: Site) -> None:
    ref = await warned(given)
    browser = await site.browser(given.ruben)
    await browser.get(f"/my/cases/{ref}")
    await advanced(given, ref)
    assert (await case_of(given, ref)).phase is Phase.CLOSED
    late = await browser.submit(
        f"/my/cases/{ref}/messages", {"text": "Jag var i duschen", "key": uuid4().hex}
    )
    assert late.status_code == 409
    assert "Det här skickades inte" in late.text
    assert "Jag var i duschen" in late.text
    assert "eftersom det inte kom något svar" in late.text
    assert f'action="/care/{given.angsviken.unit_id}"' in late.text
    assert 'name="complaint" value="shoulder_pain"' in late.text
    assert "1177" in late.text
    headers = {"x-csrf-token": browser.token, "accept": "application/json"}
    fields = {"text": "Jag var i duschen", "key": uuid4().hex}
    script = await browser.submit(f"/my/cases/{ref}/messages", fields, (), **headers)
    assert script.status_code == 409
    assert "Sök vård på nytt" in script.json()["message"]


async def test_a_message_a_second_after_the_phase_is_kept_for_both(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=1)
    until = (await case_of(given, ref)).writable_until
    assert until is not None
    for who, base in ((given.ruben, "/my/cases"), (given.ylva, "/staff/cases")):
        for after, text, status in (
            (-SECOND, "I tid", 303),
            (timedelta(), "För sent", 409),
            (SECOND, "För sent", 409),
        ):
            with clock.at(until + after):
                # A session does not last for days.
                browser = await site.browser(who)
                fields = {"text": text, "key": uuid4().hex}
                answer = await browser.submit(f"{base}/{ref}/messages", fields)
            assert answer.status_code == status
            if status == 409:
                assert "För sent" in answer.text
                assert "Tiden att skriva" in answer.text


async def test_the_last_day_and_the_last_hour_are_told_to_both(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=3)
    until = (await case_of(given, ref)).writable_until
    assert until is not None
    shown = clock.local(until).strftime("%H.%M")
    for before, said, mark in (
        (timedelta(days=1, seconds=1), "", ""),
        (timedelta(days=1), "Sista dagen att skriva", "Sista dagen: stängs"),
        (timedelta(hours=1), "Sista chansen att skriva.", "Sista dagen: stängs"),
    ):
        with clock.at(until - before):
            patient, nurse = await site.browser(given.ruben), await site.browser(given.ylva)
            page = await patient.get(f"/my/cases/{ref}")
            visit = await nurse.get(f"/staff/cases/{ref}")
        assert ("Sista" in page.text) == bool(said)
        assert ("Sista dagen" in visit.text) == bool(mark)
        assert said in page.text
        assert mark in visit.text
        assert shown in page.text
    assert "data-turns=" in page.text


async def test_the_system_ends_it_and_the_note_stays_to_be_written(given: Cast, site: Site) -> None:
    ref = await warned(given)
    await advanced(given, ref)
    page = await (await site.browser(given.ylva)).get(f"/staff/cases/{ref}?tab=note")
    assert page.status_code == 200
    assert "Besöket avslutades" in page.text
    by = SystemActor(ref.provider_id, "cases.chase")
    assert await actions.give_up(given.house, by=by, ref=ref) is None
