"""The note as a document to read and to keep: PDF/UA-1 for whoever listens to it, PDF/A-2 for the archive."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vardlots.exports import content
from vardlots.exports.content import LANG
from vardlots.exports.model import Carried, Paper
from vardlots.notes.model import Diagnosis
from vardlots.platform import typeset
from vardlots.platform.i18n import text

TEMPLATE = Path(__file__).parent / "documents" / "note.typ"
STANDARDS: tuple[typeset.Standard, ...] = ("ua-1", "a-2a")


async def note(paper: Paper, carried: Sequence[Carried] = ()) -> bytes:
    """The note as PDF. The same note gives the same bytes."""
    return await typeset.pdf(TEMPLATE, _data(paper, carried), standards=STANDARDS)


def _data(paper: Paper, carried: Sequence[Carried]) -> dict[str, Any]:
    fields = paper.note.fields
    title = content.title(paper)
    signed = paper.signed_at
    codes = [
        (text(LANG, "Huvuddiagnos"), [_code(fields.main)] if fields.main else []),
        (text(LANG, "Bidiagnoser"), [_code(one) for one in fields.others]),
        (text(LANG, "Åtgärdskoder"), [_code(one) for one in fields.actions]),
    ]
    return {
        "title": title,
        "signed": [signed.year, signed.month, signed.day, signed.hour, signed.minute, signed.second],
        "author": paper.author.name,
        "logo": typeset.LOGO.read_text(encoding="utf-8"),
        "provider": paper.provider.name,
        "unit": paper.unit.name,
        "protected": text(LANG, "Skyddade personuppgifter") if paper.subject.protected else "",
        "facts": content.facts(paper),
        "parts": [{"label": part.label, "lines": part.text.split("\n")} for part in content.parts(paper)],
        "codes": [{"label": label, "rows": rows} for label, rows in codes if rows],
        "codes_head": [text(LANG, "Kod"), text(LANG, "Benämning")],
        "attachments": content.attachments(carried),
        "words": {
            "about": text(LANG, "Om besöket"),
            "note": text(LANG, "Anteckning"),
            "attachments": text(LANG, "Bilagor"),
            "attachments_lead": text(LANG, "Följer med som egna filer."),
            "signature": content.signature(paper),
            "digest": text(LANG, "Kontrollsumma"),
            "footer": f"{paper.subject.name}, {content.number(paper)}",
            "page": text(LANG, "Sida {n} av {all}", n="{n}", all="{all}"),
        },
        "digest": paper.digest,
    }


def _code(one: Diagnosis) -> list[str]:
    return [one.code, content.clean(one.title)]
