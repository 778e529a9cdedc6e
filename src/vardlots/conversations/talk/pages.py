"""The endpoints of the colleagues' own talk, below a case's address: `/staff/cases/1-42/talk/…`. The same scripts use
them as the conversation's (docs/guides/live-pages.md)."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from litestar import MediaType, Response, get, post
from litestar.types import ControllerRouterHandler

from vardlots.access import web as who
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases import web
from vardlots.cases.model import Audience, CaseRef, Verb
from vardlots.cases.turn import Repeated
from vardlots.conversations import files
from vardlots.conversations.pages import file_facts, is_plain_form, may_say, message_sent, row_number
from vardlots.conversations.talk import actions, drawing, queries
from vardlots.platform import pages
from vardlots.platform.errors import Refusal
from vardlots.platform.live import Signal

PREFIX = "/staff/cases"
# The page again after a form without script was refused: whose, which case, why, and what had been typed.
Redraw: TypeAlias = Callable[[Web, StaffActor, CaseRef, Refusal, str], Awaitable[Response[Any]]]


def talk_routes(redraw: Redraw) -> list[ControllerRouterHandler]:
    """The handlers below a case's address. `redraw` keeps typed text when a form without script is refused."""

    @get(f"{PREFIX}/{{ref:str}}/talk/entries")
    async def talk_entries(request: Web) -> Response[str]:
        by, ref = await who.carer(request), web.ref(request)
        after = row_number(request.query_params.get("after", "0"))
        async with web.house(request).database.transaction(by.scope) as connection:
            found = await queries.aside(connection, by=by, ref=ref, after=after)
        if found.rows:
            await note_reading(request, by, found)
        return _rows(request, by, found, status=200)

    @post(f"{PREFIX}/{{ref:str}}/talk/messages")
    async def talk_messages(request: Web) -> Response[Any]:
        by, ref = await who.carer(request), web.ref(request)
        form = await request.form()
        try:
            return await _say(request, by, ref, form)
        except Refusal as refusal:
            if not is_plain_form(request) or not 409 <= refusal.status <= 429:
                raise
            return await redraw(request, by, ref, refusal, str(form.get("text", "")))

    @post(f"{PREFIX}/{{ref:str}}/talk/files")
    async def talk_files(request: Web) -> Response[dict[str, Any]]:
        by, ref = await who.carer(request), web.ref(request)
        file = files.first_file(await request.form())
        attachment_id, taken = await files.receive(request, file, by=by, ref=ref, audience=Audience.INTERNAL)
        return Response(file_facts(attachment_id, taken), status_code=201, media_type=MediaType.JSON)

    @post(f"{PREFIX}/{{ref:str}}/talk/read", status_code=204)
    async def talk_read(request: Web) -> None:
        by, ref = await who.carer(request), web.ref(request)
        n = row_number((await request.form()).get("n"))
        await actions.mark_talk_read(web.house(request), by=by, ref=ref, n=n)

    @post(f"{PREFIX}/{{ref:str}}/talk/typing", status_code=204)
    async def talk_typing(request: Web) -> None:
        await _say_typing(request, await who.carer(request), web.ref(request))

    return [talk_entries, talk_messages, talk_files, talk_read, talk_typing]


async def note_reading(request: Web, by: StaffActor, found: queries.Aside) -> None:
    """The reading is in the access log when this returns."""
    case = found.case
    await web.read_log(request).record(
        access(
            by, "read_messages", provider_id=case.provider_id, person_id=case.person_id, case_id=case.case_id
        )
    )


async def _say(request: Web, by: StaffActor, ref: CaseRef, form: Any) -> Response[Any]:
    house = web.house(request)
    message = await message_sent(request, by, ref, form, audience=Audience.INTERNAL)
    status = 201
    try:
        n = (await actions.say(house, by=by, ref=ref, message=message)).row.n
    except Repeated as repeated:
        n, status = repeated.n, 200
    if is_plain_form(request):
        return Response(b"", status_code=303, headers={"location": f"{PREFIX}/{ref}/talk#e{n}"})
    async with house.database.transaction(by.scope) as connection:
        found = await queries.aside(connection, by=by, ref=ref, after=n - 1, limit=1)
    return _rows(request, by, found, status=status)


async def _say_typing(request: Web, by: StaffActor, ref: CaseRef) -> None:
    """Tell the colleagues that somebody is writing; only who may write can say so."""
    if await may_say(request, by, ref, Verb.TALK):
        web.house(request).hub.publish([Signal(f"typing:talk-{ref}", by.staff_id)])


def _rows(request: Web, by: StaffActor, found: queries.Aside, *, status: int) -> Response[str]:
    headers = {"x-last": str(found.case.talk_last_n), "x-other-read": str(found.read_by_others(by))}
    entries = drawing.drawn(found, by=by, base=f"{PREFIX}/{found.case.ref}", fresh=True)
    return pages.page(
        request, "conversations/rows.html", {"entries": entries}, status=status, headers=headers
    )
