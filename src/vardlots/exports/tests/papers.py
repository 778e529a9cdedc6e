"""Signed notes for the tests of exports, made by hand: no database."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from vardlots.exports.model import Author, Carried, Paper, Place, Subject
from vardlots.notes.model import Diagnosis, Note, NoteFields, NoteKind, sealed

SIGNED = datetime(2026, 7, 14, 8, 15, 30, 123456, tzinfo=UTC)
FIELDS = NoteFields(
    contact="chat",
    history="Ont i halsen i tre dagar.\nIngen hosta.",
    status="Opåverkad enligt bild. <b>38,2</b> & feber.",
    assessment="Halsfluss.",
    action="Snabbtest i dag.",
    main=Diagnosis("J03.9", "Halsfluss"),
    others=(Diagnosis("R50.9", "Feber"),),
    actions=(Diagnosis("ZV051", "Vård på distans"), Diagnosis("XS003", "Råd i skrift")),
)
PICTURE = Carried(
    file_id="0d1f2a6e-6c0f-4f0c-9a73-3c8f7c9b2a11",
    name="Hals åäö.jpg",
    media_type="image/jpeg",
    at=datetime(2026, 7, 14, 7, 40, tzinfo=UTC),
    content=b"\xff\xd8picture",
)


def note(fields: NoteFields = FIELDS, kind: NoteKind = NoteKind.NOTE, note_id: int = 7) -> Note:
    """A note that is signed and sealed."""
    digest = sealed(case="1-42", kind=kind, author_staff_id=3, fields=fields, signed_at=SIGNED)
    return Note(
        provider_id=1,
        note_id=note_id,
        case_id=42,
        person_id=9,
        kind=kind,
        author_staff_id=3,
        fields=fields,
        rev=2,
        changed_at=SIGNED,
        signed_at=SIGNED,
        signed_by=3,
        digest=digest,
        author_name="Ylva Tallvik",
    )


def paper(signed: Note | None = None, **changed: Any) -> Paper:
    """The note with what stands around it."""
    made = Paper(
        note=signed or note(),
        subject=Subject(
            person_id=9,
            given_name="Ruben",
            family_name="Ekdunge",
            number="199202072394",
            system="http://electronichealth.se/identifier/personnummer",
            birth_date=date(1992, 2, 7),
            sex="male",
            protected=False,
        ),
        author=Author(
            given_name="Ylva", family_name="Tallvik", title="Sjuksköterska", hsa_id="SE0000000000-S1"
        ),
        unit=Place("Ängsvikens vårdcentral", "SE0000000000-U1"),
        provider=Place("Region Lotsvik", "SE0000000000-P1"),
        began_at=datetime(2026, 7, 14, 7, 30, tzinfo=UTC),
        ended_at=datetime(2026, 7, 14, 8, 0, tzinfo=UTC),
    )
    return msgspec.structs.replace(made, **changed)
