"""What the patient told before the visit, as staff read it: history, denials, own words, and why the priority."""

from typing import Any

import msgspec

from vardlots.forms.flow import visible_items
from vardlots.forms.text import say
from vardlots.platform.i18n import text
from vardlots.triage import anamnesis, interview
from vardlots.triage.danger import DangerHit, DangerWords
from vardlots.triage.interview import Interview
from vardlots.triage.model import Autoanamnes, OriginalAnswer, Outcome
from vardlots.triage.queries import Kept
from vardlots.triage.queueing import MOBILE
from vardlots.triage.words import mobile_words

OWN_WORDS = "own_words"
_NOTED_ELSEWHERE = ("share_history", "share_medications", "pictures")


class Told(msgspec.Struct, frozen=True):
    """Everything that was told, in one language. `outcome` is None where the answers give none (tests, old content)."""

    history: Autoanamnes
    answers: tuple[OriginalAnswer, ...]
    outcome: Outcome | None
    notes: list[dict[str, Any]]
    words: list[dict[str, Any]]


NOTHING = Told(Autoanamnes((), (), (), ()), (), None, [], [])


def tell(kept: Kept | None, lang: str) -> Told:
    """What an interview tells; nothing where its protocol is not known here."""
    if kept is None:
        return NOTHING
    try:
        asked = kept.interview()
    except LookupError:
        return NOTHING
    history = anamnesis.history(asked, lang)
    known = asked.protocol.danger
    written = [
        {"label": free.label, "parts": marked(free.text, free.danger, known, lang)}
        for free in history.free_texts
    ]
    own_words = _own_words(kept)
    if own_words:
        written.insert(
            0,
            {
                "label": text(lang, "Med egna ord"),
                "parts": marked(own_words, known.find(own_words), known, lang),
            },
        )
    return Told(
        history=history,
        answers=anamnesis.original_answers(asked, lang),
        outcome=interview.outcome(asked, lang) if interview.is_answered(asked) else None,
        notes=_post_notes(kept, asked, lang),
        words=written,
    )


def _own_words(kept: Kept) -> str:
    found = kept.post_answers.get(OWN_WORDS, "")
    if isinstance(found, list):
        found = found[0] if found else ""
    return found.strip() if isinstance(found, str) else ""


def _post_notes(kept: Kept, asked: Interview, lang: str) -> list[dict[str, Any]]:
    """The answers given before the queue, consents and pictures apart: those have places of their own."""
    form = kept.post_form
    answers = {link_id: values for link_id, values in kept.post_answers.items() if isinstance(values, list)}
    return [
        {
            "label": say(item.text, lang),
            "text": _as_people_write(
                item.link_id, anamnesis.answer_text(item, answers[item.link_id], asked, lang)
            ),
        }
        for item in visible_items(form, answers)
        if item.is_question and item.link_id not in _NOTED_ELSEWHERE and answers.get(item.link_id)
    ]


def _as_people_write(link_id: str, answer: str) -> str:
    """A number is kept as +46701740612; whoever dials it reads 070-174 06 12."""
    return mobile_words(answer) if link_id == MOBILE else answer


def marked(written: str, hits: tuple[DangerHit, ...], known: DangerWords, lang: str) -> list[dict[str, Any]]:
    """The text in pieces, the words of danger apart with the name of their group."""
    groups = {group.id: say(group.title, lang) for group in known.groups}
    parts: list[dict[str, Any]] = []
    at = 0
    for hit in hits:
        parts += [
            {"text": written[at : hit.start], "danger": False, "group": ""},
            {"text": written[hit.start : hit.end], "danger": True, "group": groups.get(hit.group, "")},
        ]
        at = hit.end
    parts.append({"text": written[at:], "danger": False, "group": ""})
    return [part for part in parts if part["text"]]


def as_text(told: Told, denied_label: str) -> str:
    """The history as plain lines, to copy or to begin a note with."""
    lines = [f"{row.label}: {row.text}" for row in told.history.rows]
    lines += [
        f"{written['label']}: {''.join(part['text'] for part in written['parts'])}" for written in told.words
    ]
    if told.history.denied:
        lines.append(f"{denied_label}: {', '.join(told.history.denied)}")
    return "\n".join(lines)
