"""The endpoints of a conversation, mounted once for patients and once for staff (docs/guides/live-pages.md).

conversation_routes("/my/cases", access.web.patient)
conversation_routes("/staff/cases", access.web.staff)
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias
from uuid import UUID

from litestar import MediaType, Response, get, post
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases import policy, states, web
from vardlots.cases.model import Audience, Case, CaseRef, Verb
from vardlots.cases.queries import case_at_the_door
from vardlots.cases.turn import Repeated
from vardlots.conversations import actions, drawing, files, queries
from vardlots.platform import clock, pages
from vardlots.platform.errors import Invalid, Refusal
from vardlots.platform.limits import Limit
from vardlots.platform.live import Hub, Signal
from vardlots.platform.numbers import whole
from vardlots.platform.uploads import Upload

Writer: TypeAlias = PatientActor | StaffActor
ActorOf: TypeAlias = Callable[[Web], Awaitable[Writer]]
# The whole page again after a form without script was refused: the refusal, and what had been typed.
Redraw: TypeAlias = Callable[[Web, Refusal, str], Awaitable[Response[Any]]]

MESSAGES = Limit(60, 60)


def is_plain_form(request: Web) -> bool:
    """Whether a form was sent without script: the script puts the form's token in a header."""
    return "x-csrf-token" not in request.headers


def conversation_routes(
    prefix: str, actor_of: ActorOf, redraw: Redraw | None = None
) -> list[ControllerRouterHandler]:
    """The handlers below `{prefix}/{ref}`. `redraw` keeps typed text when a form without script is refused."""

    @get(f"{prefix}/{{ref:str}}/entries")
    async def entries(request: Web) -> Response[str]:
        return await new_rows(request, await actor_of(request), prefix)

    @post(f"{prefix}/{{ref:str}}/messages")
    async def messages(request: Web) -> Response[Any]:
        by = await actor_of(request)
        form = await request.form()
        try:
            return await write_message(request, by, prefix, form)
        except Refusal as refusal:
            if redraw is None or not is_plain_form(request) or not 409 <= refusal.status <= 429:
                raise
            return await redraw(request, refusal, str(form.get("text", "")))

    @post(f"{prefix}/{{ref:str}}/files")
    async def upload(request: Web) -> Response[dict[str, Any]]:
        by = await actor_of(request)
        file = files.first_file(await request.form())
        attachment_id, taken = await files.receive(request, file, by=by, ref=web.ref(request))
        return Response(file_facts(attachment_id, taken), status_code=201, media_type=MediaType.JSON)

    @get(f"{prefix}/{{ref:str}}/files/{{file_id:uuid}}")
    async def file(request: Web, file_id: FromPath[UUID]) -> Stream:
        return await files.serve(request, by=await actor_of(request), ref=web.ref(request), file_id=file_id)

    @post(f"{prefix}/{{ref:str}}/read", status_code=204)
    async def read(request: Web) -> None:
        by = await actor_of(request)
        n = row_number((await request.form()).get("n"))
        await actions.mark_read(web.house(request), by=by, ref=web.ref(request), n=n)

    @post(f"{prefix}/{{ref:str}}/typing", status_code=204)
    async def typing(request: Web) -> None:
        await say_typing(request, await actor_of(request))

    return [entries, messages, upload, file, read, typing]


async def new_rows(request: Web, by: Writer, prefix: str) -> Response[str]:
    """The rows after `?after=`, as the page would have drawn them, and how far everything has come."""
    ref = web.ref(request)
    after = row_number(request.query_params.get("after", "0"))
    async with web.house(request).database.transaction(by.scope) as connection:
        talk = await queries.talk(connection, by=by, ref=ref, after=after)
    if talk.rows:
        await web.read_log(request).record(
            access(
                by,
                "read_messages",
                provider_id=ref.provider_id,
                person_id=talk.case.person_id,
                case_id=ref.case_id,
            )
        )
    return _rows_response(request, by, prefix, talk, status=200, after=after)


async def write_message(request: Web, by: Writer, prefix: str, form: Any) -> Response[Any]:
    """Keep a message with its files; answers with its row, or back to the page for a form without script.

    Raises what the verb raises, UploadRefused, and TooMany.
    """
    ref = web.ref(request)
    house = web.house(request)
    if isinstance(by, PatientActor):
        MESSAGES.take(by.session_id)
    message = await message_sent(request, by, ref, form)
    written: actions.Written | None = None
    try:
        written = await actions.write_row(house, by=by, ref=ref, message=message)
        n = written.row.n
    except Repeated as repeated:
        n = repeated.n
    if is_plain_form(request):
        return Response(b"", status_code=303, headers={"location": f"{prefix}/{ref}#e{n}"})
    if written is not None and not message.attachments:
        # The row is known as it was written: nothing needs to be read again.
        talk = queries.Talk(written.case, [written.row], {}, written.since)
    else:
        async with house.database.transaction(by.scope) as connection:
            talk = await queries.talk(connection, by=by, ref=ref, after=n - 1, limit=1)
    return _rows_response(request, by, prefix, talk, status=201 if written else 200)


async def message_sent(
    request: Web, by: Writer, ref: CaseRef, form: Any, *, audience: Audience = Audience.PATIENT
) -> actions.Message:
    """What a form has of a message to write; files that came along are received first.

    Raises Invalid for more files than a message carries, and UploadRefused.
    """
    attached = [str(one) for one in form.getall("attachments", []) if one]
    sent_along = files.uploaded(form)
    if len(sent_along) + len(attached) > actions.ATTACHMENTS_MAX:
        raise Invalid("attachments", "Skicka högst {most} filer åt gången.", most=actions.ATTACHMENTS_MAX)
    for one in sent_along:
        attachment_id, _ = await files.receive(request, one, by=by, ref=ref, audience=audience)
        attached.append(str(attachment_id))
    return actions.Message(
        text=str(form.get("text", "")).replace("\r\n", "\n"),
        key=str(form.get("key", "")),
        attachments=tuple(uuids(attached)),
    )


async def say_typing(request: Web, by: Writer) -> None:
    """Tell the other side that somebody is writing; only who may write can say so."""
    ref = web.ref(request)
    if await may_say(request, by, ref, Verb.WRITE):
        signal = Signal(f"typing:{ref}", 1 if isinstance(by, PatientActor) else 2)
        web.house(request).hub.publish([signal])


async def may_say(request: Web, by: Writer, ref: CaseRef, verb: Verb) -> bool:
    """Whether the actor may write so in the case as it is now. Raises what they may not read it for."""
    async with web.house(request).database.transaction(by.scope) as connection:
        case, stands = await case_at_the_door(connection, by=by, ref=ref)
    if refusal := policy.may_read(by, case, stands):
        raise refusal
    return states.allows(case.phase, verb) and policy.may(by, verb, case, clock.now(), stands) is None


def is_online(hub: Hub, case: Case, by: Writer) -> bool:
    """Whether the other side has a page open."""
    if isinstance(by, StaffActor):
        # The child itself, once it signs in for itself.
        return any(hub.online(f"person:{one}") for one in (case.actor_person_id, case.person_id))
    return case.owner_staff_id is not None and hub.online(f"staff:{case.owner_staff_id}")


def file_facts(attachment_id: UUID, upload: Upload) -> dict[str, Any]:
    """What a page needs to know of a file that was taken in."""
    return {
        "id": str(attachment_id),
        "name": upload.name,
        "media_type": upload.media_type,
        "size": upload.stored.size,
        "width": upload.width,
        "height": upload.height,
    }


def _rows_response(
    request: Web, by: Writer, prefix: str, talk: queries.Talk, *, status: int, after: int = 0
) -> Response[str]:
    case = talk.case
    headers = {
        "x-last": str(drawing.last_shown(talk, by, after)),
        "x-other-read": str(drawing.other_read(case, by)),
        "x-state": drawing.state_of(case, by) + drawing.told_anew(talk.rows, by),
        "x-online": "1" if is_online(web.house(request).hub, case, by) else "0",
    }
    entries = drawing.drawn(talk, by=by, base=f"{prefix}/{case.ref}", fresh=True)
    return pages.page(
        request, "conversations/rows.html", {"entries": entries}, status=status, headers=headers
    )


def row_number(text: Any) -> int:
    """A row's number. Raises Invalid for anything else."""
    n = whole(text, 9) if isinstance(text, str) else None
    if n is None:
        raise Invalid("n", "Något i det som skickades gick inte att läsa. Försök igen.")
    return n


def uuids(texts: list[str]) -> list[str]:
    """The ids of files. Raises Invalid for anything else."""
    try:
        return [str(UUID(text)) for text in texts]
    except ValueError:
        raise Invalid("attachments", "En av filerna finns inte kvar. Lägg till den igen.") from None
