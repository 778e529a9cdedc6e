"""What one can do while waiting: add words and pictures, leave the queue."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web, patient
from vardlots.cases import policy, states, web
from vardlots.cases.actions import add_information, leave_queue
from vardlots.cases.model import Case, Phase, Verb
from vardlots.cases.queries import readable_case
from vardlots.cases.turn import Repeated
from vardlots.clinics import queries as clinics
from vardlots.conversations.actions import ATTACHMENTS_MAX
from vardlots.conversations.files import receive, uploaded
from vardlots.people.queries import person
from vardlots.platform import clock, i18n, pages
from vardlots.platform.errors import Invalid, NotFound
from vardlots.platform.pages import see
from vardlots.triage.case_pages import PREFIX, shared_context
from vardlots.triage.configured import practice_of


async def _case_for(
    request: Web, by: PatientActor, verb: Verb
) -> tuple[Case, dict[str, Any]] | Response[bytes]:
    """The case for a page that acts on it, or the way back when that cannot be done now."""
    ref = web.ref(request)
    async with web.house(request).database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=ref)
        about = await person(connection, case.person_id)
        unit = await clinics.unit(connection, case.unit_id)
        practice = await practice_of(connection, case.provider_id)
    if about is None or unit is None:
        raise NotFound()
    if not states.allows(case.phase, verb) or policy.may(by, verb, case, clock.now()):
        return see(f"{PREFIX}/{ref}")
    shared = shared_context(practice, by, case, about, unit)
    return case, shared | {"waits_for_time": case.phase is Phase.BOOKED}


@get("/my/cases/{ref:str}/more")
async def more(request: Web) -> Response[Any]:
    """*Berätta mer*: words and pictures to add while waiting."""
    by = await patient(request)
    found = await _case_for(request, by, Verb.ADD_INFORMATION)
    if isinstance(found, Response):
        return found
    return _draw_more(request, found[1])


def _draw_more(
    request: Web,
    shared: Mapping[str, Any],
    *,
    status: int = 200,
    errors: list[dict[str, str]] | None = None,
    text: str = "",
) -> Response[str]:
    wrong = {error["id"]: error["text"] for error in errors or []}
    context = {
        **shared,
        "key": str(uuid4()),
        "text": text,
        "errors": errors or [],
        "text_error": wrong.get("text"),
        "file_error": wrong.get("file"),
        "worse": request.query_params.get("worse") == "1",
    }
    return pages.page(request, "triage/more.html", context, status=status)


@post("/my/cases/{ref:str}/more")
async def add_more(request: Web) -> Response[Any]:
    """Add words or pictures to a waiting case. The same form sent twice adds once."""
    by = await patient(request)
    found = await _case_for(request, by, Verb.ADD_INFORMATION)
    if isinstance(found, Response):
        return found
    case, shared = found
    form = await request.form()
    text = str(form.get("text", "")).replace("\r\n", "\n")
    attached: list[str] = []
    try:
        for file in uploaded(form)[:ATTACHMENTS_MAX]:
            attachment_id, _ = await receive(request, file, by=by, ref=case.ref)
            attached.append(str(attachment_id))
        key = str(form.get("key", ""))
        await add_information(
            web.house(request), by=by, ref=case.ref, text=text, attachments=attached, key=key or str(uuid4())
        )
    except Repeated:
        pass
    except Invalid as refusal:
        told = i18n.text(by.lang, refusal.message, **refusal.values)
        error = {"id": "file" if refusal.field == "file" else "text", "text": told}
        return _draw_more(request, shared, status=422, errors=[error], text=text)
    return see(f"{PREFIX}/{case.ref}?added=1")


@get("/my/cases/{ref:str}/leave")
async def leaving(request: Web) -> Response[Any]:
    """Asks before leaving the queue: the place is lost."""
    by = await patient(request)
    found = await _case_for(request, by, Verb.LEAVE_QUEUE)
    if isinstance(found, Response):
        return found
    return pages.page(request, "triage/leave_queue.html", found[1])


@post("/my/cases/{ref:str}/leave")
async def leave(request: Web) -> Response[Any]:
    """Leave the queue. Raises SomebodyWasFirst when somebody has just taken the case."""
    by = await patient(request)
    ref = web.ref(request)
    await leave_queue(web.house(request), by=by, ref=ref)
    return see(f"{PREFIX}/{ref}")


def waiting_routes() -> list[ControllerRouterHandler]:
    """The handlers of this file."""
    return [more, add_more, leaving, leave]
