"""Who reads and answers feedback. Pure: whoever can change what it is about (row D10)."""

from collections.abc import Collection

from vardlots.access.actor import StaffActor


def units_read(actor: StaffActor) -> Collection[int] | None:
    """The units whose feedback the actor reads: of a head their own, of the provider's administrators all (None)."""
    if actor.administers == "provider":
        return None
    return actor.home_unit_ids or actor.unit_ids if actor.administers == "unit" else ()


def reads(actor: StaffActor, unit_id: int) -> bool:
    """Whether the actor reads and answers a unit's feedback."""
    units = units_read(actor)
    return units is None or unit_id in units
