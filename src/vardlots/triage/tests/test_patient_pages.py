"""The patient's path over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Site, open_site


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(database_url, Path(tmp_path_factory.mktemp("site"))) as opened:
        yield opened


async def test_signed_out_home_says_where_to_call_and_how_to_sign_in(site: Site) -> None:
    nobody = await site.browser()
    page = await nobody.get("/")
    assert page.status_code == 200
    assert 'href="/sign-in"' in page.text
    assert 'href="tel:112"' in page.text
    assert 'href="tel:1177"' in page.text


async def test_home(site: Site, given: Cast) -> None:
    elin = await site.browser(given.elin)
    page = await elin.get("/")
    assert page.status_code == 200, page.text
    assert "Vad behöver du?" in page.text
    for address in (
        "/my/cases",
        "/my/messages",
        "/my/profile",
        "/my/log",
        "/care",
        f"/care/{given.angsviken.unit_id}",
        "/emergency",
    ):
        page = await elin.get(address)
        assert page.status_code == 200, (address, page.text)
