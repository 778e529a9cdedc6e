"""Reads of visits that go on at another provider."""

from datetime import datetime, timedelta

import msgspec

from vardlots.cases.model import ENTRY_COLUMNS, Case, CaseRef, Entry, Kind, entry_from
from vardlots.platform.db import Connection

# Whoever was told of an unread message is not told again each minute: a lost job is looked for so long.
LOOKED_FOR = timedelta(minutes=15)


class Left(msgspec.Struct, frozen=True):
    """A visit whose job seems lost: the message that was to be read."""

    ref: CaseRef
    n: int


async def referred_row(connection: Connection, case: Case) -> Entry | None:
    """The row that tells where the visit goes on. The case has been read in this transaction."""
    row = await connection.fetchrow(
        f"SELECT {ENTRY_COLUMNS} FROM entry WHERE provider_id = $1 AND case_id = $2 AND kind = $3 "
        "ORDER BY n DESC LIMIT 1",
        *case.ref,
        Kind.REFERRED.value,
    )
    return entry_from(row) if row else None


async def left_behind(
    connection: Connection, provider_id: int, *, before: datetime, limit: int
) -> list[Left]:
    """Visits whose time to read was over before a moment, that have been read or were over not long ago."""
    rows = await connection.fetch(
        "SELECT case_id, referred_n FROM care_case WHERE provider_id = $1 AND referred_due < $2 "
        "AND patient_last_n <= referred_n AND (patient_read_n >= referred_n OR referred_due > $3) "
        "ORDER BY referred_due LIMIT $4",
        provider_id,
        before,
        before - LOOKED_FOR,
        limit,
    )
    return [Left(CaseRef(provider_id, row["case_id"]), row["referred_n"]) for row in rows]
