"""The kinds of configured things. Each subject registers its own; administration shows them all."""

from collections.abc import Mapping

import msgspec

from vardlots.configuration.model import Body, Kind
from vardlots.platform.errors import Invalid

_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Make a kind known. Raises ValueError when its code is taken."""
    if kind.code in _kinds:
        raise ValueError(f"two kinds of configuration are named {kind.code}")
    _kinds[kind.code] = kind
    return kind


def kinds() -> Mapping[str, Kind]:
    """Every kind by its code, in the order they were registered."""
    return _kinds


def read(kind: Kind, body: Body) -> msgspec.Struct:
    """The body as the kind's type. Raises Invalid with the field that does not fit."""
    try:
        return msgspec.convert(body, kind.shape)
    except msgspec.ValidationError as fault:
        raise Invalid(field_of(fault), "Det som står här går inte att använda.") from None


def field_of(fault: msgspec.ValidationError) -> str:
    """The field that a validation error is about, as `rows.2.minutes`; "body" when it is the whole."""
    _, _, path = str(fault).partition(" - at `$")
    cleaned = path.rstrip("`").replace("[...]", "").replace("[", ".").replace("]", "").strip(".")
    return cleaned or "body"
