"""A form as the patient walks it, whether it was sent into a conversation or came with a ticket: one question after
another, read through, sent in, read again.

The form's own address goes on where one was, `?q=fever` shows any page that the form has now, `?review=1` all answers.
An address shows, a form keeps and leads on, so going back is reading and changes nothing.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web
from vardlots.conversations.forms import walk
from vardlots.conversations.forms.actions import Change, Moved, Unfinished
from vardlots.conversations.forms.filled import Kept, filling
from vardlots.conversations.forms.model import Filled, State
from vardlots.conversations.forms.walk import Page
from vardlots.forms.answering import Fault
from vardlots.forms.text import say
from vardlots.people.queries import Person
from vardlots.platform import i18n, pages
from vardlots.platform.errors import WrongState
from vardlots.platform.pages import see
from vardlots.triage import words
from vardlots.triage.form_drawing import (
    Stand,
    answers_context,
    change_of,
    page_asked,
    page_context,
    raw_of,
    rev_of,
    typed_words,
)


class Walked(ABC):
    """One form in one request: what differs by where it came from. `read` comes first, and again when it has moved."""

    def __init__(self, request: Web, by: PatientActor) -> None:
        self.request, self.by = request, by

    @property
    @abstractmethod
    def form(self) -> Filled:
        """The form as it was last read."""

    @property
    @abstractmethod
    def stand(self) -> Stand:
        """Its addresses."""

    @property
    @abstractmethod
    def is_over(self) -> bool:
        """Whether it is too late to answer."""

    @abstractmethod
    async def read(self) -> None:
        """Read it as it is now. Raises NotFound."""

    @abstractmethod
    async def note(self) -> None:
        """That it was read, in the access log."""

    @abstractmethod
    def refuse_onlookers(self) -> None:
        """Whoever does not answer it reads what was sent in, not what is being written. Raises Forbidden."""

    @abstractmethod
    async def open(self) -> None:
        """That somebody has begun to read it."""

    @abstractmethod
    async def fill_in(self, *, rev: int, raw: Mapping[str, object], change: Change | None) -> Kept:
        """Keep a page. Raises as the verb."""

    @abstractmethod
    async def send(self, *, rev: int) -> str:
        """Send it in. Returns where one goes then. Raises as the verb."""

    @abstractmethod
    async def shell(self) -> dict[str, Any]:
        """What stands around every page of it."""

    @abstractmethod
    def beside_answers(self) -> dict[str, Any]:
        """What its page of answers says beside them."""

    @abstractmethod
    def is_late(self, refusal: WrongState, /) -> bool:
        """Whether a page was refused because it is too late."""

    @abstractmethod
    def why_not(self, refusal: WrongState, /) -> str:
        """Why it could not be sent in, where it is not too late."""

    def faults_in(self, _raw: Mapping[str, object], /) -> tuple[Fault, ...]:
        """What the form itself does not find in a page."""
        return ()

    def stands_there(self, _shell: Mapping[str, Any], /) -> Mapping[str, Any]:
        """What is written in a field, by linkId, before anybody has answered."""
        return {}


async def show(at: Walked) -> Response[Any]:
    """Where the form stands: a page of it, all its answers, or what was sent in."""
    await at.read()
    if at.form.state is not State.ANSWERED:
        at.refuse_onlookers()
    await at.note()
    if at.form.state is State.ANSWERED:
        return await _answers(at, "sent")
    if at.is_over:
        return await _answers(at, "late")
    await at.open()
    page = page_asked(at.form, at.request.query_params)
    if page is None:
        left = walk.next_page(filling(at.form), at.form.answers)
        return see(at.stand.at(left)) if left else await _answers(at, "review")
    return await _page(at, page)


async def keep(at: Walked) -> Response[Any]:
    """Keep a page and go on, add or remove an instance, or send it all in."""
    sent = await at.request.form()
    deed = str(sent.get("do", "next"))
    if deed == "send":
        return await _send_in(at, rev_of(sent))
    await at.read()
    at.refuse_onlookers()
    worked = filling(at.form)
    page = walk.page_with(worked, str(sent.get("page", "")))
    if page is None:
        # Another tab has answered so that the page is gone.
        return see(at.stand.address)
    raw = raw_of(worked, page, sent, deed)
    if faults := at.faults_in(raw):
        return await _page(at, page, sent=sent, status=422, faults=faults)
    try:
        kept = await at.fill_in(rev=rev_of(sent), raw=raw, change=change_of(page, deed))
    except Moved:
        await at.read()
        return await _page(at, page, sent=sent, status=409, moved=True)
    except WrongState as refusal:
        if refusal.code == "answered":
            return see(at.stand.address)
        if not at.is_late(refusal):
            raise
        await at.read()
        return await _answers(at, "late", typed=typed_words(worked, page, sent, at.by.lang), status=409)
    if kept.faults:
        await at.read()
        return await _page(at, page, sent=sent, status=422, faults=kept.faults)
    if deed != "next":
        return see(at.stand.at(page))
    following = walk.next_page(kept.filling, kept.answers, page.key)
    return see(at.stand.at(following) if following else f"{at.stand.address}?review=1")


async def _send_in(at: Walked, rev: int) -> Response[Any]:
    """*Skicka svaren*: on to what comes then, or to what is left."""
    try:
        return see(await at.send(rev=rev))
    except Unfinished as left:
        await at.read()
        page = walk.page_with(filling(at.form), left.link_id)
        if page is None:
            return see(at.stand.address)
        return await _page(at, page, status=422, faults=(left.fault,) if left.fault else ())
    except WrongState as refusal:
        await at.read()
        if at.form.state is State.ANSWERED:
            return see(at.stand.address)
        at.refuse_onlookers()
        if at.is_over:
            return await _answers(at, "late", status=409)
        return await _answers(at, "review", fault=_why_not(at, refusal), status=409)


def _why_not(at: Walked, refusal: WrongState) -> str:
    if isinstance(refusal, Moved):
        return i18n.text(at.by.lang, "Svaren har ändrats i en annan flik. Läs igenom dem och skicka igen.")
    return at.why_not(refusal)


async def _page(
    at: Walked,
    page: Page,
    *,
    sent: Any = None,
    status: int = 200,
    faults: Sequence[Fault] = (),
    moved: bool = False,
) -> Response[Any]:
    shell = await at.shell()
    there = at.stands_there(shell)
    drawn = page_context(at.stand, page, sent=sent, faults=faults, moved=moved, stands_there=there)
    return pages.page(at.request, "conversations/form_page.html", shell | drawn, status=status)


async def _answers(
    at: Walked, face: str, *, fault: str = "", typed: Sequence[dict[str, str]] = (), status: int = 200
) -> Response[Any]:
    is_new = at.request.query_params.get("sent") == "1"
    drawn = answers_context(at.stand, face, fault=fault, typed=typed, is_new=is_new) | at.beside_answers()
    return pages.page(at.request, "conversations/form_answers.html", await at.shell() | drawn, status=status)


def shell_of(by: PatientActor, form: Filled, about: Person | None, person_id: int) -> dict[str, Any]:
    """What stands around every page of a form: its title, and for whom it is where that is a child."""
    child = about is not None and by.main(person_id) != by.person_id
    who = words.person_words(about, by.lang) if about is not None and child else ""
    return words.shell(by.name) | {
        "form_title": say(form.form.title, by.lang),
        "for_whom": i18n.text(by.lang, "för {person}", person=who) if who else "",
    }


def seek_url(by: PatientActor, person_id: int) -> str:
    """Where one seeks care for whom the form is about."""
    main = by.main(person_id)
    return "/care" + (f"?for={main}" if main != by.person_id else "")
