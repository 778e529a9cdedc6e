"""Writing in the colleagues' own talk, and its read marks (requirement D8)."""

from vardlots.access.actor import StaffActor
from vardlots.cases.model import Audience, CaseRef, Verb
from vardlots.cases.queries import readable_case
from vardlots.cases.turn import House, turn
from vardlots.conversations.actions import Message, Written, checked_body
from vardlots.conversations.attached import check_attachments
from vardlots.platform.db import Connection
from vardlots.platform.live import Signal

_READ = """
INSERT INTO talk_read (provider_id, case_id, staff_id, n) VALUES ($1, $2, $3, $4)
ON CONFLICT (provider_id, case_id, staff_id) DO UPDATE SET n = EXCLUDED.n WHERE talk_read.n < EXCLUDED.n
RETURNING n"""


async def say(house: House, *, by: StaffActor, ref: CaseRef, message: Message) -> Written:
    """Write to the colleagues in a case: no patient ever reads it, and nobody's read mark in the visit moves.

    Raises Invalid for an empty or too long text, Repeated when the key was used, WrongState when the case is closed.
    """
    body = checked_body(message)
    async with turn(house, by=by, ref=ref, verb=Verb.TALK, key=message.key) as now_at:
        if message.attachments:
            await check_attachments(now_at, message.attachments, Audience.INTERNAL)
        since = now_at.case.changed_at
        n = await now_at.record(
            body, audience=Audience.INTERNAL, key=message.key, talk_last_n=now_at.case.last_n + 1
        )
        await _note_read(now_at.connection, by, ref, n)
        return Written(now_at.case, now_at.rows[-1], since)


async def mark_talk_read(house: House, *, by: StaffActor, ref: CaseRef, n: int) -> None:
    """Note that the actor has read up to row `n`. Never moves backwards; colleagues' pages are told.

    Raises NotFound or Forbidden for whoever may not read the case.
    """
    async with house.database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=ref)
        moved = 0 < n <= case.talk_last_n and await _note_read(connection, by, ref, n)
    if moved:
        house.hub.publish([Signal(f"talk:{ref}", case.talk_last_n), Signal(f"staff:{by.staff_id}")])


async def _note_read(connection: Connection, by: StaffActor, ref: CaseRef, n: int) -> bool:
    return await connection.fetchval(_READ, *ref, by.staff_id, n) is not None
