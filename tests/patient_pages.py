"""Every page that a patient can meet, with somebody who has come to each: for what must hold on all of them.

    walked = await walk(browser, unit_id)            # seeks care, by the forms, until there is something on every page
    walked.pages["/interview/{ref}/result"]          # the addresses by route

A route of the application that is neither here nor in NOT_PAGES fails `unknown_routes`, so that none is forgotten.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from litestar.routes import HTTPRoute
from tests.site import Browser, Page, Site

from vardlots.triage.tests.test_patient_pages import BEFORE
from vardlots.triage.tests.test_tickets import SIX_WEEKS

NOT_PAGES = {
    "/my",
    "/my/tabs",
    "/my/log.pdf",
    "/my/cases/{ref}/entries",
    "/my/cases/{ref}/calendar",
    "/my/cases/{ref}/files/{file_id}",
    "/my/cases/{ref}/forms/{request_id}/card",
    "/interview/{ref}/files/{file_id}",
    "/pictures/{picture}",
    "/triage/pictures/{name}",
    "/static/{path}",
    "/sign-in/start/{who}",
    "/sign-in/callback/{who}",
    "/healthz",
    "/readyz",
    "/metrics",
    "/live",
}
PLAIN = (
    *("/", "/emergency", "/sign-in", "/care", "/services", "/my/cases", "/my/messages", "/my/tickets"),
    *("/my/profile", "/my/consents", "/my/log", "/my/sessions"),
)
NOT_BREATHING = {"gate": "not_breathing"}


@dataclass
class Walked:
    """The addresses there are to look at, by route."""

    pages: dict[str, list[str]] = field(default_factory=dict)

    def add(self, route: str, *addresses: str) -> None:
        """One more page of a route."""
        self.pages.setdefault(route, []).extend(addresses)

    @property
    def addresses(self) -> list[str]:
        """All of them."""
        return [address for found in self.pages.values() for address in found]


def unknown_routes(site: Site, walked: Walked) -> set[str]:
    """The pages of the application for patients that nobody has walked to."""
    served = {
        re.sub(r":\w+\}", "}", route.path_format)
        for route in site.app.routes
        if isinstance(route, HTTPRoute) and "GET" in route.methods
    }
    own = {path for path in served if not path.startswith(("/staff", "/demo"))}
    return own - set(walked.pages) - NOT_PAGES


async def walk(browser: Browser, unit_id: int) -> Walked:
    """Somebody who is signed in and has nothing yet comes by every page but those of a visit."""
    walked = Walked()
    for address in PLAIN:
        walked.add(address, address)
    care, services = f"/care/{unit_id}", f"/services/{unit_id}"
    walked.add("/care/{unit_id}", care)
    walked.add("/services/{unit_id}", services)
    begun = await begin(browser, care, "something_else")
    walked.add("/interview/{ref}", begun)
    walked.add("/interview/{ref}/leave", f"{begun}/leave")
    await _to_a_case(browser, care, walked)
    await _to_a_ticket(browser, care, walked)
    await _to_an_errand(browser, services, walked)
    await _home(browser, care, walked)
    walked.add(
        "/interview/{ref}/result", await _answered(browser, care, "chest_pain", NOT_BREATHING) + "/result"
    )
    return walked


def visited(walked: Walked, case: str) -> None:
    """A case in which the visit has begun."""
    walked.add("/my/cases/{ref}", f"/my/cases/{case}")


def has_form(walked: Walked, case: str, request_id: int) -> None:
    """A form that staff have sent in a visit: its questions, one of them and one by itself."""
    address = f"/my/cases/{case}/forms/{request_id}"
    walked.add("/my/cases/{ref}/forms/{request_id}", address, f"{address}?q=since")


def has_booked(walked: Walked, ticket: str, case: str) -> None:
    """A ticket with times to choose among, and a booked visit."""
    book, visit = f"/my/tickets/{ticket}/book", f"/my/cases/{case}"
    walked.add("/my/tickets/{ref}/book", book)
    walked.add("/my/tickets/{ref}/book/units", f"{book}/units")
    walked.add("/my/cases/{ref}", visit)
    for part in ("rebook", "rebook/units", "cancel"):
        walked.add(f"/my/cases/{{ref}}/{part}", f"{visit}/{part}")


def has_ticket_forms(walked: Walked, ticket: str) -> None:
    """A ticket that is not for a time, with a form: its questions, one of them and one by itself."""
    address = f"/my/tickets/{ticket}/forms/1"
    walked.add("/my/tickets/{ref}", f"/my/tickets/{ticket}")
    walked.add("/my/tickets/{ref}/forms/{place}", address)


def has_contact(walked: Walked, contact: str) -> None:
    """Somebody whom the patient asks."""
    walked.add("/my/contacts/{ref}", f"/my/contacts/{contact}")


async def begin(browser: Browser, address: str, complaint: str, name: str = "complaint") -> str:
    """Begin the questions. The interview's address."""
    await browser.get(address)
    answer = await browser.submit(address, {name: complaint})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def answer_all(browser: Browser, address: str, chosen: Mapping[str, str]) -> Page:
    """Answer the questions as chosen, harmlessly where nothing is; the page where that leads."""
    page = await browser.get(address)
    for _ in range(50):
        asked = re.search(r'name="question" value="([^"]+)"', page.text)
        if asked is None:
            return page
        rev = re.search(r'name="rev" value="(\d+)"', page.text)
        assert rev is not None
        options = re.findall(r'name="answer" value="([^"]+)"', page.text)
        calm = next((one for one in ("none", "no") if one in options), options[0] if options else "3")
        written = "En fråga." if "<textarea" in page.text else calm
        given = chosen.get(asked[1], written)
        answer = await browser.submit(address, {"question": asked[1], "rev": rev[1], "answer": given})
        assert answer.status_code == 303, (asked[1], answer.text)
        page = await browser.follow(answer)
    raise AssertionError("the questions never end")


async def _answered(browser: Browser, care: str, complaint: str, chosen: Mapping[str, str]) -> str:
    address = await begin(browser, care, complaint)
    await answer_all(browser, address, chosen)
    return address


async def _to_a_case(browser: Browser, care: str, walked: Walked) -> None:
    asked = await _answered(browser, care, "vomiting_diarrhoea", {})
    base = await _sent(browser, asked, "/my/cases/")
    walked.add("/my/cases/{ref}", base)
    for part in ("more", "leave", "worse", "answers"):
        walked.add(f"/my/cases/{{ref}}/{part}", f"{base}/{part}")


async def _to_a_ticket(browser: Browser, care: str, walked: Walked) -> None:
    asked = await _answered(browser, care, "shoulder_pain", SIX_WEEKS)
    walked.add("/my/tickets/{ref}", await _sent(browser, asked, "/my/tickets/"))


async def _to_an_errand(browser: Browser, services: str, walked: Walked) -> None:
    read = await begin(browser, services, "unit_question", "service")
    await answer_all(browser, read, {})
    walked.add("/interview/{ref}/check", f"{read}/check")
    asked = await begin(browser, services, "referral_question", "service")
    await answer_all(browser, asked, {})
    walked.add("/my/cases/{ref}/sent", await _sent(browser, asked, "/my/cases/", part="/sent"))


async def _home(browser: Browser, care: str, walked: Walked) -> None:
    """What is left open: a result, its answers, what is asked before the queue, and advice."""
    result = await _answered(browser, care, "back_pain", {})
    walked.add("/interview/{ref}/result", f"{result}/result")
    walked.add("/interview/{ref}/answers", f"{result}/answers")
    asked = await _answered(browser, care, "eye", {})
    await browser.submit(f"{asked}/queue")
    walked.add("/interview/{ref}/before", f"{asked}/before")
    stays = await _answered(browser, care, "ear", {})
    await browser.submit(f"{stays}/wait")
    walked.add("/interview/{ref}/advice", f"{stays}/advice")


async def _sent(browser: Browser, asked: str, where: str, part: str = "") -> str:
    """Through the last questions. Where that leads, without what the address tells."""
    await browser.submit(f"{asked}/queue")
    await browser.get(f"{asked}/before")
    answer = await browser.submit(f"{asked}/before", BEFORE)
    found = str(answer.headers.get("location", "")).partition("?")[0]
    assert found.startswith(where), (answer.status_code, found, answer.text[:2000])
    return found.removesuffix(part) + part
