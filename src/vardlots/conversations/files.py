"""Taking in and sending out the files of a case, for patients and staff alike. Handlers check who asks."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

from litestar.datastructures import UploadFile
from litestar.response import Stream

from vardlots.access.actor import PatientActor, StaffActor
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases import web
from vardlots.cases.model import Audience, CaseRef
from vardlots.cases.queries import Attachment, case_at_the_door
from vardlots.conversations import actions, queries
from vardlots.platform import clock
from vardlots.platform.files import CHUNK, FileStore
from vardlots.platform.limits import SharedLimit
from vardlots.platform.uploads import Limits, Upload, UploadRefused, download_headers, take_in

UPLOADS = SharedLimit("upload", 40, 60)


def uploaded(form: Any, name: str = "file") -> list[UploadFile]:
    """The files in a form's field; a browser sends an empty one where nothing was chosen."""
    return [file for file in form.getall(name, []) if isinstance(file, UploadFile) and file.filename]


async def take_in_one(
    request: Web, file: UploadFile, *, by: PatientActor | StaffActor, provider_id: int
) -> tuple[UUID, Upload]:
    """Check and keep one file. Nothing points to it yet. Raises TooMany, UploadRefused and what the store raises."""
    await UPLOADS.take(web.house(request).database, by.session_id)
    attachment_id = uuid4()
    limits = Limits(max_bytes=request.app.state.settings.max_upload_mb * 1_000_000)
    upload = await take_in(
        _pieces(file),
        name=file.filename,
        store=web.files(request),
        key=f"{provider_id}/{attachment_id}",
        limits=limits,
    )
    return attachment_id, upload


async def forget(store: FileStore, upload: Upload) -> None:
    """Remove a file that nothing came to point to."""
    await store.delete(upload.key)
    if upload.thumbnail_key:
        await store.delete(upload.thumbnail_key)


async def receive(
    request: Web,
    file: UploadFile,
    *,
    by: PatientActor | StaffActor,
    ref: CaseRef,
    audience: Audience = Audience.PATIENT,
) -> tuple[UUID, Upload]:
    """Take in a file and note it on the case. Who may not add one is told before the file is looked at."""
    house = web.house(request)
    async with house.database.transaction(by.scope) as connection:
        case, stands = await case_at_the_door(connection, by=by, ref=ref)
    if refusal := actions.may_attach(by, case, clock.now(), stands, audience):
        raise refusal
    attachment_id, upload = await take_in_one(request, file, by=by, provider_id=ref.provider_id)
    try:
        await actions.attach(
            house, by=by, ref=ref, attachment_id=attachment_id, upload=upload, audience=audience
        )
    except BaseException:
        await forget(web.files(request), upload)
        raise
    return attachment_id, upload


def first_file(form: Any) -> UploadFile:
    """The one file of an upload. Raises UploadRefused when there is none."""
    found = uploaded(form)
    if not found:
        raise UploadRefused("empty")
    return found[0]


async def serve(request: Web, *, by: PatientActor | StaffActor, ref: CaseRef, file_id: UUID) -> Stream:
    """A file of a case, or its thumbnail with `?thumb=1`, once the reading is in the access log."""
    async with web.house(request).database.transaction(by.scope) as connection:
        case, file = await queries.file_of_case(connection, by=by, ref=ref, file_id=file_id)
    await web.read_log(request).record(
        access(by, "read_file", provider_id=ref.provider_id, person_id=case.person_id, case_id=ref.case_id)
    )
    return await send(request, file)


async def send(request: Web, file: Attachment) -> Stream:
    """The stored bytes with headers of their own: never run, never guessed at, pictures shown in the page."""
    thumb = request.query_params.get("thumb") == "1" and file.thumb_key is not None
    opened = await web.files(request).get(file.thumb_key if thumb and file.thumb_key else file.storage_key)
    inline = request.query_params.get("download") != "1"
    headers = download_headers(file.media_type, file.name, inline_image=inline)
    media_type = headers.pop("Content-Type")
    return Stream(
        opened.chunks,
        media_type=media_type,
        headers={name.lower(): value for name, value in headers.items()}
        | {"content-length": str(opened.size)},
    )


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(CHUNK):
        yield piece
