"""What the handlers of an interview reach for in a request."""

from litestar.datastructures import UploadFile

from vardlots.access.actor import PatientActor
from vardlots.access.web import Web
from vardlots.cases import web
from vardlots.cases.queries import Sought, same_case
from vardlots.conversations.files import forget, take_in_one
from vardlots.triage import actions, queries
from vardlots.triage.queries import InterviewRef, Kept


def interview_ref(request: Web) -> InterviewRef:
    """The interview that the address names. Raises NotFound."""
    return InterviewRef.parse(str(request.path_params["ref"]))


async def own(request: Web, by: PatientActor) -> Kept:
    """The actor's interview that the address names. Raises NotFound."""
    async with web.house(request).database.transaction(by.scope) as connection:
        return await queries.own_interview(connection, by=by, ref=interview_ref(request))


def place_of(kept: Kept) -> str:
    """Where the interview goes on."""
    if kept.case_id is not None:
        return f"/my/cases/{kept.provider_id}-{kept.case_id}"
    if kept.for_case_id is not None and kept.stage in ("done", "left"):
        return f"/my/cases/{kept.provider_id}-{kept.for_case_id}"
    if kept.ticket_id is not None:
        return f"/my/tickets/{kept.provider_id}-{kept.ticket_id}"
    if kept.stage == "left":
        return "/"
    return f"/interview/{kept.ref}" + {"result": "/result", "post": "/before"}.get(kept.stage, "")


async def same_case_url(request: Web, by: PatientActor, about: Sought) -> str:
    """The active case of the same reason, where everything about it is in one place; "" where there is none."""
    async with web.house(request).database.transaction(by.scope) as connection:
        case = await same_case(connection, about)
    return f"/my/cases/{case}?already=1" if case else ""


def check_url(kept: Kept) -> str:
    """Where an administrative errand is read through before it is sent."""
    return (
        place_of(kept) if kept.stage in ("left", "done") or kept.case_id else f"/interview/{kept.ref}/check"
    )


async def keep_picture(request: Web, by: PatientActor, ref: InterviewRef, file: UploadFile) -> dict[str, str]:
    """Take in one picture of an interview; what an answer holds of it. The interview must be the actor's own."""
    attachment_id, upload = await take_in_one(request, file, by=by, provider_id=ref.provider_id)
    try:
        await actions.add_picture(
            web.house(request), by=by, ref=ref, attachment_id=attachment_id, upload=upload
        )
    except BaseException:
        await forget(web.files(request), upload)
        raise
    return {"id": str(attachment_id), "title": upload.name}
