"""The parts of the visit that fetch themselves anew: each reads what it shows, whatever state the case is in."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from tests.cast import Cast
from tests.site import Browser, Site

from vardlots.access.actor import StaffActor
from vardlots.cases import actions as cases
from vardlots.cases.chasing.actions import chase
from vardlots.cases.ending.actions import end
from vardlots.cases.guests.actions import invite
from vardlots.cases.handovers.actions import hand_over
from vardlots.cases.handovers.model import Receiver
from vardlots.cases.model import CaseRef
from vardlots.cases.pauses.actions import pause
from vardlots.conversations.actions import Message, write
from vardlots.conversations.forms.actions import send_form
from vardlots.platform import clock
from vardlots.worklist.visit_extras import PARTS, READERS, Part
from vardlots.worklist.visit_guests import read_guests

# Keys of what could be sent next, and the form's token: made anew each time.
ANEW = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|(?<=name=\"_csrf_token\" value=\")[^\"]*")


async def queued(given: Cast, site: Site) -> CaseRef:
    return await given.waiting_case(given.ruben)


async def accepted(given: Cast, site: Site) -> CaseRef:
    ref = await given.waiting_case(given.ruben)
    await cases.accept(given.house, by=given.ylva, ref=ref)
    return ref


async def ongoing(given: Cast, site: Site) -> CaseRef:
    return await given.ongoing_case(given.ruben)


async def with_guests(given: Cast, site: Site) -> CaseRef:
    """One in the chat, one who gives advice; neither has come yet."""
    ref = await given.ongoing_case(given.ruben)
    for guest, mode in ((given.olle, "chat"), (given.siri, "consult")):
        await invite(given.house, by=given.ylva, ref=ref, staff_id=guest.staff_id, mode=mode)
    return ref


async def handover_asked(given: Cast, site: Site) -> CaseRef:
    ref = await given.ongoing_case(given.ruben)
    await hand_over(
        given.house,
        by=given.ylva,
        ref=ref,
        to=Receiver("physician"),
        priority=2,
        why="other_competence",
        message="Varmt, rött.",
    )
    return ref


async def paused(given: Cast, site: Site) -> CaseRef:
    ref = await given.ongoing_case(given.ruben)
    until = clock.now() + timedelta(days=1)
    await pause(
        given.house, by=given.ylva, ref=ref, until=until, text="Vi fortsätter {time}.", key=uuid4().hex
    )
    return ref


async def chased(given: Cast, site: Site) -> CaseRef:
    ref = await given.ongoing_case(given.ruben)
    message = Message("Hur länge har du haft ont?", uuid4().hex)
    await write(given.house, by=given.ylva, ref=ref, message=message)
    await chase(given.house, by=given.ylva, ref=ref, key=uuid4().hex)
    return ref


async def follow_up(given: Cast, site: Site) -> CaseRef:
    """The visit is over, its note is signed, and the patient may still write."""
    ref = await given.ongoing_case(given.ruben)
    await end(given.house, by=given.ylva, ref=ref, follow_up_days=3)
    note = {"rev": "0", "status": "Opåverkad.", "do": "sign"}
    signed = await (await site.browser(given.ylva)).submit(f"/staff/cases/{ref}/note", note)
    assert signed.status_code == 303
    return ref


async def form_sent(given: Cast, site: Site) -> CaseRef:
    ref = await given.ongoing_case(given.ruben)
    await send_form(given.house, by=given.ylva, ref=ref, code="pain", key=uuid4().hex)
    return ref


# How a case comes there, and something that one of its parts says then to whoever has it.
STATES: tuple[tuple[Callable[[Cast, Site], Awaitable[CaseRef]], str, str], ...] = (
    (queued, "dock", "/accept"),
    (accepted, "dock", "/start"),
    (ongoing, "foot", "Lämna över"),
    (with_guests, "head", "2 gäster"),
    (handover_asked, "handover", "Varmt, rött."),
    (paused, "handover", "Fortsätt nu"),
    (chased, "chase", "chase/stop"),
    (follow_up, "signed", "Opåverkad."),
    (form_sent, "forms", "Smärta"),
)


async def drawn(browser: Browser, ref: CaseRef) -> dict[str, str]:
    """Every part as a page's script fetches it, without what is made anew each time."""
    found = {}
    for name in PARTS:
        address = f"/staff/cases/{ref}/parts/{name}"
        page = await browser.get(address, **{"hx-request": "true"})
        assert page.status_code == 200, (name, page.text)
        assert f'hx-get="{address}"' in page.text
        found[name] = ANEW.sub("", page.text)
    return found


@pytest.mark.parametrize(("state", "part", "says"), STATES, ids=[state.__name__ for state, *_ in STATES])
async def test_each_part_reads_all_that_it_shows(
    given: Cast,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    state: Callable[[Cast, Site], Awaitable[CaseRef]],
    part: str,
    says: str,
) -> None:
    ref = await state(given, site)
    staff: list[StaffActor] = [given.ylva, given.hamid]
    if state in (with_guests, handover_asked):
        staff += [given.siri]
    if state is with_guests:
        staff += [given.olle]
    browsers = [await site.browser(one) for one in staff]
    with clock.at(clock.now()):
        # A guest comes with whichever part is fetched first, and the others' parts tell of it.
        for browser in browsers:
            await browser.get(f"/staff/cases/{ref}/parts/signed")
        few = [await drawn(browser, ref) for browser in browsers]
        every = tuple(one for one in READERS if one is not read_guests)
        for name, had in PARTS.items():
            monkeypatch.setitem(PARTS, name, Part(had.template, every))
        for browser, one in zip(browsers, few, strict=True):
            assert one == await drawn(browser, ref)
    assert says in few[0][part]
