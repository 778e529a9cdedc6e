"""What `vardlots doctor` looks at in the access log."""

from __future__ import annotations

from vardlots.audit import seals
from vardlots.audit.verify import LONGEST_UNSEALED
from vardlots.cli.faults import CommandFault
from vardlots.platform import clock
from vardlots.platform.db import Database, provider_scope
from vardlots.platform.settings import Settings


async def sealing(settings: Settings) -> str:
    """The worker keeps up with sealing what is logged."""
    database = await Database.connect(settings.database_url, least=1, most=1)
    waiting = 0
    try:
        for provider_id, name in await seals.providers(database):
            async with database.transaction(provider_scope(provider_id)) as connection:
                count, since = await seals.unsealed_since(connection, provider_id)
            waiting += count
            if since is not None and clock.now() - since > LONGEST_UNSEALED:
                hours = (clock.now() - since).total_seconds() / 3600
                raise CommandFault(
                    f"The access log of {name} has {count} rows without a seal, the oldest {hours:.0f} h old: "
                    "is the worker running?"
                )
    finally:
        await database.close()
    return f"sealed but for the last {waiting} rows"
