"""Questions and tickets text phones: a page that sends by itself is stopped, a nurse at work is not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Site, open_site

from vardlots.platform.errors import TooMany
from vardlots.platform.limits import Limit
from vardlots.worklist import sends
from vardlots.worklist.tests.test_consultation_pages import asked
from vardlots.worklist.tests.test_ticket_pages import given_tickets, send

SAID = "Det här är inte skickat. Du har skickat mycket på kort tid."


@pytest_asyncio.fixture(loop_scope="session")
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


def test_thirty_patients_before_lunch_with_a_question_and_a_ticket_each(given: Cast) -> None:
    for _ in range(80):
        sends.one_more(given.hamid)
    with pytest.raises(TooMany, match="inte skickat"):
        sends.one_more(given.hamid)
    # A colleague's is their own.
    sends.one_more(given.siri)


async def test_questions_and_tickets_are_counted_together(
    site: Site, given: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sends, "SENDS", Limit(2, 3600))
    ref = await given.ongoing_case(given.ruben)
    ylva, hamid = await site.browser(given.ylva), await site.browser(given.hamid)
    consult, tickets = f"/staff/cases/{ref}/consult", f"/staff/cases/{ref}/tickets/new"
    ticket = {
        "what": "digital",
        "resource": f"{given.angsviken.unit_id}-nurse",
        "reason_q": "",
        "information": "Ta med dina glasögon.",
    }
    # What is only looked at is not counted.
    assert (await send(ylva, tickets, do="preview", **ticket)).status_code == 200
    assert (await asked(ylva, consult, given)).status_code == 303
    assert (await send(ylva, tickets, **ticket)).status_code == 303
    refused = await asked(ylva, consult, given, problem="En till.")
    assert refused.status_code == 429
    assert SAID in refused.text
    assert "En till." in refused.text
    refused = await send(ylva, tickets, **ticket)
    assert refused.status_code == 429
    assert SAID in refused.text
    assert "Ta med dina glasögon." in refused.text
    assert len(await given_tickets(given, given.ruben.person_id)) == 1
    async with given.database.transaction(given.ylva.scope) as connection:
        many = "SELECT count(*) FROM consultation WHERE provider_id = $1 AND from_case_id = $2"
        assert await connection.fetchval(many, *ref) == 1
    assert (await asked(hamid, consult, given)).status_code == 303
