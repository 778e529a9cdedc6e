"""The triage protocol and what comes of it, as frozen rows."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, TypeAlias

import msgspec

from vardlots.forms.expressions import Condition
from vardlots.forms.model import Form
from vardlots.forms.text import Text
from vardlots.triage.danger import DangerHit, DangerWords

FACTS = ("age", "age_months", "sex", "child")
"""Known of the subject before the first question; conditions use them like answers."""

Sex: TypeAlias = Literal["female", "male"]


class Level(StrEnum):
    """Where the person is cared for."""

    EMERGENCY = "emergency"
    PHYSICAL = "physical"
    TELEPHONE = "telephone"
    DIGITAL = "digital"


class Subject(msgspec.Struct, frozen=True):
    """The person the questions are about, as old as they were when asked.

    `age_months` is the whole age in months; with None it is reckoned from the years. `is_child_of_actor` when
    a guardian answers for their child. `name` is a first name; without one a child is *barnet*.
    """

    age_years: int
    age_months: int | None = None
    sex: Sex | None = None
    is_child_of_actor: bool = False
    name: str = ""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A guideline that the content rests on."""

    id: str
    title: str
    url: str = ""


class OptionMeaning(msgspec.Struct, frozen=True):
    """What an option says in the history and how grave it is.

    `history`: said when chosen. `denies`: denied by choosing it. `denied`: denied by not choosing it. A
    higher `severity` is worse; None cannot be ranked (*Jag kan inte se*).
    """

    history: Text | None
    denies: Text | None
    denied: Text | None
    severity: int | None


class Meaning(msgspec.Struct, frozen=True):
    """What a question means beyond the form.

    `worse` says which way a number or a yes/no gets graver. `unordered` when no answer of it is graver.
    `history_of` says what a certain number reads as in the history, by the number in figures (*1 dag*).
    `free_text` when what is written is for staff to read: triage does not understand it. `roles_of_unit` when the
    options are roles, of which only those that the unit has are offered (`services.for_unit`).
    """

    label: Text
    history: Text | None
    denied: Text | None
    options: Mapping[str, OptionMeaning]
    worse: Literal["higher", "lower", "yes", "no"] | None
    unordered: bool
    free_text: bool
    roles_of_unit: bool = False
    history_of: Mapping[str, Text] = {}


class Rule(msgspec.Struct, frozen=True):
    """A numbered rule. `when` is None for the baseline, which holds where no other does.

    `priority` is 1–5 or 12; `booking` (6–11) is the priority at which a provider that issues booking tickets
    lets the person book instead. `finding` completes *Du har svarat att Tuva har …*. `seek_care` is for an errand
    that turns out to be trouble: *Sök vård* is offered before sending it.
    """

    id: str
    source: str
    when: Condition | None
    because: Text
    priority: int
    booking: int | None
    level: Level
    role: str
    finding: Text | None
    title: Text
    lead: Text
    advice: tuple[Text, ...]
    meanwhile: tuple[Text, ...]
    call_112_if: Text | None
    sources: tuple[str, ...]
    seek_care: bool = False

    @property
    def urgency(self) -> tuple[int, int]:
        """Sorts the most urgent first: 1, 2, 3, 4, 12, 5; what can be booked after what cannot."""
        return (URGENCY[self.priority], self.booking or 0)


URGENCY: Mapping[int, int] = {1: 1, 2: 2, 3: 3, 4: 4, 12: 5, 5: 6}
"""Priority → place in the order of urgency. 12, drop-in that is not urgent, comes before self-care."""


class Protocol(msgspec.Struct, frozen=True, dict=True):
    """One complaint in one version: questions as a form, what answers mean, and rules, most urgent first.

    A `service` is an administrative errand: asked and led on by the same engine, without the gate and without urgency.
    """

    code: str
    version: int
    status: str
    author: str
    reviewed: str
    review_by: str
    sources: tuple[Source, ...]
    title: Text
    search_words: Mapping[str, tuple[str, ...]]
    notice: Text
    min_age: int
    max_age: int
    otherwise: Text
    form: Form
    meanings: Mapping[str, Meaning]
    rules: tuple[Rule, ...]
    danger: DangerWords
    file: str
    kind: Literal["complaint", "service"] = "complaint"

    @cached_property
    def baseline(self) -> Rule:
        """The rule that holds where no other does."""
        return next(rule for rule in self.rules if rule.when is None)

    def __repr__(self) -> str:
        return f"<Protocol {self.code} v{self.version}>"

    def suits(self, subject: Subject) -> bool:
        """Whether the questions are made for somebody of that age."""
        return self.min_age <= subject.age_years <= self.max_age


class RuleHit(msgspec.Struct, frozen=True):
    """A rule that holds and why, in a sentence."""

    id: str
    because: str
    priority: int


class Outcome(msgspec.Struct, frozen=True):
    """What triage came to, in one language. `rules` are all that hold, the deciding one first.

    `finding` is the part of `lead` to make bold on an emergency page. `nothing_more_urgent` says that no
    answer points at 1 or 2, where that is so.
    """

    priority: int
    booking: int | None
    level: Level
    role: str
    title: str
    lead: str
    finding: str | None
    advice: tuple[str, ...]
    meanwhile: tuple[str, ...]
    call_112_if: str
    rules: tuple[RuleHit, ...]
    nothing_more_urgent: str | None
    sources: tuple[Source, ...]
    protocol: str
    protocol_title: str
    version: int
    notice: str
    seek_care: bool = False


class FreeText(msgspec.Struct, frozen=True):
    """What somebody wrote. Triage has not read it; `danger` marks words for the nurse, negated or not."""

    link_id: str
    label: str
    text: str
    danger: tuple[DangerHit, ...]
    unread_by_triage: bool = True


class Upload(msgspec.Struct, frozen=True):
    """A picture or file added during the interview."""

    link_id: str
    label: str
    id: str
    title: str


class Row(msgspec.Struct, frozen=True):
    """A line of the history."""

    label: str
    text: str


class Autoanamnes(msgspec.Struct, frozen=True):
    """The history as staff read it."""

    rows: tuple[Row, ...]
    denied: tuple[str, ...]
    free_texts: tuple[FreeText, ...]
    uploads: tuple[Upload, ...]


class OriginalAnswer(msgspec.Struct, frozen=True):
    """A question as it was put and the answer as given; `counted` is false where it fell away later."""

    link_id: str
    question: str
    answer: str
    counted: bool


def as_plain(result: msgspec.Struct) -> dict[str, Any]:
    """Any of these rows as plain dicts, lists and strings, fit for JSON."""
    plain: dict[str, Any] = msgspec.to_builtins(result)
    return plain
