"""A form that comes with a ticket: the form as it was then, and how far the patient has come."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from vardlots.conversations.forms.model import State, state_of
from vardlots.forms.model import Form, Value
from vardlots.tickets.model import TicketRef


class TicketForm(msgspec.Struct, frozen=True, kw_only=True):
    """A form of a ticket, whole; `place` is its number there. `kind` "post" are the receiver's own questions.

    `answers` are those given so far with what is calculated from them, by linkId; sent in, they never change.
    """

    provider_id: int
    ticket_id: int
    place: int
    person_id: int
    kind: str
    form: Form
    known: Mapping[str, Any]
    opened_at: datetime | None
    answers: Mapping[str, Sequence[Value]]
    rev: int
    done: int
    total: int
    changed_at: datetime
    answered_at: datetime | None

    @property
    def ref(self) -> TicketRef:
        return TicketRef(self.provider_id, self.ticket_id)

    @property
    def state(self) -> State:
        return state_of(
            opened=self.opened_at is not None, done=self.done, answered=self.answered_at is not None
        )
