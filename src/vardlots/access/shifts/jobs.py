"""Forgotten shifts are looked for every minute; nothing has to be promised when a shift begins."""

from typing import Protocol

import structlog

from vardlots.access.actor import SystemActor
from vardlots.access.shifts.actions import close_forgotten, remind
from vardlots.platform.db import NOBODY, Database
from vardlots.platform.live import Hub

log = structlog.get_logger()


class HasShifts(Protocol):
    """What the sweep needs of the worker's house."""

    @property
    def database(self) -> Database: ...

    @property
    def hub(self) -> Hub: ...


async def sweep(house: HasShifts) -> None:
    """Close the shifts that were forgotten, and remind of those that seem to be."""
    async with house.database.transaction(NOBODY) as connection:
        rows = await connection.fetch("SELECT DISTINCT provider_id FROM shift WHERE ended_at IS NULL")
    for row in rows:
        by = SystemActor(row["provider_id"], "access.shifts")
        closed = await close_forgotten(house.database, house.hub, by=by)
        reminded = await remind(house.database, house.hub, by=by)
        if closed or reminded:
            log.info("shifts_forgotten", provider=by.provider_id, closed=len(closed), reminded=len(reminded))
