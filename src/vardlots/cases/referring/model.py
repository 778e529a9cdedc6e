"""What a visit that goes on at another provider carries."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeAlias

import msgspec

from vardlots.consents.model import How
from vardlots.platform.db import Connection
from vardlots.platform.live import Signal


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """The patient's yes: who said it (the patient, or a guardian), how, when."""

    given_by: int
    how: How
    at: datetime


class Referral(msgspec.Struct, frozen=True, kw_only=True):
    """A handover to another provider. `message` is what the patient reads of it; `to` names the receiver for staff and
    patient; `key` is the client's own name for the message, sent twice it is one."""

    message: str
    to: str
    said: Said
    key: str


class Placed(msgspec.Struct, frozen=True):
    """The question that has been put to the receiver, in the same transaction: its number as shown, who is told."""

    consultation: str
    signals: tuple[Signal, ...] = ()


# What crosses is another subject's to write: it is given the transaction, and writes in it or not at all.
Place: TypeAlias = Callable[[Connection], Awaitable[Placed]]
