"""What a member of staff leaves behind when they go: cases that go on, drafts, patients who wait for them."""

from typing import Any

import msgspec

from vardlots.access.actor import StaffActor
from vardlots.notes import queries as notes
from vardlots.notes.queries import Unnoted
from vardlots.platform import clock
from vardlots.platform.db import Connection
from vardlots.worklist.own_queries import own_cases
from vardlots.worklist.queries import DRAWN, WITH_NAMES, veiled

MOST = 50
# A case whose pause has a day is in order: it goes on by itself, or to the queue.
_OPEN = """
EXISTS (SELECT FROM care_case WHERE provider_id = $1 AND owner_staff_id = $2 AND phase IN ('accepted', 'ongoing')
  AND (paused_until IS NULL OR handover_n IS NOT NULL))
"""
_UNREAD = """
EXISTS (SELECT FROM care_case WHERE provider_id = $1 AND owner_staff_id = $2 AND phase = 'follow_up'
  AND inbox_at IS NOT NULL)
"""
_DRAFTS = """
EXISTS (SELECT FROM note n JOIN care_case c USING (provider_id, case_id) WHERE n.provider_id = $1
  AND n.author_staff_id = $2 AND n.signed_at IS NULL AND c.phase IN ('follow_up', 'closed') AND c.noted_at IS NULL
  AND c.owner_staff_id = $2)
"""

Rows = list[dict[str, Any]]


class Left(msgspec.Struct, frozen=True):
    """What is left: cases to see to, handovers that nobody has answered, paused cases (which are in order), patients
    who have written after the visit, drafts of notes."""

    open: Rows
    asked: Rows
    paused: Rows
    inbox: Rows
    drafts: list[Unnoted]

    @property
    def is_done(self) -> bool:
        """Whether nothing waits for the one who leaves."""
        return not (self.open or self.asked or self.inbox or self.drafts)


async def is_left(connection: Connection, by: StaffActor) -> bool:
    """Whether anything is left behind by whoever signs out now: one statement, along the partial indexes."""
    if not by.cares:
        return False
    found: bool = await connection.fetchval(
        f"SELECT {_OPEN} OR {_UNREAD} OR {_DRAFTS}", by.provider_id, by.staff_id
    )
    return found


async def left_by(connection: Connection, by: StaffActor) -> Left:
    """What is left behind, each list the most urgent first."""
    mine = (await own_cases(connection, by=by)).mine
    asked = [row for row in mine if row["handover_n"] is not None]
    paused = [row for row in mine if row["handover_n"] is None and row["paused_until"] is not None]
    inbox = await connection.fetch(
        f"SELECT {DRAWN} FROM (SELECT * FROM care_case WHERE provider_id = $1 AND owner_staff_id = $2 "
        f"AND phase = 'follow_up' AND inbox_at IS NOT NULL ORDER BY inbox_at LIMIT {MOST}) c {WITH_NAMES} "
        "WHERE $3::date IS NOT NULL ORDER BY c.inbox_at",
        by.provider_id,
        by.staff_id,
        clock.today(),
    )
    drafts = [one for one in await notes.unnoted(connection, by=by, limit=MOST) if one.draft_at is not None]
    return Left(
        open=[row for row in mine if row not in asked and row not in paused],
        asked=asked,
        paused=paused,
        inbox=await veiled(connection, by=by, rows=inbox),
        drafts=drafts,
    )
