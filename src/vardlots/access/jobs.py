"""What the worker does for sign-in now and then."""

from typing import Protocol

from vardlots.access.actions import forget_spent
from vardlots.platform.db import Database


class HasDatabase(Protocol):
    """What the sweep needs of the worker's house."""

    @property
    def database(self) -> Database: ...


async def sweep(house: HasDatabase) -> None:
    """Forget what was used once and is too old to be tried again."""
    await forget_spent(house.database, by="access.sweep")
