"""The quiet line in a page of the staff: what is asked of them, until it is seen to or put away."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from tests.cast import Cast
from tests.site import Site, open_site

from vardlots.access.actor import StaffActor
from vardlots.cases.guests.actions import invite, join
from vardlots.cases.handovers.actions import accept_handover, hand_over
from vardlots.cases.handovers.model import Receiver, Why
from vardlots.cases.model import CaseRef
from vardlots.conversations.actions import Message, mark_read, write
from vardlots.notifications.actions import Post
from vardlots.notifications.model import IN_PAGE, OF_TIMES, StaffNoticeKind
from vardlots.notifications.staff.actions import put_away, write_down
from vardlots.notifications.staff.left_open import look
from vardlots.notifications.staff.lines import STANDS, Line, lines
from vardlots.notifications.tests.phones import Phones, on_shift, post_with, system
from vardlots.notifications.tests.test_staff_kinds import MATRIX, case_of
from vardlots.platform import clock
from vardlots.platform.db import Scope, persons_scope

K = StaffNoticeKind


@pytest.fixture
def post(given: Cast) -> Post:
    return post_with(given, Phones())


@pytest_asyncio.fixture(loop_scope="session")
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path) as opened:
        yield opened


async def page_of(given: Cast, by: StaffActor, lang: str = "sv") -> list[Line]:
    async with given.database.transaction(by.scope) as connection:
        return await lines(connection, by=by, lang=lang)


async def invited(given: Cast, post: Post, mode: str = "chat") -> CaseRef:
    """Ylva asks Siri in."""
    await on_shift(given, "ylva", "siri", "hamid")
    ref = await given.ongoing_case(given.elin, person_id=given.tuva)
    n = await invite(given.house, by=given.ylva, ref=ref, staff_id=given.siri.staff_id, mode=mode)
    await write_down(post, by=system(ref), ref=ref, kind=K.GUEST_INVITED, n=n)
    return ref


async def test_whoever_is_asked_reads_who_asks(given: Cast, post: Post) -> None:
    ref = await invited(given, post)
    [line] = await page_of(given, given.siri)
    assert (line.text, line.ref, line.urgent) == ("Ylva Tallvik bjuder in dig till ett besök.", ref, False)
    for other in (given.ylva, given.hamid, given.nora, given.astrid):
        assert await page_of(given, other) == []


async def test_advice_is_asked_for_in_other_words(given: Cast, post: Post) -> None:
    await invited(given, post, "consult")
    assert [one.text for one in await page_of(given, given.siri)] == [
        "Ylva Tallvik frågar dig om råd i ett besök."
    ]


async def test_it_goes_when_it_is_seen_to(given: Cast, post: Post) -> None:
    ref = await invited(given, post)
    await join(given.house, by=given.siri, ref=ref)
    assert await page_of(given, given.siri) == []


async def test_it_goes_when_it_is_put_away_by_whose_it_is(given: Cast, post: Post) -> None:
    await invited(given, post)
    [line] = await page_of(given, given.siri)
    for other in (given.ylva, given.nora):
        await put_away(given.database, by=other, notice_id=line.notice_id)
    assert len(await page_of(given, given.siri)) == 1
    for _ in range(2):
        await put_away(given.database, by=given.siri, notice_id=line.notice_id)
    assert await page_of(given, given.siri) == []


async def test_it_goes_with_the_hours(given: Cast, post: Post) -> None:
    await invited(given, post)
    with clock.shifted(STANDS + timedelta(minutes=1)):
        assert await page_of(given, given.siri) == []


async def test_a_handover_is_the_roles_until_somebody_has_it(given: Cast, post: Post) -> None:
    await on_shift(given, "ylva", "hamid")
    ref = await given.ongoing_case(given.elin)
    n = await hand_over(
        given.house, by=given.ylva, ref=ref, to=Receiver("nurse"), priority=2, why=Why.END_OF_SHIFT
    )
    await write_down(post, by=system(ref), ref=ref, kind=K.HANDOVER, n=n)
    assert [one.text for one in await page_of(given, given.hamid)] == [
        "Ett besök väntar på att någon i rollen Sjuksköterska tar över det."
    ]
    row = await accept_handover(given.house, by=given.hamid, ref=ref, n=n)
    await write_down(post, by=system(ref), ref=ref, kind=K.HANDOVER_ANSWERED, n=row)
    assert await page_of(given, given.hamid) == []
    assert [one.text for one in await page_of(given, given.ylva)] == [
        "Hamid Nordsken har tagit över ditt besök."
    ]


async def test_a_visit_left_open_says_since_when(given: Cast, post: Post) -> None:
    ref = await given.ongoing_case(given.elin)
    n = await write(given.house, by=given.elin, ref=ref, message=Message("Hallå?", "line-open-0001"))
    with clock.shifted(timedelta(minutes=11)):
        await look(post, ref.provider_id)
        [line] = await page_of(given, given.ylva)
    assert line.text.startswith("En patient väntar på svar i ditt besök sedan ")
    assert line.urgent
    await mark_read(given.house, by=given.ylva, ref=ref, n=n)
    assert await page_of(given, given.ylva) == []


@pytest.mark.parametrize("lang", ["sv", "en"])
async def test_every_kind_has_words_and_names_no_patient(given: Cast, post: Post, lang: str) -> None:
    everybody = ("ylva", "hamid", "siri", "petra", "olle", "nora")
    await on_shift(given, *everybody)
    said: dict[StaffNoticeKind, str] = {}
    for kind, happens, told, _ in MATRIX:
        if kind not in IN_PAGE or kind in said:
            continue
        ref, n = await happens(given)
        await write_down(post, by=system(ref), ref=ref, kind=kind, n=n)
        found = await page_of(given, getattr(given, told[0]), lang)
        said[kind] = next(one.text for one in found if one.ref == ref)
        # The next one is of the same reason: this one makes room.
        if (await case_of(given, ref)).phase in ("queued", "accepted", "ongoing"):
            await _over(given, ref)
    # What is told of booked times is in test_times.py.
    assert set(said) == IN_PAGE - OF_TIMES
    assert len(set(said.values())) == len(said)
    for words in said.values():
        for secret in ("Elin", "Sjöqvarn", "axel", "kliar"):
            assert secret not in words


async def _over(given: Cast, ref: CaseRef) -> None:
    """As an administrator would with the database: stories of one patient must not stand in each other's way."""
    async with given.database.transaction(given.ylva.scope) as connection:
        await connection.execute(
            "UPDATE care_case SET phase = 'cancelled', ended_at = $3, owner_staff_id = NULL, handover_n = NULL, "
            "handover_role = NULL, handover_staff_id = NULL, chase = NULL, chase_at = NULL, paused_until = NULL, "
            "chat_guests = '{}', consult_guests = '{}' WHERE provider_id = $1 AND case_id = $2",
            *ref,
            clock.now(),
        )


async def test_those_who_hear_look_again(given: Cast, post: Post) -> None:
    heard = given.house.hub.subscribe([f"staff:{given.siri.staff_id}"])
    await on_shift(given, "ylva", "siri")
    ref = await given.ongoing_case(given.elin)
    n = await invite(given.house, by=given.ylva, ref=ref, staff_id=given.siri.staff_id, mode="chat")
    heard.pending.clear()
    await write_down(post, by=system(ref), ref=ref, kind=K.GUEST_INVITED, n=n)
    assert heard.pending == {f"staff:{given.siri.staff_id}": 0}
    heard.pending.clear()
    await write_down(post, by=system(ref), ref=ref, kind=K.GUEST_INVITED, n=n)
    assert heard.pending == {}
    given.house.hub.unsubscribe(heard)


async def test_the_page_draws_it_opens_it_and_puts_it_away(site: Site, given: Cast, post: Post) -> None:
    ref = await invited(given, post)
    browser = await site.browser(given.siri)
    page = await browser.get("/staff/settings/notices")
    assert 'id="told"' in page.text
    assert f'data-topic="staff:{given.siri.staff_id}"' in page.text
    drawn = (await browser.get("/staff/notices")).text
    assert "Ylva Tallvik bjuder in dig till ett besök." in drawn
    assert f'value="{ref}"' in drawn
    [line] = await page_of(given, given.siri)
    answer = await browser.submit(f"/staff/notices/{line.notice_id}", {"case": str(ref)})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/staff/cases/{ref}")
    assert "bjuder in" not in (await browser.get("/staff/notices")).text
    answer = await browser.submit(f"/staff/notices/{line.notice_id}", {"case": "//elsewhere"})
    assert answer.status_code == 404


async def test_lines_that_say_the_same_are_told_apart_by_what_the_lists_tell(
    site: Site, given: Cast, post: Post
) -> None:
    await invited(given, post)
    second = await given.ongoing_case(given.ruben, reason="headache")
    n = await invite(given.house, by=given.ylva, ref=second, staff_id=given.siri.staff_id, mode="chat")
    await write_down(post, by=system(second), ref=second, kind=K.GUEST_INVITED, n=n)
    browser = await site.browser(given.siri)
    drawn = (await browser.get("/staff/notices")).text
    found = [one.about for one in await page_of(given, given.siri)]
    assert len(found) == len(set(found)) == 2
    assert re.fullmatch(r"R \w, \d+ år, Huvudvärk, \d\d\.\d\d", found[0]), found[0]
    for about in found:
        assert f'class="told-about">{about}<' in drawn
        assert about not in "".join(re.findall(r'data-told-text="([^"]*)"', drawn)), "shown beyond the page"
    async with given.database.transaction(given.siri.scope) as connection:
        logged = await connection.fetchval(
            "SELECT count(*) FROM access_log WHERE actor_id = $1 AND action = 'list' AND reason = 'notices'",
            given.siri.staff_id,
        )
    assert logged == 1


async def test_a_line_about_somebody_with_protected_identity_tells_no_more_than_that(
    given: Cast, post: Post
) -> None:
    await invited(given, post)
    async with given.database.transaction(persons_scope([given.tuva])) as connection:
        number = await connection.fetchval(
            "SELECT value FROM person_identifier WHERE person_id = $1", given.tuva
        )
    async with given.database.transaction(Scope(identity=number)) as connection:
        await connection.execute("UPDATE person SET protected = true WHERE person_id = $1", given.tuva)
    [line] = await page_of(given, given.siri)
    assert line.about.startswith("Skyddad, ")


async def test_a_line_tells_whose_visit_it_is_to_no_role_without_lists(given: Cast, post: Post) -> None:
    await invited(given, post)
    for cares in (True, False):
        [line] = await page_of(given, msgspec.structs.replace(given.siri, cares=cares))
        assert bool(line.about) is cares
