"""The people of the stories, each in a browser of their own, and what they can do, in plain verbs."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.async_api import (
    APIResponse,
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    expect,
)
from tests.journeys import axe
from tests.journeys.pictures import PHOTO

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
SOON = 8_000  # ms: longer than any of this takes on a slow machine
expect.set_options(timeout=SOON)

# Requests that a browser gives up when it leaves a page are nobody's fault.
_LEFT = ("net::ERR_ABORTED",)
_VIOLATION = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`))"""

Answers = Mapping[str, str | list[str] | None]
# Priority 3 for a child: poorly, fever, white spots, and nothing that frightens.
SORE_THROAT: Answers = {
    "gate": ["none"],
    "alarm": ["none"],
    "small_child": ["none"],
    "general": "tired",
    "swallowing": "each_swallow",
    "days": "3",
    "fever": "measured",
    "temperature": "39,2",
    "fever_days": "2",
    "throat": "spots",
    "nodes": "yes",
    "cough": "no",
    "risk": ["none"],
    "pregnant": "no",
    "taken": ["paracetamol"],
    "own_words": "Hon gråter när hon sväljer. Jag är orolig.",
}
# Priority 1.
CHEST_PAIN: Answers = {"gate": ["none"], "onset": "ongoing_long", "character": "pressure"}
BEFORE_QUEUE: Answers = {"share_history": "true", "share_medications": "false", "interpreter": "false"}


@dataclass(frozen=True)
class Case:
    """A case as a story speaks of it."""

    ref: str
    complaint: str


@dataclass
class Stage:
    """Where people come on."""

    base: str
    browser: Browser
    looked: Path | None = None  # where it is noted what axe has seen in this run; None: nobody judges
    people: list[Person] = field(default_factory=list)

    async def patient(self, name: str, **chosen: Any) -> Patient:
        """Somebody with a phone."""
        chosen = {"viewport": PHONE, "has_touch": True} | chosen
        patient = Patient(self, name, await self._context(**chosen))
        patient.has_script = chosen.get("java_script_enabled", True)
        return patient

    async def nurse(self, name: str, unit: str = "Ängsviken", **chosen: Any) -> Nurse:
        """Somebody at a desk."""
        chosen = {"viewport": DESK} | chosen
        nurse = Nurse(self, name, await self._context(**chosen), unit)
        nurse.has_script = chosen.get("java_script_enabled", True)
        return nurse

    async def _context(self, **chosen: Any) -> BrowserContext:
        context = await self.browser.new_context(
            base_url=self.base, locale="sv-SE", timezone_id="Europe/Stockholm", **chosen
        )
        context.set_default_timeout(SOON)
        if chosen.get("java_script_enabled", True):
            await context.add_init_script(_VIOLATION)
        return context

    async def visit(self, name: str, complaint: str = "Halsont", *, nurse: str = "Ylva Tallvik") -> Visit:
        """A visit that has begun, come about through the pages as any other."""
        patient, staff = await self.patient(name), await self.nurse(nurse)
        _, case = await asyncio.gather(staff.signs_in(), _seeks(patient, complaint))
        await staff.opens(case)
        await staff.presses(re.compile("^Ta emot"))
        await staff.starts_visit()
        await expect(patient.composer).to_be_visible()
        return Visit(patient, staff, case)

    def faults(self) -> list[str]:
        """What went wrong without being foretold."""
        return [f"{person.name}: {fault}" for person in self.people for fault in person.faults()]

    async def photograph(self, folder: Path, name: str) -> None:
        """What everybody sees, in `folder`."""
        for person in self.people:
            if person.page and not person.page.is_closed():
                await person.page.screenshot(path=folder / f"{name}-{person.first}.png", timeout=SOON)

    async def close(self) -> None:
        """Everybody goes home."""
        for person in self.people:
            person.is_leaving = True
            await person.context.close()


@dataclass(frozen=True)
class Visit:
    """A patient and a nurse who talk."""

    patient: Patient
    nurse: Nurse
    case: Case


async def _seeks(patient: Patient, complaint: str) -> Case:
    await patient.signs_in()
    case = await patient.has_sought_care(complaint)
    await patient.open(f"/my/cases/{case.ref}")
    return case


def _is_first(mark: Path) -> bool:
    """Whether nobody in this run, in any process of it, has left this mark before."""
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


class Person:
    """Somebody in a browser."""

    def __init__(self, stage: Stage, name: str, context: BrowserContext) -> None:
        self.stage = stage
        self.name = name
        self.first = name.split(" ")[0]
        self.context = context
        self.page: Page = None  # type: ignore[assignment]  # there from open() on
        self.is_leaving = False
        self.has_script = True
        self._heard: list[str] = []
        self._foretold: list[str] = []
        context.on("page", self._listen)
        context.on("requestfailed", self._request_failed)
        context.on("response", self._response)
        stage.people.append(self)

    # What goes wrong

    def foretells(self, *parts: str) -> None:
        """Faults that hold one of these parts belong to the story."""
        self._foretold += parts

    def faults(self) -> list[str]:
        """The faults that nobody foretold."""
        return [fault for fault in self._heard if not any(part in fault for part in self._foretold)]

    def _listen(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._heard.append(f"script: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not self.is_leaving:
            where = message.location.get("url", "")
            if "status of 4" not in message.text:  # told of by _response
                self._heard.append(f"console: {message.text} {where}")

    def _request_failed(self, request: Request) -> None:
        why = request.failure or ""
        # A browser that runs no script does not fetch those that pages ask for early.
        early = why == "csp" and not self.has_script
        if not self.is_leaving and not early and why not in _LEFT:
            self._heard.append(f"request: {why} {request.method} {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and not self.is_leaving:
            self._heard.append(f"response: {response.status} {response.request.method} {response.url}")

    # Seeing

    async def open(self, address: str = "/") -> None:
        """Go to an address, in the page at hand."""
        if not self.page:
            self.page = await self.context.new_page()
        await self.page.goto(address)

    async def looks(self, what: str) -> None:
        """Let axe look at the page as it stands, once in a run for each thing there is to see; and see that the
        page is no wider than its window. The story has seen first that it has arrived."""
        if self.stage.looked is None:
            return
        await self.page.wait_for_load_state()
        if not self.has_script:
            self._heard += [f"{what}: {one}" for one in await axe.scrolls_sideways(self.page)]
            return
        if not _is_first(self.stage.looked / quote(f"{type(self).__name__} {what}", safe=" ")):
            return
        self._heard += [f"{what}: {one}" for one in await axe.scrolls_sideways(self.page)]
        self._heard += [f"{what}: {one}" for one in await axe.findings(self.page)]

    async def sees(self, *texts: str | re.Pattern[str]) -> None:
        """Every text is on the page, now or soon."""
        for text in texts:
            shown = self.page.get_by_text(text).locator("visible=true")
            await expect(shown.first, f"{self.first} should see {text}").to_be_visible()

    async def sees_not(self, text: str | re.Pattern[str]) -> None:
        """The text is not on the page, or soon not any more."""
        await expect(self.page.get_by_text(text).locator("visible=true")).to_have_count(0)

    async def presses(self, name: str | re.Pattern[str], inside: Locator | None = None) -> None:
        """Press a button, or what looks like one."""
        place = inside or self.page.locator("body")
        button = place.get_by_role("button", name=name).or_(place.get_by_role("link", name=name))
        await button.locator("visible=true").first.click()

    async def arrives(self, address: str | re.Pattern[str]) -> None:
        """The page is at an address: a text matches its end."""
        wanted = re.compile(re.escape(address) + "$") if isinstance(address, str) else address
        await expect(self.page).to_have_url(wanted)
        await self.page.wait_for_load_state()  # keys and presses are heard from here on

    # Being who one is

    async def _is(self, address: str, way: str) -> None:
        await self.open(address)
        await self.looks("sign-in")
        await self.presses(way)
        await self.arrives(re.compile("/demo/identity"))
        await self.looks("test persons")
        await self.says_who()

    async def says_who(self) -> None:
        """Find oneself among the test persons, and press."""
        own = self.page.get_by_role("button", name=re.compile(rf"^{self.name}( |,|$)"))
        if not await own.count():
            await self.page.get_by_role("searchbox").fill(self.name)
            await self.page.get_by_role("searchbox").press("Enter")
        await own.click()

    # Talking

    @property
    def composer(self) -> Locator:
        """The box a message is written in."""
        return self.page.locator("form[data-composer] textarea")

    async def says(self, text: str) -> None:
        """Write and press *Skicka*."""
        await self.composer.fill(text)
        await self.page.locator("form[data-composer] button[type=submit]").click()

    async def sends_picture(self, text: str = "") -> None:
        """Add a picture, and send it."""
        form = self.page.locator("form[data-composer]")
        await form.locator("input[type=file]").set_input_files(PHOTO)
        await expect(form.locator("[data-attached]")).to_be_visible()
        await expect(form.locator("[data-attached] progress")).to_have_count(0)
        await self.says(text)

    def bubble(self, text: str) -> Locator:
        """The row of a message."""
        return self.page.locator("[data-chat] > li").filter(has=self.page.get_by_text(text, exact=True))

    async def reads(self, text: str) -> None:
        """The message is there, once."""
        await expect(self.bubble(text), f"{self.first} should read {text!r} once").to_have_count(1)
        await expect(self.bubble(text)).to_be_visible()

    async def conversation(self) -> list[str]:
        """What has been said, in the order it stands."""
        return await self.page.locator("[data-chat] > li [data-text]").all_inner_texts()


class Patient(Person):
    """A patient or a guardian, with a phone."""

    async def signs_in(self) -> None:
        """From the first page to one's own."""
        await self.open("/")
        await self.looks("welcome")
        await self.presses("Logga in")
        await self.arrives("/sign-in")
        await self._is(self.page.url, "Logga in med e-legitimation")
        await self.arrives("/")
        await self.sees("Vad behöver du?")
        await self.looks("home")

    async def begins(self, complaint: str, for_: str = "") -> None:
        """Say whom it is about, where, and what it is."""
        await self.open("/")
        if for_:
            await (
                self.page.get_by_role("navigation", name="Vem gäller det")
                .get_by_role("link", name=re.compile(rf"\b{for_}\b"))
                .click()
            )
            await self.sees(f"Vad behöver {for_}?")
            await self.looks("home, for a child")
        await self.presses("Sök vård")
        await self.arrives(re.compile(r"/care(\?.*)?$"))
        await self.looks("units")
        await self.page.get_by_role("link", name=re.compile("Ängsviken")).click()
        await self.arrives(re.compile(r"/care/\d+(\?.*)?$"))
        await self.looks("complaints")
        await self.presses(complaint)
        await self.arrives(re.compile(r"/interview/\d+-\d+$"))

    @property
    async def question(self) -> str:
        """The name of the question on the page; nothing where there is none."""
        found = self.page.locator("form#answer input[name=question]")
        return await found.get_attribute("value") or "" if await found.count() else ""

    async def answers(self, answers: Answers, until: str = "") -> None:
        """Answer one question after the other, to the end or to the question `until`."""
        for _ in range(40):
            asked = await self.question
            if not asked or asked == until:
                return
            await self.looks(f"question {await self._kind()}")
            await self.answers_one(answers[asked])
        raise AssertionError("The questions never end.")

    async def _kind(self) -> str:
        kinds = await self.page.locator("form#answer .field :is(input, textarea)").evaluate_all(
            "(fields) => [...new Set(fields.map((one) => one.type))].sort().join(' ')"
        )
        return str(kinds)

    async def answers_one(self, answer: str | list[str] | None) -> None:
        """Answer the question on the page, and go on."""
        form = self.page.locator("form#answer")
        if isinstance(answer, list) or await form.locator(f"input[type=radio][value='{answer}']").count():
            for code in [answer] if isinstance(answer, str) else answer or []:
                await form.locator(f"label:has(input[value='{code}'])").click()
        elif answer:
            await form.locator("[name=answer]").fill(answer)
        await self.goes_on()

    async def goes_on(self) -> None:
        """*Nästa*."""
        async with self.page.expect_navigation():
            await self.presses("Nästa")

    async def joins_queue(self) -> Case:
        """From the outcome through the last questions into the queue."""
        complaint = (await self.page.locator(".p-sub").first.inner_text()).split(",")[0]
        await self.looks("result")
        await self.presses(re.compile("Ställ (oss|mig) i kö|Gå vidare|Fortsätt"))
        await self.arrives(re.compile("/before$"))
        await self.looks("before the queue")
        for name, value in BEFORE_QUEUE.items():
            await self.page.locator(f"label:has(input[name={name}][value={value}])").click()
        await self.presses(re.compile("^Ställ (oss|mig) i kön$"))
        await self.arrives(re.compile(r"/my/cases/\d+-\d+$"))
        await self.sees(re.compile(r"(Ni|Du) är nummer \d+"))
        await self.looks("waiting room")
        return Case(self.page.url.rsplit("/", 1)[1], complaint)

    async def seeks_care(self, complaint: str, answers: Answers, for_: str = "") -> Case:
        """The whole way into the queue."""
        await self.begins(complaint, for_)
        await self.answers(answers)
        return await self.joins_queue()

    async def has_sought_care(
        self, complaint: str = "Halsont", answers: Answers = SORE_THROAT, unit: str = "Ängsviken"
    ) -> Case:
        """The same way into the queue by the same forms, but without looking at the pages: for stories that begin
        where this one ends."""
        form = _Forms(self.context)
        await form.get("/care")
        await form.get(form.find(rf'href="(/care/\d+)[^>]*>(?:(?!</a>).)*{unit}'))
        code = form.find(rf'name="complaint" value="(\w+)">(?:(?!</button>).)*{complaint}')
        await form.post(form.address, {"complaint": code})
        while asked := form.find(r'name="question" value="([^"]+)"', "none"):
            if asked == "none":
                break
            answer = answers[asked]
            fields = {"question": asked, "rev": form.find(r'name="rev" value="(\d+)"')}
            for one in [answer] if isinstance(answer, str) else answer or [""]:
                fields["answer"] = one
            await form.post(form.address.split("?")[0], fields)
        await form.post(form.address.replace("/result", "/queue"), {})
        await form.post(form.address, {**BEFORE_QUEUE, "mobile_declined": "1"})
        assert "/my/cases/" in form.address, form.address
        return Case(form.address.rsplit("/", 1)[1], complaint)


class _Forms:
    """The product's forms, filled in without drawing them."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self.address = ""
        self._html = ""

    async def get(self, address: str) -> None:
        """Fetch a page."""
        await self._keep(await self._context.request.get(address))

    async def post(self, address: str, fields: Mapping[str, str]) -> None:
        """Send its form."""
        token = self.find(r'name="_csrf_token" value="([^"]+)"')
        given = {"_csrf_token": token, **fields}
        await self._keep(await self._context.request.post(address, form=dict(given)))

    def find(self, pattern: str, otherwise: str | None = None) -> str:
        """What the page says in a place."""
        found = re.search(pattern, self._html, re.DOTALL)
        if found is None and otherwise is not None:
            return otherwise
        assert found, f"no {pattern} in {self.address}"
        return found[1]

    async def _keep(self, answer: APIResponse) -> None:
        self.address, self._html = answer.url, unescape(await answer.text())
        assert answer.ok, f"{answer.status} {answer.url}"


class Nurse(Person):
    """A member of staff, at a desk. `role` is what they act as."""

    role = "Sjuksköterska"

    def __init__(self, stage: Stage, name: str, context: BrowserContext, unit: str) -> None:
        super().__init__(stage, name, context)
        self.unit = unit

    async def signs_in(self) -> None:
        """Through the way in, the assignment where there are several, and the shift."""
        await self._is("/staff/sign-in", "Logga in med SITHS")
        await self.page.wait_for_url(re.compile("/staff"))
        if "/assignment" in self.page.url:
            await self.looks("assignment")
            await self.page.get_by_role("radio", name=re.compile(f"^{self.role}, {self.unit}")).check()
            await self.presses("Fortsätt")
            await self.page.wait_for_url(re.compile("/staff(/shift|$)"))
        if "/staff/shift" in self.page.url:
            await self.looks("shift")
            units = self.page.get_by_role("radio", name=re.compile(f"^{self.role}, {self.unit}"))
            await units.first.check(force=True)
            await self.page.get_by_role("group", name="Skifttyp").get_by_role("radio").first.check(force=True)
            await self.presses("Starta skift")
        await self.arrives("/staff")
        await self.looks("start page")

    async def goes_to(self, place: str) -> None:
        """By the menu."""
        menu = self.page.get_by_role("navigation", name="Huvudmeny")
        await menu.get_by_role("link", name=re.compile(f"^{place}")).click()
        await expect(self.page.get_by_role("heading", level=1, name=place)).to_be_visible()

    def row(self, case: Case) -> Locator:
        """The case's row in a list."""
        return self.page.locator(f"#case-{case.ref}")

    async def takes(self, case: Case) -> None:
        """*Ta emot* in the list; the visit opens."""
        await self.row(case).hover()
        await self.row(case).get_by_role("button", name=re.compile("^Ta emot")).click()
        await self.arrives(f"/staff/cases/{case.ref}")

    async def starts_visit(self) -> None:
        """*Starta besök*."""
        await self.presses(re.compile("^Starta besök"))
        await expect(self.composer).to_be_visible()

    async def opens(self, case: Case) -> None:
        """Straight to the visit."""
        await self.open(f"/staff/cases/{case.ref}")

    async def goes_to_tab(self, name: str) -> None:
        """A tab of the panel about the patient."""
        await (
            self.page.get_by_role("navigation", name="Om patienten")
            .get_by_role("link", name=re.compile(f"^{name}"))
            .click()
        )

    async def ends(self, days: int) -> None:
        """*Avsluta besök* with an asynchronous phase."""
        await self.presses(re.compile("^Avsluta besök"), self.page.locator("#visit-foot"))
        dialog = self.page.get_by_role("dialog", name="Avsluta besök")
        await expect(dialog).to_be_visible()
        await self.looks("dialog, end")
        await dialog.locator(f"label:has(input[value='{days}'])").click()
        await self.presses("Avsluta besök", dialog)
        await self.arrives(re.compile(r"\?tab=note$"))


async def eventually(holds: Callable[[], Awaitable[Any]], within: float = SOON / 1000) -> None:
    """Wait until something holds."""
    until = time.monotonic() + within
    while not await holds():
        assert time.monotonic() < until, "It never came to hold."
        await asyncio.sleep(0.05)
