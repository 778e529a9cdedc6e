"""Addresses of administration: a key may hold any text, an address only plain signs."""

import re
from urllib.parse import urlencode

from vardlots.configuration.model import Kind

HOME = "/staff/admin"
NEW = "~new"  # no key becomes this: what stands after the sign is always two figures
_PLAIN = re.compile(rb"[A-Za-z0-9_-]")
_WRITTEN = re.compile(r"~([0-9A-F]{2})")


def slug(key: str) -> str:
    """A key as a part of an address: plain signs as they are, every other byte as ~C3."""
    if key == NEW:
        return NEW
    return "".join(
        chr(byte) if _PLAIN.match(bytes([byte])) else f"~{byte:02X}" for byte in key.encode("utf-8")
    )


def key_of(part: str) -> str:
    """The key that a part of an address stands for; one that stands for none becomes a key that nothing has."""
    if part == NEW:
        return NEW
    try:
        written = _WRITTEN.sub(lambda found: chr(int(found[1], 16)), part)
        return written.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return ""


def address(kind: Kind | str, key: str | None = None, then: str = "", **query: object) -> str:
    """The address of a kind's list, of one thing, or of something about it."""
    code = kind if isinstance(kind, str) else kind.code
    path = f"{HOME}/{code}" + (f"/{slug(key)}" if key is not None else "") + (f"/{then}" if then else "")
    asked = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(asked)}" if asked else path
