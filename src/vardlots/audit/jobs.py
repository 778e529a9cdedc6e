"""The log is sealed every minute's sweep that it is due, and pruned of what is too old."""

from typing import Protocol

import structlog

from vardlots.access.actor import SystemActor
from vardlots.audit import seals
from vardlots.audit.actions import Broken, prune, seal
from vardlots.platform.db import Database

log = structlog.get_logger()


class HasLog(Protocol):
    """What the sweep needs of the worker's house."""

    @property
    def database(self) -> Database: ...

    @property
    def log_years(self) -> int: ...


async def sweep(house: HasLog) -> None:
    """Seal and prune every provider's log. The digest of each new seal is logged, and so kept elsewhere as well."""
    for provider_id, _ in await seals.providers(house.database):
        by = SystemActor(provider_id, "audit.seal")
        for one in await seal(house.database, by=by):
            log.info(
                "log_sealed",
                provider=provider_id,
                seal=one.seal_no,
                rows=one.row_count,
                head=one.digest.hex(),
            )
        try:
            gone = await prune(house.database, by=by, years=house.log_years)
        except Broken as fault:
            log.error("log_seal_broken", provider=provider_id, seal=fault.seal.seal_no)
        else:
            if gone:
                log.info("log_pruned", provider=provider_id, rows=gone)
