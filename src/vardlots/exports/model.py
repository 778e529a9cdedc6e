"""What is exported, and how far it has come."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid5

import msgspec

from vardlots.cases.model import CaseRef
from vardlots.notes.model import Note

_NAMES = UUID("6f1d7d0c-5d0b-5c53-9a3f-7f4a4c1c2b60")
ATTACHMENTS_MOST = 20
ATTACHED_BYTES_MOST = 60_000_000


class State(StrEnum):
    """How far an export has come. `failed` is tried again at `next_try`, or waits for somebody to press."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Why(StrEnum):
    """Why an attempt failed; the words are in `words.py`."""

    NOT_SET_UP = "not_set_up"
    NO_FOLDER = "no_folder"
    NO_RIGHT = "no_right"
    FULL = "full"
    FILES_AWAY = "files_away"
    FILE_GONE = "file_gone"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    FAULT = "fault"


class NoteExport(msgspec.Struct, frozen=True, kw_only=True):
    """An export as stored: at most one for each signed note."""

    provider_id: int
    export_id: UUID
    case_id: int
    note_id: int
    person_id: int
    asked_by: int
    asked_at: datetime
    attachments: tuple[UUID, ...]
    state: State
    tries: int
    why: Why | None
    next_try: datetime | None
    told_at: datetime | None
    sent_at: datetime | None
    receipt: str | None

    @property
    def ref(self) -> CaseRef:
        """The case it belongs to."""
        return CaseRef(self.provider_id, self.case_id)


class Place(msgspec.Struct, frozen=True):
    """A provider or a unit, with its HSA-id."""

    name: str
    hsa_id: str


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the note is about. `system` is the identifier system of the number, as stored with it."""

    person_id: int
    given_name: str
    family_name: str
    number: str
    system: str
    birth_date: date
    sex: str | None
    protected: bool

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed."""

    given_name: str
    family_name: str
    title: str
    hsa_id: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A signed note with what stands around it, for whichever form it is given out in.

    `ended_at` is None unless the visit had ended when the note was signed: the document says what was so then, and
    goes on saying it. `adds_to` is the first note of the case, where this one is an addendum.
    """

    note: Note
    subject: Subject
    author: Author
    unit: Place
    provider: Place
    began_at: datetime
    ended_at: datetime | None
    adds_to: int | None = None

    @property
    def export_id(self) -> UUID:
        """The name of the note out there: it follows from what was signed, so that it is the same each time."""
        return export_id(self.note)

    @property
    def signed_at(self) -> datetime:
        """When it was signed; a note that is not is no paper."""
        assert self.note.signed_at is not None
        return self.note.signed_at

    @property
    def digest(self) -> str:
        """The seal of what was signed."""
        assert self.note.digest is not None
        return self.note.digest


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """A picture or a file that goes along, with its bytes."""

    file_id: str
    name: str
    media_type: str
    at: datetime
    content: bytes


def export_id(note: Note) -> UUID:
    """The export's id, of what was signed."""
    assert note.digest is not None
    return uuid5(_NAMES, f"{note.provider_id}-{note.note_id}-{note.digest}")
