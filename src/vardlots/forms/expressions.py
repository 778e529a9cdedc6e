"""Conditions that a clinician can read: `fever >= 38.5 and throat is spots`.

    condition  either ("or" either)*            either  part ("and" part)*
    part       "(" condition ")" | number "of" "(" condition, condition … ")" | question comparison
    comparison is X · is not X · in (X, Y) · has X · has any (X, Y) · = != > >= < <= number · answered

There is no "not": a condition rests on what somebody answered, never on what they did not. A question that
was not asked, was passed over or was declined makes every comparison false.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import msgspec

from vardlots.forms.compare import satisfies
from vardlots.forms.faults import Told
from vardlots.forms.model import Answers, EnableWhen, Form, Item, ItemType, Operator, Value


class Compare(msgspec.Struct, frozen=True):
    """True where the answer to `question` stands in `operator` to one of `values`."""

    question: str
    operator: Operator
    values: tuple[Value, ...]


class All(msgspec.Struct, frozen=True):
    """True where every part is."""

    parts: tuple["Condition", ...]


class Either(msgspec.Struct, frozen=True):
    """True where a part is."""

    parts: tuple["Condition", ...]


class AtLeast(msgspec.Struct, frozen=True):
    """True where `count` parts or more are, as in Centor's score."""

    count: int
    parts: tuple["Condition", ...]


Condition: TypeAlias = Compare | All | Either | AtLeast


class ConditionError(ValueError):
    """A condition that cannot be read or does not fit the form; the message is one sentence."""


def holds(condition: Condition, answers: Answers) -> bool:
    """Whether the condition is true of the answers that count."""
    if isinstance(condition, Compare):
        given = answers.get(condition.question, ())
        return any(satisfies(given, condition.operator, value) for value in condition.values)
    if isinstance(condition, All):
        return all(holds(part, answers) for part in condition.parts)
    if isinstance(condition, Either):
        return any(holds(part, answers) for part in condition.parts)
    return sum(holds(part, answers) for part in condition.parts) >= condition.count


def comparisons(condition: Condition) -> Iterator[Compare]:
    """Every comparison in the condition."""
    if isinstance(condition, Compare):
        yield condition
    else:
        for part in condition.parts:
            yield from comparisons(part)


_PIECE = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][\w.-]*)|(?P<sign>>=|<=|!=|[=<>(),]))|\s*$"
)
_SIGNS = {sign: Operator(sign) for sign in ("=", "!=", ">", "<", ">=", "<=")}
_KEYWORDS = {"and", "or", "of", "is", "in", "has", "not", "answered", "any"}


def parse(source: str) -> Condition:
    """The condition written in `source`. Raises ConditionError."""
    reader = _Reader(source)
    try:
        condition = reader.either()
    except RecursionError:
        raise ConditionError(Told({"sv": "för många parenteser.", "en": "too many parentheses."})) from None
    if reader.peek() is not None:
        raise ConditionError(
            Told(
                {
                    "sv": "”{piece}” står där villkoret borde vara slut.",
                    "en": "“{piece}” stands where the condition should end.",
                },
                piece=reader.peek(),
            )
        )
    return condition


class _Reader:
    def __init__(self, source: str) -> None:
        self._pieces: list[str] = []
        place = 0
        while place < len(source) and source[place:].strip():
            match = _PIECE.match(source, place)
            if match is None:
                raise ConditionError(
                    Told(
                        {"sv": "”{piece}” går inte att läsa.", "en": "“{piece}” cannot be read."},
                        piece=source[place:].strip()[:20],
                    )
                )
            self._pieces.append(match.group().strip())
            place = match.end()
        self._at = 0

    def peek(self) -> str | None:
        return self._pieces[self._at] if self._at < len(self._pieces) else None

    def take(self, *expected: str) -> str:
        piece = self.peek()
        if piece is None or (expected and piece not in expected):
            raise ConditionError(_expected(expected, piece))
        self._at += 1
        return piece

    def either(self) -> Condition:
        parts = [self._both()]
        while self.peek() == "or":
            self.take()
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Condition:
        parts = [self._part()]
        while self.peek() == "and":
            self.take()
            parts.append(self._part())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _part(self) -> Condition:
        piece = self.take()
        if piece == "(":
            inner = self.either()
            self.take(")")
            return inner
        if piece.isdigit():
            return self._at_least(int(piece))
        if piece in _KEYWORDS or not re.match(r"[A-Za-z_]", piece):
            raise ConditionError(
                Told(
                    {
                        "sv": "”{piece}” står där en fråga borde stå.",
                        "en": "“{piece}” stands where a question should.",
                    },
                    piece=piece,
                )
            )
        return self._comparison(piece)

    def _at_least(self, count: int) -> Condition:
        self.take("of")
        self.take("(")
        parts = [self.either()]
        while self.take(",", ")") == ",":
            parts.append(self.either())
        if not 1 <= count <= len(parts):
            raise ConditionError(
                Told(
                    {
                        "sv": "”{count} of” {parts} kan aldrig bli sant, eller räknar ingenting.",
                        "en": "“{count} of” {parts} can never be true or counts nothing.",
                    },
                    count=count,
                    parts=len(parts),
                )
            )
        return AtLeast(count, tuple(parts))

    def _comparison(self, question: str) -> Condition:
        word = self.take()
        if word == "answered":
            return Compare(question, Operator.EXISTS, (True,))
        if word in _SIGNS:
            return Compare(question, _SIGNS[word], (self._value(),))
        if word == "is":
            if self.peek() == "not":
                self.take()
                return Compare(question, Operator.NOT_EQUAL, (self._value(),))
            return Compare(question, Operator.EQUAL, (self._value(),))
        if word == "has" and self.peek() != "any":
            return Compare(question, Operator.EQUAL, (self._value(),))
        if word == "has":
            self.take()
        elif word != "in":
            raise ConditionError(
                Told(
                    {
                        "sv": "”{question} {word}” är ingen jämförelse.",
                        "en": "“{question} {word}” is no comparison.",
                    },
                    question=question,
                    word=word,
                )
            )
        return Compare(question, Operator.EQUAL, self._values())

    def _values(self) -> tuple[Value, ...]:
        self.take("(")
        values = [self._value()]
        while self.take(",", ")") == ",":
            values.append(self._value())
        return tuple(values)

    def _value(self) -> Value:
        piece = self.take()
        if re.fullmatch(r"-?\d+", piece):
            return int(piece)
        if re.fullmatch(r"-?\d+\.\d+", piece):
            return float(piece)
        if piece in _SIGNS or piece in "(),":
            raise ConditionError(
                Told(
                    {
                        "sv": "”{piece}” står där ett värde borde stå.",
                        "en": "“{piece}” stands where a value should.",
                    },
                    piece=piece,
                )
            )
        return piece


def _expected(expected: tuple[str, ...], piece: str | None) -> Told:
    if not expected:
        return Told({"sv": "något saknas i slutet.", "en": "more is expected at the end."})
    wanted = " / ".join(f"“{word}”" for word in expected)
    if piece is None:
        return Told(
            {"sv": "{wanted} saknas i slutet.", "en": "{wanted} is expected at the end."}, wanted=wanted
        )
    return Told(
        {"sv": "{wanted} saknas före ”{piece}”.", "en": "{wanted} is expected before “{piece}”."},
        wanted=wanted,
        piece=piece,
    )


def bind(condition: Condition, form: Form) -> Condition:
    """The condition with its values in the types of the form's questions.

    Raises ConditionError for a question or an option that is not in the form, or a value of the wrong kind.
    """
    if isinstance(condition, Compare):
        item = form.find(condition.question)
        if item is None or not item.is_question:
            raise ConditionError(
                Told(
                    {
                        "sv": "det finns ingen fråga ”{question}”.",
                        "en": "there is no question “{question}”.",
                    },
                    question=condition.question,
                )
            )
        return Compare(
            condition.question,
            condition.operator,
            tuple(_typed(item, condition.operator, value) for value in condition.values),
        )
    parts = tuple(bind(part, form) for part in condition.parts)
    return msgspec.structs.replace(condition, parts=parts)


def _typed(item: Item, operator: Operator, value: Value) -> Value:
    if operator is Operator.EXISTS:
        return True
    name = item.link_id
    if item.type in (ItemType.CHOICE, ItemType.OPEN_CHOICE):
        if operator not in (Operator.EQUAL, Operator.NOT_EQUAL):
            raise ConditionError(
                Told(
                    {
                        "sv": "”{name}” är ett val och går inte att jämföra med ”{operator}”.",
                        "en": "“{name}” is a choice and cannot be compared with “{operator}”.",
                    },
                    name=name,
                    operator=operator,
                )
            )
        if operator is Operator.NOT_EQUAL and item.repeats:
            raise ConditionError(
                Told(
                    {
                        "sv": "”{name}” tar flera svar: skriv vilket den har, inte vilket den inte är.",
                        "en": "“{name}” takes several answers: say which it has, not which it is not.",
                    },
                    name=name,
                )
            )
        if not isinstance(value, str) or item.option(value) is None:
            raise ConditionError(
                Told(
                    {"sv": "”{name}” har inget svar ”{value}”.", "en": "“{name}” has no answer “{value}”."},
                    name=name,
                    value=value,
                )
            )
        return value
    if item.type is ItemType.BOOLEAN:
        if value not in ("yes", "no") or operator not in (Operator.EQUAL, Operator.NOT_EQUAL):
            raise ConditionError(
                Told({"sv": "”{name}” är ja eller nej.", "en": "“{name}” is yes or no."}, name=name)
            )
        return value == "yes"
    if item.type in (ItemType.INTEGER, ItemType.DECIMAL, ItemType.QUANTITY):
        if isinstance(value, str):
            raise ConditionError(
                Told(
                    {
                        "sv": "”{name}” är ett tal och kan inte vara ”{value}”.",
                        "en": "“{name}” is a number and cannot be “{value}”.",
                    },
                    name=name,
                    value=value,
                )
            )
        return {"value": value, "unit": item.unit or ""} if item.type is ItemType.QUANTITY else value
    raise ConditionError(
        Told(
            {
                "sv": "”{name}” kan bara vara ”answered” i ett villkor.",
                "en": "“{name}” can only be “answered” in a condition.",
            },
            name=name,
        )
    )


def as_enable_when(condition: Condition) -> tuple[tuple[EnableWhen, ...], str]:
    """The condition as FHIR's `enableWhen` and `enableBehavior`.

    FHIR knows one level of *all* or *any*; a deeper condition raises ConditionError.
    """
    if isinstance(condition, Compare):
        return _flat([condition]), "any" if len(condition.values) > 1 else "all"
    if isinstance(condition, All) and all(
        isinstance(p, Compare) and len(p.values) == 1 for p in condition.parts
    ):
        return _flat(condition.parts), "all"
    if isinstance(condition, Either) and all(isinstance(part, Compare) for part in condition.parts):
        return _flat(condition.parts), "any"
    raise ConditionError(
        Told(
            {
                "sv": "show_if tar antingen bara ”and” eller bara ”or”, utan parenteser.",
                "en": "show_if takes either only “and” or only “or”, without parentheses.",
            }
        )
    )


def _flat(parts: Sequence[Condition]) -> tuple[EnableWhen, ...]:
    return tuple(
        EnableWhen(part.question, part.operator, value)
        for part in parts
        if isinstance(part, Compare)
        for value in part.values
    )
