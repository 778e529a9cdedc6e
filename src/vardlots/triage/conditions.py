"""A rule's condition in words, part by part, with the answer that each part rests on."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from vardlots.forms.expressions import All, AtLeast, Compare, Condition, holds
from vardlots.forms.model import Operator, Value
from vardlots.forms.text import Text, say
from vardlots.triage.anamnesis import answer_text, figures
from vardlots.triage.interview import Interview
from vardlots.triage.wording import word

_FACTS: dict[str, Text] = {
    "age": {"sv": "Ålder, år", "en": "Age in years"},
    "age_months": {"sv": "Ålder, månader", "en": "Age in months"},
    "sex": {"sv": "Kön", "en": "Sex"},
    "child": {"sv": "En förälder svarar", "en": "A parent answers"},
}
_VALUES: dict[str, Text] = {
    "female": {"sv": "kvinna", "en": "female"},
    "male": {"sv": "man", "en": "male"},
    "True": {"sv": "ja", "en": "yes"},
    "False": {"sv": "nej", "en": "no"},
}
_COMPARED: dict[Operator, Text] = {
    Operator.EQUAL: {"sv": "#", "en": "#"},
    Operator.NOT_EQUAL: {"sv": "något annat än #", "en": "anything but #"},
    Operator.GREATER: {"sv": "mer än #", "en": "more than #"},
    Operator.GREATER_OR_EQUAL: {"sv": "minst #", "en": "at least #"},
    Operator.LESS: {"sv": "mindre än #", "en": "less than #"},
    Operator.LESS_OR_EQUAL: {"sv": "högst #", "en": "at most #"},
    Operator.EXISTS: {"sv": "har svarat", "en": "has answered"},
}
_OR: Text = {"sv": "eller", "en": "or"}
_ALL: Text = {"sv": "Allt av det här", "en": "All of these"}
_ANY: Text = {"sv": "Något av det här", "en": "Any of these"}
_SOME: Text = {"sv": "Minst # av det här", "en": "At least # of these"}
_NOT_ASKED: Text = {"sv": "frågades inte", "en": "was not asked"}
_UNKNOWN: Text = {"sv": "okänt", "en": "unknown"}


class Line(msgspec.Struct, frozen=True):
    """A part of a condition. `depth` from 0; `answer` is what was said, empty for a line that heads others."""

    depth: int
    words: str
    met: bool
    answer: str = ""


class Near(NamedTuple):
    """How near a condition came: so many comparisons are `lacking` of those `needed` to make it true."""

    lacking: int
    needed: int


def lines(condition: Condition, interview: Interview, lang: str) -> tuple[Line, ...]:
    """The condition in words, one line for each part of it."""
    return tuple(_lines(condition, interview, lang, 0))


def _lines(condition: Condition, interview: Interview, lang: str, depth: int) -> Iterator[Line]:
    met = holds(condition, interview.counted)
    if isinstance(condition, Compare):
        yield Line(depth, _compared(condition, interview, lang), met, _answered(condition, interview, lang))
        return
    if not (isinstance(condition, All) and depth == 0):
        yield Line(depth, _head(condition, lang), met)
        depth += 1
    for part in condition.parts:
        yield from _lines(part, interview, lang, depth)


def _head(condition: Condition, lang: str) -> str:
    if isinstance(condition, AtLeast):
        return say(_SOME, lang).replace("#", str(condition.count))
    return say(_ALL if isinstance(condition, All) else _ANY, lang)


def nearness(condition: Condition, interview: Interview) -> Near:
    """How near the condition came, by the shortest way to make it true."""
    if isinstance(condition, Compare):
        return Near(0 if holds(condition, interview.counted) else 1, 1)
    parts = sorted(nearness(part, interview) for part in condition.parts)
    wanted = len(parts) if isinstance(condition, All) else 1
    if isinstance(condition, AtLeast):
        wanted = condition.count
    chosen = parts[:wanted]
    return Near(sum(part.lacking for part in chosen), sum(part.needed for part in chosen))


def _compared(compare: Compare, interview: Interview, lang: str) -> str:
    meaning = interview.protocol.meanings.get(compare.question)
    if compare.question in _FACTS:
        label = say(_FACTS[compare.question], lang)
    elif meaning is not None:
        label = word(meaning.label, interview.subject, lang)
    else:
        label = compare.question
    said = f" {say(_OR, lang)} ".join(
        _value(compare.question, value, interview, lang) for value in compare.values
    )
    return f"{label}: {say(_COMPARED[compare.operator], lang).replace('#', said)}"


def _value(question: str, value: Value, interview: Interview, lang: str) -> str:
    if str(value) in _VALUES:
        return say(_VALUES[str(value)], lang)
    item = interview.protocol.form.find(question)
    if item is None:
        return figures(value, lang)
    if isinstance(value, str) and (option := item.option(value)) is not None:
        return f"”{word(option.text, interview.subject, lang)}”"
    return f"{figures(value, lang)} {item.unit or ''}".strip()


def _answered(compare: Compare, interview: Interview, lang: str) -> str:
    values = interview.counted.get(compare.question)
    if compare.question in _FACTS:
        return _value(compare.question, values[0], interview, lang) if values else say(_UNKNOWN, lang)
    item = interview.protocol.form.find(compare.question)
    if values is None or item is None:
        return say(_NOT_ASKED, lang)
    return answer_text(item, values, interview, lang)
