"""Reads of notices."""

from datetime import datetime

from vardlots.cases.model import CaseRef
from vardlots.notifications.model import InOutbox, Notice, NoticeKind, NoticeState
from vardlots.platform.db import Connection

_NOTICE = "SELECT provider_id, notice_id, case_id, kind, about_n, state, reference FROM notice"


async def notice(connection: Connection, ref: CaseRef, kind: NoticeKind, n: int) -> Notice | None:
    """The patient's notice of a kind about a row, or None."""
    row = await connection.fetchrow(
        f"{_NOTICE} WHERE provider_id = $1 AND case_id = $2 AND kind = $3 AND about_n = $4 AND staff_id IS NULL",
        *ref,
        kind.value,
        n,
    )
    return _notice(row) if row else None


async def left_sending(connection: Connection, provider_id: int, before: datetime) -> list[Notice]:
    """Notices to patients of a provider that began to be sent before a moment and have not come further."""
    rows = await connection.fetch(
        f"{_NOTICE} WHERE provider_id = $1 AND staff_id IS NULL AND state = 'sending' AND created_at < $2 "
        "ORDER BY notice_id LIMIT 500",
        provider_id,
        before,
    )
    return [_notice(row) for row in rows]


async def providers(connection: Connection) -> list[int]:
    """The ids of all providers."""
    return [
        row["provider_id"] for row in await connection.fetch("SELECT provider_id FROM provider ORDER BY 1")
    ]


async def outbox(connection: Connection, limit: int = 200) -> list[InOutbox]:
    """The newest messages of the local adapter, newest first."""
    rows = await connection.fetch(
        "SELECT recipient, body, at FROM sms_outbox ORDER BY at DESC, sms_id DESC LIMIT $1", limit
    )
    return [InOutbox(**row) for row in rows]


def _notice(row: object) -> Notice:
    values = dict(row)  # type: ignore[call-overload]
    values["kind"] = NoticeKind(values["kind"])
    values["state"] = NoticeState(values["state"])
    return Notice(**values)
