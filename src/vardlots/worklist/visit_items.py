"""What can be begun from a visit: the shapes that `visit_new` lists and each subject fills."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from vardlots.access.actor import StaffActor
from vardlots.worklist.visit_read import Visit


class Item(NamedTuple):
    """Something to begin: icon, label in the reader's language, address, keys; `first` stands beside the menu."""

    icon: str
    label: str
    href: str
    first: bool = False


Offer: TypeAlias = Callable[[StaffActor, Visit, str], Item | None]
