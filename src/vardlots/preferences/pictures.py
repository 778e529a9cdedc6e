"""The picture of a member of staff: taken in, sent to those who may see it, removed without a trace."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import structlog
from litestar import get
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Stream

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.cases.web import files, house
from vardlots.platform.errors import NotFound, Unavailable
from vardlots.platform.files import CHUNK, FileStore
from vardlots.platform.limits import SharedLimit
from vardlots.platform.uploads import Limits, download_headers, take_in
from vardlots.preferences import actions, queries

log = structlog.get_logger()

UPLOADS = SharedLimit("upload_picture", 10, 60)
SIDE, THUMB = 512, 96  # pixels
# The address of a picture never means another one; a browser of somebody who may see it need not ask for every page.
KEPT = "private, max-age=3600"


def key(picture: UUID | str) -> str:
    """The file store's name for a picture."""
    return f"staff/{picture}"


async def keep(request: Web, file: UploadFile, *, by: StaffActor) -> UUID:
    """Take in a picture and show it from now on. Raises TooMany, UploadRefused and what the store raises."""
    await UPLOADS.take(house(request).database, by.session_id)
    picture = uuid4()
    limits = Limits(
        max_bytes=request.app.state.settings.max_upload_mb * 1_000_000,
        max_side=SIDE,
        thumbnail_side=THUMB,
        square=True,
    )
    await take_in(_pieces(file), name="bild", store=files(request), key=key(picture), limits=limits)
    try:
        before = await actions.set_picture(house(request).database, by=by, picture=picture)
    except BaseException:
        await _forget(files(request), picture)
        raise
    if before is not None:
        await _forget(files(request), before)
    return picture


async def remove(request: Web, *, by: StaffActor) -> None:
    """Show no picture, and keep none."""
    before = await actions.set_picture(house(request).database, by=by, picture=None)
    if before is not None:
        await _forget(files(request), before)


@get("/pictures/{picture:uuid}")
async def picture_file(request: Web, picture: FromPath[UUID]) -> Stream:
    """A picture, or a small one with `?thumb=1`, for colleagues at the same provider and one's own patients."""
    by = await web.somebody(request)
    async with house(request).database.transaction(by.scope) as connection:
        if not await queries.may_see_picture(connection, by=by, picture=picture):
            raise NotFound()
    small = request.query_params.get("thumb") == "1"
    opened = await files(request).get(f"{key(picture)}-thumb" if small else key(picture))
    headers: dict[str, Any] = {
        name.lower(): value
        for name, value in download_headers("image/jpeg", "bild.jpg", inline_image=True).items()
    }
    media_type = headers.pop("content-type")
    headers |= {"cache-control": KEPT, "vary": "cookie", "content-length": str(opened.size)}
    return Stream(opened.chunks, media_type=media_type, headers=headers)


async def _forget(store: FileStore, picture: UUID) -> None:
    """Remove both files. Nothing points to them any longer: a store that is down now costs room, not the save."""
    try:
        await store.delete(key(picture))
        await store.delete(f"{key(picture)}-thumb")
    except Unavailable:
        log.warning("staff_picture_left", picture=str(picture))


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(CHUNK):
        yield piece
