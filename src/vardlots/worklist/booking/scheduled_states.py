"""How a booked visit stands, in one word. Pure: what has become of its time and of its case, and what time it is.

standing(phase="booked", appointment="booked", booked_from=at, ends_at=until, now=now)  # Stands.COMES
"""

from datetime import datetime
from enum import StrEnum

from vardlots.platform.i18n import N_


class Stands(StrEnum):
    """What the list says of a booked visit. `OVER`: its time is over and nobody has begun."""

    COMES = "comes"
    TAKEN = "taken"
    ONGOING = "ongoing"
    DONE = "done"
    MISSED = "missed"
    TIMELESS = "timeless"
    OVER = "over"
    CANCELLED = "cancelled"


# In a word or three, the chip's colour, its icon.
WORDS = {
    Stands.COMES: (N_("Kommer"), "", "calendar-check"),
    Stands.TAKEN: (N_("Mottaget"), "accent", "user"),
    Stands.ONGOING: (N_("Pågår"), "info", "message-circle"),
    Stands.DONE: (N_("Klart"), "ok", "check"),
    Stands.MISSED: (N_("Uteblev"), "notice", "user"),
    Stands.TIMELESS: (N_("Ny tid behövs"), "notice", "calendar-clock"),
    Stands.OVER: (N_("Över tiden"), "danger", "clock-alert"),
    Stands.CANCELLED: (N_("Avbokad"), "", "x"),
}
# What still asks for somebody's deed.
LEFT = frozenset({Stands.COMES, Stands.TAKEN, Stands.ONGOING, Stands.OVER, Stands.TIMELESS})


def standing(
    *, phase: str, appointment: str, booked_from: datetime | None, ends_at: datetime, now: datetime
) -> Stands:
    """How it stands. `appointment` is what became of the time (`booking.model.AppointmentState`)."""
    if appointment == "missed":
        return Stands.MISSED
    match phase:
        case "cancelled":
            return Stands.CANCELLED
        case "follow_up" | "closed":
            return Stands.DONE
        case "ongoing" | "queued":
            return Stands.ONGOING
        case "accepted":
            return Stands.TAKEN
    if booked_from is None:
        return Stands.TIMELESS
    return Stands.OVER if ends_at <= now else Stands.COMES
