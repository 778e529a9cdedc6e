"""The port to the record system: what is handed over, what comes back, and how an adapter says no."""

from typing import Protocol

import msgspec

from vardlots.exports.model import Carried, Why


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A signed note as it is handed over. `export_id` is the same however often it is handed over."""

    export_id: str
    bundle: bytes
    pdf: bytes
    text: str
    attachments: tuple[Carried, ...] = ()


class Receipt(msgspec.Struct, frozen=True):
    """The record system's own name for what it took: kept, and shown beside the note."""

    reference: str


class NotDelivered(Exception):
    """It was not taken. `again`: whether it is worth trying again without anybody changing anything."""

    def __init__(self, why: Why, *, again: bool = True) -> None:
        super().__init__(why.value)
        self.why = why
        self.again = again


class RecordSystem(Protocol):
    """An adapter to a record system.

    An adapter keeps three promises (`exports/tests/contract.py` tests them): the same export handed over twice, also
    at once and after a crash, is there once, and the same receipt comes back; of one that is refused nothing is left;
    and only NotDelivered is raised.
    """

    async def deliver(self, package: Package) -> Receipt:
        """Hand over one note with what goes along. Raises NotDelivered."""
        ...


_in_use = False


def announce(*, in_use: bool) -> None:
    """Tell the pages of this process whether the installation has a record system to export to."""
    global _in_use
    _in_use = in_use


def in_use() -> bool:
    """Whether there is a record system to export to; without one notes are signed, and given out as files."""
    return _in_use
