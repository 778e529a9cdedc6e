"""A form that has been sent into a conversation: the form as it was then, and how far the patient has come."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from vardlots.cases.model import CaseRef
from vardlots.forms.model import Form, Value
from vardlots.forms.text import Text


class State(StrEnum):
    """How far it has come. `BEGUN` is told as *n av m*."""

    SENT = "sent"
    OPENED = "opened"
    BEGUN = "begun"
    ANSWERED = "answered"


def state_of(*, opened: bool, done: int, answered: bool) -> State:
    """The one state that all marks of a form's progress give."""
    if answered:
        return State.ANSWERED
    if done:
        return State.BEGUN
    return State.OPENED if opened else State.SENT


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What stands of a form in the conversation: `done` of `total` questions shown. `n` is the row that sent it."""

    provider_id: int
    case_id: int
    request_id: int
    n: int
    title: Text
    sent_at: datetime
    opened_at: datetime | None
    done: int
    total: int
    changed_at: datetime
    answered_at: datetime | None

    @property
    def ref(self) -> CaseRef:
        return CaseRef(self.provider_id, self.case_id)

    @property
    def state(self) -> State:
        return state_of(
            opened=self.opened_at is not None, done=self.done, answered=self.answered_at is not None
        )


class Filled(Protocol):
    """A form that somebody fills in page by page, wherever it was sent: into a conversation, or with a ticket."""

    @property
    def form(self) -> Form: ...
    @property
    def known(self) -> Mapping[str, Any]: ...
    @property
    def answers(self) -> Mapping[str, Sequence[Value]]: ...
    @property
    def rev(self) -> int: ...
    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def answered_at(self) -> datetime | None: ...
    @property
    def state(self) -> State: ...


class FormRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A form that was sent, whole. `known` is what was known of the patient then, FHIR resources by name.

    `answers` are those given so far with what is calculated from them, by linkId; sent in, they never change.
    """

    provider_id: int
    case_id: int
    request_id: int
    n: int
    person_id: int
    form: Form
    known: Mapping[str, Any]
    sent_at: datetime
    opened_at: datetime | None
    answers: Mapping[str, Sequence[Value]]
    rev: int
    done: int
    total: int
    changed_at: datetime
    answered_at: datetime | None
    answered_n: int | None

    @property
    def ref(self) -> CaseRef:
        return CaseRef(self.provider_id, self.case_id)

    @property
    def state(self) -> State:
        return state_of(
            opened=self.opened_at is not None, done=self.done, answered=self.answered_at is not None
        )
