"""What administrators change: kinds of configured things, their versions, and drafts of the next one."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.platform.db import Connection
from vardlots.platform.live import Signal

Body = dict[str, Any]


class Problem(msgspec.Struct, frozen=True):
    """Something in a body that cannot be saved: the field (`rows.2.minutes`), and what to do, in Swedish."""

    field: str
    message: str
    values: dict[str, Any] = {}


class Standing(msgspec.Struct, frozen=True):
    """What holds where nobody has saved a version: the product's content, or what the directory was loaded with."""

    body: Body
    unit_id: int | None = None


class Applied(msgspec.Struct, frozen=True):
    """What a version that comes into force is applied with: whose change it is, and where."""

    provider_id: int
    key: str
    unit_id: int | None
    at: datetime
    staff_id: int | None


Standings = Callable[[Connection, int], Awaitable[Mapping[str, Standing]]]
Check = Callable[[Connection, int, str, Any], Awaitable[list[Problem]]]
Apply = Callable[[Connection, Applied, Any], Awaitable[list[Signal]]]


def _no_units(_value: Any) -> dict[str, set[int]]:
    return {}


async def _nothing_stands(_connection: Connection, _provider_id: int) -> Mapping[str, Standing]:
    return {}


async def _no_problems(_connection: Connection, _provider_id: int, _key: str, _value: Any) -> list[Problem]:
    return []


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of configured thing.

    `shape` is the body as a typed struct (unknown fields forbidden). `per_unit`: each thing belongs to one unit, whose
    head may change it; `unit_may`: heads of unit may also add things of this kind to their own unit. `one_each`: there
    is exactly one per unit (or provider), its key is the unit's id (or "provider"); nothing can be added or removed.
    `standing` reads what holds before anybody has saved; `check` finds what no type can; `apply` writes a version that
    comes into force where the rest of the product reads it (None where it reads the version itself, see `book.py`),
    is given None when the thing is removed, and returns signals to send after the commit. It may run twice.
    `addable` False where the product knows every thing there is. `title` names a thing in lists. `key_from` is the
    field that a new thing's key is taken from; `key_label` asks for the key in the form instead; without either the
    product makes one. `units_named` tells which units a body names, by its fields: whose staff and queues it reaches.
    """

    code: str
    label: str
    group: str
    about: str
    shape: type[msgspec.Struct]
    title: Callable[[Any], str]
    per_unit: bool = False
    unit_may: bool = True
    addable: bool = True
    one_each: bool = False
    removable: bool = True
    key_from: str = ""
    key_label: str = ""
    standing: Standings = _nothing_stands
    check: Check = _no_problems
    units_named: Callable[[Any], dict[str, set[int]]] = _no_units
    apply: Apply | None = None


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One saved version, never changed."""

    version: int
    body: Body
    removed: bool
    reason: str
    staff_id: int | None
    author_name: str
    at: datetime
    starts_at: datetime


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A configured thing as it is in force. `version` 0 and no author: what stands from the start.

    `newest` is the number of the newest version saved, which a change must start from; it is higher than `version`
    while a saved version waits for its day.
    """

    kind: str
    key: str
    unit_id: int | None
    body: Body
    version: int
    newest: int
    author_name: str = ""
    at: datetime | None = None
    removed: bool = False


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An administrator's unsaved work on top of `base_version`."""

    key: str
    base_version: int
    body: Body
    changed_at: datetime


def may_change(by: StaffActor, kind: Kind, unit_id: int | None) -> bool:
    """Whether the actor may change a thing: an administrator of the provider anything, a head their unit's own."""
    if by.administers == "provider":
        return True
    return by.administers == "unit" and kind.per_unit and unit_id is not None and unit_id == by.unit_id
