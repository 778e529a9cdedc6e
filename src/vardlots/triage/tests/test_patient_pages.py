"""The patient's path over HTTP, without script: home, care, questions, outcome, queue, waiting room."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.pictures import jpeg
from tests.site import Browser, Page, Site, open_site

from vardlots.access.actor import PatientActor
from vardlots.cases.model import CaseRef, Phase
from vardlots.cases.queries import readable_case, timeline
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, persons_scope, provider_scope
from vardlots.triage.interview import outcome
from vardlots.triage.queries import InterviewRef, own_interview
from vardlots.triage.words import mobile_in_text

MILD_THROAT = {
    "general": "well",
    "swallowing": "little",
    "days": "2",
    "fever": "no",
    "throat": "spots",
    "cough": "cold",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(database_url, Path(tmp_path_factory.mktemp("site"))) as opened:
        yield opened


async def begin(browser: Browser, given: Cast, complaint: str, *, about: int | None = None) -> str:
    """Begin the questions; the interview's address."""
    query = f"?for={about}" if about else ""
    address = f"/care/{given.angsviken.unit_id}{query}"
    await browser.get(address)
    answer = await browser.submit(address, {"complaint": complaint})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def asked(page: Page) -> tuple[str, str, list[str]]:
    """The question on a page: its id, the interview's rev, the answers there are to choose."""
    link_id = re.search(r'name="question" value="([^"]+)"', page.text)
    rev = re.search(r'name="rev" value="(\d+)"', page.text)
    assert link_id is not None, page.text
    assert rev is not None
    return link_id[1], rev[1], re.findall(r'name="answer" value="([^"]+)"', page.text)


async def answer_all(browser: Browser, address: str, chosen: dict[str, Any]) -> Page:
    """Answer the questions as chosen, harmlessly where nothing is; the page where that leads."""
    page = await browser.get(address)
    for _ in range(40):
        if 'name="question"' not in page.text:
            return page
        link_id, rev, options = asked(page)
        calm = "none" if "none" in options else "no" if "no" in options else options[0] if options else "3"
        value = chosen.get(link_id, "" if link_id == "own_words" else calm)
        answer = await browser.submit(address, {"question": link_id, "rev": rev, "answer": value})
        assert answer.status_code == 303, (link_id, answer.status_code, answer.text)
        page = await browser.follow(answer)
    raise AssertionError("the questions never end")


BEFORE = {
    "share_history": "true",
    "share_medications": "false",
    "mobile": "070-174 06 12",
    "interpreter": "false",
    "own_words": "Jag är orolig.",
}


async def join(browser: Browser, address: str, **changed: str) -> Page:
    """From the result into the queue."""
    answer = await browser.submit(f"{address}/queue")
    assert answer.headers["location"] == f"{address}/before"
    await browser.get(f"{address}/before")
    return await browser.submit(f"{address}/before", BEFORE | changed)


async def queued(browser: Browser, given: Cast, **about: Any) -> CaseRef:
    """A case that waits, by way of every page."""
    address = await begin(browser, given, "sore_throat", **about)
    await answer_all(browser, address, MILD_THROAT | {"general": "very_ill"})
    answer = await join(browser, address)
    assert answer.status_code == 303, answer.text
    return CaseRef.parse(answer.headers["location"].rsplit("/", 1)[1])


async def count_log(given: Cast, action: str, person_id: int) -> int:
    async with given.database.transaction(persons_scope([person_id])) as connection:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM access_log WHERE action = $1 AND person_id = $2", action, person_id
            )
        )


async def test_signed_out_home_says_where_to_call_and_how_to_sign_in(site: Site) -> None:
    nobody = await site.browser()
    page = await nobody.get("/")
    assert page.status_code == 200
    for link in ('href="/sign-in"', 'href="tel:112"', 'href="tel:1177"'):
        assert link in page.text
    assert (await nobody.get("/emergency")).status_code == 200
    assert (await nobody.get("/my/cases")).headers["location"].startswith("/sign-in")


@pytest.mark.slow
async def test_every_plain_page_opens(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    unit = given.angsviken.unit_id
    for address in (
        "/",
        "/my/cases",
        "/my/messages",
        "/my/profile",
        "/my/log",
        "/care",
        f"/care/{unit}",
        "/emergency",
    ):
        for lang in ("sv", "en"):
            elin.client.cookies.set("lang", lang)
            page = await elin.get(address)
            assert page.status_code == 200, (address, page.text)
            assert f'<html lang="{lang}"' in page.text


async def test_a_guardian_chooses_a_child_and_nobody_elses(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    page = await elin.get(f"/?for={given.tuva}")
    assert "Vad behöver Tuva?" in page.text
    for stranger in (given.ruben.person_id, "x", 10**12):
        for address in ("/", "/care", f"/care/{given.angsviken.unit_id}", "/my/log"):
            assert (await elin.get(f"{address}?for={stranger}")).status_code == 404
    answer = await elin.submit(
        f"/care/{given.angsviken.unit_id}?for={given.ruben.person_id}", {"complaint": "sore_throat"}
    )
    assert answer.status_code == 404


async def test_from_question_to_waiting_room_without_script(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    address = await begin(elin, given, "sore_throat", about=given.tuva)
    first = await elin.get(address)
    assert "på Tuva just nu" in first.text
    result = await answer_all(elin, address, MILD_THROAT | {"general": "very_ill"})
    assert "Tuva behöver bedömas snart" in result.text
    assert "Ställ oss i kön" in result.text
    assert "Ingen är före." in result.text
    assert re.search(r"Regel H\d+", result.text)
    answer = await join(elin, address)
    room = await elin.follow(answer)
    assert "Ni är nummer 1" in room.text
    assert mobile_in_text("+46701740612") in room.text
    ref = CaseRef.parse(answer.headers["location"].rsplit("/", 1)[1])
    async with given.database.transaction(given.ylva.scope) as connection:
        case = await readable_case(connection, by=given.ylva, ref=ref)
        opened = (await timeline(connection, ref))[0]
        consents = await connection.fetch(
            "SELECT kind, given FROM consent WHERE person_id = $1 ORDER BY kind", given.tuva
        )
    assert (case.priority, case.reason, case.phase) == (2, "sore_throat", Phase.QUEUED)
    assert opened.body["unread"] is True
    assert opened.body["protocol"] == "sore_throat"
    assert {row["kind"]: row["given"] for row in consents} == {
        "registration": True,
        "history": True,
        "medication": False,
    }


async def test_the_kept_outcome_replays(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    address = await begin(elin, given, "sore_throat", about=given.tuva)
    await answer_all(elin, address, MILD_THROAT | {"general": "very_ill"})
    ref = InterviewRef.parse(address.rsplit("/", 1)[1])
    async with given.database.transaction(given.elin.scope) as connection:
        kept = await own_interview(connection, by=given.elin, ref=ref)
    assert kept.outcome is not None
    again = outcome(kept.interview())
    assert [rule.id for rule in again.rules] == kept.outcome["rules"]
    assert again.priority == kept.outcome["priority"]


async def test_an_answer_that_is_missing_is_told_beside_the_question(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    address = await begin(elin, given, "sore_throat", about=given.nils)
    link_id, rev, _ = asked(await elin.get(address))
    page = await elin.submit(address, {"question": link_id, "rev": rev})
    assert page.status_code == 422
    assert "error-summary" in page.text
    assert 'href="#a"' in page.text


async def test_a_number_out_of_bounds_stays_as_typed(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    address = await begin(elin, given, "sore_throat", about=given.nils)
    page = await elin.get(address)
    while asked(page)[0] != "days":
        link_id, rev, options = asked(page)
        value = "none" if "none" in options else options[0]
        page = await elin.follow(
            await elin.submit(address, {"question": link_id, "rev": rev, "answer": value})
        )
    page = await elin.submit(address, {"question": "days", "rev": asked(page)[1], "answer": "två"})
    assert page.status_code == 422
    assert 'value="två"' in page.text


async def test_back_keeps_answers_and_changes_nothing(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    address = await begin(elin, given, "shoulder_pain")
    page = await elin.get(address)
    link_id, rev, _ = asked(page)
    page = await elin.follow(await elin.submit(address, {"question": link_id, "rev": rev, "answer": "none"}))
    second = asked(page)[0]
    assert f'href="{address}?q={link_id}"' in page.text
    before = await elin.get(f"{address}?q={link_id}")
    assert asked(before)[0] == link_id
    assert re.search(r'value="none"[^>]* checked', before.text)
    assert asked(await elin.get(address))[0] == second
    assert (await elin.get(f"{address}?q=nonsense")).headers["location"] == address


async def test_two_tabs_the_later_is_told_and_shown_where_it_stands(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    address = await begin(elin, given, "shoulder_pain")
    link_id, rev, _ = asked(await elin.get(address))
    await elin.submit(address, {"question": link_id, "rev": rev, "answer": "none"})
    late = await elin.submit(address, {"question": link_id, "rev": rev, "answer": "bleeding"})
    page = await elin.follow(late)
    assert "Frågorna har besvarats i en annan flik" in page.text
    assert asked(page)[0] != link_id


async def test_the_same_answer_sent_twice_is_no_fault(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    address = await begin(elin, given, "shoulder_pain")
    link_id, rev, _ = asked(await elin.get(address))
    for _ in range(2):
        answer = await elin.submit(address, {"question": link_id, "rev": rev, "answer": "none"})
        assert answer.headers["location"] == address


async def test_two_taps_begin_one_interview_and_home_offers_to_go_on(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    first = await begin(ruben, given, "shoulder_pain")
    assert await begin(ruben, given, "shoulder_pain") == first
    page = await ruben.get("/")
    assert "Fortsätt där du var" in page.text
    assert first in page.text
    await ruben.get(f"{first}/leave")
    assert (await ruben.submit(f"{first}/leave")).headers["location"] == "/"
    assert "Fortsätt där du var" not in (await ruben.get("/")).text


async def test_an_interview_is_only_its_own_persons(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    address = await begin(elin, given, "sore_throat", about=given.tuva)
    for other in (given.ruben, given.matti):
        browser = await site.browser(other)
        assert (await browser.get(address)).status_code == 404
        assert (
            await browser.submit(address, {"question": "gate", "rev": "1", "answer": "none"})
        ).status_code == 404
        assert (await browser.get(f"{address}/result")).status_code == 404
    ylva = await site.browser(given.ylva)
    assert (await ylva.get(address)).status_code == 403


async def test_self_care_first_and_staff_all_the_same(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    address = await begin(ruben, given, "shoulder_pain")
    result = await answer_all(
        ruben, address, {"pain": "3", "side": "right", "lift": "usual", "duration": "days"}
    )
    assert "Jag avvaktar hemma" in result.text
    assert "Jag vill ändå ha kontakt" in result.text
    advice = await ruben.follow(await ruben.submit(f"{address}/wait"))
    assert "Du avvaktar hemma" in advice.text
    assert "tel:1177" in advice.text


async def test_a_photo_during_the_questions_follows_into_the_case(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    address = await begin(elin, given, "sore_throat", about=given.nils)
    page = await elin.get(address)
    while asked(page)[0] != "throat":
        link_id, rev, options = asked(page)
        value = MILD_THROAT.get(link_id, "none" if "none" in options else options[0] if options else "3")
        page = await elin.follow(
            await elin.submit(address, {"question": link_id, "rev": rev, "answer": value})
        )
    wrong = await elin.submit(
        address,
        {"question": "throat", "rev": asked(page)[1], "answer": "red"},
        [("file", ("virus.jpg", b"MZ not a picture", "image/jpeg"))],
    )
    assert wrong.status_code == 422
    assert re.search(r'value="red"[^>]* checked', wrong.text)
    right = await elin.submit(
        address,
        {"question": "throat", "rev": asked(page)[1], "answer": "red"},
        [("file", ("hals.jpg", jpeg(), "image/jpeg"))],
    )
    assert right.status_code == 303
    await answer_all(elin, address, {"general": "very_ill", **MILD_THROAT, "swallowing": "cannot_drink"})
    answer = await join(elin, address)
    ref = CaseRef.parse(answer.headers["location"].rsplit("/", 1)[1])
    async with given.database.transaction(provider_scope(given.angsviken.provider_id)) as connection:
        file_id = await connection.fetchval(
            "SELECT attachment_id FROM attachment WHERE case_id = $1", ref.case_id
        )
    assert (await elin.get(f"/my/cases/{ref}/files/{file_id}?thumb=1")).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [("mobile", "12"), ("mobile", "08-123 456 78"), ("share_history", ""), ("own_words", "x" * 2001)],
)
async def test_what_is_asked_before_the_queue_is_checked_and_kept_as_typed(
    site: Site, given: Cast, field: str, value: str
) -> None:
    elin = await site.browser(given.elin)
    address = await begin(elin, given, "sore_throat", about=given.tuva)
    await answer_all(elin, address, MILD_THROAT | {"general": "very_ill"})
    page = await join(elin, address, **{field: value})
    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert "Jag är orolig." in page.text or field == "own_words"


async def test_a_number_can_be_declined_and_the_page_says_what_follows(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    address = await begin(elin, given, "sore_throat", about=given.tuva)
    await answer_all(elin, address, MILD_THROAT | {"general": "very_ill"})
    room = await elin.follow(await join(elin, address, mobile="", mobile_declined="1"))
    assert "Vi kan inte skicka sms" in room.text


async def test_joining_twice_gives_one_case_and_a_second_complaint_leads_to_the_first(
    site: Site, given: Cast
) -> None:
    elin, matti = await site.browser(given.elin), await site.browser(given.matti)
    address = await begin(elin, given, "sore_throat", about=given.tuva)
    other = await begin(matti, given, "sore_throat", about=given.tuva)
    await answer_all(elin, address, MILD_THROAT | {"general": "very_ill"})
    await answer_all(matti, other, MILD_THROAT | {"general": "very_ill"})
    first = await join(elin, address)
    twice = await elin.submit(f"{address}/before", BEFORE)
    assert twice.headers["location"] == first.headers["location"]
    # The other guardian was answering at the same time.
    answer = await join(matti, other)
    assert answer.headers["location"] == f"{first.headers['location']}?already=1"
    # Whoever begins anew is told before the first question, and may choose something else.
    again = await elin.submit(
        f"/care/{given.angsviken.unit_id}?for={given.tuva}", {"complaint": "sore_throat"}
    )
    assert again.status_code == 409
    assert "Du har redan ett ärende om halsont hos Ängsviken." in again.text
    assert f'href="{first.headers["location"]}"' in again.text
    assert 'value="shoulder_pain"' in again.text or 'value="ear"' in again.text


async def test_a_closed_unit_takes_nobody_and_says_where_to_turn(site: Site, given: Cast) -> None:
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute("UPDATE unit SET opening = '{}' WHERE unit_id = $1", given.angsviken.unit_id)
    elin = await site.browser(given.elin)
    address = f"/care/{given.angsviken.unit_id}"
    page = await elin.get(address)
    assert "Ängsviken är stängt" in page.text
    assert "Strandgatan" in page.text
    assert (await elin.submit(address, {"complaint": "sore_throat"})).status_code == 409


async def test_priority_one_shows_112_and_reports_where_the_unit_wants_it(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    address = await begin(ruben, given, "chest_pain")
    page = await answer_all(ruben, address, {"gate": "not_breathing"})
    assert "Ring 112 nu" in page.text
    assert 'href="tel:112"' in page.text
    assert "<b>får nästan ingen luft</b>" in page.text
    assert "har fått dina svar" not in page.text
    link_id = asked(await ruben.get(f"{address}?q=gate"))[0]
    assert link_id == "gate"
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE unit SET reports_emergencies = true WHERE unit_id = $1", given.angsviken.unit_id
        )
    rev = asked(await ruben.get(f"{address}?q=gate"))[1]
    page = await ruben.follow(
        await ruben.submit(address, {"question": "gate", "rev": rev, "answer": "unconscious"})
    )
    assert "Ängsviken har fått dina svar" in page.text
    wrong = await ruben.submit(f"{address}/wrong")
    again = wrong.headers["location"]
    assert again != address
    assert asked(await ruben.get(again))[0] == "gate"
    async with given.database.transaction(given.ylva.scope) as connection:
        row = await connection.fetchrow(
            "SELECT phase, priority FROM care_case WHERE person_id = $1", given.ruben.person_id
        )
    assert tuple(row) == ("cancelled", 1)


async def test_case_pages_for_outsider_other_guardian_and_grown_child(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    ref = await queued(elin, given, about=given.tuva)
    ruben = await site.browser(given.ruben)
    for page in ("", "/answers", "/more", "/leave", "/worse", "/entries"):
        assert (await ruben.get(f"/my/cases/{ref}{page}")).status_code == 404
    matti = await site.browser(given.matti)
    room = await matti.get(f"/my/cases/{ref}")
    assert room.status_code == 200
    assert "Lämna kön" not in room.text
    assert "Den som sökte vård är den som kan skriva" in room.text
    assert (await matti.get(f"/my/cases/{ref}/more")).headers["location"] == f"/my/cases/{ref}"
    assert (await matti.submit(f"/my/cases/{ref}/leave")).status_code == 403
    tuva_at_13 = clock.now() + timedelta(days=366 * 7)
    with clock.at(tuva_at_13):
        later = await site.browser(given.elin)
        refused = await later.get(f"/my/cases/{ref}")
        assert (refused.status_code, "Tuva" in refused.text) == (403, False)
        assert "loggar in på egen hand" in refused.text
        assert "Tuva" not in (await later.get("/")).text


async def test_the_waiting_room_more_worse_leave(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    ref = await queued(elin, given, about=given.tuva)
    base = f"/my/cases/{ref}"
    assert "Hur mår Tuva?" in (await elin.get(f"{base}/worse")).text
    form = await elin.get(f"{base}/more")
    key = re.search(r'name="key" value="([^"]+)"', form.text)
    assert key is not None
    empty = await elin.submit(f"{base}/more", {"key": key[1], "text": " "})
    assert empty.status_code == 422
    for _ in range(2):
        added = await elin.submit(f"{base}/more", {"key": key[1], "text": "Nu har hon feber."})
        assert added.headers["location"] == f"{base}?added=1"
    async with given.database.transaction(given.elin.scope) as connection:
        rows = await timeline(connection, ref)
    assert [row.body.get("text") for row in rows if row.kind == "information"] == ["Nu har hon feber."]
    answers = await elin.get(f"{base}/answers")
    assert "Jag är orolig." in answers.text
    assert (await elin.submit(f"{base}/leave")).headers["location"] == base
    assert "Ni lämnade kön." in (await elin.get(base)).text
    assert (await elin.submit(f"{base}/leave")).status_code in (303, 409)


async def test_reading_a_case_is_in_the_log_before_the_page_is_there(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    ref = await queued(elin, given, about=given.tuva)
    before = await count_log(given, "read_case", given.tuva)
    await elin.get(f"/my/cases/{ref}")
    assert await count_log(given, "read_case", given.tuva) == before + 1
    await elin.get(f"/my/cases/{ref}/answers")
    assert await count_log(given, "read_answers", given.tuva) == 1
    log = await elin.get(f"/my/log?for={given.tuva}")
    assert "Läste ärendet" in log.text
    assert "Ställde ärendet i kön" in log.text


async def test_the_log_is_paged_by_its_key(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    ref = await queued(elin, given, about=given.tuva)
    for _ in range(62):
        await elin.get(f"/my/cases/{ref}/answers")
    page = await elin.get(f"/my/log?for={given.tuva}")
    more = re.search(r'href="(/my/log\?[^"]*before=[^"]+)"', page.text)
    assert more is not None
    older = await elin.get(more[1].replace("&amp;", "&"))
    assert older.status_code == 200
    assert "Ställde ärendet i kön" in older.text


async def test_cases_of_the_family_are_never_mixed_up(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    await queued(elin, given, about=given.tuva)
    own = (await elin.get("/")).text
    assert "Väntar i kön" not in own
    assert "Väntar i kön" in (await elin.get(f"/?for={given.tuva}")).text
    assert "Väntar i kön" not in (await elin.get(f"/?for={given.nils}")).text
    assert re.search(r"Halsont, Tuva, \d+ år", (await elin.get("/my/cases")).text)


async def test_the_profile_keeps_a_number_or_that_there_is_none(site: Site, given: Cast) -> None:
    ruben = await site.browser(given.ruben)
    wrong = await ruben.submit("/my/profile", {"mobile": "abc"})
    assert wrong.status_code == 422
    assert 'value="abc"' in wrong.text
    await ruben.submit("/my/profile", {"mobile": "+46 70 174 06 13"})
    assert "070-174 06 13" in (await ruben.get("/my/profile")).text
    await ruben.submit("/my/profile", {"mobile": "", "mobile_declined": "1"})
    async with given.database.transaction(given.ruben.scope) as connection:
        assert (
            await connection.fetchval("SELECT mobile FROM person WHERE person_id = $1", given.ruben.person_id)
            is None
        )


async def test_the_language_is_chosen_and_leads_nowhere_else(site: Site) -> None:
    nobody = await site.browser()
    await nobody.get("/")
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        answer = await nobody.submit("/my/language", {"lang": "en", "next": elsewhere})
        assert answer.headers["location"] == "/"
    assert "lang=en" in answer.headers["set-cookie"]
    assert "lang=" not in (await nobody.submit("/my/language", {"lang": "xx"})).headers.get("set-cookie", "")


async def test_the_place_in_line_counts_the_more_urgent_and_the_earlier(site: Site, given: Cast) -> None:
    actors: list[PatientActor] = [given.ruben, given.matti]
    await given.waiting_case(actors[0], priority=1)
    await given.waiting_case(actors[1], priority=4)
    elin = await site.browser(given.elin)
    ref = await queued(elin, given, about=given.tuva)
    assert "Ni är nummer 2" in (await elin.get(f"/my/cases/{ref}")).text
