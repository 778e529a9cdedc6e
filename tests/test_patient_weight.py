"""What a patient's page weighs: every style and script it asks for, and all that these may ask for, as it is sent."""

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests import patient_pages
from tests.cast import Cast
from tests.patient_pages import Walked
from tests.site import Browser, Page, Site, open_site

from vardlots.booking.actions import book_ticket
from vardlots.booking.tests.calendar import at, booking_ticket, times
from vardlots.cases.actions import end
from vardlots.contacts.actions import set_contact
from vardlots.conversations.forms.actions import send_form
from vardlots.conversations.forms.queries import cards
from vardlots.tickets.model import Kind
from vardlots.tickets.tests.helpers import a_drop_in, by_telephone, sent

MOST = 60_000  # bytes over the wire: the requirement of the patient's pages, fonts aside
_ASKED = re.compile(r'<(?:link|script|use)\b[^>]*?(?:href|src)="(/static/[^"#]+)')
_IMPORTED = re.compile(r'(?:from|import)\s*\(?\s*"\./([\w-]+\.js)"')
# A part of app.js: the selector that says which pages it is for, and what then is fetched.
_PART = re.compile(r'\["([^"\n]*data-[^"\n]*)",\s*async.*?(?=,\s*\["|\];|\],\s*\];)', re.S)
_FONT = ".woff2"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(database_url, Path(tmp_path_factory.mktemp("site"))) as opened:
        yield opened


async def walked_by(site: Site, given: Cast) -> tuple[Browser, Walked]:
    """Ruben, who has come by every page, with a visit that goes on and one that has ended."""
    ruben = await site.browser(given.ruben)
    walked = await patient_pages.walk(ruben, given.angsviken.unit_id)
    ended = await given.ongoing_case(given.ruben, reason="abdomen")
    await end(given.house, by=given.ylva, ref=ended, follow_up_days=3, agreed="Vila.")
    for ref in (await given.ongoing_case(given.ruben, reason="rash"), ended):
        patient_pages.visited(walked, str(ref))
    ongoing = await given.ongoing_case(given.ruben, reason="ear")
    await send_form(given.house, by=given.ylva, ref=ongoing, code="pain", key="a-form-to-weigh")
    async with given.database.transaction(given.ylva.scope) as connection:
        patient_pages.has_form(walked, str(ongoing), (await cards(connection, ongoing))[-1].request_id)
    await times(given, 3)
    (taken,) = await times(given, first=at(96))
    used = await booking_ticket(given, given.ruben, reason="rash")
    booked = await book_ticket(given.house, by=given.ruben, ticket=used.ref, slot=taken)
    waits = await booking_ticket(given, given.ruben, reason="ear")
    patient_pages.has_booked(walked, str(waits.ref), str(booked.ref))
    tor = await by_telephone(given)
    sent_on, _ = await a_drop_in(given, tor, given.ruben, forms=("pain",))
    patient_pages.has_ticket_forms(walked, str(sent_on.ref))
    form_alone = await sent(given, given.ruben.person_id, kind=Kind.FORM, forms=("pain",))
    patient_pages.has_ticket_forms(walked, str(form_alone.ref))
    contact = {"person_id": given.ruben.person_id, "role": "nurse", "staff_id": given.ylva.staff_id}
    patient_pages.has_contact(walked, str(await set_contact(given.house, by=given.ylva, **contact)))
    return ruben, walked


class Scale:
    """Weighs what pages ask for, each file once."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._known: dict[str, tuple[int, dict[str, frozenset[str]]]] = {}

    async def weigh(self, page: Page) -> dict[str, int]:
        """The size of everything the page asks for, by address."""
        found: dict[str, int] = {}
        waiting = _ASKED.findall(page.text)
        while waiting:
            address = waiting.pop()
            if address in found or _FONT in address:
                continue
            found[address], more = await self._file(address)
            waiting += [
                one for one, marks in more.items() if not marks or any(mark in page.text for mark in marks)
            ]
        return found

    async def _file(self, address: str) -> tuple[int, dict[str, frozenset[str]]]:
        """The size, and the scripts it may ask for with the marks of the pages that do (none: every page)."""
        if address not in self._known:
            # As the browser asks, but read undone: what counts is the bytes on the wire.
            request = self._browser.client.build_request("GET", address, headers={"accept-encoding": "gzip"})
            answer = await self._browser.client.send(request, stream=True)
            raw = b"".join([part async for part in answer.aiter_raw()])
            await answer.aclose()
            assert answer.status_code == 200, address
            assert answer.headers.get("content-encoding") == "gzip", f"{address} is sent as it is"
            assert "immutable" in answer.headers["cache-control"], f"{address} is not kept"
            folder = address.rpartition("/")[0]
            text = gzip.decompress(raw).decode() if ".js" in address and "vendor" not in address else ""
            marks: dict[str, frozenset[str]] = dict.fromkeys(_IMPORTED.findall(text), frozenset())
            for part in _PART.finditer(text):
                meant = frozenset(re.findall(r"data-[\w-]+", part[1]))
                marks |= dict.fromkeys(_IMPORTED.findall(part[0]), meant)
            self._known[address] = len(raw), {f"{folder}/{name}": meant for name, meant in marks.items()}
        return self._known[address]


@pytest.mark.slow
async def test_every_page_of_a_patient_weighs_less_than_sixty_kilobytes(site: Site, given: Cast) -> None:
    """Also with every script that what is on the page may fetch later, and with the icons, drawn from one file."""
    ruben, walked = await walked_by(site, given)
    assert patient_pages.unknown_routes(site, walked) == set(), (
        "say in tests/patient_pages.py how one comes there"
    )
    scale = Scale(ruben)
    for address in [*walked.addresses, "/no-such-page"]:
        page = await ruben.get(address)
        page = await ruben.follow(page) if page.status_code == 303 else page
        assert page.status_code in (200, 404), (address, page.status_code)
        sizes = await scale.weigh(page)
        assert any("icons.svg" in one for one in sizes), address
        assert sum(sizes.values()) < MOST, (address, sizes)
        if any(one.endswith("app.js") for one in sizes):
            assert sum(".css" in one for one in sizes) <= 2, (
                f"{address} waits for more than one sheet and its own"
            )
        if "data-composer" in page.text:
            assert any(one.endswith("/composer.js") for one in sizes), (
                "a part that the page has use for is weighed"
            )


async def test_a_page_asks_at_once_for_every_script_that_it_starts_with(site: Site, given: Cast) -> None:
    """Each import would else be found only when the one before it has come: on a slow line that is seconds."""
    ruben = await site.browser(given.ruben)
    page = await ruben.get("/")
    asked = set(_ASKED.findall(page.text))
    started = [one for one in asked if one.endswith("js/app.js")]
    while started:
        address = started.pop()
        assert address in asked, f"{address} is asked for by another script first"
        text = (await ruben.get(address)).text
        folder = address.rpartition("/")[0]
        later = set(re.findall(r'import\("\./([\w-]+\.js)"\)', text))
        started += [f"{folder}/{name}" for name in _IMPORTED.findall(text) if name not in later]
