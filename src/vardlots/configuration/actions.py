"""Every change of what is configured: a new version with a reason, applied at its time, logged. Nothing is deleted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from vardlots.access.actor import Actor, StaffActor, SystemActor
from vardlots.audit import log as audit
from vardlots.configuration import queries
from vardlots.configuration.kinds import read
from vardlots.configuration.model import Applied, Body, Item, Kind, Version, may_change
from vardlots.platform import clock, jobs
from vardlots.platform.db import Connection, Database
from vardlots.platform.errors import Forbidden, Invalid, NotFound, WrongState
from vardlots.platform.i18n import N_
from vardlots.platform.live import Hub, Signal

REASON_MAX = 500
KEY_MAX = 120


class ChangedMeanwhile(WrongState):
    """Somebody has saved another version since this change began. `newest` is theirs."""

    def __init__(self, newest: Version) -> None:
        super().__init__(
            N_("{who} har sparat version {version} medan du ändrade. Dina ändringar finns kvar som utkast."),
            code="config_changed",
            who=newest.author_name,
            version=newest.version,
        )
        self.newest = newest


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A new version of one thing. `body` None removes it. `base_version` is the newest version its author saw.

    `unit_id` places a new thing of a unit's own kind; a thing that exists keeps its unit.
    """

    key: str
    body: Body | None
    base_version: int
    unit_id: int | None = None


def topic(provider_id: int) -> str:
    """The live topic of a provider's configuration."""
    return f"config:{provider_id}"


async def save(
    database: Database,
    hub: Hub,
    *,
    by: StaffActor,
    kind: Kind,
    changes: Sequence[Change],
    reason: str,
    starts_at: datetime | None = None,
) -> list[int]:
    """Save new versions of one kind, all or none. Returns their numbers. `starts_at` None: in force at once.

    Raises Forbidden without the right, Invalid with the field, ChangedMeanwhile when somebody was first.
    """
    paired = [(kind, change) for change in changes]
    return await save_all(database, hub=hub, by=by, changes=paired, reason=reason, starts_at=starts_at)


async def save_all(
    database: Database,
    *,
    hub: Hub,
    by: StaffActor,
    changes: Sequence[tuple[Kind, Change]],
    reason: str,
    starts_at: datetime | None = None,
) -> list[int]:
    """Save new versions of several kinds in their order, all or none, as `save` does."""
    reason = _checked_reason(reason)
    now = clock.now()
    starts = now if starts_at is None or starts_at <= now else starts_at
    signals: list[Signal] = [Signal(topic(by.provider_id))]
    async with database.transaction(by.scope) as connection:
        numbers = [
            await _save_one(connection, by, kind, change, reason, now, starts, signals)
            for kind, change in changes
        ]
        await audit.write(
            connection,
            [
                audit.access(
                    by,
                    "configure",
                    provider_id=by.provider_id,
                    reason=f"{kind.code}/{change.key} v{number}: {reason}",
                )
                for (kind, change), number in zip(changes, numbers, strict=True)
            ],
        )
        if starts > now:
            await _promise(connection, by, changes, starts)
    hub.publish(signals)
    return numbers


async def _promise(
    connection: Connection, by: StaffActor, changes: Sequence[tuple[Kind, Change]], starts: datetime
) -> None:
    """A job for each kind whose versions wait for their day."""
    keys: dict[str, list[str]] = {}
    for kind, change in changes:
        keys.setdefault(kind.code, []).append(change.key)
    for code, of_kind in keys.items():
        payload = {"provider_id": by.provider_id, "kind": code, "keys": of_kind}
        await jobs.enqueue(connection, "configuration.begin", payload, at=starts)


async def _save_one(
    connection: Connection,
    by: StaffActor,
    kind: Kind,
    change: Change,
    reason: str,
    now: datetime,
    starts: datetime,
    signals: list[Signal],
) -> int:
    found = await queries.item(connection, by.provider_id, kind, change.key, now)
    unit_id = found.unit_id if found is not None else change.unit_id
    adds = found is None and by.administers == "unit"
    if not may_change(by, kind, unit_id) or (adds and not kind.unit_may):
        raise Forbidden("Din roll ändrar inte den här inställningen.", code="not_administrator")
    value = await _checked(connection, by, kind, change, found)
    if by.administers == "unit" and value is not None:
        _check_own_unit(by, kind, value, found)
    number = await _next_version(connection, by, kind, change, unit_id)
    await connection.execute(
        "INSERT INTO config_version (provider_id, kind, key, version, body, removed, reason, staff_id, author_name, "
        "at, starts_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        by.provider_id,
        kind.code,
        change.key,
        number,
        change.body if change.body is not None else (found.body if found else {}),
        change.body is None,
        reason,
        by.staff_id,
        by.name,
        now,
        starts,
    )
    await _forget_draft(connection, by, kind, change.key)
    if starts == now and kind.apply is not None:
        signals += await kind.apply(
            connection, Applied(by.provider_id, change.key, unit_id, now, by.staff_id), value
        )
    return number


async def _checked(
    connection: Connection, by: StaffActor, kind: Kind, change: Change, found: Item | None
) -> Any:
    if not change.key or len(change.key) > KEY_MAX:
        raise Invalid("key", "Ge det ett kort namn utan mellanslag.")
    if change.body is None:
        if found is None:
            raise NotFound()
        if not kind.removable or kind.one_each:
            raise Forbidden("Det här kan ändras men inte tas bort.", code="not_removable")
        return None
    if found is None and kind.one_each:
        raise NotFound()
    value = read(kind, change.body)
    problems = await kind.check(connection, by.provider_id, change.key, value)
    if problems:
        raise Invalid(problems[0].field, problems[0].message, **problems[0].values)
    return value


def _check_own_unit(by: StaffActor, kind: Kind, value: Any, found: Item | None) -> None:
    """What a thing says of other units than a head's own is not theirs to add, wherever the thing itself lies."""
    before = kind.units_named(read(kind, found.body)) if found is not None else {}
    for field, units in kind.units_named(value).items():
        if units - before.get(field, set()) - {by.unit_id}:
            raise Invalid(field, "Du väljer bara din egen enhet. Be den som administrerar hela vårdgivaren.")


async def _next_version(
    connection: Connection, by: StaffActor, kind: Kind, change: Change, unit_id: int | None
) -> int:
    """Take the next number by compare and set. Raises ChangedMeanwhile."""
    where = (by.provider_id, kind.code, change.key)
    if change.base_version == 0:
        taken = await connection.fetchval(
            "INSERT INTO config_item (provider_id, kind, key, unit_id, version) VALUES ($1, $2, $3, $4, 1) "
            "ON CONFLICT DO NOTHING RETURNING version",
            *where,
            unit_id,
        )
    else:
        taken = await connection.fetchval(
            "UPDATE config_item SET version = version + 1 "
            "WHERE provider_id = $1 AND kind = $2 AND key = $3 AND version = $4 RETURNING version",
            *where,
            change.base_version,
        )
    if taken is None:
        newest = await queries.history(connection, *where)
        if not newest:
            raise NotFound()
        raise ChangedMeanwhile(newest[0])
    return int(taken)


async def keep_draft(
    database: Database, *, by: StaffActor, kind: Kind, key: str, body: Body, base_version: int
) -> None:
    """Keep unsaved work, so that nothing typed is lost; what cannot be saved yet may be kept all the same."""
    if len(msgspec.json.encode(body)) > 2_000_000:
        raise Invalid("body", "Texten är för lång.")
    async with database.transaction(by.scope) as connection:
        found = await queries.item(connection, by.provider_id, kind, key, clock.now())
        if found is not None and not may_change(by, kind, found.unit_id):
            raise Forbidden("Din roll ändrar inte den här inställningen.", code="not_administrator")
        await connection.execute(
            "INSERT INTO config_draft (provider_id, kind, key, staff_id, base_version, body, changed_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (provider_id, kind, key, staff_id) "
            "DO UPDATE SET base_version = $5, body = $6, changed_at = $7",
            by.provider_id,
            kind.code,
            key,
            by.staff_id,
            base_version,
            body,
            clock.now(),
        )


async def drop_draft(database: Database, *, by: StaffActor, kind: Kind, key: str) -> None:
    """*Kasta utkastet*. Dropping twice is no fault."""
    async with database.transaction(by.scope) as connection:
        await _forget_draft(connection, by, kind, key)


async def restore(database: Database, *, by: StaffActor, kind: Kind, key: str, version: int) -> None:
    """An old version becomes a draft on top of the newest; nothing changes until it is saved. Raises NotFound."""
    async with database.transaction(by.scope) as connection:
        old = await queries.version(connection, by.provider_id, kind.code, key, version)
        found = await queries.item(connection, by.provider_id, kind, key, clock.now())
    if old is None or found is None:
        raise NotFound()
    await keep_draft(database, by=by, kind=kind, key=key, body=old.body, base_version=found.newest)


async def begin(database: Database, hub: Hub, *, by: SystemActor, kind: Kind, keys: Sequence[str]) -> None:
    """The day has come for saved versions: apply what is in force now. May run twice, or after a newer version."""
    now = clock.now()
    signals: list[Signal] = [Signal(topic(by.provider_id))]
    async with database.transaction(by.scope) as connection:
        for one in await queries.in_force(connection, by.provider_id, now, kind.code):
            if one.key in keys and kind.apply is not None:
                value = None if one.removed else read(kind, one.body)
                applied = Applied(by.provider_id, one.key, one.unit_id, now, None)
                signals += await kind.apply(connection, applied, value)
    hub.publish(signals)


async def place(connection: Connection, *, by: Applied, kind: Kind, unit_id: int) -> None:
    """A new thing turns out to be a unit's own: from now on the unit's head may change it."""
    await connection.execute(
        "UPDATE config_item SET unit_id = $4 WHERE provider_id = $1 AND kind = $2 AND key = $3",
        by.provider_id,
        kind.code,
        by.key,
        unit_id,
    )


async def _forget_draft(connection: Connection, by: Actor, kind: Kind, key: str) -> None:
    await connection.execute(
        "DELETE FROM config_draft WHERE provider_id = $1 AND kind = $2 AND key = $3 AND staff_id = $4",
        by.scope.provider_id,
        kind.code,
        key,
        by.actor_id,
    )


def _checked_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Invalid("reason", "Skriv varför du ändrar.")
    if len(reason) > REASON_MAX:
        raise Invalid("reason", "Korta ner skälet till högst {most} tecken.", most=REASON_MAX)
    return reason
