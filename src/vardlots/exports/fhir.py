"""The note as a FHIR R4 document: a Bundle whose first entry is the Composition, with all that it refers to.

The rules are those of the R4 specification (Bundle bdl-7, -9, -10, -11; Documents: every resource is reached from the
Composition). The identifier systems are those of HL7 Sweden's base profiles. The bytes follow from the note alone:
ids are made of the export's, and no time but the signature's stands in it.
"""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha1
from html import escape
from typing import Any
from uuid import uuid5

import msgspec

from vardlots.exports import codings, content
from vardlots.exports.content import LANG
from vardlots.exports.model import Carried, Paper, Place
from vardlots.notes.model import Diagnosis, NoteKind
from vardlots.platform.i18n import text

Resource = dict[str, Any]
_TERMS = "http://terminology.hl7.org/CodeSystem/"


class _Writer:
    """One document being written: resources get their addresses as they are added."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.entries: list[Resource] = []

    def address(self, name: str) -> str:
        return f"urn:uuid:{uuid5(self.paper.export_id, name)}"

    def refer(self, name: str) -> Resource:
        return {"reference": self.address(name)}

    def add(self, name: str, resource: Resource) -> None:
        self.entries.append({"fullUrl": self.address(name), "resource": resource})


def document(paper: Paper, carried: Sequence[Carried] = ()) -> bytes:
    """The document as JSON, UTF-8."""
    written = _Writer(paper)
    diagnoses = [one for one in (paper.note.fields.main, *paper.note.fields.others) if one is not None]
    written.add("composition", _composition(written, diagnoses, carried))
    written.add("patient", _patient(paper))
    written.add("encounter", _encounter(written, diagnoses))
    written.add("author", _practitioner(paper))
    written.add("unit", _organization(paper.unit, part_of=written.refer("provider")))
    written.add("provider", _organization(paper.provider))
    for place, one in enumerate(diagnoses):
        written.add(f"condition-{place}", _condition(written, one))
    for place, one in enumerate(paper.note.fields.actions):
        written.add(f"procedure-{place}", _procedure(written, one))
    for place, file in enumerate(carried):
        written.add(f"document-{place}", _reference(written, place, file))
        written.add(f"binary-{place}", _binary(file))
    bundle = {
        "resourceType": "Bundle",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{paper.export_id}"},
        "type": "document",
        "timestamp": _instant(paper.signed_at),
        "entry": written.entries,
    }
    return msgspec.json.format(msgspec.json.encode(bundle), indent=2)


def _composition(written: _Writer, diagnoses: Sequence[Diagnosis], carried: Sequence[Carried]) -> Resource:
    paper = written.paper
    note = paper.note
    kind = "addendum" if note.kind is NoteKind.ADDENDUM else "note"
    made: Resource = {
        "resourceType": "Composition",
        "language": LANG,
        "text": _narrative([content.title(paper), content.signature(paper)]),
        "extension": [{"url": codings.DIGEST, "valueString": paper.digest}],
        "identifier": _note_identifier(paper, note.note_id),
        "status": "final",
        "type": codings.concept(kind, content.title(paper)),
        "subject": written.refer("patient"),
        "encounter": written.refer("encounter"),
        "date": _instant(paper.signed_at),
        "author": [written.refer("author")],
        "title": content.title(paper),
        "confidentiality": "R" if paper.subject.protected else "N",
        "attester": [
            {"mode": "professional", "time": _instant(paper.signed_at), "party": written.refer("author")}
        ],
        "custodian": written.refer("provider"),
    }
    if paper.adds_to is not None:
        made["relatesTo"] = [{"code": "appends", "targetIdentifier": _note_identifier(paper, paper.adds_to)}]
    made["section"] = [_text_section(part) for part in content.parts(paper)]
    listed = (
        ("diagnoses", text(LANG, "Diagnoser"), "condition", [one.label for one in diagnoses]),
        ("actions", text(LANG, "Åtgärdskoder"), "procedure", [one.label for one in note.fields.actions]),
        ("attachments", text(LANG, "Bilagor"), "document", content.attachments(carried)),
    )
    made["section"] += [
        {
            "title": title,
            "code": codings.concept(name, title),
            "text": _narrative(lines),
            "entry": [written.refer(f"{resource}-{place}") for place in range(len(lines))],
        }
        for name, title, resource, lines in listed
        if lines
    ]
    return made


def _note_identifier(paper: Paper, note_id: int) -> Resource:
    return {"system": codings.NOTE, "value": f"{paper.note.provider_id}-{paper.note.case_id}-{note_id}"}


def _text_section(part: content.Part) -> Resource:
    return {
        "title": part.label,
        "code": codings.concept(part.name, part.label),
        "text": _narrative(part.text.split("\n")),
    }


def _narrative(lines: Sequence[str]) -> Resource:
    """XHTML of plain lines; nobody's markup gets through."""
    inner = "<br/>".join(escape(content.clean(line), quote=False) for line in lines)
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{inner}</p></div>'}


def _patient(paper: Paper) -> Resource:
    subject = paper.subject
    made: Resource = {"resourceType": "Patient"}
    if subject.protected:
        made["meta"] = {
            "security": [{"system": _TERMS + "v3-Confidentiality", "code": "R", "display": "restricted"}]
        }
    identifier = (
        {"system": subject.system, "value": subject.number}
        if subject.number
        else {"system": codings.PERSON, "value": str(subject.person_id)}
    )
    return made | {
        "text": _narrative([subject.name, content.number(paper)]),
        "identifier": [identifier],
        "name": [_name(subject.given_name, subject.family_name)],
        "gender": subject.sex or "unknown",
        "birthDate": subject.birth_date.isoformat(),
    }


def _name(given: str, family: str) -> Resource:
    return {"use": "official", "family": family, "given": [given]}


def _encounter(written: _Writer, diagnoses: Sequence[Diagnosis]) -> Resource:
    paper = written.paper
    made: Resource = {
        "resourceType": "Encounter",
        "identifier": [{"system": codings.CASE, "value": f"{paper.note.provider_id}-{paper.note.case_id}"}],
        "status": "in-progress" if paper.ended_at is None else "finished",
        "class": {"system": _TERMS + "v3-ActCode", "code": "VR", "display": "virtual"},
        "subject": written.refer("patient"),
        "participant": [{"individual": written.refer("author")}],
        "period": _period(paper),
        "serviceProvider": written.refer("unit"),
    }
    if said := content.contact(paper):
        made["type"] = [codings.concept(f"contact-{paper.note.fields.contact}", said)]
    if paper.note.fields.main is not None:
        # The first of them is the main diagnosis; FHIR ranks the others beneath it.
        made["diagnosis"] = [
            {"condition": written.refer(f"condition-{place}"), "rank": place + 1}
            for place in range(len(diagnoses))
        ]
    return made


def _period(paper: Paper) -> Resource:
    made = {"start": _instant(paper.began_at)}
    if paper.ended_at is not None:
        made["end"] = _instant(paper.ended_at)
    return made


def _practitioner(paper: Paper) -> Resource:
    author = paper.author
    made: Resource = {
        "resourceType": "Practitioner",
        "identifier": [{"system": codings.HSA, "value": author.hsa_id}],
        "name": [_name(author.given_name, author.family_name)],
    }
    if author.title:
        made["qualification"] = [{"code": {"text": author.title}}]
    return made


def _organization(place: Place, part_of: Resource | None = None) -> Resource:
    made: Resource = {
        "resourceType": "Organization",
        "identifier": [{"system": codings.HSA, "value": place.hsa_id}],
        "name": place.name,
    }
    return made | ({"partOf": part_of} if part_of is not None else {})


def _condition(written: _Writer, one: Diagnosis) -> Resource:
    return {
        "resourceType": "Condition",
        "clinicalStatus": {"coding": [{"system": _TERMS + "condition-clinical", "code": "active"}]},
        "category": [{"coding": [{"system": _TERMS + "condition-category", "code": "encounter-diagnosis"}]}],
        "code": _coded(codings.ICD_10_SE, one),
        "subject": written.refer("patient"),
        "encounter": written.refer("encounter"),
        "recordedDate": _instant(written.paper.signed_at),
        "recorder": written.refer("author"),
    }


def _procedure(written: _Writer, one: Diagnosis) -> Resource:
    return {
        "resourceType": "Procedure",
        "status": "completed",
        "code": _coded(codings.KVA, one),
        "subject": written.refer("patient"),
        "encounter": written.refer("encounter"),
        "performedPeriod": _period(written.paper),
        "performer": [{"actor": written.refer("author")}],
    }


def _coded(system: str, one: Diagnosis) -> Resource:
    title = content.clean(one.title)
    return {"coding": [{"system": system, "code": one.code, "display": title}], "text": title}


def _reference(written: _Writer, place: int, one: Carried) -> Resource:
    return {
        "resourceType": "DocumentReference",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{one.file_id}"}],
        "status": "current",
        "subject": written.refer("patient"),
        "date": _instant(one.at),
        "content": [
            {
                "attachment": {
                    "contentType": one.media_type,
                    "url": written.address(f"binary-{place}"),
                    "size": len(one.content),
                    # FHIR's own: the SHA-1 of the content, to find out that it is the same, not that it is genuine.
                    "hash": b64encode(sha1(one.content, usedforsecurity=False).digest()).decode(),
                    "title": content.clean(one.name),
                    "creation": _instant(one.at),
                }
            }
        ],
        "context": {"encounter": [written.refer("encounter")]},
    }


def _binary(one: Carried) -> Resource:
    return {
        "resourceType": "Binary",
        "contentType": one.media_type,
        "data": b64encode(one.content).decode(),
    }


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
