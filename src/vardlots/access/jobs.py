"""What the worker does for sign-in now and then."""

from typing import Protocol

from vardlots.access.actions import forget_spent
from vardlots.access.withdrawal.actions import end_what_has_run_out
from vardlots.platform.db import Database
from vardlots.platform.limits import forget_tried
from vardlots.platform.live import Hub


class HasHouse(Protocol):
    """What the sweep needs of the worker's house."""

    @property
    def database(self) -> Database: ...

    @property
    def hub(self) -> Hub: ...


async def sweep(house: HasHouse) -> None:
    """End what rests on commissions that have run out; forget what was used or counted and is too old to matter."""
    await end_what_has_run_out(house.database, hub=house.hub, by="access.sweep")
    await forget_spent(house.database, by="access.sweep")
    await forget_tried(house.database)
