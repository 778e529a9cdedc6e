"""What the tests of the pages share: addresses, forms sent as a browser sends them, and what has been kept."""

from typing import Any

from tests.cast import Cast
from tests.site import Browser, Page

from vardlots.admin.addresses import address
from vardlots.admin.known import kinds
from vardlots.admin.tests.forms import shown_in
from vardlots.configuration import queries as configuration
from vardlots.configuration.model import Kind

WELCOME, PHRASE, OPENING, ESCALATION, ROLE = "welcome", "phrase", "opening", "escalation", "role"


def of(code: str) -> Kind:
    return kinds()[code]


def place(given: Cast, code: str, unit: Any = None, then: str = "") -> str:
    """The address of what the unit has one of."""
    return address(of(code), str((unit or given.angsviken).unit_id), then)


async def sent(browser: Browser, where: str, deed: str = "save", **more: Any) -> Page:
    """Open a form, change some of its fields, and press a button."""
    page = await browser.get(where)
    assert page.status_code == 200, (where, page.status_code)
    fields = shown_in(page.content) | {name.replace("__", "."): value for name, value in more.items()}
    fields.setdefault("~reason", [""])
    return await browser.submit(where, {**fields, "do": deed})


async def drafts(given: Cast, code: str, by: Any) -> dict[str, Any]:
    async with given.database.transaction(by.scope) as connection:
        found = await configuration.drafts(connection, by.provider_id, code, by.staff_id)
    return {key: one.body for key, one in found.items()}


async def history(given: Cast, code: str, key: str) -> list[Any]:
    async with given.database.transaction(given.astrid.scope) as connection:
        return await configuration.history(connection, given.astrid.provider_id, code, key)
