"""A patient who waits for an answer in a visit that was left open (requirement H4).

A synchronous visit is like one in a room: both are there until it is ended. So whoever has it is told of what they have
not read there, at work or not, once for each stretch of unread messages: until they have read, it is the same stretch.
A paused visit is left with the patient's knowledge, and its patient is told when it goes on.
"""

from datetime import datetime

from vardlots.access.actor import SystemActor
from vardlots.cases.model import CaseRef
from vardlots.notifications.actions import Post
from vardlots.notifications.model import StaffNoticeKind
from vardlots.notifications.rules import rules_of
from vardlots.notifications.staff.actions import write_down
from vardlots.platform import clock
from vardlots.platform.db import Connection, provider_scope

# With each case the first row that nobody has read: what names the stretch.
_UNREAD = """
SELECT c.case_id, f.n FROM care_case c
CROSS JOIN LATERAL (SELECT e.n, e.at FROM entry e WHERE e.provider_id = c.provider_id AND e.case_id = c.case_id
  AND e.n > c.staff_read_n AND e.author_kind = 'patient' AND e.kind IN ('message', 'information', 'form_answered')
  ORDER BY e.n LIMIT 1) f
WHERE c.provider_id = $1 AND c.phase IN ('accepted', 'ongoing') AND c.patient_last_n > c.staff_read_n
  AND c.paused_until IS NULL AND f.at < $2
  AND NOT EXISTS (SELECT FROM notice o WHERE o.provider_id = c.provider_id AND o.case_id = c.case_id
    AND o.kind = 'left_open' AND o.about_n = f.n AND o.staff_id = c.owner_staff_id)
ORDER BY c.case_id LIMIT 500
"""


async def unread(connection: Connection, provider_id: int, before: datetime) -> list[tuple[CaseRef, int]]:
    """The open visits whose owner has not read what came before a moment and has not been told, with its first row."""
    rows = await connection.fetch(_UNREAD, provider_id, before)
    return [(CaseRef(provider_id, row["case_id"]), int(row["n"])) for row in rows]


async def look(post: Post, provider_id: int) -> None:
    """Tell the owners of a provider's open visits. Twice is once."""
    async with post.database.transaction(provider_scope(provider_id)) as connection:
        rules = await rules_of(connection, provider_id)
        found = await unread(connection, provider_id, clock.now() - rules.left_open_after)
    by = SystemActor(provider_id, f"notifications.{StaffNoticeKind.LEFT_OPEN}")
    for ref, n in found:
        await write_down(post, by=by, ref=ref, kind=StaffNoticeKind.LEFT_OPEN, n=n)
