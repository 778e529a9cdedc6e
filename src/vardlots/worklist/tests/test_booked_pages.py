"""A booked visit as a page: what may be done about its time, by whom; and how staff book one or another time."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from tests.cast import Cast
from tests.site import Site

from vardlots.booking.queries import appointment_of
from vardlots.booking.tests.calendar import at, times
from vardlots.cases import actions as cases
from vardlots.cases.model import Case, CaseRef, Kind, Phase
from vardlots.cases.queries import readable_case, timeline
from vardlots.platform import clock
from vardlots.worklist.tests.test_scheduled import booked, known, noon


async def case_of(given: Cast, ref: CaseRef) -> Case:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await readable_case(connection, by=given.ylva, ref=ref)


async def last_body(given: Cast, ref: CaseRef, kind: Kind) -> dict[str, Any]:
    async with given.database.transaction(given.ylva.scope) as connection:
        return next(row.body for row in reversed(await timeline(connection, ref)) if row.kind is kind)


async def begun(given: Cast, **more: Any) -> CaseRef:
    """A booked visit whose time began a moment ago."""
    return await booked(given, at=at(0.1), **more)


async def test_the_visit_tells_its_time_and_what_may_be_done(given: Cast, site: Site) -> None:
    ref = await booked(given, staff=given.hamid)
    page = await (await site.browser(given.ylva)).get(f"/staff/cases/{ref}")
    assert page.status_code == 200
    for said in ("Bokad", "12.00–12.30", "på plats", "Kommer", "Boka om", "Ställ in tiden", "Avboka"):
        assert said in page.text, said
    # It is another day: nobody has come, nobody is missed, and there is no chat to begin with who comes here.
    for unsaid in ("Patienten har kommit", "Uteblev", 'data-key="t"'):
        assert unsaid not in page.text, unsaid
    assert (await (await site.browser(given.nora)).get(f"/staff/cases/{ref}")).status_code == 404


async def test_a_digital_one_is_taken_and_begun_as_any_other(given: Cast, site: Site) -> None:
    ref = await booked(given, contact="digital", time_type="video_visit")
    browser = await site.browser(given.ylva)
    assert "Ta emot" in (await browser.get(f"/staff/cases/{ref}")).text
    await browser.submit(f"/staff/cases/{ref}/accept")
    await browser.submit(f"/staff/cases/{ref}/start")
    assert (await case_of(given, ref)).phase is Phase.ONGOING
    page = await (await site.browser(given.siri)).get(
        f"/staff/cases/{await booked(given, at=noon(3), contact='digital')}"
    )
    assert "Ta emot ändå" in page.text


async def test_whoever_has_come_is_ticked_off_on_the_day(given: Cast, site: Site) -> None:
    browser = await site.browser(given.petra)
    early = await booked(given)
    refused = await browser.submit(f"/staff/cases/{early}/time/attended")
    assert refused.status_code == 409
    ref = await begun(given)
    if clock.local(at(0.1)).date() != clock.today():
        pytest.skip("it is nearly midnight")
    done = await browser.submit(f"/staff/cases/{ref}/time/attended")
    assert done.status_code == 303
    assert (await case_of(given, ref)).phase is Phase.CLOSED
    assert (await browser.submit(f"/staff/cases/{ref}/time/attended")).status_code == 409


async def test_a_missed_visit_may_lead_to_a_new_ticket(given: Cast, site: Site) -> None:
    ref = await booked(given, at=at(1))
    browser = await site.browser(given.ylva)
    refused = await browser.submit(f"/staff/cases/{ref}/time/missed", {"text": "Vi saknade dig."})
    assert refused.status_code == 409
    assert "Vi saknade dig." in refused.text
    with clock.shifted(timedelta(hours=2)):
        browser = await site.browser(given.ylva)
        page = await browser.get(f"/staff/cases/{ref}/time/missed")
        assert "Patienten uteblev" in page.text
        done = await browser.submit(
            f"/staff/cases/{ref}/time/missed", {"text": "Vi saknade dig.", "ticket": "1"}
        )
    assert done.headers["location"] == f"/staff/patients/{given.ruben.person_id}/tickets/new"
    assert (await case_of(given, ref)).phase is Phase.CLOSED
    assert (await last_body(given, ref, Kind.MISSED)) == {"text": "Vi saknade dig."}
    patient = await (await site.browser(given.ruben)).get(f"/my/cases/{ref}")
    assert "Vi saknade dig." in patient.text


async def test_cancelling_wants_a_reason_and_withdrawing_leaves_it_waiting(given: Cast, site: Site) -> None:
    ref = await booked(given)
    browser = await site.browser(given.ylva)
    assert (await browser.submit(f"/staff/cases/{ref}/time/cancel", {"text": " "})).status_code == 422
    await browser.submit(f"/staff/cases/{ref}/time/withdraw", {"text": "Läkaren är sjuk."})
    case = await case_of(given, ref)
    assert (case.phase, case.booked_from) == (Phase.BOOKED, None)
    page = await browser.get(f"/staff/cases/{ref}")
    assert "Ny tid behövs" in page.text
    assert "Boka ny tid" in page.text
    await browser.submit(f"/staff/cases/{ref}/time/cancel", {"text": "Patienten vill inte."})
    assert (await case_of(given, ref)).phase is Phase.CANCELLED
    assert (await browser.get(f"/staff/cases/{ref}/time/cancel")).status_code == 409
    assert "avbokad" in (await browser.get(f"/staff/cases/{ref}")).text


@pytest.mark.parametrize("deed", ["missed", "cancel", "withdraw"])
async def test_who_may_ask(given: Cast, site: Site, deed: str) -> None:
    ref = await booked(given)
    address = f"/staff/cases/{ref}/time/{deed}"
    for by, status in ((given.petra, 200), (given.olle, 403), (given.nora, 404), (given.astrid, 403)):
        assert (await (await site.browser(by)).get(address)).status_code == status, by.name
    patient = await site.browser(given.ruben)
    assert (await patient.get(address)).status_code in (303, 401, 403, 404)


async def test_staff_book_from_the_patients_page(given: Cast, site: Site) -> None:
    await given.waiting_case(given.ruben)
    first, other = await times(given, 2, first=noon(), staff=given.hamid, patient_sees=False)
    browser = await site.browser(given.ylva)
    base = f"/staff/patients/{given.ruben.person_id}/book"
    page = await browser.get(base)
    assert page.status_code == 200
    assert "Hamid Nordsken" in page.text
    assert "syns inte för patienter" in page.text
    unchosen = await browser.submit(base, {"do": "book", "reason_q": "Ledvärk"})
    assert unchosen.status_code == 422
    assert "Välj en tid." in unchosen.text
    assert "Ledvärk" in unchosen.text
    sent = {
        "do": "book",
        "slot": str(first),
        "reason_q": "Ledvärk",
        "information": "Ta med listan över dina läkemedel.",
    }
    done = await browser.submit(base, sent)
    assert done.status_code == 303, done.text
    ref = CaseRef.parse(done.headers["location"].rsplit("/", 1)[1])
    case = await case_of(given, ref)
    assert (case.phase, case.reason, case.priority) == (Phase.BOOKED, "Ledvärk", 11)
    assert (await last_body(given, ref, Kind.BOOKED))["information"] == "Ta med listan över dina läkemedel."
    # Pressed twice it is one visit; another tab with the same time chosen for somebody else reads which are nearest.
    assert (await browser.submit(base, sent)).headers["location"] == done.headers["location"]
    await given.waiting_case(given.elin)
    lost = await browser.submit(f"/staff/patients/{given.elin.person_id}/book", sent)
    assert lost.status_code == 409
    assert "Närmast lediga" in lost.text
    assert str(other) in lost.text
    assert "Ta med listan" in lost.text


async def test_a_time_pressed_in_the_calendar_is_chosen_when_the_patient_is_found(
    given: Cast, site: Site
) -> None:
    await given.waiting_case(given.ruben)
    (slot,) = await times(given, first=noon(5))
    browser = await site.browser(given.ylva)
    page = await browser.get(f"/staff/patients?slot={slot}")
    assert f"then=book-{slot}" in page.text
    found = await browser.submit(f"/staff/patients?then=book-{slot}", {"q": "Ruben"})
    assert f"/staff/patients/{given.ruben.person_id}/book?slot={slot}" in found.text
    shown = await browser.get(f"/staff/patients/{given.ruben.person_id}/book?slot={slot}")
    assert f'value="{slot}" checked' in shown.text


async def test_a_visit_is_ended_with_the_time_told(given: Cast, site: Site) -> None:
    visit = await given.ongoing_case(given.ruben)
    (slot,) = await times(given, first=noon())
    browser = await site.browser(given.ylva)
    page = await browser.get(f"/staff/cases/{visit}/book")
    assert "Avsluta ärendet när tiden är bokad" in page.text
    done = await browser.submit(
        f"/staff/cases/{visit}/book",
        {"do": "book", "slot": str(slot), "reason": "shoulder_pain", "reason_q": "", "ends": "1"},
    )
    assert done.status_code == 303, done.text
    assert (await case_of(given, visit)).phase is Phase.FOLLOW_UP
    assert "12.00" in (await last_body(given, visit, Kind.ENDED))["agreed"]
    ref = CaseRef.parse(done.headers["location"].rsplit("/", 1)[1])
    assert (await case_of(given, ref)).reason == "shoulder_pain"


async def test_a_booked_visit_gets_another_time_and_two_tabs_are_told(given: Cast, site: Site) -> None:
    ref = await booked(given)
    one, other = await times(given, 2, first=noon(3))
    browser, second = await site.browser(given.ylva), await site.browser(given.hamid)
    page = await browser.get(f"/staff/cases/{ref}/book?day={noon(3).date()}")
    assert "Boka om" in page.text
    assert "Bokad nu" in page.text
    assert 'name="reason_q"' not in page.text
    await asyncio.gather(
        browser.submit(f"/staff/cases/{ref}/book", {"do": "book", "slot": str(one)}),
        second.submit(f"/staff/cases/{ref}/book", {"do": "book", "slot": str(other)}),
    )
    async with given.database.transaction(given.ylva.scope) as connection:
        time = await appointment_of(connection, ref)
        held = await connection.fetchval(
            "SELECT count(*) FROM appointment WHERE provider_id = $1 AND case_id = $2 AND state = 'booked'",
            *ref,
        )
    assert time is not None
    assert time.slot in (one, other)
    assert held == 1


async def test_who_may_book(given: Cast, site: Site) -> None:
    await known(given, given.ruben)
    ref = await given.waiting_case(given.ruben)
    for by, status in ((given.petra, 200), (given.olle, 403), (given.nora, 404), (given.rune, 403)):
        assert (await (await site.browser(by)).get(f"/staff/cases/{ref}/book")).status_code == status, by.name
    (slot,) = await times(given, first=noon(), unit=given.strandgatan)
    browser = await site.browser(given.ylva)
    elsewhere = await browser.submit(
        f"/staff/patients/{given.ruben.person_id}/book", {"do": "book", "slot": str(slot), "reason_q": "Knä"}
    )
    assert elsewhere.status_code == 403
    nora = await site.browser(given.nora)
    assert (await nora.get(f"/staff/patients/{given.ruben.person_id}/book")).status_code == 404
    assert (await nora.get(f"/staff/patients/{given.ruben.person_id}/book?slot={slot}")).status_code == 404
    await cases.leave_queue(given.house, by=given.ruben, ref=ref)
