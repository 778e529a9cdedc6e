"""Places of the staff's menu that come from one subject each, with what waits there under the filter in use."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, TypeAlias

from vardlots.access.actor import StaffActor
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_
from vardlots.worklist.booking.scheduled_queries import left_today
from vardlots.worklist.consultations.queries import unanswered
from vardlots.worklist.filters import Filter
from vardlots.worklist.tickets.waiting import waiting as to_acknowledge

Count: TypeAlias = Callable[[Connection, StaffActor, Filter], Awaitable[int]]


class Place(NamedTuple):
    """A place in the menu: its name there, icon, Swedish label (marked with N_), address, keys, and what waits.

    `waits` None: nothing waits there, it is only looked up.
    """

    name: str
    icon: str
    label: str
    path: str
    key: str
    waits: Count | None = None


# In the menu's order. Those with a count stand among the day's work, the others below them.
PLACES: tuple[Place, ...] = (
    Place("scheduled", "calendar-days", N_("Schemalagda"), "/staff/scheduled", "g t", left_today),
    Place(
        "consultations", "messages-square", N_("Konsultationer"), "/staff/consultations", "g k", unanswered
    ),
    Place(
        "acknowledgements",
        "badge-check",
        N_("Vidimeringar"),
        "/staff/acknowledgements",
        "g v",
        to_acknowledge,
    ),
    Place("calendar", "calendar-clock", N_("Tidbok"), "/staff/calendar", "g c"),
    Place("tickets", "ticket", N_("Biljetter"), "/staff/tickets", "g i"),
)


async def counts(connection: Connection, by: StaffActor, chosen: Filter) -> Mapping[str, int]:
    """What waits at each place that counts, by its name."""
    if not by.cares:
        return {}
    return {
        place.name: await place.waits(connection, by, chosen) for place in PLACES if place.waits is not None
    }
