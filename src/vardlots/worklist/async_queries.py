"""How many in Asynkrona are one's own to answer."""

from collections.abc import Iterable
from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.platform.db import Connection
from vardlots.worklist.filters import Filter
from vardlots.worklist.queries import MINE


class Mine(msgspec.Struct, frozen=True):
    """Of what the filter shows, what is the actor's: in the inbox, and in need of nothing."""

    inbox: int
    no_action: int


async def count_mine(
    connection: Connection, *, by: StaffActor, chosen: Filter, stands_in_for: Iterable[int]
) -> Mine:
    """Count by the same rule as the list is cut by (`cases/ending/whose.py`)."""
    values: list[Any] = [by.provider_id, chosen.units(by), by.staff_id, by.role, sorted(stands_in_for)]
    more = ""
    for column, kind, value in (("role", "text", chosen.role), ("owner_staff_id", "bigint", chosen.staff_id)):
        if value:
            values.append(value)
            more += f" AND {column} = ${len(values)}::{kind}"
    row = await connection.fetchrow(
        "SELECT count(*) FILTER (WHERE inbox_at IS NOT NULL) AS inbox, "
        "count(*) FILTER (WHERE inbox_at IS NULL) AS no_action FROM care_case "
        "WHERE provider_id = $1 AND unit_id = ANY ($2::int[]) AND phase = 'follow_up' "
        f"AND {MINE.format(staff=3, role=4, away=5)}{more}",
        *values,
    )
    return Mine(**row)
