"""What can be wrong with a content file: each fault one sentence with the file and the id."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

T = TypeVar("T")


class ContentFault(msgspec.Struct, frozen=True, order=True):
    """One thing to mend in a content file; `id` is the question, option or rule it is about."""

    file: str
    id: str
    sentence: str

    def __str__(self) -> str:
        where = f"{self.file}: {self.id}: " if self.id else f"{self.file}: "
        return where + self.sentence


class ContentError(Exception):
    """Content that must not be used, with every fault found in it."""

    def __init__(self, faults: Iterable[ContentFault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def read_struct(source: bytes, kind: type[T], file: str) -> T:
    """TOML text as `kind`.

    Raises ContentError with one fault when it is not TOML, or has a field that is unknown, missing or of
    the wrong type.
    """
    try:
        return msgspec.toml.decode(source, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        reason = str(wrong).rstrip(".")
        raise ContentError([ContentFault(file, "", f"cannot be read: {reason}.")]) from wrong
