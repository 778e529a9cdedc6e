"""Booked visits that begin soon, and those whose time is over and that nobody has begun (requirements D9, H4)."""

from datetime import timedelta

from vardlots.access.actor import SystemActor
from vardlots.cases.model import CaseRef
from vardlots.notifications.actions import Post
from vardlots.notifications.model import StaffNoticeKind
from vardlots.notifications.staff.actions import write_down
from vardlots.platform import clock
from vardlots.platform.db import Connection, provider_scope

# As long before as the patient is reminded [domain.md 2].
SOON = timedelta(minutes=15)
# A visit that nobody began yesterday is in the list of scheduled visits; no phone is told of it any more.
LATELY = timedelta(hours=12)

_NOT_TOLD = """
AND NOT EXISTS (SELECT FROM notice o WHERE o.provider_id = c.provider_id AND o.case_id = c.case_id
  AND o.kind = $4 AND o.appointment_id = a.appointment_id AND o.staff_id IS NOT NULL)
ORDER BY c.case_id LIMIT 500
"""
_BEGIN_SOON = f"""
SELECT c.case_id, a.appointment_id FROM care_case c
JOIN appointment a ON a.provider_id = c.provider_id AND a.case_id = c.case_id AND a.state = 'booked'
WHERE c.provider_id = $1 AND c.phase IN ('booked', 'accepted') AND c.booked_from > $2 AND c.booked_from <= $3
{_NOT_TOLD}
"""
_NOT_BEGUN = f"""
SELECT c.case_id, a.appointment_id FROM care_case c
JOIN appointment a ON a.provider_id = c.provider_id AND a.case_id = c.case_id AND a.state = 'booked'
WHERE c.provider_id = $1 AND c.phase = 'booked' AND a.ends_at > $2 AND a.ends_at <= $3
{_NOT_TOLD}
"""


async def look(post: Post, provider_id: int) -> None:
    """Tell whose time it is, while they are at work; whoever begins a shift later is told then. Twice is once."""
    now = clock.now()
    async with post.database.transaction(provider_scope(provider_id)) as connection:
        found = [
            *await _found(connection, provider_id, StaffNoticeKind.TIME_SOON, _BEGIN_SOON, now, now + SOON),
            *await _found(
                connection, provider_id, StaffNoticeKind.NOT_STARTED, _NOT_BEGUN, now - LATELY, now
            ),
        ]
    for kind, ref, appointment_id in found:
        by = SystemActor(provider_id, f"notifications.{kind}")
        await write_down(post, by=by, ref=ref, kind=kind, appointment_id=appointment_id)


async def _found(
    connection: Connection, provider_id: int, kind: StaffNoticeKind, query: str, *between: object
) -> list[tuple[StaffNoticeKind, CaseRef, int]]:
    rows = await connection.fetch(query, provider_id, *between, kind.value)
    return [(kind, CaseRef(provider_id, row["case_id"]), int(row["appointment_id"])) for row in rows]
