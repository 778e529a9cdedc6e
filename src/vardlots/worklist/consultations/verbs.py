"""What is pressed in a consultation. Each is a form of its own and works without script."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Stream

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.blocks.queries import blocked_cases
from vardlots.cases.model import CaseRef
from vardlots.cases.web import house, read_log
from vardlots.consultations import actions, queries
from vardlots.consultations.model import ConsultationRef, Side
from vardlots.conversations import files
from vardlots.platform.errors import Forbidden, NotFound, Refusal
from vardlots.platform.numbers import whole
from vardlots.platform.pages import see
from vardlots.worklist.consultations.lists import PATH
from vardlots.worklist.consultations.one import ref_in, show
from vardlots.worklist.visit_door import door, has_door

_ONE = f"{PATH}/{{consultation:str}}"


async def _sent(request: Web) -> tuple[StaffActor, ConsultationRef, dict[str, str]]:
    by, ref = await web.carer(request), ref_in(request)
    form = await request.form()
    return (
        by,
        ref,
        {name: str(value).replace("\r\n", "\n") for name, value in form.items() if not name.startswith("_")},
    )


def _side(typed: dict[str, str]) -> Side:
    try:
        return Side(typed.get("side", ""))
    except ValueError:
        raise NotFound() from None


async def _again(
    request: Web, by: StaffActor, ref: ConsultationRef, refusal: Refusal, typed: dict[str, str]
) -> Response[Any]:
    """The refusal where it was caused. What is not for the actor is refused as a page of its own."""
    if refusal.status in (401, 404, 503):
        raise refusal
    return await show(request, by, ref, refusal=refusal, typed=typed)


async def _done(request: Web, do: Callable[..., Awaitable[object]], *fields: str) -> Response[Any]:
    """Do what was pressed, with the fields that it takes, and show the consultation as it is now."""
    by, ref, typed = await _sent(request)
    try:
        given = {name: _side(typed) if name == "side" else typed.get(name, "") for name in fields}
        await do(house(request), by=by, ref=ref, **given)
    except Refusal as refusal:
        return await _again(request, by, ref, refusal, typed)
    return see(f"{PATH}/{ref}")


@post(f"{_ONE}/accept", status_code=303)
async def accept(request: Web) -> Response[Any]:
    """*Ta emot och starta konsultation*, or who was first."""
    return await _done(request, actions.accept)


@post(f"{_ONE}/answer", status_code=303)
async def answer(request: Web) -> Response[Any]:
    """*Svara*, from either side."""
    return await _done(request, actions.answer, "side", "text", "key")


@post(f"{_ONE}/decline", status_code=303)
async def decline(request: Web) -> Response[Any]:
    """*Avböj*, with a reason."""
    return await _done(request, actions.decline, "reason")


@post(f"{_ONE}/withdraw", status_code=303)
async def withdraw(request: Web) -> Response[Any]:
    """*Ta tillbaka*."""
    return await _done(request, actions.withdraw)


@post(f"{_ONE}/end", status_code=303)
async def end(request: Web) -> Response[Any]:
    """*Avsluta*, one's own side."""
    return await _done(request, actions.end, "side")


@post(f"{_ONE}/go", status_code=303)
async def go(request: Web) -> Response[Any]:
    """*Gå till besök*: on to the visit, or the door in front of what the patient has blocked."""
    by, ref, typed = await _sent(request)
    case = CaseRef.parse(typed.get("case", ""))
    try:
        await actions.go_to_case(house(request), by=by, ref=ref, case=case)
    except Refusal as refusal:
        if has_door(refusal):
            return await door(request, by, case)
        return await _again(request, by, ref, refusal, typed)
    return see(f"/staff/cases/{case}")


@post(f"{_ONE}/read", status_code=204)
async def read(request: Web) -> None:
    """How far the actor's side has read."""
    by, ref, typed = await _sent(request)
    await actions.mark_read(house(request), by=by, ref=ref, n=whole(typed.get("n", ""), 9) or 0)


@get(f"{_ONE}/files/{{file_id:uuid}}")
async def file(request: Web, file_id: FromPath[UUID]) -> Stream:
    """A file that came with it, once the reading is in the access log; none that the patient has blocked."""
    by, ref = await web.carer(request), ref_in(request)
    async with house(request).database.transaction(by.scope) as connection:
        found = await queries.readable(connection, by=by, ref=ref)
        stored = await queries.file_of(connection, ref, file_id)
        if stored.case_id and await blocked_cases(connection, by=by, case_ids=[stored.case_id]):
            raise Forbidden("Det du vill läsa är spärrat.", code="blocked")
    row = access(
        by, "read_file", provider_id=by.provider_id, person_id=found.person_id, case_id=stored.case_id
    )
    await read_log(request).record(row)
    return await files.send(request, stored)
