"""*Jag mår sämre* over HTTP, without script: 112 first, the questions, the waiting room or the conversation."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Browser, Page, Site, open_site

from vardlots.cases.actions import accept, end, leave_queue, start
from vardlots.cases.model import Kind
from vardlots.cases.queries import readable_case, timeline
from vardlots.platform import clock
from vardlots.platform.db import NOBODY
from vardlots.triage.queries import InterviewRef
from vardlots.triage.tests.test_anew import VERY_ILL, answered, kept_of, waiting, worse
from vardlots.triage.tests.test_patient_pages import MILD_THROAT, answer_all


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(database_url, Path(tmp_path_factory.mktemp("site"))) as opened:
        yield opened


async def begin_anew(browser: Browser, base: str) -> str:
    await browser.get(f"{base}/worse")
    answer = await browser.submit(f"{base}/worse")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def answer_anew(browser: Browser, base: str, **chosen: Any) -> Page:
    return await answer_all(browser, await begin_anew(browser, base), MILD_THROAT | chosen)


async def test_112_stands_first_and_the_answers_lead_back_to_the_waiting_room(
    site: Site,
    given: Cast,
) -> None:
    case = await waiting(given, given.elin, child=given.tuva)
    await given.waiting_case(given.ruben, priority=4)
    elin, base = await site.browser(given.elin), f"/my/cases/{case.ref}"
    assert f"{base}/worse" in (await elin.get(base)).text
    page = await elin.get(f"{base}/worse")
    assert page.text.index("tel:112") < page.text.index("Svara på frågorna igen")
    room = await answer_anew(elin, base, general="very_ill")
    assert "Ni har flyttats fram" in room.text
    assert "Från plats 2 till plats 1 i kön." in room.text
    assert "Ni är nummer 1" in room.text
    # What stands between triage and the queue is not asked again.
    assert "Får vi läsa journaler" not in room.text
    answers = (await elin.get(f"{base}/answers")).text
    assert answers.index("Svar på nytt") < answers.index("Första svaren")


async def test_milder_answers_keep_the_place(site: Site, given: Cast) -> None:
    case = await waiting(given, given.ruben, **VERY_ILL)
    ruben = await site.browser(given.ruben)
    room = await answer_anew(ruben, f"/my/cases/{case.ref}")
    assert "Vi har fått de nya svaren" in room.text
    assert "Samma plats i kön." in room.text


async def test_an_answer_that_calls_for_112_is_met_with_112_and_the_case_stands_first(
    site: Site,
    given: Cast,
) -> None:
    case = await waiting(given, given.ruben)
    ruben = await site.browser(given.ruben)
    page = await answer_anew(ruben, f"/my/cases/{case.ref}", gate="not_breathing")
    assert "tel:112" in page.text
    assert "har fått dina svar" in page.text
    assert f"/my/cases/{case.ref}/worse" in page.text
    async with given.database.transaction(given.ylva.scope) as connection:
        after = await readable_case(connection, by=given.ylva, ref=case.ref)
    assert after.priority == 1


async def test_during_the_visit_it_is_above_what_one_writes_and_leads_back_to_the_conversation(
    site: Site,
    given: Cast,
) -> None:
    case = await waiting(given, given.ruben)
    await accept(given.house, by=given.ylva, ref=case.ref)
    await start(given.house, by=given.ylva, ref=case.ref, welcome="Hej.")
    ruben, base = await site.browser(given.ruben), f"/my/cases/{case.ref}"
    visit = (await ruben.get(base)).text
    assert re.search(rf'class="chat-worse[^>]*><a class="link" href="{base}/worse">', visit)
    chat = await answer_anew(ruben, base, general="very_ill")
    assert "Dina nya svar har kommit fram." in chat.text
    assert "Svarade på frågorna på nytt" in chat.text
    # Which priority it was and is, is for staff.
    assert not re.search(r"prioritet \d", chat.text)


async def test_a_visit_that_ended_meanwhile_is_told_kindly_and_the_answers_go_nowhere(
    site: Site,
    given: Cast,
) -> None:
    case = await waiting(given, given.ruben)
    ruben, base = await site.browser(given.ruben), f"/my/cases/{case.ref}"
    interview = await begin_anew(ruben, base)
    await accept(given.house, by=given.ylva, ref=case.ref)
    await end(given.house, by=given.ylva, ref=case.ref, follow_up_days=3)
    page = await answer_all(ruben, interview, MILD_THROAT)
    assert "Dina nya svar skickades inte." in page.text
    async with given.database.transaction(given.ylva.scope) as connection:
        rows = await timeline(connection, case.ref)
    assert Kind.RETRIAGED not in {row.kind for row in rows}
    assert (await ruben.get(f"{base}/worse")).status_code == 303
    assert (await ruben.submit(f"{base}/worse")).headers["location"] == base


async def test_112_comes_first_also_when_the_case_has_ended(site: Site, given: Cast) -> None:
    case = await waiting(given, given.ruben)
    ruben = await site.browser(given.ruben)
    interview = await begin_anew(ruben, f"/my/cases/{case.ref}")
    await leave_queue(given.house, by=given.ruben, ref=case.ref)
    page = await answer_all(ruben, interview, MILD_THROAT | {"gate": "not_breathing"})
    assert "tel:112" in page.text
    assert "har fått dina svar" not in page.text


async def test_answers_that_were_never_sent_are_sent_with_one_button(site: Site, given: Cast) -> None:
    case = await waiting(given, given.ruben)
    ruben, base = await site.browser(given.ruben), f"/my/cases/{case.ref}"
    interview = await begin_anew(ruben, base)
    # The phone died after the last answer: the interview has its outcome, the case knows nothing.
    await answered(given, given.ruben, InterviewRef.parse(interview.rsplit("/", 1)[1]), VERY_ILL)
    page = await ruben.follow(await ruben.submit(f"{base}/worse"))
    assert "Dina nya svar är inte skickade än" in page.text
    room = await ruben.follow(await ruben.submit(f"{interview}/anew"))
    assert "Vi har fått de nya svaren" in room.text
    # Once more, by the back button: nothing happens twice.
    assert (await ruben.submit(f"{interview}/anew")).status_code == 303
    async with given.database.transaction(given.ylva.scope) as connection:
        rows = await timeline(connection, case.ref)
    assert [row.kind for row in rows].count(Kind.RETRIAGED) == 1


async def test_the_questions_are_nobody_elses_and_are_not_asked_about_what_is_over(
    site: Site,
    given: Cast,
) -> None:
    case = await waiting(given, given.elin, child=given.tuva)
    base = f"/my/cases/{case.ref}"
    elin, matti, ruben = [await site.browser(one) for one in (given.elin, given.matti, given.ruben)]
    interview = await begin_anew(elin, base)
    assert (await matti.get(f"{base}/worse")).headers["location"] == base
    assert (await matti.submit(f"{base}/worse")).status_code == 403
    assert (await ruben.get(f"{base}/worse")).status_code == 404
    assert (await ruben.submit(f"{base}/worse")).status_code == 404
    for other in (matti, ruben):
        assert (await other.get(interview)).status_code == 404
        assert (await other.submit(f"{interview}/anew")).status_code == 404
    # Neither the step into the queue nor home's *Fortsätt där du var* is for these.
    assert (await elin.submit(f"{interview}/queue")).status_code == 303
    assert interview not in (await elin.get(f"/?for={given.tuva}")).text


async def test_a_late_answer_in_another_tab_after_it_was_sent_leads_to_the_case(
    site: Site,
    given: Cast,
) -> None:
    case = await waiting(given, given.ruben)
    ruben, base = await site.browser(given.ruben), f"/my/cases/{case.ref}"
    interview = await begin_anew(ruben, base)
    ref = InterviewRef.parse(interview.rsplit("/", 1)[1])
    await worse(given, given.ruben, case.ref, VERY_ILL)
    kept = await kept_of(given, given.ruben, ref)
    answer = await ruben.submit(interview, {"question": "general", "rev": str(kept.rev), "answer": "well"})
    assert answer.headers["location"] == interview
    assert (await ruben.get(interview)).headers["location"] == base
    assert (await ruben.get(f"{interview}?q=general")).headers["location"] == base


async def test_the_waiting_room_gives_no_time_where_nobody_is_and_says_when_somebody_is(
    site: Site,
    given: Cast,
) -> None:
    case = await waiting(given, given.ruben)
    ruben, base = await site.browser(given.ruben), f"/my/cases/{case.ref}"
    room = (await ruben.get(base)).text
    assert "Ingen tar emot just nu" in room
    assert "Den som är sjukare går före" in room
    assert "Det här händer nu" in room
    assert 'data-says="Du är nummer 1.' in room
    # Somebody was taken lately, by whom nobody knows any more: that is nobody's pace either.
    left = await given.waiting_case(given.elin, reason="left")
    await accept(given.house, by=given.ylva, ref=left)
    await leave_queue(given.house, by=given.elin, ref=left)
    assert "Ingen tar emot just nu" in (await ruben.get(base)).text
    unit = given.angsviken
    async with given.database.transaction(NOBODY) as connection:
        shift = await connection.fetchval(
            "INSERT INTO shift (provider_id, staff_id, unit_id, role, shift_type, started_at) "
            "VALUES ($1, $2, $3, 'nurse', 'primary', $4) RETURNING shift_id",
            unit.provider_id,
            given.ylva.staff_id,
            unit.unit_id,
            clock.now(),
        )
    for _ in range(3):
        ref = await given.waiting_case(given.elin, reason=f"r{_}")
        await accept(given.house, by=given.ylva, ref=ref)
    assert "Ungefär" in (await ruben.get(base)).text
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE shift SET ended_at = $2, ended_by = 'staff' WHERE shift_id = $1", shift, clock.now()
        )
        await connection.execute(
            'UPDATE unit SET opening = \'{"0": ["08:00", "08:01"]}\' WHERE unit_id = $1', unit.unit_id
        )
    room = (await ruben.get(base)).text
    assert "Ungefär" not in room
    assert re.search(r"Ingen är här just nu\. Ängsviken öppnar .+\. Platsen är kvar\.", room)
