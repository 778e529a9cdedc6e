"""Tickets, closed units, missing roles, other regions and emergencies over HTTP, as patients and staff meet them."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Browser, Site, open_site

from vardlots.access.actor import PatientActor
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.tickets.actions import issue
from vardlots.tickets.tests.test_actions import new_ticket
from vardlots.triage import emergency, queueing
from vardlots.triage.routing import KEY, ROUTING, Closed, OutOfRegion, Routing, StandIn
from vardlots.triage.tests.test_configured import save
from vardlots.triage.tests.test_patient_pages import BEFORE, MILD_THROAT, answer_all, asked, begin, join

SIX_WEEKS = {
    "alarm": "none",
    "side": "right",
    "injury": "no",
    "lift": "painful",
    "pain": "4",
    "joint": "none",
    "nerve": "no",
    "duration": "weeks",
    "background": "none",
    "stiff": "none",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(database_url, Path(tmp_path_factory.mktemp("site"))) as opened:
        yield opened


async def decide(site: Site, given: Cast, **chosen: Any) -> None:
    """Astrid decides for the provider; it holds from the next page on."""
    body = msgspec.to_builtins(msgspec.structs.replace(Routing(), **chosen))
    async with given.database.transaction(given.astrid.scope) as connection:
        base = await connection.fetchval(
            "SELECT coalesce(max(version), 0) FROM config_version WHERE provider_id = $1 AND kind = 'routing'",
            given.astrid.provider_id,
        )
    await save(site, given.astrid, ROUTING, KEY, body, base=base)


async def answered(browser: Browser, given: Cast, *, about: int | None = None) -> str:
    """A shoulder that is to be booked, answered to the end. The interview's address."""
    address = await begin(browser, given, "shoulder_pain", about=about)
    page = await answer_all(browser, address, SIX_WEEKS)
    assert "Ring 112 nu" not in page.text
    return address


async def ticket_of(browser: Browser, given: Cast) -> str:
    """A ticket, by way of every page. Its address."""
    answer = await join(browser, await answered(browser, given))
    assert answer.status_code == 303, answer.text
    found = str(answer.headers["location"])
    assert found.startswith("/my/tickets/"), found
    return found.partition("?")[0]


async def closed(given: Cast) -> None:
    """Ängsviken opens on one weekday only: the day after tomorrow."""
    day = str((clock.today() + timedelta(days=2)).weekday())
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE unit SET opening = $2, phone = '031-390 06 00' WHERE unit_id = $1",
            given.angsviken.unit_id,
            {day: ["08:00", "16:00"]},
        )


async def rows(given: Cast, sql: str, *values: Any) -> list[Any]:
    async with given.database.transaction(given.ylva.scope) as connection:
        return list(await connection.fetch(sql, *values))


async def test_a_bookable_outcome_gives_a_ticket_and_says_how_to_book(site: Site, given: Cast) -> None:
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE unit SET phone = '031-390 06 00' WHERE unit_id = $1", given.angsviken.unit_id
        )
    ruben = await site.browser(given.ruben)
    address = await answered(ruben, given)
    result = await ruben.get(f"{address}/result")
    assert "Du får en bokningsbiljett till Ängsviken." in result.text
    assert "Hämta bokningsbiljetten" in result.text
    assert "Boka senast" in result.text
    answer = await join(ruben, address)
    page = await ruben.follow(answer)
    assert "Biljetten ligger kvar under Mina biljetter" in page.text
    for words in (
        "Boka senast",
        "Boka ett besök",
        "på plats hos Ängsviken",
        "Ring 031-390 06 00",
        "Ring 112",
        "hjälp att hitta en tid",
    ):
        assert words in page.text, words
    assert 'href="tel:0313900600"' in page.text
    home = await ruben.get("/")
    assert "En biljett att boka med" in home.text
    assert "/my/tickets" in home.text
    listed = await ruben.get("/my/tickets")
    assert answer.headers["location"].partition("?")[0] in listed.text
    # The interview's own addresses lead to the ticket.
    for tail in ("", "/result", "/before"):
        assert "/my/tickets/" in (await ruben.get(f"{address}{tail}")).headers["location"]


async def test_whoever_has_no_ticket_is_told_how_one_comes(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    page = await ruben.get("/my/tickets")
    assert page.status_code == 200
    assert "Du har inga biljetter." in page.text


async def test_every_page_that_shows_a_ticket_is_in_the_log(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    ticket = await ticket_of(ruben, given)
    for address, action in (("/", "read_tickets"), ("/my/tickets", "read_tickets"), (ticket, "read_ticket")):
        before = await rows(given, "SELECT 1 FROM access_log WHERE action = $1", action)
        await ruben.get(address)
        after = await rows(
            given, "SELECT person_id FROM access_log WHERE action = $1 ORDER BY log_id", action
        )
        assert [row["person_id"] for row in after[len(before) :]] == [given.ruben.person_id], address


async def test_a_ticket_whose_questions_nobody_has_any_more_leads_to_the_telephone(
    site: Site, given: Cast
) -> None:
    matti = await site.browser(given.matti)
    new = await new_ticket(given, given.elin, about=given.tuva)
    ticket = await issue(given.house, by=given.elin, new=new)
    refused = await matti.submit(f"/my/tickets/{ticket.ref}/help")
    assert refused.status_code == 409
    assert "Frågorna har gjorts om" in refused.text


async def test_however_many_taps_there_is_one_ticket(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    address = await answered(ruben, given)
    await ruben.submit(f"{address}/queue")
    await ruben.get(f"{address}/before")
    answers = await asyncio.gather(*(ruben.submit(f"{address}/before", BEFORE) for _ in range(5)))
    assert {one.status_code for one in answers} == {303}
    last = await ruben.submit(f"{address}/before", BEFORE)
    assert last.headers["location"].startswith("/my/tickets/")
    found = await rows(given, "SELECT state FROM ticket WHERE person_id = $1", given.ruben.person_id)
    assert len(found) == 1


async def test_either_guardian_uses_a_childs_ticket_and_nobody_else_sees_it(site: Site, given: Cast) -> None:
    elin, matti, ruben = [await site.browser(one) for one in (given.elin, given.matti, given.ruben)]
    ticket = await _childs(given)
    assert (await ruben.get(ticket)).status_code == 404
    assert (await ruben.submit(f"{ticket}/help")).status_code == 404
    assert (await ruben.submit(f"{ticket}/decline", {"why": "well"})).status_code == 404
    page = await matti.get(ticket)
    assert "Vi vill ha hjälp att hitta en tid" in page.text
    helped = await matti.submit(f"{ticket}/help")
    assert helped.headers["location"].startswith("/my/cases/")
    assert (await elin.submit(f"{ticket}/help")).headers["location"] == helped.headers["location"]
    over = await elin.get(ticket)
    assert "Gå till ärendet" in over.text
    assert "Tacka nej" not in over.text


async def _childs(given: Cast) -> str:
    """A ticket of Tuva's, its address. No complaint of small children is booked yet: the outcome is written here."""
    new = await new_ticket(given, given.elin, about=given.tuva)
    outcome = {
        "subject": {"age_years": 6, "is_child_of_actor": True, "name": "Tuva"},
        "rules": ["A80"],
        "priority": 4,
        "booking": 8,
        "scheme": "1-12",
        "scheme_priority": 8,
        "way_in": "booking_ticket",
        "level": "physical",
        "role": "nurse",
    }
    async with given.database.transaction(given.elin.scope) as connection:
        await connection.execute(
            "UPDATE interview SET outcome = $2 WHERE interview_id = $1", new.interview_id, outcome
        )
    return f"/my/tickets/{(await issue(given.house, by=given.elin, new=new)).ref}"


async def test_help_to_find_a_time_queues_as_twelve(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    ticket = await ticket_of(ruben, given)
    answers = await asyncio.gather(*(ruben.submit(f"{ticket}/help") for _ in range(4)))
    assert len({one.headers["location"] for one in answers}) == 1
    found = await rows(
        given, "SELECT priority, fact, phase, role FROM care_case WHERE person_id = $1", given.ruben.person_id
    )
    assert [tuple(row) for row in found] == [(12, "Vill ha hjälp att hitta en tid", "queued", "nurse")]
    ticket_row = (await rows(given, "SELECT state FROM ticket WHERE person_id = $1", given.ruben.person_id))[
        0
    ]
    assert ticket_row["state"] == "used"


async def test_help_to_find_a_time_says_nothing_anew_of_consents(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    ticket = await ticket_of(ruben, given)
    said = "SELECT kind, given FROM consent WHERE person_id = $1 AND kind IN ('history', 'medication') ORDER BY kind"
    before = await rows(given, said, given.ruben.person_id)
    assert [tuple(row) for row in before] == [("history", True), ("medication", False)]
    helped = await ruben.submit(f"{ticket}/help")
    assert helped.headers["location"].startswith("/my/cases/")
    assert await rows(given, said, given.ruben.person_id) == before


async def test_nobody_is_sent_to_a_queue_that_nobody_reads(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    ticket = await ticket_of(ruben, given)
    await decide(site, given, closed=Closed.SEND)
    for change in ("takes_drop_in = true, opening = '{}'", "takes_drop_in = false"):
        async with given.database.transaction(NOBODY) as connection:
            await connection.execute(f"UPDATE unit SET {change} WHERE unit_id = $1", given.angsviken.unit_id)
        assert f'action="{ticket}/help"' not in (await ruben.get(ticket)).text
        assert (await ruben.submit(f"{ticket}/help")).headers["location"] == ticket


async def test_a_closed_unit_is_asked_for_help_when_it_opens(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    ticket = await ticket_of(ruben, given)
    await closed(given)
    page = await ruben.get(ticket)
    assert f'action="{ticket}/help"' not in page.text
    assert "hjälp att hitta en tid här när Ängsviken har öppnat" in page.text
    assert (await ruben.submit(f"{ticket}/help")).headers["location"] == ticket
    await decide(site, given, closed=Closed.SEND)
    assert "De läser det då" in (await ruben.get(ticket)).text
    assert (await ruben.submit(f"{ticket}/help")).headers["location"].startswith("/my/cases/")


async def test_declining_asks_for_a_reason_and_staff_read_it(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    ticket = await ticket_of(ruben, given)
    refused = await ruben.submit(f"{ticket}/decline", {"why": "other", "more": ""})
    assert refused.status_code == 422
    assert "Välj varför du tackar nej" in refused.text
    done = await ruben.follow(await ruben.submit(f"{ticket}/decline", {"why": "well", "more": "Sedan i går"}))
    assert "Jag mår bra igen. Sedan i går" in done.text
    again = await ruben.submit(f"{ticket}/decline", {"why": "well"})
    assert again.status_code == 409
    assert "Biljetten är redan avböjd" in again.text
    late = await ruben.submit(f"{ticket}/help")
    assert late.status_code == 409
    # Ylva has no case with Ruben: she says why she opens his page.
    ylva = await site.browser(given.ylva)
    await ylva.submit(f"/staff/patients/{given.ruben.person_id}/open", {"why": "contact"})
    page = await ylva.get(f"/staff/patients/{given.ruben.person_id}")
    assert "Jag mår bra igen. Sedan i går" in page.text


async def test_staff_take_a_ticket_back_and_the_patient_reads_why(site: Site, given: Cast) -> None:
    ruben, ylva, olle = [await site.browser(one) for one in (given.ruben, given.ylva, given.olle)]
    ticket = await ticket_of(ruben, given)
    page = f"/staff/patients/{given.ruben.person_id}"
    ref = ticket.rsplit("/", 1)[1]
    assert (await ylva.submit(f"{page}/tickets", {"ticket": ref, "reason": "x"})).status_code == 404
    for browser in (ylva, olle):
        await browser.submit(f"{page}/open", {"why": "contact"})
    assert "Ta tillbaka biljetten" in (await ylva.get(page)).text
    elsewhere = await olle.get(page)
    assert "Biljett på annan enhet" in elsewhere.text
    assert "Ta tillbaka biljetten" not in elsewhere.text
    assert (await olle.submit(f"{page}/tickets", {"ticket": ref, "reason": "x"})).status_code == 403
    empty = await ylva.submit(f"{page}/tickets", {"ticket": ref, "reason": ""})
    assert empty.status_code == 422
    assert "Skriv varför biljetten tas tillbaka" in empty.text
    assert (
        await ylva.submit(f"{page}/tickets", {"ticket": ref, "reason": "Bokad per telefon"})
    ).status_code == 303
    over = await ruben.get(ticket)
    assert "Vården tog tillbaka biljetten" in over.text
    assert "Bokad per telefon" in over.text


async def test_a_ticket_is_taken_back_on_its_owners_page_only(site: Site, given: Cast) -> None:
    elin, ruben, ylva = [await site.browser(one) for one in (given.elin, given.ruben, given.ylva)]
    await ticket_of(elin, given)
    rubens = (await ticket_of(ruben, given)).rsplit("/", 1)[1]
    elins_page = f"/staff/patients/{given.elin.person_id}"
    await ylva.submit(f"{elins_page}/open", {"why": "contact"})
    assert (await ylva.get(elins_page)).status_code == 200
    refused = await ylva.submit(f"{elins_page}/tickets", {"ticket": rubens, "reason": "x"})
    assert refused.status_code == 404
    found = await rows(given, "SELECT state FROM ticket WHERE person_id = $1", given.ruben.person_id)
    assert [row["state"] for row in found] == ["issued"]


async def test_a_ticket_that_waits_is_told_of_before_the_questions(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    ticket = await ticket_of(ruben, given)
    care = f"/care/{given.angsviken.unit_id}"
    told = await ruben.submit(care, {"complaint": "shoulder_pain"})
    assert told.status_code == 409
    assert "Du har redan en bokningsbiljett för" in told.text
    assert f'href="{ticket}"' in told.text
    assert (await ruben.submit(care, {"complaint": "sore_throat"})).status_code == 303
    # It may have changed: what is answered anew takes the ticket's place.
    again = await ruben.submit(care, {"complaint": "shoulder_pain", "again": "1"})
    assert again.status_code == 303
    await answer_all(ruben, again.headers["location"], SIX_WEEKS)
    new = await join(ruben, again.headers["location"])
    assert new.headers["location"].partition("?")[0] != ticket
    assert "Frågorna har besvarats på nytt efter det" in (await ruben.get(ticket)).text


async def test_a_ticket_past_its_time_is_told_of_as_it_is(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    ticket = await ticket_of(ruben, given)
    with clock.at(clock.now() + timedelta(days=15)):
        later = await site.browser(given.ruben)
        page = await later.get(ticket)
        assert "Gick ut" in page.text
        assert "Så bokar du" not in page.text
        assert "Ingen just nu" in (await later.get("/")).text
        assert (await later.submit(f"{ticket}/help")).status_code == 409
        listed = await later.get("/my/tickets")
        assert "Tidigare biljetter" in listed.text


async def test_physical_visits_that_patients_may_not_book_get_help(site: Site, given: Cast) -> None:
    await decide(site, given, physical_bookable=False)
    ruben = await site.browser(given.ruben)
    address = await answered(ruben, given)
    assert "Be om hjälp att hitta en tid" in (await ruben.get(f"{address}/result")).text
    answer = await join(ruben, address)
    assert answer.headers["location"].startswith("/my/cases/")


async def test_the_days_are_the_providers_own(site: Site, given: Cast) -> None:
    days = [
        msgspec.structs.replace(row, days=2 if row.priority == 8 else row.days) for row in Routing().validity
    ]
    await decide(site, given, validity=days)
    ruben = await site.browser(given.ruben)
    await ticket_of(ruben, given)
    row = (await rows(given, "SELECT valid_until FROM ticket WHERE person_id = $1", given.ruben.person_id))[0]
    assert (clock.local(row["valid_until"]).date() - clock.today()).days == 3


async def test_a_role_that_the_unit_lacks_is_said_to_staff(site: Site, given: Cast) -> None:
    await decide(site, given, fallback_roles=[StandIn("occupational_therapist"), StandIn("physician")])
    ruben = await site.browser(given.ruben)
    ticket = await ticket_of(ruben, given)
    case = (await ruben.submit(f"{ticket}/help")).headers["location"].rsplit("/", 1)[1]
    found = await rows(given, "SELECT role FROM care_case WHERE person_id = $1", given.ruben.person_id)
    assert found[0]["role"] == "physician"
    siri = await site.browser(given.siri)
    page = await siri.get(f"/staff/cases/{case}")
    assert "Triagen föreslog fysioterapeut, som inte finns på enheten." in page.text


async def live_elsewhere(given: Cast, by: PatientActor, *, own: str = "21", lives: str = "03") -> None:
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE provider SET settings = settings || $2 WHERE provider_id = $1",
            given.angsviken.provider_id,
            {"county": own},
        )
    await set_person(given, by.person_id, county=lives)


async def set_person(given: Cast, person_id: int, **columns: Any) -> None:
    """As the register would have said it at sign-in."""
    async with given.database.transaction(
        msgspec.structs.replace(given.ruben.scope, person_ids=(person_id,))
    ) as connection:
        number = await connection.fetchval(
            "SELECT value FROM person_identifier WHERE person_id = $1", person_id
        )
        await connection.execute("SELECT set_config('vardlots.identity', $1, true)", number)
        for column, value in columns.items():
            await connection.execute(
                f"UPDATE person SET {column} = $2 WHERE person_id = $1", person_id, value
            )


async def test_a_patient_of_another_region_is_met_as_the_provider_decides(site: Site, given: Cast) -> None:
    await live_elsewhere(given, given.ruben)
    ruben, ylva = await site.browser(given.ruben), await site.browser(given.ylva)
    care = f"/care/{given.angsviken.unit_id}"
    await decide(site, given, county="21", out_of_region=OutOfRegion.ELSEWHERE, elsewhere="Ring din region.")
    page = await ruben.get(care)
    assert "Ring din region." in page.text
    assert 'href="tel:112"' in page.text
    assert "shoulder_pain" not in page.text
    assert (await ruben.submit(care, {"complaint": "shoulder_pain"})).status_code == 409
    await decide(site, given, county="21", out_of_region=OutOfRegion.QUEUE_ONLY)
    answer = await join(ruben, await answered(ruben, given))
    assert answer.headers["location"].startswith("/my/cases/")
    case = answer.headers["location"].rsplit("/", 1)[1]
    assert "Utomlänspatient" in (await ylva.get(f"/staff/cases/{case}")).text
    assert "Utomlänspatient" in (await ylva.get(f"/staff/patients/{given.ruben.person_id}")).text


async def test_an_emergency_is_told_of_whichever_region(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    address = await begin(ruben, given, "chest_pain")
    await live_elsewhere(given, given.ruben)
    await decide(site, given, county="21", out_of_region=OutOfRegion.ELSEWHERE)
    assert "Ring 112 nu" in (await answer_all(ruben, address, {"gate": "not_breathing"})).text


async def test_what_a_closed_unit_is_sent_now_is_read_when_it_opens(site: Site, given: Cast) -> None:
    await closed(given)
    ruben = await site.browser(given.ruben)
    care = f"/care/{given.angsviken.unit_id}"
    assert (await ruben.submit(care, {"complaint": "sore_throat"})).status_code == 409
    await decide(site, given, closed=Closed.SEND)
    page = await ruben.get(care)
    assert "Ängsviken är stängt" in page.text
    assert "sore_throat" in page.text
    address = await begin(ruben, given, "sore_throat")
    result = await answer_all(ruben, address, MILD_THROAT | {"days": "20"})
    assert "Strandgatan" in result.text
    answer = await join(ruben, address)
    if "avvaktar hemma" not in result.text:
        assert "Skicka nu" in result.text
        assert "läser dem när enheten har öppnat" in result.text
    assert answer.headers["location"].startswith("/my/cases/")


async def test_priority_two_never_waits_for_a_unit_to_open(site: Site, given: Cast) -> None:
    await closed(given)
    await decide(site, given, closed=Closed.SEND)
    ruben = await site.browser(given.ruben)
    address = await begin(ruben, given, "sore_throat")
    result = await answer_all(ruben, address, MILD_THROAT | {"general": "very_ill"})
    assert "Skicka nu" not in result.text
    assert "Öppet nu" in result.text
    await ruben.submit(f"{address}/queue")
    answer = await ruben.submit(f"{address}/before", BEFORE)
    assert answer.headers["location"] == f"{address}/result"
    assert await rows(given, "SELECT 1 FROM care_case WHERE person_id = $1", given.ruben.person_id) == []


# Emergencies.


async def reports(given: Cast) -> None:
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE unit SET reports_emergencies = true WHERE unit_id = $1", given.angsviken.unit_id
        )


@pytest.mark.parametrize(
    "fault", [asyncpg.TooManyConnectionsError("busy"), TimeoutError(), RuntimeError("?")]
)
async def test_112_is_shown_also_when_the_case_cannot_be_opened(
    site: Site, given: Cast, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    await reports(given)

    async def fails(*_: Any, **__: Any) -> None:
        raise fault

    ruben = await site.browser(given.ruben)
    address = await begin(ruben, given, "chest_pain")
    with monkeypatch.context() as broken:
        broken.setattr(queueing, "open_case", fails)
        page = await answer_all(ruben, address, {"gate": "not_breathing"})
        assert page.status_code == 200
        assert 'href="tel:112"' in page.text
        assert "har fått dina svar" not in page.text
        assert (await ruben.submit(f"{address}/report")).status_code == 303
    # The page offers to try again, and does.
    assert f"{address}/report" in page.text
    told = await ruben.follow(await ruben.submit(f"{address}/report"))
    assert "Ängsviken har fått dina svar" in told.text
    assert (await ruben.submit(f"{address}/report")).status_code == 303
    assert len(await rows(given, "SELECT 1 FROM care_case WHERE person_id = $1", given.ruben.person_id)) == 1


async def test_112_is_shown_also_when_the_page_cannot_be_read_or_logged(
    site: Site, given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any, **__: Any) -> None:
        raise asyncpg.TooManyConnectionsError("busy")

    ruben = await site.browser(given.ruben)
    address = await begin(ruben, given, "chest_pain")
    await answer_all(ruben, address, {"gate": "not_breathing"})
    for name in ("note_result_read", "_context"):
        with monkeypatch.context() as broken:
            broken.setattr(emergency, name, fails)
            led = await ruben.get(f"{address}/result")
            assert led.headers["location"] == "/emergency", name
            assert 'href="tel:112"' in (await ruben.follow(led)).text


async def test_nothing_but_an_emergency_is_reported_so(site: Site, given: Cast) -> None:
    await reports(given)
    ruben = await site.browser(given.ruben)
    address = await answered(ruben, given)
    assert (await ruben.submit(f"{address}/report")).status_code == 404


async def emergency_case(site: Site, given: Cast) -> tuple[Browser, str]:
    await reports(given)
    ruben = await site.browser(given.ruben)
    address = await begin(ruben, given, "chest_pain")
    await answer_all(ruben, address, {"gate": "not_breathing"})
    return ruben, address


async def test_answered_wrong_leaves_the_queue_and_begins_again_or_neither(
    site: Site, given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ruben, address = await emergency_case(site, given)

    async def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("?")

    with monkeypatch.context() as broken:
        broken.setattr("vardlots.triage.actions.insert_interview", fails)
        assert (await ruben.submit(f"{address}/wrong")).status_code == 500
    sql = "SELECT phase FROM care_case WHERE person_id = $1"
    assert (await rows(given, sql, given.ruben.person_id))[0]["phase"] == "queued"
    answers = await asyncio.gather(*(ruben.submit(f"{address}/wrong") for _ in range(4)))
    assert {one.status_code for one in answers} == {303}
    again = {one.headers["location"] for one in answers}
    assert len(again) == 1
    assert asked(await ruben.get(again.pop()))[0] == "gate"
    assert (await rows(given, sql, given.ruben.person_id))[0]["phase"] == "cancelled"
    async with given.database.transaction(given.ruben.scope) as connection:
        begun = await connection.fetchval(
            "SELECT count(*) FROM interview WHERE person_id = $1", given.ruben.person_id
        )
    assert begun == 2


async def test_no_personal_number_or_name_stands_in_an_address(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    ticket = await ticket_of(ruben, given)
    assert re.fullmatch(r"/my/tickets/\d+-\d+", ticket)
