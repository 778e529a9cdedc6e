"""What a document says, in the order it says it: common to FHIR, PDF and text. The record is kept in Swedish."""

import re
from collections.abc import Sequence

import msgspec

from vardlots.exports.model import Carried, Paper
from vardlots.notes.model import NoteKind
from vardlots.notes.words import contact_names, field_names
from vardlots.platform import clock
from vardlots.platform.i18n import SOURCE, text

LANG = SOURCE
# What neither XML nor a FHIR string may hold.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Part(msgspec.Struct, frozen=True):
    """A piece of free text under a heading. `name` is the field's own."""

    name: str
    label: str
    text: str


def clean(written: str) -> str:
    """The text without the control characters that would make a document unreadable."""
    return _FORBIDDEN.sub("", written).strip()


def title(paper: Paper) -> str:
    """What the document is called."""
    if paper.note.kind is NoteKind.ADDENDUM:
        return text(LANG, "Tillägg till anteckning")
    return text(LANG, "Anteckning från digitalt besök")


def contact(paper: Paper) -> str:
    """*Kontaktsätt*; an addendum has none."""
    if paper.note.kind is NoteKind.ADDENDUM and paper.note.fields.text:
        return ""
    return contact_names(LANG)[paper.note.fields.contact]


def parts(paper: Paper) -> list[Part]:
    """The free text that is filled in, by heading."""
    fields = paper.note.fields
    found = [
        Part(name, label, clean(getattr(fields, name)))
        for name, label in field_names(LANG).items()
        if clean(getattr(fields, name))
    ]
    if added := clean(fields.text):
        found.append(Part("text", text(LANG, "Tillägg"), added))
    return found


def moment(at: object) -> str:
    """A time as the record writes it: 2026-07-14 09.52, in Sweden."""
    local = clock.local(at)  # type: ignore[arg-type]
    return f"{local:%Y-%m-%d %H.%M}"


def number(paper: Paper) -> str:
    """The identity number as people read it."""
    given = paper.subject.number
    return f"{given[:8]}-{given[8:]}" if len(given) == 12 else given


def visit_time(paper: Paper) -> str:
    """When the visit was; without its end where it went on when the note was signed."""
    began = moment(paper.began_at)
    if paper.ended_at is None:
        return text(LANG, "från {time}", time=began)
    same_day = clock.local(paper.began_at).date() == clock.local(paper.ended_at).date()
    end = moment(paper.ended_at)
    return f"{began}–{end[11:] if same_day else end}"


def signature(paper: Paper) -> str:
    """Who signed, and when."""
    title_of = f", {paper.author.title.lower()}" if paper.author.title else ""
    return text(
        LANG,
        "Signerad av {who}{title}, {time}",
        who=paper.author.name,
        title=title_of,
        time=moment(paper.signed_at),
    )


def facts(paper: Paper) -> list[tuple[str, str]]:
    """What the document is about, label and value."""
    found = [
        (text(LANG, "Patient"), paper.subject.name),
        (text(LANG, "Personnummer"), number(paper)),
        (text(LANG, "Vårdgivare"), paper.provider.name),
        (text(LANG, "Enhet"), paper.unit.name),
        (text(LANG, "Besök"), visit_time(paper)),
    ]
    if said := contact(paper):
        found.append((text(LANG, "Kontaktsätt"), said))
    return found


def attachments(carried: Sequence[Carried]) -> list[str]:
    """The names of what goes along."""
    return [clean(one.name) for one in carried]
