"""The note as text and as PDF: all that is written is there, for the eye, for the ear and for the archive."""

import re

import pytest

from vardlots.exports import pdf, plain
from vardlots.exports.tests.papers import FIELDS, PICTURE, note, paper
from vardlots.notes.model import NoteFields, NoteKind


def test_the_text_says_everything_that_is_filled() -> None:
    told = plain.note(paper(), (PICTURE,))
    assert told.startswith(
        "Anteckning från digitalt besök\n\nPatient: Ruben Ekdunge\nPersonnummer: 19920207-2394\n"
    )
    assert "Besök: 2026-07-14 09.30–10.00" in told
    assert "Anamnes\nOnt i halsen i tre dagar.\nIngen hosta." in told
    assert "Huvuddiagnos\nJ03.9 Halsfluss" in told
    assert "Åtgärdskoder\nZV051 Vård på distans\nXS003 Råd i skrift" in told
    assert "Bilagor\nHals åäö.jpg" in told
    assert "Signerad av Ylva Tallvik, sjuksköterska, 2026-07-14 10.15" in told
    assert told.endswith(f"Kontrollsumma: {paper().digest}\n")


def test_what_is_empty_has_no_heading() -> None:
    told = plain.note(paper(note(NoteFields(status="Op."))))
    assert "Anamnes" not in told
    assert "diagnos" not in told.lower()
    assert "Bilagor" not in told


@pytest.mark.slow
async def test_the_pdf_is_tagged_kept_and_always_the_same() -> None:
    first = await pdf.note(paper(), (PICTURE,))
    assert first == await pdf.note(paper(), (PICTURE,))
    assert first.startswith(b"%PDF-1.7")
    assert b"/StructTreeRoot" in first
    assert re.search(rb"/Lang\s*\(sv", first)
    assert b"pdfuaid:part>1<" in first
    assert b"pdfaid:part>2<" in first
    assert b"/JavaScript" not in first
    assert b"/URI" not in first


@pytest.mark.slow
async def test_an_addendum_and_hostile_text_become_documents_too() -> None:
    hostile = '#import "x"\n$ 1 + 1 $ \\ *not strong* \x00 \u202e مرحبا 漢'
    for fields, kind in (
        (NoteFields(text=hostile), NoteKind.ADDENDUM),
        (NoteFields(history=hostile * 60, status="x" * 8000), NoteKind.NOTE),
        (FIELDS, NoteKind.NOTE),
    ):
        assert (await pdf.note(paper(note(fields, kind)))).startswith(b"%PDF")
