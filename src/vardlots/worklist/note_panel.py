"""What the tab *Anteckning* shows beside the form: signed notes and what became of each on its way out, what may go
along, and what may be put in."""

from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.cases import policy
from vardlots.cases.model import Verb
from vardlots.conversations.drawing import size_words
from vardlots.exports import port, queries
from vardlots.exports.model import NoteExport, State
from vardlots.exports.words import why_words
from vardlots.notes import codebook
from vardlots.notes.model import Note, NoteKind
from vardlots.notes.words import contact_names, field_names
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.i18n import text
from vardlots.platform.pages import when_words
from vardlots.worklist.note_sources import note_sources
from vardlots.worklist.visit_draw import base_of
from vardlots.worklist.visit_note import copied_text
from vardlots.worklist.visit_read import Visit


async def read_note(connection: Connection, by: StaffActor, found: Visit, lang: str) -> dict[str, Any]:
    """The context that exports and sources add to the visit."""
    ref = found.case.ref
    exports = await queries.exports_of_case(connection, ref) if found.signed else {}
    may = policy.may(by, Verb.SIGN_NOTE, found.case, clock.now(), found.rights) is None
    return {
        "signed": [_signed(note, exports.get(note.note_id), lang, may=may) for note in found.signed],
        "can_export": port.in_use(),
        "note_files": [
            _file(one, base_of(found), lang) for one in await queries.files_to_choose(connection, ref)
        ],
        "note_sources": await note_sources(connection, found, lang),
        "note_offers": [
            {"contact": contact, "codes": codes}
            for contact, codes in (await codebook.offered()).items()
            if codes
        ],
    }


def _file(one: queries.Chosen, base: str, lang: str) -> dict[str, str]:
    file = one.file
    href = f"{base}/files/{file.attachment_id}"
    return {
        "id": file.attachment_id,
        "name": file.name,
        "href": href,
        "thumb": f"{href}?thumb=1" if file.thumb_key else "",
        "line": f"{when_words(one.at, lang)}, {size_words(file.size_bytes)}",
    }


def _signed(note: Note, export: NoteExport | None, lang: str, *, may: bool) -> dict[str, Any]:
    fields = note.fields
    rows = [
        {"label": label, "text": getattr(fields, name)}
        for name, label in field_names(lang).items()
        if getattr(fields, name).strip()
    ]
    if fields.text.strip():
        rows.append({"label": "", "text": fields.text})
    return {
        "id": note.note_id,
        "title": text(lang, "Tillägg") if note.kind is NoteKind.ADDENDUM else text(lang, "Anteckning"),
        "contact": "" if fields.text.strip() else contact_names(lang)[fields.contact],
        "rows": rows,
        "main": fields.main,
        "others": fields.others,
        "actions": fields.actions,
        "line": text(
            lang,
            "{who} signerade {time}",
            who=note.author_name,
            time=when_words(note.signed_at or note.changed_at, lang),
        ),
        "digest": (note.digest or "")[:12],
        "copy": copied_text(fields, lang),
        "export": _export(export, lang) if export is not None else None,
        "may_export": may and export is None and port.in_use(),
        "may_try": may and export is not None and export.state is State.FAILED,
    }


def _export(one: NoteExport, lang: str) -> dict[str, Any]:
    """What became of it, in one line and what stands beneath."""
    along = text(lang, "{n} bilagor följer med.", n=len(one.attachments)) if one.attachments else ""
    if len(one.attachments) == 1:
        along = text(lang, "En bilaga följer med.")
    match one.state:
        case State.SENT:
            assert one.sent_at is not None
            line = text(lang, "Framme i journalsystemet {time}", time=when_words(one.sent_at, lang))
            beneath = text(lang, "Kvitto {receipt}.", receipt=one.receipt or "")
        case State.FAILED:
            assert one.why is not None
            line = text(lang, "Kom inte fram till journalsystemet")
            beneath = why_words(one.why, lang)
            if one.next_try is not None:
                again = text(lang, "Nytt försök görs {time}.", time=when_words(one.next_try, lang))
                beneath = f"{beneath} {again}"
        case _:
            line = text(lang, "På väg till journalsystemet")
            beneath = ""
    return {"state": one.state.value, "line": line, "beneath": f"{beneath} {along}".strip()}
