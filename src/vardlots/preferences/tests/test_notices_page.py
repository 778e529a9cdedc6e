"""*Notifieringar*: what one chooses is kept, and the page says what must be so for a text to come."""

import asyncio

import pytest
from tests.cast import Cast
from tests.site import Site

from vardlots.access.actions import start_shift
from vardlots.access.actor import StaffActor
from vardlots.notifications.model import StaffNoticeKind
from vardlots.notifications.staff.policy import choice
from vardlots.platform.db import NOBODY
from vardlots.platform.errors import Invalid
from vardlots.preferences import actions, queries
from vardlots.preferences.model import CODES

PAGE = "/staff/settings/notices"


async def chosen(given: Cast, by: StaffActor) -> set[str]:
    async with given.database.transaction(by.scope) as connection:
        return {code for code, on in (await queries.profile(connection, by=by)).notices.items() if on}


async def test_what_is_chosen_is_kept_and_shown(site: Site, given: Cast) -> None:
    browser = await site.browser(given.ylva)
    assert " checked" not in (await browser.get(PAGE)).text.split("<fieldset")[-1].split("</fieldset")[0]
    answer = await browser.submit(PAGE, {"on": ["new_patient", "scheduled"]})
    assert answer.status_code == 303
    assert await chosen(given, given.ylva) == {"new_patient", "scheduled"}
    page = await browser.follow(answer)
    assert 'value="new_patient" checked' in page.text
    assert 'value="new_message" checked' not in page.text
    await browser.submit(PAGE, {"on": ["scheduled"], "was": ["new_patient", "scheduled"]})
    assert await chosen(given, given.ylva) == {"scheduled"}
    assert await chosen(given, given.hamid) == set()


async def test_two_tabs_do_not_undo_each_other(site: Site, given: Cast) -> None:
    """Both were opened when nothing was on; each switches one on."""
    first, second = await site.browser(given.ylva), await site.browser(given.ylva)
    await asyncio.gather(
        first.submit(PAGE, {"on": "new_patient"}), second.submit(PAGE, {"on": "new_message"})
    )
    assert await chosen(given, given.ylva) == {"new_patient", "new_message"}


async def test_many_verbs_at_once_lose_nothing(given: Cast) -> None:
    await asyncio.gather(
        *(actions.choose_notices(given.database, by=given.ylva, choices={code: True}) for code in CODES)
    )
    assert await chosen(given, given.ylva) == CODES


async def test_a_kind_that_does_not_exist_is_refused(site: Site, given: Cast) -> None:
    with pytest.raises(Invalid):
        await actions.choose_notices(given.database, by=given.ylva, choices={"everything": True})
    browser = await site.browser(given.ylva)
    assert (await browser.submit(PAGE, {"on": "everything"})).status_code == 422
    assert await chosen(given, given.ylva) == set()


async def test_every_text_that_can_be_sent_can_be_chosen() -> None:
    assert {choice(kind) for kind in StaffNoticeKind} - {"left_open"} == CODES


async def test_what_is_missing_is_said_beside_the_switch(site: Site, given: Cast) -> None:
    browser = await site.browser(given.ylva)
    page = await browser.get(PAGE)
    assert page.text.count("Inget mobilnummer.") == len(CODES)
    assert 'href="/staff/settings#mobile"' in page.text
    assert "Du har inget pågående skift." in page.text
    async with given.database.transaction(NOBODY) as connection:
        await connection.execute(
            "UPDATE staff SET mobile = '+46701740605' WHERE staff_id = $1", given.ylva.staff_id
        )
    await start_shift(
        given.database,
        by=given.ylva,
        unit_id=given.ylva.unit_id,
        role="nurse",
        shift_type="primary",
    )
    page = await browser.get(PAGE)
    assert "Inget mobilnummer." not in page.text
    assert "Sms går till 070-174 06 05." in page.text
    assert "Du har ett pågående skift." in page.text


async def test_a_visit_left_open_is_told_of_whatever_is_chosen(site: Site, given: Cast) -> None:
    browser = await site.browser(given.ylva)
    page = (await browser.get(PAGE)).text
    assert "har en patient väntat 10 minuter på svar" in page
    assert 'value="left_open"' not in page
    with pytest.raises(Invalid):
        await actions.choose_notices(given.database, by=given.ylva, choices={"left_open": False})


async def test_what_the_browser_shows_is_asked_for_in_the_browser_only(site: Site, given: Cast) -> None:
    """Hidden until a script finds that the browser can: nothing of it is kept here."""
    page = (await (await site.browser(given.astrid)).get(PAGE)).text
    box = page.split("data-told-settings")[1].split("</section>")[0]
    assert " hidden" in box
    assert "name=" not in box
