"""The form, on the shape of a FHIR R4 Questionnaire (https://hl7.org/fhir/R4/questionnaire.html).

Field names are those of FHIR in snake case, and in camel case as JSON. What R4 leaves to extensions
(help, pictures on options, exclusive options, limits) are plain fields here.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, TypeAlias

import msgspec

from vardlots.forms.text import Text

Value: TypeAlias = bool | int | float | str | dict[str, Any]
"""One answer as JSON: a boolean, a number, a string (text, ISO date, option code), or an object:
`{"value", "unit"}` for a quantity, `{"id", "title"}` for an attachment, `{"other"}` for what was written
beside an open choice, `{"declined": true}` where the person would not or could not give it."""

Answers: TypeAlias = Mapping[str, Sequence[Value]]
"""linkId → values. A missing linkId is not answered; an empty list was seen and passed over."""

DECLINED: dict[str, Any] = {"declined": True}


class ItemType(StrEnum):
    """The item types of FHIR R4 that the engine knows."""

    GROUP = "group"
    DISPLAY = "display"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    OPEN_CHOICE = "open-choice"
    INTEGER = "integer"
    DECIMAL = "decimal"
    QUANTITY = "quantity"
    DATE = "date"
    STRING = "string"
    TEXT = "text"
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


class EnableWhen(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The item is enabled when `question`'s answer stands in this relation to `answer`."""

    question: str
    operator: Operator
    answer: Value


class Option(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """An answer to choose. `exclusive` goes with no other (*Inget av det här*)."""

    code: str
    text: Text
    help: Text | None = None
    picture: str | None = None
    exclusive: bool = False


class Item(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """A question, a group, or text to read.

    `min_value` and `max_value` are numbers, or ISO dates for a date. `max_occurs` limits a repeating item.
    `why` tells the person why it is asked. A hidden item is filled by the system and never shown.
    Items inside a question (FHIR allows it) belong on that question's page, such as a photo beside a choice.
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

    @property
    def is_question(self) -> bool:
        """Whether it takes an answer."""
        return self.type not in (ItemType.GROUP, ItemType.DISPLAY)

    def option(self, code: str) -> Option | None:
        """The option with this code."""
        return next((option for option in self.answer_option if option.code == code), None)


class Place(msgspec.Struct, frozen=True):
    """An item and those it lies inside, outermost first."""

    item: Item
    inside: tuple[Item, ...]


class Form(msgspec.Struct, frozen=True, rename="camel", dict=True, forbid_unknown_fields=True):
    """A form in one version. Answers are always read with the version in which they were given."""

    code: str
    version: int
    title: Text
    item: tuple[Item, ...]

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
            and all(outer.type is ItemType.GROUP for outer in place.inside)
        )

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The linkIds in an order in which each comes after all that it being shown depends on.

        Items whose conditions run in a circle are left out: they can never be shown.
        """
        waits_for = {
            link_id: {outer.link_id for outer in place.inside}
            | {when.question for when in place.item.enable_when}
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
