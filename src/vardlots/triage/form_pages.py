"""The patient's pages of a form that staff have sent: one question after another, read through, sent in, read again.

`/my/cases/1-42/forms/7` goes on where one was, `?q=fever` shows any page that the form has now, `?review=1` all
answers. An address shows, a form keeps and leads on, so going back is reading and changes nothing.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.cases import web
from vardlots.cases.model import Case, CaseRef
from vardlots.conversations.forms import actions, queries, walk
from vardlots.conversations.forms.actions import Moved, Unfinished
from vardlots.conversations.forms.cards import is_over
from vardlots.conversations.forms.filled import filling
from vardlots.conversations.forms.model import FormRequest, State
from vardlots.conversations.forms.walk import Page
from vardlots.forms.answering import Fault
from vardlots.forms.text import say
from vardlots.people.queries import person
from vardlots.platform import i18n, pages
from vardlots.platform.errors import Forbidden, NotFound, WrongState
from vardlots.platform.pages import see
from vardlots.triage import words
from vardlots.triage.case_pages import note_reading, refuse_kindly_if_grown
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
from vardlots.triage.queries import responsible


@get("/my/cases/{ref:str}/forms/{request_id:int}")
async def form_page(request: Web, request_id: FromPath[int]) -> Response[Any]:
    """Where the form stands: a page of it, all its answers, or what was sent in."""
    by, ref = await patient(request), web.ref(request)
    await refuse_kindly_if_grown(request, by, ref)
    case, form = await _read(request, by, ref, request_id)
    if form.state is not State.ANSWERED:
        _refuse_onlookers(by, case)
    await note_reading(request, by, case, "read_form")
    if form.state is State.ANSWERED:
        return await _answers(request, by, case, form, "sent")
    if is_over(case):
        return await _answers(request, by, case, form, "late")
    await actions.open_form(web.house(request), by=by, ref=ref, request_id=request_id)
    page = page_asked(form, request.query_params)
    if page is None:
        left = walk.next_page(filling(form), form.answers)
        return see(_at(ref, request_id, left)) if left else await _answers(request, by, case, form, "review")
    return await _page(request, by, case, form, page)


@post("/my/cases/{ref:str}/forms/{request_id:int}")
async def keep_page(request: Web, request_id: FromPath[int]) -> Response[Any]:
    """Keep a page and go on, add or remove an instance, or send it all in."""
    by, ref, sent = await patient(request), web.ref(request), await request.form()
    deed = str(sent.get("do", "next"))
    if deed == "send":
        return await _send_in(request, by, ref, request_id, rev_of(sent))
    case, form = await _read(request, by, ref, request_id)
    _refuse_onlookers(by, case)
    worked = filling(form)
    page = walk.page_with(worked, str(sent.get("page", "")))
    if page is None:
        # Another tab has answered so that the page is gone.
        return see(_at(ref, request_id, None))
    try:
        kept = await actions.fill_in(
            web.house(request),
            by=by,
            ref=ref,
            request_id=request_id,
            rev=rev_of(sent),
            raw=raw_of(worked, page, sent, deed),
            change=change_of(page, deed),
        )
    except Moved:
        case, form = await _read(request, by, ref, request_id)
        return await _page(request, by, case, form, page, sent=sent, status=409, moved=True)
    except WrongState as refusal:
        if refusal.code == "answered":
            return see(_at(ref, request_id, None))
        if refusal.code != "phase_over":
            raise
        case, form = await _read(request, by, ref, request_id)
        return await _answers(
            request, by, case, form, "late", typed=typed_words(worked, page, sent, by.lang), status=409
        )
    if kept.faults:
        case, form = await _read(request, by, ref, request_id)
        return await _page(request, by, case, form, page, sent=sent, status=422, faults=kept.faults)
    if deed != "next":
        return see(_at(ref, request_id, page))
    following = walk.next_page(kept.filling, kept.answers, page.key)
    return see(_at(ref, request_id, following) if following else f"{_at(ref, request_id, None)}?review=1")


async def _send_in(request: Web, by: PatientActor, ref: CaseRef, request_id: int, rev: int) -> Response[Any]:
    """*Skicka svaren*: to the answers as they were sent, or to what is left."""
    try:
        await actions.answer_form(web.house(request), by=by, ref=ref, request_id=request_id, rev=rev)
    except Unfinished as left:
        case, form = await _read(request, by, ref, request_id)
        page = walk.page_with(filling(form), left.link_id)
        if page is None:
            return see(_at(ref, request_id, None))
        faults = (left.fault,) if left.fault else ()
        return await _page(request, by, case, form, page, status=422, faults=faults)
    except WrongState as refusal:
        case, form = await _read(request, by, ref, request_id)
        if form.state is State.ANSWERED:
            return see(_at(ref, request_id, None))
        _refuse_onlookers(by, case)
        face = "late" if is_over(case) else "review"
        fault = "" if face == "late" else _why_not(refusal, by.lang)
        return await _answers(request, by, case, form, face, fault=fault, status=409)
    return see(f"{_at(ref, request_id, None)}?sent=1")


def _why_not(refusal: WrongState, lang: str) -> str:
    if isinstance(refusal, Moved):
        return i18n.text(lang, "Svaren har ändrats i en annan flik. Läs igenom dem och skicka igen.")
    return i18n.text(
        lang, "Ärendet väntar på att någon tar emot det igen. Svaren är sparade, skicka dem om en stund."
    )


async def _read(request: Web, by: PatientActor, ref: CaseRef, request_id: int) -> tuple[Case, FormRequest]:
    async with web.house(request).database.transaction(by.scope) as connection:
        return await queries.request(connection, by=by, ref=ref, request_id=request_id)


def _refuse_onlookers(by: PatientActor, case: Case) -> None:
    """Another guardian reads what was sent in, not what is being written. Raises Forbidden."""
    if not responsible(by, case):
        raise Forbidden(
            "Den som sökte vård svarar på formuläret. Du kan läsa svaren när de är skickade.",
            code="not_responsible",
        )


async def _page(
    request: Web,
    by: PatientActor,
    case: Case,
    form: FormRequest,
    page: Page,
    *,
    sent: Any = None,
    status: int = 200,
    faults: Sequence[Fault] = (),
    moved: bool = False,
) -> Response[Any]:
    return pages.page(
        request,
        "conversations/form_page.html",
        await _shell(request, by, case, form)
        | page_context(_stand(form, by.lang), page, sent=sent, faults=faults, moved=moved),
        status=status,
    )


def _stand(form: FormRequest, lang: str) -> Stand:
    return Stand(form, _at(form.ref, form.request_id, None), f"/my/cases/{form.ref}", lang)


async def _answers(
    request: Web,
    by: PatientActor,
    case: Case,
    form: FormRequest,
    face: str,
    *,
    fault: str = "",
    typed: Sequence[dict[str, str]] = (),
    status: int = 200,
) -> Response[Any]:
    stand = _stand(form, by.lang)
    is_new = request.query_params.get("sent") == "1"
    seek = "/care" + (f"?for={by.main(case.person_id)}" if _about_child(by, case) else "")
    # Back in the conversation, at the row that tells of it.
    chat = {"chat_url": f"{stand.leave}#e{form.answered_n or form.n}", "seek_url": seek}
    return pages.page(
        request,
        "conversations/form_answers.html",
        await _shell(request, by, case, form)
        | answers_context(stand, face, fault=fault, typed=typed, is_new=is_new)
        | chat,
        status=status,
    )


def _about_child(by: PatientActor, case: Case) -> bool:
    return by.main(case.person_id) != by.person_id


async def _shell(request: Web, by: PatientActor, case: Case, form: FormRequest) -> dict[str, Any]:
    """What stands around every page of the form."""
    async with web.house(request).database.transaction(by.scope) as connection:
        about = await person(connection, case.person_id)
    if about is None:
        raise NotFound()
    who = words.person_words(about, by.lang) if _about_child(by, case) else ""
    return words.shell(by.name) | {
        "form_title": say(form.form.title, by.lang),
        "for_whom": i18n.text(by.lang, "för {person}", person=who) if who else "",
    }


def _at(ref: CaseRef, request_id: int, page: Page | None) -> str:
    address = f"/my/cases/{ref}/forms/{request_id}"
    return f"{address}?q={quote(page.key, safe='')}" if page else address


def form_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [form_page, keep_page]
