"""*Nytt*: what staff begin from a visit that is more than a word in it. Each subject adds what it offers.

An item leads to a page of its own, so that it works without script and leaves the conversation in peace.
"""

from collections.abc import Mapping
from typing import Any

from vardlots.access.actor import StaffActor
from vardlots.platform.db import Connection
from vardlots.worklist import referral
from vardlots.worklist.booking import scheduled_visit as booking
from vardlots.worklist.consultations import from_visit as consultations
from vardlots.worklist.tickets import from_visit as tickets
from vardlots.worklist.visit_items import Offer
from vardlots.worklist.visit_read import Visit

# In the menu's order. An offer answers None where the actor may not, or the case does not allow it.
OFFERS: tuple[Offer, ...] = (consultations.offer, tickets.offer, booking.offer, referral.offer)


async def read_new(_connection: Connection, by: StaffActor, found: Visit, lang: str) -> Mapping[str, Any]:
    """The items that the actor may begin from the visit, in order."""
    items = [item for offer in OFFERS if (item := offer(by, found, lang)) is not None]
    return {
        "begin": {
            "first": [item._asdict() for item in items if item.first],
            "more": [item._asdict() for item in items if not item.first],
        }
    }
