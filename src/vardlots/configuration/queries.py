"""Reads of what is configured. It names no patient, so any scope may read it; drafts need the provider's scope."""

from datetime import datetime
from typing import Any

from vardlots.configuration.model import Draft, Item, Kind, Version
from vardlots.platform.db import Connection

# In force: the highest version whose day has come.
_IN_FORCE = """
SELECT i.kind, i.key, i.unit_id, i.version AS newest, v.version, v.body, v.removed, v.author_name, v.at
FROM config_item i
CROSS JOIN LATERAL (
  SELECT c.version, c.body, c.removed, c.author_name, c.at FROM config_version c
  WHERE c.provider_id = i.provider_id AND c.kind = i.kind AND c.key = i.key AND c.starts_at <= $2
  ORDER BY c.version DESC LIMIT 1
) v
WHERE i.provider_id = $1
"""
_VERSION = "version, body, removed, reason, staff_id, author_name, at, starts_at"


async def in_force(
    connection: Connection, provider_id: int, at: datetime, kind: str | None = None, key: str | None = None
) -> list[Item]:
    """What has been saved and is in force at a moment, of one kind (and key) or of all; what is removed says so."""
    where = (" AND i.kind = $3" if kind else "") + (" AND i.key = $4" if key is not None else "")
    wanted = [one for one in (kind, key) if one is not None]
    rows = await connection.fetch(f"{_IN_FORCE}{where} ORDER BY i.kind, i.key", provider_id, at, *wanted)
    return [Item(**row) for row in rows]


async def items(connection: Connection, provider_id: int, kind: Kind, at: datetime) -> list[Item]:
    """Everything of a kind as it is in force, with what stands from the start where nothing has been saved."""
    saved = {one.key: one for one in await in_force(connection, provider_id, at, kind.code)}
    newest = await _newest(connection, provider_id, kind.code)
    standing = await kind.standing(connection, provider_id)
    found = [
        Item(
            kind=kind.code, key=key, unit_id=one.unit_id, body=one.body, version=0, newest=newest.get(key, 0)
        )
        for key, one in standing.items()
        if key not in saved
    ]
    return [*found, *(one for one in saved.values() if not one.removed)]


async def item(connection: Connection, provider_id: int, kind: Kind, key: str, at: datetime) -> Item | None:
    """One thing as it is in force, removed or not, or None when there has never been such a thing.

    A new thing whose day has not come is given as it was saved.
    """
    for one in await in_force(connection, provider_id, at, kind.code, key):
        return one
    standing = (await kind.standing(connection, provider_id)).get(key)
    if standing is None:
        return await _not_yet(connection, provider_id, kind, key)
    newest = (await _newest(connection, provider_id, kind.code)).get(key, 0)
    return Item(
        kind=kind.code, key=key, unit_id=standing.unit_id, body=standing.body, version=0, newest=newest
    )


async def _not_yet(connection: Connection, provider_id: int, kind: Kind, key: str) -> Item | None:
    """A new thing whose first version still waits for its day."""
    row = await connection.fetchrow(
        "SELECT i.unit_id, i.version AS newest, v.body, v.removed FROM config_item i "
        "JOIN config_version v USING (provider_id, kind, key, version) "
        "WHERE provider_id = $1 AND kind = $2 AND key = $3",
        provider_id,
        kind.code,
        key,
    )
    return Item(kind=kind.code, key=key, version=0, **row) if row else None


async def history(connection: Connection, provider_id: int, kind: str, key: str) -> list[Version]:
    """Every saved version of a thing, the newest first."""
    rows = await connection.fetch(
        f"SELECT {_VERSION} FROM config_version WHERE provider_id = $1 AND kind = $2 AND key = $3 "
        "ORDER BY version DESC",
        provider_id,
        kind,
        key,
    )
    return [Version(**row) for row in rows]


async def version(
    connection: Connection, provider_id: int, kind: str, key: str, number: int
) -> Version | None:
    """One saved version, or None."""
    row: Any = await connection.fetchrow(
        f"SELECT {_VERSION} FROM config_version WHERE provider_id = $1 AND kind = $2 AND key = $3 AND version = $4",
        provider_id,
        kind,
        key,
        number,
    )
    return Version(**row) if row else None


async def drafts(connection: Connection, provider_id: int, kind: str, staff_id: int) -> dict[str, Draft]:
    """A member of staff's own drafts of a kind, by key."""
    rows = await connection.fetch(
        "SELECT key, base_version, body, changed_at FROM config_draft "
        "WHERE provider_id = $1 AND kind = $2 AND staff_id = $3",
        provider_id,
        kind,
        staff_id,
    )
    return {row["key"]: Draft(**row) for row in rows}


async def _newest(connection: Connection, provider_id: int, kind: str) -> dict[str, int]:
    rows = await connection.fetch(
        "SELECT key, version FROM config_item WHERE provider_id = $1 AND kind = $2", provider_id, kind
    )
    return {row["key"]: row["version"] for row in rows}
