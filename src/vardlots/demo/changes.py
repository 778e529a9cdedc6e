"""What the invented heads of unit have changed in the past weeks, so that administration has a history to show."""

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.access.sessions import staff_actor
from vardlots.admin.bodies import filled
from vardlots.admin.known import kinds
from vardlots.admin.shape import fields_of
from vardlots.clinics.queries import assignments_of
from vardlots.configuration import book, queries
from vardlots.configuration.actions import Change, save
from vardlots.demo.organisation import Organisation
from vardlots.platform import clock
from vardlots.platform.content import CONTENT
from vardlots.platform.db import NOBODY, Database
from vardlots.platform.live import Hub


class Scripted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One change: of which thing of which unit, by whom, when and why, and the fields (by their path) that it sets."""

    kind: str
    unit: str
    by: str
    days_ago: int
    reason: str
    set: dict[str, Any]
    starts_in_days: int | None = None


def load_changes() -> list[Scripted]:
    """The changes of the demonstration, the earliest first."""
    source = (CONTENT / "demo" / "changes.toml").read_text(encoding="utf-8")
    found = msgspec.convert(tomllib.loads(source)["changes"], list[Scripted])
    return sorted(found, key=lambda one: -one.days_ago)


async def make_changes(database: Database, organisation: Organisation) -> int:
    """Save them through the verb that saves every change, each at its own time. Returns how many."""
    now, scripts = clock.now(), load_changes()
    for one in scripts:
        by = await _administrator(database, organisation, one.by)
        kind, key = kinds()[one.kind], str(organisation.units[one.unit])
        with clock.at(now - timedelta(days=one.days_ago)):
            async with database.transaction(by.scope) as connection:
                found = await queries.item(connection, by.provider_id, kind, key, clock.now())
            if found is None:
                raise LookupError(f"no {one.kind} of {one.unit}")
            body = filled(fields_of(kind.shape), found.body)
            for path, value in one.set.items():
                body = changed(body, path.split("."), value)
            starts = None
            if one.starts_in_days is not None:
                midnight = clock.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
                starts = (midnight + timedelta(days=one.starts_in_days)).astimezone(now.tzinfo)
            change = Change(key=key, body=body, base_version=found.newest)
            await save(
                database, Hub(), by=by, kind=kind, changes=[change], reason=one.reason, starts_at=starts
            )
            book.forget(by.provider_id)
    return len(scripts)


async def _administrator(database: Database, organisation: Organisation, person: str) -> StaffActor:
    """The person in the role in which they administer. Raises LookupError for somebody who does not."""
    staff_id = organisation.staff[person]
    async with database.transaction(NOBODY) as connection:
        for one in await assignments_of(connection, staff_id):
            actor = await staff_actor(connection, staff_id=staff_id, assignment_id=one.assignment_id)
            if actor is not None and actor.administers:
                return actor
    raise LookupError(f"{person} administers nothing")


def changed(body: Any, path: list[str], value: Any) -> Any:
    """The body with one value set, as deep as its path says."""
    if not path:
        return value
    head, rest = path[0], path[1:]
    if isinstance(body, list):
        return [changed(one, rest, value) if n == int(head) else one for n, one in enumerate(body)]
    if not isinstance(body, Mapping):
        raise LookupError(head)
    return {**body, head: changed(body.get(head), rest, value)}
