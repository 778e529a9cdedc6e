"""The FHIR document: the specification's own rules, what stands in it, and that the same note is the same bytes."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given as when
from hypothesis import settings
from hypothesis import strategies as some

from vardlots.exports import codings, fhir
from vardlots.exports.model import Carried, Paper, export_id
from vardlots.exports.tests.papers import FIELDS, PICTURE, SIGNED, note, paper
from vardlots.notes.model import Diagnosis, NoteFields, NoteKind

XHTML = "{http://www.w3.org/1999/xhtml}"


def written(one: Paper, carried: tuple[Carried, ...] = ()) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(fhir.document(one, carried))
    return found


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def composition(bundle: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = bundle["entry"][0]["resource"]
    return found


def references(value: Any) -> Iterator[str]:
    """Every reference in a resource, and the addresses of what it attaches."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("reference", "url") and isinstance(inner, str) and inner.startswith("urn:uuid:"):
                yield inner
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def check_rules(bundle: dict[str, Any]) -> None:
    """What FHIR R4 says of a document (Bundle's invariants and the page on documents)."""
    Bundle.model_validate(bundle)
    assert bundle["type"] == "document"
    assert set(bundle["identifier"]) == {"system", "value"}  # bdl-9
    assert bundle["timestamp"]  # bdl-10
    assert composition(bundle)["resourceType"] == "Composition"  # bdl-11
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls)  # bdl-7
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", url) for url in urls)
    assert not {"request", "response", "search"} & {key for entry in bundle["entry"] for key in entry}
    known = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    # Every reference resolves in the bundle, and every resource is reached from the Composition.
    reached: set[str] = set()
    to_go = [urls[0]]
    while to_go:
        url = to_go.pop()
        if url not in reached:
            reached.add(url)
            to_go += list(references(known[url]))
    assert reached == set(urls)
    for section in composition(bundle)["section"]:
        assert section["text"]["status"] == "generated"  # cmp-1: a section has text, entries or sections
        ElementTree.fromstring(section["text"]["div"])


def test_a_whole_note_keeps_every_rule_of_a_document() -> None:
    check_rules(written(paper(), (PICTURE,)))


@pytest.mark.parametrize(
    "fields",
    [
        NoteFields(status="Bara status."),
        NoteFields(main=Diagnosis("I10.9", "Högt blodtryck")),
        msgspec.structs.replace(FIELDS, contact="video", actions=(), others=()),
    ],
)
def test_a_short_note_keeps_them_too(fields: NoteFields) -> None:
    check_rules(written(paper(note(fields))))


def test_what_is_written_stands_under_its_heading_with_nobodys_markup() -> None:
    sections = {one["title"]: one for one in composition(written(paper(), (PICTURE,)))["section"]}
    assert list(sections) == [
        "Anamnes",
        "Status",
        "Bedömning",
        "Åtgärd",
        "Diagnoser",
        "Åtgärdskoder",
        "Bilagor",
    ]
    status = ElementTree.fromstring(sections["Status"]["text"]["div"])
    assert "".join(status.itertext()) == "Opåverkad enligt bild. <b>38,2</b> & feber."
    assert len(list(ElementTree.fromstring(sections["Anamnes"]["text"]["div"]).iter(f"{XHTML}br"))) == 1


def test_the_seal_the_signature_and_the_identifiers_stand_in_it() -> None:
    signed = paper()
    bundle = written(signed)
    top = composition(bundle)
    assert top["extension"] == [{"url": codings.DIGEST, "valueString": signed.note.digest}]
    assert top["identifier"]["value"] == "1-42-7"
    assert top["attester"][0]["time"] == top["date"] == bundle["timestamp"] == "2026-07-14T08:15:30.123Z"
    assert bundle["identifier"]["value"] == f"urn:uuid:{export_id(signed.note)}"
    (patient,) = resources(bundle, "Patient")
    assert patient["identifier"] == [
        {"system": "http://electronichealth.se/identifier/personnummer", "value": "199202072394"}
    ]
    assert (patient["gender"], patient["birthDate"]) == ("male", "1992-02-07")
    (author,) = resources(bundle, "Practitioner")
    assert author["identifier"] == [{"system": "urn:oid:1.2.752.129.2.1.4.1", "value": "SE0000000000-S1"}]
    assert [one["name"] for one in resources(bundle, "Organization")] == [
        "Ängsvikens vårdcentral",
        "Region Lotsvik",
    ]
    (encounter,) = resources(bundle, "Encounter")
    assert (encounter["class"]["code"], encounter["status"]) == ("VR", "finished")
    assert encounter["period"] == {"start": "2026-07-14T07:30:00.000Z", "end": "2026-07-14T08:00:00.000Z"}


def test_codes_have_their_systems_and_the_main_diagnosis_its_rank() -> None:
    bundle = written(paper())
    conditions, procedures = resources(bundle, "Condition"), resources(bundle, "Procedure")
    assert [one["code"]["coding"][0]["code"] for one in conditions] == ["J03.9", "R50.9"]
    assert {one["code"]["coding"][0]["system"] for one in conditions} == {"urn:oid:1.2.752.116.1.1.1.1.3"}
    assert [one["code"]["coding"][0]["code"] for one in procedures] == ["ZV051", "XS003"]
    assert {one["code"]["coding"][0]["system"] for one in procedures} == {"urn:oid:1.2.752.116.1.3.2.1.4"}
    (encounter,) = resources(bundle, "Encounter")
    assert [one["rank"] for one in encounter["diagnosis"]] == [1, 2]


def test_pictures_are_in_it_only_when_they_were_chosen() -> None:
    assert not resources(written(paper()), "Binary")
    bundle = written(paper(), (PICTURE,))
    (reference,), (binary,) = resources(bundle, "DocumentReference"), resources(bundle, "Binary")
    attached = reference["content"][0]["attachment"]
    assert (attached["title"], attached["contentType"], attached["size"]) == ("Hals åäö.jpg", "image/jpeg", 9)
    assert base64.b64decode(binary["data"]) == PICTURE.content
    assert base64.b64decode(attached["hash"]) == hashlib.sha1(PICTURE.content).digest()


def test_an_addendum_says_what_it_adds_to() -> None:
    added = note(NoteFields(text="Ringde upp."), NoteKind.ADDENDUM, note_id=8)
    bundle = written(paper(added, adds_to=7))
    check_rules(bundle)
    top = composition(bundle)
    assert top["relatesTo"][0]["targetIdentifier"]["value"] == "1-42-7"
    assert [one["title"] for one in top["section"]] == ["Tillägg"]
    assert "type" not in resources(bundle, "Encounter")[0]


def test_a_visit_that_goes_on_has_no_end_and_a_protected_person_is_marked() -> None:
    protected = msgspec.structs.replace(paper().subject, protected=True)
    bundle = written(paper(ended_at=None, subject=protected))
    check_rules(bundle)
    (encounter,), (patient,) = resources(bundle, "Encounter"), resources(bundle, "Patient")
    assert (encounter["status"], "end" in encounter["period"]) == ("in-progress", False)
    assert (composition(bundle)["confidentiality"], patient["meta"]["security"][0]["code"]) == ("R", "R")


def test_an_installations_own_codings_stand_beside_ours(tmp_path: Any) -> None:
    listed = tmp_path / "document.toml"
    listed.write_text('[codings]\nhistory = [{ system = "http://loinc.org", code = "10164-2" }]\n')
    assert codings.read_codings(listed) == {"history": [{"system": "http://loinc.org", "code": "10164-2"}]}
    listed.write_text('[codings]\nhistory = [{ system = "http://loinc.org" }]\n')
    with pytest.raises(ValueError, match="history"):
        codings.read_codings(listed)


_words = some.text(max_size=80)
_code = some.builds(
    Diagnosis, some.from_regex(r"[A-Z]\d\d\.\d", fullmatch=True), some.text("abcåäö <&\x00", min_size=1)
)


@settings(max_examples=60, deadline=None)
@when(
    some.builds(
        NoteFields,
        contact=some.sampled_from(("chat", "telephone", "video")),
        history=_words,
        status=_words,
        assessment=_words,
        action=_words,
        main=some.none() | _code,
        others=some.lists(_code, max_size=3).map(tuple),
        actions=some.lists(_code, max_size=3).map(tuple),
    )
)
def test_whatever_is_written_the_same_note_is_the_same_bytes_and_a_valid_document(fields: NoteFields) -> None:
    signed = note(msgspec.structs.replace(fields, status=fields.status + "Klar."))
    first = fhir.document(paper(signed), (PICTURE,))
    # Read back as the database keeps it: other objects, another order of keys.
    plain = json.loads(msgspec.json.encode(signed))
    plain["fields"] = dict(reversed(list(plain["fields"].items())))
    again = msgspec.convert(plain, type(signed), strict=False)
    assert fhir.document(paper(again), (PICTURE,)) == first
    assert json.loads(first)["entry"][0]["resource"]["section"]
    for section in json.loads(first)["entry"][0]["resource"]["section"]:
        ElementTree.fromstring(section["text"]["div"])


def test_another_note_is_another_document() -> None:
    changed = note(msgspec.structs.replace(FIELDS, status="Annat."))
    assert export_id(changed) != export_id(note())
    assert export_id(note()) == export_id(note())
    assert note().signed_at == SIGNED
