"""The filter on top of every staff page: unit, role, member of staff. It stands in the address and is remembered."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.clinics.tree import Chosen
from vardlots.platform.errors import Forbidden
from vardlots.platform.numbers import whole

ALL = "all"
NAMES = ("unit", "role", "staff", "resource")
_PLAIN = re.compile(r"[a-z0-9-]*")
_ROLE = re.compile(r"[a-z_]{1,40}")


class Filter(msgspec.Struct, frozen=True):
    """What the lists show. `unit_id` None: every unit of one's own; `role` "": any; `staff_id` None: anybody."""

    unit_id: int | None = None
    role: str = ""
    staff_id: int | None = None

    def units(self, by: StaffActor) -> list[int]:
        """The units shown, never other than those beyond the actor's reach (A3)."""
        return sorted(by.unit_ids) if self.unit_id is None else [self.unit_id]

    def address(self, path: str, **more: object) -> str:
        """The address of a page with this filter."""
        base = f"{path}?unit={self.unit_id or ALL}&role={self.role or ALL}&staff={self.staff_id or ALL}"
        # Quoted only where it must be: a page has some thirty of these.
        for name, value in more.items():
            if value not in (None, ""):
                word = str(value)
                base += f"&{name}={word if _PLAIN.fullmatch(word) else quote_plus(word)}"
        return base

    def topics(self, by: StaffActor) -> str:
        """The live topics of a list with this filter."""
        return " ".join([*(f"unit:{unit_id}" for unit_id in self.units(by)), f"staff:{by.staff_id}"])


def default_filter(by: StaffActor) -> Filter:
    """The active unit and one's own role (requirement C2 and the seeds' *globala filtret*)."""
    return Filter(unit_id=by.unit_id, role=by.role)


def is_chosen(query: Mapping[str, str]) -> bool:
    """Whether the address holds a filter of its own."""
    return any(name in query for name in NAMES)


def chosen_filter(query: Mapping[str, str], by: StaffActor) -> Filter:
    """The filter in an address; what it leaves out is as by default. Raises Forbidden for a unit beyond one's reach.

    `resource` is what was chosen in the resource tree, and stands for all three.
    """
    base = default_filter(by)
    picked = Chosen.read(query.get("resource", ""))
    if picked is not None:
        # A colleague's cases whatever role they were sent to: the role is only the way to the person.
        base = Filter(picked.unit_id, picked.role if picked.staff_id is None else "", picked.staff_id)
        query = {}
    unit_id = _number(query, "unit", base.unit_id)
    if unit_id is not None and unit_id not in by.unit_ids:
        raise Forbidden("Du har inget uppdrag på den enheten.", code="other_unit")
    role = query.get("role", base.role)
    # A role is a plain word; anything else in its place is nothing to filter by.
    role = "" if role == ALL or not _ROLE.fullmatch(role) else role
    return Filter(unit_id, role, _number(query, "staff", base.staff_id))


def remembered_filter(preferences: Mapping[str, Any], by: StaffActor) -> Filter:
    """The filter of last time; the default where there is none, or where its unit is no longer one's own."""
    try:
        kept = msgspec.convert(preferences.get("filter"), Filter)
    except msgspec.ValidationError:
        return default_filter(by)
    if kept.unit_id is not None and kept.unit_id not in by.unit_ids:
        return default_filter(by)
    return kept


def _number(query: Mapping[str, str], name: str, otherwise: int | None) -> int | None:
    text = query.get(name)
    if text is None:
        return otherwise
    return whole(text, 18)
