"""*Nytt*: what staff begin from a visit that is more than a word in it. Each subject adds what it offers.

An item leads to a page of its own, so that it works without script and leaves the conversation in peace.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from vardlots.access.actor import StaffActor
from vardlots.platform.db import Connection
from vardlots.worklist.visit_read import Visit


class Item(NamedTuple):
    """Something to begin: icon, label in the reader's language, address, keys; `first` stands beside the menu."""

    icon: str
    label: str
    href: str
    first: bool = False


Offer: TypeAlias = Callable[[StaffActor, Visit, str], Item | None]

# In the menu's order. An offer answers None where the actor may not, or the case does not allow it.
OFFERS: tuple[Offer, ...] = ()


async def read_new(_connection: Connection, by: StaffActor, found: Visit, lang: str) -> Mapping[str, Any]:
    """The items that the actor may begin from the visit, in order."""
    items = [item for offer in OFFERS if (item := offer(by, found, lang)) is not None]
    return {
        "begin": {
            "first": [item._asdict() for item in items if item.first],
            "more": [item._asdict() for item in items if not item.first],
        }
    }
