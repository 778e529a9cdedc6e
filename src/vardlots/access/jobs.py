"""What the worker does for sign-in now and then."""

from typing import Protocol

from vardlots.access.actions import forget_spent
from vardlots.access.withdrawal.actions import end_what_has_run_out
from vardlots.platform.db import Database
from vardlots.platform.live import Hub


class HasHouse(Protocol):
    """What the sweep needs of the worker's house."""

    @property
    def database(self) -> Database: ...

    @property
    def hub(self) -> Hub: ...


async def sweep(house: HasHouse) -> None:
    """End what rests on commissions that have run out; forget what was used once and is too old to be tried again."""
    await end_what_has_run_out(house.database, hub=house.hub, by="access.sweep")
    await forget_spent(house.database, by="access.sweep")
