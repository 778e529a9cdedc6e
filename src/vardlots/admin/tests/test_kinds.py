"""Every kind of setting, through its pages: it is listed, opened, saved with a reason, compared, and taken back.

A new kind is covered by being registered.
"""

import html
import re

import pytest
from tests.cast import Cast
from tests.site import Site

from vardlots.admin.addresses import address
from vardlots.admin.bodies import filled
from vardlots.admin.known import kinds
from vardlots.admin.shape import fields_of
from vardlots.admin.tests.pages import sent
from vardlots.configuration import queries
from vardlots.configuration.model import Item, Kind
from vardlots.platform import clock

EVERY = list(kinds())


async def standing(given: Cast, kind: Kind) -> list[Item]:
    """What there is of a kind."""
    async with given.database.transaction(given.astrid.scope) as connection:
        return await queries.items(connection, given.astrid.provider_id, kind, clock.now())


@pytest.mark.parametrize("code", EVERY)
async def test_each_kind_is_listed_and_opened(site: Site, given: Cast, code: str) -> None:
    browser, kind = await site.browser(given.astrid), kinds()[code]
    page = await browser.follow(await browser.get(address(kind, at="all")))
    assert page.status_code == 200
    assert kind.label in page.text
    for one in (await standing(given, kind))[:3]:
        page = await browser.get(address(kind, one.key))
        assert page.status_code == 200, (code, one.key)
        assert "Spara version" in page.text


@pytest.mark.parametrize("code", EVERY)
async def test_each_kind_is_saved_as_it_stands_and_has_a_version(site: Site, given: Cast, code: str) -> None:
    """What the form shows is what it sends: saving without a change changes nothing."""
    browser, kind = await site.browser(given.astrid), kinds()[code]
    for one in (await standing(given, kind))[:2]:
        answer = await sent(browser, address(kind, one.key), "save", **{"~reason": ["Prov"]})
        assert answer.status_code == 303, (code, one.key, faults_in(answer.text))
        page = await browser.follow(answer)
        assert "är sparad och gäller nu" in page.text
        assert "”Prov”" in page.text
        after = {each.key: each for each in await standing(given, kind)}[one.key]
        assert filled(fields_of(kind.shape), after.body) == filled(fields_of(kind.shape), one.body)
        answer = await browser.submit(address(kind, one.key, "restore"), {"version": "1"})
        assert answer.status_code == 303


def faults_in(page: str) -> list[str]:
    """What a page says is wrong."""
    return [html.unescape(one) for one in re.findall(r'class="error-summary".*?</div>', page, re.DOTALL)]
