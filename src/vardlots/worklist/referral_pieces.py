"""What a visit holds that may be put into the text to another provider, piece by piece. Pure but for the words.

Nothing goes by itself: whoever hands over chooses each piece, reads it as it stands in the text, and changes it.
"""

from collections.abc import Iterable

import msgspec

from vardlots.cases.model import Entry, Kind
from vardlots.platform.i18n import text
from vardlots.platform.pages import when_words
from vardlots.worklist import visit_triage
from vardlots.worklist.told import as_text
from vardlots.worklist.visit_handover_summary import summary_of
from vardlots.worklist.visit_read import Visit

MESSAGES_MOST = 40
_SPOKEN = frozenset({Kind.MESSAGE, Kind.INFORMATION})


class Piece(msgspec.Struct, frozen=True):
    """A piece that can be chosen: its name in the form, what it is called, its words, whether it is of the chat."""

    name: str
    label: str
    text: str
    chat: bool = False


def pieces_of(found: Visit, lang: str) -> list[Piece]:
    """The pieces of a visit: the history, the case in short, and each message that has words."""
    asked = visit_triage.asked_of(found, lang)
    pieces = []
    if asked:
        told = as_text(asked[0].told, text(lang, "Nekar till"))
        if told:
            pieces.append(Piece("history", text(lang, "Anamnes"), told))
    pieces.append(Piece("summary", text(lang, "Ärendet i korthet"), str(summary_of(found, lang)["text"])))
    return pieces + messages_of(found.talk.rows, lang)


def messages_of(rows: Iterable[Entry], lang: str) -> list[Piece]:
    """The latest messages that somebody wrote, the oldest first; what the product said by itself is left out."""
    said = [
        row for row in rows if row.kind in _SPOKEN and row.body.get("text") and not row.body.get("automatic")
    ]
    return [
        Piece(
            f"m{row.n}",
            f"{_who(row, lang)}, {when_words(row.at, lang)}",
            f"{_who(row, lang)}, {when_words(row.at, lang)}: {row.body['text']}",
            chat=True,
        )
        for row in said[-MESSAGES_MOST:]
    ]


def _who(row: Entry, lang: str) -> str:
    return text(lang, "Patienten") if row.author_kind == "patient" else row.author_name


def with_pieces(written: str, pieces: Iterable[Piece]) -> str:
    """The text with each piece last that is not in it already: chosen twice it stands once."""
    for piece in pieces:
        if piece.text and piece.text not in written:
            written = f"{written.rstrip()}\n\n{piece.text}".lstrip()
    return written
