"""Sending a form from the visit, and reading its answers: every press a form of its own, without script too."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.model import CaseRef
from vardlots.cases.turn import Repeated
from vardlots.cases.web import house, pressed, read_log, ref
from vardlots.conversations.forms import actions, queries, told
from vardlots.conversations.forms.cards import is_over
from vardlots.conversations.forms.model import FormRequest, State
from vardlots.forms.fhir.responses import Identifier, write_response
from vardlots.forms.fhir.urls import PERSON, RESPONSE
from vardlots.forms.text import say
from vardlots.platform import pages
from vardlots.platform.errors import Refusal
from vardlots.platform.i18n import text
from vardlots.platform.pages import when_words
from vardlots.worklist.faults import fault_fragment
from vardlots.worklist.shell import context, open_desk
from vardlots.worklist.visit_draw import base_of
from vardlots.worklist.visit_fhir import MEDIA_TYPE
from vardlots.worklist.visit_read import Visit, read_visit
from vardlots.worklist.visit_verbs import onward, refused


@post("/staff/cases/{ref:str}/forms", status_code=303)
async def send_form(request: Web) -> Response[Any]:
    """*Skicka*: the form is in the conversation; twice is once."""
    by, at, sent = await pressed(request)
    try:
        n = await actions.send_form(
            house(request), by=by, ref=at, code=sent.get("form", ""), key=sent.get("key", "")
        )
    except Repeated as repeated:
        n = repeated.n
    except Refusal as refusal:
        return await refused(request, by, at, refusal, sent, place="forms")
    if pages.is_fragment(request):
        # The page stays: its conversation fetches the row by itself, and the dialog closes.
        return fault_fragment(request, None, "forms", 200)
    return onward(request, f"/staff/cases/{at}#e{n}")


@get("/staff/cases/{ref:str}/forms/{request_id:int}")
async def form_answers(request: Web, request_id: FromPath[int]) -> Response[Any]:
    """*Se svar*: every question with its answer, what is calculated, what was not answered."""
    by, at = await web.carer(request), ref(request)
    async with house(request).database.transaction(by.scope) as connection:
        found = await read_visit(connection, by=by, ref=at)
        _, form = await queries.request(connection, by=by, ref=at, request_id=request_id)
        desk = await open_desk(request, connection, by)
    await _log(request, by, at, found, "read_form")
    lang = desk.lang
    values = {
        **context(desk, "drop-in", f"/staff/cases/{at}"),
        "base": base_of(found),
        "patient_name": found.patient.name,
        "form": _drawn(form, found, lang),
    }
    return pages.page(request, "worklist/form_answers.html", values)


def _drawn(form: FormRequest, found: Visit, lang: str) -> dict[str, Any]:
    rows = told.rows(form, lang)
    over = form.state is not State.ANSWERED and is_over(found.case)
    return {
        "id": form.request_id,
        "title": say(form.form.title, lang),
        "scores": [row for row in rows if row.calculated],
        "rows": _asked(rows),
        "copy": told.as_text(form, lang),
        "state": form.state.value,
        "done": form.done,
        "total": form.total,
        "over": over,
        "line": _line(form, lang),
        "moves": form.state is not State.ANSWERED and not over,
        "topic": f"case:{form.ref}",
    }


def _asked(rows: list[told.Row]) -> list[told.Row]:
    """What somebody was asked: no calculated values, and no heading with nothing below it."""
    asked = [row for row in rows if not row.calculated]
    below = [*asked[1:], told.Row("", heading=True)]
    return [
        row for row, following in zip(asked, below, strict=True) if not (row.heading and following.heading)
    ]


def _line(form: FormRequest, lang: str) -> str:
    sent = text(lang, "Skickat {time}", time=when_words(form.sent_at, lang))
    if form.answered_at:
        now = text(lang, "besvarat {time}", time=when_words(form.answered_at, lang))
    elif form.opened_at:
        now = text(lang, "öppnat {time}", time=when_words(form.opened_at, lang))
    else:
        now = text(lang, "inte öppnat")
    return f"{sent}, {now}"


@get("/staff/cases/{ref:str}/forms/{request_id:int}/answers.fhir.json")
async def form_as_fhir(request: Web, request_id: FromPath[int]) -> Response[bytes]:
    """The answers as a QuestionnaireResponse, to whoever may read the visit."""
    by, at = await web.carer(request), ref(request)
    async with house(request).database.transaction(by.scope) as connection:
        case, form = await queries.request(connection, by=by, ref=at, request_id=request_id)
    row = access(
        by, "export_answers", provider_id=at.provider_id, person_id=case.person_id, case_id=at.case_id
    )
    await read_log(request).record(row)
    response = write_response(
        form.form,
        form.answers,
        status="completed" if form.state is State.ANSWERED else "in-progress",
        authored=form.answered_at or form.changed_at,
        subject=Identifier(PERSON, str(case.person_id)),
        identifier=Identifier(RESPONSE, f"{at}-form-{request_id}"),
        lang=pages.language_of(request),
    )
    content = msgspec.json.format(msgspec.json.encode(response), indent=2)
    name = f"vardlots-form-{at}-{request_id}.fhir.json"
    headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


async def _log(request: Web, by: StaffActor, at: CaseRef, found: Visit, action: str) -> None:
    row = access(by, action, provider_id=at.provider_id, person_id=found.case.person_id, case_id=at.case_id)
    await read_log(request).record(row)
