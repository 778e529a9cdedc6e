"""Reads of consultations, within the scope of the connection: the provider that asks, or the one that is asked."""

from datetime import datetime
from uuid import UUID

import msgspec

from vardlots.access.actor import Actor, StaffActor
from vardlots.blocks.queries import blocked_units
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import Attachment
from vardlots.clinics.hours import on_call_at, open_at
from vardlots.clinics.queries import on_shift, roles_of, unit
from vardlots.clinics.roles import Roles
from vardlots.consultations import policy
from vardlots.consultations.hiding import without_names
from vardlots.consultations.model import (
    CONSULTATION_COLUMNS,
    ENTRY_COLUMNS,
    Consultation,
    ConsultationRef,
    Entry,
    consultation_from,
    entry_from,
)
from vardlots.platform.db import Connection, Database
from vardlots.platform.errors import Forbidden, Invalid, NotFound, Refusal

_ONE = f"SELECT {CONSULTATION_COLUMNS} FROM consultation WHERE provider_id = $1 AND consultation_id = $2"


async def readable(connection: Connection, *, by: Actor, ref: ConsultationRef) -> Consultation:
    """The consultation, if the actor may read it. Raises NotFound or Forbidden."""
    row = await connection.fetchrow(_ONE, *ref)
    if row is None:
        raise NotFound()
    found = consultation_from(row)
    if refusal := policy.may_read(by, found) or await refused_by_block(connection, by, found):
        raise refusal
    return found


async def refused_by_block(connection: Connection, by: Actor, found: Consultation) -> Refusal | None:
    """Forbidden `blocked` where the patient has blocked a unit of it for the actor, who acts at neither of them now."""
    if not isinstance(by, StaffActor):
        return None
    away = units_away(by, (found.provider_id, found.from_unit_id), (found.to_provider_id, found.unit_id))
    if await blocked_units(connection, by=by, about=[(found.person_id, one) for one in away]):
        return Forbidden("Det du vill läsa är spärrat.", code="blocked")
    return None


def units_away(by: StaffActor, *places: tuple[int, int]) -> list[int]:
    """Which units of its two sides (provider, unit) are the actor's provider's; none where they act at one of them."""
    own = {unit_id for provider_id, unit_id in places if provider_id == by.provider_id}
    return [] if any(by.at_home(one) for one in own) else sorted(own)


async def of_key(connection: Connection, *, by: StaffActor, key: str) -> Consultation | None:
    """The consultation that the actor has sent with a key."""
    row = await connection.fetchrow(
        f"SELECT {CONSULTATION_COLUMNS} FROM consultation WHERE provider_id = $1 AND from_staff_id = $2 AND key = $3",
        by.provider_id,
        by.staff_id,
        key,
    )
    return consultation_from(row) if row else None


async def thread(connection: Connection, found: Consultation, *, by: Actor, after: int = 0) -> list[Entry]:
    """The rows after a number, oldest first. The consultation must have been read through `readable`.

    What is kept is never changed; but beyond the wall nobody reads the name of somebody who is protected now, not in
    what was written before they were either.
    """
    rows = await connection.fetch(
        f"SELECT {ENTRY_COLUMNS} FROM consultation_entry WHERE provider_id = $1 AND consultation_id = $2 AND n > $3 "
        "ORDER BY n LIMIT 500",
        *found.ref,
        after,
    )
    told = [entry_from(row) for row in rows]
    if not found.is_hidden or (isinstance(by, StaffActor) and by.provider_id == found.provider_id):
        return told
    names = await connection.fetchval("SELECT names_in_consultation($1, $2)", *found.ref)
    return [msgspec.structs.replace(row, body=without_names(row.body, names)) for row in told]


async def entry(connection: Connection, ref: ConsultationRef, n: int) -> Entry | None:
    """One row of the timeline."""
    row = await connection.fetchrow(
        f"SELECT {ENTRY_COLUMNS} FROM consultation_entry "
        "WHERE provider_id = $1 AND consultation_id = $2 AND n = $3",
        *ref,
        n,
    )
    return entry_from(row) if row else None


async def number_of(database: Database, *, by: StaffActor, ref: ConsultationRef, key: str) -> int:
    """The number of the row that was written with a key. Raises Invalid where there is none to read."""
    async with database.transaction(by.scope) as connection:
        n = await connection.fetchval(
            "SELECT n FROM consultation_entry WHERE provider_id = $1 AND consultation_id = $2 AND key = $3 "
            "AND author_id = $4",
            *ref,
            key,
            by.staff_id,
        )
    if n is None:
        raise Invalid("key", "Meddelandet kunde inte läsas. Ladda om sidan och försök igen.")
    return int(n)


async def related_ids(connection: Connection, ref: ConsultationRef) -> list[int]:
    """The visits that go with it, by number; none beyond the wall."""
    rows = await connection.fetch(
        "SELECT case_id FROM consultation_case WHERE provider_id = $1 AND consultation_id = $2 ORDER BY case_id",
        *ref,
    )
    return [row["case_id"] for row in rows]


async def files_of(connection: Connection, ref: ConsultationRef) -> list[Attachment]:
    """The files that go with it; none beyond the wall."""
    columns = ", ".join(f"a.{name}" for name in Attachment.__struct_fields__)
    rows = await connection.fetch(
        f"SELECT {columns} FROM consultation_file f JOIN attachment a USING (provider_id, attachment_id) "
        "WHERE f.provider_id = $1 AND f.consultation_id = $2 ORDER BY a.at, a.attachment_id",
        *ref,
    )
    return [Attachment(**{**row, "attachment_id": str(row["attachment_id"])}) for row in rows]


async def file_of(connection: Connection, ref: ConsultationRef, file_id: UUID) -> Attachment:
    """One of the files that go with it. Raises NotFound."""
    for file in await files_of(connection, ref):
        if file.attachment_id == str(file_id):
            return file
    raise NotFound()


async def role_names(connection: Connection, provider_id: int) -> Roles:
    """What the roles of the provider that is asked are called."""
    return await roles_of(connection, provider_id)


async def last_reminded(connection: Connection, found: Consultation) -> datetime:
    """When it was last reminded of; when it was sent, where it has not been."""
    at: datetime | None = await connection.fetchval(
        "SELECT max(at) FROM consultation_entry WHERE provider_id = $1 AND consultation_id = $2 AND kind = 'reminded'",
        *found.ref,
    )
    return at or found.sent_at


async def is_someone_there(connection: Connection, found: Consultation, now: datetime) -> bool:
    """Whether a reminder reaches anybody: the unit that is asked is open or on call, or somebody is on shift there."""
    place = await unit(connection, found.unit_id)
    if place is not None and (open_at(place, now) or on_call_at(place, now)):
        return True
    return any(one.unit_id == found.unit_id for one in await on_shift(connection, found.to_provider_id))


class Unanswered(msgspec.Struct, frozen=True):
    """One that nobody has answered to, and when it was last told of."""

    ref: ConsultationRef
    priority: int
    at: datetime


async def unanswered(connection: Connection, provider_id: int, limit: int) -> list[Unanswered]:
    """What a provider has asked and nobody has answered to, for the sweep; the one told of first at the top."""
    rows = await connection.fetch(
        "SELECT c.provider_id, c.consultation_id, c.priority, coalesce((SELECT max(e.at) FROM consultation_entry e "
        "WHERE e.provider_id = c.provider_id AND e.consultation_id = c.consultation_id AND e.kind = 'reminded'), "
        "c.sent_at) AS at FROM consultation c WHERE c.provider_id = $1 AND c.state = 'sent' ORDER BY at LIMIT $2",
        provider_id,
        limit,
    )
    return [
        Unanswered(ConsultationRef(row["provider_id"], row["consultation_id"]), row["priority"], row["at"])
        for row in rows
    ]


async def open_with(connection: Connection, *, by: StaffActor, case_id: int) -> Consultation | None:
    """The consultation to the actor's units that a case came with and that is not over there: the one that the actor
    has accepted, then those to the unit where they work; one that a colleague has before one that nobody has."""
    row = await connection.fetchrow(
        f"SELECT {CONSULTATION_COLUMNS} FROM consultation WHERE (provider_id, consultation_id) IN ("
        "  SELECT provider_id, consultation_id FROM consultation_case WHERE provider_id = $1 AND case_id = $2) "
        "AND to_provider_id = $1 AND state IN ('sent', 'accepted') AND unit_id = ANY ($3::int[]) "
        "ORDER BY owner_staff_id IS NOT DISTINCT FROM $4 DESC, unit_id = ANY ($5::int[]) DESC, state, sent_at DESC "
        "LIMIT 1",
        by.provider_id,
        case_id,
        sorted(by.unit_ids),
        by.staff_id,
        sorted(by.home_unit_ids or by.unit_ids),
    )
    return consultation_from(row) if row else None


async def asked_from(connection: Connection, *, by: StaffActor, ref: CaseRef) -> ConsultationRef | None:
    """The last consultation that the actor's units have made from a case."""
    number = await connection.fetchval(
        "SELECT consultation_id FROM consultation WHERE provider_id = $1 AND from_case_id = $2 "
        "AND from_unit_id = ANY ($3::int[]) ORDER BY sent_at DESC LIMIT 1",
        *ref,
        sorted(by.home_unit_ids or by.unit_ids),
    )
    return ConsultationRef(ref.provider_id, number) if number else None
