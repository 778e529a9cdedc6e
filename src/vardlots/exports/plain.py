"""The note as plain text."""

from collections.abc import Sequence

from vardlots.exports import content
from vardlots.exports.content import LANG
from vardlots.exports.model import Carried, Paper
from vardlots.platform.i18n import text


def note(paper: Paper, carried: Sequence[Carried] = ()) -> str:
    """Everything that the note says; lines end with a newline, the text with one too."""
    fields = paper.note.fields
    blocks = [content.title(paper)]
    if paper.subject.protected:
        blocks.append(text(LANG, "Skyddade personuppgifter"))
    blocks.append("\n".join(f"{label}: {value}" for label, value in content.facts(paper)))
    blocks += [f"{part.label}\n{part.text}" for part in content.parts(paper)]
    if fields.main:
        blocks.append(f"{text(LANG, 'Huvuddiagnos')}\n{fields.main.label}")
    if fields.others:
        blocks.append("\n".join([text(LANG, "Bidiagnoser"), *(one.label for one in fields.others)]))
    if fields.actions:
        blocks.append("\n".join([text(LANG, "Åtgärdskoder"), *(one.label for one in fields.actions)]))
    if carried:
        blocks.append("\n".join([text(LANG, "Bilagor"), *content.attachments(carried)]))
    blocks.append(f"{content.signature(paper)}\n{text(LANG, 'Kontrollsumma')}: {paper.digest}")
    return "\n\n".join(blocks) + "\n"
