"""Names of people with protected identity, in what is written for another provider. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from vardlots.consultations.model import HIDDEN

_PARTS = re.compile(r"[^\W\d_]{2,}")
_AGAIN = re.compile(rf"{HIDDEN}(?:[\s-]+{HIDDEN})+")


def _named(names: Iterable[str]) -> re.Pattern[str] | None:
    """Each part of a name by itself, as it is said of somebody (*Rubens*), whatever the case of its letters."""
    parts = sorted({part for name in names for part in _PARTS.findall(name)}, key=len, reverse=True)
    if not parts:
        return None
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, parts))})s?\b", re.IGNORECASE)


def names_somebody(said: str, names: Iterable[str]) -> bool:
    """Whether words hold a part of one of the names."""
    found = _named(names)
    return found is not None and found.search(said) is not None


def has_number(said: str, number: str) -> bool:
    """Whether words hold an identity number of twelve characters, with or without its century, hyphen and spaces."""
    found = _numbered(number)
    return found is not None and found.search(said) is not None


def _numbered(number: str) -> re.Pattern[str] | None:
    if len(number) < 10:
        return None
    signs = r"[\s+-]*".join(map(re.escape, number[-10:]))
    return re.compile(rf"(?<!\w)(?:\d\d[\s-]*)?{signs}(?!\w)", re.IGNORECASE)


def unnamed(said: str, names: Iterable[str], number: str = "") -> str:
    """Words with the names and the number taken out of them."""
    for found in (_named(names), _numbered(number)):
        said = found.sub(HIDDEN, said) if found is not None else said
    return _AGAIN.sub(HIDDEN, said)


def without_names(body: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The body of a row with the names taken out of what somebody has written in it."""
    return {key: unnamed(value, names) if key in ("text", "reason") else value for key, value in body.items()}
