"""Small values that leave the house and come back: signed, bound to one purpose, short-lived.

They can be read by whoever holds them, so no secret of ours and nothing about a patient is put in one.
"""

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any, TypeVar

import msgspec

from vardlots.platform import clock

T = TypeVar("T")


class BadSeal(ValueError):
    """It is not ours, was made for something else, or its time is over."""


class _Envelope(msgspec.Struct, frozen=True):
    until: float
    value: Any


class Sealer:
    """Seals values for one purpose with a key derived from the installation's secret."""

    def __init__(self, secret_key: str, purpose: str) -> None:
        self._key = hmac.digest(secret_key.encode(), f"vardlots:{purpose}".encode(), "sha256")

    def seal(self, value: msgspec.Struct, lasts: timedelta) -> str:
        """The value as a text for a cookie or an address."""
        envelope = _Envelope((clock.now() + lasts).timestamp(), value)
        content = _encoded(msgspec.json.encode(envelope))
        return f"{content}.{self._mark(content)}"

    def open(self, text: str, kind: type[T]) -> T:
        """The value again. Raises BadSeal."""
        content, _, mark = text.partition(".")
        if not hmac.compare_digest(self._mark(content).encode(), mark.encode()):
            raise BadSeal("not ours")
        envelope = msgspec.json.decode(_decoded(content), type=_Envelope)
        if clock.now().timestamp() >= envelope.until:
            raise BadSeal("too old")
        return msgspec.convert(envelope.value, kind)

    def _mark(self, content: str) -> str:
        return _encoded(hmac.digest(self._key, content.encode(), hashlib.sha256))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
