"""Assisted triage as a nurse presses it, without script: start, questions, outcome, the case in the lists (I4, A9)."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Browser, Page, Site, open_site

from vardlots.platform.db import Scope, provider_scope
from vardlots.triage.assisted.tests.test_assisted import kept_of, registered
from vardlots.triage.assisted.tests.test_onward import listed, unit_is
from vardlots.triage.interview import current_item
from vardlots.triage.queries import InterviewRef
from vardlots.triage.vignettes import mildest

pytestmark = pytest.mark.slow
FIELD = re.compile(r'<input type="(radio|checkbox)" name="answer" value="([^"]*)"')
NUMBER = {"caller": "self", "phone": "070-174 06 12"}


@pytest_asyncio.fixture(loop_scope="session")
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
async def ruben(given: Cast) -> int:
    await registered(given, given.ruben.person_id, given.ruben)
    return given.ruben.person_id


async def opened(nurse: Browser, person_id: int) -> str:
    """The patient's page, said why; where the call is begun."""
    await nurse.get("/staff/patients")
    answer = await nurse.submit(f"/staff/patients/{person_id}/open", {"why": "contact"})
    assert answer.status_code == 303
    return f"/staff/patients/{person_id}/assisted"


async def begun(site: Site, given: Cast, person_id: int, **fields: str) -> tuple[Browser, Page]:
    nurse = await site.browser(given.ylva)
    address = await opened(nurse, person_id)
    form = {**NUMBER, "unit_id": str(given.angsviken.unit_id), "reason": "complaint:sore_throat", **fields}
    answer = await nurse.submit(address, form)
    return nurse, answer


def hidden(page: Page, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, name
    return found[1]


async def answered(given: Cast, nurse: Browser, first: Page, *, grave: bool = False) -> Page:
    """Every question answered as mildly as can be, or the first as gravely, to the outcome."""
    address = first.headers["location"]
    ref = InterviewRef.parse(address.rsplit("/", 1)[1])
    page = await nurse.follow(first)
    for _ in range(40):
        kept = await kept_of(given, given.ylva, ref)
        item = current_item(kept.interview()) if kept.outcome is None else None
        if item is None:
            return page
        mild = mildest(item, kept.interview().protocol.meanings[item.link_id])
        said = [("true" if one else "false") if isinstance(one, bool) else str(one) for one in mild]
        if grave:
            said = [FIELD.findall(page.text)[0][1]]
        form = {"question": hidden(page, "question"), "rev": hidden(page, "rev"), "answer": said}
        page = await nurse.follow(await nurse.submit(address, form))
    raise AssertionError("the questions never end")


async def test_the_whole_way_from_the_patients_page_to_the_queue(site: Site, given: Cast, ruben: int) -> None:
    nurse, answer = await begun(site, given, ruben)
    assert answer.status_code == 303, answer.text[:400]
    ref = answer.headers["location"]
    first = await nurse.get(ref)
    assert "Hittills" in first.text
    assert "Inget svar avgör än" in first.text
    page = await answered(given, nurse, answer)
    assert "Läs upp" in page.text
    start = await nurse.get("/staff")
    assert ref in start.text
    decided = {
        "rev": hidden(page, "rev"),
        "unit_id": str(given.angsviken.unit_id),
        "role": "nurse",
        "priority": selected(page, "priority"),
        "contact": "telephone",
        "phone": "070-174 06 12",
        "share_history": "true",
        "note": "Orolig, bor ensam.",
        "ending": "queue",
    }
    done = await nurse.follow(await nurse.submit(f"{ref}/outcome", decided))
    assert "Ärendet ligger i kön" in done.text
    assert "070-174 06 12" in done.text
    queue = await nurse.get("/staff/drop-in")
    assert "070-174 06 12" in queue.text
    case = re.search(r"/staff/cases/(\d+-\d+)", done.text)
    assert case
    visit = await nurse.get(f"/staff/cases/{case[1]}")
    for said in ("Orolig, bor ensam.", "Bara för personal", "Patienten själv", "tel:+46701740612"):
        assert said in visit.text, said
    assert "Ylva Tallvik ställde frågorna på telefon" in visit.text
    assert ref not in (await nurse.get("/staff")).text
    # Pressed again it is the same case.
    again = await nurse.follow(await nurse.submit(f"{ref}/outcome", decided))
    assert case[1] in again.text
    patient = await site.browser(given.ruben)
    theirs = await patient.get(f"/my/cases/{case[1]}")
    assert "ringer vi upp" in theirs.text
    assert "Orolig" not in theirs.text


def selected(page: Page, name: str) -> str:
    part = re.search(rf'<select[^>]* name="{name}".*?</select>', page.text, re.DOTALL)
    assert part, name
    found = re.search(r'value="([^"]*)" selected', part[0])
    assert found
    return found[1]


async def test_112_comes_at_once_with_words_for_the_caller(site: Site, given: Cast, ruben: int) -> None:
    nurse, answer = await begun(site, given, ruben)
    page = await answered(given, nurse, answer, grave=True)
    assert "Be den som ringer att ringa 112 nu" in page.text
    ref = answer.headers["location"]
    decided = {
        "rev": hidden(page, "rev"),
        "unit_id": str(given.angsviken.unit_id),
        "role": selected(page, "role"),
        "priority": "1",
        "contact": "telephone",
        "ending": "emergency",
    }
    done = await nurse.follow(await nurse.submit(f"{ref}/outcome", decided))
    assert "Lägg på nu och ring 112." in done.text
    history = await nurse.get(f"/staff/patients/{ruben}")
    assert "Halsont" in history.text


async def test_what_is_wrong_is_said_with_what_was_typed_kept(site: Site, given: Cast, ruben: int) -> None:
    nurse, answer = await begun(site, given, ruben, phone="123")
    assert answer.status_code == 422
    assert "Numret stämmer inte" in answer.text
    assert 'value="123"' in answer.text
    nurse, answer = await begun(site, given, ruben)
    page = await answered(given, nurse, answer)
    ref = answer.headers["location"]
    wrong = {
        "rev": hidden(page, "rev"),
        "unit_id": str(given.angsviken.unit_id),
        "role": "nurse",
        "priority": "3",
        "contact": "telephone",
        "phone": "070-174 06 12",
        "note": "Skrivet med möda.",
        "ending": "queue",
    }
    refused = await nurse.submit(f"{ref}/outcome", wrong)
    assert refused.status_code == 422
    assert "Skriv varför prioriteten ändras" in refused.text
    assert "Skrivet med möda." in refused.text
    saved = await nurse.follow(await nurse.submit(f"{ref}/outcome", {**wrong, "ending": "save"}))
    assert "Skrivet med möda." in saved.text
    moved = await nurse.submit(f"{ref}/outcome", {**wrong, "reason": "Sjuk."})
    assert "moved=1" in moved.headers["location"]


async def test_an_answer_can_be_read_and_changed_and_two_tabs_are_told(
    site: Site, given: Cast, ruben: int
) -> None:
    nurse, answer = await begun(site, given, ruben)
    ref = answer.headers["location"]
    first = await nurse.get(ref)
    choices = [code for _, code in FIELD.findall(first.text)]
    form = {"question": hidden(first, "question"), "rev": hidden(first, "rev"), "answer": choices[-1]}
    await nurse.submit(ref, form)
    moved = await nurse.submit(ref, {**form, "answer": choices[0]})
    assert "moved=1" in moved.headers["location"]
    again = await nurse.get(f"{ref}?q={form['question']}")
    assert f'value="{choices[-1]}" data-key' in again.text
    empty = await nurse.submit(ref, {"question": form["question"], "rev": hidden(again, "rev")})
    assert empty.status_code == 422
    left = await nurse.submit(f"{ref}/leave")
    assert left.headers["location"] == f"/staff/patients/{ruben}"
    assert (await nurse.get(ref)).status_code == 303


async def test_the_door_stands_before_and_roles_and_colleagues_are_refused(
    site: Site, given: Cast, ruben: int
) -> None:
    nurse = await site.browser(given.ylva)
    address = f"/staff/patients/{ruben}/assisted"
    assert (await nurse.get(address)).status_code == 404
    head = await site.browser(given.helga)
    await opened(head, ruben)
    assert (await head.get(address)).status_code == 403
    assert "/assisted" not in (await head.get(f"/staff/patients/{ruben}")).text
    secretary = await site.browser(given.petra)
    page = await secretary.get(await opened(secretary, ruben))
    assert "Administrativa ärenden" in page.text
    assert "Halsont" not in page.text
    _, answer = await begun(site, given, ruben)
    ref = answer.headers["location"]
    for who, expected in ((given.hamid, 403), (given.nora, 404)):
        other = await site.browser(who)
        assert (await other.get(ref)).status_code == expected
        assert (await other.get(f"{ref}/outcome")).status_code == expected
    assert (await (await site.browser(given.ruben)).get(ref)).status_code in (403, 404)


async def test_protected_identity_is_never_named_on_the_way(site: Site, given: Cast, ruben: int) -> None:
    async with given.database.transaction(Scope(person_ids=(ruben,), identity="0")) as connection:
        await connection.execute("UPDATE person SET protected = true WHERE person_id = $1", ruben)
    nurse, answer = await begun(site, given, ruben)
    ref = answer.headers["location"]
    page = await nurse.get(ref)
    assert "Ekdunge" not in page.text
    assert "Skyddade personuppgifter" in page.text
    outcome = await answered(given, nurse, answer)
    assert "Ekdunge" not in outcome.text
    assert "I tjänsten" not in outcome.text
    assert "Ekdunge" not in (await nurse.get("/staff")).text


async def test_the_search_finds_and_nothing_typed_stands_in_an_address(
    site: Site, given: Cast, ruben: int
) -> None:
    nurse = await site.browser(given.ylva)
    address = await opened(nurse, ruben)
    page = await nurse.submit(address, {**NUMBER, "unit_id": str(given.angsviken.unit_id), "q": "halsont"})
    assert page.status_code == 200
    assert 'value="complaint:sore_throat"' in page.text
    assert 'value="070-174 06 12"' in page.text
    none = await nurse.submit(address, {**NUMBER, "q": "xyzzyplugh"})
    assert "xyzzyplugh" in none.text


async def test_a_case_reached_by_telephone_has_no_welcome_and_no_composer(
    site: Site, given: Cast, ruben: int
) -> None:
    nurse, answer = await begun(site, given, ruben)
    page = await answered(given, nurse, answer)
    ref = answer.headers["location"]
    decided = {
        "rev": hidden(page, "rev"),
        "unit_id": str(given.angsviken.unit_id),
        "role": "nurse",
        "priority": selected(page, "priority"),
        "contact": "telephone",
        "phone": "070-174 06 12",
        "ending": "queue",
    }
    done = await nurse.follow(await nurse.submit(f"{ref}/outcome", decided))
    found = re.search(r"/staff/cases/(\d+-\d+)", done.text)
    assert found
    case = f"/staff/cases/{found[1]}"
    await nurse.submit(f"{case}/accept")
    assert "Inget meddelande skickas när du startar" in (await nurse.get(case)).text
    await nurse.submit(f"{case}/start")
    visit = await nurse.get(case)
    assert "Patienten läser inte här" in visit.text
    assert 'name="text"' not in visit.text.split("visit-dock")[1].split("</section>")[0]
    patient = await site.browser(given.ruben)
    theirs = await patient.get(f"/my/cases/{found[1]}")
    assert "Vården ringer i det här ärendet." in theirs.text
    async with given.database.transaction(provider_scope(given.ylva.provider_id)) as connection:
        said = await connection.fetch(
            "SELECT kind FROM entry WHERE case_id = $1 ORDER BY n", int(found[1].split("-")[1])
        )
    assert "message" not in {row["kind"] for row in said}


async def test_1177_by_telephone_hands_over_and_says_to_whom_and_why(
    site: Site, given: Cast, ruben: int
) -> None:
    """Ylva works at 1177 by telephone; Ruben is listed at Strandgatan and has never signed in."""
    await unit_is(given, given.angsviken, kind="telephone")
    await listed(given, given.strandgatan)
    nurse, answer = await begun(site, given, ruben)
    page = await answered(given, nurse, answer)
    ref = answer.headers["location"]
    buttons = re.findall(r'name="ending" value="([a-z_]+)"', page.text)
    assert buttons.index("handed_over") < buttons.index("queue")
    assert f"på {given.strandgatan.name}." in page.text
    assert selected(page, "unit_id") == str(given.strandgatan.unit_id)
    decided = {
        "rev": hidden(page, "rev"),
        **{name: selected(page, name) for name in ("unit_id", "role", "priority")},
        "contact": "telephone",
        "phone": "070-174 06 12",
        "ending": "handed_over",
    }
    for _ in range(2):
        done = await nurse.follow(await nurse.submit(f"{ref}/outcome", decided))
        assert "Överlämnat till enheten" in done.text
        assert given.strandgatan.name in done.text
        assert "ringer upp på 070-174 06 12" in done.text


async def test_another_provider_gets_nothing_before_the_patient_has_said_yes(
    site: Site, given: Cast, ruben: int
) -> None:
    await unit_is(given, given.angsviken, kind="telephone")
    await listed(given, given.norrhamn)
    nurse, answer = await begun(site, given, ruben)
    page = await answered(given, nurse, answer)
    ref = answer.headers["location"]
    decided = {
        "rev": hidden(page, "rev"),
        "unit_id": str(given.norrhamn.unit_id),
        "role": "nurse",
        "priority": selected(page, "priority"),
        "contact": "telephone",
        "phone": "070-174 06 12",
        "note": "Hör dåligt.",
        "ending": "handed_over",
    }
    refused = await nurse.submit(f"{ref}/outcome", decided)
    assert refused.status_code == 422
    assert "Fråga patienten" in refused.text
    assert "Hör dåligt." in refused.text
    done = await nurse.follow(await nurse.submit(f"{ref}/outcome", decided | {"consent": "yes"}))
    assert given.norrhamn.name in done.text
