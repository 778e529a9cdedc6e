"""Notices to staff, each once: written down for everybody who is meant, then sent one by one under its reference.

A notice is a line in the page of whoever it is for, and a text to their phone where they want one. Sending to one never
waits for another: each text has a job of its own, which asks anew whether it is still wanted.
"""

from collections.abc import Mapping
from typing import Any

import structlog

from vardlots.access.actor import StaffActor, SystemActor
from vardlots.cases.model import Case, CaseRef
from vardlots.cases.queries import readable_case
from vardlots.notifications.actions import Post, mark
from vardlots.notifications.configured import staffs_text
from vardlots.notifications.delivery import Delivery
from vardlots.notifications.model import IN_PAGE, NoticeState, Sms, StaffNoticeKind, Why
from vardlots.notifications.sms import NotAccepted
from vardlots.notifications.staff import policy, queries
from vardlots.notifications.staff.queries import Meant, StaffNotice
from vardlots.platform import clock, jobs
from vardlots.platform.db import Connection, Database
from vardlots.platform.live import Signal

log = structlog.get_logger()

TELL = "notifications.to_staff"
_WRITE = """
INSERT INTO notice (provider_id, case_id, staff_id, kind, about_n, state, why, created_at, reference, appointment_id)
SELECT $1, $2, staff_id, $3, $4, state, nullif(why, ''), $5, $6 || staff_id, $10
FROM unnest($7::bigint[], $8::text[], $9::text[]) w (staff_id, state, why)
ON CONFLICT DO NOTHING RETURNING notice_id, staff_id, state
"""


async def write_down(
    post: Post,
    *,
    by: SystemActor,
    ref: CaseRef,
    kind: StaffNoticeKind,
    n: int = 0,
    appointment_id: int | None = None,
) -> list[int]:
    """Write down row `n`, or a booked time, for each who is meant, and promise a text to those who want one. Twice is
    once.

    Returns the numbers of those that become texts. Raises NotFound when there is no such case.
    """
    async with post.database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=ref)
        facts = await queries.facts(connection, kind=kind, case=case, n=n, appointment_id=appointment_id)
        if not policy.is_news(kind, case, n, facts):
            return []
        meant = dict(await queries.meant(connection, kind=kind, case=case, facts=facts))
        if kind is StaffNoticeKind.NEW_MESSAGE:
            for staff_id in await queries.told_already(connection, kind=kind, case=case, n=n):
                meant.pop(staff_id, None)
        rows = await _written(connection, case, kind, n, appointment_id, meant)
        ids = [int(row["notice_id"]) for row in rows if row["state"] == NoticeState.SENDING]
        for notice_id in ids:
            await jobs.enqueue(connection, TELL, {"provider_id": ref.provider_id, "notice_id": notice_id})
    if kind in IN_PAGE:
        post.hub.publish([Signal(f"staff:{row['staff_id']}") for row in rows])
    return ids


async def _written(
    connection: Connection,
    case: Case,
    kind: StaffNoticeKind,
    n: int,
    appointment_id: int | None,
    meant: Mapping[int, Meant],
) -> list[Mapping[str, Any]]:
    """The rows that are new. What is only told by a text is not kept for those who want none."""
    whys = {staff_id: _no_text(one) for staff_id, one in meant.items()}
    kept = sorted(staff_id for staff_id, why in whys.items() if why is None or kind in IN_PAGE)
    rows: list[Mapping[str, Any]] = await connection.fetch(
        _WRITE,
        *case.ref,
        kind.value,
        n,
        clock.now(),
        f"vardlots-{case.ref}-{kind}-{n or appointment_id or 0}-staff-",
        kept,
        [(NoticeState.SKIPPED if whys[one] else NoticeState.SENDING).value for one in kept],
        [why.value if (why := whys[one]) else "" for one in kept],
        appointment_id,
    )
    return rows


def _no_text(one: Meant) -> Why | None:
    if not one.wants:
        return Why.NOT_CHOSEN
    return None if one.mobile else Why.NO_NUMBER


async def tell(post: Post, *, by: SystemActor, notice_id: int) -> NoticeState | None:
    """Send one, if it is still news and still wanted: the shift may have ended since. None when there is no such.

    Raises Unavailable when the provider of texts does not answer: try again later, with the same reference.
    """
    async with post.database.transaction(by.scope) as connection:
        notice = await queries.notice(connection, by.provider_id, notice_id)
        if notice is None or notice.state is not NoticeState.SENDING:
            return notice.state if notice else None
        case = await readable_case(connection, by=by, ref=notice.ref)
        facts = await queries.facts(
            connection,
            kind=notice.kind,
            case=case,
            n=notice.about_n,
            appointment_id=notice.appointment_id,
        )
        meant = await queries.meant(connection, kind=notice.kind, case=case, facts=facts)
        one = meant.get(notice.staff_id)
        wanted = one is not None and _no_text(one) is None
        if not wanted or not policy.is_news(notice.kind, case, notice.about_n, facts):
            return await _marked(connection, by, notice, Delivery(NoticeState.SKIPPED, Why.MOVED_ON))
        assert one is not None
        assert one.mobile is not None
        unit = await connection.fetchval(
            "SELECT name FROM unit WHERE provider_id = $1 AND unit_id = $2", by.provider_id, case.unit_id
        )
        told = await staffs_text(
            connection, post.texts, provider_id=by.provider_id, kind=notice.kind, unit=unit
        )
    learnt = Delivery(NoticeState.SENT)
    try:
        await post.sms.send(Sms(notice.reference, one.mobile, told))
    except NotAccepted as refusal:
        log.warning("sms_not_accepted", status=refusal.status, notice=notice_id, staff=notice.staff_id)
        learnt = Delivery(NoticeState.FAILED, Why.REFUSED)
    async with post.database.transaction(by.scope) as connection:
        return await _marked(connection, by, notice, learnt)


async def give_up(post: Post, *, by: SystemActor, notice: StaffNotice) -> None:
    """A text that could not be sent for hours. What it told of is in the lists."""
    async with post.database.transaction(by.scope) as connection:
        await _marked(connection, by, notice, Delivery(NoticeState.FAILED, Why.GAVE_UP))


async def _marked(
    connection: Connection, by: SystemActor, notice: StaffNotice, learnt: Delivery
) -> NoticeState:
    return (await mark(connection, by=by, notice_id=notice.notice_id, learnt=learnt)).state


async def put_away(database: Database, *, by: StaffActor, notice_id: int) -> None:
    """The actor has seen the line in their page. Nobody else's is touched, and a second time changes nothing."""
    async with database.transaction(by.scope) as connection:
        await connection.execute(
            "UPDATE notice SET seen_at = $4 WHERE provider_id = $1 AND notice_id = $2 AND staff_id = $3 "
            "AND seen_at IS NULL",
            by.provider_id,
            notice_id,
            by.staff_id,
            clock.now(),
        )
