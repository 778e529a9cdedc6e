"""The note of a visit (requirement D14): a draft of its author's own, locked when it is signed."""

import hashlib
import json
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

FIELD_MAX = 8000
OTHERS_MAX = 20


class NoteKind(StrEnum):
    """A note, or a *Tillägg* to one that is signed."""

    NOTE = "note"
    ADDENDUM = "addendum"


CONTACTS = ("chat", "telephone", "video")
"""The codes of *Kontaktsätt*."""

TEXT_FIELDS = ("history", "status", "assessment", "action")
"""The free text of a note, in the order it is written."""


class Diagnosis(msgspec.Struct, frozen=True):
    """A diagnosis, or an action, with the title it had when it was chosen."""

    code: str
    title: str

    @property
    def label(self) -> str:
        """As it is shown: code and title."""
        return f"{self.code} {self.title}"


class NoteFields(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is written. An addendum uses `text` alone."""

    contact: str = "chat"
    history: str = ""
    status: str = ""
    assessment: str = ""
    action: str = ""
    text: str = ""
    main: Diagnosis | None = None
    others: tuple[Diagnosis, ...] = ()
    actions: tuple[Diagnosis, ...] = ()

    @property
    def is_blank(self) -> bool:
        """Whether nothing has been written; the contact form and its actions alone are not a note."""
        return not (
            any(getattr(self, name).strip() for name in TEXT_FIELDS)
            or self.text.strip()
            or self.main
            or self.others
        )


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A note as stored. `digest` seals what was signed."""

    provider_id: int
    note_id: int
    case_id: int
    person_id: int
    kind: NoteKind
    author_staff_id: int
    fields: NoteFields
    rev: int
    changed_at: datetime
    signed_at: datetime | None
    signed_by: int | None
    digest: str | None
    author_name: str = ""

    @property
    def is_signed(self) -> bool:
        """Whether it is locked."""
        return self.signed_at is not None


def sealed(
    *, case: str, kind: NoteKind, author_staff_id: int, fields: NoteFields, signed_at: datetime
) -> str:
    """The SHA-256 of what is signed, over canonical JSON: sorted keys, no spaces, UTF-8.

    The same content gives the same digest whatever order the database keeps its keys in.
    """
    content: dict[str, Any] = {
        "case": case,
        "kind": kind.value,
        "author": author_staff_id,
        "fields": msgspec.to_builtins(fields),
        "signed_at": signed_at.isoformat(timespec="microseconds"),
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def is_intact(note: Note) -> bool:
    """Whether a signed note still is what was signed."""
    if note.signed_at is None or note.signed_by is None:
        return False
    return note.digest == sealed(
        case=f"{note.provider_id}-{note.case_id}",
        kind=note.kind,
        author_staff_id=note.author_staff_id,
        fields=note.fields,
        signed_at=note.signed_at,
    )
