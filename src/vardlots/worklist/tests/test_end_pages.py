"""*Avsluta besök* over HTTP: attachments first, the lengths, the question afterwards, what else ends."""

from typing import Any
from uuid import uuid4

import msgspec
from tests.cast import Cast
from tests.pictures import jpeg
from tests.site import Site

from vardlots.access.actions import start_shift
from vardlots.cases.ending.configured import KEY, VISIT_END, EndRules
from vardlots.cases.guests.actions import invite
from vardlots.cases.handovers.actions import hand_over
from vardlots.cases.handovers.model import Receiver
from vardlots.cases.model import CaseRef, Phase
from vardlots.cases.queries import readable_case, timeline
from vardlots.configuration import book
from vardlots.configuration.actions import Change, save


async def decided(given: Cast, **rules: Any) -> None:
    change = Change(key=KEY, body=msgspec.to_builtins(EndRules(**rules)), base_version=0)
    await save(
        given.database, given.house.hub, by=given.astrid, kind=VISIT_END, changes=[change], reason="Prov"
    )
    book.forget()


async def ended(given: Cast, ref: CaseRef) -> dict[str, Any]:
    async with given.database.transaction(given.ylva.scope) as connection:
        case = await readable_case(connection, by=given.ylva, ref=ref)
        assert case.phase in (Phase.FOLLOW_UP, Phase.CLOSED)
        return (await timeline(connection, ref))[-1].body


async def test_what_has_come_with_the_case_stands_first(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    nurse, patient = await site.browser(given.ylva), await site.browser(given.ruben)
    page = await nurse.get(f"/staff/cases/{ref}?dialog=end")
    assert "Inga bilder eller filer har kommit i ärendet." in page.text
    await patient.get(f"/my/cases/{ref}")
    sent = await patient.submit(
        f"/my/cases/{ref}/messages",
        {"text": "Så här ser det ut", "key": uuid4().hex},
        [("file", ("axel.jpg", jpeg(), "image/jpeg"))],
    )
    assert sent.status_code == 303
    part = await nurse.get(f"/staff/cases/{ref}/parts/end-files")
    assert "axel.jpg" in part.text
    assert "bara om du väljer dem när du för över anteckningen" in part.text
    assert f"/staff/cases/{ref}?tab=note" in part.text
    page = await nurse.get(f"/staff/cases/{ref}?dialog=end")
    assert page.text.index("axel.jpg") < page.text.index("Asynkron fas")


async def test_the_lengths_and_the_first_choice_are_the_providers(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    browser = await site.browser(given.ylva)
    page = await browser.get(f"/staff/cases/{ref}?dialog=end")
    assert 'name="days" value="3" checked' in page.text
    await decided(given, allowed_days=["0", "14"], default_days="14")
    page = await browser.get(f"/staff/cases/{ref}?dialog=end")
    assert 'name="days" value="14" checked' in page.text
    assert 'name="days" value="3"' not in page.text


async def test_the_question_is_offered_only_where_the_provider_has_it_on(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    browser = await site.browser(given.ylva)
    assert 'name="check_in"' not in (await browser.get(f"/staff/cases/{ref}?dialog=end")).text
    await decided(given, check_in=True)
    page = await browser.get(f"/staff/cases/{ref}?dialog=end")
    assert 'name="check_in"' in page.text
    assert "Hur går det?" in page.text
    refused = await browser.submit(
        f"/staff/cases/{ref}/end", {"days": "3", "check_in": "1", "agreed": "Vila armen"}
    )
    assert refused.status_code == 422
    assert "Välj en längre asynkron fas" in refused.text
    assert 'name="days" value="3" checked' in refused.text
    assert "Vila armen" in refused.text
    answer = await browser.submit(f"/staff/cases/{ref}/end", {"days": "7", "check_in": "1"})
    assert answer.headers["location"] == f"/staff/cases/{ref}?tab=note"
    assert (await ended(given, ref))["check_in"] is True


async def test_a_dialog_says_what_else_ends(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    await invite(given.house, by=given.ylva, ref=ref, staff_id=given.hamid.staff_id, mode="chat")
    await start_shift(
        given.database, by=given.siri, unit_id=given.siri.unit_id, role="physician", shift_type="primary"
    )
    to = Receiver("physician", given.siri.staff_id)
    await hand_over(given.house, by=given.ylva, ref=ref, to=to, priority=3, why="end_of_shift")
    page = await (await site.browser(given.ylva)).get(f"/staff/cases/{ref}?dialog=end")
    assert "Överlämningen som väntar på svar tas tillbaka." in page.text
    assert "En kollega som är gäst lämnar besöket." in page.text


async def test_a_guest_is_offered_no_end_and_may_not_press_it(given: Cast, site: Site) -> None:
    ref = await given.ongoing_case(given.ruben)
    await invite(given.house, by=given.ylva, ref=ref, staff_id=given.hamid.staff_id, mode="chat")
    browser = await site.browser(given.hamid)
    assert "?dialog=end" not in (await browser.get(f"/staff/cases/{ref}")).text
    assert (await browser.submit(f"/staff/cases/{ref}/end", {"days": "3"})).status_code == 403
