"""Reads for the pages of administration. Nothing of a patient is in them but `effects.py`'s numbers."""

from datetime import datetime
from typing import Any

import msgspec

from vardlots.admin.words import Choices
from vardlots.clinics.queries import roles_of
from vardlots.configuration import book
from vardlots.configuration.model import Body
from vardlots.forms.text import say
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.triage import protocols
from vardlots.triage.priorities import scheme_of


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A saved version, as a line in a list of what has happened."""

    kind: str
    key: str
    unit_id: int | None
    version: int
    body: Body
    removed: bool
    reason: str
    author_name: str
    at: datetime
    starts_at: datetime


class OwnDraft(msgspec.Struct, frozen=True):
    """A draft of one's own, as a line in a list."""

    kind: str
    key: str
    body: Body
    changed_at: datetime


class Other(msgspec.Struct, frozen=True):
    """Somebody else who has a draft of the same thing."""

    name: str
    changed_at: datetime


_CHANGE = """
SELECT v.kind, v.key, i.unit_id, v.version, v.body, v.removed, v.reason, v.author_name, v.at, v.starts_at
FROM config_version v JOIN config_item i USING (provider_id, kind, key)
"""


async def recent(connection: Connection, provider_id: int, most: int = 12) -> list[Change]:
    """What was saved last, the newest first."""
    rows = await connection.fetch(
        f"{_CHANGE} WHERE v.provider_id = $1 ORDER BY v.at DESC, v.version DESC LIMIT $2", provider_id, most
    )
    return [Change(**row) for row in rows]


async def waiting(connection: Connection, provider_id: int, kind: str = "") -> list[Change]:
    """Saved versions whose day has not come and that no newer version has put aside, the next first."""
    rows = await connection.fetch(
        f"{_CHANGE} WHERE v.provider_id = $1 AND v.starts_at > $2 AND ($3 = '' OR v.kind = $3) "
        "AND NOT EXISTS (SELECT 1 FROM config_version n WHERE n.provider_id = v.provider_id AND n.kind = v.kind "
        "AND n.key = v.key AND n.version > v.version AND n.starts_at <= v.starts_at) "
        "ORDER BY v.starts_at, v.kind, v.key",
        provider_id,
        clock.now(),
        kind,
    )
    return [Change(**row) for row in rows]


async def own_drafts(connection: Connection, provider_id: int, staff_id: int) -> list[OwnDraft]:
    """Every draft of one's own, the last changed first."""
    rows = await connection.fetch(
        "SELECT kind, key, body, changed_at FROM config_draft WHERE provider_id = $1 AND staff_id = $2 "
        "ORDER BY changed_at DESC",
        provider_id,
        staff_id,
    )
    return [OwnDraft(**row) for row in rows]


async def others(
    connection: Connection, provider_id: int, kind: str, key: str, staff_id: int, since: datetime
) -> list[Other]:
    """Who else has a draft of the same thing and has changed it since a moment."""
    rows = await connection.fetch(
        "SELECT s.given_name || ' ' || s.family_name AS name, d.changed_at FROM config_draft d "
        "JOIN staff s USING (staff_id) WHERE d.provider_id = $1 AND d.kind = $2 AND d.key = $3 "
        "AND d.staff_id <> $4 AND d.changed_at >= $5 ORDER BY d.changed_at DESC",
        provider_id,
        kind,
        key,
        staff_id,
        since,
    )
    return [Other(**row) for row in rows]


async def choices(connection: Connection, provider_id: int, lang: str) -> Choices:
    """The provider's units, roles and staff, by name."""
    units = await connection.fetch(
        "SELECT unit_id, name FROM unit WHERE provider_id = $1 ORDER BY name, unit_id", provider_id
    )
    staff: list[Any] = await connection.fetch(
        "SELECT DISTINCT s.staff_id, s.hsa_id, s.given_name || ' ' || s.family_name AS name FROM assignment a "
        "JOIN staff s USING (staff_id) WHERE a.provider_id = $1 ORDER BY name, s.staff_id",
        provider_id,
    )
    roles = await roles_of(connection, provider_id)
    return Choices(
        lang=lang,
        units={row["unit_id"]: row["name"] for row in units},
        roles={code: role.said(lang) for code, role in roles.items()},
        staff={row["hsa_id"]: row["name"] for row in staff},
        staff_ids={row["staff_id"]: row["name"] for row in staff},
        protocols=await _protocols(connection, provider_id),
    )


async def _protocols(connection: Connection, provider_id: int) -> dict[str, str]:
    known = protocols.in_force(await book.opened(connection, provider_id))
    return {code: say(protocol.title, "sv") for code, protocol in known.items()}


async def priorities(connection: Connection, provider_id: int, lang: str) -> dict[int, str]:
    """What each priority is called at the provider."""
    code = await connection.fetchval("SELECT scheme FROM provider WHERE provider_id = $1", provider_id)
    scheme = scheme_of(await book.opened(connection, provider_id), str(code))
    return {step.priority: say(step.label, lang) for step in scheme.priorities}
