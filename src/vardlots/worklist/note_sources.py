"""What the author may put into a note by choice: messages of the conversation, answered forms, measured values.

Nothing comes by itself, and what comes is told word for word, with its time and whose it is.
"""

from collections.abc import Collection, Sequence

import msgspec

from vardlots.cases.model import Entry, Kind
from vardlots.conversations.forms import told as form_words
from vardlots.conversations.forms.measures import NAMES, Source, observations
from vardlots.conversations.forms.model import FormRequest
from vardlots.conversations.forms.queries import answered_forms
from vardlots.forms.text import say
from vardlots.notes.model import NoteFields
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.platform.i18n import text
from vardlots.platform.pages import when_words
from vardlots.worklist.visit_read import Visit

_SPOKEN = (Kind.MESSAGE, Kind.INFORMATION)


class Piece(msgspec.Struct, frozen=True):
    """Something to choose: `shown` in the list, `written` in the note. `id` is its name in the form."""

    id: str
    who: str
    when: str
    shown: str
    written: str


class Group(msgspec.Struct, frozen=True):
    """The pieces of one sort, oldest first."""

    label: str
    pieces: tuple[Piece, ...]


async def note_sources(connection: Connection, found: Visit, lang: str) -> list[Group]:
    """Everything there is to choose among, by sort; sorts that have nothing are left out."""
    answered = await answered_forms(connection, found.case.ref)
    groups = (
        Group(text(lang, "Ur samtalet"), tuple(_messages(found.talk.rows, lang))),
        Group(text(lang, "Ur formulär"), tuple(_form(one, lang) for one in answered)),
        Group(text(lang, "Mätvärden"), tuple(piece for one in answered for piece in _measures(one, lang))),
    )
    return [group for group in groups if group.pieces]


def with_pieces(fields: NoteFields, groups: Sequence[Group], chosen: Collection[str]) -> NoteFields:
    """The note with what was chosen last in *Anamnes*; what stands there already is not put in again."""
    history = fields.history
    for group in groups:
        for piece in group.pieces:
            if piece.id in chosen and piece.written not in history:
                history = f"{history}\n{piece.written}".strip()
    return msgspec.structs.replace(fields, history=history)


def _messages(rows: Sequence[Entry], lang: str) -> list[Piece]:
    pieces = []
    for row in rows:
        said = str(row.body.get("text", "")).strip()
        if row.kind not in _SPOKEN or not said or row.body.get("automatic"):
            continue
        at = f"{clock.local(row.at):%Y-%m-%d %H.%M}"
        pieces.append(
            Piece(
                f"row-{row.n}",
                row.author_name,
                when_words(row.at, lang),
                said,
                f"{at} {row.author_name}: {said}",
            )
        )
    return pieces


def _form(one: FormRequest, lang: str) -> Piece:
    assert one.answered_at is not None
    title = say(one.form.title, lang)
    at = f"{clock.local(one.answered_at):%Y-%m-%d %H.%M}"
    written = f"{at} {title}\n{form_words.as_text(one, lang)}".strip()
    return Piece(f"form-{one.request_id}", "", when_words(one.answered_at, lang), title, written)


def _measures(one: FormRequest, lang: str) -> list[Piece]:
    assert one.answered_at is not None
    source = Source(at=one.answered_at, request_id=one.request_id, case_id=one.case_id)
    at = f"{clock.local(one.answered_at):%Y-%m-%d %H.%M}"
    pieces = []
    for seen in observations(one.form, one.answers, source):
        value = text(lang, "avstår") if seen.declined else f"{seen.said(lang)} {seen.unit}".strip()
        shown = f"{text(lang, NAMES[seen.kind])}: {value}"
        pieces.append(
            Piece(
                f"measure-{one.request_id}-{seen.kind}",
                "",
                when_words(one.answered_at, lang),
                shown,
                f"{at} {shown}",
            )
        )
    return pieces
