"""A signed note as a file to whoever may read it. Every file that is given out is in the access log."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from litestar import Response, get

from vardlots.access import web
from vardlots.access.web import Web
from vardlots.audit.log import access
from vardlots.cases.queries import readable_case
from vardlots.cases.web import house, read_log, ref
from vardlots.exports import fhir, pdf, plain, queries
from vardlots.exports.model import Paper
from vardlots.platform.errors import NotFound
from vardlots.platform.numbers import whole


class _Form(msgspec.Struct, frozen=True):
    media_type: str
    ending: str
    made: Callable[[Paper], Awaitable[bytes]]


async def _as_text(paper: Paper) -> bytes:
    return plain.note(paper).encode()


async def _as_fhir(paper: Paper) -> bytes:
    return fhir.document(paper)


async def _as_pdf(paper: Paper) -> bytes:
    return await pdf.note(paper)


FORMS: Mapping[str, _Form] = {
    "pdf": _Form("application/pdf", "pdf", _as_pdf),
    "text": _Form("text/plain; charset=utf-8", "txt", _as_text),
    "fhir": _Form("application/fhir+json", "fhir.json", _as_fhir),
}


@get("/staff/cases/{ref:str}/notes/{note:str}/{form:str}")
async def note_file(request: Web) -> Response[Any]:
    """A signed note as `pdf`, `text` or `fhir`, without attachments: those are files of their own in the visit."""
    by = await web.carer(request)
    at = ref(request)
    form = FORMS.get(str(request.path_params["form"]))
    note_id = whole(str(request.path_params["note"]), 18)
    async with house(request).database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=at)
        if form is None or note_id is None:
            raise NotFound()
        found = await queries.paper(connection, case=case, note_id=note_id)
    await read_log(request).record(
        access(by, "download_note", provider_id=at.provider_id, person_id=case.person_id, case_id=at.case_id)
    )
    headers = {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="vardlots-{at}-{note_id}.{form.ending}"',
    }
    return Response(await form.made(found), media_type=form.media_type, headers=headers)
