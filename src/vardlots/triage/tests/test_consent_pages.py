"""The patient's own page of consents."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Site, open_site

from vardlots.consents import queries
from vardlots.consents.model import ConsentKind


@pytest_asyncio.fixture(loop_scope="session")
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


async def holds(given: Cast, person_id: int, kind: ConsentKind) -> bool:
    async with given.database.transaction(given.ylva.scope) as connection:
        return await queries.holds(connection, given.angsviken.provider_id, person_id, kind)


async def test_a_patient_says_yes_no_and_takes_it_back(site: Site, given: Cast) -> None:
    await given.waiting_case(given.ruben)
    ruben = await site.browser(given.ruben)
    page = await ruben.get("/my/consents")
    assert page.status_code == 200
    assert "Ja, i dag" not in page.text
    form = {
        "person": str(given.ruben.person_id),
        "provider": str(given.angsviken.provider_id),
        "kind": "history",
    }
    for word, expected in (("yes", True), ("withdrawn", False), ("no", False), ("yes", True)):
        answer = await ruben.submit("/my/consents", {**form, "said": word})
        assert answer.status_code == 303
        assert await holds(given, given.ruben.person_id, ConsentKind.HISTORY) == expected
    # To be registered is withdrawn, and given anew by seeking care.
    assert (
        await ruben.submit("/my/consents", {**form, "kind": "registration", "said": "yes"})
    ).status_code == 422
    await ruben.submit("/my/consents", {**form, "kind": "registration", "said": "withdrawn"})
    assert not await holds(given, given.ruben.person_id, ConsentKind.REGISTRATION)
    await given.waiting_case(given.ruben, reason="sore_throat")
    assert await holds(given, given.ruben.person_id, ConsentKind.REGISTRATION)


@pytest.mark.parametrize("who", ["ruben", "matti"])
async def test_a_guardian_for_the_child_and_nobody_else(site: Site, given: Cast, who: str) -> None:
    await given.waiting_case(given.elin, person_id=given.tuva)
    browser = await site.browser(getattr(given, who))
    form = {
        "person": str(given.tuva),
        "provider": str(given.angsviken.provider_id),
        "kind": "history",
        "said": "yes",
    }
    answer = await browser.submit("/my/consents", form)
    assert answer.status_code == (303 if who == "matti" else 404)
    assert await holds(given, given.tuva, ConsentKind.HISTORY) == (who == "matti")
    page = await browser.get(f"/my/consents?for={given.tuva}")
    assert page.status_code == (200 if who == "matti" else 404)
