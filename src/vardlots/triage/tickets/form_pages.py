"""The patient's pages of a form that came with a ticket: one question after another, read through, sent in, read again.

`/my/tickets/1-42/forms/2` goes on where one was, `?q=fever` shows any page that the form has now, `?review=1` all
answers. An address shows, a form keeps and leads on, so going back is reading and changes nothing.
"""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.audit.log import access
from vardlots.cases import web
from vardlots.conversations.forms import walk
from vardlots.conversations.forms.actions import Moved, Unfinished
from vardlots.conversations.forms.filled import filling
from vardlots.conversations.forms.model import State
from vardlots.conversations.forms.walk import Page
from vardlots.forms.answering import Fault
from vardlots.forms.compare import is_declined
from vardlots.forms.text import say
from vardlots.people.queries import person
from vardlots.platform import clock, i18n, pages
from vardlots.platform.errors import Forbidden, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.pages import see
from vardlots.platform.phones import read_mobile
from vardlots.tickets import policy
from vardlots.tickets.forms import actions
from vardlots.tickets.forms.model import TicketForm
from vardlots.tickets.forms.queries import form_of
from vardlots.tickets.model import Deed, Ticket, TicketRef
from vardlots.tickets.queries import own_ticket
from vardlots.triage import words
from vardlots.triage.actions import set_mobile
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
from vardlots.triage.queueing import MOBILE
from vardlots.triage.tickets.forms import address

_NO_MOBILE = {
    lang: i18n.text(
        lang, "Numret ser inte ut som ett mobilnummer. Kontrollera det, eller välj att inte lämna något."
    )
    for lang in i18n.LANGUAGES
}


@get("/my/tickets/{ref:str}/forms/{place:int}")
async def ticket_form_page(request: Web, place: FromPath[int]) -> Response[Any]:
    """Where the form stands: a page of it, all its answers, or what was sent in."""
    by, ref = await patient(request), _ref(request)
    found, form = await _read(request, by, ref, place)
    await _note(request, by, found)
    if form.state is State.ANSWERED:
        return await _answers(request, by, found, form, "sent")
    if not found.waits_at(clock.now()):
        return await _answers(request, by, found, form, "late")
    _refuse_onlookers(by, found)
    await actions.open_form(web.house(request), by=by, ref=ref, place=place)
    page = page_asked(form, request.query_params)
    if page is None:
        left = walk.next_page(filling(form), form.answers)
        return (
            see(_stand(form, by.lang).at(left))
            if left
            else await _answers(request, by, found, form, "review")
        )
    return await _page(request, by, found, form, page)


@post("/my/tickets/{ref:str}/forms/{place:int}")
async def keep_ticket_form(request: Web, place: FromPath[int]) -> Response[Any]:
    """Keep a page and go on, add or remove an instance, or send it all in."""
    by, ref, sent = await patient(request), _ref(request), await request.form()
    deed = str(sent.get("do", "next"))
    if deed == "send":
        return await _send_in(request, by, ref, place, rev_of(sent))
    found, form = await _read(request, by, ref, place)
    _refuse_onlookers(by, found)
    stand, worked = _stand(form, by.lang), filling(form)
    page = walk.page_with(worked, str(sent.get("page", "")))
    if page is None:
        # Another tab has answered so that the page is gone.
        return see(stand.address)
    raw = raw_of(worked, page, sent, deed)
    if faults := _not_a_mobile(form, raw):
        return await _page(request, by, found, form, page, sent=sent, status=422, faults=faults)
    try:
        kept = await actions.fill_in(
            web.house(request),
            by=by,
            ref=ref,
            place=place,
            rev=rev_of(sent),
            raw=raw,
            change=change_of(page, deed),
        )
    except Moved:
        found, form = await _read(request, by, ref, place)
        return await _page(request, by, found, form, page, sent=sent, status=409, moved=True)
    except WrongState as refusal:
        if refusal.code == "answered":
            return see(stand.address)
        found, form = await _read(request, by, ref, place)
        typed = typed_words(worked, page, sent, by.lang)
        return await _answers(request, by, found, form, "late", typed=typed, status=409)
    if kept.faults:
        found, form = await _read(request, by, ref, place)
        return await _page(request, by, found, form, page, sent=sent, status=422, faults=kept.faults)
    if deed != "next":
        return see(stand.at(page))
    following = walk.next_page(kept.filling, kept.answers, page.key)
    return see(stand.at(following) if following else f"{stand.address}?review=1")


def _not_a_mobile(form: TicketForm, raw: dict[str, object]) -> tuple[Fault, ...]:
    """The receiver's own questions take a number that a text message reaches."""
    number = raw.get(MOBILE)
    if form.kind != "post" or not isinstance(number, list) or not any(number):
        return ()
    return () if read_mobile(str(number[0])) else (Fault(MOBILE, "", text=_NO_MOBILE),)


async def _send_in(request: Web, by: PatientActor, ref: TicketRef, place: int, rev: int) -> Response[Any]:
    """*Skicka svaren*: back to the ticket, where what comes next is, or to what is left."""
    try:
        await actions.answer(web.house(request), by=by, ref=ref, place=place, rev=rev)
    except Unfinished as left:
        found, form = await _read(request, by, ref, place)
        page = walk.page_with(filling(form), left.link_id)
        if page is None:
            return see(_stand(form, by.lang).address)
        faults = (left.fault,) if left.fault else ()
        return await _page(request, by, found, form, page, status=422, faults=faults)
    except WrongState as refusal:
        found, form = await _read(request, by, ref, place)
        moved = isinstance(refusal, Moved)
        fault = N_("Svaren har ändrats i en annan flik. Läs igenom dem och skicka igen.")
        return await _answers(
            request,
            by,
            found,
            form,
            "review" if moved else "late",
            fault=i18n.text(by.lang, fault) if moved else "",
            status=409,
        )
    await _keep_number(request, by, ref, place)
    return see(f"/my/tickets/{ref}?sent=1")


async def _keep_number(request: Web, by: PatientActor, ref: TicketRef, place: int) -> None:
    """The number among the receiver's own questions is kept with the person, as before any queue."""
    found, form = await _read(request, by, ref, place)
    given = form.answers.get(MOBILE) or []
    if form.kind != "post" or MOBILE not in form.answers:
        return
    number = None if not given or is_declined(given) else read_mobile(str(given[0]))
    await set_mobile(web.house(request), by=by, mobile=number, seeking_at=found.to_provider_id)


async def _read(request: Web, by: PatientActor, ref: TicketRef, place: int) -> tuple[Ticket, TicketForm]:
    async with web.house(request).database.transaction(by.scope) as connection:
        return await own_ticket(connection, by=by, ref=ref), await form_of(connection, ref, place)


async def _note(request: Web, by: PatientActor, found: Ticket) -> None:
    await web.read_log(request).record(
        access(by, "read_form", provider_id=found.provider_id, person_id=found.person_id)
    )


def _refuse_onlookers(by: PatientActor, found: Ticket) -> None:
    """Who may not use the ticket reads what was sent in, not what is being written. Raises Forbidden."""
    refusal = policy.may(by, Deed.ANSWER, found)
    if refusal is not None:
        raise Forbidden("Du kan läsa biljetten. Ring enheten om den ska användas.", code="not_responsible")


async def _page(
    request: Web,
    by: PatientActor,
    found: Ticket,
    form: TicketForm,
    page: Page,
    *,
    sent: Any = None,
    status: int = 200,
    faults: Sequence[Fault] = (),
    moved: bool = False,
) -> Response[Any]:
    shell, number = await _shell(request, by, found, form)
    stands_there = {MOBILE: number} if form.kind == "post" and number else {}
    drawn = page_context(
        _stand(form, by.lang), page, sent=sent, faults=faults, moved=moved, stands_there=stands_there
    )
    return pages.page(request, "conversations/form_page.html", shell | drawn, status=status)


async def _answers(
    request: Web,
    by: PatientActor,
    found: Ticket,
    form: TicketForm,
    face: str,
    *,
    fault: str = "",
    typed: Sequence[dict[str, str]] = (),
    status: int = 200,
) -> Response[Any]:
    shell, _ = await _shell(request, by, found, form)
    child = by.main(found.person_id)
    drawn = answers_context(_stand(form, by.lang), face, fault=fault, typed=typed) | {
        "leave_label": i18n.text(by.lang, "Till biljetten"),
        "seek_url": "/care" + (f"?for={child}" if child != by.person_id else ""),
    }
    return pages.page(request, "conversations/form_answers.html", shell | drawn, status=status)


async def _shell(
    request: Web, by: PatientActor, found: Ticket, form: TicketForm
) -> tuple[dict[str, Any], str]:
    """What stands around every page of the form, and the actor's own number as people write it."""
    async with web.house(request).database.transaction(by.scope) as connection:
        about = await person(connection, found.person_id)
        actor = await person(connection, by.person_id)
    for_child = by.main(found.person_id) != by.person_id
    who = words.person_words(about, by.lang) if about is not None and for_child else ""
    shell = words.shell(by.name) | {
        "form_title": say(form.form.title, by.lang),
        "for_whom": i18n.text(by.lang, "för {person}", person=who) if who else "",
    }
    return shell, words.mobile_words(actor.mobile) if actor is not None else ""


def _stand(form: TicketForm, lang: str) -> Stand:
    return Stand(form, address(form), f"/my/tickets/{form.ref}", lang)


def _ref(request: Web) -> TicketRef:
    return TicketRef.parse(str(request.path_params["ref"]))


def ticket_form_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [ticket_form_page, keep_ticket_form]
