"""Reads of the seals and of the rows under them, in the scope of one provider; and how far the log is settled."""

import asyncio
from datetime import datetime

from vardlots.audit.chain import Row, Seal, row_from
from vardlots.platform.db import NOBODY, Connection, Database

_SEAL = ", ".join(Seal.__struct_fields__)
_ROW = ", ".join(Row.__struct_fields__)
_LONGEST_WAIT = 5.0  # seconds
_LOOK_AGAIN = 0.02  # seconds
_REACHED = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM access_log_log_id_seq"
_WRITERS = """
SELECT DISTINCT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND relation = 'access_log'::regclass AND mode = 'RowExclusiveLock' AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


async def settled_to(database: Database, *, patience: float = _LONGEST_WAIT) -> int | None:
    """The number up to which no row can appear any more; None while somebody who may write one takes their time.

    Transactions commit in another order than their rows are numbered. Whoever numbers a row holds a lock on the table
    until the end of the transaction, from before the number is taken: when everybody who held one after the number
    was read has ended, all rows up to it are there to be seen. Nobody waits for us, and a row costs nothing more.
    """
    async with database.transaction(NOBODY) as connection:
        reached = int(await connection.fetchval(_REACHED))
        writers = {row[0] for row in await connection.fetch(_WRITERS)}
    for _ in range(int(patience / _LOOK_AGAIN)):
        if not writers:
            break
        await asyncio.sleep(_LOOK_AGAIN)
        async with database.transaction(NOBODY) as connection:
            writers &= {row[0] for row in await connection.fetch(_WRITERS)}
    return None if writers else reached


async def last_seal(connection: Connection, provider_id: int) -> Seal | None:
    """The provider's newest seal."""
    row = await connection.fetchrow(
        f"SELECT {_SEAL} FROM log_seal WHERE provider_id = $1 ORDER BY seal_no DESC LIMIT 1", provider_id
    )
    return Seal(**row) if row else None


async def seals(connection: Connection, provider_id: int, *, above: int, limit: int) -> list[Seal]:
    """Seals numbered above one, in order."""
    rows = await connection.fetch(
        f"SELECT {_SEAL} FROM log_seal WHERE provider_id = $1 AND seal_no > $2 ORDER BY seal_no LIMIT $3",
        provider_id,
        above,
        limit,
    )
    return [Seal(**row) for row in rows]


async def seals_to_prune(
    connection: Connection, provider_id: int, *, before: datetime, limit: int
) -> list[Seal]:
    """Seals whose rows are all older than a moment and are still there, the oldest first."""
    rows = await connection.fetch(
        f"SELECT {_SEAL} FROM log_seal WHERE provider_id = $1 AND pruned_at IS NULL AND last_at < $2 "
        "ORDER BY seal_no LIMIT $3",
        provider_id,
        before,
        limit,
    )
    return [Seal(**row) for row in rows]


async def is_there(connection: Connection, seal: Seal) -> bool:
    """Whether the rows under a seal have not been pruned."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM log_seal WHERE provider_id = $1 AND seal_no = $2 AND pruned_at IS NULL)",
            seal.provider_id,
            seal.seal_no,
        )
    )


async def rows_between(
    connection: Connection, provider_id: int, *, above: int, to: int, limit: int | None = None
) -> list[Row]:
    """The provider's rows numbered above one up to another, by number."""
    rows = await connection.fetch(
        f"SELECT {_ROW} FROM access_log WHERE provider_id = $1 AND log_id > $2 AND log_id <= $3 "
        "ORDER BY log_id LIMIT $4",
        provider_id,
        above,
        to,
        limit,
    )
    return [row_from(row) for row in rows]


async def unsealed_since(connection: Connection, provider_id: int) -> tuple[int, datetime | None]:
    """How many rows no seal covers yet, and when the oldest of them was written."""
    row = await connection.fetchrow(
        "SELECT count(*) AS n, min(at) AS since FROM access_log WHERE provider_id = $1 AND log_id > "
        "coalesce((SELECT max(to_id) FROM log_seal WHERE provider_id = $1), 0)",
        provider_id,
    )
    return row["n"], row["since"]


async def providers(database: Database) -> list[tuple[int, str]]:
    """Every provider, as number and name."""
    async with database.transaction(NOBODY) as connection:
        rows = await connection.fetch("SELECT provider_id, name FROM provider ORDER BY provider_id")
    return [(row["provider_id"], row["name"]) for row in rows]


async def years_kept(connection: Connection, provider_id: int, years: int) -> int:
    """How many years a provider keeps its log: the installation's, or its own choice when that is longer."""
    own = await connection.fetchval(
        "SELECT settings -> 'log_years' FROM provider WHERE provider_id = $1", provider_id
    )
    return max(years, own) if isinstance(own, int) else years
