"""Texts to staff, each sent once: written down for everybody who wants one, then sent one by one under its reference.

Sending to one never waits for another: each has a job of its own, which asks anew whether it is still wanted.
"""

import structlog

from vardlots.access.actor import SystemActor
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import readable_case
from vardlots.notifications.actions import Post
from vardlots.notifications.configured import staffs_text
from vardlots.notifications.model import NoticeState, Sms, StaffNoticeKind, Why
from vardlots.notifications.sms import NotAccepted
from vardlots.notifications.staff import policy, queries
from vardlots.notifications.staff.queries import StaffNotice
from vardlots.platform import clock, jobs
from vardlots.platform.db import Connection

log = structlog.get_logger()

TELL = "notifications.to_staff"


async def write_down(
    post: Post, *, by: SystemActor, ref: CaseRef, kind: StaffNoticeKind, n: int
) -> list[int]:
    """Write down a text for each who wants one about row `n`, and promise its sending. Twice is once.

    Returns the new notices' ids. Raises NotFound when there is no such case.
    """
    async with post.database.transaction(by.scope) as connection:
        case = await readable_case(connection, by=by, ref=ref)
        if not policy.is_news(kind, case, n):
            return []
        wanted = await queries.wanted_by(connection, kind=kind, case=case)
        if kind is StaffNoticeKind.NEW_MESSAGE:
            for staff_id in await queries.told_already(connection, kind=kind, case=case, n=n):
                wanted.pop(staff_id, None)
        rows = await connection.fetch(
            "INSERT INTO notice (provider_id, case_id, staff_id, kind, about_n, state, created_at, reference) "
            "SELECT $1, $2, staff_id, $3, $4, 'sending', $5, $6 || staff_id FROM unnest($7::bigint[]) w (staff_id) "
            "ON CONFLICT DO NOTHING RETURNING notice_id",
            *ref,
            kind.value,
            n,
            clock.now(),
            f"vardlots-{ref}-{kind}-{n}-staff-",
            sorted(wanted),
        )
        ids = [int(row["notice_id"]) for row in rows]
        for notice_id in ids:
            await jobs.enqueue(connection, TELL, {"provider_id": ref.provider_id, "notice_id": notice_id})
    return ids


async def tell(post: Post, *, by: SystemActor, notice_id: int) -> NoticeState | None:
    """Send one, if it is still news and still wanted: the shift may have ended since. None when there is no such.

    Raises Unavailable when the provider of texts does not answer: try again later, with the same reference.
    """
    async with post.database.transaction(by.scope) as connection:
        notice = await queries.notice(connection, by.provider_id, notice_id)
        if notice is None or notice.state is not NoticeState.SENDING:
            return notice.state if notice else None
        case = await readable_case(connection, by=by, ref=notice.ref)
        mobile = (await queries.wanted_by(connection, kind=notice.kind, case=case)).get(notice.staff_id)
        if mobile is None or not policy.is_news(notice.kind, case, notice.about_n):
            await _mark(connection, notice, NoticeState.SKIPPED, Why.MOVED_ON)
            return NoticeState.SKIPPED
        unit = await connection.fetchval(
            "SELECT name FROM unit WHERE provider_id = $1 AND unit_id = $2", by.provider_id, case.unit_id
        )
        told = await staffs_text(
            connection, post.texts, provider_id=by.provider_id, kind=notice.kind, unit=unit
        )
    state, why = NoticeState.SENT, None
    try:
        await post.sms.send(Sms(notice.reference, mobile, told))
    except NotAccepted as refusal:
        log.warning("sms_not_accepted", status=refusal.status, notice=notice_id, staff=notice.staff_id)
        state, why = NoticeState.FAILED, Why.REFUSED
    async with post.database.transaction(by.scope) as connection:
        await _mark(connection, notice, state, why)
    return state


async def give_up(post: Post, *, by: SystemActor, notice: StaffNotice) -> None:
    """A text that could not be sent for hours. What it told of is in the lists."""
    async with post.database.transaction(by.scope) as connection:
        await _mark(connection, notice, NoticeState.FAILED, Why.GAVE_UP)


async def _mark(connection: Connection, notice: StaffNotice, state: NoticeState, why: Why | None) -> None:
    await connection.execute(
        "UPDATE notice SET state = $3, why = $4, sent_at = $5 "
        "WHERE provider_id = $1 AND notice_id = $2 AND state = 'sending'",
        notice.provider_id,
        notice.notice_id,
        state.value,
        why.value if why else None,
        clock.now() if state is NoticeState.SENT else None,
    )
