"""A form's answers in words, question by question: read through by the patient, read by staff, copied, exported."""

from collections.abc import Iterator, Sequence

import msgspec

from vardlots.conversations.forms.filled import filling, sent_in
from vardlots.conversations.forms.model import Filled, State
from vardlots.conversations.forms.walk import page_with
from vardlots.forms.filling import Filling
from vardlots.forms.sheet import ItemView, sheet
from vardlots.platform.i18n import text


class Row(msgspec.Struct, frozen=True):
    """A question with its answer, or a heading (no `answer`, nothing asked). `page` is where it is answered, "" for
    what is calculated. `passed` when it was seen and passed over; `left` when nobody has been there yet."""

    question: str
    answer: str = ""
    heading: bool = False
    page: str = ""
    help: str = ""
    calculated: bool = False
    declined: bool = False
    passed: bool = False
    left: bool = False


def rows(request: Filled, lang: str) -> list[Row]:
    """Everything that is shown of the form for its answers, in its order, with what was not answered."""
    worked = sent_in(request) if request.state is State.ANSWERED else filling(request)
    return list(_rows(worked, request, sheet(worked, lang, read_only=True).items))


def _rows(worked: Filling, request: Filled, items: Sequence[ItemView]) -> Iterator[Row]:
    for item in items:
        if item.type == "display":
            continue
        if item.type == "group":
            inner = list(_rows(worked, request, item.items))
            if inner and not item.repeating:
                yield Row(f"{item.text} {item.number}" if item.number else item.text, heading=True)
            yield from inner
            continue
        seen = item.link_id in request.answers
        page = None if item.calculated else page_with(worked, item.link_id)
        answer = item.answer if seen or item.calculated else ""
        yield Row(
            question=item.text,
            answer=answer,
            page=page.key if page else "",
            help=(item.help or "") if item.calculated else "",
            calculated=item.calculated,
            declined=item.declined and seen,
            passed=seen and not answer and not item.calculated,
            left=not seen and not item.calculated,
        )
        yield from _rows(worked, request, item.items)


def as_text(request: Filled, lang: str) -> str:
    """The answers as lines to paste: headings on lines of their own, what was not answered left out."""
    lines = []
    for row in rows(request, lang):
        if row.heading:
            lines.append(row.question)
        elif row.answer:
            end = "" if row.question.endswith(("?", ":", ".")) else ":"
            lines.append(f"{row.question}{end} {row.answer}")
    return "\n".join(lines)


def state_words(request: Filled, lang: str) -> str:
    """*4 av 7 besvarade*, *Besvarat*."""
    if request.state is State.ANSWERED:
        return text(lang, "Besvarat")
    return text(lang, "{done} av {total} besvarade", done=request.done, total=request.total)
