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
from vardlots.conversations.forms import actions, queries, told, walk
from vardlots.conversations.forms.actions import Change, Moved, Unfinished
from vardlots.conversations.forms.cards import is_over
from vardlots.conversations.forms.fields import page_fields, typed_of
from vardlots.conversations.forms.filled import filling, read_page
from vardlots.conversations.forms.model import FormRequest, State
from vardlots.conversations.forms.walk import Page
from vardlots.forms.answering import Fault
from vardlots.forms.filling import Filling, add, remove
from vardlots.forms.text import say
from vardlots.people.queries import person
from vardlots.platform import i18n, pages
from vardlots.platform.errors import Forbidden, NotFound, WrongState
from vardlots.platform.numbers import whole
from vardlots.platform.pages import see, when_words
from vardlots.triage import words
from vardlots.triage.case_pages import note_reading, refuse_kindly_if_grown
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
    worked = filling(form)
    asked = request.query_params.get("q", "")
    page = walk.page_with(worked, asked) if asked else None
    if page is None and request.query_params.get("review") != "1":
        page = walk.next_page(worked, form.answers)
    if page is None:
        left = walk.next_page(worked, form.answers)
        return see(_at(ref, request_id, left)) if left else await _answers(request, by, case, form, "review")
    return await _page(request, by, case, form, page)


@post("/my/cases/{ref:str}/forms/{request_id:int}")
async def keep_page(request: Web, request_id: FromPath[int]) -> Response[Any]:
    """Keep a page and go on, add or remove an instance, or send it all in."""
    by, ref, sent = await patient(request), web.ref(request), await request.form()
    deed = str(sent.get("do", "next"))
    if deed == "send":
        return await _send_in(request, by, ref, request_id, _rev(sent))
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
            rev=_rev(sent),
            raw=_raw(worked, page, sent, deed),
            change=_change(page, deed),
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
            request, by, case, form, "late", typed=_typed(worked, page, sent, by.lang), status=409
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


def _raw(worked: Filling, page: Page, sent: Any, deed: str) -> dict[str, object]:
    """What the page says. While an instance comes or goes, what is empty is left for later."""
    raw = read_page(worked, page.asks, sent)
    if deed == "next":
        # A group that somebody has been past is answered, also with no instance of it.
        item = worked.drawn.places[page.key].item
        return raw | ({page.key: None} if item.is_repeating_group and not page.asks else {})
    return {link_id: value for link_id, value in raw.items() if value and value != [""]}


def _change(page: Page, deed: str) -> Change | None:
    """What adds or removes an instance; pressed twice, or on a group that is full, it leaves all as it is."""
    word, _, instance = deed.partition(":")

    def changed(worked: Filling) -> Filling:
        try:
            return add(worked, page.key) if word == "add" else remove(worked, page.key, instance)
        except (LookupError, ValueError):
            return worked

    return changed if word in ("add", "remove") else None


def _typed(worked: Filling, page: Page, sent: Any, lang: str) -> list[dict[str, str]]:
    """What was written on a page that came too late, in words."""
    rows = []
    for link_id, value in typed_of(page.asks, sent).items():
        item = worked.drawn.places[link_id].item
        options = {one.code: say(one.text, lang) for one in item.answer_option}
        said = ", ".join(options.get(one, one) for one in value["many"] if one) or value["other"]
        if said:
            rows.append({"question": say(item.text, lang), "answer": said})
    return rows


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
    worked = filling(form)
    page = walk.page_with(worked, page.key) or page
    before = walk.page_before(worked, page.key)
    counted = [one for other in walk.pages_of(worked) for one in (other.asks or (other.key,))]
    first = (page.asks or (page.key,))[0]
    view = page_fields(
        worked, page, by.lang, typed=typed_of(page.asks, sent) if sent is not None else {}, faults=faults
    )
    for field in [*view["fields"], *(field for one in view["instances"] for field in one["fields"])]:
        field["unit_options"] = [{"value": unit, "label": unit} for unit in field["units"]]
    address = _at(form.ref, form.request_id, None)
    return pages.page(
        request,
        "conversations/form_page.html",
        await _shell(request, by, case, form)
        | {
            "step": counted.index(first) + 1 if first in counted else 1,
            "steps": max(len(counted), 1),
            "saved": bool(form.rev),
            "view": view,
            "page": page.key,
            "rev": form.rev,
            "moved": moved,
            "action": address,
            "back_url": _at(form.ref, form.request_id, before) if before else f"/my/cases/{form.ref}",
            "leave_url": f"/my/cases/{form.ref}",
        },
        status=status,
    )


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
    rows = [row for row in told.rows(form, by.lang) if face != "late" or not row.left]
    chat = f"/my/cases/{form.ref}"
    last = walk.page_before(filling(form), None) if face == "review" else None
    return pages.page(
        request,
        "conversations/form_answers.html",
        await _shell(request, by, case, form)
        | {
            "face": face,
            "fault": fault,
            "rows": rows,
            "typed": list(typed),
            "rev": form.rev,
            "is_new": face == "sent" and request.query_params.get("sent") == "1",
            "sent_words": i18n.text(by.lang, "Skickat {time}.", time=when_words(form.answered_at, by.lang))
            if form.answered_at
            else "",
            "action": _at(form.ref, form.request_id, None),
            "chat_url": f"{chat}#e{form.answered_n or form.n}",
            "back_url": _at(form.ref, form.request_id, last) if last else chat,
            "seek_url": "/care" + (f"?for={by.main(case.person_id)}" if _about_child(by, case) else ""),
        },
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


def _rev(sent: Any) -> int:
    found = whole(str(sent.get("rev", "")), 8)
    return found if found is not None else -1


def form_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [form_page, keep_page]
