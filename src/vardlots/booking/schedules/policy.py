"""Who may change which times. Pure.

The rule, read off the roles as they are configured (requirement A2): whoever opens cases and works at a unit
administers all of its times when their role is administrative there (it meets no patients: *medicinsk admin*,
*vårdkoordinator*, *verksamhetschef*, a provider's own), when it is a nurse's, or when it administers the unit or the
provider. Every other role that opens cases administers its own times.
"""

from vardlots.access.actor import StaffActor
from vardlots.platform.errors import Forbidden, NotFound
from vardlots.platform.i18n import N_

NURSE = "nurse"


def administers_all(by: StaffActor) -> bool:
    """Whether the actor's role administers everybody's times at their units."""
    return by.cares and (not by.clinical or by.role == NURSE or bool(by.administers))


def may_change(by: StaffActor, *, unit_id: int, staff_id: int | None) -> bool:
    """Whether the actor may change the times of a schedule: `staff_id` is whose it is, None for a resource's."""
    if not by.cares or unit_id not in by.unit_ids:
        return False
    return administers_all(by) or staff_id == by.staff_id


def may_see(by: StaffActor, *, unit_id: int) -> bool:
    """Whether the actor sees the times of a unit: where their lists reach."""
    return by.cares and unit_id in by.unit_ids


def require_change(by: StaffActor, *, provider_id: int, unit_id: int, staff_id: int | None) -> None:
    """Raises NotFound for whoever does not see the schedule, Forbidden for whoever sees it and may not change it."""
    if provider_id != by.provider_id or not may_see(by, unit_id=unit_id):
        raise NotFound()
    if not may_change(by, unit_id=unit_id, staff_id=staff_id):
        raise Forbidden(N_("Din roll ändrar bara dina egna tider."), code="not_own_times")
