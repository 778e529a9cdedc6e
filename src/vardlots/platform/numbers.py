"""Whole numbers as they come in addresses and forms: plain digits, never more than fit."""

from vardlots.platform.errors import NotFound

# The digits that every id in the database has room for.
ID_DIGITS = 18


def whole(text: str, digits: int) -> int | None:
    """The number that a text of at most so many digits is, or None: no sign, no space, no other script's digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def id_sent(text: str) -> int:
    """An id that was sent. Raises NotFound for anything else."""
    found = whole(text, ID_DIGITS)
    if found is None:
        raise NotFound()
    return found
