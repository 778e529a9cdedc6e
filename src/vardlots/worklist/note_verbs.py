"""Saving and signing the note of a visit."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import MediaType, Response, post

from vardlots.access import web
from vardlots.access.actor import StaffActor
from vardlots.access.web import Web
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import readable_case
from vardlots.cases.web import house, ref
from vardlots.exports import actions as exports
from vardlots.notes import actions, codebook
from vardlots.notes.codebook import ListKind
from vardlots.platform import pages
from vardlots.platform.errors import Invalid, NotFound, Refusal, WrongState
from vardlots.platform.i18n import text
from vardlots.platform.numbers import whole
from vardlots.platform.pages import clock_time
from vardlots.worklist.note_sources import note_sources, with_pieces
from vardlots.worklist.told import tell
from vardlots.worklist.visit import visit_page
from vardlots.worklist.visit_note import Typed, copied_text, read_form, with_history
from vardlots.worklist.visit_read import read_visit
from vardlots.worklist.visit_verbs import onward

SIGNING = ("sign", "sign_export")


@post("/staff/cases/{ref:str}/note/draft", status_code=200)
async def autosave(request: Web) -> Response[Any]:
    """Save the draft as it is typed; answers with the new revision and the time. Refusals come as JSON."""
    by = await web.carer(request)
    typed = await read_form(await request.form())
    saved = await actions.save_draft(
        house(request), by=by, ref=ref(request), rev=typed.rev, fields=typed.fields
    )
    return Response({"rev": saved.rev, "saved": clock_time(saved.at)}, media_type=MediaType.JSON)


@post("/staff/cases/{ref:str}/note/text", status_code=200)
async def copy_text(request: Web) -> Response[str]:
    """What *Kopiera anteckningen* copies, from the form as it is typed. Nothing is kept."""
    by = await web.carer(request)
    async with house(request).database.transaction(by.scope) as connection:
        await readable_case(connection, by=by, ref=ref(request))
    typed = await read_form(await request.form())
    return Response(
        copied_text(typed.fields, pages.language_of(request)),
        media_type=MediaType.TEXT,
        headers={"cache-control": "no-store"},
    )


@post("/staff/cases/{ref:str}/note", status_code=303)
async def save_note(request: Web) -> Response[Any]:
    """The form's buttons: save, put something in, find a code without script, sign, sign and export."""
    by = await web.carer(request)
    at = ref(request)
    form = await request.form()
    deed = str(form.get("do", "save"))
    typed = await read_form(form)
    try:
        if deed in ("history", "quote"):
            typed = await _filled(request, by, at, typed, deed, form)
        if deed in SIGNING and typed.unknown_main:
            raise Invalid("main", "Välj huvuddiagnosen i listan, eller töm rutan.")
        saved = await actions.save_draft(house(request), by=by, ref=at, rev=typed.rev, fields=typed.fields)
        typed = msgspec.structs.replace(typed, rev=saved.rev)
        if deed in ("find_main", "find_others", "find_actions"):
            return await _found(request, by, at, typed, deed, form)
        if deed == "sign":
            await actions.sign(house(request), by=by, ref=at, rev=saved.rev)
        if deed == "sign_export":
            await exports.sign_and_export(
                house(request), by=by, ref=at, rev=saved.rev, attachments=_files(typed.attach)
            )
    except Refusal as refusal:
        if not isinstance(refusal, Invalid | WrongState):
            raise
        wrong = text(pages.language_of(request), refusal.message, **refusal.values)
        field = refusal.field if isinstance(refusal, Invalid) else "note"
        kept = msgspec.structs.replace(typed, wrong=wrong, wrong_field=field)
        return await visit_page(request, by, at, note=kept, status=refusal.status)
    return onward(request, f"/staff/cases/{at}?tab=note")


@post("/staff/cases/{ref:str}/notes/{note:str}/export", status_code=303)
async def export_note(request: Web) -> Response[Any]:
    """*Exportera* a note that was signed before, with the files that are chosen."""
    by = await web.carer(request)
    at = ref(request)
    form = await request.form()
    chosen = _files(tuple(str(one) for one in form.getall("attach", [])))
    await exports.export(house(request), by=by, ref=at, note_id=_note(request), attachments=chosen)
    return onward(request, f"/staff/cases/{at}?tab=note")


@post("/staff/cases/{ref:str}/notes/{note:str}/again", status_code=303)
async def export_again(request: Web) -> Response[Any]:
    """*Försök igen*."""
    by = await web.carer(request)
    at = ref(request)
    await exports.try_again(house(request), by=by, ref=at, note_id=_note(request))
    return onward(request, f"/staff/cases/{at}?tab=note")


def _note(request: Web) -> int:
    number = whole(str(request.path_params["note"]), 18)
    if number is None:
        raise NotFound()
    return number


def _files(chosen: tuple[str, ...]) -> list[UUID]:
    """Raises Invalid for what is no file's name."""
    try:
        return [UUID(one) for one in chosen]
    except ValueError:
        raise Invalid(
            "attach", "En bild eller fil hör inte till ärendet. Ladda om sidan och välj igen."
        ) from None


async def _filled(request: Web, by: StaffActor, at: CaseRef, typed: Typed, deed: str, form: Any) -> Typed:
    """The note with the autoanamnes, or with what was chosen of the conversation and the forms, put in."""
    lang = pages.language_of(request)
    async with house(request).database.transaction(by.scope) as connection:
        found = await read_visit(connection, by=by, ref=at)
        groups = await note_sources(connection, found, lang)
    if deed == "history":
        fields = with_history(typed.fields, tell(found.kept, lang), lang)
    else:
        fields = with_pieces(typed.fields, groups, {str(one) for one in form.getall("quote", [])})
    return msgspec.structs.replace(typed, fields=fields)


async def _found(
    request: Web, by: StaffActor, at: CaseRef, typed: Typed, deed: str, form: Any
) -> Response[Any]:
    """The visit with the codes that a search without script found, each a button to choose."""
    wanted = deed.removeprefix("find_")
    sought = str(form.get(f"{wanted}_q", ""))
    found = await codebook.search(sought, ListKind.ACTION if wanted == "actions" else ListKind.DIAGNOSIS)
    shown = msgspec.structs.replace(typed, find=sought, find_for=wanted, found=tuple(found))
    return await visit_page(request, by, at, note=shown)
