"""Who may say who a patient's contact is, and who stands in for whom. Pure."""

from collections.abc import Collection

from vardlots.access.actor import StaffActor
from vardlots.platform.errors import Forbidden, Refusal


def may_choose(by: StaffActor, unit_id: int) -> Refusal | None:
    """Whoever opens cases says who the contact is at the unit where they act; another unit decides for itself."""
    if not by.cares:
        return Forbidden("Din roll öppnar inga ärenden.", code="not_carer")
    if not by.at_home(unit_id):
        return Forbidden("Kontakten hör till en annan enhet. Den ändras där.", code="other_unit")
    return None


def may_note_absence(by: StaffActor, staff_id: int, units: Collection[int]) -> Refusal | None:
    """Everybody for themself; a head of unit for those who work there, an administrator for all of the provider.

    `units` are where the person has assignments at the actor's provider.
    """
    if by.staff_id == staff_id:
        return None
    if by.administers == "provider" and units:
        return None
    if by.administers == "unit" and by.unit_id in units:
        return None
    return Forbidden(
        "Du kan ange ersättare för dig själv. Enhetens chef gör det för andra.", code="not_yours"
    )
