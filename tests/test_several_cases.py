"""Requirement B12: several cases of one person, at several units, for several children: none is seen in another."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.cast import Cast
from tests.site import Site, open_site

from vardlots.access.reach import reach
from vardlots.cases.model import CaseRef
from vardlots.conversations.actions import Message, write
from vardlots.platform.errors import NotFound
from vardlots.worklist.stream import heads

pytestmark = pytest.mark.slow


@pytest.fixture
async def site(given: Cast, database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


async def five_cases(given: Cast) -> dict[str, CaseRef]:
    """Elin's own at two providers, Tuva's at two units, Nils's; each with a word that stands in it alone."""
    cases = {
        "mandarin": await given.ongoing_case(given.elin, reason="headache"),
        "lavendel": await given.ongoing_case(given.elin, given.nora, unit=given.norrhamn, reason="rash"),
        "pimpinell": await given.ongoing_case(given.elin, person_id=given.tuva, reason="cough"),
        "kardemumma": await given.ongoing_case(
            given.elin, given.olle, person_id=given.tuva, unit=given.strandgatan, reason="cough"
        ),
        "fjolårsgräs": await given.ongoing_case(given.elin, person_id=given.nils, reason="rash"),
    }
    for place, (word, ref) in enumerate(cases.items()):
        said = Message(f"Det luktar {word}.", f"several-cases-{place}")
        await write(given.house, by=given.elin, ref=ref, message=said)
    return cases


async def test_every_page_of_a_case_holds_that_case_alone(given: Cast, site: Site) -> None:
    cases = await five_cases(given)
    browser = await site.browser(given.elin)
    for word, ref in cases.items():
        others = set(cases) - {word}
        for part in ("", "/entries?after=0"):
            page = await browser.get(f"/my/cases/{ref}{part}")
            assert page.status_code == 200
            assert word in page.text
            assert {one for one in others if one in page.text} == set()
            assert {one for one in others if f"/my/cases/{cases[one]}" in page.text} == set()
        answers = await browser.get(f"/my/cases/{ref}/answers")
        assert {one for one in cases if one in answers.text} == set()


async def test_home_shows_one_person_at_a_time(given: Cast, site: Site) -> None:
    cases = await five_cases(given)
    browser = await site.browser(given.elin)
    about = {
        "/": {"mandarin", "lavendel"},
        f"/?for={given.tuva}": {"pimpinell", "kardemumma"},
        f"/?for={given.nils}": {"fjolårsgräs"},
    }
    for address, words in about.items():
        page = await browser.get(address)
        assert {word for word in cases if word in page.text} == words
    for address in ("/my/cases", "/my/messages"):
        page = await browser.get(address)
        assert {word for word in cases if word in page.text} == set(cases)
        # Each case says whom it is about; the name stands once more where one chooses to see that one's only.
        assert page.text.count("Tuva") == 2 + 1
        assert page.text.count("Nils") == 1 + 1


async def test_a_message_or_file_of_one_is_refused_in_another(given: Cast, site: Site) -> None:
    cases = await five_cases(given)
    browser = await site.browser(given.elin)
    first, second = cases["pimpinell"], cases["kardemumma"]
    sent = await browser.call(f"/my/cases/{first}/files", files=[("file", ("a.txt", b"hej", "text/plain"))])
    if sent.status_code == 201:
        file_id = sent.json()["id"]
        assert (await browser.get(f"/my/cases/{second}/files/{file_id}")).status_code == 404
        answer = await browser.call(
            f"/my/cases/{second}/messages", {"text": "", "key": "wrong-case-1", "attachments": file_id}
        )
        assert answer.status_code == 422
    # The same key in another case is another message, not a repetition of the first.
    for ref in (first, second):
        kept = await browser.call(
            f"/my/cases/{ref}/messages", {"text": "Samma nyckel.", "key": "same-key-both"}
        )
        assert kept.status_code == 201
    crossed = CaseRef(cases["lavendel"].provider_id, cases["mandarin"].case_id)
    assert (await browser.get(f"/my/cases/{crossed}")).status_code == 404


async def test_a_stream_tells_of_the_case_that_moved_and_of_no_other(given: Cast, site: Site) -> None:
    cases = await five_cases(given)
    hub = given.house.hub
    heard = {word: hub.subscribe([f"case:{ref}"]) for word, ref in cases.items()}
    await write(
        given.house, by=given.olle, ref=cases["kardemumma"], message=Message("Hur mår hon?", "asks-about-1")
    )
    assert {word for word, subscription in heard.items() if subscription.pending} == {"kardemumma"}
    elin = await reach(given.database, person_id=given.elin.person_id)
    ruben = await reach(given.database, person_id=given.ruben.person_id)
    assert elin is not None
    assert ruben is not None
    topics = [f"case:{ref}" for ref in cases.values()]
    assert set(await heads(given.house, elin, topics)) == set(topics)
    with pytest.raises(NotFound):
        await heads(given.house, ruben, topics)


async def test_staff_of_one_unit_find_nothing_of_the_other_provider(given: Cast, site: Site) -> None:
    cases = await five_cases(given)
    browser = await site.browser(given.ylva)
    for word in ("mandarin", "pimpinell", "fjolårsgräs"):
        page = await browser.get(f"/staff/cases/{cases[word]}?tab=earlier")
        assert {one for one in cases if one != word and one in page.text} == set()
        assert "Norrhamn" not in page.text
    assert (await browser.get(f"/staff/cases/{cases['lavendel']}")).status_code == 404
