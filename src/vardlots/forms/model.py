"""The form, on the shape of a FHIR R4 Questionnaire (https://hl7.org/fhir/R4/questionnaire.html).

Field names are those of FHIR in snake case, and in camel case as JSON. What R4 leaves to extensions
(help, pictures on options, exclusive options, limits, expressions) are plain fields here. What the engine does
not know stands in `extra` as it came, so that a form that is taken in can be given out again whole.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, TypeAlias

import msgspec

from vardlots.forms.text import Text

Value: TypeAlias = bool | int | float | str | dict[str, Any]
"""One answer as JSON: a boolean, a number, a string (text, address, option code, date, time), or an object:
`{"value", "unit"}` for a quantity, `{"id", "title"}` for an attachment, `{"other"}` for what was written
beside an open choice, `{"declined": true}` where the person would not or could not give it.

A date is `2026-03-14`, a time `08:30` or `08:30:15`, a date with time `2026-03-14T08:30` in Swedish time, or with
its distance from UTC as FHIR writes it."""

Answers: TypeAlias = Mapping[str, Sequence[Value]]
"""linkId → values. A missing linkId is not answered; an empty list was seen and passed over.

The values of a group that repeats are the ids of its instances in their order (`["1", "3"]`); what lies in an
instance is answered under `linkId~instance` (`instances.py`)."""

DECLINED: dict[str, Any] = {"declined": True}
FHIRPATH = "text/fhirpath"
MEASURE = "urn:vardlots:measure"
"""Our own code system of what an item measures: a weight, a pressure, a score."""


class ItemType(StrEnum):
    """The item types of FHIR R4 that a person can answer. A reference to another resource is not one."""

    GROUP = "group"
    DISPLAY = "display"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    OPEN_CHOICE = "open-choice"
    INTEGER = "integer"
    DECIMAL = "decimal"
    QUANTITY = "quantity"
    DATE = "date"
    DATE_TIME = "dateTime"
    TIME = "time"
    STRING = "string"
    TEXT = "text"
    URL = "url"
    ATTACHMENT = "attachment"


class Operator(StrEnum):
    """The operators of `enableWhen`."""

    EXISTS = "exists"
    EQUAL = "="
    NOT_EQUAL = "!="
    GREATER = ">"
    LESS = "<"
    GREATER_OR_EQUAL = ">="
    LESS_OR_EQUAL = "<="


class EnableWhen(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """The item is enabled when `question`'s answer stands in this relation to `answer`.

    `answer` is a value as answers hold it. `system` is the code system of a coding: without it any will do.
    """

    question: str
    operator: Operator
    answer: Value
    system: str | None = None
    extra: Mapping[str, Any] = {}


class Coding(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """A concept of a code system: what an item asks about, or a unit. `display` is its name."""

    code: str = ""
    system: str | None = None
    display: str | None = None
    version: str | None = None
    extra: Mapping[str, Any] = {}


class Expression(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """An expression that gives a value; those in another language than FHIRPath are kept and not computed.

    A variable has a `name`: expressions at its item and below read it as `%name`.
    """

    expression: str
    name: str | None = None
    language: str = FHIRPATH
    description: str | None = None
    extra: Mapping[str, Any] = {}


class OptionKind(StrEnum):
    """What an option is in FHIR: a coding, or a plain value."""

    CODING = "coding"
    STRING = "string"
    INTEGER = "integer"
    DATE = "date"
    TIME = "time"


class Option(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """An answer to choose. `exclusive` goes with no other (*Inget av det här*).

    `code` is what an answer holds, one of its kind in the item. `value` is what FHIR has instead of it where
    that is something else: two systems with one code, or a coding that has a name only (`""`).
    `score` is the option's weight in sums (*ordinalValue*, *itemWeight*).
    """

    code: str
    text: Text
    help: Text | None = None
    picture: str | None = None
    exclusive: bool = False
    kind: OptionKind = OptionKind.CODING
    value: str | None = None
    system: str | None = None
    version: str | None = None
    score: float | None = None
    prefix: Text | None = None
    initial_selected: bool = False
    extra: Mapping[str, Any] = {}


class Item(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """A question, a group, or text to read.

    `min_value` and `max_value` are numbers, or ISO strings for dates and times. `min_occurs` and `max_occurs` limit
    what repeats. `why` tells the person why it is asked. A hidden item is filled by the system and never shown.
    Items inside a question (FHIR allows it) belong on that question's page, such as a photo beside a choice.

    `unit` is the unit of a number or a quantity, `unit_options` those a quantity may be given in, `unit_coding` what
    `unit` is in a code system. `item_control` is FHIR's code for how it looks (`radio-button`, `drop-down`,
    `check-box`, `slider`, …). A calculated item takes no answer. `prefix` stands before the text (*1 a*).
    """

    link_id: str
    type: ItemType
    text: Text
    help: Text | None = None
    why: Text | None = None
    required: bool = False
    repeats: bool = False
    hidden: bool = False
    may_decline: bool = False
    min_value: float | str | None = None
    max_value: float | str | None = None
    max_length: int | None = None
    max_occurs: int | None = None
    unit: str | None = None
    pattern: str | None = None
    pattern_help: Text | None = None
    enable_when: tuple[EnableWhen, ...] = ()
    enable_behavior: Literal["all", "any"] = "all"
    answer_option: tuple[Option, ...] = ()
    initial: tuple[Value, ...] = ()
    item: tuple["Item", ...] = ()
    prefix: Text | None = None
    picture: str | None = None
    read_only: bool = False
    min_length: int | None = None
    min_occurs: int | None = None
    max_decimals: int | None = None
    unit_coding: Coding | None = None
    unit_options: tuple[Coding, ...] = ()
    entry_format: Text | None = None
    item_control: str | None = None
    choice_orientation: Literal["horizontal", "vertical"] | None = None
    slider_step: float | None = None
    initial_expression: Expression | None = None
    calculated_expression: Expression | None = None
    enable_when_expression: Expression | None = None
    variables: tuple[Expression, ...] = ()
    code: tuple[Coding, ...] = ()
    definition: str | None = None
    answer_value_set: str | None = None
    instance_of: str | None = None
    extra: Mapping[str, Any] = {}

    @property
    def is_question(self) -> bool:
        """Whether it takes an answer."""
        return self.type not in (ItemType.GROUP, ItemType.DISPLAY)

    @property
    def is_computed(self) -> bool:
        """Whether the system gives its value, never a person."""
        return self.calculated_expression is not None and self.calculated_expression.language == FHIRPATH

    @property
    def is_repeating_group(self) -> bool:
        """Whether it holds instances: a group that repeats."""
        return self.repeats and self.type is ItemType.GROUP

    def option(self, code: str) -> Option | None:
        """The option with this code."""
        return next((option for option in self.answer_option if option.code == code), None)


class Place(msgspec.Struct, frozen=True):
    """An item and those it lies inside, outermost first."""

    item: Item
    inside: tuple[Item, ...]


class Form(
    msgspec.Struct,
    frozen=True,
    rename="camel",
    omit_defaults=True,
    dict=True,
    weakref=True,
    forbid_unknown_fields=True,
):
    """A form in one version. Answers are always read with the version in which they were given.

    `url` is its canonical address, `meaning` what it is a form of in code systems.
    """

    code: str
    version: int
    title: Text
    item: tuple[Item, ...]
    url: str | None = None
    description: Text | None = None
    meaning: tuple[Coding, ...] = ()
    variables: tuple[Expression, ...] = ()
    extra: Mapping[str, Any] = {}

    @cached_property
    def places(self) -> dict[str, Place]:
        """Every item by its linkId, in the order of the form."""
        found: dict[str, Place] = {}

        def walk(items: tuple[Item, ...], inside: tuple[Item, ...]) -> None:
            for item in items:
                found[item.link_id] = Place(item, inside)
                walk(item.item, (*inside, item))

        walk(self.item, ())
        return found

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The linkIds with a page of their own: questions neither hidden nor inside a question."""
        return tuple(
            link_id
            for link_id, place in self.places.items()
            if place.item.is_question
            and not place.item.hidden
            and not place.item.is_computed
            and all(outer.type is ItemType.GROUP for outer in place.inside)
        )

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The linkIds in an order in which each comes after all that it being shown depends on.

        Items whose conditions run in a circle are left out: they can never be shown.
        """
        drawn: Mapping[str, tuple[str, ...]] = self.__dict__.get("_sources", {})
        waits_for = {
            link_id: {outer.link_id for outer in place.inside}
            | {
                source
                for when in place.item.enable_when
                for source in (
                    (when.question,) if when.question in self.places else drawn.get(when.question, ("",))
                )
            }
            for link_id, place in self.places.items()
        }
        wanted_by: dict[str, list[str]] = {}
        for link_id, sources in waits_for.items():
            for source in sources:
                wanted_by.setdefault(source, []).append(link_id)
        ready = [link_id for link_id, sources in waits_for.items() if not sources]
        for link_id in ready:
            for waiting in wanted_by.get(link_id, ()):
                waits_for[waiting].discard(link_id)
                if not waits_for[waiting]:
                    ready.append(waiting)
        return tuple(ready)

    def find(self, link_id: str) -> Item | None:
        """The item with this linkId."""
        place = self.places.get(link_id)
        return place.item if place else None
